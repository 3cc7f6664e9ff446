//! What the fraud rules read. Everything is fetched first, then no rule needs anything more.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use oms_contract::reference::{Customer, Market, Product};
use oms_domain::address::Personal;
use oms_domain::document::Document;
use oms_domain::{Currency, Money, Order, Sku};
use oms_ports::reference::Wanted;
use oms_ports::{Party, PortError, StepError};

use crate::Deps;
use crate::rules::{MOST_PER_DAY, MOST_PER_HOUR};

/// All facts.
#[derive(Debug, Clone)]
pub struct RiskFacts {
    /// What was ordered.
    pub document: Document,
    /// Who and where; `None` where the customer's key was destroyed.
    pub personal: Option<Personal>,
    /// The account; `None` for a guest.
    pub customer: Option<Customer>,
    /// The marketplace's rules.
    pub market: Market,
    /// What the customer pays, in euro.
    pub total: Money,
    /// What the electronics in it cost whose theft pays, after discounts on lines, in euro.
    pub electronics: Money,
    /// Orders of this customer since an hour before this one, counted to one more than may be.
    pub last_hour: u16,
    /// Since a day before this one, counted to one more than may be.
    pub last_day: u16,
    /// Ever, this one included, counted to two.
    pub ever: u16,
    /// Numbers of the checks that ask for a verification.
    pub doubts: Vec<u8>,
}

impl RiskFacts {
    /// Whether the customer has ordered nothing before. The index of orders may not show this one yet.
    pub fn is_first_order(&self) -> bool {
        self.ever <= 1
    }
}

/// Orders of the customer that are looked at: one more than may be in a day, and so than in an hour.
const LATEST: u16 = MOST_PER_DAY + 1;

/// Fetches what the rules need, in one round trip: reference data, the customer's key, the customer's latest orders.
///
/// The orders are asked for again, though `validate` asked a moment before. Who orders too often does so in bursts: orders that came after this one, and after it
/// was checked, count too, and an order that waited between the two steps is judged as things stand when it goes on. It would save nothing either: the
/// query takes half a read unit in a round trip that is made anyway, and the report that would carry the answer takes a whole one to read.
pub(crate) async fn gather(deps: &Deps, order: &Order, document: Document) -> Result<RiskFacts, StepError> {
    let customer = &document.customer_id;
    let wanted = Wanted {
        products: document.demand().into_iter().map(|(sku, _)| sku).collect(),
        customer: Some(customer.clone()),
        market: true,
        ..Wanted::default()
    };
    let before = |span| order.placed_at().saturating_sub(span).unwrap_or(Timestamp::UNIX_EPOCH);
    let (found, personal, latest) = futures::try_join!(
        deps.reference.fetch(&wanted),
        deps.sealer.open(customer, &document.sealed),
        deps.listings.latest_of(customer, LATEST),
    )?;
    let since = |span, most: u16| {
        let count = latest.iter().filter(|captured| **captured >= before(span)).count();
        u16::try_from(count).map_or(most, |count| count.min(most))
    };
    let last_hour = since(SignedDuration::from_hours(1), MOST_PER_HOUR + 1);
    let last_day = since(SignedDuration::from_hours(24), MOST_PER_DAY + 1);
    let ever = u16::try_from(latest.len()).map_or(2, |count| count.min(2));
    let market = found.market.ok_or_else(|| missing("the marketplace's rules"))?;
    let day = order.placed_at().to_zoned(TimeZone::UTC).date();
    let total = in_euro(Money::new(document.total, document.currency), &market, day)?;
    let electronics = in_euro(electronics(&document, &found.products), &market, day)?;
    Ok(RiskFacts {
        document,
        personal,
        customer: found.customer,
        market,
        total,
        electronics,
        last_hour,
        last_day,
        ever,
        doubts: order.doubts.clone(),
    })
}

/// What the electronics cost whose theft pays; an amount beyond all bounds counts as the largest there is.
fn electronics(document: &Document, products: &[Product]) -> Money {
    let pays = |sku: &Sku| products.iter().any(|product| product.sku == *sku && product.high_value_electronics);
    let amount =
        document.lines.iter().filter(|line| pays(&line.sku)).fold(0_i64, |sum, line| sum.saturating_add(line.net().unwrap_or(i64::MAX)));
    Money::new(amount, document.currency)
}

/// The same in euro at the marketplace's rate on the day of the order. Without a rate, or with one that is too old, nobody can say what the order is worth, and it waits.
fn in_euro(money: Money, market: &Market, day: Date) -> Result<Money, StepError> {
    let euro: Currency = "EUR".parse().map_err(|error| StepError::Bug(format!("the euro: {error}")))?;
    let rate = market.rate_to_euro(money.currency, day);
    let rate = rate.ok_or_else(|| missing(&format!("the exchange rate of {}", money.currency)))?;
    // Beyond all bounds is as much as there can be: it must not look harmless.
    Ok(money.converted(euro, rate).unwrap_or(Money::new(i64::MAX, euro)))
}

fn missing(fact: &str) -> StepError {
    StepError::Unavailable(PortError::unavailable(Party::Store, format!("{fact} could not be had")))
}
