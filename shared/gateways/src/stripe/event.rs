//! Stripe's webhook events: which payment has something new to tell. What it is, the payment itself is asked.

use serde::Deserialize;

/// An event about a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayEvent {
    /// The gateway's id of the event.
    pub event_id: String,
    /// What happened, in the gateway's words; for logs and people.
    pub kind: String,
    /// The payment it happened to.
    pub intent: String,
}

/// Why a body is no event.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// Not JSON, or not of the shape that every event has.
    #[error("not an event of Stripe's: {0}")]
    Malformed(#[from] serde_json::Error),
    /// About a payment without saying which.
    #[error("event {0} names no payment")]
    NoPayment(String),
}

#[derive(Deserialize)]
struct Event {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    object: Subject,
}

#[derive(Deserialize)]
struct Subject {
    #[serde(default)]
    id: Option<String>,
    object: String,
    #[serde(default)]
    payment_intent: Option<Reference>,
}

/// A reference to a payment intent: its id, or the whole of it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Reference {
    Id(String),
    Whole { id: String },
}

/// Reads the body of a webhook. `None` where the event is about something other than one of the payments we make: customers,
/// payouts, charges made without a payment intent.
pub fn event_of(body: &str) -> Result<Option<GatewayEvent>, EventError> {
    let event: Event = serde_json::from_str(body)?;
    let subject = event.data.object;
    let intent = match subject.object.as_str() {
        "payment_intent" => match subject.id {
            Some(id) => Some(id),
            None => return Err(EventError::NoPayment(event.id)),
        },
        "charge" | "refund" | "dispute" => subject.payment_intent.map(|reference| match reference {
            Reference::Id(id) | Reference::Whole { id } => id,
        }),
        _ => None,
    };
    Ok(intent.map(|intent| GatewayEvent { event_id: event.id, kind: event.kind, intent }))
}

#[cfg(test)]
mod tests {
    use super::*;

    macro_rules! sample {
        ($name:literal) => {
            include_str!(concat!("../../../../events/stripe/", $name, ".json"))
        };
    }

    #[test]
    fn events_name_their_payment() {
        for (body, kind) in [
            (sample!("payment_intent.amount_capturable_updated"), "payment_intent.amount_capturable_updated"),
            (sample!("payment_intent.payment_failed"), "payment_intent.payment_failed"),
            (sample!("payment_intent.canceled"), "payment_intent.canceled"),
            (sample!("payment_intent.succeeded"), "payment_intent.succeeded"),
            (sample!("charge.refunded"), "charge.refunded"),
            (sample!("refund.failed"), "refund.failed"),
        ] {
            let event = event_of(body).unwrap().unwrap();
            assert_eq!(event.kind, kind);
            assert_eq!(event.intent, "pi_3SWcQ2KZQ1aB2cD31xYzAbCd", "{kind}");
            assert!(event.event_id.starts_with("evt_"), "{kind}");
        }
    }

    #[test]
    fn other_events_are_none_of_ours() {
        assert_eq!(event_of(sample!("customer.created")).unwrap(), None);
        let lone = r#"{"id":"evt_1","type":"charge.succeeded","data":{"object":{"object":"charge","id":"ch_1","payment_intent":null}}}"#;
        assert_eq!(event_of(lone).unwrap(), None);
    }

    #[test]
    fn what_is_no_event_is_an_error_and_never_a_panic() {
        for body in [
            "",
            "null",
            "[]",
            "{",
            "{}",
            "\u{0}",
            r#"{"id":"evt_1"}"#,
            r#"{"id":1,"type":"t","data":{"object":{"object":"charge"}}}"#,
            r#"{"id":"evt_1","type":"t","data":{"object":{}}}"#,
            r#"{"id":"evt_1","type":"t","data":{"object":{"object":"payment_intent"}}}"#,
            r#"{"id":"evt_1","type":"t","data":{"object":{"object":"charge","payment_intent":7}}}"#,
        ] {
            assert!(event_of(body).is_err(), "{body}");
        }
    }
}
