//! Payments of nothing, as a gateway: gift cards and points have paid the whole order, so no gateway is asked for money.
//!
//! It keeps no books. What it is asked for is always so: a payment of nothing is reserved, taken and given back by saying so. That it was,
//! the order's history and its ledger say, as of any other payment.

use async_trait::async_trait;

use oms_domain::{Money, OrderId};
use oms_ports::error::{Party, PortError};
use oms_ports::gateway::{Authorization, Gateway, GatewayPayment, Standing};

/// The gateway's name, and its id as an actor.
pub const NAME: &str = "vouchers";

/// What ids of these payments start with.
pub const PREFIX: &str = "vch_";

/// The gateway.
#[derive(Debug, Clone, Copy, Default)]
pub struct Vouchers;

#[async_trait]
impl Gateway for Vouchers {
    async fn authorize(&self, request: &Authorization) -> Result<GatewayPayment, PortError> {
        nothing(request.amount)?;
        let (order_id, attempt, currency) = (request.order_id, request.attempt, request.amount.currency);
        let intent = format!("{PREFIX}{order_id}_{attempt}_{currency}");
        Ok(GatewayPayment {
            intent,
            order_id,
            attempt,
            currency: currency.to_string(),
            standing: Standing::Authorized { amount: 0 },
            evidence: None,
        })
    }

    async fn capture(&self, intent: &str, amount: Money, _key: &str) -> Result<GatewayPayment, PortError> {
        nothing(amount)?;
        standing(intent, Standing::Captured { amount: 0, refunded: 0 }).ok_or_else(|| refused("resource_missing"))
    }

    async fn void(&self, intent: &str, _key: &str) -> Result<GatewayPayment, PortError> {
        standing(intent, Standing::Voided).ok_or_else(|| refused("resource_missing"))
    }

    /// Of nothing nothing can be given back.
    async fn refund(&self, _intent: &str, _amount: Money, _key: &str) -> Result<String, PortError> {
        Err(refused("charge_not_refundable"))
    }

    /// As if it were still reserved: whoever asks whether the next call took effect makes it again, which changes nothing.
    async fn retrieve(&self, intent: &str) -> Result<Option<GatewayPayment>, PortError> {
        Ok(standing(intent, Standing::Authorized { amount: 0 }))
    }

    /// It remembers none: what was asked of it stands with the order's effects.
    async fn find(&self, _order: OrderId, _attempt: u8) -> Result<Option<GatewayPayment>, PortError> {
        Ok(None)
    }

    async fn find_refund(&self, _intent: &str, _key: &str) -> Result<Option<String>, PortError> {
        Ok(None)
    }
}

fn nothing(amount: Money) -> Result<(), PortError> {
    if amount.amount == 0 { Ok(()) } else { Err(refused("amount_too_large")) }
}

/// The payment of an id of ours.
fn standing(intent: &str, standing: Standing) -> Option<GatewayPayment> {
    let mut words = intent.strip_prefix(PREFIX)?.split('_');
    let (order_id, attempt, currency) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?, words.next()?.to_owned());
    Some(GatewayPayment { intent: intent.to_owned(), order_id, attempt, currency, standing, evidence: None })
}

fn refused(code: &str) -> PortError {
    PortError::refused(Party::Gateway, code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use oms_domain::document::{MethodKind, PaymentMethod};
    use oms_fakes::{an_order, currency};

    fn request(amount: i64) -> Authorization {
        let method = PaymentMethod { kind: MethodKind::Card, token: "pm_card_visa".to_owned() };
        Authorization { order_id: an_order().id(), attempt: 2, amount: Money::new(amount, currency("JPY")), method, key: "k".to_owned() }
    }

    #[tokio::test]
    async fn nothing_is_reserved_taken_and_given_back_as_often_as_is_asked_for() {
        let gateway = Vouchers;
        let free = Money::new(0, currency("JPY"));
        let made = gateway.authorize(&request(0)).await.unwrap();
        assert_eq!(made, gateway.authorize(&request(0)).await.unwrap());
        assert_eq!(gateway.retrieve(&made.intent).await.unwrap(), Some(made.clone()));
        for _ in 0..2 {
            let taken = gateway.capture(&made.intent, free, "k").await.unwrap();
            let expected = GatewayPayment { standing: Standing::Captured { amount: 0, refunded: 0 }, ..made.clone() };
            assert_eq!(taken, expected);
            assert_eq!(gateway.void(&made.intent, "k").await.unwrap().standing, Standing::Voided);
        }
    }

    #[tokio::test]
    async fn money_is_none_of_its_business() {
        let gateway = Vouchers;
        assert!(matches!(gateway.authorize(&request(1)).await, Err(PortError::Refused { .. })));
        let made = gateway.authorize(&request(0)).await.unwrap();
        assert!(gateway.capture(&made.intent, Money::new(1, currency("JPY")), "k").await.is_err());
        assert!(gateway.refund(&made.intent, Money::new(1, currency("JPY")), "k").await.is_err());
        for foreign in ["pi_1", "inv_1", "vch_", "vch_x_1_EUR"] {
            assert_eq!(gateway.retrieve(foreign).await.unwrap(), None, "{foreign}");
            assert!(gateway.void(foreign, "k").await.is_err(), "{foreign}");
        }
    }
}
