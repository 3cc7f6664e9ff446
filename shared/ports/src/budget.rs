//! Budgets: what may be used up to a limit, as the redemptions of a coupon may, or the value of a gift card. An order takes its share in the same
//! transaction as its goods, under its own id, and gives it back with them.
//!
//! How many orders a vendor or a warehouse has taken on a day is counted likewise, once it is known who serves them: with the allocation.
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
    /// Units of a SKU that a customer got within twice so many days, from the nth span of so many days since 1970-01-01 UTC on.
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

impl BudgetKey {
    /// Whose orders of a day a counter of this name counts: a vendor's, or a warehouse's of it. `None` for every other kind.
    pub fn place_of(name: &str) -> Option<(&str, Option<&str>)> {
        let words: Vec<&str> = name.split('#').collect();
        match words.as_slice() {
            ["vendor_day", vendor, _] => Some((vendor, None)),
            ["warehouse_day", vendor, warehouse, _] => Some((vendor, Some(warehouse))),
            _ => None,
        }
    }

    /// Of which SKU a counter of this name counts what a customer got; `None` for every other kind.
    pub fn quota_of(name: &str) -> Option<&str> {
        let words: Vec<&str> = name.split('#').collect();
        match words.as_slice() {
            ["quota", _, sku, _, _] => Some(sku),
            _ => None,
        }
    }

    /// Whether a counter of this name counts what pays: minor units or points, which parts of an order share.
    pub fn pays(name: &str) -> bool {
        ["gift_card#", "points#", "credit#"].iter().any(|kind| name.starts_with(kind))
    }
}

/// What was paid for a part of an order, of what was paid for all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Portion {
    /// Minor units.
    pub part: u64,
    /// Minor units; at least `part`.
    pub whole: u64,
}

impl Portion {
    /// Nothing of it.
    pub const NONE: Self = Self { part: 0, whole: 1 };

    /// So much of an amount, rounded down: parts never come to more than the whole.
    pub fn of(self, amount: u64) -> u64 {
        let share = u128::from(amount) * u128::from(self.part.min(self.whole)) / u128::from(self.whole.max(1));
        u64::try_from(share).unwrap_or(amount)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
        text.parse().unwrap()
    }

    #[test]
    fn names_tell_what_they_count() {
        let day = Date::constant(2026, 11, 23);
        let (customer, sku): (CustomerId, Sku) = (id("cus-1"), id("A.1"));
        for (key, place, quota, pays) in [
            (BudgetKey::Coupon("X#Y".to_owned()), None, None, false),
            (BudgetKey::GiftCard("vendor_day#v#d".to_owned()), None, None, true),
            (BudgetKey::Points(customer.clone(), Some(day)), None, None, true),
            (BudgetKey::Credit(customer.clone(), id("EUR")), None, None, true),
            (BudgetKey::Quota(customer, sku, 30, 7), None, Some("A.1"), false),
            (BudgetKey::VendorDay(id("ven-1"), day), Some(("ven-1", None)), None, false),
            (BudgetKey::WarehouseDay(id("ven-1"), id("w1"), day), Some(("ven-1", Some("w1"))), None, false),
        ] {
            let name = key.to_string();
            assert_eq!((BudgetKey::place_of(&name), BudgetKey::quota_of(&name), BudgetKey::pays(&name)), (place, quota, pays), "{name}");
        }
    }

    #[test]
    fn portions_are_rounded_down_and_never_more_than_the_whole() {
        for (part, whole, amount, share) in [
            (1, 3, 100, 33),
            (2, 3, 100, 66),
            (3, 3, 100, 100),
            (0, 0, 100, 0),
            (5, 0, 100, 0),
            (9, 3, 100, 100),
            (1, 2, u64::MAX, u64::MAX / 2),
        ] {
            assert_eq!(Portion { part, whole }.of(amount), share, "{part} of {whole}");
        }
        assert_eq!(Portion::NONE.of(u64::MAX), 0);
    }
}
