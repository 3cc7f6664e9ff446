//! What a payment at the gateway means to its order: the gateway's truth, as entries of the order's history.
//!
//! Whoever learns it first, the step or the webhook, writes it; to the other it is known already.

use serde_json::{Value, json};

use oms_domain::Order;
use oms_domain::change::{By, Changed, Refusal};
use oms_domain::history::Fact;
use oms_domain::order::PaymentStatus;
use oms_domain::state::State;
use oms_domain::transition::Trigger;
use oms_ports::effects::EffectKey;
use oms_ports::gateway::{GatewayPayment, Standing};

use crate::once::Refund;
use crate::stripe::told;

/// The code of a reservation that ran out before it was taken. Soft: asking for another may well work.
pub const EXPIRED: &str = "authorization_expired";
/// The code of a payment that was ended at the gateway before anything was reserved.
pub const CANCELED: &str = "canceled";

/// What follows for the order.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Nothing: the order knows, or it does not concern it.
    Known,
    /// The order has to learn this.
    Learn(Box<Lesson>),
    /// A reservation that no order will ever take: to be given back.
    Stray,
    /// It fits no rule: a person has to look.
    Alarm(Alarm),
}

/// What the order learns.
#[derive(Debug, Clone, PartialEq)]
pub struct Lesson {
    /// The order with it, to be stored.
    pub changed: Changed,
    /// The effect that it is the outcome of.
    pub effect: EffectKey,
    /// That outcome.
    pub outcome: Value,
}

/// What a person has to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Alarm {
    /// Reserved, but not the order's total in the order's currency.
    WrongReservation,
    /// Taken, but not the order's total in the order's currency.
    WrongCharge,
    /// Taken for an attempt that the order has given up.
    ChargeWithoutOrder,
    /// Less is given back than the order has on record: a refund failed afterwards.
    RefundReversed,
}

/// The attempt before, where it still holds a reservation that nobody will take: another payment was asked for in its place.
pub fn superseded(order: &Order) -> Option<u8> {
    let payment = &order.payment;
    (payment.status.is_undecided() && payment.authorized > 0).then(|| payment.attempt.saturating_sub(1))
}

/// What `payment` means to `order`, whose it is. Where an attempt is [`superseded`], its reservation must have been given back before the lesson is stored.
///
/// # Errors
/// Never where the table of transitions holds; the caller passes it on.
pub fn settle(order: &Order, payment: &GatewayPayment, by: &By) -> Result<Verdict, Refusal> {
    if payment.attempt != order.payment.attempt {
        return Ok(given_up(&payment.standing));
    }
    let case = Case { order, payment, by };
    match &payment.standing {
        Standing::Authorized { amount } => case.authorized(*amount),
        Standing::ActionRequired { .. } => case.action_required(),
        Standing::Declined { code, hard } => case.failed(code, *hard),
        Standing::Captured { amount, refunded } => case.captured(*amount, *refunded),
        Standing::Voided => match order.payment.status {
            PaymentStatus::Authorized => case.failed(EXPIRED, false),
            _ => case.failed(CANCELED, true),
        },
        Standing::Processing => Ok(Verdict::Known),
    }
}

/// A request that the gateway refused without making a payment.
pub fn refused(order: &Order, code: &str, by: &By) -> Result<Changed, Refusal> {
    let order = freed(order, by)?;
    let (fact, by) = declined(code, true, by);
    order.go_knowing(Trigger::PaymentDeclined, fact, &by)
}

fn given_up(standing: &Standing) -> Verdict {
    match standing {
        Standing::Authorized { .. } => Verdict::Stray,
        Standing::Captured { amount, refunded } if amount > refunded => Verdict::Alarm(Alarm::ChargeWithoutOrder),
        Standing::Captured { .. }
        | Standing::ActionRequired { .. }
        | Standing::Declined { .. }
        | Standing::Voided
        | Standing::Processing => Verdict::Known,
    }
}

/// The order, knowing that the reservation of a [`superseded`] attempt, if there was one, was given back.
pub fn freed(order: &Order, by: &By) -> Result<Changed, Refusal> {
    let changed = Changed::of(order.clone());
    match superseded(order) {
        Some(_) => changed.learn(Fact::PaymentVoided, by),
        None => Ok(changed),
    }
}

/// The fact of a refusal, and the reason that the customer may be told.
fn declined(code: &str, hard: bool, by: &By) -> (Fact, By) {
    let fact = Fact::PaymentDeclined { code: code.to_owned(), hard };
    (fact, by.clone().because(told(code)))
}

struct Case<'a> {
    order: &'a Order,
    payment: &'a GatewayPayment,
    by: &'a By,
}

