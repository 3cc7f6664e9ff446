//! Counters in the embedded metric format: one line of JSON on standard output, which the log service reads. No call is made.

use std::io::Write as _;

use serde_json::{Map, Value, json};

use oms_ports::Clock as _;
use oms_ports::messaging::Metrics;

use crate::clock::SystemClock;

/// Where all our metrics are.
const NAMESPACE: &str = "Oms";

/// Counters of one installation.
#[derive(Debug)]
pub struct EmbeddedMetrics {
    stage: String,
}

impl EmbeddedMetrics {
    /// Counts under the installation's name, as the dimension `stage`.
    pub fn new(stage: impl Into<String>) -> Self {
        Self { stage: stage.into() }
    }
}

impl Metrics for EmbeddedMetrics {
    fn count(&self, metric: &'static str, dimensions: &[(&'static str, &str)]) {
        let line = line(SystemClock.now().as_millisecond(), &self.stage, metric, dimensions);
        // A counter that cannot be written is no reason to fail what it counts.
        let _ = writeln!(std::io::stdout(), "{line}");
    }
}

/// One count, at this many milliseconds since 1970.
fn line(at: i64, stage: &str, metric: &str, dimensions: &[(&str, &str)]) -> Value {
    let names: Vec<&str> = std::iter::once("stage").chain(dimensions.iter().map(|(name, _)| *name)).collect();
    let directive = json!({ "Namespace": NAMESPACE, "Dimensions": [names], "Metrics": [{ "Name": metric, "Unit": "Count" }] });
    let mut line = Map::new();
    line.insert("_aws".to_owned(), json!({ "Timestamp": at, "CloudWatchMetrics": [directive] }));
    line.insert("stage".to_owned(), json!(stage));
    line.extend(dimensions.iter().map(|(name, value)| ((*name).to_owned(), json!(value))));
    line.insert(metric.to_owned(), json!(1));
    Value::Object(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_names_its_dimensions_and_gives_each_a_value() {
        let line = line(1_795_435_200_000, "test", "Cancellations", &[("reason", "risk"), ("by", "system")]);
        let directive = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(directive["Dimensions"], json!([["stage", "reason", "by"]]));
        assert_eq!(directive["Metrics"][0]["Name"], "Cancellations");
        assert_eq!(
            (&line["stage"], &line["reason"], &line["by"], &line["Cancellations"]),
            (&json!("test"), &json!("risk"), &json!("system"), &json!(1))
        );
    }
}
