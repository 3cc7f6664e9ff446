//! Stock in memory: pools of what may be promised, holds per order, rows per vendor's warehouse.

mod stockroom;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use async_trait::async_trait;
use jiff::Timestamp;

use oms_contract::record::Allocation;
use oms_contract::reference::StockRow;
use oms_domain::{OrderId, Sku, VendorId, WarehouseId};
use oms_ports::budget::{Budget, BudgetKey, Portion};
use oms_ports::error::{Party, PortError};
use oms_ports::stock::{
    Allocated, Availability, Demand, Exchange, Expired, Held, Inventory, MOST_HELD, MOST_SOURCES, Source, Sources, Spot, StockEntry,
    Tended, Upkeep,
};

use crate::faults::Faults;
use crate::lock;

/// What may be promised of a SKU, and what is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pool {
    /// May still be promised.
    pub free: u32,
    /// Is promised.
    pub taken: u32,
}

/// A vendor's warehouse row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Row {
    /// What it may still allocate.
    pub available: u32,
    /// What orders have got from it.
    pub allocated: u32,
}

/// How far a hold has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Promised out of the pools.
    Held,
    /// Set aside in warehouses.
    Allocated,
    /// Given back because it ran out.
    Lapsed,
    /// Given back.
    Released,
}

/// What an order holds, or held.
#[derive(Debug, Clone)]
pub struct Hold {
    /// How far it has come.
    pub status: Status,
    /// What it takes out of the pools.
    pub demand: BTreeMap<Sku, u32>,
    /// What it uses of budgets.
    pub budgets: BTreeMap<BudgetKey, u64>,
    /// What it used of them when it was held, before parts of it were given back.
    pub asked: BTreeMap<BudgetKey, u64>,
    /// The order's version that asked for it.
    pub version: u64,
    /// What is set aside, and where.
    pub allocations: Vec<Allocation>,
    /// When it runs out, unless it is allocated.
    pub expires_at: Timestamp,
    /// Changes made to its allocations.
    pub runs: BTreeSet<u64>,
}

/// A SKU in a vendor's warehouse.
pub type Place = (Sku, VendorId, WarehouseId);

fn place(of: &Allocation) -> Place {
    (of.sku.clone(), of.vendor_id.clone(), of.warehouse_id.clone())
}

/// All books.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    /// What may be promised.
    pub pools: BTreeMap<Sku, Pool>,
    /// By whom it was taken.
    pub holds: BTreeMap<OrderId, Hold>,
    /// What is on the shelves.
    pub rows: BTreeMap<Place, Row>,
    /// What is used of budgets.
    pub used: BTreeMap<BudgetKey, u64>,
    /// What went off the shelves because a vendor said that it is not there, or was lost.
    pub written_off: BTreeMap<Sku, u32>,
    /// What went off the books with a carrier.
    pub left: BTreeMap<Sku, u32>,
    /// What came in and what was counted, by SKU and id.
    pub entries: BTreeMap<(Sku, String), StockEntry>,
}

/// The stock ledger. Operations are named after the port's methods.
#[derive(Default)]
pub struct MemoryInventory {
    /// Planned faults.
    pub faults: Faults,
    ledger: Mutex<Ledger>,
}

impl MemoryInventory {
    /// A ledger with this stock.
    pub fn stocked(rows: &[StockRow]) -> Self {
        let inventory = Self::default();
        for row in rows {
            inventory.stock(&row.sku, &row.vendor_id, &row.warehouse_id, row.available);
        }
        inventory
    }

    /// Puts goods on a shelf.
    pub fn stock(&self, sku: &Sku, vendor: &VendorId, warehouse: &WarehouseId, quantity: u32) {
        let mut ledger = lock(&self.ledger);
        let place = (sku.clone(), vendor.clone(), warehouse.clone());
        ledger.rows.entry(place).or_default().available += quantity;
        ledger.pools.entry(sku.clone()).or_default().free += quantity;
    }

