//! Commands under keys: carried out once, however often and in whatever state they come again.

use oms_domain::change::By;
use oms_domain::history::Fact;
use oms_domain::transition::Trigger;

use super::*;

async fn keyed(bench: &Bench, who: (ActorKind, &str), command: &str, id: OrderId, (key, body): (&str, Value)) -> ApiResponse {
    let mut request = call(who.0, who.1, &route(command), id, &body);
    request.headers.insert("idempotency-key".to_owned(), key.to_owned());
    handle(&bench.deps, request).await
}

fn etag(response: &ApiResponse) -> Option<String> {
    response.headers.iter().find(|(name, _)| *name == "etag").map(|(_, tag)| tag.clone())
}

#[tokio::test]
async fn every_command_under_a_key_is_carried_out_once() {
    let ship = json!({ "carrier": "dhl", "tracking_number": "1" });
    for (state, who, command, body) in [
        (State::Draft, ANA, "submit", Value::Null),
        (State::PendingFulfillment, ANA, "cancel", json!({ "reason": "changed_mind" })),
        (State::PaymentFailed, ANA, "pay", Value::Null),
        // On its own, this one would be refused the second time.
        (State::FraudReview, OPS, "review", json!({ "decision": "other_payment" })),
        (State::PendingFulfillment, VEN_A, "accept", Value::Null),
        (State::PendingFulfillment, VEN_A, "reject", json!({ "reason": "damaged" })),
        (State::VendorAccepted, VEN_A, "pick", Value::Null),
        (State::Picking, VEN_A, "pack", Value::Null),
        (State::ReadyToShip, VEN_A, "ship", ship),
    ] {
        let bench = bench();
        let id = order_at(&bench, state);
        let first = keyed(&bench, who, command, id, ("k", body.clone())).await;
        let version = bench.orders.order(id).seq;
        assert_eq!((first.status, etag(&first)), (200, Some(format!("\"{version}\""))), "{command}: {}", first.body);
        let again = keyed(&bench, who, command, id, ("k", body)).await;
        assert_eq!((again, bench.orders.order(id).seq), (first, version), "{command} again");
        let other = keyed(&bench, who, if command == "cancel" { "submit" } else { "cancel" }, id, ("k", Value::Null)).await;
        assert!(matches!(other.status, 403 | 422), "another command under the same key: {}", other.status);
    }
}

#[tokio::test]
async fn a_payment_tried_again_under_its_key_is_not_tried_twice_though_it_failed_meanwhile() {
    let bench = bench();
    let id = order_at(&bench, State::PaymentFailed);
    assert_eq!(keyed(&bench, ANA, "pay", id, ("k", Value::Null)).await.status, 200);
    bench.orders.overwrite(id, |order| {
        let by = By::new(oms_domain::Actor::new(ActorKind::Gateway, "fake"), NOON);
        order.go_knowing(Trigger::PaymentDeclined, Fact::PaymentDeclined { code: "again".to_owned(), hard: false }, &by).unwrap()
    });
    let again = keyed(&bench, ANA, "pay", id, ("k", Value::Null)).await;
    assert_eq!((again.status, bench.orders.order(id).payment.attempt), (200, 2));
    assert_eq!(bench.orders.order(id).state, State::PaymentFailed, "the order as it stands now");
    assert_eq!(keyed(&bench, ANA, "pay", id, ("l", Value::Null)).await.status, 200);
    assert_eq!(bench.orders.order(id).payment.attempt, 3);
}

#[tokio::test]
async fn a_key_is_good_for_one_body_one_caller_and_one_order() {
    let bench = bench();
    let id = order_at(&bench, State::PendingFulfillment);
    let reject = |reason: &str| ("k", json!({ "reason": reason }));
    assert_eq!(keyed(&bench, VEN_A, "reject", id, reject("damaged")).await.status, 200);
    assert_eq!(keyed(&bench, VEN_A, "reject", id, reject("discontinued")).await.status, 422);
    assert_eq!(keyed(&bench, VEN_B, "reject", id, reject("discontinued")).await.status, 200);
    let states: Vec<State> = bench.orders.order(id).parts.iter().map(|part| part.state).collect();
    assert_eq!(states, [State::VendorRejected, State::VendorRejected]);
}

