//! Every figure of the report: its name, what it is, and what it shall be. `docs/bench.md` lists them from here.

/// What a figure shall be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Aim {
    /// Whatever it is.
    None,
    /// No less.
    AtLeast(f64),
    /// No more.
    AtMost(f64),
}

/// A figure, or several that differ in one word of their name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Figure {
    /// Its name, with `{}` where the words stand.
    name: &'static str,
    /// The words, where there are any.
    words: &'static [&'static str],
    /// Unit.
    pub(super) unit: &'static str,
    /// What it is, in words.
    pub(super) means: &'static str,
    /// What it shall be.
    pub(super) aim: Aim,
}

impl Figure {
    /// The names it stands for.
    pub(super) fn names(&self) -> Vec<String> {
        if self.words.is_empty() {
            return vec![self.name.to_owned()];
        }
        self.words.iter().map(|word| self.name.replace("{}", word)).collect()
    }
}

impl Aim {
    /// Whether the value is what it shall be; `None` where nothing is asked of it.
    pub(super) fn met(self, value: f64) -> Option<bool> {
        match self {
            Self::None => None,
            Self::AtLeast(least) => Some(value >= least),
            Self::AtMost(most) => Some(value <= most),
        }
    }

    /// In signs.
    pub(super) fn shown(self) -> String {
        match self {
            Self::None => String::new(),
            Self::AtLeast(least) => format!("≥ {least}"),
            Self::AtMost(most) => format!("≤ {most}"),
        }
    }
}

/// The operations of DynamoDB that the adapters use, as figures spell them.
const CALLS: &[&str] = &["batch_get_item", "get_item", "put_item", "query", "transact_write_items", "update_item"];
/// All functions, as figures spell them.
const FUNCTIONS: &[&str] = &[
    "admin",
    "authorizer",
    "capture",
    "carrier_webhook",
    "ingest",
    "label",
    "notify",
    "orders",
    "pay",
    "payment_webhook",
    "reconcile",
    "relay",
    "route",
    "score",
    "stock",
    "sweep",
    "tally",
    "track_poll",
    "validate",
];
/// Those that an order meets on its way to its vendors.
const ON_THE_WAY: &[&str] = &["authorizer", "capture", "ingest", "notify", "pay", "payment_webhook", "relay", "route", "score", "validate"];
/// What a million orders are paid for.
const BILLED: &[&str] = &["lambda", "machine", "dynamodb", "bus", "queues", "topics", "api", "logs"];
/// How far orders of a hot product go.
const WAYS: &[&str] = &["held", "sent"];
/// Lines and sources of each of the orders that are planned.
const SHAPES: &[&str] = &["3x12", "10x50"];
/// Clients at once in the embedded benchmark.
const CLIENTS: &[&str] = &["1_client", "4_clients", "16_clients"];

const fn one(name: &'static str, unit: &'static str, means: &'static str, aim: Aim) -> Figure {
    Figure { name, words: &[], unit, means, aim }
}

