//! Carriers: one folder each for what they send, and one place for what that does to an order.
//!
//! A second carrier is one more folder and one more row of [`CARRIERS`].

use std::sync::Arc;

use secrecy::SecretString;

use oms_contract::record::Tracked;
use oms_ports::carrier::Tracking;

pub mod apply;
pub mod dhl;
mod order;
mod story;

/// Why a carrier's payload says nothing. The payload itself is never quoted: it may name people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Not JSON.
    #[error("not JSON: wrong at line {line}, column {column}")]
    NotJson {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// JSON, but not a tracking payload of this carrier.
    #[error("no {0}")]
    Lacks(&'static str),
}

impl From<&serde_json::Error> for ParseError {
    fn from(error: &serde_json::Error) -> Self {
        Self::NotJson { line: error.line(), column: error.column() }
    }
}

/// A tracking event and the carrier's number that it is about. `part` and `package` of the event are 0.
pub type Numbered = (String, Tracked);

/// What it takes to call a carrier.
pub struct Access {
    /// Where its API is: scheme, host and, if any, the start of the path.
    pub base_url: String,
    /// Our key.
    pub api_key: SecretString,
}

/// Why a carrier cannot be called.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The address is none.
    #[error("the carrier's address is no http(s) URL")]
    Address,
    /// The HTTP client cannot be made.
    #[error("the HTTP client cannot be made")]
    Client(#[source] reqwest::Error),
}

/// A carrier we know.
pub struct Carrier {
    /// Its code, as in rate cards, packages and the webhook's path.
    pub code: &'static str,
    /// Reads its tracking payload, polled or pushed: events per number, oldest first. Total: no bytes make it panic, and an event that
    /// no rule knows becomes `unclassified` rather than an error.
    pub events_of: fn(&[u8]) -> Result<Vec<Numbered>, ParseError>,
    /// Connects to its tracking API.
    pub connect: fn(Access) -> Result<Arc<dyn Tracking>, SetupError>,
}

/// All carriers we know.
pub const CARRIERS: [Carrier; 1] = [dhl::CARRIER];

/// The carrier of this code.
pub fn carrier(code: &str) -> Option<Carrier> {
    CARRIERS.into_iter().find(|carrier| carrier.code == code)
}
