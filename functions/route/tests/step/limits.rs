//! Who may not serve, as far as the step finds it out: capacities of the day, boxes, borders.

use crate::world::{a_card, world};
use jiff::civil::date;
use jiff::tz::TimeZone;
use oms_contract::record::{Record, Rejection, ValidationReport};
use oms_contract::reference::account::ImporterNumber;
use oms_contract::reference::punctuality::Performer;
use oms_contract::reference::regulation::{CustomsRule, Regulations};
use oms_contract::reference::sale::CustomsData;
use oms_contract::reference::{Market, OnTime, Policy, Product, Vendor};
use oms_domain::State;
use oms_domain::area::Area;
use oms_fakes::{FixedClock, NOON, a_customer, a_market, a_product, a_vendor, vendor, warehouse};
use oms_ports::budget::BudgetKey;
use oms_ports::orders::{Orders as _, Records as _};
use oms_ports::tally::{Delivery, Tally as _};
use rust_decimal::Decimal;
use std::sync::Arc;

/// The better vendor has delivered late of late, or once upon a time: what is on record of it comes with the vendor, in the same call.
#[tokio::test]
async fn a_vendor_is_left_out_for_what_it_delivered_late_in_ninety_days() {
    for (name, loaded, day, vendors) in [
        ("late here", OnTime::default(), date(2026, 11, 20), ["ven-b"]),
        ("long ago", OnTime::default(), date(2026, 8, 20), ["ven-a"]),
        ("much in time before", OnTime { orders: 100, late: 0, as_of: Some(date(2026, 11, 1)) }, date(2026, 11, 20), ["ven-a"]),
        ("and that long ago", OnTime { orders: 100, late: 0, as_of: Some(date(2026, 8, 1)) }, date(2026, 11, 20), ["ven-b"]),
    ] {
        let world = world(&[("A", 2)], &[("A", "ven-a", 5), ("A", "ven-b", 5)]).await;
        world.reference.vendor(Vendor { on_time: loaded, performance: Decimal::ONE, ..a_vendor("ven-a") });
        let policy =
            Policy { on_time_floor: Decimal::new(8, 1), on_time_prior: Decimal::new(9, 1), on_time_prior_orders: 2, ..Policy::default() };
        world.reference.market(Market { policy, ..a_market() });
        for n in 0..3 {
            let late = Delivery { id: n.to_string(), day, by: vec![(Performer::Vendor(vendor("ven-a")), true)] };
            world.reference.count(&late, day).await.unwrap();
        }
        assert_eq!(world.run().await.unwrap(), State::Routed);
        assert_eq!(world.vendors(), vendors, "{name}");
        // One for what is planned, one for capacities at the end: none for what was delivered.
        assert_eq!(world.reference.faults.calls("fetch"), 2, "{name}");
    }
}

/// The better vendor takes one order a day: the first is counted there, once, and the second goes to another, who counts none.
#[tokio::test]
async fn a_vendor_takes_as_many_orders_a_day_as_it_can() {
    let stock = [("A", "ven-a", 5), ("A", "ven-b", 5)];
    let world_of_first = world(&[("A", 2)], &stock).await;
    world_of_first.limit("ven-a", 1);
    assert_eq!(world_of_first.run().await.unwrap(), State::Routed);
    assert_eq!((world_of_first.vendors(), world_of_first.taken_today("ven-a")), (vec!["ven-a".to_owned()], 1));

    let world = world(&[("A", 2)], &stock).await;
    world.limit("ven-a", 1);
    world.another("A", "ven-a").await;
    assert_eq!(world.run().await.unwrap(), State::Routed);
    assert_eq!(world.vendors(), ["ven-b"]);
    assert_eq!((world.taken_today("ven-a"), world.taken_today("ven-b")), (1, 0));
    let plan = world.orders.plan(world.id, world.order().plan.unwrap()).await.unwrap().unwrap();
    assert!(plan.rejected.iter().any(|rejected| rejected.reason == Rejection::NoCapacity), "{:?}", plan.rejected);
}

/// Between planning and allocating another order takes the vendor's last place of the day.
#[tokio::test]
async fn a_day_that_fills_up_while_an_order_is_planned_is_sought_elsewhere() {
    let world = world(&[("A", 2)], &[("A", "ven-a", 5), ("A", "ven-b", 5)]).await;
    world.limit("ven-a", 1);
    let (inventory, day) = (world.inventory.clone(), NOON.to_zoned(jiff::tz::TimeZone::UTC).date());
    world.inventory.faults.meanwhile("allocate", 1, move || {
        let mut ledger = inventory.snapshot();
        ledger.used.insert(BudgetKey::VendorDay(vendor("ven-a"), day), 1);
        inventory.restore(&ledger);
    });
    assert_eq!(world.run().await.unwrap(), State::Routed);
    assert_eq!((world.vendors(), world.taken_today("ven-a")), (vec!["ven-b".to_owned()], 1));
}

/// Both orders are planned while one place is left at the better vendor's warehouse; the other takes it first.
#[tokio::test]
async fn of_two_orders_at_once_one_takes_a_warehouses_last_place() {
    let world = world(&[("A", 2)], &[("A", "ven-a", 5), ("A", "ven-b", 5)]).await;
    world.limit_warehouse("ven-a", 2, "UTC");
    let day = |zone: &str| NOON.to_zoned(TimeZone::get(zone).unwrap()).date();
    let (inventory, key) = (world.inventory.clone(), BudgetKey::WarehouseDay(vendor("ven-a"), warehouse("w1"), day("UTC")));
    let take = |of: u64| {
        let (inventory, key) = (inventory.clone(), key.clone());
        move || {
            let mut ledger = inventory.snapshot();
            ledger.used.insert(key, of);
            inventory.restore(&ledger);
        }
    };
    take(1)();
    world.inventory.faults.meanwhile("allocate", 1, take(2));
    assert_eq!(world.run().await.unwrap(), State::Routed);
    assert_eq!((world.vendors(), world.inventory.used_of(&key)), (vec!["ven-b".to_owned()], 2));
    let plan = world.orders.plan(world.id, world.order().plan.unwrap()).await.unwrap().unwrap();
    assert_eq!(
        plan.rejected.iter().map(|row| (row.vendor_id.as_str(), row.reason)).collect::<Vec<_>>(),
        [("ven-a", Rejection::NoCapacity)]
    );
}

