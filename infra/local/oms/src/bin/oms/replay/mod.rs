//! `oms replay`: a folder in the public Olist schema goes through the API.
//!
//! What the set does not hold is made up and said so in the report: streets and names (customers are places only), the payment token, and
//! the stock and offers of the sellers that really served.

mod play;
mod report;

use std::path::PathBuf;

use clap::Args;

use oms_domain::ActorKind;
use oms_local::olist::world::World;
use oms_local::olist::{Files, mapping};
use oms_local::seed::Store;
use oms_local::tokens::Issuer;
use oms_local::{Client, Stack};
use oms_ports::Clock as _;
use oms_runtime::SystemClock;

use self::report::Report;
use crate::console::{Console, say};
use crate::failure::Failure;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Folder of `olist_orders_dataset.csv` and its companions.
    #[arg(long)]
    dir: PathBuf,
    /// Only the first orders of the file.
    #[arg(long)]
    limit: Option<usize>,
    /// Orders placed at once.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256))]
    clients: u16,
}

pub(crate) async fn run(stack: &Stack, arguments: &Arguments, console: Console) -> Result<(), Failure> {
    let started = SystemClock.now();
    let files = Files::read(&arguments.dir)?;
    let store = Store::of(stack).await?;
    let world = World::of(&files, store.reference()).await?;
    let all = mapping::all(&files, &world);
    let chosen = all.get(..arguments.limit.unwrap_or(usize::MAX).min(all.len())).unwrap_or(&all);
    let seed = world.seed(chosen, &all, &files);
    let loaded = store.load(&seed, false).await?;

    let operator = Client::anonymous(stack)?.acting(&Issuer::of(stack)?, ActorKind::Operator, "replay")?;
    let played = play::all(&operator, chosen, arguments.clients, started).await;
    let took = SystemClock.now().duration_since(started);
    let report = Report::of(&files, chosen, &played, &report::Made::of(&seed, loaded), took);
    let path = stack.beside("replay.json");
    report.write(&path)?;
    for line in report.lines(console) {
        say(line)?;
    }
    Ok(say(format!("\nAlso as JSON in {}", path.display()))?)
}
