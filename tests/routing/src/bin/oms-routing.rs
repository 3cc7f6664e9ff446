//! `oms-routing`: holds the router against HiGHS and against simpler rules, and measures it. `make routing-proof` runs it.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use clap::{Parser, Subcommand};
use cpu_time::ThreadTime;

use oms_routing::instance::{LARGE, Shape, UP_TO_12_BY_40, random};
use oms_routing::olist::Olist;
use oms_routing::oracle::{Answers, Oracle};
use oms_routing::program::Program;
use oms_routing::proof::{Compared, Stated, compare, compare_bounds};
use oms_routing::protocol::{self, Rule, Sums};
use oms_routing::strict::strict;
use oms_routing::{Wrong, root};
use route::plan::plan;

/// Proves and measures the router.
#[derive(Parser)]
#[command(name = "oms-routing", version)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// The same objective as HiGHS, instance by instance.
    Proof {
        /// Random instances.
        #[arg(long, default_value_t = 10_000)]
        instances: u64,
        /// The first of them: a run that was stopped is taken up there.
        #[arg(long, default_value_t = 0)]
        from: u64,
        /// Random instances under more rules, many of them split-heavy, whose plans need not be the best.
        #[arg(long, default_value_t = 2_000)]
        strict: u64,
        /// Baskets of the Olist marketplace, drawn.
        #[arg(long, default_value_t = 1_000)]
        baskets: u64,
        /// Random instances of more than sixteen lines, whose plans need not be the best.
        #[arg(long, default_value_t = 200)]
        large: u64,
        /// A folder in the public Olist schema, whose baskets are added.
        #[arg(long, default_value = "events/olist")]
        olist: PathBuf,
        /// Processes of HiGHS at once.
        #[arg(long, default_value_t = 2)]
        jobs: usize,
        /// Where each comparison is noted.
        #[arg(long, default_value = "target/routing")]
        dir: PathBuf,
    },
    /// How far the search gets beyond ordinary orders.
    Gaps {
        /// Instances of each shape.
        #[arg(long, default_value_t = 100)]
        instances: u64,
    },
    /// Against nearest vendor, cheapest first and random vendor.
    Protocol {
        /// Instances of each kind.
        #[arg(long, default_value_t = 10_000)]
        instances: u64,
    },
    /// What other weights would save against the nearest vendor, and what that costs in time and performance.
    Frontier {
        /// Instances of each kind, for each weights.
        #[arg(long, default_value_t = 2_000)]
        instances: u64,
    },
    /// Processor time of a plan, HiGHS beside it; one flat JSON object.
    Cpu {
        /// Orders of each shape.
        #[arg(long, default_value_t = 1_000)]
        instances: u64,
        /// Of them, as many as HiGHS solves too.
        #[arg(long, default_value_t = 3)]
        highs: u64,
    },
    /// Nothing but plans, for a program that counts instructions.
    Plan {
        /// Lines of each order.
        lines: u32,
        /// Sources of each line.
        sources: u32,
        /// Orders.
        times: u64,
    },
}

fn main() -> ExitCode {
    let done = match Arguments::parse().what {
        What::Proof { instances, from, strict, baskets, large, olist, jobs, dir } => {
            prove((from, instances), (strict, baskets, large), &olist, jobs, &dir)
        }
        What::Gaps { instances } => gaps(instances),
        What::Protocol { instances } => against_rules(instances),
        What::Frontier { instances } => frontier(instances),
        What::Cpu { instances, highs } => cpu(instances, highs),
        What::Plan { lines, sources, times } => plans(lines, sources, times),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(wrong) => {
            let _ = writeln!(std::io::stderr(), "oms-routing: {wrong}");
            ExitCode::FAILURE
        }
    }
}

fn say(line: &str) -> Result<(), Wrong> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}

/// One kind of instances: its name, the first, where they end, and each of them.
struct Kind<'a> {
    name: &'a str,
    from: u64,
    count: u64,
    /// Whether plans may be worse than the best, if they say so.
    bounds: bool,
    instance: Box<dyn Fn(u64) -> Result<route::facts::Facts, Wrong> + Sync + 'a>,
}

