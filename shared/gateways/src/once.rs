//! Making each effect once, whatever crashes: the intention is written down, then the gateway is called, then its answer is written down.
//!
//! A run that finds an intention without answer does not know whether the call took effect. It asks the gateway first, and calls again,
//! with the same idempotency key, only where the gateway knows of nothing.

use jiff::SignedDuration;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use oms_domain::document::PaymentMethod;
use oms_domain::{Money, OrderId};
use oms_ports::Clock;
use oms_ports::effects::{Begun, EffectKey, Effects};
use oms_ports::error::{Party, PortError, StepError};
use oms_ports::gateway::{Authorization, Gateway, GatewayPayment, Standing};

/// How long a run keeps an effect to itself: longer than the 30 s that its function may run, so that no two runs ever call at once.
pub const LEASE: SignedDuration = SignedDuration::from_secs(35);

/// What came of asking for a reservation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Asked {
    /// The gateway made a payment, be it a refused one.
    Payment(GatewayPayment),
    /// It made none, and never will of this request.
    Refused {
        /// The gateway's code.
        refused: String,
    },
}

/// A refund that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// Minor units given back.
    pub amount: i64,
    /// The gateway's id, where we made the call that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund: Option<String>,
}

/// The outcome of an effect that was made and is not written down yet.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "an outcome that nobody writes down has to be asked for again"]
pub struct Unnoted {
    key: EffectKey,
    outcome: serde_json::Value,
}

/// Makes effects at a gateway, each once.
pub struct Cashier<'a> {
    /// Where the money is.
    pub gateway: &'a dyn Gateway,
    /// Where intentions and answers are written down.
    pub effects: &'a dyn Effects,
    /// For leases.
    pub clock: &'a dyn Clock,
}

