//! In which ways each demand may be filled.

use crate::candidates::{Candidates, Wanted};
use oms_domain::money::split_by_weights;

/// What one site gives to one demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// The site.
    pub site: usize,
    /// How many.
    pub quantity: u32,
    /// What they are worth without tax.
    pub worth: i64,
}

/// A way to fill a demand: one piece, or several where no single site can.
pub type Choice = Vec<Piece>;

/// The most ways to split one quantity that are looked at.
const MOST_SPLITS: usize = 512;

/// The ways to fill a demand, and whether they are all.
///
/// A split takes from no more sites than it needs: whichever is left out, the others do not suffice. All but one of them give all
/// they have; which one keeps the rest is part of the choice. Where there are more than [`MOST_SPLITS`], those over the fullest
/// shelves are kept.
pub fn choices(wanted: &Wanted) -> (Vec<Choice>, bool) {
    let alone: Vec<Choice> = wanted
        .shelves
        .iter()
        .filter(|(_, has)| *has >= wanted.quantity)
        .map(|(site, _)| vec![Piece { site: *site, quantity: wanted.quantity, worth: wanted.net }])
        .collect();
    if !alone.is_empty() {
        return (alone, true);
    }
    let mut shelves = wanted.shelves.clone();
    shelves.sort_by_key(|(site, has)| (std::cmp::Reverse(*has), *site));
    let mut splits = Splits { wanted, shelves: &shelves, taken: Vec::new(), found: Vec::new(), complete: true };
    splits.go_on(0, 0);
    (splits.found, splits.complete)
}

/// How often each site can be used, for a bound.
pub fn uses(candidates: &Candidates, choices: &[Vec<Choice>]) -> Vec<Vec<bool>> {
    let of_site = |site: usize| choices.iter().map(|ways| ways.iter().flatten().any(|piece| piece.site == site)).collect();
    (0..candidates.sites.len()).map(of_site).collect()
}

struct Splits<'a> {
    wanted: &'a Wanted,
    shelves: &'a [(usize, u32)],
    taken: Vec<(usize, u32)>,
    found: Vec<Choice>,
    complete: bool,
}

impl Splits<'_> {
    /// Tries every shelf from `next` on. Fuller shelves come first, so whatever was taken before is needed at least as much as the last.
    fn go_on(&mut self, next: usize, sum: u64) {
        let quantity = u64::from(self.wanted.quantity);
        let left: u64 = self.shelves[next..].iter().map(|(_, has)| u64::from(*has)).sum();
        if sum + left < quantity {
            return;
        }
        for i in next..self.shelves.len() {
            if !self.complete {
                return;
            }
            let shelf = self.shelves[i];
            let with = sum + u64::from(shelf.1);
            self.taken.push(shelf);
            if with < quantity {
                self.go_on(i + 1, with);
            } else {
                self.keep(with - quantity);
            }
            self.taken.pop();
        }
    }

    fn keep(&mut self, spare: u64) {
        for keeps in 0..self.taken.len() {
            if self.found.len() == MOST_SPLITS {
                self.complete = false;
                return;
            }
            // The last shelf is the least and yet needed, so each has more than there is to spare.
            let mut quantities: Vec<(usize, u32)> = self.taken.clone();
            quantities[keeps].1 -= u32::try_from(spare).unwrap_or(quantities[keeps].1);
            quantities.sort_unstable();
            let weights: Vec<u64> = quantities.iter().map(|(_, quantity)| u64::from(*quantity)).collect();
            let worths = split_by_weights(self.wanted.net, &weights);
            let pieces = quantities.into_iter().zip(worths);
            self.found.push(pieces.map(|((site, quantity), worth)| Piece { site, quantity, worth }).collect());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tariff::Unit;

    fn ways(quantity: u32, shelves: &[u32]) -> (Vec<Vec<(usize, u32)>>, bool) {
        let wanted = Wanted {
            quantity,
            net: 1000,
            unit: Unit { grams: 1, mm3: 1, group: 0 },
            shelves: shelves.iter().copied().enumerate().collect(),
        };
        let (found, complete) = choices(&wanted);
        for choice in &found {
            assert_eq!(choice.iter().map(|piece| piece.quantity).sum::<u32>(), quantity);
            assert_eq!(choice.iter().map(|piece| piece.worth).sum::<i64>(), 1000);
        }
        let plain = |choice: &Choice| choice.iter().map(|piece| (piece.site, piece.quantity)).collect();
        (found.iter().map(plain).collect(), complete)
    }

    #[test]
    fn a_quantity_splits_only_where_it_must_and_over_as_few_as_suffice() {
        for (quantity, shelves, expected) in [
            (5, vec![9, 3, 5], vec![vec![(0, 5)], vec![(2, 5)]]),
            (5, vec![3, 2], vec![vec![(0, 3), (1, 2)], vec![(0, 3), (1, 2)]]),
            (5, vec![4, 3], vec![vec![(0, 2), (1, 3)], vec![(0, 4), (1, 1)]]),
            (9, vec![4, 3], vec![]),
            (1, vec![], vec![]),
        ] {
            assert_eq!(ways(quantity, &shelves), (expected, true), "{quantity} of {shelves:?}");
        }
        let (splits, complete) = ways(6, &[4, 4, 2, 1]);
        assert!(complete);
        assert!(splits.iter().all(|split| split.len() == 2), "{splits:?}");
    }

    #[test]
    fn too_many_splits_are_cut_and_it_is_said() {
        let (splits, complete) = ways(10, &[1; 20]);
        assert_eq!((splits.len(), complete), (MOST_SPLITS, false));
    }
}
