//! Gives goods back: of an order that came to nothing, or of a part that was cancelled while others live on. And takes goods off the books that
//! have left the warehouse.
//!
//! The stock goes first, the order's word for it last: a run that ends between the two is repeated, and the ledger acts once.

use oms_contract::record::{Record, SubOrder, allocations};
use oms_domain::State;
use oms_domain::change::Changed;
use oms_domain::history::{Entry, Fact};
use oms_domain::order::Part;
use oms_ports::StepError;
use oms_ports::budget::Portion;
use oms_ports::orders::{Origin, Stored};

use crate::{Deps, by};

/// Of the whole order.
pub(crate) async fn order(deps: &Deps, stored: &Stored) -> Result<Stored, StepError> {
    let id = stored.order.id;
    deps.inventory.release(id).await?;
    // An order that was routed and then sent back to pay has no parts any more, and yet stands on its vendors' lists.
    let sub_orders = if stored.order.plan.is_none() { Vec::new() } else { deps.records.sub_orders(id).await? };
    let freed = stored.change().learn(Fact::StockReleased, &by(deps.clock.now()))?;
    let saved = deps.orders.commit(stored, freed, Origin::Machine, &closed(sub_orders)).await?;
    tracing::info!(order.id = %id, "Order {id} gave its stock back");
    Ok(saved)
}

/// Of the parts that were cancelled.
pub(crate) async fn parts(deps: &Deps, stored: &Stored) -> Result<Stored, StepError> {
    let id = stored.order.id;
    let all = deps.records.sub_orders(id).await?;
    let lost = these(stored, &all, stored.order.parts_to_release())?;
    let history = deps.records.history(id).await?;
    let mut changed = stored.change();
    for row in &lost {
        let no = row.sub_order_id.part;
        give_back(deps, row, portion(row, &all), sourcing(&history, no)).await?;
        changed = changed.learn(Fact::PartReleased { no }, &by(deps.clock.now()))?;
    }
    tracing::info!(order.id = %id, parts = lost.len(), "Order {id} gave the stock of {} cancelled parts back", lost.len());
    Ok(deps.orders.commit(stored, changed, Origin::Machine, &closed(lost)).await?)
}

/// Gives back what is set aside for a part. One that was cancelled while it was being sourced again may have its stock at the vendors of the plan
/// already, though its sub-order names the old one: only the ledger knows.
async fn give_back(deps: &Deps, row: &SubOrder, portion: Portion, sourcing: Option<u64>) -> Result<(), StepError> {
    let (id, run, own) = (row.sub_order_id.order, run(row.sub_order_id.part), row.allocations());
    let plan = match sourcing {
        Some(rejection) => deps.records.plan(id, rejection).await?,
        None => None,
    };
    match plan {
        Some(plan) => {
            let places = (own.as_slice(), &*allocations(&plan.chosen.shipments));
            deps.inventory.release_sourced(id, run, plan.version, places, portion).await?;
        }
        None => deps.inventory.release_portion(id, run, &own, portion).await?,
    }
    Ok(())
}

/// The entry in which the part was rejected last, where no vendor was assigned after it: `route` names plan and stock by it.
fn sourcing(history: &[Entry], no: u8) -> Option<u64> {
    let last = history.iter().rev().find_map(|entry| match &entry.fact {
        Some(Fact::Assigned { parts, .. }) if parts.iter().any(|(assigned, _)| *assigned == no) => Some(None),
        _ => (entry.part == Some(no) && entry.to == State::VendorRejected).then_some(Some(entry.seq)),
    });
    last.flatten()
}

/// Takes the goods of the parts that are with a carrier off the books.
pub(crate) async fn take_off(deps: &Deps, stored: &Stored) -> Result<Stored, StepError> {
    let id = stored.order.id;
    let all = deps.records.sub_orders(id).await?;
    let gone = these(stored, &all, stored.order.parts_to_take_off())?;
    let mut changed: Changed = stored.change();
    for row in &gone {
        let no = row.sub_order_id.part;
        deps.inventory.take_off(id, run(no), &row.allocations()).await?;
        changed = changed.learn(Fact::PartLeft { no }, &by(deps.clock.now()))?;
    }
    tracing::info!(order.id = %id, parts = gone.len(), "The goods of {} parts of order {id} are off the books", gone.len());
    Ok(deps.orders.commit(stored, changed, Origin::Machine, &[]).await?)
}

/// What of points, gift cards and credit goes back with a part: its share of what is paid for all, or of what all is worth where nothing is.
fn portion(row: &SubOrder, all: &[SubOrder]) -> Portion {
    let units = |amount: i64| u64::try_from(amount).unwrap_or(0);
    let of = |amount: fn(&SubOrder) -> i64| Portion { part: units(amount(row)), whole: all.iter().map(|row| units(amount(row))).sum() };
    let paid = of(|row| row.paid);
    if paid.whole > 0 { paid } else { of(|row| row.goods) }
}

/// The sub-orders of these parts.
fn these<'a>(stored: &Stored, all: &[SubOrder], parts: impl Iterator<Item = &'a Part>) -> Result<Vec<SubOrder>, StepError> {
    let numbers: Vec<u8> = parts.map(|part| part.no).collect();
    let found: Vec<SubOrder> = all.iter().filter(|row| numbers.contains(&row.sub_order_id.part)).cloned().collect();
    if found.len() == numbers.len() {
        Ok(found)
    } else {
        Err(StepError::Bug(format!("order {} has parts without sub-orders", stored.order.id)))
    }
}

/// The ledger's name for the end of a part in the books: a part is cancelled once or leaves once, and never both. Counted from the top, because
/// sourcing anew is named by versions of the order, which count from 1.
fn run(no: u8) -> u64 {
    u64::MAX - u64::from(no)
}

/// Their vendors have nothing more to do for them.
fn closed(sub_orders: Vec<SubOrder>) -> Vec<Record> {
    sub_orders.into_iter().map(|sub_order| Record::SubOrder { sub_order, open: false }).collect()
}
