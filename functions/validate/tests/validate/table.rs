//! The table agrees with its contract, `checks.toml`, and with the page made from it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use validate::checks::{CHECKS, Check};

#[derive(serde::Deserialize)]
struct Row {
    code: String,
    rule: String,
    needs: String,
    on_fail: String,
}

fn contract() -> BTreeMap<u8, (String, Row)> {
    let groups: BTreeMap<String, BTreeMap<String, Row>> = toml::from_str(include_str!("../checks.toml")).unwrap();
    groups.into_iter().flat_map(|(group, rows)| rows.into_iter().map(move |(n, row)| (n.parse().unwrap(), (group.clone(), row)))).collect()
}

#[test]
fn every_check_in_force_is_the_contracts() {
    let contract = contract();
    assert_eq!(contract.len(), 47);
    for check in &CHECKS {
        let (group, row) = &contract[&check.number];
        assert_eq!((check.code, check.group.to_string()), (row.code.as_str(), group.clone()), "check {}", check.number);
        assert_eq!((check.needs, check.on_fail()), (row.needs.as_str(), row.on_fail.as_str()), "check {}", check.number);
    }
    let verifying = contract.iter().filter(|(_, (_, row))| row.on_fail == "verify").map(|(number, (_, row))| (*number, row.code.as_str()));
    assert_eq!(verifying.collect::<Vec<_>>(), oms_contract::record::VERIFYING);
    assert!(CHECKS.is_sorted_by_key(|check| check.number));
}

#[test]
fn what_this_release_promises_is_in_force() {
    let numbers = CHECKS.map(|check| check.number);
    assert!(numbers.into_iter().eq(1..=47), "{numbers:?}");
}

fn page() -> String {
    let mut page = String::from(
        "# Checks\n\nMade from the table in `functions/validate/src/checks/mod.rs` and from `functions/validate/tests/checks.toml` by a test; \
         `UPDATE=1 cargo nextest run --release -p validate` writes it anew.\n\n\
         A check passes, fails (where, what was seen, why, what would mend it), or does not apply. A fact that could not be had is never a pass: the order \
         waits and is retried. All checks run, whatever the others said; check 12 holds stock and is tried last, when all others pass. \
         A failure refuses the order (`reject`) or has it verified by a challenge or a person (`verify`): then the order goes on, and is scored as medium risk at least.\n\n\
         | number | code | group | on failure | needs | rule |\n|---:|---|---|---|---|---|\n",
    );
    let contract = contract();
    for check in &CHECKS {
        let Check { number, code, group, needs, .. } = check;
        writeln!(page, "| {number} | `{code}` | {group} | {} | {needs} | {} |", check.on_fail(), contract[number].1.rule).unwrap();
    }
    page
}

#[test]
fn the_page_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/checks.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, page()).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page(), "docs/checks.md is out of date; run this test with UPDATE=1");
}
