//! What a carrier's events do to an order, and that no crash, repetition or disorder does more.

#![expect(clippy::unwrap_used, reason = "tests")]

use jiff::Timestamp;

use oms_carriers::apply::{Stores, Whereabouts, apply, owners};
use oms_contract::record::{Package, Record, Tracked};
use oms_domain::change::By;
use oms_domain::transition::Trigger;
use oms_domain::{Actor, ActorKind, State, SubOrderId, VendorId};
use oms_fakes::faults::Fault;
use oms_fakes::{MemoryOrders, NOON, an_order, at};
use oms_ports::StepError;
use oms_ports::orders::{Listing, Listings as _, Orders as _, Origin, Packages as _, Records as _, TrackedPackage};

/// An event at `minute` past nine, without zone.
fn event(name: &str, minute: u8) -> Tracked {
    Tracked {
        event_id: format!("{name}-{minute}"),
        part: 0,
        package: 0,
        event: name.to_owned(),
        at: None,
        raw_time: format!("2026-11-24T09:{minute:02}:00"),
        code: "transit".to_owned(),
        text: String::new(),
        place: None,
    }
}

struct Scene {
    orders: MemoryOrders,
    package: TrackedPackage,
}

impl Scene {
    /// An order of two vendors whose first part stands at `state` and is in a package of the carrier's.
    async fn at(state: State) -> Self {
        let built = an_order().vendors(&["ven-1", "ven-2"]).at(state).build();
        let orders = MemoryOrders::default();
        orders.seed(&built);
        let scene = Self { orders, package: package(built.order.id, 1) };
        scene.keep(1).await;
        scene
    }

    async fn keep(&self, no: u8) {
        let id = self.package.order_id;
        self.orders.keep(id, &[Record::Package(package(id, no).package)]).await.unwrap();
    }

    async fn told(&self, events: &[Tracked]) -> Result<Whereabouts, StepError> {
        self.told_of(&self.package, events).await
    }

    async fn told_of(&self, package: &TrackedPackage, events: &[Tracked]) -> Result<Whereabouts, StepError> {
        let stores = Stores { orders: &self.orders, records: &self.orders, packages: &self.orders };
        apply(stores, package, events, now()).await
    }

    fn state(&self) -> State {
        self.orders.order(self.package.order_id).part(1).unwrap().state
    }

    /// The states that the part went through since it was seeded; those that were not seen in brackets.
    fn steps(&self) -> Vec<String> {
        let entries = self.orders.writes().into_iter().flat_map(|write| write.entries);
        let step = |state: State, inferred: bool| if inferred { format!("({state})") } else { state.to_string() };
        entries.map(|entry| step(entry.to, entry.inferred)).collect()
    }

    async fn kept(&self) -> usize {
        self.orders.dossier(self.package.order_id).await.unwrap().tracked.len()
    }
}

fn package(order_id: oms_domain::OrderId, no: u8) -> TrackedPackage {
    let package = Package {
        sub_order_id: SubOrderId { order: order_id, part: 1 },
        package: no,
        carrier: "dhl".to_owned(),
        tracking_number: format!("0034{no}"),
        shipped_at: NOON,
        poll_at: Some(NOON),
    };
    TrackedPackage { order_id, package }
}

fn now() -> Timestamp {
    at("2026-11-24T10:00:00Z")
}

#[tokio::test]
async fn each_event_moves_the_part_as_the_table_says() {
    use State::{Delivered, DeliveryFailed, InTransit, OutForDelivery, Packing, ReadyToShip, Returned, Shipped};
    for (from, name, to, where_to) in [
        (ReadyToShip, "label_printed", ReadyToShip, Whereabouts::Announced),
        (ReadyToShip, "carrier_notified", ReadyToShip, Whereabouts::Announced),
        (ReadyToShip, "picked_up", Shipped, Whereabouts::Travelling),
        (ReadyToShip, "in_transit", InTransit, Whereabouts::Travelling),
        (ReadyToShip, "delivered", Delivered, Whereabouts::Settled),
        (Shipped, "label_printed", Shipped, Whereabouts::Announced),
        (Shipped, "at_sorting_facility", InTransit, Whereabouts::Travelling),
        (Shipped, "lost", DeliveryFailed, Whereabouts::Travelling),
        (Shipped, "returned_to_sender", Returned, Whereabouts::Settled),
        (InTransit, "picked_up", InTransit, Whereabouts::Travelling),
        (InTransit, "available_for_collection", OutForDelivery, Whereabouts::Travelling),
        (InTransit, "damaged", DeliveryFailed, Whereabouts::Travelling),
        (InTransit, "delayed", InTransit, Whereabouts::Announced),
        (OutForDelivery, "delivery_attempted", DeliveryFailed, Whereabouts::Travelling),
        (OutForDelivery, "delivered_to_neighbour", Delivered, Whereabouts::Settled),
        (OutForDelivery, "unclassified", OutForDelivery, Whereabouts::Announced),
        (DeliveryFailed, "out_for_delivery", OutForDelivery, Whereabouts::Travelling),
        (DeliveryFailed, "delivered", Delivered, Whereabouts::Settled),
        (DeliveryFailed, "returned_to_sender", Returned, Whereabouts::Settled),
        (Delivered, "delivery_attempted", Delivered, Whereabouts::Settled),
        (Packing, "in_transit", Packing, Whereabouts::Travelling),
    ] {
        let scene = Scene::at(from).await;
        let told = scene.told(&[event(name, 0)]).await.unwrap();
        assert_eq!((scene.state(), told), (to, where_to), "{name} at {from}");
        assert_eq!(scene.kept().await, 1);
    }
}

