//! A quantity that is sold in whole packs, and of which some vendors sell no less than so many in one order (check 13): in which ways it may be split.
//!
//! A set of shelves suffices where they have enough, each of their vendors has what it sells at least, and no more has to be given than is wanted: of each shelf a pack, of each
//! vendor its minimum. Only sets are taken no part of which suffices. Of such a set's ways those are taken in which of any two shelves one gives all it has or no more than it must:
//! all others lie between them.

use std::collections::BTreeSet;

use oms_contract::reference::Product;

use crate::choices::{Choice, MOST_SPLITS};

/// Steps in which ways are sought, at the most.
const MOST_STEPS: u32 = 300_000;

/// How a demand may be taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lot {
    /// Pieces are whole multiples of this; at least 1.
    pub pack: u32,
    /// Vendors that sell no less than so many.
    pub minima: Vec<Minimum>,
}

/// What a vendor sells at least.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Minimum {
    /// Its sites that have any.
    pub sites: Vec<usize>,
    /// Of all of them together, in whole packs.
    pub least: u32,
}

impl Lot {
    /// Of a product, whoever sells it. Where what is wanted is not in whole packs (they have changed since it was ordered), it may be taken apart anywhere.
    pub fn of(product: &Product, quantity: u32) -> Self {
        let pack = product.pack_size.max(1);
        Self { pack: if quantity.is_multiple_of(pack) { pack } else { 1 }, minima: Vec::new() }
    }

    /// What of a number is in whole packs.
    pub fn packed(&self, number: u32) -> u32 {
        number - number % self.pack
    }
}

/// The ways to split a quantity that no shelf has all of, and whether they are all. What shelves have is in whole packs.
pub(crate) fn splits(quantity: u32, stocked: &[(usize, u32)], lot: &Lot) -> (Vec<Choice>, bool) {
    let mut shelves: Vec<Shelf> = stocked
        .iter()
        .map(|(site, has)| {
            let group = lot.minima.iter().position(|minimum| minimum.sites.contains(site));
            Shelf { site: *site, has: *has, group }
        })
        .collect();
    shelves.sort_by_key(|shelf| (std::cmp::Reverse(shelf.has), shelf.site));
    let least = lot.minima.iter().map(|minimum| u64::from(minimum.least)).collect();
    let (quantity, pack) = (u64::from(quantity), u64::from(lot.pack));
    let mut splits = Splits { quantity, pack, shelves, least, found: BTreeSet::new(), steps: 0, complete: true };
    splits.go_on(0, &mut Vec::new());
    (splits.found.into_iter().collect(), splits.complete)
}

#[derive(Clone, Copy)]
struct Shelf {
    site: usize,
    has: u32,
    /// Its vendor among those with a minimum.
    group: Option<usize>,
}

struct Splits {
    quantity: u64,
    pack: u64,
    /// The fullest first.
    shelves: Vec<Shelf>,
    /// By group.
    least: Vec<u64>,
    found: BTreeSet<Choice>,
    steps: u32,
    complete: bool,
}

/// Where a set of shelves stands.
struct Standing {
    has: u64,
    /// What has to be given at least.
    must: u64,
    /// Groups in it that have less than they sell.
    short: Vec<usize>,
}

impl Splits {
    fn standing(&self, taken: &[usize]) -> Standing {
        let mut of_group = vec![(0_u64, 0_u64); self.least.len()];
        let (mut has, mut must) = (0, 0);
        for shelf in taken.iter().map(|at| self.shelves[*at]) {
            has += u64::from(shelf.has);
            match shelf.group {
                Some(group) => of_group[group] = (of_group[group].0 + u64::from(shelf.has), of_group[group].1 + self.pack),
                None => must += self.pack,
            }
        }
        let mut short = Vec::new();
        for (group, (has, packs)) in of_group.into_iter().enumerate().filter(|(_, (_, packs))| *packs > 0) {
            must += packs.max(self.least[group]);
            if has < self.least[group] {
                short.push(group);
            }
        }
        Standing { has, must, short }
    }

    fn suffices(&self, taken: &[usize]) -> bool {
        let standing = self.standing(taken);
        standing.has >= self.quantity && standing.must <= self.quantity && standing.short.is_empty()
    }

