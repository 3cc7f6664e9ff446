//! A payment's whole way through `pay`, the webhooks and the sweeper, with the clock moved and nobody waiting.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a broken expectation in a test's own helper must stop the test")]

mod world;

use jiff::SignedDuration;
use oms_contract::queue::WebhookMessage;
use oms_contract::record::{MethodChange, Record};
use oms_contract::step::StepInput;
use oms_domain::change::By;
use oms_domain::history::Fact;
use oms_domain::order::PaymentStatus;
use oms_domain::timers;
use oms_domain::transition::Trigger;
use oms_domain::{Actor, ActorKind, State};
use oms_fakes::NOON;
use oms_fakes::gateway::{Balance, CARD_DECLINED, CARD_GOOD, CARD_NEEDS_ACTION, CARD_STOLEN};
use oms_ports::gateway::Standing;
use oms_ports::invoices::Stage;
use oms_ports::orders::{Orders as _, Origin, Records as _};
use proptest::prelude::*;

use world::{TOTAL, card, minutes, on_invoice, world};

fn declined(code: &str, hard: bool) -> Standing {
    Standing::Declined { code: code.to_owned(), hard }
}

/// 3-D Secure: the customer acts (or fails to) at the gateway, a webhook tells, the order goes on (or asks for another payment).
#[tokio::test]
async fn a_customer_who_acts_at_the_gateway_brings_the_order_on() {
    for (standing, state, status, attempt_ends_hard) in [
        (Standing::Authorized { amount: TOTAL }, State::PaymentAuthorized, PaymentStatus::Authorized, false),
        (declined("payment_intent_authentication_failure", true), State::PaymentFailed, PaymentStatus::Declined, true),
        (Standing::Voided, State::PaymentFailed, PaymentStatus::Declined, true),
    ] {
        let world = world(card(CARD_NEEDS_ACTION));
        world.machine().await;
        assert_eq!((world.order().state, world.order().payment.status), (State::PendingPayment, PaymentStatus::ActionRequired));
        for _ in 0..90 {
            world.minute().await;
        }
        assert_eq!(world.card.authorizations(), 1, "while the customer thinks, nobody asks again");
        world.card.settle("pi_1", standing.clone());
        for _ in 0..3 {
            world.told("pi_1").await;
        }
        let order = world.order();
        assert_eq!((order.state, order.payment.status, order.payment.hard_decline), (state, status, attempt_ends_hard), "{standing:?}");
        world.books_agree().await;
    }
}

#[tokio::test]
async fn a_customer_who_never_acts_loses_the_order_after_48_hours_and_nothing_stays_reserved() {
    let world = world(card(CARD_NEEDS_ACTION));
    world.machine().await;
    world.clock.advance(SignedDuration::from_hours(48) - SignedDuration::from_mins(2));
    world.minute().await;
    assert_eq!(world.order().state, State::PendingPayment, "not a minute early");
    world.minute().await;
    let order = world.order();
    assert_eq!((order.state, order.reason.as_deref()), (State::Cancelled, Some("timed_out_pending_payment")));
    assert_eq!(world.balance(), Balance::default());
    // They act after all: what they reserve goes back at once, and the order stays dead.
    world.card.settle("pi_1", Standing::Authorized { amount: TOTAL });
    world.told("pi_1").await;
    assert_eq!((world.order().state, world.order().payment.status), (State::Cancelled, PaymentStatus::Voided));
    assert_eq!(world.card.payments()[0].standing, Standing::Voided);
    world.books_agree().await;
}

