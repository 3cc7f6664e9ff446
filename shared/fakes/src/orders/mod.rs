//! Orders in memory: heads with optimistic concurrency, history segments, idempotency records, and what is stored beside the head.

mod effects;
mod listings;
mod packages;
mod records;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::Timestamp;

use oms_contract::record::{
    CarrierDecision, Command, FraudReport, MethodChange, Package, Plan, Record, Search, SubOrder, Tracked, ValidationReport,
};
use oms_domain::change::Changed;
use oms_domain::document::Document;
use oms_domain::history::{Entry, joined, unlinked};
use oms_domain::{Order, OrderId, timers};
use oms_ports::error::{Party, PortError};
use oms_ports::orders::{Captures, Creation, NewOrder, Orders, Origin, Paid, Stored};

use crate::build::document::{a_document_of, sub_orders_of};
pub use effects::Effect;

use crate::faults::Faults;
use crate::lock;

/// One write of a head, as the table's stream shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    /// The order after the write.
    pub order: Order,
    /// The entries that this write added.
    pub entries: Vec<Entry>,
    /// Who wrote.
    pub via: Origin,
}

/// Entries of earlier writes, and the hash of the last of them.
pub type Segment = Arc<(Vec<Entry>, String)>;

/// Everything stored. What is written once is shared between copies.
#[derive(Debug, Clone, Default)]
pub struct Tables {
    /// Heads.
    pub heads: BTreeMap<OrderId, Stored>,
    /// History, by order and number of the segment's last entry, whose hash stands with it.
    pub segments: BTreeMap<(OrderId, u64), Segment>,
    documents: HashMap<OrderId, Arc<Document>>,
    /// By scope and key: digest of the request, and the order it made.
    idempotency: HashMap<(String, String), (String, OrderId)>,
    validations: BTreeMap<(OrderId, u64), Arc<ValidationReport>>,
    frauds: BTreeMap<(OrderId, u64), Arc<FraudReport>>,
    /// Routing plans, by order and version.
    pub plans: BTreeMap<(OrderId, u64), Arc<Plan>>,
    searches: BTreeMap<(OrderId, u64), Arc<Search>>,
    /// Payment methods given later, by order and attempt.
    pub methods: BTreeMap<(OrderId, u8), MethodChange>,
    /// Sub-orders, and whether each is on its vendor's list of open ones.
    pub sub_orders: BTreeMap<(OrderId, u8), Arc<(SubOrder, bool)>>,
    /// Packages, by order, part and number.
    pub packages: BTreeMap<(OrderId, u8, u8), Package>,
    /// Decisions who carries a part, by order and part.
    pub carriers: BTreeMap<(OrderId, u8), CarrierDecision>,
    /// Commands carried out under a key.
    pub commands: BTreeMap<(OrderId, String), Command>,
    /// Tracking events kept.
    pub tracked: BTreeMap<(OrderId, String), Tracked>,
    /// Effects begun and made.
    pub effects: BTreeMap<(OrderId, String), Effect>,
    writes: Vec<Write>,
}

/// The orders table. Operations are named after the ports' methods: `load`, `commit`, `create`, `begin`, `due` …
#[derive(Default)]
pub struct MemoryOrders {
    /// Planned faults.
    pub faults: Faults,
    tables: Mutex<Tables>,
}

impl MemoryOrders {
    /// Stores an order that was not captured through the port, with the document and the sub-orders that the builders give it.
    pub fn seed(&self, changed: &Changed) -> Stored {
        self.seed_with(changed, a_document_of(&changed.order))
    }

    /// The same with a document of its own.
    pub fn seed_with(&self, changed: &Changed, document: Document) -> Stored {
        assert_eq!(document.order_id, changed.order.id, "another order's document");
        let stored = born(changed);
        let mut tables = lock(&self.tables);
        tables.documents.insert(changed.order.id, Arc::new(document));
        tables.heads.insert(changed.order.id, stored.clone());
        for (sub_order, part) in sub_orders_of(&changed.order).into_iter().zip(&changed.order.parts) {
            let open = !part.state.is_terminal();
            tables.keep(changed.order.id, &[Record::SubOrder { sub_order, open }]);
        }
        stored
    }

