//! Orders and what is stored beside them.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::{Timestamp, civil::Date};

use oms_contract::record::{Command, Dossier, FraudReport, MethodChange, Plan, Record, SubOrder, Tracked, ValidationReport};
use oms_domain::change::Changed;
use oms_domain::document::Document;
use oms_domain::history::Entry;
use oms_domain::{CustomerId, Order, OrderId, VendorId};

use crate::effects::EffectKey;
use crate::error::PortError;

/// An order as it was read: what a later commit is conditional on.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// The head.
    pub order: Order,
    /// Entries of the last writes, without their hashes, which a later write moves to a history segment.
    pub tail: Vec<Entry>,
    /// When the wake index will bring the order up; never later than the next thing due.
    pub wake_at: Option<Timestamp>,
}

impl Stored {
    /// The order, ready to be changed.
    pub fn change(&self) -> Changed {
        Changed::of(self.order.clone())
    }
}

/// An order with all that its payment came to so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Paid {
    /// The order; `None` where there is none.
    pub order: Option<Stored>,
    /// Its document.
    pub document: Option<Document>,
    /// Outcomes of the payment effects that are finished. An outcome never changes.
    pub outcomes: Outcomes,
}

/// Outcomes of effects, by the text of their keys.
pub type Outcomes = BTreeMap<String, serde_json::Value>;

impl Paid {
    /// The outcome of an effect; `None` where it was not finished when the order was read.
    pub fn outcome(&self, key: &EffectKey) -> Option<&serde_json::Value> {
        self.outcomes.get(&key.to_string())
    }
}

/// Whether the machine itself wrote, or somebody it has to be started for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A step of a running execution: it goes on by itself.
    Machine,
    /// Anybody else: the relay starts the machine if there is something to do.
    Outside,
}

/// A new order.
#[derive(Debug, Clone)]
pub struct NewOrder {
    /// Its head and first entry.
    pub changed: Changed,
    /// Its document.
    pub document: Document,
    /// Under which key the client may repeat the request.
    pub idempotency: IdempotencyKey,
}

/// A client's idempotency key, in the client's own scope, with the digest of what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// Role and subject of the caller: keys of different callers never meet.
    pub scope: String,
    /// The key as sent.
    pub key: String,
    /// SHA-256 of the body, base64url.
    pub digest: String,
    /// When the record may be forgotten.
    pub expires: Timestamp,
}

/// What became of a capture.
#[derive(Debug, Clone, PartialEq)]
pub enum Creation {
    /// The order is new.
    Created,
    /// The same request came before and made this order.
    Repeated(OrderId),
    /// The key came before with another body.
    KeyReused,
}

/// Reads and changes orders.
#[async_trait]
pub trait Orders: Send + Sync {
    /// The order, strongly consistent; `None` where there is none.
    async fn load(&self, id: OrderId) -> Result<Option<Stored>, PortError>;

    /// The order and its document in one read, strongly consistent; both `None` where there is no order.
    async fn whole(&self, id: OrderId) -> Result<(Option<Stored>, Option<Document>), PortError>;

    /// The order, its document and the outcomes of its payment's effects in one read, strongly consistent.
    async fn paid(&self, id: OrderId) -> Result<Paid, PortError>;

    /// Stores the entries of `now`, and `with` in the same transaction, on condition that the order is still as it `was`.
    /// Nothing is written where `now` has no entries. Returns the order as it then is; [`PortError::Conflict`] where it changed meanwhile.
    async fn commit(&self, was: &Stored, now: Changed, origin: Origin, with: &[Record]) -> Result<Stored, PortError>;

    /// The order's document; `None` where there is no order.
    async fn document(&self, id: OrderId) -> Result<Option<Document>, PortError>;

    /// Stores records on their own, each idempotently under its key. For what a later commit will refer to by version, and for a command that
    /// found its work done: [`PortError::Conflict`] where its key was used before.
    async fn keep(&self, id: OrderId, records: &[Record]) -> Result<(), PortError>;

    /// Stores a plan, unless another than `instead` is stored under its version: of several runs at once, one plans. Returns the plan that is stored.
    async fn settle(&self, id: OrderId, plan: &Plan, instead: Option<&Plan>) -> Result<Plan, PortError>;
}