/// When each attempt is made, and when the order is given up, in minutes since capture; by the card, and by what the customer does when.
#[tokio::test]
async fn declines_are_retried_by_their_kind_and_end_after_a_day() {
    const DAY: i64 = 24 * 60;
    type Acts = Option<(i64, Option<&'static str>)>;
    type Row = (&'static str, &'static str, Acts, &'static [i64], Option<i64>, State);
    let rows: [Row; 7] = [
        ("soft: after 5, 10 and 20 minutes, then no more", CARD_DECLINED, None, &[0, 5, 15, 35], Some(35 + DAY), State::Cancelled),
        ("hard: never by itself", CARD_STOLEN, None, &[0], Some(DAY), State::Cancelled),
        ("hard, then another card", CARD_STOLEN, Some((60, Some(CARD_GOOD))), &[0, 60], None, State::PaymentAuthorized),
        (
            "soft, then another card between two retries",
            CARD_DECLINED,
            Some((7, Some(CARD_GOOD))),
            &[0, 5, 7],
            None,
            State::PaymentAuthorized,
        ),
        (
            "soft, another card at the last minute",
            CARD_DECLINED,
            Some((34 + DAY, Some(CARD_GOOD))),
            &[0, 5, 15, 35, 34 + DAY],
            None,
            State::PaymentAuthorized,
        ),
        (
            "hard, then another hard one: a day again",
            CARD_STOLEN,
            Some((60, Some(CARD_STOLEN))),
            &[0, 60],
            Some(60 + DAY),
            State::Cancelled,
        ),
        ("soft, then a hard one: no more retries", CARD_DECLINED, Some((2, Some(CARD_STOLEN))), &[0, 2], Some(2 + DAY), State::Cancelled),
    ];
    for (row, token, acts, attempts, given_up, ends) in rows {
        let world = world(card(token));
        world.machine().await;
        let mut made = vec![0];
        let mut over = None;
        for minute in 1..=3 * DAY {
            world.minute().await;
            if let Some((when, with)) = acts
                && when == minute
            {
                world.pay_again(with.map(card)).await;
            }
            if world.card.authorizations() > made.len() {
                made.push(minute);
            }
            if world.order().state == State::Cancelled && over.is_none() {
                over = Some(minutes(world.order().since));
            }
        }
        assert_eq!((made.as_slice(), over, world.order().state), (attempts, given_up, ends), "{row}");
        let reserved = if ends == State::Cancelled { 0 } else { TOTAL };
        assert_eq!(world.balance(), Balance { reserved, ..Balance::default() }, "{row}");
        world.books_agree().await;
    }
}

/// A sweeper that was down for hours does what it would have done, late and once.
#[tokio::test]
async fn retries_that_are_late_are_made_late_and_once() {
    let world = world(card(CARD_DECLINED));
    world.machine().await;
    world.clock.advance(SignedDuration::from_hours(5));
    for _ in 0..3 {
        world.sweep_now().await;
    }
    assert_eq!(world.card.authorizations(), 2, "one retry, and the next not before its own time");
    assert_eq!(timers::next_due(&world.order()).map(|(at, _)| minutes(at)), Some(5 * 60 + 10));
}

/// Whatever order the events come in, doubled or not: each is only a reason to look, and the payment says how it stands.
#[tokio::test]
async fn events_twice_and_out_of_order_settle_to_the_gateways_truth() {
    let standings = [
        Standing::Authorized { amount: TOTAL },
        Standing::Captured { amount: TOTAL, refunded: 0 },
        Standing::Captured { amount: TOTAL, refunded: 4_000 },
    ];
    // Which event is delivered after how many changes at the gateway: all in time, all late, the first one last, each doubled.
    for deliveries in [&[1, 2, 3][..], &[3, 3, 3], &[2, 1, 3, 1], &[1, 1, 2, 2, 3, 3], &[3], &[1, 3, 2, 3]] {
        let world = world(card(CARD_NEEDS_ACTION));
        world.machine().await;
        let mut happened = 0;
        for upto in deliveries {
            // The gateway moves on only; an old event comes when newer things have happened.
            happened = happened.max(*upto);
            world.card.settle("pi_1", standings[happened - 1].clone());
            let body = r#"{"id":"evt","type":"any","data":{"object":{"object":"payment_intent","id":"pi_1"}}}"#.to_owned();
            let message = WebhookMessage { source: "stripe".into(), received_at: NOON, body };
            payment_webhook::handle(&world.webhook, &message).await.unwrap();
        }
        let payment = world.order().payment;
        assert_eq!((payment.captured, payment.refunded, payment.authorized), (TOTAL, 4_000, 0), "{deliveries:?}");
        assert_eq!(world.order().state, State::PaymentAuthorized, "{deliveries:?}");
        world.books_agree().await;
    }
}

#[tokio::test]
async fn a_late_authorization_after_the_cancellation_is_voided_at_once() {
    let world = world(card(CARD_NEEDS_ACTION));
    world.machine().await;
    world.cancel();
    world.card.settle("pi_1", Standing::Authorized { amount: TOTAL });
    world.told("pi_1").await;
    assert_eq!((world.order().payment.status, world.balance()), (PaymentStatus::Voided, Balance::default()));
    world.books_agree().await;
}

#[tokio::test]
async fn a_late_capture_after_the_cancellation_is_refunded_to_the_cent() {
    let world = world(card(CARD_NEEDS_ACTION));
    world.machine().await;
    world.cancel();
    world.card.settle("pi_1", Standing::Captured { amount: TOTAL, refunded: 0 });
    for _ in 0..2 {
        world.told("pi_1").await;
    }
    assert_eq!(
        (world.order().payment.status, world.balance()),
        (PaymentStatus::Refunded, Balance { reserved: 0, taken: TOTAL, given_back: TOTAL })
    );
    assert_eq!(world.card.refunds(), 1);
    world.books_agree().await;
}

#[tokio::test]
async fn an_order_on_invoice_is_promised_invoiced_and_credited() {
    let world = world(on_invoice());
    world.machine().await;
    assert_eq!((world.order().state, world.order().payment.authorized), (State::PaymentAuthorized, TOTAL));
    world.through_to_capture().await;
    assert_eq!((world.order().payment.captured, world.card.authorizations()), (TOTAL, 0), "no card was asked");
    world.change(|order| order.learn(Fact::RefundDue { amount: 500 }, &By::new(Actor::system("test"), NOON)).unwrap());
    world.machine().await;
    let invoices = world.invoices.all();
    assert_eq!((invoices.len(), invoices[0].credited(), world.order().payment.refunded), (1, 500, 500));
    let history = world.orders.history(world.id).await.unwrap();
    let gateway: Vec<_> =
        history.iter().filter(|entry| entry.actor.kind == ActorKind::Gateway).map(|entry| entry.actor.id.as_str()).collect();
    assert_eq!(gateway, ["invoice", "invoice", "invoice"], "the history says who did it");
}

#[tokio::test]
async fn a_declined_card_may_give_way_to_an_invoice_and_back() {
    let world = world(card(CARD_STOLEN));
    world.machine().await;
    world.pay_again(Some(on_invoice())).await;
    assert_eq!((world.order().state, world.balance(), world.invoices.all().len()), (State::PaymentAuthorized, Balance::default(), 1));
    // An analyst asks for another payment: the promise is withdrawn when the card takes its place.
    let stored = world.orders.stored(world.id);
    let (system, operator) = (world.by(ActorKind::System), world.by(ActorKind::Operator));
    let changed = stored.change().go(Trigger::ValidationStarted, &system).unwrap();
    let changed = changed.go(Trigger::RiskMediumOrHigh, &system).unwrap().go(Trigger::OtherPaymentRequired, &operator).unwrap();
    let changed = changed.learn(Fact::PaymentMethodGiven, &world.by(ActorKind::Customer)).unwrap();
    let attempt = changed.order.payment.attempt;
    let record = Record::Method(MethodChange { attempt, method: card(CARD_GOOD) });
    world.orders.commit(&stored, changed, Origin::Outside, &[record]).await.unwrap();
    world.machine().await;
    assert_eq!((world.order().state, world.balance().reserved), (State::PaymentAuthorized, TOTAL));
    assert!(matches!(world.invoices.all()[0].stage, Stage::Withdrawn { .. }));
}

#[tokio::test]
async fn a_cancelled_order_on_invoice_owes_nothing() {
    for invoiced in [false, true] {
        let world = world(on_invoice());
        world.machine().await;
        if invoiced {
            world.through_to_capture().await;
            world.change(|order| order.go(Trigger::VendorsNotified, &By::new(Actor::system("test"), NOON)).unwrap());
        } else {
            world.change(|order| {
                let system = By::new(Actor::system("test"), NOON);
                order.go(Trigger::ValidationStarted, &system).unwrap().go(Trigger::CheckFailedOrRiskVeryHigh, &system).unwrap()
            });
        }
        world.cancel();
        world.machine().await;
        let invoice = world.invoices.all().remove(0);
        let status = if invoiced { PaymentStatus::Refunded } else { PaymentStatus::Voided };
        assert_eq!((world.order().payment.status, invoice.credited()), (status, if invoiced { TOTAL } else { 0 }), "{invoiced}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Refunds of any size in any order, with the gateway failing in between and the order cancelled at the end or not: what is given back is
    /// what was due, never more than was taken, and all of it where the order died.
    #[test]
    fn partial_and_full_refunds_never_drift(dues in prop::collection::vec((1..6_000_i64, 0..4_u8), 1..8), dies: bool) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let world = world(card(CARD_GOOD));
            world.machine().await;
            world.through_to_capture().await;
            world.change(|order| order.go(Trigger::VendorsNotified, &By::new(Actor::system("test"), NOON)).unwrap());
            let mut owed = 0;
            for (due, fault) in dues {
                world.change(|order| order.learn(Fact::RefundDue { amount: due }, &By::new(Actor::system("test"), NOON)).unwrap());
                owed += due;
                match fault {
                    1 => drop(world.card.faults.before("refund", 1)),
                    2 => drop(world.card.faults.after("refund", 1)),
                    3 => drop(world.orders.faults.after("commit", 1)),
                    _ => {}
                }
                for _ in 0..3 {
                    // A run that fails is tried again by the machine.
                    let _ = pay::handle(&world.pay, StepInput { order_id: world.id }).await;
                    world.clock.advance(SignedDuration::from_mins(1));
                }
                let payment = world.order().payment;
                assert_eq!(payment.refunded, owed.min(TOTAL));
                world.books_agree().await;
            }
            if dies {
                world.cancel();
                world.machine().await;
                assert_eq!(world.order().payment.refunded, TOTAL);
                world.books_agree().await;
            }
        });
    }
}
