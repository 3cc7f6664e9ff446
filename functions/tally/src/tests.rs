use super::*;

use jiff::Timestamp;
use oms_contract::event::events_of;
use oms_contract::record::{Package, Record, SubOrder, Tracked};
use oms_contract::reference::{RateCard, Zone, ZoneTable};
use oms_domain::change::{By, Changed};
use oms_domain::document::Speed;
use oms_domain::transition::Trigger;
use oms_domain::{Actor, ActorKind, SubOrderId};
use oms_fakes::{FixedClock, MemoryOrders, MemoryReference, a_vendor, an_order, currency, sub_orders_of, vendor};
use serde_json::json;

/// Wednesday, two days after [`oms_fakes::NOON`], a Monday: `ven-1` works in UTC from Monday to Friday and takes a day, so it hands over by Tuesday; DHL takes two days from then.
const NOW: &str = "2026-11-30T12:00:00Z";

struct Bench {
    deps: Deps,
    orders: Arc<MemoryOrders>,
    reference: Arc<MemoryReference>,
    clock: Arc<FixedClock>,
}

fn bench() -> Bench {
    let (orders, reference) = (Arc::new(MemoryOrders::default()), Arc::new(MemoryReference::default()));
    let clock = Arc::new(FixedClock::at(NOW.parse().unwrap()));
    reference.vendor(a_vendor("ven-1")).vendor(a_vendor("ven-2"));
    reference.rates(card("dhl", Speed::Standard, 2)).rates(card("dhl", Speed::Express, 1));
    let deps = Deps {
        orders: orders.clone(),
        records: orders.clone(),
        reference: reference.clone(),
        tally: reference.clone(),
        clock: clock.clone(),
    };
    Bench { deps, orders, reference, clock }
}

fn card(carrier: &str, service: Speed, days: u16) -> RateCard {
    let zone = Zone {
        from: "*".to_owned(),
        to: "*".to_owned(),
        max_km: 20_000,
        currency: currency("EUR"),
        base: 500,
        per_kg: 100,
        hours: 24 * u32::from(days),
        max_weight_g: 31_500,
        reliability: "0.95".parse().unwrap(),
        table: ZoneTable { days: Some(days), ..ZoneTable::default() },
    };
    RateCard {
        carrier: carrier.to_owned(),
        service,
        volumetric_divisor: 5_000,
        surcharges: Default::default(),
        largest: None,
        zones: vec![zone],
        service_rules: Default::default(),
    }
}

