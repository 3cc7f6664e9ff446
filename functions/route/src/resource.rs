//! Sourcing one vendor's part again, after its vendor refused it.
//!
//! The plan is stored in the commit that starts it, so that all runs have the same one; then its stock is moved, under the number of the rejection; then
//! the order says so. However often and at whatever version of the order a run comes to the second step, the stock is moved once.
//!
//! A vendor works on one part of an order at a time (its commands name the order only), so vendors with a live part of it are not asked, nor those that
//! refused goods of it before.

use std::collections::BTreeSet;

use oms_contract::record::{Plan, Record, SubOrder, allocations};
use oms_domain::change::By;
use oms_domain::document::Document;
use oms_domain::history::{Entry, Fact};
use oms_domain::transition::Trigger;
use oms_domain::{Actor, Order, State, VendorId};
use oms_ports::StepError;
use oms_ports::orders::{Origin, Stored};
use oms_ports::stock::Allocated;

use crate::facts::{Demand, Facts, demand_of};
use crate::plan::{NoPlan, plan, sub_orders};
use crate::shortage::{record, short};
use crate::{Deps, days, gather};

/// Finds the part another source, or leaves it to the next search.
pub(crate) async fn part(deps: &Deps, stored: &Stored, document: &Document, no: u8) -> Result<Stored, StepError> {
    let order = &stored.order;
    let parts = deps.records.sub_orders(order.id).await?;
    let old = parts.iter().find(|part| part.sub_order_id.part == no);
    let old = old.ok_or_else(|| StepError::Bug(format!("part {no} of order {} has no sub-order", order.id)))?;
    let by = By::new(Actor::system("route"), deps.clock.now());
    let demand =
        demand_of_part(order, document, old).ok_or_else(|| StepError::Bug("an amount overflows that the checks let pass".to_owned()))?;
    let history = deps.records.history(order.id).await?;
    let run = rejection(&history, no).ok_or_else(|| StepError::Bug(format!("nobody rejected part {no} of order {}", order.id)))?;
    let mut known = deps.records.plan(order.id, run).await?;
    let mut stored = stored.clone();
    for _ in 0..TRIES {
        let plan = match known.take() {
            Some(plan) => plan,
            None => match fresh(deps, &stored.order, (no, run), document, &demand, refused(order, &history)).await? {
                Ok(plan) => plan,
                Err(facts) => return rest(deps, &stored, no, &facts, &by).await,
            },
        };
        stored = begun(deps, stored, no, &plan, &by).await?;
        let (from, to) = (allocations(&old.shipments), allocations(&plan.chosen.shipments));
        let days = days::of(deps, &plan.chosen.shipments).await?;
        match deps.inventory.reallocate_on(order.id, run, &from, &to, &days).await? {
            Allocated::Yes => return assign(deps, &stored, &plan, old, &demand, &by).await,
            Allocated::Short(short) => {
                tracing::info!(order.id = %order.id, sources = short.len(), "Stock went while part {no} of order {} was planned", order.id);
            }
            Allocated::NoHold => return Err(StepError::Refused(format!("order {} has no stock allocated", order.id))),
        }
    }
    Err(StepError::Conflict)
}

/// Plans made in one run, where stock goes between planning and moving it.
const TRIES: usize = 3;

/// Number of the entry in which the part was rejected last.
fn rejection(history: &[Entry], no: u8) -> Option<u64> {
    history.iter().rev().find(|entry| entry.part == Some(no) && entry.to == State::VendorRejected).map(|entry| entry.seq)
}

/// Vendors that refused goods of this order before, and those that have a live part of it.
fn refused(order: &Order, history: &[Entry]) -> BTreeSet<VendorId> {
    let mut holders: Vec<(u8, VendorId)> = Vec::new();
    let live = order.parts.iter().filter(|part| !part.state.is_terminal());
    let mut refused: BTreeSet<VendorId> = live.map(|part| part.vendor_id.clone()).collect();
    for entry in history {
        if let Some(Fact::Assigned { parts, .. }) = &entry.fact {
            holders.retain(|(no, _)| parts.iter().all(|(given, _)| given != no));
            holders.extend(parts.iter().cloned());
        }
        if entry.to == State::VendorRejected {
            refused.extend(holders.iter().filter(|(no, _)| entry.part == Some(*no)).map(|(_, vendor)| vendor.clone()));
        }
    }
    refused
}

