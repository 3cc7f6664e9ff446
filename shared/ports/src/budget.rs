//! Budgets: what may be used up to a limit, as the redemptions of a coupon may, or the value of a gift card. An order takes its share in the same
//! transaction as its goods, under its own id, and gives it back with them.
//!
//! Only what is used is counted. The limit is whoever asks' to say, for it stands in the reference data and may change.

use std::fmt;

use jiff::civil::Date;
use oms_domain::{Currency, CustomerId, Sku, VendorId, WarehouseId};

/// What is counted. Written, it is the name of its counter: ids hold no `#`, codes and numbers of cards come last, so that two never share a name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BudgetKey {
    /// Redemptions of a coupon in all, by its code.
    Coupon(String),
    /// Redemptions of a coupon by one customer.
    CouponOf(CustomerId, String),
    /// Minor units used of a gift card, by its number.
    GiftCard(String),
    /// Points redeemed of those that a customer may redeem until this day; of those that do not expire where absent.
    Points(CustomerId, Option<Date>),
    /// Minor units that a customer's orders on invoice come to.
    Credit(CustomerId, Currency),
    /// Units of a SKU that a customer got in a window of so many days, the nth since 1970-01-01 UTC.
    Quota(CustomerId, Sku, u16, u64),
    /// Orders of a vendor on a day.
    VendorDay(VendorId, Date),
    /// Orders of a vendor's warehouse on a day.
    WarehouseDay(VendorId, WarehouseId, Date),
}

impl fmt::Display for BudgetKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Coupon(code) => write!(f, "coupon#{code}"),
            Self::CouponOf(customer, code) => write!(f, "coupon_of#{customer}#{code}"),
            Self::GiftCard(card) => write!(f, "gift_card#{card}"),
            Self::Points(customer, Some(day)) => write!(f, "points#{customer}#{day}"),
            Self::Points(customer, None) => write!(f, "points#{customer}#"),
            Self::Credit(customer, currency) => write!(f, "credit#{customer}#{currency}"),
            Self::Quota(customer, sku, days, window) => write!(f, "quota#{customer}#{sku}#{days}#{window}"),
            Self::VendorDay(vendor, day) => write!(f, "vendor_day#{vendor}#{day}"),
            Self::WarehouseDay(vendor, warehouse, day) => write!(f, "warehouse_day#{vendor}#{warehouse}#{day}"),
        }
    }
}

/// An order's share in a budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// Of what.
    pub key: BudgetKey,
    /// What the order uses; a share of nothing is always had.
    pub amount: u64,
    /// Most that all orders together may use.
    pub limit: u64,
}
