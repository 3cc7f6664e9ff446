//! What the step does in each situation, and that whatever fails or crashes, nobody is charged twice and nothing is kept of a dead order.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a broken expectation in a test's own helper must stop the test")]

mod crashes;
mod duties;
mod vouchers;
mod world;

use jiff::SignedDuration;
use oms_contract::record::{MethodChange, Record};
use oms_contract::step::StepInput;
use oms_domain::change::Changed;
use oms_domain::document::{MethodKind, PaymentMethod};
use oms_domain::flow::{self, Next, Undo};
use oms_domain::history::Fact;
use oms_domain::order::PaymentStatus;
use oms_domain::transition::Trigger;
use oms_domain::{ActorKind, Money, State};
use oms_fakes::gateway::{CARD_DECLINED, CARD_GOOD, CARD_NEEDS_ACTION, CARD_SLOW, CARD_STOLEN};
use oms_fakes::{Fault, NOON, an_order};
use oms_gateways::once::LEASE;
use oms_ports::StepError;
use oms_ports::effects::{EffectKey, Effects};
use oms_ports::gateway::{Authorization, Gateway, Standing};
use oms_ports::orders::{Orders, Origin};
use pay::handle;

use world::{TOTAL, World, by, cancel, fresh, reserved, taken, world};

#[tokio::test]
async fn an_authorization_is_answered_by_one_transition() {
    for (token, state, status, next, hard) in [
        (CARD_GOOD, State::PaymentAuthorized, PaymentStatus::Authorized, Next::Validate, false),
        (CARD_DECLINED, State::PaymentFailed, PaymentStatus::Declined, Next::Wait, false),
        (CARD_STOLEN, State::PaymentFailed, PaymentStatus::Declined, Next::Wait, true),
        (CARD_NEEDS_ACTION, State::PendingPayment, PaymentStatus::ActionRequired, Next::Wait, false),
    ] {
        let world = fresh(token);
        let outcome = world.run().await.unwrap();
        let order = world.order();
        assert_eq!((order.state, order.payment.status, outcome.next), (state, status, next), "{token}");
        assert_eq!(order.payment.hard_decline, hard, "{token}");
        let writes = world.orders.writes();
        assert_eq!(writes.len(), 1, "{token}");
        assert_eq!(writes[0].via, Origin::Machine, "{token}");
        assert_eq!(writes[0].entries[0].actor.kind, ActorKind::Gateway, "{token}");
        world.settle().await;
        assert_eq!(world.orders.writes().len(), 1, "{token}: a second run changes nothing");
        assert_eq!(world.gateway.authorizations(), 1, "{token}");
    }
}

/// The order's own write says that the money is taken; only where it fails does the outcome stand beside it, so that the next run need not wait
/// for the lease to end.
#[tokio::test]
async fn the_outcome_of_a_capture_is_noted_where_the_orders_write_fails() {
    for fails in [false, true] {
        let world = fresh(CARD_GOOD);
        world.to_routed().await;
        if fails {
            world.orders.faults.before_with("commit", 1, Fault::Conflict);
        }
        assert_eq!(world.run().await.is_err(), fails);
        let noted = world.orders.outcome(world.id, &EffectKey::Capture(1)).await.unwrap();
        assert_eq!(noted.is_some(), fails);
        world.orders.faults.heal();
        world.run().await.unwrap();
        assert_eq!((world.order().payment.captured, world.gateway.captures()), (TOTAL, 1), "at once, and once");
    }
}

/// A corrected order reserves what it did; of it only the new total is taken, and if it dies everything goes back.
#[tokio::test]
async fn of_a_corrected_order_only_the_new_total_is_taken() {
    let corrected = |order: Changed| {
        let (system, customer) = (by(ActorKind::System), by(ActorKind::Customer));
        let order = order.go(Trigger::ValidationStarted, &system).unwrap();
        let order = order.go(Trigger::CheckFailedOrRiskVeryHigh, &system).unwrap();
        order.go_knowing(Trigger::OrderCorrected, Fact::Corrected { total: TOTAL - 1000 }, &customer).unwrap()
    };
    for (dies, balance) in [(false, taken(TOTAL - 1000, 0)), (true, taken(0, 0))] {
        let world = fresh(CARD_GOOD);
        world.settle().await;
        world.change(corrected);
        assert_eq!(world.balance(), reserved(TOTAL));
        world.change(|order| {
            let system = by(ActorKind::System);
            let parts = vec![(1, oms_fakes::vendor("ven-1"))];
            let order = order.go(Trigger::ChecksPassedAndLowRisk, &system).unwrap();
            if dies {
                return cancel(order);
            }
            let order = order.go(Trigger::RoutingStarted, &system).unwrap();
            order.go_knowing(Trigger::VendorsAssigned, Fact::Assigned { report: 1, parts }, &system).unwrap()
        });
        world.settle().await;
        assert_eq!(world.balance(), balance, "dies: {dies}");
    }
}

