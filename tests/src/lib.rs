//! Tests that no single crate can hold: the layout of the workspace, orders end to end, and orders whose every call is made to fail. Here is what the
//! latter two share.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops at what it does not expect, its helpers too")]
#![allow(clippy::missing_panics_doc, reason = "likewise")]

pub mod acts;
pub mod history;
pub mod shop;
