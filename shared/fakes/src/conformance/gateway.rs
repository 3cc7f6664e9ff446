//! What every payment gateway must do, whatever it is made of.

use std::sync::Arc;

use oms_domain::document::{MethodKind, PaymentMethod};
use oms_domain::{Money, OrderId};
use oms_ports::PortError;
use oms_ports::effects::EffectKey;
use oms_ports::gateway::{Authorization, Gateway, GatewayPayment, Standing};

use crate::build::currency;
use crate::build::order::an_order;

/// A gateway, with a method of payment that it takes.
pub struct Subject {
    /// The gateway, without any payments.
    pub gateway: Arc<dyn Gateway>,
    /// What to pay with.
    pub method: PaymentMethod,
}

impl Subject {
    /// A gateway that takes this card.
    pub fn card(gateway: Arc<dyn Gateway>, token: &str) -> Self {
        Self { gateway, method: PaymentMethod { kind: MethodKind::Card, token: token.to_owned() } }
    }

    /// A gateway that grants payment on invoice.
    pub fn invoice(gateway: Arc<dyn Gateway>) -> Self {
        Self { gateway, method: PaymentMethod { kind: MethodKind::Invoice, token: String::new() } }
    }
}

const TOTAL: i64 = 12_000;

/// Runs the whole suite.
pub async fn all(factory: impl AsyncFn() -> Subject) {
    a_reservation_is_found_by_id_and_by_order(&factory().await).await;
    one_key_makes_one_payment(&factory().await).await;
    attempts_and_orders_do_not_meet(&factory().await).await;
    what_was_never_made_is_not_there(&factory().await).await;
    a_capture_takes_the_money_once(&factory().await).await;
    a_capture_takes_no_more_than_is_reserved(&factory().await).await;
    a_void_ends_the_payment(&factory().await).await;
    what_was_taken_cannot_be_voided(&factory().await).await;
    partial_refunds_add_up_to_the_charge_and_no_further(&factory().await).await;
    one_key_makes_one_refund(&factory().await).await;
    nothing_is_refunded_that_was_not_taken(&factory().await).await;
}

fn euros(amount: i64) -> Money {
    Money::new(amount, currency("EUR"))
}

fn order(nth: u64) -> OrderId {
    an_order().nth(nth).id()
}

fn key(effect: &EffectKey) -> String {
    effect.for_gateway(order(0))
}

fn request(subject: &Subject, nth: u64, attempt: u8, amount: i64) -> Authorization {
    let key = EffectKey::Authorize(attempt).for_gateway(order(nth));
    Authorization { order_id: order(nth), attempt, amount: euros(amount), method: subject.method.clone(), key }
}

async fn reserved(subject: &Subject) -> GatewayPayment {
    subject.gateway.authorize(&request(subject, 0, 1, TOTAL)).await.unwrap()
}

async fn captured(subject: &Subject) -> GatewayPayment {
    let made = reserved(subject).await;
    subject.gateway.capture(&made.intent, euros(TOTAL), &key(&EffectKey::Capture(1))).await.unwrap()
}

async fn standing(subject: &Subject, intent: &str) -> Standing {
    subject.gateway.retrieve(intent).await.unwrap().unwrap().standing
}

fn is_refused<T>(answer: &Result<T, PortError>) -> bool {
    matches!(answer, Err(PortError::Refused { .. }))
}

fn is_corrupt<T>(answer: &Result<T, PortError>) -> bool {
    matches!(answer, Err(PortError::Corrupt { .. }))
}

async fn a_reservation_is_found_by_id_and_by_order(subject: &Subject) {
    let made = reserved(subject).await;
    assert_eq!((made.order_id, made.attempt, made.currency.as_str()), (order(0), 1, "EUR"));
    assert_eq!(made.standing, Standing::Authorized { amount: TOTAL });
    assert_eq!(subject.gateway.retrieve(&made.intent).await.unwrap(), Some(made.clone()));
    assert_eq!(subject.gateway.find(order(0), 1).await.unwrap(), Some(made));
}

async fn one_key_makes_one_payment(subject: &Subject) {
    let first = reserved(subject).await;
    let second = reserved(subject).await;
    assert_eq!(first, second);
    assert!(is_corrupt(&subject.gateway.authorize(&request(subject, 0, 1, TOTAL - 1)).await), "the key with another amount");
    assert_eq!(standing(subject, &first.intent).await, Standing::Authorized { amount: TOTAL });
}

async fn attempts_and_orders_do_not_meet(subject: &Subject) {
    let mut intents = Vec::new();
    for (nth, attempt, amount) in [(0, 1, 100), (0, 2, 200), (1, 1, 300)] {
        let made = subject.gateway.authorize(&request(subject, nth, attempt, amount)).await.unwrap();
        intents.push((nth, attempt, made));
    }
    for (nth, attempt, made) in &intents {
        assert_eq!(subject.gateway.find(order(*nth), *attempt).await.unwrap().as_ref(), Some(made));
        assert_eq!(intents.iter().filter(|(_, _, other)| other.intent == made.intent).count(), 1);
    }
}