#[tokio::test]
async fn a_command_that_found_its_work_done_holds_its_key_too() {
    let bench = bench();
    let id = order_at(&bench, State::Cancelled);
    for (reason, status) in [("changed_mind", 200), ("changed_mind", 200), ("too_slow", 422)] {
        assert_eq!(keyed(&bench, ANA, "cancel", id, ("k", json!({ "reason": reason }))).await.status, status, "{reason}");
    }
}

#[tokio::test]
async fn an_answer_lost_after_the_write_is_given_again_even_on_a_stale_version() {
    let bench = bench();
    let id = order_at(&bench, State::PendingFulfillment);
    let version = bench.orders.order(id).seq;
    let mut request = call(VEN_A.0, VEN_A.1, &route("accept"), id, &Value::Null);
    request.headers.insert("idempotency-key".to_owned(), "k".to_owned());
    request.headers.insert("if-match".to_owned(), format!("\"{version}\""));
    bench.orders.faults.after("commit", 1);
    assert_eq!(handle(&bench.deps, request.clone()).await.status, 503);
    let again = handle(&bench.deps, request).await;
    assert_eq!((again.status, etag(&again)), (200, Some(format!("\"{}\"", version + 1))));
}

#[tokio::test]
async fn a_write_that_never_happened_leaves_the_key_free() {
    let bench = bench();
    let id = order_at(&bench, State::PendingFulfillment);
    bench.orders.faults.before("commit", 1);
    assert_eq!(keyed(&bench, VEN_A, "accept", id, ("k", Value::Null)).await.status, 503);
    assert_eq!(keyed(&bench, VEN_A, "reject", id, ("k", json!({ "reason": "damaged" }))).await.status, 200);
}

#[tokio::test]
async fn a_refused_command_leaves_its_key_free() {
    let bench = bench();
    let id = order_at(&bench, State::Shipped);
    assert_eq!(keyed(&bench, ANA, "cancel", id, ("k", Value::Null)).await.status, 409);
    assert_eq!(keyed(&bench, BOB, "cancel", id, ("k", Value::Null)).await.status, 404);
    assert_eq!(keyed(&bench, ANA, "cancel", id, ("not visible", Value::Null)).await.status, 400);
}

/// The twin wins between our read and our write: we read again, and find our own command carried out.
#[tokio::test]
async fn of_two_equal_commands_at_once_the_loser_answers_as_the_winner() {
    let bench = bench();
    let id = order_at(&bench, State::FraudReview);
    let body = json!({ "decision": "other_payment" });
    bench.orders.faults.after_with("commit", 1, Fault::Conflict);
    let loser = keyed(&bench, OPS, "review", id, ("k", body)).await;
    assert_eq!((loser.status, bench.orders.order(id).payment.attempt), (200, 2));
}

#[tokio::test]
async fn every_command_on_an_old_version_is_refused() {
    for (state, who, command, body) in [
        (State::Draft, ANA, "submit", Value::Null),
        (State::PendingFulfillment, ANA, "cancel", Value::Null),
        (State::PaymentFailed, ANA, "pay", Value::Null),
        (State::FraudReview, OPS, "review", json!({ "decision": "approve" })),
        (State::Confirmed, OPS, "resume", Value::Null),
        (State::PendingFulfillment, VEN_A, "accept", Value::Null),
        (State::PendingFulfillment, VEN_A, "reject", json!({ "reason": "damaged" })),
        (State::VendorAccepted, VEN_A, "pick", Value::Null),
        (State::Picking, VEN_A, "pack", Value::Null),
        (State::ReadyToShip, VEN_A, "ship", json!({ "carrier": "dhl", "tracking_number": "1" })),
    ] {
        let bench = bench();
        let id = order_at(&bench, state);
        let version = bench.orders.order(id).seq;
        let mut request = call(who.0, who.1, &route(command), id, &body);
        request.headers.insert("if-match".to_owned(), format!("\"{}\"", version + 1));
        assert_eq!(handle(&bench.deps, request).await.status, 412, "{command}");
        assert_eq!(bench.orders.order(id).seq, version, "{command}");
    }
}
