//! Brings orders in line with what the gateway says by itself.
//!
//! An event only says which payment to look at: events come late, twice and out of order, while the payment, when asked, says where it stands
//! now. What that means to its order is [`oms_gateways::settle`]'s to say. While `pay` is making an effect its lease is respected: the message
//! goes back to the queue, and when it comes again the order usually knows.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use oms_contract::queue::WebhookMessage;
use oms_domain::change::By;
use oms_domain::{Actor, ActorKind, Order};
use oms_gateways::once::Cashier;
use oms_gateways::settle::{Alarm, Lesson, Verdict, settle, superseded};
use oms_gateways::stripe::{self, GatewayEvent};
use oms_ports::effects::{EffectKey, Effects};
use oms_ports::gateway::{Gateway, GatewayPayment, Standing};
use oms_ports::messaging::{Topic, Topics};
use oms_ports::orders::{Orders, Origin, Stored};
use oms_ports::{Clock, StepError};

/// For one call of the gateway: looking a payment up takes it a fraction of a second, and a batch holds several messages.
pub const GATEWAY_TIMEOUT: Duration = Duration::from_secs(4);

/// Lessons that one payment can hold at most: it was taken, and given back.
const LESSONS: usize = 2;

/// What the function needs from the world.
pub struct Deps {
    /// Orders.
    pub orders: Arc<dyn Orders>,
    /// Effects begun and made.
    pub effects: Arc<dyn Effects>,
    /// Where the money is.
    pub gateway: Arc<dyn Gateway>,
    /// Where people look.
    pub topics: Arc<dyn Topics>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// Handles one webhook whose signature was good.
pub async fn handle(deps: &Deps, message: &WebhookMessage) -> Result<(), StepError> {
    if message.source != stripe::NAME {
        return Err(StepError::Refused(format!("no gateway is called {}", message.source)));
    }
    let event = stripe::event_of(&message.body).map_err(|error| StepError::Refused(error.to_string()))?;
    let Some(event) = event else {
        return Ok(());
    };
    let desk = Desk { deps, event: &event };
    let Some(payment) = deps.gateway.retrieve(&event.intent).await? else {
        return desk.tell("unmatched_payment", None).await;
    };
    let Some(stored) = deps.orders.load(payment.order_id).await? else {
        return desk.tell("unmatched_payment", Some(&payment)).await;
    };
    desk.settle(stored, &payment).await
}

/// The handling of one event.
struct Desk<'a> {
    deps: &'a Deps,
    event: &'a GatewayEvent,
}

impl Desk<'_> {
    async fn settle(&self, mut stored: Stored, payment: &GatewayPayment) -> Result<(), StepError> {
        for _ in 0..LESSONS {
            match settle(&stored.order, payment, &self.by())? {
                Verdict::Known => return Ok(()),
                Verdict::Learn(lesson) => stored = self.teach(&stored, *lesson).await?,
                Verdict::Stray => return self.give_back(payment, "stray_reservation").await,
                Verdict::Alarm(Alarm::WrongReservation) => return self.give_back(payment, Alarm::WrongReservation.into()).await,
                Verdict::Alarm(alarm) => return self.tell(alarm.into(), Some(payment)).await,
            }
        }
        Ok(())
    }

    /// The outcome first, so that later steps find the payment whatever happens to the order's write.
    async fn teach(&self, was: &Stored, lesson: Lesson) -> Result<Stored, StepError> {
        let id = was.order.id;
        self.cashier().told(id, &lesson.effect, &lesson.outcome).await?;
        self.keep_reservation(was, &lesson).await?;
        self.give_back_superseded(was).await?;
        let now = self.deps.orders.commit(was, lesson.changed, Origin::Outside, &[]).await?;
        tracing::info!(order.id = %id, event.kind = self.event.kind, payment.status = %now.order.payment.status, order.state = %now.order.state,
            "Order {id}: the gateway says that the payment is {}", now.order.payment.status);
        Ok(now)
    }

    /// What was answered first to an attempt stays its outcome. Where that was not a reservation, the payment that became one is kept beside it:
    /// the checks read the card's evidence there.
    async fn keep_reservation(&self, was: &Stored, lesson: &Lesson) -> Result<(), StepError> {
        let holds = |order: &Order| order.payment.authorized > 0 || order.payment.captured > 0;
        if holds(&was.order) || !holds(&lesson.changed.order) {
            return Ok(());
        }
        let key = EffectKey::Reserved(lesson.changed.order.payment.attempt);
        self.cashier().told(was.order.id, &key, &lesson.outcome).await
    }

    async fn give_back_superseded(&self, was: &Stored) -> Result<(), StepError> {
        let Some(attempt) = superseded(&was.order) else {
            return Ok(());
        };
        let Some(payment) = self.cashier().payment(was.order.id, attempt).await? else {
            return Err(StepError::Bug(format!("attempt {attempt} of order {} has no payment", was.order.id)));
        };
        self.cashier().void(was.order.id, attempt, &payment.intent).await.map(drop)
    }

    /// Gives a reservation back that no order will take. It is reported first: once it is given back, a repeated message finds nothing to report.
    async fn give_back(&self, payment: &GatewayPayment, why: &'static str) -> Result<(), StepError> {
        self.tell(why, Some(payment)).await?;
        let left = self.cashier().void(payment.order_id, payment.attempt, &payment.intent).await?;
        if left.standing == Standing::Voided {
            return Ok(());
        }
        self.tell(Alarm::ChargeWithoutOrder.into(), Some(&left)).await
    }

    /// Puts the payment where a person sees it.
    async fn tell(&self, kind: &'static str, payment: Option<&GatewayPayment>) -> Result<(), StepError> {
        let order_id = payment.map(|payment| payment.order_id.to_string());
        tracing::warn!(
            alarm.kind = kind,
            order.id = order_id,
            event.id = self.event.event_id,
            event.kind = self.event.kind,
            payment.intent = self.event.intent,
            "Payment {} needs a person: {kind}",
            self.event.intent
        );
        let body = json!({
            "kind": kind,
            "gateway": stripe::NAME,
            "event_id": self.event.event_id,
            "event": self.event.kind,
            "intent": self.event.intent,
            "order_id": order_id,
            "attempt": payment.map(|payment| payment.attempt),
        });
        let subject = format!("Payment {}: {kind}", self.event.intent);
        self.deps.topics.publish(Topic::Operators, &subject, &body, &[("kind", kind)]).await?;
        Ok(())
    }

    fn by(&self) -> By {
        By::new(Actor::new(ActorKind::Gateway, stripe::NAME), self.deps.clock.now())
    }

    fn cashier(&self) -> Cashier<'_> {
        Cashier { gateway: &*self.deps.gateway, effects: &*self.deps.effects, clock: &*self.deps.clock }
    }
}
