//! Reserves, takes and gives back money: whatever the order's state asks for, one duty a run, as a step of both machines.
//!
//! Each effect is made once ([`oms_gateways::once`]); what its answer means to the order is [`oms_gateways::settle`]'s to say.

pub mod duty;

use std::sync::Arc;
use std::time::Duration;

use oms_contract::step::{StepInput, StepOutcome};
use oms_domain::change::{By, Changed};
use oms_domain::document::PaymentMethod;
use oms_domain::history::Fact;
use oms_domain::{Actor, ActorKind, Money, Order};
use oms_gateways::once::{Asked, Cashier, Unnoted, known};
use oms_gateways::router;
use oms_gateways::settle::{Alarm, Verdict, freed, refused, settle, superseded};
use oms_ports::effects::{EffectKey, Effects};
use oms_ports::gateway::{Gateway, GatewayPayment, Standing};
use oms_ports::orders::{Orders, Origin, Paid, Records};
use oms_ports::{Clock, Party, PortError, StepError};

use duty::{Duty, duty_of};

/// For one call of the gateway: issuers take up to some ten seconds, and of the function's 30 s there must be some left to write the answer down.
pub const GATEWAY_TIMEOUT: Duration = Duration::from_secs(20);

/// What the function needs from the world.
pub struct Deps {
    /// Orders and their documents.
    pub orders: Arc<dyn Orders>,
    /// Payment methods given later.
    pub records: Arc<dyn Records>,
    /// Effects begun and made.
    pub effects: Arc<dyn Effects>,
    /// Where the money is.
    pub gateway: Arc<dyn Gateway>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// Does what the order asks for now; nothing where it asks for nothing of this step.
pub async fn handle(deps: &Deps, input: StepInput) -> Result<StepOutcome, StepError> {
    let id = input.order_id;
    let read = deps.orders.paid(id).await?;
    let was = read.order.as_ref().ok_or_else(|| StepError::Bug(format!("order {id} is not stored")))?;
    let Some(duty) = duty_of(&was.order) else {
        return Ok(StepOutcome::of(&was.order));
    };
    let till = Till { deps, order: &was.order, read: &read };
    let mut unnoted = None;
    let changed = match duty {
        Duty::Authorize => till.authorize().await?,
        Duty::Capture => till.capture(&mut unnoted).await?,
        Duty::Void => till.void().await?,
        Duty::Refund { amount } => till.refund(amount).await?,
        Duty::Owe => till.owe().await?,
        Duty::GiveBackSuperseded => till.free().await?,
        Duty::LookForLate => till.look_for_late().await?,
    };
    let now = match deps.orders.commit(was, changed, Origin::Machine, &[]).await {
        Ok(now) => now,
        Err(error) => {
            if let Some(unnoted) = unnoted {
                // The order does not know: the next run finds the outcome here. Where this fails too, it asks the gateway once the lease is over.
                let _ = till.cashier().note(id, unnoted).await;
            }
            return Err(error.into());
        }
    };
    let outcome = StepOutcome::of(&now.order);
    tracing::info!(order.id = %id, pay.duty = %duty, payment.status = %now.order.payment.status, order.state = %outcome.state,
        "Order {id}: {duty} leaves the payment {}", now.order.payment.status);
    Ok(outcome)
}

/// One run for one order.
struct Till<'a> {
    deps: &'a Deps,
    order: &'a Order,
    read: &'a Paid,
}

