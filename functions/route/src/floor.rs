//! What a card charges at least, as lines: what bounds count on.
//!
//! A package of `k` kilograms billed is charged `p(k)`. A line `a + b k` that lies nowhere above `p`, with `a` and `b` no less than zero, bounds a load of `n` packages too:
//! `n a + b K` is no less than `a + b K`. Of such lines those along the lower convex hull of the weight steps are kept; and `p(k) = b k`, a card without steps, is one itself.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use oms_domain::shipping::Charges;

use crate::factor::Exchange;

/// Parts of a minor unit.
const PARTS: i128 = 1_000_000;

/// A line below what packages are charged, in [`PARTS`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Floor {
    fixed: i128,
    per_kg: i128,
}

impl Floor {
    /// The lines that bound what a card charges for packages.
    pub(crate) fn all_of(charges: &Charges) -> Vec<Self> {
        // The heaviest of each step, for a step is one price; then what comes a kilogram later, from where on it is a line.
        let mut points: Vec<(i128, i128)> = Vec::new();
        let mut last = 0;
        for step in &charges.steps {
            let kg = i128::from(step.up_to_g / 1000);
            if kg > last {
                points.push((kg, i128::from(step.price)));
                last = kg;
            }
        }
        let next = u64::try_from(last + 1).unwrap_or(u64::MAX);
        points.extend(charges.weight(next.saturating_mul(1000)).map(|price| (last + 1, i128::from(price))));
        let most = i128::from(charges.per_kg);
        let mut slopes = vec![0, most * PARTS];
        for (i, (kg, price)) in points.iter().enumerate() {
            // From nothing, and from each lighter point.
            for (before, less) in std::iter::once(&(0, 0)).chain(&points[..i]) {
                slopes.push((price - less) * PARTS / (kg - before));
            }
        }
        slopes.retain(|slope| (0..=most * PARTS).contains(slope));
        slopes.sort_unstable();
        slopes.dedup();
        let line = |per_kg: i128| {
            let fixed = points.iter().map(|(kg, price)| price * PARTS - per_kg * kg).min()?;
            (fixed >= 0).then_some(Self { fixed: fixed + i128::from(charges.remote) * PARTS, per_kg })
        };
        slopes.into_iter().filter_map(line).collect()
    }

    /// What so many kilograms are charged at least, the base not counted, rounded down.
    pub(crate) fn at(&self, kg: u64) -> i64 {
        let parts = self.per_kg.saturating_mul(i128::from(kg)).saturating_add(self.fixed);
        i64::try_from(parts / PARTS).unwrap_or(i64::MAX)
    }
}

/// The least that a load costs in the order's currency, as a line in its weight. In parts of a minor unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Least {
    /// Of the shipment, with what the line has once for every load.
    pub(crate) fixed: i128,
    /// Of a kilogram.
    pub(crate) per_kg: i128,
    floor: Floor,
    /// What fuel and exchange make of a unit; absent where it is one itself.
    factor: Option<Decimal>,
}

impl Least {
    /// With base, fuel and exchange; nothing at all where that is below zero or beyond all bounds.
    pub(crate) fn of(base: i64, floor: Floor, fuel: Decimal, exchange: &Exchange) -> Self {
        let fixed = floor.fixed + i128::from(base) * PARTS;
        if fuel.is_zero() && exchange.is_none() {
            return Self { fixed, per_kg: floor.per_kg, floor, factor: None };
        }
        let exact = || {
            let rate = exchange.rate()?;
            let factor = rate.checked_mul(Decimal::ONE.checked_add(fuel)?)?;
            // The fuel surcharge is rounded down by less than one, the exchange by no more than a half.
            let rounded = if fuel.is_zero() { Decimal::ZERO } else { rate };
            let lost = rounded.checked_add(Decimal::new(5, 1))?.checked_mul(Decimal::from(1_000_000))?.ceil().to_i128()?;
            let least = Self { fixed: times(fixed, factor)? - lost, per_kg: times(floor.per_kg, factor)?, floor, factor: Some(factor) };
            (least.fixed >= 0).then_some(least)
        };
        exact().unwrap_or(Self { fixed: 0, per_kg: 0, floor: Floor::default(), factor: Some(Decimal::ZERO) })
    }

    /// What packages that are charged so many minor units add to it at least: all but what the line has once for every load.
    pub(crate) fn beyond(&self, charged: i64) -> i128 {
        let own = (i128::from(charged) * PARTS - self.floor.fixed).max(0);
        self.factor.map_or(Some(own), |factor| times(own, factor)).unwrap_or(0)
    }

    /// The score of so many parts of a minor unit, rounded down: `unit` is that of a whole one.
    pub(crate) fn score(unit: i128, parts: i128) -> i128 {
        unit.checked_mul(parts).map_or_else(|| unit.saturating_mul(parts / PARTS), |score| score / PARTS)
    }
}

/// Times a factor, rounded down; a part is left for the decimals' own rounding. `None` beyond their bounds.
fn times(parts: i128, factor: Decimal) -> Option<i128> {
    let product = Decimal::try_from_i128_with_scale(parts, 0).ok()?.checked_mul(factor)?.floor().to_i128()?;
    Some((product - 1).max(0))
}
