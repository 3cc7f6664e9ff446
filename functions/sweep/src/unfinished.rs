//! Something of a cancellation failed for good: the order shows it, and what no machine will do is handed to a person.

use oms_contract::queue::OperatorTask;
use oms_contract::step::{FINAL, Unfinished};
use oms_domain::change::By;
use oms_domain::flow::{self, Undo};
use oms_domain::history::Fact;
use oms_domain::order::Failure;
use oms_domain::timers::RESTARTS;
use oms_domain::{Actor, Order};
use oms_ports::StepError;
use oms_ports::orders::Origin;

use crate::Deps;

/// Notes what failed, unless it was done meanwhile or is noted already. A person is asked at once where trying again is pointless by the error's
/// own word, else only when the sweeper has tried it as often as it does.
pub(crate) async fn note(deps: &Deps, unfinished: &Unfinished) -> Result<(), StepError> {
    let id = unfinished.order_id;
    let Some(stored) = deps.orders.load(id).await? else {
        return Err(StepError::Refused(format!("a cancellation failed for order {id}, which does not exist")));
    };
    let order = &stored.order;
    // Empty as well where the failure is noted: then this is a repeat.
    let left = flow::undo(order);
    let failures: Vec<Failure> = unfinished.failures.iter().filter(|failure| left.contains(&failure.undo)).cloned().collect();
    if failures.is_empty() {
        return Ok(());
    }
    let now = deps.clock.now();
    let noted = stored.change().learn(Fact::UndoFailed { failures: failures.clone() }, &By::new(Actor::system("machine"), now))?;
    let stops = noted.order.undo_stops;
    // Handed over first: a task twice, under one id, is a smaller harm than none.
    for failure in failures.iter().filter(|failure| for_a_person(failure, stops)) {
        deps.tasks.hand(&task(order, failure, stops, now)).await?;
    }
    deps.orders.commit(&stored, noted, Origin::Machine, &[]).await?;
    for Failure { undo, error } in &failures {
        tracing::error!(order.id = %id, undo = %undo, error.name = error, stops, "The {undo} of cancelled order {id} could not be undone");
    }
    Ok(())
}

fn for_a_person(failure: &Failure, stops: u8) -> bool {
    let pointless = FINAL.contains(&failure.error.as_str());
    if pointless { stops == 1 } else { stops == RESTARTS + 1 }
}

fn task(order: &Order, failure: &Failure, stops: u8, at: jiff::Timestamp) -> OperatorTask {
    OperatorTask {
        id: format!("{}/{}/{stops}", order.id, failure.undo),
        order_id: order.id,
        number: order.id.number(),
        version: order.seq,
        at,
        failed: failure.undo.to_string(),
        error: failure.error.clone(),
        action: format!("{} Then resume the order (POST /api/v2/orders/{}/resume).", action(order, failure.undo), order.id),
    }
}

/// What to do about it. Amounts are minor units of the order's currency.
fn action(order: &Order, undo: Undo) -> String {
    match undo {
        Undo::Money => {
            let (payment, due) = (&order.payment, order.refund_due());
            let what = if due > 0 { format!("a refund of {due}") } else { format!("the reservation of {}", payment.authorized) };
            format!(
                "See in the payment gateway how the payment of attempt {} stands: {what} ({}, minor units) is due to the customer. Give it back there if it was not.",
                payment.attempt, order.currency
            )
        }
        Undo::Stock => {
            "Compare the order's hold with the counters of its SKUs (the log of `validate` says which do not fit) and mend them.".to_owned()
        }
        Undo::People => {
            "Tell the vendors of the cancelled parts that they have nothing to send (the log of `notify` says who could not be told)."
                .to_owned()
        }
    }
}
