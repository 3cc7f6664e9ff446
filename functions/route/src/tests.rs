use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use oms_contract::record::allocations;
use oms_contract::reference::{Product, RateCard, RemoteArea, SizeLimit, Vendor, Warehouse, WeightStep, Zone, ZoneTable};
use oms_domain::document::Speed;
use oms_domain::{Sku, VendorId};
use oms_fakes::{NOON, a_market, a_product, a_vendor, an_order, currency, sku, vendor, warehouse};
use oms_ports::stock::Source;
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::branch;
use crate::candidates::problem;
use crate::distance::Point;
use crate::facts::{Demand, Destination, Facts};
use crate::plan::{NoPlan, plan, plan_within, sub_orders};
use crate::search::search;
use crate::spans;

/// One vendor with one warehouse, at a longitude east of the destination.
pub(crate) fn seller(id: &str, lon: f64, performance: &str, handling_hours: u32) -> Vendor {
    let warehouse = Warehouse {
        warehouse_id: warehouse("w1"),
        country: "DE".into(),
        postcode: "10115".into(),
        city: "Berlin".into(),
        region: None,
        lat: 52.5,
        lon,
        handling_hours,
        street: None,
        phone: None,
        calendar: Default::default(),
        daily_capacity: None,
    };
    Vendor {
        performance: performance.parse().unwrap(),
        warehouses: vec![warehouse],
        ships_to: vec!["*".into()],
        min_order: BTreeMap::new(),
        excluded_regions: Vec::new(),
        ..a_vendor(id)
    }
}

pub(crate) fn rates() -> Vec<RateCard> {
    let zone = |max_km, base, hours| Zone {
        from: "*".into(),
        to: "*".into(),
        max_km,
        currency: currency("EUR"),
        base,
        per_kg: 50,
        hours,
        max_weight_g: 30_000,
        reliability: Decimal::ONE,
        table: Default::default(),
    };
    let card = |service, zones| RateCard {
        carrier: "dhl".into(),
        service,
        volumetric_divisor: 5000,
        surcharges: Default::default(),
        largest: None,
        zones,
        service_rules: Default::default(),
    };
    vec![
        card(Speed::Standard, vec![zone(300, 400, 24), zone(1500, 700, 48), zone(20_000, 1500, 120)]),
        card(Speed::Express, vec![zone(20_000, 2500, 20)]),
    ]
}

pub(crate) fn facts(demand: &[(&str, u32)], vendors: Vec<Vendor>, stock: &[(&str, &str, u32)]) -> Facts {
    let product = |id: &str| Product {
        weight_g: 900,
        length_mm: 100,
        width_mm: 100,
        height_mm: 100,
        fragile: false,
        hazard_class: None,
        ..a_product(id)
    };
    Facts {
        version: 7,
        at: NOON as Timestamp,
        demand: demand
            .iter()
            .map(|(id, quantity)| Demand {
                sku: sku(id),
                quantity: *quantity,
                net: 1000 * i64::from(*quantity),
                tax: 190 * i64::from(*quantity),
                is_priced: true,
            })
            .collect(),
        currency: currency("EUR"),
        speed: Speed::Standard,
        destination: Destination {
            country: "DE".into(),
            region: None,
            postcode: None,
            is_po_box: false,
            point: Point { lat: 52.5, lon: 13.4 },
        },
        load: Default::default(),
        excluded: BTreeSet::new(),
        sources: stock
            .iter()
            .map(|(id, vendor_id, available)| Source {
                sku: sku(id),
                vendor_id: vendor(vendor_id),
                warehouse_id: warehouse("w1"),
                available: *available,
            })
            .collect(),
        partly_read: Vec::new(),
        products: demand.iter().map(|(id, _)| product(id)).collect(),
        vendors,
        rates: rates(),
        market: a_market(),
        regulations: Default::default(),
        importer: Default::default(),
    }
}

fn chosen(facts: &Facts) -> Vec<(VendorId, Vec<(Sku, u32)>)> {
    let plan = plan(facts).unwrap();
    plan.chosen.shipments.into_iter().map(|shipment| (shipment.vendor_id, shipment.items)).collect()
}

