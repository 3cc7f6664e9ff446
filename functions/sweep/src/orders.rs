//! Orders whose time has come.

use jiff::{SignedDuration, Timestamp};

use oms_contract::step::StepOutcome;
use oms_domain::change::{By, Changed};
use oms_domain::history::Fact;
use oms_domain::timers::{self, BusinessHours, Due, STUCK_AFTER};
use oms_domain::transition::{self, Trigger};
use oms_domain::{Actor, Order, OrderId, reason};
use oms_ports::orders::{Origin, Stored};
use oms_ports::{PortError, StepError};

use crate::{Deps, PER_RUN, warnings};

/// Longest time between two restarts of an order that does not move.
const SLOWEST_RESTART: SignedDuration = SignedDuration::from_hours(1);

/// Handles all that is due.
pub(crate) async fn sweep(deps: &Deps) -> Result<(), StepError> {
    let now = deps.clock.now();
    let due = deps.wakes.due(now, PER_RUN).await?;
    if due.is_empty() {
        return Ok(());
    }
    let hours = warnings::hours(deps).await?;
    for id in &due {
        match visit(deps, *id, &hours, now).await {
            // Somebody else changed the order at the same moment: its timer has lost, and stays due.
            Ok(()) | Err(StepError::Conflict) => {}
            Err(error) => tracing::error!(order.id = %id, error.name = error.name(), "Order {id} could not be swept and stays due"),
        }
    }
    tracing::info!(orders = due.len(), "Swept {} orders", due.len());
    Ok(())
}

async fn visit(deps: &Deps, id: OrderId, hours: &BusinessHours, now: Timestamp) -> Result<(), StepError> {
    let Some(stored) = deps.orders.load(id).await? else { return Ok(()) };
    let by = By::new(Actor::system("sweep"), now);
    let to_warn = warnings::tell(deps, &stored.order, hours, now).await?;
    match timers::due(&stored.order, now) {
        None => Ok(deps.wakes.wake(&stored, timers::after(&stored.order, now).into_iter().chain(to_warn).min()).await?),
        Some(Due::Restart) => restart(deps, &stored, to_warn, now).await,
        Some(Due::ResumeUndo) => settle(deps, &stored, stored.change().learn(Fact::UndoResumed, &by)?).await,
        Some(Due::Resume) => settle(deps, &stored, stored.change().learn(Fact::Resumed, &by)?).await,
        Some(Due::SearchAgain(no)) => settle(deps, &stored, stored.change().learn(Fact::SourcingResumed { no }, &by)?).await,
        Some(Due::RetryPayment) => {
            let retried = stored.change().go(Trigger::PaymentRetried, &by.because("soft_decline"))?;
            settle(deps, &stored, retried).await
        }
        Some(Due::Expire(None)) => {
            let by = by.because(reason::timed_out(stored.order.state));
            settle(deps, &stored, stored.change().cancel(&by)?).await
        }
        Some(Due::Expire(Some(no))) => expire_part(deps, &stored, no, by).await,
    }
}

/// Starts the machine for an order that should have moved by now, or whose cancellation should be over, and comes back after as long again as
/// the order has stood.
async fn restart(deps: &Deps, stored: &Stored, to_warn: Option<Timestamp>, now: Timestamp) -> Result<(), StepError> {
    let outcome = StepOutcome::of(&stored.order);
    let (moves, undoes) = timers::stands_still(&stored.order, now);
    if moves {
        deps.machine.restart(&outcome, now).await?;
    }
    if undoes {
        deps.cancellation.restart(&outcome, now).await?;
    }
    let stood = now.duration_since(stored.order.changed_at).clamp(STUCK_AFTER, SLOWEST_RESTART);
    tracing::warn!(order.id = %stored.order.id, order.state = %stored.order.state, "Order {} stood still and is started again", stored.order.id);
    let again = now.checked_add(stood).ok();
    // The state may end before that.
    Ok(deps.wakes.wake(stored, again.into_iter().chain(timers::after(&stored.order, now)).chain(to_warn).min()).await?)
}

/// Stores what the timer did, and sets the next.
async fn settle(deps: &Deps, was: &Stored, now: Changed) -> Result<(), StepError> {
    let stored = deps.orders.commit(was, now, Origin::Outside, &[]).await?;
    tracing::info!(order.id = %stored.order.id, order.state = %stored.order.state, "A timer of order {} fired", stored.order.id);
    match deps.wakes.wake(&stored, timers::next_look(&stored.order)).await {
        // The relay has moved it on already; the index still holds an earlier time, which only means one more look.
        Err(PortError::Conflict) => Ok(()),
        other => Ok(other?),
    }
}

/// Cancels one vendor's part. Where other parts live on, the machine sees to its stock and its price; else everything goes back.
async fn expire_part(deps: &Deps, stored: &Stored, no: u8, by: By) -> Result<(), StepError> {
    let state = stored.order.part(no).map_or(stored.order.state, |part| part.state);
    let trigger = transition::cancelling(state).ok_or_else(|| StepError::Bug(format!("a timer on {state}, which nothing cancels")))?;
    let cancelled = stored.change().go_part(no, trigger, &by.because(reason::timed_out(state)))?;
    settle(deps, stored, cancelled).await
}

/// Whether an order still needs the stock that it holds.
pub(crate) fn needs_its_hold(order: &Order) -> bool {
    !order.state.is_terminal() && order.state != oms_domain::State::ValidationFailed
}
