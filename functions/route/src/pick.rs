//! All plans worth finding that the loads left make up, depth first.
//!
//! The ways to split are decided first, then the loads of the sites that have pieces, then the lowest open line gets one load after another. A plan scores what the
//! bound says, and what each of its loads and ways lies above it: as loads are tried in that order, the first that is too much ends a branch.

use std::collections::HashMap;

use crate::columns::{Column, Columns};
use crate::dual::Bound;
use crate::loads::{Item, Loads, NONE, Rough};
use crate::packing::Piece;
use crate::search::{Board, Solution};

/// A set of lines: a bit each.
type Mask = u64;

/// A load that may be taken.
#[derive(Clone, Copy)]
struct Load {
    /// What it lies above the bound.
    above: Rough,
    /// Its lines that are served whole.
    lines: Mask,
    site: usize,
    code: usize,
    /// Score of its hours.
    time: Rough,
}

pub(crate) struct Pick<'a> {
    loads: &'a Loads<'a>,
    board: &'a mut Board,
    /// By line: loads without pieces of which it is the first in turn.
    of_line: Vec<Vec<Load>>,
    /// By site and the places of its pieces together: loads with exactly those.
    of_pieces: HashMap<(usize, usize), Vec<Load>>,
    /// By split line: ways, and what they lie above the bound.
    ways: Vec<Vec<(Rough, usize)>>,
    /// The lines, those with the fewest loads first.
    turn: Vec<usize>,
    /// By site: the places of the pieces that the ways give it.
    forced: Vec<usize>,
    used: Vec<bool>,
    taken: Vec<(usize, usize)>,
    /// By site: the lines it has.
    stock: Vec<Mask>,
    /// Plans that score more are not worth finding.
    most: Rough,
    /// Nodes visited when it is given up, and whether it was.
    end: u64,
    given_up: bool,
}

/// Looks at all plans that arrive at `hours` or later and are made of these loads; false where it is given up after so many nodes.
pub(crate) fn pick(loads: &Loads<'_>, board: &mut Board, columns: &Columns, bound: &Bound, hours: u32, nodes: u64) -> bool {
    let lines = loads.lines.len();
    let end = board.explored.saturating_add(nodes);
    let mut pick = Pick {
        loads,
        board,
        of_line: vec![Vec::new(); lines],
        of_pieces: HashMap::new(),
        ways: Vec::new(),
        turn: (0..lines).collect(),
        forced: vec![0; loads.shelves.len()],
        used: vec![false; loads.shelves.len()],
        taken: Vec::new(),
        stock: loads.shelves.iter().map(|shelf| lines_in(loads, shelf.items.iter())).collect(),
        most: NONE,
        end,
        given_up: false,
    };
    pick.most = pick.enough();
    let mut sorted: Vec<&Column> = columns.all.iter().collect();
    sorted.sort_unstable_by_key(|column| (column.above, column.site, column.code));
    let options = sorted.into_iter().map(|Column { site, code, hours, above, .. }| {
        let lines = lines_in(loads, loads.shelves[*site].items_of(*code));
        Load { above: *above, lines, site: *site, code: *code, time: loads.time(*hours) }
    });
    let options: Vec<Load> = options.collect();
    let count = |line: &usize| options.iter().filter(|option| option.lines >> line & 1 == 1).count();
    pick.turn.sort_by_cached_key(|line| (count(line), *line));
    for option in options {
        let whole = loads.shelves[option.site].whole;
        let pieces = option.code - option.code % whole;
        if pieces > 0 {
            pick.of_pieces.entry((option.site, pieces)).or_default().push(option);
        } else if let Some(first) = pick.turn.iter().find(|line| option.lines >> **line & 1 == 1) {
            // When another of its lines is the first open one, this one is taken already.
            pick.of_line[*first].push(option);
        }
    }
    for (split, cheapest) in loads.splits.iter().zip(&bound.ways) {
        let above = split.ways.iter().enumerate().map(|(at, way)| (bound.prices.way(way) - cheapest, at));
        let mut ways: Vec<(Rough, usize)> = above.collect();
        ways.sort_unstable();
        pick.ways.push(ways);
    }
    let time = loads.time(hours);
    pick.way(0, bound.value, time);
    !pick.given_up
}

/// The lines served whole among some items.
fn lines_in<'a>(loads: &Loads<'_>, items: impl Iterator<Item = &'a Item>) -> Mask {
    items.filter(|item| item.row < loads.lines.len()).fold(0, |lines, item| lines | 1 << item.row)
}

