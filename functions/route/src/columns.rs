//! The loads that may still be in a plan worth finding.

use crate::dual::{Bound, Everything, Supply};
use crate::loads::{Loads, NONE, Rough, Shelf};

/// A load that is left.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    pub(crate) site: usize,
    pub(crate) code: usize,
    pub(crate) score: Rough,
    /// From now to the door.
    pub(crate) hours: u32,
    /// What a plan with it scores at least beyond the bound, the time not counted.
    pub(crate) above: Rough,
}

/// Those that are left, by site.
#[derive(Debug, Clone, Default)]
pub(crate) struct Columns {
    pub(crate) all: Vec<Column>,
    /// By site, where its own begin; and the end.
    starts: Vec<usize>,
    low: Vec<Rough>,
    high: Vec<Rough>,
}

impl Columns {
    /// The loads that are worth keeping under a bound, as `keep` says by hours and score above it.
    pub(crate) fn of(loads: &Loads<'_>, bound: &Bound, keep: impl Fn(u32, Rough) -> bool) -> Self {
        let (mut everything, mut columns, mut paid) = (Everything::default(), Self::default(), Vec::new());
        for (site, shelf) in loads.shelves.iter().enumerate() {
            columns.starts.push(columns.all.len());
            let pays = bound.prices.paid(loads, site, &mut paid);
            let sums = everything.sums(shelf, &paid);
            for (code, (score, sum)) in shelf.score.iter().zip(sums).enumerate().skip(1) {
                let above = score - sum + pays - bound.least[site];
                if *score < NONE && keep(shelf.hours[code], above) {
                    columns.all.push(Column { site, code, score: *score, hours: shelf.hours[code], above });
                }
            }
        }
        columns.starts.push(columns.all.len());
        columns
    }

    /// Those of them that are worth keeping under another bound.
    pub(crate) fn left(&self, loads: &Loads<'_>, bound: &Bound, keep: impl Fn(u32, Rough) -> bool) -> Self {
        let (mut columns, mut paid) = (Self::default(), Vec::new());
        for (site, shelf) in loads.shelves.iter().enumerate() {
            columns.starts.push(columns.all.len());
            let own = &self.all[self.starts[site]..self.starts[site + 1]];
            if own.is_empty() {
                continue;
            }
            let pays = bound.prices.paid(loads, site, &mut paid);
            columns.sum(shelf, &paid);
            for column in own {
                let above = column.score - columns.paid(shelf, &paid, column.code) + pays - bound.least[site];
                if keep(column.hours, above) {
                    columns.all.push(Column { above, ..*column });
                }
            }
        }
        columns.starts.push(columns.all.len());
        columns
    }

    /// By halves of a code, what the lines in it are paid.
    fn sum(&mut self, shelf: &Shelf, paid: &[Rough]) {
        let (half, all) = (half(shelf), lines(shelf));
        for (sums, items) in [(&mut self.low, 0..half), (&mut self.high, half..all)] {
            sums.clear();
            sums.push(0);
            for paid in &paid[items] {
                for code in 0..sums.len() {
                    sums.push(sums[code] + paid);
                }
            }
        }
    }

    /// What the items of a load are paid.
    fn paid(&self, shelf: &Shelf, paid: &[Rough], code: usize) -> Rough {
        let whole = code & (shelf.whole - 1);
        let half = half(shelf);
        let lines = self.low[whole & ((1 << half) - 1)] + self.high[whole >> half];
        if code == whole {
            return lines;
        }
        // Pieces are the last items.
        let mut left = code - whole;
        let pieces = shelf.items.iter().zip(paid).rev().take_while(|(item, _)| item.place >= shelf.whole).map(|(item, paid)| {
            let is_in = left >= item.place;
            left -= if is_in { item.place } else { 0 };
            if is_in { *paid } else { 0 }
        });
        lines + pieces.sum::<Rough>()
    }
}

/// How many lines a site serves whole.
fn lines(shelf: &Shelf) -> usize {
    usize::try_from(shelf.whole.trailing_zeros()).unwrap_or(0)
}

/// Half of them.
fn half(shelf: &Shelf) -> usize {
    lines(shelf) / 2
}

impl Supply for Columns {
    fn best(&mut self, site: usize, shelf: &Shelf, paid: &[Rough]) -> (Rough, usize) {
        let mut best = (NONE, 0);
        let own = self.starts[site]..self.starts[site + 1];
        if own.is_empty() {
            return best;
        }
        self.sum(shelf, paid);
        for column in &self.all[own] {
            let value = column.score - self.paid(shelf, paid, column.code);
            if value < best.0 {
                best = (value, column.code);
            }
        }
        best
    }
}
