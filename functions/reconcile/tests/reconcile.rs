//! What is found, what is left alone, and that the operators are told once.

#![expect(clippy::unwrap_used, reason = "a broken expectation in a test's own helper must stop the test")]

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use oms_domain::change::{By, Changed};
use oms_domain::document::{MethodKind, PaymentMethod};
use oms_domain::history::Fact;
use oms_domain::transition::Trigger;
use oms_domain::{Actor, ActorKind, Money, OrderId, State};
use oms_fakes::gateway::CARD_GOOD;
use oms_fakes::{FakeGateway, FixedClock, MemoryInvoices, MemoryOrders, MemorySeen, MemoryTopics, NOON, OrderBuilder, an_order};
use oms_gateways::invoice::OnInvoice;
use oms_gateways::router::Gateways;
use oms_ports::StepError;
use oms_ports::effects::{EffectKey, Effects as _};
use oms_ports::gateway::{Authorization, Gateway, GatewayPayment, Standing};
use oms_ports::messaging::Topic;
use reconcile::compare::{Finding, Kind, compare};
use reconcile::{Deps, GRACE, Input, Report, handle};

const TOTAL: i64 = 12_000;

fn by(kind: ActorKind) -> By {
    By::new(Actor::new(kind, "test"), NOON)
}

fn at(state: State) -> Changed {
    an_order().at(state).build()
}

fn learn(order: Changed, fact: Fact) -> Changed {
    order.learn(fact, &by(ActorKind::Gateway)).unwrap()
}

/// Another payment was asked for while the first reservation stands.
fn replaced() -> Changed {
    at(State::FraudReview).go(Trigger::OtherPaymentRequired, &by(ActorKind::Operator)).unwrap()
}

fn payment(id: OrderId, attempt: u8, standing: Standing) -> GatewayPayment {
    GatewayPayment { intent: format!("pi_{attempt}"), order_id: id, attempt, currency: "EUR".to_owned(), standing, evidence: None }
}

fn authorized(amount: i64) -> Standing {
    Standing::Authorized { amount }
}

fn captured(amount: i64, refunded: i64) -> Standing {
    Standing::Captured { amount, refunded }
}

fn declined() -> Standing {
    Standing::Declined { code: "generic_decline".to_owned(), hard: false }
}

