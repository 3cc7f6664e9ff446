//! Placing an order.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use oms_domain::address::{Address, Contact, Device, Personal};
use oms_domain::document::{Claims, GiftCardUse, Line, MethodKind, PaymentMethod, Speed};
use oms_domain::{Currency, CustomerId, OrderId, Sku};

use super::card_number;
use crate::problem::Fault;

/// An order to place. Amounts are integer minor units of `currency` (cents, yen, fils).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceOrder {
    /// Whose order; operators name the customer, customers leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<String>,
    /// ISO 4217 code.
    #[schema(example = "EUR")]
    pub currency: String,
    /// 1 to 40 lines.
    pub lines: Vec<PlaceLine>,
    /// Shipping charged, without tax.
    #[serde(default)]
    pub shipping: i64,
    /// Tax on shipping.
    #[serde(default)]
    pub shipping_tax: i64,
    /// Discount on the whole order.
    #[serde(default)]
    pub discount: i64,
    /// What the customer pays: lines + their tax + shipping + its tax - discount.
    pub total: i64,
    /// How to reach the customer.
    pub contact: PlaceContact,
    /// Where the goods go.
    pub shipping_address: PlaceAddress,
    /// Where the bill goes, if elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billing_address: Option<PlaceAddress>,
    /// How it is paid.
    pub payment_method: PlaceMethod,
    /// How it is delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<PlaceDelivery>,
    /// What stands behind the discounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims: Option<PlaceClaims>,
    /// Device and network of the buyer, as the storefront sees them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<PlaceDevice>,
    /// The caller's own reference, shown back; at most 64 characters and no personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceLine {
    /// What.
    pub sku: String,
    /// How many, 1 to 10000.
    #[schema(minimum = 1, maximum = 10000)]
    pub quantity: u32,
    /// Price of one.
    pub unit_price: i64,
    /// Discount on the line.
    #[serde(default)]
    pub discount: i64,
    /// Tax on the line.
    #[serde(default)]
    pub tax: i64,
}

/// How to reach the customer.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceContact {
    /// Full name.
    pub name: String,
    /// E-mail address.
    pub email: String,
    /// Phone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

/// A postal address.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceAddress {
    /// Recipient.
    pub name: String,
    /// Street and number.
    pub line1: String,
    /// Flat, floor, company.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line2: Option<String>,
    /// Town.
    pub city: String,
    /// State, province or prefecture code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Postcode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postcode: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[schema(example = "DE")]
    pub country: String,
}

/// How it is paid. Card data never reaches us: the client brings the gateway's token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceMethod {
    /// `card`, or `invoice`: to be paid after delivery.
    #[schema(example = "card")]
    pub kind: String,
    /// The gateway's token of the card; absent for `invoice`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schema(example = "pm_card_visa")]
    pub token: String,
}

impl PlaceMethod {
    /// The method, if it is well-formed.
    ///
    /// # Errors
    /// All faults, each with its path under `at`.
    pub fn accept(&self, at: &str) -> Result<PaymentMethod, Vec<Fault>> {
        let mut faults = Faults::default();
        let kind: Option<MethodKind> = faults.parse(&format!("{at}.kind"), &self.kind, "'card' or 'invoice'");
        let token_at = format!("{at}.token");
        let token = match kind {
            Some(MethodKind::Invoice) if self.token.is_empty() => String::new(),
            Some(MethodKind::Invoice) => {
                faults.add(&token_at, "must be absent: an invoice has no token");
                String::new()
            }
            Some(MethodKind::Card) | None => faults.prose(&token_at, &self.token, 255),
        };
        match kind {
            Some(kind) if faults.0.is_empty() => Ok(PaymentMethod { kind, token }),
            _ => Err(faults.0),
        }
    }
}

/// How it is delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceDelivery {
    /// `standard` or `express`.
    #[schema(example = "standard")]
    pub speed: String,
    /// By which carrier the customer would like it best, by its code. It weighs when the vendor's parcel is given to one; nobody is bound by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "dhl")]
    pub preferred_carrier: Option<String>,
}

/// Promotions, coupons, points and gift cards. The first two explain the discounts of lines and order; points and gift cards are vouchers, taken
/// off after tax, and are part of the order's `discount`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PlaceClaims {
    /// Ids of promotions; at most 10.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub promotions: Vec<String>,
    /// Coupon codes; at most 10. Small letters count as capitals.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub coupons: Vec<String>,
    /// Loyalty points to redeem.
    pub points: u32,
    /// Gift cards; at most 5.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gift_cards: Vec<PlaceGiftCard>,
}

/// A gift card to use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceGiftCard {
    /// Its number.
    pub card: String,
    /// Minor units of the order's currency to take from it.
    pub amount: i64,
}

/// Device and network.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceDevice {
    /// Fingerprint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// IP address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
}

macro_rules! redacted {
    ($($name:ident),*) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(redacted)"))
            }
        }
    )*};
}
redacted!(PlaceContact, PlaceAddress, PlaceMethod, PlaceDevice);

