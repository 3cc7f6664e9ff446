//! Wiring.

use std::sync::Arc;

use oms_runtime::config::Env;
use oms_runtime::{Fatal, KeptReference, SystemClock, run_step, telemetry};
use validate::{Deps, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Fatal> {
    telemetry::init();
    let mut env = Env::new();
    let (orders, inventory) = (env.text("OMS_ORDERS_TABLE"), env.text("OMS_INVENTORY_TABLE"));
    let (reference, sealing) = (env.text("OMS_REFERENCE_TABLE"), env.text("OMS_SEALING_SECRET_ARN"));
    let keep_for = env.seconds("OMS_REFERENCE_SECONDS");
    env.check()?;
    let clients = oms_aws::Clients::load().await;
    let store = clients.orders(&orders);
    let deps = Deps {
        orders: store.clone(),
        records: store.clone(),
        listings: store.clone(),
        inventory: clients.inventory(&inventory),
        reference: Arc::new(KeptReference::new(clients.reference(&reference), Arc::new(SystemClock), keep_for)),
        sealer: clients.sealer(&sealing, &reference),
        counted: validate::load::Counted::default(),
        clock: Arc::new(SystemClock),
    };
    run_step(async |input| handle(&deps, input).await).await
}
