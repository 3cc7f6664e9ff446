//! One vendor's part of an order, as the head keeps it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::history::Entry;
use crate::ids::VendorId;
use crate::state::State;

/// Where a part's goods are, in the books.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Goods {
    /// Set aside at the warehouse, or nowhere yet.
    #[default]
    Kept,
    /// Given back, as the part was cancelled.
    Back,
    /// Out of the warehouse.
    Left,
}

impl Goods {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
    pub(crate) fn are_kept(&self) -> bool {
        *self == Self::Kept
    }
}

/// One vendor's part of the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its number, from 1.
    pub no: u8,
    /// Whose it is.
    pub vendor_id: VendorId,
    /// States 9 to 23.
    pub state: State,
    /// Since when it is in that state.
    pub since: Timestamp,
    /// Where its goods are.
    pub goods: Goods,
    /// Whether it was cancelled and its price is counted as owed.
    pub owed: bool,
    /// Whether it was cancelled, is counted, and its vendor knows, or need not.
    pub told: bool,
}

impl Part {
    /// A part that has just been assigned.
    pub fn new(no: u8, vendor_id: VendorId, state: State, since: Timestamp) -> Self {
        Self { no, vendor_id, state, since, goods: Goods::Kept, owed: false, told: false }
    }

    /// The part after an entry that moved it.
    pub(super) fn moved(&mut self, entry: &Entry) {
        self.state = entry.to;
        self.since = entry.at;
    }
}
