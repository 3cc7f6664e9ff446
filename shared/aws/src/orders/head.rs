//! The head item: an order, the entries of its last writes, and what the indexes list it under.

use oms_contract::record;
use oms_domain::change::Changed;
use oms_domain::history::{self, Entry};
use oms_domain::{Order, OrderId, timers};
use oms_ports::PortError;
use oms_ports::orders::{Origin, Stored};

use crate::chance;
use crate::error::corrupt;
use crate::item::{self, Item, json, key, n, s};
use crate::keys;

/// The item of a head as `origin` writes it.
pub(super) fn to_item(head: &Stored, origin: Origin) -> Result<Item, PortError> {
    let order = &head.order;
    let mut item = key(keys::order(order.id), keys::HEAD);
    let mut set = |name: &str, value| item.insert(name.to_owned(), value);
    set(keys::V, n(order.seq));
    set(keys::BODY, json(order)?);
    set(keys::TAIL, json(&head.tail)?);
    set(keys::VIA, s(spelt(origin)));
    set(keys::CUSTOMER_ID, s(order.customer_id.as_str()));
    let shard = keys::shard(order.id, keys::LISTING_SHARDS);
    let day = keys::day(order.created_at);
    set(keys::DAY_SHARD, s(keys::day_shard(day, shard)));
    if let Some(reason) = record::attention(order) {
        set(keys::ATTENTION, s(keys::attention(reason, shard)));
    }
    if let Some(at) = head.wake_at {
        set(keys::WAKE_SHARD, s(wake_shard(order.id)));
        set(keys::WAKE_AT, s(keys::stamp(at)));
    }
    Ok(item)
}

/// A head as it shall be.
pub(super) struct Next {
    /// What it holds.
    pub(super) stored: Stored,
    /// Its item.
    pub(super) item: Item,
    /// Whether the tail of the head before is not in it, and belongs into a segment first.
    pub(super) moves_tail: bool,
}

/// The head after a change. Entries of earlier writes stay in it for as long as they cost nothing there: a write is billed by the kilobyte,
/// and a segment is one more.
pub(super) fn next(was: &Stored, now: Changed, origin: Origin) -> Result<Next, PortError> {
    let own = history::unlinked(&now.entries);
    let mut stored = Stored { wake_at: timers::indexed(was.wake_at, &now.order), order: now.order, tail: [&was.tail[..], &own].concat() };
    let item = to_item(&stored, origin)?;
    if was.tail.is_empty() {
        return Ok(Next { stored, item, moves_tail: false });
    }
    stored.tail = own;
    let shorter = to_item(&stored, origin)?;
    if billed(&item) > billed(&shorter) {
        return Ok(Next { stored, item: shorter, moves_tail: true });
    }
    stored.tail = [&was.tail[..], &stored.tail].concat();
    Ok(Next { stored, item, moves_tail: false })
}

/// Kilobytes, begun ones as whole, with the mark that the write adds.
fn billed(item: &Item) -> usize {
    (item::size(item) + keys::WRITE.len() + chance::MARK_LEN).div_ceil(1024)
}

/// The head of an item.
pub(super) fn from_item(item: &Item) -> Result<Stored, PortError> {
    let order: Order = item::body(item)?;
    if item::number::<u64>(item, keys::V)? != order.seq {
        return Err(corrupt("the head's version is not its last entry's"));
    }
    Ok(Stored { order, tail: item::from_json::<Vec<Entry>>(item, keys::TAIL)?, wake_at: item::maybe_parsed(item, keys::WAKE_AT)? })
}

/// Shard of the wake index.
pub(super) fn wake_shard(id: OrderId) -> String {
    keys::shard(id, keys::TIMER_SHARDS).to_string()
}

fn spelt(origin: Origin) -> &'static str {
    match origin {
        Origin::Machine => "machine",
        Origin::Outside => "outside",
    }
}
