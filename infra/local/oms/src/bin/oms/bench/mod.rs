//! `oms bench`: how fast, on how much processor time, at what cost. `docs/bench.md` says what is measured and how.

mod bootstraps;
mod cost;
mod emulated;
mod figures;
mod instructions;
mod processes;
mod report;
mod settings;
mod spread;
mod tally;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use clap::Args;

use oms_local::Stack;
use oms_local::workload::Workload;

use self::cost::{Prices, Usage};
use self::emulated::{Haste, Run, Shop, gb_seconds};
use self::report::Report;
use self::settings::Settings;
use self::spread::Spread;
use crate::console::{Console, remark, say};
use crate::failure::Failure;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Orders placed on the emulator.
    #[arg(long, default_value_t = 500)]
    orders: usize,
    /// Clients that place them.
    #[arg(long, default_value_t = 16)]
    clients: usize,
    /// Folder of the sample orders.
    #[arg(long, default_value = "events/http")]
    samples: PathBuf,
    /// Folder of the reference data.
    #[arg(long, default_value = "infra/local/seed")]
    seed: PathBuf,
    /// The embedded benchmark.
    #[arg(long, default_value = "target/release/oms-embedded")]
    embedded: PathBuf,
    /// The benchmark of routing.
    #[arg(long, default_value = "target/release/oms-routing")]
    routing: PathBuf,
    /// Folder of the functions as they are deployed.
    #[arg(long, default_value = "target/lambda")]
    functions: PathBuf,
    /// Where the figures go.
    #[arg(long, default_value = "target/bench/report.json")]
    report: PathBuf,
}

/// Orders with one client, each kind of sample several times.
const CALM_ROUNDS: usize = 3;

pub(crate) async fn run(stack: &Stack, arguments: &Arguments, console: Console) -> Result<(), Failure> {
    let workload = Workload::read(&arguments.samples, &arguments.seed)?;
    let http = reqwest::Client::builder().no_proxy().build().map_err(|error| Failure::NoAnswer("the HTTP client", error))?;
    let settings = settings::of_all(stack, &http).await?;
    let mut report = Report::default();

    let shop = Shop::open(stack, &workload, http).await?;
    remark("placing orders with one client");
    // Also warms the functions up: what is measured afterwards are no cold starts.
    let first = shop.place("first", CALM_ROUNDS * workload.kinds(), 1, Haste::OneAfterTheOther).await?;
    // Once more, because the first orders started the processes.
    let calm = shop.place("calm", first.placed.len(), 1, Haste::OneAfterTheOther).await?;
    remark(&format!("placing {} orders with {} clients", arguments.orders, arguments.clients));
    shop.place("warm", 4 * arguments.clients, arguments.clients, Haste::NextAtOnce).await?;
    let busy = shop.place("busy", arguments.orders, arguments.clients, Haste::NextAtOnce).await?;
    speed(&mut report, stack, arguments, &calm, &busy)?;
    // Whatever fails from here on, these are not lost.
    report.write(&arguments.report)?;

    for (name, settings) in &settings {
        let (word, bootstrap) = (name.replace('-', "_"), arguments.functions.join(name).join("bootstrap"));
        report.add(&format!("bootstrap_zip_bytes_{word}"), exact(bootstraps::zipped(&bootstrap)?))?;
        report.add(&format!("bootstrap_init_ms_{word}"), bootstraps::init_ms(stack, name, &bootstrap, settings)?)?;
    }
    for (name, value) in embedded(arguments)? {
        report.add(&name, value)?;
    }
    match instructions::per_decision(&arguments.embedded) {
        Ok(Some(count)) => report.add("instructions_per_decision", count)?,
        Ok(None) => remark("instructions_per_decision was not measured: install valgrind"),
        Err(failure) => remark(&format!("instructions_per_decision was not measured: {failure}")),
    }
    match instructions::per_check_run(&arguments.embedded, [&arguments.samples, &arguments.seed]) {
        Ok(Some(count)) => report.add("instructions_per_check_run", count)?,
        Ok(None) => remark("instructions_per_check_run was not measured: install valgrind"),
        Err(failure) => remark(&format!("instructions_per_check_run was not measured: {failure}")),
    }
    routing(&mut report, arguments)?;
    let usage = usage(&mut report, stack, &settings, &calm, &busy)?;
    let prices = cost(&mut report, &usage)?;

    report.write(&arguments.report)?;
    for line in report.lines(console) {
        say(line)?;
    }
    say("")?;
    say(format!("list prices of {}, {}; all figures: {}", prices.region, prices.as_of, arguments.report.display()))?;
    Ok(())
}