fn prove(
    (from, instances): (u64, u64),
    (strict_instances, drawn, large): (u64, u64, u64),
    folder: &Path,
    jobs: usize,
    dir: &Path,
) -> Result<(), Wrong> {
    let olist = Olist::read(&root().join("infra/local/seed"))?;
    let baskets = olist.baskets(folder)?;
    let kinds = [
        Kind {
            name: "random, up to 12 lines x 40 sources",
            from,
            count: instances,
            bounds: false,
            instance: Box::new(|seed| random(&UP_TO_12_BY_40, seed)),
        },
        Kind {
            name: "random, up to 8 lines x 20 sources, under all rules",
            from: 0,
            count: strict_instances,
            bounds: true,
            instance: Box::new(strict),
        },
        Kind {
            name: "Olist products and sellers, baskets drawn",
            from: 0,
            count: drawn,
            bounds: false,
            instance: Box::new(|seed| olist.facts(&olist.drawn(seed), seed)),
        },
        Kind {
            name: "baskets of the Olist folder",
            from: 0,
            count: u64::try_from(baskets.len()).unwrap_or(0),
            bounds: false,
            instance: Box::new(|seed| olist.facts(&baskets[usize::try_from(seed).unwrap_or(0)], seed)),
        },
        Kind {
            name: "random in Germany, Olist's products, the seed's carriers",
            from: 0,
            count: drawn,
            bounds: false,
            instance: Box::new(|seed| olist.in_germany(seed)),
        },
        Kind {
            name: "random, 17 to 24 lines x 10 to 40 sources",
            from: 0,
            count: large,
            bounds: true,
            instance: Box::new(|seed| random(&LARGE, seed)),
        },
    ];
    std::fs::create_dir_all(dir)?;
    let answers = Answers::open(&dir.join("answers.jsonl"))?;
    let notes = Mutex::new(BufWriter::new(File::create(dir.join("proof.csv"))?));
    writeln!(
        notes.lock().unwrap_or_else(std::sync::PoisonError::into_inner),
        "kind,id,feasible,optimal,split,variables,difference,gap,worse,highs_seconds"
    )?;
    say(
        "| instances | compared | no plan, both agree | split | proved optimal | largest difference | gap told, p90 | worse than HiGHS, p90 | largest | variables, mean | HiGHS, s |",
    )?;
    say("|---|---|---|---|---|---|---|---|---|---|---|")?;
    let mut wrong = Vec::new();
    for kind in &kinds {
        let (compared, failed) = compared(kind, jobs, &answers, &notes)?;
        wrong.extend(failed);
        say(&row(kind.name, &compared))?;
    }
    notes.lock().unwrap_or_else(std::sync::PoisonError::into_inner).flush()?;
    for each in &wrong {
        say(&format!("WRONG: {each}"))?;
    }
    wrong.into_iter().next().map_or(Ok(()), Err)
}

fn compared(kind: &Kind<'_>, jobs: usize, answers: &Answers, notes: &Mutex<BufWriter<File>>) -> Result<(Vec<Compared>, Vec<Wrong>), Wrong> {
    let next = AtomicU64::new(kind.from);
    let work = || -> Result<(Vec<Compared>, Vec<Wrong>), Wrong> {
        let mut oracle = Oracle::start(&root(), Some(answers))?;
        let (mut rows, mut wrong) = (Vec::new(), Vec::new());
        loop {
            let id = next.fetch_add(1, Ordering::Relaxed);
            if id >= kind.count {
                return Ok((rows, wrong));
            }
            let compared = if kind.bounds { compare_bounds } else { compare };
            match compared(id, (kind.instance)(id)?, &mut oracle) {
                Ok(row) => {
                    let mut notes = notes.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    let Compared { feasible, optimal, split, variables, difference, gap, worse, highs_seconds } = &row;
                    writeln!(
                        notes,
                        "{},{id},{feasible},{optimal},{split},{variables},{difference:e},{gap:.6},{worse:.6},{highs_seconds}",
                        kind.name.replace(',', "")
                    )?;
                    notes.flush()?;
                    rows.push(row);
                }
                Err(differs @ Wrong::Differ(..)) => wrong.push(differs),
                Err(other) => return Err(other),
            }
        }
    };
    let done: Vec<Result<_, Wrong>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..jobs.max(1)).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err(Wrong::NoOracle("a thread ended".to_owned())))).collect()
    });
    let (mut rows, mut wrong) = (Vec::new(), Vec::new());
    for part in done {
        let (some, failed) = part?;
        rows.extend(some);
        wrong.extend(failed);
    }
    Ok((rows, wrong))
}

