//! Builders of valid domain values. Every value they give is one that production code could have made.

pub mod discount;
pub mod document;
pub mod order;
pub mod reference;

use jiff::Timestamp;

use oms_domain::{Currency, CustomerId, Sku, VendorId, WarehouseId};

/// 2026-11-23T12:00:00Z, a Monday: when everything starts unless a test says otherwise.
pub const NOON: Timestamp = Timestamp::constant(1_795_435_200, 0);

/// An instant, from RFC 3339.
pub fn at(text: &str) -> Timestamp {
    text.parse().expect("an RFC 3339 instant")
}

/// A currency, from its code.
pub fn currency(code: &str) -> Currency {
    code.parse().expect("an ISO 4217 code")
}

/// A SKU.
pub fn sku(text: &str) -> Sku {
    Sku::parse(text).expect("a valid SKU")
}

/// A vendor's id.
pub fn vendor(text: &str) -> VendorId {
    VendorId::parse(text).expect("a valid vendor id")
}

/// A warehouse's id.
pub fn warehouse(text: &str) -> WarehouseId {
    WarehouseId::parse(text).expect("a valid warehouse id")
}

/// A customer's id.
pub fn customer(text: &str) -> CustomerId {
    CustomerId::parse(text).expect("a valid customer id")
}
