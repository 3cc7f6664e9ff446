//! What senders prove themselves with.

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use oms_ports::{Party, PortError};

/// The secret of each door.
pub struct Secrets {
    /// Shared with the payment gateway.
    pub payments: SecretString,
    /// Shared with the carrier.
    pub carriers: SecretString,
}

#[derive(Deserialize)]
struct Stored {
    webhook_secret: String,
}

/// The webhook secret of a stored secret, which is JSON with a field `webhook_secret`.
///
/// # Errors
/// [`PortError::Corrupt`] where it is none, or empty: an empty key would let everybody in.
pub fn webhook_secret(stored: &SecretString) -> Result<SecretString, PortError> {
    let wrong = || PortError::corrupt(Party::Secrets, "no webhook_secret in it");
    let Stored { webhook_secret } = serde_json::from_str(stored.expose_secret()).map_err(|_| wrong())?;
    if webhook_secret.trim().is_empty() { Err(wrong()) } else { Ok(webhook_secret.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_must_hold_something() {
        for (stored, found) in [
            (r#"{"api_key":"k","webhook_secret":"s"}"#, Some("s")),
            (r#"{"webhook_secret":" "}"#, None),
            (r#"{"api_key":"k"}"#, None),
            ("s", None),
            ("", None),
        ] {
            let secret = webhook_secret(&stored.to_owned().into()).ok();
            assert_eq!(secret.as_ref().map(SecretString::expose_secret), found, "{stored}");
        }
    }
}
