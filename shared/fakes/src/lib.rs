//! Test support: every port in memory, with faults on demand, builders of valid domain values, and the behaviour that every adapter must share.
//!
//! A dev-dependency only. The fakes keep the meaning of the stored layout (conditional writes, leases, history segments), not its shape;
//! [`conformance`] holds them and the real adapters to the same behaviour.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "test support: a broken expectation here is a broken test and must stop it"
)]
#![allow(clippy::missing_panics_doc, reason = "panics are how test support reports misuse")]

pub mod build;
pub mod carrier;
pub mod clock;
pub mod conformance;
pub mod faults;
pub mod gate;
pub mod gateway;
pub mod inventory;
pub mod invoices;
pub mod messaging;
pub mod orders;
pub mod papers;
pub mod reference;
pub mod sealer;
pub mod seen;
pub mod tracking;
pub mod wire;

pub use build::discount::{a_coupon, a_gift_card, a_promotion};
pub use build::document::{a_document, a_document_of, allocations_of, some_personal, sub_orders_of};
pub use build::order::{OrderBuilder, an_order};
pub use build::payment::some_evidence;
pub use build::reference::{a_booking, a_customer, a_market, a_product, a_vendor, some_stock};
pub use build::{NOON, at, currency, customer, sku, vendor, warehouse};
pub use carrier::FakeLabels;
pub use clock::{CountingEntropy, FixedClock};
pub use faults::{Fault, Faults};
pub use gate::{Gate, Strike};
pub use gateway::FakeGateway;
pub use inventory::MemoryInventory;
pub use invoices::MemoryInvoices;
pub use messaging::{MemoryBus, MemoryMachine, MemoryMailer, MemoryMetrics, MemoryQueue, MemoryTasks, MemoryTopics};
pub use orders::MemoryOrders;
pub use papers::MemoryPapers;
pub use reference::MemoryReference;
pub use sealer::MemorySealer;
pub use seen::MemorySeen;
pub use tracking::FakeTracking;

use std::sync::{Mutex, MutexGuard};

/// Locks; a poisoned lock means that another assertion failed first.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no test panics while it holds a fake")
}
