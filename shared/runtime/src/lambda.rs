//! Lambda's event loop, with errors that carry the names the state machine matches on.

use std::fmt::{self, Debug};

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;

use oms_ports::StepError;

use crate::config::ConfigError;
use crate::telemetry::chain;

/// What stops a function: bad configuration, or the end of the runtime.
pub enum Fatal {
    /// The environment lacks something.
    Config(ConfigError),
    /// A client could not be made.
    Setup(String),
    /// The runtime ended.
    Runtime(lambda_runtime::Error),
}

/// `main` prints its error by `Debug`; this makes it a sentence.
impl Debug for Fatal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => write!(f, "the configuration is incomplete: {error}"),
            Self::Setup(error) => write!(f, "the function could not be set up: {error}"),
            Self::Runtime(error) => write!(f, "the runtime ended: {error}"),
        }
    }
}

impl From<ConfigError> for Fatal {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

impl From<lambda_runtime::Error> for Fatal {
    fn from(error: lambda_runtime::Error) -> Self {
        Self::Runtime(error)
    }
}

impl From<oms_ports::PortError> for Fatal {
    fn from(error: oms_ports::PortError) -> Self {
        Self::Setup(error.to_string())
    }
}

/// A failed invocation as Lambda reports it. The type is the step error's name; the message names no cause, which is in the log.
#[derive(Debug)]
pub(crate) struct Failure(StepError);

impl From<Failure> for Diagnostic {
    fn from(Failure(error): Failure) -> Self {
        Self { error_type: error.name().to_owned(), error_message: error.to_string() }
    }
}

/// Runs a function that takes and gives any JSON. An event that does not parse is refused by name, never retried.
pub async fn run_event<I, O, H>(handler: H) -> Result<(), Fatal>
where
    I: DeserializeOwned,
    O: Serialize,
    H: AsyncFn(I) -> Result<O, StepError>,
{
    let handler = &handler;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<serde_json::Value>| async move {
        let input: I =
            serde_json::from_value(event.payload).map_err(|error| Failure(StepError::Bug(format!("the event does not parse: {error}"))))?;
        handler(input).await.map_err(|error| {
            if error.is_retryable() {
                tracing::warn!(error.name = error.name(), error.chain = chain(&error), "The step failed and may be tried again");
            } else {
                tracing::error!(error.name = error.name(), error.chain = chain(&error), "The step failed for good");
            }
            Failure(error)
        })
    }))
    .await?;
    Ok(())
}
