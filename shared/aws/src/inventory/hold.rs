//! What an order takes from the stock, and how that may change. Pure.
//!
//! A **pool** says how many of a SKU may still be promised (`free`) and how many are (`taken`). A **row** says how many a vendor's
//! warehouse has left (`available`) and has set aside for orders (`allocated`). For each SKU, whatever happens:
//! `free + taken = sum of available + allocated`. A hold takes from the pool only; an allocation of it moves goods inside the rows and
//! leaves the pool alone; a release gives back to both; goods that leave leave both.
//!
//! A **budget** counts what orders use of it (`used`). A hold takes from budgets what it takes from pools, and gives back to them when it is
//! released, as a whole or in part. Orders of a day are taken with the allocation: only then is it known whose they are.
//!
//! A hold is its log: what it takes now is what its entries come to.

mod pieces;

use std::collections::BTreeMap;

use jiff::Timestamp;
use oms_contract::record::Allocation;
use oms_domain::{OrderId, Sku, VendorId, WarehouseId};
use oms_ports::PortError;
use oms_ports::budget::{Budget, BudgetKey, Portion};
use oms_ports::stock::{Demand, Exchange};

use super::counter::{Counted, Counter, Known, Moves, Spread, add, add_all};
use super::log::{self, Entry, What};
use crate::error::corrupt;

/// How a hold stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// Taken from the pools, until it expires.
    Held,
    /// Set aside at warehouses as well; does not expire.
    Allocated,
    /// Given back because it ran out; the order may hold anew.
    Lapsed,
    /// Given back, for ever.
    Released,
}

/// An order's hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hold {
    pub(super) order: OrderId,
    /// Counts its writes, from 1.
    pub(super) rev: u64,
    /// All that ever happened to it.
    pub(super) log: Vec<Entry>,
    /// While it is only held.
    pub(super) expires_at: Option<Timestamp>,
}

/// A row's key.
pub(super) type Row = (Sku, VendorId, WarehouseId);

/// A hold as it shall be, and what changes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) hold: Hold,
    /// What the order takes and gives back: what its log says of the change.
    pub(super) moves: Moves,
    /// What moves between shards on this occasion, for the orders that come after.
    pub(super) shifts: Moves,
    /// Most that all orders together may use of the budgets that it takes from.
    pub(super) limits: BTreeMap<Counter, i64>,
    /// Whether it only clears the way: decided anew after it, the same comes to more.
    pub(super) goes_on: bool,
}

/// A new hold of the whole demand.
pub(super) fn new(order: OrderId, demand: &Demand, known: &Known, expires_at: Timestamp) -> Change {
    let draft = Draft::of(Hold { order, rev: 1, log: Vec::new(), expires_at: Some(expires_at) });
    draft.holding(demand, known)
}

/// What a demand comes to, thing by thing; a SKU or a budget that it names twice is one demand.
fn wanted(demand: &Demand) -> BTreeMap<Counted, i64> {
    let mut wanted: BTreeMap<Counted, i64> = BTreeMap::new();
    for (sku, quantity) in &demand.goods {
        *wanted.entry(Counted::Pool(sku.clone())).or_default() += i64::from(*quantity);
    }
    for budget in &demand.budgets {
        let sum = wanted.entry(counted_budget(&budget.key)).or_default();
        *sum = sum.saturating_add(units(budget.amount));
    }
    wanted.retain(|_, quantity| *quantity != 0);
    wanted
}

/// What counts a budget.
pub(super) fn counted_budget(key: &BudgetKey) -> Counted {
    Counted::Budget(key.to_string())
}

/// Far beyond any limit, where it is.
fn units(amount: u64) -> i64 {
    i64::try_from(amount).unwrap_or(i64::MAX)
}

/// A change in the making.
struct Draft {
    hold: Hold,
    moves: Moves,
    shifts: Moves,
    limits: BTreeMap<Counter, i64>,
}

impl Draft {
    fn of(hold: Hold) -> Self {
        Self { hold, moves: Moves::new(), shifts: Moves::new(), limits: BTreeMap::new() }
    }

