//! Check 28: whether the order is like what its customer orders.

use oms_contract::record::CheckOutcome;
use oms_domain::{Currency, Money};
use rust_decimal::Decimal;

use super::outcome::{fail, no_market, no_rate, not_applicable, passes_unless};
use crate::background::RECENT;
use crate::facts::Facts;

/// Orders and weeks of history below which nobody can say what is usual.
const LEAST_ORDERS: usize = 5;
const LEAST_WEEKS: usize = 4;

/// Robust z-score above which a value is an outlier: Iglewicz and Hoaglin, How to Detect and Handle Outliers (1993). In hundredths.
const OUTLIER: i64 = 350;

/// The median absolute deviation times this, in ten thousandths, estimates the standard deviation of normal values.
const OF_NORMAL: i64 = 14_826;

/// Deviation of the value that is always allowed for: a quarter of the median, and ten euro. Who always buys the same is not strange for once
/// buying a little more.
const LEAST_SHARE: i64 = 4;
const LEAST_CENTS: i64 = 1_000;

const MEND: &str = "verify that the customer placed it";

/// Check 28. The order's value in euro, and the number of orders in the last week, are no outliers upwards among what the customer ordered more
/// than a week ago. An unusually small or rare order is nothing to wonder at.
pub(super) fn order_pattern_normal(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    if facts.market.is_none() {
        return no_market();
    }
    let currency = facts.currency();
    if !facts.past.earlier.is_empty() && facts.in_euro(Money::new(0, currency)).is_none() {
        return vec![no_rate(facts)];
    }
    let (value, frequency) = (value_is_usual(facts), frequency_is_usual(facts));
    if value.is_none() && frequency.is_none() {
        return vec![not_applicable("the customer's history is too short to say what is usual")];
    }
    passes_unless([value, frequency].into_iter().flatten().flatten().collect())
}

/// `None` where the history is too short; else what is wrong, if anything.
#[expect(clippy::option_option, reason = "too little is known, or it is known and this is wrong")]
fn value_is_usual(facts: &Facts<'_>) -> Option<Option<CheckOutcome>> {
    let earlier = facts.past.earlier.iter().filter(|order| order.sold);
    // Of a currency that has no rate any more nothing can be said.
    let values: Vec<i64> = earlier.filter_map(|order| facts.in_euro(order.total)).collect();
    let value = facts.in_euro(Money::new(facts.document.total, facts.document.currency))?;
    if values.len() < LEAST_ORDERS {
        return None;
    }
    let middle = median(&values)?;
    let least = (middle / LEAST_SHARE).max(LEAST_CENTS);
    let strange = is_outlier(value, middle, &values, least);
    Some(
        strange.then(|| {
            fail("total", facts.shown(facts.document.total), format!("this customer's orders cost some {}", in_euro(middle)), MEND)
        }),
    )
}

#[expect(clippy::option_option, reason = "too little is known, or it is known and this is wrong")]
fn frequency_is_usual(facts: &Facts<'_>) -> Option<Option<CheckOutcome>> {
    let past = facts.past;
    let oldest = past.earlier.iter().map(|order| order.at).min()?;
    let end = facts.document.order_id.created_at().checked_sub(RECENT).ok()?;
    let weeks = usize::try_from(end.duration_since(oldest).as_secs() / RECENT.as_secs()).ok()?;
    if past.earlier.len() < LEAST_ORDERS || weeks < LEAST_WEEKS {
        return None;
    }
    let mut counts = vec![0_i64; weeks];
    for order in &past.earlier {
        let ago = usize::try_from(end.duration_since(order.at).as_secs() / RECENT.as_secs()).ok();
        if let Some(count) = ago.and_then(|ago| counts.get_mut(ago)) {
            *count += 1;
        }
    }
    let (middle, recent) = (median(&counts)?, i64::from(past.recent));
    let strange = is_outlier(recent, middle, &counts, 1);
    Some(strange.then(|| fail("customer_id", format!("{recent} orders in a week"), format!("{middle} are usual for this customer"), MEND)))
}

/// Whether the value lies too far above the median, in units of the deviation, which is at least `least`.
fn is_outlier(value: i64, middle: i64, values: &[i64], least: i64) -> bool {
    let distances: Vec<i64> = values.iter().map(|value| value.saturating_sub(middle).saturating_abs()).collect();
    let usual = Decimal::from(median(&distances).unwrap_or(0)) * Decimal::new(OF_NORMAL, 4);
    let deviation = usual.max(Decimal::from(least));
    Decimal::from(value.saturating_sub(middle)) > deviation * Decimal::new(OUTLIER, 2)
}

/// The middle one, of two the lower.
fn median(values: &[i64]) -> Option<i64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len().checked_sub(1)? / 2).copied()
}

fn in_euro(cents: i64) -> String {
    match "EUR".parse::<Currency>() {
        Ok(euro) => Money::new(cents, euro).to_string(),
        Err(_) => cents.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians() {
        for (values, middle) in [(&[][..], None), (&[3], Some(3)), (&[5, 1], Some(1)), (&[9, 1, 5], Some(5)), (&[4, 3, 2, 1], Some(2))] {
            assert_eq!(median(values), middle, "{values:?}");
        }
    }

    #[test]
    fn amounts_beyond_all_bounds_are_outliers_and_no_panic() {
        assert!(is_outlier(i64::MAX, 0, &[i64::MIN, i64::MAX, 0], 1) || !is_outlier(0, 0, &[0], 1));
        assert!(is_outlier(i64::MAX, 10, &[10, 10, 10], 1));
        assert!(!is_outlier(i64::MIN, 10, &[10, 10, 10], 1));
    }
}
