//! What a call on its way to the cloud does, and for which order: read from outside, as anybody on the wire could.

use std::sync::LazyLock;

use axum::http::{HeaderMap, Method, Uri};
use oms_domain::OrderId;
use regex_lite::Regex;
use serde::Deserialize;

/// What a call does: `DynamoDB PutItem A assigned`, `POST /v1/payment_intents/{}/capture`.
pub(crate) type Call = String;

/// A write or an effect on its way.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Effect {
    /// What it does.
    pub(crate) call: Call,
    /// Ids and numbers of the order that it names, and of its parcels.
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
    let (id, number, parcel) =
        ("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", "ORD(-[0-9A-Z]+){4}", "JJD[0-9]{18}");
    Regex::new(&format!("{id}|{number}|{parcel}")).unwrap()
});
static CUSTOMER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#""customer_id":\{"S":"([^"]*)"\}"#).unwrap());
static SORT_KEY: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#""sk":\{"S":"([^"]*)"\}"#).unwrap());
static NUMBER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(pi|ch|re)_[A-Za-z0-9]+").unwrap());
/// What the entries that a head carries say: the last tells one step's write from another's. Those before it are of earlier writes, and how many of them there
/// still are depends on who wrote first.
static SAYS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"\\"(?:trigger|fact)\\":\\"([a-z_]+)\\""#).unwrap());
/// Numbers of segments, ids of carriers' events and keys of clients differ from order to order.
static OWN: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^(H|T|C)#.+$").unwrap());

/// A machine's or a queue's name, at the end of its address.
static WHERETO: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#""(?:stateMachineArn|QueueUrl)":"[^"]*?(?i:(order|cancellation|payment|carrier|task))[^"]*""#).unwrap());

/// One event among those that are published together.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Published {
    detail_type: String,
    detail: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Publication {
    entries: Vec<Published>,
}

/// What the call does to the world, each order for itself; nothing of one that only looks, or that names no order.
pub(crate) fn effects(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Vec<Effect> {
    let text = String::from_utf8_lossy(body);
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let target = header("x-amz-target");
    if target.ends_with(".PutEvents") {
        let published = serde_json::from_slice::<Publication>(body).map(|found| found.entries).unwrap_or_default();
        let event = |event: Published| effect(format!("EventBridge PutEvents {}", event.detail_type), &event.detail, "");
        return published.into_iter().filter_map(event).collect();
    }
    let call = call(method, uri, target, &text);
    call.and_then(|call| effect(call, &text, header("idempotency-key"))).into_iter().collect()
}

fn effect(call: Call, text: &str, key: &str) -> Option<Effect> {
    let names: Vec<String> = [key, text].iter().flat_map(|place| NAME.find_iter(place)).map(|found| found.as_str().to_owned()).collect();
    let customer = CUSTOMER.captures(text).map(|found| found[1].to_owned());
    (!names.is_empty()).then_some(Effect { call, names, customer })
}

fn call(method: &Method, uri: &Uri, target: &str, body: &str) -> Option<Call> {
    if let Some((service, action)) = target.split_once('.') {
        let service = TARGETS.iter().find(|(prefix, _)| service.starts_with(prefix)).map_or(service, |(_, name)| name);
        if READS.contains(&action) {
            return None;
        }
        let mut what: Vec<String> = SORT_KEY.captures_iter(body).map(|found| OWN.replace(&found[1], "$1#n").into_owned()).collect();
        what.dedup();
        let is_of_the_order = what.iter().any(|key| key == "A");
        // Two machines, and two queues of webhooks.
        what.extend(WHERETO.captures(body).map(|found| found[1].to_lowercase()));
        let mut words = vec![service.to_owned(), action.to_owned(), what.join("+")];
        if is_of_the_order {
            words.extend(SAYS.captures_iter(body).last().map(|found| found[1].to_owned()));
        }
        words.retain(|word| !word.is_empty());
        return Some(words.join(" "));
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

    fn of(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Vec<String> {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        let found = effects(&method.parse().unwrap(), &path.parse().unwrap(), &headers, body.as_bytes());
        assert!(found.iter().all(|effect| effect.names == [ID]), "{found:?}");
        found.into_iter().map(|effect| effect.call).collect()
    }

    #[test]
    fn effects_are_told_from_looks_and_named_by_what_they_do() {
        let put = format!(
            r#"{{"Item":{{"pk":{{"S":"O#{ID}"}},"sk":{{"S":"A"}},"entries":{{"S":"[{{\"fact\":\"checks_passed\"}},{{\"fact\":\"scored\"}}]"}}}}}}"#
        );
        let entries = r#"[{\"seq\":4,\"trigger\":\"vendors_assigned\",\"fact\":\"assigned\"}]"#;
        let segment = format!(r#"{{"Item":{{"pk":{{"S":"O#{ID}"}},"sk":{{"S":"H#000004"}},"entries":{{"S":"{entries}"}}}}}}"#);
        let start = format!(r#"{{"stateMachineArn":"arn:aws:states:x:1:stateMachine:oms-cancellation","name":"{ID}-4"}}"#);
        let event = |kind: &str| format!(r#"{{"DetailType":"{kind}","Detail":"{{\"order_id\":\"{ID}\"}}"}}"#);
        let events = format!(r#"{{"Entries":[{},{}]}}"#, event("order.shipped"), event("order.delivered"));
        let key = format!("{ID}/capture/1");
        let (at_dynamo, to_bus, to_machine) = ("DynamoDB_20120810.PutItem", "AWSEvents.PutEvents", "AWSStepFunctions.StartExecution");
        for (method, path, headers, body, expected) in [
            ("POST", "/", vec![("x-amz-target", at_dynamo)], put.as_str(), vec!["DynamoDB PutItem A scored"]),
            ("POST", "/", vec![("x-amz-target", at_dynamo)], &segment, vec!["DynamoDB PutItem H#n"]),
            ("POST", "/", vec![("x-amz-target", "DynamoDB_20120810.GetItem")], &put, vec![]),
            ("POST", "/", vec![("x-amz-target", at_dynamo)], "{}", vec![]),
            ("POST", "/", vec![("x-amz-target", to_machine)], &start, vec!["StepFunctions StartExecution cancellation"]),
            (
                "POST",
                "/",
                vec![("x-amz-target", to_bus)],
                &events,
                vec!["EventBridge PutEvents order.shipped", "EventBridge PutEvents order.delivered"],
            ),
            (
                "POST",
                "/v1/payment_intents/pi_12ab/capture",
                vec![("idempotency-key", &key)],
                "",
                vec!["POST /v1/payment_intents/{}/capture"],
            ),
            ("GET", "/v1/payment_intents/pi_12ab", vec![("idempotency-key", &key)], "", vec![]),
        ] {
            assert_eq!(of(method, path, &headers, body), expected, "{method} {path} {headers:?}");
        }
    }
}