const fn many(name: &'static str, words: &'static [&'static str], unit: &'static str, means: &'static str, aim: Aim) -> Figure {
    Figure { name, words, unit, means, aim }
}

/// Figures that belong together.
pub(super) struct Chapter {
    /// Its heading.
    pub(super) title: &'static str,
    /// Its figures.
    pub(super) figures: &'static [Figure],
}

/// All figures there are.
#[rustfmt::skip]
pub(super) const CHAPTERS: [Chapter; 9] = [
    Chapter { title: "On the emulator", figures: &[
        one("emulator_orders", "", "orders placed", Aim::None),
        one("emulator_clients", "", "clients at once", Aim::None),
        one("emulator_orders_per_second", "1/s", "orders through the whole chain, from the first call to the last order at its vendors", Aim::AtLeast(20.0)),
        one("capture_p50_ms", "ms", "API call that places an order, median", Aim::None),
        one("capture_p95_ms", "ms", "the same, 95th percentile", Aim::AtMost(98.0)),
        one("capture_p99_ms", "ms", "the same, 99th percentile", Aim::None),
        one("through_p50_ms", "ms", "from the start of that call to `pending_fulfillment`, median", Aim::None),
        one("through_p95_ms", "ms", "the same, 95th percentile", Aim::AtMost(5800.0)),
        one("through_p99_ms", "ms", "the same, 99th percentile", Aim::None),
        one("calm_capture_p50_ms", "ms", "as `capture_p50_ms`, with one client", Aim::None),
        one("calm_through_p50_ms", "ms", "as `through_p50_ms`, with one client", Aim::None),
        one("emulator_cpu_cores", "cores", "processors that the emulator's process keeps busy meanwhile", Aim::None),
        one("emulator_cpu_share", "", "its part of all processor time spent on the machine meanwhile", Aim::None),
        one("functions_cpu_ms_per_order", "ms", "processor time of all functions, webhooks and mails included", Aim::AtMost(5.0)),
        one("calm_functions_cpu_ms_per_order", "ms", "the same, with one client", Aim::None),
        many("function_cpu_ms_per_order_{}", ON_THE_WAY, "ms", "of it, processes of this function that still run at the end", Aim::None),
    ] },
    Chapter { title: "Per order", figures: &[
        one("dynamodb_calls_per_order", "", "calls of DynamoDB", Aim::None),
        many("dynamodb_calls_per_order_{}", CALLS, "", "of them, by kind, as the emulator counts them", Aim::None),
        many("embedded_calls_per_order_{}", CALLS, "", "the same in the embedded benchmark, as the meter counts them: what the units below were consumed by", Aim::None),
        one("read_units_per_order", "", "read units that these calls consume", Aim::None),
        one("write_units_per_order", "", "write units that these calls consume", Aim::None),
        one("invocations_per_order", "", "Lambda invocations", Aim::None),
        one("gb_seconds_per_order", "GB·s", "time of these at the pace of one client, times memory", Aim::None),
        one("executions_per_order", "", "executions of the state machine", Aim::None),
        one("state_transitions_per_order", "", "states that these enter", Aim::None),
        one("execution_ms", "ms", "time of one execution, at the pace of one client", Aim::None),
        one("events_per_order", "", "events put on the bus", Aim::None),
        one("queue_messages_per_order", "", "messages through a queue", Aim::None),
        one("topic_messages_per_order", "", "messages to a topic", Aim::None),
        one("api_calls_per_order", "", "calls of the HTTP API: one that places the order, the rest the gateway's webhooks", Aim::None),
        one("log_bytes_per_order", "bytes", "what functions log", Aim::None),
    ] },
    Chapter { title: "Cost at list price", figures: &[
        one("cost_usd_per_million_orders", "$", "a million orders, without mail and SMS", Aim::AtMost(30.0)),
        many("cost_usd_per_million_orders_{}", BILLED, "$", "of it, by what it is paid for", Aim::None),
    ] },
    Chapter { title: "Embedded", figures: &[
        many("embedded_memory_orders_per_minute_{}", CLIENTS, "1/min", "orders a minute, store in memory", Aim::AtLeast(6000.0)),
        many("embedded_memory_cpu_ms_per_order_{}", CLIENTS, "ms", "processor time of the whole process, the store's included", Aim::None),
        one("embedded_memory_store_share_1_client", "", "part of the time that is spent in the store", Aim::None),
        many("embedded_disk_orders_per_minute_{}", CLIENTS, "1/min", "orders a minute, store on disk", Aim::None),
        many("embedded_disk_cpu_ms_per_order_{}", CLIENTS, "ms", "processor time of the whole process, the store's included", Aim::None),
        one("embedded_disk_store_share_1_client", "", "part of the time that is spent in the store", Aim::None),
    ] },
    Chapter { title: "A transition", figures: &[
        one("instructions_per_decision", "", "instructions of deciding one transition of an order of three parts, with a copy of the order and the entry's hash", Aim::None),
        many("write_units_per_transition_{}", &["1_line", "200_lines"], "", "write units of storing one transition, by lines of the order", Aim::AtMost(3.0)),
    ] },
    Chapter { title: "The checks", figures: &[
        one("instructions_per_check_run", "", "instructions of all 47 checks over an order of twenty lines, its facts arranged anew", Aim::None),
        one("check_run_cpu_p50_us", "µs", "processor time of the same, median of two thousand", Aim::AtMost(200.0)),
        one("check_run_cpu_p99_us", "µs", "the same, 99th percentile", Aim::None),
        one("check_run_read_round_trips", "", "waits for reads, one after the other, of the whole step for this order", Aim::AtMost(3.0)),
        one("check_run_read_calls", "", "calls that read, which these waits are for", Aim::None),
        one("calm_validate_p50_ms", "ms", "the whole step on the emulator, orders of the samples, with one client: invocation to answer, in whole milliseconds, median", Aim::None),
        one("calm_validate_p99_ms", "ms", "the same, 99th percentile", Aim::AtMost(150.0)),
        one("validate_p50_ms", "ms", "the same with as many clients as above, where the step waits for the emulator, median", Aim::None),
        one("validate_p99_ms", "ms", "the same, 99th percentile", Aim::AtMost(150.0)),
    ] },
    Chapter { title: "Routing", figures: &[
        many("plan_cpu_p50_ms_{}", SHAPES, "ms", "processor time of planning an order of so many lines with so many sources each, median of a thousand", Aim::None),
        one("plan_cpu_p99_ms_3x12", "ms", "the same of three lines with twelve sources each, 99th percentile", Aim::AtMost(1.0)),
        one("plan_cpu_p99_ms_10x50", "ms", "the same of ten lines with fifty sources each, 99th percentile", Aim::AtMost(10.0)),
        many("highs_cpu_p50_ms_{}", SHAPES, "ms", "processor time of HiGHS for the same plans, median of three", Aim::None),
        many("instructions_per_plan_{}", SHAPES, "", "instructions of planning such an order, mean of twenty", Aim::None),
    ] },
    Chapter { title: "A hot product", figures: &[
        many("hot_sku_{}_per_second_1_shard", WAYS, "1/s", "64 buyers of one product, its stock in one shard: orders a simulated second held, or held, set aside and sent", Aim::None),
        many("hot_sku_{}_per_second_8_shards", WAYS, "1/s", "the same in eight shards", Aim::None),
        many("hot_sku_speedup_{}", WAYS, "", "how many times as many with eight shards as with one", Aim::AtLeast(5.0)),
        many("hot_sku_{}_collisions_1_shard", WAYS, "", "transactions sent away because of another one, for each order", Aim::None),
        many("hot_sku_{}_collisions_8_shards", WAYS, "", "the same in eight shards", Aim::None),
        many("hot_sku_{}_longest_chain_1_shard", WAYS, "", "transactions of 1,000 orders that write the item that most of them write, one after the other on any store", Aim::None),
        many("hot_sku_{}_longest_chain_8_shards", WAYS, "", "the same in eight shards", Aim::None),
        many("hot_sku_chain_shortened_{}", WAYS, "", "how many times shorter that chain is with eight shards than with one: counted, not timed", Aim::AtLeast(5.0)),
    ] },
    Chapter { title: "Bootstraps", figures: &[
        many("bootstrap_zip_bytes_{}", FUNCTIONS, "bytes", "the function's archive, packed as `zip -9` does", Aim::AtMost(5_000_000.0)),
        many("bootstrap_init_ms_{}", FUNCTIONS, "ms", "from the start of the process to its first poll for work, median of nine starts", Aim::AtMost(30.0)),
    ] },
];

/// The figure of this name.
pub(super) fn of(name: &str) -> Option<&'static Figure> {
    CHAPTERS.iter().flat_map(|chapter| chapter.figures).find(|figure| figure.names().iter().any(|known| known == name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
    }

    /// The tables of `docs/bench.md`.
    fn tables() -> String {
        let row = |figure: &Figure| {
            let words = figure.words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
            let words = if words.is_empty() { words } else { format!("; `{{}}` is {words}") };
            format!("| `{}` | {} | {}{words} | {} |\n", figure.name, figure.unit, figure.means, figure.aim.shown())
        };
        let chapter = |chapter: &Chapter| {
            let rows: String = chapter.figures.iter().map(row).collect();
            format!("\n### {}\n\n| figure | unit | is | aim |\n|---|---|---|---|\n{rows}", chapter.title)
        };
        CHAPTERS.iter().map(chapter).collect()
    }

    #[test]
    fn generated_the_page_lists_exactly_the_figures() {
        let file = root().join("docs/bench.md");
        let page = std::fs::read_to_string(&file).unwrap();
        let mark = "<!-- Generated from infra/local/oms/src/bin/oms/bench/figures.rs by `make openapi`. Do not edit what follows. -->\n";
        let head = page.split(mark).next().unwrap();
        let made = format!("{head}{mark}{}", tables());
        #[expect(clippy::disallowed_methods, reason = "a switch of the developer's, not configuration of a function")]
        if std::env::var("UPDATE").is_ok() {
            std::fs::write(&file, &made).unwrap();
            return;
        }
        assert!(page == made, "docs/bench.md is not what the code says: run `make openapi` and look at the difference");
    }

    #[test]
    fn no_two_figures_have_one_name() {
        let names: Vec<String> = CHAPTERS.iter().flat_map(|chapter| chapter.figures).flat_map(Figure::names).collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
        assert!(names.iter().all(|name| name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')), "{names:?}");
    }

    #[test]
    fn every_function_has_its_figures() {
        let mut there: Vec<String> = std::fs::read_dir(root().join("functions"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_str().unwrap().replace('-', "_"))
            .collect();
        there.sort();
        assert_eq!(there, FUNCTIONS);
        assert!(ON_THE_WAY.iter().all(|name| FUNCTIONS.contains(name)));
    }

    #[test]
    fn aims_are_met_or_not() {
        assert_eq!(Aim::AtLeast(20.0).met(20.0), Some(true));
        assert_eq!(Aim::AtMost(5.0).met(5.1), Some(false));
        assert_eq!(Aim::None.met(1.0), None);
        assert!(of("capture_p95_ms").is_some() && of("function_cpu_ms_per_order_pay").is_some() && of("other").is_none());
    }
}
