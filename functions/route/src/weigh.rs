//! What loads cost, quickly: few carriers' limits differ, and what goes into one package anyway need not be packed.

use crate::candidates::Problem;
use crate::packing::{Billed, Limits, Piece, billed};
use crate::tariff::choose;
use oms_domain::document::Speed;

/// Cost, and hours from now to the door, of a load; none where no carrier takes it.
pub(crate) type Priced = Option<(i64, u32)>;

/// What a load bills, where that was worked out; none inside where a carrier does not take it.
pub(crate) type Known = Option<Option<Billed>>;

/// Prices loads.
pub(crate) struct Weigher<'a> {
    problem: &'a Problem,
    speed: Speed,
    /// All limits there are.
    limits: Vec<Limits>,
    /// By card of rates, the limits of each offer.
    of_offers: Vec<Vec<usize>>,
    /// Of the lines served whole, those of each family: a bit each.
    families: Vec<usize>,
}

impl<'a> Weigher<'a> {
    /// `lines` are the demands that are served whole.
    pub(crate) fn new(problem: &'a Problem, speed: Speed, lines: &[usize]) -> Self {
        let mut limits: Vec<Limits> = problem.rates.iter().flatten().map(|offer| offer.limits).collect();
        limits.sort_unstable();
        limits.dedup();
        let place = |offer: &crate::tariff::Offer| limits.binary_search(&offer.limits).unwrap_or(0);
        let of_offers = problem.rates.iter().map(|offers| offers.iter().map(place).collect()).collect();
        let mut families: Vec<usize> = vec![0; problem.goods.units.len()];
        for (line, demand) in lines.iter().enumerate() {
            families[problem.goods.family(*demand)] |= 1 << line;
        }
        families.retain(|family| *family > 0);
        Self { problem, speed, limits, of_offers, families }
    }

    /// A load's price by a tariff.
    pub(crate) fn price(&self, tariff: usize, load: &[Piece]) -> Priced {
        let rates = self.problem.tariffs[tariff].rates;
        let packed: Vec<Option<Billed>> = self.limits.iter().map(|limits| billed(&self.problem.goods, load, limits)).collect();
        let offers = self.problem.rates[rates].iter().zip(&self.of_offers[rates]);
        let costs: Vec<Option<i64>> = offers.map(|(offer, limits)| offer.price(packed[*limits].as_ref()?)).collect();
        self.choose(tariff, &costs)
    }

    /// What each offer of some rates asks for a set of lines, appended to `costs`. `known` is what sets bill by set and limits, as far as it was worked out; [`Self::unknown`] at first.
    pub(crate) fn costs_of_set(
        &self,
        rates: usize,
        set: usize,
        known: &mut [Known],
        load: &impl Fn(usize) -> Vec<Piece>,
        costs: &mut Vec<Option<i64>>,
    ) {
        for (offer, limits) in self.problem.rates[rates].iter().zip(&self.of_offers[rates]) {
            let at = self.find(set, *limits, known, load);
            costs.push(known[at].as_ref().and_then(Option::as_ref).and_then(|billed| offer.price(billed)));
        }
    }

    /// What is chosen by a tariff where its offers ask these costs.
    pub(crate) fn choose(&self, tariff: usize, costs: &[Option<i64>]) -> Priced {
        choose(&self.problem.tariffs[tariff].hours, self.speed, |offer| costs[offer]).map(|(_, cost, hours)| (cost, hours))
    }

    /// What sets bill by set and limits, of which nothing is known.
    pub(crate) fn unknown(&self, sets: usize) -> Vec<Known> {
        vec![None; sets * self.limits.len()]
    }

    /// Works out what a set bills: what each family in it does, as no package holds two. Tells where it is noted.
    fn find(&self, set: usize, limits: usize, known: &mut [Known], load: &impl Fn(usize) -> Vec<Piece>) -> usize {
        let at = set * self.limits.len() + limits;
        if known[at].is_some() {
            return at;
        }
        let mut sum = Some(Billed::default());
        for family in &self.families {
            let own = set & family;
            if own == set {
                sum = billed(&self.problem.goods, &load(set), &self.limits[limits]);
            } else if own > 0 {
                let part = self.find(own, limits, known, load);
                match (&mut sum, known[part].as_ref().and_then(Option::as_ref)) {
                    (Some(sum), Some(more)) => sum.append(more),
                    _ => sum = None,
                }
            }
        }
        known[at] = Some(sum);
        at
    }
}
