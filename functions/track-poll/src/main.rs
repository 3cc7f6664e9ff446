//! Wiring.

use std::collections::BTreeMap;
use std::sync::Arc;

use oms_aws::Clients;
use oms_carriers::{Access, dhl};
use oms_runtime::config::Env;
use oms_runtime::{Fatal, SystemClock, run_event, telemetry};
use track_poll::access::api_key;
use track_poll::{Deps, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Fatal> {
    telemetry::init();
    let mut env = Env::new();
    let (table, base_url, secret) = (env.text("OMS_ORDERS_TABLE"), env.text("OMS_CARRIER_URL"), env.text("OMS_CARRIER_SECRET_ARN"));
    env.check()?;
    let clients = Clients::load().await;
    let access = Access { base_url, api_key: api_key(&clients.secret(&secret).await?)? };
    let dhl = (dhl::CARRIER.connect)(access).map_err(|error| Fatal::Setup(error.to_string()))?;
    let orders = clients.orders(&table);
    let carriers = BTreeMap::from([(dhl::CARRIER.code, dhl)]);
    let deps = Deps { orders: orders.clone(), records: orders.clone(), packages: orders, carriers, clock: Arc::new(SystemClock) };
    run_event(async |_tick: serde_json::Value| handle(&deps).await).await
}
