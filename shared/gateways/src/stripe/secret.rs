//! The stored secret: JSON with `api_key` and `webhook_secret`. The adapter needs the first.

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use oms_ports::error::{Party, PortError};

#[derive(Deserialize)]
struct Stored {
    api_key: String,
}

/// The API key in a stored secret.
///
/// # Errors
/// Where there is none. The error never quotes the secret.
pub fn api_key(secret: &SecretString) -> Result<SecretString, PortError> {
    match serde_json::from_str::<Stored>(secret.expose_secret()) {
        Ok(stored) if !stored.api_key.is_empty() => Ok(stored.api_key.into()),
        Ok(_) | Err(_) => Err(PortError::corrupt(Party::Secrets, "the gateway's secret holds no api_key")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_found_and_its_absence_tells_nothing() {
        let found = api_key(&r#"{"api_key":"sk_test_1","webhook_secret":"whsec_1"}"#.into()).unwrap();
        assert_eq!(found.expose_secret(), "sk_test_1");
        for secret in ["", "sk_test_1", r#"{"api_key":""}"#, r#"{"webhook_secret":"sk_test_1"}"#] {
            let error = api_key(&secret.into()).unwrap_err().to_string();
            assert!(!error.contains("sk_test_1"), "{error}");
        }
    }
}
