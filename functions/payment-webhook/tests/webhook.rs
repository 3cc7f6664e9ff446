//! What an event of the gateway changes: each situation of an order, each standing of its payment, each fault, and races with `pay`.

#![expect(clippy::unwrap_used, reason = "a broken expectation in a test's own helper must stop the test")]

use std::sync::Arc;

use jiff::SignedDuration;
use oms_contract::queue::WebhookMessage;
use oms_contract::step::StepInput;
use oms_domain::change::{By, Changed};
use oms_domain::document::{MethodKind, PaymentMethod};
use oms_domain::flow::{self, Next, Undo};
use oms_domain::history::Fact;
use oms_domain::order::PaymentStatus;
use oms_domain::transition::Trigger;
use oms_domain::{Actor, ActorKind, Money, Order, OrderId, State};
use oms_fakes::gateway::{CARD_GOOD, CARD_NEEDS_ACTION};
use oms_fakes::{FakeGateway, FixedClock, MemoryOrders, MemoryTopics, NOON, a_document_of, an_order};
use oms_gateways::once::LEASE;
use oms_ports::StepError;
use oms_ports::effects::{EffectKey, Effects};
use oms_ports::gateway::{Authorization, Gateway, Standing};
use oms_ports::orders::Origin;
use payment_webhook::{Deps, handle};

const TOTAL: i64 = 12_000;

struct World {
    orders: Arc<MemoryOrders>,
    gateway: Arc<FakeGateway>,
    topics: Arc<MemoryTopics>,
    clock: Arc<FixedClock>,
    deps: Deps,
    id: OrderId,
}

fn by(kind: ActorKind) -> By {
    By::new(Actor::new(kind, "test"), NOON)
}

fn at(state: State) -> Changed {
    an_order().at(state).build()
}

fn cancel(order: Changed) -> Changed {
    order.cancel(&by(ActorKind::Customer)).unwrap()
}

fn learn(order: Changed, fact: Fact) -> Changed {
    order.learn(fact, &by(ActorKind::Gateway)).unwrap()
}

/// The order, and at the gateway `pi_1`, made for its first attempt.
async fn world(changed: &Changed, token: &str) -> World {
    let (orders, gateway) = (Arc::new(MemoryOrders::default()), Arc::new(FakeGateway::default()));
    let (topics, clock) = (Arc::new(MemoryTopics::default()), Arc::new(FixedClock::at(NOON)));
    let mut document = a_document_of(&changed.order);
    token.clone_into(&mut document.payment_method.token);
    orders.seed_with(changed, document);
    let deps =
        Deps { orders: orders.clone(), effects: orders.clone(), gateway: gateway.clone(), topics: topics.clone(), clock: clock.clone() };
    let id = changed.order.id;
    let amount = Money::new(TOTAL, changed.order.currency);
    let key = EffectKey::Authorize(1).for_gateway(id);
    let method = PaymentMethod { kind: MethodKind::Card, token: token.to_owned() };
    gateway.authorize(&Authorization { order_id: id, attempt: 1, amount, method, key }).await.unwrap();
    World { orders, gateway, topics, clock, deps, id }
}

