//! Wiring.

use std::sync::Arc;

use oms_aws::Clients;
use oms_gateways::invoice::OnInvoice;
use oms_gateways::router::Gateways;
use oms_gateways::stripe::{Stripe, api_key};
use oms_runtime::config::Env;
use oms_runtime::{Fatal, SystemClock, run_event, telemetry};
use reconcile::{Deps, GATEWAY_TIMEOUT, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Fatal> {
    telemetry::init();
    let mut env = Env::new();
    let (table, ephemeral) = (env.text("OMS_ORDERS_TABLE"), env.text("OMS_EPHEMERAL_TABLE"));
    let (url, secret) = (env.text("OMS_GATEWAY_URL"), env.text("OMS_GATEWAY_SECRET_ARN"));
    let operators = env.text("OMS_OPERATOR_TOPIC_ARN");
    env.check()?;
    let clients = Clients::load().await;
    let orders = clients.orders(&table);
    let stripe = Arc::new(Stripe::new(&url, api_key(&clients.secret(&secret).await?)?, GATEWAY_TIMEOUT)?);
    let invoice = Arc::new(OnInvoice { invoices: orders.clone(), clock: Arc::new(SystemClock) });
    let deps = Deps {
        orders: orders.clone(),
        listings: orders.clone(),
        effects: orders,
        gateway: Arc::new(Gateways { card: stripe.clone(), invoice }),
        books: stripe,
        seen: clients.seen(&ephemeral),
        topics: clients.topics("", &operators),
        clock: Arc::new(SystemClock),
    };
    run_event(async |input| handle(&deps, input).await).await
}
