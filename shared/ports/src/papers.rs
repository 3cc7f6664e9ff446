//! What labels are printed from, kept sealed for as long as anybody may print them again.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use oms_domain::OrderId;
use oms_domain::document::Sealed;

use crate::error::PortError;

/// Of which kind the sealed bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::Display, strum::EnumString)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum PaperKind {
    /// A PDF.
    Pdf,
    /// A PNG.
    Png,
    /// JSON: captions and texts.
    Data,
}

/// A label's artwork, sealed: it names the customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper {
    /// What it is.
    pub kind: PaperKind,
    /// The bytes.
    pub sealed: Sealed,
}

/// Keeps labels.
#[async_trait]
pub trait Papers: Send + Sync {
    /// Keeps the label of a package until then; the same again changes nothing.
    async fn keep(&self, order: OrderId, part: u8, package: u8, paper: &Paper, until: Timestamp) -> Result<(), PortError>;

    /// The label; `None` where none was kept, or its time is over.
    async fn paper(&self, order: OrderId, part: u8, package: u8) -> Result<Option<Paper>, PortError>;
}
