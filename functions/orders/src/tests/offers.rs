//! What a customer answers where nobody can deliver the goods; and parts that come back.

use oms_domain::order::{Answer, Substitute};
use oms_domain::timers::RETURN_WINDOW;
use oms_domain::{Order, Sku};

use super::*;

fn sku(id: &str) -> Sku {
    Sku::parse(id).unwrap()
}

/// An order of Ana's that nobody can deliver; B may be sent for A where it is said.
fn short(bench: &Bench, with_substitute: bool) -> OrderId {
    let id = order_at(bench, State::Routing);
    let instead = if with_substitute { vec![Substitute { ordered: sku("A"), instead: sku("B") }] } else { Vec::new() };
    let fact = Fact::NotSourced { no: None, short: vec![sku("A")], instead, offered: true };
    bench.orders.overwrite(id, |order| order.learn(fact, &By::new(Actor::system("route"), NOON)).unwrap());
    id
}

fn order(bench: &Bench, id: OrderId) -> Order {
    bench.orders.order(id)
}

#[tokio::test]
async fn each_answer_does_what_it_says_and_a_second_click_nothing_more() {
    for (choice, answered, state, next) in [
        ("wait", Some(Answer::Wait), State::Routing, Next::Wait),
        ("substitute", Some(Answer::Substitute), State::Routing, Next::Route),
        ("cancel", None, State::Cancelled, Next::Wait),
    ] {
        let bench = bench();
        let id = short(&bench, true);
        let (status, view) = post(&bench, ANA, "offer", id, json!({ "choice": choice })).await;
        assert_eq!((status, &view["state"]), (200, &json!(state.to_string())), "{choice}");
        let once = order(&bench, id);
        assert_eq!(once.shortages.of(None).and_then(|shortage| shortage.answer), answered, "{choice}");
        assert_eq!((flow::next(&once), once.reason.as_deref() == Some("offer_declined")), (next, choice == "cancel"), "{choice}");
        let (again, _) = post(&bench, ANA, "offer", id, json!({ "choice": choice })).await;
        assert_eq!((again, order(&bench, id).seq), (200, once.seq), "{choice}");
    }
}

#[tokio::test]
async fn a_customer_may_think_better_of_it_until_it_is_done() {
    let bench = bench();
    let id = short(&bench, true);
    for choice in ["wait", "substitute", "wait", "cancel"] {
        assert_eq!(post(&bench, ANA, "offer", id, json!({ "choice": choice })).await.0, 200, "{choice}");
    }
    assert_eq!(order(&bench, id).state, State::Cancelled);
    assert_eq!(post(&bench, ANA, "offer", id, json!({ "choice": "wait" })).await.0, 409, "what is cancelled is over");
}

#[tokio::test]
async fn only_what_is_offered_can_be_chosen_and_only_by_whom_it_is_offered_to() {
    let bench = bench();
    let id = short(&bench, false);
    assert_eq!(post(&bench, ANA, "offer", id, json!({ "choice": "substitute" })).await.0, 409);
    assert_eq!(post(&bench, ANA, "offer", id, json!({ "choice": "refund" })).await.0, 400);
    assert_eq!(post(&bench, BOB, "offer", id, json!({ "choice": "wait" })).await.0, 404);
    assert_eq!(post(&bench, VEN_A, "offer", id, json!({ "choice": "wait" })).await.0, 403);
    assert_eq!(post(&bench, OPS, "offer", id, json!({ "choice": "wait" })).await.0, 200, "staff may answer for somebody on the telephone");
    let other = an_order().of("cus-ana").nth(2).at(State::Routing);
    bench.orders.seed(&other.build());
    assert_eq!(post(&bench, ANA, "offer", other.id(), json!({ "choice": "wait" })).await.0, 409, "nothing is offered");
}

