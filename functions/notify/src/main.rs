//! Wiring.

use std::sync::Arc;

use notify::{Deps, step, tell};
use oms_runtime::config::Env;
use oms_runtime::{EmbeddedMetrics, Fatal, KeptReference, Message, SystemClock, run_step_and_batch, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Fatal> {
    telemetry::init();
    let mut env = Env::new();
    let (orders, reference, sealing) = (env.text("OMS_ORDERS_TABLE"), env.text("OMS_REFERENCE_TABLE"), env.text("OMS_SEALING_SECRET_ARN"));
    let (vendors, operators) = (env.text("OMS_VENDOR_TOPIC_ARN"), env.text("OMS_OPERATOR_TOPIC_ARN"));
    let (sender, tasks, stage) = (env.text("OMS_MAIL_SENDER"), env.text("OMS_OPERATOR_TASKS_QUEUE_URL"), env.text("OMS_STAGE"));
    let keep_for = env.seconds("OMS_REFERENCE_SECONDS");
    env.check()?;
    let clients = oms_aws::Clients::load().await;
    let store = clients.orders(&orders);
    let deps = Deps {
        orders: store.clone(),
        records: store.clone(),
        effects: store,
        reference: Arc::new(KeptReference::new(clients.reference(&reference), Arc::new(SystemClock), keep_for)),
        sealer: clients.sealer(&sealing, &reference),
        mailer: clients.mailer(&sender),
        topics: clients.topics(&vendors, &operators),
        tasks: clients.tasks(&tasks),
        metrics: Arc::new(EmbeddedMetrics::new(stage)),
        clock: Arc::new(SystemClock),
    };
    let run = async |input| step(&deps, input).await;
    run_step_and_batch(run, async |message: Message| tell(&deps, &message.body).await).await
}
