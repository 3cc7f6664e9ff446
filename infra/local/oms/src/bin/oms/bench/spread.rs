//! Percentiles of durations.

use std::time::Duration;

/// Sorted durations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spread(Vec<Duration>);

impl Spread {
    /// Of these, in any order.
    pub(super) fn of(mut durations: Vec<Duration>) -> Self {
        durations.sort_unstable();
        Self(durations)
    }

    /// The smallest value that at least `percent` of all do not exceed (nearest rank), in milliseconds; 0 where there are none.
    pub(super) fn percentile_ms(&self, percent: usize) -> f64 {
        let rank = (self.0.len() * percent).div_ceil(100).max(1);
        self.0.get(rank - 1).map_or(0.0, |duration| duration.as_secs_f64() * 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_the_nearest_rank() {
        let of = |count: u64| Spread::of((1..=count).rev().map(Duration::from_millis).collect());
        for (count, percent, expected) in
            [(100, 50, 50.0), (100, 95, 95.0), (100, 99, 99.0), (500, 99, 495.0), (3, 50, 2.0), (1, 99, 1.0), (10, 0, 1.0), (0, 50, 0.0)]
        {
            let found = of(count).percentile_ms(percent);
            assert!((found - expected).abs() < 1e-9, "p{percent} of {count} is {found}");
        }
    }
}