impl Pick<'_> {
    /// The most that a plan worth finding scores, rounded down.
    fn enough(&self) -> Rough {
        self.board.worst().map_or(NONE, |worst| self.loads.rough(worst))
    }

    /// Whether a plan that scores so much at least, and so much by its time, is worth finding.
    fn beats(&self, score: Rough, time: Rough) -> bool {
        score.saturating_add(time) <= self.most
    }

    /// Counts a node; whether that is one too many.
    fn is_over(&mut self) -> bool {
        self.board.explored += 1;
        self.given_up |= self.board.explored > self.end;
        self.given_up
    }

    /// Decides how the next split line is split.
    fn way(&mut self, at: usize, score: Rough, time: Rough) {
        if self.is_over() {
            return;
        }
        if at == self.ways.len() {
            self.pieces(!(Mask::MAX << self.loads.lines.len()), score, time);
            return;
        }
        for next in 0..self.ways[at].len() {
            let (above, way) = self.ways[at][next];
            let with = score.saturating_add(above);
            if self.given_up || !self.beats(with, time) {
                return;
            }
            let loads = self.loads;
            let rows = &loads.splits[at].ways[way];
            let place = |row: &usize| {
                let (_, site, _) = loads.pieces[row - loads.lines.len()];
                (site, loads.shelves[site].item(*row).map_or(0, |item| item.place))
            };
            for (site, place) in rows.iter().map(place) {
                self.forced[site] += place;
            }
            if self.beats(with.saturating_add(self.least_of_forced(at + 1)), time) {
                self.way(at + 1, with, time);
            }
            for (site, place) in rows.iter().map(place) {
                self.forced[site] -= place;
            }
        }
    }

    /// What the sites that have pieces add at least, once all ways are decided.
    fn least_of_forced(&self, decided: usize) -> Rough {
        if decided < self.ways.len() {
            return 0;
        }
        let least = |(site, pieces): (usize, &usize)| {
            let options = self.of_pieces.get(&(site, *pieces)).and_then(|options| options.first());
            options.map_or(NONE, |option| option.above)
        };
        self.forced.iter().enumerate().filter(|(_, pieces)| **pieces > 0).map(least).fold(0, Rough::saturating_add)
    }

    /// Gives the next site that has pieces its load.
    fn pieces(&mut self, open: Mask, score: Rough, time: Rough) {
        let Some(site) = (0..self.forced.len()).find(|site| self.forced[*site] > 0 && !self.used[*site]) else {
            self.lines(open, score, time);
            return;
        };
        if self.is_over() {
            return;
        }
        let Some(options) = self.of_pieces.get(&(site, self.forced[site])) else { return };
        let count = options.len();
        for next in 0..count {
            let Some(option) = self.of_pieces.get(&(site, self.forced[site])).and_then(|options| options.get(next)).copied() else {
                return;
            };
            let with = score.saturating_add(option.above);
            if self.given_up || !self.beats(with, time) {
                return;
            }
            if option.lines & !open == 0 && self.beats(with, time.max(option.time)) {
                self.take(option);
                self.pieces(open & !option.lines, with, time.max(option.time));
                self.leave(option);
            }
        }
    }

    /// Gives the next open line a load.
    fn lines(&mut self, open: Mask, score: Rough, time: Rough) {
        if open == 0 {
            self.board.explored += 1;
            self.keep();
            return;
        }
        if self.is_over() {
            return;
        }
        if !self.is_reachable(open) {
            return;
        }
        let Some(line) = self.turn.iter().copied().find(|line| open >> line & 1 == 1) else { return };
        let closed = !open;
        for next in 0..self.of_line[line].len() {
            let option = self.of_line[line][next];
            if self.given_up || score + option.above + time > self.most {
                return;
            }
            if option.lines & closed != 0 || self.used[option.site] || self.forced[option.site] > 0 {
                continue;
            }
            let latest = time.max(option.time);
            if self.beats(score + option.above, latest) {
                self.take(option);
                self.lines(open & !option.lines, score + option.above, latest);
                self.leave(option);
            }
        }
    }

    /// Whether each vendor that is used, and whose minimum binds over several sites, may still be given it.
    fn is_reachable(&self, open: Mask) -> bool {
        self.loads.minima.iter().all(|minimum| {
            let own = self.taken.iter().filter(|(site, _)| minimum.sites.contains(site));
            let worth = own.flat_map(|(site, code)| self.loads.shelves[*site].items_of(*code)).map(|item| item.worth);
            let worth = worth.fold(0, i64::saturating_add);
            if worth == 0 || worth >= minimum.worth {
                return true;
            }
            let free = minimum.sites.iter().filter(|site| !self.used[**site]).fold(0, |lines, site| lines | self.stock[*site]) & open;
            let lines = self.loads.lines.iter().enumerate().filter(|(line, _)| free >> line & 1 == 1);
            let more = lines.map(|(_, demand)| self.loads.facts.demand[*demand].net).fold(worth, i64::saturating_add);
            more >= minimum.worth
        })
    }

    fn take(&mut self, option: Load) {
        self.used[option.site] = true;
        self.taken.push((option.site, option.code));
    }

    fn leave(&mut self, option: Load) {
        self.used[option.site] = false;
        self.taken.pop();
    }

    fn keep(&mut self) {
        let loads: Vec<(usize, Vec<Piece>)> = self.taken.iter().map(|(site, code)| (*site, self.loads.load(*site, *code))).collect();
        if let Some(solution) = Solution::of(self.loads.facts, self.loads.problem, self.loads.scale, loads)
            && self.board.beats(solution.score)
        {
            self.board.keep(solution);
            self.most = self.enough().min(self.most);
        }
    }
}
