use super::*;

use jiff::SignedDuration;
use oms_domain::Actor;
use oms_domain::change::By;
use oms_domain::flow::{self, Undo};
use oms_domain::history::Fact;
use oms_domain::order::Failure;
use oms_domain::{OrderId, State};
use oms_fakes::{
    FixedClock, MemoryInventory, MemoryMachine, MemoryOrders, MemoryReference, MemoryTasks, MemoryTopics, NOON, a_market, an_order, sku,
    some_stock,
};

struct Bench {
    deps: Deps,
    orders: Arc<MemoryOrders>,
    inventory: Arc<MemoryInventory>,
    machine: Arc<MemoryMachine>,
    cancellation: Arc<MemoryMachine>,
    tasks: Arc<MemoryTasks>,
    topics: Arc<MemoryTopics>,
    clock: Arc<FixedClock>,
}

fn bench() -> Bench {
    let orders = Arc::new(MemoryOrders::default());
    let inventory = Arc::new(MemoryInventory::stocked(&[some_stock("A-1", "ven-a", 10)]));
    let (machine, topics) = (Arc::new(MemoryMachine::default()), Arc::new(MemoryTopics::default()));
    let (cancellation, tasks) = (Arc::<MemoryMachine>::default(), Arc::<MemoryTasks>::default());
    let reference = MemoryReference::default();
    reference.market(a_market());
    let clock = Arc::new(FixedClock::at(NOON));
    let deps = Deps {
        orders: orders.clone(),
        wakes: orders.clone(),
        inventory: inventory.clone(),
        upkeep: inventory.clone(),
        reference: Arc::new(reference),
        effects: orders.clone(),
        machine: machine.clone(),
        cancellation: cancellation.clone(),
        tasks: tasks.clone(),
        topics: topics.clone(),
        clock: clock.clone(),
    };
    Bench { deps, orders, inventory, machine, cancellation, tasks, topics, clock }
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
        (State::PendingPayment, SignedDuration::from_hours(48)),
        (State::PaymentFailed, SignedDuration::from_hours(24)),
        (State::ValidationFailed, SignedDuration::from_hours(48)),
        (State::FraudReview, SignedDuration::from_hours(48)),
        (State::Confirmed, SignedDuration::from_hours(48)),
        (State::PendingFulfillment, SignedDuration::from_hours(48)),
    ] {
        let bench = bench();
        let id = order_at(&bench, state);
        if state == State::PaymentFailed {
            // A soft decline is retried before, and is in another state then.
            let hard = Fact::PaymentDeclined { code: "stolen_card".to_owned(), hard: true };
            bench.orders.overwrite(id, |order| order.learn(hard, &By::new(Actor::system("test"), bench.clock.now())).unwrap());
        }
        bench.clock.advance(after - SignedDuration::from_secs(1));
        tick(&bench).await;
        assert_eq!(bench.orders.order(id).state, state, "too early");
        bench.clock.advance(SignedDuration::from_secs(1));
        tick(&bench).await;
        assert_eq!(bench.orders.order(id).state, State::Cancelled, "{state}");
        let seq = bench.orders.order(id).seq;
        tick(&bench).await;
        assert_eq!(bench.orders.order(id).seq, seq, "{state} fired twice");
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

/// How many warnings of overdue orders the operators got.
fn warned(bench: &Bench) -> usize {
    bench.topics.published().iter().filter(|message| message.body["event"] == "order.overdue").count()
}

#[tokio::test]
async fn those_who_should_have_acted_are_warned_once_a_visit_and_late_rather_than_never() {
    for (state, after) in [
        (State::FraudReview, SignedDuration::from_hours(2)),
        (State::Confirmed, SignedDuration::from_mins(5)),
        (State::Routing, SignedDuration::from_secs(30)),
        (State::PendingFulfillment, SignedDuration::from_hours(2)),
    ] {
        let bench = bench();
        let id = order_at(&bench, state);
        bench.clock.advance(after - SignedDuration::from_secs(1));
        tick(&bench).await;
        assert_eq!(warned(&bench), 0, "{state}: too early");
        bench.clock.advance(SignedDuration::from_secs(1));
        tick(&bench).await;
        tick(&bench).await;
        bench.clock.advance(SignedDuration::from_hours(7));
        tick(&bench).await;
        assert_eq!(warned(&bench), 1, "{state}: once");
        assert_eq!(bench.topics.published()[0].body["order_id"], serde_json::json!(id));

        let late = self::bench();
        order_at(&late, state);
        late.clock.advance(SignedDuration::from_hours(20));
        tick(&late).await;
        assert_eq!(warned(&late), 1, "{state}: late is not never");
    }
}

/// The order comes at noon of a Monday; the marketplace is at Berlin.
#[tokio::test]
async fn outside_business_hours_vendors_have_twice_the_time() {
    for (shift, within) in [(0, true), (12, false), (5 * 24, false), (7 * 24, true)] {
        let bench = bench();
        let start = NOON + SignedDuration::from_hours(shift);
        let builder = an_order().captured_at(start).at(State::PendingFulfillment);
        let stored = bench.orders.seed(&builder.build());
        for (hours, warnings) in [(2, usize::from(within)), (4, 1)] {
            bench.clock.set(stored.order.since + SignedDuration::from_hours(hours));
            tick(&bench).await;
            assert_eq!(warned(&bench), warnings, "{hours} hours after {start}");
        }
    }
}

#[tokio::test]
async fn a_warning_that_could_not_be_given_is_given_at_the_next_tick_and_not_to_a_state_that_was_left() {
    let bench = bench();
    let id = order_at(&bench, State::FraudReview);
    bench.clock.advance(SignedDuration::from_hours(2));
    bench.topics.faults.before("publish", 1);
    tick(&bench).await;
    assert_eq!(warned(&bench), 0);
    tick(&bench).await;
    assert_eq!(warned(&bench), 1);

    let left = self::bench();
    let id_left = order_at(&left, State::FraudReview);
    left.clock.advance(SignedDuration::from_hours(2));
    let operator = By::new(Actor::new(oms_domain::ActorKind::Operator, "op"), left.clock.now());
    left.orders.overwrite(id_left, |order| order.cancel(&operator).unwrap());
    tick(&left).await;
    assert_eq!(warned(&left), 0);
    assert_ne!(id, an_order().nth(99).id());
}

fn unfinished(id: OrderId, undo: Undo, error: &str) -> Input {
    Input::Unfinished(Unfinished { order_id: id, failures: vec![Failure { undo, error: error.to_owned() }] })
}

#[tokio::test]
async fn what_can_never_be_undone_is_a_task_for_a_person_once_and_shows_in_the_order() {
    let bench = bench();
    let id = order_at(&bench, State::Cancelled);
    handle(&bench.deps, unfinished(id, Undo::Money, "Bug")).await.unwrap();
    handle(&bench.deps, unfinished(id, Undo::Money, "Bug")).await.unwrap();
    let [task] = &bench.tasks.handed()[..] else { panic!("one failure, one task") };
    assert_eq!((task.order_id, task.failed.as_str(), task.error.as_str()), (id, "money", "Bug"));
    assert!(task.action.contains("gateway") && task.action.contains("resume"), "{}", task.action);
    let order = bench.orders.order(id);
    assert_eq!(oms_contract::record::attention(&order), Some("undo_failed"));
    assert_eq!(oms_domain::flow::undo(&order), [], "nothing runs until it is resumed");
    bench.clock.advance(SignedDuration::from_mins(2));
    tick(&bench).await;
    assert_eq!(oms_domain::flow::undo(&bench.orders.order(id)), [Undo::Stock, Undo::Money, Undo::People]);
}

#[tokio::test]
async fn an_outage_is_waited_out_five_times_before_a_person_is_asked() {
    let bench = bench();
    let id = order_at(&bench, State::Cancelled);
    for stop in 1..=6 {
        handle(&bench.deps, unfinished(id, Undo::Money, "Unavailable")).await.unwrap();
        assert_eq!(bench.tasks.handed().len(), usize::from(stop == 6), "after {stop}");
        bench.clock.advance(SignedDuration::from_mins(1 << stop));
        tick(&bench).await;
        assert_eq!(bench.orders.order(id).unfinished.is_some(), stop == 6, "after {stop}");
    }
}

#[tokio::test]
async fn a_failure_of_what_was_done_meanwhile_is_none() {
    let bench = bench();
    let id = order_at(&bench, State::Cancelled);
    let system = By::new(Actor::system("validate"), bench.clock.now());
    bench.orders.overwrite(id, |order| order.learn(Fact::StockReleased, &system).unwrap());
    handle(&bench.deps, unfinished(id, Undo::Stock, "Bug")).await.unwrap();
    assert!(bench.tasks.handed().is_empty() && bench.orders.order(id).unfinished.is_none());
}

#[tokio::test]
async fn a_cancellation_that_stands_still_is_started_again() {
    let bench = bench();
    order_at(&bench, State::Cancelled);
    bench.clock.advance(SignedDuration::from_mins(10));
    tick(&bench).await;
    assert!(bench.cancellation.started().is_empty(), "it may still be at it");
    bench.clock.advance(SignedDuration::from_mins(1));
    tick(&bench).await;
    assert_eq!((bench.cancellation.started().len(), bench.machine.started().len()), (1, 0));
}

#[test]
fn reads_what_the_schedule_and_the_machine_send() {
    assert!(matches!(serde_json::from_str(r#"{"tick":{}}"#), Ok(Input::Tick {})));
    let stalled = r#"{"stalled":{"order_id":"019aafc9-9400-7000-8000-000000000001","step":"pay","error":"Bug"}}"#;
    assert!(matches!(serde_json::from_str(stalled), Ok(Input::Stalled(_))));
    let unfinished = r#"{"unfinished":{"order_id":"019aafc9-9400-7000-8000-000000000001","failures":[{"undo":"money","error":"Bug"}]}}"#;
    assert!(matches!(serde_json::from_str(unfinished), Ok(Input::Unfinished(_))));
    assert!(serde_json::from_str::<Input>("{}").is_err());
}

/// What nobody has, is sought again when its rest is over, by the machine; and is cancelled when its state's time is over.
#[tokio::test]
async fn what_nobody_can_deliver_is_sought_again_until_its_time_is_over() {
    let nobody = |no| Fact::NotSourced { no, short: vec![sku("A-1")], instead: Vec::new(), offered: no.is_none() };
    for (no, hours, reason) in [(None, 48, "timed_out_routing"), (Some(1), 2, "timed_out_vendor_rejected")] {
        let bench = bench();
        let id = order_at(&bench, if no.is_some() { State::VendorRejected } else { State::Routing });
        let began = bench.orders.order(id).since;
        let in_vain = |at| bench.orders.overwrite(id, |order| order.learn(nobody(no), &By::new(Actor::system("route"), at)).unwrap());
        in_vain(began);
        let mut searches = 1;
        loop {
            bench.clock.advance(SignedDuration::from_mins(1));
            tick(&bench).await;
            let order = bench.orders.order(id);
            if order.state == State::Cancelled {
                break;
            }
            if !order.shortages.rests(no) {
                searches += 1;
                in_vain(oms_ports::Clock::now(&*bench.clock));
            }
        }
        let order = bench.orders.order(id);
        let ended = order.part(1).map_or(order.since, |part| part.since);
        assert_eq!((ended, order.reason.as_deref()), (began + SignedDuration::from_hours(hours), Some(reason)));
        // After 1, 2, 4, 8, 16 and 32 minutes, then each hour; looked at each minute.
        assert!(searches >= 6, "{searches}");
        assert!(flow::undo(&order).contains(&Undo::Money), "what was reserved or paid goes back");
    }
}
