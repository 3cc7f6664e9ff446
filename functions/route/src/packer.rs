//! How goods that outgrow a package are shared out: exactly where they are few, else first fit.

use oms_domain::shipping::Bulk;

use crate::packing::{Goods, Limits, Package, Piece, kg};

/// Pieces that are packed exactly; more are packed first fit.
pub const MOST_EXACT: usize = 8;

/// Packs by one carrier's limits.
#[derive(Clone, Copy)]
pub(crate) struct Packer<'a> {
    goods: &'a Goods,
    limits: &'a Limits,
    /// Volume that no package exceeds.
    room: u64,
}

impl<'a> Packer<'a> {
    pub(crate) fn of(goods: &'a Goods, limits: &'a Limits) -> Self {
        Self { goods, limits, room: limits.largest_mm3() }
    }

    /// Whether so much goes into one package.
    fn holds(&self, bulk: &Bulk) -> bool {
        bulk.grams <= self.limits.grams && bulk.mm3 <= self.room && self.limits.admit(&bulk.parcel())
    }

    /// The packages of pieces that are packed together, each of which goes alone at least.
    pub(crate) fn pack(&self, group: Vec<Piece>) -> Vec<Package> {
        if self.goods.is_clique(&group) && self.holds(&self.goods.sum(&group)) {
            return vec![group];
        }
        let pieces = group.iter().fold(0_usize, |sum, (_, quantity)| sum.saturating_add(usize::try_from(*quantity).unwrap_or(usize::MAX)));
        let turn = self.largest_first(group);
        let first_fit = self.first_fit(&turn);
        if pieces > MOST_EXACT {
            return first_fit;
        }
        let billed = first_fit.iter().map(|package| kg(&self.goods.sum(package), self.limits)).sum();
        Exact::of(*self, &turn, (billed, first_fit.len())).best(first_fit)
    }

    /// The pieces of each demand, by the share of a package that one takes, by weight or by volume.
    fn largest_first(&self, mut group: Vec<Piece>) -> Vec<Piece> {
        let of = |part: u64, whole: u64| u128::from(part) * 1_000_000 / u128::from(whole.max(1));
        let share = |piece: &Bulk| of(piece.grams, self.limits.grams).max(of(piece.mm3, self.room));
        group.sort_by_cached_key(|(demand, _)| (std::cmp::Reverse(share(&self.goods.units[*demand].piece)), *demand));
        group
    }

    /// Each demand's pieces into the packages there are, as many as fit, then into new ones, in turn.
    fn first_fit(&self, turn: &[Piece]) -> Vec<Package> {
        let mut packages: Vec<(Package, Bulk)> = Vec::new();
        for (demand, quantity) in turn {
            let (unit, mut quantity) = (self.goods.units[*demand].piece, *quantity);
            for (package, bulk) in &mut packages {
                if quantity > 0 && package.iter().all(|(other, _)| self.goods.may_share(*other, *demand)) {
                    let fits = self.fitting(*bulk, unit, quantity);
                    if fits > 0 {
                        package.push((*demand, fits));
                        *bulk = bulk.with(unit, fits);
                        quantity -= fits;
                    }
                }
            }
            while quantity > 0 {
                // A piece goes alone at least.
                let fits = self.fitting(Bulk::default(), unit, quantity).max(1);
                packages.push((vec![(*demand, fits)], Bulk::default().with(unit, fits)));
                quantity -= fits;
            }
        }
        let sorted = packages.into_iter().map(|(mut package, _)| {
            package.sort_unstable();
            package
        });
        sorted.collect()
    }

    /// How many more pieces a package takes, at most `quantity`.
    fn fitting(&self, bulk: Bulk, piece: Bulk, quantity: u32) -> u32 {
        let most = |room: u64, each: u64| room.checked_div(each).unwrap_or(u64::MAX);
        let by_weight = most(self.limits.grams.saturating_sub(bulk.grams), piece.grams);
        let by_volume = most(self.room.saturating_sub(bulk.mm3), piece.mm3);
        let (mut fits, mut most) = (0, u32::try_from(by_weight.min(by_volume)).unwrap_or(u32::MAX).min(quantity));
        // Their carton may be too long or too thick before that.
        let mut next = most;
        while fits < most {
            if self.holds(&bulk.with(piece, next)) {
                fits = next;
            } else {
                most = next - 1;
            }
            next = fits + (most - fits).div_ceil(2);
        }
        fits
    }
}