    /// Takes the whole demand.
    fn holding(mut self, demand: &Demand, known: &Known) -> Change {
        for (of, quantity) in wanted(demand) {
            match of {
                Counted::Budget(_) => add(&mut self.moves, of.shard(0), 0, quantity),
                Counted::Pool(_) | Counted::Row(..) => self.take(known, &of, quantity),
            }
        }
        for budget in &demand.budgets {
            let limit = self.limits.entry(counted_budget(&budget.key).shard(0)).or_insert(i64::MAX);
            *limit = units(budget.limit).min(*limit);
        }
        self.done(What::Held, (demand.version > 0).then_some(demand.version))
    }

    /// Gives back all that is taken.
    fn emptied(mut self) -> Self {
        for (counter, taken) in self.hold.taken() {
            let left = counter.of.sku().map_or(0, |_| taken);
            add(&mut self.moves, counter, left, -taken);
        }
        self
    }

    /// Takes so many of what is left, from the shards where they are.
    fn take(&mut self, known: &Known, of: &Counted, quantity: i64) {
        let one = Spread::default();
        let spread = known.get(of).unwrap_or(&one);
        let parts = spread.split(self.hold.order, quantity);
        for (shard, part) in &parts {
            add(&mut self.moves, of.shard(*shard), -part, *part);
        }
        if let Some((from, to, shifted)) = spread.refill(self.hold.order, &parts) {
            add(&mut self.shifts, of.shard(from), -shifted, 0);
            add(&mut self.shifts, of.shard(to), shifted, 0);
        }
    }

    /// Ends that so many are taken, in the shards where they were taken; `back` says whether they are left again, or gone.
    fn untake(&mut self, of: &Counted, quantity: i64, back: bool) -> Result<(), PortError> {
        let mut open = quantity;
        for (counter, taken) in self.hold.taken() {
            // What this very change has taken or given up already counts as well.
            let now = taken + self.moves.get(&counter).map_or(0, |delta| delta.taken.min(0));
            if counter.of == *of && open > 0 && now > 0 {
                let part = now.min(open);
                add(&mut self.moves, counter, if back { part } else { 0 }, -part);
                open -= part;
            }
        }
        if open == 0 { Ok(()) } else { Err(corrupt("the order gives up more than it holds")) }
    }

    /// The order is counted on these days, each of so many orders at most, at places where it is not counted yet, on whatever day.
    fn count_on(&mut self, days: &[Budget]) {
        let taken = self.hold.taken();
        let counted: Vec<_> = taken.keys().filter_map(|counter| BudgetKey::place_of(name_of(counter)?)).collect();
        for budget in days {
            let name = budget.key.to_string();
            if !BudgetKey::place_of(&name).is_some_and(|place| counted.contains(&place)) {
                let counter = counted_budget(&budget.key).shard(0);
                add(&mut self.moves, counter.clone(), 0, units(budget.amount));
                self.limits.insert(counter, units(budget.limit));
            }
        }
    }

    /// The order is counted no more where it has nothing left.
    fn uncount(&mut self, left: &BTreeMap<Row, i64>) {
        for (counter, taken) in self.hold.taken() {
            let place = name_of(&counter).and_then(BudgetKey::place_of);
            if place.is_some_and(|place| !left.iter().any(|(row, quantity)| *quantity > 0 && stands_at(row, place))) {
                add(&mut self.moves, counter, 0, -taken);
            }
        }
    }

    /// Gives back the quotas of goods that go back, and a portion of what paid.
    fn repay(&mut self, goods: &BTreeMap<Row, i64>, portion: Portion) {
        let held = self.hold.asked();
        for (counter, taken) in self.hold.taken() {
            let Some(name) = name_of(&counter) else { continue };
            let back = if let Some(sku) = BudgetKey::quota_of(name) {
                goods.iter().filter(|((of, ..), _)| of.as_str() == sku).map(|(_, quantity)| quantity).sum()
            } else if BudgetKey::pays(name) {
                let all = held.get(&counter).copied().unwrap_or(0);
                units(portion.of(u64::try_from(all).unwrap_or(0)))
            } else {
                0
            };
            if back > 0 {
                add(&mut self.moves, counter, 0, -back.min(taken));
            }
        }
    }