#[tokio::test]
async fn a_whole_way_is_one_write_and_each_seen_step_is_one_that_was_seen() {
    let scene = Scene::at(State::ReadyToShip).await;
    let way = [event("picked_up", 1), event("in_transit", 2), event("out_for_delivery", 3), event("delivered", 4)];
    assert_eq!(scene.told(&way).await.unwrap(), Whereabouts::Settled);
    assert_eq!(scene.steps(), ["shipped", "in_transit", "out_for_delivery", "delivered"]);
    assert_eq!(scene.orders.writes().len(), 1);
    let write = &scene.orders.writes()[0];
    assert_eq!(write.via, Origin::Outside);
    assert_eq!((write.entries[0].actor.clone(), write.entries[0].at), (Actor::new(ActorKind::Carrier, "dhl"), now()));
    assert_eq!(write.entries[3].reason.as_deref(), Some("delivered"));
}

#[tokio::test]
async fn steps_that_nobody_saw_are_marked() {
    let scene = Scene::at(State::ReadyToShip).await;
    scene.told(&[event("out_for_delivery", 3)]).await.unwrap();
    assert_eq!(scene.steps(), ["(shipped)", "(in_transit)", "out_for_delivery"]);
}

#[tokio::test]
async fn repetition_changes_nothing() {
    let scene = Scene::at(State::ReadyToShip).await;
    let way = [event("picked_up", 1), event("out_for_delivery", 3), event("delivery_attempted", 4), event("out_for_delivery", 5)];
    scene.told(&way).await.unwrap();
    let (writes, kept) = (scene.orders.writes().len(), scene.orders.faults.calls("keep_event"));
    scene.told(&way).await.unwrap();
    for one in &way {
        scene.told(std::slice::from_ref(one)).await.unwrap();
    }
    scene.told(&[way[2].clone(), way[2].clone()]).await.unwrap();
    assert_eq!(scene.state(), State::OutForDelivery);
    assert_eq!((scene.orders.writes().len(), scene.kept().await), (writes, 4));
    assert_eq!(scene.orders.faults.calls("keep_event"), kept, "what is known is not written again");
}

#[tokio::test]
async fn a_late_event_undoes_nothing() {
    for (now, late) in
        [("out_for_delivery", "delivery_attempted"), ("delivery_attempted", "out_for_delivery"), ("out_for_delivery", "returned_to_sender")]
    {
        let scene = Scene::at(State::InTransit).await;
        scene.told(&[event(now, 30)]).await.unwrap();
        let state = scene.state();
        scene.told(&[event(late, 10)]).await.unwrap();
        assert_eq!(scene.state(), state, "{late} before {now}");
        assert_eq!(scene.kept().await, 2, "kept all the same");
        scene.told(&[event(late, 50)]).await.unwrap();
        assert_ne!(scene.state(), state, "{late} after {now}");
    }
}

/// Clocks of two places cannot be compared, but the carrier's list says what came first.
#[tokio::test]
async fn the_carriers_own_sequence_goes_before_times() {
    let scene = Scene::at(State::InTransit).await;
    let later = event("out_for_delivery", 10);
    scene.told(std::slice::from_ref(&later)).await.unwrap();
    scene.told(&[event("delivery_attempted", 40), later]).await.unwrap();
    assert_eq!(scene.state(), State::OutForDelivery);
}

