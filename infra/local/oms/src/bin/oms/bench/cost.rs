//! What an order costs on AWS: counts times list prices.

use serde::Deserialize;

/// The price list as it is shipped.
const SHIPPED: &str = include_str!("../../../../prices.toml");

/// Milliseconds that an Express execution is billed in.
const MACHINE_STEP_MS: f64 = 100.0;
/// Memory that an Express execution of ours is billed for, in GB: the least there is.
const MACHINE_GB: f64 = 0.0625;
/// Requests to SQS that a message takes when it travels alone: send, receive, delete.
const REQUESTS_PER_MESSAGE: f64 = 3.0;

/// List prices in US dollars.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Prices {
    /// When they were looked up.
    pub(super) as_of: String,
    /// Where they hold.
    pub(super) region: String,
    lambda: Lambda,
    machine: Machine,
    dynamodb: DynamoDb,
    bus: Bus,
    queues: Queues,
    topics: Topics,
    api: Api,
    logs: Logs,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lambda {
    million_requests: f64,
    gb_second: f64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Machine {
    million_executions: f64,
    gb_second: f64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct DynamoDb {
    million_read_units: f64,
    million_write_units: f64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bus {
    million_events: f64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Queues {
    million_requests: f64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Topics {
    million_publications: f64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Api {
    million_calls: f64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Logs {
    gb: f64,
}

/// What one order takes on average.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Usage {
    /// Invocations of functions.
    pub(super) invocations: f64,
    /// Their billed time times their memory.
    pub(super) gb_seconds: f64,
    /// Executions of the machine.
    pub(super) executions: f64,
    /// Milliseconds of one execution.
    pub(super) execution_ms: f64,
    /// DynamoDB read units.
    pub(super) read_units: f64,
    /// DynamoDB write units.
    pub(super) write_units: f64,
    /// Events put on the bus.
    pub(super) events: f64,
    /// Messages through a queue.
    pub(super) queue_messages: f64,
    /// Messages to a topic.
    pub(super) topic_messages: f64,
    /// Calls of the HTTP API.
    pub(super) api_calls: f64,
    /// Bytes that functions log.
    pub(super) log_bytes: f64,
}

impl Prices {
    /// The price list as it is shipped.
    ///
    /// # Errors
    /// Where it lacks a price.
    pub(super) fn shipped() -> Result<Self, toml::de::Error> {
        toml::from_str(SHIPPED)
    }

    /// Dollars that a million orders cost, by what they are paid for.
    pub(super) fn of_a_million(&self, order: &Usage) -> [(&'static str, f64); 8] {
        let million = 1_000_000.0;
        let machine_ms = (order.execution_ms / MACHINE_STEP_MS).ceil() * MACHINE_STEP_MS;
        let machine_gb_seconds = order.executions * machine_ms / 1000.0 * MACHINE_GB;
        [
            ("lambda", order.invocations * self.lambda.million_requests + order.gb_seconds * million * self.lambda.gb_second),
            ("machine", order.executions * self.machine.million_executions + machine_gb_seconds * million * self.machine.gb_second),
            ("dynamodb", order.read_units * self.dynamodb.million_read_units + order.write_units * self.dynamodb.million_write_units),
            ("bus", order.events * self.bus.million_events),
            ("queues", order.queue_messages * REQUESTS_PER_MESSAGE * self.queues.million_requests),
            ("topics", order.topic_messages * self.topics.million_publications),
            ("api", order.api_calls * self.api.million_calls),
            ("logs", order.log_bytes * million / 1_000_000_000.0 * self.logs.gb),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_count_is_paid_by_its_own_price() {
        let mut prices = Prices::shipped().unwrap();
        prices.lambda = Lambda { million_requests: 0.2, gb_second: 0.00001 };
        prices.machine = Machine { million_executions: 1.0, gb_second: 0.00002 };
        prices.dynamodb = DynamoDb { million_read_units: 0.1, million_write_units: 0.7 };
        let none = Usage::default();
        for (usage, part, dollars) in [
            (Usage { invocations: 10.0, ..none }, "lambda", 2.0),
            (Usage { gb_seconds: 0.5, ..none }, "lambda", 5.0),
            // 130 ms are billed as 200.
            (Usage { executions: 1.0, execution_ms: 130.0, ..none }, "machine", 1.0 + 0.2 * 0.0625 * 20.0),
            (Usage { read_units: 10.0, write_units: 10.0, ..none }, "dynamodb", 8.0),
            (Usage { events: 4.0, ..none }, "bus", 4.0 * prices.bus.million_events),
            (Usage { queue_messages: 2.0, ..none }, "queues", 6.0 * prices.queues.million_requests),
            (Usage { topic_messages: 2.0, ..none }, "topics", 2.0 * prices.topics.million_publications),
            (Usage { api_calls: 3.0, ..none }, "api", 3.0 * prices.api.million_calls),
            (Usage { log_bytes: 1000.0, ..none }, "logs", prices.logs.gb),
        ] {
            for (name, cost) in prices.of_a_million(&usage) {
                let expected = if name == part { dollars } else { 0.0 };
                assert!((cost - expected).abs() < 1e-9, "{name} of {usage:?} is {cost}, not {expected}");
            }
        }
    }

    #[test]
    fn the_price_list_says_when_and_where() {
        let prices = Prices::shipped().unwrap();
        assert!(prices.as_of.parse::<jiff::civil::Date>().is_ok());
        assert!(!prices.region.is_empty());
    }
}
