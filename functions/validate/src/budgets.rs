//! What an order uses of budgets: redemptions of coupons, gift cards, points, credit, caps against hoarding. Read before the rules run, taken with the stock.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use oms_contract::reference::discount::Coupon;
use oms_contract::reference::{Customer, Product};
use oms_domain::Sku;
use oms_domain::document::{Document, MethodKind};
use oms_ports::budget::{Budget, BudgetKey};

use crate::facts::Facts;

/// Everything of which the rules want to know what is used.
pub(crate) fn keys(
    document: &Document,
    placed_at: Timestamp,
    customer: Option<&Customer>,
    products: &[Product],
    coupons: &[Coupon],
) -> Vec<BudgetKey> {
    let mut keys: Vec<BudgetKey> = coupons.iter().flat_map(|coupon| of_coupon(document, coupon)).map(|budget| budget.key).collect();
    keys.extend(document.claims.gift_cards.iter().map(|used| BudgetKey::GiftCard(used.card.clone())));
    if document.claims.points > 0 {
        let lots = customer.map(|customer| customer.record.points.as_slice()).unwrap_or_default();
        keys.extend(lots.iter().map(|lot| BudgetKey::Points(document.customer_id.clone(), lot.last_day)));
    }
    // By which method it is paid is read at the same time.
    let line = customer.and_then(|customer| customer.record.credit);
    keys.extend(line.map(|line| BudgetKey::Credit(document.customer_id.clone(), line.currency)));
    keys.extend(products.iter().flat_map(|product| quota(document, product, placed_at, 0)).map(|budget| budget.key));
    keys.sort();
    keys.dedup();
    keys
}

/// Everything that the order uses.
pub fn of(facts: &Facts<'_>) -> Vec<Budget> {
    let document = facts.document;
    let coupons = document.claims.coupons.iter().filter_map(|code| facts.coupon(code));
    let mut budgets: Vec<Budget> = coupons.flat_map(|coupon| of_coupon(document, coupon)).collect();
    budgets.extend(gift_cards(facts));
    budgets.extend(points(facts));
    budgets.extend(credit(facts));
    let known = facts.items().iter().filter_map(|item| Some((item.product?, item.quantity)));
    budgets.extend(known.flat_map(|(product, quantity)| quota(document, product, facts.placed_at, quantity)));
    budgets.sort_by(|a, b| a.key.cmp(&b.key));
    budgets.dedup_by(|a, b| a.key == b.key);
    budgets
}

/// One redemption of a coupon, in all and of this customer, as far as they are limited.
pub(crate) fn of_coupon(document: &Document, coupon: &Coupon) -> Vec<Budget> {
    let code = || coupon.grants.id.clone();
    let in_all = coupon.redemptions.map(|limit| Budget { key: BudgetKey::Coupon(code()), amount: 1, limit });
    let own = BudgetKey::CouponOf(document.customer_id.clone(), code());
    let of_customer = coupon.per_customer.map(|limit| Budget { key: own, amount: 1, limit });
    in_all.into_iter().chain(of_customer).collect()
}

/// So many of a product whose cap against hoarding allows a customer only some within so many days.
///
/// They count in two windows, each twice as long as the cap's and half of it shared with the next: any stretch of the cap's length lies in one of them as a whole. So
/// neither the turn of a window nor orders at the same moment get around the cap, and nothing has to be read beside the two counters that the order takes from anyhow.
pub(crate) fn quota(document: &Document, product: &Product, placed_at: Timestamp, quantity: u32) -> impl Iterator<Item = Budget> + use<> {
    let windows = product.sale.hoarding.map(|cap| {
        let today = u64::try_from(placed_at.as_second().div_euclid(24 * 60 * 60)).unwrap_or(0);
        let span = today / u64::from(cap.days.max(1));
        [span.saturating_sub(1), span].map(|first| {
            let key = BudgetKey::Quota(document.customer_id.clone(), product.sku.clone(), cap.days, first);
            Budget { key, amount: u64::from(quantity), limit: u64::from(cap.quantity) }
        })
    });
    windows.into_iter().flatten()
}

/// What each product's customer got before in the fuller of the windows that count, of those that have a cap.
pub(crate) fn bought(
    document: &Document,
    products: &[Product],
    placed_at: Timestamp,
    used: &BTreeMap<BudgetKey, u64>,
) -> BTreeMap<Sku, u32> {
    let before = |product: &Product| {
        let units = quota(document, product, placed_at, 0).filter_map(|budget| used.get(&budget.key).copied()).max()?;
        Some((product.sku.clone(), u32::try_from(units).unwrap_or(u32::MAX)))
    };
    products.iter().filter_map(before).collect()
}

