//! The sweeper, called more often than its schedule of one minute does, so that the test need not wait for it.

use std::time::Duration;

use tokio::task::JoinHandle;

use oms_tests::shop::Shop;

const PAUSE: Duration = Duration::from_secs(3);

/// Calls the sweeper for as long as the handle is not aborted. A call that fails is of no matter: the next one follows.
pub(crate) fn start(shop: &Shop) -> JoinHandle<()> {
    let function = &shop.stack.functions["sweep"];
    let url = format!("{}/2015-03-31/functions/{function}/invocations", shop.stack.emulator_url);
    let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_mins(1)).build().unwrap();
    tokio::spawn(async move {
        loop {
            let _ = http.post(&url).body(r#"{"tick":{}}"#).send().await;
            tokio::time::sleep(PAUSE).await;
        }
    })
}
