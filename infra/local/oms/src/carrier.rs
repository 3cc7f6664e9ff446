//! The carrier's simulator: what happens to a parcel is told to it, and it tells whoever asks, or pushes it.

use serde::Serialize;

use crate::client::http;
use crate::stack::Stack;

/// One thing that happens to a parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Scan<'a> {
    /// The carrier's status code, or our canonical name of the event.
    pub event: &'a str,
}

/// Tells the simulator that this happened to the parcel; it calls our webhook.
///
/// # Errors
/// Where the simulator does not answer, or does not know the event.
pub async fn happens(stack: &Stack, tracking_number: &str, scan: Scan<'_>) -> Result<(), reqwest::Error> {
    let request = http()?.post(format!("{}/_sim/{tracking_number}", stack.carrier_url)).json(&scan);
    request.send().await?.error_for_status().map(drop)
}