    fn done(mut self, what: What, run: Option<u64>) -> Change {
        let entry = Entry::new(what, run, self.moves);
        let moves = entry.moves.clone();
        self.hold.log.push(entry);
        Change { hold: self.hold, moves, shifts: self.shifts, limits: self.limits, goes_on: false }
    }
}

impl Change {
    /// All that is added to the counters, item by item.
    pub(super) fn counters(&self) -> Moves {
        let mut all = self.moves.clone();
        add_all(&mut all, &self.shifts);
        all.retain(|_, delta| (delta.left, delta.taken) != (0, 0));
        all
    }

    /// How many of a thing must be left for it, in all shards together.
    pub(super) fn needs(&self, of: &Counted) -> i64 {
        let taken = self.moves.iter().filter(|(counter, _)| counter.of == *of);
        -taken.map(|(_, delta)| delta.left).sum::<i64>()
    }

    /// The rows that a shortage concerns: those that are short themselves, those that take of a SKU whose pool is, and those of a vendor or warehouse
    /// that has taken as many orders of the day as it can.
    pub(super) fn short_rows(&self, short: &[Counted]) -> Vec<Row> {
        let mut rows: Vec<Row> = Vec::new();
        let full: Vec<(&str, Option<&str>)> = short
            .iter()
            .filter_map(|of| match of {
                Counted::Budget(name) => BudgetKey::place_of(name),
                Counted::Pool(_) | Counted::Row(..) => None,
            })
            .collect();
        for (counter, delta) in &self.moves {
            if let Counted::Row(sku, vendor, warehouse) = &counter.of {
                let of_short_pool = delta.left < 0 && short.contains(&Counted::Pool(sku.clone()));
                let row = (sku.clone(), vendor.clone(), warehouse.clone());
                let at_full_place = delta.left < 0 && full.iter().any(|place| stands_at(&row, *place));
                if (short.contains(&counter.of) || of_short_pool || at_full_place) && !rows.contains(&row) {
                    rows.push(row);
                }
            }
        }
        rows
    }
}

impl Hold {
    /// How it stands.
    pub(super) fn status(&self) -> Status {
        if self.log.iter().any(|entry| entry.what == What::Released) {
            return Status::Released;
        }
        let last = self.log.iter().rev().find_map(|entry| match entry.what {
            What::Held => Some(Status::Held),
            What::Allocated => Some(Status::Allocated),
            What::Lapsed => Some(Status::Lapsed),
            _ => None,
        });
        last.unwrap_or(Status::Held)
    }

    /// The order's version that asked for what it holds.
    pub(super) fn version(&self) -> u64 {
        self.log.iter().rev().find(|entry| entry.what == What::Held).and_then(|entry| entry.run).unwrap_or(0)
    }

    /// Whether it holds just this.
    fn is_for(&self, demand: &Demand) -> bool {
        let mut held: BTreeMap<Counted, i64> = BTreeMap::new();
        for (counter, taken) in self.taken() {
            *held.entry(counter.of).or_default() += taken;
        }
        held == wanted(demand)
    }

    /// Puts this demand in the place of what it held, if the order was corrected since, or if that ran out; `None` where it stays as it is.
    /// What it gives up is taken again in the same change, so a corrected order does not compete with itself.
    pub(super) fn hold_anew(&self, demand: &Demand, known: &Known, expires_at: Timestamp) -> Result<Option<Change>, PortError> {
        match self.status() {
            Status::Allocated | Status::Released => return Ok(None),
            Status::Held if self.is_for(demand) => return Ok(None),
            Status::Held if self.version() > demand.version => return Err(PortError::Conflict),
            // Asked for twice for one version, the first time counts.
            Status::Held if self.version() == demand.version => return Ok(None),
            Status::Held | Status::Lapsed => {}
        }
        let draft = Draft::of(Self { expires_at: Some(expires_at), ..self.next() });
        Ok(Some(draft.emptied().holding(demand, known)))
    }

