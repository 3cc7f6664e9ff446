//! USPS: Domestic Labels, Payments, Carrier Pickup and Tracking APIs, version 3; OAuth client credentials. After USPS's developer portal and
//! its published examples.

mod labels;
mod multipart;
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

/// USPS's row.
pub const CARRIER: Carrier = Carrier { code: "usps", events_of, connect, connect_labels: Some(connect_labels), labels_at: "usps" };

struct Usps(Api);

fn connect(access: Access) -> Result<Arc<dyn Tracking>, SetupError> {
    Ok(Arc::new(Usps(Api::new(access)?)))
}

fn connect_labels(access: Access) -> Result<Arc<dyn Labels>, SetupError> {
    Ok(Arc::new(Usps(Api::new(access)?)))
}

/// `{"error": {"code": "400", "message": "…", "errors": [{"code": "160009", …}]}}`.
fn code(answer: &Value) -> Option<&str> {
    answer.pointer("/error/errors/0/code").or_else(|| answer.pointer("/error/code"))?.as_str()
}

impl Usps {
    async fn call(&self, method: Method, path: &[&str], query: &[(&str, &str)]) -> Result<RequestBuilder, PortError> {
        let token = self.0.bearer(token).await?;
        Ok(self.0.at(method, path, query).bearer_auth(token.expose_secret()))
    }
}

fn token(api: &Api) -> RequestBuilder {
    let access = api.access();
    let body = json!({ "grant_type": "client_credentials", "client_id": access.client_id, "client_secret": access.secret() });
    api.at(Method::POST, &["oauth2", "v3", "token"], &[]).json(&body)
}

#[async_trait]
impl Tracking for Usps {
    async fn track(&self, number: &str) -> Result<Vec<Tracked>, PortError> {
        let request = self.call(Method::GET, &["tracking", "v3", "tracking", number], &[("expand", "DETAIL")]).await?;
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
