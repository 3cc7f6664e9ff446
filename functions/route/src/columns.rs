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
    sums: Vec<Rough>,
}

/// Lines of a code that are summed up at a time.
const BITS: usize = 5;

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

    /// Of these, in the order of their sites.
    pub(crate) fn from(loads: &Loads<'_>, all: Vec<Column>) -> Self {
        let starts = (0..=loads.shelves.len()).map(|site| all.partition_point(|column| column.site < site)).collect();
        Self { all, starts, sums: Vec::new() }
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

    /// By a few bits of a code at a time, what the lines in them are paid.
    fn sum(&mut self, shelf: &Shelf, paid: &[Rough]) {
        self.sums.clear();
        for some in paid[..lines(shelf)].chunks(BITS) {
            let first = self.sums.len();
            self.sums.push(0);
            for paid in some {
                for at in first..self.sums.len() {
                    self.sums.push(self.sums[at] + paid);
                }
            }
            self.sums.resize(first + (1 << BITS), 0);
        }
    }

    /// What the items of a load are paid.
    #[inline]
    fn paid(&self, shelf: &Shelf, paid: &[Rough], code: usize) -> Rough {
        let whole = code & (shelf.whole - 1);
        let (mut lines, mut left) = (0, whole);
        for some in self.sums.chunks_exact(1 << BITS) {
            lines += some[left & ((1 << BITS) - 1)];
            left >>= BITS;
        }
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
