//! Holds that ran out: an order that is alive keeps its stock, whatever took so long; a hold without a living order goes back.

use jiff::{SignedDuration, Timestamp};

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
    let needed = deps.orders.load(id).await?.is_some_and(|stored| needs_its_hold(&stored.order));
    if needed {
        deps.inventory.extend(id, now.saturating_add(EXTENSION).unwrap_or(now)).await?;
    } else {
        deps.inventory.release(id).await?;
        tracing::info!(order.id = %id, "The hold of order {id} ran out and is released");
    }
    Ok(())
}
