//! What happened to the stock, entry by entry; nothing is ever changed or taken out. The counters are the sums of it.
//!
//! An order's entries stand in its hold, which is one item, and are written in the transaction that moves the counters: so a log costs no
//! write of its own. What comes in, and what a count corrects, has an entry of its own under its own id.

use serde::{Deserialize, Serialize};

use super::counter::{Moves, add_all};

/// What an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum What {
    /// An order was promised goods, or others in their place. Its run is the order's version.
    Held,
    /// That ran out, and was given back.
    Lapsed,
    /// A piece of a change that is too large for one transaction; the rest follows, and says what it was.
    Begun,
    /// A piece of a reallocation that is too large for one transaction: the rest follows, or it is taken back.
    Moving,
    /// They were set aside at warehouses.
    Allocated,
    /// Some came from other warehouses instead; what the first ones had promised is not there.
    Reallocated,
    /// A reallocation that is not made any more.
    Barred,
    /// Some were given back.
    PartReleased,
    /// Some left with a carrier.
    Left,
    /// All that was still taken was given back.
    Released,
    /// Goods came to a warehouse that had none of them before.
    Opened,
    /// Goods came.
    Received,
    /// Somebody counted, and found more or fewer.
    Counted,
    /// Goods were broken, stolen or spoilt.
    Lost,
    /// An entry before had said too many, or too few.
    Corrected,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) what: What,
    /// The name of the change among those of its order, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) run: Option<u64>,
    /// What it added to which counters.
    #[serde(default, skip_serializing_if = "Moves::is_empty")]
    pub(super) moves: Moves,
}

impl Entry {
    /// An entry without the counters that it leaves as they are.
    pub(super) fn new(what: What, run: Option<u64>, mut moves: Moves) -> Self {
        moves.retain(|_, delta| (delta.left, delta.taken) != (0, 0));
        Self { what, run, moves }
    }
}

/// What all entries come to.
pub(super) fn sum<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Moves {
    let mut sum = Moves::new();
    for entry in entries {
        add_all(&mut sum, &entry.moves);
    }
    sum
}
