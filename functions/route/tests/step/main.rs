//! The step around the plan: what is written in which order, and what becomes of runs that die, race, or come too late.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect, its helpers too")]

mod world;

mod limits;
mod order;
mod parts;
