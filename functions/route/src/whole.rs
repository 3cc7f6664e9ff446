//! Routing a whole order.
//!
//! The plan is kept under the version whose checks the order passed: every run finds the plan of an earlier one there, whatever was noted
//! meanwhile (a stall, a start anew). That matters once its stock is allocated: the shelves no longer show what the order itself has taken. So a
//! run plans, and learns by keeping its plan whether an earlier one has: the first plan that is kept is the plan of all.

use std::collections::BTreeSet;

use oms_contract::record::{Plan, PlannedShipment, Record, allocations};
use oms_domain::change::{By, Changed};
use oms_domain::document::Document;
use oms_domain::history::Fact;
use oms_domain::order::Stock;
use oms_domain::transition::Trigger;
use oms_domain::{Actor, Order, State};
use oms_ports::orders::{Origin, Stored};
use oms_ports::stock::Allocated;
use oms_ports::{PortError, StepError};

use crate::facts::{Demand, demand_of};
use crate::plan::{NoPlan, plan, sub_orders};
use crate::{Deps, days, gather};

/// Plans made in one run, where stock goes between planning and allocating; then the machine tries again.
const TRIES: usize = 3;

/// Routes the order, or finds that nobody can serve it.
pub(crate) async fn order(deps: &Deps, stored: &Stored, document: &Document) -> Result<Stored, StepError> {
    let demand = demand_of(document).ok_or_else(|| StepError::Bug("an amount overflows that the checks let pass".to_owned()))?;
    let by = By::new(Actor::system("route"), deps.clock.now());
    let started = if stored.order.state == State::Confirmed { stored.change().go(Trigger::RoutingStarted, &by)? } else { stored.change() };
    match allocated(deps, stored, document, &demand).await? {
        Sourced::By(plan) => assign(deps, stored, started, &plan, document, &demand, &by).await,
        Sourced::ByNobody(reason) => {
            let none = started.go(Trigger::NoFeasibleRouteOrCancelled, &by.because(reason))?;
            Ok(deps.orders.commit(stored, none, Origin::Machine, &[]).await?)
        }
    }
}

/// Who serves the order.
enum Sourced {
    /// The sources of this plan, whose stock is allocated.
    By(Plan),
    /// Nobody can, for this reason.
    ByNobody(&'static str),
}

/// The key of the order's plan.
fn key(order: &Order) -> Result<u64, StepError> {
    let checked = order.checked.ok_or_else(|| StepError::Bug(format!("order {} is routed without its checks", order.id)))?;
    // A plan that was in force and is no longer is not taken up again.
    Ok(if order.plan == Some(checked) { order.seq } else { checked })
}

/// Finds sources and allocates their stock.
async fn allocated(deps: &Deps, stored: &Stored, document: &Document, demand: &[Demand]) -> Result<Sourced, StepError> {
    let order = &stored.order;
    // Routed before, then sent back to pay: its allocations stand.
    if let (Stock::Allocated, Some(version)) = (order.stock, order.plan) {
        let plan = deps.records.plan(order.id, version).await?;
        return plan.map(Sourced::By).ok_or_else(|| StepError::Bug(format!("the plan in force of order {} is gone", order.id)));
    }
    let key = key(order)?;
    let mut short: Option<Plan> = None;
    for _ in 0..TRIES {
        let Some(plan) = settled(deps, order, key, document, demand, short.as_ref()).await? else {
            return Ok(Sourced::ByNobody("no_feasible_route"));
        };
        let days = days::of(deps, &plan.chosen.shipments).await?;
        match deps.inventory.allocate_on(order.id, &allocations(&plan.chosen.shipments), &days).await? {
            Allocated::Yes if short.is_none() => return Ok(Sourced::By(plan)),
            // Of several runs whose plan came short each may have made another, and allocated it: what is kept is what is allocated.
            Allocated::Yes if deps.records.plan(order.id, key).await?.as_ref() == Some(&plan) => return Ok(Sourced::By(plan)),
            Allocated::Yes => return Err(StepError::Conflict),
            Allocated::Short(rows) => {
                tracing::info!(order.id = %order.id, sources = rows.len(), "Stock went while order {} was planned", order.id);
                short = Some(plan);
            }
            // Either somebody cancelled the order meanwhile, or its hold was lost, and with it the promise.
            Allocated::NoHold => {
                let now = deps.orders.load(order.id).await?;
                let same = now.is_some_and(|now| now.order.seq == order.seq);
                return if same { Ok(Sourced::ByNobody("hold_lost")) } else { Err(StepError::Conflict) };
            }
        }
    }
    Err(StepError::Conflict)
}

/// The plan that is kept: a new one, unless an earlier run has kept one that did not come `short`. `None` where nobody can serve the order.
async fn settled(
    deps: &Deps,
    order: &Order,
    key: u64,
    document: &Document,
    demand: &[Demand],
    short: Option<&Plan>,
) -> Result<Option<Plan>, StepError> {
    let facts = gather::facts(deps, order, document, key, demand.to_vec(), BTreeSet::new()).await?;
    match plan(&facts) {
        Ok(plan) => Ok(Some(deps.orders.settle(order.id, &plan, short).await?)),
        // Perhaps because an earlier run has set the goods aside for this very order.
        Err(NoPlan::Infeasible) => Ok(deps.records.plan(order.id, key).await?.filter(|kept| Some(kept) != short)),
        Err(NoPlan::TooLarge) => Err(StepError::Bug(format!("order {} is too large to be routed", order.id))),
        Err(NoPlan::BadWeights) => {
            Err(StepError::Bug("the marketplace's routing weights do not sum to 1: mend MARKET in the reference table".to_owned()))
        }
    }
}

async fn assign(
    deps: &Deps,
    stored: &Stored,
    started: Changed,
    plan: &Plan,
    document: &Document,
    demand: &[Demand],
    by: &By,
) -> Result<Stored, StepError> {
    // At most 40 lines, so at most 40 vendors.
    let number = |i: usize| u8::try_from(i + 1).unwrap_or(u8::MAX);
    let parts = sub_orders(stored.order.id, plan, demand, document.total, number);
    let fact =
        Fact::Assigned { report: plan.version, parts: parts.iter().map(|part| (part.sub_order_id.part, part.vendor_id.clone())).collect() };
    let assigned = started.go_knowing(Trigger::VendorsAssigned, fact, by)?;
    let records: Vec<Record> = parts.into_iter().map(|sub_order| Record::SubOrder { sub_order, open: true }).collect();
    match deps.orders.commit(stored, assigned, Origin::Machine, &records).await {
        Err(PortError::Conflict) => {
            agree(deps, stored).await?;
            Err(StepError::Conflict)
        }
        other => Ok(other?),
    }
}

/// Somebody wrote the order between our allocation and our commit. If it was another run of this step, ours may have replaced what that one
/// allocated: what counts is what the order says.
async fn agree(deps: &Deps, was: &Stored) -> Result<(), StepError> {
    let id = was.order.id;
    let routed = deps.orders.load(id).await?.is_some_and(|now| now.order.state == State::Routed);
    if routed {
        let parts = deps.records.sub_orders(id).await?;
        let shipments: Vec<PlannedShipment> = parts.into_iter().flat_map(|part| part.shipments).collect();
        let days = days::of(deps, &shipments).await?;
        if deps.inventory.allocate_on(id, &allocations(&shipments), &days).await? != Allocated::Yes {
            return Err(StepError::Bug(format!("order {id} was routed twice at once, and the stock of the plan in force is gone")));
        }
    }
    Ok(())
}