#[test]
fn the_nearer_of_equals_serves() {
    let facts =
        facts(&[("A", 1)], vec![seller("far", 33.0, "0.9", 24), seller("near", 13.5, "0.9", 24)], &[("A", "far", 5), ("A", "near", 5)]);
    assert_eq!(chosen(&facts), [(vendor("near"), vec![(sku("A"), 1)])]);
}

#[test]
fn equal_plans_go_to_the_lower_vendor_id() {
    let facts = facts(&[("A", 1)], vec![seller("b", 13.5, "0.9", 24), seller("a", 13.5, "0.9", 24)], &[("A", "b", 5), ("A", "a", 5)]);
    assert_eq!(chosen(&facts)[0].0, vendor("a"));
}

#[test]
fn one_shipment_beats_two_where_one_vendor_has_all() {
    let sellers = || vec![seller("both", 13.5, "0.9", 24), seller("one", 13.5, "0.9", 24), seller("two", 13.5, "0.9", 24)];
    let stock = [("A", "both", 5), ("B", "both", 5), ("A", "one", 5), ("B", "two", 5)];
    let plan = plan(&facts(&[("A", 1), ("B", 1)], sellers(), &stock)).unwrap();
    assert_eq!(plan.chosen.shipments.len(), 1);
    assert!(plan.optimal);
    assert!(plan.alternatives.iter().all(|other| other.terms.objective >= plan.chosen.terms.objective));
}

#[test]
fn three_vendors_where_each_has_one_thing() {
    let sellers = vec![seller("x", 13.5, "0.9", 24), seller("y", 14.5, "0.9", 24), seller("z", 15.5, "0.9", 24)];
    let facts = facts(&[("A", 1), ("B", 2), ("C", 3)], sellers, &[("A", "x", 9), ("B", "y", 9), ("C", "z", 9)]);
    assert_eq!(chosen(&facts).len(), 3);
}

#[test]
fn a_quantity_is_split_where_nobody_has_it_all() {
    let facts = facts(&[("A", 5)], vec![seller("x", 13.5, "0.9", 24), seller("y", 13.5, "0.9", 24)], &[("A", "x", 3), ("A", "y", 4)]);
    let total: u32 = chosen(&facts).iter().flat_map(|(_, items)| items).map(|(_, quantity)| quantity).sum();
    assert_eq!((chosen(&facts).len(), total), (2, 5));
}

#[test]
fn a_vendors_minimum_binds() {
    let mut strict = seller("strict", 13.5, "1", 1);
    strict.min_order.insert(currency("EUR"), 1001);
    let stock = [("A", "strict", 5), ("A", "lax", 5)];
    let below = facts(&[("A", 1)], vec![strict.clone(), seller("lax", 33.0, "0.5", 48)], &stock);
    assert_eq!(chosen(&below)[0].0, vendor("lax"));
    let above = facts(&[("A", 2)], vec![strict, seller("lax", 33.0, "0.5", 48)], &stock);
    assert_eq!(chosen(&above)[0].0, vendor("strict"));
}

#[test]
fn rejected_sources_are_named_with_their_reason() {
    let mut suspended = seller("s", 13.5, "1", 1);
    suspended.approved = false;
    let mut local = seller("l", 13.5, "1", 1);
    local.ships_to = vec!["FR".into()];
    let mut facts = facts(
        &[("A", 1)],
        vec![suspended, local, seller("ex", 13.5, "1", 1), seller("ok", 13.5, "1", 1)],
        &[("A", "s", 5), ("A", "l", 5), ("A", "ex", 5), ("A", "ok", 5), ("A", "nobody", 5)],
    );
    facts.excluded.insert(vendor("ex"));
    let reasons: BTreeSet<(String, String)> =
        plan(&facts).unwrap().rejected.into_iter().map(|r| (r.vendor_id.to_string(), r.reason.to_string())).collect();
    let expected = [("ex", "vendor_refused"), ("l", "does_not_ship_there"), ("nobody", "vendor_unknown"), ("s", "vendor_not_active")];
    assert_eq!(reasons, expected.map(|(vendor, reason)| (vendor.to_owned(), reason.to_owned())).into());
}

