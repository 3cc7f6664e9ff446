//! Routing a whole order.
//!
//! The plan is kept under the version whose checks the order passed: every run finds the plan of an earlier one there, whatever was noted
//! meanwhile (a stall, a start anew). That matters once its stock is allocated: the shelves no longer show what the order itself has taken. So a
//! run plans, and learns by keeping its plan whether an earlier one has: the first plan that is kept is the plan of all.
//!
//! Where nobody can deliver it, the order stays: it is tried again until its time is over, and the customer may choose meanwhile to wait, to be sent something
//! else, or to cancel.

use std::collections::BTreeSet;

use oms_contract::record::{Plan, PlannedShipment, Record, allocations};
use oms_domain::change::{By, Changed};
use oms_domain::document::Document;
use oms_domain::history::Fact;
use oms_domain::order::{Answer, Stock, Substitute};
use oms_domain::transition::Trigger;
use oms_domain::{Actor, Order, Sku, State, reason};
use oms_ports::orders::{Origin, Stored};
use oms_ports::stock::{Allocated, Exchange, Held};
use oms_ports::{PortError, StepError};

use crate::facts::{Demand, Facts, demand_of};
use crate::plan::{NoPlan, plan, sub_orders};
use crate::shortage::{record, short, substitutes};
use crate::{Deps, days, gather};

/// Plans made in one run, where stock goes between planning and allocating; then the machine tries again.
const TRIES: usize = 3;

/// Routes the order, or finds that nobody can serve it at present.
pub(crate) async fn order(deps: &Deps, stored: &Stored, document: &Document) -> Result<Stored, StepError> {
    let stored = &substituted(deps, stored, document).await?;
    let demand =
        demand_of(&stored.order, document).ok_or_else(|| StepError::Bug("an amount overflows that the checks let pass".to_owned()))?;
    let by = By::new(Actor::system("route"), deps.clock.now());
    let started = if stored.order.state == State::Confirmed { stored.change().go(Trigger::RoutingStarted, &by)? } else { stored.change() };
    match allocated(deps, stored, document, &demand).await? {
        Sourced::By(plan) => assign(deps, stored, started, &plan, document, &demand, &by).await,
        Sourced::ByNobody { short, instead, facts } => {
            tracing::info!(order.id = %stored.order.id, skus = short.len(), "Nobody can deliver order {} at present", stored.order.id);
            let offered = started.order.shortages.is_news(State::Routing, None, &instead);
            let rests = started.learn(Fact::NotSourced { no: None, short: short.clone(), instead, offered }, &by)?;
            // Apart, like what else is seldom done: its state would swell that of every step.
            let why = Box::pin(record(deps, &rests.order, None, short, &facts)).await?;
            Ok(deps.orders.commit(stored, rests, Origin::Machine, &why).await?)
        }
        Sourced::HoldLost => {
            let none = started.go(Trigger::NoFeasibleRouteOrCancelled, &by.because(reason::HOLD_LOST))?;
            Ok(deps.orders.commit(stored, none, Origin::Machine, &[]).await?)
        }
    }
}

/// The order with the substitutes that its customer has chosen, held in the place of what is short; as it is where none were chosen, or where they are gone too.
async fn substituted(deps: &Deps, stored: &Stored, document: &Document) -> Result<Stored, StepError> {
    let order = &stored.order;
    let chosen = order.shortages.of(None).filter(|shortage| shortage.answer == Some(Answer::Substitute) && !shortage.instead.is_empty());
    let Some((shortage, offer)) = chosen.and_then(|shortage| Some((shortage, shortage.offer?))) else { return Ok(stored.clone()) };
    let demand = demand_of(order, document).unwrap_or_default();
    let exchange = |of: &Substitute| {
        let quantity = demand.iter().find(|wanted| wanted.sku == of.ordered).map(|wanted| wanted.quantity)?;
        Some(Exchange { from: of.ordered.clone(), to: of.instead.clone(), quantity })
    };
    let goods: Vec<Exchange> = shortage.instead.iter().filter_map(exchange).collect();
    // Under the number of the offer: exchanged once, whatever run dies between that and the order's word for it.
    if deps.inventory.exchange(order.id, offer, &goods).await? != Held::Yes {
        tracing::info!(order.id = %order.id, "The substitutes that order {} was offered are gone too", order.id);
        return Ok(stored.clone());
    }
    let by = By::new(Actor::system("route"), deps.clock.now());
    let changed = stored.change().learn(Fact::Substituted { goods: shortage.instead.clone() }, &by)?;
    Ok(deps.orders.commit(stored, changed, Origin::Machine, &[]).await?)
}

