//! Idempotency keys: how a client repeats a request without repeating what it did (draft-ietf-httpapi-idempotency-key-header).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::http::{ApiRequest, Caller};
use crate::problem::Problem;

/// What a client asked for under a key of its own: the same for every repeat of one request, and for nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Digest of the caller and of its key: keys of different callers never meet.
    pub key: String,
    /// Digest of the operation and the body.
    pub what: String,
}

impl Asked {
    /// What the request asks for under its key; `None` where it carries none.
    ///
    /// # Errors
    /// 400 where the key is none.
    pub fn of(request: &ApiRequest, caller: &Caller, operation: &str) -> Result<Option<Self>, Problem> {
        let body: serde_json::Value =
            serde_json::from_slice(&request.body).unwrap_or_else(|_| String::from_utf8_lossy(&request.body).into());
        Ok(key_of(request)?.map(|key| Self {
            key: digest(&serde_json::json!([caller.role, caller.subject, key])),
            what: digest(&serde_json::json!([operation, body])),
        }))
    }
}

/// The key that a request carries: 1 to 255 visible ASCII characters; `None` where it carries none.
///
/// # Errors
/// 400 where it is too long, or holds other characters.
pub fn key_of(request: &ApiRequest) -> Result<Option<String>, Problem> {
    // The draft writes the key as a quoted string; most clients send it bare. Both mean the same key.
    let key = request.header("idempotency-key").map(|key| key.trim().trim_matches('"')).filter(|key| !key.is_empty());
    match key {
        Some(key) if key.len() > 255 || !key.bytes().all(|byte| byte.is_ascii_graphic()) => {
            Err(Problem::bad_parameter("header Idempotency-Key", "must be 1 to 255 visible ASCII characters"))
        }
        key => Ok(key.map(str::to_owned)),
    }
}

/// Digest of a JSON value's meaning: white space and the order of members do not count.
pub fn digest(value: &serde_json::Value) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(value.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use oms_domain::ActorKind;

    fn asked(subject: &str, key: Option<&str>, operation: &str, body: &str) -> Result<Option<Asked>, Problem> {
        let request = ApiRequest {
            route: String::new(),
            path: Default::default(),
            query: Default::default(),
            headers: key.into_iter().map(|key| ("idempotency-key".to_owned(), key.to_owned())).collect(),
            body: body.as_bytes().to_vec(),
            caller: None,
        };
        let caller = Caller { role: ActorKind::Customer, subject: subject.to_owned(), scopes: Vec::new() };
        Asked::of(&request, &caller, operation)
    }

    #[test]
    fn a_repeat_is_the_same_and_everything_else_is_not() {
        let first = asked("ana", Some("k"), "cancelOrder", r#"{"a":1,"b":2}"#).unwrap().unwrap();
        for (again, same_key, same_thing) in [
            (asked("ana", Some("k"), "cancelOrder", r#"{ "b": 2, "a": 1 }"#), true, true),
            (asked("ana", Some("\"k\""), "cancelOrder", r#"{"a":1,"b":2}"#), true, true),
            (asked("ana", Some("k"), "cancelOrder", r#"{"a":1}"#), true, false),
            (asked("ana", Some("k"), "payOrder", r#"{"a":1,"b":2}"#), true, false),
            (asked("bob", Some("k"), "cancelOrder", r#"{"a":1,"b":2}"#), false, true),
            (asked("ana", Some("l"), "cancelOrder", r#"{"a":1,"b":2}"#), false, true),
        ] {
            let again = again.unwrap().unwrap();
            assert_eq!((again.key == first.key, again.what == first.what), (same_key, same_thing));
        }
    }

    #[test]
    fn no_key_is_no_wish_and_a_bad_one_is_an_error() {
        for none in [None, Some("  "), Some("\"\"")] {
            assert_eq!(asked("ana", none, "cancelOrder", ""), Ok(None), "{none:?}");
        }
        for bad in ["a b", "ü", &"k".repeat(256)] {
            assert_eq!(asked("ana", Some(bad), "cancelOrder", "").unwrap_err().status, 400, "{bad}");
        }
        assert!(asked("ana", Some(&"k".repeat(255)), "cancelOrder", "{").unwrap().is_some());
    }
}
