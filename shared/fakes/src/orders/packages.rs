//! Packages and their tracking events.

use async_trait::async_trait;
use jiff::Timestamp;

use oms_contract::record::{Package, Tracked};
use oms_domain::OrderId;
use oms_ports::error::PortError;
use oms_ports::orders::{Packages, TrackedPackage};

use super::{MemoryOrders, Tables};

impl Tables {
    fn packages_where(&self, wanted: impl Fn(&Package) -> bool) -> Vec<TrackedPackage> {
        self.packages
            .iter()
            .filter(|(_, package)| wanted(package))
            .map(|((order_id, _, _), package)| TrackedPackage { order_id: *order_id, package: package.clone() })
            .collect()
    }
}

#[async_trait]
impl Packages for MemoryOrders {
    async fn find(&self, carrier: &str, number: &str) -> Result<Vec<TrackedPackage>, PortError> {
        self.faults.gate().await;
        self.call("find", |tables| Ok(tables.packages_where(|package| package.carrier == carrier && package.tracking_number == number)))
    }

    async fn keep_event(&self, id: OrderId, event: &Tracked) -> Result<bool, PortError> {
        self.faults.gate().await;
        self.call("keep_event", |tables| {
            let key = (id, event.event_id.clone());
            let new = !tables.tracked.contains_key(&key);
            tables.tracked.entry(key).or_insert_with(|| event.clone());
            Ok(new)
        })
    }

    async fn due_polls(&self, now: Timestamp, limit: u16) -> Result<Vec<TrackedPackage>, PortError> {
        self.faults.gate().await;
        self.call("due_polls", |tables| {
            let mut due = tables.packages_where(|package| package.poll_at.is_some_and(|at| at <= now));
            due.sort_by_key(|tracked| tracked.package.poll_at);
            due.truncate(usize::from(limit));
            Ok(due)
        })
    }

    async fn poll_at(&self, package: &TrackedPackage, at: Option<Timestamp>) -> Result<(), PortError> {
        self.faults.gate().await;
        self.call("poll_at", |tables| {
            let key = &package.package;
            let key = (package.order_id, key.sub_order_id.part, key.package);
            if let Some(stored) = tables.packages.get_mut(&key) {
                stored.poll_at = at;
            }
            Ok(())
        })
    }
}
