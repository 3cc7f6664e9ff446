//! Who carries a part when nobody says, and what the bids know.

use super::*;

use jiff::civil::date;
use oms_contract::record::{Candidate, CarrierDecision, Plan, PlannedShipment, Record, Terms, ValidationReport};
use oms_contract::reference::punctuality::Performer;
use oms_contract::reference::regulation::{GoodsRule, HazmatRule, Regulations};
use oms_contract::reference::sale::{Hazmat, SaleRules};
use oms_contract::reference::{Market, Product};
use oms_domain::shipping::choice::{ChoiceWeights, TrackRecord};
use oms_fakes::{a_document_of, sub_orders_of};
use oms_ports::reference::{Loading as _, Row};
use oms_ports::tally::{Delivery, Tally as _};
use rust_decimal::Decimal;

/// The plan of an order's first part, which promises to cost so much and to be at the door so many hours after noon.
async fn plan(bench: &Bench, id: OrderId, change: impl Fn(&mut PlannedShipment)) {
    let entries = history(bench, id).await;
    let report = entries.iter().find_map(|entry| match &entry.fact {
        Some(Fact::Assigned { report, .. }) => Some(*report),
        _ => None,
    });
    let mut shipments: Vec<PlannedShipment> =
        sub_orders_of(&bench.orders.order(id)).into_iter().flat_map(|sub_order| sub_order.shipments).collect();
    change(&mut shipments[0]);
    let terms = Terms { hours: 48, cost: 490, performance: Decimal::ONE, objective: Decimal::ONE };
    let plan = Plan {
        version: report.unwrap(),
        at: NOON,
        part: None,
        chosen: Candidate { terms, shipments },
        alternatives: Vec::new(),
        t_ref: 48,
        c_ref: 490,
        optimal: true,
        bound: Decimal::ONE,
        explored: 1,
        rejected: Vec::new(),
        partly_read: Vec::new(),
    };
    bench.deps.orders.keep(id, &[Record::Plan(plan)]).await.unwrap();
}

async fn decision(bench: &Bench, id: OrderId) -> CarrierDecision {
    bench.orders.dossier(id).await.unwrap().carriers.remove(0)
}

#[tokio::test]
async fn a_label_bought_without_a_word_keeps_the_decision_it_rests_on() {
    let bench = bench();
    let id = order_at(&bench, State::Packing);
    let (status, seen) = post(&bench, VEN_A, "label", id, Value::Null).await;
    assert_eq!((status, &seen["carrier"], &seen["choice"]["carrier"]), (200, &json!("dhl"), &json!("dhl")), "{seen}");
    let kept = decision(&bench, id).await;
    assert_eq!((kept.carrier.as_str(), kept.overridden, kept.keeps_to_plan, kept.reason.as_deref()), ("dhl", false, Some(true), None));
    assert_eq!((kept.bids.len(), kept.unfit.len()), (3, 3));
    let facts: Vec<_> = history(&bench, id).await.into_iter().filter_map(|entry| Some((entry.fact?, entry.actor))).collect();
    let [.., (chosen, by), (Fact::LabelBought { .. }, _)] = &facts[..] else { panic!("{facts:?}") };
    assert_eq!(*chosen, Fact::CarrierChosen { no: 1, carrier: "dhl".to_owned(), service: Speed::Standard });
    assert_eq!(*by, Actor::system("label"));
    assert_eq!(replay(id, &history(&bench, id).await), Ok(bench.orders.order(id)));
}

/// DHL's standard service, which the plan has, costs 600 and takes 55 hours from noon on Monday; UPS's, the best by the weights, 1,000 and 31; its express 2,600 and as long.
#[tokio::test]
async fn without_a_word_nobody_is_chosen_who_costs_more_or_comes_later_than_planned() {
    for (name, cost, hours, carrier, service) in [
        ("the best is within the promise", 1_000, 55, "ups", Speed::Standard),
        ("it costs more", 999, 55, "dhl", Speed::Standard),
        ("it comes later, but no later than the planned one would", 1_000, 24, "ups", Speed::Standard),
        ("all cost more: so does the planned one", 100, 24, "dhl", Speed::Standard),
    ] {
        let bench = bench();
        let id = order_at(&bench, State::Packing);
        plan(&bench, id, |shipment| (shipment.cost, shipment.hours) = (cost, hours)).await;
        let (status, seen) = post(&bench, VEN_A, "label", id, Value::Null).await;
        let kept = decision(&bench, id).await;
        assert_eq!(
            (status, kept.carrier.as_str(), kept.service, kept.keeps_to_plan),
            (200, carrier, service, Some(true)),
            "{name}: {seen}"
        );
        let planned = kept.planned.unwrap();
        assert_eq!((planned.carrier.as_str(), planned.cost, planned.hours), ("dhl", cost, hours), "{name}");
    }
}

