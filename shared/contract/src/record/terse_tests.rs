//! Tests of the terse forms.

use super::*;
use serde_json::{Value, json};

fn row(check: u8, outcome: CheckOutcome) -> CheckResult {
    CheckResult { check, code: code(check).unwrap().to_owned(), outcome }
}

fn not_applicable(why: &str) -> CheckOutcome {
    CheckOutcome::NotApplicable { why: why.to_owned() }
}

fn failed(at: &str) -> CheckOutcome {
    CheckOutcome::Fail { at: at.to_owned(), seen: "0".to_owned(), reason: "is none".to_owned(), mend: "order one".to_owned() }
}

fn report(results: Vec<CheckResult>) -> ValidationReport {
    ValidationReport { version: 3, at: Timestamp::UNIX_EPOCH, results, doubts: Vec::new(), geocode: None, region: None, is_po_box: false }
}

#[test]
fn a_report_is_read_as_it_was_written_whatever_the_checks_said() {
    let old_name = CheckResult { check: 2, code: "an_older_name".to_owned(), outcome: CheckOutcome::Pass };
    for results in [
        vec![],
        vec![
            row(1, CheckOutcome::Pass),
            row(9, not_applicable("no coupon")),
            row(46, not_applicable("no coupon")),
            row(47, CheckOutcome::Pass),
        ],
        vec![row(7, failed("lines[1]")), row(7, failed("lines[0]")), row(8, CheckOutcome::Unavailable { fact: "taxes".to_owned() })],
        vec![row(1, CheckOutcome::Pass), old_name],
    ] {
        let written = report(results);
        let text = serde_json::to_string(&written).unwrap();
        assert_eq!(serde_json::from_str::<ValidationReport>(&text).unwrap(), written, "{text}");
    }
}

#[test]
fn checks_that_passed_are_named_only_where_others_are_missing() {
    let all: Vec<_> = (1..=47).map(|check| row(check, if check == 9 { failed("coupon") } else { CheckOutcome::Pass })).collect();
    for (results, named) in [(all.clone(), false), (all[1..].to_vec(), true)] {
        let written = report(results);
        let told = serde_json::to_value(&written).unwrap();
        assert_eq!((told.get("pass").is_some(), told.get("of").is_some()), (named, !named), "{told}");
        assert_eq!(serde_json::from_value::<ValidationReport>(told).unwrap(), written);
    }
}

#[test]
fn equal_rows_of_a_report_are_one_row() {
    let told: Value = serde_json::to_value(report((1..=47).map(|check| row(check, not_applicable("nothing"))).collect())).unwrap();
    assert_eq!(told["na"]["nothing"].as_array().unwrap().len(), 47);
    assert_eq!(told.get("results"), None);
}

#[test]
fn a_report_that_was_written_at_length_is_read() {
    let at_length = json!({
        "version": 3, "at": "1970-01-01T00:00:00Z",
        "results": [{ "check": 1, "code": "payment_method_valid", "outcome": "pass" }, { "check": 9, "code": "coupon_valid", "outcome": "not_applicable", "why": "none" }],
    });
    let expected = report(vec![row(1, CheckOutcome::Pass), row(9, not_applicable("none"))]);
    assert_eq!(serde_json::from_value::<ValidationReport>(at_length).unwrap(), expected);
}

#[test]
fn a_check_that_there_is_not_is_an_error() {
    for wrong in [json!({ "pass": [0] }), json!({ "pass": [48] }), json!({ "of": 48 })] {
        let mut told = json!({ "version": 3, "at": "1970-01-01T00:00:00Z" });
        told.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
        assert!(serde_json::from_value::<ValidationReport>(told.clone()).is_err(), "{told}");
    }
}

fn package(items: &[(&str, u32)]) -> PlannedPackage {
    PlannedPackage { items: items.iter().map(|(sku, n)| (sku.parse().unwrap(), *n)).collect(), grams: 400, cm3: 900, billed_g: 1000 }
}

