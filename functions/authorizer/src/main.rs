//! Wiring.

use std::sync::Arc;

use authorizer::keys::HttpKeys;
use authorizer::{Deps, handle};
use oms_runtime::config::Env;
use oms_runtime::{Fatal, SystemClock, run_event, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Fatal> {
    telemetry::init();
    let mut env = Env::new();
    let (url, issuer, audience) = (env.text("OMS_JWKS_URL"), env.text("OMS_ISSUER"), env.text("OMS_AUDIENCE"));
    env.check()?;
    let deps = Deps { keys: Arc::new(HttpKeys::new(url)?), issuer, audience, clock: Arc::new(SystemClock) };
    run_event(async |request| handle(&deps, request).await).await
}
