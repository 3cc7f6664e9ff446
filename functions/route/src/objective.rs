//! The objective, in whole numbers.
//!
//! Times the common denominator of its three fractions, the objective of a plan is an integer, so that plans compare exactly and
//! equal ones are equal. Weights and performance scores count to six decimals.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use oms_contract::reference::Weights;

/// Parts of one: six decimals.
const ONE: i128 = 1_000_000;

/// Digits of an objective or a bound that are shown, rounded down.
const DIGITS: u32 = 12;

/// A decimal between 0 and 1 in millionths, the nearest; beyond either end, the end.
pub fn millionths(share: Decimal) -> i128 {
    let scaled = share.clamp(Decimal::ZERO, Decimal::ONE) * Decimal::from(1_000_000);
    scaled.round().to_i128().unwrap_or(ONE)
}

/// What turns terms into scores, for one order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    /// Score of an hour.
    pub hour: i128,
    /// Score of a minor unit of cost.
    pub unit: i128,
    /// Score of a millionth of performance lacking at one piece of the goods.
    pub lack: i128,
    /// Score of 1.
    pub whole: i128,
    /// About what the worst plan scores, at least [`Self::whole`]: what is sure to have room.
    pub most: i128,
}

impl Scale {
    /// The scale for these references (hours and cost) and this many pieces, of an order whose plans may come to about so much (hours and cost); `None` where scores would
    /// not fit 128 bits, with room for plans a thousand times worse than that. A reference of zero is one: then its term is zero for every plan that reaches it.
    pub fn new(weights: &Weights, (t_ref, c_ref): (u32, i64), (t_most, c_most): (u32, i64), pieces: u64) -> Option<Self> {
        let (t, c, q) = (i128::from(t_ref.max(1)), i128::from(c_ref.max(1)), i128::from(pieces.max(1)));
        let product = |factors: [i128; 4]| factors.into_iter().try_fold(1_i128, i128::checked_mul);
        let whole = product([t, c, q, ONE])?.checked_mul(ONE)?;
        let mut scale = Self {
            hour: product([millionths(weights.time), c, q, ONE])?,
            unit: product([millionths(weights.cost), t, q, ONE])?,
            lack: product([millionths(weights.performance), t, c, 1])?,
            whole,
            most: whole,
        };
        scale.most = whole.max(scale.score(t_most, c_most, ONE.checked_mul(q)?));
        scale.most.checked_mul(1_000)?;
        Some(scale)
    }

    /// The score of the three terms; `lack` in millionths times pieces.
    pub fn score(&self, hours: u32, cost: i64, lack: i128) -> i128 {
        let time = self.hour.saturating_mul(i128::from(hours));
        let cost = self.unit.saturating_mul(i128::from(cost));
        time.saturating_add(cost).saturating_add(self.lack.saturating_mul(lack))
    }

    /// A score as the objective it stands for, rounded down to twelve decimals.
    pub fn shown(&self, score: i128) -> Decimal {
        let score = score.max(0);
        let (mut digits, mut rest) = (score / self.whole, score % self.whole);
        for _ in 0..DIGITS {
            // The rest is below the scale, which leaves room for three more digits.
            rest *= 10;
            digits = digits.saturating_mul(10).saturating_add(rest / self.whole);
            rest %= self.whole;
        }
        Decimal::try_from_i128_with_scale(digits, DIGITS).map_or(Decimal::MAX, |shown| shown.normalize())
    }
}

/// The mean performance for a lack summed over pieces, to six decimals.
pub fn mean_performance(lack: i128, pieces: u64) -> Decimal {
    let pieces = i128::from(pieces.max(1));
    let mean = ((ONE * pieces - lack) + pieces / 2) / pieces;
    Decimal::try_from_i128_with_scale(mean, 6).map_or(Decimal::ZERO, |mean| mean.normalize())
}

/// What a performance lacks, in millionths.
pub fn lack_of(performance: Decimal) -> i128 {
    ONE - millionths(performance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use oms_contract::reference::References;

    fn weights() -> Weights {
        let tenths = |n| Decimal::new(n, 1);
        Weights { time: tenths(4), cost: tenths(3), performance: tenths(3) }
    }

    /// Of plans that are no worse than the references.
    fn scale(references: (u32, i64), pieces: u64) -> Option<Scale> {
        Scale::new(&weights(), references, references, pieces)
    }

    #[test]
    fn the_objective_is_the_sum_of_its_weighted_terms() {
        let scale = scale((100, 1_000), 4).unwrap();
        for (hours, cost, performance, objective) in [
            (0, 0, "1", "0"),
            (100, 0, "1", "0.4"),
            (0, 1_000, "1", "0.3"),
            (0, 0, "0", "0.3"),
            (100, 1_000, "0", "1"),
            (50, 500, "0.9", "0.38"),
            (1, 1, "1", "0.0043"),
        ] {
            let lack = 4 * lack_of(performance.parse().unwrap());
            assert_eq!(scale.shown(scale.score(hours, cost, lack)), objective.parse().unwrap());
        }
    }

    #[test]
    fn thirds_are_shown_rounded_down_and_compare_exactly() {
        let scale = scale((3, 7), 3).unwrap();
        assert_eq!(scale.shown(scale.score(1, 0, 0)), "0.133333333333".parse().unwrap());
        assert_eq!(scale.score(1, 0, 0) * 3, scale.score(3, 0, 0));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(scale((u32::MAX, i64::MAX), u64::MAX).is_none());
        assert!(scale((0, 0), 0).is_some());
        assert!(scale((References::MOST_HOURS, References::MOST_COST), 100_000).is_some());
        assert!(Scale::new(&weights(), (1, 1), (10_000, i64::MAX / 1_000_000), 100_000).is_some(), "far beyond the references");
        assert!(Scale::new(&weights(), (10_000, 1_000_000_000_000), (u32::MAX, i64::MAX), 100_000).is_none());
    }

    #[test]
    fn performance_is_a_mean_over_pieces() {
        let lack = 2 * lack_of("0.9".parse().unwrap()) + lack_of("0.6".parse().unwrap());
        assert_eq!(mean_performance(lack, 3), "0.8".parse().unwrap());
        assert_eq!(lack_of("7".parse().unwrap()), 0, "no better than perfect");
    }
}
