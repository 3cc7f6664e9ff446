//! The log of effects.

use std::sync::Arc;

use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use oms_domain::OrderId;
use oms_ports::effects::{Begun, EffectKey};

use super::OrderStore;
use crate::build::NOON;
use crate::build::order::an_order;

const KEY: EffectKey = EffectKey::Authorize(1);

/// Runs the whole suite.
pub async fn all<S: OrderStore>(factory: impl AsyncFn() -> Arc<S>) {
    one_run_gets_the_lease(&*factory().await).await;
    a_lease_that_is_over_is_taken_over_once(&*factory().await).await;
    the_first_outcome_stays(&*factory().await).await;
    an_abandoned_lease_is_free(&*factory().await).await;
    what_was_begun_is_so_until_it_is_given_back(&*factory().await).await;
    effects_do_not_meet(&*factory().await).await;
    notices_show_in_the_dossier(&*factory().await).await;
}

fn id() -> OrderId {
    an_order().id()
}

fn after(seconds: i64) -> Timestamp {
    NOON + SignedDuration::from_secs(seconds)
}

async fn begin(store: &impl OrderStore, now: i64, until: i64) -> Begun {
    store.begin(id(), &KEY, after(now), after(until)).await.unwrap()
}

async fn outcome(store: &impl OrderStore) -> Option<Value> {
    store.outcome(id(), &KEY).await.unwrap()
}

async fn one_run_gets_the_lease(store: &impl OrderStore) {
    let runs = join_all((0..16).map(|_| begin(store, 0, 35))).await;
    assert_eq!(runs.iter().filter(|b| **b == Begun::Mine).count(), 1);
    assert_eq!(runs.iter().filter(|b| **b == Begun::Held).count(), 15);
    assert_eq!(begin(store, 34, 70).await, Begun::Held);
    assert_eq!(outcome(store).await, None);
}

async fn a_lease_that_is_over_is_taken_over_once(store: &impl OrderStore) {
    assert_eq!(begin(store, 0, 35).await, Begun::Mine);
    let runs = join_all((0..16).map(|_| begin(store, 36, 71))).await;
    assert_eq!(runs.iter().filter(|b| **b == Begun::Unsure).count(), 1);
    assert_eq!(runs.iter().filter(|b| **b == Begun::Held).count(), 15);
    assert_eq!(begin(store, 72, 107).await, Begun::Unsure);
}

async fn the_first_outcome_stays(store: &impl OrderStore) {
    begin(store, 0, 35).await;
    let (first, second) = (json!({"intent": "pi_1"}), json!({"intent": "pi_2"}));
    store.finish(id(), &KEY, &first).await.unwrap();
    store.finish(id(), &KEY, &second).await.unwrap();
    store.abandon(id(), &KEY).await.unwrap();
    assert_eq!(begin(store, 100, 135).await, Begun::Done(first.clone()));
    assert_eq!(outcome(store).await, Some(first));
}

async fn an_abandoned_lease_is_free(store: &impl OrderStore) {
    begin(store, 0, 35).await;
    store.abandon(id(), &KEY).await.unwrap();
    assert_eq!(begin(store, 1, 36).await, Begun::Mine);
}

async fn what_was_begun_is_so_until_it_is_given_back(store: &impl OrderStore) {
    let is_begun = async || store.is_begun(id(), &KEY).await.unwrap();
    assert!(!is_begun().await);
    begin(store, 0, 35).await;
    assert!(is_begun().await, "a run is at it");
    store.doubt(id(), &KEY).await.unwrap();
    assert!(is_begun().await, "nobody knows what became of it");
    begin(store, 1, 36).await;
    store.abandon(id(), &KEY).await.unwrap();
    assert!(!is_begun().await, "it certainly took no effect");
    begin(store, 2, 37).await;
    store.finish(id(), &KEY, &json!({})).await.unwrap();
    assert!(is_begun().await);
}

async fn effects_do_not_meet(store: &impl OrderStore) {
    let keys = [
        EffectKey::Authorize(1),
        EffectKey::Authorize(2),
        EffectKey::Capture(1),
        EffectKey::Void(1),
        EffectKey::Refund(0),
        EffectKey::Refund(500),
    ];
    for order in [id(), an_order().nth(1).id()] {
        for key in &keys {
            let begun = store.begin(order, key, after(0), after(35)).await.unwrap();
            assert_eq!(begun, Begun::Mine, "{order} {key}");
        }
    }
}

async fn notices_show_in_the_dossier(store: &impl OrderStore) {
    for (milestone, finished) in [("confirmed", true), ("shipped-1", false)] {
        let key = EffectKey::Notice { milestone: milestone.to_owned(), channel: "email".to_owned() };
        store.begin(id(), &key, after(0), after(35)).await.unwrap();
        if finished {
            let notice = json!({"milestone": milestone, "channel": "email", "at": NOON, "message_id": "m-1"});
            store.finish(id(), &key, &notice).await.unwrap();
        }
    }
    let notices = store.dossier(id()).await.unwrap().notices;
    let sent: Vec<_> = notices.iter().map(|n| n.milestone.as_str()).collect();
    assert_eq!(sent, ["confirmed"], "claimed is not sent");
}