/// Where nothing but the cost counts, DHL's standard service is the best; UPS's was planned, which is there a day earlier.
#[tokio::test]
async fn a_cheaper_service_is_chosen_only_where_it_comes_by_the_planned_hour() {
    for (hours, carrier) in [(55, "dhl"), (54, "ups")] {
        let bench = bench();
        let id = order_at(&bench, State::Packing);
        let nothing = Decimal::ZERO;
        let carrier_choice = ChoiceWeights { cost: Decimal::ONE, speed: nothing, reliability: nothing, preference: nothing };
        bench.reference.market(Market { carrier_choice, ..a_market() });
        let ups = |shipment: &mut PlannedShipment| (shipment.carrier, shipment.cost, shipment.hours) = ("ups".to_owned(), 1_000, hours);
        let mut sub_order = sub_orders_of(&bench.orders.order(id)).remove(0);
        ups(&mut sub_order.shipments[0]);
        bench.deps.orders.keep(id, &[Record::SubOrder { sub_order, open: true }]).await.unwrap();
        plan(&bench, id, ups).await;
        let (status, seen) = post(&bench, VEN_A, "label", id, Value::Null).await;
        assert_eq!((status, &seen["carrier"]), (200, &json!(carrier)), "{hours}: {seen}");
        assert_eq!(decision(&bench, id).await.bids[0].bid.carrier, "dhl");
    }
}

#[tokio::test]
async fn hours_that_have_passed_are_none_of_the_promise() {
    let bench = bench();
    let id = order_at(&bench, State::Packing);
    plan(&bench, id, |shipment| shipment.hours = 56).await;
    bench.clock.advance(jiff::SignedDuration::from_mins(20 * 60 + 59));
    assert_eq!(post(&bench, VEN_A, "carrier", id, json!({ "reason": "other" })).await.0, 200);
    assert_eq!(decision(&bench, id).await.planned.unwrap().hours, 36);
}

/// Nobody can do what was promised, and who was to do it cannot by its card: the carrier itself is asked, and says no or yes.
#[tokio::test]
async fn whom_the_plan_has_is_asked_where_nobody_keeps_to_it() {
    let bench = bench();
    let id = order_at(&bench, State::Packing);
    plan(&bench, id, |shipment| shipment.cost = 100).await;
    let packed = json!({ "packages": [{ "weight_g": 31_600, "length_mm": 300, "width_mm": 200, "height_mm": 100 }] });
    let (status, seen) = post(&bench, VEN_A, "label", id, packed).await;
    let kept = decision(&bench, id).await;
    assert_eq!((status, kept.carrier.as_str(), kept.keeps_to_plan), (200, "dhl", Some(false)), "{seen}");
    assert!(kept.bids.is_empty() && kept.unfit.iter().any(|one| one.reason == "too_heavy"), "what was packed is judged, not the catalogue");
}

#[tokio::test]
async fn a_vendor_may_break_the_plan_by_name_and_the_decision_says_so() {
    for (wish, overridden, keeps) in [
        (json!({ "carrier": "ups", "reason": "own_contract" }), true, false),
        (json!({ "service": "express", "reason": "other" }), true, false),
        (json!({ "carrier": "dhl", "reason": "other" }), false, true),
        (json!({ "reason": "other" }), false, true),
    ] {
        let bench = bench();
        let id = order_at(&bench, State::Packing);
        plan(&bench, id, |_| ()).await;
        let (status, seen) = post(&bench, VEN_A, "carrier", id, wish.clone()).await;
        assert_eq!((status, &seen["overridden"], &seen["keeps_to_plan"]), (200, &json!(overridden), &json!(keeps)), "{wish}");
        assert_eq!((&seen["planned"]["cost"], &seen["reason"]), (&json!(490), &wish["reason"]), "{wish}");
        let (_, bought) = post(&bench, VEN_A, "label", id, Value::Null).await;
        assert_eq!(bought["choice"], seen, "{wish}");
    }
}