    /// The order as it stands, without counting as a call.
    pub fn order(&self, id: OrderId) -> Order {
        self.stored(id).order
    }

    /// The same as it is stored.
    pub fn stored(&self, id: OrderId) -> Stored {
        lock(&self.tables).heads.get(&id).expect("no such order").clone()
    }

    /// Every write of a head since the start, creations included, seeds not.
    pub fn writes(&self) -> Vec<Write> {
        lock(&self.tables).writes.clone()
    }

    /// Everything stored now, but for the record of writes.
    pub fn snapshot(&self) -> Tables {
        let mut tables = lock(&self.tables);
        tables.writes.clear();
        tables.clone()
    }

    /// Makes just this stored.
    pub fn restore(&self, tables: &Tables) {
        lock(&self.tables).clone_from(tables);
    }

    /// Commits outside any port call: what somebody else does meanwhile.
    pub fn overwrite(&self, id: OrderId, change: impl FnOnce(Changed) -> Changed) -> Stored {
        let was = self.stored(id);
        let now = change(was.change());
        lock(&self.tables).commit(&was, &now, Origin::Outside, &[]).expect("nobody else is there")
    }

    fn call<T>(&self, op: &str, effect: impl FnOnce(&mut Tables) -> Result<T, PortError>) -> Result<T, PortError> {
        self.faults.around(op, Party::Store, || effect(&mut lock(&self.tables)))
    }
}

/// Entries that stay in a head, at most. A real store counts bytes; what matters is that some heads hold several writes and some segments do.
const MOST_IN_TAIL: usize = 3;

fn born(changed: &Changed) -> Stored {
    Stored { order: changed.order.clone(), tail: unlinked(&changed.entries), wake_at: timers::indexed(None, &changed.order) }
}

impl Tables {
    fn commit(&mut self, was: &Stored, now: &Changed, origin: Origin, with: &[Record]) -> Result<Stored, PortError> {
        let id = was.order.id;
        let mut tail = was.tail.clone();
        if tail.len() + now.entries.len() > MOST_IN_TAIL {
            // The segment is written first, whatever becomes of the head: the same entries under the same key, so no harm is done.
            self.segments.insert((id, was.order.seq), Arc::new((std::mem::take(&mut tail), was.order.hash.clone())));
        }
        tail.extend(unlinked(&now.entries));
        let head = self.heads.get(&id).ok_or(PortError::Conflict)?;
        if head.order.seq != was.order.seq {
            return Err(PortError::Conflict);
        }
        if with.iter().any(|record| self.acted_on(id, record)) {
            return Err(PortError::Conflict);
        }
        let stored = Stored { order: now.order.clone(), tail, wake_at: timers::indexed(was.wake_at, &now.order) };
        self.heads.insert(id, stored.clone());
        self.keep(id, with);
        self.writes.push(Write { order: now.order.clone(), entries: now.entries.clone(), via: origin });
        Ok(stored)
    }

    /// Whether the record is of something that happens once, and has happened.
    fn acted_on(&self, id: OrderId, record: &Record) -> bool {
        match record {
            Record::Tracked(event) => self.tracked.contains_key(&(id, event.event_id.clone())),
            Record::Command(command) => self.commands.contains_key(&(id, command.key.clone())),
            _ => false,
        }
    }

    fn create(&mut self, new: &NewOrder) -> Creation {
        let id = new.changed.order.id;
        let key = (new.idempotency.scope.clone(), new.idempotency.key.clone());
        if let Some((digest, order)) = self.idempotency.get(&key) {
            return if *digest == new.idempotency.digest { Creation::Repeated(*order) } else { Creation::KeyReused };
        }
        assert!(!self.heads.contains_key(&id), "an order id was given twice");
        self.idempotency.insert(key, (new.idempotency.digest.clone(), id));
        self.documents.insert(id, Arc::new(new.document.clone()));
        self.heads.insert(id, born(&new.changed));
        self.writes.push(Write { order: new.changed.order.clone(), entries: new.changed.entries.clone(), via: Origin::Outside });
        Creation::Created
    }

