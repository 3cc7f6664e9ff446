//! Stock: what may be promised, what is held, what is allocated. Every change is one conditional transaction under the order's own id.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use oms_contract::record::Allocation;
use oms_domain::{Actor, OrderId, Sku, VendorId, WarehouseId};

use crate::budget::{Budget, BudgetKey, Portion};
use crate::error::PortError;

/// What may still be promised of a SKU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Availability {
    /// What.
    pub sku: Sku,
    /// How many; zero where the SKU has no pool.
    pub free: u32,
}

/// All that an order takes at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Demand {
    /// How many of each SKU, each once.
    pub goods: Vec<(Sku, u32)>,
    /// Its share in budgets, each once.
    pub budgets: Vec<Budget>,
    /// Version of the order that asks. Where an order holds something else since an older version, it was corrected meanwhile.
    pub version: u64,
}

/// What came of a hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// It is held, now or since an earlier run.
    Yes,
    /// Not enough of these is free; nothing was held.
    Short(Vec<Sku>),
    /// Too little is left of these budgets, and of these SKUs too few are free; nothing was held.
    Spent {
        /// At least one.
        budgets: Vec<BudgetKey>,
        /// Short as well.
        skus: Vec<Sku>,
    },
    /// More goods and budgets than can be held all at once (about [`MOST_HELD`]); nothing was held.
    TooMany,
    /// The order's hold was released before; a dead order takes no new one.
    Released,
}

/// Goods and budgets that can be held at once, each counted in one shard: one write holds all of them or none, and takes a hundred items, the hold among them.
pub const MOST_HELD: usize = 99;

/// Goods that an order is to hold in the place of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// What it holds.
    pub from: Sku,
    /// What it shall hold instead.
    pub to: Sku,
    /// Of both; at least 1.
    pub quantity: u32,
}

/// What came of an allocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allocated {
    /// The sources gave, now or in an earlier run.
    Yes,
    /// These sources had less than planned; nothing was allocated.
    Short(Vec<(Sku, VendorId, WarehouseId)>),
    /// There is no hold to turn into allocations.
    NoHold,
}

/// A source of a SKU: a vendor's warehouse that has some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// What.
    pub sku: Sku,
    /// Whose.
    pub vendor_id: VendorId,
    /// Where.
    pub warehouse_id: WarehouseId,
    /// How many it may still allocate.
    pub available: u32,
}

/// Sources as far as they were read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources {
    /// Those that have at least one.
    pub rows: Vec<Source>,
    /// SKUs that have more sources than [`MOST_SOURCES`]: of these, only the first by vendor were read.
    pub crowded: Vec<Sku>,
}

/// Shelves of one SKU that are read at a time: what an order costs does not grow with the number of vendors.
pub const MOST_SOURCES: usize = 100;

/// A point on the globe.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spot {
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
}

/// A hold whose time is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expired {
    /// Whose.
    pub order_id: OrderId,
    /// When it ran out.
    pub expires_at: Timestamp,
}

/// A SKU that was looked after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tended {
    /// Which.
    pub sku: Sku,
    /// In how many shards it was counted.
    pub was: u16,
    /// In how many it is.
    pub shards: u16,
    /// Units that moved from one shard to another; what is left and what is taken stays the same in sum.
    pub moved: u64,
}

/// Goods that came to a vendor's warehouse or are gone from it, or a count of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockEntry {
    /// Its own id: what is booked under it is booked once. 1 to 64 characters; unique within its SKU.
    pub id: String,
    /// What.
    pub sku: Sku,
    /// Whose.
    pub vendor_id: VendorId,
    /// Where.
    pub warehouse_id: WarehouseId,
    /// Whether the vendor may sell it; else the pool promises nothing of it.
    pub for_sale: bool,
    /// What happened.
    #[serde(flatten)]
    pub what: Stocked,
}

