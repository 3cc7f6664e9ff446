//! A marketplace over fakes, with one order that is confirmed.

use jiff::tz::TimeZone;
use oms_contract::record::{Allocation, Geocode, Precision, Record, ValidationReport};
use oms_contract::reference::{RateCard, Vendor, Zone};
use oms_contract::step::StepInput;
use oms_domain::change::By;
use oms_domain::document::{Document, Line, Speed};
use oms_domain::history::Fact;
use oms_domain::order::Answer;
use oms_domain::transition::Trigger;
use oms_domain::{Actor, ActorKind, Order, OrderId, State};
use oms_fakes::{
    FixedClock, MemoryInventory, MemoryOrders, MemoryReference, MemorySealer, NOON, a_document_of, a_market, a_product, a_vendor, an_order,
    currency, sku, some_stock, vendor, warehouse,
};
use oms_ports::StepError;
use oms_ports::budget::{Budget, BudgetKey};
use oms_ports::orders::Orders as _;
use oms_ports::stock::{Allocated, Inventory as _};
use route::{Deps, handle};
use rust_decimal::Decimal;
use std::sync::Arc;

pub(crate) struct World {
    pub(crate) deps: Deps,
    pub(crate) orders: Arc<MemoryOrders>,
    pub(crate) inventory: Arc<MemoryInventory>,
    pub(crate) reference: Arc<MemoryReference>,
    pub(crate) id: OrderId,
}

/// A carrier that goes everywhere, but not to boxes.
pub(crate) fn a_card() -> RateCard {
    let zone = Zone {
        from: "*".into(),
        to: "*".into(),
        max_km: 20_000,
        currency: currency("EUR"),
        base: 400,
        per_kg: 50,
        hours: 24,
        max_weight_g: 30_000,
        reliability: Decimal::ONE,
        table: Default::default(),
    };
    RateCard {
        carrier: "dhl".into(),
        service: Speed::Standard,
        volumetric_divisor: 5000,
        surcharges: Default::default(),
        largest: None,
        zones: vec![zone],
        service_rules: Default::default(),
    }
}

/// Stock by SKU, vendor and quantity; vendors perform the better the earlier they are named.
pub(crate) async fn world(lines: &[(&str, u32)], stock: &[(&str, &str, u32)]) -> World {
    let (orders, reference) = (Arc::new(MemoryOrders::default()), Arc::new(MemoryReference::default()));
    let rows: Vec<_> = stock.iter().map(|(sku, vendor, quantity)| some_stock(sku, vendor, *quantity)).collect();
    let inventory = Arc::new(MemoryInventory::stocked(&rows));
    for (i, (id, seller, _)) in stock.iter().enumerate() {
        let performance = Decimal::new(99 - 5 * i64::try_from(i).unwrap(), 2);
        reference.product(a_product(id)).vendor(Vendor { performance, ..a_vendor(seller) });
    }
    reference.market(a_market()).rates(a_card());
    let changed = an_order().at(State::Confirmed).build();
    let order = &changed.order;
    let line = |(id, quantity): &(&str, u32)| Line { sku: sku(id), quantity: *quantity, unit_price: 1000, discount: 0, tax: 190 };
    let document = Document { lines: lines.iter().map(line).collect(), ..a_document_of(order) };
    inventory.hold(order.id, &document.demand(), NOON).await.unwrap();
    orders.seed_with(&changed, document);
    let geocode = Some(Geocode { lat: 52.5, lon: 13.4, precision: Precision::City });
    let report = ValidationReport {
        version: order.checked.unwrap(),
        at: NOON,
        results: Vec::new(),
        doubts: Vec::new(),
        geocode,
        region: Some("BE".into()),
        is_po_box: false,
    };
    orders.keep(order.id, &[Record::Validation(report)]).await.unwrap();
    let deps = Deps {
        orders: orders.clone(),
        records: orders.clone(),
        inventory: inventory.clone(),
        reference: reference.clone(),
        sealer: Arc::new(MemorySealer::default()),
        clock: Arc::new(FixedClock::at(NOON)),
    };
    World { deps, orders, inventory, reference, id: order.id }
}