#[test]
fn sources_that_are_not_needed_or_not_enough_are_named() {
    let mut strict = seller("strict", 13.5, "1", 1);
    strict.min_order.insert(currency("EUR"), 5001);
    let sellers = vec![strict, seller("few", 13.5, "1", 1), seller("all", 13.5, "1", 1)];
    let facts = facts(&[("A", 5)], sellers, &[("A", "strict", 9), ("A", "few", 4), ("A", "all", 5)]);
    let rejected =
        plan(&facts).unwrap().rejected.into_iter().map(|r| (r.vendor_id.to_string(), r.reason.to_string())).collect::<BTreeSet<_>>();
    let expected = [("few", "insufficient_stock"), ("strict", "below_vendor_minimum")];
    assert_eq!(rejected, expected.map(|(vendor, reason)| (vendor.to_owned(), reason.to_owned())).into());
}

#[test]
fn a_quantity_is_split_where_the_only_vendor_that_has_it_all_will_not_deliver_so_little() {
    let mut strict = seller("strict", 13.5, "1", 1);
    strict.min_order.insert(currency("EUR"), 5001);
    let sellers = vec![strict, seller("x", 13.5, "1", 1), seller("y", 13.5, "1", 1)];
    let facts = facts(&[("A", 5)], sellers, &[("A", "strict", 9), ("A", "x", 4), ("A", "y", 4)]);
    assert_eq!(chosen(&facts).len(), 2);
}

#[test]
fn many_small_shelves_serve_what_few_cannot() {
    let ids: Vec<String> = (0..20).map(|i| format!("v{i:02}")).collect();
    let sellers = ids.iter().map(|id| seller(id, 13.5, "1", 1)).collect();
    let stock: Vec<(&str, &str, u32)> = ids.iter().map(|id| ("A", id.as_str(), 1)).collect();
    assert_eq!(chosen(&facts(&[("A", 20)], sellers, &stock)).len(), 20);
    let sellers = ids.iter().map(|id| seller(id, 13.5, "1", 1)).collect();
    let cut = plan(&facts(&[("A", 10)], sellers, &stock)).unwrap();
    assert!(!cut.optimal && cut.bound < cut.chosen.terms.objective, "not all splits were looked at");
}

/// Three lines with twelve sources each, and ten lines with fifty: the search proves what it says.
#[test]
fn orders_of_ordinary_size_are_proved_optimal() {
    for (lines, sources) in [(3, 12), (5, 20), (10, 50)] {
        let ids: Vec<String> = (0..sources).map(|i| format!("v{i:02}")).collect();
        let place = |i: usize| 13.0 + f64::from(u32::try_from((i * 37) % 50).unwrap());
        let sellers = ids
            .iter()
            .enumerate()
            .map(|(i, id)| seller(id, place(i), &format!("0.{}", 80 + (i * 7) % 20), 12 + u32::try_from((i * 5) % 36).unwrap()))
            .collect();
        let skus: Vec<String> = (0..lines).map(|i| format!("S{i}")).collect();
        let demand: Vec<(&str, u32)> = skus.iter().map(|id| (id.as_str(), 2)).collect();
        let stock: Vec<(&str, &str, u32)> = skus
            .iter()
            .enumerate()
            .flat_map(|(s, sku)| {
                ids.iter().enumerate().filter(move |(i, _)| (i + s) % 3 != 0).map(move |(_, id)| (sku.as_str(), id.as_str(), 9))
            })
            .collect();
        let plan = plan(&facts(&demand, sellers, &stock)).unwrap();
        assert!(plan.optimal, "{lines} lines, {sources} sources: {} branches", plan.explored);
    }
}

#[test]
fn what_nobody_can_serve_has_no_plan() {
    for stock in [vec![], vec![("A", "x", 2)]] {
        let facts = facts(&[("A", 3)], vec![seller("x", 13.5, "0.9", 24)], &stock);
        assert_eq!(plan(&facts), Err(NoPlan::Infeasible));
    }
}

