//! Discounts. Fields are public: change what a test is about by struct update.

use jiff::SignedDuration;
use rust_decimal::Decimal;

use oms_contract::reference::discount::{AppliesTo, Benefit, Coupon, GiftCard, Promotion};

use crate::build::{NOON, currency};

/// 10 % off everything, in euro, from a day before noon to thirty days after it, beside any other.
pub fn a_promotion(id: &str) -> Promotion {
    Promotion {
        id: id.to_owned(),
        benefit: Benefit::Percentage { rate: Decimal::new(1, 1), cap: None },
        currency: currency("EUR"),
        applies_to: AppliesTo::default(),
        from: NOON - SignedDuration::from_hours(24),
        until: NOON + SignedDuration::from_hours(24 * 30),
        min_spend: 0,
        exclusive: false,
        order: 0,
    }
}

/// A coupon for that, to be redeemed a hundred times in all and once by each customer.
pub fn a_coupon(code: &str) -> Coupon {
    Coupon { grants: a_promotion(code), active: true, redemptions: Some(100), per_customer: Some(1) }
}

/// A gift card of so many euro cents that does not run out.
pub fn a_gift_card(card: &str, value: i64) -> GiftCard {
    GiftCard { card: card.to_owned(), active: true, currency: currency("EUR"), value, until: None }
}
