use super::*;

use oms_contract::event::events_of;
use oms_contract::record::Package;
use oms_contract::record::Record;
use oms_contract::step::StepInput;
use oms_domain::change::{By, Changed};
use oms_domain::history::Fact;
use oms_domain::order::Substitute;
use oms_domain::transition::Trigger;
use oms_domain::{Actor, ActorKind, Order, OrderId, State, SubOrderId};
use oms_fakes::{
    FixedClock, MemoryMailer, MemoryMetrics, MemoryOrders, MemoryReference, MemorySealer, MemoryTasks, MemoryTopics, NOON, a_vendor,
    an_order,
};
use oms_ports::messaging::Topic;
use serde_json::json;

struct Bench {
    deps: Deps,
    orders: Arc<MemoryOrders>,
    sealer: Arc<MemorySealer>,
    mailer: Arc<MemoryMailer>,
    topics: Arc<MemoryTopics>,
    tasks: Arc<MemoryTasks>,
    metrics: Arc<MemoryMetrics>,
}

fn bench() -> Bench {
    let (orders, sealer) = (Arc::new(MemoryOrders::default()), Arc::new(MemorySealer::default()));
    let (mailer, topics) = (Arc::new(MemoryMailer::default()), Arc::new(MemoryTopics::default()));
    let (tasks, metrics) = (Arc::<MemoryTasks>::default(), Arc::<MemoryMetrics>::default());
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
        tasks: tasks.clone(),
        metrics: metrics.clone(),
        clock: Arc::new(FixedClock::at(NOON)),
    };
    Bench { deps, orders, sealer, mailer, topics, tasks, metrics }
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
    let outcome = step(&bench.deps, StepInput { order_id: id }).await.unwrap();
    assert_eq!(outcome.state, State::PendingFulfillment);
    assert_eq!(bench.mailer.sent().len(), 2);
    assert_eq!(bench.topics.on(Topic::Vendors).len(), 2);
    step(&bench.deps, StepInput { order_id: id }).await.unwrap();
    assert_eq!((bench.mailer.sent().len(), bench.topics.published().len()), (2, 2), "told twice");
}

