//! The books of invoices in memory.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

use async_trait::async_trait;

use oms_domain::OrderId;
use oms_ports::error::{Party, PortError};
use oms_ports::invoices::{Invoice, Invoices, Numbered, Series};

use crate::faults::Faults;
use crate::lock;

/// Everything that the books say.
#[derive(Debug, Clone, Default)]
pub struct Books {
    /// By order and attempt.
    pub invoices: BTreeMap<(OrderId, u8), Invoice>,
    /// The last number of each series.
    pub last: HashMap<Series, u64>,
}

/// Invoices and their counters. Operations are named after the port's methods.
#[derive(Default)]
pub struct MemoryInvoices {
    /// Planned faults.
    pub faults: Faults,
    books: Mutex<Books>,
}

impl MemoryInvoices {
    /// Every invoice, by order and attempt.
    pub fn all(&self) -> Vec<Invoice> {
        lock(&self.books).invoices.values().cloned().collect()
    }

    /// Everything they say now.
    pub fn snapshot(&self) -> Books {
        lock(&self.books).clone()
    }

    /// Makes them say just this.
    pub fn restore(&self, books: &Books) {
        lock(&self.books).clone_from(books);
    }

    fn call<T>(&self, op: &str, effect: impl FnOnce(&mut Books) -> Result<T, PortError>) -> Result<T, PortError> {
        self.faults.around(op, Party::Store, || effect(&mut lock(&self.books)))
    }
}

impl Books {
    fn replace(&mut self, was: &Invoice, now: &Invoice) -> Result<(), PortError> {
        let key = (was.order_id, was.attempt);
        let stands = self.invoices.get(&key).map(|invoice| invoice.version);
        if stands != Some(was.version) {
            return Err(PortError::Conflict);
        }
        self.invoices.insert(key, now.clone());
        Ok(())
    }
}

#[async_trait]
impl Invoices for MemoryInvoices {
    async fn invoice(&self, order: OrderId, attempt: u8) -> Result<Option<Invoice>, PortError> {
        self.faults.gate().await;
        self.call("invoice", |books| Ok(books.invoices.get(&(order, attempt)).cloned()))
    }

    async fn promise(&self, new: &Invoice) -> Result<bool, PortError> {
        self.faults.gate().await;
        self.call("promise", |books| {
            let key = (new.order_id, new.attempt);
            let is_new = !books.invoices.contains_key(&key);
            books.invoices.entry(key).or_insert_with(|| new.clone());
            Ok(is_new)
        })
    }

    async fn replace(&self, was: &Invoice, now: &Invoice) -> Result<(), PortError> {
        self.faults.gate().await;
        self.call("replace", |books| books.replace(was, now))
    }

    async fn issue(&self, was: &Invoice, series: Series, now: Numbered<'_>) -> Result<Invoice, PortError> {
        self.faults.gate().await;
        self.call("issue", |books| {
            let next = books.last.get(&series).copied().unwrap_or(0) + 1;
            let now = now(&series.number(next));
            books.replace(was, &now)?;
            books.last.insert(series, next);
            Ok(now)
        })
    }
}
