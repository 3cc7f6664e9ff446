//! Every load that every site can give, with its score and its hours.
//!
//! The lines of an order are of two kinds: those served whole from one site, and those split over sites in one of several ways. A *row* is a line
//! served whole, or a piece of a split line at a site. A site's load is a set of rows, of each split line one piece at most. It has a code: the sum of what its rows
//! add to it, so that neighbouring loads are found by adding and taking away.

use crate::candidates::Problem;
use crate::facts::Facts;
use crate::objective::Scale;
use crate::packing::Piece;
use crate::weigh::Weigher;

/// A score rounded down to fit 64 bits, for bounds: the sum of several is never more than the truth.
pub(crate) type Rough = i64;
/// More than any plan scores, with room to add many.
pub(crate) const NONE: Rough = Rough::MAX / 64;

/// Most loads of an order that are held in memory.
pub(crate) const MOST_LOADS: usize = 1_500_000;
/// A set of lines has a bit for each.
const MOST_BITS: usize = 63;

/// A row at a site.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item {
    /// Which.
    pub(crate) row: usize,
    /// What it adds to the code of a load.
    pub(crate) place: usize,
    /// Codes of the loads it may be added to are below.
    pub(crate) span: usize,
    /// What it is worth to the vendor, without tax.
    pub(crate) worth: i64,
}

/// A site's loads.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    /// Lines served whole first, then pieces.
    pub(crate) items: Vec<Item>,
    /// Codes below this have no pieces.
    pub(crate) whole: usize,
    /// How many there are.
    pub(crate) count: usize,
    /// By code; [`NONE`] where the load cannot be.
    pub(crate) score: Vec<Rough>,
    /// By code: hours from now to the door.
    pub(crate) hours: Vec<u32>,
}

impl Shelf {
    /// The items of a load.
    pub(crate) fn items_of(&self, mut code: usize) -> impl Iterator<Item = &Item> {
        self.items.iter().rev().filter(move |item| {
            let is_in = code >= item.place;
            code -= if is_in { item.place } else { 0 };
            is_in
        })
    }

    pub(crate) fn item(&self, row: usize) -> Option<&Item> {
        self.items.iter().find(|item| item.row == row)
    }
}

/// A line that is split.
#[derive(Debug)]
pub(crate) struct Split {
    /// The ways to split it: the rows of each.
    pub(crate) ways: Vec<Vec<usize>>,
}

/// A vendor's minimum that binds over several sites.
#[derive(Debug)]
pub(crate) struct Minimum {
    pub(crate) sites: Vec<usize>,
    pub(crate) worth: i64,
}

/// All rows and loads of an order.
pub(crate) struct Loads<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) problem: &'a Problem,
    pub(crate) scale: &'a Scale,
    /// The demands behind the rows served whole.
    pub(crate) lines: Vec<usize>,
    /// The pieces behind the rows after those: demand, site and quantity.
    pub(crate) pieces: Vec<(usize, usize, u32)>,
    pub(crate) splits: Vec<Split>,
    pub(crate) shelves: Vec<Shelf>,
    /// By site: its vendor's minimum, where the vendor has several sites.
    pub(crate) minimum_of: Vec<Option<usize>>,
    pub(crate) minima: Vec<Minimum>,
    /// Bits dropped from a score to make it rough.
    pub(crate) shift: u32,
    /// Whether all loads are held.
    pub(crate) held: bool,
    /// Score of the time alone by hours, as far as loads take.
    times: Vec<Rough>,
}

/// Hours whose score is worked out ahead.
const MOST_TIMES: u32 = 4_096;

