//! `oms`: the developer's tool for a started stack.

mod bench;
mod console;
mod demo;
mod failure;
mod replay;
mod seed;
mod stock;
mod token;
mod verify;
mod verify_stock;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use oms_local::Stack;
use oms_local::stack::DEFAULT_PATH;

use crate::console::Console;
use crate::failure::Failure;

/// Tokens, reference data, sample orders, replays and proofs for a started stack.
#[derive(Parser)]
#[command(name = "oms", version)]
struct Arguments {
    /// The stack's description.
    #[arg(long, global = true, env = "OMS_STACK", default_value = DEFAULT_PATH)]
    stack: PathBuf,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Print a token of the local issuer, alone.
    Token(token::Arguments),
    /// Load reference data and the stock that is not there yet.
    Seed(seed::Arguments),
    /// Walk sample orders through the stack and tell their stories.
    Demo(demo::Arguments),
    /// Send a folder in the public Olist schema through the API.
    Replay(replay::Arguments),
    /// Measure speed and cost, and write them down.
    Bench(bench::Arguments),
    /// Receive goods, correct counts, spread hot products over shards.
    #[command(subcommand)]
    Stock(stock::Verb),
    /// Prove every stored order by its history: numbers, hashes, and what the entries come to, byte for byte.
    VerifyHistory,
    /// Prove every counter of the stock by the log of what was received, held, set aside, given back and sent.
    VerifyStock(verify_stock::Arguments),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let console = Console::stdout();
    match run(arguments, console).await {
        Ok(()) => ExitCode::SUCCESS,
        // `oms demo | head`: whoever read has seen enough.
        Err(Failure::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::FAILURE,
        Err(failure) => {
            console::complain(&failure);
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments, console: Console) -> Result<(), Failure> {
    let stack = Stack::load(&arguments.stack)?;
    match arguments.verb {
        Verb::Token(token) => token::run(&stack, token),
        Verb::Seed(seed) => seed::run(&stack, &seed).await,
        Verb::Demo(demo) => demo::run(&stack, &demo, console).await,
        Verb::Replay(replay) => replay::run(&stack, &replay, console).await,
        Verb::Bench(bench) => bench::run(&stack, &bench, console).await,
        Verb::Stock(verb) => stock::run(&stack, verb).await,
        Verb::VerifyHistory => verify::run(&stack, console).await,
        Verb::VerifyStock(arguments) => verify_stock::run(&stack, &arguments, console).await,
    }
}
