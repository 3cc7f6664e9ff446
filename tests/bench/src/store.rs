//! DynamoDB embedded, behind the SDK's own transport trait: requests and answers are the bytes that would go over the wire, without a socket.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use aws_smithy_runtime_api::client::http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use dynoxide::{Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;

use oms_aws::{Clients, Endpoint, schema};
use oms_ports::PortError;

/// Header that names the operation: `DynamoDB_20120810.PutItem`.
const TARGET: &str = "x-amz-target";

/// A database as the SDK's transport.
#[derive(Clone)]
pub struct Embedded {
    database: Database,
    busy: Arc<AtomicU64>,
}

impl std::fmt::Debug for Embedded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Embedded")
    }
}

impl HttpClient for Embedded {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Embedded {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (status, body) = self.perform(operation_of(&request), request.body().bytes().unwrap_or_default());
        let answer = StatusCode::try_from(status).map(|status| HttpResponse::new(status, SdkBody::from(body)));
        HttpConnectorFuture::ready(answer.map_err(|error| ConnectorError::other(error.into(), None)))
    }
}

impl Embedded {
    /// This database.
    pub fn new(database: Database) -> Self {
        Self { database, busy: Arc::default() }
    }

    /// Time that all calls have spent in the database so far, waiting for each other included.
    pub fn busy(&self) -> Duration {
        Duration::from_nanos(self.busy.load(Ordering::Relaxed))
    }

    /// Does what is asked for; status and body of the answer.
    pub(crate) fn perform(&self, operation: &str, body: &[u8]) -> (u16, Vec<u8>) {
        // The call blocks for as long as SQLite works, some tens of microseconds: less than handing it to another thread would take.
        let started = Instant::now();
        let answer = match self.answer(operation, body) {
            Ok(body) => (200, body),
            Err(error) => (error.status_code(), error.to_json().into_bytes()),
        };
        let took = u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.busy.fetch_add(took, Ordering::Relaxed);
        answer
    }

    fn answer(&self, operation: &str, body: &[u8]) -> Result<Vec<u8>, DynoxideError> {
        let db = &self.database;
        match operation {
            "BatchGetItem" => call(body, |request| db.batch_get_item(request)),
            "CreateTable" => call(body, |request| db.create_table(request)),
            "GetItem" => call(body, |request| db.get_item(request)),
            "PutItem" => call(body, |request| db.put_item(request)),
            "Query" => call(body, |request| db.query(request)),
            "TransactWriteItems" => call(body, |request| db.transact_write_items(request)),
            "UpdateItem" => call(body, |request| db.update_item(request)),
            other => Err(DynoxideError::SerializationException(format!("the adapters do not use {other}"))),
        }
    }
}

/// The operation that a request is for, as `PutItem`; empty where it names none.
pub fn operation_of(request: &HttpRequest) -> &str {
    request.headers().get(TARGET).and_then(|target| target.rsplit('.').next()).unwrap_or_default()
}

fn call<I: DeserializeOwned, O: Serialize>(body: &[u8], run: impl FnOnce(I) -> dynoxide::Result<O>) -> dynoxide::Result<Vec<u8>> {
    let unreadable = |error: serde_json::Error| DynoxideError::SerializationException(error.to_string());
    let input = serde_json::from_slice(body).map_err(unreadable)?;
    serde_json::to_vec(&run(input)?).map_err(unreadable)
}

/// Clients of this store, with all tables made.
///
/// # Errors
/// Of the database, where a table cannot be made.
pub async fn tables_of(store: &Embedded) -> Result<Clients, PortError> {
    let clients = clients_of(store.clone()).await;
    for table in schema::TABLES {
        table.create(clients.dynamodb(), table.name).await?;
    }
    Ok(clients)
}

/// Clients of a store whose tables are made.
pub async fn clients_of(transport: impl HttpClient + 'static) -> Clients {
    let endpoint = Endpoint {
        url: "http://embedded".to_owned(),
        region: "eu-central-1".to_owned(),
        access_key_id: "embedded".to_owned(),
        secret_access_key: "embedded".to_owned().into(),
    };
    Clients::over(transport, &endpoint).await
}
