//! Every JSON shape that crosses a border, and the names that both sides of it must agree on.

pub mod api;
pub mod event;
pub mod http;
pub mod idempotency;
pub mod lines;
pub mod openapi;
pub mod problem;
pub mod queue;
pub mod record;
pub mod reference;
pub mod step;
