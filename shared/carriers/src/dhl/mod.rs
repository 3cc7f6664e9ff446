//! DHL: Shipment Tracking - Unified, and its push twin, which sends the same payload.

mod client;
mod parse;
mod rules;

use crate::Carrier;

pub use parse::events_of;

/// DHL's row.
pub const CARRIER: Carrier = Carrier { code: "dhl", events_of, connect: client::connect };
