//! Changes that move more counters than one transaction does: made in pieces, each with an entry of its own, so that whoever finds only some of them made comes to the
//! rest.

use std::collections::BTreeMap;

use oms_ports::PortError;

use super::{Change, Draft, Hold, Status, counted};
use crate::inventory::counter::{Counted, Counter, Moves, add};
use crate::inventory::log::{self, Entry, What};
use crate::transact::MOST_PARTS;

/// Most counters that one transaction moves beside the hold.
const MOST_COUNTERS: usize = MOST_PARTS - 1;

/// So many, counter by counter.
type Quantities = BTreeMap<Counted, i64>;

impl Change {
    /// The first piece of a change that moves more counters than one transaction does; `None` where it does not. Written on `was`, it leaves a hold on which the same
    /// decision comes to the rest. Of what takes nothing that others could take meanwhile, of an allocation, which the hold covers, and of a reallocation: whoever finds only a piece
    /// of it made goes on with it, or gives it back.
    pub(in crate::inventory) fn begun(&self, was: &Hold) -> Option<Self> {
        let last = self.hold.log.iter().rev().find(|entry| entry.what != What::Barred)?;
        let divisible =
            matches!(last.what, What::Allocated | What::Released | What::Lapsed | What::PartReleased | What::Left | What::Reallocated);
        if !divisible || self.counters().len() <= MOST_COUNTERS {
            return None;
        }
        // Budgets wait for the last piece, which knows their limits and what they are given back for; of what is given up as a whole any part may go first.
        let as_a_whole = matches!(last.what, What::Released | What::Lapsed);
        let first = self.moves.iter().filter(|(counter, _)| as_a_whole || counter.of.sku().is_some()).take(MOST_COUNTERS);
        let moves: Moves = first.map(|(counter, delta)| (counter.clone(), *delta)).collect();
        if moves.is_empty() {
            return None;
        }
        let mut hold = was.next();
        // Of a reallocation pools go before shelves, as their counters sort: nobody is promised meanwhile what a shelf has set aside already.
        let what = if last.what == What::Reallocated { What::Moving } else { What::Begun };
        hold.log.push(Entry::new(what, last.run, moves.clone()));
        Some(Self { hold, moves, shifts: Moves::new(), limits: BTreeMap::new(), goes_on: true })
    }
}

impl Hold {
    /// Gives back what a piece of an allocation has set aside that came short in the end; `None` where there is nothing of it.
    pub(in crate::inventory) fn unbegun(&self) -> Result<Option<Change>, PortError> {
        let was = self.allocated();
        if self.status() != Status::Held || was.is_empty() {
            return Ok(None);
        }
        let mut draft = Draft::of(self.next());
        for (row, quantity) in was {
            draft.untake(&counted(&row), quantity, true)?;
        }
        draft.moves = draft.moves.into_iter().take(MOST_COUNTERS).collect();
        Ok(Some(draft.done(What::Begun, None)))
    }

    /// Takes back what pieces of such reallocations have moved that were not made to their end; `None` where there is nothing of them.
    pub(in crate::inventory) fn taken_back(&self, which: impl Fn(u64) -> bool) -> Option<Change> {
        let unfinished = |entry: &&Entry| entry.what == What::Moving && entry.run.is_some_and(|run| which(run) && !self.ran(run));
        let mut runs: Vec<u64> = self.log.iter().filter(unfinished).filter_map(|entry| entry.run).collect();
        runs.dedup();
        for run in runs {
            let mut moved = log::sum(self.log.iter().filter(|entry| entry.what == What::Moving && entry.run == Some(run)));
            moved.retain(|_, delta| (delta.left, delta.taken) != (0, 0));
            // Shelves before pools.
            let last = moved.into_iter().rev().take(MOST_COUNTERS);
            let mut draft = Draft::of(self.next());
            for (counter, delta) in last {
                add(&mut draft.moves, counter, -delta.left, -delta.taken);
            }
            if !draft.moves.is_empty() {
                return Some(Change { goes_on: true, ..draft.done(What::Moving, Some(run)) });
            }
        }
        None
    }

    /// How many of these a reallocation has still to give up, and to take; `None` where its pieces have moved others, or more.
    pub(super) fn unmoved(&self, run: u64, mut given: Quantities, mut got: Quantities) -> Option<(Quantities, Quantities)> {
        let moved = log::sum(self.log.iter().filter(|entry| entry.what == What::Moving && entry.run == Some(run)));
        // What a piece gives up is taken no more and left no more; what it takes is left no more.
        for (Counter { of, .. }, delta) in moved {
            *given.entry(of.clone()).or_default() += delta.left + delta.taken;
            *got.entry(of).or_default() += delta.left;
        }
        let fits = given.values().chain(got.values()).all(|open| *open >= 0);
        given.retain(|_, open| *open != 0);
        got.retain(|_, open| *open != 0);
        fits.then_some((given, got))
    }

    /// How many of these the change of that name has still to give up, of so many in all.
    pub(super) fn undone(&self, run: u64, of: &Counted, quantity: i64) -> i64 {
        let pieces = self.log.iter().filter(|entry| entry.run == Some(run) && entry.what == What::Begun);
        let moved = pieces.flat_map(|entry| &entry.moves).filter(|(counter, _)| counter.of == *of).map(|(_, delta)| delta.taken);
        quantity + moved.sum::<i64>()
    }
}
