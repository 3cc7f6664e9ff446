//! UPS: Shipping (label, void, label recovery), Pickup, Tracking; OAuth client credentials. After UPS's published OpenAPI documents, versions
//! v2409 (shipping, pickup), v1 (label recovery, tracking).

mod labels;
mod parse;

use std::sync::Arc;

use async_trait::async_trait;
use reqwest::{Method, RequestBuilder, StatusCode};
use secrecy::ExposeSecret as _;
use serde_json::Value;

use oms_contract::record::Tracked;
use oms_ports::PortError;
use oms_ports::carrier::{Labels, Tracking};

use crate::http::Api;
use crate::{Access, Carrier, SetupError, of_number, tracked};

pub use parse::events_of;

/// UPS's row.
pub const CARRIER: Carrier = Carrier { code: "ups", events_of, connect, connect_labels: Some(connect_labels), labels_at: "ups" };

struct Ups(Api);

fn connect(access: Access) -> Result<Arc<dyn Tracking>, SetupError> {
    Ok(Arc::new(Ups(Api::new(access)?)))
}

fn connect_labels(access: Access) -> Result<Arc<dyn Labels>, SetupError> {
    Ok(Arc::new(Ups(Api::new(access)?)))
}

/// `{"response": {"errors": [{"code": "120100", "message": "…"}]}}`.
fn code(answer: &Value) -> Option<&str> {
    answer.pointer("/response/errors/0/code")?.as_str()
}

impl Ups {
    /// A request with a token. `id` is UPS's `transId`: what their support finds a call by.
    async fn call(&self, method: Method, path: &[&str], query: &[(&str, &str)], id: &str) -> Result<RequestBuilder, PortError> {
        let token = self.0.bearer(token).await?;
        let request = self.0.at(method, path, query).bearer_auth(token.expose_secret());
        Ok(request.header("transId", id).header("transactionSrc", "oms"))
    }
}

fn token(api: &Api) -> RequestBuilder {
    let access = api.access();
    api.at(Method::POST, &["security", "v1", "oauth", "token"], &[])
        .basic_auth(&access.client_id, Some(access.secret()))
        .header("x-merchant-id", &access.account)
        .form(&[("grant_type", "client_credentials")])
}

#[async_trait]
impl Tracking for Ups {
    async fn track(&self, number: &str) -> Result<Vec<Tracked>, PortError> {
        let request = self.call(Method::GET, &["api", "track", "v1", "details", number], &[("locale", "en_US")], number).await?;
        let answer = self.0.send(request).await?;
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
