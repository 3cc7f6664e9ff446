//! Payment gateways, and what is common to all of them: making an effect once, and reading what an answer means to an order.

pub mod invoice;
pub mod once;
pub mod router;
pub mod settle;
pub mod stripe;
pub mod vouchers;