/// What happened to the goods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stocked {
    /// So many units came.
    Received(u32),
    /// So many units are there, those that are set aside for orders among them.
    Counted(u32),
    /// So many units are gone: broken, stolen, spoilt.
    Lost(u32),
    /// An entry before this one said so many units too few; too many, where it is below zero.
    Corrected(i32),
}

impl Stocked {
    /// By how many units the books change that say so many are there, those that are set aside for orders among them.
    pub fn change(self, on_books: i64) -> i64 {
        match self {
            Self::Received(units) => i64::from(units),
            Self::Counted(units) => i64::from(units) - on_books,
            Self::Lost(units) => -i64::from(units),
            Self::Corrected(units) => i64::from(units),
        }
    }
}

/// What is at a warehouse.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OnHand {
    /// Units that may still be set aside.
    pub available: u32,
    /// Units that are set aside for orders.
    pub allocated: u32,
}

/// Who books an entry, when and how. The books keep who and when of the first that booked it.
#[derive(Debug, Clone, PartialEq)]
pub struct Booking {
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// Where the warehouse is, if that is known: a SKU with many sources is looked for by place ([`Inventory::sources_near`]).
    pub spot: Option<Spot>,
    /// Says what would come of it, and changes nothing.
    pub dry: bool,
}

/// What came of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Booked {
    /// The books say so now; or would, in a dry run.
    Yes {
        /// What they said before.
        was: OnHand,
        /// What they say.
        now: OnHand,
    },
    /// They said so before: the entry was booked under its id.
    Repeated,
    /// Another entry was booked under its id; nothing is changed.
    OtherEntry,
    /// Fewer are there than orders were promised; nothing is changed. First orders must be given up, or sourced elsewhere.
    Promised {
        /// Units too few.
        missing: u32,
    },
}

/// What looks after stock that many orders want at once. Apart from [`Inventory`], so that only the function that calls it carries it.
#[async_trait]
pub trait Upkeep: Send + Sync {
    /// Counts in more shards where orders were in each other's way, and gives each shard its share. Changes nothing that anybody can see but
    /// which orders wait for which. Tells what it did.
    async fn tend(&self) -> Result<Vec<Tended>, PortError>;
}

/// The books of what comes in, and of what is counted.
#[async_trait]
pub trait Stockroom: Send + Sync {
    /// Books an entry, once.
    async fn book(&self, entry: &StockEntry, booking: &Booking) -> Result<Booked, PortError>;
}

/// The stock ledger.
#[async_trait]
pub trait Inventory: Send + Sync {
    /// What may be promised of each SKU.
    async fn available(&self, skus: &[Sku]) -> Result<Vec<Availability>, PortError>;

    /// Where each SKU is, at vendors that have at least one; at most [`MOST_SOURCES`] shelves of each are looked at.
    async fn sources(&self, skus: &[Sku]) -> Result<Sources, PortError>;

    /// Where a SKU with many sources is, as near to a spot as the store can tell without looking at all of them: about [`MOST_SOURCES`] shelves are
    /// looked at, more where these are empty, but never more than four times as many.
    async fn sources_near(&self, sku: &Sku, spot: Spot) -> Result<Vec<Source>, PortError>;

    /// What orders other than this one use of each budget, each key once; nothing where no order ever used any.
    async fn used(&self, order: OrderId, budgets: &[BudgetKey]) -> Result<BTreeMap<BudgetKey, u64>, PortError>;

    /// Holds the whole demand or nothing, until `expires_at`. What the order holds already stays, however often this is asked for; where it was
    /// corrected (the version is a later one and the demand another), the new demand takes the place of the old one, or nothing changes.
    /// [`PortError::Conflict`] where the order holds what a later version asked for.
    async fn reserve(&self, order: OrderId, demand: &Demand, expires_at: Timestamp) -> Result<Held, PortError>;

    /// Holds goods only.
    async fn hold(&self, order: OrderId, goods: &[(Sku, u32)], expires_at: Timestamp) -> Result<Held, PortError> {
        self.reserve(order, &Demand { goods: goods.to_vec(), ..Demand::default() }, expires_at).await
    }

