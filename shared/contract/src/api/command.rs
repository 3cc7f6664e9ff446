//! Commands on an order.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::place::PlaceMethod;

/// Cancels an order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelOrder {
    /// Why, as a short code: `changed_mind`, `found_cheaper`, `too_slow`, `other`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Tries a payment again, or gives the other payment method that was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PayOrder {
    /// Another payment method; the last one is tried again where absent. Needed while `payment.status` is `method_wanted`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_method: Option<PlaceMethod>,
}

/// What a reviewer decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReviewDecision {
    /// The order goes on.
    Approve,
    /// The order is cancelled; money and stock go back.
    Reject,
    /// The customer has to pay another way.
    OtherPayment,
}

/// Decides on an order in fraud review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewOrder {
    /// The decision.
    pub decision: ReviewDecision,
    /// Why, as a short code without personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Rejects a vendor's part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RejectOrder {
    /// Why: `out_of_stock`, `damaged`, `cannot_ship_to_address`, `discontinued`, `other`.
    pub reason: String,
}

/// A vendor's part is with the carrier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShipOrder {
    /// The carrier's code.
    #[schema(example = "dhl")]
    pub carrier: String,
    /// The carrier's tracking number.
    pub tracking_number: String,
}
