//! Coupons, promotions, points and gift cards.

use jiff::Timestamp;
use oms_domain::{Currency, Sku};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// What a discount takes off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Benefit {
    /// A share of the goods it applies to: 0.1 for 10 %, rounded down to the minor unit, at most `cap` minor units where given.
    Percentage {
        /// 0 to 1.
        rate: Decimal,
        /// Most that it takes off.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cap: Option<i64>,
    },
    /// A fixed amount, minor units, at most what the goods it applies to cost.
    Amount {
        /// Minor units.
        amount: i64,
    },
    /// All of the shipping.
    FreeShipping,
}

/// Which goods a discount applies to. All of them, where both are empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AppliesTo {
    /// These SKUs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skus: Vec<Sku>,
    /// Products of these categories.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
}

/// A promotion, or what a coupon grants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promotion {
    /// Its id, or the coupon's code in capitals.
    pub id: String,
    /// What it takes off.
    pub benefit: Benefit,
    /// Of all its amounts.
    pub currency: Currency,
    /// From which goods.
    #[serde(default)]
    pub applies_to: AppliesTo,
    /// From when.
    pub from: Timestamp,
    /// Until when, this instant excluded.
    pub until: Timestamp,
    /// Least goods value that it asks for, minor units without tax.
    #[serde(default)]
    pub min_spend: i64,
    /// Stands alone: no other promotion or coupon beside it.
    #[serde(default)]
    pub exclusive: bool,
    /// Lower ones are taken off first; equal ones by id.
    #[serde(default)]
    pub order: u16,
}

/// A coupon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coupon {
    /// What it grants; its `id` is the coupon's code.
    #[serde(flatten)]
    pub grants: Promotion,
    /// May be redeemed.
    pub active: bool,
    /// Redemptions in all; without limit where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redemptions: Option<u64>,
    /// Redemptions of one customer; without limit where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_customer: Option<u64>,
}

/// The promotions in force or to come, and how they stack: one item of the marketplace.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Promotions {
    /// All of them.
    pub promotions: Vec<Promotion>,
    /// Most that all discounts together take off the goods: 0.7 for 70 %; no cap where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cap: Option<Decimal>,
    /// Minor units that one point is worth, by currency.
    pub point_value: std::collections::BTreeMap<Currency, Decimal>,
}

/// A gift card. What is left of it is its value less what orders have used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GiftCard {
    /// Its number.
    pub card: String,
    /// May be used.
    pub active: bool,
    /// Of its value.
    pub currency: Currency,
    /// What was paid in, minor units.
    pub value: i64,
    /// Until when, this instant excluded; for ever where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}
