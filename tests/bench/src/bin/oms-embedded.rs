//! `oms-embedded`: prints the figures of the embedded benchmark as one flat JSON object. `oms bench` runs it.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use dynoxide::Database;

use oms_aws::Meter;
use oms_bench::chain::Traffic;
use oms_bench::checks;
use oms_bench::contention::{self, Way};
use oms_bench::journal::Journal;
use oms_bench::load::{self, LoadError, count};
use oms_bench::store::{Embedded, clients_of, tables_of};
use oms_bench::transition;
use oms_bench::world::{World, furnish};
use oms_local::workload::Workload;

/// Clients at once, one measurement each.
const CLIENTS: [usize; 3] = [1, 4, 16];
/// How long a crowd is looked at, by the simulated clock.
const CROWD: std::time::Duration = std::time::Duration::from_secs(2);
/// Threads that run orders.
const THREADS: usize = 2;

/// Measures the functions in one process over DynamoDB embedded.
#[derive(Parser)]
#[command(name = "oms-embedded", version)]
struct Arguments {
    /// Folder of the sample orders.
    #[arg(long, default_value = "events/http")]
    samples: PathBuf,
    /// Folder of the reference data.
    #[arg(long, default_value = "infra/local/seed")]
    seed: PathBuf,
    /// Orders of each measurement in memory; on disk a fifth of it.
    #[arg(long, default_value_t = 1500)]
    orders: usize,
    /// Where the store on disk is put; it is removed afterwards.
    #[arg(long, default_value = "target/bench")]
    dir: PathBuf,
    /// Only the store in memory with this many clients: for a profiler.
    #[arg(long)]
    only: Option<usize>,
    /// Only the product that everybody wants.
    #[arg(long)]
    hot: bool,
    /// Only a table of all calls of an order, by function and kind of item, with their units.
    #[arg(long)]
    calls: bool,
    /// Nothing but so many decisions, for a program that counts instructions.
    #[arg(long)]
    decide: Option<u32>,
    /// Nothing but so many runs of all checks over an order of twenty lines, for the same program.
    #[arg(long)]
    check: Option<u32>,
}

type Figures = BTreeMap<String, f64>;
type Wrong = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(THREADS).enable_all().build();
    let measured = runtime.map_err(Wrong::from).and_then(|runtime| runtime.block_on(measure(&arguments)));
    match measured.and_then(|figures| Ok(writeln!(std::io::stdout(), "{}", serde_json::to_string_pretty(&figures)?)?)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut cause: Option<&dyn std::error::Error> = Some(&*error);
            while let Some(error) = cause {
                remark(&format!("oms-embedded: {error}"));
                cause = error.source();
            }
            ExitCode::FAILURE
        }
    }
}

async fn measure(arguments: &Arguments) -> Result<Figures, Wrong> {
    if let Some(times) = arguments.decide {
        transition::decide(times)?;
        return Ok(Figures::new());
    }
    if arguments.hot {
        let mut figures = Figures::new();
        hot(&mut figures)?;
        return Ok(figures);
    }
    let workload = Workload::read(&arguments.samples, &arguments.seed)?;
    if let Some(times) = arguments.check {
        checks::run(&checks::measure(&workload)?.fetched, times)?;
        return Ok(Figures::new());
    }
    let mut figures = Figures::new();
    if arguments.calls {
        calls(&workload).await?;
        return Ok(figures);
    }
    if let Some(clients) = arguments.only {
        pace(&mut figures, &workload, Place::Memory, clients, arguments.orders).await?;
        return Ok(figures);
    }
    per_order(&mut figures, &workload).await?;
    for (lines, name) in [(1, "1_line"), (200, "200_lines")] {
        figures.insert(format!("write_units_per_transition_{name}"), transition::write_units(lines).await?);
    }
    all_checks(&mut figures, &workload)?;
    hot(&mut figures)?;
    for clients in CLIENTS {
        pace(&mut figures, &workload, Place::Memory, clients, arguments.orders).await?;
    }
    std::fs::create_dir_all(&arguments.dir)?;
    for clients in CLIENTS {
        // A fifth: each write waits for the disk.
        pace(&mut figures, &workload, Place::Disk(&arguments.dir), clients, arguments.orders / 5).await?;
    }
    Ok(figures)
}

