//! How the functions are deployed, as the emulator tells: their memory and their environment.

use std::collections::BTreeMap;

use serde::Deserialize;

use oms_local::Stack;

use crate::failure::Failure;

/// One function.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Settings {
    /// Memory in MB.
    pub(super) memory_size: f64,
    /// Its environment.
    #[serde(default)]
    pub(super) environment: Environment,
}

/// The environment of a function.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Environment {
    /// By name.
    #[serde(default)]
    pub(super) variables: BTreeMap<String, String>,
}

/// Every function by its short name.
pub(super) async fn of_all(stack: &Stack, http: &reqwest::Client) -> Result<BTreeMap<String, Settings>, Failure> {
    let mut all = BTreeMap::new();
    for (short, name) in &stack.functions {
        let url = format!("{}/2015-03-31/functions/{name}/configuration", stack.emulator_url);
        // The emulator sorts requests by the service that they are signed for; the signature itself is not looked at.
        let signed = format!("AWS4-HMAC-SHA256 Credential={}/20260101/{}/lambda/aws4_request", stack.access_key_id, stack.region);
        let answer = async { http.get(&url).header("authorization", signed).send().await?.error_for_status()?.json().await };
        let settings: Settings = answer.await.map_err(|error| Failure::NoAnswer("the emulator's Lambda service", error))?;
        all.insert(short.clone(), settings);
    }
    Ok(all)
}