/// Who serves the order.
enum Sourced {
    /// The sources of this plan, whose stock is allocated.
    By(Plan),
    /// Nobody can at present.
    ByNobody {
        /// What is short.
        short: Vec<Sku>,
        /// What could be sent in its place.
        instead: Vec<Substitute>,
        /// What is known of its sources.
        facts: Box<Facts>,
    },
    /// Its hold was lost, and with it the promise.
    HoldLost,
}

/// The key of the order's plan.
fn key(order: &Order) -> Result<u64, StepError> {
    let checked = order.checked.ok_or_else(|| StepError::Bug(format!("order {} is routed without its checks", order.id)))?;
    // What was planned for other goods is of no use any more.
    let since = order.substituted.as_ref().map_or(checked, |substitution| substitution.since);
    // A plan that was in force and is no longer is not taken up again.
    Ok(if order.plan == Some(since) { order.seq } else { since })
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
    let mut came_short: Option<Plan> = None;
    for _ in 0..TRIES {
        let plan = match settled(deps, order, key, document, demand, came_short.as_ref()).await? {
            Ok(plan) => plan,
            Err(facts) => {
                let short = short(&facts);
                let instead = Box::pin(substitutes(deps, order, document, &facts, &short)).await?;
                return Ok(Sourced::ByNobody { short, instead, facts });
            }
        };
        let days = days::of(deps, &plan.chosen.shipments).await?;
        match deps.inventory.allocate_on(order.id, &allocations(&plan.chosen.shipments), &days).await? {
            Allocated::Yes if came_short.is_none() => return Ok(Sourced::By(plan)),
            // Of several runs whose plan came short each may have made another, and allocated it: what is kept is what is allocated.
            Allocated::Yes if deps.records.plan(order.id, key).await?.as_ref() == Some(&plan) => return Ok(Sourced::By(plan)),
            Allocated::Yes => return Err(StepError::Conflict),
            Allocated::Short(rows) => {
                tracing::info!(order.id = %order.id, sources = rows.len(), "Stock went while order {} was planned", order.id);
                came_short = Some(plan);
            }
            // Either somebody cancelled the order meanwhile, or its hold was lost, and with it the promise.
            Allocated::NoHold => {
                let now = deps.orders.load(order.id).await?;
                let same = now.is_some_and(|now| now.order.seq == order.seq);
                return if same { Ok(Sourced::HoldLost) } else { Err(StepError::Conflict) };
            }
        }
    }
    Err(StepError::Conflict)
}

/// The plan that is kept: a new one, unless an earlier run has kept one that did not come short; or the facts that allow none.
async fn settled(
    deps: &Deps,
    order: &Order,
    key: u64,
    document: &Document,
    demand: &[Demand],
    came_short: Option<&Plan>,
) -> Result<Result<Plan, Box<Facts>>, StepError> {
    let facts = gather::facts(deps, order, document, key, demand.to_vec(), BTreeSet::new()).await?;
    match plan(&facts) {
        Ok(plan) => Ok(Ok(deps.orders.settle(order.id, &plan, came_short).await?)),
        Err(NoPlan::Infeasible) => {
            // Perhaps because an earlier run has set the goods aside for this very order.
            let kept = deps.records.plan(order.id, key).await?.filter(|kept| Some(kept) != came_short);
            Ok(kept.ok_or_else(|| Box::new(facts)))
        }
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