    /// Puts goods in the place of others. `None` where this `run` was made before.
    pub(super) fn exchange(&self, run: u64, goods: &[Exchange], known: &Known) -> Result<Option<Change>, PortError> {
        if self.ran(run) {
            return Ok(None);
        }
        let mut draft = Draft::of(self.next());
        for Exchange { from, to, quantity } in goods {
            draft.untake(&Counted::Pool(from.clone()), i64::from(*quantity), true)?;
            draft.take(known, &Counted::Pool(to.clone()), i64::from(*quantity));
        }
        Ok(Some(draft.done(What::Held, Some(run))))
    }

    /// Gives back what ran out before `now`; `None` where it did not.
    pub(super) fn lapse(&self, now: Timestamp) -> Option<Change> {
        let over = self.status() == Status::Held && self.expires_at.is_some_and(|at| at < now);
        over.then(|| Draft::of(Self { expires_at: None, ..self.next() }).emptied().done(What::Lapsed, None))
    }

    /// What it takes now, counter by counter.
    pub(super) fn taken(&self) -> BTreeMap<Counter, i64> {
        let sum = log::sum(&self.log);
        sum.into_iter().map(|(counter, delta)| (counter, delta.taken)).filter(|(_, taken)| *taken != 0).collect()
    }

    /// What it took when it was held last, counter by counter: before parts of it were given back.
    fn asked(&self) -> BTreeMap<Counter, i64> {
        let last = self.log.iter().rposition(|entry| entry.what == What::Held).map_or(0, |at| at + 1);
        let sum = log::sum(&self.log[..last]);
        sum.into_iter().map(|(counter, delta)| (counter, delta.taken)).collect()
    }

    /// What it takes from the pools now.
    pub(super) fn held(&self) -> BTreeMap<Sku, i64> {
        let mut held = BTreeMap::new();
        for (counter, taken) in self.taken() {
            if let Counted::Pool(sku) = counter.of {
                *held.entry(sku).or_default() += taken;
            }
        }
        held
    }

    /// What is set aside for it now.
    pub(super) fn allocated(&self) -> BTreeMap<Row, i64> {
        let mut allocated = BTreeMap::new();
        for (counter, taken) in self.taken() {
            if let Counted::Row(sku, vendor, warehouse) = counter.of {
                *allocated.entry((sku, vendor, warehouse)).or_default() += taken;
            }
        }
        allocated
    }

    /// Moves the expiry; `None` where the hold does not expire.
    pub(super) fn extend(&self, expires_at: Timestamp) -> Option<Change> {
        (self.status() == Status::Held).then(|| Change {
            hold: Hold { expires_at: Some(expires_at), ..self.next() },
            moves: Moves::new(),
            shifts: Moves::new(),
            limits: BTreeMap::new(),
            goes_on: false,
        })
    }

    /// Makes `allocations` what the order has set aside. An order that has others set aside (an earlier run stopped before it could say
    /// so, or the order is routed anew) gives those back in the same change. It is counted on `days`, and no more where it has nothing left. `None` where nothing changes.
    pub(super) fn allocate(&self, allocations: &[Allocation], days: &[Budget], known: &Known) -> Result<Option<Change>, PortError> {
        let (was, wanted) = (self.allocated(), quantities(allocations));
        if self.status() == Status::Allocated && was == wanted {
            return Ok(None);
        }
        if let Some(back) = self.taken_back(|_| true) {
            return Ok(Some(back));
        }
        self.covered_by(&wanted)?;
        let mut draft = Draft::of(Self { expires_at: None, ..self.next() });
        let rows: BTreeMap<&Row, i64> = was.keys().chain(wanted.keys()).map(|row| (row, 0)).collect();
        // What is set aside twice over stays where it is.
        for row in rows.into_keys() {
            let more = wanted.get(row).unwrap_or(&0) - was.get(row).unwrap_or(&0);
            if more > 0 {
                draft.take(known, &counted(row), more);
            } else {
                draft.untake(&counted(row), -more, true)?;
            }
        }
        draft.uncount(&wanted);
        draft.count_on(days);
        Ok(Some(draft.done(What::Allocated, None)))
    }

