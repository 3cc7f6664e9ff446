//! Each effect once: what is known of it from our own log, from the gateway, and after whatever came in between.

#![expect(clippy::unwrap_used, reason = "a broken expectation in a test's own helper must stop the test")]

use std::sync::Arc;

use jiff::SignedDuration;
use oms_domain::document::{MethodKind, PaymentMethod};
use oms_domain::{Money, OrderId};
use oms_fakes::gateway::{CARD_GOOD, CARD_SLOW};
use oms_fakes::{FakeGateway, Fault, FixedClock, MemoryOrders, NOON, an_order, currency};
use oms_gateways::once::{Asked, Cashier, LEASE, Refund};
use oms_ports::StepError;
use oms_ports::effects::{Begun, EffectKey, Effects as _};
use oms_ports::gateway::{Gateway as _, Standing};

const TOTAL: i64 = 12_000;

#[derive(Default)]
struct Desk {
    log: MemoryOrders,
    gateway: FakeGateway,
    clock: Option<Arc<FixedClock>>,
}

fn euros(amount: i64) -> Money {
    Money::new(amount, currency("EUR"))
}

fn id() -> OrderId {
    an_order().id()
}

fn by_card(token: &str) -> PaymentMethod {
    PaymentMethod { kind: MethodKind::Card, token: token.to_owned() }
}

impl Desk {
    fn new() -> Self {
        Self { clock: Some(Arc::new(FixedClock::at(NOON))), ..Self::default() }
    }

    fn clock(&self) -> &FixedClock {
        self.clock.as_ref().unwrap()
    }

    fn cashier(&self) -> Cashier<'_> {
        Cashier { gateway: &self.gateway, effects: &self.log, clock: self.clock() }
    }

    async fn reserve(&self, token: &str) -> Result<Asked, StepError> {
        self.cashier().authorize(id(), 1, euros(TOTAL), by_card(token)).await
    }

    /// What our own log says, and what the gateway says where the log says nothing.
    async fn known(&self) -> (bool, bool) {
        let (asked, payment) = (self.cashier().asked(id(), 1).await.unwrap(), self.cashier().payment(id(), 1).await.unwrap());
        (asked.is_some(), payment.is_some())
    }

    async fn taken(&self) -> String {
        self.reserve(CARD_GOOD).await.unwrap();
        self.cashier().capture(id(), 1, "pi_1", euros(TOTAL)).await.unwrap().intent
    }
}

#[tokio::test]
async fn what_was_asked_is_known_from_the_log_and_else_from_the_gateway() {
    let desk = Desk::new();
    assert_eq!(desk.known().await, (false, false));
    desk.reserve(CARD_GOOD).await.unwrap();
    assert_eq!(desk.known().await, (true, true));
    assert_eq!(desk.cashier().asked(id(), 2).await.unwrap(), None);

    let answer_lost = Desk::new();
    answer_lost.gateway.faults.after("authorize", 1);
    answer_lost.reserve(CARD_GOOD).await.unwrap_err();
    assert_eq!(answer_lost.known().await, (false, true));

    let refused = Desk::new();
    refused.gateway.faults.before_with("authorize", 1, Fault::Refused);
    assert_eq!(refused.reserve(CARD_GOOD).await.unwrap(), Asked::Refused { refused: "planned_refusal".to_owned() });
    assert_eq!(refused.known().await, (false, false));
}

#[tokio::test]
async fn a_payment_in_processing_is_no_answer_yet_and_is_asked_for_once() {
    let desk = Desk::new();
    for _ in 0..3 {
        assert!(matches!(desk.reserve(CARD_SLOW).await, Err(StepError::Unavailable(_))));
    }
    assert_eq!(desk.gateway.authorizations(), 1);
    desk.gateway.settle("pi_1", Standing::Authorized { amount: TOTAL });
    assert!(matches!(desk.reserve(CARD_SLOW).await, Ok(Asked::Payment(payment)) if payment.intent == "pi_1"));
}

/// The gateway told of it before our own run did, or while it does.
#[tokio::test]
async fn what_the_gateway_tells_by_itself_is_noted_unless_a_run_is_at_it() {
    let desk = Desk::new();
    let key = EffectKey::Capture(1);
    let first = desk.log.begin(id(), &key, NOON, NOON + LEASE).await.unwrap();
    assert_eq!(first, Begun::Mine);
    assert!(matches!(desk.cashier().told(id(), &key, &"told").await, Err(StepError::InProgress)));
    desk.clock().advance(LEASE + SignedDuration::from_secs(1));
    for outcome in ["told", "told again"] {
        desk.cashier().told(id(), &key, &outcome).await.unwrap();
        assert_eq!(desk.log.outcome(id(), &key).await.unwrap(), Some("told".into()), "the first outcome stays");
    }
}

#[tokio::test]
async fn a_run_leaves_an_effect_to_the_one_that_has_it() {
    let desk = Desk::new();
    desk.log.begin(id(), &EffectKey::Authorize(1), NOON, NOON + LEASE).await.unwrap();
    assert!(matches!(desk.reserve(CARD_GOOD).await, Err(StepError::InProgress)));
    desk.clock().advance(LEASE + SignedDuration::from_secs(1));
    desk.reserve(CARD_GOOD).await.unwrap();
    assert_eq!(desk.gateway.authorizations(), 1);
}