/// Two runs at once: whoever decides second takes the first one's word.
#[tokio::test]
async fn a_decision_that_somebody_else_made_meanwhile_stands() {
    let bench = bench();
    let id = order_at(&bench, State::Packing);
    let orders = bench.orders.clone();
    bench.orders.faults.meanwhile("commit", 1, move || {
        orders.overwrite(id, |order| {
            let by = By::new(Actor::new(ActorKind::Vendor, "ven-b"), NOON);
            order.learn(Fact::CarrierChosen { no: 2, carrier: "ups".to_owned(), service: Speed::Express }, &by).unwrap()
        });
    });
    let (status, seen) = post(&bench, VEN_A, "label", id, Value::Null).await;
    assert_eq!((status, &seen["carrier"], bench.dhl.sold()), (200, &json!("dhl"), 1), "{seen}");
}

#[tokio::test]
async fn what_a_service_delivered_weighs_beside_its_cards_word() {
    let bench = bench();
    let id = order_at(&bench, State::Packing);
    bench.reference.market(Market { carrier_prior_shipments: 10, ..a_market() });
    for n in 0..30 {
        let ups = Performer::Carrier { carrier: "ups".to_owned(), service: Speed::Standard };
        let day = date(2026, 11, if n < 20 { 20 } else { 21 });
        let delivery = Delivery { id: n.to_string(), day, by: vec![(ups, n % 3 == 0)] };
        bench.reference.count(&delivery, day).await.unwrap();
    }
    post(&bench, VEN_A, "carrier", id, json!({ "reason": "other" })).await;
    let kept = decision(&bench, id).await;
    let of = |carrier: &str, service| {
        let bid = kept.bids.iter().map(|scored| &scored.bid).find(|bid| bid.carrier == carrier && bid.service == service).unwrap();
        (bid.reliability.normalize().to_string(), bid.record.clone().unwrap())
    };
    let record = |deliveries, late| TrackRecord { prior: Decimal::new(95, 2), prior_weight: 10, deliveries, late };
    // 9.5 of ten by the card, twenty of thirty on record.
    assert_eq!(of("ups", Speed::Standard), ("0.7375".to_owned(), record(30, 10)));
    assert_eq!(of("dhl", Speed::Standard), ("0.95".to_owned(), record(0, 0)));
    assert_eq!(of("ups", Speed::Express).1, record(0, 0), "each service has its own");
    let ups = kept.bids.iter().find(|scored| scored.bid.carrier == "ups" && scored.bid.service == Speed::Standard).unwrap();
    assert_eq!(ups.score.reliability, "0.0525".parse().unwrap());
}

#[tokio::test]
async fn the_customers_carrier_is_preferred() {
    let bench = bench();
    let changed = an_order().of("cus-ana").vendors(&["ven-a", "ven-b"]).at(State::Packing).build();
    let document = oms_domain::document::Document { preferred_carrier: Some("dhl".to_owned()), ..a_document_of(&changed.order) };
    bench.orders.seed_with(&changed, document);
    let (_, seen) = post(&bench, VEN_A, "carrier", changed.order.id, json!({ "reason": "other" })).await;
    let preference = |bid: &Value| (bid["carrier"].as_str().unwrap().to_owned(), bid["score"]["preference"].as_str().unwrap().to_owned());
    let mut all: Vec<_> = seen["bids"].as_array().unwrap().iter().map(preference).collect();
    all.sort();
    let expected = [("dhl", "0"), ("ups", "0.1"), ("ups", "0.1")];
    assert_eq!(all, expected.map(|(carrier, term)| (carrier.to_owned(), term.to_owned())));
    assert_eq!(decision(&bench, changed.order.id).await.preference.carrier.as_deref(), Some("dhl"));
}

/// Berlin, whatever the customer has written of it.
#[tokio::test]
async fn the_region_is_that_of_the_checks() {
    let bench = bench();
    let id = order_at(&bench, State::Packing);
    let service_rules = ServiceRules { not_in: vec![Area("DE-BE".to_owned())], ..ServiceRules::default() };
    bench.reference.rates(RateCard { service_rules, ..card("ups", Speed::Express, 1, 1, 31_500) });
    let offers = async || {
        let (_, seen) = post(&bench, VEN_A, "carrier", id, json!({ "reason": "other" })).await;
        seen["bids"].as_array().unwrap().len()
    };
    assert_eq!(offers().await, 4);
    let report = ValidationReport { region: Some("BE".to_owned()), ..a_report() };
    bench.deps.orders.keep(id, &[Record::Validation(report)]).await.unwrap();
    assert_eq!(offers().await, 3);
}

