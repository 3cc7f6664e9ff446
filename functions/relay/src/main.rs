//! Wiring.

use oms_runtime::config::Env;
use oms_runtime::{Fatal, HeadImage, run_stream, telemetry};
use relay::{Deps, Written, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Fatal> {
    telemetry::init();
    let mut env = Env::new();
    let (bus, machine, cancellation) = (env.text("OMS_BUS_NAME"), env.text("OMS_MACHINE_ARN"), env.text("OMS_CANCELLATION_MACHINE_ARN"));
    env.check()?;
    let clients = oms_aws::Clients::load().await;
    let deps = Deps { bus: clients.bus(&bus), machine: clients.machine(&machine), cancellation: clients.machine(&cancellation) };
    run_stream(async |heads: Vec<HeadImage>| {
        let batch: Vec<Written> =
            heads.into_iter().map(|head| Written { order: head.order, entries: head.entries, via: head.via }).collect();
        handle(&deps, &batch).await
    })
    .await
}
