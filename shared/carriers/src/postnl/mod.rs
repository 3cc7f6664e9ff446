//! PostNL: Barcode, Labelling and Shipping Status web services; one key. After PostNL's published API descriptions (barcode `v1_1`, label `v2_2`,
//! status v2).

mod labels;
mod parse;

use std::sync::Arc;

use async_trait::async_trait;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use oms_contract::record::Tracked;
use oms_ports::PortError;
use oms_ports::carrier::{Labels, Tracking};

use crate::http::Api;
use crate::{Access, Carrier, SetupError, of_number, tracked};

pub use parse::events_of;

/// PostNL's row.
pub const CARRIER: Carrier = Carrier { code: "postnl", events_of, connect, connect_labels: Some(connect_labels), labels_at: "postnl" };

struct PostNl(Api);

fn connect(access: Access) -> Result<Arc<dyn Tracking>, SetupError> {
    Ok(Arc::new(PostNl(Api::new(access)?)))
}

fn connect_labels(access: Access) -> Result<Arc<dyn Labels>, SetupError> {
    Ok(Arc::new(PostNl(Api::new(access)?)))
}

/// `{"Errors": [{"Code": "…"}]}`, or `{"ResponseShipments": [{"Errors": [{"Code": "…"}]}]}`.
fn code(answer: &Value) -> Option<&str> {
    let found = answer.pointer("/Errors/0/Code").or_else(|| answer.pointer("/ResponseShipments/0/Errors/0/Code"));
    found.or_else(|| answer.pointer("/Errors/0/ErrorNumber"))?.as_str()
}

impl PostNl {
    fn call(&self, method: Method, path: &[&str], query: &[(&str, &str)]) -> RequestBuilder {
        self.0.at(method, path, query).header("apikey", self.0.access().secret())
    }
}

#[async_trait]
impl Tracking for PostNl {
    async fn track(&self, number: &str) -> Result<Vec<Tracked>, PortError> {
        let query = [("detail", "true"), ("language", "EN")];
        let answer = self.0.send(self.call(Method::GET, &["shipment", "v2", "status", "barcode", number], &query)).await?;
        if answer.status == reqwest::StatusCode::NOT_FOUND {
            Ok(Vec::new())
        } else {
            tracked(answer, code, events_of).map(|events| of_number(number, events))
        }
    }
}
