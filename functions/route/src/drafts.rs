//! Good plans for orders with more loads than can be held: every line where it adds least, then one change after the other that makes the plan better.

use std::collections::HashMap;

use crate::loads::{Loads, Rough};
use crate::search::{Board, Solution};
use crate::weigh::Weigher;

/// Rounds of changes, at the most.
const ROUNDS: usize = 24;
/// Ways of a split line that are tried in a round.
const MOST_WAYS: usize = 200;

/// Loads that are priced for the drafts of one order, at the most.
const MOST_PRICED: usize = 40_000;

/// Prices loads, each once.
pub(crate) struct Drafts<'a, 'b> {
    loads: &'a Loads<'b>,
    weigher: Weigher<'b>,
    known: HashMap<(usize, usize), Option<(Rough, u32)>>,
    /// Only loads count that arrive by then.
    until: u32,
}

impl<'a, 'b> Drafts<'a, 'b> {
    pub(crate) fn new(loads: &'a Loads<'b>) -> Self {
        let weigher = Weigher::new(loads.problem, loads.facts.speed, &[]);
        Self { loads, weigher, known: HashMap::new(), until: u32::MAX }
    }

    /// Score and hours of a load; `None` where it cannot be.
    fn of(&mut self, site: usize, code: usize) -> Option<(Rough, u32)> {
        if code == 0 {
            return Some((0, 0));
        }
        let known = match self.known.get(&(site, code)) {
            Some(known) => *known,
            None if self.known.len() == MOST_PRICED => return None,
            None => {
                let found = self.loads.priced(&self.weigher, site, code);
                self.known.insert((site, code), found);
                found
            }
        };
        known.filter(|(_, hours)| *hours <= self.until)
    }

    /// What the plan scores with these loads instead of its own; `None` where one of them cannot be.
    fn with(&mut self, codes: &[usize], changed: &[(usize, usize)]) -> Option<Rough> {
        let (mut sum, mut hours): (Rough, u32) = (0, 0);
        for (site, code) in codes.iter().enumerate() {
            let code = changed.iter().find(|(other, _)| *other == site).map_or(*code, |(_, code)| *code);
            if code > 0 {
                let (score, at) = self.of(site, code)?;
                sum = sum.saturating_add(score);
                hours = hours.max(at);
            }
        }
        Some(sum.saturating_add(self.loads.time(hours)))
    }
}

/// Drafts a plan that arrives by an hour, improves it, and puts what is good on the board.
pub(crate) fn begin(prices: &mut Drafts<'_, '_>, board: &mut Board, until: u32) {
    let loads = prices.loads;
    prices.until = until;
    let Some(mut codes) = draft(prices) else { return };
    keep(loads, board, &codes);
    let Some(mut score) = prices.with(&codes, &[]) else { return };
    for _ in 0..ROUNDS {
        let mut better: Option<(Rough, Vec<(usize, usize)>)> = None;
        for change in changes(loads, &codes) {
            let Some(found) = prices.with(&codes, &change) else { continue };
            if found < better.as_ref().map_or(score, |(best, _)| *best) {
                better = Some((found, change));
            }
        }
        let Some((found, change)) = better else { return };
        for (site, code) in change {
            codes[site] = code;
        }
        score = found;
        keep(loads, board, &codes);
    }
}

/// Every row where it adds least: the split lines first.
fn draft(prices: &mut Drafts<'_, '_>) -> Option<Vec<usize>> {
    let loads = prices.loads;
    let mut codes = vec![0; loads.shelves.len()];
    for split in &loads.splits {
        let mut best: Option<(Rough, Vec<(usize, usize)>)> = None;
        for way in &split.ways {
            let change: Option<Vec<(usize, usize)>> = way.iter().map(|row| added(loads, &codes, loads.site_of_piece(*row), *row)).collect();
            let Some(change) = change else { continue };
            if let Some(score) = prices.with(&codes, &change)
                && best.as_ref().is_none_or(|(least, _)| score < *least)
            {
                best = Some((score, change));
            }
        }
        for (site, code) in best?.1 {
            codes[site] = code;
        }
    }
    for row in 0..loads.lines.len() {
        let mut best: Option<(Rough, (usize, usize))> = None;
        for (site, _) in loads.problem.choices[loads.lines[row]].iter().flatten() {
            let Some(change) = added(loads, &codes, *site, row) else { continue };
            if let Some(score) = prices.with(&codes, &[change])
                && best.as_ref().is_none_or(|(least, _)| score < *least)
            {
                best = Some((score, change));
            }
        }
        let (site, code) = best?.1;
        codes[site] = code;
    }
    Some(codes)
}