/// Whoever has begun and not noted the outcome keeps the effect for as long as it may still be at it.
#[tokio::test]
async fn an_effect_whose_outcome_could_not_be_noted_is_kept_for_the_whole_lease() {
    let (authorize, capture) = (EffectKey::Authorize(1), EffectKey::Capture(1));
    for key in [authorize, capture] {
        let desk = Desk::new();
        desk.log.faults.before("finish", 1);
        match key {
            EffectKey::Authorize(_) => assert!(desk.reserve(CARD_GOOD).await.is_err()),
            _ => assert!(desk.cashier().told(id(), &key, &"told").await.is_err()),
        }
        for (later, expected) in [(LEASE - SignedDuration::from_secs(1), Begun::Held), (LEASE, Begun::Unsure)] {
            assert_eq!(desk.log.begin(id(), &key, NOON + later, NOON + LEASE + LEASE).await.unwrap(), expected, "{key} {later}");
        }
    }
}

#[tokio::test]
async fn a_void_finds_what_somebody_else_has_taken_or_given_back() {
    for (before, expected) in [
        (None, Standing::Voided),
        (Some(Standing::Voided), Standing::Voided),
        (Some(Standing::Captured { amount: TOTAL, refunded: 0 }), Standing::Captured { amount: TOTAL, refunded: 0 }),
    ] {
        let desk = Desk::new();
        desk.reserve(CARD_GOOD).await.unwrap();
        if let Some(standing) = before {
            desk.gateway.settle("pi_1", standing);
        }
        assert_eq!(desk.cashier().void(id(), 1, "pi_1").await.unwrap().standing, expected);
    }
    // A no that nothing explains stays one.
    let desk = Desk::new();
    desk.reserve(CARD_GOOD).await.unwrap();
    desk.gateway.faults.before_with("void", 1, Fault::Refused);
    assert!(desk.cashier().void(id(), 1, "pi_1").await.is_err());
}

#[tokio::test]
async fn a_refund_is_the_gateways_own_word_for_it() {
    let ours = Desk::new();
    let intent = ours.taken().await;
    let made = ours.cashier().refund(id(), 0, &intent, euros(500)).await.unwrap();
    assert!(made.amount == 500 && made.refund.is_some());
    assert_eq!(ours.cashier().refund(id(), 0, &intent, euros(500)).await.unwrap(), made, "made again, it is the same");
    assert_eq!(ours.cashier().refund(id(), 500, &intent, euros(200)).await.unwrap().amount, 200);
    assert_eq!(ours.gateway.refunds(), 2);

    // Staff had given it back by hand, and nothing is left: what they gave is what there is to note.
    let by_hand = Desk::new();
    let intent = by_hand.taken().await;
    by_hand.gateway.settle(&intent, Standing::Captured { amount: TOTAL, refunded: TOTAL });
    let noted = by_hand.cashier().refund(id(), 0, &intent, euros(TOTAL)).await.unwrap();
    assert_eq!(noted, Refund { amount: TOTAL, refund: None });

    // After a refund of ours: only what is beyond it.
    let after_ours = Desk::new();
    let intent = after_ours.taken().await;
    after_ours.cashier().refund(id(), 0, &intent, euros(500)).await.unwrap();
    after_ours.gateway.settle(&intent, Standing::Captured { amount: TOTAL, refunded: TOTAL });
    let noted = after_ours.cashier().refund(id(), 500, &intent, euros(TOTAL - 500)).await.unwrap();
    assert_eq!(noted, Refund { amount: TOTAL - 500, refund: None });

    // Nothing was given back, and the gateway refuses: a no stays a no.
    let refused = Desk::new();
    let intent = refused.taken().await;
    refused.gateway.faults.before_with("refund", 1, Fault::Refused);
    assert!(refused.cashier().refund(id(), 0, &intent, euros(1)).await.is_err());
    assert_eq!(refused.gateway.refunds(), 0);

    // The answer was lost: the next run finds the refund in the sum, and makes none.
    let lost = Desk::new();
    let intent = lost.taken().await;
    lost.gateway.faults.after("refund", 1);
    lost.cashier().refund(id(), 0, &intent, euros(500)).await.unwrap_err();
    assert_eq!(lost.cashier().refund(id(), 0, &intent, euros(500)).await.unwrap(), Refund { amount: 500, refund: None });
    assert_eq!(lost.gateway.refunds(), 1);
}

#[tokio::test]
async fn a_capture_whose_answer_was_lost_is_asked_about_and_not_made_again() {
    let desk = Desk::new();
    desk.reserve(CARD_GOOD).await.unwrap();
    desk.gateway.faults.after("capture", 1);
    desk.cashier().capture(id(), 1, "pi_1", euros(TOTAL)).await.unwrap_err();
    let taken = desk.cashier().capture(id(), 1, "pi_1", euros(TOTAL)).await.unwrap();
    assert_eq!((taken.standing, desk.gateway.captures()), (Standing::Captured { amount: TOTAL, refunded: 0 }, 1));
    assert_eq!(desk.gateway.faults.calls("capture"), 1);
    // Not taken, and not known to be refused: made again.
    let unanswered = Desk::new();
    unanswered.reserve(CARD_GOOD).await.unwrap();
    unanswered.gateway.faults.before("capture", 1);
    unanswered.cashier().capture(id(), 1, "pi_1", euros(TOTAL)).await.unwrap_err();
    unanswered.cashier().capture(id(), 1, "pi_1", euros(TOTAL)).await.unwrap();
    assert_eq!((unanswered.gateway.captures(), unanswered.gateway.faults.calls("capture")), (1, 2));
}

#[tokio::test]
async fn a_payment_that_is_gone_at_the_gateway_is_no_small_matter() {
    let desk = Desk::new();
    desk.reserve(CARD_GOOD).await.unwrap();
    desk.gateway.faults.after("capture", 1);
    desk.cashier().capture(id(), 1, "pi_1", euros(TOTAL)).await.unwrap_err();
    desk.gateway.lose("pi_1");
    assert_eq!(desk.gateway.retrieve("pi_1").await.unwrap(), None);
    assert!(desk.cashier().capture(id(), 1, "pi_1", euros(TOTAL)).await.is_err());
}
