//! A carrier whose scans the test writes.

use std::collections::HashMap;
use std::sync::Mutex;

use async_trait::async_trait;

use oms_contract::record::Tracked;
use oms_ports::carrier::Tracking;
use oms_ports::error::{Party, PortError};

use crate::faults::Faults;
use crate::lock;

/// A carrier. Operation: `track`; also `track:{number}`, to let a single number fail.
#[derive(Default)]
pub struct FakeTracking {
    /// Planned faults.
    pub faults: Faults,
    events: Mutex<HashMap<String, Vec<Tracked>>>,
}

impl FakeTracking {
    /// Adds an event to a number, after those it has.
    pub fn scan(&self, number: &str, event: Tracked) {
        lock(&self.events).entry(number.to_owned()).or_default().push(event);
    }
}

#[async_trait]
impl Tracking for FakeTracking {
    async fn track(&self, number: &str) -> Result<Vec<Tracked>, PortError> {
        self.faults.around("track", Party::Carrier, || {
            let op = format!("track:{number}");
            self.faults.around(&op, Party::Carrier, || Ok(lock(&self.events).get(number).cloned().unwrap_or_default()))
        })
    }
}