    /// All entries, oldest first; `None` where there is no order.
    pub fn history(&self, id: OrderId) -> Option<Vec<Entry>> {
        let head = self.heads.get(&id)?;
        let segments = self.segments.range((id, 0)..=(id, u64::MAX)).map(|(_, segment)| (segment.0.clone(), segment.1.as_str()));
        Some(joined(segments, head.tail.clone(), &head.order.hash))
    }

    /// Heads, newest first.
    fn newest(&self) -> impl Iterator<Item = &Order> {
        self.heads.values().rev().map(|stored| &stored.order)
    }

    fn due(&self, now: Timestamp) -> Vec<OrderId> {
        let mut due: Vec<(Timestamp, OrderId)> =
            self.heads.iter().filter_map(|(id, stored)| Some((stored.wake_at?, *id))).filter(|(at, _)| *at <= now).collect();
        due.sort();
        due.into_iter().map(|(_, id)| id).collect()
    }
}

#[async_trait]
impl Orders for MemoryOrders {
    async fn load(&self, id: OrderId) -> Result<Option<Stored>, PortError> {
        self.faults.gate().await;
        self.call("load", |tables| Ok(tables.heads.get(&id).cloned()))
    }

    async fn whole(&self, id: OrderId) -> Result<(Option<Stored>, Option<Document>), PortError> {
        self.faults.gate().await;
        self.call("whole", |tables| {
            let document = tables.documents.get(&id).map(|document| (**document).clone());
            Ok((tables.heads.get(&id).cloned(), document))
        })
    }

    async fn paid(&self, id: OrderId) -> Result<Paid, PortError> {
        self.faults.gate().await;
        self.call("paid", |tables| {
            let document = tables.documents.get(&id).map(|document| (**document).clone());
            Ok(Paid { order: tables.heads.get(&id).cloned(), document, outcomes: tables.outcomes(id) })
        })
    }

    async fn commit(&self, was: &Stored, now: Changed, origin: Origin, with: &[Record]) -> Result<Stored, PortError> {
        if now.is_empty() {
            return Ok(was.clone());
        }
        self.faults.gate().await;
        self.call("commit", |tables| tables.commit(was, &now, origin, with))
    }

    async fn document(&self, id: OrderId) -> Result<Option<Document>, PortError> {
        self.faults.gate().await;
        self.call("document", |tables| Ok(tables.documents.get(&id).map(|document| (**document).clone())))
    }

    async fn keep(&self, id: OrderId, records: &[Record]) -> Result<(), PortError> {
        self.faults.gate().await;
        self.call("keep", |tables| {
            if records.iter().any(|record| matches!(record, Record::Command(_)) && tables.acted_on(id, record)) {
                return Err(PortError::Conflict);
            }
            tables.keep(id, records);
            Ok(())
        })
    }

    async fn settle(&self, id: OrderId, plan: &Plan, instead: Option<&Plan>) -> Result<Plan, PortError> {
        self.faults.gate().await;
        self.call("settle", |tables| {
            let stored = tables.plans.get(&(id, plan.version)).map(|stored| (**stored).clone());
            if let Some(stored) = stored.filter(|stored| Some(stored) != instead) {
                return Ok(stored);
            }
            tables.keep(id, &[Record::Plan(plan.clone())]);
            Ok(plan.clone())
        })
    }
}

#[async_trait]
impl Captures for MemoryOrders {
    async fn create(&self, new: &NewOrder) -> Result<Creation, PortError> {
        self.faults.gate().await;
        self.call("create", |tables| Ok(tables.create(new)))
    }
}
