//! What loads cost, quickly: few carriers' limits differ, and what goes into one package anyway need not be packed.

use crate::candidates::Problem;
use crate::packing::{Limits, Piece, billed};
use crate::tariff::choose;
use oms_domain::document::Speed;

/// Cost, and hours from hand-over to the door, of a load; none where no carrier takes it.
pub(crate) type Priced = Option<(i64, u32)>;

/// A load whose kilograms are not yet known.
const UNKNOWN: u64 = u64::MAX;
/// A load that a carrier does not take.
const NOT_TAKEN: u64 = u64::MAX - 1;

/// Prices loads.
pub(crate) struct Weigher<'a> {
    problem: &'a Problem,
    speed: Speed,
    /// All limits there are.
    limits: Vec<Limits>,
    /// By tariff, the limits of each offer.
    of_offers: Vec<Vec<usize>>,
    /// Of the lines served whole, those of each family: a bit each.
    families: Vec<usize>,
}

impl<'a> Weigher<'a> {
    /// `lines` are the demands that are served whole.
    pub(crate) fn new(problem: &'a Problem, speed: Speed, lines: &[usize]) -> Self {
        let mut limits: Vec<Limits> = problem.tariffs.iter().flatten().map(|offer| offer.limits).collect();
        limits.sort_unstable();
        limits.dedup();
        let place = |offer: &crate::tariff::Offer| limits.binary_search(&offer.limits).unwrap_or(0);
        let of_offers = problem.tariffs.iter().map(|offers| offers.iter().map(place).collect()).collect();
        let mut families: Vec<usize> = vec![0; problem.goods.units.len()];
        for (line, demand) in lines.iter().enumerate() {
            families[problem.goods.family(*demand)] |= 1 << line;
        }
        families.retain(|family| *family > 0);
        Self { problem, speed, limits, of_offers, families }
    }

    /// A load's price by a tariff.
    pub(crate) fn price(&self, tariff: usize, load: &[Piece]) -> Priced {
        self.chosen(tariff, |kind| billed(&self.problem.goods, load, &self.limits[kind]))
    }

    /// The price of a set of lines. `known` are kilograms by set and limits, as far as they were worked out; [`Self::unknown`] at first.
    pub(crate) fn price_of_set(&self, tariff: usize, set: usize, known: &mut [u64], load: &impl Fn(usize) -> Vec<Piece>) -> Priced {
        for limits in &self.of_offers[tariff] {
            self.kg_of_set(set, *limits, known, load);
        }
        let kinds = self.limits.len();
        self.chosen(tariff, |limits| Some(known[set * kinds + limits]).filter(|kg| *kg != NOT_TAKEN))
    }

    fn chosen(&self, tariff: usize, billed: impl Fn(usize) -> Option<u64>) -> Priced {
        let found = choose(&self.problem.tariffs[tariff], self.speed, |offer| billed(self.of_offers[tariff][offer]));
        found.map(|found| (found.cost, found.hours))
    }

    /// Kilograms by set and limits, of which nothing is known.
    pub(crate) fn unknown(&self, sets: usize) -> Vec<u64> {
        vec![UNKNOWN; sets * self.limits.len()]
    }

    /// Kilograms of a set: of each family in it, as no package holds two.
    fn kg_of_set(&self, set: usize, limits: usize, known: &mut [u64], load: &impl Fn(usize) -> Vec<Piece>) -> u64 {
        let at = set * self.limits.len() + limits;
        if known[at] != UNKNOWN {
            return known[at];
        }
        let mut kg = 0_u64;
        for family in &self.families {
            let own = set & family;
            if own == set {
                kg = billed(&self.problem.goods, &load(set), &self.limits[limits]).unwrap_or(NOT_TAKEN);
            } else if own > 0 && kg != NOT_TAKEN {
                let more = self.kg_of_set(own, limits, known, load);
                kg = if more == NOT_TAKEN { more } else { kg.saturating_add(more) };
            }
        }
        known[at] = kg;
        kg
    }
}