impl Case<'_> {
    fn authorized(&self, amount: i64) -> Result<Verdict, Refusal> {
        match self.order.payment.status {
            PaymentStatus::Authorized | PaymentStatus::Captured | PaymentStatus::Voided | PaymentStatus::Refunded => {
                return Ok(Verdict::Known);
            }
            PaymentStatus::Open | PaymentStatus::MethodWanted | PaymentStatus::ActionRequired | PaymentStatus::Declined => {}
        }
        let fact = Fact::PaymentAuthorized { amount };
        let changed = match self.order.state {
            State::PendingPayment if !self.is_total(amount) => {
                return Ok(Verdict::Alarm(Alarm::WrongReservation));
            }
            State::PendingPayment => freed(self.order, self.by)?.go_knowing(Trigger::PaymentAuthorized, fact, self.by)?,
            // The order has to know of it, so that the machine gives it back.
            State::Cancelled => freed(self.order, self.by)?.learn(fact, self.by)?,
            _ => return Ok(Verdict::Stray),
        };
        Ok(self.learn(changed, EffectKey::Authorize))
    }

    fn action_required(&self) -> Result<Verdict, Refusal> {
        let open = self.order.payment.status == PaymentStatus::Open;
        if !open || self.order.state != State::PendingPayment {
            return Ok(Verdict::Known);
        }
        let changed = freed(self.order, self.by)?.learn(Fact::PaymentActionRequired, self.by)?;
        Ok(self.learn(changed, EffectKey::Authorize))
    }

    /// Nothing is reserved any more, or never was.
    fn failed(&self, code: &str, hard: bool) -> Result<Verdict, Refusal> {
        let (fact, by) = declined(code, hard, self.by);
        match (self.order.state, self.order.payment.status) {
            (State::PendingPayment, PaymentStatus::Open | PaymentStatus::ActionRequired) => {
                let changed = freed(self.order, self.by)?.go_knowing(Trigger::PaymentDeclined, fact, &by)?;
                Ok(self.learn(changed, EffectKey::Authorize))
            }
            (State::Routed, PaymentStatus::Authorized) => {
                let trigger = Trigger::AuthorizationExpiredOrCaptureFailed;
                let changed = self.change().go_knowing(trigger, fact, &by)?;
                Ok(self.learn(changed, EffectKey::Capture))
            }
            (State::Cancelled, PaymentStatus::Authorized) => {
                let changed = self.change().learn(Fact::PaymentVoided, self.by)?;
                Ok(self.learn(changed, EffectKey::Void))
            }
            // Before `routed` the order goes on: the capture will find out, and can say so by a transition.
            _ => Ok(Verdict::Known),
        }
    }

    fn captured(&self, amount: i64, refunded: i64) -> Result<Verdict, Refusal> {
        let known = &self.order.payment;
        if self.payment.currency != self.order.currency.code() {
            return Ok(Verdict::Alarm(Alarm::WrongCharge));
        }
        if known.captured == 0 {
            return self.first_captured(amount);
        }
        if known.captured != amount {
            return Ok(Verdict::Alarm(Alarm::WrongCharge));
        }
        if refunded < known.refunded {
            return Ok(Verdict::Alarm(Alarm::RefundReversed));
        }
        if refunded == known.refunded {
            return Ok(Verdict::Known);
        }
        let refund = Refund { amount: refunded - known.refunded, refund: None };
        let fact = Fact::PaymentRefunded { amount: refund.amount };
        Ok(Verdict::Learn(Box::new(Lesson {
            changed: self.change().learn(fact, self.by)?,
            effect: EffectKey::Refund(known.refunded),
            outcome: json!(refund),
        })))
    }

    fn first_captured(&self, amount: i64) -> Result<Verdict, Refusal> {
        let fact = Fact::PaymentCaptured { amount };
        let changed = match (self.order.state, self.order.payment.status) {
            // Of a dead order whatever was taken goes back.
            (State::Cancelled, _) => self.change().learn(fact, self.by)?,
            _ if !self.is_total(amount) => return Ok(Verdict::Alarm(Alarm::WrongCharge)),
            (_, PaymentStatus::Authorized) => self.change().learn(fact, self.by)?,
            (State::PendingPayment, _) => freed(self.order, self.by)?
                .go_knowing(Trigger::PaymentAuthorized, Fact::PaymentAuthorized { amount }, self.by)?
                .learn(fact, self.by)?,
            _ => return Ok(Verdict::Alarm(Alarm::ChargeWithoutOrder)),
        };
        Ok(self.learn(changed, EffectKey::Capture))
    }

    fn is_total(&self, amount: i64) -> bool {
        amount == self.order.total && self.payment.currency == self.order.currency.code()
    }

    fn change(&self) -> Changed {
        Changed::of(self.order.clone())
    }

    fn learn(&self, changed: Changed, effect: fn(u8) -> EffectKey) -> Verdict {
        Verdict::Learn(Box::new(Lesson { changed, effect: effect(self.payment.attempt), outcome: json!(self.payment) }))
    }
}