#[test]
fn a_search_cut_short_says_so_and_keeps_a_true_bound() {
    let ids = ["a", "b", "c", "d", "e", "f"];
    let sellers = ids.iter().zip([13.5, 15.0, 18.0, 22.0, 30.0, 60.0]).map(|(id, lon)| seller(id, lon, "0.8", 24)).collect();
    let stock: Vec<(&str, &str, u32)> = ["A", "B", "C", "D", "E"].iter().flat_map(|sku| ids.iter().map(move |id| (*sku, *id, 9))).collect();
    let facts = facts(&[("A", 1), ("B", 1), ("C", 1), ("D", 1), ("E", 1)], sellers, &stock);
    // By spans, one dive would do. Searched one by one, it may be cut short.
    let problem = problem(&facts);
    let scale = problem.scale(&facts).unwrap();
    let (whole, cut) = (search(&facts, &problem, &scale, 100_000), branch::search(&facts, &problem, &scale, 7));
    assert!(whole.optimal && !cut.optimal);
    assert_eq!(whole.bound, whole.best[0].score);
    assert!(cut.bound <= whole.bound && whole.bound <= cut.best[0].score);
}

/// The least scores, as many as are kept, over all combinations of choices, found by trying every one.
fn brute_force(facts: &Facts) -> Vec<Decimal> {
    let problem = problem(facts);
    let scale = problem.scale(facts).unwrap();
    let mut combinations: Vec<Vec<usize>> = vec![Vec::new()];
    for choices in &problem.choices {
        combinations = combinations.iter().flat_map(|taken| (0..choices.len()).map(|i| [taken.clone(), vec![i]].concat())).collect();
    }
    let scores = combinations.iter().filter_map(|taken| {
        let mut loads: BTreeMap<usize, Vec<(usize, u32)>> = BTreeMap::new();
        let mut lack = 0;
        for (demand, choice) in taken.iter().enumerate() {
            for (site, quantity) in &problem.choices[demand][*choice] {
                loads.entry(*site).or_default().push((demand, *quantity));
                lack += problem.sites[*site].lack * i128::from(*quantity);
            }
        }
        let vendor_of = |site: &usize| &problem.sites[*site].vendor_id;
        let poor = loads.keys().any(|site| {
            let own = taken
                .iter()
                .enumerate()
                .flat_map(|(demand, choice)| problem.choices[demand][*choice].iter().map(move |piece| (demand, piece)));
            let goods: i64 =
                own.filter(|(_, (at, _))| vendor_of(at) == vendor_of(site)).map(|(demand, (_, n))| facts.demand[demand].worth(*n)).sum();
            goods < problem.sites[*site].min_order
        });
        if poor {
            return None;
        }
        let (mut hours, mut cost) = (0, 0);
        for (site, load) in &loads {
            let quote = problem.quote(*site, load, facts.speed)?;
            hours = hours.max(quote.hours);
            cost += quote.cost;
        }
        Some(scale.score(hours, cost, lack))
    });
    let mut scores: Vec<i128> = scores.collect();
    scores.sort_unstable();
    scores.into_iter().take(crate::search::KEPT).map(|score| scale.shown(score)).collect()
}

