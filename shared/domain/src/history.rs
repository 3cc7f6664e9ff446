//! The history of an order: numbered entries, each carrying the hash of itself and, through it, of all before.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::actor::Actor;
use crate::document::Speed;
use crate::ids::{CustomerId, Sku, VendorId};
use crate::money::Currency;
use crate::order::{Answer, Band, Failure, Order, Substitute};
use crate::state::State;
use crate::stored;
use crate::transition::Trigger;

/// What is known since an entry, beside the state. No personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    /// The order exists.
    Captured {
        /// Whose it is.
        customer_id: CustomerId,
        /// Of all its amounts.
        currency: Currency,
        /// What the customer pays, in minor units.
        total: i64,
    },
    /// A draft was edited: what it says now. Its content stands in the document, which is replaced as a whole.
    DraftEdited {
        /// Of all its amounts.
        currency: Currency,
        /// What the customer would pay, in minor units.
        total: i64,
    },
    /// The customer gave the other payment method that was asked for. It stands beside the order, under the attempt's number.
    PaymentMethodGiven,
    /// The gateway wants the customer to do something (3-D Secure).
    PaymentActionRequired,
    /// The gateway reserved `amount` minor units.
    PaymentAuthorized {
        /// Minor units reserved.
        amount: i64,
    },
    /// The gateway said no.
    PaymentDeclined {
        /// The gateway's own code.
        code: String,
        /// Whether trying again is pointless.
        hard: bool,
    },
    /// The gateway took `amount` minor units.
    PaymentCaptured {
        /// Minor units taken.
        amount: i64,
    },
    /// The reservation was given back.
    PaymentVoided,
    /// `amount` minor units more are owed to the customer, though the order lives on.
    RefundDue {
        /// Minor units to give back.
        amount: i64,
    },
    /// The gateway gave back `amount` minor units.
    PaymentRefunded {
        /// Minor units given back by this refund.
        amount: i64,
    },
    /// What the order says was corrected after checks had failed; its document was replaced in the same write.
    Corrected {
        /// What the customer pays now; at most what is reserved.
        total: i64,
    },
    /// No check stands against the order and stock is held; the report is stored under this version.
    ChecksPassed {
        /// Version in the report's key.
        report: u64,
        /// Numbers of the checks that failed and ask for a verification only, by number.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        doubts: Vec<u8>,
    },
    /// Checks failed; the report is stored under this version.
    ChecksFailed {
        /// Version in the report's key.
        report: u64,
        /// Numbers of the checks that failed.
        checks: Vec<u8>,
    },
    /// The fraud rules spoke.
    Scored {
        /// 0 (legitimate) to 100 (fraud).
        score: u8,
        /// What follows from it.
        band: Band,
        /// Version in the report's key; there is a report where any rule spoke.
        report: u64,
    },
    /// Vendors are assigned and stock is allocated; the plan is stored under this version.
    Assigned {
        /// Version in the plan's key.
        report: u64,
        /// Number and vendor of each part that this assigns.
        parts: Vec<(u8, VendorId)>,
    },
    /// Held or allocated stock was given back.
    StockReleased,
    /// The gateway was asked after the order had died, and reserves nothing for it.
    NothingReserved,
    /// The customer, or somebody for it, wants the order cancelled, at a moment at which the table has no way out.
    CancelRequested,
    /// A part was cancelled while others live on: its price is owed to the customer.
    PartOwed {
        /// Number of the part.
        no: u8,
        /// Minor units to give back.
        amount: i64,
    },
    /// A part was cancelled while others live on: its stock was given back.
    PartReleased {
        /// Number of the part.
        no: u8,
    },
    /// A part's goods have left the warehouse, and the books.
    PartLeft {
        /// Number of the part.
        no: u8,
    },
    /// The vendor, or somebody for it, chose who carries a part; why stands in the entry's reason, what spoke for it in the decision beside the order.
    CarrierChosen {
        /// Number of the part.
        no: u8,
        /// The carrier's code.
        carrier: String,
        /// `standard` or `express`.
        service: Speed,
    },
    /// A package has a label; nobody has moved it.
    LabelBought {
        /// Number of the part.
        no: u8,
        /// Number of the package within it.
        package: u8,
        /// The carrier's code.
        carrier: String,
        /// The carrier's number.
        tracking_number: String,
    },
    /// The label of a package was given back.
    LabelVoided {
        /// Number of the part.
        no: u8,
        /// Number of the package within it.
        package: u8,
    },
    /// A carrier comes to fetch a part.
    PickupBooked {
        /// Number of the part.
        no: u8,
        /// The carrier's code.
        carrier: String,
        /// Its confirmation.
        confirmation: String,
    },
    /// Whoever had to hear of a cancellation has been told: the vendors of these parts, or nobody where the order had none.
    CancellationTold {
        /// Numbers of the parts.
        parts: Vec<u8>,
    },
    /// Something of a cancellation could not be undone; the sweeper or a person has it tried again.
    UndoFailed {
        /// What, each with the error's name in the machine.
        failures: Vec<Failure>,
    },
    /// Undoing was started again.
    UndoResumed,
    /// A step failed for good; a person or the sweeper starts the order again.
    Stalled {
        /// The step's name in the machine.
        step: String,
        /// The error's name in the machine.
        error: String,
    },
    /// The order was started again after a stall.
    Resumed,
    /// Nobody can deliver these goods at present; it is tried again.
    NotSourced {
        /// Number of the part; the whole order where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        no: Option<u8>,
        /// What.
        short: Vec<Sku>,
        /// What can be had in their place.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        instead: Vec<Substitute>,
        /// Whether the customer is to choose what shall become of it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        offered: bool,
    },
    /// Somebody is sought once more who can deliver.
    SourcingResumed {
        /// Number of the part; the whole order where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        no: Option<u8>,
    },
    /// The customer chose what shall become of goods that nobody can deliver.
    OfferAnswered {
        /// What.
        answer: Answer,
    },
    /// These goods are sent in the place of others; they are held in the place of those.
    Substituted {
        /// What for what.
        goods: Vec<Substitute>,
    },
}

