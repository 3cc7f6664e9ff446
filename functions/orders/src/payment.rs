//! The money side of reading an order: what the customer has to do, and the ledger.

use oms_contract::api::view::{LedgerView, PaymentAction};
use oms_contract::http::Caller;
use oms_contract::problem::Problem;
use oms_domain::history::Entry;
use oms_domain::ledger;
use oms_domain::order::PaymentStatus;
use oms_domain::{ActorKind, Order, State};
use oms_ports::StepError;
use oms_ports::effects::EffectKey;
use oms_ports::gateway::{GatewayPayment, Standing};

use crate::Deps;

/// What the gateway asks of the customer before the payment goes on; `None` where it asks nothing, or where somebody else reads.
///
/// The secret stands with the outcome of the reservation and nowhere else: not in the head, not in the history.
pub(crate) async fn action(deps: &Deps, caller: &Caller, order: &Order) -> Result<Option<PaymentAction>, Problem> {
    let waits = order.state == State::PendingPayment && order.payment.status == PaymentStatus::ActionRequired;
    let own = caller.role == ActorKind::Customer && caller.subject == order.customer_id.as_str();
    if !waits || !own {
        return Ok(None);
    }
    let key = EffectKey::Authorize(order.payment.attempt);
    // Not there while the step that learnt of it is still writing.
    let Some(outcome) = deps.effects.outcome(order.id, &key).await? else { return Ok(None) };
    match serde_json::from_value::<GatewayPayment>(outcome).map(|payment| payment.standing) {
        Ok(Standing::ActionRequired { client_secret }) => Ok(Some(PaymentAction { client_secret: client_secret.expose().to_owned() })),
        Ok(_) => Ok(None),
        Err(_) => {
            let bug = StepError::Bug(String::new());
            tracing::error!(order.id = %order.id, effect = %key, error.name = bug.name(), "The outcome of {key} of order {} does not parse", order.id);
            Err(Problem::internal())
        }
    }
}

/// The ledger, read from the history.
pub(crate) fn ledger(order: &Order, history: &[Entry]) -> LedgerView {
    let rows = ledger::of(history);
    LedgerView {
        order_id: order.id.to_string(),
        currency: order.currency.to_string(),
        balance: rows.last().map(|row| row.balance).unwrap_or_default().into(),
        rows: rows.iter().map(Into::into).collect(),
    }
}

#[cfg(test)]
mod tests;
