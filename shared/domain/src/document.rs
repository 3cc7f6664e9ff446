//! The cold part of an order: what was ordered, at what price, to be paid and delivered how.
//!
//! Written at capture, and rewritten as a whole with each edit of a draft; settled once the order is submitted. Amounts are minor units of the order's currency.

use serde::{Deserialize, Serialize};

use crate::ids::{CustomerId, OrderId, Sku};
use crate::money::Currency;

/// One line as ordered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// What.
    pub sku: Sku,
    /// How many; at least 1.
    pub quantity: u32,
    /// Price of one.
    pub unit_price: i64,
    /// Discount on the whole line, not negative.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub discount: i64,
    /// Tax on the whole line.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub tax: i64,
}

impl Line {
    /// Unit price x quantity - discount, without tax; `None` on overflow.
    pub fn net(&self) -> Option<i64> {
        self.unit_price.checked_mul(i64::from(self.quantity))?.checked_sub(self.discount)
    }
}

/// How it is paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentMethod {
    /// Which kind.
    pub kind: MethodKind,
    /// The gateway's token, where the kind has one; else empty. Card data never reaches us.
    pub token: String,
}

/// Kinds of payment method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::Display, strum::EnumString)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum MethodKind {
    /// Credit or debit card, through the gateway.
    Card,
    /// On invoice, to be paid after delivery: the marketplace gives credit.
    Invoice,
}

/// How fast it shall come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, strum::Display, strum::EnumString)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Speed {
    /// The cheapest the carriers offer.
    #[default]
    Standard,
    /// The fastest.
    Express,
}

impl Speed {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
    fn is_standard(&self) -> bool {
        *self == Self::Standard
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_nothing(amount: &i64) -> bool {
    *amount == 0
}

/// Who states the prices of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceSource {
    /// A customer placed the order: prices must be the catalogue's.
    Catalogue,
    /// An operator or a trusted import placed it: prices are what it says.
    Stated,
}

/// An order's document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Version of this shape.
    pub schema: u16,
    /// Of which order.
    pub order_id: OrderId,
    /// Whose.
    pub customer_id: CustomerId,
    /// Of all amounts.
    pub currency: Currency,
    /// At least one.
    pub lines: Vec<Line>,
    /// Shipping charged, without tax.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub shipping: i64,
    /// Tax on shipping.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub shipping_tax: i64,
    /// Discount on the whole order, not negative.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub discount: i64,
    /// What the customer pays.
    pub total: i64,
    /// How it is paid.
    pub payment_method: PaymentMethod,
    /// How fast.
    #[serde(default, skip_serializing_if = "Speed::is_standard")]
    pub speed: Speed,
    /// By which carrier the customer would like it best, by its code; any will do where absent. A wish: it weighs among others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preferred_carrier: Option<String>,
    /// Whose prices.
    pub prices: PriceSource,
    /// ISO 3166-1 alpha-2 of the destination: all of the address that is not sealed.
    pub destination: String,
    /// The customer's own reference, shown back and searchable by them; no personal data is wanted here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// What the customer claims for the discounts.
    #[serde(default, skip_serializing_if = "Claims::is_none")]
    pub claims: Claims,
    /// [`crate::address::Personal`] under the customer's key. Absent where it stands beside.
    #[serde(default, skip_serializing_if = "Sealed::is_empty")]
    pub sealed: Sealed,
}

/// What stands behind an order's discounts. Promotions and coupons explain the discounts of lines and order together; points and gift cards
/// are taken off the whole after tax, as vouchers, and so are part of the order's own discount.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Claims {
    /// Ids of promotions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub promotions: Vec<String>,
    /// Codes of coupons, in capitals.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub coupons: Vec<String>,
    /// Points redeemed.
    #[serde(skip_serializing_if = "is_zero")]
    pub points: u32,
    /// Gift cards and what is used of each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gift_cards: Vec<GiftCardUse>,
}

/// What is used of a gift card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GiftCardUse {
    /// Number of the card.
    pub card: String,
    /// Minor units of the order's currency.
    pub amount: i64,
}

impl Claims {
    /// Whether nothing is claimed.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands fields over by reference")]
fn is_zero(points: &u32) -> bool {
    *points == 0
}

/// The shape written today.
pub const DOCUMENT_SCHEMA: u16 = 1;

/// Bytes under a customer's own key, base64: nonce and ciphertext.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed(pub String);

impl Sealed {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Document {
    /// Sum of the lines without tax; `None` on overflow.
    pub fn goods(&self) -> Option<i64> {
        self.lines.iter().try_fold(0_i64, |sum, line| sum.checked_add(line.net()?))
    }

    /// Demand per SKU, each SKU once, in order of first appearance: two lines of one SKU are one demand.
    /// Saturates, so that an absurd order is short of stock rather than wrapped to a small one.
    pub fn demand(&self) -> Vec<(Sku, u32)> {
        let mut demand: Vec<(Sku, u32)> = Vec::new();
        for line in &self.lines {
            match demand.iter_mut().find(|(sku, _)| *sku == line.sku) {
                Some((_, quantity)) => *quantity = quantity.saturating_add(line.quantity),
                None => demand.push((line.sku.clone(), line.quantity)),
            }
        }
        demand
    }
}
