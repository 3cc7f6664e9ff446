//! In which ways each demand may be served.

use crate::lots::{Lot, splits};

/// A way to serve one demand: pieces from sites, in the order of the sites.
pub type Choice = Vec<(usize, u32)>;

/// The most ways to split one quantity that are looked at: enough for all pairs of the hundred shelves that are read of a SKU.
pub(crate) const MOST_SPLITS: usize = 10_000;

/// The ways to serve a quantity from what sites have, and whether they are all.
///
/// Each site that has it all is one. Where none has, the quantity is split over as few as suffice: whichever is left out, the others do
/// not. All but one of them give all they have; which one gives the rest is part of the choice. Where there are more than
/// [`MOST_SPLITS`], those over the fullest shelves are kept. What sites have is in whole packs; where vendors sell no less than so many, the ways are [others](crate::lots).
pub fn choices(quantity: u32, stocked: &[(usize, u32)], lot: &Lot) -> (Vec<Choice>, bool) {
    let alone: Vec<Choice> = stocked.iter().filter(|(_, has)| *has >= quantity).map(|(site, _)| vec![(*site, quantity)]).collect();
    if !alone.is_empty() {
        return (alone, true);
    }
    if !lot.minima.is_empty() {
        return splits(quantity, stocked, lot);
    }
    let mut shelves = stocked.to_vec();
    shelves.sort_by_key(|(site, has)| (std::cmp::Reverse(*has), *site));
    let mut splits = Splits { quantity: u64::from(quantity), shelves: &shelves, taken: Vec::new(), found: Vec::new(), complete: true };
    splits.go_on(0, 0);
    (splits.found, splits.complete)
}

struct Splits<'a> {
    quantity: u64,
    /// The fullest first, so that of those taken the last is the least.
    shelves: &'a [(usize, u32)],
    taken: Vec<(usize, u32)>,
    found: Vec<Choice>,
    complete: bool,
}

impl Splits<'_> {
    /// Tries every shelf from `next` on beside those taken, which together have `sum` and do not suffice.
    fn go_on(&mut self, next: usize, sum: u64) {
        let left: u64 = self.shelves[next..].iter().map(|(_, has)| u64::from(*has)).sum();
        if sum + left < self.quantity {
            return;
        }
        for i in next..self.shelves.len() {
            if !self.complete {
                return;
            }
            let with = sum + u64::from(self.shelves[i].1);
            self.taken.push(self.shelves[i]);
            if with < self.quantity {
                self.go_on(i + 1, with);
            } else {
                self.keep(with - self.quantity);
            }
            self.taken.pop();
        }
    }

    fn keep(&mut self, spare: u64) {
        // With nothing to spare, whoever gives the rest, it is the same split.
        let ways = if spare == 0 { 1 } else { self.taken.len() };
        for last in 0..ways {
            if self.found.len() == MOST_SPLITS {
                self.complete = false;
                return;
            }
            // The least of them is needed, so each has more than there is to spare.
            let mut split = self.taken.clone();
            split[last].1 -= u32::try_from(spare).unwrap_or(split[last].1);
            split.sort_unstable();
            self.found.push(split);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ways(quantity: u32, shelves: &[u32]) -> (Vec<Choice>, bool) {
        let stocked: Vec<(usize, u32)> = shelves.iter().copied().enumerate().collect();
        let (found, complete) = choices(quantity, &stocked, &Lot { pack: 1, minima: Vec::new() });
        for choice in &found {
            assert_eq!(choice.iter().map(|(_, given)| given).sum::<u32>(), quantity, "{choice:?}");
        }
        (found, complete)
    }

    #[test]
    fn a_quantity_is_split_only_where_it_must_and_over_as_few_as_suffice() {
        for (quantity, shelves, expected) in [
            (5, vec![9, 3, 5], vec![vec![(0, 5)], vec![(2, 5)]]),
            (5, vec![3, 2], vec![vec![(0, 3), (1, 2)]]),
            (5, vec![4, 3], vec![vec![(0, 2), (1, 3)], vec![(0, 4), (1, 1)]]),
            (9, vec![4, 3], vec![]),
            (1, vec![], vec![]),
        ] {
            assert_eq!(ways(quantity, &shelves), (expected, true), "{quantity} of {shelves:?}");
        }
        let (splits, _) = ways(6, &[4, 4, 2, 1]);
        assert!(splits.iter().all(|split| split.len() == 2), "{splits:?}");
    }

    #[test]
    fn many_small_shelves_serve_a_large_quantity() {
        assert_eq!(ways(20, &[1; 20]).0.len(), 1);
    }

    #[test]
    fn too_many_splits_are_cut_and_it_is_said() {
        let (splits, complete) = ways(10, &[1; 20]);
        assert_eq!((splits.len(), complete), (MOST_SPLITS, false));
    }
}