/// Each way to agree and to differ: the order, what stands at the gateway by attempt, and what is found (kind, ours, theirs).
#[test]
fn an_order_and_its_payments_are_compared_sum_by_sum() {
    use Kind::{ChargeWithoutOrder, MissingReservation, OrderWithoutCharge, StrayReservation, SumDiffers};
    let paid = || at(State::PendingFulfillment);
    let refunded = |amount| learn(paid(), Fact::PaymentRefunded { amount });
    let failed = || at(State::PaymentFailed);
    let retried = || failed().go(Trigger::PaymentRetried, &by(ActorKind::Customer)).unwrap();
    let voided = || learn(at(State::Cancelled), Fact::PaymentVoided);
    // Orders are large: not on the stack.
    let rows = vec![
        // Agreed.
        (1, Some(at(State::PendingPayment)), vec![], None),
        (2, Some(failed()), vec![(1, declined())], None),
        (3, Some(at(State::Confirmed)), vec![(1, authorized(TOTAL))], None),
        (4, Some(paid()), vec![(1, captured(TOTAL, 0))], None),
        (5, Some(refunded(4_000)), vec![(1, captured(TOTAL, 4_000))], None),
        (6, Some(refunded(TOTAL)), vec![(1, captured(TOTAL, TOTAL))], None),
        (7, Some(voided()), vec![(1, Standing::Voided)], None),
        (8, Some(replaced()), vec![(1, authorized(TOTAL))], None),
        (9, Some(at(State::PendingPayment)), vec![(1, Standing::ActionRequired { client_secret: "s".into() })], None),
        (10, Some(voided()), vec![(1, captured(TOTAL, TOTAL))], None),
        (11, None, vec![(1, Standing::Voided), (2, declined()), (3, captured(TOTAL, TOTAL))], None),
        // Charges without order.
        (20, None, vec![(1, captured(TOTAL, 0))], Some((ChargeWithoutOrder, 0, TOTAL))),
        (21, None, vec![(1, captured(TOTAL, 4_000))], Some((ChargeWithoutOrder, 0, 8_000))),
        (22, Some(failed()), vec![(1, captured(TOTAL, 0))], Some((ChargeWithoutOrder, 0, TOTAL))),
        (23, Some(paid()), vec![(1, captured(TOTAL, 0)), (2, captured(TOTAL, 0))], Some((ChargeWithoutOrder, 0, TOTAL))),
        (24, Some(at(State::Confirmed)), vec![(1, captured(TOTAL, 0))], Some((ChargeWithoutOrder, TOTAL, TOTAL))),
        // Orders without charge.
        (30, Some(paid()), vec![], Some((OrderWithoutCharge, TOTAL, 0))),
        (31, Some(paid()), vec![(1, authorized(TOTAL))], Some((OrderWithoutCharge, TOTAL, TOTAL))),
        (32, Some(paid()), vec![(1, Standing::Voided)], Some((OrderWithoutCharge, TOTAL, 0))),
        // Differing sums.
        (40, Some(paid()), vec![(1, captured(TOTAL - 1, 0))], Some((SumDiffers, TOTAL, TOTAL - 1))),
        (41, Some(paid()), vec![(1, captured(TOTAL, 500))], Some((SumDiffers, TOTAL, TOTAL - 500))),
        (42, Some(refunded(500)), vec![(1, captured(TOTAL, 0))], Some((SumDiffers, TOTAL - 500, TOTAL))),
        (43, Some(at(State::Confirmed)), vec![(1, authorized(1))], Some((SumDiffers, TOTAL, 1))),
        // Stray and missing reservations.
        (50, None, vec![(1, authorized(TOTAL))], Some((StrayReservation, 0, TOTAL))),
        (51, Some(retried()), vec![(1, authorized(TOTAL))], Some((StrayReservation, 0, TOTAL))),
        (52, Some(voided()), vec![(1, authorized(TOTAL))], Some((StrayReservation, 0, TOTAL))),
        (53, Some(at(State::Confirmed)), vec![(1, Standing::Voided)], Some((MissingReservation, TOTAL, 0))),
        (54, Some(at(State::Confirmed)), vec![], Some((MissingReservation, TOTAL, 0))),
        (55, Some(replaced()), vec![], Some((MissingReservation, TOTAL, 0))),
    ];
    for (row, order, theirs, found) in rows {
        let id = an_order().id();
        let payments: Vec<_> = theirs.into_iter().map(|(attempt, standing)| payment(id, attempt, standing)).collect();
        let findings = compare(id, order.as_ref().map(|changed| &changed.order), &payments);
        let brief: Vec<_> = findings.iter().map(|finding| (finding.kind, finding.ours, finding.theirs)).collect();
        assert_eq!(brief, found.into_iter().collect::<Vec<_>>(), "row {row}");
        assert!(findings.iter().all(|finding| finding.order_id == Some(id)), "row {row}");
    }
    let id = an_order().id();
    let dollars = GatewayPayment { currency: "USD".to_owned(), ..payment(id, 1, captured(TOTAL, 0)) };
    assert_eq!(compare(id, Some(&paid().order), &[dollars])[0].kind, SumDiffers);
}

#[test]
fn a_finding_is_another_once_its_amounts_change() {
    let id = an_order().id();
    let finding = |theirs| Finding { kind: Kind::SumDiffers, order_id: Some(id), intent: Some("pi_1".to_owned()), ours: 5, theirs };
    assert_eq!(finding(4).id(), format!("sum_differs/{id}/pi_1/5/4"));
    assert_ne!(finding(4).id(), finding(3).id());
}

struct World {
    orders: Arc<MemoryOrders>,
    gateway: Arc<FakeGateway>,
    invoices: Arc<MemoryInvoices>,
    topics: Arc<MemoryTopics>,
    clock: Arc<FixedClock>,
    deps: Deps,
}