/// An order is counted on the day that it is at the warehouse, whatever day it is elsewhere; there it is noon of the 23rd in UTC.
#[tokio::test]
async fn orders_are_counted_by_the_clock_of_the_warehouse() {
    for (zone, at, day) in [
        ("Europe/Berlin", "2026-11-23T22:59:59Z", "2026-11-23"),
        ("Europe/Berlin", "2026-11-23T23:00:00Z", "2026-11-24"),
        ("Europe/Berlin", "2026-06-22T22:00:00Z", "2026-06-23"),
        ("Europe/Berlin", "2026-10-25T22:59:59Z", "2026-10-25"),
        ("America/Sao_Paulo", "2026-11-24T02:59:59Z", "2026-11-23"),
        ("Pacific/Kiritimati", "2026-11-23T10:00:00Z", "2026-11-24"),
    ] {
        for counted in [false, true] {
            let mut world = world(&[("A", 2)], &[("A", "ven-a", 5), ("A", "ven-b", 5)]).await;
            world.deps.clock = Arc::new(FixedClock::at(at.parse().unwrap()));
            world.limit_warehouse("ven-a", 1, zone);
            let of_warehouse = BudgetKey::WarehouseDay(vendor("ven-a"), warehouse("w1"), day.parse().unwrap());
            let of_vendor = BudgetKey::VendorDay(vendor("ven-a"), day.parse().unwrap());
            if counted {
                let mut ledger = world.inventory.snapshot();
                ledger.used.insert(of_warehouse.clone(), 1);
                world.inventory.restore(&ledger);
            }
            assert_eq!(world.run().await.unwrap(), State::Routed);
            let (served, taken) = if counted { ("ven-b", [1, 0]) } else { ("ven-a", [1, 1]) };
            assert_eq!(world.vendors(), [served], "{zone} {at} {counted}");
            assert_eq!([&of_warehouse, &of_vendor].map(|key| world.inventory.used_of(key)), taken, "{zone} {at} {counted}");
        }
    }
}

/// The report says that the address is a P.O. box; the nearer vendor's carrier serves none.
#[tokio::test]
async fn a_box_is_served_by_a_carrier_that_serves_boxes() {
    for (is_po_box, served) in [(false, "ven-a"), (true, "ven-b")] {
        let world = world(&[("A", 2)], &[("A", "ven-a", 5), ("A", "ven-b", 5)]).await;
        let mut abroad = a_vendor("ven-b");
        abroad.performance = Decimal::ZERO;
        abroad.warehouses[0].country = "FR".into();
        world.reference.vendor(abroad);
        let mut card = a_card();
        (card.carrier, card.service_rules.po_boxes, card.zones[0].from) = ("chronopost".into(), true, "FR".into());
        world.reference.rates(card);
        let version = world.order().checked.unwrap();
        let report = world.orders.validation(world.id, version).await.unwrap().unwrap();
        world.orders.keep(world.id, &[Record::Validation(ValidationReport { is_po_box, ..report })]).await.unwrap();
        assert_eq!(world.run().await.unwrap(), State::Routed);
        assert_eq!(world.vendors(), [served], "{is_po_box}");
    }
}

/// The customer's own numbers are personal data: they are read where some warehouse lies beyond a border whose customs ask for one, and nowhere else.
#[tokio::test]
async fn the_importers_numbers_are_read_where_they_may_be_asked_for() {
    let ioss = || vec![ImporterNumber { kind: "IOSS".into(), number: "IM2760000000".into() }];
    for (name, from, is_asked, of_customer, reads, state) in [
        ("on this side", "DE", true, ioss(), 2, State::Routed),
        ("beyond a border where nothing is asked", "GB", false, ioss(), 2, State::Routed),
        ("beyond one where a number is", "GB", true, ioss(), 3, State::Routed),
        ("and the customer has none", "GB", true, vec![], 2, State::Routing),
    ] {
        let world = world(&[("A", 2)], &[("A", "ven-a", 5)]).await;
        let mut seller = a_vendor("ven-a");
        seller.warehouses[0].country = from.into();
        let mut customer = a_customer("cus-1");
        customer.record.importer = of_customer;
        let customs = CustomsData { hs_code: Some("847130".into()), origin: Some("CN".into()) };
        world.reference.vendor(seller).customer(customer).product(Product { customs, ..a_product("A") });
        let rule = CustomsRule {
            area: Area("EU".into()),
            number: "IOSS".into(),
            prefixes: Vec::new(),
            of_businesses: false,
            up_to: None,
            above: None,
            source: String::new(),
        };
        world.reference.regulations(Regulations { customs: if is_asked { vec![rule] } else { Vec::new() }, ..Regulations::default() });
        assert_eq!(world.run().await.unwrap(), state, "{name}");
        // Sources' vendors first; the customer; and whose days are counted, once there is a plan.
        assert_eq!(world.reference.faults.calls("fetch"), reads, "{name}");
    }
}
