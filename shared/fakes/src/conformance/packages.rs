//! Packages, their events and polls.

use std::sync::Arc;

use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};

use oms_contract::record::{Package, Record, Tracked};
use oms_domain::change::By;
use oms_domain::history::Fact;
use oms_domain::{Actor, OrderId, SubOrderId};
use oms_ports::PortError;
use oms_ports::orders::{Origin, TrackedPackage};

use super::{OrderStore, captured};
use crate::build::NOON;
use crate::build::order::an_order;

/// Runs the whole suite.
pub async fn all<S: OrderStore>(factory: impl AsyncFn() -> Arc<S>) {
    a_number_finds_its_packages(&*factory().await).await;
    an_event_is_kept_once(&*factory().await).await;
    an_event_acts_once(&*factory().await).await;
    polls_come_up_when_they_are_due(&*factory().await).await;
}

fn minutes(n: i64) -> Timestamp {
    NOON + SignedDuration::from_mins(n)
}

fn a_package(order: OrderId, package: u8, number: &str, poll: i64) -> Package {
    Package {
        sub_order_id: SubOrderId { order, part: 1 },
        package,
        carrier: "dhl".to_owned(),
        tracking_number: number.to_owned(),
        shipped_at: NOON,
        poll_at: Some(minutes(poll)),
    }
}

fn an_event() -> Tracked {
    Tracked {
        event_id: "ev-1".to_owned(),
        part: 1,
        package: 1,
        event: "picked_up".to_owned(),
        at: Some(NOON),
        raw_time: "2026-11-23T12:00:00Z".to_owned(),
        code: "transit".to_owned(),
        text: "Picked up".to_owned(),
        place: None,
    }
}

async fn shipped(store: &impl OrderStore, nth: u64, number: &str, poll: i64) -> TrackedPackage {
    let order_id = captured(store, &an_order().nth(nth)).await.order.id;
    let package = a_package(order_id, 1, number, poll);
    let record = Record::Package(package.clone());
    store.keep(order_id, &[record]).await.unwrap();
    TrackedPackage { order_id, package }
}

async fn a_number_finds_its_packages(store: &impl OrderStore) {
    let first = shipped(store, 0, "JD01", 30).await;
    let other = shipped(store, 1, "JD02", 30).await;
    let reused = shipped(store, 2, "JD01", 30).await;
    let mut found = store.find("dhl", "JD01").await.unwrap();
    found.sort_by_key(|tracked| tracked.order_id);
    assert_eq!(found, [first, reused]);
    assert_eq!(store.find("dhl", "JD02").await.unwrap(), [other]);
    assert_eq!(store.find("dhl", "JD03").await.unwrap(), []);
    assert_eq!(store.find("ups", "JD01").await.unwrap(), []);
}

async fn an_event_is_kept_once(store: &impl OrderStore) {
    let order = shipped(store, 0, "JD01", 30).await.order_id;
    let event = an_event();
    let kept = join_all((0..8).map(|_| store.keep_event(order, &event))).await;
    assert_eq!(kept.into_iter().filter(|k| *k.as_ref().unwrap()).count(), 1);
    let later = Tracked { event_id: "ev-2".to_owned(), ..event.clone() };
    assert!(store.keep_event(order, &later).await.unwrap());
    let mut tracked = store.dossier(order).await.unwrap().tracked;
    tracked.sort_by(|a, b| a.event_id.cmp(&b.event_id));
    assert_eq!(tracked, [event, later]);
}

async fn an_event_acts_once(store: &impl OrderStore) {
    let order = shipped(store, 0, "JD01", 30).await.order_id;
    let by = By::new(Actor::system("test"), NOON);
    let act = async |event: &Tracked| {
        let was = store.load(order).await.unwrap().unwrap();
        let now = was.change().learn(Fact::Resumed, &by).unwrap();
        store.commit(&was, now, Origin::Machine, &[Record::Tracked(event.clone())]).await
    };
    let event = an_event();
    let first = act(&event).await.unwrap();
    assert!(matches!(act(&event).await, Err(PortError::Conflict)));
    assert_eq!(store.load(order).await.unwrap(), Some(first));
    assert!(!store.keep_event(order, &event).await.unwrap());
    assert_eq!(store.dossier(order).await.unwrap().tracked, [event]);
}

async fn polls_come_up_when_they_are_due(store: &impl OrderStore) {
    let late = shipped(store, 0, "JD01", 60).await;
    let early = shipped(store, 1, "JD02", 30).await;
    assert_eq!(store.due_polls(minutes(29), 10).await.unwrap(), []);
    assert_eq!(store.due_polls(minutes(30), 10).await.unwrap(), std::slice::from_ref(&early));
    let all = store.due_polls(minutes(60), 10).await.unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!(store.due_polls(minutes(60), 1).await.unwrap().len(), 1);
    store.poll_at(&early, Some(minutes(90))).await.unwrap();
    store.poll_at(&late, None).await.unwrap();
    assert_eq!(store.due_polls(minutes(89), 10).await.unwrap(), []);
    let due = store.due_polls(minutes(90), 10).await.unwrap();
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].package.tracking_number, "JD02");
    assert_eq!(due[0].package.poll_at, Some(minutes(90)));
}