/// Runs of all checks, whose median counts.
const RUNS: usize = 2_000;

/// All checks over an order of twenty lines: processor time, and waits for the store.
fn all_checks(figures: &mut Figures, workload: &Workload) -> Result<(), Wrong> {
    let measured = checks::measure(workload)?;
    let mut took = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let began = cpu_time::ThreadTime::try_now()?;
        checks::run(&measured.fetched, 1)?;
        took.push(began.try_elapsed()?.as_secs_f64() * 1_000_000.0);
    }
    took.sort_by(f64::total_cmp);
    for (percent, name) in [(50, "p50"), (99, "p99")] {
        figures.insert(format!("check_run_cpu_{name}_us"), took[RUNS * percent / 100]);
    }
    figures.insert("check_run_read_round_trips".to_owned(), count(measured.reads.round_trips));
    figures.insert("check_run_read_calls".to_owned(), count(measured.reads.calls));
    Ok(())
}

/// One product that everybody wants, counted in one shard and in eight.
fn hot(figures: &mut Figures) -> Result<(), Wrong> {
    for (way, name) in [(Way::Held, "held"), (Way::Sent, "sent")] {
        let mut pace = Vec::new();
        for (shards, word) in [(1, "1_shard"), (8, "8_shards")] {
            let crowd = contention::crowd(shards, way, CROWD)?;
            remark(&format!("one hot product in {shards} shards: {:.1} orders {name} a second", crowd.per_second));
            figures.insert(format!("hot_sku_{name}_per_second_{word}"), crowd.per_second);
            figures.insert(format!("hot_sku_{name}_collisions_{word}"), crowd.collisions);
            figures.insert(format!("hot_sku_{name}_longest_chain_{word}"), crowd.longest_chain);
            pace.push(crowd);
        }
        if let [one, eight] = pace.as_slice() {
            figures.insert(format!("hot_sku_speedup_{name}"), eight.per_second / one.per_second);
            figures.insert(format!("hot_sku_chain_shortened_{name}"), one.longest_chain / eight.longest_chain);
        }
    }
    Ok(())
}

/// Where the store keeps its data.
#[derive(Clone, Copy)]
enum Place<'a> {
    Memory,
    /// A file in this folder, which is removed afterwards.
    Disk(&'a Path),
}

/// Orders a minute with a store of its own.
async fn pace(figures: &mut Figures, workload: &Workload, place: Place<'_>, clients: usize, orders: usize) -> Result<(), Wrong> {
    let (name, database, file) = match place {
        Place::Memory => ("memory", Database::memory()?, None),
        Place::Disk(folder) => {
            let file = folder.join(format!("embedded-{}.db", std::process::id()));
            ("disk", Database::new(&file.to_string_lossy())?, Some(file))
        }
    };
    let embedded = Embedded::new(database);
    let measured = paced(&embedded, workload, clients, orders).await;
    drop(embedded);
    for suffix in ["", "-wal", "-shm"] {
        if let Some(file) = &file {
            // What is not there need not be removed.
            let _ = std::fs::remove_file(format!("{}{suffix}", file.display()));
        }
    }
    let (pace, store) = measured?;
    let plural = if clients == 1 { "client" } else { "clients" };
    remark(&format!("embedded, store on {name}, {clients} {plural}: {:.0} orders a minute", pace.per_minute()));
    figures.insert(format!("embedded_{name}_orders_per_minute_{clients}_{plural}"), pace.per_minute());
    figures.insert(format!("embedded_{name}_cpu_ms_per_order_{clients}_{plural}"), pace.cpu_ms_per_order());
    if clients == 1 {
        figures.insert(format!("embedded_{name}_store_share_1_client"), store.as_secs_f64() / pace.took.as_secs_f64());
    }
    Ok(())
}

