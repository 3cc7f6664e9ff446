//! Heads, history, creation, records.

use std::sync::Arc;

use futures::future::join_all;
use jiff::SignedDuration;

use oms_contract::record::{
    Candidate, Command, FraudReport, MethodChange, Plan, Record, Rejected, Rejection, Search, Terms, ValidationReport,
};
use oms_domain::change::By;
use oms_domain::document::{MethodKind, PaymentMethod};
use oms_domain::history::Fact;
use oms_domain::order::Band;
use oms_domain::transition::Trigger;
use oms_domain::{Actor, ActorKind, State, history, timers};
use oms_ports::effects::EffectKey;
use oms_ports::error::PortError;
use oms_ports::orders::{Creation, Origin, Paid};

use super::{OrderStore, captured, load, new_order, noted};
use crate::build::document::{a_document_of, sub_orders_of};
use crate::build::order::an_order;
use crate::build::{NOON, sku, vendor, warehouse};

/// Runs the whole suite.
pub async fn all<S: OrderStore>(factory: impl AsyncFn() -> Arc<S>) {
    what_is_created_is_loaded(&*factory().await).await;
    an_unknown_order_is_none(&*factory().await).await;
    one_key_makes_one_order(&*factory().await).await;
    creations_race_for_one_key(&*factory().await).await;
    an_empty_change_writes_nothing(&*factory().await).await;
    a_stale_commit_conflicts(&*factory().await).await;
    commits_race_for_one_version(&*factory().await).await;
    history_is_whole_after_many_commits(&*factory().await).await;
    a_failed_commit_leaves_no_trace(&*factory().await).await;
    records_come_back_under_their_keys(&*factory().await).await;
    records_of_a_commit_are_written_with_it(&*factory().await).await;
    a_command_is_carried_out_once_under_its_key(&*factory().await).await;
    a_drafts_document_is_replaced_with_its_head(&*factory().await).await;
    the_wake_index_is_a_lower_bound(&*factory().await).await;
    a_warning_is_in_the_wake_index(&*factory().await).await;
    a_wake_is_conditional(&*factory().await).await;
    the_first_plan_that_is_settled_is_the_plan_of_all(&*factory().await).await;
    one_read_has_the_order_and_what_its_payment_came_to(&*factory().await).await;
}

async fn what_is_created_is_loaded(store: &impl OrderStore) {
    let order = an_order();
    let built = order.build();
    let stored = captured(store, &order).await;
    assert_eq!(stored.order, built.order);
    assert_eq!(stored.tail, history::unlinked(&built.entries));
    assert_eq!(store.document(order.id()).await.unwrap(), Some(a_document_of(&built.order)));
    assert_eq!(store.whole(order.id()).await.unwrap(), (Some(stored), Some(a_document_of(&built.order))));
    assert_eq!(store.history(order.id()).await.unwrap(), built.entries);
}

async fn an_unknown_order_is_none(store: &impl OrderStore) {
    let id = an_order().id();
    assert_eq!(store.load(id).await.unwrap(), None);
    assert_eq!(store.document(id).await.unwrap(), None);
    assert_eq!(store.whole(id).await.unwrap(), (None, None));
    assert_eq!(store.history(id).await.unwrap(), vec![]);
    assert_eq!(store.dossier(id).await.unwrap(), oms_contract::record::Dossier::default());
}

async fn one_key_makes_one_order(store: &impl OrderStore) {
    let first = new_order(&an_order(), "key");
    assert_eq!(store.create(&first).await.unwrap(), Creation::Created);
    let again = new_order(&an_order().nth(1), "key");
    let id = first.changed.order.id;
    assert_eq!(store.create(&again).await.unwrap(), Creation::Repeated(id));
    assert_eq!(store.load(again.changed.order.id).await.unwrap(), None);
    let mut other = again.clone();
    other.idempotency.digest = "digest-2".to_owned();
    assert_eq!(store.create(&other).await.unwrap(), Creation::KeyReused);
    let mut stranger = again.clone();
    stranger.idempotency.scope = "customer/cus-2".to_owned();
    assert_eq!(store.create(&stranger).await.unwrap(), Creation::Created);
}

