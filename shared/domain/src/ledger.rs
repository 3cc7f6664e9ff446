//! The order's payment ledger: what its history says of money, line by line with running balances.
//!
//! It is read from the entries alone and never stored, so it can only grow as the history does: append-only by construction.
//! [`crate::order::Order`] keeps the same sums by its own arithmetic; a test walks both and holds them equal.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::history::{Entry, Fact};
use crate::order::Payment;

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Booking {
    /// Money was reserved.
    Authorized,
    /// Reserved money was taken.
    Captured,
    /// A reservation was given back, or lapsed.
    Voided,
    /// Money is owed to the customer, though the order lives on.
    Owed,
    /// Money was given back.
    Refunded,
}

/// Amounts by account, in minor units of the order's currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balances {
    /// Reserved at present.
    pub authorized: i64,
    /// Taken in all.
    pub captured: i64,
    /// Given back in all; never more than `captured`.
    pub refunded: i64,
    /// Owed and not yet given back.
    pub owed: i64,
}

impl Balances {
    /// The summary that the order keeps.
    pub fn of(payment: &Payment) -> Self {
        Self { authorized: payment.authorized, captured: payment.captured, refunded: payment.refunded, owed: payment.owed }
    }

    /// Taken and not given back.
    pub fn kept(&self) -> i64 {
        self.captured - self.refunded
    }

    /// Both added, account by account; saturates.
    #[must_use]
    pub fn plus(self, change: Self) -> Self {
        Self {
            authorized: self.authorized.saturating_add(change.authorized),
            captured: self.captured.saturating_add(change.captured),
            refunded: self.refunded.saturating_add(change.refunded),
            owed: self.owed.saturating_add(change.owed),
        }
    }
}

/// One row: an entry of the history that moved money, or promised to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Number of the history entry.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// What it is about.
    pub booking: Booking,
    /// By how much each account changes.
    pub change: Balances,
    /// Each account after it: the sum of all changes so far.
    pub balance: Balances,
}

/// The ledger of an order with this history, oldest first.
pub fn of(history: &[Entry]) -> Vec<Row> {
    let mut balance = Balances::default();
    let mut rows = Vec::new();
    for entry in history {
        let Some((booking, change)) = entry.fact.as_ref().and_then(|fact| booked(fact, balance)) else { continue };
        balance = balance.plus(change);
        rows.push(Row { seq: entry.seq, at: entry.at, booking, change, balance });
    }
    rows
}

/// What a fact books on accounts that stand at `balance`; `None` where it moves nothing.
fn booked(fact: &Fact, balance: Balances) -> Option<(Booking, Balances)> {
    let none = Balances::default();
    let released = Balances { authorized: -balance.authorized, ..none };
    match fact {
        Fact::PaymentAuthorized { amount } => {
            Some((Booking::Authorized, Balances { authorized: amount.saturating_sub(balance.authorized), ..none }))
        }
        Fact::PaymentCaptured { amount } => Some((Booking::Captured, Balances { captured: *amount, ..released })),
        // A refusal after the reservation ends it: it ran out, or could not be taken.
        Fact::PaymentVoided | Fact::PaymentDeclined { .. } => (balance.authorized != 0).then_some((Booking::Voided, released)),
        Fact::RefundDue { amount } | Fact::PartOwed { amount, .. } => Some((Booking::Owed, Balances { owed: *amount, ..none })),
        Fact::PaymentRefunded { amount } => {
            let settled = balance.owed.min(*amount);
            Some((Booking::Refunded, Balances { refunded: *amount, owed: -settled, ..none }))
        }
        Fact::Captured { .. }
        | Fact::DraftEdited { .. }
        | Fact::Corrected { .. }
        | Fact::PaymentMethodGiven
        | Fact::PaymentActionRequired
        | Fact::ChecksPassed { .. }
        | Fact::ChecksFailed { .. }
        | Fact::Scored { .. }
        | Fact::Assigned { .. }
        | Fact::StockReleased
        | Fact::NothingReserved
        | Fact::CancelRequested
        | Fact::PartReleased { .. }
        | Fact::PartLeft { .. }
        | Fact::CancellationTold { .. }
        | Fact::UndoFailed { .. }
        | Fact::UndoResumed
        | Fact::Stalled { .. }
        | Fact::CarrierChosen { .. }
        | Fact::LabelBought { .. }
        | Fact::LabelVoided { .. }
        | Fact::PickupBooked { .. }
        | Fact::Resumed
        | Fact::NotSourced { .. }
        | Fact::SourcingResumed { .. }
        | Fact::OfferAnswered { .. }
        | Fact::Substituted { .. } => None,
    }
}
