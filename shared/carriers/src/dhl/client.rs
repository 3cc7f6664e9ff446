//! Calling DHL's tracking API: `GET /track/shipments?trackingNumber=…` with the header `DHL-API-Key`.

use std::sync::Arc;

use async_trait::async_trait;
use reqwest::{Client, Response, StatusCode, Url};
use secrecy::{ExposeSecret as _, SecretString};

use oms_contract::record::Tracked;
use oms_ports::carrier::Tracking;
use oms_ports::{Party, PortError};

use super::parse::events_of;
use crate::{Access, Numbered, SetupError};

/// Largest answer read, in bytes; a real one has a few thousand.
const MAX_ANSWER: usize = 1024 * 1024;

struct Dhl {
    http: Client,
    shipments: Url,
    api_key: SecretString,
}

pub(super) fn connect(access: Access) -> Result<Arc<dyn Tracking>, SetupError> {
    let address = format!("{}/track/shipments", access.base_url.trim_end_matches('/'));
    let shipments = Url::parse(&address).ok().filter(|url| matches!(url.scheme(), "http" | "https")).ok_or(SetupError::Address)?;
    Ok(Arc::new(Dhl { http: access.http, shipments, api_key: access.api_key }))
}

#[async_trait]
impl Tracking for Dhl {
    async fn track(&self, number: &str) -> Result<Vec<Tracked>, PortError> {
        let mut url = self.shipments.clone();
        // The language is fixed: rules read English, and a text in another language would make a second event of the same scan.
        url.query_pairs_mut().append_pair("trackingNumber", number).append_pair("language", "en");
        let answer = self
            .http
            .get(url)
            .header("DHL-API-Key", self.api_key.expose_secret())
            .header("Accept", "application/json")
            .send()
            .await
            .map_err(unanswered)?;
        match answer.status() {
            StatusCode::OK => {
                let events = events_of(&whole(answer).await?).map_err(|error| PortError::corrupt(Party::Carrier, error))?;
                Ok(of_number(number, events))
            }
            // DHL has not heard of the number yet.
            StatusCode::NOT_FOUND => Ok(Vec::new()),
            StatusCode::TOO_MANY_REQUESTS => Err(PortError::Throttled(Party::Carrier)),
            status if status.is_server_error() => Err(PortError::unavailable(Party::Carrier, status)),
            status if status.is_client_error() => Err(PortError::refused(Party::Carrier, status)),
            status => Err(PortError::corrupt(Party::Carrier, status)),
        }
    }
}

/// DHL may list shipments of several divisions under one number, and may write the number another way than we do.
fn of_number(number: &str, events: Vec<Numbered>) -> Vec<Tracked> {
    let named = events.iter().any(|(of, _)| of == number);
    let ours = events.into_iter().filter(|(of, _)| !named || of == number).map(|(_, event)| event);
    ours.collect()
}

async fn whole(mut answer: Response) -> Result<Vec<u8>, PortError> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(unanswered)? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(PortError::corrupt(Party::Carrier, "the answer is too large"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The address holds the number of somebody's parcel, so it stays out of the cause.
fn unanswered(error: reqwest::Error) -> PortError {
    PortError::unavailable(Party::Carrier, error.without_url())
}
