//! The carrier's stored secret.

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use oms_ports::{Party, PortError};

#[derive(Deserialize)]
struct Stored {
    api_key: String,
}

/// The API key of a stored secret, which is JSON with a field `api_key`.
///
/// # Errors
/// [`PortError::Corrupt`] where it is none, or empty.
pub fn api_key(stored: &SecretString) -> Result<SecretString, PortError> {
    let wrong = || PortError::corrupt(Party::Secrets, "no api_key in it");
    let Stored { api_key } = serde_json::from_str(stored.expose_secret()).map_err(|_| wrong())?;
    if api_key.trim().is_empty() { Err(wrong()) } else { Ok(api_key.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_must_be_one() {
        for (stored, good) in [(r#"{"api_key":"k"}"#, true), (r#"{"api_key":""}"#, false), ("k", false), ("{}", false)] {
            assert_eq!(api_key(&stored.to_owned().into()).is_ok(), good, "{stored}");
        }
    }
}