impl Fact {
    /// The minor units that it says have moved, are reserved, or are owed.
    pub(crate) fn amount(&self) -> Option<i64> {
        match self {
            Self::PaymentAuthorized { amount }
            | Self::PaymentCaptured { amount }
            | Self::RefundDue { amount }
            | Self::PaymentRefunded { amount }
            | Self::PartOwed { amount, .. } => Some(*amount),
            _ => None,
        }
    }
}

/// One entry. `from` and `to` are the order's states or, with `part`, that part's; they are equal where only a fact was learnt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// From 1, without gaps.
    pub seq: u64,
    /// When, by our clock.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// State before.
    pub from: State,
    /// State after.
    pub to: State,
    /// What made it move.
    pub trigger: Option<Trigger>,
    /// Which part moved; the whole order where absent.
    pub part: Option<u8>,
    /// What was learnt.
    pub fact: Option<Fact>,
    /// A short code or sentence without personal data.
    pub reason: Option<String>,
    /// True where the step was not seen but follows from a later event.
    pub inferred: bool,
    /// SHA-256 over the hash before and this entry without its hash, base64url.
    pub hash: String,
}

/// What is wrong with a history.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HistoryError {
    /// No entries.
    #[error("the history is empty")]
    Empty,
    /// A number is missing or doubled.
    #[error("entry {found} stands where entry {expected} is due")]
    Gap {
        /// The number that is due.
        expected: u64,
        /// The number found.
        found: u64,
    },
    /// An entry was changed after it was written.
    #[error("entry {0} does not carry the hash of its content and of the entry before")]
    Broken(u64),
    /// The first entry is not the capture of an order.
    #[error("the first entry is not a capture")]
    NotACapture,
    /// The history is whole, but the stored order is not what it comes to.
    #[error("the stored order is not what its {0} entries come to")]
    Differs(u64),
}

