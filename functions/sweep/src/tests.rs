use super::*;

use jiff::SignedDuration;
use oms_domain::{OrderId, State};
use oms_fakes::{FixedClock, MemoryInventory, MemoryMachine, MemoryOrders, MemoryTopics, NOON, an_order, sku, some_stock};

struct Bench {
    deps: Deps,
    orders: Arc<MemoryOrders>,
    inventory: Arc<MemoryInventory>,
    machine: Arc<MemoryMachine>,
    topics: Arc<MemoryTopics>,
    clock: Arc<FixedClock>,
}

fn bench() -> Bench {
    let orders = Arc::new(MemoryOrders::default());
    let inventory = Arc::new(MemoryInventory::stocked(&[some_stock("A-1", "ven-a", 10)]));
    let (machine, topics) = (Arc::new(MemoryMachine::default()), Arc::new(MemoryTopics::default()));
    let clock = Arc::new(FixedClock::at(NOON));
    let deps = Deps {
        orders: orders.clone(),
        wakes: orders.clone(),
        inventory: inventory.clone(),
        machine: machine.clone(),
        topics: topics.clone(),
        clock: clock.clone(),
    };
    Bench { deps, orders, inventory, machine, topics, clock }
}

/// An order in that state, and the clock at its last change.
fn order_at(bench: &Bench, state: State) -> OrderId {
    let builder = an_order().at(state);
    let stored = bench.orders.seed(&builder.build());
    bench.clock.set(stored.order.changed_at);
    builder.id()
}

async fn tick(bench: &Bench) {
    handle(&bench.deps, Input::Tick {}).await.unwrap();
}

fn stall(id: OrderId, step: &str) -> Input {
    Input::Stalled(StalledStep { order_id: id, step: step.to_owned(), error: "Bug".to_owned() })
}

#[tokio::test]
async fn states_time_out_exactly_when_the_table_says() {
    for (state, after) in [
        (State::Draft, SignedDuration::from_hours(30 * 24)),
        (State::PaymentFailed, SignedDuration::from_hours(24)),
        (State::ValidationFailed, SignedDuration::from_hours(48)),
        (State::FraudReview, SignedDuration::from_hours(48)),
        (State::PendingFulfillment, SignedDuration::from_hours(48)),
    ] {
        let bench = bench();
        let id = order_at(&bench, state);
        // A soft decline is retried first; what is asked here is only that nothing is cancelled early.
        bench.clock.advance(after - SignedDuration::from_secs(1));
        tick(&bench).await;
        assert_ne!(bench.orders.order(id).state, State::Cancelled, "{state} too early");
        if bench.orders.order(id).state == state {
            bench.clock.advance(SignedDuration::from_secs(1));
            tick(&bench).await;
            assert_eq!(bench.orders.order(id).state, State::Cancelled, "{state}");
            let seq = bench.orders.order(id).seq;
            tick(&bench).await;
            assert_eq!(bench.orders.order(id).seq, seq, "{state} fired twice");
        }
    }
}

#[tokio::test]
async fn an_order_that_stands_still_is_started_again_ever_more_slowly() {
    let bench = bench();
    order_at(&bench, State::Confirmed);
    tick(&bench).await;
    assert_eq!(bench.machine.started().len(), 0, "it has only just arrived");
    bench.clock.advance(SignedDuration::from_secs(60));
    tick(&bench).await;
    tick(&bench).await;
    assert_eq!(bench.machine.started().len(), 1, "once a visit");
    bench.clock.advance(SignedDuration::from_secs(60));
    tick(&bench).await;
    assert_eq!(bench.machine.started().len(), 2);
}

#[tokio::test]
async fn a_delivered_order_is_never_looked_at_again() {
    let bench = bench();
    let id = order_at(&bench, State::Delivered);
    bench.clock.advance(SignedDuration::from_hours(24 * 365));
    let seq = bench.orders.order(id).seq;
    tick(&bench).await;
    assert_eq!(bench.orders.order(id).seq, seq);
    assert!(bench.machine.started().is_empty());
}

