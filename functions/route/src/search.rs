//! The best ways to serve all demands.
//!
//! Orders are searched [by spans of the time](crate::spans), which proves the best plan of all ordinary ones. Only where a site has more than sixty of the lines, demands are
//! assigned [one by one](crate::branch). Either search is limited by nodes, not by time: the same facts give the same plan, and what the limit cuts off is told by the bound.

use crate::candidates::Problem;
use crate::facts::Facts;
use crate::loads::MOST_LOADS;
use crate::objective::Scale;
use crate::packing::Piece;
use crate::tariff::Quote;
use crate::{branch, spans};

/// Nodes visited at the most.
pub const NODES: u64 = 200_000;
/// Plans kept: the best and five more.
pub const KEPT: usize = 6;

/// A site, its quote, and the pieces of each demand that leave it.
pub type Shipment = (usize, Quote, Vec<Piece>);

/// A full assignment with what it comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Solution {
    /// Weighted objective, in the scale's whole numbers.
    pub score: i128,
    /// Hours of the latest shipment.
    pub hours: u32,
    /// Minor units.
    pub cost: i64,
    /// Millionths of performance lacking, times pieces.
    pub lack: i128,
    /// By site: its quote and the pieces of each demand.
    pub shipments: Vec<Shipment>,
}

impl Solution {
    /// What these loads by site come to; `None` where no carrier takes one of them, or a vendor gets less than its minimum.
    pub fn of(facts: &Facts, problem: &Problem, scale: &Scale, mut loads: Vec<(usize, Vec<Piece>)>) -> Option<Self> {
        loads.sort_unstable();
        let mut solution = Self { score: 0, hours: 0, cost: 0, lack: 0, shipments: Vec::new() };
        for (at, mut pieces) in loads {
            pieces.sort_unstable();
            let site = &problem.sites[at];
            let quote = problem.quote(at, &pieces, facts.speed)?;
            solution.hours = solution.hours.max(quote.hours);
            solution.cost = solution.cost.saturating_add(quote.cost);
            solution.lack += pieces.iter().map(|(_, quantity)| site.lack * i128::from(*quantity)).sum::<i128>();
            solution.shipments.push((at, quote, pieces));
        }
        solution.score = scale.score(solution.hours, solution.cost, solution.lack);
        let reached = solution
            .shipments
            .iter()
            .all(|(at, _, _)| problem.sites[*at].min_order <= 0 || solution.worth(facts, problem, *at) >= problem.sites[*at].min_order);
        reached.then_some(solution)
    }

    /// Net value of what the vendor of a site is given.
    fn worth(&self, facts: &Facts, problem: &Problem, at: usize) -> i64 {
        let own = self.shipments.iter().filter(|(site, _, _)| problem.sites[*site].vendor_id == problem.sites[at].vendor_id);
        let pieces = own.flat_map(|(_, _, pieces)| pieces);
        pieces.map(|(demand, quantity)| facts.demand[*demand].worth(*quantity)).fold(0, i64::saturating_add)
    }

    /// What decides between equal objectives: fewer shipments, lower cost, lower vendor ids (sites are sorted by vendor).
    fn rank(&self) -> (i128, usize, i64, Vec<usize>) {
        (self.score, self.shipments.len(), self.cost, self.shipments.iter().map(|(site, _, _)| *site).collect())
    }
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The best, best first.
    pub best: Vec<Solution>,
    /// Whether the first is proved to be the best there is.
    pub optimal: bool,
    /// No plan is below this; the first's score where it is optimal.
    pub bound: i128,
    /// Nodes visited.
    pub explored: u64,
}

impl Found {
    /// Nothing, where a demand cannot be served.
    pub(crate) fn none() -> Self {
        Self { best: Vec::new(), optimal: false, bound: 0, explored: 0 }
    }
}

/// The plans kept so far, and what the limit of nodes cut off.
#[derive(Debug)]
pub(crate) struct Board {
    pub(crate) explored: u64,
    limit: u64,
    best: Vec<Solution>,
    /// Least bound of what was cut off.
    cut: Option<i128>,
}

impl Board {
    pub(crate) fn new(limit: u64) -> Self {
        Self { explored: 0, limit, best: Vec::new(), cut: None }
    }

    /// Whether a plan of this score is worth finding: it is better than the worst one kept, or as good as the best, for the rank between equals.
    pub(crate) fn beats(&self, score: i128) -> bool {
        self.best.get(KEPT - 1).is_none_or(|worst| score < worst.score) || self.best.first().is_some_and(|best| score <= best.score)
    }

    /// Plans above this score are not worth finding; all are where it is absent.
    pub(crate) fn worst(&self) -> Option<i128> {
        self.best.get(KEPT - 1).map(|worst| worst.score)
    }

    /// The best plan so far.
    pub(crate) fn first(&self) -> Option<&Solution> {
        self.best.first()
    }

    /// Whether the limit is reached, and there is a plan at least.
    pub(crate) fn is_over(&self) -> bool {
        self.explored > self.limit && !self.best.is_empty()
    }

    /// Notes that plans of at least this score were not looked at.
    pub(crate) fn cut(&mut self, bound: i128) {
        self.cut = Some(self.cut.map_or(bound, |cut| cut.min(bound)));
    }

    pub(crate) fn keep(&mut self, solution: Solution) {
        if self.best.iter().any(|known| known.shipments == solution.shipments) {
            return;
        }
        let rank = solution.rank();
        let place = self.best.partition_point(|known| known.rank() < rank);
        self.best.insert(place, solution);
        self.best.truncate(KEPT);
    }

    /// What was found; `unseen` is the least score of plans that are not among the choices.
    pub(crate) fn found(self, unseen: Option<i128>) -> Found {
        let first = self.best.first().map_or(0, |solution| solution.score);
        let bound = [self.cut, unseen].into_iter().flatten().fold(first, i128::min);
        let optimal = !self.best.is_empty() && bound == first;
        Found { best: self.best, optimal, bound, explored: self.explored }
    }
}

/// Searches with a limit of nodes.
pub fn search(facts: &Facts, problem: &Problem, scale: &Scale, limit: u64) -> Found {
    spans::search(facts, problem, scale, limit, MOST_LOADS).unwrap_or_else(|| branch::search(facts, problem, scale, limit))
}
