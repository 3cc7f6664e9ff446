//! Wiring.

use std::sync::Arc;

use carrier_webhook::{Deps, handle};
use oms_aws::Clients;
use oms_runtime::config::Env;
use oms_runtime::{Fatal, SystemClock, run_batch, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Fatal> {
    telemetry::init();
    let mut env = Env::new();
    let table = env.text("OMS_ORDERS_TABLE");
    let (vendors, operators) = (env.text("OMS_VENDOR_TOPIC_ARN"), env.text("OMS_OPERATOR_TOPIC_ARN"));
    env.check()?;
    let clients = Clients::load().await;
    let orders = clients.orders(&table);
    let deps = Deps {
        orders: orders.clone(),
        records: orders.clone(),
        packages: orders,
        topics: clients.topics(&vendors, &operators),
        clock: Arc::new(SystemClock),
    };
    run_batch(async |message| handle(&deps, &message.body).await).await
}
