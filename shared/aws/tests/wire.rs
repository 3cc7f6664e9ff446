//! What goes over the wire, and what comes of the answers that nobody hopes for.

#![allow(clippy::unwrap_used, reason = "what helpers of a test do not expect fails the test")]

mod support;

use jiff::SignedDuration;
use oms_contract::event::events_of;
use oms_contract::queue::WebhookMessage;
use oms_contract::step::StepOutcome;
use oms_domain::Actor;
use oms_domain::change::{By, Changed};
use oms_domain::history::Fact;
use oms_fakes::{NOON, an_order};
use oms_ports::effects::{Begun, EffectKey, Effects as _};
use oms_ports::messaging::{Bus as _, Machine as _, Mail, Mailer as _, Queue as _, Topic, Topics as _, WebhookQueue};
use oms_ports::orders::{Orders as _, Origin, Stored};
use oms_ports::{PortError, StepError};
use serde_json::{Value, json};

use support::clients_at;
use support::scripted::{answering, scripted};

const CONDITION_FAILED: &str = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException";

fn dynamodb_error(code: &str) -> String {
    format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","message":"item {{ana@example.com}}"}}"#)
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_are_sorted_and_quote_nothing() {
    for (status, code, name, attempts) in [
        (400, "ProvisionedThroughputExceededException", "Throttled", 3),
        (500, "InternalServerError", "Unavailable", 3),
        (503, "ServiceUnavailable", "Unavailable", 3),
        (400, "ValidationException", "Bug", 1),
        (400, "AccessDeniedException", "Bug", 1),
        (400, "ResourceNotFoundException", "Bug", 1),
    ] {
        let body: &'static str = dynamodb_error(code).leak();
        let (clients, asked) = answering(vec![(status, body)]).await;
        let error = clients.orders("t").load(an_order().id()).await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("ana@"), "{error:?}");
        assert_eq!(StepError::from(error).name(), name, "{code}");
        assert_eq!(asked.lock().unwrap().len(), attempts, "{code}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_there_is_unavailable() {
    let clients = clients_at("http://127.0.0.1:1".to_owned()).await;
    let error = clients.orders("t").load(an_order().id()).await.unwrap_err();
    assert_eq!(StepError::from(error).name(), "Unavailable");
}

fn stored() -> Stored {
    let changed = an_order().build();
    Stored { order: changed.order, tail: Vec::new(), wake_at: None }
}

fn noted(was: &Stored) -> Changed {
    was.change().learn(Fact::PaymentActionRequired, &By::new(Actor::system("step"), NOON)).unwrap()
}

/// The first attempt takes effect but its answer is a 500; the SDK repeats it, and the condition now fails against our own write.
#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_answer_was_lost_is_a_success() {
    let (clients, asked) = scripted(|turn, body| {
        let request: Value = serde_json::from_str(body).unwrap();
        let failed = json!({"__type": CONDITION_FAILED, "message": "", "Item": request["Item"]});
        if turn == 0 { (500, "{}".to_owned()) } else { (400, failed.to_string()) }
    })
    .await;
    let was = stored();
    let now = clients.orders("t").commit(&was, noted(&was), Origin::Machine, &[]).await.unwrap();
    assert_eq!(now.order.seq, was.order.seq + 1);
    assert_eq!(asked.lock().unwrap().len(), 2);
}

/// An effect is begun, or taken over from a run that died, by a write whose answer gets lost; the SDK repeats it.
#[tokio::test(flavor = "multi_thread")]
async fn an_effect_whose_beginning_was_not_heard_of_is_begun_all_the_same() {
    let begin = async |dead: bool, other: bool| {
        let (clients, _) = scripted(move |turn, body| {
            let mut request: Value = serde_json::from_str(body).unwrap();
            let put = request["Item"].is_object();
            if put && dead {
                request["Item"]["lease_until"] = json!({"S": "2026-11-23T11:00:00Z"});
            }
            if put && (dead || other) {
                request["Item"]["write"] = json!({"S": "0123456789abcdef"});
            }
            let failed = json!({"__type": CONDITION_FAILED, "message": "", "Item": request["Item"]}).to_string();
            match (put, turn) {
                (true, 0) if dead || other => (400, failed),
                (true, 0) | (false, 1) => (500, "{}".to_owned()),
                // The second take-over meets the first, which is its own.
                (false, _) if request["ConditionExpression"].as_str().unwrap().contains("#write = :mark") => (200, "{}".to_owned()),
                _ => (400, failed),
            }
        })
        .await;
        clients.orders("t").begin(stored().order.id, &EffectKey::Capture(1), NOON, NOON + SignedDuration::from_secs(35)).await.unwrap()
    };
    assert_eq!(begin(false, false).await, Begun::Mine);
    assert_eq!(begin(false, true).await, Begun::Held);
    assert_eq!(begin(true, false).await, Begun::Unsure);
}

/// The same entries in somebody else's write are somebody else's.
#[tokio::test(flavor = "multi_thread")]
async fn an_equal_write_of_another_run_is_a_conflict() {
    let (clients, _) = scripted(|_, body| {
        let mut request: Value = serde_json::from_str(body).unwrap();
        request["Item"]["write"] = json!({"S": "0123456789abcdef"});
        (400, json!({"__type": CONDITION_FAILED, "message": "", "Item": request["Item"]}).to_string())
    })
    .await;
    let was = stored();
    let outcome = clients.orders("t").commit(&was, noted(&was), Origin::Machine, &[]).await;
    assert!(matches!(outcome, Err(PortError::Conflict)), "{outcome:?}");
}

fn a_mail() -> Mail {
    let (subject, text, html) = ("Grüße".to_owned(), "Hallo".to_owned(), "<p>Hallo</p>".to_owned());
    Mail { to: "ana@example.com".to_owned(), subject, text, html }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_execution_that_exists_is_a_success() {
    let outcome = StepOutcome::of(&stored().order);
    for (answer, name) in [
        ((200, r#"{"executionArn":"arn:e","startDate":1.0}"#), None),
        ((400, r#"{"__type":"ExecutionAlreadyExists","message":"x"}"#), None),
        ((400, r#"{"__type":"StateMachineDoesNotExist","message":"x"}"#), Some("Bug")),
    ] {
        let (clients, asked) = answering(vec![answer]).await;
        let started = clients.machine("arn:m").start(&outcome).await;
        assert_eq!(started.err().map(|error| StepError::from(error).name()), name, "{answer:?}");
        let asked: Value = serde_json::from_str(&asked.lock().unwrap()[0].1).unwrap();
        assert_eq!(asked["name"], format!("{}-{}", outcome.order_id, outcome.version));
        assert_eq!(serde_json::from_str::<StepOutcome>(asked["input"].as_str().unwrap()).unwrap(), outcome);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_the_bus_did_not_take_is_unavailable() {
    let changed = an_order().build();
    let events = events_of(&changed.order, &changed.entries);
    assert_eq!(events.len(), 1);
    let (clients, asked) = answering(vec![
        (200, r#"{"FailedEntryCount":0,"Entries":[{"EventId":"1"}]}"#),
        (200, r#"{"FailedEntryCount":1,"Entries":[{"ErrorCode":"InternalFailure"}]}"#),
    ])
    .await;
    let bus = clients.bus("oms");
    bus.publish(&events).await.unwrap();
    let refused = bus.publish(&events).await.unwrap_err();
    assert_eq!(StepError::from(refused).name(), "Unavailable");
    let asked: Value = serde_json::from_str(&asked.lock().unwrap()[0].1).unwrap();
    let entry = &asked["Entries"][0];
    assert_eq!(
        (&entry["EventBusName"], &entry["Source"], &entry["DetailType"]),
        (&json!("oms"), &json!("oms.orders"), &json!("order.created"))
    );
    let detail: Value = serde_json::from_str(entry["Detail"].as_str().unwrap()).unwrap();
    assert_eq!(detail, serde_json::to_value(&events[0]).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_messages_and_webhooks_go_where_they_should() {
    let (clients, asked) = answering(vec![(200, r#"{"MessageId":"m-1"}"#)]).await;
    assert_eq!(clients.mailer("shop@example.com").send(&a_mail()).await.unwrap(), "m-1");
    let mail: Value = serde_json::from_str(&asked.lock().unwrap()[0].1).unwrap();
    assert_eq!(mail["FromEmailAddress"], "shop@example.com");
    assert_eq!(mail["Destination"]["ToAddresses"], json!(["ana@example.com"]));
    assert_eq!(mail["Content"]["Simple"]["Subject"]["Data"], "Grüße");

    let answer = "<PublishResponse><PublishResult><MessageId>m-2</MessageId></PublishResult></PublishResponse>";
    let (clients, asked) = answering(vec![(200, answer)]).await;
    let topics = clients.topics("arn:vendors", "arn:operators");
    let id = topics.publish(Topic::Operators, "Stalled", &json!({"a": 1}), &[("kind", "stalled")]).await.unwrap();
    assert_eq!(id, "m-2");
    let form = asked.lock().unwrap()[0].1.clone();
    assert!(form.contains("TopicArn=arn%3Aoperators") && form.contains("StringValue=stalled"), "{form}");

    let (clients, asked) = answering(vec![(200, r#"{"MessageId":"m-3"}"#)]).await;
    let webhook = WebhookMessage { source: "dhl".to_owned(), received_at: NOON, body: r#"{"x":1}"#.to_owned() };
    let queue = clients.queue("http://q/payments", "http://q/carriers");
    queue.send(WebhookQueue::Carriers, &webhook).await.unwrap();
    let sent: Value = serde_json::from_str(&asked.lock().unwrap()[0].1).unwrap();
    assert_eq!(sent["QueueUrl"], "http://q/carriers");
    assert_eq!(serde_json::from_str::<WebhookMessage>(sent["MessageBody"].as_str().unwrap()).unwrap(), webhook);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_mail_names_no_address() {
    let answer = (400, r#"{"__type":"MessageRejected","message":"ana@example.com is not verified"}"#);
    let (clients, _) = answering(vec![answer]).await;
    let error = clients.mailer("shop@example.com").send(&a_mail()).await.unwrap_err();
    assert!(matches!(error, PortError::Refused { .. }), "{error:?}");
    assert!(!format!("{error:?}").contains("ana@"), "{error:?}");
}
