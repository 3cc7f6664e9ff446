//! Why a verb failed. The program's exit code is then 1.

use std::path::PathBuf;

use oms_local::gateway::GatewayError;
use oms_local::olist::FilesError;
use oms_local::seed::SeedError;
use oms_local::tokens::TokenError;
use oms_local::workload::WorkloadError;
use oms_local::{ApiError, StackError};
use oms_ports::PortError;

/// Why a verb failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Stack(#[from] StackError),
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error(transparent)]
    Seed(#[from] SeedError),
    #[error(transparent)]
    Api(#[from] ApiError),
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    #[error(transparent)]
    Workload(#[from] WorkloadError),
    #[error(transparent)]
    Olist(#[from] FilesError),
    #[error(transparent)]
    Store(#[from] PortError),
    #[error("{0} did not answer")]
    NoAnswer(&'static str, #[source] reqwest::Error),
    #[error("cannot use {path}")]
    File {
        path: PathBuf,
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error("{0}")]
    Usage(String),
    #[error("{failed} of {all} stories did not end as they should")]
    Stories { failed: usize, all: usize },
    #[error("nothing was measured: {0}")]
    Bench(String),
    #[error("cannot measure {0}")]
    Measuring(&'static str, #[source] std::io::Error),
    #[error("{failed} of {all} orders are not what their histories say")]
    Histories { failed: usize, all: usize },
    #[error(
        "of {counters} pools and warehouse rows {wrong} are not proved by the log; `oms verify-stock --repair` makes counters what the log says"
    )]
    Counters { wrong: usize, counters: usize },
    #[error("not booked: {0}")]
    NotBooked(String),
    #[error("cannot write")]
    Output(#[from] std::io::Error),
}

impl Failure {
    /// A file that cannot be read, written or understood.
    pub(crate) fn file(path: impl Into<PathBuf>, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::File { path: path.into(), cause: cause.into() }
    }
}
