//! A folder of somebody's real export, sent through the API: what `events/olist/README.md` says of each of its orders.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Oddities that stop nothing, one at least in each of these ways.
const NOTES: [&str; 5] = [
    "payments differ by a rounding of cents",
    "scanned by the carrier before approval",
    "delivered without a date",
    "was cancelled in the set; placed all the same",
    "paid by boleto or debit card; a test card is charged",
];

/// Sends the folder as `make replay` does; the report that it leaves beside `stack.json`.
fn replayed(stack: &Path) -> Value {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut program = Command::new(root.join("target/release/oms"));
    let done = program.args(["replay", "--dir", "events/olist"]).current_dir(root).env("OMS_STACK", stack).output().unwrap();
    assert!(done.status.success(), "{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&std::fs::read(stack.with_file_name("replay.json")).unwrap()).unwrap()
}

fn counts(of: &Value) -> BTreeMap<&str, u64> {
    of.as_object().unwrap().iter().map(|(name, count)| (name.as_str(), count["count"].as_u64().unwrap())).collect()
}

#[test]
fn every_oddity_of_a_real_export_is_sent_noted_or_refused_with_its_reason_and_nothing_twice() {
    let stack = std::path::absolute(PathBuf::from(std::env::var_os("OMS_STACK").expect("`make test` sets it"))).unwrap();
    let refused = BTreeMap::from([
        ("amount unreadable", 1),
        ("no items", 1),
        ("no payment", 1),
        ("payments do not add up", 1),
        ("unknown customer", 1),
        ("unknown product", 2),
        ("unknown seller", 1),
    ]);
    let first = replayed(&stack);
    let again = replayed(&stack);
    for report in [&first, &again] {
        assert_eq!((&report["orders"], &report["accepted"]), (&15.into(), &7.into()), "{report:#}");
        assert_eq!(counts(&report["refused"]), refused);
        let rest: u64 = counts(&report["rest"]).values().sum();
        assert_eq!(rest, 7, "every order rests somewhere: {report:#}");
        for note in NOTES {
            assert!(report["notes"].as_object().unwrap().contains_key(note), "{note}: {report:#}");
        }
    }
    assert_eq!(again["accepted_before"], 7, "the second time nothing is placed anew");
}