    /// Takes goods off a shelf behind the ledger's back: what a plan counted on is gone, though the pool still promises it.
    pub fn lose(&self, sku: &Sku, vendor: &VendorId, warehouse: &WarehouseId, quantity: u32) {
        let place = (sku.clone(), vendor.clone(), warehouse.clone());
        let mut ledger = lock(&self.ledger);
        ledger.lose(&place, quantity);
    }

    /// All books as they are now.
    pub fn snapshot(&self) -> Ledger {
        lock(&self.ledger).clone()
    }

    /// Makes the books say just this.
    pub fn restore(&self, ledger: &Ledger) {
        lock(&self.ledger).clone_from(ledger);
    }

    /// What may be promised, and what is: `(free, taken)`.
    pub fn pool(&self, sku: &Sku) -> (u32, u32) {
        let pool = lock(&self.ledger).pools.get(sku).copied();
        pool.map_or((0, 0), |pool| (pool.free, pool.taken))
    }

    /// A vendor's warehouse row.
    pub fn row(&self, sku: &Sku, vendor: &VendorId, warehouse: &WarehouseId) -> Row {
        let place = (sku.clone(), vendor.clone(), warehouse.clone());
        let row = lock(&self.ledger).rows.get(&place).copied();
        row.unwrap_or_default()
    }

    /// What the order holds or has allocated, per SKU; nothing once it is released.
    pub fn taken_by(&self, order: OrderId) -> Vec<(Sku, u32)> {
        let ledger = lock(&self.ledger);
        let hold = ledger.holds.get(&order);
        let live = hold.filter(|hold| hold.status != Status::Released);
        live.map(|hold| hold.demand.clone().into_iter().collect()).unwrap_or_default()
    }

    /// What all orders together use of a budget.
    pub fn used_of(&self, budget: &BudgetKey) -> u64 {
        lock(&self.ledger).used.get(budget).copied().unwrap_or(0)
    }

    /// When the order's hold runs out, if it has one that is not yet allocated or released.
    pub fn expires_at(&self, order: OrderId) -> Option<Timestamp> {
        let ledger = lock(&self.ledger);
        let hold = ledger.holds.get(&order)?;
        (hold.status == Status::Held).then_some(hold.expires_at)
    }

    fn call<T>(&self, op: &str, effect: impl FnOnce(&mut Ledger) -> Result<T, PortError>) -> Result<T, PortError> {
        self.faults.around(op, Party::Store, || effect(&mut lock(&self.ledger)))
    }
}

impl Ledger {
    /// The sources among the first shelves of a SKU.
    fn sources_of(&self, sku: &Sku, shelves: usize) -> impl Iterator<Item = Source> {
        let own = self.rows.iter().filter(move |((of, _, _), _)| of == sku).take(shelves);
        own.filter(|(_, row)| row.available > 0).map(|((sku, vendor_id, warehouse_id), row)| Source {
            sku: sku.clone(),
            vendor_id: vendor_id.clone(),
            warehouse_id: warehouse_id.clone(),
            available: row.available,
        })
    }

    /// Takes goods off a shelf, as far as it has them.
    pub fn lose(&mut self, place: &Place, quantity: u32) {
        let row = self.rows.entry(place.clone()).or_default();
        let gone = row.available.min(quantity);
        row.available -= gone;
        *self.written_off.entry(place.0.clone()).or_default() += gone;
    }

    fn free(&self, sku: &Sku) -> u32 {
        self.pools.get(sku).map_or(0, |pool| pool.free)
    }