/// The lines' amounts for what this part delivers.
fn demand_of_part(order: &Order, document: &Document, part: &SubOrder) -> Option<Vec<Demand>> {
    let mut of_part: Vec<Demand> = Vec::new();
    for whole in demand_of(order, document)? {
        let items = part.shipments.iter().flat_map(|shipment| &shipment.items);
        let quantity: u32 = items.filter(|(sku, _)| *sku == whole.sku).map(|(_, quantity)| *quantity).sum();
        if quantity > 0 {
            let share = |amount: i64| i64::try_from(i128::from(amount) * i128::from(quantity) / i128::from(whole.quantity.max(1))).ok();
            of_part.push(Demand { quantity, net: share(whole.net)?, tax: share(whole.tax)?, ..whole });
        }
    }
    Some(of_part)
}

/// A new plan, or the facts that allow none.
async fn fresh(
    deps: &Deps,
    order: &Order,
    (no, run): (u8, u64),
    document: &Document,
    demand: &[Demand],
    refused: BTreeSet<VendorId>,
) -> Result<Result<Plan, Box<Facts>>, StepError> {
    let facts = gather::facts(deps, order, document, run, demand.to_vec(), refused).await?;
    match plan(&facts) {
        Ok(plan) => Ok(Ok(Plan { part: Some(no), ..plan })),
        Err(NoPlan::Infeasible) => Ok(Err(Box::new(facts))),
        Err(NoPlan::TooLarge) => Err(StepError::Bug(format!("order {} is too large to be routed", order.id))),
        Err(NoPlan::BadWeights) => {
            Err(StepError::Bug("the marketplace's routing weights do not sum to 1: mend MARKET in the reference table".to_owned()))
        }
    }
}

/// Starts the sourcing, together with its plan; where it was started before, the plan alone is kept.
async fn begun(deps: &Deps, stored: Stored, no: u8, plan: &Plan, by: &By) -> Result<Stored, StepError> {
    let record = [Record::Plan(plan.clone())];
    if stored.order.part(no).is_some_and(|part| part.state == State::VendorRejected) {
        let started = stored.change().go_part(no, Trigger::ResourcingStarted, by)?;
        return Ok(deps.orders.commit(&stored, started, Origin::Machine, &record).await?);
    }
    deps.orders.keep(stored.order.id, &record).await?;
    Ok(stored)
}

/// The first vendor takes the part's number, others get new ones.
async fn assign(deps: &Deps, stored: &Stored, plan: &Plan, old: &SubOrder, demand: &[Demand], by: &By) -> Result<Stored, StepError> {
    let no = old.sub_order_id.part;
    let last = stored.order.parts.iter().map(|part| part.no).max().unwrap_or(no);
    let number = |i: usize| if i == 0 { no } else { last.saturating_add(u8::try_from(i).unwrap_or(u8::MAX)) };
    let parts = sub_orders(stored.order.id, plan, demand, old.paid, number);
    let fact =
        Fact::Assigned { report: plan.version, parts: parts.iter().map(|part| (part.sub_order_id.part, part.vendor_id.clone())).collect() };
    let assigned = stored.change().go_part_knowing(no, Trigger::VendorsAssigned, fact, by)?;
    let records: Vec<Record> = parts.into_iter().map(|sub_order| Record::SubOrder { sub_order, open: true }).collect();
    Ok(deps.orders.commit(stored, assigned, Origin::Machine, &records).await?)
}

/// Nobody else has it at present. It is sought again until the part's time is over; then the sweeper cancels it, and the next step sees to its stock and
/// its price. The customer need not do anything where the vendor has just refused; where another one was found and lost again, they are asked.
async fn rest(deps: &Deps, stored: &Stored, no: u8, facts: &Facts, by: &By) -> Result<Stored, StepError> {
    let short = short(facts);
    let state = stored.order.part(no).map_or(stored.order.state, |part| part.state);
    let offered = stored.order.shortages.is_news(state, Some(no), &[]);
    tracing::info!(order.id = %stored.order.id, part = no, skus = short.len(), "Nobody can deliver part {no} of order {} at present", stored.order.id);
    let rests = stored.change().learn(Fact::NotSourced { no: Some(no), short: short.clone(), instead: Vec::new(), offered }, by)?;
    let why = Box::pin(record(deps, &rests.order, Some(no), short, facts)).await?;
    Ok(deps.orders.commit(stored, rests, Origin::Machine, &why).await?)
}
