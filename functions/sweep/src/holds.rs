//! Holds that ran out: an order that is alive keeps its stock, whatever took so long; a hold without a living order goes back.

use jiff::{SignedDuration, Timestamp};

use oms_domain::State;
use oms_ports::StepError;
use oms_ports::stock::Expired;

use crate::orders::needs_its_hold;
use crate::{Deps, PER_RUN};

/// By how much a hold in use is extended.
const EXTENSION: SignedDuration = SignedDuration::from_mins(30);

/// Handles all that ran out.
pub(crate) async fn sweep(deps: &Deps) -> Result<(), StepError> {
    let now = deps.clock.now();
    for hold in deps.inventory.expired(now, PER_RUN).await? {
        if let Err(error) = settle(deps, &hold, now).await {
            let id = hold.order_id;
            tracing::error!(order.id = %id, error.name = error.name(), "The hold of order {id} could not be swept and stays due");
        }
    }
    Ok(())
}

async fn settle(deps: &Deps, hold: &Expired, now: Timestamp) -> Result<(), StepError> {
    let id = hold.order_id;
    let stored = deps.orders.load(id).await?;
    if stored.as_ref().is_some_and(|stored| needs_its_hold(&stored.order)) {
        deps.inventory.extend(id, now.saturating_add(EXTENSION).unwrap_or(now)).await?;
    } else {
        // An order that can still be corrected may hold anew then; one that is dead, or was never there, may not.
        let correctable = stored.is_some_and(|stored| stored.order.state == State::ValidationFailed);
        if correctable {
            deps.inventory.lapse(id, now).await?;
        } else {
            deps.inventory.release(id).await?;
        }
        tracing::info!(order.id = %id, "The hold of order {id} ran out and is given back");
    }
    Ok(())
}
