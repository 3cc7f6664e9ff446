//! `stack.json`: what a started stack says of itself.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::Deserialize;

/// Where the stack of `make run` describes itself, from the root of the repository.
pub const DEFAULT_PATH: &str = ".local/stack.json";

/// Why there is no stack to speak to.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// A file of the stack cannot be read.
    #[error("cannot read {path}: is the stack started? (make up)")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        cause: std::io::Error,
    },
    /// A file of the stack is not of the shape that this program knows.
    #[error("{path} is not of the shape expected: start the stack anew (make up)")]
    Shape {
        /// Which file.
        path: PathBuf,
        /// The parser's reason.
        #[source]
        cause: serde_json::Error,
    },
    /// The stack has no resource of this name.
    #[error("the stack has no {kind} named {name}")]
    Missing {
        /// What sort of resource.
        kind: &'static str,
        /// Its short name.
        name: String,
    },
}

/// A started stack. `infra/local/README.md` explains the fields.
#[derive(Debug, Clone, Deserialize)]
pub struct Stack {
    /// Base of the HTTP API.
    pub api_url: String,
    /// The emulator.
    pub emulator_url: String,
    /// The payment gateway.
    pub gateway_url: String,
    /// The carrier's simulator.
    pub carrier_url: String,
    /// Region that calls are signed for.
    pub region: String,
    /// Account number.
    pub account: String,
    /// Access key id for the emulator.
    pub access_key_id: String,
    /// Secret access key for the emulator.
    pub secret_access_key: SecretString,
    /// Who issues tokens.
    pub issuer: String,
    /// Whom tokens are for.
    pub audience: String,
    /// The issuer's private key, PKCS #8 PEM.
    pub issuer_key_file: PathBuf,
    /// Its `kid`.
    pub issuer_key_id: String,
    /// Values of the secrets.
    pub secrets_file: PathBuf,
    /// Pid files and logs.
    pub run_dir: PathBuf,
    /// Table names by short name.
    pub tables: BTreeMap<String, String>,
    /// Function names by short name.
    pub functions: BTreeMap<String, String>,
    /// Queue URLs by short name.
    #[serde(default)]
    pub queues: BTreeMap<String, String>,
    /// Topic ARNs by short name.
    #[serde(default)]
    pub topics: BTreeMap<String, String>,
    /// ARN of the order machine.
    pub state_machine: String,
    /// ARN of the cancellation machine.
    pub cancellation_machine: String,
    /// Name of the event bus.
    pub bus: String,
    /// Where functions reach `emulator` and `gateway` on a stack whose calls a test passes on; empty on any other.
    #[serde(default)]
    pub proxies: BTreeMap<String, String>,
    /// The file that this was read from.
    #[serde(skip)]
    pub path: PathBuf,
}

/// Values of a stack's secrets.
#[derive(Debug, Clone, Deserialize)]
pub struct Secrets {
    /// Of the payment gateway.
    pub gateway: PartySecrets,
    /// Of the carrier.
    pub carrier: PartySecrets,
}

/// What we share with a party.
#[derive(Debug, Clone, Deserialize)]
pub struct PartySecrets {
    /// We show it to the party.
    pub api_key: SecretString,
    /// The party signs webhooks with it.
    pub webhook_secret: SecretString,
}

impl Stack {
    /// Reads the description that `stack.py up` wrote.
    ///
    /// # Errors
    /// Where the file is absent or of another shape.
    pub fn load(path: &Path) -> Result<Self, StackError> {
        let stack: Self = parse(path)?;
        Ok(Self { path: path.to_owned(), ..stack })
    }

    /// The secrets' values.
    ///
    /// # Errors
    /// Where the file is absent or of another shape.
    pub fn secrets(&self) -> Result<Secrets, StackError> {
        parse(&self.secrets_file)
    }

    /// The name of a table by its short name: `orders`, `inventory`, `reference`, `ephemeral`.
    ///
    /// # Errors
    /// Where the stack has no such table.
    pub fn table(&self, name: &str) -> Result<&str, StackError> {
        self.tables.get(name).map(String::as_str).ok_or_else(|| StackError::Missing { kind: "table", name: name.to_owned() })
    }

    /// How the AWS adapters reach this stack.
    pub fn endpoint(&self) -> oms_aws::Endpoint {
        oms_aws::Endpoint {
            url: self.emulator_url.clone(),
            region: self.region.clone(),
            access_key_id: self.access_key_id.clone(),
            secret_access_key: self.secret_access_key.clone(),
        }
    }

    /// A file beside `stack.json`.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.path.with_file_name(name)
    }
}

fn parse<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, StackError> {
    let text = std::fs::read(path).map_err(|cause| StackError::Unreadable { path: path.to_owned(), cause })?;
    serde_json::from_slice(&text).map_err(|cause| StackError::Shape { path: path.to_owned(), cause })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_or_malformed_description_is_named() {
        let absent = Stack::load(Path::new("no/such/stack.json")).unwrap_err();
        assert!(absent.to_string().contains("make up"), "{absent}");
        let malformed = Stack::load(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))).unwrap_err();
        assert!(matches!(malformed, StackError::Shape { .. }), "{malformed}");
    }
}