    /// Whether no part of a set that suffices does: if any, then one without a single shelf or without a vendor.
    fn is_needed(&self, taken: &[usize]) -> bool {
        let without = |drop: &dyn Fn(usize) -> bool| {
            let rest: Vec<usize> = taken.iter().copied().filter(|at| !drop(*at)).collect();
            !rest.is_empty() && self.suffices(&rest)
        };
        let single = taken.iter().any(|one| without(&|at| at == *one));
        let group = (0..self.least.len()).any(|group| {
            let is_in = |at: usize| self.shelves[at].group == Some(group);
            taken.iter().any(|at| is_in(*at)) && without(&is_in)
        });
        !single && !group
    }

    fn step(&mut self) -> bool {
        self.steps += 1;
        self.complete &= self.steps <= MOST_STEPS && self.found.len() < MOST_SPLITS;
        self.complete
    }

    /// Tries every shelf from `next` on beside those taken, which do not suffice.
    fn go_on(&mut self, next: usize, taken: &mut Vec<usize>) {
        let before = self.standing(taken);
        let left: u64 = self.shelves[next..].iter().map(|shelf| u64::from(shelf.has)).sum();
        if before.has + left < self.quantity {
            return;
        }
        for at in next..self.shelves.len() {
            // With enough already, only those that lack something may add to it.
            let asked = before.has < self.quantity || self.shelves[at].group.is_some_and(|group| before.short.contains(&group));
            if !asked {
                continue;
            }
            if !self.step() {
                return;
            }
            taken.push(at);
            let now = self.standing(taken);
            let can_be = |group: &usize| {
                let own = |shelves: &[Shelf]| {
                    shelves.iter().filter(|shelf| shelf.group == Some(*group)).map(|shelf| u64::from(shelf.has)).sum::<u64>()
                };
                let has: u64 = taken
                    .iter()
                    .map(|at| self.shelves[*at])
                    .filter(|shelf| shelf.group == Some(*group))
                    .map(|shelf| u64::from(shelf.has))
                    .sum();
                has + own(&self.shelves[at + 1..]) >= self.least[*group]
            };
            if now.must <= self.quantity && now.short.iter().all(can_be) {
                if now.has < self.quantity || !now.short.is_empty() {
                    self.go_on(at + 1, taken);
                } else if self.is_needed(taken) {
                    let mut gives: Vec<u64> = taken.iter().map(|at| u64::from(self.shelves[*at].has)).collect();
                    self.keep(taken, &mut gives, &mut vec![false; taken.len()], now.has - self.quantity);
                }
            }
            taken.pop();
        }
    }

    /// Takes what is too much from one shelf after the other, as far as each may give less, in every order.
    fn keep(&mut self, taken: &[usize], gives: &mut Vec<u64>, done: &mut Vec<bool>, spare: u64) {
        if !self.step() {
            return;
        }
        if spare == 0 {
            let pieces =
                taken.iter().zip(gives.iter()).map(|(at, given)| (self.shelves[*at].site, u32::try_from(*given).unwrap_or(u32::MAX)));
            let mut choice: Choice = pieces.collect();
            choice.sort_unstable();
            self.found.insert(choice);
            return;
        }
        for nth in 0..taken.len() {
            let less = if done[nth] { 0 } else { self.may_lose(taken, gives, nth).min(spare) };
            if less > 0 {
                gives[nth] -= less;
                done[nth] = true;
                self.keep(taken, gives, done, spare - less);
                done[nth] = false;
                gives[nth] += less;
            }
        }
    }

    /// How much less a shelf may give beside the others.
    fn may_lose(&self, taken: &[usize], gives: &[u64], nth: usize) -> u64 {
        let own = gives[nth].saturating_sub(self.pack);
        let Some(group) = self.shelves[taken[nth]].group else { return own };
        let given: u64 = taken.iter().zip(gives).filter(|(at, _)| self.shelves[**at].group == Some(group)).map(|(_, given)| *given).sum();
        own.min(given.saturating_sub(self.least[group]))
    }
}

#[cfg(test)]
#[path = "lots_tests.rs"]
mod tests;