fn message(kind: &str, object: &str) -> WebhookMessage {
    let body = format!(r#"{{"id":"evt_1","type":"{kind}","data":{{"object":{object}}}}}"#);
    WebhookMessage { source: "stripe".into(), received_at: NOON, body }
}

fn about(intent: &str) -> WebhookMessage {
    message("payment_intent.succeeded", &format!(r#"{{"object":"payment_intent","id":"{intent}"}}"#))
}

impl World {
    async fn told(&self) -> Result<(), StepError> {
        handle(&self.deps, &about("pi_1")).await
    }

    async fn pay(&self) -> Result<Next, StepError> {
        let deps = pay::Deps {
            orders: self.orders.clone(),
            records: self.orders.clone(),
            effects: self.orders.clone(),
            gateway: self.gateway.clone(),
            clock: self.clock.clone(),
        };
        pay::handle(&deps, StepInput { order_id: self.id }).await.map(|outcome| outcome.next)
    }

    fn order(&self) -> Order {
        self.orders.order(self.id)
    }

    fn alarms(&self) -> Vec<String> {
        self.topics.published().iter().map(|message| message.body["kind"].as_str().unwrap().to_owned()).collect()
    }
}

fn authorized(amount: i64) -> Standing {
    Standing::Authorized { amount }
}

fn captured(refunded: i64) -> Standing {
    Standing::Captured { amount: TOTAL, refunded }
}

fn declined() -> Standing {
    Standing::Declined { code: "insufficient_funds".into(), hard: false }
}

/// Each event comes three times, once with a fault in between: the first one to get through teaches, the others find it known.
#[tokio::test]
async fn an_order_learns_what_it_does_not_know_and_learns_it_once() {
    let pending = || at(State::PendingPayment);
    let acting = || learn(pending(), Fact::PaymentActionRequired);
    let taken = || learn(at(State::Routed), Fact::PaymentCaptured { amount: TOTAL });
    for (row, changed, standing, state, status, writes, next) in [
        (1, pending(), authorized(TOTAL), State::PaymentAuthorized, PaymentStatus::Authorized, 1, Next::Validate),
        (2, acting(), authorized(TOTAL), State::PaymentAuthorized, PaymentStatus::Authorized, 1, Next::Validate),
        (3, pending(), declined(), State::PaymentFailed, PaymentStatus::Declined, 1, Next::Wait),
        (4, acting(), declined(), State::PaymentFailed, PaymentStatus::Declined, 1, Next::Wait),
        (5, acting(), Standing::Voided, State::PaymentFailed, PaymentStatus::Declined, 1, Next::Wait),
        (6, cancel(pending()), authorized(TOTAL), State::Cancelled, PaymentStatus::Authorized, 1, Next::Wait),
        (7, at(State::Cancelled), Standing::Voided, State::Cancelled, PaymentStatus::Voided, 1, Next::Wait),
        (8, at(State::Cancelled), captured(0), State::Cancelled, PaymentStatus::Captured, 1, Next::Wait),
        (9, at(State::Cancelled), captured(TOTAL), State::Cancelled, PaymentStatus::Refunded, 2, Next::Wait),
        (10, at(State::Routed), captured(0), State::Routed, PaymentStatus::Captured, 1, Next::Notify),
        (11, at(State::Routed), Standing::Voided, State::PaymentFailed, PaymentStatus::Declined, 1, Next::Wait),
        (12, taken(), captured(4_000), State::Routed, PaymentStatus::Captured, 1, Next::Notify),
        (13, at(State::Confirmed), authorized(TOTAL), State::Confirmed, PaymentStatus::Authorized, 0, Next::Route),
        (14, pending(), Standing::Processing, State::PendingPayment, PaymentStatus::Open, 0, Next::Pay),
        (15, at(State::PaymentFailed), declined(), State::PaymentFailed, PaymentStatus::Declined, 0, Next::Wait),
    ] {
        for fault in [
            None,
            Some(("load", false)),
            Some(("begin", true)),
            Some(("finish", true)),
            Some(("commit", false)),
            Some(("commit", true)),
            Some(("retrieve", false)),
        ] {
            let world = world(&changed, CARD_GOOD).await;
            world.gateway.settle("pi_1", standing.clone());
            if let Some((call, after)) = fault {
                for faults in [&world.orders.faults, &world.gateway.faults] {
                    if after {
                        faults.after(call, 1)
                    } else {
                        faults.before(call, 1)
                    };
                }
            }
            for _ in 0..3 {
                // A message that fails comes again after the queue's visibility timeout of two minutes.
                let _ = world.told().await;
                world.clock.advance(SignedDuration::from_mins(2));
            }
            world.told().await.unwrap();
            let order = world.order();
            assert_eq!((order.state, order.payment.status), (state, status), "row {row}, {fault:?}");
            let written = world.orders.writes();
            assert_eq!(written.len(), writes, "row {row}, {fault:?}");
            assert!(written.iter().all(|write| write.via == Origin::Outside), "row {row}, {fault:?}");
            assert_eq!(flow::next(&order), next, "row {row}, {fault:?}");
            assert_eq!(world.alarms(), [""; 0], "row {row}, {fault:?}");
        }
    }
}

/// What the gateway told by itself is found by later steps: the capture needs the payment that the webhook brought.
#[tokio::test]
async fn a_payment_that_came_by_webhook_is_captured() {
    let world = world(&at(State::PendingPayment), CARD_GOOD).await;
    world.told().await.unwrap();
    let outcome = world.orders.outcome(world.id, &EffectKey::Authorize(1)).await.unwrap().unwrap();
    assert_eq!(outcome["intent"], "pi_1");
    world.orders.overwrite(world.id, |order| {
        let system = by(ActorKind::System);
        let order = order.go(Trigger::ValidationStarted, &system).unwrap();
        let order = order.go(Trigger::ChecksPassedAndLowRisk, &system).unwrap();
        let order = order.go(Trigger::RoutingStarted, &system).unwrap();
        order.go(Trigger::VendorsAssigned, &system).unwrap()
    });
    world.pay().await.unwrap();
    assert_eq!((world.order().payment.captured, world.gateway.captures()), (TOTAL, 1));
}

/// What was answered first stays the outcome of the attempt; what the card's issuer said afterwards is kept beside it, for the checks.
#[tokio::test]
async fn what_came_of_the_customers_act_is_kept_with_the_evidence_of_the_card() {
    for standing in [authorized(TOTAL), captured(0)] {
        let world = world(&learn(at(State::PendingPayment), Fact::PaymentActionRequired), CARD_NEEDS_ACTION).await;
        let asked = serde_json::to_value(&world.gateway.payments()[0]).unwrap();
        world.orders.finish(world.id, &EffectKey::Authorize(1), &asked).await.unwrap();
        world.gateway.settle("pi_1", standing);
        world.told().await.unwrap();
        world.told().await.unwrap();
        let outcome = async |key| world.orders.outcome(world.id, &key).await.unwrap().unwrap();
        assert_eq!(outcome(EffectKey::Authorize(1)).await["status"], "action_required");
        let reserved = outcome(EffectKey::Reserved(1)).await;
        assert_eq!(reserved["evidence"]["authentication"]["result"], "authenticated");
        assert!(!world.order().payment.status.is_undecided());
    }
}

#[tokio::test]
async fn a_customer_who_acts_after_the_order_died_gets_the_money_back() {
    let world = world(&at(State::PendingPayment), CARD_NEEDS_ACTION).await;
    world.pay().await.unwrap();
    assert_eq!(world.order().payment.status, PaymentStatus::ActionRequired);
    world.orders.overwrite(world.id, cancel);
    world.gateway.settle("pi_1", authorized(TOTAL));
    world.told().await.unwrap();
    assert!(flow::undo(&world.order()).contains(&Undo::Money));
    world.pay().await.unwrap();
    assert_eq!((world.order().payment.status, world.gateway.balance(world.id).reserved), (PaymentStatus::Voided, 0));
}

#[tokio::test]
async fn reservations_that_no_order_will_take_are_given_back_and_reported() {
    let replaced = || at(State::FraudReview).go(Trigger::OtherPaymentRequired, &by(ActorKind::Operator)).unwrap();
    let retried = || at(State::PaymentFailed).go(Trigger::PaymentRetried, &by(ActorKind::Customer)).unwrap();
    for (row, changed, standing, alarm, state) in [
        (1, retried(), authorized(TOTAL), "stray_reservation", State::PendingPayment),
        (2, replaced(), authorized(TOTAL), "stray_reservation", State::PendingPayment),
        (3, at(State::PaymentFailed), authorized(TOTAL), "stray_reservation", State::PaymentFailed),
        // The event of its own end tells the order that this payment came to nothing.
        (4, at(State::PendingPayment), authorized(15_680), "wrong_reservation", State::PaymentFailed),
    ] {
        for (call, after) in [("", false), ("void", true), ("void", false), ("publish", false), ("publish", true), ("finish", true)] {
            let world = world(&changed, CARD_GOOD).await;
            world.gateway.settle("pi_1", standing.clone());
            for faults in [&world.gateway.faults, &world.topics.faults, &world.orders.faults] {
                if after {
                    faults.after(call, 1)
                } else {
                    faults.before(call, 1)
                };
            }
            let case = format!("row {row}: {call}, after: {after}");
            assert_eq!(world.told().await.is_err(), !call.is_empty(), "{case}");
            world.clock.advance(LEASE);
            world.told().await.unwrap();
            world.told().await.unwrap();
            assert_eq!(world.gateway.payments()[0].standing, Standing::Voided, "{case}");
            assert_eq!(world.order().state, state, "{case}");
            let alarms = world.alarms();
            assert!(!alarms.is_empty() && alarms.iter().all(|found| found == alarm), "{case}: {alarms:?}");
        }
    }
}

#[tokio::test]
async fn what_fits_no_rule_is_put_before_a_person_and_done() {
    let taken = || learn(at(State::Routed), Fact::PaymentCaptured { amount: TOTAL });
    let refunded = || learn(taken(), Fact::PaymentRefunded { amount: 4_000 });
    for (changed, standing, alarm) in [
        (refunded(), captured(0), "refund_reversed"),
        (at(State::Routed), Standing::Captured { amount: TOTAL - 1, refunded: 0 }, "wrong_charge"),
        (at(State::PaymentFailed), captured(0), "charge_without_order"),
    ] {
        let world = world(&changed, CARD_GOOD).await;
        world.gateway.settle("pi_1", standing);
        world.told().await.unwrap();
        assert_eq!(world.alarms(), [alarm]);
        assert_eq!(world.order(), changed.order, "{alarm}");
    }
}

#[tokio::test]
async fn payments_without_order_are_seen() {
    let world = world(&at(State::PendingPayment), CARD_GOOD).await;
    handle(&world.deps, &about("pi_404")).await.unwrap();
    let elsewhere = MemoryOrders::default();
    let deps = Deps {
        orders: Arc::new(elsewhere),
        effects: world.orders.clone(),
        gateway: world.gateway.clone(),
        topics: world.topics.clone(),
        clock: world.clock.clone(),
    };
    handle(&deps, &about("pi_1")).await.unwrap();
    assert_eq!(world.alarms(), ["unmatched_payment", "unmatched_payment"]);
    let published = world.topics.published();
    assert_eq!(published[0].body["intent"], "pi_404");
    assert_eq!(published[1].body["order_id"], world.id.to_string());
}

#[tokio::test]
async fn events_about_other_things_are_done_and_nonsense_goes_to_the_dead_letters() {
    let world = world(&at(State::PendingPayment), CARD_GOOD).await;
    handle(&world.deps, &message("customer.created", r#"{"object":"customer","id":"cus_1"}"#)).await.unwrap();
    let nonsense = WebhookMessage { body: "{".into(), ..about("pi_1") };
    let stranger = WebhookMessage { source: "adyen".into(), ..about("pi_1") };
    for message in [nonsense, stranger] {
        assert!(matches!(handle(&world.deps, &message).await, Err(StepError::Refused(_))));
    }
    assert_eq!(world.gateway.faults.calls("retrieve"), 0);
}

/// `pay` has asked the gateway and not yet written: the event waits its turn, then finds everything known.
#[tokio::test]
async fn an_event_that_overtakes_pay_waits_for_it() {
    let world = world(&at(State::PendingPayment), CARD_GOOD).await;
    world.orders.begin(world.id, &EffectKey::Authorize(1), NOON, NOON + LEASE).await.unwrap();
    assert!(matches!(world.told().await, Err(StepError::InProgress)));
    assert_eq!(world.order().state, State::PendingPayment);
    world.clock.advance(LEASE);
    world.told().await.unwrap();
    assert_eq!(world.order().state, State::PaymentAuthorized, "a run that never came back is not waited for");
}

/// Wherever the event comes between two calls of `pay`, the same fact is on record once, and the order goes on.
#[tokio::test]
async fn pay_and_the_event_write_the_same_fact_once() {
    for call in ["begin", "finish", "commit"] {
        let world = Arc::new(world(&at(State::PendingPayment), CARD_GOOD).await);
        let other = world.clone();
        let (tell, heard) = std::sync::mpsc::channel();
        world.orders.faults.meanwhile(call, 1, move || {
            let mut event = Box::pin(async move { other.told().await });
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            // Every fake answers at once, so one poll is the whole run.
            let std::task::Poll::Ready(result) = event.as_mut().poll(&mut context) else { panic!("a fake waited") };
            tell.send(result.is_ok()).unwrap();
        });
        let paid = world.pay().await;
        let told = heard.try_recv().unwrap();
        assert!(paid.is_ok() || told, "{call}: one of them gets through");
        world.clock.advance(LEASE);
        world.pay().await.unwrap();
        world.told().await.unwrap();
        assert_eq!(world.order().state, State::PaymentAuthorized, "{call}");
        assert_eq!(world.orders.writes().len(), 1, "{call}");
        assert_eq!(world.gateway.authorizations(), 1, "{call}");
    }
}
