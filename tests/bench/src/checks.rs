//! A run of all checks over an order of twenty lines: what it takes of the processor, and how often it waits for the store.
//!
//! The order uses everything that costs a read: a coupon, a gift card, points, a credit line, caps against hoarding, an earlier order, capacities
//! of a day. The store answers each call a moment later by a simulated clock, and calls that are asked for at one moment are one round trip: so
//! what is counted are the waits one after the other, as the deployed adapters make them, and no machine's speed plays a part.

use std::hint::black_box;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use dynoxide::Database;
use jiff::Timestamp;

use oms_aws::{ReferenceItem, schema};
use oms_contract::api::place::{PlaceClaims, PlaceGiftCard, PlaceLine};
use oms_contract::reference::account::{CreditLine, PointLot};
use oms_contract::reference::discount::{AppliesTo, Benefit, Coupon, GiftCard, Promotion};
use oms_contract::reference::sale::HoardingCap;
use oms_contract::reference::{Product, StockRow};
use oms_contract::step::StepInput;
use oms_domain::flow::Next;
use oms_domain::money::Rounding;
use oms_domain::{Currency, Money, OrderId, Sku};
use oms_local::seed::{Seed, SeedError, Store};
use oms_local::workload::{Buyer, Workload, WorkloadError};
use oms_ports::orders::Paid;
use oms_ports::{Party, PortError, StepError};
use rust_decimal::Decimal;
use validate::checks::{self, Verdict};
use validate::facts::{Facts, Fetched};

use crate::chain::ChainError;
use crate::simulated;
use crate::store::{Embedded, clients_of, operation_of, tables_of};
use crate::world::{World, furnish};