/// What was scanned of a package: its number, the event, when.
type Scan = (u8, Event, &'static str);

/// An order of `ven-1` in a state, with what it was sent in and what was scanned of it.
async fn order(bench: &Bench, state: State, packages: &[(u8, &str)], scans: &[Scan]) -> Changed {
    let changed = an_order().at(state).build();
    bench.orders.seed(&changed);
    let mut records = Vec::new();
    for (package, carrier) in packages {
        records.push(Record::Package(Package {
            sub_order_id: SubOrderId { order: changed.order.id, part: 1 },
            package: *package,
            carrier: (*carrier).to_owned(),
            tracking_number: format!("N{package}"),
            shipped_at: changed.order.changed_at,
            poll_at: None,
        }));
    }
    for (nth, (package, event, at)) in scans.iter().enumerate() {
        records.push(Record::Tracked(Tracked {
            event_id: format!("e{nth}"),
            part: 1,
            package: *package,
            event: event.to_string(),
            at: Some(at.parse().unwrap()),
            raw_time: (*at).to_owned(),
            code: String::new(),
            text: String::new(),
            place: None,
        }));
    }
    bench.deps.orders.keep(changed.order.id, &records).await.unwrap();
    changed
}

/// The queue's message for the last event of this order, which came at this time.
fn message(changed: &Changed, time: &str) -> String {
    let mut event = events_of(&changed.order, &changed.entries).pop().unwrap();
    event.time = time.parse().unwrap();
    json!({ "detail-type": event.r#type, "source": event.source, "detail": event }).to_string()
}

/// Deliveries and late ones of the vendor, of DHL's standard and of its express service.
async fn counts(bench: &Bench) -> [(u32, u32); 3] {
    let dhl = |service| Performer::Carrier { carrier: "dhl".to_owned(), service };
    let all = [Performer::Vendor(vendor("ven-1")), dhl(Speed::Standard), dhl(Speed::Express)];
    let found = bench.reference.fetch(&Wanted { counts: all.to_vec(), ..Wanted::default() }).await.unwrap();
    let today = day_of(NOW.parse::<Timestamp>().unwrap());
    all.map(|of| found.counts[&of].recent(today)).map(|counted| (counted.deliveries, counted.late))
}

const IN_TIME: [Scan; 3] = [
    (1, Event::PickedUp, "2026-11-24T17:00:00Z"),
    (1, Event::InTransit, "2026-11-25T03:00:00Z"),
    (1, Event::Delivered, "2026-11-26T21:00:00Z"),
];

#[tokio::test]
async fn a_delivery_counts_once_however_often_it_is_told() {
    let bench = bench();
    let delivered = order(&bench, State::Delivered, &[(1, "dhl")], &IN_TIME).await;
    for _ in 0..3 {
        count(&bench.deps, &message(&delivered, "2026-11-26T21:30:00Z")).await.unwrap();
    }
    // An hour later in the log of the bus, or a day: the same delivery.
    count(&bench.deps, &message(&delivered, "2026-11-27T21:30:00Z")).await.unwrap();
    assert_eq!(counts(&bench).await, [(1, 0), (1, 0), (0, 0)]);
}

#[tokio::test]
async fn a_run_that_failed_is_made_good_and_counts_nothing_twice() {
    for (before, operation) in [(true, "count"), (false, "count")] {
        let bench = bench();
        let delivered = order(&bench, State::Delivered, &[(1, "dhl")], &IN_TIME).await;
        if before {
            bench.reference.faults.before(operation, 1);
        } else {
            bench.reference.faults.after(operation, 1);
        }
        count(&bench.deps, &message(&delivered, "2026-11-26T21:30:00Z")).await.unwrap_err();
        count(&bench.deps, &message(&delivered, "2026-11-26T21:30:00Z")).await.unwrap();
        assert_eq!(counts(&bench).await, [(1, 0), (1, 0), (0, 0)], "before: {before}");
    }
}

#[tokio::test]
async fn days_decide_from_when_each_had_it() {
    use Event::{Delivered, InTransit, PickedUp, SignedByRecipient};
    for (name, scans, vendor_late, carrier_late) in [
        ("both on the last day", IN_TIME.to_vec(), 0, 0),
        (
            "the vendor a day late, the carrier two working days after it",
            vec![(1, PickedUp, "2026-11-25T08:00:00Z"), (1, Delivered, "2026-11-27T23:59:59Z")],
            1,
            0,
        ),
        ("a weekend is no day of theirs", vec![(1, PickedUp, "2026-11-26T08:00:00Z"), (1, Delivered, "2026-11-30T09:00:00Z")], 1, 0),
        ("the carrier a day late", vec![(1, PickedUp, "2026-11-24T08:00:00Z"), (1, Delivered, "2026-11-27T00:00:00Z")], 0, 1),
        (
            "the first scan that says so counts, whatever comes later",
            vec![
                (1, InTransit, "2026-11-24T23:00:00Z"),
                (1, Delivered, "2026-11-26T12:00:00Z"),
                (1, SignedByRecipient, "2026-11-27T12:00:00Z"),
            ],
            0,
            0,
        ),
        // Nobody picked it up: we learnt of its departure on Monday and of its arrival on the Monday after.
        ("no scan with a time", Vec::new(), 0, 1),
    ] {
        let bench = bench();
        let delivered = order(&bench, State::Delivered, &[(1, "dhl")], &scans).await;
        count(&bench.deps, &message(&delivered, "2026-11-30T12:00:00Z")).await.unwrap();
        assert_eq!(counts(&bench).await, [(1, vendor_late), (1, carrier_late), (0, 0)], "{name}");
    }
}

#[tokio::test]
async fn of_several_packages_the_last_one_counts() {
    use Event::{Delivered, PickedUp};
    let bench = bench();
    let scans = [
        (1, PickedUp, "2026-11-24T08:00:00Z"),
        (2, PickedUp, "2026-11-25T08:00:00Z"),
        (1, Delivered, "2026-11-25T08:00:00Z"),
        (2, Delivered, "2026-11-28T08:00:00Z"),
    ];
    let delivered = order(&bench, State::Delivered, &[(1, "dhl"), (2, "dhl")], &scans).await;
    count(&bench.deps, &message(&delivered, "2026-11-28T12:00:00Z")).await.unwrap();
    assert_eq!(counts(&bench).await, [(1, 1), (1, 1), (0, 0)]);
}

#[tokio::test]
async fn nobody_is_judged_by_what_is_not_on_record() {
    for (name, packages, change, expected) in [
        ("no package", &[][..], None, [(1, 0), (0, 0), (0, 0)]),
        ("another carrier than planned", &[(1, "ups")][..], None, [(1, 0), (0, 0), (0, 0)]),
        ("two carriers", &[(1, "dhl"), (2, "ups")][..], None, [(1, 0), (0, 0), (0, 0)]),
        ("a service that has no card", &[(1, "gls")][..], Some(("gls", "standard")), [(1, 0), (0, 0), (0, 0)]),
        ("the service that was chosen counts", &[(1, "dhl")][..], Some(("dhl", "express")), [(1, 0), (0, 0), (1, 1)]),
        ("no plan", &[(1, "dhl")][..], Some(("", "")), [(0, 0), (0, 0), (0, 0)]),
    ] {
        let bench = bench();
        let delivered = order(&bench, State::Delivered, packages, &IN_TIME).await;
        if let Some((carrier, service)) = change {
            let mut sub_order: SubOrder = sub_orders_of(&delivered.order).remove(0);
            for shipment in &mut sub_order.shipments {
                (shipment.carrier, shipment.service) = (carrier.to_owned(), service.to_owned());
            }
            if carrier.is_empty() {
                sub_order.shipments.clear();
            }
            bench.deps.orders.keep(delivered.order.id, &[Record::SubOrder { sub_order, open: false }]).await.unwrap();
        }
        count(&bench.deps, &message(&delivered, "2026-11-26T21:30:00Z")).await.unwrap();
        assert_eq!(counts(&bench).await, expected, "{name}");
    }
}

#[tokio::test]
async fn a_vendor_that_is_not_on_file_any_more_is_not_judged() {
    let bench = bench();
    let changed = an_order().vendors(&["ven-9"]).at(State::Delivered).build();
    bench.orders.seed(&changed);
    count(&bench.deps, &message(&changed, "2026-11-26T21:30:00Z")).await.unwrap();
    assert_eq!(bench.reference.faults.calls("count"), 0);
}

#[tokio::test]
async fn what_was_lost_is_the_carriers_and_what_comes_back_is_nobodys() {
    let scans = [(1, Event::PickedUp, "2026-11-24T17:00:00Z")];
    let carrier = |event: Event| By::new(Actor::new(ActorKind::Carrier, "dhl"), NOW.parse().unwrap()).because(event.to_string());
    for (event, expected) in [
        (Event::Lost, [(1, 0), (1, 1), (0, 0)]),
        (Event::Damaged, [(1, 0), (1, 1), (0, 0)]),
        (Event::DeliveryAttempted, [(0, 0), (0, 0), (0, 0)]),
        (Event::RefusedByRecipient, [(0, 0), (0, 0), (0, 0)]),
    ] {
        let bench = bench();
        let mut changed = order(&bench, State::InTransit, &[(1, "dhl")], &scans).await;
        changed = changed.go_part(1, Trigger::LostDamagedOrUndeliverable, &carrier(event)).unwrap();
        count(&bench.deps, &message(&changed, NOW)).await.unwrap();
        assert_eq!(counts(&bench).await, expected, "{event}");
        // It is found and brought after all, or brought back: what was counted stays.
        let back = changed.go_part(1, Trigger::ReturnedToSender, &carrier(Event::ReturnedToSender)).unwrap();
        count(&bench.deps, &message(&back, NOW)).await.unwrap();
        let vendors = [(1, 0), expected[1], (0, 0)];
        assert_eq!(counts(&bench).await, vendors, "{event}");
    }
}

#[tokio::test]
async fn a_vendor_that_gives_back_what_it_accepted_is_late_and_one_that_refuses_is_not() {
    for (state, trigger, late) in [
        (State::PendingFulfillment, Trigger::VendorRejectedOrSlaMissed, 0),
        (State::VendorAccepted, Trigger::VendorWithdrew, 1),
        (State::Picking, Trigger::ShortPickOrDamage, 1),
    ] {
        let bench = bench();
        let by = By::new(Actor::new(ActorKind::Vendor, "ven-1"), NOW.parse().unwrap());
        let changed = order(&bench, state, &[], &[]).await.go_part(1, trigger, &by).unwrap();
        for _ in 0..2 {
            count(&bench.deps, &message(&changed, NOW)).await.unwrap();
        }
        assert_eq!(counts(&bench).await, [(late, late), (0, 0), (0, 0)], "{trigger}");
    }
}

#[tokio::test]
async fn other_events_and_what_is_too_old_count_nothing() {
    let bench = bench();
    for state in [State::Shipped, State::InTransit, State::Cancelled, State::Returned] {
        let changed = order(&bench, state, &[(1, "dhl")], &IN_TIME).await;
        count(&bench.deps, &message(&changed, NOW)).await.unwrap();
    }
    let delivered = order(&bench, State::Delivered, &[(1, "dhl")], &IN_TIME).await;
    bench.clock.set("2027-02-24T00:00:00Z".parse().unwrap());
    count(&bench.deps, &message(&delivered, "2026-11-26T21:30:00Z")).await.unwrap();
    assert_eq!(bench.reference.faults.calls("count"), 0);
    bench.clock.set("2027-02-23T23:59:59Z".parse().unwrap());
    count(&bench.deps, &message(&delivered, "2026-11-26T21:30:00Z")).await.unwrap();
    assert_eq!(bench.reference.faults.calls("count"), 1);
}

#[tokio::test]
async fn what_is_no_event_is_an_error() {
    for message in ["", "{}", r#"{"detail":{}}"#] {
        assert!(matches!(count(&bench().deps, message).await, Err(StepError::Bug(_))), "{message}");
    }
}