    fn reserve(&mut self, order: OrderId, demand: &Demand, expires_at: Timestamp) -> Result<Held, PortError> {
        let mut own = None;
        if let Some(hold) = self.holds.get(&order) {
            let same = hold.demand == goods_of(demand) && hold.budgets == budgets_of(demand);
            match hold.status {
                Status::Released => return Ok(Held::Released),
                Status::Allocated => return Ok(Held::Yes),
                Status::Held if same || hold.version == demand.version => return Ok(Held::Yes),
                Status::Held if hold.version > demand.version => return Err(PortError::Conflict),
                Status::Held | Status::Lapsed => own = Some(hold.clone()),
            }
        }
        if goods_of(demand).len() + budgets_of(demand).len() > MOST_HELD {
            return Ok(Held::TooMany);
        }
        // A corrected order does not compete with itself.
        let before = self.clone();
        if let Some(own) = own {
            self.empty(own);
        }
        let skus: Vec<Sku> =
            goods_of(demand).into_iter().filter(|(sku, quantity)| self.free(sku) < *quantity).map(|(sku, _)| sku).collect();
        let used = |key: &BudgetKey| self.used.get(key).copied().unwrap_or(0);
        let spent = demand.budgets.iter().filter(|budget| budget.amount > 0 && used(&budget.key) + budget.amount > budget.limit);
        let budgets: Vec<BudgetKey> = spent.map(|budget| budget.key.clone()).collect();
        if !skus.is_empty() || !budgets.is_empty() {
            *self = before;
            return Ok(if budgets.is_empty() { Held::Short(skus) } else { Held::Spent { budgets, skus } });
        }
        for (sku, quantity) in goods_of(demand) {
            let pool = self.pools.entry(sku).or_default();
            pool.free -= quantity;
            pool.taken += quantity;
        }
        for (key, amount) in budgets_of(demand) {
            *self.used.entry(key).or_default() += amount;
        }
        let hold = Hold {
            status: Status::Held,
            demand: goods_of(demand),
            budgets: budgets_of(demand),
            asked: budgets_of(demand),
            version: demand.version,
            allocations: Vec::new(),
            expires_at,
            runs: BTreeSet::new(),
        };
        self.holds.insert(order, hold);
        Ok(Held::Yes)
    }

    /// Gives back what a hold takes from pools and budgets.
    fn empty(&mut self, hold: Hold) {
        for (sku, quantity) in hold.demand {
            self.free_up(&sku, quantity);
        }
        for (key, amount) in hold.budgets {
            *self.used.entry(key).or_default() -= amount;
        }
    }

    fn exchange(&mut self, order: OrderId, run: u64, goods: &[Exchange]) -> Result<Held, PortError> {
        let Some(hold) = self.holds.get(&order).filter(|hold| hold.status == Status::Held) else {
            return Ok(Held::Released);
        };
        if hold.runs.contains(&run) {
            return Ok(Held::Yes);
        }
        let holds = |of: &Exchange| hold.demand.get(&of.from).is_some_and(|held| *held >= of.quantity);
        if !goods.iter().all(holds) {
            return Err(PortError::corrupt(Party::Store, "the order gives up more than it holds"));
        }
        if goods.iter().any(|of| self.free(&of.to) < of.quantity) {
            return Ok(Held::Short(goods.iter().map(|of| of.to.clone()).collect()));
        }
        for Exchange { from, to, quantity } in goods {
            self.free_up(from, *quantity);
            let pool = self.pools.entry(to.clone()).or_default();
            pool.free -= quantity;
            pool.taken += quantity;
            if let Some(hold) = self.holds.get_mut(&order) {
                if let Some(held) = hold.demand.get_mut(from) {
                    *held -= quantity;
                }
                hold.demand.retain(|_, held| *held > 0);
                *hold.demand.entry(to.clone()).or_default() += quantity;
                hold.runs.insert(run);
                hold.version = run;
            }
        }
        Ok(Held::Yes)
    }

    fn lapse(&mut self, order: OrderId, now: Timestamp) {
        let Some(hold) = self.holds.get_mut(&order).filter(|hold| hold.status == Status::Held && hold.expires_at < now) else {
            return;
        };
        hold.status = Status::Lapsed;
        let given = Hold { demand: std::mem::take(&mut hold.demand), budgets: std::mem::take(&mut hold.budgets), ..hold.clone() };
        self.empty(given);
    }

    fn used(&self, order: OrderId, budgets: &[BudgetKey]) -> BTreeMap<BudgetKey, u64> {
        let own = |key: &BudgetKey| self.holds.get(&order).and_then(|hold| hold.budgets.get(key)).copied().unwrap_or(0);
        budgets.iter().map(|key| (key.clone(), self.used.get(key).copied().unwrap_or(0) - own(key))).collect()
    }

