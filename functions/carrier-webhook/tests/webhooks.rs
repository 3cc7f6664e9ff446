//! What a carrier's webhook does.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use carrier_webhook::{Deps, handle};
use oms_contract::queue::WebhookMessage;
use oms_contract::record::{Package, Record};
use oms_domain::{OrderId, State, SubOrderId};
use oms_fakes::{FixedClock, MemoryOrders, MemoryTopics, NOON, an_order, at};
use oms_ports::StepError;
use oms_ports::messaging::Topic;
use oms_ports::orders::{Orders as _, Packages as _};
use serde_json::json;

const PARCEL: &str = include_str!("../../../events/carrier/dhl/parcel-delivered.json");
const NUMBER: &str = "00340434161094042557";

struct Scene {
    deps: Deps,
    orders: Arc<MemoryOrders>,
    topics: Arc<MemoryTopics>,
}

fn scene() -> Scene {
    let (orders, topics) = (Arc::new(MemoryOrders::default()), Arc::new(MemoryTopics::default()));
    let deps = Deps {
        orders: orders.clone(),
        records: orders.clone(),
        packages: orders.clone(),
        topics: topics.clone(),
        clock: Arc::new(FixedClock::at(at("2026-11-24T10:00:00Z"))),
    };
    Scene { deps, orders, topics }
}

impl Scene {
    /// An order at `state`, in a parcel of this number.
    async fn order(&self, nth: u64, state: State, number: &str) -> OrderId {
        let built = an_order().nth(nth).at(state).build();
        self.orders.seed(&built);
        let package = Package {
            sub_order_id: SubOrderId { order: built.order.id, part: 1 },
            package: 1,
            carrier: "dhl".to_owned(),
            tracking_number: number.to_owned(),
            shipped_at: NOON,
            poll_at: Some(NOON),
        };
        self.orders.keep(built.order.id, &[Record::Package(package)]).await.unwrap();
        built.order.id
    }

    async fn told(&self, body: &str) -> Result<(), StepError> {
        let message = WebhookMessage { source: "dhl".to_owned(), received_at: NOON, body: body.to_owned() };
        handle(&self.deps, &serde_json::to_string(&message).unwrap()).await
    }

    async fn polled(&self, number: &str) -> bool {
        self.orders.find("dhl", number).await.unwrap()[0].package.poll_at.is_some()
    }
}

/// A push of one scan each of several parcels.
fn push(scans: &[(&str, &str)]) -> String {
    let shipment = |(number, code): &(&str, &str)| json!({ "id": number, "status": { "timestamp": "2026-11-24T09:00:00", "statusCode": code, "status": code } });
    json!({ "scope": "subscription.push", "shipments": scans.iter().map(shipment).collect::<Vec<_>>() }).to_string()
}

#[tokio::test]
async fn a_whole_way_ends_delivered_and_is_polled_no_more() {
    let scene = scene();
    let id = scene.order(1, State::ReadyToShip, NUMBER).await;
    for _ in 0..3 {
        scene.told(PARCEL).await.unwrap();
        assert_eq!(scene.orders.order(id).state, State::Delivered);
    }
    assert_eq!(scene.orders.writes().len(), 1);
    assert_eq!(scene.orders.faults.calls("poll_at"), 1);
    assert!(!scene.polled(NUMBER).await);
}

#[tokio::test]
async fn a_parcel_on_its_way_is_polled_on() {
    let scene = scene();
    let id = scene.order(1, State::Shipped, "A").await;
    scene.told(&push(&[("A", "transit")])).await.unwrap();
    assert_eq!(scene.orders.order(id).state, State::InTransit);
    assert!(scene.polled("A").await);
}

#[tokio::test]
async fn a_label_scan_is_not_in_transit() {
    let scene = scene();
    let id = scene.order(1, State::Shipped, "A").await;
    scene.told(&push(&[("A", "pre-transit"), ("A", "unknown")])).await.unwrap();
    assert_eq!(scene.orders.order(id).state, State::Shipped);
}

#[tokio::test]
async fn an_unknown_number_is_shown_to_people_and_holds_nothing_up() {
    let scene = scene();
    let id = scene.order(1, State::Shipped, "A").await;
    scene.told(&push(&[("B", "transit"), ("A", "transit")])).await.unwrap();
    assert_eq!(scene.orders.order(id).state, State::InTransit);
    let told = scene.topics.on(Topic::Operators);
    let body = json!({ "kind": "unknown_tracking_number", "carrier": "dhl", "tracking_number": "B", "last_event": "in_transit" });
    assert_eq!(told.iter().map(|message| &message.body).collect::<Vec<_>>(), [&body]);
}

#[tokio::test]
async fn one_number_that_fails_holds_no_other_up_and_comes_again() {
    let scene = scene();
    let (first, second) = (scene.order(1, State::Shipped, "A").await, scene.order(2, State::Shipped, "B").await);
    let body = push(&[("A", "transit"), ("B", "transit")]);
    scene.orders.faults.before("load", 1);
    assert!(matches!(scene.told(&body).await, Err(StepError::Unavailable(_))));
    assert_eq!((scene.orders.order(first).state, scene.orders.order(second).state), (State::Shipped, State::InTransit));
    scene.told(&body).await.unwrap();
    assert_eq!(scene.orders.order(first).state, State::InTransit);
    assert_eq!(scene.orders.writes().len(), 2);
}

#[tokio::test]
async fn what_cannot_be_read_goes_to_the_dead_letters() {
    let scene = scene();
    assert!(matches!(handle(&scene.deps, "{}").await, Err(StepError::Bug(_))));
    assert!(matches!(scene.told("{}").await, Err(StepError::Bug(_))));
    let unknown = WebhookMessage { source: "nobody".to_owned(), received_at: NOON, body: PARCEL.to_owned() };
    assert!(matches!(handle(&scene.deps, &serde_json::to_string(&unknown).unwrap()).await, Err(StepError::Bug(_))));
    scene.told(include_str!("../../../events/carrier/dhl/push-subscription.json")).await.unwrap();
}
