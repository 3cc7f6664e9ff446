//! Stripe, by its public HTTP API: payment intents with manual capture, one per attempt.

mod amount;
mod books;
mod client;
mod declines;
mod event;
mod evidence;
mod secret;
mod wire;

pub use client::{API_VERSION, NAME, Stripe};
pub use declines::told;
pub use event::{EventError, GatewayEvent, event_of};
pub use secret::api_key;
