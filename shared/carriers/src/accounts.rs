//! Which carriers we have accounts with, and where they are: from one secret, and one list of addresses.

use std::collections::BTreeMap;
use std::sync::Arc;

use reqwest::Client;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use oms_ports::carrier::{Labels, Tracking};
use oms_ports::{Party, PortError};

use crate::{Access, CARRIERS, SetupError};

/// `{"api_key": DHL's tracking key, "accounts": {"ups": {"client_id": "…", "secret": "…", "account": "…"}}}`, among others' fields.
#[derive(Deserialize)]
struct Stored {
    #[serde(default)]
    api_key: Option<String>,
    #[serde(default)]
    accounts: BTreeMap<String, Account>,
}

#[derive(Deserialize)]
struct Account {
    #[serde(default)]
    client_id: String,
    secret: String,
    /// What the carrier calls us by in its books; not every one does.
    #[serde(default, rename = "account")]
    number: String,
}

/// What it takes to call each carrier that has both an account in the secret and an address in `urls`: `ups=https://…,fedex=https://…`.
///
/// # Errors
/// [`PortError::Corrupt`] where the secret is no JSON of that form, or the list none of addresses. Neither is quoted.
pub fn of(stored: &SecretString, urls: &str, http: &Client) -> Result<BTreeMap<String, Access>, PortError> {
    let wrong = |cause| PortError::corrupt(Party::Secrets, cause);
    let Stored { api_key, mut accounts } =
        serde_json::from_str(stored.expose_secret()).map_err(|_| wrong("carriers' accounts that do not parse"))?;
    let tracking = api_key.filter(|key| !key.trim().is_empty());
    let tracking = tracking.map(|secret| Account { client_id: String::new(), secret, number: String::new() });
    accounts.extend(tracking.map(|account| ("dhl".to_owned(), account)));
    let mut known = BTreeMap::new();
    for entry in urls.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
        let (name, url) = entry.split_once('=').ok_or_else(|| wrong("a list of carriers' addresses that is not name=url,name=url"))?;
        if let Some(Account { client_id, secret, number }) = accounts.remove(name) {
            known.insert(
                name.to_owned(),
                Access { http: http.clone(), base_url: url.to_owned(), client_id, api_key: secret.into(), account: number },
            );
        }
    }
    Ok(known)
}

/// The carriers that sell us labels, by code.
///
/// # Errors
/// Where an address is none.
pub fn labels(accounts: &BTreeMap<String, Access>) -> Result<BTreeMap<&'static str, Arc<dyn Labels>>, SetupError> {
    let sellers =
        CARRIERS.into_iter().filter_map(|carrier| Some((carrier.code, carrier.connect_labels?, accounts.get(carrier.labels_at)?)));
    sellers.map(|(code, connect, access)| Ok((code, connect(access.clone())?))).collect()
}

/// The carriers whose parcels we can ask for, by code.
///
/// # Errors
/// Where an address is none.
pub fn tracking(accounts: &BTreeMap<String, Access>) -> Result<BTreeMap<&'static str, Arc<dyn Tracking>>, SetupError> {
    let trackers = CARRIERS.into_iter().filter_map(|carrier| Some((carrier.code, carrier.connect, accounts.get(carrier.code)?)));
    trackers.map(|(code, connect, access)| Ok((code, connect(access.clone())?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client;

    const STORED: &str = r#"{"api_key":"k","webhook_secret":"w","accounts":{
        "ups":{"client_id":"i","secret":"s","account":"1"},"dhl-express":{"client_id":"i","secret":"s"},"other":{"secret":"s"}}}"#;

    #[test]
    fn a_carrier_is_known_by_account_and_address() {
        let http = client().unwrap();
        let stored: SecretString = STORED.to_owned().into();
        let known = of(
            &stored,
            "ups=https://ups.example, usps=https://usps.example,dhl=https://dhl.example,dhl-express=https://dhl.example",
            &http,
        )
        .unwrap();
        assert_eq!(known.keys().collect::<Vec<_>>(), ["dhl", "dhl-express", "ups"]);
        assert_eq!(labels(&known).unwrap().keys().collect::<Vec<_>>(), [&"dhl", &"ups"]);
        assert_eq!(tracking(&known).unwrap().keys().collect::<Vec<_>>(), [&"dhl", &"ups"]);
        assert!(of(&r#"{"api_key":"k"}"#.to_owned().into(), "ups=https://ups.example", &http).unwrap().is_empty());
    }

    #[test]
    fn what_is_no_configuration_is_refused_unquoted() {
        let http = client().unwrap();
        for (stored, urls) in [("secret", ""), (STORED, "https://ups.example"), (r#"{"accounts":{"ups":{"account":"1"}}}"#, "")] {
            let error = of(&stored.to_owned().into(), urls, &http).err().map(|error| error.to_string());
            assert!(error.is_some_and(|error| !error.contains("ups.example") && !error.contains("secret\"")), "{stored} {urls}");
        }
        let nowhere = of(&STORED.to_owned().into(), "ups=nowhere", &http).unwrap();
        assert!(matches!(labels(&nowhere), Err(SetupError::Address)));
    }
}