fn row(name: &str, compared: &[Compared]) -> String {
    let count = |which: fn(&&Compared) -> bool| compared.iter().filter(which).count();
    let largest = compared.iter().map(|row| row.difference).fold(0.0, f64::max);
    let variables = compared.iter().map(|row| row.variables).sum::<usize>() / compared.len().max(1);
    let seconds: f64 = compared.iter().map(|row| row.highs_seconds).sum();
    let feasible = count(|row| row.feasible);
    let optimal = count(|row| row.feasible && row.optimal);
    let (none, split) = (count(|row| !row.feasible), count(|row| row.feasible && row.split));
    let share = |of: fn(&Compared) -> f64, percent: usize| {
        let mut shares: Vec<f64> = compared.iter().filter(|row| row.feasible).map(of).collect();
        shares.sort_by(f64::total_cmp);
        let at = (shares.len() * percent / 100).min(shares.len().saturating_sub(1));
        format!("{:.2} %", 100.0 * shares.get(at).copied().unwrap_or(0.0))
    };
    let (gap, worse, worst) = (share(|row| row.gap, 90), share(|row| row.worse, 90), share(|row| row.worse, 100));
    format!(
        "| {name} | {} | {none} | {split} | {optimal} of {feasible} | {largest:.0e} | {gap} | {worse} | {worst} | {variables} | {seconds:.0} |",
        compared.len()
    )
}

fn gaps(instances: u64) -> Result<(), Wrong> {
    say("| lines x sources | orders | proved optimal | gap, median | p90 | p99 | largest | nodes, median |")?;
    say("|---|---|---|---|---|---|---|---|")?;
    for (lines, sources) in [(10, 50), (12, 40), (12, 100), (13, 40), (15, 40), (20, 40), (30, 60), (40, 100)] {
        let (mut gaps, mut nodes, mut optimal) = (Vec::new(), Vec::new(), 0);
        for seed in 0..instances {
            let Ok(plan) = plan(&random(&Shape::full(lines, sources), seed)?) else { continue };
            optimal += u32::from(plan.optimal);
            gaps.push(plan.gap());
            nodes.push(plan.explored);
        }
        gaps.sort_unstable();
        nodes.sort_unstable();
        let percent = |share: usize| {
            gaps.get((gaps.len() * share / 100).min(gaps.len().saturating_sub(1))).copied().unwrap_or_default()
                * rust_decimal::Decimal::ONE_HUNDRED
        };
        let [median, p90, p99, largest] = [50, 90, 99, 100].map(|share| format!("{:.2} %", percent(share)));
        let explored = nodes.get(nodes.len() / 2).copied().unwrap_or(0);
        say(&format!("| {lines} x {sources} | {} | {optimal} | {median} | {p90} | {p99} | {largest} | {explored} |", gaps.len()))?;
    }
    Ok(())
}

fn against_rules(instances: u64) -> Result<(), Wrong> {
    let olist = Olist::read(&root().join("infra/local/seed"))?;
    let random = (0..instances).map(|seed| Ok((seed, Stated::of(random(&UP_TO_12_BY_40, seed)?)?)));
    rules("random, up to 12 lines x 40 sources", &protocol::compare(random)?)?;
    let drawn = (0..instances).map(|seed| Ok((seed, Stated::of(olist.facts(&olist.drawn(seed), seed)?)?)));
    rules("Olist products and sellers, baskets drawn", &protocol::compare(drawn)?)?;
    let german = (0..instances).map(|seed| Ok((seed, Stated::of(olist.in_germany(seed)?)?)));
    rules("Random orders in Germany, Olist's products, the seed's carriers", &protocol::compare(german)?)
}

fn rules(name: &str, sums: &[(Rule, Sums)]) -> Result<(), Wrong> {
    let ours = sums.first().map(|(_, sums)| *sums).unwrap_or_default();
    say(&format!("**{name}: {} orders**\n", ours.orders))?;
    say("| rule | shipping cost | router's is | delivery, h | router's is | performance | objective | shipments | single shipment |")?;
    say("|---|---|---|---|---|---|---|---|---|")?;
    for (rule, sum) in sums {
        let mean = |total: f64| total / sum.orders.max(1.0);
        let less = |own: f64, theirs: f64| {
            if *rule == Rule::Router { String::new() } else { format!("{:.1} % less", 100.0 * (1.0 - own / theirs)) }
        };
        say(&format!(
            "| {} | {:.1} | {} | {:.1} | {} | {:.3} | {:.4} | {:.2} | {:.0} % |",
            rule.name(),
            mean(sum.cost),
            less(ours.cost, sum.cost),
            mean(sum.hours),
            less(ours.hours, sum.hours),
            mean(sum.performance),
            mean(sum.objective),
            mean(sum.shipments),
            100.0 * mean(sum.single)
        ))?;
    }
    say("")
}

