//! From rows to orders of ours: pure. Every order of the file is either placed or refused with a reason.

use std::collections::BTreeMap;

use jiff::civil::DateTime;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use oms_contract::api::place::{MAX_LINES, PlaceAddress, PlaceContact, PlaceLine, PlaceMethod, PlaceOrder};
use oms_domain::Sku;

use super::files::{CustomerRow, Files, ItemRow, OrderRow, PaymentRow};
use super::world::{self, World};

/// Cents by which payments may miss the goods and freight for each payment: the set rounds each of them.
const ROUNDING: i64 = 1;

/// An order of the file as it goes to the API.
#[derive(Debug, Clone)]
pub struct Mapped {
    /// Its id in the file.
    pub order_id: String,
    /// The order, or why there is none.
    pub order: Result<Box<PlaceOrder>, Refusal>,
    /// Sellers that served it, as our vendor ids, each once.
    pub sellers: Vec<String>,
    /// Oddities that do not stop it.
    pub notes: Vec<&'static str>,
}

/// Why an order of the file is not placed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No row in the items file.
    #[error("no items")]
    NoItems,
    /// Its customer is in no row.
    #[error("unknown customer")]
    UnknownCustomer,
    /// A product that neither our catalogue nor the folder knows with weight and size.
    #[error("unknown product")]
    UnknownProduct(String),
    /// A seller that neither our vendors nor the folder know.
    #[error("unknown seller")]
    UnknownSeller(String),
    /// An amount that is none.
    #[error("amount unreadable")]
    BadAmount(String),
    /// No row in the payments file.
    #[error("no payment")]
    NoPayment,
    /// Payments and amounts differ, by this many cents (positive: too much was paid).
    #[error("payments do not add up")]
    Difference(i64),
    /// More lines than an order of ours takes.
    #[error("too many lines")]
    TooManyLines(usize),
}

impl Refusal {
    /// What is particular to this order.
    pub fn particular(&self) -> Option<String> {
        match self {
            Self::NoItems | Self::UnknownCustomer | Self::NoPayment => None,
            Self::UnknownProduct(id) | Self::UnknownSeller(id) => Some(id.clone()),
            Self::BadAmount(text) => Some(format!("{text:?}")),
            Self::Difference(cents) => {
                Some(format!("paid BRL {} {}", cents_text(cents.abs()), if *cents > 0 { "too much" } else { "too little" }))
            }
            Self::TooManyLines(lines) => Some(format!("{lines} lines")),
        }
    }
}

fn cents_text(cents: i64) -> String {
    Decimal::new(cents, 2).to_string()
}

/// Every order of the files, in their order.
pub fn all(files: &Files, world: &World) -> Vec<Mapped> {
    let none_items = Vec::new();
    let none_payments = Vec::new();
    let one = |order: &OrderRow| {
        let items = files.items.get(&order.order_id).unwrap_or(&none_items);
        let payments = files.payments.get(&order.order_id).unwrap_or(&none_payments);
        let mut notes = notes(order, payments);
        let placed = place(order, items, payments, files.customers.get(&order.customer_id), world);
        if placed.as_ref().is_ok_and(|placed| Ok(placed.total) != paid(payments)) {
            notes.push("payments differ by a rounding of cents");
        }
        let mut sellers: Vec<String> = items.iter().map(|item| world::vendor_id(&item.seller_id)).collect();
        sellers.sort();
        sellers.dedup();
        Mapped { order_id: order.order_id.clone(), order: placed.map(Box::new), sellers, notes }
    };
    files.orders.iter().map(one).collect()
}

fn place(
    order: &OrderRow,
    items: &[ItemRow],
    payments: &[PaymentRow],
    customer: Option<&CustomerRow>,
    world: &World,
) -> Result<PlaceOrder, Refusal> {
    if items.is_empty() {
        return Err(Refusal::NoItems);
    }
    let customer = customer.ok_or(Refusal::UnknownCustomer)?;
    let lines = lines(items, world)?;
    let shipping = items.iter().try_fold(0_i64, |sum, item| Ok::<_, Refusal>(sum.saturating_add(cents(&item.freight_value)?)))?;
    let goods = lines.iter().fold(0_i64, |sum, line| sum.saturating_add(line.unit_price.saturating_mul(i64::from(line.quantity))));
    let total = goods.saturating_add(shipping);
    if payments.is_empty() {
        return Err(Refusal::NoPayment);
    }
    let difference = paid(payments)?.saturating_sub(total);
    let tolerance = ROUNDING.saturating_mul(i64::try_from(payments.len()).unwrap_or(i64::MAX));
    if difference.abs() > tolerance {
        return Err(Refusal::Difference(difference));
    }
    let short: String = customer.customer_unique_id.chars().take(8).collect();
    Ok(PlaceOrder {
        customer_id: Some(world::customer_id(customer)),
        currency: "BRL".to_owned(),
        lines,
        shipping,
        shipping_tax: 0,
        discount: 0,
        total,
        contact: PlaceContact { name: format!("Olist customer {short}"), email: format!("{short}@customers.example"), phone: None },
        shipping_address: address(customer, &short),
        billing_address: None,
        payment_method: PlaceMethod { kind: "card".to_owned(), token: "pm_card_visa".to_owned() },
        delivery: None,
        claims: None,
        device: None,
        reference: Some(order.order_id.chars().take(64).collect()),
    })
}

