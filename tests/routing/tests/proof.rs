//! A part of the proof that `make routing-proof` gives in full.

use oms_domain::document::Speed;
use oms_routing::instance::{LARGE, Shape, UP_TO_12_BY_40, random};
use oms_routing::olist::Olist;
use oms_routing::oracle::Oracle;
use oms_routing::program::Program;
use oms_routing::proof::{SAME, Stated, compare, compare_bounds};
use oms_routing::protocol::Rule;
use oms_routing::root;
use oms_routing::strict::strict;

#[test]
fn the_router_finds_what_highs_finds() {
    let mut oracle = Oracle::start(&root(), None).unwrap();
    let compared: Vec<_> = (0..60).map(|seed| compare(seed, random(&UP_TO_12_BY_40, seed).unwrap(), &mut oracle).unwrap()).collect();
    let count = |which: fn(&oms_routing::proof::Compared) -> bool| compared.iter().filter(|row| which(row)).count();
    // The instances are of all kinds: some cannot be served, some have to be split.
    assert!(count(|row| row.feasible) > 30 && count(|row| !row.feasible) > 0 && count(|row| row.split && row.feasible) > 2);
    assert_eq!(count(|row| row.feasible && !row.optimal), 0);
}

#[test]
fn the_router_finds_what_highs_finds_under_more_rules() {
    let mut oracle = Oracle::start(&root(), None).unwrap();
    let compared: Vec<_> = (0..100).map(|seed| compare(seed, strict(seed).unwrap(), &mut oracle).unwrap()).collect();
    let count = |which: fn(&oms_routing::proof::Compared) -> bool| compared.iter().filter(|row| which(row)).count();
    assert!(count(|row| row.feasible) > 40 && count(|row| row.split && row.feasible) > 20);
    assert_eq!(count(|row| row.feasible && !row.optimal), 0);
}

#[test]
fn highs_finds_the_same_without_knowing_the_routers_plan() {
    let mut oracle = Oracle::start(&root(), None).unwrap();
    for seed in 60..90 {
        let stated = Stated::of(random(&UP_TO_12_BY_40, seed).unwrap()).unwrap();
        let (found, program) = (stated.routed(), Program::of(&stated.facts, &stated.problem));
        let (Some(best), Some(program)) = (found.best.first(), program) else { continue };
        let answer = oracle.solve(seed, &program, None).unwrap();
        assert!((answer.objective - stated.objective(best.score)).abs() < SAME, "seed {seed}: {answer:?}");
        // And it says so where the plan that it is told of is too good to be true.
        let untrue = oracle.solve(seed, &program, Some(answer.objective - 1e-6)).unwrap();
        assert_eq!(untrue.status, "nothing within the cutoff", "seed {seed}");
    }
}

#[test]
fn long_orders_are_proved_optimal_where_their_loads_can_be_held() {
    let mut oracle = Oracle::start(&root(), None).unwrap();
    let compared: Vec<_> = (0..12).map(|seed| compare_bounds(seed, random(&LARGE, seed).unwrap(), &mut oracle).unwrap()).collect();
    assert!(compared.iter().filter(|row| row.feasible && row.optimal).count() > 6, "{compared:?}");
}

#[test]
fn plans_among_very_many_equals_are_proved_optimal() {
    // Nothing but the time counts in these: all plans that arrive on that day are equal, more than the search has nodes for.
    for seed in [5_588, 8_468, 9_313] {
        let stated = Stated::of(random(&UP_TO_12_BY_40, seed).unwrap()).unwrap();
        assert_eq!(stated.facts.market.weights.time, 1.into());
        let found = stated.routed();
        assert!(found.optimal && found.explored > 200_000, "seed {seed}: {} nodes", found.explored);
    }
}

#[test]
fn ten_lines_of_fifty_sources_are_proved_optimal() {
    for seed in 0..20 {
        let found = Stated::of(random(&Shape::full(10, 50), seed).unwrap()).unwrap().routed();
        assert!(found.optimal, "seed {seed}: {} nodes", found.explored);
    }
}

#[test]
fn a_house_carrier_carries_all_of_its_vendors_parcels_and_is_never_cheaper_than_the_cheapest() {
    let olist = Olist::read(&root().join("infra/local/seed")).unwrap();
    let (mut dearer, mut houses) = (0, std::collections::BTreeMap::new());
    for seed in 0..60 {
        let stated = Stated::of(olist.in_germany(seed).unwrap()).unwrap();
        if stated.facts.speed == Speed::Express || stated.splits() {
            continue;
        }
        let plan = |rule: Rule| rule.plan(&stated, seed);
        let (Some(nearest), Some(largest), Some(own)) = (plan(Rule::Nearest), plan(Rule::NearestByLargest), plan(Rule::NearestByOwn))
        else {
            continue;
        };
        for (plan, rule) in [(&largest, Rule::NearestByLargest), (&own, Rule::NearestByOwn)] {
            assert!(plan.cost >= nearest.cost, "seed {seed}, {}", rule.name());
            assert_eq!(plan.shipments.len(), nearest.shipments.len());
            for (site, quote, _) in &plan.shipments {
                let carrier = stated.problem.offers(*site)[quote.offer].carrier.clone();
                if rule == Rule::NearestByLargest {
                    assert_eq!(carrier, "dhl", "its cards have the most zones");
                } else {
                    let vendor = stated.problem.sites[*site].vendor_id.clone();
                    assert_eq!(houses.entry(vendor).or_insert_with(|| carrier.clone()), &carrier, "seed {seed}");
                }
            }
        }
        dearer += u32::from(own.cost > nearest.cost);
    }
    assert!(dearer > 10, "{dearer}");
}
