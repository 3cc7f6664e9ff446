//! The functions' own libraries in one process over DynamoDB embedded: how many orders this code can do where nothing but the code and
//! its store takes time. `docs/bench.md` says what is measured and what is not.

pub mod chain;
pub mod checks;
pub mod contention;
pub mod cpu;
pub mod journal;
pub mod load;
pub mod outbox;
pub mod simulated;
pub mod store;
pub mod stream;
pub mod transition;
pub mod world;
