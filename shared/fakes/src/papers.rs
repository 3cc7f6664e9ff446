//! Labels in memory.

use std::collections::HashMap;
use std::sync::Mutex;

use async_trait::async_trait;
use jiff::Timestamp;

use oms_domain::OrderId;
use oms_ports::error::{Party, PortError};
use oms_ports::papers::{Paper, Papers};

use crate::faults::Faults;
use crate::lock;

/// Operations: `keep_paper`, `paper`.
#[derive(Default)]
pub struct MemoryPapers {
    /// Planned faults.
    pub faults: Faults,
    kept: Mutex<HashMap<(OrderId, u8, u8), Paper>>,
}

#[async_trait]
impl Papers for MemoryPapers {
    async fn keep(&self, order: OrderId, part: u8, package: u8, paper: &Paper, _: Timestamp) -> Result<(), PortError> {
        self.faults.around("keep_paper", Party::Store, || {
            lock(&self.kept).insert((order, part, package), paper.clone());
            Ok(())
        })
    }

    async fn paper(&self, order: OrderId, part: u8, package: u8) -> Result<Option<Paper>, PortError> {
        self.faults.around("paper", Party::Store, || Ok(lock(&self.kept).get(&(order, part, package)).cloned()))
    }
}
