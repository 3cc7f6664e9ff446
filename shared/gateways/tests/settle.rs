//! What each standing of a payment means to an order in each situation.

#![expect(clippy::unwrap_used, reason = "a broken expectation in a test's own helper must stop the test")]

use jiff::Timestamp;
use oms_domain::change::{By, Changed};
use oms_domain::history::Fact;
use oms_domain::order::PaymentStatus;
use oms_domain::transition::Trigger;
use oms_domain::{Actor, ActorKind, Order, State};
use oms_fakes::{NOON, an_order};
use oms_gateways::settle::{Alarm, Verdict, settle, superseded};
use oms_ports::effects::EffectKey;
use oms_ports::gateway::{GatewayPayment, Standing};

const TOTAL: i64 = 12_000;

fn by(kind: ActorKind) -> By {
    By::new(Actor::new(kind, "test"), NOON)
}

fn at(state: State) -> Changed {
    an_order().at(state).build()
}

fn learnt(changed: Changed, facts: &[Fact]) -> Order {
    facts.iter().fold(changed, |changed, fact| changed.learn(fact.clone(), &by(ActorKind::Gateway)).unwrap()).order
}

/// Another payment was asked for, and given, while the first reservation stands.
fn replaced() -> Order {
    let asked = at(State::FraudReview).go(Trigger::OtherPaymentRequired, &by(ActorKind::Operator)).unwrap();
    assert_eq!(superseded(&asked.order), Some(1));
    learnt(asked, &[Fact::PaymentMethodGiven])
}

fn dead_before_any_answer() -> Changed {
    at(State::PendingPayment).cancel(&by(ActorKind::Customer)).unwrap()
}

fn payment(order: &Order, standing: Standing) -> GatewayPayment {
    GatewayPayment {
        intent: "pi_1".into(),
        order_id: order.id,
        attempt: order.payment.attempt,
        currency: "EUR".into(),
        standing,
        evidence: None,
    }
}

fn authorized(amount: i64) -> Standing {
    Standing::Authorized { amount }
}

fn captured(amount: i64, refunded: i64) -> Standing {
    Standing::Captured { amount, refunded }
}

fn declined(code: &str) -> Standing {
    Standing::Declined { code: code.into(), hard: code == "stolen_card" }
}

fn action() -> Standing {
    Standing::ActionRequired { client_secret: "secret".into() }
}

enum Expected {
    Known,
    Stray,
    Alarm(Alarm),
    /// State and payment status after, the effect, how many entries.
    Learn(State, PaymentStatus, EffectKey, usize),
}