/// What is used of each gift card that there is, each once.
pub(crate) fn gift_cards(facts: &Facts<'_>) -> Vec<Budget> {
    let uses = &facts.document.claims.gift_cards;
    let mut budgets: Vec<Budget> = Vec::new();
    for used in uses {
        let Some(card) = facts.gift_card(&used.card) else {
            continue;
        };
        let key = BudgetKey::GiftCard(card.card.clone());
        match budgets.iter_mut().find(|budget| budget.key == key) {
            Some(budget) => budget.amount = budget.amount.saturating_add(amount(used.amount)),
            None => budgets.push(Budget { key, amount: amount(used.amount), limit: amount(card.value) }),
        }
    }
    budgets
}

/// Points that may be redeemed until one day, and are not yet.
pub(crate) struct Lot {
    /// The last day; `None` where they do not expire.
    last_day: Option<Date>,
    /// All that were earned.
    earned: u64,
    /// Those that are left.
    pub(crate) left: u64,
}

/// The customer's points that have not expired on the day of the order (its last day included), those that expire first before others.
pub(crate) fn lots(facts: &Facts<'_>) -> Vec<Lot> {
    let earned = facts.customer.map(|customer| customer.record.points.as_slice()).unwrap_or_default();
    let mut lots: Vec<Lot> = Vec::new();
    for lot in earned.iter().filter(|lot| lot.last_day.is_none_or(|last| facts.day <= last)) {
        match lots.iter_mut().find(|known| known.last_day == lot.last_day) {
            Some(known) => known.earned += u64::from(lot.points),
            None => lots.push(Lot { last_day: lot.last_day, earned: u64::from(lot.points), left: 0 }),
        }
    }
    for lot in &mut lots {
        lot.left = lot.earned.saturating_sub(facts.used(&BudgetKey::Points(facts.document.customer_id.clone(), lot.last_day)));
    }
    lots.sort_by_key(|lot| (lot.last_day.is_none(), lot.last_day));
    lots
}

/// The points redeemed, lot by lot, as far as there are any: those that expire first go first.
pub(crate) fn points(facts: &Facts<'_>) -> Vec<Budget> {
    let mut open = u64::from(facts.document.claims.points);
    let mut budgets = Vec::new();
    for lot in lots(facts) {
        let amount = lot.left.min(open);
        open -= amount;
        if amount > 0 {
            let key = BudgetKey::Points(facts.document.customer_id.clone(), lot.last_day);
            budgets.push(Budget { key, amount, limit: lot.earned });
        }
    }
    budgets
}

/// What the order uses of the customer's credit, if it is bought on invoice and there is any in its currency.
pub(crate) fn credit(facts: &Facts<'_>) -> Option<Budget> {
    if facts.payment.kind != MethodKind::Invoice {
        return None;
    }
    let line = facts.customer?.record.credit.filter(|line| line.currency == facts.currency())?;
    let key = BudgetKey::Credit(facts.document.customer_id.clone(), line.currency);
    Some(Budget { key, amount: amount(facts.document.total), limit: amount(line.limit.saturating_add(line.paid)) })
}

/// An amount of money that is not negative; one that is has been told by check 7.
fn amount(minor_units: i64) -> u64 {
    u64::try_from(minor_units).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::SignedDuration;
    use oms_contract::reference::sale::HoardingCap;
    use oms_fakes::{a_document, a_product};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Orders are let pass as they come, one after another, by the counters alone.
        #[test]
        fn within_any_days_in_a_row_nobody_gets_more_than_the_cap(
            days in 1_u16..10,
            cap in 1_u32..6,
            orders in proptest::collection::vec((0_i64..30 * 24, 1_u32..4), 1..60),
        ) {
            let mut product = a_product("SKU-1");
            product.sale.hoarding = Some(HoardingCap { quantity: cap, days });
            let document = a_document();
            let mut used: BTreeMap<BudgetKey, u64> = BTreeMap::new();
            let mut passed: Vec<(Timestamp, u32)> = Vec::new();
            let start: Timestamp = "2026-11-01T05:00:00Z".parse().unwrap();
            for (hour, quantity) in orders {
                let placed_at = start + SignedDuration::from_hours(hour);
                let budgets: Vec<Budget> = quota(&document, &product, placed_at, quantity).collect();
                if budgets.iter().all(|budget| used.get(&budget.key).copied().unwrap_or(0) + budget.amount <= budget.limit) {
                    for budget in budgets {
                        *used.entry(budget.key).or_default() += budget.amount;
                    }
                    passed.push((placed_at, quantity));
                }
            }
            for (first, _) in &passed {
                let until = *first + SignedDuration::from_hours(24 * i64::from(days));
                let got: u32 = passed.iter().filter(|(at, _)| first <= at && *at < until).map(|(_, quantity)| quantity).sum();
                prop_assert!(got <= cap, "{got} from {first} on: {passed:?}");
            }
        }
    }
}