#[tokio::test]
async fn what_the_client_needs_stays_with_the_effect_and_out_of_the_history() {
    let world = fresh(CARD_NEEDS_ACTION);
    world.settle().await;
    let outcome = world.orders.outcome(world.id, &EffectKey::Authorize(1)).await.unwrap().unwrap();
    assert_eq!(outcome["client_secret"], "pi_1_secret");
    let history = format!("{:?}", world.orders.stored(world.id).tail);
    assert!(!history.contains("secret"), "{history}");
    let logged = format!("{:?}", world.gateway.payments());
    assert!(logged.contains("redacted") && !logged.contains("pi_1_secret"), "a log of the payment would show it: {logged}");
}

#[tokio::test]
async fn a_routed_order_is_charged_its_total_once() {
    let world = fresh(CARD_GOOD);
    world.to_routed().await;
    assert_eq!(world.run().await.unwrap().next, Next::Notify);
    assert_eq!((world.order().payment.captured, world.gateway.captures()), (TOTAL, 1));
    world.settle().await;
    assert_eq!((world.balance(), world.gateway.captures()), (taken(TOTAL, 0), 1));
}

#[tokio::test]
async fn dead_orders_get_back_what_is_reserved_or_taken() {
    let world = fresh(CARD_GOOD);
    world.settle().await;
    world.change(|order| {
        let system = by(ActorKind::System);
        let order = order.go(Trigger::ValidationStarted, &system).unwrap();
        cancel(order.go(Trigger::CheckFailedOrRiskVeryHigh, &system).unwrap())
    });
    world.settle().await;
    assert_eq!((world.order().payment.status, world.balance()), (PaymentStatus::Voided, reserved(0)));

    let world = fresh(CARD_GOOD);
    world.to_routed().await;
    world.settle().await;
    world.change(|order| cancel(order.go(Trigger::VendorsNotified, &by(ActorKind::System)).unwrap()));
    world.settle().await;
    assert_eq!((world.order().payment.status, world.balance()), (PaymentStatus::Refunded, taken(TOTAL, TOTAL)));
    assert_eq!(world.gateway.refunds(), 1);
}

#[tokio::test]
async fn partial_refunds_add_up_and_never_drift() {
    let world = fresh(CARD_GOOD);
    world.to_routed().await;
    world.settle().await;
    for (due, sum) in [(1, 1), (3_333, 3_334), (8_666, TOTAL)] {
        world.change(|order| order.learn(Fact::RefundDue { amount: due }, &by(ActorKind::System)).unwrap());
        world.settle().await;
        assert_eq!((world.order().payment.refunded, world.balance()), (sum, taken(TOTAL, sum)));
    }
    assert_eq!((world.order().payment.status, world.gateway.refunds()), (PaymentStatus::Refunded, 3));
}

/// What was paid for a cancelled part is counted as owed, then given back, by one step in two writes: a crash between them repeats neither.
#[tokio::test]
async fn the_price_of_a_cancelled_part_goes_back_once() {
    for crash in ["", "sub_orders", "refund", "commit"] {
        // Of which one part costs a cent more than the other.
        let total = TOTAL + 1;
        let two = an_order().total(total, "EUR").vendors(&["ven-1", "ven-2"]);
        let world = world(&two.build(), CARD_GOOD);
        world.settle().await;
        let system = by(ActorKind::System);
        world.change(|order| {
            let parts = vec![(1, oms_fakes::vendor("ven-1")), (2, oms_fakes::vendor("ven-2"))];
            let order = order.go(Trigger::ValidationStarted, &system).unwrap().go(Trigger::ChecksPassedAndLowRisk, &system).unwrap();
            let order = order.go(Trigger::RoutingStarted, &system).unwrap();
            order.go_knowing(Trigger::VendorsAssigned, Fact::Assigned { report: 1, parts }, &system).unwrap()
        });
        world.settle().await;
        let sub_orders = oms_fakes::sub_orders_of(&world.order());
        let price = sub_orders[1].paid;
        let records: Vec<Record> = sub_orders.into_iter().map(|sub_order| Record::SubOrder { sub_order, open: true }).collect();
        world.orders.keep(world.id, &records).await.unwrap();
        world.change(|order| {
            order.go(Trigger::VendorsNotified, &system).unwrap().go_part(2, Trigger::CancelledOrTimedOut, &system).unwrap()
        });
        world.gateway.faults.after(crash, 1);
        world.orders.faults.before(crash, 1);
        world.settle().await;
        assert_eq!((world.order().payment.owed, world.balance()), (0, taken(total, price)), "crash at {crash:?}");
        assert_eq!(world.gateway.refunds(), 1, "crash at {crash:?}");
    }
}

