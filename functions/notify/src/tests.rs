use super::*;

use oms_contract::event::events_of;
use oms_contract::record::Record;
use oms_contract::step::StepInput;
use oms_domain::State;
use oms_domain::change::Changed;
use oms_fakes::{FixedClock, MemoryMailer, MemoryOrders, MemoryReference, MemorySealer, MemoryTopics, NOON, a_vendor, an_order};
use oms_ports::messaging::Topic;
use serde_json::json;

struct Bench {
    deps: Deps,
    orders: Arc<MemoryOrders>,
    sealer: Arc<MemorySealer>,
    mailer: Arc<MemoryMailer>,
    topics: Arc<MemoryTopics>,
}

fn bench() -> Bench {
    let (orders, sealer) = (Arc::new(MemoryOrders::default()), Arc::new(MemorySealer::default()));
    let (mailer, topics) = (Arc::new(MemoryMailer::default()), Arc::new(MemoryTopics::default()));
    let reference = MemoryReference::default();
    reference.vendor(a_vendor("ven-a")).vendor(a_vendor("ven-b"));
    let deps = Deps {
        orders: orders.clone(),
        records: orders.clone(),
        effects: orders.clone(),
        reference: Arc::new(reference),
        sealer: sealer.clone(),
        mailer: mailer.clone(),
        topics: topics.clone(),
        clock: Arc::new(FixedClock::at(NOON)),
    };
    Bench { deps, orders, sealer, mailer, topics }
}

/// An order of two vendors, routed and captured, with its sub-orders.
async fn routed(bench: &Bench) -> Changed {
    let changed = an_order().vendors(&["ven-a", "ven-b"]).at(State::PendingFulfillment).build();
    // The state before the step under test: all but the last entry.
    let entries = &changed.entries[..changed.entries.len() - 1];
    let order = oms_domain::history::replay(changed.order.id, entries).unwrap();
    let before = Changed { order, entries: entries.to_vec() };
    bench.orders.seed(&before);
    let records: Vec<Record> =
        oms_fakes::sub_orders_of(&before.order).into_iter().map(|sub_order| Record::SubOrder { sub_order, open: true }).collect();
    bench.deps.orders.keep(before.order.id, &records).await.unwrap();
    before
}

/// The queue's message for the last entry of this order.
fn message(changed: &Changed) -> String {
    let event = events_of(&changed.order, &changed.entries).pop().unwrap();
    json!({ "detail-type": event.r#type, "source": event.source, "detail": event }).to_string()
}

#[tokio::test]
async fn every_vendor_is_told_by_mail_and_topic_and_the_order_moves() {
    let bench = bench();
    let id = routed(&bench).await.order.id;
    let outcome = announce(&bench.deps, StepInput { order_id: id }).await.unwrap();
    assert_eq!(outcome.state, State::PendingFulfillment);
    assert_eq!(bench.mailer.sent().len(), 2);
    assert_eq!(bench.topics.on(Topic::Vendors).len(), 2);
    announce(&bench.deps, StepInput { order_id: id }).await.unwrap();
    assert_eq!((bench.mailer.sent().len(), bench.topics.published().len()), (2, 2), "told twice");
}

#[tokio::test]
async fn a_step_that_dies_before_its_write_tells_nobody_twice() {
    let bench = bench();
    let id = routed(&bench).await.order.id;
    bench.orders.faults.before("commit", 1);
    announce(&bench.deps, StepInput { order_id: id }).await.unwrap_err();
    assert_eq!(bench.orders.order(id).state, State::Routed);
    announce(&bench.deps, StepInput { order_id: id }).await.unwrap();
    assert_eq!((bench.mailer.sent().len(), bench.topics.published().len()), (2, 2));
}

#[tokio::test]
async fn a_milestone_is_mailed_once_however_often_it_is_delivered() {
    let bench = bench();
    let changed = an_order().at(State::Confirmed).build();
    bench.orders.seed(&changed);
    for _ in 0..3 {
        tell(&bench.deps, &message(&changed)).await.unwrap();
    }
    let sent = bench.mailer.sent();
    assert_eq!(sent.len(), 1);
    assert!(sent[0].subject.contains(&changed.order.id.number()));
    assert!(sent[0].text.contains("checked it"));
}

#[tokio::test]
async fn a_mail_that_could_not_be_sent_is_sent_later() {
    let bench = bench();
    let changed = an_order().at(State::Confirmed).build();
    bench.orders.seed(&changed);
    bench.mailer.faults.before("send", 1);
    tell(&bench.deps, &message(&changed)).await.unwrap_err();
    tell(&bench.deps, &message(&changed)).await.unwrap();
    assert_eq!(bench.mailer.sent().len(), 1);
}

#[tokio::test]
async fn nobody_is_told_of_an_erased_customer() {
    let bench = bench();
    let changed = an_order().at(State::Confirmed).build();
    bench.orders.seed(&changed);
    bench.sealer.destroy(&changed.order.customer_id);
    tell(&bench.deps, &message(&changed)).await.unwrap();
    assert!(bench.mailer.sent().is_empty());
}

#[tokio::test]
async fn what_is_no_event_fails_and_what_is_no_milestone_does_not() {
    let bench = bench();
    assert!(tell(&bench.deps, "{}").await.is_err());
    let changed = an_order().build();
    bench.orders.seed(&changed);
    tell(&bench.deps, &message(&changed)).await.unwrap();
    assert!(bench.mailer.sent().is_empty(), "order.created is no milestone");
}

#[test]
fn milestones_have_names_and_events_of_their_own() {
    for (i, one) in milestone::MILESTONES.iter().enumerate() {
        for other in &milestone::MILESTONES[..i] {
            assert!(one.event != other.event && one.name != other.name);
        }
    }
}
