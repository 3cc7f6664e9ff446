//! Cases, and what must come of them.

use oms_contract::record::CheckOutcome;

use crate::fixture::Given;

/// What sort of fixture a case is. Every check in force needs one of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Pass,
    Fail,
    Edge,
}

/// What must come out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expect {
    Passes,
    /// At exactly these paths.
    FailsAt(&'static [&'static str]),
    NotApplicable,
    Unavailable,
}

/// One case: what is done to the good order, and what the check then says.
pub(crate) struct Case {
    pub(crate) check: u8,
    pub(crate) kind: Kind,
    pub(crate) name: &'static str,
    pub(crate) given: fn(&mut Given),
    pub(crate) expect: Expect,
}

pub(crate) fn case(check: u8, kind: Kind, name: &'static str, given: fn(&mut Given), expect: Expect) -> Case {
    Case { check, kind, name, given, expect }
}

/// What outcomes of one check amount to, with the paths of failures.
pub(crate) fn summary(outcomes: &[CheckOutcome]) -> (&'static str, Vec<String>) {
    let paths: Vec<String> = outcomes
        .iter()
        .filter_map(|outcome| match outcome {
            CheckOutcome::Fail { at, .. } => Some(at.clone()),
            _ => None,
        })
        .collect();
    match outcomes {
        _ if !paths.is_empty() => ("fails", paths),
        [CheckOutcome::Pass] => ("passes", paths),
        [CheckOutcome::NotApplicable { .. }] => ("not applicable", paths),
        [CheckOutcome::Unavailable { .. }] => ("unavailable", paths),
        _ => ("mixed", paths),
    }
}

impl Expect {
    pub(crate) fn summary(self) -> (&'static str, Vec<String>) {
        match self {
            Self::Passes => ("passes", vec![]),
            Self::FailsAt(paths) => ("fails", paths.iter().map(|path| (*path).to_owned()).collect()),
            Self::NotApplicable => ("not applicable", vec![]),
            Self::Unavailable => ("unavailable", vec![]),
        }
    }
}
