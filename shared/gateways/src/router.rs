//! Which gateway a payment goes to: the one place that knows.
//!
//! A new payment goes by the kind of its method; one of nothing goes nowhere, whatever its method. From then on it carries its gateway in its id:
//! `inv_…` and `vch_…` are ours, everything else Stripe's.

use std::sync::Arc;

use async_trait::async_trait;

use oms_domain::document::MethodKind;
use oms_domain::{Money, OrderId};
use oms_ports::error::PortError;
use oms_ports::gateway::{Authorization, Gateway, GatewayPayment};

use crate::vouchers::Vouchers;
use crate::{invoice, stripe, vouchers};

/// The actor where no gateway made a payment.
pub const UNKNOWN: &str = "none";

/// Name of the gateway that payments of this amount and kind go to.
pub fn of(kind: MethodKind, amount: i64) -> &'static str {
    match kind {
        MethodKind::Card | MethodKind::Invoice if amount == 0 => vouchers::NAME,
        MethodKind::Card => stripe::NAME,
        MethodKind::Invoice => invoice::NAME,
    }
}

/// Name of the gateway that made this payment.
pub fn named(intent: &str) -> &'static str {
    match intent {
        _ if intent.starts_with(invoice::PREFIX) => invoice::NAME,
        _ if intent.starts_with(vouchers::PREFIX) => vouchers::NAME,
        _ => stripe::NAME,
    }
}

/// Every gateway, as one.
#[derive(Clone)]
pub struct Gateways {
    /// For cards.
    pub card: Arc<dyn Gateway>,
    /// For payment on invoice.
    pub invoice: Arc<dyn Gateway>,
}

impl Gateways {
    fn by_name(&self, name: &str) -> &dyn Gateway {
        match name {
            invoice::NAME => &*self.invoice,
            vouchers::NAME => &Vouchers,
            _ => &*self.card,
        }
    }

    fn that_made(&self, intent: &str) -> &dyn Gateway {
        self.by_name(named(intent))
    }
}

#[async_trait]
impl Gateway for Gateways {
    async fn authorize(&self, request: &Authorization) -> Result<GatewayPayment, PortError> {
        self.by_name(of(request.method.kind, request.amount.amount)).authorize(request).await
    }

    async fn capture(&self, intent: &str, amount: Money, key: &str) -> Result<GatewayPayment, PortError> {
        self.that_made(intent).capture(intent, amount, key).await
    }

    async fn void(&self, intent: &str, key: &str) -> Result<GatewayPayment, PortError> {
        self.that_made(intent).void(intent, key).await
    }

    async fn refund(&self, intent: &str, amount: Money, key: &str) -> Result<String, PortError> {
        self.that_made(intent).refund(intent, amount, key).await
    }

    async fn retrieve(&self, intent: &str) -> Result<Option<GatewayPayment>, PortError> {
        self.that_made(intent).retrieve(intent).await
    }

    /// An attempt has one method, so one gateway at most knows of it. Our own books are asked first: they answer at once.
    async fn find(&self, order: OrderId, attempt: u8) -> Result<Option<GatewayPayment>, PortError> {
        match self.invoice.find(order, attempt).await? {
            None => self.card.find(order, attempt).await,
            found => Ok(found),
        }
    }

    async fn find_refund(&self, intent: &str, key: &str) -> Result<Option<String>, PortError> {
        self.that_made(intent).find_refund(intent, key).await
    }
}
