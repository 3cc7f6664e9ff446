//! Orders on which somebody should have acted: told to the operators, once for each stay in a state.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use oms_contract::record::Notice;
use oms_domain::Order;
use oms_domain::timers::{BusinessHours, Warning, warnings};
use oms_ports::effects::{Begun, EffectKey};
use oms_ports::messaging::Topic;
use oms_ports::reference::Wanted;
use oms_ports::{Party, PortError, StepError};

use crate::Deps;

/// Longer than the function's own deadline of 50 s: no two runs tell at once.
const LEASE: SignedDuration = SignedDuration::from_secs(55);

/// When the marketplace's vendors work.
pub(crate) async fn hours(deps: &Deps) -> Result<BusinessHours, StepError> {
    let found = deps.reference.fetch(&Wanted { market: true, ..Wanted::default() }).await?;
    let missing = || StepError::Unavailable(PortError::unavailable(Party::Store, "the marketplace's rules could not be had"));
    found.market.map(|market| market.business_hours).ok_or_else(missing)
}

/// Tells of everything whose moment has come; returns when there is more to tell.
pub(crate) async fn tell(deps: &Deps, order: &Order, hours: &BusinessHours, now: Timestamp) -> Result<Option<Timestamp>, StepError> {
    let (due, ahead): (Vec<Warning>, Vec<Warning>) = warnings(order, hours).into_iter().partition(|warning| warning.at <= now);
    for warning in due {
        once(deps, order, &warning, now).await?;
    }
    Ok(ahead.into_iter().map(|warning| warning.at).min())
}

/// Tells, unless it was told before. The name holds state, part and since when: another stay is another name.
async fn once(deps: &Deps, order: &Order, warning: &Warning, now: Timestamp) -> Result<(), StepError> {
    let id = order.id;
    let piece = warning.part.map(|no| format!("-{no}")).unwrap_or_default();
    let milestone = format!("overdue-{}{piece}-{}", warning.state, warning.since.as_millisecond());
    let key = EffectKey::Notice { milestone: milestone.clone(), channel: "operators".to_owned() };
    match deps.effects.begin(id, &key, now, now.saturating_add(LEASE).unwrap_or(now)).await? {
        Begun::Done(_) => return Ok(()),
        Begun::Held => return Err(StepError::InProgress),
        Begun::Mine | Begun::Unsure => {}
    }
    let body = json!({
        "event": "order.overdue",
        "order_id": id,
        "number": id.number(),
        "state": warning.state,
        "part": warning.part,
        "since": warning.since,
        "due": warning.at,
    });
    let state = warning.state.to_string();
    let attributes = [("event", "order.overdue"), ("state", state.as_str())];
    match deps.topics.publish(Topic::Operators, "An order is overdue", &body, &attributes).await {
        Ok(message_id) => {
            let notice = Notice { milestone, channel: "operators".to_owned(), at: now, message_id };
            deps.effects.finish(id, &key, &json!(notice)).await?;
            tracing::warn!(order.id = %id, order.state = %warning.state, part = warning.part, "Order {id} is overdue in {state}; the operators are told");
            Ok(())
        }
        Err(error) => {
            deps.effects.doubt(id, &key).await?;
            Err(error.into())
        }
    }
}
