//! Which packages are polled, when again, and what holds what up.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use oms_contract::record::{Package, Record, Tracked};
use oms_domain::change::By;
use oms_domain::history::Fact;
use oms_domain::{Actor, ActorKind, OrderId, State, SubOrderId};
use oms_fakes::faults::Fault;
use oms_fakes::{FakeLabels, FakeTracking, FixedClock, MemoryOrders, NOON, an_order};
use oms_ports::PortError;
use oms_ports::carrier::{Booking, Labels, Tracking};
use oms_ports::effects::{EffectKey, Effects as _};
use oms_ports::orders::{Orders as _, Packages as _};
use track_poll::{Deps, RUN_FOR, Report, handle};

struct Scene {
    deps: Deps,
    orders: Arc<MemoryOrders>,
    carrier: Arc<FakeTracking>,
    labels: Arc<FakeLabels>,
    clock: Arc<FixedClock>,
}

fn scene() -> Scene {
    let (orders, carrier) = (Arc::new(MemoryOrders::default()), Arc::new(FakeTracking::default()));
    let clock = Arc::new(FixedClock::at(NOON));
    let carriers: BTreeMap<&'static str, Arc<dyn Tracking>> = BTreeMap::from([("dhl", carrier.clone() as Arc<dyn Tracking>)]);
    let seller = Arc::new(FakeLabels::default());
    let labels: BTreeMap<&'static str, Arc<dyn Labels>> = BTreeMap::from([("dhl", seller.clone() as Arc<dyn Labels>)]);
    let deps = Deps {
        orders: orders.clone(),
        records: orders.clone(),
        packages: orders.clone(),
        effects: orders.clone(),
        carriers,
        labels,
        clock: clock.clone(),
    };
    Scene { deps, orders, carrier, labels: seller, clock }
}

impl Scene {
    /// A shipped order in a parcel of this number, due since `since`.
    async fn parcel(&self, nth: u64, number: &str, since: Timestamp) -> OrderId {
        self.parcel_of(nth, "dhl", number, since, NOON).await
    }

    async fn parcel_of(&self, nth: u64, carrier: &str, number: &str, since: Timestamp, shipped_at: Timestamp) -> OrderId {
        let built = an_order().nth(nth).at(State::Shipped).build();
        self.orders.seed(&built);
        let package = Package {
            sub_order_id: SubOrderId { order: built.order.id, part: 1 },
            package: 1,
            carrier: carrier.to_owned(),
            tracking_number: number.to_owned(),
            shipped_at,
            poll_at: Some(since),
        };
        self.orders.keep(built.order.id, &[Record::Package(package)]).await.unwrap();
        built.order.id
    }

    fn scan(&self, number: &str, name: &str) {
        let event = Tracked {
            event_id: name.to_owned(),
            part: 0,
            package: 0,
            event: name.to_owned(),
            at: Some(NOON),
            raw_time: NOON.to_string(),
            code: String::new(),
            text: String::new(),
            place: None,
        };
        self.carrier.scan(number, event);
    }

    async fn next_poll(&self, carrier: &str, number: &str) -> Option<SignedDuration> {
        let found = self.orders.find(carrier, number).await.unwrap();
        found[0].package.poll_at.map(|at| at.duration_since(NOON))
    }
}

fn report(polled: u32, failed: u32, unfinished: bool) -> Report {
    Report { polled, failed, unfinished }
}

#[tokio::test]
async fn the_next_poll_depends_on_where_the_package_is() {
    for (scans, next, state) in [
        (&[][..], Some(SignedDuration::from_hours(2)), State::Shipped),
        (&["carrier_notified"], Some(SignedDuration::from_hours(2)), State::Shipped),
        (&["carrier_notified", "picked_up"], Some(SignedDuration::from_mins(30)), State::Shipped),
        (&["in_transit"], Some(SignedDuration::from_mins(30)), State::InTransit),
        (&["delivery_failed"], Some(SignedDuration::from_mins(30)), State::DeliveryFailed),
        (&["in_transit", "delivered"], None, State::Delivered),
        (&["delivery_failed", "returned_to_sender"], None, State::Returned),
    ] {
        let scene = scene();
        let id = scene.parcel(1, "A", NOON).await;
        for name in scans {
            scene.scan("A", name);
        }
        assert_eq!(handle(&scene.deps).await.unwrap(), report(1, 0, false));
        assert_eq!((scene.next_poll("dhl", "A").await, scene.orders.order(id).state), (next, state), "{scans:?}");
    }
}

#[tokio::test]
async fn only_what_is_due_is_polled_and_all_of_it() {
    let scene = scene();
    for nth in 0..250 {
        scene.parcel(nth, &format!("P{nth}"), NOON).await;
    }
    scene.parcel(250, "later", NOON + SignedDuration::from_secs(1)).await;
    assert_eq!(handle(&scene.deps).await.unwrap(), report(250, 0, false));
    assert_eq!(scene.carrier.faults.calls("track:later"), 0);
    assert_eq!(handle(&scene.deps).await.unwrap(), report(0, 0, false));
}

#[tokio::test]
async fn one_that_fails_holds_no_other_up_and_has_its_next_turn() {
    for fault in [Fault::Unavailable, Fault::Corrupt, Fault::Refused] {
        let scene = scene();
        scene.parcel(1, "bad", NOON - SignedDuration::from_hours(1)).await;
        let good = scene.parcel(2, "good", NOON).await;
        scene.scan("good", "in_transit");
        scene.carrier.faults.always("track:bad", fault);
        assert_eq!(handle(&scene.deps).await.unwrap(), report(1, 1, false), "{fault:?}");
        assert_eq!(scene.orders.order(good).state, State::InTransit);
        assert_eq!(scene.next_poll("dhl", "bad").await, Some(SignedDuration::from_mins(30)));
    }
}

