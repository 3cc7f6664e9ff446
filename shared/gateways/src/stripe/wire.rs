//! Stripe's JSON, as far as we read it, and what it says.

use std::collections::BTreeMap;

use serde::Deserialize;

use oms_domain::{Currency, OrderId};
use oms_ports::error::{Party, PortError};
use oms_ports::gateway::{GatewayPayment, Standing};

use super::amount::from_stripe;
use super::declines::is_hard;
use super::evidence::{self, MethodDetails};

/// Metadata: the order that a payment is for.
pub(super) const ORDER_ID: &str = "order_id";
/// Metadata: the attempt.
pub(super) const ATTEMPT: &str = "attempt";
/// Metadata of a refund: our key.
pub(super) const KEY: &str = "key";

pub(super) type Metadata = BTreeMap<String, String>;

/// A payment intent with its latest charge expanded.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Intent {
    pub(super) id: String,
    /// Seconds since 1970.
    #[serde(default)]
    pub(super) created: i64,
    status: String,
    currency: String,
    #[serde(default)]
    amount_capturable: i64,
    #[serde(default)]
    amount_received: i64,
    #[serde(default)]
    client_secret: Option<String>,
    #[serde(default)]
    last_payment_error: Option<Failure>,
    #[serde(default)]
    latest_charge: Option<Charge>,
    #[serde(default)]
    metadata: Metadata,
}

/// A charge. Only the id comes where it was not expanded.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Charge {
    Expanded(Box<Expanded>),
    Id(#[expect(dead_code, reason = "tells the two shapes apart")] String),
}

/// A charge as far as we read it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Expanded {
    amount_refunded: i64,
    #[serde(default)]
    pub(super) amount: Option<i64>,
    #[serde(default)]
    pub(super) currency: Option<String>,
    #[serde(default)]
    pub(super) metadata: Metadata,
    #[serde(default)]
    pub(super) payment_method_details: Option<MethodDetails>,
}

/// Why a payment failed: part of an intent, or of an error answer.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Failure {
    #[serde(default, rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) code: Option<String>,
    #[serde(default)]
    pub(super) decline_code: Option<String>,
    #[serde(default)]
    pub(super) param: Option<String>,
    #[serde(default)]
    pub(super) message: Option<String>,
    #[serde(default)]
    pub(super) payment_intent: Option<Box<Intent>>,
}

/// The body of an error answer.
#[derive(Debug, Deserialize)]
pub(super) struct ErrorBody {
    pub(super) error: Failure,
}

/// A page of a list or of a search.
#[derive(Debug, Deserialize)]
pub(super) struct Page<T> {
    pub(super) data: Vec<T>,
    #[serde(default)]
    pub(super) has_more: bool,
}

/// A refund.
#[derive(Debug, Deserialize)]
pub(super) struct Refund {
    pub(super) id: String,
    #[serde(default)]
    pub(super) metadata: Metadata,
    #[serde(default)]
    pub(super) status: Option<String>,
}

impl Refund {
    /// Whether money goes, or has gone, back by it.
    pub(super) fn stands(&self) -> bool {
        !matches!(self.status.as_deref(), Some("failed" | "canceled"))
    }
}

impl Failure {
    /// The most telling code there is.
    pub(super) fn decline(&self) -> &str {
        self.decline_code.as_deref().or(self.code.as_deref()).unwrap_or("generic_decline")
    }
}

impl Intent {
    /// The payment in our terms; `None` where it does not say which order and attempt of ours it is for.
    ///
    /// # Errors
    /// [`PortError::Corrupt`] where it contradicts Stripe's own description.
    pub(super) fn payment(&self) -> Result<Option<GatewayPayment>, PortError> {
        let Some((order_id, attempt)) = self.ours() else {
            return Ok(None);
        };
        let currency: Currency = self.currency.to_ascii_uppercase().parse().map_err(|error| PortError::corrupt(Party::Gateway, error))?;
        Ok(Some(GatewayPayment {
            intent: self.id.clone(),
            order_id,
            attempt,
            currency: currency.to_string(),
            standing: self.standing(currency)?,
            evidence: self.charge().map(evidence::of).transpose()?.flatten(),
        }))
    }

    /// What it holds of the payer's money, as Stripe counts it: reserved, or taken and not given back.
    pub(super) fn held(&self) -> i64 {
        let returned = self.charge().map_or(0, |charge| charge.amount_refunded);
        match self.status.as_str() {
            "requires_capture" => self.amount_capturable,
            "succeeded" => self.amount_received - returned,
            _ => 0,
        }
    }

    /// The latest charge, where it was expanded.
    fn charge(&self) -> Option<&Expanded> {
        match &self.latest_charge {
            Some(Charge::Expanded(charge)) => Some(charge),
            Some(Charge::Id(_)) | None => None,
        }
    }

