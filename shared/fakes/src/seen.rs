//! What was seen before, in memory.

use std::collections::HashMap;
use std::sync::Mutex;

use async_trait::async_trait;
use jiff::Timestamp;

use oms_ports::error::{Party, PortError};
use oms_ports::seen::Seen;

use crate::faults::Faults;
use crate::lock;

/// Remembers for ever. Operations: `seen`, `note`.
#[derive(Default)]
pub struct MemorySeen {
    /// Planned faults.
    pub faults: Faults,
    notes: Mutex<HashMap<(String, String), Timestamp>>,
}

impl MemorySeen {
    /// Until when each id is remembered.
    pub fn noted(&self) -> HashMap<(String, String), Timestamp> {
        lock(&self.notes).clone()
    }
}

#[async_trait]
impl Seen for MemorySeen {
    async fn seen(&self, scope: &str, id: &str) -> Result<bool, PortError> {
        self.faults.around("seen", Party::Store, || Ok(lock(&self.notes).contains_key(&(scope.to_owned(), id.to_owned()))))
    }

    async fn note(&self, scope: &str, id: &str, until: Timestamp) -> Result<(), PortError> {
        self.faults.around("note", Party::Store, || {
            lock(&self.notes).insert((scope.to_owned(), id.to_owned()), until);
            Ok(())
        })
    }
}
