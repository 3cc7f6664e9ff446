//! Wiring.

use std::sync::Arc;

use capture::{Deps, handle};
use oms_runtime::config::Env;
use oms_runtime::{Fatal, SystemClock, SystemEntropy, run_http, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Fatal> {
    telemetry::init();
    let mut env = Env::new();
    let (orders, ephemeral) = (env.text("OMS_ORDERS_TABLE"), env.text("OMS_EPHEMERAL_TABLE"));
    let (reference, sealing) = (env.text("OMS_REFERENCE_TABLE"), env.text("OMS_SEALING_SECRET_ARN"));
    env.check()?;
    let clients = oms_aws::Clients::load().await;
    let store = clients.orders(&orders);
    let deps = Deps {
        orders: clients.captures(&orders, &ephemeral),
        drafts: store.clone(),
        records: store,
        sealer: clients.sealer(&sealing, &reference),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy::default()),
    };
    run_http(async |request| handle(&deps, request).await).await
}
