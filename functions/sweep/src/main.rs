//! Wiring.

use std::sync::Arc;

use oms_runtime::config::Env;
use oms_runtime::{Fatal, SystemClock, run_event, telemetry};
use sweep::{Deps, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Fatal> {
    telemetry::init();
    let mut env = Env::new();
    let (orders, inventory, machine) = (env.text("OMS_ORDERS_TABLE"), env.text("OMS_INVENTORY_TABLE"), env.text("OMS_MACHINE_ARN"));
    let (reference, cancellation) = (env.text("OMS_REFERENCE_TABLE"), env.text("OMS_CANCELLATION_MACHINE_ARN"));
    let (operators, tasks) = (env.text("OMS_OPERATOR_TOPIC_ARN"), env.text("OMS_OPERATOR_TASKS_QUEUE_URL"));
    env.check()?;
    let clients = oms_aws::Clients::load().await;
    let (store, stock) = (clients.orders(&orders), clients.inventory(&inventory));
    let deps = Deps {
        orders: store.clone(),
        wakes: store.clone(),
        effects: store,
        reference: clients.reference(&reference),
        inventory: stock.clone(),
        upkeep: stock,
        machine: clients.machine(&machine),
        cancellation: clients.machine(&cancellation),
        tasks: clients.tasks(&tasks),
        // Vendors are none of its business: it knows no topic of theirs, and may publish to none.
        topics: clients.topics("", &operators),
        clock: Arc::new(SystemClock),
    };
    run_event(async |input| handle(&deps, input).await).await
}
