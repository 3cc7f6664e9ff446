//! Payment gateways, and what is common to all of them: making an effect once, and reading what an answer means to an order.

pub mod once;
pub mod settle;
pub mod stripe;
