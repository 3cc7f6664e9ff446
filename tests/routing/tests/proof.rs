//! A part of the proof that `make routing-proof` gives in full.

use oms_routing::instance::{LARGE, Shape, UP_TO_12_BY_40, random};
use oms_routing::oracle::Oracle;
use oms_routing::program::Program;
use oms_routing::proof::{SAME, Stated, compare, compare_bounds};
use oms_routing::root;

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
fn highs_finds_the_same_without_knowing_the_routers_plan() {
    let mut oracle = Oracle::start(&root(), None).unwrap();
    for seed in 60..90 {
        let stated = Stated::of(random(&UP_TO_12_BY_40, seed).unwrap()).unwrap();
        let (found, program) = (stated.routed(), Program::of(&stated.facts, &stated.problem, &stated.scale));
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
fn ten_lines_of_fifty_sources_are_proved_optimal() {
    for seed in 0..20 {
        let found = Stated::of(random(&Shape::full(10, 50), seed).unwrap()).unwrap().routed();
        assert!(found.optimal, "seed {seed}: {} nodes", found.explored);
    }
}
