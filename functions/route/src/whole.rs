//! Routing a whole order.

use std::collections::BTreeSet;

use oms_contract::record::{Plan, Record};
use oms_domain::change::{By, Changed};
use oms_domain::document::Document;
use oms_domain::history::Fact;
use oms_domain::order::Stock;
use oms_domain::transition::Trigger;
use oms_domain::{Actor, State};
use oms_ports::StepError;
use oms_ports::orders::{Origin, Stored};
use oms_ports::stock::Allocated;

use crate::facts::{Demand, demand_of};
use crate::plan::{NoPlan, allocations, plan, sub_orders};
use crate::{Deps, gather};

/// Plans made in one run, where stock goes between planning and allocating; then the machine tries again.
const TRIES: usize = 3;

/// Routes the order, or finds that nobody can serve it.
pub(crate) async fn order(deps: &Deps, stored: &Stored, document: &Document) -> Result<Stored, StepError> {
    let demand = demand_of(document).ok_or_else(|| StepError::Bug("an amount overflows that the checks let pass".to_owned()))?;
    let by = By::new(Actor::system("route"), deps.clock.now());
    let started = if stored.order.state == State::Confirmed { stored.change().go(Trigger::RoutingStarted, &by)? } else { stored.change() };
    match allocated(deps, stored, document, &demand).await? {
        Some(plan) => assign(deps, stored, started, &plan, document, &demand, &by).await,
        None => {
            let none = started.go(Trigger::NoFeasibleRouteOrCancelled, &by.because("no_feasible_route"))?;
            Ok(deps.orders.commit(stored, none, Origin::Machine, &[]).await?)
        }
    }
}

/// The plan whose stock is allocated; `None` where no vendors can serve the order.
async fn allocated(deps: &Deps, stored: &Stored, document: &Document, demand: &[Demand]) -> Result<Option<Plan>, StepError> {
    let order = &stored.order;
    // Routed before, then sent back to pay: its allocations stand.
    if let (Stock::Allocated, Some(version)) = (order.stock, order.plan) {
        return Ok(deps.records.plan(order.id, version).await?);
    }
    let mut known = deps.records.plan(order.id, order.seq).await?;
    for _ in 0..TRIES {
        let plan = match known.take() {
            Some(plan) => plan,
            None => match fresh(deps, stored, document, demand).await? {
                Some(plan) => plan,
                None => return Ok(None),
            },
        };
        match deps.inventory.allocate(order.id, &allocations(&plan.chosen.shipments)).await? {
            // Another run may have planned and allocated otherwise meanwhile: what is kept is what is allocated.
            Allocated::Yes if deps.records.plan(order.id, order.seq).await?.as_ref() == Some(&plan) => return Ok(Some(plan)),
            Allocated::Yes => return Err(StepError::Conflict),
            Allocated::Short(short) => {
                tracing::info!(order.id = %order.id, sources = short.len(), "Stock went while order {} was planned", order.id);
            }
            Allocated::NoHold => return Err(StepError::Refused(format!("order {} holds no stock to allocate", order.id))),
        }
    }
    Err(StepError::Conflict)
}

/// A new plan, kept.
async fn fresh(deps: &Deps, stored: &Stored, document: &Document, demand: &[Demand]) -> Result<Option<Plan>, StepError> {
    let facts = gather::facts(deps, &stored.order, document, demand.to_vec(), BTreeSet::new()).await?;
    match plan(&facts) {
        Ok(plan) => {
            deps.orders.keep(stored.order.id, &[Record::Plan(plan.clone())]).await?;
            Ok(Some(plan))
        }
        Err(NoPlan::Infeasible) => Ok(None),
        Err(NoPlan::TooLarge) => Err(StepError::Bug(format!("order {} is too large to be routed", stored.order.id))),
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
    Ok(deps.orders.commit(stored, assigned, Origin::Machine, &records).await?)
}
