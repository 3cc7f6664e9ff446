//! Nothing is sold that is not there, and nobody is sent away while it is: 64 buyers of five products over the real adapter, in 1 to 8 shards,
//! with cancellations, losses, calls that are cut off, buyers that vanish, holds that run out on a clock that the test moves, the real
//! sweeper, goods that come in, and shards that are made more and fewer while all this goes on.
//!
//! `docs/testing.md` says what is shown. `OMS_OVERSELL_SECONDS` makes it longer; `make oversell` does.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops at what it does not expect, its helpers too")]

mod buyer;
mod history;
mod play;
mod shop;

use std::time::Duration;

use oms_aws::{Clients, Endpoint, schema};

/// How long buyers go on opening orders, unless it is said otherwise.
const SECONDS: u64 = 20;

fn duration() -> Duration {
    #[allow(clippy::disallowed_methods, reason = "a test's configuration is its environment")]
    let seconds = std::env::var("OMS_OVERSELL_SECONDS").ok();
    Duration::from_secs(seconds.map_or(SECONDS, |text| text.parse().expect("OMS_OVERSELL_SECONDS is no number of seconds")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_oversold_on_dynamodb_embedded() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(dynoxide::server::serve_on(listener, dynoxide::Database::memory().unwrap()));
    let (region, access_key_id) = ("eu-central-1".to_owned(), "test".to_owned());
    let clients = Clients::at(&Endpoint { url, region, access_key_id, secret_access_key: "test".to_owned().into() }).await;
    schema::INVENTORY.create(clients.dynamodb(), schema::INVENTORY.name).await.unwrap();
    play::play(&clients.inventory(schema::INVENTORY.name), duration()).await;
}

/// On a table of its own, so that the stack's sweeper, whose clock is another one, keeps away from it.
#[cfg(feature = "stack")]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_oversold_on_the_emulator() {
    #[allow(clippy::disallowed_methods, reason = "a test's configuration is its environment")]
    let path =
        std::env::var("OMS_STACK").expect("OMS_STACK must name the stack.json of a running stack; `make test` starts one and sets it");
    let stack = oms_local::Stack::load(std::path::Path::new(&path)).unwrap();
    let clients = Clients::at(&stack.endpoint()).await;
    let table = format!("oversell-{:x}", std::process::id());
    schema::INVENTORY.create(clients.dynamodb(), &table).await.unwrap();
    play::play(&clients.inventory(&table), duration()).await;
    clients.dynamodb().delete_table().table_name(&table).send().await.unwrap();
}
