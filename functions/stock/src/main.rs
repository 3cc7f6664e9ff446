//! Wiring.

use std::sync::Arc;

use oms_runtime::config::Env;
use oms_runtime::{Fatal, SystemClock, run_http, telemetry};
use stock::{Deps, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Fatal> {
    telemetry::init();
    let mut env = Env::new();
    let (inventory, reference) = (env.text("OMS_INVENTORY_TABLE"), env.text("OMS_REFERENCE_TABLE"));
    env.check()?;
    let clients = oms_aws::Clients::load().await;
    let ledger = clients.inventory(&inventory);
    let deps =
        Deps { stockroom: ledger.clone(), inventory: ledger, reference: clients.reference(&reference), clock: Arc::new(SystemClock) };
    run_http(async |request| handle(&deps, request).await).await
}