#[tokio::test]
async fn a_timer_that_lost_the_race_does_nothing() {
    let bench = bench();
    let id = order_at(&bench, State::FraudReview);
    bench.clock.advance(SignedDuration::from_hours(49));
    bench.orders.faults.before_with("commit", 1, oms_fakes::Fault::Conflict);
    tick(&bench).await;
    assert_eq!(bench.orders.order(id).state, State::FraudReview);
    tick(&bench).await;
    assert_eq!(bench.orders.order(id).state, State::Cancelled, "late rather than never");
}

#[tokio::test]
async fn one_order_that_fails_delays_no_other() {
    let bench = bench();
    let (first, second) = (an_order().nth(1).at(State::FraudReview), an_order().nth(2).at(State::FraudReview));
    bench.orders.seed(&first.build());
    bench.orders.seed(&second.build());
    bench.clock.advance(SignedDuration::from_hours(72));
    bench.orders.faults.before("load", 1);
    tick(&bench).await;
    let cancelled = [first.id(), second.id()].map(|id| bench.orders.order(id).state == State::Cancelled);
    assert_eq!(cancelled.iter().filter(|done| **done).count(), 1);
}

#[tokio::test]
async fn a_stall_is_noted_once_told_and_started_again_later() {
    let bench = bench();
    let id = order_at(&bench, State::Confirmed);
    handle(&bench.deps, stall(id, "route")).await.unwrap();
    handle(&bench.deps, stall(id, "route")).await.unwrap();
    assert_eq!(bench.topics.published().len(), 1);
    let order = bench.orders.order(id);
    assert_eq!(order.stalled.map(|stall| stall.step), Some("route".to_owned()));
    bench.clock.advance(SignedDuration::from_mins(2));
    tick(&bench).await;
    assert_eq!(bench.orders.order(id).stalled, None);
}

#[tokio::test]
async fn a_stall_of_a_step_that_is_done_is_none() {
    let bench = bench();
    let id = order_at(&bench, State::FraudReview);
    handle(&bench.deps, stall(id, "score")).await.unwrap();
    assert_eq!(bench.orders.order(id).stalled, None);
    assert!(bench.topics.published().is_empty());
}

#[tokio::test]
async fn a_hold_that_ran_out_stays_with_a_living_order_and_leaves_a_dead_one() {
    for (state, held) in [(State::FraudReview, true), (State::ValidationFailed, false)] {
        let bench = bench();
        let id = order_at(&bench, state);
        let now = bench.clock.now();
        bench.inventory.hold(id, &[(sku("A-1"), 3)], now).await.unwrap();
        bench.clock.advance(SignedDuration::from_secs(1));
        tick(&bench).await;
        assert_eq!(bench.inventory.taken_by(id).is_empty(), !held, "{state}");
    }
}

#[tokio::test]
async fn a_hold_without_an_order_goes_back() {
    let bench = bench();
    let id = an_order().nth(77).id();
    bench.inventory.hold(id, &[(sku("A-1"), 3)], NOON).await.unwrap();
    bench.clock.advance(SignedDuration::from_secs(1));
    tick(&bench).await;
    assert_eq!(bench.inventory.pool(&sku("A-1")), (10, 0));
}

#[test]
fn reads_what_the_schedule_and_the_machine_send() {
    assert!(matches!(serde_json::from_str(r#"{"tick":{}}"#), Ok(Input::Tick {})));
    let stalled = r#"{"stalled":{"order_id":"019aafc9-9400-7000-8000-000000000001","step":"pay","error":"Bug"}}"#;
    assert!(matches!(serde_json::from_str(stalled), Ok(Input::Stalled(_))));
    assert!(serde_json::from_str::<Input>("{}").is_err());
}
