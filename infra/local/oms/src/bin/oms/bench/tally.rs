//! What the emulator has counted: calls, invocations, states. See `infra/local/tally.py`.

use std::collections::BTreeMap;

use oms_local::Stack;

use crate::failure::Failure;

/// Where the emulator tells it.
const PATH: &str = "/_oms/tally";

/// Sums by name.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Tally(BTreeMap<String, f64>);

impl Tally {
    /// As it stands now.
    pub(super) async fn read(stack: &Stack, http: &reqwest::Client) -> Result<Self, Failure> {
        let answer = async { http.get(format!("{}{PATH}", stack.emulator_url)).send().await?.error_for_status()?.json().await };
        answer.await.map(Self).map_err(|error| Failure::NoAnswer("the emulator's tally", error))
    }

    /// Of these sums.
    #[cfg(test)]
    pub(super) fn made(sums: &[(&str, f64)]) -> Self {
        Self(sums.iter().map(|(name, sum)| ((*name).to_owned(), *sum)).collect())
    }

    /// What was added since `before`, without sums that stand where they stood.
    pub(super) fn since(&self, before: &Self) -> Self {
        let added = self.0.iter().map(|(name, sum)| (name.clone(), sum - before.of(name)));
        Self(added.filter(|(_, sum)| *sum > 0.0).collect())
    }

    /// Takes off what somebody else made.
    pub(super) fn forget(&mut self, name: &str, amount: f64) {
        if let Some(sum) = self.0.get_mut(name) {
            *sum -= amount;
        }
    }

    /// Leaves a function out.
    pub(super) fn drop_function(&mut self, name: &str) {
        let prefix = format!("lambda.{name}.");
        self.0.retain(|key, _| !key.starts_with(&prefix));
    }

    /// One sum.
    pub(super) fn of(&self, name: &str) -> f64 {
        self.0.get(name).copied().unwrap_or_default()
    }

    /// Names and sums whose name starts with `prefix`, without it.
    pub(super) fn under<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, f64)> {
        self.0.iter().filter_map(move |(name, sum)| Some((name.strip_prefix(prefix)?, *sum)))
    }

    /// Of the invocations of a function: the least time in whole milliseconds that so many percent of them did not exceed (nearest rank).
    ///
    /// # Errors
    /// Where there was none.
    pub(super) fn percentile_ms(&self, function: &str, percent: u32) -> Result<f64, Failure> {
        let prefix = format!("lambda.{function}.took.");
        let mut times: Vec<(u32, f64)> = self.under(&prefix).filter_map(|(ms, count)| Some((ms.parse().ok()?, count))).collect();
        times.sort_by_key(|(ms, _)| *ms);
        let all: f64 = times.iter().map(|(_, count)| count).sum();
        let rank = all * f64::from(percent) / 100.0;
        let mut so_far = 0.0;
        let found = times.iter().find(|(_, count)| {
            so_far += count;
            so_far >= rank
        });
        found.map(|(ms, _)| f64::from(*ms)).ok_or_else(|| Failure::Bench(format!("the emulator counted no invocation of {function}")))
    }

    /// The sum over all functions of `invocations` or `ms`.
    pub(super) fn over_functions(&self, what: &str) -> f64 {
        let suffix = format!(".{what}");
        self.under("lambda.").filter(|(name, _)| name.ends_with(&suffix)).map(|(_, sum)| sum).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_and_sums_over_functions() {
        let before = Tally::made(&[("lambda.a.ms", 5.0), ("DynamoDB.PutItem", 2.0), ("DynamoDB.Scan", 1.0)]);
        let after = Tally::made(&[
            ("lambda.a.ms", 9.0),
            ("lambda.a-b.ms", 3.0),
            ("lambda.a.invocations", 1.0),
            ("DynamoDB.PutItem", 7.0),
            ("DynamoDB.Scan", 1.0),
        ]);
        let since = after.since(&before);
        let close = |a: f64, b: f64| (a - b).abs() < 1e-9;
        assert!(close(since.over_functions("ms"), 7.0) && close(since.over_functions("invocations"), 1.0));
        let took =
            Tally::made(&[("lambda.a.took.7", 98.0), ("lambda.a.took.12", 1.0), ("lambda.a.took.9", 1.0), ("lambda.a-b.took.1", 5.0)]);
        for (percent, ms) in [(50, 7.0), (98, 7.0), (99, 9.0), (100, 12.0)] {
            assert!(close(took.percentile_ms("a", percent).unwrap(), ms), "p{percent}");
        }
        assert!(took.percentile_ms("b", 50).is_err());
        assert_eq!(since.under("DynamoDB.").collect::<Vec<_>>(), [("PutItem", 5.0)]);
        assert!(close(since.of("nothing"), 0.0));
    }
}
