//! What a plan comes to at least, however its open demands are served.
//!
//! An open demand adds at least its cheapest choice alone, in which a site's base price counts by its share: the n-th part where n
//! demands could use the site. However many of them do, together they are charged no more than the whole. Weights count by the gram, without
//! the rounding up to kilograms, and volumes instead of weights where the order is bulky rather than heavy. So none of it is ever too high.

use crate::candidates::Problem;
use crate::choices::Choice;
use crate::facts::Facts;
use crate::floor::Least as Bound;
use crate::objective::Scale;
use crate::tariff::{Offer, at_least};

/// What open demands add at least. Depths count the demands decided, in the search's turn.
#[derive(Debug)]
pub(crate) struct Least {
    bulky: bool,
    sites: Vec<SiteLeast>,
    /// By depth, of all that is open there: score of cost and performance, and hours.
    rest: Vec<(i128, u32)>,
}

#[derive(Debug)]
struct SiteLeast {
    /// By offer: what it charges at least.
    offers: Vec<Bound>,
    /// Score of the base price, and of a demand's share of it.
    base: i128,
    share: i128,
    /// By depth: how many open demands could use it.
    users: Vec<i128>,
    /// By depth: the most that open demands could still be worth to its vendor. Empty where the vendor has no minimum.
    worth: Vec<i64>,
}

impl Least {
    pub(crate) fn of(facts: &Facts, problem: &Problem, scale: &Scale, turn: &[usize]) -> Self {
        let sites = (0..problem.sites.len()).map(|site| SiteLeast::of(facts, problem, scale, turn, site)).collect();
        let mut least = Self { bulky: is_bulky(facts, problem), sites, rest: vec![(0, 0); turn.len() + 1] };
        for (depth, demand) in turn.iter().enumerate().rev() {
            let (score, hours) = least.alone(problem, scale, *demand);
            let (later, later_hours) = least.rest[depth + 1];
            least.rest[depth] = (score.saturating_add(later), hours.max(later_hours));
        }
        least
    }

    /// Hours that the latest of the open demands takes at least.
    pub(crate) fn hours(&self, depth: usize) -> u32 {
        self.rest[depth].1
    }

    /// Score of cost and performance at least, with these loads by site.
    pub(crate) fn score(&self, problem: &Problem, scale: &Scale, depth: usize, loads: &[Vec<(usize, u32)>]) -> i128 {
        let used = loads.iter().zip(&self.sites).enumerate().filter(|(_, (load, _))| !load.is_empty());
        let decided = used.map(|(site, (load, least))| {
            // What open demands are charged for this site's base again.
            let again = (least.share * least.users[depth]).min(least.base);
            let pieces = load.iter().map(|(demand, quantity)| self.piece(problem, scale, site, *demand, *quantity));
            pieces.fold(least.base - again, i128::saturating_add)
        });
        decided.fold(self.rest[depth].0, i128::saturating_add)
    }

    /// Whether the vendor of this site, worth so much so far, may still come to its minimum.
    pub(crate) fn reaches(&self, problem: &Problem, depth: usize, site: usize, worth: i64) -> bool {
        let open = self.sites[site].worth.get(depth).copied().unwrap_or(0);
        worth.saturating_add(open) >= problem.sites[site].min_order
    }

    fn alone(&self, problem: &Problem, scale: &Scale, demand: usize) -> (i128, u32) {
        let score = |choice: &Choice| {
            let piece = |(site, quantity): &(usize, u32)| self.sites[*site].share + self.piece(problem, scale, *site, demand, *quantity);
            choice.iter().map(piece).fold(0, i128::saturating_add)
        };
        let hours = |choice: &Choice| choice.iter().map(|(site, quantity)| fastest(problem, *site, demand, *quantity)).max().unwrap_or(0);
        let choices = &problem.choices[demand];
        (choices.iter().map(score).min().unwrap_or(0), choices.iter().map(hours).min().unwrap_or(0))
    }

