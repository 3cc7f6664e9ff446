//! What the payment gateway has seen: the money side of a test, read from the gateway and not from us.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use oms_domain::OrderId;

use crate::client::http;
use crate::stack::{Stack, StackError};

/// Why the gateway could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// Its key is not to be had.
    #[error(transparent)]
    Stack(#[from] StackError),
    /// It gave no good answer.
    #[error("the payment gateway gave no good answer")]
    Answer(#[from] reqwest::Error),
}

/// A payment intent, as much of it as matters here. Amounts are minor units.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Intent {
    /// `pi_…`.
    pub id: String,
    /// Amount asked for.
    pub amount: i64,
    /// Amount taken.
    #[serde(default)]
    pub amount_received: i64,
    /// Lower case.
    pub currency: String,
    /// `requires_capture`, `succeeded`, `canceled`, `requires_payment_method`, `requires_action`.
    pub status: String,
    /// `order_id` and `attempt`, as we sent them.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
}

impl Intent {
    /// The order that it is for.
    pub fn order(&self) -> Option<OrderId> {
        self.metadata.get("order_id")?.parse().ok()
    }
}

/// A charge. Amounts are minor units.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Charge {
    /// `ch_…`.
    pub id: String,
    /// Amount reserved or taken.
    pub amount: i64,
    /// Whether it was taken.
    pub captured: bool,
    /// Given back, the released part of a partial capture included.
    #[serde(default)]
    pub amount_refunded: i64,
    /// `succeeded`, `failed`, `pending`.
    pub status: String,
}

/// A refund. The amount is minor units.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Refund {
    /// `re_…`.
    pub id: String,
    /// Given back.
    pub amount: i64,
    /// `succeeded`, `pending`, `failed`.
    pub status: String,
}

#[derive(Deserialize)]
struct List<T> {
    data: Vec<T>,
    #[serde(default)]
    has_more: bool,
}

/// The gateway's side of the orders.
#[derive(Debug, Clone)]
pub struct Gateway {
    http: reqwest::Client,
    base: String,
    key: SecretString,
}

impl Gateway {
    /// The gateway of a stack.
    ///
    /// # Errors
    /// Where its key cannot be read.
    pub fn of(stack: &Stack) -> Result<Self, GatewayError> {
        Ok(Self { http: http()?, base: stack.gateway_url.clone(), key: stack.secrets()?.gateway.api_key })
    }

    /// Every payment intent, oldest first.
    pub async fn intents(&self) -> Result<Vec<Intent>, GatewayError> {
        let mut all: Vec<Intent> = Vec::new();
        loop {
            let after = all.last().map(|last| ("starting_after", last.id.clone()));
            let query = std::iter::once(("limit", "100".to_owned())).chain(after).collect::<Vec<_>>();
            let page: List<Intent> = self.get("/v1/payment_intents", &query).await?;
            let ended = !page.has_more || page.data.is_empty();
            all.extend(page.data);
            if ended {
                return Ok(all);
            }
        }
    }

    /// The payment intents of one order, oldest first.
    pub async fn intents_of(&self, order: OrderId) -> Result<Vec<Intent>, GatewayError> {
        Ok(self.intents().await?.into_iter().filter(|intent| intent.order() == Some(order)).collect())
    }

    /// The charges of a payment intent.
    pub async fn charges(&self, intent: &str) -> Result<Vec<Charge>, GatewayError> {
        Ok(self.get::<List<Charge>>("/v1/charges", &[("payment_intent", intent.to_owned())]).await?.data)
    }

    /// The refunds of a payment intent.
    pub async fn refunds(&self, intent: &str) -> Result<Vec<Refund>, GatewayError> {
        Ok(self.get::<List<Refund>>("/v1/refunds", &[("payment_intent", intent.to_owned())]).await?.data)
    }

    /// The customer passes the 3-D Secure step of the payment whose secret this is, as the gateway's script in their browser does.
    ///
    /// # Errors
    /// Where the payment does not wait for its customer.
    pub async fn authenticate(&self, client_secret: &str) -> Result<(), GatewayError> {
        let intent = client_secret.split("_secret").next().unwrap_or_default();
        let url = format!("{}/v1/payment_intents/{intent}/_authenticate", self.base);
        let form = [("client_secret", client_secret), ("success", "true")];
        let request = self.http.post(url).bearer_auth(self.key.expose_secret()).form(&form);
        request.send().await?.error_for_status()?;
        Ok(())
    }

    /// The reservation runs out, as at a bank that keeps none for so long.
    ///
    /// # Errors
    /// Where nothing is reserved by this payment.
    pub async fn expire(&self, intent: &str) -> Result<(), GatewayError> {
        let url = format!("{}/v1/payment_intents/{intent}/cancel", self.base);
        self.http.post(url).bearer_auth(self.key.expose_secret()).send().await?.error_for_status()?;
        Ok(())
    }

    /// Reads, and once more where a connection kept from before turns out to be closed: the local gateway closes idle ones without a word.
    async fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, String)]) -> Result<T, GatewayError> {
        let ask = || self.http.get(format!("{}{path}", self.base)).bearer_auth(self.key.expose_secret()).query(query).send();
        let answer = match ask().await {
            Err(error) if error.is_request() => ask().await,
            answer => answer,
        };
        Ok(answer?.error_for_status()?.json().await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oms_fakes::wire::{Reply, Server};

    fn intent(id: &str, order: &str) -> serde_json::Value {
        serde_json::json!({ "id": id, "amount": 100, "currency": "eur", "status": "succeeded", "metadata": { "order_id": order } })
    }

    #[tokio::test]
    async fn the_intents_of_an_order_are_found_over_all_pages() {
        let order = "019b0000-0000-7000-8000-000000000001";
        let first = serde_json::json!({ "data": [intent("pi_1", order), intent("pi_2", "other")], "has_more": true });
        let second = serde_json::json!({ "data": [intent("pi_3", order)], "has_more": false });
        let server = Server::answering(move |asked| {
            let known = asked.is("GET", "/v1/payment_intents") && asked.header("authorization") == Some("Bearer sk_test_1");
            match asked.query("starting_after") {
                None if known => Reply::json(200, &first),
                Some("pi_2") if known => Reply::json(200, &second),
                _ => Reply::unknown(),
            }
        });
        let gateway = Gateway { http: http().unwrap(), base: server.uri(), key: "sk_test_1".into() };
        let found = gateway.intents_of(order.parse().unwrap()).await.unwrap();
        assert_eq!(found.iter().map(|intent| intent.id.as_str()).collect::<Vec<_>>(), ["pi_1", "pi_3"]);
    }
}
