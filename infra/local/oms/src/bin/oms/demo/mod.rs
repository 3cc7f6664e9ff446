//! `oms demo`: sample orders walk through the stack, and their stories are told.

mod act;
mod ending;
mod script;
mod telling;

use std::path::{Path, PathBuf};

use clap::Args;
use futures::stream::StreamExt as _;

use oms_contract::reference::Customer;
use oms_local::Stack;
use oms_local::seed::{Seed, Store};
use oms_local::tokens::Issuer;
use oms_ports::Clock as _;
use oms_runtime::SystemClock;

use self::act::{Stage, Told};
use self::script::STORIES;
use crate::console::{Console, say};
use crate::failure::Failure;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Folder of the sample orders.
    #[arg(long, default_value = "events/http")]
    samples: PathBuf,
    /// Folder of the reference data, for the accounts of the customers.
    #[arg(long, default_value = "infra/local/seed")]
    seed: PathBuf,
}

pub(crate) async fn run(stack: &Stack, arguments: &Arguments, console: Console) -> Result<(), Failure> {
    let issuer = Issuer::of(stack)?;
    let started = SystemClock.now();
    let stage = Stage::new(stack, &issuer, started)?;
    let accounts = Seed::read(&arguments.seed)?.customers;
    open_accounts(stack, &stage, &accounts).await?;
    say("")?;
    say(console.strong(&format!("{} orders walk through the stack at {}", STORIES.len(), stack.api_url)))?;
    say(console.faint("Each story's customer gets a fresh account, so that one run does not count as another's past."))?;

    let told = futures::stream::iter(STORIES.iter().map(|story| stage.tell(story, &arguments.samples)));
    // All at once, told in the order of the script.
    let mut told = told.buffered(STORIES.len());
    let mut all: Vec<Told> = Vec::new();
    while let Some(story) = told.next().await {
        for line in telling::story(all.len() + 1, &story, console) {
            say(line)?;
        }
        all.push(story);
    }
    drop(told);
    for line in ending::summary(&all, console) {
        say(line)?;
    }
    for line in ending::directions(stack, &issuer, console, started)? {
        say(line)?;
    }
    let failed = all.iter().filter(|story| story.failed().is_some()).count();
    if failed == 0 { Ok(()) } else { Err(Failure::Stories { failed, all: all.len() }) }
}

/// Gives each story a customer of its own, like the sample's in all but the id.
async fn open_accounts(stack: &Stack, stage: &Stage<'_>, accounts: &[Customer]) -> Result<(), Failure> {
    let mut customers = Vec::new();
    for story in &STORIES {
        let Some(like) = accounts.iter().find(|account| account.customer_id.as_str() == story.customer) else {
            return Err(Failure::Usage(format!("the seed has no customer {}", story.customer)));
        };
        customers.push(Customer { customer_id: stage.customer(story)?, ..like.clone() });
    }
    Store::of(stack).await?.load(&Seed { customers, ..Seed::default() }, false).await?;
    Ok(())
}

/// A sample order.
fn sample(folder: &Path, file: &str) -> Result<oms_contract::api::place::PlaceOrder, Failure> {
    let path = folder.join(file);
    let text = std::fs::read(&path).map_err(|error| Failure::file(&path, error))?;
    serde_json::from_slice(&text).map_err(|error| Failure::file(&path, error))
}