/// An hour after [`NOON`].
fn world() -> World {
    let orders = Arc::new(MemoryOrders::default());
    let (gateway, invoices) = (Arc::new(FakeGateway::default()), Arc::new(MemoryInvoices::default()));
    let (topics, clock) = (Arc::new(MemoryTopics::default()), Arc::new(FixedClock::at(NOON + SignedDuration::from_hours(1))));
    let on_invoice = Arc::new(OnInvoice { invoices: invoices.clone(), clock: clock.clone() });
    let deps = Deps {
        orders: orders.clone(),
        listings: orders.clone(),
        effects: orders.clone(),
        gateway: Arc::new(Gateways { card: gateway.clone(), invoice: on_invoice }),
        books: gateway.clone(),
        seen: Arc::new(MemorySeen::default()),
        topics: topics.clone(),
        clock: clock.clone(),
    };
    World { orders, gateway, invoices, topics, clock, deps }
}

impl World {
    /// An order that was paid as usual, with what was asked of the gateway on record.
    async fn paid(&self, order: OrderBuilder, kind: MethodKind) -> GatewayPayment {
        let id = order.id();
        self.orders.seed(&order.at(State::PendingFulfillment).build());
        let method = PaymentMethod { kind, token: if kind == MethodKind::Card { CARD_GOOD.to_owned() } else { String::new() } };
        let (effect, amount) = (EffectKey::Authorize(1), Money::new(TOTAL, oms_fakes::currency("EUR")));
        let request = Authorization { order_id: id, attempt: 1, amount, method, key: effect.for_gateway(id) };
        let made = self.deps.gateway.authorize(&request).await.unwrap();
        self.orders.begin(id, &effect, NOON, NOON).await.unwrap();
        self.orders.finish(id, &effect, &serde_json::to_value(&made).unwrap()).await.unwrap();
        self.deps.gateway.capture(&made.intent, amount, &EffectKey::Capture(1).for_gateway(id)).await.unwrap()
    }

    async fn run(&self) -> Report {
        handle(&self.deps, Input::Tick { hours: 3 }).await.unwrap()
    }

    fn told(&self) -> Vec<String> {
        self.topics.on(Topic::Operators).iter().map(|message| message.body["kind"].as_str().unwrap().to_owned()).collect()
    }
}

fn brief(report: &Report) -> Vec<(Kind, i64, i64)> {
    report.findings.iter().map(|finding| (finding.kind, finding.ours, finding.theirs)).collect()
}

#[tokio::test]
async fn books_that_agree_raise_nothing() {
    let world = world();
    for nth in 0..5 {
        world.paid(an_order().nth(nth), MethodKind::Card).await;
    }
    for nth in 5..7 {
        world.paid(an_order().nth(nth), MethodKind::Invoice).await;
    }
    let report = world.run().await;
    assert_eq!((report.payments, report.orders, report.moving, report.raised), (5, 7, 0, 0), "{report:?}");
    assert_eq!((report.findings.len(), world.told().len()), (0, 0), "{report:?}");
}

#[tokio::test]
async fn what_does_not_agree_is_raised_once_and_again_when_it_gets_worse() {
    let world = world();
    let lost = world.paid(an_order().nth(1), MethodKind::Card).await;
    let differs = world.paid(an_order().nth(2), MethodKind::Card).await;
    let without_order = an_order().nth(3).id();
    let request = Authorization {
        order_id: without_order,
        attempt: 1,
        amount: Money::new(700, oms_fakes::currency("EUR")),
        method: PaymentMethod { kind: MethodKind::Card, token: CARD_GOOD.to_owned() },
        key: "k".to_owned(),
    };
    world.gateway.authorize(&request).await.unwrap();
    world.gateway.lose(&lost.intent);
    world.gateway.settle(&differs.intent, captured(TOTAL, 100));
    world.gateway.made_by_others("pi_stranger", NOON, 55);
    world.gateway.made_by_others("pi_empty", NOON, 0);

    let report = world.run().await;
    let expected = [
        (Kind::UnknownPayment, 0, 55),
        (Kind::OrderWithoutCharge, TOTAL, 0),
        (Kind::SumDiffers, TOTAL, TOTAL - 100),
        (Kind::StrayReservation, 0, 700),
    ];
    assert_eq!((brief(&report), report.raised), (expected.to_vec(), 4));
    assert_eq!(world.told(), ["unknown_payment", "order_without_charge", "sum_differs", "stray_reservation"]);
    let mails = world.topics.on(Topic::Operators);
    assert!(mails.iter().all(|message| !message.body["mend"].as_str().unwrap().is_empty()));

    let again = world.run().await;
    assert_eq!((again.findings.len(), again.raised), (4, 0), "told before");
    world.gateway.settle(&differs.intent, captured(TOTAL, 200));
    let worse = world.run().await;
    assert_eq!((worse.raised, world.told().len()), (1, 5));
}

