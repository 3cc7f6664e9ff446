//! A hot product: how much more of it can be held and sent at once when it is counted in several shards.
//!
//! The stores that run here do one call after the other, whatever it touches, so they cannot show it. What DynamoDB does is put before one
//! of them: a transaction is under way for a while, and whoever comes with another one for an item that it writes is sent away with
//! `TransactionConflict`, as documented ("Amazon DynamoDB Transactions: How it works", transaction conflict handling). The adapter under it is
//! the deployed one, its waits included. What comes out is a figure of this model, not of AWS.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use dynoxide::Database;
use futures::future::try_join_all;
use jiff::SignedDuration;
use serde_json::{Value, json};

use oms_aws::{DynamoInventory, schema};
use oms_contract::record::Allocation;
use oms_contract::reference::StockRow;
use oms_domain::Sku;
use oms_fakes::{NOON, an_order, sku, vendor, warehouse};
use oms_ports::stock::{Allocated, Held, Inventory as _};
use oms_ports::{Party, PortError};

use crate::simulated;
use crate::store::{Embedded, clients_of, tables_of};

/// How long a transaction is under way, by the simulated clock.
const UNDER_WAY: Duration = Duration::from_millis(10);
/// How long any other call takes, and a transaction that is sent away.
const CALL: Duration = Duration::from_millis(5);
/// Buyers at once.
const BUYERS: u64 = 64;

/// A store in which transactions take their time, and collide.
#[derive(Debug, Clone)]
pub struct Contended {
    store: Embedded,
    books: Arc<Mutex<Books>>,
}

/// What is under way, and what has been.
#[derive(Debug, Default)]
struct Books {
    under_way: BTreeSet<String>,
    /// Of each item of the inventory, how many transactions wrote it.
    written: BTreeMap<String, usize>,
    collisions: usize,
}

impl HttpClient for Contended {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Contended {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let own = self.clone();
        HttpConnectorFuture::new(async move {
            let items = items_of(&request);
            if items.is_empty() {
                simulated::sleep(CALL).await;
                return own.store.call(request).await;
            }
            if let Some(answer) = own.begin(&items) {
                simulated::sleep(CALL).await;
                return Ok(answer);
            }
            simulated::sleep(UNDER_WAY).await;
            let answer = own.store.call(request).await;
            own.end(&items, answer.as_ref().is_ok_and(|answer| answer.status().is_success()));
            answer
        })
    }
}

impl Contended {
    fn new(store: Embedded) -> Self {
        Self { store, books: Arc::default() }
    }

    fn books(&self) -> std::sync::MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a transaction of these items; the answer to it where others are at one of them.
    fn begin(&self, items: &[String]) -> Option<HttpResponse> {
        let mut books = self.books();
        let codes: Vec<&str> =
            items.iter().map(|item| if books.under_way.contains(item) { "TransactionConflict" } else { "None" }).collect();
        if codes.contains(&"TransactionConflict") {
            books.collisions += 1;
            return refused(&codes);
        }
        books.under_way.extend(items.iter().cloned());
        None
    }

    fn end(&self, items: &[String], written: bool) {
        let mut books = self.books();
        for item in items {
            books.under_way.remove(item);
            if written {
                *books.written.entry(item.clone()).or_default() += 1;
            }
        }
    }
}

/// `TransactionCanceledException` with these reasons.
fn refused(codes: &[&str]) -> Option<HttpResponse> {
    let reasons: Vec<Value> = codes.iter().map(|code| json!({ "Code": code })).collect();
    let body = json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": "Transaction cancelled",
        "CancellationReasons": reasons,
    });
    Some(HttpResponse::new(StatusCode::try_from(400).ok()?, SdkBody::from(body.to_string())))
}

/// The items that a transaction writes, as text; none of any other call.
fn items_of(request: &HttpRequest) -> Vec<String> {
    let target = request.headers().get("x-amz-target").unwrap_or_default();
    let body = request.body().bytes().filter(|_| target.ends_with(".TransactWriteItems"));
    let parsed: Option<Value> = body.and_then(|body| serde_json::from_slice(body).ok());
    let parts = parsed.as_ref().and_then(|parsed| parsed["TransactItems"].as_array()).into_iter().flatten();
    let key = |part: &Value| {
        let action = part.as_object()?.values().next()?;
        let of = if action["Item"].is_object() { &action["Item"] } else { &action["Key"] };
        Some(format!("{} {}", of["pk"]["S"].as_str()?, of["sk"]["S"].as_str()?))
    };
    parts.filter_map(key).collect()
}

/// What a crowd at one product came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Crowd {
    /// Orders that got there, by the second of the simulated clock.
    pub per_second: f64,
    /// Transactions sent away because of another one, for each order.
    pub collisions: f64,
    /// Of the transactions of 1,000 orders, those that wrote the item that most of them wrote.
    pub longest_chain: f64,
}

