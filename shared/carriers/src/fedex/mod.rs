//! FedEx: Ship, Pickup Request and Track APIs, version 1; OAuth client credentials. After FedEx's developer portal.

mod labels;
mod parse;

use std::sync::Arc;

use async_trait::async_trait;
use reqwest::{Method, RequestBuilder, StatusCode};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use oms_contract::record::Tracked;
use oms_ports::PortError;
use oms_ports::carrier::{Labels, Tracking};

use crate::http::Api;
use crate::{Access, Carrier, SetupError, of_number, tracked};

pub use parse::events_of;

/// FedEx's row.
pub const CARRIER: Carrier = Carrier { code: "fedex", events_of, connect, connect_labels: Some(connect_labels), labels_at: "fedex" };

struct FedEx(Api);

fn connect(access: Access) -> Result<Arc<dyn Tracking>, SetupError> {
    Ok(Arc::new(FedEx(Api::new(access)?)))
}

fn connect_labels(access: Access) -> Result<Arc<dyn Labels>, SetupError> {
    Ok(Arc::new(FedEx(Api::new(access)?)))
}

/// `{"errors": [{"code": "SERVICE.PACKAGECOMBINATION.INVALID", "message": "…"}]}`.
fn code(answer: &Value) -> Option<&str> {
    answer.pointer("/errors/0/code")?.as_str()
}

impl FedEx {
    /// A request with a token. `id` comes back in the answer, and finds the call at FedEx's support.
    async fn call(&self, method: Method, path: &[&str], id: &str) -> Result<RequestBuilder, PortError> {
        let token = self.0.bearer(token).await?;
        let request = self.0.at(method, path, &[]).bearer_auth(token.expose_secret());
        Ok(request.header("x-customer-transaction-id", id).header("x-locale", "en_US"))
    }
}

fn token(api: &Api) -> RequestBuilder {
    let access = api.access();
    let form = [("grant_type", "client_credentials"), ("client_id", &access.client_id), ("client_secret", access.secret())];
    api.at(Method::POST, &["oauth", "token"], &[]).form(&form)
}

#[async_trait]
impl Tracking for FedEx {
    async fn track(&self, number: &str) -> Result<Vec<Tracked>, PortError> {
        let body = json!({ "includeDetailedScans": true, "trackingInfo": [{ "trackingNumberInfo": { "trackingNumber": number } }] });
        let request = self.call(Method::POST, &["track", "v1", "trackingnumbers"], number).await?;
        let answer = self.0.send(request.json(&body)).await?;
        if answer.status == StatusCode::UNAUTHORIZED {
            self.0.forget_token();
        }
        if answer.status == StatusCode::NOT_FOUND {
            Ok(Vec::new())
        } else {
            tracked(answer, code, events_of).map(|events| of_number(number, events))
        }
    }
}