    /// Sources that have less than `wanted` takes from them, all of one source together.
    fn short(&self, wanted: &[Allocation]) -> Vec<Place> {
        let mut demand: BTreeMap<Place, u32> = BTreeMap::new();
        for want in wanted {
            *demand.entry(place(want)).or_default() += want.quantity;
        }
        let available = |place: &Place| self.rows.get(place).map_or(0, |row| row.available);
        demand.into_iter().filter(|(place, quantity)| available(place) < *quantity).map(|(place, _)| place).collect()
    }

    fn take(&mut self, allocations: &[Allocation]) {
        for allocation in allocations {
            let row = self.rows.entry(place(allocation)).or_default();
            row.available -= allocation.quantity;
            row.allocated += allocation.quantity;
        }
    }

    fn give_back(&mut self, allocations: &[Allocation]) {
        for allocation in allocations {
            let row = self.rows.entry(place(allocation)).or_default();
            row.available += allocation.quantity;
            row.allocated -= allocation.quantity;
        }
    }

    fn free_up(&mut self, sku: &Sku, quantity: u32) {
        let pool = self.pools.entry(sku.clone()).or_default();
        pool.free += quantity;
        pool.taken -= quantity;
    }

    /// Sources of vendors and warehouses that have taken as many orders of the day as they can.
    fn full(&self, order: OrderId, wanted: &[Allocation], days: &[Budget]) -> Vec<Place> {
        let is_full = |budget: &&Budget| {
            let counted = self.holds.get(&order).is_some_and(|hold| hold.budgets.keys().any(|key| same_place(key, &budget.key)));
            !counted && self.used.get(&budget.key).copied().unwrap_or(0) + budget.amount > budget.limit
        };
        let full: Vec<&Budget> = days.iter().filter(is_full).collect();
        let mut places: Vec<Place> = wanted.iter().map(place).filter(|at| full.iter().any(|budget| is_of(&budget.key, at))).collect();
        places.dedup();
        places
    }

    /// Counts the order where its allocations are, and no more where they are not.
    fn count_on(&mut self, order: OrderId, days: &[Budget]) {
        let Some(hold) = self.holds.get_mut(&order) else { return };
        for budget in days {
            if !hold.budgets.keys().any(|key| same_place(key, &budget.key)) {
                hold.budgets.insert(budget.key.clone(), budget.amount);
                *self.used.entry(budget.key.clone()).or_default() += budget.amount;
            }
        }
        self.uncount(order);
    }

    fn uncount(&mut self, order: OrderId) {
        let Some(hold) = self.holds.get_mut(&order) else { return };
        let (used, allocations) = (&mut self.used, &hold.allocations);
        hold.budgets.retain(|key, amount| {
            let of_a_place = BudgetKey::place_of(&key.to_string()).is_some();
            let stays = !of_a_place || allocations.iter().any(|allocation| is_of(key, &place(allocation)));
            if !stays {
                *used.entry(key.clone()).or_default() -= *amount;
            }
            stays
        });
    }

    fn allocate(&mut self, order: OrderId, allocations: &[Allocation], days: &[Budget]) -> Allocated {
        match self.holds.get(&order).map(|hold| hold.status) {
            None | Some(Status::Lapsed | Status::Released) => return Allocated::NoHold,
            Some(Status::Allocated) => return Allocated::Yes,
            Some(Status::Held) => {}
        }
        let mut short = self.short(allocations);
        short.extend(self.full(order, allocations, days));
        if !short.is_empty() {
            return Allocated::Short(short);
        }
        self.take(allocations);
        if let Some(hold) = self.holds.get_mut(&order) {
            hold.status = Status::Allocated;
            hold.allocations = allocations.to_vec();
        }
        self.count_on(order, days);
        Allocated::Yes
    }

