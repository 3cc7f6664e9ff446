//! Numbers that look random and follow from a seed: the same instances on every machine.

/// A generator (splitmix64, public domain, S. Vigna).
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// The numbers of this seed.
    pub fn of(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A whole number from `low` to `high`, both included.
    pub fn whole(&mut self, low: u32, high: u32) -> u32 {
        let span = u64::from(high.max(low) - low) + 1;
        low + u32::try_from(self.next() % span).unwrap_or(0)
    }

    /// True in so many of a hundred cases.
    pub fn percent(&mut self, percent: u32) -> bool {
        self.whole(1, 100) <= percent
    }

    /// Between `low` and `high`, every order of magnitude alike.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between the two bounds")]
    pub fn spread(&mut self, low: u32, high: u32) -> u32 {
        let share = f64::from(self.whole(0, 1_000_000)) / 1e6;
        (f64::from(low) * (f64::from(high) / f64::from(low)).powf(share)) as u32
    }

    /// A number between two, to hundredths.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * f64::from(self.whole(0, 10_000)) / 1e4
    }

    /// One of several.
    pub fn one_of<'a, T>(&mut self, several: &'a [T]) -> Option<&'a T> {
        let last = u32::try_from(several.len().checked_sub(1)?).unwrap_or(u32::MAX);
        several.get(usize::try_from(self.whole(0, last)).unwrap_or(0))
    }
}
