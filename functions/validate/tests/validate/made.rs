//! What the good order is made of.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use oms_contract::reference::regulation::HazmatRule;
use oms_contract::reference::sale::Area;
use oms_contract::reference::{
    AccountStatus, Calendar, Customer, Market, PriceMode, Product, RateCard, TaxRate, Vendor, Warehouse, Weights, Zone,
};
use oms_domain::address::{Address, Contact, Personal};
use oms_domain::document::{DOCUMENT_SCHEMA, Document, Line, MethodKind, PaymentMethod, PriceSource, Sealed, Speed};
use oms_domain::money::Rounding;
use oms_domain::{CustomerId, OrderId, WarehouseId};
use oms_ports::gateway::{GatewayPayment, Standing};
use oms_ports::stock::Source;
use validate::background::Payment;

use crate::fixture::{currency, sku, vendor_id};

/// A service by road that goes everywhere, in so many hours.
pub(crate) fn rate_card(service: Speed, hours: u32) -> RateCard {
    let zone = Zone {
        from: "*".into(),
        to: "*".into(),
        max_km: 20_100,
        currency: currency("EUR"),
        base: 490,
        per_kg: 60,
        hours,
        max_weight_g: 31_500,
        reliability: "0.95".parse().unwrap(),
        table: Default::default(),
    };
    RateCard {
        carrier: "dhl".into(),
        service,
        volumetric_divisor: 5000,
        surcharges: Default::default(),
        largest: None,
        zones: vec![zone],
        service_rules: Default::default(),
    }
}

/// What may travel of a UN number by road and by air.
pub(crate) fn hazmat_rule(un_number: u16, class: &str, road: Option<u32>, air: Option<u32>) -> HazmatRule {
    HazmatRule { un_number, class: class.to_owned(), road, air }
}

/// A warehouse that works from Monday to Friday.
pub(crate) fn warehouse(country: &str, postcode: &str, city: &str, lat: f64, lon: f64, zone: &str) -> Warehouse {
    Warehouse {
        warehouse_id: WarehouseId::parse("w1").unwrap(),
        country: country.into(),
        postcode: postcode.into(),
        city: city.into(),
        region: None,
        lat,
        lon,
        handling_hours: 4,
        calendar: Calendar { zone: TimeZone::get(zone).unwrap(), ..Calendar::default() },
        daily_capacity: None,
        street: None,
        phone: None,
    }
}

pub(crate) fn placed_at() -> Timestamp {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

pub(crate) fn document() -> Document {
    let line = |name: &str, quantity, unit_price, tax| Line { sku: sku(name), quantity, unit_price, discount: 0, tax };
    Document {
        schema: DOCUMENT_SCHEMA,
        order_id: OrderId::new(placed_at(), [7; 10]),
        customer_id: CustomerId::parse("cus-clara").unwrap(),
        currency: currency("EUR"),
        lines: vec![line("KETTLE", 2, 2500, 950), line("BOOK", 1, 1000, 70)],
        shipping: 490,
        shipping_tax: 93,
        discount: 0,
        total: 5000 + 950 + 1000 + 70 + 490 + 93,
        payment_method: PaymentMethod { kind: MethodKind::Card, token: "pm_card_visa".into() },
        speed: Speed::Standard,
        preferred_carrier: None,
        prices: PriceSource::Catalogue,
        destination: "DE".into(),
        reference: None,
        claims: Default::default(),
        sealed: Sealed(String::new()),
    }
}

/// The whole total is reserved on a card.
pub(crate) fn payment(document: &Document) -> Payment {
    let code = document.currency.code();
    let answer = GatewayPayment {
        intent: "pi_1".into(),
        order_id: document.order_id,
        attempt: 1,
        currency: code.into(),
        standing: Standing::Authorized { amount: document.total },
        evidence: Some(oms_fakes::some_evidence(document.order_id, document.total, code)),
    };
    Payment { kind: document.payment_method.kind, attempt: 1, held: document.total, answer: Some(answer) }
}

pub(crate) fn personal() -> Personal {
    Personal {
        contact: Contact { name: "Clara Vogt".into(), email: "clara@example.com".into(), phone: None },
        shipping_address: Address {
            name: "Clara Vogt".into(),
            line1: "Torstraße 1".into(),
            line2: None,
            city: "Berlin".into(),
            region: None,
            postcode: Some("10119".into()),
            country: "DE".into(),
        },
        billing_address: None,
        device: None,
    }
}

pub(crate) fn customer() -> Customer {
    Customer {
        customer_id: CustomerId::parse("cus-clara").unwrap(),
        status: AccountStatus::Active,
        verified: true,
        created_at: "2020-02-29T00:00:00Z".parse().unwrap(),
        country: "DE".into(),
        watchlist: false,
        devices: vec![],
        record: Default::default(),
    }
}

pub(crate) fn market() -> Market {
    Market {
        marketplace_id: "test".into(),
        currencies: ["EUR", "JPY", "KWD", "BRL", "USD"].map(currency).to_vec(),
        min_order: [("EUR", 500), ("JPY", 800)].map(|(code, amount)| (currency(code), amount)).into(),
        price_mode: PriceMode::Exclusive,
        guests_allowed: false,
        high_risk_countries: vec![],
        blocked_devices: vec![],
        fx_to_eur: [(currency("EUR"), 1.into())].into(),
        fx_as_of: "2026-11-19".parse().unwrap(),
        fx_max_age_days: 4,
        weights: Weights { time: "0.4".parse().unwrap(), cost: "0.3".parse().unwrap(), performance: "0.3".parse().unwrap() },
        references: Default::default(),
        business_hours: oms_fakes::a_market().business_hours,
        carrier_choice: Default::default(),
        carrier_prior_shipments: 20,
        policy: Default::default(),
    }
}

pub(crate) fn product(name: &str, tax_category: &str, price: i64) -> Product {
    Product {
        sku: sku(name),
        name: name.into(),
        category: "home".into(),
        tax_category: tax_category.into(),
        weight_g: 900,
        length_mm: 200,
        width_mm: 200,
        height_mm: 250,
        fragile: false,
        hazard_class: None,
        high_value_electronics: false,
        min_quantity: 1,
        pack_size: 1,
        max_quantity: 100,
        prices: [(currency("EUR"), price)].into(),
        active: true,
        sale: Default::default(),
        customs: Default::default(),
        hazmat: None,
    }
}

pub(crate) fn tax(category: &str, rate: &str) -> TaxRate {
    TaxRate {
        area: Area("DE".into()),
        category: category.into(),
        rate: rate.parse().unwrap(),
        valid_from: "2021-01-01".parse().unwrap(),
        valid_to: None,
        rounding: Rounding::HalfUp,
    }
}

pub(crate) fn source(name: &str, vendor: &str, warehouse: &str, available: u32) -> Source {
    Source { sku: sku(name), vendor_id: vendor_id(vendor), warehouse_id: WarehouseId::parse(warehouse).unwrap(), available }
}

pub(crate) fn vendor(id: &str) -> Vendor {
    Vendor {
        vendor_id: vendor_id(id),
        name: id.into(),
        status: AccountStatus::Active,
        approved: true,
        performance: "0.9".parse().unwrap(),
        min_order: [].into(),
        email: format!("{id}@vendors.example"),
        ships_to: vec!["DE".into()],
        excluded_regions: vec![],
        warehouses: vec![warehouse("DE", "80331", "München", 48.14, 11.58, "Europe/Berlin")],
        licences: vec![],
        daily_capacity: None,
        on_time: Default::default(),
        min_quantities: Default::default(),
    }
}
