//! The adapter.

use std::time::Duration;

use async_trait::async_trait;
use reqwest::{Client, RequestBuilder, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;

use oms_domain::{Money, OrderId};
use oms_ports::error::{Party, PortError};
use oms_ports::gateway::{Authorization, Gateway, GatewayPayment, Standing};

use super::amount::to_stripe;
use super::declines::is_hard;
use super::wire::{ATTEMPT, ErrorBody, Failure, Intent, KEY, ORDER_ID, Page, Refund};

/// The gateway's name: the source of its webhooks, and its id as an actor.
pub const NAME: &str = "stripe";

/// The API version whose shapes [`super::wire`] reads; the account's default may move.
pub const API_VERSION: &str = "2025-09-30.clover";

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// Codes with which Stripe says that the payment does not stand where the call needs it.
const WRONG_STANDING: [&str; 8] = [
    "amount_too_large",
    "capture_charge_authorization_expired",
    "charge_already_captured",
    "charge_already_refunded",
    "charge_disputed",
    "charge_expired_for_capture",
    "charge_not_refundable",
    "payment_intent_unexpected_state",
];

/// Codes with which Stripe refuses a new payment without making one: what was ordered, or given to pay with, is the cause, not our request.
const NOT_PAYABLE: [&str; 4] = ["amount_too_large", "amount_too_small", "payment_method_unexpected_state", "resource_missing"];

/// Stripe, or a stand-in that speaks its API.
#[derive(Debug, Clone)]
pub struct Stripe {
    http: Client,
    base: String,
    api_key: SecretString,
}

/// A definite no.
pub(super) struct Refusal {
    status: StatusCode,
    failure: Failure,
}

impl Refusal {
    fn code(&self) -> &str {
        self.failure.code.as_deref().unwrap_or_default()
    }

    fn is_missing(&self) -> bool {
        self.status == StatusCode::NOT_FOUND
    }

    fn is_card_error(&self) -> bool {
        self.failure.kind == "card_error"
    }

    /// A call on a payment was refused: because of where it stands, or by the card's issuer; else our request was wrong.
    fn of_a_payment(&self) -> PortError {
        if self.is_card_error() {
            PortError::refused(Party::Gateway, self.failure.decline())
        } else if WRONG_STANDING.contains(&self.code()) {
            PortError::refused(Party::Gateway, self.code())
        } else {
            self.unexpected()
        }
    }

    /// The code, where no payment was made because none can be. A method that was used up comes without code.
    fn not_payable(&self) -> Option<&str> {
        let used_up = || {
            let message = self.failure.message.as_deref().unwrap_or_default();
            message.contains("may not be used again").then_some("payment_method_used_up")
        };
        let known = NOT_PAYABLE.contains(&self.code());
        known.then(|| self.code()).or_else(used_up)
    }

    /// Anything that we did not expect to be refused for: our request is wrong.
    pub(super) fn unexpected(&self) -> PortError {
        let Failure { kind, code, param, .. } = &self.failure;
        PortError::corrupt(Party::Gateway, format!("{} {kind} {code:?} {param:?}", self.status))
    }
}

impl Stripe {
    /// A client for the API at `base` (`https://api.stripe.com`), with a secret or restricted key, that gives each call `timeout`:
    /// less than its function has, so that there is time left to write down what is known.
    ///
    /// # Errors
    /// Where TLS cannot be set up.
    pub fn new(base: &str, api_key: SecretString, timeout: Duration) -> Result<Self, PortError> {
        let http = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(timeout)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| PortError::unavailable(Party::Gateway, error))?;
        Ok(Self { http, base: base.trim_end_matches('/').to_owned(), api_key })
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> Result<Result<T, Refusal>, PortError> {
        let url = format!("{}/v1/{path}", self.base);
        self.send(self.http.get(url).query(query)).await
    }

    async fn post<T: DeserializeOwned>(&self, path: &str, form: &[(&str, &str)], key: &str) -> Result<Result<T, Refusal>, PortError> {
        let url = format!("{}/v1/{path}", self.base);
        let request = self.http.post(url).form(form);
        self.send(request.header("idempotency-key", key)).await
    }

    async fn send<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<Result<T, Refusal>, PortError> {
        // Addresses carry payment ids; errors shall not.
        let unanswered = |error: reqwest::Error| PortError::unavailable(Party::Gateway, error.without_url());
        let answer =
            request.bearer_auth(self.api_key.expose_secret()).header("stripe-version", API_VERSION).send().await.map_err(unanswered)?;
        let status = answer.status();
        let body = answer.bytes().await.map_err(unanswered)?;
        read(status, &body)
    }
}

/// Sorts an answer by what it says about the call: made, refused, or unknown.
fn read<T: DeserializeOwned>(status: StatusCode, body: &[u8]) -> Result<Result<T, Refusal>, PortError> {
    let nonsense = |cause: &str| PortError::corrupt(Party::Gateway, format!("{status}: {cause}"));
    match status.as_u16() {
        200..=299 => serde_json::from_slice(body).map(Ok).map_err(|error| nonsense(&error.to_string())),
        400 | 402 | 404 => {
            let ErrorBody { error: failure } = serde_json::from_slice(body).map_err(|_| nonsense("an error without description"))?;
            if failure.kind == "idempotency_error" {
                return Err(nonsense("the key came with other parameters before"));
            }
            Ok(Err(Refusal { status, failure }))
        }
        // The first call with this key is still running.
        409 => Err(PortError::unavailable(Party::Gateway, "the key is in use")),
        429 => Err(PortError::Throttled(Party::Gateway)),
        500.. => Err(PortError::unavailable(Party::Gateway, status)),
        _ => Err(nonsense("unexpected status")),
    }
}

/// The payment of an intent that was made by us for an order.
fn ours(intent: &Intent) -> Result<GatewayPayment, PortError> {
    intent.payment()?.ok_or_else(|| PortError::corrupt(Party::Gateway, format!("{} lost the order it is for", intent.id)))
}

fn declined(payment: GatewayPayment, failure: &Failure) -> GatewayPayment {
    let code = failure.decline();
    GatewayPayment { standing: Standing::Declined { hard: is_hard(code), code: code.to_owned() }, ..payment }
}

#[async_trait]
impl Gateway for Stripe {
    async fn authorize(&self, request: &Authorization) -> Result<GatewayPayment, PortError> {
        let amount = to_stripe(request.amount)?.to_string();
        let currency = request.amount.currency.code().to_ascii_lowercase();
        let (order_id, attempt) = (request.order_id.to_string(), request.attempt.to_string());
        let (order_field, attempt_field) = (metadata(ORDER_ID), metadata(ATTEMPT));
        let form = [
            ("amount", amount.as_str()),
            ("currency", &currency),
            ("capture_method", "manual"),
            ("confirm", "true"),
            ("payment_method", &request.method.token),
            ("payment_method_types[]", "card"),
            (&order_field, &order_id),
            (&attempt_field, &attempt),
            ("expand[]", "latest_charge"),
        ];
        let refusal = match self.post("payment_intents", &form, &request.key).await? {
            Ok(intent) => return ours(&intent),
            Err(refusal) => refusal,
        };
        if let (true, Some(intent)) = (refusal.is_card_error(), &refusal.failure.payment_intent) {
            return ours(intent).map(|payment| declined(payment, &refusal.failure));
        }
        match refusal.not_payable() {
            Some(code) => Err(PortError::refused(Party::Gateway, code)),
            None => Err(refusal.unexpected()),
        }
    }

    async fn capture(&self, intent: &str, amount: Money, key: &str) -> Result<GatewayPayment, PortError> {
        let amount = to_stripe(amount)?.to_string();
        let form = [("amount_to_capture", amount.as_str()), ("expand[]", "latest_charge")];
        let path = format!("payment_intents/{intent}/capture");
        match self.post(&path, &form, key).await? {
            Ok(intent) => ours(&intent),
            Err(refusal) => Err(refusal.of_a_payment()),
        }
    }

    async fn void(&self, intent: &str, key: &str) -> Result<GatewayPayment, PortError> {
        let path = format!("payment_intents/{intent}/cancel");
        match self.post(&path, &[("expand[]", "latest_charge")], key).await? {
            Ok(intent) => ours(&intent),
            Err(refusal) => Err(refusal.of_a_payment()),
        }
    }

    async fn refund(&self, intent: &str, amount: Money, key: &str) -> Result<String, PortError> {
        let amount = to_stripe(amount)?.to_string();
        let key_field = metadata(KEY);
        let form = [("payment_intent", intent), ("amount", &amount), (&key_field, key)];
        match self.post::<Refund>("refunds", &form, key).await? {
            Ok(refund) if refund.stands() => Ok(refund.id),
            Ok(_) => Err(PortError::refused(Party::Gateway, "refund_failed")),
            Err(refusal) => Err(refusal.of_a_payment()),
        }
    }

    /// A payment that names no order of ours is none that we have.
    async fn retrieve(&self, intent: &str) -> Result<Option<GatewayPayment>, PortError> {
        let path = format!("payment_intents/{intent}");
        match self.get::<Intent>(&path, &[("expand[]", "latest_charge")]).await? {
            Ok(intent) => intent.payment(),
            Err(refusal) if refusal.is_missing() => Ok(None),
            Err(refusal) => Err(refusal.unexpected()),
        }
    }

    /// By search, which sees a payment about a minute after it was made. Until then repeating the call is safe by its key, which Stripe
    /// remembers for a day: between them the two know every payment.
    async fn find(&self, order: OrderId, attempt: u8) -> Result<Option<GatewayPayment>, PortError> {
        let query = format!("metadata['{ORDER_ID}']:'{order}' AND metadata['{ATTEMPT}']:'{attempt}'");
        let query = [("query", query.as_str()), ("limit", "100"), ("expand[]", "data.latest_charge")];
        let found = self.get::<Page<Intent>>("payment_intents/search", &query).await?;
        let page = found.map_err(|refusal| refusal.unexpected())?;
        let mut payments = Vec::new();
        for intent in &page.data {
            payments.extend(intent.payment()?);
        }
        // There is one, unless the gateway's memory failed: then the one that holds money is the one to know of.
        payments.retain(|payment| payment.order_id == order && payment.attempt == attempt);
        Ok(payments.into_iter().max_by_key(|payment| holds_money(&payment.standing)))
    }

    async fn find_refund(&self, intent: &str, key: &str) -> Result<Option<String>, PortError> {
        let mut after: Option<String> = None;
        loop {
            let mut query = vec![("payment_intent", intent), ("limit", "100")];
            query.extend(after.as_deref().map(|last| ("starting_after", last)));
            let found = self.get::<Page<Refund>>("refunds", &query).await?;
            let page = found.map_err(|refusal| refusal.unexpected())?;
            let made = |refund: &&Refund| refund.stands() && refund.metadata.get(KEY).is_some_and(|used| used == key);
            if let Some(refund) = page.data.iter().find(made) {
                return Ok(Some(refund.id.clone()));
            }
            after = page.data.last().map(|refund| refund.id.clone());
            if !page.has_more || after.is_none() {
                return Ok(None);
            }
        }
    }
}

fn metadata(name: &str) -> String {
    format!("metadata[{name}]")
}

fn holds_money(standing: &Standing) -> bool {
    match standing {
        Standing::Authorized { .. } | Standing::Captured { .. } => true,
        Standing::ActionRequired { .. } | Standing::Declined { .. } | Standing::Voided | Standing::Processing => false,
    }
}