/// Creates orders.
#[async_trait]
pub trait Captures: Send + Sync {
    /// Stores order, document and idempotency record in one transaction, or finds that they were stored before.
    async fn create(&self, new: &NewOrder) -> Result<Creation, PortError>;
}

/// Reads single records.
#[async_trait]
pub trait Records: Send + Sync {
    /// The validation report of that version.
    async fn validation(&self, id: OrderId, version: u64) -> Result<Option<ValidationReport>, PortError>;
    /// The fraud report of that version.
    async fn fraud(&self, id: OrderId, version: u64) -> Result<Option<FraudReport>, PortError>;
    /// The plan of that version.
    async fn plan(&self, id: OrderId, version: u64) -> Result<Option<Plan>, PortError>;
    /// The sub-orders, by number.
    async fn sub_orders(&self, id: OrderId) -> Result<Vec<SubOrder>, PortError>;
    /// The command that was carried out under that key, strongly consistent; `None` where none was.
    async fn command(&self, id: OrderId, key: &str) -> Result<Option<Command>, PortError>;
    /// The payment method given for an attempt, where it is not the document's.
    async fn method(&self, id: OrderId, attempt: u8) -> Result<Option<MethodChange>, PortError>;
    /// Everything stored beside the order.
    async fn dossier(&self, id: OrderId) -> Result<Dossier, PortError>;
    /// The whole history, oldest first.
    async fn history(&self, id: OrderId) -> Result<Vec<Entry>, PortError>;
}

/// Where a listing goes on; opaque to clients.
pub type Cursor = String;

/// A page of a listing: heads by time of capture, newest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Page {
    /// Orders of the page. May be fewer than asked for, or none, though more follow: a filter may have dropped some.
    pub orders: Vec<Order>,
    /// Where the next page starts; `None` at the end.
    pub next: Option<Cursor>,
}

/// Which orders to list. Each costs the same however many orders are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listing {
    /// A customer's own.
    OfCustomer(CustomerId),
    /// A vendor's: those it has work with, or those it is done with.
    OfVendor {
        /// Whose.
        vendor_id: VendorId,
        /// Still to be accepted, picked, packed or handed over.
        open: bool,
    },
    /// All that were captured on one UTC day.
    OfDay(Date),
    /// All that need somebody's attention for this reason: a name that `record::attention` gives.
    NeedingAttention(String),
}

/// Lists orders.
#[async_trait]
pub trait Listings: Send + Sync {
    /// One page, captured in `[from, to)` where given, of at most `limit` (1 to 100) orders.
    async fn list(
        &self,
        listing: &Listing,
        range: (Option<Timestamp>, Option<Timestamp>),
        cursor: Option<&Cursor>,
        limit: u8,
    ) -> Result<Page, PortError>;

    /// When the customer's latest orders were captured, newest first, at most `limit` of them. Eventually consistent.
    async fn latest_of(&self, customer: &CustomerId, limit: u16) -> Result<Vec<Timestamp>, PortError>;
}

/// Finds orders whose time has come.
#[async_trait]
pub trait Wakes: Send + Sync {
    /// Orders due at `now`, most overdue first, at most `limit`.
    async fn due(&self, now: Timestamp, limit: u16) -> Result<Vec<OrderId>, PortError>;

    /// Sets when to look at the order next, if it is still as it `was`; [`PortError::Conflict`] otherwise.
    async fn wake(&self, was: &Stored, at: Option<Timestamp>) -> Result<(), PortError>;
}

/// A package and whose it is.
#[derive(Debug, Clone, PartialEq)]
pub struct TrackedPackage {
    /// The order.
    pub order_id: OrderId,
    /// The package.
    pub package: oms_contract::record::Package,
}

/// Tracking of packages.
#[async_trait]
pub trait Packages: Send + Sync {
    /// The packages with this carrier's number: usually one; several where a number was used again.
    async fn find(&self, carrier: &str, number: &str) -> Result<Vec<TrackedPackage>, PortError>;

    /// Keeps a tracking event. False where it was kept before.
    async fn keep_event(&self, id: OrderId, event: &Tracked) -> Result<bool, PortError>;

    /// Packages whose poll is due, at most `limit`.
    async fn due_polls(&self, now: Timestamp, limit: u16) -> Result<Vec<TrackedPackage>, PortError>;

    /// Sets when to poll next, or never again.
    async fn poll_at(&self, package: &TrackedPackage, at: Option<Timestamp>) -> Result<(), PortError>;
}