impl World {
    pub(crate) async fn run(&self) -> Result<State, StepError> {
        handle(&self.deps, StepInput { order_id: self.id }).await.map(|outcome| outcome.state)
    }

    /// The vendor takes so many orders a day.
    pub(crate) fn limit(&self, seller: &str, daily: u32) {
        self.reference.vendor(Vendor { daily_capacity: Some(daily), performance: Decimal::ONE, ..a_vendor(seller) });
    }

    /// The vendor's warehouse hands over so many orders a day, on the day on which they come; the vendor itself takes seven.
    pub(crate) fn limit_warehouse(&self, seller: &str, daily: u32, zone: &str) {
        let mut limited = a_vendor(seller);
        let place = &mut limited.warehouses[0];
        (place.daily_capacity, place.handling_hours, place.calendar.zone) = (Some(daily), 0, TimeZone::get(zone).unwrap());
        place.calendar.weekdays = (1..=7).collect();
        self.reference.vendor(Vendor { performance: Decimal::ONE, daily_capacity: Some(7), ..limited });
    }

    /// Orders of the vendor today.
    pub(crate) fn taken_today(&self, seller: &str) -> u64 {
        self.inventory.used_of(&BudgetKey::VendorDay(vendor(seller), NOON.to_zoned(jiff::tz::TimeZone::UTC).date()))
    }

    /// Another order takes one of these, and is counted.
    pub(crate) async fn another(&self, id: &str, seller: &str) {
        let (other, day) = (an_order().nth(7).id(), NOON.to_zoned(jiff::tz::TimeZone::UTC).date());
        self.inventory.hold(other, &[(sku(id), 1)], NOON).await.unwrap();
        let goods = [Allocation { sku: sku(id), quantity: 1, vendor_id: vendor(seller), warehouse_id: warehouse("w1") }];
        let days = [Budget { key: BudgetKey::VendorDay(vendor(seller), day), amount: 1, limit: 1 }];
        assert_eq!(self.inventory.allocate_on(other, &goods, &days).await.unwrap(), Allocated::Yes);
    }

    pub(crate) fn order(&self) -> Order {
        self.orders.order(self.id)
    }

    /// What a vendor has left of a SKU, and has set aside.
    pub(crate) fn shelf(&self, id: &str, seller: &str) -> (u32, u32) {
        let row = self.inventory.row(&sku(id), &vendor(seller), &warehouse("w1"));
        (row.available, row.allocated)
    }

    pub(crate) fn vendors(&self) -> Vec<String> {
        self.order().parts.iter().map(|part| part.vendor_id.to_string()).collect()
    }

    /// Captures the payment and tells the vendors.
    pub(crate) fn announce(&self) {
        let system = By::new(Actor::system("test"), NOON);
        let total = self.order().total;
        self.orders.overwrite(self.id, |order| {
            let captured = order.learn(Fact::PaymentCaptured { amount: total }, &system).unwrap();
            captured.go(Trigger::VendorsNotified, &system).unwrap()
        });
    }

    /// The next search is due.
    pub(crate) fn search_again(&self, no: Option<u8>) {
        let by = By::new(Actor::system("sweep"), NOON);
        self.orders.overwrite(self.id, |order| order.learn(Fact::SourcingResumed { no }, &by).unwrap());
    }

    pub(crate) fn answer(&self, answer: Answer) {
        let by = By::new(Actor::new(ActorKind::Customer, "cus-1"), NOON);
        self.orders.overwrite(self.id, |order| order.learn(Fact::OfferAnswered { answer }, &by).unwrap());
    }

    pub(crate) fn act(&self, no: u8, trigger: Trigger) {
        let by = By::new(Actor::new(ActorKind::Vendor, "test"), NOON);
        self.orders.overwrite(self.id, |order| order.go_part(no, trigger, &by).unwrap());
    }

    /// Tells the vendors of a part that was sourced again; the vendor refuses it.
    pub(crate) fn refuse_again(&self, no: u8) {
        let system = By::new(Actor::system("test"), NOON);
        self.orders.overwrite(self.id, |order| order.go_part(no, Trigger::VendorsNotified, &system).unwrap());
        self.act(no, Trigger::VendorRejectedOrSlaMissed);
    }
}
