//! What promotions, coupons and points take off: one calculation, which checks 9, 44 and 45 read.
//!
//! Promotions and coupons are taken off one after the other, by their order and then by their id, each from what the ones before have left.
//! A share of the goods is rounded down to the minor unit; what is taken off several lines is spread over them by the largest remainder. No line
//! falls below zero, and all together take off at most the marketplace's cap, where the last one in the order gets what is left of it.

use oms_contract::reference::PriceMode;
use oms_contract::reference::discount::{AppliesTo, Benefit, Promotion};
use oms_domain::Money;
use oms_domain::document::Line;
use oms_domain::money::{Rounding, split_by_weights};
use rust_decimal::Decimal;

use crate::facts::Facts;

/// What is taken off, and what is left.
pub(super) struct Discounts {
    /// Of the goods, minor units.
    pub(super) goods: i64,
    /// Of the shipping, minor units.
    pub(super) shipping: i64,
    /// What is left of each line, without tax on top.
    pub(super) left: Vec<i64>,
}

/// Why a promotion or coupon does not count.
pub(super) struct Barred {
    pub(super) reason: String,
    pub(super) mend: String,
}

/// What all claims that count take off together; `None` where amounts are beyond all bounds.
pub(super) fn computed(facts: &Facts<'_>) -> Option<Discounts> {
    let mut left = facts.document.lines.iter().map(before).collect::<Option<Vec<i64>>>()?;
    let all = left.iter().try_fold(0_i64, |sum, amount| sum.checked_add(*amount))?;
    let mut room = match facts.promotions.cap {
        Some(cap) => share(facts, all, cap)?.clamp(0, all),
        None => all,
    };
    let mut shipping = 0;
    for grant in granted(facts) {
        let weights: Vec<u64> = facts.lines().map(|(i, _)| if counts(facts, grant, i) { units(left[i]) } else { 0 }).collect();
        let base = weights.iter().try_fold(0_i64, |sum, weight| sum.checked_add(i64::try_from(*weight).ok()?))?;
        let off = match grant.benefit {
            Benefit::FreeShipping => {
                shipping = facts.document.shipping.max(0);
                0
            }
            Benefit::Percentage { rate, cap } => share(facts, base, rate)?.min(cap.unwrap_or(i64::MAX)),
            Benefit::Amount { amount } => amount,
        };
        let off = off.min(room).clamp(0, base);
        room -= off;
        for (left, part) in left.iter_mut().zip(split_by_weights(off, &weights)) {
            *left -= part;
        }
    }
    let goods = all - left.iter().sum::<i64>();
    Some(Discounts { goods, shipping, left })
}

/// What the points redeemed are worth, rounded down; `None` where the marketplace takes none in this currency, or beyond all bounds.
pub(super) fn points_value(facts: &Facts<'_>) -> Option<i64> {
    if facts.document.claims.points == 0 {
        return Some(0);
    }
    let worth = *facts.promotions.point_value.get(&facts.currency())?;
    share(facts, i64::from(facts.document.claims.points), worth)
}

/// What gift cards pay; `None` beyond all bounds.
pub(super) fn gift_cards(facts: &Facts<'_>) -> Option<i64> {
    facts.document.claims.gift_cards.iter().try_fold(0_i64, |sum, used| sum.checked_add(used.amount))
}

/// The claimed promotions and coupons that count, in their order; each once, however often it is named.
fn granted<'a>(facts: &Facts<'a>) -> Vec<&'a Promotion> {
    let claims = &facts.document.claims;
    let promotions = claims.promotions.iter().filter_map(|id| facts.promotion(id));
    let coupons = claims.coupons.iter().filter_map(|code| facts.coupon(code)).filter(|coupon| coupon.active).map(|coupon| &coupon.grants);
    let mut granted: Vec<&Promotion> = promotions.chain(coupons).filter(|grant| barred(facts, grant).is_none()).collect();
    granted.sort_by(|a, b| (a.order, &a.id).cmp(&(b.order, &b.id)));
    granted.dedup_by(|a, b| a.id == b.id);
    granted
}

/// Why it does not count for this order, if it does not.
pub(super) fn barred(facts: &Facts<'_>, grant: &Promotion) -> Option<Barred> {
    let because = |reason: String, mend: &str| Some(Barred { reason, mend: mend.to_owned() });
    if facts.placed_at < grant.from {
        return because(format!("it begins on {}", grant.from), "order then, or leave it out");
    }
    if facts.placed_at >= grant.until {
        return because(format!("it ended on {}", grant.until), "leave it out");
    }
    if grant.currency != facts.currency() {
        return because(format!("it is in {}", grant.currency), "order in that currency, or leave it out");
    }
    let Some(spent) = goods_value(facts, grant) else {
        return because("it applies to none of the goods".to_owned(), "order goods that it applies to, or leave it out");
    };
    if spent < grant.min_spend {
        let least = facts.shown(grant.min_spend);
        return because(
            format!("it asks for goods of {least}, without tax"),
            &format!("order goods that it applies to for {} more", facts.shown(grant.min_spend - spent)),
        );
    }
    None
}

/// What the goods that it applies to cost before discounts, without tax; `None` where there are none.
fn goods_value(facts: &Facts<'_>, grant: &Promotion) -> Option<i64> {
    let inclusive = facts.market.is_some_and(|market| market.price_mode == PriceMode::Inclusive);
    let mut sum = None;
    for (i, line) in facts.lines().filter(|(i, _)| counts(facts, grant, *i)) {
        let price = before(line).unwrap_or(0);
        let tax = if inclusive { tax_inside(facts, i, price) } else { 0 };
        sum = Some(sum.unwrap_or(0_i64).saturating_add(price - tax));
    }
    sum
}

fn tax_inside(facts: &Facts<'_>, line: usize, price: i64) -> i64 {
    let rate = facts.product_of(line).and_then(|product| facts.tax_rate(&product.tax_category).ok());
    let tax = rate.and_then(|rate| Money::new(price, facts.currency()).contained_at_rate(rate.rate, rate.rounding).ok());
    tax.map_or(0, |tax| tax.amount)
}

/// Whether it takes something off the line at this place: goods that it applies to, and that may be discounted at all.
fn counts(facts: &Facts<'_>, grant: &Promotion, line: usize) -> bool {
    let AppliesTo { skus, categories } = &grant.applies_to;
    let Some(product) = facts.product_of(line).filter(|product| !product.sale.no_discounts) else {
        return false;
    };
    (skus.is_empty() && categories.is_empty()) || skus.contains(&product.sku) || categories.contains(&product.category)
}

/// What a line costs before discounts, at least nothing; `None` on overflow.
fn before(line: &Line) -> Option<i64> {
    Some(line.unit_price.checked_mul(i64::from(line.quantity))?.max(0))
}

fn share(facts: &Facts<'_>, amount: i64, rate: Decimal) -> Option<i64> {
    Money::new(amount, facts.currency()).at_rate(rate, Rounding::Down).ok().map(|money| money.amount)
}

fn units(amount: i64) -> u64 {
    u64::try_from(amount).unwrap_or(0)
}
