//! What gateways tell.

use oms_domain::OrderId;
use oms_ports::gateway::evidence::{CardEvidence, Compared, Expiry};

/// Evidence of a good American card without address check and without 3-D Secure, for this much of an order.
pub fn some_evidence(order: OrderId, amount: i64, currency: &str) -> CardEvidence {
    CardEvidence {
        country: Some("US".to_owned()),
        expires: Some(Expiry { year: 2099, month: 12 }),
        street: Compared::NotDone,
        postcode: Compared::NotDone,
        cvc: Compared::Match,
        authentication: None,
        amount,
        currency: currency.to_owned(),
        order_reference: Some(order),
    }
}