/// How fast, and on how much of the processors.
fn speed(report: &mut Report, stack: &Stack, arguments: &Arguments, calm: &Run, busy: &Run) -> Result<(), Failure> {
    let orders = exact(busy.placed.len());
    report.add("emulator_orders", orders)?;
    report.add("emulator_clients", exact(arguments.clients))?;
    report.add("emulator_orders_per_second", orders / busy.took.as_secs_f64())?;
    let calls = |run: &Run| Spread::of(run.placed.iter().map(|placed| placed.call).collect());
    let through = |run: &Run| Spread::of(run.through.clone());
    for percent in [50, 95, 99] {
        report.add(&format!("capture_p{percent}_ms"), calls(busy).percentile_ms(percent))?;
        report.add(&format!("through_p{percent}_ms"), through(busy).percentile_ms(percent))?;
    }
    report.add("calm_capture_p50_ms", calls(calm).percentile_ms(50))?;
    report.add("calm_through_p50_ms", through(calm).percentile_ms(50))?;
    let validate = stack.functions.get("validate").map_or("validate", String::as_str);
    for percent in [50, 99] {
        report.add(&format!("calm_validate_p{percent}_ms"), calm.counted.percentile_ms(validate, percent)?)?;
        report.add(&format!("validate_p{percent}_ms"), busy.counted.percentile_ms(validate, percent)?)?;
    }
    report.add("emulator_cpu_cores", busy.busy.emulator.as_secs_f64() / busy.took.as_secs_f64())?;
    report.add("emulator_cpu_share", busy.busy.emulator.as_secs_f64() / busy.busy.machine.as_secs_f64())?;
    let calm_ms = calm.cpu.functions.as_secs_f64() * 1000.0 / exact(calm.placed.len());
    report.add("calm_functions_cpu_ms_per_order", calm_ms)?;
    let ms = |time: Duration| time.as_secs_f64() * 1000.0 / orders;
    report.add("functions_cpu_ms_per_order", ms(busy.cpu.functions))?;
    for (short, name) in &stack.functions {
        let figure = format!("function_cpu_ms_per_order_{}", short.replace('-', "_"));
        if figures::of(&figure).is_some() {
            report.add(&figure, ms(busy.cpu.by_function.get(name).copied().unwrap_or_default()))?;
        }
    }
    Ok(())
}

/// What one order takes of the services.
fn usage(report: &mut Report, stack: &Stack, settings: &BTreeMap<String, Settings>, calm: &Run, busy: &Run) -> Result<Usage, Failure> {
    let orders = exact(busy.placed.len());
    let counted = |name: &str| busy.counted.of(name) / orders;
    let mut calls = 0.0;
    for (operation, sum) in busy.counted.under("DynamoDB.") {
        report.add(&format!("dynamodb_calls_per_order_{}", snake(operation)), sum / orders)?;
        calls += sum / orders;
    }
    report.add("dynamodb_calls_per_order", calls)?;
    let memory = settings.iter().filter_map(|(short, settings)| Some((stack.functions.get(short)?.clone(), settings.memory_size)));
    let embedded = |name: &str| report.of(name).ok_or_else(|| Failure::Bench(format!("the embedded benchmark did not tell {name}")));
    let usage = Usage {
        invocations: busy.counted.over_functions("invocations") / orders,
        gb_seconds: gb_seconds(&busy.counted, &calm.counted, &memory.collect()) / orders,
        executions: counted("machine.executions"),
        execution_ms: calm.counted.of("machine.ms") / calm.counted.of("machine.executions").max(1.0),
        read_units: embedded("read_units_per_order")?,
        write_units: embedded("write_units_per_order")?,
        events: counted("bus.events"),
        queue_messages: counted("bus.deliveries") + counted("AmazonSQS.SendMessage"),
        topic_messages: counted("topic.messages"),
        api_calls: counted("api"),
        log_bytes: counted("lambda.log_bytes"),
    };
    for (name, value) in [
        ("invocations_per_order", usage.invocations),
        ("gb_seconds_per_order", usage.gb_seconds),
        ("executions_per_order", usage.executions),
        ("state_transitions_per_order", counted("machine.states")),
        ("execution_ms", usage.execution_ms),
        ("events_per_order", usage.events),
        ("queue_messages_per_order", usage.queue_messages),
        ("topic_messages_per_order", usage.topic_messages),
        ("api_calls_per_order", usage.api_calls),
        ("log_bytes_per_order", usage.log_bytes),
    ] {
        report.add(name, value)?;
    }
    Ok(usage)
}

fn cost(report: &mut Report, usage: &Usage) -> Result<Prices, Failure> {
    let prices = Prices::shipped().map_err(|error| Failure::file("infra/local/oms/prices.toml", error))?;
    let parts = prices.of_a_million(usage);
    for (part, dollars) in parts {
        report.add(&format!("cost_usd_per_million_orders_{part}"), dollars)?;
    }
    report.add("cost_usd_per_million_orders", parts.iter().map(|(_, dollars)| dollars).sum())?;
    Ok(prices)
}

/// Runs the embedded benchmark, which tells its figures as JSON.
fn embedded(arguments: &Arguments) -> Result<BTreeMap<String, f64>, Failure> {
    let program = &arguments.embedded;
    let mut command = Command::new(program);
    command.arg("--samples").arg(&arguments.samples).arg("--seed").arg(&arguments.seed);
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output().map_err(|error| Failure::file(program, error))?;
    if !output.status.success() {
        return Err(Failure::Bench("the embedded benchmark failed; the lines above say why".to_owned()));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| Failure::file(program, error))
}

/// Orders of so many lines with so many sources each, as the figures of routing name them.
const SHAPES: [(u32, u32); 2] = [(3, 12), (10, 50)];

/// What planning an order takes, and what HiGHS takes for the same.
fn routing(report: &mut Report, arguments: &Arguments) -> Result<(), Failure> {
    remark("planning orders");
    let program = &arguments.routing;
    let mut command = Command::new(program);
    let output =
        command.arg("cpu").stdin(Stdio::null()).stderr(Stdio::inherit()).output().map_err(|error| Failure::file(program, error))?;
    if !output.status.success() {
        return Err(Failure::Bench("the benchmark of routing failed; the lines above say why".to_owned()));
    }
    let figures: BTreeMap<String, f64> = serde_json::from_slice(&output.stdout).map_err(|error| Failure::file(program, error))?;
    for (name, value) in figures {
        report.add(&name, value)?;
    }
    for (lines, sources) in SHAPES {
        match instructions::per_plan(program, lines, sources)? {
            Some(count) => report.add(&format!("instructions_per_plan_{lines}x{sources}"), count)?,
            None => remark("instructions_per_plan was not measured: install valgrind"),
        }
    }
    Ok(())
}

/// `PutItem` as `put_item`.
fn snake(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

/// A count as a number.
fn exact(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}