async fn creations_race_for_one_key(store: &impl OrderStore) {
    let requests: Vec<_> = (0..20).map(|nth| new_order(&an_order().nth(nth), "key")).collect();
    let outcomes = join_all(requests.iter().map(|new| create_patiently(store, new))).await;
    let created: Vec<_> =
        outcomes.iter().zip(&requests).filter(|(outcome, _)| **outcome == Creation::Created).map(|(_, new)| new.changed.order.id).collect();
    assert_eq!(created.len(), 1, "one request makes the order");
    let repeated = Creation::Repeated(created[0]);
    assert_eq!(outcomes.iter().filter(|o| **o == repeated).count(), 19);
}

/// Repeats while the store says that somebody else is at it, as clients do.
async fn create_patiently(store: &impl OrderStore, new: &oms_ports::orders::NewOrder) -> Creation {
    for _ in 0..50 {
        match store.create(new).await {
            Ok(creation) => return creation,
            Err(PortError::Conflict | PortError::Throttled(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
    panic!("still in conflict after 50 tries")
}

async fn an_empty_change_writes_nothing(store: &impl OrderStore) {
    let was = captured(store, &an_order()).await;
    let now = store.commit(&was, was.change(), Origin::Machine, &[]).await.unwrap();
    assert_eq!(now, was);
    assert_eq!(load(store, was.order.id).await, was);
}

async fn a_stale_commit_conflicts(store: &impl OrderStore) {
    let was = captured(store, &an_order()).await;
    let now = store.commit(&was, noted(&was), Origin::Outside, &[]).await.unwrap();
    assert_eq!(load(store, was.order.id).await, now);
    let late = store.commit(&was, noted(&was), Origin::Outside, &[]).await;
    assert!(matches!(late, Err(PortError::Conflict)), "{late:?}");
    assert_eq!(load(store, was.order.id).await, now);
}

async fn commits_race_for_one_version(store: &impl OrderStore) {
    let was = captured(store, &an_order()).await;
    let commits = (0..16).map(|_| store.commit(&was, noted(&was), Origin::Machine, &[]));
    let outcomes = join_all(commits).await;
    assert_eq!(outcomes.iter().filter(|o| o.is_ok()).count(), 1);
    let lost = |o: &&Result<_, _>| matches!(o, Err(PortError::Conflict));
    assert_eq!(outcomes.iter().filter(lost).count(), 15);
    assert_eq!(load(store, was.order.id).await.order.seq, was.order.seq + 1);
}

async fn history_is_whole_after_many_commits(store: &impl OrderStore) {
    let mut stored = captured(store, &an_order()).await;
    for n in 0..30 {
        // Every third write carries two entries.
        let mut now = noted(&stored);
        if n % 3 == 0 {
            let by = By::new(Actor::system("test"), NOON);
            let fact = oms_domain::history::Fact::PaymentActionRequired;
            now = now.learn(fact, &by).unwrap();
        }
        stored = store.commit(&stored, now, Origin::Machine, &[]).await.unwrap();
    }
    let entries = store.history(stored.order.id).await.unwrap();
    assert_eq!(entries.len(), 41);
    assert_eq!(history::replay(stored.order.id, &entries), Ok(stored.order));
}

async fn a_failed_commit_leaves_no_trace(store: &impl OrderStore) {
    let was = captured(store, &an_order()).await;
    let now = store.commit(&was, noted(&was), Origin::Outside, &[]).await.unwrap();
    // The loser has moved the tail to a segment, or not: the history must read the same.
    let method = Record::Method(a_method(2));
    let lost = store.commit(&was, noted(&was), Origin::Outside, &[method]).await;
    assert!(matches!(lost, Err(PortError::Conflict)), "{lost:?}");
    let id = was.order.id;
    assert_eq!(store.method(id, 2).await.unwrap(), None);
    let entries = store.history(id).await.unwrap();
    assert_eq!(history::replay(id, &entries), Ok(now.order));
}

fn a_method(attempt: u8) -> MethodChange {
    MethodChange { attempt, method: PaymentMethod { kind: MethodKind::Card, token: "pm_2".to_owned() } }
}

async fn records_come_back_under_their_keys(store: &impl OrderStore) {
    let id = captured(store, &an_order()).await.order.id;
    let validation =
        ValidationReport { version: 3, at: NOON, results: vec![], doubts: vec![], geocode: None, region: None, is_po_box: true };
    let fraud = FraudReport { version: 12, at: NOON, score: 60, band: Band::High, signals: vec![] };
    let earlier = FraudReport { version: 9, ..fraud.clone() };
    let (of_part, of_order) = (a_search(11, Some(2)), a_search(4, None));
    let records = [
        Record::Validation(validation.clone()),
        Record::Fraud(fraud.clone()),
        Record::Fraud(earlier.clone()),
        Record::Method(a_method(2)),
        Record::Search(of_part.clone()),
        Record::Search(of_order.clone()),
    ];
    for _ in 0..2 {
        store.keep(id, &records).await.unwrap();
    }
    assert_eq!(store.validation(id, 3).await.unwrap().as_ref(), Some(&validation));
    assert_eq!(store.validation(id, 4).await.unwrap(), None);
    assert_eq!(store.fraud(id, 12).await.unwrap().as_ref(), Some(&fraud));
    assert_eq!(store.plan(id, 3).await.unwrap(), None);
    assert_eq!(store.method(id, 2).await.unwrap(), Some(a_method(2)));
    let dossier = store.dossier(id).await.unwrap();
    assert_eq!(dossier.validations, [validation]);
    assert_eq!(dossier.frauds, [earlier, fraud], "oldest first");
    assert_eq!(dossier.searches, [of_order, of_part], "likewise");
}

fn a_search(version: u64, part: Option<u8>) -> Search {
    let place = |vendor_id: &str| (vendor(vendor_id), Some(warehouse("w1")));
    let rejected = [place("ven-1"), place("ven-2")].map(|(vendor_id, warehouse_id)| Rejected {
        sku: sku("A"),
        vendor_id,
        warehouse_id,
        reason: Rejection::NoPoBox,
    });
    Search { version, at: NOON, part, short: vec![sku("A")], rejected: rejected.to_vec(), partly_read: vec![sku("A")] }
}

async fn records_of_a_commit_are_written_with_it(store: &impl OrderStore) {
    let was = captured(store, &an_order()).await;
    let built = an_order().vendors(&["ven-1", "ven-2"]).at(State::Routed).build();
    let sub_orders = sub_orders_of(&built.order);
    let records: Vec<Record> = sub_orders.iter().rev().map(|row| Record::SubOrder { sub_order: row.clone(), open: true }).collect();
    store.commit(&was, noted(&was), Origin::Machine, &records).await.unwrap();
    assert_eq!(store.sub_orders(was.order.id).await.unwrap(), sub_orders);
}

async fn a_command_is_carried_out_once_under_its_key(store: &impl OrderStore) {
    let was = captured(store, &an_order()).await;
    let id = was.order.id;
    let command = |key: &str| Command { key: key.to_owned(), what: "what".to_owned(), version: 2, at: NOON };
    assert_eq!(store.command(id, "k").await.unwrap(), None);
    let now = store.commit(&was, noted(&was), Origin::Outside, &[Record::Command(command("k"))]).await.unwrap();
    assert_eq!(store.command(id, "k").await.unwrap(), Some(command("k")));
    let again = store.commit(&now, noted(&now), Origin::Outside, &[Record::Command(command("k"))]).await;
    assert!(matches!(again, Err(PortError::Conflict)), "{again:?}");
    assert_eq!(load(store, id).await, now, "nothing of it is written");
    // The same for a command that changed nothing.
    let alone = store.keep(id, &[Record::Command(command("k"))]).await;
    assert!(matches!(alone, Err(PortError::Conflict)), "{alone:?}");
    store.keep(id, &[Record::Command(command("l"))]).await.unwrap();
    assert_eq!(store.command(id, "l").await.unwrap(), Some(command("l")));
    assert_eq!(store.command(an_order().nth(1).id(), "k").await.unwrap(), None, "keys are an order's own");
}

async fn a_drafts_document_is_replaced_with_its_head(store: &impl OrderStore) {
    let draft = an_order().at(State::Draft);
    let was = captured(store, &draft).await;
    let id = draft.id();
    let edited = |total: i64| {
        let by = By::new(Actor::new(ActorKind::Customer, "cus-1"), NOON);
        let now = was.change().learn(Fact::DraftEdited { currency: was.order.currency, total }, &by).unwrap();
        let document = a_document_of(&now.order);
        (now, document)
    };
    let (now, document) = edited(500);
    let now = store.commit(&was, now, Origin::Outside, &[Record::Document(document.clone())]).await.unwrap();
    assert_eq!((now.order.total, store.document(id).await.unwrap()), (500, Some(document.clone())));
    let (late, other) = edited(900);
    let late = store.commit(&was, late, Origin::Outside, &[Record::Document(other)]).await;
    assert!(matches!(late, Err(PortError::Conflict)), "{late:?}");
    assert_eq!(store.document(id).await.unwrap(), Some(document), "the document stays with its head");
    let entries = store.history(id).await.unwrap();
    assert_eq!(history::replay(id, &entries), Ok(now.order));
}

async fn the_wake_index_is_a_lower_bound(store: &impl OrderStore) {
    let was = captured(store, &an_order()).await;
    let (first_due, _) = timers::next_due(&was.order).unwrap();
    assert_eq!(was.wake_at, Some(first_due));
    let id = was.order.id;
    let before = first_due - SignedDuration::from_secs(1);
    assert_eq!(store.due(before, 10).await.unwrap(), []);
    assert_eq!(store.due(first_due, 10).await.unwrap(), [id]);
    // A later write leaves the entry where it was, though nothing is due then any more.
    let by = By::new(Actor::new(ActorKind::Gateway, "fake"), NOON + SignedDuration::from_secs(30));
    let now = was.change().go(Trigger::PaymentDeclined, &by).unwrap();
    let now = store.commit(&was, now, Origin::Machine, &[]).await.unwrap();
    assert_eq!(now.wake_at, was.wake_at);
    assert_eq!(store.due(first_due, 10).await.unwrap(), [id]);
    // The end of an order takes it out, once there is nothing left to undo.
    let by = By::new(Actor::system("test"), NOON + SignedDuration::from_secs(40));
    let undone = [Fact::NothingReserved, Fact::CancellationTold { parts: vec![] }];
    let end = undone.into_iter().try_fold(now.change().cancel(&by).unwrap(), |order, fact| order.learn(fact, &by)).unwrap();
    store.commit(&now, end, Origin::Machine, &[]).await.unwrap();
    let for_ever = NOON + SignedDuration::from_hours(24 * 365);
    assert_eq!(store.due(for_ever, 10).await.unwrap(), []);
}

/// Nothing happens to such an order before, but somebody has to be told.
async fn a_warning_is_in_the_wake_index(store: &impl OrderStore) {
    for (nth, state) in [(0, State::FraudReview), (1, State::PendingFulfillment)] {
        let was = captured(store, &an_order().nth(nth).at(state)).await;
        assert_eq!(was.wake_at, timers::next_look(&was.order), "{state}");
        assert!(was.wake_at < timers::next_due(&was.order).map(|(at, _)| at), "{state}");
        // Nor does a write put it off.
        store.wake(&was, None).await.unwrap();
        let cleared = load(store, was.order.id).await;
        let now = store.commit(&cleared, noted(&cleared), Origin::Machine, &[]).await.unwrap();
        assert_eq!(now.wake_at, timers::next_look(&now.order), "{state}");
    }
}

async fn a_wake_is_conditional(store: &impl OrderStore) {
    let early = captured(store, &an_order()).await;
    let late = captured(store, &an_order().nth(1)).await;
    let in_minutes = |n| NOON + SignedDuration::from_mins(n);
    store.wake(&early, Some(in_minutes(7))).await.unwrap();
    store.wake(&late, Some(in_minutes(5))).await.unwrap();
    let (early_id, late_id) = (early.order.id, late.order.id);
    assert_eq!(store.due(in_minutes(6), 10).await.unwrap(), [late_id]);
    assert_eq!(store.due(in_minutes(9), 10).await.unwrap(), [late_id, early_id]);
    assert_eq!(store.due(in_minutes(9), 1).await.unwrap(), [late_id]);
    assert_eq!(load(store, early_id).await.wake_at, Some(in_minutes(7)));
    store.wake(&late, None).await.unwrap();
    assert_eq!(store.due(in_minutes(9), 10).await.unwrap(), [early_id]);
    let now = noted(&early);
    store.commit(&early, now, Origin::Machine, &[]).await.unwrap();
    let stale = store.wake(&early, None).await;
    assert!(matches!(stale, Err(PortError::Conflict)), "{stale:?}");
}

/// A plan that differs from others of its version.
fn a_plan(explored: u64) -> Plan {
    let terms = Terms { hours: 48, cost: 590, performance: "0.9".parse().unwrap(), objective: "0.5".parse().unwrap() };
    Plan {
        version: 2,
        at: NOON,
        part: None,
        chosen: Candidate { terms, shipments: Vec::new() },
        alternatives: Vec::new(),
        t_ref: 48,
        c_ref: 590,
        optimal: true,
        bound: "0.5".parse().unwrap(),
        explored,
        rejected: Vec::new(),
        partly_read: Vec::new(),
    }
}

async fn the_first_plan_that_is_settled_is_the_plan_of_all(store: &impl OrderStore) {
    let id = an_order().id();
    let settled = join_all((0..16).map(|nth| async move { store.settle(id, &a_plan(nth), None).await.unwrap() })).await;
    let first = &settled[0];
    assert!(settled.iter().all(|plan| plan == first), "{settled:?}");
    let (next, last) = (a_plan(100), a_plan(101));
    assert_eq!(store.settle(id, &next, Some(&last)).await.unwrap(), *first, "in the place of a plan that is not the one stored");
    assert_eq!(store.settle(id, &next, Some(first)).await.unwrap(), next);
    assert_eq!(store.settle(id, &last, Some(first)).await.unwrap(), next, "the first was replaced before");
    assert_eq!(store.plan(id, 2).await.unwrap(), Some(next));
}

async fn one_read_has_the_order_and_what_its_payment_came_to(store: &impl OrderStore) {
    let order = an_order();
    let id = order.id();
    assert_eq!(store.paid(id).await.unwrap(), Paid::default());
    let stored = captured(store, &order).await;
    let notice = EffectKey::Notice { milestone: "confirmed".to_owned(), channel: "email".to_owned() };
    for (key, finished) in [(EffectKey::Authorize(1), true), (EffectKey::Capture(1), false), (notice, true)] {
        store.begin(id, &key, NOON, NOON + SignedDuration::from_secs(35)).await.unwrap();
        if finished {
            store.finish(id, &key, &serde_json::json!({ "intent": "pi_1" })).await.unwrap();
        }
    }
    let paid = store.paid(id).await.unwrap();
    assert_eq!((paid.order.as_ref(), paid.document.as_ref()), (Some(&stored), Some(&a_document_of(&stored.order))));
    assert_eq!(paid.outcome(&EffectKey::Authorize(1)), Some(&serde_json::json!({ "intent": "pi_1" })));
    assert_eq!(paid.outcomes.len(), 1, "what is not finished, and what is no payment's, is not in it: {:?}", paid.outcomes);
}