/// Nobody has paid yet: whatever the payment waits for is ended, so that the customer cannot confirm it any more.
#[tokio::test]
async fn an_order_that_dies_unpaid_is_looked_after_once() {
    for (token, payments) in [(CARD_GOOD, 0), (CARD_NEEDS_ACTION, 1)] {
        let world = fresh(token);
        if payments > 0 {
            world.settle().await;
        }
        world.change(cancel);
        world.settle().await;
        assert!(world.order().payment.nothing_reserved, "{token}");
        assert_eq!(world.balance(), reserved(0));
        let ended = world.gateway.payments().iter().all(|payment| payment.standing == Standing::Voided);
        assert_eq!((world.gateway.payments().len(), ended), (payments, true), "{token}");
        let seq = world.order().seq;
        world.settle().await;
        assert_eq!(world.order().seq, seq, "{token}: once");
    }
}

/// Its payment is still at the bank: what comes of it will have to be given back, so that nobody may note that nothing is reserved.
#[tokio::test]
async fn an_order_that_dies_while_the_gateway_is_still_at_it_waits_for_what_comes_of_it() {
    let world = fresh(CARD_SLOW);
    assert!(matches!(world.run().await, Err(StepError::Unavailable(_))));
    world.change(cancel);
    assert!(matches!(world.run().await, Err(StepError::Unavailable(_))));
    assert!(!world.order().payment.nothing_reserved);
    world.gateway.settle("pi_1", Standing::Authorized { amount: TOTAL });
    world.settle().await;
    assert_eq!((world.balance(), &world.gateway.payments()[0].standing), (reserved(0), &Standing::Voided));
}

#[tokio::test]
async fn a_refund_that_became_due_meanwhile_is_a_second_one() {
    let world = fresh(CARD_GOOD);
    world.to_routed().await;
    world.settle().await;
    let due = |amount| move |order: Changed| order.learn(Fact::RefundDue { amount }, &by(ActorKind::System)).unwrap();
    world.change(due(500));
    let (orders, id) = (world.orders.clone(), world.id);
    world.gateway.faults.meanwhile("refund", 1, move || drop(orders.overwrite(id, due(300))));
    assert!(matches!(world.run().await, Err(StepError::Conflict)));
    world.settle().await;
    assert_eq!((world.order().payment.refunded, world.balance(), world.gateway.refunds()), (800, taken(TOTAL, 800), 2));
}

#[tokio::test]
async fn what_staff_refunded_by_hand_is_not_refunded_again() {
    let world = fresh(CARD_GOOD);
    world.to_routed().await;
    world.settle().await;
    world.change(|order| cancel(order.go(Trigger::VendorsNotified, &by(ActorKind::System)).unwrap()));
    world.gateway.faults.before("refund", 1);
    assert!(matches!(world.run().await, Err(StepError::Unavailable(_))));
    world.gateway.settle("pi_1", Standing::Captured { amount: TOTAL, refunded: TOTAL });
    world.settle().await;
    assert_eq!((world.order().payment.refunded, world.gateway.refunds()), (TOTAL, 0));
}

/// Declined, then paid with the method given for a later attempt; a retry of our own goes on with that one.
#[tokio::test]
async fn the_method_given_last_is_used() {
    let world = fresh(CARD_STOLEN);
    world.settle().await;
    let retry = |token: Option<&'static str>, kind| {
        let stored = world.orders.stored(world.id);
        let changed = stored.change().go(Trigger::PaymentRetried, &by(kind)).unwrap();
        let method = |token: &str| PaymentMethod { kind: MethodKind::Card, token: token.to_owned() };
        let attempt = changed.order.payment.attempt;
        let with: Vec<Record> = token.map(|token| Record::Method(MethodChange { attempt, method: method(token) })).into_iter().collect();
        let orders = world.orders.clone();
        async move { orders.commit(&stored, changed, Origin::Outside, &with).await.unwrap() }
    };
    retry(Some(CARD_DECLINED), ActorKind::Customer).await;
    world.settle().await;
    assert!(!world.order().payment.hard_decline, "the second card is declined softly");
    retry(None, ActorKind::System).await;
    world.settle().await;
    assert!(!world.order().payment.hard_decline, "not the first card again");
    retry(Some(CARD_GOOD), ActorKind::Customer).await;
    world.settle().await;
    assert_eq!((world.order().state, world.order().payment.attempt), (State::PaymentAuthorized, 4));
    assert_eq!(world.balance(), reserved(TOTAL));
}

