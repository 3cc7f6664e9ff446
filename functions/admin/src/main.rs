//! Wiring.

use std::sync::Arc;

use admin::{Deps, handle};
use oms_runtime::config::Env;
use oms_runtime::{Fatal, SystemClock, run_http, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Fatal> {
    telemetry::init();
    let mut env = Env::new();
    let reference = env.text("OMS_REFERENCE_TABLE");
    env.check()?;
    let deps = Deps { reference: oms_aws::Clients::load().await.reference(&reference), clock: Arc::new(SystemClock) };
    run_http(async |request| handle(&deps, request).await).await
}
