//! The carton that goods are packed into, as long as nobody has packed them yet.
//!
//! It is as long, wide and high as the largest of them, and holds as much as they do together. Where that takes more room, it grows where its length
//! with twice its other sides, by which carriers measure it, grows least: towards a box that is twice as long as it is wide and high. How goods lie inside one
//! another is not worked out. The planner of shipments and the maker of labels ask here, so that both see the same parcel.

use super::rates::Parcel;

/// Goods that share a package.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bulk {
    /// What they weigh.
    pub grams: u64,
    /// Their volumes' sum, cubic millimetres.
    pub mm3: u64,
    /// The longest of their longest, middle and shortest sides.
    pub sides_mm: [u32; 3],
}

impl Bulk {
    /// One piece with these sides, in any order.
    pub fn of(grams: u64, mut sides_mm: [u32; 3]) -> Self {
        sides_mm.sort_unstable_by(|a, b| b.cmp(a));
        Self { grams, mm3: volume(sides_mm), sides_mm }
    }

    /// With so many pieces more, each like `piece`.
    #[must_use]
    pub fn with(self, piece: Self, quantity: u32) -> Self {
        if quantity == 0 {
            return self;
        }
        let times = u64::from(quantity);
        Self {
            grams: self.grams.saturating_add(piece.grams.saturating_mul(times)),
            mm3: self.mm3.saturating_add(piece.mm3.saturating_mul(times)),
            sides_mm: std::array::from_fn(|at| self.sides_mm[at].max(piece.sides_mm[at])),
        }
    }

    /// As a carrier sees it.
    pub fn parcel(&self) -> Parcel {
        Parcel { grams: self.grams, sides_mm: self.carton() }
    }

    /// Grams billed for it at least, whatever is added to it: its carton is no smaller than its goods.
    pub fn least_billed_g(&self, volumetric_divisor: u32) -> u64 {
        let volumetric = self.mm3.max(volume(self.sides_mm)).div_ceil(u64::from(volumetric_divisor.max(1)));
        self.grams.max(volumetric).max(1).div_ceil(1000).saturating_mul(1000)
    }

    /// The sides of its carton, millimetres: none shorter than that of any piece.
    pub fn carton(&self) -> [u32; 3] {
        let least = self.sides_mm;
        if volume(least) >= self.mm3 {
            return least;
        }
        // All sides grow to one level of what they add to the measure: a length counts once, the other sides twice.
        let [length, width, height] = least;
        let at = |level: u32| [length.max(level), width.max(level.div_ceil(2)), height.max(level.div_ceil(2))];
        let (mut below, mut level) = (0, length.max(1));
        while volume(at(level)) < self.mm3 {
            (below, level) = (level, level.saturating_mul(2));
        }
        while level - below > 1 {
            let middle = u32::midpoint(below, level);
            if volume(at(middle)) < self.mm3 {
                below = middle;
            } else {
                level = middle;
            }
        }
        // A level more is a millimetre more of several sides: those that need not have it give it back.
        let [longest, wide, high] = at(level);
        let needed = |one: u32, other: u32, side: u32, least: u32| {
            let room = u64::from(one).saturating_mul(u64::from(other)).max(1);
            u32::try_from(self.mm3.div_ceil(room)).unwrap_or(side).clamp(least, side)
        };
        let high = needed(longest, wide, high, height);
        let wide = needed(longest, high, wide, width);
        [needed(wide, high, longest, length), wide, high]
    }
}

fn volume([a, b, c]: [u32; 3]) -> u64 {
    u64::from(a).saturating_mul(u64::from(b)).saturating_mul(u64::from(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bulk(pieces: &[(u64, [u32; 3], u32)]) -> Bulk {
        pieces.iter().fold(Bulk::default(), |bulk, (grams, sides, quantity)| bulk.with(Bulk::of(*grams, *sides), *quantity))
    }

    #[test]
    fn a_carton_holds_its_goods_and_grows_towards_twice_as_long_as_wide() {
        for (name, pieces, carton) in [
            ("nothing", vec![], [0, 0, 0]),
            ("one piece is its own carton", vec![(900, [100, 300, 200], 1)], [300, 200, 100]),
            ("a flat one grows higher and a little longer", vec![(900, [300, 200, 100], 2)], [347, 200, 173]),
            ("two cubes lie beside each other", vec![(1, [200, 200, 200], 2)], [400, 200, 200]),
            ("sixteen cubes are a box of its own kind", vec![(1, [100, 100, 100], 16)], [400, 200, 200]),
            ("a rod and a plate take more room than they fill", vec![(1, [1000, 10, 10], 1), (1, [400, 400, 10], 1)], [1000, 400, 10]),
            ("none of a thing is nothing", vec![(1, [200, 200, 200], 0)], [0, 0, 0]),
        ] {
            assert_eq!(bulk(&pieces).carton(), carton, "{name}");
        }
    }

    #[test]
    fn a_carton_beyond_all_measure_is_still_one() {
        let huge = bulk(&[(u64::MAX, [u32::MAX; 3], u32::MAX)]);
        assert_eq!((huge.carton(), huge.grams), ([u32::MAX; 3], u64::MAX));
        let many = bulk(&[(1, [1_000; 3], u32::MAX)]);
        assert!(volume(many.carton()) >= many.mm3);
    }

    proptest! {
        #[test]
        fn a_carton_is_no_smaller_than_its_goods_and_hardly_larger(
            pieces in prop::collection::vec((0_u64..9_000, (1_u32..900, 1_u32..500, 1_u32..300), 1_u32..9), 1..6),
        ) {
            let pieces: Vec<_> = pieces.into_iter().map(|(grams, (a, b, c), quantity)| (grams, [a, b, c], quantity)).collect();
            let bulk = bulk(&pieces);
            let carton = bulk.carton();
            prop_assert!(carton.iter().zip(bulk.sides_mm).all(|(side, least)| *side >= least));
            prop_assert!(volume(carton) >= bulk.mm3);
            let billed = bulk.parcel().billed_g(5_000);
            prop_assert!(bulk.least_billed_g(5_000) <= billed);
            // Where it had to grow, a millimetre less of any side would be too little.
            if volume(bulk.sides_mm) < bulk.mm3 {
                for at in (0..3).filter(|at| carton[*at] > bulk.sides_mm[*at]) {
                    let mut less = carton;
                    less[at] -= 1;
                    prop_assert!(volume(less) < bulk.mm3, "{carton:?} for {bulk:?}");
                }
            }
        }

        #[test]
        fn what_is_billed_at_least_only_grows(
            (grams, more) in (0_u64..9_000, 0_u64..9_000), sides in (1_u32..900, 1_u32..500, 1_u32..300), other in (1_u32..900, 1_u32..500, 1_u32..300),
        ) {
            let one = Bulk::of(grams, [sides.0, sides.1, sides.2]);
            let both = one.with(Bulk::of(more, [other.0, other.1, other.2]), 2);
            prop_assert!(one.least_billed_g(4_000) <= both.least_billed_g(4_000));
            prop_assert!(one.least_billed_g(4_000) <= both.parcel().billed_g(4_000));
        }
    }
}
