//! What all carriers' interfaces have in common: one HTTP client with short time-outs, answers read whole, statuses sorted by what follows.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, StatusCode, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use oms_ports::{Party, PortError};

use crate::{Access, SetupError};

/// Carriers answer within a few seconds, or not at all.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const TIMEOUT: Duration = Duration::from_secs(10);

/// Largest answer read, in bytes: a label in base64 with room to spare.
const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// A token is renewed so long before its end.
const EARLY: Duration = Duration::from_mins(1);

/// A carrier's interface at one address.
pub(crate) struct Api {
    base: Url,
    access: Access,
    token: Mutex<Option<(Instant, SecretString)>>,
}

/// An answer, read whole.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
}

/// A token of OAuth's client credentials. Some carriers write numbers as text.
#[derive(Deserialize)]
struct Token {
    access_token: String,
    expires_in: Value,
}

/// The HTTP client for all carriers. Connects to nothing yet.
///
/// # Errors
/// [`SetupError::Client`] where the system's certificates cannot be read.
pub fn client() -> Result<Client, SetupError> {
    Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(TIMEOUT)
        // A redirect would carry our key to wherever it points.
        .redirect(Policy::none())
        .build()
        .map_err(SetupError::Client)
}

impl Api {
    /// Connects to nothing yet.
    pub(crate) fn new(access: Access) -> Result<Self, SetupError> {
        let address = format!("{}/", access.base_url.trim_end_matches('/'));
        let base = Url::parse(&address).ok().filter(|url| matches!(url.scheme(), "http" | "https")).ok_or(SetupError::Address)?;
        Ok(Self { base, access, token: Mutex::default() })
    }

    /// Who we are there.
    pub(crate) fn access(&self) -> &Access {
        &self.access
    }

    /// A request to a path given in segments: what stands in one never reaches into the next.
    pub(crate) fn at(&self, method: Method, path: &[&str], query: &[(&str, &str)]) -> RequestBuilder {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        self.access.http.request(method, url).header("Accept", "application/json")
    }

    /// A JSON answer in one of three ways: what was asked for, a definite no, or no idea.
    pub(crate) async fn json<T: DeserializeOwned>(&self, request: RequestBuilder, code: CodeOf) -> Result<T, PortError> {
        parsed(&accepted(self.send(request).await?, code)?.body)
    }

    /// The same; `None` for 404.
    pub(crate) async fn json_unless_missing<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
        code: CodeOf,
    ) -> Result<Option<T>, PortError> {
        let answer = self.send(request).await?;
        if answer.status == StatusCode::NOT_FOUND { Ok(None) } else { parsed(&accepted(answer, code)?.body).map(Some) }
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> Result<Answer, PortError> {
        let mut answer = request.send().await.map_err(unanswered)?;
        let status = answer.status();
        let content_type = answer.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(unanswered)? {
            if body.len() + chunk.len() > MAX_ANSWER {
                return Err(PortError::corrupt(Party::Carrier, "the answer is too large"));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, content_type, body })
    }

    /// The token in force, or a new one by this request.
    pub(crate) async fn bearer(&self, ask: impl FnOnce(&Self) -> RequestBuilder) -> Result<SecretString, PortError> {
        if let Some((until, token)) = self.cached()
            && until > Instant::now()
        {
            return Ok(token);
        }
        let Token { access_token, expires_in } = self.json(ask(self), no_code).await?;
        let seconds = expires_in.as_u64().or_else(|| expires_in.as_str()?.parse().ok()).unwrap_or(0);
        let until = Instant::now() + Duration::from_secs(seconds).saturating_sub(EARLY);
        let token = SecretString::from(access_token);
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = Some((until, token.clone()));
        Ok(token)
    }

    fn cached(&self) -> Option<(Instant, SecretString)> {
        self.token.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Forgets the token: the carrier no longer takes it.
    pub(crate) fn forget_token(&self) {
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Where a carrier writes the code of an error.
pub(crate) type CodeOf = fn(&Value) -> Option<&str>;

/// For answers whose errors have none.
pub(crate) fn no_code(_: &Value) -> Option<&str> {
    None
}

/// A good answer; anything else as what follows from it. The carrier's words stay out: they may repeat an address.
pub(crate) fn accepted(answer: Answer, code: CodeOf) -> Result<Answer, PortError> {
    let status = answer.status;
    if status.is_success() {
        return Ok(answer);
    }
    let told: Option<Value> = serde_json::from_slice(&answer.body).ok();
    let code = told.as_ref().and_then(code).filter(|code| is_code(code));
    match status {
        StatusCode::TOO_MANY_REQUESTS => Err(PortError::Throttled(Party::Carrier)),
        // A time-out on their side, or two requests at once: either may have made the label.
        StatusCode::REQUEST_TIMEOUT | StatusCode::CONFLICT => Err(PortError::unavailable(Party::Carrier, status)),
        _ if status.is_server_error() => Err(PortError::unavailable(Party::Carrier, status)),
        _ if status.is_client_error() => {
            Err(PortError::refused(Party::Carrier, code.map_or_else(|| status.as_str().to_owned(), str::to_owned)))
        }
        _ => Err(PortError::corrupt(Party::Carrier, status)),
    }
}

/// A code, not a sentence: no names in it.
fn is_code(text: &str) -> bool {
    !text.is_empty() && text.len() <= 80 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-:".contains(&byte))
}

pub(crate) fn parsed<T: DeserializeOwned>(body: &[u8]) -> Result<T, PortError> {
    serde_json::from_slice(body).map_err(|error| {
        PortError::corrupt(Party::Carrier, format!("{:?} error at line {}, column {}", error.classify(), error.line(), error.column()))
    })
}

/// The address may hold the number of somebody's parcel, so it stays out of the cause.
fn unanswered(error: reqwest::Error) -> PortError {
    PortError::unavailable(Party::Carrier, error.without_url())
}

/// Bytes of base64, as carriers send documents.
pub(crate) fn decoded(base64: &str) -> Result<Vec<u8>, PortError> {
    use base64::Engine as _;
    let plain: String = base64.split_ascii_whitespace().collect();
    base64::engine::general_purpose::STANDARD.decode(plain).map_err(|_| PortError::corrupt(Party::Carrier, "a label that is no base64"))
}

impl Access {
    /// Our key or client secret, for the header that carries it.
    pub(crate) fn secret(&self) -> &str {
        self.api_key.expose_secret()
    }
}