/// The answer to a placed order, the same however often it is asked for with one key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlacedOrder {
    /// The order's id.
    #[schema(value_type = String)]
    pub order_id: OrderId,
    /// The number that people read.
    #[schema(example = "ORD-2026-11-23-7XK2PA")]
    pub number: String,
    /// `pending_payment`, or `draft`: what becomes of it is read from the order.
    pub state: String,
    /// When it was captured.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Where to read it.
    pub href: String,
}

/// An order that is well-formed: every text is of its kind, every number in its range. Whether it may be fulfilled is for the checks to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Named customer, where an operator names one.
    pub customer_id: Option<CustomerId>,
    /// Of all amounts.
    pub currency: Currency,
    /// Lines.
    pub lines: Vec<Line>,
    /// Shipping without tax.
    pub shipping: i64,
    /// Tax on shipping.
    pub shipping_tax: i64,
    /// Discount on the whole.
    pub discount: i64,
    /// What the customer pays.
    pub total: i64,
    /// How it is paid.
    pub payment_method: PaymentMethod,
    /// How fast.
    pub speed: Speed,
    /// By which carrier, by preference.
    pub preferred_carrier: Option<String>,
    /// What stands behind the discounts.
    pub claims: Claims,
    /// Reference.
    pub reference: Option<String>,
    /// Everything to be sealed.
    pub personal: Personal,
}

/// Most lines of an order: its document stays far below DynamoDB's 400 KB, and its stock fits one transaction.
pub const MAX_LINES: usize = 40;
/// Promotions, and coupons, that one order may name: each is an item of the transaction that holds the stock.
const MAX_PROMOTIONS: usize = 10;
const MAX_GIFT_CARDS: usize = 5;
const MAX_QUANTITY: u32 = 10_000;
const MAX_AMOUNT: i64 = 1_000_000_000_000;

/// Collects what is wrong.
#[derive(Default)]
struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, at: &str, message: impl Into<String>) {
        self.0.push(Fault { at: at.to_owned(), message: message.into() });
    }

    fn parse<T: std::str::FromStr>(&mut self, at: &str, text: &str, expected: &str) -> Option<T> {
        let parsed = text.parse().ok();
        if parsed.is_none() {
            self.add(at, format!("must be {expected}"));
        }
        parsed
    }

    fn text(&mut self, at: &str, text: &str, max: usize) -> String {
        let trimmed = text.trim();
        let len = trimmed.chars().count();
        if len == 0 || len > max {
            self.add(at, format!("must be 1 to {max} characters, is {len}"));
        } else if trimmed.chars().any(char::is_control) {
            self.add(at, "must not hold control characters");
        }
        trimmed.to_owned()
    }

    /// What people write, and what is meant to stand for a card: neither holds the card's number.
    fn prose(&mut self, at: &str, text: &str, max: usize) -> String {
        if let Some(network) = card_number::network_in(text) {
            let mend = "give the payment gateway's token of the card, and the number to nobody but the gateway";
            self.add(at, format!("must not hold a card number, as this one of {network} looks: {mend}"));
        }
        self.text(at, text, max)
    }

    fn optional(&mut self, at: &str, text: Option<String>, max: usize) -> Option<String> {
        text.filter(|text| !text.trim().is_empty()).map(|text| self.text(at, &text, max))
    }

    fn amount(&mut self, at: &str, amount: i64) -> i64 {
        if !(0..=MAX_AMOUNT).contains(&amount) {
            self.add(at, format!("must be 0 to {MAX_AMOUNT} minor units, is {amount}"));
        }
        amount
    }

    fn address(&mut self, at: &str, address: PlaceAddress) -> Address {
        let country = address.country.trim().to_ascii_uppercase();
        if country.len() != 2 || !country.bytes().all(|b| b.is_ascii_uppercase()) {
            self.add(&format!("{at}.country"), "must be a two-letter ISO 3166-1 code");
        }
        Address {
            name: self.prose(&format!("{at}.name"), &address.name, 120),
            line1: self.prose(&format!("{at}.line1"), &address.line1, 200),
            line2: address.line2.filter(|line| !line.trim().is_empty()).map(|line| self.prose(&format!("{at}.line2"), &line, 200)),
            city: self.prose(&format!("{at}.city"), &address.city, 120),
            region: self.optional(&format!("{at}.region"), address.region, 60),
            postcode: self.optional(&format!("{at}.postcode"), address.postcode, 20),
            country,
        }
    }

    fn contact(&mut self, contact: PlaceContact) -> Contact {
        let email = self.text("contact.email", &contact.email, 254);
        let parts = email.split_once('@');
        if !parts.is_some_and(|(local, domain)| {
            !local.is_empty() && domain.contains('.') && !domain.contains('@') && !email.contains(char::is_whitespace)
        }) {
            self.add("contact.email", "must be an e-mail address");
        }
        Contact { name: self.prose("contact.name", &contact.name, 120), email, phone: self.optional("contact.phone", contact.phone, 40) }
    }

    /// Codes of a kind, each once.
    fn codes(&mut self, at: &str, codes: Vec<String>) -> Vec<String> {
        if codes.len() > MAX_PROMOTIONS {
            self.add(at, format!("must be at most {MAX_PROMOTIONS}, are {}", codes.len()));
        }
        let codes: Vec<String> = (0..).zip(&codes).map(|(i, code)| self.text(&format!("{at}[{i}]"), code, 40)).collect();
        if (1..codes.len()).any(|i| codes[..i].contains(&codes[i])) {
            self.add(at, "must name each once");
        }
        codes
    }

    fn claims(&mut self, claims: PlaceClaims) -> Claims {
        if claims.gift_cards.len() > MAX_GIFT_CARDS {
            self.add("claims.gift_cards", format!("must be at most {MAX_GIFT_CARDS}, are {}", claims.gift_cards.len()));
        }
        let mut gift_cards: Vec<GiftCardUse> = Vec::new();
        for (i, used) in (0..).zip(claims.gift_cards) {
            let at = format!("claims.gift_cards[{i}]");
            let card = self.text(&format!("{at}.card"), &used.card, 40);
            if used.amount == 0 {
                self.add(&format!("{at}.amount"), "must be at least one minor unit");
            }
            if gift_cards.iter().any(|known| known.card == card) {
                self.add(&format!("{at}.card"), "must name each card once");
            }
            gift_cards.push(GiftCardUse { card, amount: self.amount(&format!("{at}.amount"), used.amount) });
        }
        Claims {
            promotions: self.codes("claims.promotions", claims.promotions),
            coupons: self.codes("claims.coupons", claims.coupons.iter().map(|code| code.to_uppercase()).collect()),
            points: claims.points,
            gift_cards,
        }
    }

    fn line(&mut self, at: &str, line: &PlaceLine) -> Option<Line> {
        if !(1..=MAX_QUANTITY).contains(&line.quantity) {
            self.add(&format!("{at}.quantity"), format!("must be 1 to {MAX_QUANTITY}, is {}", line.quantity));
        }
        let sku: Option<Sku> = self.parse(&format!("{at}.sku"), &line.sku, "1 to 64 letters, digits, '.', '_' or '-'");
        Some(Line {
            sku: sku?,
            quantity: line.quantity,
            unit_price: self.amount(&format!("{at}.unit_price"), line.unit_price),
            discount: self.amount(&format!("{at}.discount"), line.discount),
            tax: self.amount(&format!("{at}.tax"), line.tax),
        })
    }
}