    /// Replaces `from` by `to`. What `from` gives up is not there and leaves the books, rows and pool both; what `to` takes must still
    /// be free in the pool, so that no other order's promise is broken. `None` where this `run` was made before. What pieces of the same run have moved is moved; those of another
    /// plan are taken back first.
    pub(super) fn reallocate(
        &self,
        run: u64,
        (from, to): (&[Allocation], &[Allocation]),
        days: &[Budget],
        known: &Known,
    ) -> Result<Option<Change>, PortError> {
        if self.ran(run) {
            return Ok(None);
        }
        let (given, got) = (by_counter(&quantities(from)), by_counter(&quantities(to)));
        let Some((given, got)) = self.unmoved(run, given, got) else {
            return Ok(self.taken_back(|of| of == run));
        };
        let (has, held) = (self.allocated(), self.held());
        let mut left = has.clone();
        let mut draft = Draft::of(self.next());
        for (of, quantity) in given {
            if let Counted::Row(sku, vendor, warehouse) = &of {
                let row = (sku.clone(), vendor.clone(), warehouse.clone());
                if has.get(&row).copied().unwrap_or(0) < quantity {
                    return Err(corrupt("the order gives up what it has not allocated"));
                }
                *left.entry(row).or_default() -= quantity;
            }
            draft.untake(&of, quantity, false)?;
        }
        for (of, quantity) in got {
            if let Counted::Row(sku, vendor, warehouse) = &of {
                if !held.contains_key(sku) {
                    return Err(corrupt("the order allocates what it does not hold"));
                }
                *left.entry((sku.clone(), vendor.clone(), warehouse.clone())).or_default() += quantity;
            }
            draft.take(known, &of, quantity);
        }
        draft.uncount(&left);
        draft.count_on(days);
        Ok(Some(draft.done(What::Reallocated, Some(run))))
    }

    /// Gives some allocations back to rows and pools, and with them what the port says. `None` where this `run` was made before.
    pub(super) fn release_part(&self, run: u64, allocations: &[Allocation], portion: Portion) -> Result<Option<Change>, PortError> {
        let Some(mut draft) = self.without(run, allocations, true)? else {
            return Ok(None);
        };
        draft.uncount(&self.left_of(allocations));
        draft.repay(&quantities(allocations), portion);
        Ok(Some(draft.done(What::PartReleased, Some(run))))
    }

    /// Gives back `to` where the reallocation `sourcing` was made, else `from`, and sees that it is not made any more. `None` where this `run`
    /// was made before.
    pub(super) fn release_sourced(
        &self,
        run: u64,
        sourcing: u64,
        (from, to): (&[Allocation], &[Allocation]),
        portion: Portion,
    ) -> Result<Option<Change>, PortError> {
        let made = self.ran(sourcing);
        if let Some(back) = self.taken_back(|of| of == sourcing).filter(|_| !self.ran(run)) {
            return Ok(Some(back));
        }
        let mut change = self.release_part(run, if made { to } else { from }, portion)?;
        if let Some(change) = change.as_mut().filter(|_| !made) {
            change.hold.log.push(Entry::new(What::Barred, Some(sourcing), Moves::new()));
        }
        Ok(change)
    }

    /// Takes some allocations off the books of rows and pools. `None` where this `run` was made before.
    pub(super) fn take_off(&self, run: u64, allocations: &[Allocation]) -> Result<Option<Change>, PortError> {
        Ok(self.without(run, allocations, false)?.map(|draft| draft.done(What::Left, Some(run))))
    }

