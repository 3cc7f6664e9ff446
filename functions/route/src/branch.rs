//! Branch and bound over the demands, one by one: for orders of which one site has more than sixty lines.
//!
//! The bound of a partial assignment counts what its shipments cost and take at least, whatever is added, and what the demands still open
//! add at least. It never exceeds the objective of any completion, so nothing better is ever cut off, and a search that ends has proved its best.

use crate::candidates::Problem;
use crate::choices::Choice;
use crate::facts::Facts;
use crate::least::Least;
use crate::objective::Scale;
use crate::packing::Piece;
use crate::search::{Board, Found, Solution};
use crate::tariff::at_least;

struct Search<'a> {
    facts: &'a Facts,
    problem: &'a Problem,
    scale: &'a Scale,
    /// Demands, those with the fewest choices first.
    turn: Vec<usize>,
    /// Least lack of the demands from each turn on.
    least_lack: Vec<i128>,
    least: Least,
    loads: Vec<Vec<Piece>>,
    lack: i128,
    board: Board,
}

/// Searches with a limit of nodes.
pub(crate) fn search(facts: &Facts, problem: &Problem, scale: &Scale, limit: u64) -> Found {
    let mut turn: Vec<usize> = (0..problem.choices.len()).collect();
    turn.sort_by_key(|i| (problem.choices[*i].len(), *i));
    let mut least_lack = vec![0; turn.len() + 1];
    for (at, i) in turn.iter().enumerate().rev() {
        let least = problem.choices[*i].iter().map(|choice| lack_of(problem, choice)).min().unwrap_or(0);
        least_lack[at] = least_lack[at + 1] + least;
    }
    let loads = vec![Vec::new(); problem.sites.len()];
    let least = Least::of(facts, problem, scale, &turn);
    let mut search = Search { facts, problem, scale, turn, least_lack, least, loads, lack: 0, board: Board::new(limit) };
    if problem.choices.iter().all(|choices| !choices.is_empty()) {
        search.descend(0);
    }
    // Splits that are not among the choices can be no faster, cheaper or better than nothing.
    search.board.found(problem.complete.contains(&false).then_some(0))
}

fn lack_of(problem: &Problem, choice: &Choice) -> i128 {
    choice.iter().map(|(site, quantity)| problem.sites[*site].lack * i128::from(*quantity)).sum()
}

impl Search<'_> {
    fn descend(&mut self, at: usize) {
        self.board.explored += 1;
        let Some(bound) = self.bound(at) else { return };
        if !self.board.beats(bound) {
            return;
        }
        if self.board.is_over() {
            self.board.cut(bound);
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
            let problem = self.problem;
            let (least_cost, least_hours) = at_least(&problem.goods, problem.offers(site), problem.hours(site), &self.loads[site])?;
            hours = hours.max(least_hours);
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
        let loads = self.used().map(|site| (site, self.loads[site].clone())).collect();
        if let Some(solution) = Solution::of(self.facts, self.problem, self.scale, loads) {
            self.board.keep(solution);
        }
    }
}