    fn ours(&self) -> Option<(OrderId, u8)> {
        let order_id = self.metadata.get(ORDER_ID)?.parse().ok()?;
        let attempt = self.metadata.get(ATTEMPT)?.parse().ok()?;
        Some((order_id, attempt))
    }

    /// After <https://docs.stripe.com/payments/paymentintents/lifecycle>.
    fn standing(&self, currency: Currency) -> Result<Standing, PortError> {
        let nonsense = |cause: &str| PortError::corrupt(Party::Gateway, format!("{}: {cause}", self.id));
        match (self.status.as_str(), &self.last_payment_error) {
            ("requires_capture", _) => Ok(Standing::Authorized { amount: from_stripe(self.amount_capturable, currency)? }),
            ("succeeded", _) => match self.charge() {
                Some(charge) => Ok(Standing::Captured {
                    amount: from_stripe(self.amount_received, currency)?,
                    refunded: from_stripe(charge.amount_refunded, currency)?,
                }),
                None => Err(nonsense("succeeded without a charge to look at")),
            },
            ("canceled", _) => Ok(Standing::Voided),
            ("requires_action", _) => self
                .client_secret
                .clone()
                .map(|secret| Standing::ActionRequired { client_secret: secret.into() })
                .ok_or_else(|| nonsense("an action without client secret")),
            ("requires_payment_method", Some(failure)) => {
                Ok(Standing::Declined { code: failure.decline().to_owned(), hard: is_hard(failure.decline()) })
            }
            // Not confirmed yet, or confirmed a moment ago: nothing has been decided.
            ("processing" | "requires_confirmation" | "requires_payment_method", _) => Ok(Standing::Processing),
            (status, _) => Err(nonsense(&format!("unknown status {status}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ORDER: &str = "01934f6e-9a00-7000-8000-000000000000";

    fn standing(status: &str, more: &serde_json::Value) -> Result<Standing, PortError> {
        let mut intent = json!({
            "id": "pi_1", "status": status, "currency": "eur", "client_secret": "pi_1_secret",
            "metadata": { "order_id": ORDER, "attempt": "2" },
        });
        for (name, value) in more.as_object().unwrap() {
            intent[name] = value.clone();
        }
        let intent: Intent = serde_json::from_value(intent).unwrap();
        intent.payment().map(|payment| payment.unwrap().standing)
    }

    #[test]
    fn statuses_become_standings() {
        let declined = |code: &str, hard| Standing::Declined { code: code.to_owned(), hard };
        for (status, more, expected) in [
            ("requires_capture", json!({ "amount_capturable": 500 }), Standing::Authorized { amount: 500 }),
            (
                "succeeded",
                json!({ "amount_received": 500, "latest_charge": { "id": "ch_1", "amount_refunded": 200 } }),
                Standing::Captured { amount: 500, refunded: 200 },
            ),
            ("canceled", json!({}), Standing::Voided),
            ("requires_action", json!({}), Standing::ActionRequired { client_secret: "pi_1_secret".into() }),
            (
                "requires_payment_method",
                json!({ "last_payment_error": { "code": "card_declined", "decline_code": "insufficient_funds" } }),
                declined("insufficient_funds", false),
            ),
            ("requires_payment_method", json!({ "last_payment_error": { "code": "expired_card" } }), declined("expired_card", true)),
            ("requires_payment_method", json!({ "last_payment_error": {} }), declined("generic_decline", false)),
            ("requires_payment_method", json!({}), Standing::Processing),
            ("requires_confirmation", json!({}), Standing::Processing),
            ("processing", json!({}), Standing::Processing),
        ] {
            assert_eq!(standing(status, &more).unwrap(), expected, "{status} {more}");
        }
    }

    #[test]
    fn contradictions_are_nonsense() {
        for (status, more) in [
            ("succeeded", json!({ "amount_received": 500 })),
            ("succeeded", json!({ "amount_received": 500, "latest_charge": "ch_1" })),
            ("requires_action", json!({ "client_secret": null })),
            ("on_fire", json!({})),
            ("canceled", json!({ "currency": "zzz" })),
        ] {
            assert!(standing(status, &more).is_err(), "{status} {more}");
        }
    }

    #[test]
    fn payments_of_somebody_else_are_none_of_ours() {
        for metadata in [
            json!({}),
            json!({ "order_id": ORDER }),
            json!({ "order_id": "42", "attempt": "1" }),
            json!({ "order_id": ORDER, "attempt": "first" }),
        ] {
            let intent = json!({ "id": "pi_1", "status": "canceled", "currency": "eur", "metadata": metadata });
            let intent: Intent = serde_json::from_value(intent).unwrap();
            assert_eq!(intent.payment().unwrap(), None, "{metadata}");
        }
    }
}
