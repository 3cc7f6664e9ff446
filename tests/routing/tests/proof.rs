//! A part of the proof that `make routing-proof` gives in full.

use oms_routing::instance::{Shape, UP_TO_12_BY_40, random};
use oms_routing::oracle::Oracle;
use oms_routing::proof::{Stated, compare};
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
fn ten_lines_of_fifty_sources_are_proved_optimal() {
    for seed in 0..20 {
        let found = Stated::of(random(&Shape::full(10, 50), seed).unwrap()).unwrap().routed();
        assert!(found.optimal, "seed {seed}: {} nodes", found.explored);
    }
}
