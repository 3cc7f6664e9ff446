//! What leaves after a write: the events of its entries, and an execution where the order has somewhere to go, or something to undo.
//!
//! Everything is repeatable: events carry stable ids, and a step finds its work done. So a batch that fails anywhere is simply taken again.

use std::sync::Arc;

use oms_contract::event::events_of;
use oms_contract::step::StepOutcome;
use oms_domain::Order;
use oms_domain::flow::{self, Next};
use oms_domain::history::Entry;
use oms_ports::StepError;
use oms_ports::messaging::{Bus, Machine};
use oms_ports::orders::Origin;

/// What the relay needs.
pub struct Deps {
    /// Where events go.
    pub bus: Arc<dyn Bus>,
    /// What moves orders.
    pub machine: Arc<dyn Machine>,
    /// What undoes what cancelled ones have taken.
    pub cancellation: Arc<dyn Machine>,
}

/// One write of an order's head.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// The head after it.
    pub order: Order,
    /// Its entries.
    pub entries: Vec<Entry>,
    /// Who wrote.
    pub via: Origin,
}

/// Relays a batch of writes, in their order.
///
/// # Errors
/// Where anything could not be relayed: the whole batch is to be tried again.
pub async fn handle(deps: &Deps, batch: &[Written]) -> Result<(), StepError> {
    let events: Vec<_> = batch.iter().flat_map(|write| events_of(&write.order, &write.entries)).collect();
    if !events.is_empty() {
        deps.bus.publish(&events).await?;
    }
    for outcome in latest(batch, |write| write.via == Origin::Outside).filter(|outcome| outcome.next != Next::Wait) {
        deps.machine.start(&outcome).await?;
    }
    for outcome in
        latest(batch, |write| write.via == Origin::Outside || flow::kills(&write.entries)).filter(|outcome| !outcome.undo.is_empty())
    {
        deps.cancellation.start(&outcome).await?;
    }
    tracing::info!(writes = batch.len(), events = events.len(), "Relayed {} writes as {} events", batch.len(), events.len());
    Ok(())
}