/// What a packing is judged by: kilograms billed, then packages.
type Judged = (u64, usize);

/// Some pieces in a package, and what they bill at least.
struct Filled {
    pieces: Vec<usize>,
    bulk: Bulk,
    least_kg: u64,
}

/// All ways to put few pieces into packages.
struct Exact<'a> {
    packer: Packer<'a>,
    /// The largest first, equal ones together.
    pieces: Vec<usize>,
    /// What no packing is below.
    least: Judged,
    packages: Vec<Filled>,
    judged: Judged,
    best: Option<Vec<Vec<usize>>>,
}

impl<'a> Exact<'a> {
    fn of(packer: Packer<'a>, turn: &[Piece], judged: Judged) -> Self {
        let sum = packer.goods.sum(turn);
        let packages = sum.grams.div_ceil(packer.limits.grams.max(1)).max(sum.mm3.div_ceil(packer.room.max(1)));
        let pieces = turn.iter().flat_map(|(demand, quantity)| (0..*quantity).map(|_| *demand)).collect();
        let least = (sum.least_billed_g(packer.limits.divisor) / 1000, usize::try_from(packages).unwrap_or(usize::MAX));
        Self { packer, pieces, least, packages: Vec::new(), judged, best: None }
    }

    /// The packing that bills the least; `known` where nothing is better.
    fn best(mut self, known: Vec<Package>) -> Vec<Package> {
        self.place(0, 0, 0);
        match self.best {
            Some(packages) => packages.iter().map(|pieces| counted(pieces)).collect(),
            None => known,
        }
    }

    /// Puts the pieces from `next` on into the packages there are, or into a new one; equal pieces in the order of the packages. `least` is what the packages bill at least.
    fn place(&mut self, next: usize, from: usize, least: u64) {
        if (least.max(self.least.0), self.packages.len().max(self.least.1)) >= self.judged {
            return;
        }
        let Some(demand) = self.pieces.get(next).copied() else {
            let kg = self.packages.iter().map(|package| kg(&package.bulk, self.packer.limits)).sum();
            if (kg, self.packages.len()) < self.judged {
                self.judged = (kg, self.packages.len());
                self.best = Some(self.packages.iter().map(|package| package.pieces.clone()).collect());
            }
            return;
        };
        let (goods, divisor) = (self.packer.goods, self.packer.limits.divisor);
        let unit = goods.units[demand].piece;
        let again = self.pieces.get(next + 1) == Some(&demand);
        for i in from..self.packages.len() {
            let Filled { pieces, bulk: was, least_kg: billed } = &self.packages[i];
            let (was, billed, with) = (*was, *billed, was.with(unit, 1));
            let bills = with.least_billed_g(divisor) / 1000;
            if (least - billed + bills, self.packages.len()) < self.judged
                && pieces.iter().all(|other| goods.may_share(*other, demand))
                && self.packer.holds(&with)
            {
                self.packages[i].pieces.push(demand);
                (self.packages[i].bulk, self.packages[i].least_kg) = (with, bills);
                self.place(next + 1, if again { i } else { 0 }, least - billed + bills);
                self.packages[i].pieces.pop();
                (self.packages[i].bulk, self.packages[i].least_kg) = (was, billed);
            }
        }
        let bulk = Bulk::default().with(unit, 1);
        let least_kg = bulk.least_billed_g(divisor) / 1000;
        self.packages.push(Filled { pieces: vec![demand], bulk, least_kg });
        self.place(next + 1, if again { self.packages.len() - 1 } else { 0 }, least + least_kg);
        self.packages.pop();
    }
}

/// Demands in order, each with its number.
fn counted(pieces: &[usize]) -> Package {
    let mut package: Package = Vec::new();
    for demand in pieces {
        match package.iter_mut().find(|(known, _)| known == demand) {
            Some((_, quantity)) => *quantity += 1,
            None => package.push((*demand, 1)),
        }
    }
    package.sort_unstable();
    package
}
