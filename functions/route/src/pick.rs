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
type Mask = u32;

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
    /// By line: loads without pieces.
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
}

/// Looks at all plans that arrive at `hours` or later and are made of these loads.
pub(crate) fn pick(loads: &Loads<'_>, board: &mut Board, columns: &Columns, bound: &Bound, hours: u32) {
    let lines = loads.lines.len();
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
    };
    pick.most = pick.enough();
    let mut sorted: Vec<&Column> = columns.all.iter().collect();
    sorted.sort_unstable_by_key(|column| (column.above, column.site, column.code));
    for Column { site, code, hours, above, .. } in sorted.into_iter().copied() {
        let shelf = &loads.shelves[site];
        let option = Load { above, lines: lines_in(loads, shelf.items_of(code)), site, code, time: loads.time(hours) };
        let pieces = code - code % shelf.whole;
        if pieces == 0 {
            for (line, of_line) in pick.of_line.iter_mut().enumerate() {
                if option.lines >> line & 1 == 1 {
                    of_line.push(option);
                }
            }
        } else {
            pick.of_pieces.entry((site, pieces)).or_default().push(option);
        }
    }
    for (split, cheapest) in loads.splits.iter().zip(&bound.ways) {
        let above = split.ways.iter().enumerate().map(|(at, way)| (bound.prices.way(way) - cheapest, at));
        let mut ways: Vec<(Rough, usize)> = above.collect();
        ways.sort_unstable();
        pick.ways.push(ways);
    }
    let of_line = &pick.of_line;
    pick.turn.sort_by_key(|line| (of_line[*line].len(), *line));
    pick.way(0, bound.value, loads.time(hours));
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

    /// Whether the limit is reached; then what lies here is noted.
    fn is_over(&mut self, score: Rough, time: Rough) -> bool {
        self.board.explored += 1;
        let over = self.board.is_over();
        if over {
            self.board.cut(self.loads.exact(score.saturating_add(time)));
        }
        over
    }

    /// Decides how the next split line is split.
    fn way(&mut self, at: usize, score: Rough, time: Rough) {
        if self.is_over(score, time) {
            return;
        }
        if at == self.ways.len() {
            self.pieces((1 << self.loads.lines.len()) - 1, score, time);
            return;
        }
        for next in 0..self.ways[at].len() {
            let (above, way) = self.ways[at][next];
            let with = score.saturating_add(above);
            if !self.beats(with, time) {
                break;
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
        if self.is_over(score, time) {
            return;
        }
        let Some(options) = self.of_pieces.get(&(site, self.forced[site])) else { return };
        let count = options.len();
        for next in 0..count {
            let Some(option) = self.of_pieces.get(&(site, self.forced[site])).and_then(|options| options.get(next)).copied() else { return };
            let with = score.saturating_add(option.above);
            if !self.beats(with, time) {
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
        if self.is_over(score, time) {
            return;
        }
        if !self.is_reachable(open) {
            return;
        }
        let Some(line) = self.turn.iter().copied().find(|line| open >> line & 1 == 1) else { return };
        let closed = !open;
        for next in 0..self.of_line[line].len() {
            let option = self.of_line[line][next];
            if score + option.above + time > self.most {
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
            self.most = self.enough();
        }
    }
}
