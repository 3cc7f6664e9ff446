//! A running stack as a developer's program sees it: where it is, tokens for it, its API, and what its neighbours (the payment gateway,
//! the mailbox, the carrier) have seen.
//!
//! The tool `oms` and the end-to-end tests are written with it. Nothing that is deployed uses it.

pub mod audit;
pub mod carrier;
pub mod client;
pub mod gateway;
pub mod mailbox;
pub mod olist;
pub mod queues;
pub mod seed;
pub mod stack;
pub mod tokens;
pub mod workload;

pub use client::{Answer, ApiError, Client};
pub use stack::{Stack, StackError};
