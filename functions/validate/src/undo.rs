//! Gives goods back: of an order that came to nothing, or of a part that was cancelled while others live on.
//!
//! The stock goes first, the order's word for it last: a run that ends between the two is repeated, and the ledger gives back once.

use std::collections::BTreeSet;

use oms_contract::record::{Record, SubOrder};
use oms_domain::history::Fact;
use oms_ports::StepError;
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

/// Of the parts that were cancelled. What was paid for them is owed to the customer from then on.
pub(crate) async fn parts(deps: &Deps, stored: &Stored) -> Result<Stored, StepError> {
    let id = stored.order.id;
    let numbers: BTreeSet<u8> = stored.order.parts_to_undo().map(|part| part.no).collect();
    let mut lost = deps.records.sub_orders(id).await?;
    lost.retain(|row| numbers.contains(&row.sub_order_id.part));
    if lost.len() != numbers.len() {
        return Err(StepError::Bug(format!("order {id} has parts without sub-orders")));
    }
    let mut changed = stored.change();
    for row in &lost {
        let no = row.sub_order_id.part;
        deps.inventory.release_part(id, run(no), &row.allocations()).await?;
        changed = changed.learn(Fact::PartUndone { no, amount: row.paid }, &by(deps.clock.now()))?;
    }
    let saved = deps.orders.commit(stored, changed, Origin::Machine, &closed(lost)).await?;
    tracing::info!(order.id = %id, parts = numbers.len(), "Order {id} gave the stock of {} cancelled parts back", numbers.len());
    Ok(saved)
}

/// The ledger's name for undoing a part: a part is cancelled once. Counted from the top, because sourcing anew is named by versions of
/// the order, which count from 1.
fn run(no: u8) -> u64 {
    u64::MAX - u64::from(no)
}

/// Their vendors have nothing more to do for them.
fn closed(sub_orders: Vec<SubOrder>) -> Vec<Record> {
    sub_orders.into_iter().map(|sub_order| Record::SubOrder { sub_order, open: false }).collect()
}