    /// Score of a piece's weight and of what its vendor lacks.
    fn piece(&self, problem: &Problem, scale: &Scale, site: usize, demand: usize, quantity: u32) -> i128 {
        let piece = problem.goods.units[demand].piece;
        let of_offer = |(offer, least): (&Offer, &Bound)| {
            let grams = if self.bulky {
                piece.mm3.saturating_mul(u64::from(quantity)) / u64::from(offer.limits.divisor)
            } else {
                piece.grams.saturating_mul(u64::from(quantity))
            };
            least.per_kg.saturating_mul(i128::from(grams)) / 1000
        };
        let parts = problem.offers(site).iter().zip(&self.sites[site].offers).map(of_offer).min().unwrap_or(0);
        let weight = Bound::score(scale.unit, parts);
        let site = &problem.sites[site];
        weight.saturating_add(scale.score(0, 0, site.lack * i128::from(quantity)))
    }
}

impl SiteLeast {
    fn of(facts: &Facts, problem: &Problem, scale: &Scale, turn: &[usize], site: usize) -> Self {
        let own = &problem.sites[site];
        let whole: Vec<_> = facts.demand.iter().enumerate().map(|(demand, wanted)| (demand, wanted.quantity)).collect();
        let bound = |offer: &Offer| offer.least(problem.goods.least_kg(&whole, offer.limits.divisor).div_ceil(2));
        let offers: Vec<Bound> = problem.offers(site).iter().map(bound).collect();
        let base = Bound::score(scale.unit, offers.iter().map(|offer| offer.fixed).min().unwrap_or(0));
        let uses = |demand: usize| problem.choices[demand].iter().flatten().any(|(used, _)| *used == site);
        let mut users = vec![0_i128; turn.len() + 1];
        let mut worth = vec![0_i64; if own.min_order > 0 { turn.len() + 1 } else { 0 }];
        for (depth, demand) in turn.iter().enumerate().rev() {
            users[depth] = users[depth + 1] + i128::from(uses(*demand));
            if own.min_order > 0 {
                worth[depth] = worth[depth + 1].saturating_add(most_worth(facts, problem, *demand, site));
            }
        }
        Self { offers, base, share: base / users[0].max(1), users, worth }
    }
}

/// The most that a demand can be worth to the vendor of a site.
fn most_worth(facts: &Facts, problem: &Problem, demand: usize, site: usize) -> i64 {
    let vendor = &problem.sites[site].vendor_id;
    let own = |choice: &Choice| -> i64 {
        let pieces = choice.iter().filter(|(site, _)| problem.sites[*site].vendor_id == *vendor);
        pieces.map(|(_, quantity)| facts.demand[demand].worth(*quantity)).fold(0, i64::saturating_add)
    };
    problem.choices[demand].iter().map(own).max().unwrap_or(0).max(0)
}

fn fastest(problem: &Problem, site: usize, demand: usize, quantity: u32) -> u32 {
    at_least(&problem.goods, problem.offers(site), problem.hours(site), &[(demand, quantity)]).map_or(0, |(_, hours)| hours)
}

/// Whether volume rather than weight decides what is billed, over the whole order. Either gives a bound; this one is the better.
fn is_bulky(facts: &Facts, problem: &Problem) -> bool {
    let divisor = problem.rates.iter().flatten().map(|offer| u64::from(offer.limits.divisor)).max().unwrap_or(1);
    let sums = facts.demand.iter().zip(&problem.goods.units).fold((0_u64, 0_u64), |(grams, volumetric), (demand, unit)| {
        let quantity = u64::from(demand.quantity);
        let more = unit.piece.mm3.saturating_mul(quantity) / divisor.max(1);
        (grams.saturating_add(unit.piece.grams.saturating_mul(quantity)), volumetric.saturating_add(more))
    });
    sums.1 > sums.0
}
