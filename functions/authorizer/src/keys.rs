//! The issuer's published keys (RFC 7517), fetched over HTTP and kept for a while.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jsonwebtoken::jwk::JwkSet;

use oms_ports::{Party, PortError};

/// Gives the issuer's keys.
#[async_trait]
pub trait KeySource: Send + Sync {
    /// The keys; with `fresh`, not from a cache that is older than a minute.
    async fn keys(&self, fresh: bool) -> Result<JwkSet, PortError>;
}

/// How long keys are used without asking again.
const KEEP: Duration = Duration::from_mins(10);
/// How often an unknown key id may make us ask: forged tokens must not turn us against the issuer.
const ASK_AT_MOST_EVERY: Duration = Duration::from_mins(1);

/// Keys behind a URL.
pub struct HttpKeys {
    url: String,
    client: reqwest::Client,
    kept: Mutex<Option<(Instant, JwkSet)>>,
}

impl HttpKeys {
    /// Keys behind `url`, fetched at first use.
    ///
    /// # Errors
    /// Where no HTTP client can be made.
    pub fn new(url: String) -> Result<Self, PortError> {
        let client = reqwest::Client::builder().timeout(Duration::from_secs(3)).build();
        Ok(Self { url, client: client.map_err(|error| unavailable(&error))?, kept: Mutex::new(None) })
    }

    fn kept(&self, within: Duration) -> Option<JwkSet> {
        let kept = self.kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        kept.as_ref().filter(|(since, _)| since.elapsed() < within).map(|(_, keys)| keys.clone())
    }
}

fn unavailable(error: &reqwest::Error) -> PortError {
    PortError::unavailable(Party::Secrets, format!("the issuer's keys: {error}"))
}

#[async_trait]
impl KeySource for HttpKeys {
    async fn keys(&self, fresh: bool) -> Result<JwkSet, PortError> {
        if let Some(keys) = self.kept(if fresh { ASK_AT_MOST_EVERY } else { KEEP }) {
            return Ok(keys);
        }
        let answer = self.client.get(&self.url).send().await.and_then(reqwest::Response::error_for_status);
        let keys: JwkSet = answer.map_err(|error| unavailable(&error))?.json().await.map_err(|error| unavailable(&error))?;
        *self.kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some((Instant::now(), keys.clone()));
        Ok(keys)
    }
}