    fn reallocate(
        &mut self,
        order: OrderId,
        run: u64,
        (from, to): (&[Allocation], &[Allocation]),
        days: &[Budget],
    ) -> Result<Allocated, PortError> {
        let Some(hold) = self.holds.get(&order).filter(|hold| hold.status == Status::Allocated) else {
            return Ok(Allocated::NoHold);
        };
        if hold.runs.contains(&run) {
            return Ok(Allocated::Yes);
        }
        hold.has_set_aside(from)?;
        let mut short = self.short(to);
        short.extend(self.full(order, to, days));
        if !short.is_empty() {
            return Ok(Allocated::Short(short));
        }
        self.take(to);
        for lost in from {
            let row = self.rows.entry(place(lost)).or_default();
            row.allocated -= lost.quantity;
            *self.written_off.entry(lost.sku.clone()).or_default() += lost.quantity;
            // The goods are not there: nobody may be promised them either.
            let pool = self.pools.entry(lost.sku.clone()).or_default();
            pool.free = pool.free.saturating_sub(lost.quantity);
        }
        if let Some(hold) = self.holds.get_mut(&order) {
            hold.runs.insert(run);
            subtract(&mut hold.allocations, from);
            hold.allocations.extend_from_slice(to);
        }
        self.count_on(order, days);
        Ok(Allocated::Yes)
    }

    fn release(&mut self, order: OrderId) {
        let Some(hold) = self.holds.get_mut(&order) else {
            return;
        };
        if hold.status == Status::Released {
            return;
        }
        hold.status = Status::Released;
        let allocations = std::mem::take(&mut hold.allocations);
        let given = Hold { demand: std::mem::take(&mut hold.demand), budgets: std::mem::take(&mut hold.budgets), ..hold.clone() };
        self.give_back(&allocations);
        self.empty(given);
    }

    fn release_part(&mut self, order: OrderId, run: u64, allocations: &[Allocation], portion: Portion) -> Result<(), PortError> {
        let Some(hold) = self.holds.get_mut(&order) else {
            return Ok(());
        };
        if hold.status != Status::Allocated || hold.runs.contains(&run) {
            return Ok(());
        }
        hold.has_set_aside(allocations)?;
        hold.runs.insert(run);
        subtract(&mut hold.allocations, allocations);
        for allocation in allocations {
            if let Some(quantity) = hold.demand.get_mut(&allocation.sku) {
                *quantity = quantity.saturating_sub(allocation.quantity);
            }
        }
        let (used, asked) = (&mut self.used, &hold.asked);
        for (key, amount) in &mut hold.budgets {
            let name = key.to_string();
            let back = match BudgetKey::quota_of(&name) {
                Some(sku) => allocations.iter().filter(|a| a.sku.as_str() == sku).map(|a| u64::from(a.quantity)).sum(),
                None if BudgetKey::pays(&name) => portion.of(asked.get(key).copied().unwrap_or(0)),
                None => 0,
            };
            let back = back.min(*amount);
            *amount -= back;
            *used.entry(key.clone()).or_default() -= back;
        }
        self.give_back(allocations);
        for allocation in allocations {
            self.free_up(&allocation.sku, allocation.quantity);
        }
        self.uncount(order);
        Ok(())
    }

    fn release_sourced(
        &mut self,
        order: OrderId,
        run: u64,
        sourcing: u64,
        (from, to): (&[Allocation], &[Allocation]),
        portion: Portion,
    ) -> Result<(), PortError> {
        let moved = self.holds.get(&order).is_some_and(|hold| hold.runs.contains(&sourcing));
        self.release_part(order, run, if moved { to } else { from }, portion)?;
        if let Some(hold) = self.holds.get_mut(&order) {
            hold.runs.insert(sourcing);
        }
        Ok(())
    }
}

impl Hold {
    /// As in the real ledger, an order gives up nothing that it has not allocated.
    fn has_set_aside(&self, given_up: &[Allocation]) -> Result<(), PortError> {
        let sum = |of: &[Allocation], at: &Place| of.iter().filter(|a| place(a) == *at).map(|a| a.quantity).sum::<u32>();
        let has = |gone: &Allocation| sum(&self.allocations, &place(gone)) >= sum(given_up, &place(gone));
        let corrupt = || PortError::corrupt(Party::Store, "the order gives up what it has not allocated");
        given_up.iter().all(has).then_some(()).ok_or_else(corrupt)
    }
}

