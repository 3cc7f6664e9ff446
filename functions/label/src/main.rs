//! Wiring.

use std::sync::Arc;

use label::{Deps, handle};
use oms_aws::Clients;
use oms_carriers::accounts;
use oms_runtime::config::Env;
use oms_runtime::{Fatal, SystemClock, run_http, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Fatal> {
    telemetry::init();
    let mut env = Env::new();
    let (orders, reference, ephemeral) = (env.text("OMS_ORDERS_TABLE"), env.text("OMS_REFERENCE_TABLE"), env.text("OMS_EPHEMERAL_TABLE"));
    let (sealing, secret, urls) = (env.text("OMS_SEALING_SECRET_ARN"), env.text("OMS_CARRIER_SECRET_ARN"), env.text("OMS_CARRIER_URLS"));
    env.check()?;
    let clients = Clients::load().await;
    let setup = |error: oms_carriers::SetupError| Fatal::Setup(error.to_string());
    let http = oms_carriers::client().map_err(setup)?;
    let accounts = accounts::of(&clients.secret(&secret).await?, &urls, &http)?;
    let carriers = accounts::labels(&accounts).map_err(setup)?;
    let store = clients.orders(&orders);
    let deps = Deps {
        orders: store.clone(),
        records: store.clone(),
        effects: store,
        reference: clients.reference(&reference),
        sealer: clients.sealer(&sealing, &reference),
        papers: clients.papers(&ephemeral),
        carriers,
        clock: Arc::new(SystemClock),
    };
    run_http(async |request| handle(&deps, request).await).await
}
