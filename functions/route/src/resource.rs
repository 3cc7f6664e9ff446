//! Sourcing one vendor's part again, after its vendor refused it.

use std::collections::BTreeSet;

use oms_contract::record::{Plan, Record, SubOrder};
use oms_domain::change::{By, Changed};
use oms_domain::document::Document;
use oms_domain::history::Fact;
use oms_domain::transition::Trigger;
use oms_domain::{Actor, State, VendorId};
use oms_ports::StepError;
use oms_ports::orders::{Origin, Stored};
use oms_ports::stock::Allocated;

use crate::facts::{Demand, demand_of};
use crate::plan::{NoPlan, allocations, plan, sub_orders};
use crate::{Deps, gather};

/// Finds the part another source, or gives it up.
pub(crate) async fn part(deps: &Deps, stored: &Stored, document: &Document, no: u8) -> Result<Stored, StepError> {
    let order = &stored.order;
    let parts = deps.records.sub_orders(order.id).await?;
    let old = parts.iter().find(|part| part.sub_order_id.part == no);
    let old = old.ok_or_else(|| StepError::Bug(format!("part {no} of order {} has no sub-order", order.id)))?;
    let by = By::new(Actor::system("route"), deps.clock.now());
    let demand = demand_of_part(document, old).ok_or_else(|| StepError::Bug("an amount overflows that the checks let pass".to_owned()))?;
    match reallocated(deps, stored, document, old, &demand).await? {
        Some(plan) => assign(deps, stored, &plan, old, &demand, &by).await,
        None => give_up(deps, stored, old, &by).await,
    }
}

/// The lines' amounts for what this part delivers.
fn demand_of_part(document: &Document, part: &SubOrder) -> Option<Vec<Demand>> {
    let mut of_part: Vec<Demand> = Vec::new();
    for whole in demand_of(document)? {
        let items = part.shipments.iter().flat_map(|shipment| &shipment.items);
        let quantity: u32 = items.filter(|(sku, _)| *sku == whole.sku).map(|(_, quantity)| *quantity).sum();
        if quantity > 0 {
            let share = |amount: i64| i64::try_from(i128::from(amount) * i128::from(quantity) / i128::from(whole.quantity.max(1))).ok();
            of_part.push(Demand { quantity, net: share(whole.net)?, tax: share(whole.tax)?, sku: whole.sku });
        }
    }
    Some(of_part)
}

/// The plan whose stock is allocated in the old one's stead; `None` where nobody else has it.
async fn reallocated(
    deps: &Deps,
    stored: &Stored,
    document: &Document,
    old: &SubOrder,
    demand: &[Demand],
) -> Result<Option<Plan>, StepError> {
    let order = &stored.order;
    let known = deps.records.plan(order.id, order.seq).await?;
    let plan = match known {
        Some(plan) => plan,
        None => {
            let refused: BTreeSet<VendorId> = [old.vendor_id.clone()].into();
            let facts = gather::facts(deps, order, document, demand.to_vec(), refused).await?;
            match plan(&facts) {
                Ok(plan) => plan,
                Err(NoPlan::Infeasible) => return Ok(None),
                Err(NoPlan::TooLarge) => return Err(StepError::Bug(format!("order {} is too large to be routed", order.id))),
            }
        }
    };
    deps.orders.keep(order.id, &[Record::Plan(plan.clone())]).await?;
    let (from, to) = (allocations(&old.shipments), allocations(&plan.chosen.shipments));
    match deps.inventory.reallocate(order.id, order.seq, &from, &to).await? {
        Allocated::Yes => Ok(Some(plan)),
        // Gone since it was planned: the next run plans anew, from what is left then.
        Allocated::Short(_) => Err(StepError::Conflict),
        Allocated::NoHold => Err(StepError::Refused(format!("order {} has no stock allocated", order.id))),
    }
}

/// The first vendor takes the part's number, others get new ones.
async fn assign(deps: &Deps, stored: &Stored, plan: &Plan, old: &SubOrder, demand: &[Demand], by: &By) -> Result<Stored, StepError> {
    let no = old.sub_order_id.part;
    let last = stored.order.parts.iter().map(|part| part.no).max().unwrap_or(no);
    let number = |i: usize| if i == 0 { no } else { last.saturating_add(u8::try_from(i).unwrap_or(u8::MAX)) };
    let parts = sub_orders(stored.order.id, plan, demand, old.paid, number);
    let fact =
        Fact::Assigned { report: plan.version, parts: parts.iter().map(|part| (part.sub_order_id.part, part.vendor_id.clone())).collect() };
    let assigned = begun(stored, no, by)?.go_part_knowing(no, Trigger::VendorsAssigned, fact, by)?;
    let records: Vec<Record> = parts.into_iter().map(|sub_order| Record::SubOrder { sub_order, open: true }).collect();
    Ok(deps.orders.commit(stored, assigned, Origin::Machine, &records).await?)
}

fn begun(stored: &Stored, no: u8, by: &By) -> Result<Changed, StepError> {
    let rejected = stored.order.part(no).is_some_and(|part| part.state == State::VendorRejected);
    let change = stored.change();
    Ok(if rejected { change.go_part(no, Trigger::ResourcingStarted, by)? } else { change })
}

/// Nobody else has it: the part is cancelled. Where others live on, what was paid for it is owed, and its stock goes back; of an order that ends
/// with it, everything goes back by itself.
async fn give_up(deps: &Deps, stored: &Stored, old: &SubOrder, by: &By) -> Result<Stored, StepError> {
    let no = old.sub_order_id.part;
    let by = by.clone().because("no_alternative");
    let rejected = stored.order.part(no).is_some_and(|part| part.state == State::VendorRejected);
    let trigger = if rejected { Trigger::NoAlternativeOrCancelled } else { Trigger::NoFeasibleRouteOrCancelled };
    let cancelled = stored.change().go_part(no, trigger, &by)?;
    let lives_on = !cancelled.order.is_dead();
    let changed = if lives_on { cancelled.learn(Fact::RefundDue { amount: old.paid }, &by)? } else { cancelled };
    let run = changed.order.seq;
    let closed = Record::SubOrder { sub_order: old.clone(), open: false };
    let now = deps.orders.commit(stored, changed, Origin::Machine, &[closed]).await?;
    if lives_on {
        deps.inventory.release_part(now.order.id, run, &allocations(&old.shipments)).await?;
    }
    Ok(now)
}