impl Till<'_> {
    async fn authorize(&self) -> Result<Changed, StepError> {
        self.give_back_superseded().await?;
        let attempt = self.order.payment.attempt;
        let method = self.method().await?;
        let gateway = router::of(method.kind, self.order.total);
        match self.cashier().authorize(self.order.id, attempt, self.total(), method).await? {
            Asked::Payment(payment) => self.lesson(&payment).await,
            Asked::Refused { refused: code } => Ok(refused(self.order, &code, &self.by(gateway))?),
        }
    }

    /// The order's own write says that the money is taken, so that the outcome need not be noted beside it: `unnoted`, where the write fails.
    async fn capture(&self, unnoted: &mut Option<Unnoted>) -> Result<Changed, StepError> {
        let intent = self.intent().await?;
        let attempt = self.order.payment.attempt;
        if self.order.total == 0 && self.order.payment.authorized > 0 {
            return self.give_up_reservation(&intent).await;
        }
        let (payment, open) = self.cashier().capture_unnoted(self.order.id, attempt, &intent, self.total()).await?;
        if matches!(payment.standing, Standing::Captured { .. }) {
            *unnoted = open;
            return self.lesson(&payment).await;
        }
        if let Some(open) = open {
            self.cashier().note(self.order.id, open).await?;
        }
        if !matches!(payment.standing, Standing::Declined { .. }) {
            return self.lesson(&payment).await;
        }
        // The attempt is over: nothing may stay reserved under it.
        let left = self.cashier().void(self.order.id, attempt, &intent).await?;
        let taken = matches!(left.standing, Standing::Captured { .. });
        self.lesson(if taken { &left } else { &payment }).await
    }

    /// The order was corrected and costs nothing any more: there is nothing to take, and no gateway takes nothing.
    async fn give_up_reservation(&self, intent: &str) -> Result<Changed, StepError> {
        let payment = self.cashier().void(self.order.id, self.order.payment.attempt, intent).await?;
        if payment.standing != Standing::Voided {
            return Err(StepError::Bug(format!("the payment of order {}, which costs nothing, could not be given back", self.order.id)));
        }
        Ok(self.change().learn(Fact::PaymentVoided, &self.by(router::named(intent)))?)
    }

    async fn void(&self) -> Result<Changed, StepError> {
        let intent = self.intent().await?;
        let attempt = self.order.payment.attempt;
        let payment = self.cashier().void(self.order.id, attempt, &intent).await?;
        self.lesson(&payment).await
    }

    async fn refund(&self, amount: i64) -> Result<Changed, StepError> {
        let intent = self.intent().await?;
        let before = self.order.payment.refunded;
        let amount = Money::new(amount, self.order.currency);
        let refund = self.cashier().refund(self.order.id, before, &intent, amount).await?;
        let fact = Fact::PaymentRefunded { amount: refund.amount };
        Ok(self.change().learn(fact, &self.by(router::named(&intent)))?)
    }

    /// Parts were cancelled while others live on: what was paid for them is owed to the customer from now on.
    async fn owe(&self) -> Result<Changed, StepError> {
        let id = self.order.id;
        let sub_orders = self.deps.records.sub_orders(id).await?;
        let paid = |no: u8| sub_orders.iter().find(|row| row.sub_order_id.part == no).map(|row| row.paid);
        self.order.parts_to_owe().try_fold(self.change(), |changed, part| {
            let no = part.no;
            let amount = paid(no).ok_or_else(|| StepError::Bug(format!("part {no} of order {id} has no sub-order")))?;
            Ok(changed.learn(Fact::PartOwed { no, amount }, &By::new(Actor::system("pay"), self.deps.clock.now()))?)
        })
    }

    /// Another payment method is waited for: the money behind the first one is free again meanwhile.
    async fn free(&self) -> Result<Changed, StepError> {
        self.give_back_superseded().await?;
        Ok(freed(self.order, &self.by(router::UNKNOWN))?)
    }

    /// The order died while its reservation was being asked for. If there is one, the order has to know, so that it is given back.
    async fn look_for_late(&self) -> Result<Changed, StepError> {
        self.give_back_superseded().await?;
        let attempt = self.order.payment.attempt;
        let payment = self.cashier().payment(self.order.id, attempt).await?;
        let by = self.by(payment.as_ref().map_or(router::UNKNOWN, |payment| router::named(&payment.intent)));
        if let Some(payment) = payment
            && let Some(lesson) = self.late(payment, &by).await?
        {
            return Ok(lesson);
        }
        let freed = freed(self.order, &by)?;
        if self.order.payment.nothing_reserved { Ok(freed) } else { Ok(freed.learn(Fact::NothingReserved, &by)?) }
    }

    /// What a dead order learns of its payment; `None` where nothing is reserved. A payment that waits for the customer is ended, so that
    /// nothing will be.
    async fn late(&self, payment: GatewayPayment, by: &By) -> Result<Option<Changed>, StepError> {
        let waits = matches!(payment.standing, Standing::ActionRequired { .. });
        let payment = if waits { self.cashier().void(self.order.id, payment.attempt, &payment.intent).await? } else { payment };
        match settle(self.order, &payment, by)? {
            Verdict::Learn(lesson) => Ok(Some(lesson.changed)),
            _ if payment.standing == Standing::Processing => {
                let why = format!("the payment of order {} is still being processed", self.order.id);
                Err(StepError::Unavailable(PortError::unavailable(Party::Gateway, why)))
            }
            _ => Ok(None),
        }
    }

    /// What the order learns from an answer to what it asked for.
    async fn lesson(&self, payment: &GatewayPayment) -> Result<Changed, StepError> {
        let id = self.order.id;
        match settle(self.order, payment, &self.by(router::named(&payment.intent)))? {
            Verdict::Learn(lesson) => Ok(lesson.changed),
            Verdict::Alarm(alarm) => {
                if alarm == Alarm::WrongReservation {
                    self.cashier().void(id, payment.attempt, &payment.intent).await?;
                }
                Err(StepError::Bug(format!("the gateway's answer for order {id}: {alarm}")))
            }
            Verdict::Known | Verdict::Stray => Err(StepError::Bug(format!("the gateway's answer for order {id} changes nothing"))),
        }
    }

    /// Gives back what an attempt before still reserves, now that another payment takes its place.
    async fn give_back_superseded(&self) -> Result<(), StepError> {
        let Some(attempt) = superseded(self.order) else {
            return Ok(());
        };
        let intent = self.intent_of(attempt).await?;
        let payment = self.cashier().void(self.order.id, attempt, &intent).await?;
        if payment.standing == Standing::Voided {
            return Ok(());
        }
        let id = self.order.id;
        Err(StepError::Bug(format!("attempt {attempt} of order {id} could not be given back")))
    }

    async fn intent(&self) -> Result<String, StepError> {
        self.intent_of(self.order.payment.attempt).await
    }

    async fn intent_of(&self, attempt: u8) -> Result<String, StepError> {
        let id = self.order.id;
        let payment = match self.read.outcome(&EffectKey::Authorize(attempt)) {
            Some(outcome) => known(attempt, outcome)?,
            None => self.cashier().payment(id, attempt).await?,
        };
        payment.map(|payment| payment.intent).ok_or_else(|| StepError::Bug(format!("attempt {attempt} of order {id} has no payment")))
    }

    /// The payment method given last: for this attempt, for one before, or with the order. A retry of our own gives none.
    async fn method(&self) -> Result<PaymentMethod, StepError> {
        let id = self.order.id;
        for attempt in (2..=self.order.payment.attempt).rev() {
            if let Some(change) = self.deps.records.method(id, attempt).await? {
                return Ok(change.method);
            }
        }
        self.read
            .document
            .as_ref()
            .map(|document| document.payment_method.clone())
            .ok_or_else(|| StepError::Bug(format!("order {id} has no document")))
    }

    fn total(&self) -> Money {
        Money::new(self.order.total, self.order.currency)
    }

    fn change(&self) -> Changed {
        Changed::of(self.order.clone())
    }

    fn by(&self, gateway: &str) -> By {
        By::new(Actor::new(ActorKind::Gateway, gateway), self.deps.clock.now())
    }

    fn cashier(&self) -> Cashier<'_> {
        Cashier { gateway: &*self.deps.gateway, effects: &*self.deps.effects, clock: &*self.deps.clock }
    }
}