#[tokio::test]
async fn what_came_before_the_part_was_ready_is_made_up_for() {
    let scene = Scene::at(State::Packing).await;
    let told = [event("picked_up", 1), event("in_transit", 2)];
    scene.told(&told).await.unwrap();
    assert_eq!(scene.state(), State::Packing);
    let by = By::new(Actor::new(ActorKind::Vendor, "ven-1"), now());
    scene.orders.overwrite(scene.package.order_id, |change| change.go_part(1, Trigger::PackingCompleted, &by).unwrap());
    scene.told(&told).await.unwrap();
    assert_eq!(scene.state(), State::InTransit);
}

#[tokio::test]
async fn a_part_of_two_packages_is_delivered_when_both_are() {
    let scene = Scene::at(State::Shipped).await;
    scene.keep(2).await;
    let second = package(scene.package.order_id, 2);
    assert_eq!(scene.told(&[event("out_for_delivery", 1), event("delivered", 2)]).await.unwrap(), Whereabouts::Settled);
    assert_eq!(scene.state(), State::OutForDelivery);
    // The same scan of the other package is another event.
    scene.told_of(&second, &[event("out_for_delivery", 1), event("delivery_attempted", 3)]).await.unwrap();
    assert_eq!(scene.state(), State::DeliveryFailed);
    scene.told_of(&second, &[event("returned_to_sender", 9)]).await.unwrap();
    assert_eq!(scene.state(), State::Delivered, "delivered if any package was");
}

#[tokio::test]
async fn a_part_that_is_picked_up_leaves_its_vendors_open_list() {
    let scene = Scene::at(State::ReadyToShip).await;
    let listed = async |vendor: &str, open| {
        let listing = Listing::OfVendor { vendor_id: VendorId::parse(vendor).unwrap(), open };
        scene.orders.list(&listing, (None, None), None, 10).await.unwrap().orders.len()
    };
    assert_eq!((listed("ven-1", true).await, listed("ven-1", false).await), (1, 0));
    scene.told(&[event("in_transit", 1)]).await.unwrap();
    assert_eq!((listed("ven-1", true).await, listed("ven-1", false).await), (0, 1));
    assert_eq!(listed("ven-2", true).await, 1, "the other vendor's part stays");
}

/// Whatever call is lost, before or after it took effect, the next delivery of the same events ends where the first should have.
#[tokio::test]
async fn no_crash_loses_or_doubles_an_event() {
    let way = [event("picked_up", 1), event("out_for_delivery", 3), event("delivery_attempted", 4), event("out_for_delivery", 5)];
    for op in ["load", "dossier", "commit", "keep_event"] {
        for nth in 1..=4 {
            for after in [false, true] {
                let scene = Scene::at(State::ReadyToShip).await;
                let faults = &scene.orders.faults;
                if after {
                    faults.after(op, nth)
                } else {
                    faults.before(op, nth)
                };
                let first = scene.told(&way).await;
                faults.heal();
                scene.told(&way).await.unwrap();
                let case = format!("{op} {nth} after={after} {first:?}");
                assert_eq!(scene.steps(), ["shipped", "(in_transit)", "out_for_delivery", "delivery_failed", "out_for_delivery"], "{case}");
                assert_eq!(scene.kept().await, 4, "{case}");
            }
        }
    }
}

#[tokio::test]
async fn a_lost_race_is_tried_once_more_with_a_fresh_read() {
    let scene = Scene::at(State::ReadyToShip).await;
    scene.orders.faults.before_with("commit", 1, Fault::Conflict);
    scene.told(&[event("picked_up", 1)]).await.unwrap();
    assert_eq!(scene.state(), State::Shipped);
    scene.orders.faults.before_with("commit", 1, Fault::Conflict).before_with("commit", 2, Fault::Conflict);
    assert!(matches!(scene.told(&[event("in_transit", 2)]).await, Err(StepError::Conflict)));
    assert_eq!((scene.state(), scene.kept().await), (State::Shipped, 1));
}

#[tokio::test]
async fn a_number_used_again_is_the_newest_orders() {
    let orders = MemoryOrders::default();
    let mut newest = None;
    for (nth, hours) in [(1, 0), (2, 48), (3, 24)] {
        let built = an_order().nth(nth).at(State::Shipped).build();
        orders.seed(&built);
        let mut tracked = package(built.order.id, 1);
        tracked.package.shipped_at = NOON + jiff::SignedDuration::from_hours(hours);
        orders.keep(built.order.id, &[Record::Package(tracked.package)]).await.unwrap();
        if nth == 2 {
            newest = Some(built.order.id);
        }
    }
    assert_eq!(orders.find("dhl", "00341").await.unwrap().len(), 3);
    let owners = owners(&orders, "dhl", "00341").await.unwrap();
    assert_eq!(owners.iter().map(|owner| Some(owner.order_id)).collect::<Vec<_>>(), [newest]);
}
