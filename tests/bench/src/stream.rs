//! Stands for the stream of the orders table: every write of a head is kept until the relay takes it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use oms_contract::record::{Plan, Record};
use oms_domain::OrderId;
use oms_domain::change::Changed;
use oms_domain::document::Document;
use oms_ports::PortError;
use oms_ports::orders::{Captures, Creation, NewOrder, Orders, Origin, Paid, Stored};
use relay::Written;

/// Writes by order, in their sequence.
#[derive(Debug, Clone, Default)]
pub struct Stream(Arc<Mutex<HashMap<OrderId, Vec<Written>>>>);

impl Stream {
    /// The writes of an order since they were last taken.
    pub fn take(&self, id: OrderId) -> Vec<Written> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&id).unwrap_or_default()
    }

    fn push(&self, write: Written) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(write.order.id).or_default().push(write);
    }
}

/// A store whose writes of heads show up in a stream.
pub struct Streamed<S> {
    store: Arc<S>,
    stream: Stream,
}

impl<S> Streamed<S> {
    /// This store, writing to this stream.
    pub fn new(store: Arc<S>, stream: &Stream) -> Arc<Self> {
        Arc::new(Self { store, stream: stream.clone() })
    }
}

#[async_trait]
impl<S: Orders> Orders for Streamed<S> {
    async fn load(&self, id: OrderId) -> Result<Option<Stored>, PortError> {
        self.store.load(id).await
    }

    async fn whole(&self, id: OrderId) -> Result<(Option<Stored>, Option<Document>), PortError> {
        self.store.whole(id).await
    }

    async fn paid(&self, id: OrderId) -> Result<Paid, PortError> {
        self.store.paid(id).await
    }

    async fn commit(&self, was: &Stored, now: Changed, origin: Origin, with: &[Record]) -> Result<Stored, PortError> {
        let entries = now.entries.clone();
        let stored = self.store.commit(was, now, origin, with).await?;
        if stored.order.seq != was.order.seq {
            self.stream.push(Written { order: stored.order.clone(), entries, via: origin });
        }
        Ok(stored)
    }

    async fn document(&self, id: OrderId) -> Result<Option<Document>, PortError> {
        self.store.document(id).await
    }

    async fn keep(&self, id: OrderId, records: &[Record]) -> Result<(), PortError> {
        self.store.keep(id, records).await
    }

    async fn settle(&self, id: OrderId, plan: &Plan, instead: Option<&Plan>) -> Result<Plan, PortError> {
        self.store.settle(id, plan, instead).await
    }
}

#[async_trait]
impl<S: Captures> Captures for Streamed<S> {
    async fn create(&self, new: &NewOrder) -> Result<Creation, PortError> {
        let made = self.store.create(new).await?;
        if made == Creation::Created {
            let (order, entries) = (new.changed.order.clone(), new.changed.entries.clone());
            self.stream.push(Written { order, entries, via: Origin::Outside });
        }
        Ok(made)
    }
}