fn shipment(packages: Vec<PlannedPackage>) -> PlannedShipment {
    PlannedShipment {
        vendor_id: "ven-a".parse().unwrap(),
        warehouse_id: "w1".parse().unwrap(),
        carrier: "dhl".to_owned(),
        service: "standard".to_owned(),
        items: package(&[("A", 1), ("B", 2)]).items,
        packages,
        billed_g: 2000,
        km: 12,
        cost: 590,
        hours: 48,
    }
}

fn rejected(sku: &str, vendor: &str, warehouse: Option<&str>, reason: Rejection) -> Rejected {
    let warehouse_id = warehouse.map(|id| id.parse().unwrap());
    Rejected { sku: sku.parse().unwrap(), vendor_id: vendor.parse().unwrap(), warehouse_id, reason }
}

fn plan(bound: &str, packages: Vec<PlannedPackage>, rejected: Vec<Rejected>) -> Plan {
    let terms = Terms { hours: 48, cost: 590, performance: "0.9".parse().unwrap(), objective: "0.5".parse().unwrap() };
    let candidate = Candidate { terms, shipments: vec![shipment(packages)] };
    Plan {
        version: 2,
        at: Timestamp::UNIX_EPOCH,
        part: None,
        chosen: candidate.clone(),
        alternatives: vec![candidate],
        t_ref: 48,
        c_ref: 590,
        optimal: true,
        bound: bound.parse().unwrap(),
        explored: 3,
        rejected,
        partly_read: vec!["B".parse().unwrap()],
    }
}

#[test]
fn a_plan_is_read_as_it_was_written() {
    let closed = |vendor| rejected("A", vendor, Some("w1"), Rejection::Closed);
    for written in [
        plan("0.5", vec![], vec![]),
        plan("0.4", vec![package(&[("A", 1), ("B", 2)])], vec![closed("ven-a"), closed("ven-b")]),
        plan(
            "0.5",
            vec![package(&[("A", 1)]), package(&[("B", 2)])],
            vec![closed("ven-a"), rejected("B", "ven-a", None, Rejection::NoRate), closed("ven-b")],
        ),
    ] {
        let text = serde_json::to_string(&written).unwrap();
        assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), written, "{text}");
    }
}

#[test]
fn a_search_in_vain_and_a_parts_plan_are_read_as_they_were_written() {
    let closed = |vendor| rejected("A", vendor, Some("w1"), Rejection::Closed);
    for part in [None, Some(2)] {
        let planned = Plan { part, ..plan("0.5", vec![], vec![]) };
        let text = serde_json::to_string(&planned).unwrap();
        assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), planned, "{text}");
        for rejected in [vec![], vec![closed("ven-a"), closed("ven-b"), rejected("B", "ven-a", None, Rejection::NoRate)]] {
            let (short, partly_read) = (vec!["A".parse().unwrap()], vec!["B".parse().unwrap()]);
            let written = Search { version: 9, at: Timestamp::UNIX_EPOCH, part, short, rejected, partly_read };
            let text = serde_json::to_string(&written).unwrap();
            assert_eq!(serde_json::from_str::<Search>(&text).unwrap(), written, "{text}");
        }
    }
}

#[test]
fn a_plan_that_was_written_at_length_is_read() {
    let (packages, given) = (vec![package(&[("A", 1), ("B", 2)])], vec![rejected("A", "ven-b", None, Rejection::TooHeavy)]);
    let expected = plan("0.5", packages, given.clone());
    let candidate = json!({ "terms": expected.chosen.terms, "shipments": expected.chosen.shipments });
    let at_length = json!({
        "version": 2, "at": "1970-01-01T00:00:00Z", "chosen": candidate, "alternatives": [candidate], "t_ref": 48, "c_ref": 590,
        "optimal": true, "bound": "0.5", "explored": 3, "rejected": given, "partly_read": ["B"],
    });
    assert_eq!(serde_json::from_value::<Plan>(at_length).unwrap(), expected);
}
