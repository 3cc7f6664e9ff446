//! Runs every case, and counts them: a check in force without a passing, a failing and an edge case breaks the build.

use validate::checks::CHECKS;

use crate::fixture::{Case, Given, Kind, summary};
use crate::{
    address_cases, age_cases, amount_cases, card_cases, claims_cases, delivery_cases, pattern_cases, people_cases, sale_cases,
    stacking_cases, stock_cases, tax_cases, trade_cases, trust_cases, vendor_cases, watch_cases,
};

fn cases() -> Vec<Case> {
    [
        card_cases::cases(),
        amount_cases::cases(),
        tax_cases::cases(),
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
    let results = validate::checks::run(&Given::good().facts());
    assert_eq!(validate::checks::verdict(&results), validate::checks::Verdict::Passed, "{results:?}");
    assert!(validate::checks::doubts(&results).is_empty(), "{results:?}");
}

#[test]
fn a_check_that_verifies_refuses_nothing_and_one_that_refuses_is_no_doubt() {
    let mut given = Given::good();
    given.customer().record.chargebacks = vec![crate::fixture::placed_at().to_zoned(jiff::tz::TimeZone::UTC).date()];
    given.contact().email = "nobody".into();
    let results = validate::checks::run(&given.facts());
    assert_eq!(validate::checks::verdict(&results), validate::checks::Verdict::Passed);
    assert_eq!(validate::checks::doubts(&results), [29, 30]);

    let mut given = Given::good();
    given.contact().email = "nobody".into();
    given.fetched.payment.held = 1;
    let results = validate::checks::run(&given.facts());
    assert_eq!(validate::checks::verdict(&results), validate::checks::Verdict::Failed(vec![2]));
    assert_eq!(validate::checks::doubts(&results), [30]);
}
