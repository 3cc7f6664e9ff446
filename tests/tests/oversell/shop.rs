//! What all have in common: the ledger, the clock, who has an order open, and what has been counted so far.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::RwLock;

use oms_aws::DynamoInventory;
use oms_contract::reference::StockRow;
use oms_domain::{OrderId, Sku};
use oms_fakes::{FixedClock, NOON, sku, vendor, warehouse};
use oms_ports::PortError;
use oms_ports::stock::Inventory as _;

use crate::history::History;

/// Products, and in how many shards each is counted at first.
pub(crate) const HOT: [(&str, u16); 5] = [("HOT-1", 1), ("HOT-2", 2), ("HOT-3", 4), ("HOT-4", 8), ("HOT-5", 3)];
/// Units at each of the two vendors.
pub(crate) const AT_EACH: u32 = 25;
/// How long a hold lasts, on the test's clock.
pub(crate) const HOLD: SignedDuration = SignedDuration::from_mins(5);

/// How often what happened.
#[derive(Debug, Default)]
pub(crate) struct Tally(Mutex<BTreeMap<&'static str, usize>>);

impl Tally {
    pub(crate) fn count(&self, what: &'static str) {
        *self.0.lock().unwrap().entry(what).or_default() += 1;
    }

    pub(crate) fn of(&self, what: &'static str) -> usize {
        self.0.lock().unwrap().get(what).copied().unwrap_or_default()
    }

    pub(crate) fn told(&self) -> String {
        self.0.lock().unwrap().iter().map(|(what, times)| format!("{times} {what}")).collect::<Vec<_>>().join(", ")
    }
}

pub(crate) struct Shop {
    pub(crate) ledger: Arc<DynamoInventory>,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) history: History,
    pub(crate) tally: Tally,
    pub(crate) closing: AtomicBool,
    /// Orders that may have goods. Who takes a sample lets nobody open one meanwhile.
    pub(crate) open: RwLock<Mutex<BTreeSet<OrderId>>>,
    /// Units that have left the books for orders that are closed, and that came in.
    gone: Mutex<BTreeMap<Sku, i64>>,
    came: Mutex<BTreeMap<Sku, i64>>,
    next: AtomicUsize,
}

impl Shop {
    pub(crate) async fn open(ledger: &Arc<DynamoInventory>) -> Self {
        let mut stock = Vec::new();
        for (name, shards) in HOT {
            let row = |vendor_id: &str| StockRow {
                sku: sku(name),
                vendor_id: vendor(vendor_id),
                warehouse_id: warehouse("w1"),
                available: AT_EACH,
            };
            assert_eq!(ledger.stock(&sku(name), &[row("ven-1"), row("ven-2")]).await.unwrap(), 2);
            ledger.reshard(&sku(name), shards).await.unwrap();
            stock.push((sku(name), i64::from(2 * AT_EACH)));
        }
        Self {
            ledger: Arc::clone(ledger),
            clock: Arc::new(FixedClock::at(NOON)),
            history: History::of(&stock),
            tally: Tally::default(),
            closing: AtomicBool::default(),
            open: RwLock::default(),
            gone: Mutex::default(),
            came: Mutex::new(stock.into_iter().collect()),
            next: AtomicUsize::default(),
        }
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    /// A number that nobody else has.
    pub(crate) fn number(&self) -> usize {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// The order has nothing any more but these, which have left the books.
    pub(crate) async fn close(&self, order: OrderId, gone: &BTreeMap<Sku, i64>) {
        let open = self.open.read().await;
        let mut sum = self.gone.lock().unwrap();
        for (sku, quantity) in gone {
            *sum.entry(sku.clone()).or_default() += quantity;
        }
        open.lock().unwrap().remove(&order);
    }

    /// Goods have come in.
    pub(crate) fn came(&self, sku: &Sku, quantity: i64) {
        *self.came.lock().unwrap().entry(sku.clone()).or_default() += quantity;
    }

    /// Of all that ever was there, what has not left for a closed order.
    pub(crate) fn there(&self, sku: &Sku) -> i64 {
        self.came.lock().unwrap()[sku] - self.gone.lock().unwrap().get(sku).copied().unwrap_or_default()
    }

    /// One moment of one product, and all that must be true of it whatever is under way. `open` is who may have some of it.
    pub(crate) async fn sample(&self, sku: &Sku, open: &[OrderId]) {
        let moment = loop {
            match self.ledger.moment(sku, open).await {
                Err(PortError::Conflict | PortError::Throttled(_) | PortError::Unavailable { .. }) => {}
                moment => break moment.unwrap(),
            }
        };
        self.tally.count("samples");
        assert_eq!(moment.books.fault(), None, "{sku}");
        assert!(moment.pool.iter().all(|(free, taken)| *free >= 0 && *taken >= 0), "{sku}: {moment:?}");
        let sum = |number: fn(&oms_aws::Share) -> i64| moment.orders.values().map(number).sum::<i64>();
        let (held, allocated, gone) = (sum(|share| share.held), sum(|share| share.allocated), sum(|share| share.gone));
        assert_eq!(held, moment.books.taken, "{sku}: what orders hold is what the pool says is taken: {moment:?}");
        assert_eq!(allocated, moment.books.allocated(), "{sku}: what is set aside for orders is what the rows say: {moment:?}");
        assert_eq!(held + moment.books.free, self.there(sku) - gone, "{sku}: held and free is what is there: {moment:?}");
    }

    /// Asks until there is an answer: others may be in the way for a while.
    pub(crate) async fn insist<T>(&self, mut call: impl AsyncFnMut() -> Result<T, PortError>) -> T {
        loop {
            match call().await {
                Err(PortError::Conflict) => self.tally.count("conflicts that lasted"),
                Err(PortError::Throttled(_) | PortError::Unavailable { .. }) => self.tally.count("calls without an answer"),
                answer => return answer.unwrap(),
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// Where so many of each could come from, as far as anybody knows.
pub(crate) async fn plan(
    ledger: &DynamoInventory,
    demand: &BTreeMap<Sku, u32>,
) -> Result<Vec<oms_contract::record::Allocation>, PortError> {
    let skus: Vec<Sku> = demand.keys().cloned().collect();
    let sources = ledger.sources(&skus).await?.rows;
    let mut plan = Vec::new();
    for (sku, quantity) in demand {
        let mut open = *quantity;
        for source in sources.iter().filter(|source| source.sku == *sku) {
            let quantity = open.min(source.available);
            if quantity > 0 {
                let (vendor_id, warehouse_id) = (source.vendor_id.clone(), source.warehouse_id.clone());
                plan.push(oms_contract::record::Allocation { sku: sku.clone(), quantity, vendor_id, warehouse_id });
                open -= quantity;
            }
        }
        if open > 0 {
            return Err(PortError::Conflict);
        }
    }
    Ok(plan)
}
