//! Giving back labels that nobody will use: of a part that was cancelled, or that another vendor delivers now.

use jiff::Timestamp;

use oms_carriers::desk::{Bought, Desk, Place, Returned, outcome_of, packages_before};
use oms_domain::change::By;
use oms_domain::history::Fact;
use oms_domain::{Actor, State};
use oms_ports::StepError;
use oms_ports::effects::EffectKey;
use oms_ports::orders::{Origin, TrackedPackage};

use crate::Deps;

/// Gives the package's label back where it is not needed any more; whether that is so. What the carrier does not take back is left to the
/// operators' task that the cancellation raised.
pub(crate) async fn needless_label(deps: &Deps, tracked: &TrackedPackage, now: Timestamp) -> Result<bool, StepError> {
    let (order, package) = (tracked.order_id, &tracked.package);
    let (part, number) = (package.sub_order_id.part, package.package);
    let Some((code, labels)) = deps.labels.get_key_value(package.carrier.as_str()) else { return Ok(false) };
    let key = EffectKey::Label { part, package: number };
    let Some(bought) = deps.effects.outcome(order, &key).await? else { return Ok(false) };
    let bought: Bought = outcome_of(&key, bought)?;
    let Some(stored) = deps.orders.load(order).await? else { return Ok(false) };
    let cancelled = stored.order.part(part).is_none_or(|part| part.state == State::Cancelled);
    let history = deps.records.history(order).await?;
    if bought.booking.tracking_number != package.tracking_number || !(cancelled || number <= packages_before(&history, part)) {
        return Ok(false);
    }
    let desk = Desk { carrier: code, labels: labels.as_ref(), effects: deps.effects.as_ref(), clock: deps.clock.as_ref() };
    match desk.void(Place { order, part, package: number }, &bought.booking).await? {
        Returned::Voided => {
            let fact = Fact::LabelVoided { no: part, package: number };
            if !history.iter().any(|entry| entry.fact.as_ref() == Some(&fact)) {
                let voided = stored.change().learn(fact, &By::new(Actor::system("track-poll"), now))?;
                deps.orders.commit(&stored, voided, Origin::Outside, &[]).await?;
            }
            tracing::info!(order.id = %order, order.part = part, carrier = code, "Order {order}: a label of part {part} is given back");
        }
        Returned::Kept { code: why } => {
            tracing::warn!(order.id = %order, order.part = part, carrier = code, error.code = why, "Order {order}: {code} does not take a label back");
        }
    }
    Ok(true)
}
