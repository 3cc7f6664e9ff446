//! What readers see of an order's money.

use crate::handle;
use crate::tests::{ANA, BOB, Bench, OPS, bench, call, get, order_at, post};

use oms_contract::api::view::{LedgerAmounts, LedgerView};
use oms_domain::change::{By, Changed};
use oms_domain::history::Fact;
use oms_domain::ledger::Balances;
use oms_domain::transition::Trigger;
use oms_domain::{Actor, ActorKind, OrderId, State};
use oms_fakes::{NOON, an_order};
use oms_ports::effects::{EffectKey, Effects as _};
use oms_ports::orders::Records as _;
use serde_json::{Value, json};

const SECRET: &str = "pi_1_secret_of_ana";

fn by(kind: ActorKind) -> By {
    By::new(Actor::new(kind, "test"), NOON)
}

/// An order whose customer has to act; the gateway's answer stands with the effect, as `pay` leaves it.
async fn waiting_for_the_customer(bench: &Bench) -> OrderId {
    let id = order_at(bench, State::PendingPayment);
    bench.orders.overwrite(id, |order| order.learn(Fact::PaymentActionRequired, &by(ActorKind::Gateway)).unwrap());
    let payment =
        json!({ "intent": "pi_1", "order_id": id, "attempt": 1, "currency": "EUR", "status": "action_required", "client_secret": SECRET });
    bench.orders.begin(id, &EffectKey::Authorize(1), NOON, NOON).await.unwrap();
    bench.orders.finish(id, &EffectKey::Authorize(1), &payment).await.unwrap();
    id
}

#[tokio::test]
async fn only_the_orders_own_customer_is_given_the_secret_to_act_with() {
    let bench = bench();
    let id = waiting_for_the_customer(&bench).await;
    let (status, seen) = get(&bench, ANA, id).await;
    assert_eq!((status, seen["payment"]["status"].as_str()), (200, Some("action_required")));
    assert_eq!(seen["payment"]["action"]["client_secret"], SECRET);
    let response = handle(&bench.deps, call(ANA.0, ANA.1, "GET /api/v2/orders/{order_id}", id, &Value::Null)).await;
    assert!(response.headers.contains(&("cache-control", "no-store".to_owned())), "no cache may keep it");

    // Somebody else's order of the same id does not exist, staff act for nobody, and a vendor who bears the customer's id is no customer.
    for (who, status) in [(BOB, 404), (OPS, 200), ((ActorKind::Operator, "cus-ana"), 200), ((ActorKind::Vendor, "cus-ana"), 404)] {
        for route in ["", "/history", "/ledger"] {
            let route = format!("GET /api/v2/orders/{{order_id}}{route}");
            let response = handle(&bench.deps, call(who.0, who.1, &route, id, &Value::Null)).await;
            assert!(response.status == status || response.status == 403, "{who:?} {route}: {}", response.status);
            assert!(!response.body.contains(SECRET), "{who:?} {route}");
        }
    }
    for route in ["/history", "/ledger", ""] {
        let path = if route.is_empty() { "GET /api/v2/orders".to_owned() } else { format!("GET /api/v2/orders/{{order_id}}{route}") };
        let response = handle(&bench.deps, call(ANA.0, ANA.1, &path, id, &Value::Null)).await;
        assert_eq!(response.status, 200);
        assert!(!response.body.contains(SECRET), "{path}: even to its owner it is shown in one place");
    }
}

#[tokio::test]
async fn once_there_is_nothing_to_act_on_no_secret_is_shown() {
    type Then = fn(Changed) -> Changed;
    let authorized: Then =
        |order| order.go_knowing(Trigger::PaymentAuthorized, Fact::PaymentAuthorized { amount: 12_000 }, &by(ActorKind::Gateway)).unwrap();
    let failed: Then = |order| {
        let fact = Fact::PaymentDeclined { code: "authentication_required".to_owned(), hard: true };
        order.go_knowing(Trigger::PaymentDeclined, fact, &by(ActorKind::Gateway)).unwrap()
    };
    let cancelled: Then = |order| order.cancel(&by(ActorKind::Customer)).unwrap();
    for then in [authorized, failed, cancelled] {
        let bench = bench();
        let id = waiting_for_the_customer(&bench).await;
        bench.orders.overwrite(id, then);
        let (status, seen) = get(&bench, ANA, id).await;
        assert_eq!((status, seen["payment"].get("action")), (200, None), "{seen}");
    }
}