fn added(loads: &Loads<'_>, codes: &[usize], site: usize, row: usize) -> Option<(usize, usize)> {
    Some((site, codes[site] + loads.shelves[site].item(row)?.place))
}

/// A line to another site; all of one site to another; two lines changing sites; a split line in another way.
fn changes(loads: &Loads<'_>, codes: &[usize]) -> Vec<Vec<(usize, usize)>> {
    let mut changes = Vec::new();
    let used: Vec<usize> = (0..codes.len()).filter(|site| codes[*site] > 0).collect();
    for from in &used {
        let rows: Vec<usize> =
            loads.shelves[*from].items_of(codes[*from]).map(|item| item.row).filter(|row| *row < loads.lines.len()).collect();
        let without = |row: usize| loads.shelves[*from].item(row).map_or(codes[*from], |item| codes[*from] - item.place);
        for to in (0..codes.len()).filter(|to| to != from) {
            let mut all = (codes[*from], codes[to], 0);
            for row in &rows {
                let Some(item) = loads.shelves[to].item(*row) else { continue };
                changes.push(vec![(*from, without(*row)), (to, codes[to] + item.place)]);
                all = (all.0 + without(*row) - codes[*from], all.1 + item.place, all.2 + 1);
            }
            if all.2 > 1 {
                changes.push(vec![(*from, all.0), (to, all.1)]);
            }
        }
        // What the site has of all others: opened wider.
        for other in used.iter().filter(|other| *other > from) {
            for row in &rows {
                for item in loads.shelves[*other].items_of(codes[*other]).filter(|item| item.row < loads.lines.len()) {
                    let there = loads.shelves[*other].item(*row).map(|gained| codes[*other] - item.place + gained.place);
                    let here = loads.shelves[*from].item(item.row).map(|gained| without(*row) + gained.place);
                    if let (Some(here), Some(there)) = (here, there) {
                        changes.push(vec![(*from, here), (*other, there)]);
                    }
                }
            }
        }
    }
    for split in &loads.splits {
        let is_in = |row: &usize| {
            let site = loads.site_of_piece(*row);
            loads.shelves[site].item(*row).is_some_and(|item| codes[site] & item.place > 0)
        };
        let Some(now) = split.ways.iter().find(|way| way.iter().all(is_in)) else { continue };
        for way in split.ways.iter().take(MOST_WAYS).filter(|way| *way != now) {
            let mut change: Vec<(usize, usize)> = Vec::new();
            for (row, is_new) in now.iter().map(|row| (row, false)).chain(way.iter().map(|row| (row, true))) {
                let site = loads.site_of_piece(*row);
                let Some(item) = loads.shelves[site].item(*row) else { continue };
                if !change.iter().any(|(known, _)| *known == site) {
                    change.push((site, codes[site]));
                }
                for (_, code) in change.iter_mut().filter(|(known, _)| *known == site) {
                    *code = if is_new { *code | item.place } else { *code & !item.place };
                }
            }
            changes.push(change);
        }
    }
    changes
}

fn keep(loads: &Loads<'_>, board: &mut Board, codes: &[usize]) {
    let own = codes.iter().enumerate().filter(|(_, code)| **code > 0).map(|(site, code)| (site, loads.load(site, *code))).collect();
    if let Some(solution) = Solution::of(loads.facts, loads.problem, loads.scale, own)
        && board.beats(solution.score)
    {
        board.keep(solution);
    }
}