/// Weights of time and cost in hundredths; performance has the rest.
const WEIGHTS: [(i64, i64); 7] = [(40, 30), (30, 40), (20, 50), (20, 60), (10, 70), (10, 80), (0, 100)];

fn frontier(instances: u64) -> Result<(), Wrong> {
    let olist = Olist::read(&root().join("infra/local/seed"))?;
    say(
        "| instances | weights of time, cost, performance | shipping against nearest | delivery against nearest | against random | performance |",
    )?;
    say("|---|---|---|---|---|---|")?;
    for name in ["random", "Olist"] {
        for (time, cost) in WEIGHTS {
            let hundredths = |n: i64| rust_decimal::Decimal::new(n, 2);
            let facts = |seed: u64| {
                let mut facts = if name == "random" { random(&UP_TO_12_BY_40, seed)? } else { olist.facts(&olist.drawn(seed), seed)? };
                let weights = &mut facts.market.weights;
                (weights.time, weights.cost, weights.performance) = (hundredths(time), hundredths(cost), hundredths(100 - time - cost));
                Ok((seed, Stated::of(facts)?))
            };
            let sums = protocol::compare((0..instances).map(facts))?;
            let of = |rule: Rule| sums.iter().find(|(own, _)| *own == rule).map(|(_, sums)| *sums).unwrap_or_default();
            let (ours, nearest, chance) = (of(Rule::Router), of(Rule::Nearest), of(Rule::Random));
            let less = |own: f64, theirs: f64| format!("{:.1} % less", 100.0 * (1.0 - own / theirs));
            say(&format!(
                "| {name} | 0.{time:02}, {}, {} | {} | {} | {} | {:.3} |",
                hundredths(cost),
                hundredths(100 - time - cost),
                less(ours.cost, nearest.cost),
                less(ours.hours, nearest.hours),
                less(ours.hours, chance.hours),
                ours.performance / ours.orders.max(1.0)
            ))?;
        }
    }
    Ok(())
}

/// The orders whose processor time is aimed at.
const SHAPES: [(u32, u32); 2] = [(3, 12), (10, 50)];

fn cpu(instances: u64, highs: u64) -> Result<(), Wrong> {
    let mut figures = serde_json::Map::new();
    let mut oracle = Oracle::start(&root(), None)?;
    for (lines, sources) in SHAPES {
        let name = format!("{lines}x{sources}");
        let mut times = Vec::new();
        for seed in 0..instances {
            let facts = random(&Shape::full(lines, sources), seed)?;
            let started = ThreadTime::now();
            let planned = plan(&facts).is_ok();
            times.push(started.elapsed().as_secs_f64() * 1000.0);
            if !planned {
                times.pop();
            }
        }
        times.sort_by(f64::total_cmp);
        let percentile = |share: usize| times.get((times.len() * share / 100).min(times.len().saturating_sub(1))).copied().unwrap_or(0.0);
        figures.insert(format!("plan_cpu_p50_ms_{name}"), percentile(50).into());
        figures.insert(format!("plan_cpu_p99_ms_{name}"), percentile(99).into());
        let mut theirs = Vec::new();
        for seed in 0..highs {
            let stated = Stated::of(random(&Shape::full(lines, sources), seed)?)?;
            if let Some(program) = Program::of(&stated.facts, &stated.problem) {
                theirs.push(oracle.solve(seed, &program, None)?.seconds * 1000.0);
            }
        }
        theirs.sort_by(f64::total_cmp);
        figures.insert(format!("highs_cpu_p50_ms_{name}"), theirs.get(theirs.len() / 2).copied().unwrap_or(0.0).into());
    }
    say(&serde_json::to_string_pretty(&figures)?)
}

fn plans(lines: u32, sources: u32, times: u64) -> Result<(), Wrong> {
    // The instances are made before the counting starts to matter: twenty of them, over and over.
    let instances = (0..20).map(|seed| random(&Shape::full(lines, sources), seed)).collect::<Result<Vec<_>, _>>()?;
    let planned = instances.iter().cycle().zip(0..times).filter(|(facts, _)| plan(facts).is_ok()).count();
    say(&planned.to_string())
}