#[tokio::test]
async fn the_ledger_sums_to_the_payment_and_shows_every_movement() {
    let bench = bench();
    let id = order_at(&bench, State::Delivered);
    for (due, back) in [(500, 500), (1_000, 300)] {
        bench.orders.overwrite(id, |order| {
            let order = order.learn(Fact::RefundDue { amount: due }, &by(ActorKind::System)).unwrap();
            order.learn(Fact::PaymentRefunded { amount: back }, &by(ActorKind::Gateway)).unwrap()
        });
    }
    let response = handle(&bench.deps, call(ANA.0, ANA.1, "GET /api/v2/orders/{order_id}/ledger", id, &Value::Null)).await;
    let ledger: LedgerView = serde_json::from_str(&response.body).unwrap();
    let rows: Vec<_> = ledger.rows.iter().map(|row| (row.booking.as_str(), row.change, row.balance)).collect();
    let amounts = |authorized, captured, refunded, owed| LedgerAmounts { authorized, captured, refunded, owed };
    assert_eq!(
        rows,
        [
            ("authorized", amounts(12_000, 0, 0, 0), amounts(12_000, 0, 0, 0)),
            ("captured", amounts(-12_000, 12_000, 0, 0), amounts(0, 12_000, 0, 0)),
            ("owed", amounts(0, 0, 0, 500), amounts(0, 12_000, 0, 500)),
            ("refunded", amounts(0, 0, 500, -500), amounts(0, 12_000, 500, 0)),
            ("owed", amounts(0, 0, 0, 1_000), amounts(0, 12_000, 500, 1_000)),
            ("refunded", amounts(0, 0, 300, -300), amounts(0, 12_000, 800, 700)),
        ]
    );
    assert_eq!(ledger.balance, Balances::of(&bench.orders.order(id).payment).into());
    assert_eq!(ledger.currency, "EUR");
}

#[tokio::test]
async fn ledgers_are_for_the_customer_and_the_staff() {
    let bench = bench();
    let id = order_at(&bench, State::PendingFulfillment);
    for (who, status) in [(ANA, 200), (BOB, 404), (OPS, 200), ((ActorKind::Vendor, "ven-a"), 403)] {
        let response = handle(&bench.deps, call(who.0, who.1, "GET /api/v2/orders/{order_id}/ledger", id, &Value::Null)).await;
        assert_eq!(response.status, status, "{who:?}");
    }
    let fresh = an_order().nth(7).of("cus-ana");
    bench.orders.seed(&fresh.build());
    let response = handle(&bench.deps, call(ANA.0, ANA.1, "GET /api/v2/orders/{order_id}/ledger", fresh.id(), &Value::Null)).await;
    let ledger: LedgerView = serde_json::from_str(&response.body).unwrap();
    assert_eq!((ledger.rows.len(), ledger.balance), (0, Balances::default().into()), "nothing has moved yet");
}

#[tokio::test]
async fn a_declined_card_may_be_replaced_by_an_invoice() {
    for (method, status) in [
        (json!({ "kind": "invoice" }), 200),
        (json!({ "kind": "invoice", "token": "pm_card_visa" }), 422),
        (json!({ "kind": "card" }), 422),
        (json!({ "kind": "cheque", "token": "x" }), 422),
        // No token, but the card itself.
        (json!({ "kind": "card", "token": "4242 4242 4242 4242" }), 422),
    ] {
        let bench = bench();
        let id = order_at(&bench, State::PaymentFailed);
        let (found, answer) = post(&bench, ANA, "pay", id, json!({ "payment_method": method })).await;
        assert_eq!(found, status, "{method}: {answer}");
        let kept = bench.orders.method(id, 2).await.unwrap();
        assert_eq!(kept.is_some_and(|change| change.method.token.is_empty()), status == 200, "{method}");
    }
}