#[test]
fn every_standing_in_every_situation() {
    use Expected::{Known, Learn, Stray};
    use State::{Cancelled, Confirmed, PaymentAuthorized, PaymentFailed, PendingPayment, Routed};
    let pending = at(PendingPayment).order;
    let acting = learnt(at(PendingPayment), &[Fact::PaymentActionRequired]);
    let failed = at(PaymentFailed).order;
    let confirmed = at(Confirmed).order;
    let routed = at(Routed).order;
    let dead = at(Cancelled).order;
    let dead_open = dead_before_any_answer().order;
    let dead_voided = learnt(at(Cancelled), &[Fact::PaymentVoided]);
    let taken = learnt(at(Routed), &[Fact::PaymentCaptured { amount: TOTAL }]);
    let half_refunded = learnt(at(Routed), &[Fact::PaymentCaptured { amount: TOTAL }, Fact::PaymentRefunded { amount: 6_000 }]);
    let replaced = replaced();
    assert_eq!(superseded(&replaced), Some(1));
    assert_eq!(superseded(&pending), None);
    assert_eq!(superseded(&routed), None);

    for (row, order, standing, expected) in [
        // Reserved.
        (1, &pending, authorized(TOTAL), Learn(PaymentAuthorized, PaymentStatus::Authorized, EffectKey::Authorize(1), 1)),
        (2, &acting, authorized(TOTAL), Learn(PaymentAuthorized, PaymentStatus::Authorized, EffectKey::Authorize(1), 1)),
        (3, &pending, authorized(TOTAL - 1), Expected::Alarm(Alarm::WrongReservation)),
        (4, &failed, authorized(TOTAL), Stray),
        (5, &confirmed, authorized(TOTAL), Known),
        (6, &dead, authorized(TOTAL), Known),
        (7, &dead_open, authorized(TOTAL), Learn(Cancelled, PaymentStatus::Authorized, EffectKey::Authorize(1), 1)),
        (8, &dead_voided, authorized(TOTAL), Known),
        (9, &taken, authorized(TOTAL), Known),
        (10, &replaced, authorized(TOTAL), Learn(PaymentAuthorized, PaymentStatus::Authorized, EffectKey::Authorize(2), 2)),
        // To be acted upon.
        (20, &pending, action(), Learn(PendingPayment, PaymentStatus::ActionRequired, EffectKey::Authorize(1), 1)),
        (21, &acting, action(), Known),
        (22, &failed, action(), Known),
        (23, &dead_open, action(), Known),
        (24, &replaced, action(), Learn(PendingPayment, PaymentStatus::ActionRequired, EffectKey::Authorize(2), 2)),
        // Refused.
        (30, &pending, declined("generic_decline"), Learn(PaymentFailed, PaymentStatus::Declined, EffectKey::Authorize(1), 1)),
        (31, &acting, declined("stolen_card"), Learn(PaymentFailed, PaymentStatus::Declined, EffectKey::Authorize(1), 1)),
        (32, &failed, declined("generic_decline"), Known),
        (33, &routed, declined("generic_decline"), Learn(PaymentFailed, PaymentStatus::Declined, EffectKey::Capture(1), 1)),
        (34, &dead, declined("generic_decline"), Learn(Cancelled, PaymentStatus::Voided, EffectKey::Void(1), 1)),
        (35, &dead_open, declined("generic_decline"), Known),
        (36, &confirmed, declined("generic_decline"), Known),
        // Taken.
        (40, &routed, captured(TOTAL, 0), Learn(Routed, PaymentStatus::Captured, EffectKey::Capture(1), 1)),
        (41, &confirmed, captured(TOTAL, 0), Learn(Confirmed, PaymentStatus::Captured, EffectKey::Capture(1), 1)),
        (42, &pending, captured(TOTAL, 0), Learn(PaymentAuthorized, PaymentStatus::Captured, EffectKey::Capture(1), 2)),
        (43, &routed, captured(TOTAL - 1, 0), Expected::Alarm(Alarm::WrongCharge)),
        (44, &dead, captured(TOTAL - 1, 0), Learn(Cancelled, PaymentStatus::Captured, EffectKey::Capture(1), 1)),
        (45, &dead_open, captured(TOTAL, 0), Learn(Cancelled, PaymentStatus::Captured, EffectKey::Capture(1), 1)),
        (46, &failed, captured(TOTAL, 0), Expected::Alarm(Alarm::ChargeWithoutOrder)),
        (47, &taken, captured(TOTAL, 0), Known),
        (48, &taken, captured(TOTAL - 1, 0), Expected::Alarm(Alarm::WrongCharge)),
        // Given back.
        (50, &taken, captured(TOTAL, 6_000), Learn(Routed, PaymentStatus::Captured, EffectKey::Refund(0), 1)),
        (51, &half_refunded, captured(TOTAL, 6_000), Known),
        (52, &half_refunded, captured(TOTAL, TOTAL), Learn(Routed, PaymentStatus::Refunded, EffectKey::Refund(6_000), 1)),
        (53, &half_refunded, captured(TOTAL, 0), Expected::Alarm(Alarm::RefundReversed)),
        // Ended.
        (60, &pending, Standing::Voided, Learn(PaymentFailed, PaymentStatus::Declined, EffectKey::Authorize(1), 1)),
        (61, &acting, Standing::Voided, Learn(PaymentFailed, PaymentStatus::Declined, EffectKey::Authorize(1), 1)),
        (62, &confirmed, Standing::Voided, Known),
        (63, &routed, Standing::Voided, Learn(PaymentFailed, PaymentStatus::Declined, EffectKey::Capture(1), 1)),
        (64, &dead, Standing::Voided, Learn(Cancelled, PaymentStatus::Voided, EffectKey::Void(1), 1)),
        (65, &dead_voided, Standing::Voided, Known),
        (66, &failed, Standing::Voided, Known),
        (70, &pending, Standing::Processing, Known),
        (71, &dead, Standing::Processing, Known),
    ] {
        let verdict = settle(order, &payment(order, standing.clone()), &by(ActorKind::Gateway)).unwrap();
        match (verdict, expected) {
            (Verdict::Known, Known) | (Verdict::Stray, Stray) => {}
            (Verdict::Alarm(found), Expected::Alarm(alarm)) => assert_eq!(found, alarm, "row {row}"),
            (Verdict::Learn(lesson), Learn(state, status, effect, entries)) => {
                let after = &lesson.changed.order;
                assert_eq!((after.state, after.payment.status, &lesson.effect), (state, status, &effect), "row {row}");
                assert_eq!(lesson.changed.entries.len(), entries, "row {row}");
                let again = settle(after, &payment(order, standing), &by(ActorKind::Gateway)).unwrap();
                let refunds_follow = matches!(again, Verdict::Learn(ref more) if matches!(more.effect, EffectKey::Refund(_)));
                assert!(again == Verdict::Known || again == Verdict::Stray || refunds_follow, "row {row} teaches twice: {again:?}");
            }
            (verdict, _) => panic!("row {row}: {verdict:?}"),
        }
    }
}

