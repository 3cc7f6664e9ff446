//! Wiring.

use std::sync::Arc;

use oms_aws::Clients;
use oms_carriers::accounts;
use oms_runtime::config::Env;
use oms_runtime::{Fatal, SystemClock, run_event, telemetry};
use track_poll::{Deps, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Fatal> {
    telemetry::init();
    let mut env = Env::new();
    let (table, urls, secret) = (env.text("OMS_ORDERS_TABLE"), env.text("OMS_CARRIER_URLS"), env.text("OMS_CARRIER_SECRET_ARN"));
    env.check()?;
    let clients = Clients::load().await;
    let setup = |error: oms_carriers::SetupError| Fatal::Setup(error.to_string());
    let http = oms_carriers::client().map_err(setup)?;
    let accounts = accounts::of(&clients.secret(&secret).await?, &urls, &http)?;
    let (carriers, labels) = (accounts::tracking(&accounts).map_err(setup)?, accounts::labels(&accounts).map_err(setup)?);
    let orders = clients.orders(&table);
    let deps = Deps {
        orders: orders.clone(),
        records: orders.clone(),
        packages: orders.clone(),
        effects: orders,
        carriers,
        labels,
        clock: Arc::new(SystemClock),
    };
    run_event(async |_tick: serde_json::Value| handle(&deps).await).await
}
