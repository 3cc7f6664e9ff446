//! Which parts of an order ask for what.

use super::{Goods, Order, Part};
use crate::state::State;

impl Order {
    /// The parts that were cancelled.
    fn cancelled(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(|part| part.state == State::Cancelled)
    }

    /// The parts that were cancelled while others live on, and whose stock is still set aside. Of an order that came to nothing everything
    /// goes back at once instead.
    pub fn parts_to_release(&self) -> impl Iterator<Item = &Part> {
        let lives = !self.is_dead();
        self.cancelled().filter(move |part| lives && part.goods == Goods::Kept)
    }

    /// The parts that were cancelled while others live on, or that came back, and whose price is not counted as owed yet.
    pub fn parts_to_owe(&self) -> impl Iterator<Item = &Part> {
        let lives = !self.is_dead();
        let gone = |part: &&Part| matches!(part.state, State::Cancelled | State::Returned);
        self.parts.iter().filter(gone).filter(move |part| lives && !part.owed)
    }

    /// The part that has to be sourced again now.
    pub fn part_to_source(&self) -> Option<&Part> {
        let wanted = |part: &&Part| matches!(part.state, State::VendorRejected | State::Routing);
        self.parts.iter().filter(wanted).find(|part| !self.shortages.rests(Some(part.no)))
    }

    /// Where that stands which can go on: what waits for its next search holds up nothing else. `None` where nothing can.
    pub fn moving(&self) -> Option<State> {
        if self.parts.is_empty() {
            return Some(self.state).filter(|_| !self.shortages.rests(None));
        }
        State::derived(self.parts.iter().filter(|part| !self.shortages.rests(Some(part.no))).map(|part| part.state))
    }

    /// The parts that were cancelled and whose vendors do not know yet.
    pub fn parts_to_tell_of(&self) -> impl Iterator<Item = &Part> {
        self.cancelled().filter(|part| !part.told)
    }

    /// The parts that are with the carrier, or further, and whose goods are still in the warehouse's books.
    pub fn parts_to_take_off(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(|part| part.goods == Goods::Kept && part.state.is_out())
    }
}