#[test]
fn attempts_that_were_given_up_leave_nothing_behind() {
    let order = replaced();
    let old = |standing| GatewayPayment { attempt: 1, ..payment(&order, standing) };
    for (standing, verdict) in [
        (authorized(TOTAL), Verdict::Stray),
        (captured(TOTAL, 0), Verdict::Alarm(Alarm::ChargeWithoutOrder)),
        (captured(TOTAL, TOTAL), Verdict::Known),
        (Standing::Voided, Verdict::Known),
        (declined("generic_decline"), Verdict::Known),
        (action(), Verdict::Known),
    ] {
        assert_eq!(settle(&order, &old(standing.clone()), &by(ActorKind::Gateway)), Ok(verdict), "{standing:?}");
    }
}

#[test]
fn another_currency_is_never_taken_for_the_orders() {
    for (state, standing, alarm) in [
        (State::PendingPayment, authorized(TOTAL), Alarm::WrongReservation),
        (State::Routed, captured(TOTAL, 0), Alarm::WrongCharge),
        (State::Cancelled, captured(TOTAL, 0), Alarm::WrongCharge),
    ] {
        let order = at(state).order;
        let payment = GatewayPayment { currency: "USD".into(), ..payment(&order, standing) };
        assert_eq!(settle(&order, &payment, &by(ActorKind::Gateway)), Ok(Verdict::Alarm(alarm)), "{state}");
    }
}

#[test]
fn a_reservation_that_ran_out_may_be_asked_for_again_and_an_ended_attempt_may_not() {
    for (state, hard) in [(State::Routed, false), (State::PendingPayment, true)] {
        let order = at(state).order;
        let Verdict::Learn(lesson) = settle(&order, &payment(&order, Standing::Voided), &by(ActorKind::Gateway)).unwrap() else {
            panic!("nothing is learnt in {state}")
        };
        assert_eq!(lesson.changed.order.payment.hard_decline, hard, "{state}");
    }
}

#[test]
fn reasons_tell_no_thief_that_the_card_is_reported() {
    let order = at(State::PendingPayment).order;
    let later: Timestamp = NOON;
    let by = By::new(Actor::new(ActorKind::Gateway, "stripe"), later);
    let Verdict::Learn(lesson) = settle(&order, &payment(&order, declined("stolen_card")), &by).unwrap() else {
        panic!("a decline teaches")
    };
    assert_eq!(lesson.changed.order.reason.as_deref(), Some("card_declined"));
    assert!(lesson.changed.order.payment.hard_decline);
}