async fn paced(
    embedded: &Embedded,
    workload: &Workload,
    clients: usize,
    orders: usize,
) -> Result<(load::Pace, std::time::Duration), LoadError> {
    let tables = tables_of(embedded).await.map_err(oms_local::seed::SeedError::from)?;
    furnish(&tables, workload).await?;
    let world = Arc::new(World::over(&tables));
    // Every kind of order once, so that caches are as warm as a function's that has run for a while.
    let warm = load::buyers(&tables, workload, "warm", workload.kinds()).await?;
    load::run(&world, warm, 1, Traffic::Orders).await?;
    let buyers = load::buyers(&tables, workload, "run", orders).await?;
    let before = embedded.busy();
    let pace = load::run(&world, buyers, clients, Traffic::Orders).await?;
    Ok((pace, embedded.busy().saturating_sub(before)))
}

/// Calls and units of an order, webhooks included: every kind of order ten times, by one client, so that no conflict blurs the counts.
async fn per_order(figures: &mut Figures, workload: &Workload) -> Result<(), Wrong> {
    let meter = Meter::default();
    let tables = tables_of(&Embedded::new(Database::memory()?)).await?;
    furnish(&tables, workload).await?;
    let world = Arc::new(World::over(&tables.clone().metered(&meter)));
    let warm = load::buyers(&tables, workload, "warm", workload.kinds()).await?;
    load::run(&world, warm, 1, Traffic::OrdersAndWebhooks).await?;
    let buyers = load::buyers(&tables, workload, "run", 10 * workload.kinds()).await?;
    let orders = count(buyers.len());
    meter.take();
    load::run(&world, buyers, 1, Traffic::OrdersAndWebhooks).await?;
    let (mut reads, mut writes) = (0.0, 0.0);
    for (operation, of_kind) in meter.take() {
        let calls = usize::try_from(of_kind.calls).map_or(f64::INFINITY, count);
        figures.insert(format!("embedded_calls_per_order_{}", snake(&operation)), calls / orders);
        reads += of_kind.read_units;
        writes += of_kind.write_units;
    }
    figures.insert("read_units_per_order".to_owned(), reads / orders);
    figures.insert("write_units_per_order".to_owned(), writes / orders);
    Ok(())
}

/// Every kind of order ten times by one client, as in [`per_order`]; prints what each kind of call comes to, an order.
async fn calls(workload: &Workload) -> Result<(), Wrong> {
    let store = Embedded::new(Database::memory()?);
    let tables = tables_of(&store).await?;
    furnish(&tables, workload).await?;
    let journal = Journal::of(store);
    let world = Arc::new(World::over(&clients_of(journal.clone()).await));
    let warm = load::buyers(&tables, workload, "warm", workload.kinds()).await?;
    load::run(&world, warm, 1, Traffic::OrdersAndWebhooks).await?;
    let buyers = load::buyers(&tables, workload, "run", 10 * workload.kinds()).await?;
    let orders = count(buyers.len());
    journal.take();
    load::run(&world, buyers, 1, Traffic::OrdersAndWebhooks).await?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "| function | operation | items | calls | units | of indexes |\n|---|---|---|---:|---:|---:|")?;
    for (kind, sum) in journal.take() {
        let (calls, table, indexes) = (f64::from(sum.calls) / orders, sum.table / orders, sum.indexes / orders);
        writeln!(out, "{kind} {calls:.2} | {table:.2} | {indexes:.2} |")?;
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

fn remark(text: &str) {
    // Where standard error is closed there is nobody left to tell.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

#[cfg(test)]
mod tests {
    #[test]
    fn operations_are_spelt_as_figures_are() {
        assert_eq!(super::snake("TransactWriteItems"), "transact_write_items");
    }
}
