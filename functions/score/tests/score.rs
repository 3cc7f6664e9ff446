//! Every rule alone and switched off, the bands, and the step over fakes.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use jiff::SignedDuration;
use oms_contract::record::RiskSignal;
use oms_contract::reference::Market;
use oms_contract::step::{StepInput, StepOutcome};
use oms_domain::address::Device;
use oms_domain::change::Changed;
use oms_domain::document::{Document, Speed};
use oms_domain::flow::{Next, Undo};
use oms_domain::order::{Band, Order};
use oms_domain::transition::Trigger;
use oms_domain::{Money, State};
use oms_fakes::build::document::a_document_of;
use oms_fakes::build::order::OrderBuilder;
use oms_fakes::build::reference::some_stock;
use oms_fakes::{
    FixedClock, MemoryInventory, MemoryOrders, MemoryReference, MemorySealer, NOON, a_customer, a_document, a_market, a_product, an_order,
    currency, sku, some_personal,
};
use oms_ports::StepError;
use oms_ports::orders::Records as _;
use oms_ports::stock::Inventory as _;
use score::facts::RiskFacts;
use score::rules::{RULES, score, signals};
use score::{Deps, REVIEW_HOLD, handle, judged};

fn euro(cents: i64) -> Money {
    Money::new(cents, currency("EUR"))
}

/// A known customer's ordinary order: nothing to say.
fn harmless() -> RiskFacts {
    RiskFacts {
        document: a_document(),
        personal: Some(some_personal()),
        customer: Some(a_customer("cus-1")),
        market: a_market(),
        total: euro(12_000),
        electronics: euro(0),
        last_hour: 1,
        last_day: 1,
        ever: 2,
        doubts: vec![],
    }
}

fn from(facts: &mut RiskFacts, id: Option<&str>, ip: Option<&str>) {
    let device = Device { id: id.map(str::to_owned), ip: ip.map(str::to_owned) };
    facts.personal.as_mut().unwrap().device = Some(device);
}

fn bill_to(facts: &mut RiskFacts, country: &str) {
    let personal = facts.personal.as_mut().unwrap();
    let mut billing = personal.shipping_address.clone();
    country.clone_into(&mut billing.country);
    personal.billing_address = Some(billing);
}

