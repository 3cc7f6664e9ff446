//! The issuer's published keys (RFC 7517), fetched over HTTP and kept for a while.

use std::sync::{Mutex, MutexGuard, PoisonError};
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
/// How long they are used where the issuer does not answer: it changes keys with more notice.
const KEEP_AT_MOST: Duration = Duration::from_hours(1);
/// Longest wait for one answer of the issuer. Two fit into what the API waits for us.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often an unknown key id may make us ask: forged tokens must not turn us against the issuer.
const ASK_AT_MOST_EVERY: Duration = Duration::from_mins(1);

/// Keys behind a URL.
pub struct HttpKeys {
    url: String,
    client: reqwest::Client,
    kept: Mutex<Option<Kept>>,
}

#[derive(Clone)]
struct Kept {
    keys: JwkSet,
    /// When the issuer gave them.
    given: Instant,
    /// When it was asked last, though it may not have answered.
    asked: Instant,
}

impl HttpKeys {
    /// Keys behind `url`, fetched at first use.
    ///
    /// # Errors
    /// Where no HTTP client can be made.
    pub fn new(url: String) -> Result<Self, PortError> {
        let client = reqwest::Client::builder().timeout(PATIENCE).build();
        Ok(Self { url, client: client.map_err(|error| unavailable(&error))?, kept: Mutex::new(None) })
    }

    fn kept(&self) -> MutexGuard<'_, Option<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn fetch(&self) -> Result<JwkSet, reqwest::Error> {
        self.client.get(&self.url).send().await?.error_for_status()?.json().await
    }

    /// Keys that may be used though the issuer has just not answered.
    fn old(&self, now: Instant) -> Option<JwkSet> {
        let mut kept = self.kept();
        let old = kept.as_mut().filter(|kept| now.duration_since(kept.given) < KEEP_AT_MOST)?;
        old.asked = now;
        Some(old.keys.clone())
    }

    async fn keys_at(&self, now: Instant, fresh: bool) -> Result<JwkSet, PortError> {
        if let Some(kept) = self.kept().as_ref().filter(|kept| kept.will_do(fresh, now)) {
            return Ok(kept.keys.clone());
        }
        // A customer waits, and one lost answer should not turn them away.
        let fetched = match self.fetch().await {
            Ok(keys) => Ok(keys),
            Err(_) => self.fetch().await,
        };
        match fetched {
            Ok(keys) => {
                *self.kept() = Some(Kept { keys: keys.clone(), given: now, asked: now });
                Ok(keys)
            }
            // Where a new key is looked for, old ones are no answer.
            Err(error) => self.old(now).filter(|_| !fresh).ok_or_else(|| unavailable(&error)),
        }
    }
}

impl Kept {
    /// Whether the issuer need not be asked.
    fn will_do(&self, fresh: bool, now: Instant) -> bool {
        now.duration_since(self.asked) < ASK_AT_MOST_EVERY || !fresh && now.duration_since(self.given) < KEEP
    }
}

fn unavailable(error: &reqwest::Error) -> PortError {
    PortError::unavailable(Party::Secrets, format!("the issuer's keys: {error}"))
}

#[async_trait]
impl KeySource for HttpKeys {
    async fn keys(&self, fresh: bool) -> Result<JwkSet, PortError> {
        self.keys_at(Instant::now(), fresh).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oms_fakes::wire::{Reply, Server};

    /// An issuer that answers some requests, by their number from 1.
    fn issuer(answers: impl Fn(usize) -> bool + Send + 'static) -> (Server, HttpKeys) {
        let mut nth = 0;
        let server = Server::answering(move |asked| {
            nth += 1;
            match (asked.method.as_str(), answers(nth)) {
                ("GET", true) => Reply::bytes(200, r#"{"keys":[]}"#, "text/plain"),
                ("GET", false) => Reply::status(503),
                _ => Reply::unknown(),
            }
        });
        let keys = HttpKeys::new(server.uri()).unwrap();
        (server, keys)
    }

    #[tokio::test]
    async fn one_lost_answer_is_made_good_and_what_came_is_kept() {
        let (server, keys) = issuer(|nth| nth > 1);
        for fresh in [false, false, true] {
            assert!(keys.keys(fresh).await.is_ok());
        }
        assert_eq!(server.asked().len(), 2);
    }

    #[tokio::test]
    async fn an_issuer_that_never_answers_leaves_nothing_to_go_by() {
        let (server, keys) = issuer(|nth| nth > 2);
        assert!(keys.keys(false).await.is_err());
        assert_eq!(server.asked().len(), 2);
    }

    #[tokio::test]
    async fn old_keys_will_do_while_the_issuer_does_not_answer() {
        let (server, keys) = issuer(|nth| nth == 1);
        let start = Instant::now();
        keys.keys_at(start, false).await.unwrap();
        for (minutes, fresh, good, requests) in [
            (9, false, true, 1),
            (11, false, true, 3),
            // It did not answer a moment ago: it is not asked by every request.
            (11, false, true, 3),
            (13, true, false, 5),
            (59, false, true, 7),
            (61, false, false, 9),
        ] {
            let answer = keys.keys_at(start + Duration::from_mins(minutes), fresh).await;
            assert_eq!((answer.is_ok(), server.asked().len()), (good, requests), "after {minutes} minutes, fresh {fresh}");
        }
    }
}