#[tokio::test]
async fn a_step_that_dies_before_its_write_tells_nobody_twice() {
    let bench = bench();
    let id = routed(&bench).await.order.id;
    bench.orders.faults.before("commit", 1);
    step(&bench.deps, StepInput { order_id: id }).await.unwrap_err();
    assert_eq!(bench.orders.order(id).state, State::Routed);
    step(&bench.deps, StepInput { order_id: id }).await.unwrap();
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

/// The message leaves before the mail, under one claim: whichever of them fails, the next run sends what has not left, and nothing twice.
#[tokio::test]
async fn what_has_left_is_not_repeated_where_the_other_failed() {
    for op in ["publish", "send"] {
        let bench = bench();
        let id = routed(&bench).await.order.id;
        if op == "publish" {
            bench.topics.faults.before(op, 1);
        } else {
            bench.mailer.faults.before(op, 1);
        }
        step(&bench.deps, StepInput { order_id: id }).await.unwrap_err();
        step(&bench.deps, StepInput { order_id: id }).await.unwrap();
        assert_eq!((bench.mailer.sent().len(), bench.topics.on(Topic::Vendors).len()), (2, 2), "{op}");
        let notices = bench.deps.records.dossier(id).await.unwrap().notices;
        let mut noted: Vec<_> = notices.iter().map(|notice| (notice.milestone.as_str(), notice.channel.as_str())).collect();
        noted.sort_unstable();
        let (one, other) = ("new_order-1-ven-a", "new_order-2-ven-b");
        assert_eq!(noted, [(one, "email"), (one, "topic"), (other, "email"), (other, "topic")], "{op}");
    }
}

/// The machine's runs of this step until nothing is left to do.
async fn told(bench: &Bench, id: OrderId) -> Order {
    step(&bench.deps, StepInput { order_id: id }).await.unwrap();
    bench.orders.order(id)
}

#[tokio::test]
async fn a_cancelled_part_is_told_to_its_vendor_once_and_counted_once() {
    let bench = bench();
    let id = routed(&bench).await.order.id;
    told(&bench, id).await;
    let customer = By::new(Actor::new(ActorKind::Customer, "cus-1"), NOON).because("changed_mind");
    bench.orders.overwrite(id, |order| order.cancel(&customer).unwrap());
    bench.orders.faults.before("commit", 1);
    step(&bench.deps, StepInput { order_id: id }).await.unwrap_err();
    assert!(bench.metrics.counted().is_empty(), "nothing is counted before it is written");
    let order = told(&bench, id).await;
    assert_eq!(order.parts_to_tell_of().count(), 0);
    told(&bench, id).await;
    let subjects: Vec<String> = bench.mailer.sent().iter().map(|mail| mail.subject.clone()).collect();
    assert_eq!(subjects.iter().filter(|subject| subject.starts_with("Cancelled: order")).count(), 2, "{subjects:?}");
    assert_eq!(bench.topics.on(Topic::Vendors).len(), 4, "two announced, two withdrawn");
    assert_eq!(bench.metrics.counted(), ["Cancellations reason=changed_mind by=customer"; 2], "one for each part");
    assert!(bench.tasks.handed().is_empty());
}

/// Its goods were offered to nobody else, or nobody took them: the vendor that refused them knows.
#[tokio::test]
async fn a_part_that_nobody_would_deliver_is_counted_and_its_vendor_left_alone() {
    let bench = bench();
    let id = routed(&bench).await.order.id;
    told(&bench, id).await;
    let (mails, messages) = (bench.mailer.sent().len(), bench.topics.published().len());
    let vendor = By::new(Actor::new(ActorKind::Vendor, "ven-a"), NOON).because("out_of_stock");
    let system = By::new(Actor::system("route"), NOON).because("offer_declined");
    bench.orders.overwrite(id, |order| {
        let rejected = order.go_part(1, Trigger::VendorRejectedOrSlaMissed, &vendor).unwrap();
        rejected.go_part(1, Trigger::NoAlternativeOrCancelled, &system).unwrap()
    });
    told(&bench, id).await;
    assert_eq!(bench.metrics.counted(), ["Cancellations reason=offer_declined by=system"]);
    assert_eq!((bench.mailer.sent().len(), bench.topics.published().len()), (mails, messages));
}

#[tokio::test]
async fn a_wished_cancellation_reaches_no_vendor_who_has_not_heard_of_the_order() {
    let bench = bench();
    let id = routed(&bench).await.order.id;
    let customer = By::new(Actor::new(ActorKind::Customer, "cus-1"), NOON).because("too_slow");
    bench.orders.overwrite(id, |order| order.cancel_or_wish(&customer).unwrap());
    assert_eq!(bench.orders.order(id).state, State::Routed, "the table has no way out");
    let order = told(&bench, id).await;
    assert_eq!((order.state, order.wish, order.reason.as_deref()), (State::Cancelled, None, Some("too_slow")));
    told(&bench, id).await;
    assert!(bench.mailer.sent().is_empty() && bench.topics.published().is_empty());
    assert_eq!(bench.metrics.counted().len(), 2);
}

/// The mail left, the run died before it was noted, and the order was cancelled before the step was tried again.
#[tokio::test]
async fn a_vendor_whose_announcement_left_without_a_note_hears_of_the_cancellation() {
    for (noted, told_of_it) in [("finish", vec!["ven-a@vendors.example"]), ("begin", vec![])] {
        let bench = bench();
        let id = routed(&bench).await.order.id;
        bench.orders.faults.before(noted, 1);
        step(&bench.deps, StepInput { order_id: id }).await.unwrap_err();
        let customer = By::new(Actor::new(ActorKind::Customer, "cus-1"), NOON).because("too_slow");
        bench.orders.overwrite(id, |order| order.cancel_or_wish(&customer).unwrap());
        assert_eq!(told(&bench, id).await.state, State::Cancelled);
        assert_eq!(told(&bench, id).await.parts_to_tell_of().count(), 0);
        let withdrawn = bench.mailer.sent().into_iter().filter(|mail| mail.subject.starts_with("Cancelled: order"));
        assert_eq!(withdrawn.map(|mail| mail.to).collect::<Vec<_>>(), told_of_it, "no {noted}");
    }
}

#[tokio::test]
async fn a_parcel_booked_for_a_cancelled_part_is_a_task_for_a_person() {
    let bench = bench();
    let id = routed(&bench).await.order.id;
    told(&bench, id).await;
    let package = Package {
        sub_order_id: SubOrderId { order: id, part: 2 },
        package: 1,
        carrier: "dhl".to_owned(),
        tracking_number: "JD01".to_owned(),
        shipped_at: NOON,
        poll_at: None,
    };
    bench.deps.orders.keep(id, &[Record::Package(package)]).await.unwrap();
    let customer = By::new(Actor::new(ActorKind::Customer, "cus-1"), NOON).because("x1");
    bench.orders.overwrite(id, |order| order.go_part(2, Trigger::CancelledOrTimedOut, &customer).unwrap());
    told(&bench, id).await;
    let [task] = &bench.tasks.handed()[..] else { panic!("one parcel, one task") };
    assert_eq!((task.failed.as_str(), task.order_id), ("shipment", id));
    assert!(task.action.contains("JD01") && task.action.contains("DHL"), "{}", task.action);
    assert_eq!(bench.metrics.counted(), ["Cancellations reason=other by=customer"], "codes of people's own are no time series");
}

#[tokio::test]
async fn the_account_behind_a_rejected_order_is_flagged_for_the_operators() {
    let bench = bench();
    let by = By::new(Actor::system("score"), NOON).because("risk");
    let rejected = an_order().at(State::ValidationFailed).build().go(Trigger::CancelledOrTimedOut, &by).unwrap();
    bench.orders.seed(&rejected);
    told(&bench, rejected.order.id).await;
    told(&bench, rejected.order.id).await;
    assert_eq!(bench.tasks.handed().iter().map(|task| task.failed.as_str()).collect::<Vec<_>>(), ["account"]);
    assert_eq!(bench.metrics.counted(), ["Cancellations reason=risk by=system"]);
}

#[tokio::test]
async fn a_customer_hears_once_that_the_whole_order_is_cancelled() {
    let bench = bench();
    let changed = an_order().vendors(&["ven-a", "ven-b"]).at(State::PendingFulfillment).build();
    let customer = By::new(Actor::new(ActorKind::Customer, "cus-1"), NOON);
    let cancelled = changed.cancel(&customer).unwrap();
    bench.orders.seed(&cancelled);
    let both = events_of(&cancelled.order, &cancelled.entries[cancelled.entries.len() - 2..]);
    assert_eq!(both.len(), 2);
    for event in both {
        tell(&bench.deps, &json!({ "detail": event }).to_string()).await.unwrap();
    }
    assert_eq!(bench.mailer.sent().len(), 1);
}

/// Each attempt that fails is told of once; the retries of our own are attempts too.
#[tokio::test]
async fn a_customer_hears_of_each_payment_that_failed() {
    let bench = bench();
    let gateway = By::new(Actor::new(ActorKind::Gateway, "stripe"), NOON);
    let declined = Fact::PaymentDeclined { code: "card_declined".to_owned(), hard: false };
    let decline = |order: Changed| order.go_knowing(Trigger::PaymentDeclined, declined.clone(), &gateway).unwrap();
    let first = decline(an_order().build());
    let system = By::new(Actor::system("sweep"), NOON);
    let second = decline(first.clone().go(Trigger::PaymentRetried, &system).unwrap());
    bench.orders.seed(&second);
    for failed in [&first, &second, &first, &second] {
        tell(&bench.deps, &message(failed)).await.unwrap();
    }
    let subjects: Vec<String> = bench.mailer.sent().into_iter().map(|mail| mail.subject).collect();
    assert_eq!(subjects, vec![format!("Your payment did not go through ({})", first.order.id.number()); 2]);
    assert_eq!(noted(&bench, first.order.id).await, ["payment_failed-1", "payment_failed-2"]);
}

#[tokio::test]
async fn a_customer_is_asked_once_for_the_payment_method_that_a_review_wants() {
    let bench = bench();
    let operator = By::new(Actor::new(ActorKind::Operator, "ops"), NOON);
    let asked = an_order().at(State::FraudReview).build().go(Trigger::OtherPaymentRequired, &operator).unwrap();
    bench.orders.seed(&asked);
    for _ in 0..2 {
        tell(&bench.deps, &message(&asked)).await.unwrap();
    }
    assert_eq!(bench.mailer.sent().len(), 1);
    assert_eq!(noted(&bench, asked.order.id).await, ["payment_method_wanted-2"]);
}

async fn noted(bench: &Bench, id: OrderId) -> Vec<String> {
    let notices = bench.deps.records.dossier(id).await.unwrap().notices;
    notices.into_iter().map(|notice| notice.milestone).collect()
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

fn sku(id: &str) -> oms_domain::Sku {
    oms_domain::Sku::parse(id).unwrap()
}

/// An order that nobody can deliver, with what may be sent instead.
fn short(instead: &[(&str, &str)]) -> Changed {
    let instead = instead.iter().map(|(ordered, instead)| Substitute { ordered: sku(ordered), instead: sku(instead) }).collect();
    let fact = Fact::NotSourced { no: None, short: vec![sku("A")], instead, offered: true };
    an_order().at(State::Routing).build().learn(fact, &By::new(Actor::system("route"), NOON)).unwrap()
}

#[tokio::test]
async fn an_offer_is_mailed_once_with_what_is_short_what_could_be_sent_and_until_when() {
    for (instead, says) in [(vec![], None), (vec![("A", "B")], Some("Instead of"))] {
        let bench = bench();
        let changed = short(&instead);
        bench.orders.seed(&changed);
        for _ in 0..2 {
            tell(&bench.deps, &message(&changed)).await.unwrap();
        }
        let sent = bench.mailer.sent();
        assert_eq!(sent.len(), 1);
        for text in [&sent[0].text, &sent[0].html] {
            assert!(text.contains("Not available at present: A") && text.contains("is cancelled"), "{text}");
            assert_eq!(text.contains("Instead of A we can send B"), says.is_some(), "{text}");
        }
    }
}

#[tokio::test]
async fn an_offer_that_is_settled_before_its_mail_leaves_is_not_mailed() {
    let bench = bench();
    let changed = short(&[]);
    let asked = message(&changed);
    bench.orders.seed(&changed);
    let customer = By::new(Actor::new(ActorKind::Customer, "cus-1"), NOON);
    bench.orders.overwrite(changed.order.id, |order| order.go(Trigger::NoFeasibleRouteOrCancelled, &customer).unwrap());
    tell(&bench.deps, &asked).await.unwrap();
    assert_eq!(bench.mailer.sent().len(), 0);
}

/// The first vendor refuses, another one takes its place: the customer is told, with the new estimate, and need not do anything.
#[tokio::test]
async fn a_customer_is_told_of_another_vendor_and_when_the_parcel_should_come() {
    let bench = bench();
    let before = routed(&bench).await;
    let (vendor, system) = (By::new(Actor::new(ActorKind::Vendor, "ven-a"), NOON), By::new(Actor::system("route"), NOON));
    let announced = before.go(Trigger::VendorsNotified, &system).unwrap();
    let again = announced.go_part(1, Trigger::VendorRejectedOrSlaMissed, &vendor).unwrap().go_part(1, Trigger::ResourcingStarted, &system);
    let fact = Fact::Assigned { report: 9, parts: vec![(1, oms_domain::VendorId::parse("ven-b").unwrap())] };
    let again = again.unwrap().go_part_knowing(1, Trigger::VendorsAssigned, fact, &system).unwrap();
    for _ in 0..2 {
        tell(&bench.deps, &message(&again)).await.unwrap();
    }
    let sent = bench.mailer.sent();
    assert_eq!(sent.len(), 1);
    assert!(sent[0].subject.starts_with("Another vendor sends a part of your order"), "{}", sent[0].subject);
    assert!(sent[0].text.contains("You need not do anything.") && sent[0].text.contains("It should be with you by 20"), "{}", sent[0].text);
}
