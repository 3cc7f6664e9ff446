//! DHL: Shipment Tracking - Unified, and its push twin, which sends the same payload; labels of DHL Express.

mod client;
mod labels;
mod parse;
mod rules;

use crate::Carrier;

pub use parse::events_of;

/// DHL's row.
pub const CARRIER: Carrier =
    Carrier { code: "dhl", events_of, connect: client::connect, connect_labels: Some(labels::connect), labels_at: "dhl-express" };
