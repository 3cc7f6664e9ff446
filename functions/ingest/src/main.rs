//! Wiring.

use std::sync::Arc;

use ingest::secrets::{Secrets, webhook_secret};
use ingest::{Deps, handle};
use oms_aws::Clients;
use oms_runtime::config::Env;
use oms_runtime::{Fatal, SystemClock, run_http, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Fatal> {
    telemetry::init();
    let mut env = Env::new();
    let (payments, carriers) = (env.text("OMS_PAYMENT_WEBHOOK_QUEUE_URL"), env.text("OMS_CARRIER_WEBHOOK_QUEUE_URL"));
    let (gateway, carrier) = (env.text("OMS_GATEWAY_SECRET_ARN"), env.text("OMS_CARRIER_SECRET_ARN"));
    env.check()?;
    let clients = Clients::load().await;
    let (gateway, carrier) = tokio::try_join!(clients.secret(&gateway), clients.secret(&carrier))?;
    let secrets = Secrets { payments: webhook_secret(&gateway)?, carriers: webhook_secret(&carrier)? };
    let deps = Deps { queue: clients.queue(&payments, &carriers), secrets, clock: Arc::new(SystemClock) };
    run_http(async |request| handle(&deps, &request).await).await
}
