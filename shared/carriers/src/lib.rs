//! Carriers: one folder each for what they send, and one place for what that does to an order.
//!
//! A second carrier is one more folder and one more row of [`CARRIERS`].

use std::sync::Arc;

use reqwest::Client;
use secrecy::SecretString;

use oms_contract::record::Tracked;
use oms_ports::carrier::{Labels, Tracking};
use oms_ports::{Party, PortError};

pub mod accounts;
pub mod apply;
pub mod desk;
pub mod dhl;
pub mod fedex;
pub mod gls;
mod http;
mod measure;
mod order;
pub mod postnl;
mod story;
pub mod ups;
pub mod usps;
mod words;

pub use http::client;

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
#[derive(Clone)]
pub struct Access {
    /// Shared by all carriers: what it trusts is read from the system's files once, which takes longer than all else that a function does at its start.
    pub http: Client,
    /// Where its API is: scheme, host and, if any, the start of the path.
    pub base_url: String,
    /// Our user name or client id there; empty where a key is enough.
    pub client_id: String,
    /// Our key, password or client secret.
    pub api_key: SecretString,
    /// What is billed, as the carrier calls it; empty where nothing is bought.
    pub account: String,
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

/// How a label API is connected to.
pub type ConnectLabels = fn(Access) -> Result<Arc<dyn Labels>, SetupError>;

/// A carrier we know.
pub struct Carrier {
    /// Its code, as in rate cards, packages and the webhook's path.
    pub code: &'static str,
    /// Reads its tracking payload, polled or pushed: events per number, oldest first. Total: no bytes make it panic, and an event that
    /// no rule knows becomes `unclassified` rather than an error.
    pub events_of: fn(&[u8]) -> Result<Vec<Numbered>, ParseError>,
    /// Connects to its tracking API.
    pub connect: fn(Access) -> Result<Arc<dyn Tracking>, SetupError>,
    /// Connects to its label API.
    pub connect_labels: Option<ConnectLabels>,
    /// Which entry of the configuration the label API's address and account are under: mostly its code.
    pub labels_at: &'static str,
}

/// All carriers we know.
pub const CARRIERS: [Carrier; 6] = [dhl::CARRIER, fedex::CARRIER, gls::CARRIER, postnl::CARRIER, ups::CARRIER, usps::CARRIER];

/// The carrier of this code.
pub fn carrier(code: &str) -> Option<Carrier> {
    CARRIERS.into_iter().find(|carrier| carrier.code == code)
}

/// What a good answer tells of parcels.
fn tracked(
    answer: http::Answer,
    code: http::CodeOf,
    events_of: fn(&[u8]) -> Result<Vec<Numbered>, ParseError>,
) -> Result<Vec<Numbered>, PortError> {
    events_of(&http::accepted(answer, code)?.body).map_err(|error| PortError::corrupt(Party::Carrier, error))
}

/// A carrier may list several parcels under one number, and may write the number another way than we do.
fn of_number(number: &str, events: Vec<Numbered>) -> Vec<Tracked> {
    let named = events.iter().any(|(of, _)| of == number);
    let ours = events.into_iter().filter(|(of, _)| !named || of == number).map(|(_, event)| event);
    ours.collect()
}
