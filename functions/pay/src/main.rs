//! Wiring.

use std::sync::Arc;

use oms_aws::Clients;
use oms_gateways::invoice::OnInvoice;
use oms_gateways::router::Gateways;
use oms_gateways::stripe::{Stripe, api_key};
use oms_runtime::config::Env;
use oms_runtime::{Fatal, SystemClock, run_step, telemetry};
use pay::{Deps, GATEWAY_TIMEOUT, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Fatal> {
    telemetry::init();
    let mut env = Env::new();
    let table = env.text("OMS_ORDERS_TABLE");
    let (url, secret) = (env.text("OMS_GATEWAY_URL"), env.text("OMS_GATEWAY_SECRET_ARN"));
    env.check()?;
    let clients = Clients::load().await;
    let orders = clients.orders(&table);
    let api_key = api_key(&clients.secret(&secret).await?)?;
    let gateways = Gateways {
        card: Arc::new(Stripe::new(&url, api_key, GATEWAY_TIMEOUT)?),
        invoice: Arc::new(OnInvoice { invoices: orders.clone(), clock: Arc::new(SystemClock) }),
    };
    let deps = Deps {
        orders: orders.clone(),
        records: orders.clone(),
        effects: orders,
        gateway: Arc::new(gateways),
        clock: Arc::new(SystemClock),
    };
    run_step(async |input| handle(&deps, input).await).await
}
