//! Booking stock, and asking what is left of it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Entries of the stock's books, one [`StockLine`] as a JSON object a line.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct StockLines(pub String);

/// What happened to goods of one SKU at one warehouse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StockLine {
    /// The entry's own id, say of the delivery note and its position: what is booked under it is booked once. 1 to 64 characters, unique within its SKU.
    pub id: String,
    /// What.
    pub sku: String,
    /// Whose.
    pub vendor_id: String,
    /// Where; a warehouse of the vendor.
    pub warehouse_id: String,
    /// `receipt`: so many units came. `loss`: so many are gone. `count`: so many are there, those that are set aside for orders among them. `correction`: an
    /// earlier entry said so many too few or, below zero, too many.
    pub kind: String,
    /// Units, at most a million: from 1 of a receipt or a loss, from 0 of a count, any but 0 of a correction.
    pub quantity: i64,
    /// `false` where the vendor may not sell them: then no order is promised any of them.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub for_sale: bool,
}

fn yes() -> bool {
    true
}

/// What came of the lines, or in a dry run would come of each for itself, as the books stand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StockReport {
    /// Whether nothing was booked, because only that was asked.
    pub dry_run: bool,
    /// Lines that were booked.
    pub booked: usize,
    /// Lines that had been booked before, under the same id and saying the same; nothing was changed.
    pub repeated: usize,
    /// Lines that the books do not take; nothing was changed.
    pub refused: usize,
    /// Every line, in the order in which they came.
    pub lines: Vec<BookedLine>,
}

/// What came of one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BookedLine {
    /// Its number in the body, from 1.
    pub line: usize,
    /// The entry's own id.
    pub id: String,
    /// What.
    pub sku: String,
    /// `booked`, `repeated` or `refused`.
    pub what: String,
    /// Units at the warehouse that may still be set aside for orders, where it was booked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available: Option<u32>,
    /// Units at the warehouse that are set aside for orders, where it was booked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allocated: Option<u32>,
    /// Where it was refused: `too_few` (there would be fewer than none, or than orders were promised), `other_entry` (its id is another entry's) or
    /// `vendor_may_not_sell` (what is for sale must be of a vendor that is approved and not suspended).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What to do about it, where it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mend: Option<String>,
}

/// What is left of SKUs, as of a moment ago: only an order that is placed holds anything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AvailabilityView {
    /// SKUs of the catalogue, in the order in which they were asked for.
    pub skus: Vec<SkuAvailability>,
    /// SKUs that are not in the catalogue.
    pub unknown: Vec<String>,
}

/// What is left of a SKU.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SkuAvailability {
    /// What.
    pub sku: String,
    /// Units that may be sold, of all vendors together; 0 where there are none, and where the product is not sold at present.
    pub available: u32,
}