impl<'a> Loads<'a> {
    /// The rows, and the loads unless they are more than `most`; `None` where even the rows are. No demand is without a choice.
    pub(crate) fn of(facts: &'a Facts, problem: &'a Problem, scale: &'a Scale, most: usize) -> Option<Self> {
        let (lines, split): (Vec<usize>, Vec<usize>) =
            (0..problem.choices.len()).partition(|demand| problem.choices[*demand].iter().all(|choice| choice.len() == 1));
        let bits = 128 - scale.most.saturating_mul(1 << 10).leading_zeros();
        let mut loads = Self {
            facts,
            problem,
            scale,
            pieces: Vec::new(),
            splits: Vec::new(),
            shelves: Vec::new(),
            minimum_of: vec![None; problem.sites.len()],
            minima: Vec::new(),
            shift: bits.saturating_sub(57),
            times: Vec::new(),
            held: true,
            lines,
        };
        loads.split(&split);
        loads.find_minima();
        loads.held = loads.lines.len() <= MOST_BITS && loads.shelve(most).is_some();
        if !loads.held {
            loads.shelve_bits()?;
            return Some(loads);
        }
        let mut shelves = std::mem::take(&mut loads.shelves);
        loads.price(&mut shelves);
        loads.shelves = shelves;
        let last = loads.shelves.iter().flat_map(|shelf| &shelf.hours).copied().max().unwrap_or(0);
        loads.times = (0..=last.min(MOST_TIMES)).map(|hours| loads.time(hours)).collect();
        Some(loads)
    }