/// Where the orders stand that have a write in the batch which `asks` for an execution: once each, by the latest such write.
///
/// A write of a machine itself starts nothing: the execution that made it goes on. Only where a step kills an order, or a part of it, there is
/// something to undo that its own machine does not do.
fn latest(batch: &[Written], asks: impl Fn(&Written) -> bool) -> impl Iterator<Item = StepOutcome> {
    let mut latest: Vec<StepOutcome> = Vec::new();
    for write in batch.iter().filter(|write| asks(write)) {
        let outcome = StepOutcome::of(&write.order);
        latest.retain(|earlier| earlier.order_id != outcome.order_id);
        latest.push(outcome);
    }
    latest.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use oms_domain::change::{By, Changed};
    use oms_domain::flow::Undo;
    use oms_domain::history::Fact;
    use oms_domain::transition::Trigger;
    use oms_domain::{Actor, ActorKind, State};
    use oms_fakes::{MemoryBus, MemoryMachine, an_order};

    struct Bench {
        deps: Deps,
        bus: Arc<MemoryBus>,
        machine: Arc<MemoryMachine>,
        cancellation: Arc<MemoryMachine>,
    }

    fn bench() -> Bench {
        let (bus, machine, cancellation) =
            (Arc::new(MemoryBus::default()), Arc::<MemoryMachine>::default(), Arc::<MemoryMachine>::default());
        let deps = Deps { bus: bus.clone(), machine: machine.clone(), cancellation: cancellation.clone() };
        Bench { deps, bus, machine, cancellation }
    }

    fn written(nth: u64, state: State, via: Origin) -> Written {
        let changed = an_order().nth(nth).at(state).build();
        let last = changed.entries.last().cloned();
        Written { order: changed.order, entries: last.into_iter().collect(), via }
    }

    #[tokio::test]
    async fn starts_the_machine_only_for_moves_from_outside_that_leave_work() {
        for (state, via, started) in [
            (State::PendingPayment, Origin::Outside, 1),
            (State::PendingPayment, Origin::Machine, 0),
            (State::FraudReview, Origin::Outside, 0),
            (State::Delivered, Origin::Outside, 0),
        ] {
            let bench = bench();
            handle(&bench.deps, &[written(1, state, via)]).await.unwrap();
            assert_eq!(bench.machine.started().len(), started, "{state} {via:?}");
        }
    }

    /// A step may kill an order (no feasible route): its own machine has nothing left to do, so that it must be said to the other.
    #[tokio::test]
    async fn whatever_kills_an_order_has_its_cancellation_started_and_its_steps_start_nothing() {
        for via in [Origin::Outside, Origin::Machine] {
            let bench = bench();
            handle(&bench.deps, &[written(1, State::Cancelled, via)]).await.unwrap();
            assert_eq!((bench.machine.started().len(), bench.cancellation.started().len()), (0, 1), "{via:?}");
            assert_eq!(bench.cancellation.started()[0].undo, [Undo::Stock, Undo::Money, Undo::People], "{via:?}");
        }
        let bench = bench();
        let dead = an_order().at(State::Cancelled).build();
        let by = By::new(Actor::system("validate"), dead.order.changed_at);
        let released = dead.learn(Fact::StockReleased, &by).unwrap();
        let step = Written { order: released.order, entries: released.entries.last().cloned().into_iter().collect(), via: Origin::Machine };
        handle(&bench.deps, &[step]).await.unwrap();
        assert!(bench.cancellation.started().is_empty(), "the execution that wrote it goes on");
    }

    #[tokio::test]
    async fn one_order_moved_twice_in_a_batch_starts_once_from_its_latest_version() {
        let bench = bench();
        let batch = [
            written(1, State::PendingPayment, Origin::Outside),
            written(1, State::FraudReview, Origin::Outside),
            written(2, State::PendingPayment, Origin::Outside),
        ];
        handle(&bench.deps, &batch).await.unwrap();
        let ids: Vec<_> = bench.machine.started().iter().map(|outcome| outcome.order_id).collect();
        assert_eq!(ids, [batch[2].order.id]);
    }

    #[tokio::test]
    async fn events_carry_the_entrys_own_id_however_often_it_is_relayed() {
        let bench = bench();
        let batch = [written(1, State::PendingPayment, Origin::Outside)];
        handle(&bench.deps, &batch).await.unwrap();
        handle(&bench.deps, &batch).await.unwrap();
        let events = bench.bus.published();
        assert_eq!(events.len(), 2);
        assert_eq!(events[0], events[1]);
        assert_eq!((events[0].r#type.as_str(), events[0].id.clone()), ("order.created", format!("{}-1", batch[0].order.id)));
    }

    /// The capture fails of an order that is wished to be cancelled, which comes true in the same write.
    #[tokio::test]
    async fn nobody_is_asked_to_pay_for_an_order_that_was_cancelled_in_the_same_write() {
        let routed = an_order().at(State::Routed).build();
        let by = |kind| By::new(Actor::new(kind, "someone"), routed.order.changed_at);
        let declined = Fact::PaymentDeclined { code: "authorization_expired".to_owned(), hard: false };
        for (wished, types) in [(false, vec!["order.payment_failed"]), (true, vec!["order.cancelled"])] {
            let before = Changed::of(routed.order.clone());
            let before = if wished { before.cancel_or_wish(&by(ActorKind::Customer)).unwrap() } else { before };
            let trigger = Trigger::AuthorizationExpiredOrCaptureFailed;
            let after = Changed::of(before.order).go_knowing(trigger, declined.clone(), &by(ActorKind::Gateway)).unwrap();
            let bench = bench();
            handle(&bench.deps, &[Written { order: after.order, entries: after.entries, via: Origin::Machine }]).await.unwrap();
            let told: Vec<_> = bench.bus.published().into_iter().map(|event| (event.r#type, event.data.attempt)).collect();
            let attempt = (!wished).then_some(1);
            assert_eq!(told, types.into_iter().map(|name| (name.to_owned(), attempt)).collect::<Vec<_>>(), "wished {wished}");
        }
    }

    #[tokio::test]
    async fn a_failed_publication_fails_the_batch_before_anything_starts() {
        let bench = bench();
        bench.bus.faults.before("publish", 1);
        let batch = [written(1, State::PendingPayment, Origin::Outside)];
        assert!(handle(&bench.deps, &batch).await.is_err());
        assert!(bench.machine.started().is_empty());
    }
}
