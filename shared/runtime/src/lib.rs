//! The shell around a function: how an event of each kind becomes a call of a handler, and its answer an answer of Lambda's.

mod batch;
pub mod clock;
pub mod config;
mod http;
mod lambda;
mod metrics;
mod reference;
mod step;
mod stream;
pub mod telemetry;

pub use batch::{Message, message_of, run_batch, run_step_and_batch};
pub use clock::{SystemClock, SystemEntropy};
pub use http::{request_of, run_http};
pub use lambda::{Fatal, run_event};
pub use metrics::EmbeddedMetrics;
pub use reference::KeptReference;
pub use step::run_step;
pub use stream::{HeadImage, head_of, run_stream};