/// The hash that `entry` must carry after an entry with hash `before` (empty for the first).
pub fn hash_after(before: &str, entry: &Entry) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::new().chain_update(before.as_bytes()).chain_update(stored::hashed(entry)).finalize())
}

/// The entries without their hashes, as they are stored: each follows from the entries before, and one for all of them is kept beside them.
pub fn unlinked(entries: &[Entry]) -> Vec<Entry> {
    entries.iter().map(|entry| Entry { hash: String::new(), ..entry.clone() }).collect()
}

/// The entries with their hashes again, where they follow an entry with hash `before` (empty where they are the first) and the last of them is
/// on record with hash `last`: what the record says, so that [`verify`] finds it out where the entries are not those.
fn linked(before: &str, mut entries: Vec<Entry>, last: &str) -> Vec<Entry> {
    let mut before = before.to_owned();
    for entry in &mut entries {
        before = hash_after(&before, entry);
        entry.hash.clone_from(&before);
    }
    if let Some(end) = entries.last_mut() {
        last.clone_into(&mut end.hash);
    }
    entries
}

/// The whole history out of stored pieces: segments in their order, each with the hash of its last entry, and the tail of a head with the
/// hash of its own. A segment that a writer left who came too late is the beginning of another, or of the tail.
pub fn joined<'a>(segments: impl IntoIterator<Item = (Vec<Entry>, &'a str)>, tail: Vec<Entry>, last: &str) -> Vec<Entry> {
    let tail_starts = tail.first().map_or(u64::MAX, |entry| entry.seq);
    let mut entries: Vec<Entry> = Vec::new();
    let mut add = |mut more: Vec<Entry>, last: &str| {
        let (known, before) = entries.last().map_or((0, String::new()), |entry| (entry.seq, entry.hash.clone()));
        more.retain(|entry| entry.seq > known);
        entries.extend(linked(&before, more, last));
    };
    for (mut more, last) in segments {
        more.retain(|entry| entry.seq < tail_starts);
        add(more, last);
    }
    add(tail, last);
    entries
}

/// Checks numbers and hashes from the first entry to the last.
pub fn verify(entries: &[Entry]) -> Result<(), HistoryError> {
    let mut before = "";
    for (expected, entry) in (1..).zip(entries) {
        if entry.seq != expected {
            return Err(HistoryError::Gap { expected, found: entry.seq });
        }
        if entry.hash != hash_after(before, entry) {
            return Err(HistoryError::Broken(entry.seq));
        }
        before = &entry.hash;
    }
    if entries.is_empty() { Err(HistoryError::Empty) } else { Ok(()) }
}

/// Rebuilds the order from its verified history, bit for bit.
pub fn replay(id: crate::ids::OrderId, entries: &[Entry]) -> Result<Order, HistoryError> {
    verify(entries)?;
    let (first, rest) = entries.split_first().ok_or(HistoryError::Empty)?;
    let born = Order::born(id, first).ok_or(HistoryError::NotACapture)?;
    Ok(rest.iter().fold(born, Order::with))
}

/// Proves a stored order, given as the JSON text it is stored as: its history is whole, and comes to that very text, byte for byte.
///
/// # Errors
/// What is wrong with the history, or that it comes to something else.
pub fn prove(id: crate::ids::OrderId, stored: &str, entries: &[Entry]) -> Result<(), HistoryError> {
    let order = replay(id, entries)?;
    // An order is plain data with string keys; serialising it cannot fail, and an empty text equals no stored one.
    let text = serde_json::to_string(&order).unwrap_or_default();
    if text == stored { Ok(()) } else { Err(HistoryError::Differs(order.seq)) }
}