/// Cards with weight steps of these prices, fuel and a remote destination; the first line goes alone.
fn itemise(facts: &mut Facts, prices: &[i64]) {
    for card in &mut facts.rates {
        card.surcharges.fuel = Decimal::new(prices[4], 4);
        card.surcharges.remote_areas = vec![RemoteArea { country: "DE".into(), postcodes: Vec::new() }];
        card.surcharges.oversize = Some(SizeLimit { length_mm: 150, girth_mm: 600 });
        for zone in &mut card.zones {
            let steps = [1_000, 2_000, 4_000].iter().zip(prices).map(|(up_to_g, price)| WeightStep { up_to_g: *up_to_g, price: *price });
            zone.table = ZoneTable { steps: steps.collect(), remote: prices[3], oversize: prices[4], days: None };
        }
    }
    facts.products[0].fragile = true;
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn the_plan_is_the_best_of_all(
        stock in prop::collection::vec((0_usize..4, 0_usize..5, 1_u32..6), 1..18),
        places in prop::collection::vec((10_u32..60, 500_u32..1000, 1_u32..72, prop_oneof![Just(0_i64), 1_i64..12_000]), 5),
        quantities in prop::collection::vec(1_u32..7, 4),
        express in any::<bool>(),
        (itemised, prices) in (any::<bool>(), prop::collection::vec(0_i64..900, 5)),
    ) {
        let (skus, ids) = (["A", "B", "C", "D"], ["a", "b", "c", "d", "e"]);
        let sellers = ids.iter().zip(&places).map(|(id, (lon, performance, hours, minimum))| Vendor {
            min_order: [(currency("EUR"), *minimum)].into(),
            ..seller(id, f64::from(*lon), &format!("0.{performance:03}"), *hours)
        });
        let sellers = sellers.collect();
        let demand: Vec<(&str, u32)> = skus.iter().copied().zip(quantities).collect();
        let mut rows: BTreeMap<(&str, &str), u32> = BTreeMap::new();
        for (s, v, n) in stock {
            rows.insert((skus[s], ids[v]), n);
        }
        let rows: Vec<(&str, &str, u32)> = rows.into_iter().map(|((s, v), n)| (s, v, n)).collect();
        let mut facts = Facts { speed: if express { Speed::Express } else { Speed::Standard }, ..facts(&demand, sellers, &rows) };
        if itemised {
            itemise(&mut facts, &prices);
        }
        let found = plan(&facts).ok();
        let plans = found.iter().flat_map(|plan| std::iter::once(&plan.chosen).chain(&plan.alternatives));
        prop_assert_eq!(plans.map(|candidate| candidate.terms.objective).collect::<Vec<_>>(), brute_force(&facts));
        // As if its loads were too many to be held: the bound is one, and what is said to be the best is.
        let problem = problem(&facts);
        let scale = problem.scale(&facts).unwrap();
        let (held, unheld) = (search(&facts, &problem, &scale, 100_000), spans::search(&facts, &problem, &scale, 100_000, 0).unwrap());
        prop_assert_eq!(held.best.is_empty(), unheld.best.is_empty());
        if let (Some(best), Some(other)) = (held.best.first(), unheld.best.first()) {
            prop_assert!(unheld.bound <= best.score && best.score <= other.score);
            prop_assert!(!unheld.optimal || best.score == other.score);
        }
        // And line by line.
        let one_by_one = branch::search(&facts, &problem, &scale, 100_000);
        prop_assert_eq!(one_by_one.best.first().map(|best| best.score), held.best.first().map(|best| best.score));
        if let Some(plan) = found {
            prop_assert!(plan.optimal && plan.bound == plan.chosen.terms.objective);
            let short = plan_within(&facts, 1).unwrap();
            prop_assert!(short.bound <= plan.chosen.terms.objective && plan.chosen.terms.objective <= short.chosen.terms.objective);
            for wanted in &facts.demand {
                let given: u32 = allocations(&plan.chosen.shipments).iter().filter(|a| a.sku == wanted.sku).map(|a| a.quantity).sum();
                prop_assert_eq!(given, wanted.quantity);
            }
        }
    }

    #[test]
    fn parts_sum_to_what_was_paid(total in 0_i64..1_000_000, quantities in prop::collection::vec(1_u32..9, 3)) {
        let sellers = vec![seller("x", 13.5, "0.9", 24), seller("y", 14.5, "0.9", 24), seller("z", 15.5, "0.9", 24)];
        let demand = [("A", quantities[0]), ("B", quantities[1]), ("C", quantities[2])];
        let facts = facts(&demand, sellers, &[("A", "x", 9), ("B", "y", 9), ("C", "z", 9)]);
        let parts = sub_orders(an_order().id(), &plan(&facts).unwrap(), &facts.demand, total, |i| u8::try_from(i + 1).unwrap());
        prop_assert_eq!(parts.iter().map(|part| part.paid).sum::<i64>(), total);
        prop_assert_eq!(parts.iter().map(|part| part.goods).sum::<i64>(), facts.demand.iter().map(|demand| demand.net).sum::<i64>());
    }
}