#[tokio::test]
async fn another_payment_gives_the_first_reservation_back() {
    for (second, state, left) in [
        (CARD_GOOD, State::PaymentAuthorized, TOTAL),
        (CARD_STOLEN, State::PaymentFailed, 0),
        (CARD_NEEDS_ACTION, State::PendingPayment, 0),
    ] {
        for crash in ["", "void", "authorize", "commit"] {
            let world = replaced(second).await;
            world.gateway.faults.after(crash, 1);
            world.orders.faults.before(crash, 1);
            world.settle().await;
            assert_eq!((world.order().state, world.balance()), (state, reserved(left)), "{second}, crash at {crash:?}");
            let last = world.orders.writes().pop().unwrap();
            assert_eq!(last.entries[0].fact, Some(Fact::PaymentVoided), "{second}: the history tells");
        }
    }
}

/// In review an analyst asks for another payment; the first is still reserved.
async fn waiting_for_another() -> World {
    let world = fresh(CARD_GOOD);
    world.settle().await;
    let stored = world.orders.stored(world.id);
    let changed = stored.change().go(Trigger::ValidationStarted, &by(ActorKind::System)).unwrap();
    let changed = changed.go(Trigger::RiskMediumOrHigh, &by(ActorKind::System)).unwrap();
    let changed = changed.go(Trigger::OtherPaymentRequired, &by(ActorKind::Operator)).unwrap();
    world.orders.commit(&stored, changed, Origin::Outside, &[]).await.unwrap();
    world
}

/// And the customer gives it at once.
async fn replaced(second: &str) -> World {
    let world = waiting_for_another().await;
    let stored = world.orders.stored(world.id);
    let changed = stored.change().learn(Fact::PaymentMethodGiven, &by(ActorKind::Customer)).unwrap();
    let method = PaymentMethod { kind: MethodKind::Card, token: second.to_owned() };
    let record = Record::Method(MethodChange { attempt: 2, method });
    world.orders.commit(&stored, changed, Origin::Outside, &[record]).await.unwrap();
    world
}

/// Until the customer gives another method nothing is charged, and what the first reserves is given back once.
#[tokio::test]
async fn while_another_method_is_waited_for_nothing_is_charged_or_kept() {
    for crash in ["", "void", "commit"] {
        let world = waiting_for_another().await;
        world.gateway.faults.after(crash, 1);
        world.orders.faults.before(crash, 1);
        world.settle().await;
        let order = world.order();
        assert_eq!((order.state, order.payment.status, world.balance()), (State::PendingPayment, PaymentStatus::MethodWanted, reserved(0)));
        assert_eq!((world.gateway.authorizations(), flow::next(&order)), (1, Next::Wait), "crash at {crash:?}");
        world.orders.overwrite(world.id, |order| order.learn(Fact::PaymentMethodGiven, &by(ActorKind::Customer)).unwrap());
        world.settle().await;
        assert_eq!((world.order().state, world.balance()), (State::PaymentAuthorized, reserved(TOTAL)));
        assert_eq!(world.gateway.authorizations(), 2);
    }
}

/// The customer never gives one: the order ends, whether or not the first reservation went back before.
#[tokio::test]
async fn an_order_that_dies_waiting_for_another_method_leaves_nothing_reserved() {
    for freed in [false, true] {
        let world = waiting_for_another().await;
        if freed {
            world.settle().await;
        }
        world.orders.overwrite(world.id, cancel);
        world.settle().await;
        assert_eq!((world.balance(), world.gateway.authorizations()), (reserved(0), 1), "freed before: {freed}");
        assert!(!flow::undo(&world.order()).contains(&Undo::Money));
    }
}

#[tokio::test]
async fn an_order_that_dies_between_two_payments_keeps_neither() {
    let world = replaced(CARD_GOOD).await;
    let (orders, id) = (world.orders.clone(), world.id);
    world.gateway.faults.meanwhile("authorize", 1, move || drop(orders.overwrite(id, cancel)));
    world.settle().await;
    assert_eq!((world.order().payment.status, world.balance()), (PaymentStatus::Voided, reserved(0)));
}