    /// Gives everything back. `None` where that was done before.
    pub(super) fn release(&self) -> Option<Change> {
        if self.status() == Status::Released {
            return None;
        }
        if let Some(back) = self.taken_back(|_| true) {
            return Some(back);
        }
        Some(Draft::of(Self { expires_at: None, ..self.next() }).emptied().done(What::Released, None))
    }

    fn next(&self) -> Self {
        Self { rev: self.rev + 1, ..self.clone() }
    }

    /// Whether this change was made before, to its end.
    fn ran(&self, run: u64) -> bool {
        self.log.iter().any(|entry| entry.run == Some(run) && !matches!(entry.what, What::Begun | What::Moving))
    }

    /// What is allocated is what is held: no more, or the pools would promise it twice; no less, or nobody would send the rest.
    fn covered_by(&self, allocations: &BTreeMap<Row, i64>) -> Result<(), PortError> {
        let mut open = self.held();
        for ((sku, ..), quantity) in allocations {
            *open.entry(sku.clone()).or_default() -= quantity;
        }
        if open.values().all(|left| *left == 0) { Ok(()) } else { Err(corrupt("the allocations are not what the order holds")) }
    }

    /// What is set aside once these are not any more.
    fn left_of(&self, given: &[Allocation]) -> BTreeMap<Row, i64> {
        let mut left = self.allocated();
        for (row, quantity) in quantities(given) {
            *left.entry(row).or_default() -= quantity;
        }
        left
    }

    /// The hold without these allocations, in rows and pools, as `run` leaves it; `None` where this run was made before. `back` says
    /// whether they are left again, or gone.
    fn without(&self, run: u64, given: &[Allocation], back: bool) -> Result<Option<Draft>, PortError> {
        if self.ran(run) {
            return Ok(None);
        }
        let has = self.allocated();
        let mut draft = Draft::of(self.next());
        let mut of_pools: BTreeMap<Counted, i64> = BTreeMap::new();
        for (row, quantity) in quantities(given) {
            let left = self.undone(run, &counted(&row), quantity);
            if has.get(&row).copied().unwrap_or(0) < left {
                return Err(corrupt("the order gives up what it has not allocated"));
            }
            draft.untake(&counted(&row), left, back)?;
            *of_pools.entry(Counted::Pool(row.0)).or_default() += quantity;
        }
        for (pool, quantity) in of_pools {
            let left = self.undone(run, &pool, quantity);
            draft.untake(&pool, left, back)?;
        }
        Ok(Some(draft))
    }
}

fn counted((sku, vendor, warehouse): &Row) -> Counted {
    Counted::Row(sku.clone(), vendor.clone(), warehouse.clone())
}

/// The name of a budget's counter.
fn name_of(counter: &Counter) -> Option<&str> {
    match &counter.of {
        Counted::Budget(name) => Some(name),
        Counted::Pool(_) | Counted::Row(..) => None,
    }
}

/// Whether a row stands at a vendor, or at a warehouse of it.
fn stands_at((_, vendor, warehouse): &Row, (of, at): (&str, Option<&str>)) -> bool {
    vendor.as_str() == of && at.is_none_or(|at| warehouse.as_str() == at)
}

/// The same counter by counter, the pools of these rows among them.
fn by_counter(rows: &BTreeMap<Row, i64>) -> BTreeMap<Counted, i64> {
    let mut sums: BTreeMap<Counted, i64> = BTreeMap::new();
    for (row, quantity) in rows {
        sums.insert(counted(row), *quantity);
        *sums.entry(Counted::Pool(row.0.clone())).or_default() += quantity;
    }
    sums
}

/// How many of which row, all of one row together.
fn quantities(allocations: &[Allocation]) -> BTreeMap<Row, i64> {
    let mut sums = BTreeMap::new();
    for allocation in allocations {
        let row = (allocation.sku.clone(), allocation.vendor_id.clone(), allocation.warehouse_id.clone());
        *sums.entry(row).or_default() += i64::from(allocation.quantity);
    }
    sums.retain(|_, quantity| *quantity != 0);
    sums
}

#[cfg(test)]
#[path = "hold_tests.rs"]
mod tests;
