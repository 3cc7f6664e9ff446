//! What a call on its way to the cloud does, and for which order: read from outside, as anybody on the wire could.

use std::sync::LazyLock;

use axum::http::{HeaderMap, Method, Uri};
use oms_domain::OrderId;
use regex_lite::Regex;

/// What a call does: `DynamoDB PutItem A`, `POST /v1/payment_intents/{}/capture`.
pub(crate) type Call = String;

/// A write or an effect on its way.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Effect {
    /// What it does.
    pub(crate) call: Call,
    /// Ids and numbers of orders that it names.
    pub(crate) names: Vec<String>,
    /// The customer that it names, if any.
    customer: Option<String>,
}

impl Effect {
    /// The order that this call captures, and whose it is.
    pub(crate) fn captured(&self) -> Option<(OrderId, &str)> {
        Some((self.names.first()?.parse().ok()?, self.customer.as_deref()?))
    }
}

/// Services by the first part of the target header.
const TARGETS: [(&str, &str); 5] = [
    ("DynamoDB_", "DynamoDB"),
    ("AmazonSQS", "SQS"),
    ("AWSStepFunctions", "StepFunctions"),
    ("AWSEvents", "EventBridge"),
    ("AmazonSNS", "SNS"),
];

/// Actions that only look.
const READS: [&str; 7] = ["GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems", "DescribeTable", "GetSecretValue"];

static NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}|ORD-[0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9A-Z]{6}").unwrap()
});
static CUSTOMER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#""customer_id":\{"S":"([^"]*)"\}"#).unwrap());
static SORT_KEY: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#""sk":\{"S":"([^"]*)"\}"#).unwrap());
static NUMBER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(pi|ch|re)_[A-Za-z0-9]+").unwrap());
/// Numbers of segments and ids of carriers' events differ from order to order.
static OWN: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^(H|T)#.+$").unwrap());

/// What the call does to the world; `None` of one that only looks, or that names no order.
pub(crate) fn effect(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Option<Effect> {
    let text = String::from_utf8_lossy(body);
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let places = [header("idempotency-key"), text.as_ref()];
    let names: Vec<String> = places.iter().flat_map(|place| NAME.find_iter(place)).map(|found| found.as_str().to_owned()).collect();
    if names.is_empty() {
        return None;
    }
    let customer = CUSTOMER.captures(&text).map(|found| found[1].to_owned());
    Some(Effect { call: name(method, uri, header("x-amz-target"), &text)?, names, customer })
}

fn name(method: &Method, uri: &Uri, target: &str, body: &str) -> Option<Call> {
    if let Some((service, action)) = target.split_once('.') {
        let service = TARGETS.iter().find(|(prefix, _)| service.starts_with(prefix)).map_or(service, |(_, name)| name);
        if READS.contains(&action) {
            return None;
        }
        let mut keys: Vec<String> = SORT_KEY.captures_iter(body).map(|found| OWN.replace(&found[1], "$1#n").into_owned()).collect();
        keys.dedup();
        return Some(format!("{service} {action} {}", keys.join("+")).trim_end().to_owned());
    }
    if method != Method::POST && method != Method::PUT && method != Method::DELETE {
        return None;
    }
    if let Some(action) = body.split('&').find_map(|pair| pair.strip_prefix("Action=")) {
        return Some(format!("query {action}"));
    }
    Some(format!("{method} {}", NUMBER.replace_all(uri.path(), "{}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "019b0000-0000-7000-8000-000000000001";

    fn of(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Option<String> {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        let found = effect(&method.parse().unwrap(), &path.parse().unwrap(), &headers, body.as_bytes())?;
        assert_eq!(found.names, [ID]);
        Some(found.call)
    }

    #[test]
    fn effects_are_told_from_looks_and_named_by_what_they_do() {
        let put = format!(r#"{{"Item":{{"pk":{{"S":"O#{ID}"}},"sk":{{"S":"A"}}}}}}"#);
        let segment = format!(r#"{{"Item":{{"pk":{{"S":"O#{ID}"}},"sk":{{"S":"H#000004"}}}}}}"#);
        let key = format!("{ID}/capture/1");
        for (method, path, headers, body, expected) in [
            ("POST", "/", vec![("x-amz-target", "DynamoDB_20120810.PutItem")], put.as_str(), Some("DynamoDB PutItem A")),
            ("POST", "/", vec![("x-amz-target", "DynamoDB_20120810.PutItem")], &segment, Some("DynamoDB PutItem H#n")),
            ("POST", "/", vec![("x-amz-target", "DynamoDB_20120810.GetItem")], &put, None),
            ("POST", "/", vec![("x-amz-target", "DynamoDB_20120810.PutItem")], "{}", None),
            (
                "POST",
                "/v1/payment_intents/pi_12ab/capture",
                vec![("idempotency-key", &key)],
                "",
                Some("POST /v1/payment_intents/{}/capture"),
            ),
            ("GET", "/v1/payment_intents/pi_12ab", vec![("idempotency-key", &key)], "", None),
        ] {
            assert_eq!(of(method, path, &headers, body).as_deref(), expected, "{method} {path} {headers:?}");
        }
    }
}