#[tokio::test]
async fn a_reservation_that_ran_out_fails_the_payment_softly() {
    let world = fresh(CARD_GOOD);
    world.to_routed().await;
    world.gateway.settle("pi_1", Standing::Voided);
    world.settle().await;
    let order = world.order();
    assert_eq!((order.state, order.payment.status, order.payment.hard_decline), (State::PaymentFailed, PaymentStatus::Declined, false));
    assert_eq!(order.reason.as_deref(), Some("authorization_expired"));
    assert!(order.parts.is_empty());
}

#[tokio::test]
async fn a_refused_capture_leaves_nothing_reserved() {
    let world = fresh(CARD_GOOD);
    world.to_routed().await;
    world.gateway.settle("pi_1", Standing::Declined { code: "do_not_honor".into(), hard: false });
    world.settle().await;
    assert_eq!((world.order().state, world.order().reason.as_deref()), (State::PaymentFailed, Some("do_not_honor")));
    assert_eq!(world.gateway.payments()[0].standing, Standing::Voided);
}

/// Reserved, and yet not to be had: another reservation may well be, so that the refusal is soft, and nothing stays reserved under this one.
#[tokio::test]
async fn a_capture_that_is_refused_though_the_money_is_reserved_fails_the_payment_softly() {
    let world = fresh(CARD_GOOD);
    world.to_routed().await;
    world.gateway.faults.before_with("capture", 1, Fault::Refused);
    world.settle().await;
    let order = world.order();
    assert_eq!((order.state, order.payment.status, order.payment.hard_decline), (State::PaymentFailed, PaymentStatus::Declined, false));
    assert_eq!((world.gateway.captures(), &world.gateway.payments()[0].standing), (0, &Standing::Voided));
}

#[tokio::test]
async fn a_reservation_of_another_amount_is_given_back_and_never_used() {
    let world = fresh(CARD_GOOD);
    world.gateway.faults.after("authorize", 1);
    assert!(world.run().await.is_err());
    world.gateway.settle("pi_1", Standing::Authorized { amount: 15_680 });
    assert!(matches!(world.run().await, Err(StepError::Bug(_))));
    assert_eq!((world.order().state, world.balance()), (State::PendingPayment, reserved(0)));
    assert!(matches!(world.run().await, Err(StepError::Bug(_))), "nor on a second look");
}

#[tokio::test]
async fn while_the_gateway_is_still_at_it_nothing_is_decided() {
    let world = fresh(CARD_SLOW);
    assert!(matches!(world.run().await, Err(StepError::Unavailable(_))));
    assert_eq!(world.order().payment.status, PaymentStatus::Open);
    world.gateway.settle("pi_1", Standing::Authorized { amount: TOTAL });
    world.settle().await;
    assert_eq!((world.order().state, world.gateway.authorizations()), (State::PaymentAuthorized, 1));
}

#[tokio::test]
async fn a_run_that_was_cut_off_is_waited_out_and_then_asked_about() {
    for reached_the_gateway in [false, true] {
        let world = fresh(CARD_GOOD);
        let key = EffectKey::Authorize(1);
        world.orders.begin(world.id, &key, NOON, NOON + LEASE).await.unwrap();
        if reached_the_gateway {
            world.gateway.authorize(&request(&world)).await.unwrap();
            world.gateway.forget_keys();
        }
        assert!(matches!(world.run().await, Err(StepError::InProgress)));
        world.clock.advance(LEASE - SignedDuration::from_secs(1));
        assert!(matches!(world.run().await, Err(StepError::InProgress)), "the lease outlives the function");
        world.clock.advance(SignedDuration::from_secs(1));
        world.run().await.unwrap();
        assert_eq!((world.order().state, world.gateway.authorizations()), (State::PaymentAuthorized, 1), "{reached_the_gateway}");
    }
}

fn request(world: &World) -> Authorization {
    let order = world.order();
    Authorization {
        order_id: order.id,
        attempt: 1,
        amount: Money::new(order.total, order.currency),
        method: PaymentMethod { kind: MethodKind::Card, token: CARD_GOOD.to_owned() },
        key: EffectKey::Authorize(1).for_gateway(order.id),
    }
}

#[tokio::test]
async fn orders_that_ask_for_nothing_are_left_alone() {
    for state in [State::PaymentAuthorized, State::Validating, State::PaymentFailed, State::PendingFulfillment, State::Delivered] {
        let world = world(&an_order().at(state).build(), CARD_GOOD);
        let before = world.order();
        world.run().await.unwrap();
        assert_eq!((world.order(), world.gateway.authorizations()), (before, 0), "{state}");
    }
    let world = fresh(CARD_GOOD);
    let nobody = an_order().nth(9).id();
    assert!(matches!(handle(&world.deps, StepInput { order_id: nobody }).await, Err(StepError::Bug(_))));
}