impl Cashier<'_> {
    /// Reserves money for an attempt. The request's key is set here.
    pub async fn authorize(&self, order: OrderId, attempt: u8, amount: Money, method: PaymentMethod) -> Result<Asked, StepError> {
        let key = EffectKey::Authorize(attempt);
        let request = Authorization { order_id: order, attempt, amount, method, key: key.for_gateway(order) };
        let ask = async || match self.gateway.find(order, attempt).await? {
            Some(payment) => decided(payment).map(|payment| Some(Asked::Payment(payment))),
            None => Ok(None),
        };
        let make = async || match self.gateway.authorize(&request).await {
            Ok(payment) => decided(payment).map(Asked::Payment),
            Err(PortError::Refused { code, .. }) => Ok(Asked::Refused { refused: code }),
            Err(error) => Err(error),
        };
        self.once(order, &key, ask, make).await
    }

    /// Takes what an attempt has reserved.
    pub async fn capture(&self, order: OrderId, attempt: u8, intent: &str, amount: Money) -> Result<GatewayPayment, StepError> {
        let (payment, unnoted) = self.capture_unnoted(order, attempt, intent, amount).await?;
        if let Some(unnoted) = unnoted {
            self.note(order, unnoted).await?;
        }
        Ok(payment)
    }

    /// The same for one who writes the outcome into the order at once, and otherwise [notes](Self::note) it. `None` beside an outcome that was
    /// noted before.
    pub async fn capture_unnoted(
        &self,
        order: OrderId,
        attempt: u8,
        intent: &str,
        amount: Money,
    ) -> Result<(GatewayPayment, Option<Unnoted>), StepError> {
        let key = EffectKey::Capture(attempt);
        let at_gateway = key.for_gateway(order);
        let ask = async || {
            let payment = self.retrieve(intent).await?;
            let untouched = matches!(payment.standing, Standing::Authorized { .. });
            Ok((!untouched).then_some(payment))
        };
        let make = async || match self.gateway.capture(intent, amount, &at_gateway).await {
            Err(PortError::Refused { code, .. }) => {
                let payment = self.retrieve(intent).await?;
                match payment.standing {
                    // Still reserved, and yet not to be had. Another reservation may well be.
                    Standing::Authorized { .. } => Ok(GatewayPayment { standing: Standing::Declined { code, hard: false }, ..payment }),
                    _ => decided(payment),
                }
            }
            answer => decided(answer?),
        };
        self.made(order, &key, ask, make).await
    }

    /// Writes down the outcome of an effect that was made.
    pub async fn note(&self, order: OrderId, unnoted: Unnoted) -> Result<(), StepError> {
        Ok(self.effects.finish(order, &unnoted.key, &unnoted.outcome).await?)
    }

    /// Gives back what an attempt has reserved. The answer may be that it has been taken meanwhile.
    pub async fn void(&self, order: OrderId, attempt: u8, intent: &str) -> Result<GatewayPayment, StepError> {
        let key = EffectKey::Void(attempt);
        let at_gateway = key.for_gateway(order);
        let ask = async || {
            let payment = self.retrieve(intent).await?;
            let over = matches!(payment.standing, Standing::Voided | Standing::Captured { .. });
            Ok(over.then_some(payment))
        };
        let make = async || match self.gateway.void(intent, &at_gateway).await {
            Err(refused @ PortError::Refused { .. }) => ask().await?.ok_or(refused),
            answer => answer,
        };
        self.once(order, &key, ask, make).await
    }

    /// Gives `amount` back of a payment of which `before` minor units had been given back.
    pub async fn refund(&self, order: OrderId, before: i64, intent: &str, amount: Money) -> Result<Refund, StepError> {
        let key = EffectKey::Refund(before);
        let at_gateway = key.for_gateway(order);
        let ask = async || match self.refunded_since(intent, before).await? {
            Some(refund) => Ok(Some(refund)),
            None => match self.gateway.find_refund(intent, &at_gateway).await? {
                Some(_) => Err(PortError::unavailable(Party::Gateway, "a refund that is not in the sum yet")),
                None => Ok(None),
            },
        };
        let make = async || match self.gateway.refund(intent, amount, &at_gateway).await {
            Ok(refund) => Ok(Refund { amount: amount.amount, refund: Some(refund) }),
            // Somebody else may have given it back before us.
            Err(refused @ PortError::Refused { .. }) => self.refunded_since(intent, before).await?.ok_or(refused),
            Err(error) => Err(error),
        };
        self.once(order, &key, ask, make).await
    }

    /// The payment of an attempt, as it was when its reservation was asked for: for its intent. `None` where there is none, to our knowledge.
    pub async fn payment(&self, order: OrderId, attempt: u8) -> Result<Option<GatewayPayment>, StepError> {
        match self.outcome(order, attempt).await? {
            Some(Asked::Payment(payment)) => Ok(Some(payment)),
            Some(Asked::Refused { .. }) => Ok(None),
            None => Ok(self.gateway.find(order, attempt).await?),
        }
    }

    /// The same from our own log alone: `None` also where the gateway may know more.
    pub async fn asked(&self, order: OrderId, attempt: u8) -> Result<Option<GatewayPayment>, StepError> {
        match self.outcome(order, attempt).await? {
            Some(Asked::Payment(payment)) => Ok(Some(payment)),
            Some(Asked::Refused { .. }) | None => Ok(None),
        }
    }

    async fn outcome(&self, order: OrderId, attempt: u8) -> Result<Option<Asked>, StepError> {
        let key = EffectKey::Authorize(attempt);
        let outcome = self.effects.outcome(order, &key).await?;
        outcome.map(|outcome| outcome_of(&key, outcome)).transpose()
    }

    /// Writes down an outcome that the gateway told by itself.
    ///
    /// # Errors
    /// [`StepError::InProgress`] while a run is making the effect: it will write the order too.
    pub async fn told(&self, order: OrderId, key: &EffectKey, outcome: &impl Serialize) -> Result<(), StepError> {
        let now = self.clock.now();
        match self.effects.begin(order, key, now, now + LEASE).await? {
            Begun::Held => Err(StepError::InProgress),
            Begun::Done(_) => Ok(()),
            Begun::Mine | Begun::Unsure => self.finish(order, key, outcome).await,
        }
    }

    async fn once<T: Serialize + DeserializeOwned>(
        &self,
        order: OrderId,
        key: &EffectKey,
        ask: impl AsyncFnOnce() -> Result<Option<T>, PortError>,
        make: impl AsyncFnOnce() -> Result<T, PortError>,
    ) -> Result<T, StepError> {
        let (outcome, unnoted) = self.made(order, key, ask, make).await?;
        if let Some(unnoted) = unnoted {
            self.note(order, unnoted).await?;
        }
        Ok(outcome)
    }

    /// Makes an effect whose outcome somebody else writes down.
    async fn made<T: Serialize + DeserializeOwned>(
        &self,
        order: OrderId,
        key: &EffectKey,
        ask: impl AsyncFnOnce() -> Result<Option<T>, PortError>,
        make: impl AsyncFnOnce() -> Result<T, PortError>,
    ) -> Result<(T, Option<Unnoted>), StepError> {
        let now = self.clock.now();
        let known = match self.effects.begin(order, key, now, now + LEASE).await? {
            Begun::Done(outcome) => return Ok((outcome_of(key, outcome)?, None)),
            Begun::Held => return Err(StepError::InProgress),
            Begun::Mine => Ok(None),
            Begun::Unsure => ask().await,
        };
        let answer = match known {
            Ok(Some(outcome)) => Ok(outcome),
            Ok(None) => make().await,
            Err(error) => Err(error),
        };
        match answer {
            Ok(outcome) => {
                let unnoted = Unnoted { key: key.clone(), outcome: value_of(key, &outcome)? };
                Ok((outcome, Some(unnoted)))
            }
            Err(error) => {
                // The failure of the call matters more than a second one here: the lease then ends by itself.
                let _ = self.effects.doubt(order, key).await;
                Err(error.into())
            }
        }
    }

    async fn finish(&self, order: OrderId, key: &EffectKey, outcome: &impl Serialize) -> Result<(), StepError> {
        Ok(self.effects.finish(order, key, &value_of(key, outcome)?).await?)
    }

    async fn retrieve(&self, intent: &str) -> Result<GatewayPayment, PortError> {
        self.gateway.retrieve(intent).await?.ok_or_else(|| PortError::corrupt(Party::Gateway, format!("{intent} is gone")))
    }

    /// What was given back beyond `before`, by whomever.
    async fn refunded_since(&self, intent: &str, before: i64) -> Result<Option<Refund>, PortError> {
        match self.retrieve(intent).await?.standing {
            Standing::Captured { refunded, .. } if refunded > before => Ok(Some(Refund { amount: refunded - before, refund: None })),
            _ => Ok(None),
        }
    }
}

