//! Runs every case, and counts them: a check in force without a passing, a failing and an edge case breaks the build.

use std::collections::BTreeSet;

use oms_contract::record::CheckResult;
use oms_domain::Sku;
use oms_ports::stock::Held;
use validate::checks::{ASK_OF_THE_HOLD, CHECKS, run, run_after_hold};

use crate::fixture::{Case, Given, Kind, summary};
use crate::{
    address_cases, age_cases, amount_cases, card_cases, claims_cases, customs_cases, delivery_cases, pattern_cases, people_cases,
    sale_cases, stacking_cases, stock_cases, tax_cases, tax_part_cases, trade_cases, trust_cases, vendor_cases, watch_cases,
};

fn cases() -> Vec<Case> {
    [
        card_cases::cases(),
        amount_cases::cases(),
        tax_cases::cases(),
        tax_part_cases::cases(),
        stock_cases::cases(),
        sale_cases::cases(),
        address_cases::cases(),
        delivery_cases::cases(),
        watch_cases::cases(),
        people_cases::cases(),
        pattern_cases::cases(),
        age_cases::cases(),
        vendor_cases::cases(),
        trade_cases::cases(),
        customs_cases::cases(),
        trust_cases::cases(),
        claims_cases::cases(),
        stacking_cases::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[test]
fn every_case_comes_out_as_said() {
    let wrong: Vec<String> = cases()
        .iter()
        .filter_map(|case| {
            let check = CHECKS.iter().find(|check| check.number == case.check)?;
            let mut given = Given::good();
            (case.given)(&mut given);
            let outcomes = (check.run)(&given.facts());
            (summary(&outcomes) != case.expect.summary())
                .then(|| format!("check {} {:?}: {} -> {outcomes:?}", case.check, case.kind, case.name))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_check_in_force_has_a_passing_a_failing_and_an_edge_case() {
    let cases = cases();
    for check in &CHECKS {
        for kind in [Kind::Pass, Kind::Fail, Kind::Edge] {
            let found = cases.iter().any(|case| case.check == check.number && case.kind == kind);
            assert!(found, "check {} has no {kind:?} case", check.number);
        }
    }
    for case in &cases {
        assert!(CHECKS.iter().any(|check| check.number == case.check), "{}: no such check", case.name);
    }
}

#[test]
fn the_good_order_passes_everything() {
    let results = run(&Given::good().facts());
    assert_eq!(validate::checks::verdict(&results), validate::checks::Verdict::Passed, "{results:?}");
    assert!(validate::checks::doubts(&results).is_empty(), "{results:?}");
}

#[test]
fn a_check_that_verifies_refuses_nothing_and_one_that_refuses_is_no_doubt() {
    let mut given = Given::good();
    given.customer().record.chargebacks = vec![crate::fixture::placed_at().to_zoned(jiff::tz::TimeZone::UTC).date()];
    given.contact().email = "nobody".into();
    let results = run(&given.facts());
    assert_eq!(validate::checks::verdict(&results), validate::checks::Verdict::Passed);
    assert_eq!(validate::checks::doubts(&results), [29, 30]);

    let mut given = Given::good();
    given.contact().email = "nobody".into();
    given.fetched.payment.held = 1;
    let results = run(&given.facts());
    assert_eq!(validate::checks::verdict(&results), validate::checks::Verdict::Failed(vec![2]));
    assert_eq!(validate::checks::doubts(&results), [30]);
}

#[test]
fn once_the_stock_was_to_be_held_only_the_checks_that_ask_of_it_can_say_anything_else() {
    let mut different = BTreeSet::new();
    for case in cases() {
        let mut given = Given::good();
        (case.given)(&mut given);
        let mut facts = given.facts();
        facts.held = None;
        let before = run(&facts);
        let demand = facts.document.demand();
        let skus: Vec<Sku> = demand.into_iter().map(|(sku, _)| sku).collect();
        let budgets = validate::budgets::of(&facts).into_iter().map(|budget| budget.key).collect();
        for held in [Held::Yes, Held::Released, Held::Short(skus), Held::Spent { skus: vec![], budgets }] {
            facts.held = Some(held);
            let after = run(&facts);
            assert_eq!(run_after_hold(&facts, before.clone()), after, "{}: {:?}", case.name, facts.held);
            different.extend(CHECKS.iter().map(|check| check.number).filter(|check| of(&before, *check) != of(&after, *check)));
        }
    }
    assert_eq!(different.into_iter().collect::<Vec<u8>>(), ASK_OF_THE_HOLD, "the cases show each of them say something else");
}

fn of(results: &[CheckResult], check: u8) -> Vec<&CheckResult> {
    results.iter().filter(|result| result.check == check).collect()
}