/// A rule, what makes it speak alone, what only just does not, and the band it shall lead to alone.
type Case = (&'static str, fn(&mut RiskFacts), fn(&mut RiskFacts), Band);

const CASES: [Case; 11] = [
    ("orders_per_hour", |f| f.last_hour = 6, |f| f.last_hour = 5, Band::Medium),
    ("orders_per_day", |f| f.last_day = 21, |f| f.last_day = 20, Band::High),
    (
        "high_risk_destination",
        |f| "XX".clone_into(&mut f.document.destination),
        |f| "XY".clone_into(&mut f.document.destination),
        Band::Medium,
    ),
    ("billed_in_another_country", |f| bill_to(f, "FR"), |f| bill_to(f, "DE"), Band::Low),
    ("high_value_electronics", |f| f.electronics = euro(100_001), |f| f.electronics = euro(100_000), Band::Medium),
    ("large_first_order", |f| (f.ever, f.total) = (1, euro(50_001)), |f| (f.ever, f.total) = (1, euro(50_000)), Band::High),
    (
        "express_first_order",
        |f| (f.ever, f.document.speed) = (0, Speed::Express),
        |f| (f.ever, f.document.speed) = (2, Speed::Express),
        Band::Low,
    ),
    ("on_watchlist", |f| f.customer.as_mut().unwrap().watchlist = true, |f| f.customer = None, Band::Medium),
    ("personal_data_erased", |f| f.personal = None, |_| {}, Band::High),
    (
        "unknown_device",
        |f| from(f, Some("device-2"), None),
        |f| {
            from(f, Some("device-2"), None);
            f.customer.as_mut().unwrap().devices.clear();
        },
        Band::Low,
    ),
    (
        "blocked_device",
        |f| {
            f.customer.as_mut().unwrap().devices.clear();
            from(f, Some("device-blocked"), None);
        },
        |f| from(f, None, Some("192.0.2.2")),
        Band::VeryHigh,
    ),
];

fn spoke(signals: &[RiskSignal]) -> Vec<&str> {
    signals.iter().map(|signal| signal.rule.as_str()).collect()
}

#[test]
fn nothing_speaks_against_an_ordinary_order() {
    let report = judged(&harmless(), 3, NOON);
    assert_eq!((report.score, report.band, report.signals), (0, Band::Low, vec![]));
}

#[test]
fn every_rule_speaks_alone_leads_where_it_shall_and_can_be_silent() {
    for (rule, on, off, band) in CASES {
        let (mut speaking, mut silent) = (harmless(), harmless());
        on(&mut speaking);
        off(&mut silent);
        let report = judged(&speaking, 3, NOON);
        assert_eq!(spoke(&report.signals), [rule]);
        assert_eq!(report.band, band, "{rule}");
        assert_eq!(signals(&silent), [], "{rule}");
    }
}

#[test]
fn every_rule_has_a_case_and_a_name_of_its_own() {
    assert_eq!(RULES.map(|rule| rule.name), CASES.map(|(rule, ..)| rule));
    let groups: Vec<String> = RULES.iter().map(|rule| rule.group.to_string()).collect();
    for group in ["velocity", "geography", "product", "behaviour", "device"] {
        assert!(groups.iter().any(|name| name == group), "{group}");
    }
}

#[test]
fn bands_change_where_they_say() {
    for (score, band) in [
        (0, Band::Low),
        (20, Band::Low),
        (21, Band::Medium),
        (50, Band::Medium),
        (51, Band::High),
        (75, Band::High),
        (76, Band::VeryHigh),
        (100, Band::VeryHigh),
    ] {
        assert_eq!(Band::of(score), band, "{score}");
    }
}

#[test]
fn points_add_up_to_a_hundred_at_most() {
    let signal = |points| RiskSignal { rule: String::new(), group: String::new(), points, seen: String::new() };
    for (points, sum) in [(vec![], 0), (vec![51, 21, 3], 75), (vec![55, 40], 95), (vec![100, 100, 100], 100)] {
        let all: Vec<RiskSignal> = points.iter().copied().map(signal).collect();
        assert_eq!(score(&all), sum, "{points:?}");
    }
}

#[test]
fn a_new_customer_with_an_expensive_laptop_by_express_is_reviewed_not_rejected() {
    let mut facts = harmless();
    (facts.ever, facts.total, facts.electronics) = (1, euro(155_283), euro(129_900));
    facts.document.speed = Speed::Express;
    assert_eq!(judged(&facts, 3, NOON).band, Band::High);
    bill_to(&mut facts, "FR");
    assert_eq!(judged(&facts, 3, NOON).band, Band::VeryHigh);
}

#[test]
fn a_blocked_network_address_is_known_in_every_spelling() {
    for (blocked, seen, known) in [
        ("203.0.113.66", "203.0.113.66", true),
        ("203.0.113.66", "::ffff:203.0.113.66", true),
        ("2001:db8::1", "2001:DB8:0:0::1", true),
        ("203.0.113.66", "203.0.113.67", false),
        ("203.0.113.66", "nonsense", false),
    ] {
        let mut facts = harmless();
        facts.market.blocked_devices = vec![blocked.to_owned()];
        from(&mut facts, None, Some(seen));
        assert_eq!(!signals(&facts).is_empty(), known, "{blocked} {seen}");
    }
}

#[test]
fn what_a_rule_saw_names_no_person_and_no_device() {
    for (_, on, _, _) in CASES {
        let mut facts = harmless();
        on(&mut facts);
        for signal in signals(&facts) {
            for secret in ["Anna", "anna@", "device-", "192.0.2", "Beispiel"] {
                assert!(!signal.seen.contains(secret), "{}: {}", signal.rule, signal.seen);
            }
        }
    }
}

struct World {
    orders: Arc<MemoryOrders>,
    inventory: Arc<MemoryInventory>,
    reference: Arc<MemoryReference>,
    sealer: Arc<MemorySealer>,
}

impl World {
    async fn with(order: &Changed, document: Document) -> Self {
        let orders = MemoryOrders::default();
        orders.seed_with(order, document);
        let inventory = MemoryInventory::stocked(&[some_stock("SKU-1", "ven-1", 5)]);
        inventory.hold(order.order.id, &[(sku("SKU-1"), 1)], NOON).await.unwrap();
        let reference = MemoryReference::default();
        reference.product(a_product("SKU-1")).customer(a_customer("cus-1")).market(a_market());
        Self {
            orders: Arc::new(orders),
            inventory: Arc::new(inventory),
            reference: Arc::new(reference),
            sealer: Arc::new(MemorySealer::default()),
        }
    }

    /// An order that has passed its checks.
    async fn checked(builder: OrderBuilder) -> Self {
        let order = checked(&builder);
        let document = a_document_of(&order.order);
        Self::with(&order, document).await
    }

    async fn run(&self) -> Result<StepOutcome, StepError> {
        let deps = Deps {
            orders: self.orders.clone(),
            listings: self.orders.clone(),
            inventory: self.inventory.clone(),
            reference: self.reference.clone(),
            sealer: self.sealer.clone(),
            clock: Arc::new(FixedClock::at(now())),
        };
        handle(&deps, StepInput { order_id: an_order().id() }).await
    }

    fn order(&self) -> Order {
        self.orders.order(an_order().id())
    }

    fn block_the_device(&self) {
        let mut market = a_market();
        market.blocked_devices.push("device-1".to_owned());
        self.reference.market(market);
    }
}

fn now() -> jiff::Timestamp {
    NOON + SignedDuration::from_mins(5)
}

fn checked(builder: &OrderBuilder) -> Changed {
    doubted(builder, vec![])
}

fn doubted(builder: &OrderBuilder, doubts: Vec<u8>) -> Changed {
    let validating = builder.clone().at(State::Validating).build();
    let by = oms_domain::change::By::new(oms_domain::Actor::system("validate"), NOON);
    validating.learn(oms_domain::history::Fact::ChecksPassed { report: 2, doubts }, &by).unwrap()
}

#[tokio::test]
async fn low_risk_is_confirmed_and_the_report_kept() {
    let world = World::checked(an_order()).await;
    let version = world.order().seq;
    let outcome = world.run().await.unwrap();
    assert_eq!((outcome.state, outcome.next), (State::Confirmed, Next::Route));
    assert_eq!(world.orders.fraud(outcome.order_id, version).await.unwrap(), None, "no rule spoke");
    assert_eq!(world.order().risk.unwrap().score, 0);
    assert_eq!(world.inventory.faults.calls("extend"), 0);
}

#[test]
fn a_doubt_alone_is_medium_and_more_of_them_are_no_worse() {
    for doubts in [vec![3], vec![3, 5, 24, 27, 28, 29, 30]] {
        let facts = RiskFacts { doubts: doubts.clone(), ..harmless() };
        let signals = signals(&facts);
        assert_eq!((signals.len(), score(&signals)), (doubts.len(), 21), "{doubts:?}");
        assert_eq!(signals[0].rule, "check:billing_address_matches");
        assert_eq!(judged(&facts, 1, NOON).band, Band::Medium);
    }
}

#[test]
fn a_doubt_never_makes_a_review_a_rejection() {
    let reviewed = RiskFacts { ever: 1, total: euro(150_000), electronics: euro(150_000), ..harmless() };
    let doubted = RiskFacts { doubts: vec![5], ..reviewed.clone() };
    assert_eq!(judged(&doubted, 1, NOON).score, judged(&reviewed, 1, NOON).score);
    assert_eq!(judged(&doubted, 1, NOON).band, Band::High);
    let shade = RiskFacts { ever: 1, document: Document { speed: Speed::Express, ..a_document() }, doubts: vec![29], ..harmless() };
    assert_eq!(judged(&shade, 1, NOON).score, 21, "what is missing is added, no more");
}

#[tokio::test]
async fn a_doubted_order_is_verified_with_its_stock_kept() {
    let order = doubted(&an_order(), vec![29]);
    let world = World::with(&order, a_document_of(&order.order)).await;
    let version = world.order().seq;
    let outcome = world.run().await.unwrap();
    assert_eq!(outcome.state, State::FraudReview);
    assert_eq!(world.inventory.expires_at(outcome.order_id), Some(now() + REVIEW_HOLD));
    let report = world.orders.fraud(outcome.order_id, version).await.unwrap().unwrap();
    assert_eq!((report.band, report.signals[0].rule.as_str()), (Band::Medium, "check:no_recent_chargeback"));
}

#[tokio::test]
async fn a_large_first_order_is_reviewed_with_its_stock_kept() {
    for (total, code, state) in [
        (50_001, "EUR", State::FraudReview),
        (50_000, "EUR", State::Confirmed),
        (90_000, "JPY", State::FraudReview),
        (50_000, "JPY", State::Confirmed),
        (200_000, "KWD", State::FraudReview),
        (166_000, "KWD", State::Confirmed),
    ] {
        let world = World::checked(an_order().total(total, code)).await;
        let outcome = world.run().await.unwrap();
        assert_eq!(outcome.state, state, "{total} {code}");
        let expiry = world.inventory.expires_at(outcome.order_id);
        let kept = if state == State::FraudReview { now() + REVIEW_HOLD } else { NOON };
        assert_eq!(expiry, Some(kept), "{total} {code}");
    }
}

#[tokio::test]
async fn the_second_large_order_is_not_a_first_one() {
    let world = World::checked(an_order().total(90_000, "EUR")).await;
    world.orders.seed(&an_order().nth(1).captured_at(NOON - SignedDuration::from_hours(24 * 30)).build());
    assert_eq!(world.run().await.unwrap().state, State::Confirmed);
}

#[tokio::test]
async fn electronics_are_summed_over_lines() {
    let order = checked(&an_order().total(100_002, "EUR"));
    let mut document = a_document_of(&order.order);
    document.lines[0].unit_price = 50_001;
    document.lines.push(document.lines[0].clone());
    let world = World::with(&order, document).await;
    world.orders.seed(&an_order().nth(1).captured_at(NOON - SignedDuration::from_hours(24 * 30)).build());
    let mut laptop = a_product("SKU-1");
    laptop.high_value_electronics = true;
    world.reference.product(laptop);
    assert_eq!(world.run().await.unwrap().state, State::FraudReview);
    assert_eq!(world.order().risk.unwrap().band, Band::Medium);
}

#[tokio::test]
async fn the_sixth_order_in_an_hour_is_verified() {
    for (others, state) in [(4, State::Confirmed), (5, State::FraudReview)] {
        let world = World::checked(an_order()).await;
        for nth in 1..=others {
            world.orders.seed(&an_order().nth(nth).captured_at(NOON - SignedDuration::from_mins(59)).build());
        }
        world.orders.seed(&an_order().nth(9).captured_at(NOON - SignedDuration::from_mins(61)).build());
        world.orders.seed(&an_order().nth(8).of("cus-2").build());
        assert_eq!(world.run().await.unwrap().state, state, "{others} others");
    }
}

#[tokio::test]
async fn orders_that_came_after_it_was_placed_count_as_well() {
    let world = World::checked(an_order()).await;
    for nth in 1..=5 {
        world.orders.seed(&an_order().nth(nth).captured_at(NOON + SignedDuration::from_mins(4)).build());
    }
    assert_eq!(world.run().await.unwrap().state, State::FraudReview);
}

#[tokio::test]
async fn very_high_risk_is_rejected_and_cancelled_in_one_write() {
    let world = World::checked(an_order()).await;
    world.block_the_device();
    let outcome = world.run().await.unwrap();
    assert_eq!((outcome.state, outcome.next), (State::Cancelled, Next::Wait));
    assert_eq!(outcome.undo, [Undo::Stock, Undo::Money, Undo::People], "everything goes back");
    assert_eq!(world.order().reason.as_deref(), Some("risk"));
    let writes = world.orders.writes();
    assert_eq!(writes.len(), 1);
    let triggers: Vec<_> = writes[0].entries.iter().map(|entry| entry.trigger).collect();
    assert_eq!(triggers, [Some(Trigger::CheckFailedOrRiskVeryHigh), Some(Trigger::CancelledOrTimedOut)]);
}

/// Every call may fail before it takes effect or after: run again, the order ends where it would have, with one score.
#[tokio::test]
async fn any_call_may_fail() {
    for op in ["whole", "latest_of", "keep", "commit", "fetch", "open", "extend"] {
        for after in [false, true] {
            let world = World::checked(an_order().total(90_000, "EUR")).await;
            let faults = match op {
                "extend" => &world.inventory.faults,
                "fetch" => &world.reference.faults,
                "open" => &world.sealer.faults,
                _ => &world.orders.faults,
            };
            if after {
                faults.after(op, 1)
            } else {
                faults.before(op, 1)
            };
            let failed = world.run().await;
            assert!(failed.as_ref().is_err_and(StepError::is_retryable), "{op} {after}: {failed:?}");
            assert_eq!(world.run().await.unwrap().state, State::FraudReview, "{op} {after}");
            assert_eq!(world.orders.writes().len(), 1, "{op} {after}");
            let expiry = world.inventory.expires_at(an_order().id());
            assert_eq!(expiry, Some(now() + REVIEW_HOLD), "{op} {after}");
        }
    }
}

#[tokio::test]
async fn facts_that_are_missing_make_the_order_wait() {
    let no_market = World { reference: Arc::new(MemoryReference::default()), ..World::checked(an_order()).await };
    let no_rate = World::checked(an_order().total(1_000, "JPY")).await;
    let mut market = a_market();
    market.fx_to_eur.clear();
    no_rate.reference.market(market);
    let old_rate = World::checked(an_order().total(1_000, "JPY")).await;
    old_rate.reference.market(Market { fx_as_of: "2026-11-18".parse().unwrap(), fx_max_age_days: 4, ..a_market() });
    for world in [no_market, no_rate, old_rate] {
        assert!(matches!(world.run().await, Err(StepError::Unavailable(_))));
        assert_eq!(world.order().state, State::Validating);
    }
}

#[tokio::test]
async fn an_order_that_asks_for_another_step_is_left_alone() {
    for state in [State::PendingPayment, State::Validating, State::Confirmed, State::FraudReview, State::Cancelled] {
        let order = an_order().at(state).build();
        let world = World::with(&order, a_document_of(&order.order)).await;
        assert_eq!(world.run().await.unwrap(), StepOutcome::of(&order.order), "{state}");
        assert_eq!(world.orders.faults.calls("commit"), 0, "{state}");
    }
}