#[tokio::test]
async fn a_carrier_that_asks_to_slow_down_is_left_alone_for_this_run() {
    let scene = scene();
    for nth in 0..20 {
        scene.parcel(nth, &format!("P{nth}"), NOON).await;
    }
    scene.carrier.faults.always("track", Fault::Throttled);
    assert_eq!(handle(&scene.deps).await.unwrap(), report(0, 0, true));
    assert!(scene.carrier.faults.calls("track") <= 4, "no more than were in flight");
    assert_eq!(scene.next_poll("dhl", "P0").await, Some(SignedDuration::ZERO), "still due");
}

#[tokio::test]
async fn a_package_whose_next_poll_cannot_be_set_is_polled_once_a_run() {
    let scene = scene();
    scene.parcel(1, "A", NOON).await;
    scene.orders.faults.always("poll_at", Fault::Unavailable);
    assert_eq!(handle(&scene.deps).await.unwrap(), report(0, 1, false));
    assert_eq!(scene.carrier.faults.calls("track"), 1);
}

/// A carrier that takes a minute for each answer.
struct Slow(Arc<FixedClock>);

#[async_trait]
impl Tracking for Slow {
    async fn track(&self, _number: &str) -> Result<Vec<Tracked>, PortError> {
        self.0.advance(SignedDuration::from_mins(1));
        Ok(Vec::new())
    }
}

#[tokio::test]
async fn a_run_ends_before_the_function_does() {
    let mut scene = scene();
    for nth in 0..20 {
        scene.parcel(nth, &format!("P{nth}"), NOON).await;
    }
    scene.deps.carriers = BTreeMap::from([("dhl", Arc::new(Slow(scene.clock.clone())) as Arc<dyn Tracking>)]);
    let Report { polled, unfinished, .. } = handle(&scene.deps).await.unwrap();
    assert_eq!((i64::from(polled), unfinished), (RUN_FOR.as_secs() / 60, true));
}

#[tokio::test]
async fn what_nobody_can_tell_is_asked_no_more() {
    let scene = scene();
    scene.parcel_of(1, "pigeon", "A", NOON, NOON).await;
    scene.parcel_of(2, "dhl", "B", NOON, NOON - SignedDuration::from_hours(91 * 24)).await;
    assert_eq!(handle(&scene.deps).await.unwrap(), report(2, 0, false));
    assert_eq!((scene.next_poll("pigeon", "A").await, scene.next_poll("dhl", "B").await), (None, None));
}

/// An order of one part in this state, whose package 1 has a label under this number, due now.
async fn labelled(scene: &Scene, state: State, number: &str) -> OrderId {
    let built = an_order().at(state).build();
    scene.orders.seed(&built);
    let id = built.order.id;
    let package = Package {
        sub_order_id: SubOrderId { order: id, part: 1 },
        package: 1,
        carrier: "dhl".to_owned(),
        tracking_number: number.to_owned(),
        shipped_at: NOON,
        poll_at: Some(NOON),
    };
    scene.orders.keep(id, &[Record::Package(package)]).await.unwrap();
    let booking = Booking { tracking_number: number.to_owned(), shipment: number.to_owned(), cost: None };
    let bought = oms_carriers::desk::Bought { carrier: "dhl".to_owned(), reference: "r".to_owned(), booking, printable: true };
    let key = EffectKey::Label { part: 1, package: 1 };
    scene.orders.begin(id, &key, NOON, NOON).await.unwrap();
    scene.orders.finish(id, &key, &serde_json::to_value(bought).unwrap()).await.unwrap();
    id
}

fn voided(scene: &Scene, id: OrderId) -> usize {
    let history = scene.orders.snapshot().history(id).unwrap();
    history.iter().filter(|entry| entry.fact == Some(Fact::LabelVoided { no: 1, package: 1 })).count()
}

#[tokio::test]
async fn a_label_of_a_cancelled_part_is_given_back_once() {
    let scene = scene();
    // The cancelled order of the builders has no parts: cancel one that has.
    let id = labelled(&scene, State::ReadyToShip, "L1").await;
    let system = By::new(Actor::new(ActorKind::Operator, "ops"), NOON);
    scene.orders.overwrite(id, |order| order.cancel(&system).unwrap());
    assert_eq!(handle(&scene.deps).await.unwrap().polled, 1);
    assert_eq!((voided(&scene, id), scene.labels.given_back()), (1, vec!["L1".to_owned()]));
    scene.clock.advance(SignedDuration::from_hours(48));
    assert_eq!(handle(&scene.deps).await.unwrap(), Report::default(), "nothing is due any more");
    assert_eq!(scene.labels.given_back().len(), 1);
}

#[tokio::test]
async fn a_label_that_is_needed_stays() {
    let scene = scene();
    let id = labelled(&scene, State::ReadyToShip, "L1").await;
    assert_eq!(handle(&scene.deps).await.unwrap().polled, 1);
    assert_eq!((voided(&scene, id), scene.labels.given_back().len()), (0, 0));
}

#[tokio::test]
async fn a_label_that_the_carrier_keeps_is_asked_for_once() {
    let scene = scene();
    let id = labelled(&scene, State::ReadyToShip, "L1").await;
    let system = By::new(Actor::new(ActorKind::Operator, "ops"), NOON);
    scene.orders.overwrite(id, |order| order.cancel(&system).unwrap());
    scene.labels.faults.before_with("void", 1, Fault::Refused);
    assert_eq!(handle(&scene.deps).await.unwrap().polled, 1);
    assert_eq!(voided(&scene, id), 0);
    assert_eq!(handle(&scene.deps).await.unwrap(), Report::default());
}
