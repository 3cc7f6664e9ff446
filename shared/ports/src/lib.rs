//! What the functions need from the world, as small traits named after the need.
//!
//! Adapters stand in `shared/aws`, `shared/gateways` and `shared/carriers`; in-memory ones with fault knobs in `shared/fakes`.

pub mod audit;
pub mod budget;
pub mod carrier;
pub mod clock;
pub mod effects;
pub mod error;
pub mod gateway;
pub mod invoices;
pub mod load;
pub mod messaging;
pub mod orders;
pub mod papers;
pub mod reference;
pub mod sealer;
pub mod seen;
pub mod stock;
pub mod tally;

pub use clock::{Clock, Entropy};
pub use error::{Party, PortError, StepError};