/// Whether it may be a carrier's code. Which carriers there are is the installation's to say, and changes: a wish for another weighs nothing.
fn is_carrier_code(code: &str) -> bool {
    (1..=20).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

impl PlaceOrder {
    /// Accepts the request as a whole, or says everything that is wrong with its shape.
    ///
    /// # Errors
    /// All faults, each with its path.
    pub fn accept(self) -> Result<Accepted, Vec<Fault>> {
        let mut faults = Faults::default();
        if self.lines.is_empty() || self.lines.len() > MAX_LINES {
            faults.add("lines", format!("must be 1 to {MAX_LINES} lines, are {}", self.lines.len()));
        }
        let lines: Vec<Line> = (0..).zip(&self.lines).filter_map(|(i, line)| faults.line(&format!("lines[{i}]"), line)).collect();
        let customer_id = self.customer_id.as_deref().and_then(|id| faults.parse("customer_id", id, "a customer id"));
        let currency: Option<Currency> = faults.parse("currency", &self.currency, "an ISO 4217 code in capitals");
        let method = self.payment_method.accept("payment_method").map_err(|wrong| faults.0.extend(wrong)).ok();
        let speed =
            self.delivery.as_ref().map_or(Some(Speed::Standard), |d| faults.parse("delivery.speed", &d.speed, "'standard' or 'express'"));
        let preferred_carrier = self.delivery.and_then(|delivery| delivery.preferred_carrier);
        if !preferred_carrier.as_deref().is_none_or(is_carrier_code) {
            faults.add("delivery.preferred_carrier", "must be a carrier's code: 1 to 20 of a-z, 0-9 and '-'");
        }
        let shipping = faults.amount("shipping", self.shipping);
        let shipping_tax = faults.amount("shipping_tax", self.shipping_tax);
        let discount = faults.amount("discount", self.discount);
        let total = faults.amount("total", self.total);
        let claims = faults.claims(self.claims.unwrap_or_default());
        let reference = faults.optional("reference", self.reference, 64);
        let device = self
            .device
            .map(|device| Device { id: faults.optional("device.id", device.id, 128), ip: faults.optional("device.ip", device.ip, 45) });
        let personal = Personal {
            contact: faults.contact(self.contact),
            shipping_address: faults.address("shipping_address", self.shipping_address),
            billing_address: self.billing_address.map(|address| faults.address("billing_address", address)),
            device,
        };
        match (currency, method, speed, faults.0.is_empty()) {
            (Some(currency), Some(payment_method), Some(speed), true) => Ok(Accepted {
                customer_id,
                currency,
                lines,
                shipping,
                shipping_tax,
                discount,
                total,
                payment_method,
                speed,
                preferred_carrier,
                claims,
                reference,
                personal,
            }),
            _ => Err(faults.0),
        }
    }
}
