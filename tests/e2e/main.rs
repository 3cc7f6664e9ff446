//! Orders end to end, on the stack that `OMS_STACK` names: the deployed functions, the emulator, the payment gateway.
//!
//! Every test makes products, vendors and customers of its own, so that tests run side by side and again on a stack that has run them before. They
//! wait for what must happen, however long it takes up to a bound that only a broken stack reaches; none asserts how long anything takes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops at what it does not expect, its helpers too")]

mod carriers;
mod corrections;
mod drafts;
mod edges;
mod idempotency;
mod later;
mod matrix;
mod payments;
mod replay;
mod scarcity;
mod stock;
mod tls;
mod unpaid;
