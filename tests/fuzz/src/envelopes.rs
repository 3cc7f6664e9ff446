//! The events that AWS hands to functions: requests of the HTTP API, batches of a queue, records of the table's stream, a step's input.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use aws_lambda_events::{dynamodb, sqs};
use oms_contract::event::CloudEvent;
use oms_contract::queue::WebhookMessage;
use oms_contract::step::{StalledInput, StepInput, StepOutcome};
use oms_domain::State;
use oms_fakes::an_order;
use oms_runtime::{head_of, message_of, request_of};
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::input::Input;

const KINDS: [&str; 5] = ["request", "batch", "stream", "step", "message"];

/// `request`, and the event.
pub fn run(bytes: &[u8]) {
    let input = Input::of(bytes);
    match *input.pick(0, &KINDS, |kind| (*kind).to_owned()) {
        "request" => drop(parsed::<ApiGatewayV2httpRequest>(input.rest).map(request_of)),
        "batch" => {
            let event = parsed::<sqs::SqsEvent>(input.rest);
            drop(event.map(|event| event.records.into_iter().map(message_of).collect::<Vec<_>>()));
        }
        "stream" => {
            let event = parsed::<dynamodb::Event>(input.rest);
            drop(event.map(|event| event.records.into_iter().filter_map(head_of).collect::<Vec<_>>()));
        }
        "step" => {
            drop((parsed::<StepInput>(input.rest), parsed::<StalledInput>(input.rest), parsed::<StepOutcome>(input.rest)));
        }
        _ => drop((parsed::<WebhookMessage>(input.rest), parsed::<CloudEvent>(input.rest))),
    }
}

/// As the event loop does: first any JSON, then the event.
fn parsed<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let value: serde_json::Value = serde_json::from_slice(bytes).ok()?;
    serde_json::from_value(value).ok()
}

/// One good event of each kind.
pub fn seeds() -> Vec<Vec<u8>> {
    let request = json!({
        "version": "2.0", "routeKey": "POST /api/v2/orders/{order_id}/cancel", "rawPath": "/api/v2/orders/1/cancel", "rawQueryString": "a=b",
        "headers": { "idempotency-key": "k", "content-type": "application/json" }, "queryStringParameters": { "a": "b" },
        "pathParameters": { "order_id": "1" }, "body": "e30=", "isBase64Encoded": true,
        "requestContext": { "http": { "method": "POST", "path": "/", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "t" },
            "timeEpoch": 0, "authorizer": { "lambda": { "role": "vendor", "subject": "v1", "scopes": "orders:read orders:write" } } },
    });
    let batch = json!({ "Records": [
        { "messageId": "a", "body": "{}", "attributes": { "ApproximateReceiveCount": "3" }, "messageAttributes": {} },
    ] });
    let changed = an_order().at(State::Confirmed).build();
    let head = json!({
        "pk": { "S": format!("O#{}", changed.order.id) }, "sk": { "S": "A" }, "v": { "N": changed.order.seq.to_string() },
        "via": { "S": "machine" }, "body": { "S": json!(changed.order).to_string() }, "tail": { "S": json!(changed.entries).to_string() },
    });
    let stream = json!({ "Records": [{
        "eventID": "1", "eventName": "MODIFY", "eventVersion": "1.1", "eventSource": "aws:dynamodb", "awsRegion": "eu-central-1",
        "dynamodb": { "ApproximateCreationDateTime": 1_795_435_200, "Keys": { "pk": { "S": "O#1" } }, "SequenceNumber": "1", "SizeBytes": 1,
            "StreamViewType": "NEW_AND_OLD_IMAGES", "NewImage": head, "OldImage": { "v": { "N": "1" } } },
    }] });
    let step = json!({ "order_id": changed.order.id });
    let stalled = json!({ "stalled": { "order_id": changed.order.id, "step": "pay", "error": "Bug", "cause": "{}" } });
    let message = json!({ "source": "dhl", "received_at": "2026-11-23T12:00:00Z", "body": "{}" });
    [("request", request), ("batch", batch), ("stream", stream), ("step", step), ("step", stalled), ("message", message)]
        .map(|(kind, event)| format!("{kind}\n{event}").into_bytes())
        .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_good_events_are_read() {
        let seeds = seeds();
        let rest = |nth: usize| Input::of(&seeds[nth]).rest;
        let request = request_of(parsed::<ApiGatewayV2httpRequest>(rest(0)).unwrap()).unwrap();
        assert_eq!((request.body.as_slice(), request.caller.is_some()), (&b"{}"[..], true));
        let batch = parsed::<sqs::SqsEvent>(rest(1)).unwrap();
        assert_eq!(batch.records.into_iter().filter_map(|record| message_of(record).ok()).count(), 1);
        let stream = parsed::<dynamodb::Event>(rest(2)).unwrap();
        let heads: Vec<_> = stream.records.into_iter().filter_map(head_of).collect();
        assert!(heads.len() == 1 && heads[0].is_ok(), "{heads:?}");
        assert!(parsed::<StepInput>(rest(3)).is_some() && parsed::<StalledInput>(rest(4)).is_some());
        assert!(parsed::<WebhookMessage>(rest(5)).is_some());
    }
}