impl Ledger {
    fn take_off(&mut self, order: OrderId, run: u64, allocations: &[Allocation]) -> Result<(), PortError> {
        let Some(hold) = self.holds.get_mut(&order) else {
            return Ok(());
        };
        if hold.status != Status::Allocated {
            return Err(PortError::corrupt(Party::Store, "goods left that were not allocated"));
        }
        if hold.runs.contains(&run) {
            return Ok(());
        }
        hold.has_set_aside(allocations)?;
        hold.runs.insert(run);
        subtract(&mut hold.allocations, allocations);
        for gone in allocations {
            if let Some(quantity) = hold.demand.get_mut(&gone.sku) {
                *quantity = quantity.saturating_sub(gone.quantity);
            }
            self.rows.entry(place(gone)).or_default().allocated -= gone.quantity;
            self.pools.entry(gone.sku.clone()).or_default().taken -= gone.quantity;
            *self.left.entry(gone.sku.clone()).or_default() += gone.quantity;
        }
        Ok(())
    }
}

fn goods_of(demand: &Demand) -> BTreeMap<Sku, u32> {
    let mut goods = BTreeMap::new();
    for (sku, quantity) in demand.goods.iter().filter(|(_, quantity)| *quantity > 0) {
        *goods.entry(sku.clone()).or_default() += quantity;
    }
    goods
}

fn budgets_of(demand: &Demand) -> BTreeMap<BudgetKey, u64> {
    demand.budgets.iter().filter(|budget| budget.amount > 0).map(|budget| (budget.key.clone(), budget.amount)).collect()
}

/// Whether it counts orders at this source's vendor, or warehouse.
fn is_of(key: &BudgetKey, (_, vendor, warehouse): &Place) -> bool {
    let name = key.to_string();
    BudgetKey::place_of(&name).is_some_and(|(of, at)| vendor.as_str() == of && at.is_none_or(|at| warehouse.as_str() == at))
}

/// Whether both count orders of one place, on whatever days.
fn same_place(one: &BudgetKey, other: &BudgetKey) -> bool {
    let (one, other) = (one.to_string(), other.to_string());
    BudgetKey::place_of(&one).is_some_and(|place| BudgetKey::place_of(&other) == Some(place))
}

fn subtract(from: &mut Vec<Allocation>, what: &[Allocation]) {
    for gone in what {
        let mut left = gone.quantity;
        for row in from.iter_mut().filter(|row| place(row) == place(gone)) {
            let taken = row.quantity.min(left);
            row.quantity -= taken;
            left -= taken;
        }
    }
    from.retain(|row| row.quantity > 0);
}

#[async_trait]
impl Inventory for MemoryInventory {
    async fn available(&self, skus: &[Sku]) -> Result<Vec<Availability>, PortError> {
        self.faults.gate().await;
        self.call("available", |ledger| {
            let availability = |sku: &Sku| Availability { sku: sku.clone(), free: ledger.free(sku) };
            Ok(skus.iter().map(availability).collect())
        })
    }

    async fn sources(&self, skus: &[Sku]) -> Result<Sources, PortError> {
        self.faults.gate().await;
        self.call("sources", |ledger| {
            let mut sources = Sources::default();
            for sku in skus {
                let rows: Vec<Source> = ledger.sources_of(sku, MOST_SOURCES).collect();
                sources.crowded.extend((ledger.rows.keys().filter(|(of, _, _)| of == sku).count() > MOST_SOURCES).then(|| sku.clone()));
                sources.rows.extend(rows);
            }
            Ok(sources)
        })
    }

    /// All of them: shelves have no places here.
    async fn sources_near(&self, sku: &Sku, _spot: Spot) -> Result<Vec<Source>, PortError> {
        self.faults.gate().await;
        self.call("sources_near", |ledger| Ok(ledger.sources_of(sku, usize::MAX).collect()))
    }

