//! The best ways to serve all demands: branch and bound over the choices of each.
//!
//! The bound of a partial assignment counts what its shipments cost and take at least, whatever is added, and what the demands still open
//! add at least. It never exceeds the objective of any completion, so nothing better is ever cut off, and a search that ends has proved its best.
//! The search is limited by nodes, not by time: the same facts give the same plan.

use crate::candidates::Problem;
use crate::choices::Choice;
use crate::facts::Facts;
use crate::least::Least;
use crate::objective::Scale;
use crate::tariff::{Quote, at_least, quote};

/// Nodes visited at the most.
pub const NODES: u64 = 200_000;
/// Plans kept: the best and four more.
pub const KEPT: usize = 5;

/// A site, its quote, and the pieces of each demand that leave it.
pub type Shipment = (usize, Quote, Vec<(usize, u32)>);

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

struct Search<'a> {
    facts: &'a Facts,
    problem: &'a Problem,
    scale: &'a Scale,
    /// Demands, those with the fewest choices first.
    turn: Vec<usize>,
    /// Least lack of the demands from each turn on.
    least_lack: Vec<i128>,
    least: Least,
    loads: Vec<Vec<(usize, u32)>>,
    lack: i128,
    best: Vec<Solution>,
    /// Least bound of what the node limit cut off.
    cut: Option<i128>,
    explored: u64,
    limit: u64,
}

/// Searches with a limit of nodes.
pub fn search(facts: &Facts, problem: &Problem, scale: &Scale, limit: u64) -> Found {
    let mut turn: Vec<usize> = (0..problem.choices.len()).collect();
    turn.sort_by_key(|i| (problem.choices[*i].len(), *i));
    let mut least_lack = vec![0; turn.len() + 1];
    for (at, i) in turn.iter().enumerate().rev() {
        let least = problem.choices[*i].iter().map(|choice| lack_of(problem, choice)).min().unwrap_or(0);
        least_lack[at] = least_lack[at + 1] + least;
    }
    let loads = vec![Vec::new(); problem.sites.len()];
    let least = Least::of(facts, problem, scale, &turn);
    let mut search =
        Search { facts, problem, scale, turn, least_lack, least, loads, lack: 0, best: Vec::new(), cut: None, explored: 0, limit };
    if problem.choices.iter().all(|choices| !choices.is_empty()) {
        search.descend(0);
    }
    let first = search.best.first().map_or(0, |solution| solution.score);
    // Splits that are not among the choices can be no faster, cheaper or better than nothing.
    let unseen = problem.complete.contains(&false).then_some(0);
    let bound = [search.cut, unseen].into_iter().flatten().fold(first, i128::min);
    let optimal = !search.best.is_empty() && bound == first;
    Found { best: search.best, optimal, bound, explored: search.explored }
}

fn lack_of(problem: &Problem, choice: &Choice) -> i128 {
    choice.iter().map(|(site, quantity)| problem.sites[*site].lack * i128::from(*quantity)).sum()
}

impl Search<'_> {
    fn descend(&mut self, at: usize) {
        self.explored += 1;
        let Some(bound) = self.bound(at) else { return };
        let worst_kept = self.best.get(KEPT - 1).map(|solution| solution.score);
        if worst_kept.is_some_and(|worst| bound > worst) {
            return;
        }
        if self.explored > self.limit && !self.best.is_empty() {
            self.cut = Some(self.cut.map_or(bound, |cut| cut.min(bound)));
            return;
        }
        let Some(demand) = self.turn.get(at).copied() else {
            self.keep();
            return;
        };
        let problem = self.problem;
        for choice in self.promising(at, demand) {
            self.take(demand, &problem.choices[demand][choice]);
            self.descend(at + 1);
            self.give_back(&problem.choices[demand][choice]);
        }
    }

    /// The demand's choices, those with the least bound first, so that good plans are found early and cut off much.
    fn promising(&mut self, at: usize, demand: usize) -> Vec<usize> {
        let problem = self.problem;
        let mut bounds: Vec<(i128, usize)> = Vec::new();
        for (i, choice) in problem.choices[demand].iter().enumerate() {
            self.take(demand, choice);
            if let Some(bound) = self.bound(at + 1) {
                bounds.push((bound, i));
            }
            self.give_back(choice);
        }
        bounds.sort_unstable();
        bounds.into_iter().map(|(_, i)| i).collect()
    }

    fn take(&mut self, demand: usize, choice: &Choice) {
        self.lack += lack_of(self.problem, choice);
        for (site, quantity) in choice {
            self.loads[*site].push((demand, *quantity));
        }
    }

    fn give_back(&mut self, choice: &Choice) {
        self.lack -= lack_of(self.problem, choice);
        for (site, _) in choice {
            self.loads[*site].pop();
        }
    }

    fn used(&self) -> impl Iterator<Item = usize> {
        (0..self.loads.len()).filter(|site| !self.loads[*site].is_empty())
    }

    /// Least score of any completion; `None` where a site cannot carry its load, or a vendor cannot come to its minimum any more.
    fn bound(&self, at: usize) -> Option<i128> {
        let (mut hours, mut cost) = (self.least.hours(at), 0_i64);
        for site in self.used() {
            if self.problem.sites[site].min_order > 0 && !self.least.reaches(self.problem, at, site, self.worth_so_far(site)) {
                return None;
            }
            let (least_cost, least_hours) = at_least(&self.problem.goods, self.problem.offers(site), &self.loads[site])?;
            hours = hours.max(self.problem.sites[site].handling_hours.saturating_add(least_hours));
            cost = cost.saturating_add(least_cost);
        }
        let exact = self.scale.score(0, cost, self.lack + self.least_lack[at]);
        let shared = self.least.score(self.problem, self.scale, at, &self.loads);
        Some(self.scale.score(hours, 0, 0).saturating_add(exact.max(shared)))
    }

    /// Net value of what the vendor of this site is given so far.
    fn worth_so_far(&self, at: usize) -> i64 {
        let vendor = &self.problem.sites[at].vendor_id;
        let own = self.used().filter(|site| self.problem.sites[*site].vendor_id == *vendor);
        own.flat_map(|site| &self.loads[site])
            .map(|(demand, quantity)| self.facts.demand[*demand].worth(*quantity))
            .fold(0, i64::saturating_add)
    }

    fn keep(&mut self) {
        let Some(solution) = self.solution() else { return };
        if self.best.iter().any(|known| known.shipments == solution.shipments) {
            return;
        }
        let rank = solution.rank();
        let place = self.best.partition_point(|known| known.rank() < rank);
        self.best.insert(place, solution);
        self.best.truncate(KEPT);
    }

    /// The assignment as it stands, if carriers take it and every vendor gets its minimum.
    fn solution(&self) -> Option<Solution> {
        let mut solution = Solution { score: 0, hours: 0, cost: 0, lack: self.lack, shipments: Vec::new() };
        for at in self.used() {
            let site = &self.problem.sites[at];
            let quote = quote(&self.problem.goods, self.problem.offers(at), &self.loads[at], self.facts.speed)?;
            solution.hours = solution.hours.max(site.handling_hours.saturating_add(quote.hours));
            solution.cost = solution.cost.saturating_add(quote.cost);
            let mut pieces = self.loads[at].clone();
            pieces.sort_unstable();
            solution.shipments.push((at, quote, pieces));
        }
        let reached = solution.shipments.iter().all(|(at, _, _)| self.worth_so_far(*at) >= self.problem.sites[*at].min_order);
        solution.score = self.scale.score(solution.hours, solution.cost, solution.lack);
        reached.then_some(solution)
    }
}
