//! Wiring.

use std::sync::Arc;

use oms_aws::Clients;
use oms_runtime::config::Env;
use oms_runtime::{Fatal, KeptReference, SystemClock, run_batch, telemetry};
use tally::{Deps, count};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Fatal> {
    telemetry::init();
    let mut env = Env::new();
    let (orders, reference, ephemeral) = (env.text("OMS_ORDERS_TABLE"), env.text("OMS_REFERENCE_TABLE"), env.text("OMS_EPHEMERAL_TABLE"));
    let keep_for = env.seconds("OMS_REFERENCE_SECONDS");
    env.check()?;
    let clients = Clients::load().await;
    let store = clients.orders(&orders);
    let deps = Deps {
        orders: store.clone(),
        records: store,
        reference: Arc::new(KeptReference::new(clients.reference(&reference), Arc::new(SystemClock), keep_for)),
        tally: clients.tally(&reference, &ephemeral),
        clock: Arc::new(SystemClock),
    };
    run_batch(async |message| count(&deps, &message.body).await).await
}
