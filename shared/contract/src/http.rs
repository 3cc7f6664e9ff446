//! A request and an answer, free of any server.

use std::collections::BTreeMap;

use base64::Engine as _;
use serde::Serialize;
use serde::de::DeserializeOwned;

use oms_domain::{Actor, ActorKind};

use crate::problem::Problem;

/// Who calls, as the authorizer established it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// `customer`, `vendor` or `operator`; no other kind of actor holds a token.
    pub role: ActorKind,
    /// The customer's id, the vendor's id or the operator's name.
    pub subject: String,
    /// What the token is good for.
    pub scopes: Vec<String>,
}

impl Caller {
    /// The caller as an actor of the history.
    pub fn actor(&self) -> Actor {
        Actor::new(self.role, self.subject.clone())
    }
}

/// A request that has passed the authorizer, or a webhook that needs none.
#[derive(Debug, Clone)]
pub struct ApiRequest {
    /// The route as the API declares it: `POST /api/v2/orders/{order_id}/cancel`.
    pub route: String,
    /// Parameters of the path.
    pub path: BTreeMap<String, String>,
    /// Parameters of the query; of a repeated one all values, separated by commas, as the API hands them on.
    pub query: BTreeMap<String, String>,
    /// Headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body as it came.
    pub body: Vec<u8>,
    /// Who calls; `None` on routes without authorizer.
    pub caller: Option<Caller>,
}

/// Largest body taken, in bytes: an order item of DynamoDB holds at most 400 KB, with room for what we add.
pub const MAX_BODY: usize = 256 * 1024;

impl ApiRequest {
    /// The body as JSON.
    ///
    /// # Errors
    /// 413 where it is too large, 400 naming line, column and reason where it does not parse.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        if self.body.len() > MAX_BODY {
            return Err(Problem::too_large(MAX_BODY));
        }
        serde_json::from_slice(&self.body).map_err(|error| Problem::malformed(&error))
    }

    /// The body as text.
    ///
    /// # Errors
    /// 413 where it is of more than `max` bytes, 400 where it is not UTF-8.
    pub fn text(&self, max: usize) -> Result<&str, Problem> {
        if self.body.len() > max {
            return Err(Problem::too_large(max));
        }
        std::str::from_utf8(&self.body).map_err(|_| Problem::bad_parameter("body", "must be JSON lines in UTF-8"))
    }

    /// A parameter of the query that is true or false; false where it is not there.
    ///
    /// # Errors
    /// 400 where it is neither.
    pub fn flag(&self, name: &str) -> Result<bool, Problem> {
        match self.query.get(name).map(String::as_str) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(Problem::bad_parameter(format!("query {name}"), "must be true or false")),
        }
    }

    /// The caller.
    ///
    /// # Errors
    /// 401 where there is none.
    pub fn caller(&self) -> Result<&Caller, Problem> {
        self.caller.as_ref().ok_or_else(Problem::unauthorized)
    }

    /// `If-Match`: what is changed must still have the version that the caller saw.
    ///
    /// # Errors
    /// 412 naming the current version where it has another.
    pub fn expects(&self, version: u64) -> Result<(), Problem> {
        let Some(wanted) = self.header("if-match").map(str::trim) else { return Ok(()) };
        let matches = wanted == "*" || wanted.trim_start_matches("W/").trim_matches('"').parse() == Ok(version);
        if matches { Ok(()) } else { Err(Problem::precondition_failed(version)) }
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiResponse {
    /// HTTP status.
    pub status: u16,
    /// Headers beside the content type.
    pub headers: Vec<(&'static str, String)>,
    /// `application/json`, `application/problem+json` or `application/pdf`.
    pub content_type: &'static str,
    /// The body; empty for 202 and 204 answers. Of a document, its bytes in base64.
    pub body: String,
    /// Whether the body is base64.
    pub base64: bool,
}

impl ApiResponse {
    /// JSON with this status.
    pub fn json(status: u16, body: &impl Serialize) -> Self {
        match serde_json::to_string(body) {
            Ok(body) => Self { status, headers: Vec::new(), content_type: "application/json", body, base64: false },
            Err(_) => Problem::internal().into(),
        }
    }

    /// An answer without body.
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), content_type: "application/json", body: String::new(), base64: false }
    }

    /// A PDF.
    pub fn pdf(document: &[u8]) -> Self {
        let body = base64::engine::general_purpose::STANDARD.encode(document);
        Self { status: 200, headers: Vec::new(), content_type: "application/pdf", body, base64: true }
    }

    /// The same with one header more.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl From<Problem> for ApiResponse {
    fn from(problem: Problem) -> Self {
        let retry = problem.retry_after.map(|seconds| ("retry-after", seconds.to_string()));
        Self {
            status: problem.status,
            headers: retry.into_iter().collect(),
            content_type: "application/problem+json",
            // A problem is plain data with string keys; serialising it cannot fail.
            body: serde_json::to_string(&problem).unwrap_or_default(),
            base64: false,
        }
    }
}
