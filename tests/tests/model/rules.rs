//! What must hold: in every situation, of every change, and once nothing is left to happen.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;

use oms_contract::record::Allocation;
use oms_domain::history;
use oms_domain::transition::Trigger;
use oms_domain::{Sku, State, flow, timers};
use oms_fakes::inventory::{Place, Status};
use oms_ports::gateway::Standing;

use crate::table::Table;
use crate::world::{Situation, World, sku_of};

/// The rules by name, as printed.
pub(crate) const RULES: [&str; 10] = [
    "an order is charged at most once, at most its total, and never refunded more than was taken",
    "an attempt reaches the gateway once, and the order never believes more than the gateway says",
    "where a review asked for another payment method, no attempt begins before it is given",
    "goods on shelves, set aside, written off and with carriers are those that were there; pools, holds and shelves agree",
    "a wish to cancel waits only where the table has no way out",
    "terminal states are final, for orders and for parts",
    "the order's state is the one that the table derives from its parts",
    "the history only grows, is whole, and folds to the order",
    "an order that time will change is in the wake index in time",
    "no dead ends: every order comes to an end; a dead one leaves nothing reserved, taken, held or set aside, and a delivered one was paid for what came and stayed",
];

/// A broken rule.
pub(crate) type Broken = String;

fn holds(rule: bool, says: impl FnOnce() -> String) -> Result<(), Broken> {
    if rule { Ok(()) } else { Err(says()) }
}

/// In every situation.
pub(crate) fn always(world: &World, table: &Table, now: &Situation) -> Result<(), Broken> {
    money(now)?;
    asked(now)?;
    goods(world, now)?;
    derived(table, now)?;
    wished(table, now)?;
    woken(now)?;
    folded(now)
}

fn money(now: &Situation) -> Result<(), Broken> {
    let (order, balance) = (now.order(), now.balance());
    let known = &order.payment;
    holds(now.charges() <= 1 && balance.taken <= order.total, || format!("charged {} times: {balance:?}", now.charges()))?;
    holds(balance.given_back <= balance.taken, || format!("more given back than taken: {balance:?}"))?;
    holds(known.refunded <= known.captured, || format!("the order refunds more than it took: {known:?}"))?;
    holds(known.captured <= balance.taken, || format!("the order believes in a charge that is none: {known:?}, {balance:?}"))?;
    holds(known.refunded <= balance.given_back, || format!("the order believes in a refund that is none: {known:?}, {balance:?}"))?;
    let attempts = now.attempts();
    let different: BTreeSet<&u8> = attempts.iter().collect();
    holds(different.len() == attempts.len(), || format!("an attempt reached the gateway twice: {attempts:?}"))
}

/// Where a review asked for another payment method, nothing is charged before the customer has given one.
fn asked(now: &Situation) -> Result<(), Broken> {
    let order = now.order();
    let entries = now.tables.history(order.id).unwrap_or_default();
    let mut attempt = 1;
    for entry in &entries {
        let asks = entry.trigger == Some(Trigger::OtherPaymentRequired);
        attempt += u8::from(asks || entry.trigger == Some(Trigger::PaymentRetried));
        let begun = now.attempts().contains(&attempt);
        let given = now.tables.methods.contains_key(&(order.id, attempt));
        holds(!asks || given || !begun, || format!("attempt {attempt} was begun without the method that was asked for"))?;
    }
    Ok(())
}

fn goods(world: &World, now: &Situation) -> Result<(), Broken> {
    let ledger = &now.ledger;
    for no in world.goods() {
        let sku = sku_of(no);
        let rows = ledger.rows.iter().filter(|((id, _, _), _)| *id == sku);
        let (available, allocated) = rows.fold((0, 0), |(free, set), (_, row)| (free + row.available, set + row.allocated));
        let gone = ledger.written_off.get(&sku).copied().unwrap_or(0);
        let had = world.stocked(no);
        let left = ledger.left.get(&sku).copied().unwrap_or(0);
        holds(available + allocated + gone + left == had, || {
            format!("{sku}: {available} on shelves, {allocated} set aside, {gone} written off, {left} with carriers are not {had}")
        })?;
        let pool = ledger.pools.get(&sku).copied().unwrap_or_default();
        let live = ledger.holds.values().filter(|hold| hold.status != Status::Released);
        let promised: u32 = live.map(|hold| hold.demand.get(&sku).copied().unwrap_or(0)).sum();
        holds(pool.taken == promised, || format!("{sku}: {} are promised, holds say {promised}", pool.taken))?;
        holds(pool.free + pool.taken + left <= had, || format!("{sku}: {pool:?} promises more than there ever was"))?;
    }
    let held: BTreeMap<Place, u32> = summed(ledger.holds.values().flat_map(|hold| &hold.allocations));
    let set_aside: BTreeMap<Place, u32> =
        ledger.rows.iter().filter(|(_, row)| row.allocated > 0).map(|(place, row)| (place.clone(), row.allocated)).collect();
    holds(held == set_aside, || format!("set aside on shelves: {set_aside:?}, in holds: {held:?}"))
}

fn summed<'a>(allocations: impl IntoIterator<Item = &'a Allocation>) -> BTreeMap<Place, u32> {
    let mut sums: BTreeMap<Place, u32> = BTreeMap::new();
    for of in allocations {
        *sums.entry((of.sku.clone(), of.vendor_id.clone(), of.warehouse_id.clone())).or_default() += of.quantity;
    }
    sums
}

