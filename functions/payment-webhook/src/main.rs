//! Wiring.

use std::sync::Arc;

use oms_aws::Clients;
use oms_gateways::invoice::OnInvoice;
use oms_gateways::router::Gateways;
use oms_gateways::stripe::{Stripe, api_key};
use oms_ports::StepError;
use oms_runtime::config::Env;
use oms_runtime::{Fatal, SystemClock, run_batch, telemetry};
use payment_webhook::{Deps, GATEWAY_TIMEOUT, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Fatal> {
    telemetry::init();
    let mut env = Env::new();
    let (table, url, secret) = (env.text("OMS_ORDERS_TABLE"), env.text("OMS_GATEWAY_URL"), env.text("OMS_GATEWAY_SECRET_ARN"));
    let operators = env.text("OMS_OPERATOR_TOPIC_ARN");
    env.check()?;
    let clients = Clients::load().await;
    let api_key = api_key(&clients.secret(&secret).await?)?;
    // Vendors are none of its business: it knows no topic of theirs, and may publish to none.
    let (orders, topics) = (clients.orders(&table), clients.topics("", &operators));
    // An order that is paid by card now may have promised to pay on invoice before.
    let gateway = Arc::new(Gateways {
        card: Arc::new(Stripe::new(&url, api_key, GATEWAY_TIMEOUT)?),
        invoice: Arc::new(OnInvoice { invoices: orders.clone(), clock: Arc::new(SystemClock) }),
    });
    let deps = Deps { orders: orders.clone(), effects: orders, gateway, topics, clock: Arc::new(SystemClock) };
    run_batch(async |message| {
        let webhook = serde_json::from_str(&message.body).map_err(|error| StepError::Bug(format!("not a webhook message: {error}")))?;
        handle(&deps, &webhook).await
    })
    .await
}