async fn what_was_never_made_is_not_there(subject: &Subject) {
    let made = reserved(subject).await;
    assert_eq!(subject.gateway.find(order(0), 2).await.unwrap(), None);
    assert_eq!(subject.gateway.find(order(7), 1).await.unwrap(), None);
    assert_eq!(subject.gateway.find_refund(&made.intent, "nothing").await.unwrap(), None);
    assert_eq!(subject.gateway.retrieve("pi_of_nobody").await.unwrap(), None);
}

async fn a_capture_takes_the_money_once(subject: &Subject) {
    let taken = captured(subject).await;
    assert_eq!(taken.standing, Standing::Captured { amount: TOTAL, refunded: 0 });
    assert_eq!(captured(subject).await, taken, "the same call again");
    let other = subject.gateway.capture(&taken.intent, euros(TOTAL), "another key").await;
    assert!(is_refused(&other), "{other:?}");
    let differs = subject.gateway.capture(&taken.intent, euros(TOTAL - 1), &key(&EffectKey::Capture(1))).await;
    assert!(is_corrupt(&differs), "{differs:?}");
    assert_eq!(standing(subject, &taken.intent).await, taken.standing);
}

async fn a_capture_takes_no_more_than_is_reserved(subject: &Subject) {
    let made = reserved(subject).await;
    let more = subject.gateway.capture(&made.intent, euros(TOTAL + 1), &key(&EffectKey::Capture(1))).await;
    assert!(is_refused(&more), "{more:?}");
    assert_eq!(standing(subject, &made.intent).await, Standing::Authorized { amount: TOTAL });
}

async fn a_void_ends_the_payment(subject: &Subject) {
    let made = reserved(subject).await;
    let void = key(&EffectKey::Void(1));
    for _ in 0..2 {
        assert_eq!(subject.gateway.void(&made.intent, &void).await.unwrap().standing, Standing::Voided);
    }
    assert!(is_refused(&subject.gateway.void(&made.intent, "another key").await));
    assert!(is_refused(&subject.gateway.capture(&made.intent, euros(TOTAL), &key(&EffectKey::Capture(1))).await));
    assert_eq!(standing(subject, &made.intent).await, Standing::Voided);
}

async fn what_was_taken_cannot_be_voided(subject: &Subject) {
    let taken = captured(subject).await;
    assert!(is_refused(&subject.gateway.void(&taken.intent, &key(&EffectKey::Void(1))).await));
    assert_eq!(standing(subject, &taken.intent).await, taken.standing);
}

async fn partial_refunds_add_up_to_the_charge_and_no_further(subject: &Subject) {
    let taken = captured(subject).await;
    let mut refunded = 0;
    for part in [1, 3_333, 8_666] {
        let effect = key(&EffectKey::Refund(refunded));
        let id = subject.gateway.refund(&taken.intent, euros(part), &effect).await.unwrap();
        assert_eq!(subject.gateway.find_refund(&taken.intent, &effect).await.unwrap(), Some(id));
        refunded += part;
        assert_eq!(standing(subject, &taken.intent).await, Standing::Captured { amount: TOTAL, refunded });
    }
    let more = subject.gateway.refund(&taken.intent, euros(1), &key(&EffectKey::Refund(refunded))).await;
    assert!(is_refused(&more), "{more:?}");
    assert_eq!(standing(subject, &taken.intent).await, Standing::Captured { amount: TOTAL, refunded: TOTAL });
}

async fn one_key_makes_one_refund(subject: &Subject) {
    let taken = captured(subject).await;
    let effect = key(&EffectKey::Refund(0));
    let first = subject.gateway.refund(&taken.intent, euros(4_000), &effect).await.unwrap();
    assert_eq!(subject.gateway.refund(&taken.intent, euros(4_000), &effect).await.unwrap(), first);
    assert!(is_corrupt(&subject.gateway.refund(&taken.intent, euros(4_001), &effect).await));
    assert_eq!(standing(subject, &taken.intent).await, Standing::Captured { amount: TOTAL, refunded: 4_000 });
}

async fn nothing_is_refunded_that_was_not_taken(subject: &Subject) {
    let made = reserved(subject).await;
    assert!(is_refused(&subject.gateway.refund(&made.intent, euros(1), &key(&EffectKey::Refund(0))).await));
    subject.gateway.void(&made.intent, &key(&EffectKey::Void(1))).await.unwrap();
    assert!(is_refused(&subject.gateway.refund(&made.intent, euros(1), &key(&EffectKey::Refund(0))).await));
}