/// How far each order goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// It is held.
    Held,
    /// It is held, set aside and sent.
    Sent,
}

/// Sixty-four buyers of one product in so many shards, one order after the other, for so long.
///
/// # Errors
/// Of the store, and where the product is sold out.
pub fn crowd(shards: u16, way: Way, during: Duration) -> Result<Crowd, PortError> {
    simulated::run(crowded(shards, way, during)).map_err(|error| PortError::unavailable(Party::Store, error))?
}

async fn crowded(shards: u16, way: Way, during: Duration) -> Result<Crowd, PortError> {
    let store = Embedded::new(Database::memory().map_err(|error| PortError::corrupt(Party::Store, error))?);
    let hot = sku("HOT");
    let quiet = tables_of(&store).await?.inventory(schema::INVENTORY.name);
    let row = StockRow { sku: hot.clone(), vendor_id: vendor("ven-1"), warehouse_id: warehouse("w1"), available: 1_000_000 };
    quiet.stock(&hot, &[row]).await?;
    quiet.reshard(&hot, shards).await?;

    let contended = Contended::new(store);
    let ledger = clients_of(contended.clone()).await.inventory(schema::INVENTORY.name);
    let started = simulated::now();
    let buyers = (0..BUYERS).map(|buyer| buy(&ledger, &hot, way, buyer, started + during));
    let orders: u64 = try_join_all(buyers).await?.into_iter().sum();
    let took = simulated::now().saturating_sub(started).as_secs_f64();
    let books = contended.books();
    let longest = books.written.iter().filter(|(item, _)| !item.starts_with("H#")).map(|(_, times)| *times).max().unwrap_or(0);
    let orders = number(usize::try_from(orders).unwrap_or(usize::MAX));
    Ok(Crowd { per_second: orders / took, collisions: number(books.collisions) / orders, longest_chain: 1000.0 * number(longest) / orders })
}

/// One order after the other until then; how many got there.
async fn buy(ledger: &DynamoInventory, hot: &Sku, way: Way, buyer: u64, until: Duration) -> Result<u64, PortError> {
    let mut orders = 0;
    while simulated::now() < until {
        // The last byte decides on the shard; real ids end at random, these one after the other.
        let id = an_order().nth(orders * BUYERS + buyer).id();
        let expires_at = NOON + SignedDuration::from_mins(30);
        // As the steps do: they read where the goods are, then they take them.
        insist(async || ledger.sources(std::slice::from_ref(hot)).await).await?;
        let held = insist(async || ledger.hold(id, &[(hot.clone(), 1)], expires_at).await).await?;
        if held != Held::Yes {
            return Err(PortError::corrupt(Party::Store, "the product of the benchmark is sold out"));
        }
        if way == Way::Sent {
            let own = [Allocation { sku: hot.clone(), quantity: 1, vendor_id: vendor("ven-1"), warehouse_id: warehouse("w1") }];
            insist(async || ledger.sources(std::slice::from_ref(hot)).await).await?;
            let allocated = insist(async || ledger.allocate(id, &own).await).await?;
            if allocated != Allocated::Yes {
                return Err(PortError::corrupt(Party::Store, "what is held could not be set aside"));
            }
            insist(async || ledger.take_off(id, 1, &own).await).await?;
        }
        orders += 1;
    }
    Ok(orders)
}

/// As the machine does, a step whose conflicts last is tried again; it waits a second or more, which is left out here.
async fn insist<T>(mut call: impl AsyncFnMut() -> Result<T, PortError>) -> Result<T, PortError> {
    loop {
        match call().await {
            Err(PortError::Conflict) => {}
            answer => return answer,
        }
    }
}

fn number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_shards_take_five_times_as_many_orders_as_one() {
        for way in [Way::Held, Way::Sent] {
            let [one, eight] = [1, 8].map(|shards| crowd(shards, way, Duration::from_secs(4)).unwrap());
            assert!(one.longest_chain >= 1000.0 && one.longest_chain > 5.0 * eight.longest_chain, "{way:?}: {one:?} {eight:?}");
            assert!(eight.per_second > 5.0 * one.per_second, "{way:?}: {one:?} {eight:?}");
        }
    }

    #[tokio::test]
    async fn two_transactions_of_one_item_collide_and_of_two_do_not() {
        let books = Contended::new(Embedded::new(Database::memory().unwrap()));
        let items = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert!(books.begin(&items(&["a", "b"])).is_none());
        assert!(books.begin(&items(&["c", "b"])).is_some());
        assert!(books.begin(&items(&["c"])).is_none());
        books.end(&items(&["a", "b"]), true);
        assert!(books.begin(&items(&["b"])).is_none());
        let books = books.books();
        assert_eq!((books.collisions, books.written.get("a")), (1, Some(&1)));
    }
}
