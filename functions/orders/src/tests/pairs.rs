//! Every command of every caller in every state, against the table of transitions.

use std::collections::{BTreeMap, BTreeSet};

use oms_contract::api::endpoints::ENDPOINTS;
use oms_domain::transition::{self, Trigger};
use strum::IntoEnumIterator as _;

use super::*;

/// Commands with their bodies; a review is three, one for each decision.
fn commands() -> [(&'static str, Value); 11] {
    [
        ("submit", Value::Null),
        ("cancel", Value::Null),
        ("pay", Value::Null),
        ("review", json!({ "decision": "approve" })),
        ("review", json!({ "decision": "reject" })),
        ("review", json!({ "decision": "other_payment" })),
        ("accept", Value::Null),
        ("reject", json!({ "reason": "out_of_stock" })),
        ("pick", Value::Null),
        ("pack", Value::Null),
        ("ship", json!({ "carrier": "dhl", "tracking_number": "1" })),
    ]
}

/// What a command pulls in a state, one after the other.
fn pulls(command: &str, body: &Value, state: State) -> Vec<Trigger> {
    match (command, body["decision"].as_str()) {
        ("submit", _) => vec![Trigger::OrderSubmitted],
        ("cancel", _) => vec![transition::cancelling(state).unwrap_or(Trigger::Cancelled)],
        ("pay", _) => vec![Trigger::PaymentRetried],
        ("review", Some("approve")) => vec![Trigger::ReviewCleared],
        ("review", Some("reject")) => vec![Trigger::ReviewRejectedOrTimedOut],
        ("review", _) => vec![Trigger::OtherPaymentRequired],
        ("accept", _) => vec![Trigger::VendorAccepted],
        ("reject", _) if state == State::VendorAccepted => vec![Trigger::VendorWithdrew],
        ("reject", _) if state == State::Picking => vec![Trigger::ShortPickOrDamage],
        ("reject", _) => vec![Trigger::VendorRejectedOrSlaMissed],
        ("pick", _) => vec![Trigger::PickingStarted],
        ("pack", _) if state == State::Picking => vec![Trigger::PickingCompleted, Trigger::PackingCompleted],
        ("pack", _) => vec![Trigger::PackingCompleted],
        _ => vec![Trigger::CarrierPickedUp],
    }
}

/// Whether the command finds its work done.
fn done(command: &str, body: &Value, state: State) -> bool {
    match (command, body["decision"].as_str()) {
        ("cancel", _) | ("review", Some("reject")) => state == State::Cancelled,
        ("review", Some("approve")) => (State::Confirmed..State::Cancelled).contains(&state),
        ("accept", _) => state == State::VendorAccepted,
        ("reject", _) => state == State::VendorRejected,
        ("pick", _) => state == State::Picking,
        ("pack", _) => state == State::ReadyToShip,
        _ => false,
    }
}

#[derive(Debug, PartialEq)]
enum Outcome {
    Moved(State),
    Unmoved,
    Refused(Option<Vec<String>>),
    Status(u16),
}

fn expected(command: &str, body: &Value, state: State, role: ActorKind, has_parts: bool) -> Outcome {
    let endpoint = ENDPOINTS.iter().find(|row| row.path.ends_with(&format!("{{order_id}}/{command}"))).unwrap();
    if !endpoint.roles.contains(&role) {
        return Outcome::Status(403);
    }
    if role == ActorKind::Vendor && !has_parts {
        return Outcome::Status(404);
    }
    if done(command, body, state) {
        return Outcome::Unmoved;
    }
    if command == "cancel" && matches!(state, State::PaymentAuthorized | State::Validating | State::Routed) {
        // The table has no way out, and the machine soon reaches one: the wish is noted.
        return Outcome::Status(202);
    }
    if command == "ship" && state > State::ReadyToShip && state != State::Cancelled {
        // Shipped before, with a number that this is not.
        return Outcome::Refused(None);
    }
    let moved = pulls(command, body, state).into_iter().try_fold(state, |at, trigger| {
        let row = transition::find(at, trigger).filter(|row| row.actors.contains(&role));
        row.map(|row| row.to).ok_or_else(|| transition::allowed(at, role).iter().map(ToString::to_string).collect())
    });
    moved.map_or_else(|allowed| Outcome::Refused(Some(allowed)), Outcome::Moved)
}

#[tokio::test]
async fn every_command_of_every_caller_in_every_state_does_what_the_table_says() {
    let mut used: BTreeMap<ActorKind, BTreeSet<u8>> = BTreeMap::new();
    let mut tried = 0;
    for state in State::iter() {
        for who in [ANA, VEN_A, OPS] {
            for (command, body) in commands() {
                let bench = bench();
                let id = order_at(&bench, state);
                let was = bench.orders.order(id);
                let (status, answer) = post(&bench, who, command, id, body.clone()).await;
                let now = bench.orders.order(id);
                let entries = bench.orders.history(id).await.unwrap().split_off(usize::try_from(was.seq).unwrap());
                let stands = |order: &oms_domain::Order| {
                    if who == VEN_A { order.part(1).map_or(order.state, |part| part.state) } else { order.state }
                };
                let outcome = match status {
                    200 if entries.is_empty() => Outcome::Unmoved,
                    200 => Outcome::Moved(stands(&now)),
                    409 => Outcome::Refused(answer.get("allowed").map(|allowed| serde_json::from_value(allowed.clone()).unwrap())),
                    other => Outcome::Status(other),
                };
                let wanted = expected(command, &body, state, who.0, !was.parts.is_empty());
                assert_eq!(outcome, wanted, "{command} {body} by a {} in {state}: {answer}", who.0);
                assert_eq!(now == was, entries.is_empty());
                for entry in entries.iter().filter(|entry| entry.fact != Some(Fact::CancelRequested)) {
                    let row = transition::find(entry.from, entry.trigger.unwrap()).unwrap();
                    assert!(row.to == entry.to && row.actors.contains(&entry.actor.kind), "{entry:?}");
                    used.entry(who.0).or_default().insert(row.n);
                }
                tried += 1;
            }
        }
    }
    assert_eq!(tried, 23 * 3 * 11);
    // All of the customer's, vendor's and operator's transitions that have a command, and no others.
    assert_eq!(used[&ActorKind::Customer], [1, 2, 5, 6, 7, 13, 16, 18, 20, 26, 28, 31, 34, 37, 39].into());
    assert_eq!(used[&ActorKind::Vendor], [24, 25, 29, 30, 32, 33, 35, 38].into());
    assert_eq!(used[&ActorKind::Operator], [5, 7, 13, 14, 15, 16, 18, 20, 26, 28, 31, 34, 37, 39].into());
}