/// An answer that decides something. While the gateway is still at it nothing is known, and asking again later is all there is to do.
fn decided(payment: GatewayPayment) -> Result<GatewayPayment, PortError> {
    if payment.standing == Standing::Processing {
        return Err(PortError::unavailable(Party::Gateway, "still processing"));
    }
    Ok(payment)
}

fn value_of(key: &EffectKey, outcome: &impl Serialize) -> Result<serde_json::Value, StepError> {
    serde_json::to_value(outcome).map_err(|error| StepError::Bug(format!("the outcome of {key}: {error}")))
}

/// The payment in the stored outcome of an attempt's reservation; `None` where the gateway made none.
///
/// # Errors
/// Where it is no such outcome.
pub fn known(attempt: u8, outcome: &serde_json::Value) -> Result<Option<GatewayPayment>, StepError> {
    match outcome_of(&EffectKey::Authorize(attempt), outcome.clone())? {
        Asked::Payment(payment) => Ok(Some(payment)),
        Asked::Refused { .. } => Ok(None),
    }
}

fn outcome_of<T: DeserializeOwned>(key: &EffectKey, outcome: serde_json::Value) -> Result<T, StepError> {
    serde_json::from_value(outcome).map_err(|error| StepError::Bug(format!("the stored outcome of {key}: {error}")))
}
