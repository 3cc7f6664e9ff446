//! Making outcomes.

use oms_contract::record::CheckOutcome;

/// The rule is broken `at` a path into the order.
pub fn fail(at: impl Into<String>, seen: impl Into<String>, reason: impl Into<String>, mend: impl Into<String>) -> CheckOutcome {
    CheckOutcome::Fail { at: at.into(), seen: seen.into(), reason: reason.into(), mend: mend.into() }
}

/// The rule says nothing.
pub fn not_applicable(why: &str) -> CheckOutcome {
    CheckOutcome::NotApplicable { why: why.to_owned() }
}

/// The rule cannot be judged without the marketplace's own rules.
pub fn no_market() -> Vec<CheckOutcome> {
    vec![CheckOutcome::Unavailable { fact: "the marketplace's rules".to_owned() }]
}

/// A personal value: its first character only.
pub fn masked(text: &str) -> String {
    match text.trim().chars().next() {
        Some(first) => format!("{first}***"),
        None => "(empty)".to_owned(),
    }
}

/// What is wrong, or that nothing is.
pub fn passes_unless(wrong: Vec<CheckOutcome>) -> Vec<CheckOutcome> {
    if wrong.is_empty() { vec![CheckOutcome::Pass] } else { wrong }
}