    async fn used(&self, order: OrderId, budgets: &[BudgetKey]) -> Result<BTreeMap<BudgetKey, u64>, PortError> {
        self.faults.gate().await;
        self.call("used", |ledger| Ok(ledger.used(order, budgets)))
    }

    async fn reserve(&self, order: OrderId, demand: &Demand, expires_at: Timestamp) -> Result<Held, PortError> {
        self.faults.gate().await;
        self.call("reserve", |ledger| ledger.reserve(order, demand, expires_at))
    }

    async fn exchange(&self, order: OrderId, run: u64, goods: &[Exchange]) -> Result<Held, PortError> {
        self.faults.gate().await;
        self.call("exchange", |ledger| ledger.exchange(order, run, goods))
    }

    async fn lapse(&self, order: OrderId, now: Timestamp) -> Result<(), PortError> {
        self.faults.gate().await;
        self.call("lapse", |ledger| {
            ledger.lapse(order, now);
            Ok(())
        })
    }

    async fn extend(&self, order: OrderId, expires_at: Timestamp) -> Result<(), PortError> {
        self.faults.gate().await;
        self.call("extend", |ledger| {
            let hold = ledger.holds.get_mut(&order);
            if let Some(hold) = hold.filter(|hold| hold.status == Status::Held) {
                hold.expires_at = expires_at;
            }
            Ok(())
        })
    }

    async fn allocate_on(&self, order: OrderId, allocations: &[Allocation], days: &[Budget]) -> Result<Allocated, PortError> {
        self.faults.gate().await;
        self.call("allocate", |ledger| Ok(ledger.allocate(order, allocations, days)))
    }

    async fn reallocate_on(
        &self,
        order: OrderId,
        run: u64,
        from: &[Allocation],
        to: &[Allocation],
        days: &[Budget],
    ) -> Result<Allocated, PortError> {
        self.faults.gate().await;
        self.call("reallocate", |ledger| ledger.reallocate(order, run, (from, to), days))
    }

    async fn release(&self, order: OrderId) -> Result<(), PortError> {
        self.faults.gate().await;
        self.call("release", |ledger| {
            ledger.release(order);
            Ok(())
        })
    }

    async fn release_portion(&self, order: OrderId, run: u64, allocations: &[Allocation], portion: Portion) -> Result<(), PortError> {
        self.faults.gate().await;
        self.call("release_part", |ledger| ledger.release_part(order, run, allocations, portion))
    }

    async fn release_sourced(
        &self,
        order: OrderId,
        run: u64,
        sourcing: u64,
        (from, to): (&[Allocation], &[Allocation]),
        portion: Portion,
    ) -> Result<(), PortError> {
        self.faults.gate().await;
        self.call("release_sourced", |ledger| ledger.release_sourced(order, run, sourcing, (from, to), portion))
    }

    async fn take_off(&self, order: OrderId, run: u64, allocations: &[Allocation]) -> Result<(), PortError> {
        self.faults.gate().await;
        self.call("take_off", |ledger| ledger.take_off(order, run, allocations))
    }

    async fn expired(&self, now: Timestamp, limit: u16) -> Result<Vec<Expired>, PortError> {
        self.faults.gate().await;
        self.call("expired", |ledger| {
            let mut expired: Vec<Expired> = ledger
                .holds
                .iter()
                .filter(|(_, hold)| hold.status == Status::Held && hold.expires_at < now)
                .map(|(order, hold)| Expired { order_id: *order, expires_at: hold.expires_at })
                .collect();
            expired.sort_by_key(|expired| expired.expires_at);
            expired.truncate(usize::from(limit));
            Ok(expired)
        })
    }
}

#[async_trait]
impl Upkeep for MemoryInventory {
    async fn tend(&self) -> Result<Vec<Tended>, PortError> {
        self.faults.gate().await;
        // Its books are one: nobody is in anybody's way, and there is nothing to share out.
        self.call("tend", |_| Ok(Vec::new()))
    }
}
