//! `cargo run --example seeds FOLDER` writes what each target begins with into a folder of its name, for libFuzzer. What is there stays.

use std::path::PathBuf;
use std::process::ExitCode;

use oms_fuzz::TARGETS;

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        return ExitCode::FAILURE;
    };
    let written = TARGETS.iter().try_for_each(|target| {
        let own = folder.join(target.name);
        std::fs::create_dir_all(&own)?;
        let seeds = (target.seeds)();
        seeds.iter().enumerate().try_for_each(|(nth, seed)| std::fs::write(own.join(format!("seed-{nth:03}")), seed))
    });
    if written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
