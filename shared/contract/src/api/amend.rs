//! Correcting an order whose checks failed.

use oms_domain::address::{Address, Contact, Device, Personal};
use oms_domain::document::{Claims, Document, Line};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::place::{
    PlaceAddress, PlaceClaims, PlaceContact, PlaceDelivery, PlaceDevice, PlaceGiftCard, PlaceLine, PlaceMethod, PlaceOrder,
};

/// Corrects an order in `validation_failed`: what is given takes the place of what the order says, what is absent stays. Currency, payment method
/// and customer stay in any case; the new total must be at most what the payment reserves, and no more than the new total is charged.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AmendOrder {
    /// All lines as they shall be: one that is left out is not ordered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<Vec<PlaceLine>>,
    /// Shipping charged, without tax.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipping: Option<i64>,
    /// Tax on shipping.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipping_tax: Option<i64>,
    /// Discount on the whole order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discount: Option<i64>,
    /// What the customer pays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
    /// How to reach the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<PlaceContact>,
    /// Where the goods go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipping_address: Option<PlaceAddress>,
    /// Where the bill goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billing_address: Option<PlaceAddress>,
    /// How it is delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery: Option<PlaceDelivery>,
    /// What stands behind the discounts, all of it; `{}` for nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claims: Option<PlaceClaims>,
}

impl AmendOrder {
    /// The order as it would be placed with these corrections, to be accepted as any other.
    pub fn over(self, document: &Document, personal: Personal) -> PlaceOrder {
        PlaceOrder {
            customer_id: None,
            currency: document.currency.code().to_owned(),
            lines: self.lines.unwrap_or_else(|| document.lines.iter().map(line).collect()),
            shipping: self.shipping.unwrap_or(document.shipping),
            shipping_tax: self.shipping_tax.unwrap_or(document.shipping_tax),
            discount: self.discount.unwrap_or(document.discount),
            total: self.total.unwrap_or(document.total),
            contact: self.contact.unwrap_or_else(|| contact(personal.contact)),
            shipping_address: self.shipping_address.unwrap_or_else(|| address(personal.shipping_address)),
            billing_address: self.billing_address.or_else(|| personal.billing_address.map(address)),
            payment_method: PlaceMethod { kind: document.payment_method.kind.to_string(), token: document.payment_method.token.clone() },
            delivery: Some(self.delivery.unwrap_or_else(|| PlaceDelivery {
                speed: document.speed.to_string(),
                preferred_carrier: document.preferred_carrier.clone(),
            })),
            claims: Some(self.claims.unwrap_or_else(|| claims(&document.claims))),
            device: personal.device.map(device),
            reference: document.reference.clone(),
        }
    }
}

fn line(line: &Line) -> PlaceLine {
    PlaceLine { sku: line.sku.to_string(), quantity: line.quantity, unit_price: line.unit_price, discount: line.discount, tax: line.tax }
}

fn contact(Contact { name, email, phone }: Contact) -> PlaceContact {
    PlaceContact { name, email, phone }
}

fn address(Address { name, line1, line2, city, region, postcode, country }: Address) -> PlaceAddress {
    PlaceAddress { name, line1, line2, city, region, postcode, country }
}

fn device(Device { id, ip }: Device) -> PlaceDevice {
    PlaceDevice { id, ip }
}

fn claims(claims: &Claims) -> PlaceClaims {
    let gift_cards = claims.gift_cards.iter().map(|used| PlaceGiftCard { card: used.card.clone(), amount: used.amount });
    PlaceClaims {
        promotions: claims.promotions.clone(),
        coupons: claims.coupons.clone(),
        points: claims.points,
        gift_cards: gift_cards.collect(),
    }
}