fn derived(table: &Table, now: &Situation) -> Result<(), Broken> {
    let order = now.order();
    if order.parts.is_empty() {
        return Ok(());
    }
    let parts: Vec<State> = order.parts.iter().map(|part| part.state).collect();
    let may = table.derived(&parts);
    holds(may.contains(&order.state), || format!("{} of {parts:?}, where the table says {may:?}", order.state))
}

fn wished(table: &Table, now: &Situation) -> Result<(), Broken> {
    let order = now.order();
    let whole = order.parts.is_empty().then_some(order.state);
    let mut pieces = whole.into_iter().chain(order.parts.iter().map(|part| part.state));
    let out = pieces.find(|state| table.has_a_way_out(*state));
    holds(order.wish.is_none() || out.is_none(), || format!("wished to be cancelled, and still {out:?}: {:?}", order.wish))
}

/// The sweeper may come back an hour later to an order that stands still.
fn woken(now: &Situation) -> Result<(), Broken> {
    let Some((due, what)) = timers::next_due(now.order()) else { return Ok(()) };
    let latest = due.max(now.now + SignedDuration::from_hours(1));
    let wake = now.stored().wake_at;
    holds(wake.is_some_and(|at| at <= latest), || format!("{what:?} is due at {due}, and the wake index says {wake:?}"))
}

fn folded(now: &Situation) -> Result<(), Broken> {
    let order = now.order();
    let entries = now.tables.history(order.id).unwrap_or_default();
    let folded = history::replay(order.id, &entries).map_err(|error| format!("the history: {error}"))?;
    holds(folded == *order, || "the history does not fold to the order".to_owned())
}

/// Of every change. Nothing leaves a terminal state but what was delivered and comes back.
pub(crate) fn change(table: &Table, was: &Situation, now: &Situation) -> Result<(), Broken> {
    let (before, after) = (was.order(), now.order());
    let final_or_back = |was: State, now: State| !table.is_terminal(was) || was == now || (was, now) == (State::Delivered, State::Returned);
    // Of several parts of which one comes back, the order stays `delivered`.
    holds(final_or_back(before.state, after.state), || format!("{} left for {}", before.state, after.state))?;
    for part in before.parts.iter().filter(|part| table.is_terminal(part.state)) {
        let then = after.part(part.no).map(|part| part.state);
        holds(then.is_some_and(|then| final_or_back(part.state, then)), || format!("part {} left {} for {then:?}", part.no, part.state))?;
    }
    let entries = now.tables.history(after.id).unwrap_or_default();
    let kept = entries.iter().any(|entry| entry.seq == before.seq && entry.hash == before.hash);
    holds(kept, || format!("the history has lost entry {}", before.seq))
}

/// When nothing is left to happen by itself.
pub(crate) fn finally(table: &Table, now: &Situation) -> Result<(), Broken> {
    let (order, balance) = (now.order(), now.balance());
    let known = &order.payment;
    holds(table.is_terminal(order.state), || {
        format!("a dead end in {}: {known:?}, {balance:?}, stalled {:?}", order.state, order.stalled)
    })?;
    holds((known.captured, known.refunded) == (balance.taken, balance.given_back), || {
        format!("order and gateway differ in the end: {known:?}, {balance:?}")
    })?;
    holds(balance.reserved == 0, || format!("still reserved in the end: {balance:?}"))?;
    let held = now.ledger.holds.values().any(|hold| hold.status == Status::Held);
    holds(!held, || "still held in the end".to_owned())?;
    let kept = |no: u8| order.part(no).is_some_and(|part| part.state != State::Cancelled);
    let rows: Vec<_> = now.tables.sub_orders.values().filter(|row| kept(row.0.sub_order_id.part)).collect();
    let wanted: Vec<Allocation> = rows.iter().flat_map(|row| row.0.allocations()).collect();
    let set_aside = summed(now.ledger.holds.values().flat_map(|hold| &hold.allocations));
    holds(set_aside.is_empty(), || format!("set aside in the end: {set_aside:?}, delivered: {wanted:?}"))?;
    let mut delivered: BTreeMap<Sku, u32> = BTreeMap::new();
    for of in wanted {
        *delivered.entry(of.sku).or_default() += of.quantity;
    }
    holds(now.ledger.left == delivered, || format!("off the books in the end: {:?}, delivered: {delivered:?}", now.ledger.left))?;
    let undo = flow::left_to_undo(order);
    holds(undo.is_empty(), || format!("not undone in the end: {undo:?}"))?;
    // What came back is paid for no longer, though it left.
    let came = |row: &oms_contract::record::SubOrder| order.part(row.sub_order_id.part).is_some_and(|part| part.state != State::Returned);
    let owed: i64 = rows.iter().filter(|row| came(&row.0)).map(|row| row.0.paid).sum();
    holds(balance.taken - balance.given_back == owed, || format!("{owed} was delivered, and paid: {balance:?}"))?;
    let open = now.tables.sub_orders.values().find(|row| row.1);
    holds(open.is_none(), || "a vendor still has it on its list of open work".to_owned())?;
    let taken = now.books.intents.iter().filter(|intent| matches!(intent.payment.standing, Standing::Captured { .. })).count();
    holds(taken <= 1 && now.charges() <= 1, || format!("{taken} card payments were taken, of {} charges", now.charges()))
}