/// Lines of the order.
pub const LINES: usize = 20;
/// How long the store takes to answer, by the simulated clock.
const CALL: Duration = Duration::from_millis(5);
/// Who has all of the goods, and sends them everywhere.
const VENDOR: &str = "de-nordlicht";
/// What comes off the first line, and what points and the gift card pay.
const COUPON: i64 = 100;
const POINTS: u32 = 150;
const GIFT_CARD: i64 = 500;

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
pub enum ChecksError {
    /// The orders cannot be made.
    #[error(transparent)]
    Workload(#[from] WorkloadError),
    /// The reference data cannot be stored.
    #[error(transparent)]
    Seed(#[from] SeedError),
    /// The order did not get as far as the checks.
    #[error("the order did not get as far as the checks")]
    Chain(#[from] ChainError),
    /// The step failed.
    #[error("the checks were not run")]
    Step(#[from] StepError),
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] PortError),
    /// The order is not the one that was meant to be measured.
    #[error("{0}")]
    Other(String),
    /// The system gives no timers.
    #[error("time cannot be simulated here")]
    Timers(#[from] std::io::Error),
}

/// What one run reads and writes.
#[derive(Debug, Clone, PartialEq)]
pub struct Reads {
    /// Waits for reads, one after the other.
    pub round_trips: usize,
    /// Calls that read.
    pub calls: usize,
    /// All calls by the moment at which they were asked for, in round trips since the run began.
    pub asked: Vec<(usize, String)>,
}

/// The facts of the order as they were fetched, and what fetching them took.
#[derive(Debug, Clone)]
pub struct Measured {
    /// As the step fetches them.
    pub fetched: Fetched,
    /// Of the whole step: facts, hold, report, order.
    pub reads: Reads,
}

/// Places the order, pays it, fetches its facts, and has the step run: over a store in memory, by the simulated clock.
///
/// # Errors
/// Where it does not pass every check: what is measured shall be a whole run.
pub fn measure(workload: &Workload) -> Result<Measured, ChecksError> {
    simulated::run(measured(workload))?
}

async fn measured(workload: &Workload) -> Result<Measured, ChecksError> {
    let database = Database::memory().map_err(|error| PortError::corrupt(Party::Store, error))?;
    let store = Embedded::new(database);
    let tables = tables_of(&store).await?;
    furnish(&tables, workload).await?;
    let (buyer, seed) = twenty_lines(workload)?;
    let reference = tables.reference(schema::REFERENCE.name);
    Store::over(reference.clone(), tables.inventory(schema::INVENTORY.name)).load(&seed, false).await?;
    reference.put(ReferenceItem::GiftCard(&gift_card()?)).await?;

    let before = World::over(&tables);
    // One that was placed earlier: its head is read as well.
    before.reach(&plain(&buyer), "earlier", Next::Validate).await?;
    let id = before.reach(&buyer, "measured", Next::Validate).await?;
    // New ones, as of a function that has just started: nothing is kept from before.
    let dated = Dated { store, asked: Arc::default() };
    let clients = clients_of(dated.clone()).await;
    let fetched = facts_of(&World::over(&clients), id).await?;
    dated.take();
    let world = World::over(&clients);
    let outcome = validate::handle(&world.validate, StepInput { order_id: id }).await?;
    if outcome.next != Next::Score {
        let results = checks::run(&Facts::of(&fetched));
        let failed = checks::verdict(&results);
        return Err(ChecksError::Other(format!("the order of {LINES} lines does not pass: {failed:?}")));
    }
    Ok(Measured { fetched, reads: Reads::of(dated.take()) })
}

async fn facts_of(world: &World, id: OrderId) -> Result<Fetched, ChecksError> {
    let Paid { order: Some(stored), document: Some(document), outcomes } = world.validate.orders.paid(id).await? else {
        return Err(ChecksError::Other(format!("order {id} is not stored whole")));
    };
    Ok(validate::facts::gather(&world.validate, &stored.order, document, &outcomes).await?)
}

/// Runs all checks over these facts so many times, as the step does before it holds the stock: arranging them included.
///
/// # Errors
/// Where a check stands against the order, or none was run.
pub fn run(fetched: &Fetched, times: u32) -> Result<(), ChecksError> {
    for _ in 0..times {
        let results = checks::run(black_box(&Facts::of(black_box(fetched))));
        if black_box(checks::verdict(&results)) != Verdict::Passed {
            return Err(ChecksError::Other("a check stands against the order".to_owned()));
        }
    }
    Ok(())
}

/// An order of twenty lines by a German customer of the samples, and what it names.
fn twenty_lines(workload: &Workload) -> Result<(Buyer, Seed), ChecksError> {
    let buyers = (0..workload.kinds()).map(|number| workload.buyer("twenty-lines", number)).collect::<Result<Vec<Buyer>, _>>()?;
    let german = buyers.into_iter().find(|buyer| buyer.order.shipping_address.country == "DE");
    let mut buyer = german.ok_or_else(|| ChecksError::Other("no sample goes to Germany".to_owned()))?;
    let (products, stock) = goods(workload)?;
    let lines = products.iter().enumerate().map(|(i, product)| line(product, if i == 0 { COUPON } else { 0 }));
    buyer.order.lines = lines.collect::<Result<_, _>>()?;
    let goods: i64 = buyer.order.lines.iter().map(|line| line.unit_price - line.discount + line.tax).sum();
    buyer.order.discount = i64::from(POINTS) + GIFT_CARD;
    buyer.order.total = goods + buyer.order.shipping + buyer.order.shipping_tax - buyer.order.discount;
    buyer.order.claims = Some(PlaceClaims {
        promotions: Vec::new(),
        coupons: vec![CODE.to_owned()],
        points: POINTS,
        gift_cards: vec![PlaceGiftCard { card: CARD.to_owned(), amount: GIFT_CARD }],
    });
    buyer.customer.record.points = vec![PointLot { points: 10 * POINTS, last_day: None }];
    buyer.customer.record.credit = Some(CreditLine { limit: 100_000, paid: 0, currency: euro()? });
    let mut vendors = workload.seed().vendors.clone();
    for vendor in &mut vendors {
        vendor.daily_capacity = Some(100_000);
        vendor.warehouses.iter_mut().for_each(|warehouse| warehouse.daily_capacity = Some(100_000));
    }
    let (customers, coupons) = (vec![buyer.customer.clone()], vec![coupon()?]);
    Ok((buyer, Seed { products, stock, vendors, customers, coupons, ..Seed::default() }))
}

/// The same order without what it claims, for two of its lines.
fn plain(buyer: &Buyer) -> Buyer {
    let mut buyer = buyer.clone();
    buyer.order.lines.truncate(2);
    buyer.order.lines.remove(0);
    (buyer.order.claims, buyer.order.discount) = (None, 0);
    let goods: i64 = buyer.order.lines.iter().map(|line| line.unit_price + line.tax).sum();
    buyer.order.total = goods + buyer.order.shipping + buyer.order.shipping_tax;
    buyer
}

/// Twenty products like those of the seed that everybody may have, each with a cap against hoarding, and on the shelves of every vendor that has
/// the one it is like.
fn goods(workload: &Workload) -> Result<(Vec<Product>, Vec<StockRow>), ChecksError> {
    let seed = workload.seed();
    let euro = euro()?;
    let plain = |product: &&Product| {
        let free = product.sale.restriction.is_none() && product.hazmat.is_none() && product.active && product.min_quantity == 1;
        let stands = |row: &StockRow| row.sku == product.sku && row.vendor_id.as_str() == VENDOR;
        free && product.pack_size == 1
            && product.tax_category == "standard"
            && product.prices.contains_key(&euro)
            && seed.stock.iter().any(stands)
    };
    let (mut products, mut stock) = (Vec::new(), Vec::new());
    for (nth, like) in seed.products.iter().filter(plain).cycle().take(LINES).enumerate() {
        let sku: Sku = format!("LINE-{nth}").parse().map_err(|_| ChecksError::Other("a SKU that is none".to_owned()))?;
        stock.extend(seed.stock.iter().filter(|row| row.sku == like.sku).map(|row| StockRow { sku: sku.clone(), ..row.clone() }));
        let mut product = Product { sku, ..like.clone() };
        product.sale.hoarding = Some(HoardingCap { quantity: 1000, days: 30 });
        products.push(product);
    }
    if products.len() == LINES { Ok((products, stock)) } else { Err(ChecksError::Other(format!("{VENDOR} has nothing that is plain"))) }
}

/// One of it, with German tax.
fn line(product: &Product, discount: i64) -> Result<PlaceLine, ChecksError> {
    let euro = euro()?;
    let unit_price = product.prices.get(&euro).copied().unwrap_or_default();
    let tax = Money::new(unit_price - discount, euro).at_rate(Decimal::new(19, 2), Rounding::HalfUp);
    let tax = tax.map_err(|error| ChecksError::Other(error.to_string()))?.amount;
    Ok(PlaceLine { sku: product.sku.to_string(), quantity: 1, unit_price, discount, tax })
}

const CODE: &str = "TWENTY";
const CARD: &str = "6006000000000020";

fn coupon() -> Result<Coupon, ChecksError> {
    let grants = Promotion {
        id: CODE.to_owned(),
        benefit: Benefit::Amount { amount: COUPON },
        currency: euro()?,
        applies_to: AppliesTo::default(),
        from: Timestamp::UNIX_EPOCH,
        until: Timestamp::MAX,
        min_spend: 0,
        exclusive: false,
        order: 0,
    };
    Ok(Coupon { grants, active: true, redemptions: Some(1_000_000), per_customer: Some(1_000) })
}

fn gift_card() -> Result<GiftCard, ChecksError> {
    Ok(GiftCard { card: CARD.to_owned(), active: true, currency: euro()?, value: 1_000_000, until: None })
}

fn euro() -> Result<Currency, ChecksError> {
    "EUR".parse().map_err(|_| ChecksError::Other("there is no euro".to_owned()))
}

/// A store that answers after a moment, and keeps when it was asked for what.
#[derive(Debug, Clone)]
struct Dated {
    store: Embedded,
    asked: Arc<Mutex<Vec<(Duration, String)>>>,
}

impl HttpClient for Dated {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Dated {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let own = self.clone();
        HttpConnectorFuture::new(async move {
            let asked = (simulated::now(), operation_of(&request).to_owned());
            own.asked.lock().unwrap_or_else(PoisonError::into_inner).push(asked);
            simulated::sleep(CALL).await;
            own.store.call(request).await
        })
    }
}

impl Dated {
    fn take(&self) -> Vec<(Duration, String)> {
        std::mem::take(&mut *self.asked.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Reads {
    fn of(asked: Vec<(Duration, String)>) -> Self {
        let begun = asked.first().map(|(at, _)| *at).unwrap_or_default();
        let round = |at: Duration| usize::try_from(at.saturating_sub(begun).as_nanos() / CALL.as_nanos()).unwrap_or(usize::MAX);
        let asked: Vec<(usize, String)> = asked.into_iter().map(|(at, operation)| (round(at), operation)).collect();
        let reads = || asked.iter().filter(|(_, operation)| matches!(operation.as_str(), "GetItem" | "BatchGetItem" | "Query"));
        let mut rounds: Vec<usize> = reads().map(|(round, _)| *round).collect();
        let calls = rounds.len();
        rounds.sort_unstable();
        rounds.dedup();
        Self { round_trips: rounds.len(), calls, asked }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn workload() -> Workload {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        Workload::read(&root.join("events/http"), &root.join("infra/local/seed")).unwrap()
    }

    #[test]
    fn an_order_of_twenty_lines_that_uses_everything_is_checked_after_three_round_trips() {
        let measured = measure(&workload()).unwrap();
        let reads = &measured.reads;
        assert!(reads.round_trips <= 3, "{:#?}", reads.asked);
        // The facts really were read: the sources of every line, and who else uses what the order does.
        assert!(reads.calls > LINES, "{:#?}", reads.asked);
        // Nothing is read once something is written.
        let first_write = reads.asked.iter().position(|(_, operation)| operation.contains("Write") || operation.starts_with("Put"));
        assert!(
            reads.asked[first_write.unwrap()..].iter().all(|(_, operation)| operation.contains("Write") || operation.starts_with("Put"))
        );
    }

    #[test]
    fn what_is_run_are_all_checks_over_all_lines_and_they_pass() {
        let fetched = measure(&workload()).unwrap().fetched;
        assert_eq!(fetched.document.lines.len(), LINES);
        assert_eq!(fetched.sources.iter().map(|source| &source.sku).collect::<std::collections::BTreeSet<_>>().len(), LINES);
        assert!(!fetched.past.earlier.is_empty() || fetched.past.recent > 1, "no earlier order was seen");
        run(&fetched, 2).unwrap();
        let mut other = fetched;
        other.document.total += 1;
        assert!(run(&other, 1).is_err());
    }

    #[test]
    fn calls_at_one_moment_are_one_round_trip() {
        let at = |rounds: u32, operation: &str| (CALL * rounds, operation.to_owned());
        let asked = vec![at(7, "Query"), at(8, "GetItem"), at(8, "BatchGetItem"), at(9, "TransactWriteItems"), at(10, "GetItem")];
        let reads = Reads::of(asked);
        assert_eq!((reads.round_trips, reads.calls), (3, 4));
        assert_eq!(reads.asked[4], (3, "GetItem".to_owned()));
    }
}
