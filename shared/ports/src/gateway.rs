//! Payment gateways.

pub mod evidence;

use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use oms_domain::document::PaymentMethod;
use oms_domain::{Money, OrderId};

use crate::error::PortError;

pub use evidence::CardEvidence;

/// Request to reserve money.
#[derive(Debug, Clone)]
pub struct Authorization {
    /// For which order; the gateway keeps it with the payment.
    pub order_id: OrderId,
    /// Number of the attempt; likewise kept.
    pub attempt: u8,
    /// How much.
    pub amount: Money,
    /// How it is paid: by its kind the gateway is chosen, and to that gateway its token means something.
    pub method: PaymentMethod,
    /// Idempotency key.
    pub key: String,
}

/// What the customer's browser needs to act on a payment. Whoever has it may act, so it is shown to the order's own customer alone.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientSecret(String);

impl ClientSecret {
    /// The secret itself, for the one answer that carries it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl<T: Into<String>> From<T> for ClientSecret {
    fn from(secret: T) -> Self {
        Self(secret.into())
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(redacted)")
    }
}

/// Where a payment stands at the gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Standing {
    /// Reserved.
    Authorized {
        /// Minor units reserved.
        amount: i64,
    },
    /// The customer must act.
    ActionRequired {
        /// What the client needs to go on: the gateway's own secret for the browser.
        client_secret: ClientSecret,
    },
    /// Refused.
    Declined {
        /// The gateway's code.
        code: String,
        /// Whether trying again is pointless.
        hard: bool,
    },
    /// Taken.
    Captured {
        /// Minor units taken.
        amount: i64,
        /// Minor units given back since.
        refunded: i64,
    },
    /// Given back before it was taken.
    Voided,
    /// The gateway is still at it; a webhook will tell.
    Processing,
}

/// A payment at the gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatewayPayment {
    /// The gateway's id.
    pub intent: String,
    /// The order it was made for, as the gateway kept it.
    pub order_id: OrderId,
    /// The attempt it was made for.
    pub attempt: u8,
    /// ISO 4217 code in capitals.
    pub currency: String,
    /// Where it stands.
    #[serde(flatten)]
    pub standing: Standing,
    /// What the gateway tells of the card; nothing of other methods, of a payment without a charge, and in outcomes stored before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<CardEvidence>,
}

/// A payment gateway. Every call with a key may be repeated: the gateway, and where its memory ends a look-up, makes it happen once.
///
/// A call that the payment does not stand for, or that cannot be at all, is [`PortError::Refused`]; a key that came before with other
/// parameters is [`PortError::Corrupt`], since what became of the first call is then unknown.
#[async_trait]
pub trait Gateway: Send + Sync {
    /// Reserves money. A refusal is an answer, not an error.
    async fn authorize(&self, request: &Authorization) -> Result<GatewayPayment, PortError>;

    /// Takes reserved money.
    async fn capture(&self, intent: &str, amount: Money, key: &str) -> Result<GatewayPayment, PortError>;

    /// Gives a reservation back.
    async fn void(&self, intent: &str, key: &str) -> Result<GatewayPayment, PortError>;

    /// Gives money back; returns the refund's id.
    async fn refund(&self, intent: &str, amount: Money, key: &str) -> Result<String, PortError>;

    /// The payment as it now stands; `None` where the gateway has none of that id.
    async fn retrieve(&self, intent: &str) -> Result<Option<GatewayPayment>, PortError>;

    /// The payment made for this order and attempt, if any: the answer to a call whose outcome is unknown.
    async fn find(&self, order: OrderId, attempt: u8) -> Result<Option<GatewayPayment>, PortError>;

    /// Whether a refund with this key was made: its id.
    async fn find_refund(&self, intent: &str, key: &str) -> Result<Option<String>, PortError>;
}

/// A line of a gateway's own books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booked {
    /// The gateway's id of the payment.
    pub intent: String,
    /// When the gateway made it.
    pub created: Timestamp,
    /// What it holds now, or held: minor units reserved or taken and not given back, as the gateway counts them.
    pub held: i64,
    /// The payment as it now stands; `None` where it names no order and attempt of ours.
    pub payment: Option<GatewayPayment>,
}

/// A page of a gateway's books.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BookPage {
    /// Payments, in whatever order the gateway lists them.
    pub payments: Vec<Booked>,
    /// Where the next page starts; `None` at the end.
    pub next: Option<String>,
}

/// The books of a gateway: every payment that it made, whether or not we know of it.
#[async_trait]
pub trait Books: Send + Sync {
    /// One page of the payments made in `[from, to)`; `after` is the page before's `next`.
    async fn booked(&self, from: Timestamp, to: Timestamp, after: Option<&str>) -> Result<BookPage, PortError>;
}
