//! Errors of the API as RFC 9457 problem documents: what, where, how to mend it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use oms_domain::change::Refusal;
use oms_domain::{ActorKind, transition};

/// One thing that is wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Fault {
    /// Where, as a path into the request: `lines[0].quantity`, `header Idempotency-Key`.
    pub at: String,
    /// What is wrong and what would mend it.
    pub message: String,
}

/// A problem document. The internal cause is never part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// Stable URI of the kind of problem.
    pub r#type: String,
    /// The kind in words.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// This occurrence in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Everything that is wrong with the request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Fault>,
    /// What this caller may do instead, where the state forbids what was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed: Option<Vec<String>>,
    /// Seconds after which to try again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}

/// Prefix of every problem type.
pub const TYPE_BASE: &str = "https://oms.example/problems/";

impl Problem {
    fn of(status: u16, kind: &str, title: &str) -> Self {
        Self {
            r#type: format!("{TYPE_BASE}{kind}"),
            title: title.to_owned(),
            status,
            detail: None,
            errors: Vec::new(),
            allowed: None,
            retry_after: None,
        }
    }

    /// The same with this occurrence in words.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// 400: the body is not the JSON that is asked for.
    pub fn malformed(error: &serde_json::Error) -> Self {
        Self::of(400, "malformed-body", "The body could not be read").detail(error.to_string())
    }

    /// 400: a header or parameter is missing or wrong.
    pub fn bad_parameter(at: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            errors: vec![Fault { at: at.into(), message: message.into() }],
            ..Self::of(400, "bad-parameter", "A parameter is missing or wrong")
        }
    }

    /// 401.
    pub fn unauthorized() -> Self {
        Self::of(401, "unauthorized", "A valid bearer token is needed")
    }

    /// 403: the role, or its scopes, may not do this.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::of(403, "forbidden", "This token may not do that").detail(detail)
    }

    /// 404: there is no such thing, or none that this caller may see.
    pub fn not_found(what: &str) -> Self {
        Self::of(404, "not-found", "Not found").detail(format!("There is no such {what}, or it is not yours."))
    }

    /// 409: the state forbids it.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::of(409, "conflict", "Not possible in this state").detail(detail)
    }

    /// 409: somebody else changed the order at the same moment.
    pub fn changed_meanwhile() -> Self {
        let problem = Self::of(409, "changed-meanwhile", "The order changed meanwhile");
        Self { retry_after: Some(1), ..problem }.detail("Read the order again and repeat the request.")
    }

    /// 412: `If-Match` names another version.
    pub fn precondition_failed(current: u64) -> Self {
        Self::of(412, "precondition-failed", "The order has another version").detail(format!("The current ETag is \"{current}\"."))
    }

    /// 413.
    pub fn too_large(max: usize) -> Self {
        Self::of(413, "too-large", "The body is too large").detail(format!("At most {max} bytes are taken."))
    }

    /// 422: well-formed, but not valid.
    pub fn invalid(errors: Vec<Fault>) -> Self {
        Self { errors, ..Self::of(422, "invalid", "The request is not valid") }
    }

    /// 422: the idempotency key came before with another body.
    pub fn key_reused() -> Self {
        Self::of(422, "idempotency-key-reused", "This Idempotency-Key was used for another request")
            .detail("Send the same body as before, or a new key for a new request.")
    }

    /// 429 from a store that asks us to slow down.
    pub fn slow_down() -> Self {
        Self { retry_after: Some(1), ..Self::of(429, "slow-down", "Too many requests at the moment") }
    }

    /// 500: fixed text; the cause is in the log.
    pub fn internal() -> Self {
        Self::of(500, "internal", "Something went wrong on our side").detail("The request may be repeated with the same Idempotency-Key.")
    }

    /// 503: a party we need did not answer.
    pub fn unavailable() -> Self {
        Self { retry_after: Some(2), ..Self::of(503, "unavailable", "Not available at the moment") }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let allowed = match &refusal {
            Refusal::NotAllowed { allowed, .. } => Some(allowed.iter().map(ToString::to_string).collect()),
            // Only customers edit drafts.
            Refusal::Settled(state) => Some(transition::allowed(*state, ActorKind::Customer).iter().map(ToString::to_string).collect()),
            Refusal::NoSuchPart(_) | Refusal::OverRefund { .. } | Refusal::OverReserved { .. } | Refusal::Negative(_) => None,
        };
        Self { allowed, ..Self::conflict(refusal.to_string()) }
    }
}
