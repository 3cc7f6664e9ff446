//! The ports on AWS. The only crate that names `aws-sdk-*`.
//!
//! `keys` spells every key, `error` sorts every failure; the rest is one module a port.

mod batch;
mod bus;
mod chance;
mod clients;
mod error;
mod inventory;
mod item;
mod keys;
mod machine;
mod mail;
mod meter;
mod orders;
mod papers;
mod queue;
mod reference;
mod retry;
pub mod schema;
mod sealer;
mod seen;
mod tally;
mod topics;
mod transact;
mod transport;

pub use bus::EventBus;
pub use clients::{Clients, Endpoint};
pub use inventory::{Books, Claim, Drift, DynamoInventory, Moment, Share, Shelf, StockProof};
pub use keys::place as place_of;
pub use machine::StepMachine;
pub use mail::SesMailer;
pub use meter::{Count, Meter};
pub use orders::{DynamoCaptures, DynamoOrders};
pub use papers::DynamoPapers;
pub use queue::SqsQueue;
pub use reference::{DynamoReference, ReferenceItem};
pub use retry::{Sleep, wait_by};
pub use sealer::CustomerKeys;
pub use seen::DynamoSeen;
pub use tally::DynamoTally;
pub use topics::SnsTopics;