/// Near and dear, or far and cheap: by what the order's own sources come to, time counts more; by a marketplace that thinks in weeks or in cents, it counts less.
#[test]
fn fixed_references_decide_between_time_and_cost() {
    let own = || {
        let mut facts = facts(
            &[("A", 200)],
            vec![seller("fast", 13.5, "0.9", 1), seller("slow", 13.6, "0.9", 70)],
            &[("A", "fast", 500), ("A", "slow", 500)],
        );
        let mut dear = facts.rates.remove(0);
        dear.zones.truncate(1);
        let mut cheap = dear.clone();
        (dear.zones[0].from, cheap.zones[0].from) = ("NL".into(), "DE".into());
        (dear.zones[0].base, cheap.zones[0].base) = (90_000, 40_000);
        (dear.carrier, cheap.carrier) = ("a".into(), "b".into());
        facts.rates = vec![dear, cheap];
        facts.vendors[0].warehouses[0].country = "NL".into();
        facts
    };
    let (hours, cost) = {
        let plan = plan(&own()).unwrap();
        (plan.t_ref, plan.c_ref)
    };
    for (name, hours_ref, cost_ref, serves, in_force) in [
        ("none", None, None, "fast", (hours, cost)),
        ("of the time", Some(2_000), None, "slow", (2_000, cost)),
        ("of the cost", None, Some(10_000), "slow", (hours, 10_000)),
        ("of both", Some(1_000), Some(10_000_000), "fast", (1_000, 10_000_000)),
        ("so small that plans score in thousands", Some(1), Some(1), "slow", (1, 1)),
    ] {
        let mut facts = own();
        facts.market.references.hours = hours_ref;
        facts.market.references.costs = cost_ref.map(|cost| (currency("EUR"), cost)).into_iter().collect();
        let plan = plan(&facts).unwrap();
        assert_eq!((plan.chosen.shipments[0].vendor_id.as_str(), (plan.t_ref, plan.c_ref)), (serves, in_force), "{name}");
        assert!(plan.optimal, "{name}");
        assert_eq!(plan.alternatives.len(), 1, "{name}");
        // Another currency's reference is none.
        facts.market.references.costs = cost_ref.map(|cost| (currency("USD"), cost)).into_iter().collect();
        assert_eq!(problem(&facts).c_ref, cost, "{name}");
    }
}

#[test]
fn weights_that_do_not_sum_to_one_make_no_plan() {
    let mut facts = facts(&[("A", 1)], vec![seller("x", 13.5, "0.9", 24)], &[("A", "x", 5)]);
    assert!(plan(&facts).is_ok());
    for (time, cost) in [("0.5", "0.3"), ("1.4", "-0.7")] {
        facts.market.weights.time = time.parse().unwrap();
        facts.market.weights.cost = cost.parse().unwrap();
        assert_eq!(plan(&facts), Err(NoPlan::BadWeights), "{time} {cost}");
    }
}

#[test]
fn a_source_needs_a_licence_and_some_capacity() {
    use oms_contract::reference::regulation::{GoodsRule, Licence};
    use oms_domain::area::Area;
    let licence = |area: &str, valid_to: &str| Licence {
        class: "alcohol".into(),
        areas: vec![Area(area.into())],
        valid_from: "2020-01-01".parse().unwrap(),
        valid_to: Some(valid_to.parse().unwrap()),
    };
    let with = |id: &str, licences: Vec<Licence>| Vendor { licences, ..seller(id, 13.5, "0.9", 24) };
    let full = Vendor { daily_capacity: Some(0), ..with("full", vec![licence("DE", "2030-01-01")]) };
    let sellers = vec![
        with("none", vec![]),
        with("elsewhere", vec![licence("FR", "2030-01-01")]),
        with("expired", vec![licence("DE", "2021-01-01")]),
        full,
        with("ok", vec![licence("DE", "2030-01-01")]),
    ];
    let stock: Vec<(&str, &str, u32)> = ["none", "elsewhere", "expired", "full", "ok"].iter().map(|id| ("A", *id, 5)).collect();
    let mut facts = facts(&[("A", 1)], sellers, &stock);
    facts.products[0].sale.restriction = Some("alcohol".into());
    assert_eq!(problem(&facts).sites.len(), 4, "no rule asks for a licence");
    let rule =
        GoodsRule { area: Area("DE".into()), banned: false, min_age: None, check_at_door: false, licence: true, source: String::new() };
    facts.regulations.goods.insert("alcohol".into(), vec![rule]);
    let plan = plan(&facts).unwrap();
    assert_eq!(plan.chosen.shipments[0].vendor_id, vendor("ok"));
    let mut reasons: Vec<_> = plan.rejected.iter().map(|row| (row.vendor_id.to_string(), row.reason.to_string())).collect();
    reasons.sort();
    let expected = [("elsewhere", "not_licensed"), ("expired", "not_licensed"), ("full", "no_capacity"), ("none", "not_licensed")];
    assert_eq!(reasons, expected.map(|(id, reason)| (id.to_owned(), reason.to_owned())));
}
