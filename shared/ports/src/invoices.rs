//! Our own books of payments on invoice: what was promised, invoiced and credited, under numbers without gaps.

use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use oms_domain::{Money, OrderId};

use crate::error::PortError;

/// A payment on invoice: one per order and attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice {
    /// For which order.
    pub order_id: OrderId,
    /// For which attempt to pay it.
    pub attempt: u8,
    /// From 1, one more with each change.
    pub version: u32,
    /// What the customer has promised to pay.
    pub promised: Money,
    /// When.
    pub promised_at: Timestamp,
    /// How far it has come.
    pub stage: Stage,
    /// Credit notes, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub credits: Vec<Credit>,
}

/// How far an invoice has come. Each stage keeps the key of the call that brought it there, so that a repeated call is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub enum Stage {
    /// Payment on invoice is granted; nothing is invoiced yet.
    Promised,
    /// Given up before it was invoiced.
    Withdrawn {
        /// Key of the call.
        key: String,
    },
    /// Invoiced.
    Issued {
        /// Its number; gapless within its series.
        number: String,
        /// Minor units invoiced: at most what was promised.
        amount: i64,
        /// When.
        at: Timestamp,
        /// Key of the call.
        key: String,
    },
}

/// A credit note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credit {
    /// Its number; gapless within its series.
    pub number: String,
    /// Minor units credited.
    pub amount: i64,
    /// When.
    pub at: Timestamp,
    /// Key of the call.
    pub key: String,
}

impl Invoice {
    /// Minor units credited in all.
    pub fn credited(&self) -> i64 {
        self.credits.iter().map(|credit| credit.amount).sum()
    }
}

/// Which documents are numbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Papers {
    /// Invoices.
    Invoice,
    /// Credit notes.
    CreditNote,
}

/// A series of numbers: 1, 2, 3, …, each used once and none left out. An installation serves one marketplace, so its series are that
/// marketplace's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Series {
    /// Of what.
    pub papers: Papers,
    /// The UTC year in which they are issued.
    pub year: i16,
}

impl Series {
    /// A number as people read it: `INV-2026-000042`, `CN-2026-000007`.
    pub fn number(&self, n: u64) -> String {
        format!("{self}-{n:06}")
    }
}

impl fmt::Display for Series {
    /// `INV-2026`, `CN-2026`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = match self.papers {
            Papers::Invoice => "INV",
            Papers::CreditNote => "CN",
        };
        write!(f, "{prefix}-{}", self.year)
    }
}

/// The invoice with the number it is given.
pub type Numbered<'a> = &'a (dyn Fn(&str) -> Invoice + Send + Sync);

/// Keeps invoices.
#[async_trait]
pub trait Invoices: Send + Sync {
    /// The invoice of this order and attempt, strongly consistent; `None` where there is none.
    async fn invoice(&self, order: OrderId, attempt: u8) -> Result<Option<Invoice>, PortError>;

    /// Keeps a new one; false where there is one already, which stays.
    async fn promise(&self, new: &Invoice) -> Result<bool, PortError>;

    /// Keeps `now` in the place of `was`; [`PortError::Conflict`] where it changed meanwhile.
    async fn replace(&self, was: &Invoice, now: &Invoice) -> Result<(), PortError>;

    /// Takes the next number of the series and keeps the invoice with it in the place of `was`, in one transaction: no number is taken
    /// that no invoice bears. [`PortError::Conflict`] where the invoice changed meanwhile, or the series was too busy.
    async fn issue(&self, was: &Invoice, series: Series, now: Numbered<'_>) -> Result<Invoice, PortError>;
}