    /// Puts goods in the place of others that the order holds and has not allocated, all or nothing; its budgets stay. `run` names the change, so that a
    /// repeat does nothing. [`Held::Short`] names all that was asked for, where some of it is not free; [`Held::Released`] where there is no hold in force.
    async fn exchange(&self, order: OrderId, run: u64, goods: &[Exchange]) -> Result<Held, PortError>;

    /// Gives back what a hold took that ran out before `now`; does nothing where it did not, or is no mere hold. Unlike after a release, the
    /// order may hold anew: it is not dead.
    async fn lapse(&self, order: OrderId, now: Timestamp) -> Result<(), PortError>;

    /// Moves the hold's expiry; does nothing where there is no hold in force.
    async fn extend(&self, order: OrderId, expires_at: Timestamp) -> Result<(), PortError>;

    /// Turns the hold into allocations at vendors' warehouses, all or nothing, and counts the order at those of their vendors and warehouses that
    /// `days` names. Sources of one that has taken as many orders as it can are told as short.
    async fn allocate_on(&self, order: OrderId, allocations: &[Allocation], days: &[Budget]) -> Result<Allocated, PortError>;

    /// Turns the hold into allocations where nobody counts orders.
    async fn allocate(&self, order: OrderId, allocations: &[Allocation]) -> Result<Allocated, PortError> {
        self.allocate_on(order, allocations, &[]).await
    }

    /// Turns some of an allocated order's allocations into others of the same goods (a vendor will not deliver), all or nothing.
    /// `run` names the change, so that a repeat does nothing. What `from` gives up goes off that source's books: its vendor has said it is not there.
    /// Where nothing of the order is left the order is counted no more; where it comes to, it is counted as `days` says.
    async fn reallocate_on(
        &self,
        order: OrderId,
        run: u64,
        from: &[Allocation],
        to: &[Allocation],
        days: &[Budget],
    ) -> Result<Allocated, PortError>;

    /// Turns allocations into others where nobody counts orders.
    async fn reallocate(&self, order: OrderId, run: u64, from: &[Allocation], to: &[Allocation]) -> Result<Allocated, PortError> {
        self.reallocate_on(order, run, from, to, &[]).await
    }

    /// Gives back whatever the order holds or has allocated. Once: a repeat does nothing.
    async fn release(&self, order: OrderId) -> Result<(), PortError>;

    /// Gives back some of an order's allocations (a part was cancelled). `run` names the change, so that a repeat does nothing. With them go the
    /// customer's quotas of the same goods, the orders of a day where nothing of the order is left, and `portion` of whatever paid and is counted.
    async fn release_portion(&self, order: OrderId, run: u64, allocations: &[Allocation], portion: Portion) -> Result<(), PortError>;

    /// Gives back some of an order's allocations, and nothing that paid.
    async fn release_part(&self, order: OrderId, run: u64, allocations: &[Allocation]) -> Result<(), PortError> {
        self.release_portion(order, run, allocations, Portion::NONE).await
    }

    /// Gives back what is set aside for a part that was cancelled while it was being sourced again: `to` where the reallocation `sourcing` of
    /// `from` to it was made, else `from`; then it is not made any more. `run` names the change, and `portion` what else goes back, as in
    /// [`Self::release_portion`].
    async fn release_sourced(
        &self,
        order: OrderId,
        run: u64,
        sourcing: u64,
        (from, to): (&[Allocation], &[Allocation]),
        portion: Portion,
    ) -> Result<(), PortError>;

    /// Takes some of an order's allocations off the books: the goods have left the warehouse. `run` names the change, so that a repeat does
    /// nothing; a run under which they were given back did not leave, and the reverse.
    async fn take_off(&self, order: OrderId, run: u64, allocations: &[Allocation]) -> Result<(), PortError>;

    /// Holds (not allocations) that ran out before `now`, at most `limit`.
    async fn expired(&self, now: Timestamp, limit: u16) -> Result<Vec<Expired>, PortError>;
}