#[tokio::test]
async fn invoices_are_held_against_our_own_books() {
    let world = world();
    let payment = world.paid(an_order(), MethodKind::Invoice).await;
    world.orders.overwrite(payment.order_id, |order| learn(order, Fact::PaymentRefunded { amount: 300 }));
    assert_eq!(brief(&world.run().await), [(Kind::SumDiffers, TOTAL - 300, TOTAL)]);
    assert_eq!(world.invoices.all().len(), 1);
}

#[tokio::test]
async fn what_moves_at_the_moment_is_left_for_the_next_run() {
    let world = world();
    let order = an_order().captured_at(NOON + SignedDuration::from_mins(30)).one_change_per(SignedDuration::from_mins(3));
    let payment = world.paid(order, MethodKind::Card).await;
    world.gateway.settle(&payment.intent, captured(TOTAL, 500));
    let report = world.run().await;
    assert_eq!((report.moving, report.orders, brief(&report)), (1, 0, vec![]), "{report:?}");
    world.clock.advance(GRACE);
    assert_eq!(brief(&world.run().await), [(Kind::SumDiffers, TOTAL, TOTAL - 500)]);
}

#[tokio::test]
async fn a_difference_that_is_gone_at_the_second_look_is_none() {
    let world = world();
    let payment = world.paid(an_order(), MethodKind::Card).await;
    world.gateway.settle(&payment.intent, captured(TOTAL, 500));
    let (orders, id) = (world.orders.clone(), payment.order_id);
    // The webhook's write comes between the two readings; it carries the time of the event.
    world.gateway.faults.meanwhile("retrieve", 1, move || {
        drop(orders.overwrite(id, |order| learn(order, Fact::PaymentRefunded { amount: 500 })));
    });
    assert_eq!(brief(&world.run().await), []);
    assert_eq!(world.told().len(), 0);
}

#[tokio::test]
async fn payments_made_outside_the_window_are_found_through_their_orders() {
    let world = world();
    world.gateway.at(NOON - SignedDuration::from_hours(48));
    world.paid(an_order(), MethodKind::Card).await;
    let report = world.run().await;
    assert_eq!((report.payments, report.orders, brief(&report)), (0, 1, vec![]), "{report:?}");
}

#[tokio::test]
async fn an_alert_that_was_not_taken_is_sent_by_the_next_run() {
    for (call, told) in [("publish", 1), ("note", 2)] {
        let world = world();
        world.gateway.made_by_others("pi_stranger", NOON, 55);
        let seen = Arc::new(MemorySeen::default());
        seen.faults.before(call, 1);
        world.topics.faults.before(call, 1);
        let deps = Deps { seen, ..world.deps };
        assert!(matches!(handle(&deps, Input::Tick { hours: 3 }).await, Err(StepError::Unavailable(_))), "{call}");
        assert_eq!(handle(&deps, Input::Tick { hours: 3 }).await.unwrap().raised, 1, "{call}");
        assert_eq!(handle(&deps, Input::Tick { hours: 3 }).await.unwrap().raised, 0, "{call}");
        assert_eq!(world.topics.published().len(), told, "{call}: rather twice than never");
    }
}

#[tokio::test]
async fn a_window_ends_before_what_moves_and_is_never_empty() {
    let world = world();
    let now = NOON + SignedDuration::from_hours(1);
    let report = handle(&world.deps, Input::Window { from: NOON, to: Timestamp::MAX }).await.unwrap();
    assert_eq!((report.from, report.to), (NOON, now - GRACE));
    for input in [Input::Tick { hours: 0 }, Input::Window { from: NOON, to: NOON }, Input::Window { from: now, to: Timestamp::MAX }] {
        assert!(matches!(handle(&world.deps, input).await, Err(StepError::Refused(_))));
    }
    let inputs = [r#"{"tick":{"hours":3}}"#, r#"{"window":{"from":"2026-11-23T00:00:00Z","to":"2026-11-24T00:00:00Z"}}"#];
    assert!(inputs.into_iter().all(|input| serde_json::from_str::<Input>(input).is_ok()));
}
