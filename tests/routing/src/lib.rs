//! The router held against HiGHS and against simpler rules, on instances that follow from a seed and on baskets of the Olist marketplace. `docs/routing.md` tells what came of it.

pub mod chance;
pub mod instance;
pub mod olist;
pub mod oracle;
pub mod program;
pub mod proof;
pub mod protocol;
pub mod strict;
pub mod ways;

use std::path::PathBuf;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum Wrong {
    /// An instance cannot be made.
    #[error("an instance has a {0} that cannot be")]
    Made(&'static str),
    /// HiGHS cannot be asked.
    #[error("HiGHS cannot be asked: {0}")]
    NoOracle(String),
    /// Router and HiGHS disagree.
    #[error("instance {0}: {1}")]
    Differ(u64, String),
    /// A file cannot be read or written.
    #[error("a file or a process: {0}")]
    Io(#[from] std::io::Error),
    /// A line is no JSON.
    #[error("what should be JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A table is no CSV.
    #[error("what should be CSV: {0}")]
    Csv(#[from] csv::Error),
}

/// The folder of the workspace.
pub fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}
