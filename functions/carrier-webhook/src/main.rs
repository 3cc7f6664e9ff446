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
    let (table, operators) = (env.text("OMS_ORDERS_TABLE"), env.text("OMS_OPERATOR_TOPIC_ARN"));
    env.check()?;
    let clients = Clients::load().await;
    let orders = clients.orders(&table);
    // Vendors are none of its business: it knows no topic of theirs, and may publish to none.
    let topics = clients.topics("", &operators);
    let deps = Deps { orders: orders.clone(), records: orders.clone(), packages: orders, topics, clock: Arc::new(SystemClock) };
    run_batch(async |message| handle(&deps, &message.body).await).await
}
