//! A step failed for good: the order is stopped where a person sees it, and can be started again.

use serde_json::json;

use oms_contract::step::StalledStep;
use oms_domain::change::By;
use oms_domain::history::Fact;
use oms_domain::{Actor, flow};
use oms_ports::StepError;
use oms_ports::messaging::Topic;
use oms_ports::orders::Origin;

use crate::Deps;

/// Notes the stall, unless the order has moved on or is stopped already.
pub(crate) async fn note(deps: &Deps, failed: &StalledStep) -> Result<(), StepError> {
    let id = failed.order_id;
    let Some(stored) = deps.orders.load(id).await? else {
        return Err(StepError::Refused(format!("a step failed for order {id}, which does not exist")));
    };
    let order = &stored.order;
    // A step whose error came after its write has done its work; the next one goes on from there.
    let moved_on = failed.step != "dispatch" && flow::next(order).to_string() != failed.step;
    if order.stalled.is_some() || moved_on {
        return Ok(());
    }
    let by = By::new(Actor::system("machine"), deps.clock.now());
    let fact = Fact::Stalled { step: failed.step.clone(), error: failed.error.clone() };
    let stalled = stored.change().learn(fact, &by)?;
    let times = stalled.order.stalls;
    deps.orders.commit(&stored, stalled, Origin::Machine, &[]).await?;
    tracing::error!(order.id = %id, step = failed.step, error.name = failed.error, stalls = times, "Order {id} is stalled");
    let body = json!({ "event": "order.stalled", "order_id": id, "number": id.number(), "step": failed.step, "error": failed.error, "times": times });
    deps.topics.publish(Topic::Operators, "An order is stalled", &body, &[("event", "order.stalled")]).await?;
    Ok(())
}
