//! Requests and answers of the API.
//!
//! Requests are read loosely (texts and numbers) and then accepted as a whole, so that a client is told everything that is wrong at once.

pub mod amend;
mod card_number;
pub mod command;
pub mod endpoints;
pub mod load;
pub mod place;
pub mod routing;
pub mod stock;
pub mod view;