#[tokio::test]
async fn an_offer_is_shown_to_its_customer_with_what_can_be_answered_and_until_when() {
    let bench = bench();
    for (with_substitute, choices) in [(false, json!(["wait", "cancel"])), (true, json!(["wait", "substitute", "cancel"]))] {
        let id = short(&bench, with_substitute);
        let (_, view) = get(&bench, ANA, id).await;
        let offer = &view["offers"][0];
        assert_eq!((&offer["short"], &offer["choices"]), (&json!(["A"]), &choices));
        let since = order(&bench, id).since;
        assert_eq!(offer["until"], json!(since + jiff::SignedDuration::from_hours(48)));
    }
}

/// One part of two is short, and no other is touched.
#[tokio::test]
async fn a_part_that_is_short_is_cancelled_alone() {
    let bench = bench();
    let id = order_at(&bench, State::PendingFulfillment);
    let (vendor, system) = (By::new(Actor::new(ActorKind::Vendor, "ven-a"), NOON), By::new(Actor::system("route"), NOON));
    let fact = Fact::NotSourced { no: Some(1), short: vec![sku("A")], instead: Vec::new(), offered: true };
    bench.orders.overwrite(id, |order| {
        let refused = order.go_part(1, Trigger::VendorRejectedOrSlaMissed, &vendor).unwrap();
        refused.go_part(1, Trigger::ResourcingStarted, &system).unwrap().learn(fact, &system).unwrap()
    });
    for _ in 0..2 {
        assert_eq!(post(&bench, ANA, "offer", id, json!({ "choice": "cancel" })).await.0, 200);
        let states: Vec<State> = order(&bench, id).parts.iter().map(|part| part.state).collect();
        assert_eq!(states, [State::Cancelled, State::PendingFulfillment]);
    }
}

#[tokio::test]
async fn an_operator_has_it_sought_again_at_once() {
    let bench = bench();
    let id = short(&bench, false);
    assert_eq!(flow::next(&order(&bench, id)), Next::Wait);
    assert_eq!(post(&bench, OPS, "resume", id, Value::Null).await.0, 200);
    assert_eq!(flow::next(&order(&bench, id)), Next::Route);
}

/// Both vendors have delivered; the first gets its part back.
#[tokio::test]
async fn a_return_is_its_vendors_alone_and_counted_once() {
    let bench = bench();
    let id = order_at(&bench, State::Delivered);
    let reason = json!({ "reason": "withdrawn" });
    assert_eq!(post(&bench, VEN_C, "return", id, reason.clone()).await.0, 404);
    assert_eq!(post(&bench, ANA, "return", id, reason.clone()).await.0, 403);
    for _ in 0..2 {
        let (status, view) = post(&bench, VEN_A, "return", id, reason.clone()).await;
        assert_eq!((status, &view["state"]), (200, &json!("returned")));
        let now = order(&bench, id);
        let states: Vec<State> = now.parts.iter().map(|part| part.state).collect();
        assert_eq!((now.state, states), (State::Delivered, vec![State::Returned, State::Delivered]));
        assert_eq!(now.parts_to_owe().map(|part| part.no).collect::<Vec<_>>(), [1]);
    }
    let (_, view) = get(&bench, VEN_B, id).await;
    assert_eq!(view["state"], json!("delivered"));
}

#[tokio::test]
async fn nothing_comes_back_that_was_not_delivered_or_long_ago() {
    let bench = bench();
    let reason = json!({ "reason": "withdrawn" });
    let shipped = order_at(&bench, State::InTransit);
    assert_eq!(post(&bench, VEN_A, "return", shipped, reason.clone()).await.0, 409);
    for (late, status) in [(0, 200), (1, 409)] {
        let id = order_at(&bench, State::Delivered);
        let since = order(&bench, id).part(1).unwrap().since;
        let now = since + RETURN_WINDOW + jiff::SignedDuration::from_secs(late);
        let deps = Deps { clock: Arc::new(FixedClock::at(now)), ..self::bench().deps };
        let deps = Deps { orders: bench.orders.clone(), records: bench.orders.clone(), ..deps };
        let request = call(VEN_A.0, VEN_A.1, &route("return"), id, &reason);
        assert_eq!(handle(&deps, request).await.status, status, "{late}");
    }
}
