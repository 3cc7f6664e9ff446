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

/// What shall become of goods that nobody can deliver at present.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OfferChoice {
    /// The order waits until somebody has them again; it is cancelled where that takes longer than 48 hours.
    Wait,
    /// What is offered in their place is sent, at the price of what was ordered.
    Substitute,
    /// What cannot be delivered is cancelled: the whole order, or the parts that are concerned.
    Cancel,
}

/// Answers the offer that is made where nobody can deliver the goods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerOffer {
    /// The choice.
    pub choice: OfferChoice,
}

/// The vendor has its part back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiveReturn {
    /// Why it came back, as a short code without personal data: `withdrawn`, `damaged`, `not_as_described`, `other`.
    pub reason: String,
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

/// Buys the label of each package of a vendor's part.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BuyLabel {
    /// The packages, as they were packed; one for each warehouse, of the size that the catalogue makes it, where absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<PackedParcel>,
    /// Have them fetched as well. Only once the part is packed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pickup: bool,
}

/// A package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PackedParcel {
    /// Where it leaves from; needed where the part leaves from several warehouses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warehouse_id: Option<String>,
    /// Grams, 1 to 100000.
    #[schema(minimum = 1, maximum = 100_000)]
    pub weight_g: u32,
    /// Millimetres, 1 to 5000.
    #[schema(minimum = 1, maximum = 5000)]
    pub length_mm: u32,
    /// Millimetres, 1 to 5000.
    #[schema(minimum = 1, maximum = 5000)]
    pub width_mm: u32,
    /// Millimetres, 1 to 5000.
    #[schema(minimum = 1, maximum = 5000)]
    pub height_mm: u32,
}

/// Chooses who carries a vendor's part, before its label is bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChooseCarrier {
    /// The carrier's code; the best by the marketplace's weights where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "ups")]
    pub carrier: Option<String>,
    /// `standard` or `express`; what the customer asked for where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "standard")]
    pub service: Option<String>,
    /// Why, as a short code without personal data: `carrier_does_not_come`, `own_contract`, `other`.
    pub reason: String,
}
