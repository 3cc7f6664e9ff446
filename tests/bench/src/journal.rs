//! Every call of the store one by one: which function made it, of what kind of item, and what it consumed. `oms-embedded --calls` prints the
//! table that says where an order's units go.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

use crate::store::Embedded;

tokio::task_local! {
    /// The function that runs.
    static FUNCTION: &'static str;
}

/// Runs a function under its name.
pub(crate) async fn named<T>(function: &'static str, run: impl Future<Output = T>) -> T {
    FUNCTION.scope(function, run).await
}

/// What calls have in common that are counted together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kind {
    /// Which function made it.
    pub function: &'static str,
    /// Of the store: `PutItem`.
    pub operation: String,
    /// What it was about: kinds of items, by the beginnings of their keys, or an index.
    pub about: String,
}

/// What calls of a kind came to.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Sum {
    /// How many.
    pub calls: u32,
    /// Units of the table.
    pub table: f64,
    /// Units of its indexes.
    pub indexes: f64,
}

/// A store whose calls are written down.
#[derive(Debug, Clone)]
pub struct Journal {
    store: Embedded,
    sums: Arc<Mutex<BTreeMap<Kind, Sum>>>,
}

impl Journal {
    /// Of the calls of this store.
    pub fn of(store: Embedded) -> Self {
        Self { store, sums: Arc::default() }
    }

    /// What was written down since it was last taken.
    pub fn take(&self) -> BTreeMap<Kind, Sum> {
        std::mem::take(&mut *self.sums.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn perform(&self, request: &HttpRequest) -> (u16, Vec<u8>) {
        let operation = crate::store::operation_of(request);
        let body = request.body().bytes().unwrap_or_default();
        let Ok(mut asked) = serde_json::from_slice::<Value>(body) else {
            return self.store.perform(operation, body);
        };
        asked["ReturnConsumedCapacity"] = json!("INDEXES");
        let (status, answer) = self.store.perform(operation, asked.to_string().as_bytes());
        let function = FUNCTION.try_with(|function| *function).unwrap_or("");
        let about = if status == 200 { about(&asked) } else { format!("{} (failed)", about(&asked)) };
        let kind = Kind { function, operation: operation.to_owned(), about };
        let told: Value = serde_json::from_slice(&answer).unwrap_or_default();
        let (table, indexes) = units(&told["ConsumedCapacity"]);
        let mut sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        let sum = sums.entry(kind).or_default();
        sum.calls += 1;
        sum.table += table;
        sum.indexes += indexes;
        (status, answer)
    }
}

impl HttpClient for Journal {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Journal {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (status, body) = self.perform(&request);
        let answer = StatusCode::try_from(status).map(|status| HttpResponse::new(status, SdkBody::from(body)));
        HttpConnectorFuture::ready(answer.map_err(|error| ConnectorError::other(error.into(), None)))
    }
}

/// Units of tables and of indexes, of one answer.
fn units(consumed: &Value) -> (f64, f64) {
    let number = |value: &Value| value["CapacityUnits"].as_f64().unwrap_or(0.0);
    let of_one = |one: &Value| {
        let indexes: f64 = one["GlobalSecondaryIndexes"].as_object().into_iter().flat_map(|all| all.values()).map(number).sum();
        (number(one) - indexes, indexes)
    };
    let all = consumed.as_array().map_or_else(|| std::slice::from_ref(consumed), Vec::as_slice);
    all.iter().map(of_one).fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
}

/// What a request is about.
fn about(asked: &Value) -> String {
    if let Some(parts) = asked["TransactItems"].as_array() {
        return listed(parts.iter().flat_map(|part| part.as_object().into_iter().flat_map(|verb| verb.values())).map(one));
    }
    if let Some(tables) = asked["RequestItems"].as_object() {
        let keys = tables.values().flat_map(|table| table["Keys"].as_array().into_iter().flatten());
        return listed(keys.map(kind_of));
    }
    if let Some(index) = asked["IndexName"].as_str() {
        return index.to_owned();
    }
    if asked.get("KeyConditionExpression").is_some() {
        let values = asked["ExpressionAttributeValues"].as_object().into_iter().flat_map(|all| all.values());
        return values.filter_map(|value| value["S"].as_str()).map(family).collect::<Vec<_>>().join(" ");
    }
    one(asked)
}

fn one(asked: &Value) -> String {
    kind_of(asked.get("Item").or_else(|| asked.get("Key")).unwrap_or(&Value::Null))
}

/// The kind of an item, by its key: `O#… A`, and the same for each order.
fn kind_of(item: &Value) -> String {
    let part = |name: &str| item[name]["S"].as_str().map(family).unwrap_or_default();
    format!("{} {}", part("pk"), part("sk"))
}

/// The letters that a key begins with.
fn family(key: &str) -> String {
    key.split_once('#').map_or_else(|| key.to_owned(), |(word, _)| format!("{word}#"))
}

/// Kinds, each with how often it comes.
fn listed(kinds: impl Iterator<Item = String>) -> String {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for kind in kinds {
        *counts.entry(kind).or_default() += 1;
    }
    counts.keys().cloned().collect::<Vec<_>>().join(", ")
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "| {} | {} | {} |", self.function, self.operation, self.about)
    }
}
