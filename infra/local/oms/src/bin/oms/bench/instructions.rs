//! Instructions that a decision takes, counted by valgrind's callgrind: the same on any machine and under any load.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::failure::Failure;

/// Decisions of the two runs, whose difference leaves out the start of the program.
const FEW: u64 = 1_000;
const MANY: u64 = 11_000;

/// Instructions of one decision; `None` where there is no valgrind.
pub(super) fn per_decision(embedded: &Path) -> Result<Option<f64>, Failure> {
    let there = Command::new("valgrind").arg("--version").stdin(Stdio::null()).output();
    if there.is_err() {
        return Ok(None);
    }
    let of = |decisions: u64| counted(embedded, &["--decide", &decisions.to_string()]);
    Ok(Some((of(MANY)? - of(FEW)?) / as_number(MANY - FEW)))
}

/// Runs of all checks of the two runs of the program.
const FEW_RUNS: u64 = 20;
const MANY_RUNS: u64 = 120;

/// Instructions of all checks over an order of twenty lines, which is made of these folders of samples and seed; `None` where there is no valgrind.
pub(super) fn per_check_run(embedded: &Path, [samples, seed]: [&Path; 2]) -> Result<Option<f64>, Failure> {
    if Command::new("valgrind").arg("--version").stdin(Stdio::null()).output().is_err() {
        return Ok(None);
    }
    let (samples, seed) = (samples.to_string_lossy(), seed.to_string_lossy());
    let of = |runs: u64| counted(embedded, &["--samples", &samples, "--seed", &seed, "--check", &runs.to_string()]);
    Ok(Some((of(MANY_RUNS)? - of(FEW_RUNS)?) / as_number(MANY_RUNS - FEW_RUNS)))
}

/// Plans of the two runs.
const FEW_PLANS: u64 = 20;
const MANY_PLANS: u64 = 60;

/// Instructions of planning one order, a mean over twenty; `None` where there is no valgrind.
pub(super) fn per_plan(routing: &Path, lines: u32, sources: u32) -> Result<Option<f64>, Failure> {
    if Command::new("valgrind").arg("--version").stdin(Stdio::null()).output().is_err() {
        return Ok(None);
    }
    let of = |plans: u64| counted(routing, &["plan", &lines.to_string(), &sources.to_string(), &plans.to_string()]);
    Ok(Some((of(MANY_PLANS)? - of(FEW_PLANS)?) / as_number(MANY_PLANS - FEW_PLANS)))
}

fn counted(program: &Path, arguments: &[&str]) -> Result<f64, Failure> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| Failure::Measuring("instructions", error))?;
    let told = String::from_utf8_lossy(&output.stderr);
    let sum = sum_of(&told).filter(|_| output.status.success());
    sum.ok_or_else(|| Failure::Bench(format!("callgrind did not count: {}", told.lines().last().unwrap_or_default())))
}

/// The sum in callgrind's own words: `==42== Collected : 123456`.
fn sum_of(told: &str) -> Option<f64> {
    let line = told.lines().find_map(|line| line.split_once("Collected : "))?;
    line.1.split_whitespace().next()?.parse().ok()
}

fn as_number(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_found_among_what_callgrind_says() {
        let told = "==42== Callgrind, a call-graph generator\n==42== \n==42== Events    : Ir\n==42== Collected : 123456\n==42== ";
        assert_eq!(sum_of(told).map(|sum| sum.to_string()).as_deref(), Some("123456"));
        assert_eq!(sum_of("==42== Events    : Ir"), None);
    }
}
