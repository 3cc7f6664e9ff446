//! Loading reference data in bulk.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Rows of one kind, one JSON object a line: `products`, `vendors`, `customers`, `coupons` and `gift_cards` as many as fit; `taxes` all rates of each
/// country that is named; `rate_cards` all that there are; `promotions`, `regulations`, `watchlists` and `market` one line, all of it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ReferenceLines(pub String);

/// What loading did, or in a dry run would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LoadReport {
    /// Whether nothing was changed, because only that was asked.
    pub dry_run: bool,
    /// Rows that were not there.
    pub new: u32,
    /// Rows that were there and said something else.
    pub changed: u32,
    /// Rows that said the same, and were left alone.
    pub same: u32,
    /// The first hundred keys of new and changed rows.
    pub rows: Vec<LoadedRow>,
}

/// A row that was put.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LoadedRow {
    /// Its key: a SKU, a vendor's id, a country.
    pub key: String,
    /// `new` or `changed`.
    pub what: String,
}
