//! The order and its rules: no I/O, no clock, no AWS.
//!
//! Everything here is a value or a pure function of values. Read from top to bottom: what an order is made of, which states
//! it can be in, what may change it, how its history is kept, and what the machine does with it next.

pub mod actor;
pub mod address;
pub mod area;
pub mod change;
pub mod customs;
pub mod document;
pub mod flow;
pub mod history;
pub mod ids;
pub mod ledger;
pub mod money;
pub mod order;
pub mod reason;
pub mod shipping;
pub mod state;
mod stored;
pub mod territory;
pub mod timers;
pub mod tracking;
pub mod transition;

pub use actor::{Actor, ActorKind};
pub use ids::{CustomerId, OrderId, Sku, SubOrderId, VendorId, WarehouseId};
pub use money::{Currency, Money, MoneyError};
pub use order::Order;
pub use state::State;
