//! GLS: the ShipIT web service of GLS Group, its REST face; a user name and a password. After its public description.

mod labels;
mod parse;

use std::sync::Arc;

use async_trait::async_trait;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use oms_contract::record::Tracked;
use oms_ports::PortError;
use oms_ports::carrier::{Labels, Tracking};

use crate::http::Api;
use crate::{Access, Carrier, SetupError, of_number, tracked};

pub use parse::events_of;

/// GLS's row.
pub const CARRIER: Carrier = Carrier { code: "gls", events_of, connect, connect_labels: Some(connect_labels), labels_at: "gls" };

const JSON: &str = "application/glsVersion1+json";

struct Gls(Api);

fn connect(access: Access) -> Result<Arc<dyn Tracking>, SetupError> {
    Ok(Arc::new(Gls(Api::new(access)?)))
}

fn connect_labels(access: Access) -> Result<Arc<dyn Labels>, SetupError> {
    Ok(Arc::new(Gls(Api::new(access)?)))
}

/// `{"errors": [{"exitCode": "E108", "exitMessage": "…"}]}`.
fn code(answer: &Value) -> Option<&str> {
    answer.pointer("/errors/0/exitCode")?.as_str()
}

impl Gls {
    fn call(&self, path: &[&str], body: &Value) -> RequestBuilder {
        let access = self.0.access();
        let request = self.0.at(Method::POST, path, &[]).basic_auth(&access.client_id, Some(access.secret()));
        request.header("Accept", JSON).header("Content-Type", JSON).body(body.to_string())
    }
}

#[async_trait]
impl Tracking for Gls {
    async fn track(&self, number: &str) -> Result<Vec<Tracked>, PortError> {
        let answer = self.0.send(self.call(&["tracking", "parceldetails"], &json!({ "TrackID": number }))).await?;
        if answer.status == reqwest::StatusCode::NOT_FOUND {
            Ok(Vec::new())
        } else {
            tracked(answer, code, events_of).map(|events| of_number(number, events))
        }
    }
}