    /// Number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.lines.len() + self.pieces.len()
    }

    /// What a row puts into a load.
    pub(crate) fn piece(&self, row: usize) -> Piece {
        match self.lines.get(row) {
            Some(demand) => (*demand, self.facts.demand[*demand].quantity),
            None => self.pieces.get(row - self.lines.len()).map_or((0, 0), |(demand, _, quantity)| (*demand, *quantity)),
        }
    }

    /// The pieces of a load, in the order of the demands.
    pub(crate) fn load(&self, site: usize, code: usize) -> Vec<Piece> {
        let mut load: Vec<Piece> = self.shelves[site].items_of(code).map(|item| self.piece(item.row)).collect();
        load.sort_unstable();
        load
    }

    /// The site of a piece of a split line.
    pub(crate) fn site_of_piece(&self, row: usize) -> usize {
        self.pieces[row - self.lines.len()].1
    }

    /// Score and hours to the door of a load; `None` where no carrier takes it, or it is worth less than the vendor's minimum.
    pub(crate) fn priced(&self, weigher: &Weigher<'_>, site: usize, code: usize) -> Option<(Rough, u32)> {
        let (own, load) = (&self.problem.sites[site], self.load(site, code));
        if self.minimum_of[site].is_none() && own.min_order > 0 {
            let worth = self.shelves[site].items_of(code).map(|item| item.worth).fold(0, i64::saturating_add);
            if worth < own.min_order {
                return None;
            }
        }
        let (cost, hours) = weigher.price(own.tariff, &load)?;
        let lack: i128 = load.iter().map(|(_, quantity)| own.lack * i128::from(*quantity)).sum();
        Some((self.rough(self.scale.score(0, cost, lack)), hours))
    }

    /// When all rows that are needed may be there, if each comes at its earliest.
    pub(crate) fn complete(&self, of_row: &[u32]) -> u32 {
        let of_way = |way: &Vec<usize>| way.iter().map(|row| of_row[*row]).max().unwrap_or(0);
        let split = self.splits.iter().map(|split| split.ways.iter().map(of_way).min().unwrap_or(0));
        of_row[..self.lines.len()].iter().copied().chain(split).max().unwrap_or(0)
    }

    /// A score rounded down.
    pub(crate) fn rough(&self, score: i128) -> Rough {
        Rough::try_from(score >> self.shift).unwrap_or(NONE).min(NONE)
    }

    /// What it stands for at least.
    pub(crate) fn exact(&self, rough: Rough) -> i128 {
        i128::from(rough) << self.shift
    }

    /// What plans score at least that score so much roughly, and take so many hours: exactly their time, where nothing else counts.
    pub(crate) fn at_least(&self, rough: Rough, hours: u32) -> i128 {
        self.exact(rough).max(self.scale.score(hours, 0, 0))
    }

    /// Score of the time alone, rounded down.
    pub(crate) fn time(&self, hours: u32) -> Rough {
        let known = usize::try_from(hours).ok().and_then(|at| self.times.get(at)).copied();
        known.unwrap_or_else(|| self.rough(self.scale.score(hours, 0, 0)))
    }

    fn split(&mut self, split: &[usize]) {
        for demand in split {
            let choices = &self.problem.choices[*demand];
            let mut own: Vec<(usize, u32)> = choices.iter().flatten().copied().collect();
            own.sort_unstable();
            own.dedup();
            let first = self.rows();
            self.pieces.extend(own.iter().map(|(site, quantity)| (*demand, *site, *quantity)));
            let row = |piece: &(usize, u32)| first + own.binary_search(piece).unwrap_or(0);
            let ways = choices.iter().map(|choice| choice.iter().map(row).collect()).collect();
            self.splits.push(Split { ways });
        }
    }

    /// By site, the rows that it has.
    fn rows_of_sites(&self) -> Vec<Vec<usize>> {
        let mut rows_of: Vec<Vec<usize>> = vec![Vec::new(); self.problem.sites.len()];
        for (row, demand) in self.lines.iter().enumerate() {
            for (site, _) in self.problem.choices[*demand].iter().flatten() {
                rows_of[*site].push(row);
            }
        }
        for (i, (_, site, _)) in self.pieces.iter().enumerate() {
            rows_of[*site].push(self.lines.len() + i);
        }
        rows_of
    }

    /// Gives every row a bit at every site that has it, and no loads are held.
    fn shelve_bits(&mut self) -> Option<()> {
        self.shelves.clear();
        for rows in self.rows_of_sites() {
            if rows.len() > MOST_BITS || self.lines.len() > MOST_BITS {
                return None;
            }
            let item = |(at, row): (usize, usize)| {
                let (demand, quantity) = self.piece(row);
                Item { row, place: 1 << at, span: 1 << at, worth: self.facts.demand[demand].worth(quantity) }
            };
            let whole = 1 << rows.iter().filter(|row| **row < self.lines.len()).count();
            let items = rows.into_iter().enumerate().map(item).collect();
            self.shelves.push(Shelf { items, whole, ..Shelf::default() });
        }
        Some(())
    }

    /// Gives every row its place at every site that has it.
    fn shelve(&mut self, most: usize) -> Option<()> {
        let rows_of = self.rows_of_sites();
        let mut all = 0_usize;
        for rows in rows_of {
            let mut shelf = Shelf::default();
            let (mut span, mut count, mut last) = (1_usize, 1_usize, usize::MAX);
            for row in rows {
                let (demand, quantity) = self.piece(row);
                // Another piece of the same line stands beside the last one, not on it.
                if demand != last {
                    span = count;
                    last = demand;
                }
                if row < self.lines.len() {
                    shelf.whole = span * 2;
                }
                shelf.items.push(Item { row, place: count, span, worth: self.facts.demand[demand].worth(quantity) });
                count = count.checked_add(span).filter(|count| *count <= most)?;
            }
            shelf.whole = shelf.whole.max(1);
            all = all.saturating_add(count);
            shelf.count = count;
            self.shelves.push(shelf);
        }
        (all <= most).then_some(())
    }

    fn find_minima(&mut self) {
        let sites = &self.problem.sites;
        let mut first = 0;
        // Sites are sorted by vendor.
        while first < sites.len() {
            let same = sites[first..].iter().take_while(|site| site.vendor_id == sites[first].vendor_id).count();
            if same > 1 && sites[first].min_order > 0 {
                self.minimum_of[first..first + same].fill(Some(self.minima.len()));
                self.minima.push(Minimum { sites: (first..first + same).collect(), worth: sites[first].min_order });
            }
            first += same;
        }
    }
}

/// Makes the sums of all loads that hold an item from those of the loads that it is added to.
pub(crate) fn grow<T: Copy>(sums: &mut [T], item: &Item, with: impl Fn(T) -> T) {
    let (below, from) = sums.split_at_mut(item.place);
    for (sum, below) in from.iter_mut().zip(&below[..item.span]) {
        *sum = with(*below);
    }
}
