//! An embedded DynamoDB per test, and a service that answers what it is told to.
#![allow(dead_code, unreachable_pub, reason = "shared by several test binaries, each of which uses a part")]

pub mod delegate;
pub mod scripted;

use std::sync::Arc;

use oms_aws::{Clients, DynamoCaptures, DynamoOrders, Endpoint, schema};

/// The tables of one test, named as in the template.
pub async fn tables() -> Clients {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let database = dynoxide::Database::memory().unwrap();
    tokio::spawn(dynoxide::server::serve_on(listener, database));
    let clients = clients_at(url).await;
    for table in schema::TABLES {
        table.create(clients.dynamodb(), table.name).await.unwrap();
    }
    clients
}

/// Clients of whatever listens there.
pub async fn clients_at(url: String) -> Clients {
    let endpoint =
        Endpoint { url, region: "eu-central-1".to_owned(), access_key_id: "test".to_owned(), secret_access_key: "test".to_owned().into() };
    Clients::at(&endpoint).await
}

/// All ports of the orders table in one, as the shared suites want them.
pub struct Store {
    pub orders: Arc<DynamoOrders>,
    pub captures: Arc<DynamoCaptures>,
    pub clients: Clients,
}

pub async fn store() -> Arc<Store> {
    let clients = tables().await;
    let orders = clients.orders(schema::ORDERS.name);
    let captures = clients.captures(schema::ORDERS.name, schema::EPHEMERAL.name);
    Arc::new(Store { orders, captures, clients })
}
