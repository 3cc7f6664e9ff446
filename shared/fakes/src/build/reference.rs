//! Reference data. Fields are public: change what a test is about by struct update.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use rust_decimal::Decimal;

use jiff::tz::TimeZone;
use oms_contract::reference::account::AccountRecord;
use oms_contract::reference::sale::{CustomsData, SaleRules};
use oms_contract::reference::{
    AccountStatus, Calendar, Customer, Market, OnTime, Policy, PriceMode, Product, StockRow, Vendor, Warehouse, Weights,
};
use oms_domain::timers::BusinessHours;
use oms_domain::{Actor, ActorKind};
use oms_ports::stock::Booking;

use crate::build::{NOON, currency, customer, sku, vendor, warehouse};

/// A book-sized product sold singly at EUR 120.00, USD 130.00, JPY 20000, KWD 40.000, BRL 700.00.
pub fn a_product(id: &str) -> Product {
    let prices = [("EUR", 12_000), ("USD", 13_000), ("JPY", 20_000), ("KWD", 40_000), ("BRL", 70_000)];
    Product {
        sku: sku(id),
        name: format!("Product {id}"),
        category: "books".to_owned(),
        tax_category: "standard".to_owned(),
        weight_g: 800,
        length_mm: 250,
        width_mm: 180,
        height_mm: 40,
        fragile: false,
        hazard_class: None,
        high_value_electronics: false,
        min_quantity: 1,
        pack_size: 1,
        max_quantity: 100,
        prices: prices.map(|(code, price)| (currency(code), price)).into(),
        active: true,
        sale: SaleRules::default(),
        customs: CustomsData::default(),
        hazmat: None,
    }
}

/// A vendor in good standing with one warehouse, `w1` in Berlin, that ships everywhere.
pub fn a_vendor(id: &str) -> Vendor {
    Vendor {
        vendor_id: vendor(id),
        name: format!("Vendor {id}"),
        status: AccountStatus::Active,
        approved: true,
        performance: Decimal::new(93, 2),
        min_order: BTreeMap::new(),
        email: format!("{id}@vendors.example"),
        ships_to: vec!["*".to_owned()],
        excluded_regions: Vec::new(),
        warehouses: vec![Warehouse {
            warehouse_id: warehouse("w1"),
            country: "DE".to_owned(),
            postcode: "10115".to_owned(),
            city: "Berlin".to_owned(),
            region: None,
            lat: 52.52,
            lon: 13.41,
            handling_hours: 24,
            street: Some("Lagerstraße 1".to_owned()),
            phone: None,
            calendar: Calendar::default(),
            daily_capacity: None,
        }],
        licences: Vec::new(),
        daily_capacity: None,
        on_time: OnTime::default(),
        min_quantities: BTreeMap::new(),
    }
}

/// So many of a SKU on the shelf of a vendor's warehouse `w1`.
pub fn some_stock(sku_id: &str, vendor_id: &str, available: u32) -> StockRow {
    StockRow { sku: sku(sku_id), vendor_id: vendor(vendor_id), warehouse_id: warehouse("w1"), available }
}

/// By the warehouse of vendor 1, at noon, whose place nobody told.
pub fn a_booking() -> Booking {
    Booking { by: Actor::new(ActorKind::Vendor, "ven-1"), at: NOON, spot: None, dry: false }
}

/// A verified customer in Germany, known for a hundred days.
pub fn a_customer(id: &str) -> Customer {
    Customer {
        customer_id: customer(id),
        status: AccountStatus::Active,
        verified: true,
        created_at: NOON - SignedDuration::from_hours(24 * 100),
        country: "DE".to_owned(),
        watchlist: false,
        devices: vec!["device-1".to_owned()],
        record: AccountRecord::default(),
    }
}

/// A marketplace with prices without tax, a minimum order of EUR 5.00 and the weights of the requirements.
pub fn a_market() -> Market {
    let rates = [
        ("EUR", Decimal::ONE),
        ("USD", Decimal::new(92, 2)),
        ("JPY", Decimal::new(61, 4)),
        ("KWD", Decimal::new(301, 2)),
        ("BRL", Decimal::new(17, 2)),
    ];
    Market {
        marketplace_id: "market-1".to_owned(),
        currencies: rates.map(|(code, _)| currency(code)).into(),
        min_order: BTreeMap::from([(currency("EUR"), 500)]),
        price_mode: PriceMode::Exclusive,
        guests_allowed: false,
        high_risk_countries: vec!["XX".to_owned()],
        blocked_devices: vec!["device-blocked".to_owned()],
        fx_to_eur: rates.map(|(code, rate)| (currency(code), rate)).into(),
        // No test of anything else is to fail for the age of its rates.
        fx_as_of: NOON.to_zoned(TimeZone::UTC).date(),
        fx_max_age_days: 3650,
        weights: Weights { time: Decimal::new(4, 1), cost: Decimal::new(3, 1), performance: Decimal::new(3, 1) },
        references: Default::default(),
        business_hours: BusinessHours {
            zone: TimeZone::get("Europe/Berlin").expect("the zone is bundled"),
            from: jiff::civil::time(9, 0, 0, 0),
            to: jiff::civil::time(18, 0, 0, 0),
            days: vec![1, 2, 3, 4, 5],
        },
        carrier_choice: Default::default(),
        carrier_prior_shipments: 20,
        policy: Policy::default(),
    }
}