/// Units of one product at one price make one line.
fn lines(items: &[ItemRow], world: &World) -> Result<Vec<PlaceLine>, Refusal> {
    let mut lines: Vec<PlaceLine> = Vec::new();
    for item in items {
        let sku = sku_of(item, world)?;
        if !world.knows_seller(&item.seller_id) {
            return Err(Refusal::UnknownSeller(item.seller_id.clone()));
        }
        let unit_price = cents(&item.price)?;
        match lines.iter_mut().find(|line| line.sku == sku.as_str() && line.unit_price == unit_price) {
            Some(line) => line.quantity += 1,
            // Tax is inside Brazilian prices: the seed's rate is zero.
            None => lines.push(PlaceLine { sku: sku.to_string(), quantity: 1, unit_price, discount: 0, tax: 0 }),
        }
    }
    if lines.len() > MAX_LINES { Err(Refusal::TooManyLines(lines.len())) } else { Ok(lines) }
}

fn sku_of(item: &ItemRow, world: &World) -> Result<Sku, Refusal> {
    let unknown = || Refusal::UnknownProduct(item.product_id.clone());
    world::sku(&item.product_id).filter(|sku| world.knows_product(sku)).ok_or_else(unknown)
}

/// Demand by SKU and seller over all orders that will be placed.
pub fn demand(mapped: &[Mapped], files: &Files) -> BTreeMap<(Sku, String), u32> {
    let mut demand = BTreeMap::new();
    let placed = mapped.iter().filter(|mapped| mapped.order.is_ok());
    for item in placed.filter_map(|mapped| files.items.get(&mapped.order_id)).flatten() {
        if let Some(sku) = world::sku(&item.product_id) {
            let quantity: &mut u32 = demand.entry((sku, item.seller_id.clone())).or_default();
            *quantity = quantity.saturating_add(1);
        }
    }
    demand
}

/// The set names places only: the street is made up, and says so.
fn address(customer: &CustomerRow, short: &str) -> PlaceAddress {
    PlaceAddress {
        name: format!("Olist customer {short}"),
        line1: "Rua do Replay 100".to_owned(),
        line2: Some("synthetic: the data set holds no streets".to_owned()),
        city: world::one_line(&customer.customer_city),
        region: Some(customer.customer_state.clone()),
        postcode: Some(world::postcode(&customer.customer_zip_code_prefix)),
        country: "BR".to_owned(),
    }
}

/// All that was paid, in cents.
fn paid(payments: &[PaymentRow]) -> Result<i64, Refusal> {
    payments.iter().try_fold(0_i64, |sum, payment| Ok(sum.saturating_add(cents(&payment.payment_value)?)))
}

/// Cents of an amount with at most two decimals that is not negative.
fn cents(text: &str) -> Result<i64, Refusal> {
    let bad = || Refusal::BadAmount(text.chars().take(20).collect());
    let hundredfold = text.parse::<Decimal>().ok().and_then(|amount| amount.checked_mul(Decimal::ONE_HUNDRED)).ok_or_else(bad)?;
    if !hundredfold.fract().is_zero() || hundredfold.is_sign_negative() && !hundredfold.is_zero() {
        return Err(bad());
    }
    hundredfold.to_i64().ok_or_else(bad)
}

/// What is odd about an order but does not stop it.
fn notes(order: &OrderRow, payments: &[PaymentRow]) -> Vec<&'static str> {
    let approved = time(&order.order_approved_at);
    let scanned = time(&order.order_delivered_carrier_date);
    let delivered = time(&order.order_delivered_customer_date);
    let shipped = matches!(order.order_status.as_str(), "shipped" | "delivered");
    let other = |kind: &str| payments.iter().any(|payment| payment.payment_type == kind);
    let rules = [
        (time(&order.order_purchase_timestamp).is_none(), "no time of purchase"),
        (approved.is_none(), "no time of approval"),
        (shipped && scanned.is_none(), "shipped without a carrier's scan"),
        (order.order_status == "delivered" && delivered.is_none(), "delivered without a date"),
        (scanned.zip(approved).is_some_and(|(scan, approval)| scan < approval), "scanned by the carrier before approval"),
        (delivered.zip(scanned).is_some_and(|(end, scan)| end < scan), "delivered before the carrier's scan"),
        (matches!(order.order_status.as_str(), "canceled" | "unavailable"), "was cancelled in the set; placed all the same"),
        (other("voucher"), "paid by voucher, in part or whole; a test card is charged"),
        (other("boleto") || other("debit_card"), "paid by boleto or debit card; a test card is charged"),
        (other("not_defined"), "way of payment not defined; a test card is charged"),
        (payments.len() > 1, "several payments; one is made"),
    ];
    rules.into_iter().filter_map(|(holds, note)| holds.then_some(note)).collect()
}

fn time(text: &str) -> Option<DateTime> {
    text.parse().ok()
}

#[cfg(test)]
#[path = "mapping_tests.rs"]
mod tests;