/// What the checks noted of an address of which nothing is special.
fn a_report() -> ValidationReport {
    let (results, doubts) = (Vec::new(), Vec::new());
    ValidationReport { version: 3, at: NOON, results, doubts, geocode: None, region: None, is_po_box: false }
}

/// The address is sealed; what the checks noted of it is not.
#[tokio::test]
async fn only_services_that_serve_lockers_bid_for_what_goes_to_one() {
    for (is_po_box, bids) in [(false, 4), (true, 1)] {
        let bench = bench();
        let id = order_at(&bench, State::Packing);
        let service_rules = ServiceRules { po_boxes: true, ..ServiceRules::default() };
        bench.reference.rates(RateCard { service_rules, ..card("ups", Speed::Express, 1, 1, 31_500) });
        let report = ValidationReport { is_po_box, ..a_report() };
        bench.deps.orders.keep(id, &[Record::Validation(report)]).await.unwrap();
        let (_, seen) = post(&bench, VEN_A, "carrier", id, json!({ "carrier": "ups", "service": "express", "reason": "other" })).await;
        assert_eq!(seen["bids"].as_array().map(Vec::len), Some(bids), "{is_po_box}: {seen}");
    }
}

#[tokio::test]
async fn only_services_that_do_what_the_goods_ask_for_bid() {
    let regulated = || SaleRules { restriction: Some("alcohol".to_owned()), ..SaleRules::default() };
    let at_the_door = GoodsRule {
        area: Area("DE".to_owned()),
        banned: false,
        min_age: Some(16),
        check_at_door: true,
        licence: false,
        source: String::new(),
    };
    let battery = HazmatRule { un_number: 3481, class: "9".to_owned(), road: Some(1_000), air: None };
    let rules = Regulations { goods: [("alcohol".to_owned(), vec![at_the_door])].into(), hazmat: vec![battery], ..Regulations::default() };
    let plain = a_product("SKU-1");
    let wine = Product { sale: regulated(), ..a_product("SKU-1") };
    let lamp =
        Product { hazard_class: Some("9".to_owned()), hazmat: Some(Hazmat { un_number: 3481, net_quantity: 100 }), ..a_product("SKU-1") };
    for (name, product, expected) in
        [("anything", plain, vec!["age", "all", "none"]), ("wine", wine, vec!["age", "all"]), ("a lamp", lamp, vec!["all"])]
    {
        let bench = bench();
        let id = order_at(&bench, State::Packing);
        bench.reference.product(product).regulations(rules.clone());
        let services = [("none", false, false), ("age", true, false), ("all", true, true)];
        bench
            .reference
            .put(&[Row::Rates(
                services
                    .map(|(carrier, age_check, hazmat)| {
                        let service_rules = ServiceRules { age_check, hazmat, ..ServiceRules::default() };
                        RateCard { service_rules, ..card(carrier, Speed::Standard, 500, 48, 31_500) }
                    })
                    .into(),
            )])
            .await
            .unwrap();
        let deps = Deps {
            carriers: services.map(|(carrier, ..)| (carrier, bench.dhl.clone() as Arc<dyn Labels>)).into(),
            orders: bench.deps.orders.clone(),
            records: bench.deps.records.clone(),
            effects: bench.deps.effects.clone(),
            reference: bench.deps.reference.clone(),
            sealer: bench.deps.sealer.clone(),
            papers: bench.deps.papers.clone(),
            clock: bench.deps.clock.clone(),
        };
        let bench = Bench { deps, ..bench };
        let (status, seen) = post(&bench, VEN_A, "carrier", id, json!({ "carrier": "all", "reason": "other" })).await;
        assert_eq!(status, 200, "{name}: {seen}");
        let mut bidders: Vec<&str> = seen["bids"].as_array().unwrap().iter().map(|bid| bid["carrier"].as_str().unwrap()).collect();
        bidders.sort_unstable();
        assert_eq!(bidders, expected, "{name}");
        assert!(seen["unfit"].as_array().unwrap().iter().all(|one| one["reason"] == "no_suitable_service"), "{name}");
    }
}
