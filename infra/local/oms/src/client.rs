//! The API, typed by `oms-contract`.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use oms_contract::api::amend::AmendOrder;
use oms_contract::api::command::{AnswerOffer, CancelOrder, OfferChoice, PayOrder, ReceiveReturn, RejectOrder, ReviewOrder, ShipOrder};
use oms_contract::api::place::{PlaceOrder, PlacedOrder};
use oms_contract::api::stock::{AvailabilityView, StockReport};
use oms_contract::api::view::{HistoryView, LedgerView, OrderList, OrderView, ValidationView};
use oms_contract::problem::Problem;
use oms_domain::{ActorKind, OrderId, State};
use oms_ports::Clock as _;
use oms_runtime::SystemClock;

use crate::stack::Stack;
use crate::tokens::{Claim, Issuer, TokenError};

/// Longest wait for one answer: the emulator may have a queue of others before us.
const PATIENCE: Duration = Duration::from_mins(1);
/// Pause between two looks at an order, at first; grows by half each time.
const FIRST_LOOK: Duration = Duration::from_millis(50);
/// Tries of a call that nobody could be asked about.
const TRIES: u32 = 5;
/// Pause before the second try; doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(300);
/// Longest pause between two looks.
const LAST_LOOK: Duration = Duration::from_millis(400);

/// Why a call did not give what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// No answer.
    #[error("the API did not answer")]
    Unreachable(#[from] reqwest::Error),
    /// The API said no, and why.
    #[error("{} {}{}", .0.status, .0.title, particulars(.0))]
    Refused(Box<Problem>),
    /// An answer that is neither what was asked for nor a problem document.
    #[error("an unexpected answer with status {status}: {body}")]
    Unexpected {
        /// HTTP status.
        status: u16,
        /// Its first 300 characters.
        body: String,
    },
    /// The order did not come where it was expected.
    #[error("order {order} is {found} after {waited:?}, not {wanted}")]
    Waited {
        /// Which order.
        order: OrderId,
        /// What was waited for.
        wanted: String,
        /// Where it stands instead.
        found: String,
        /// How long was waited.
        waited: Duration,
    },
}

/// What the problem says beyond its title: the detail, then each fault.
fn particulars(problem: &Problem) -> String {
    let faults = problem.errors.iter().map(|fault| format!("{} {}", fault.at, fault.message));
    let particulars: Vec<String> = problem.detail.clone().into_iter().chain(faults).collect();
    if particulars.is_empty() { String::new() } else { format!(": {}", particulars.join("; ")) }
}

/// An answer as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Header names in lower case, with their values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first header of this name, in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    /// The body as the shape it should have; a problem document otherwise.
    ///
    /// # Errors
    /// Where the answer is a refusal or something else.
    pub fn parsed<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        let good = StatusCode::from_u16(self.status).is_ok_and(|status| status.is_success());
        if good && let Ok(value) = serde_json::from_slice(&self.body) {
            return Ok(value);
        }
        match serde_json::from_slice::<Problem>(&self.body) {
            Ok(problem) if !good => Err(ApiError::Refused(Box::new(problem))),
            _ => Err(ApiError::Unexpected { status: self.status, body: String::from_utf8_lossy(&self.body).chars().take(300).collect() }),
        }
    }
}

/// The API as one caller uses it. Cheap to clone; clones share connections.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
}

impl Client {
    /// The API without a token.
    ///
    /// # Errors
    /// Where no HTTP client can be built.
    pub fn anonymous(stack: &Stack) -> Result<Self, ApiError> {
        Ok(Self { http: http()?, base: stack.api_url.trim_end_matches('/').to_owned(), token: None })
    }

    /// The same API with another caller's token.
    #[must_use]
    pub fn with_token(&self, token: impl Into<String>) -> Self {
        Self { token: Some(token.into()), ..self.clone() }
    }

    /// The same API as somebody who may do everything that the role may.
    ///
    /// # Errors
    /// Where no token can be signed.
    pub fn acting(&self, issuer: &Issuer, role: ActorKind, subject: &str) -> Result<Self, TokenError> {
        Ok(self.with_token(issuer.token(&Claim::new(role, subject, SystemClock.now()))?))
    }

    /// Places an order under an idempotency key.
    pub async fn place(&self, key: &str, order: &PlaceOrder) -> Result<PlacedOrder, ApiError> {
        self.place_patiently(key, order).await?.parsed()
    }

    /// Places an order, again under the same key where nobody could be asked; the last answer as it came.
    ///
    /// # Errors
    /// Only where there is no answer.
    pub async fn place_patiently(&self, key: &str, order: &impl Serialize) -> Result<Answer, ApiError> {
        self.patiently(Method::POST, "/api/v2/orders", &[("idempotency-key", key)], Some(order)).await
    }

    /// Places an order; the answer as it came.
    pub async fn place_raw(&self, key: &str, order: &impl Serialize) -> Result<Answer, ApiError> {
        self.raw(Method::POST, "/api/v2/orders", &[("idempotency-key", key)], Some(order)).await
    }

    /// Keeps an order as a draft, under a key as [`Client::place`] does.
    pub async fn draft(&self, key: &str, order: &PlaceOrder) -> Result<PlacedOrder, ApiError> {
        self.raw(Method::POST, "/api/v2/drafts", &[("idempotency-key", key)], Some(order)).await?.parsed()
    }

    /// Replaces a draft as a whole.
    pub async fn edit(&self, id: OrderId, order: &PlaceOrder) -> Result<PlacedOrder, ApiError> {
        self.raw(Method::PUT, &format!("/api/v2/drafts/{id}"), &[], Some(order)).await?.parsed()
    }

    /// Submits a draft.
    pub async fn submit(&self, id: OrderId) -> Result<OrderView, ApiError> {
        self.command(id, "submit", None::<&()>).await
    }

    /// Corrects an order whose checks failed.
    pub async fn amend(&self, id: OrderId, body: &AmendOrder) -> Result<PlacedOrder, ApiError> {
        self.raw(Method::PATCH, &path(id, ""), &[], Some(body)).await?.parsed()
    }

    /// Reads the last report of an order's checks.
    pub async fn validation(&self, id: OrderId) -> Result<ValidationView, ApiError> {
        self.read(&path(id, "/validation")).await
    }

    /// Reads an order.
    pub async fn get(&self, id: OrderId) -> Result<OrderView, ApiError> {
        self.read(&path(id, "")).await
    }

    /// Reads the order's payment ledger.
    pub async fn ledger(&self, id: OrderId) -> Result<LedgerView, ApiError> {
        self.read(&path(id, "/ledger")).await
    }

    /// Reads an order's history.
    pub async fn history(&self, id: OrderId) -> Result<HistoryView, ApiError> {
        self.read(&path(id, "/history")).await
    }

    /// Lists orders.
    pub async fn list(&self, filters: &[(&str, &str)]) -> Result<OrderList, ApiError> {
        let mut url = String::from("/api/v2/orders");
        for (separator, (name, value)) in std::iter::once('?').chain(std::iter::repeat('&')).zip(filters) {
            // Values are ids, names, instants and cursors of ours: only ':' and '+' would need care, and only the latter is not ours.
            url.extend([separator.to_string().as_str(), name, "=", &value.replace('+', "%2B")]);
        }
        self.read(&url).await
    }

    /// Cancels an order.
    pub async fn cancel(&self, id: OrderId, body: &CancelOrder) -> Result<OrderView, ApiError> {
        self.command(id, "cancel", Some(body)).await
    }

    /// Tries a declined payment again.
    pub async fn pay(&self, id: OrderId, body: &PayOrder) -> Result<OrderView, ApiError> {
        self.command(id, "pay", Some(body)).await
    }

    /// Decides on an order in fraud review.
    pub async fn review(&self, id: OrderId, body: &ReviewOrder) -> Result<OrderView, ApiError> {
        self.command(id, "review", Some(body)).await
    }

    /// Chooses what shall become of goods that nobody can deliver.
    pub async fn choose(&self, id: OrderId, choice: OfferChoice) -> Result<OrderView, ApiError> {
        self.command(id, "offer", Some(&AnswerOffer { choice })).await
    }

    /// The calling vendor has its part back.
    pub async fn receive_return(&self, id: OrderId, body: &ReceiveReturn) -> Result<OrderView, ApiError> {
        self.command(id, "return", Some(body)).await
    }

    /// Starts a stalled order again, and searches that rest.
    pub async fn resume(&self, id: OrderId) -> Result<OrderView, ApiError> {
        self.command(id, "resume", None::<&()>).await
    }

    /// Accepts the calling vendor's part.
    pub async fn accept(&self, id: OrderId) -> Result<OrderView, ApiError> {
        self.command(id, "accept", None::<&()>).await
    }

    /// Rejects the calling vendor's part.
    pub async fn reject(&self, id: OrderId, body: &RejectOrder) -> Result<OrderView, ApiError> {
        self.command(id, "reject", Some(body)).await
    }

    /// Starts picking the calling vendor's part.
    pub async fn pick(&self, id: OrderId) -> Result<OrderView, ApiError> {
        self.command(id, "pick", None::<&()>).await
    }

    /// The calling vendor's part is packed.
    pub async fn pack(&self, id: OrderId) -> Result<OrderView, ApiError> {
        self.command(id, "pack", None::<&()>).await
    }

    /// The calling vendor's part is with the carrier.
    pub async fn ship(&self, id: OrderId, body: &ShipOrder) -> Result<OrderView, ApiError> {
        self.command(id, "ship", Some(body)).await
    }

    /// Books stock, one entry a line; a dry run says what would come of it.
    pub async fn book_stock(&self, lines: &str, dry_run: bool) -> Result<StockReport, ApiError> {
        let path = format!("/api/v2/stock?dry_run={dry_run}");
        insist(async || answer_to(self.request(Method::POST, &path).body(lines.to_owned())).await).await?.parsed()
    }

    /// What is left of SKUs.
    pub async fn availability(&self, skus: &[&str]) -> Result<AvailabilityView, ApiError> {
        let asked: Vec<String> = skus.iter().map(|sku| format!("sku={sku}")).collect();
        self.read(&format!("/api/v2/availability?{}", asked.join("&"))).await
    }

    /// Waits until the order is in this state.
    pub async fn wait_for(&self, id: OrderId, state: State, patience: Duration) -> Result<OrderView, ApiError> {
        self.wait_until(id, &state.to_string(), patience, |order| order.state == state.to_string()).await
    }

    /// Waits until `holds` of the order; `wanted` says in words what that is.
    ///
    /// # Errors
    /// [`ApiError::Waited`] when the patience is over, and whatever reading the order says.
    pub async fn wait_until(
        &self,
        id: OrderId,
        wanted: &str,
        patience: Duration,
        holds: impl Fn(&OrderView) -> bool,
    ) -> Result<OrderView, ApiError> {
        let started = tokio::time::Instant::now();
        let mut pause = FIRST_LOOK;
        loop {
            let order = self.get(id).await?;
            if holds(&order) {
                return Ok(order);
            }
            let elapsed = started.elapsed();
            if elapsed >= patience {
                return Err(ApiError::Waited { order: id, wanted: wanted.to_owned(), found: order.state, waited: elapsed });
            }
            tokio::time::sleep(pause).await;
            pause = pause.mul_f32(1.5).min(LAST_LOOK);
        }
    }

    /// Any call; the answer as it came.
    ///
    /// # Errors
    /// Only where there is no answer.
    pub async fn raw<B: Serialize + ?Sized>(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&B>,
    ) -> Result<Answer, ApiError> {
        let mut request = self.request(method, path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        answer_to(request).await
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        if let Some(token) = &self.token { request.bearer_auth(token) } else { request }
    }

    async fn read<T: DeserializeOwned>(&self, path: &str) -> Result<T, ApiError> {
        self.patiently(Method::GET, path, &[], None::<&()>).await?.parsed()
    }

    async fn command<B: Serialize>(&self, id: OrderId, verb: &str, body: Option<&B>) -> Result<OrderView, ApiError> {
        self.patiently(Method::POST, &path(id, &format!("/{verb}")), &[], body).await?.parsed()
    }

    /// A call that may be repeated, repeated while the API says by itself that it could ask nobody: its authorizer or the function did not
    /// start in time. What a function of ours answers is an answer, a 5xx too.
    ///
    /// # Errors
    /// Only where there is no answer.
    pub async fn patiently<B: Serialize + ?Sized>(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&B>,
    ) -> Result<Answer, ApiError> {
        insist(async || self.raw(method.clone(), path, headers, body).await).await
    }
}

/// Calls again where the API could ask nobody.
async fn insist(call: impl AsyncFn() -> Result<Answer, ApiError>) -> Result<Answer, ApiError> {
    let mut tried = 1;
    loop {
        let answer = call().await?;
        if answer.status < 500 || tried >= TRIES || serde_json::from_slice::<Problem>(&answer.body).is_ok() {
            return Ok(answer);
        }
        tokio::time::sleep(FIRST_PAUSE * (1 << (tried - 1))).await;
        tried += 1;
    }
}

fn path(id: OrderId, rest: &str) -> String {
    format!("/api/v2/orders/{id}{rest}")
}

/// The answer as it came.
async fn answer_to(request: reqwest::RequestBuilder) -> Result<Answer, ApiError> {
    let answer = request.send().await?;
    let value = |value: &reqwest::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Ok(Answer {
        status: answer.status().as_u16(),
        headers: answer.headers().iter().map(|(name, text)| (name.as_str().to_owned(), value(text))).collect(),
        body: answer.bytes().await?.to_vec(),
    })
}

/// An HTTP client for this machine: whatever proxy the environment names is for elsewhere.
pub(crate) fn http() -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use oms_contract::problem::Fault;
    use oms_fakes::wire::{Asked, Reply, Server};

    fn client(server: &Server) -> Client {
        Client { http: http().unwrap(), base: server.uri(), token: Some("tok".to_owned()) }
    }

    fn id() -> OrderId {
        "019b0000-0000-7000-8000-000000000001".parse().unwrap()
    }

    #[tokio::test]
    async fn commands_and_listings_go_out_as_the_contract_says() {
        let problem = Problem::conflict("It is with the carrier.");
        let conflict = Reply::json(409, &problem);
        let server = Server::answering(move |asked| match asked.method.as_str() {
            "POST" => conflict.clone(),
            _ => Reply::bytes(200, r#"{"orders":[]}"#, "text/plain"),
        });
        let refused = client(&server).cancel(id(), &CancelOrder { reason: Some("too_slow".to_owned()) }).await.unwrap_err();
        assert!(matches!(&refused, ApiError::Refused(told) if **told == problem), "{refused}");
        let page = client(&server).list(&[("cursor", "a+b"), ("limit", "5")]).await.unwrap();
        assert_eq!(page.next_cursor, None);

        let [cancel, list] = <[Asked; 2]>::try_from(server.asked()).unwrap();
        assert!(cancel.is("POST", &path(id(), "/cancel")), "{cancel:?}");
        assert_eq!(cancel.header("authorization"), Some("Bearer tok"));
        assert_eq!(cancel.json(), serde_json::json!({ "reason": "too_slow" }));
        assert!(list.is("GET", "/api/v2/orders"), "{list:?}");
        assert_eq!((list.query("cursor"), list.query("limit")), (Some("a+b"), Some("5")));
    }

    #[tokio::test]
    async fn a_call_is_repeated_where_nobody_was_asked_and_only_there() {
        let own = Problem { status: 500, ..Problem::conflict("no") };
        for (status, body, calls, end) in
            [(500, r#"{"message":"Internal Server Error"}"#.to_owned(), 2, 200), (500, serde_json::to_string(&own).unwrap(), 1, 500)]
        {
            let mut first = Some(Reply::bytes(status, body, "text/plain"));
            let server = Server::answering(move |asked| match first.take() {
                _ if asked.method != "POST" => Reply::unknown(),
                Some(first) => first,
                None if asked.header("idempotency-key") == Some("k") => Reply::status(200),
                None => Reply::unknown(),
            });
            let answer = client(&server).place_patiently("k", &1).await.unwrap();
            assert_eq!((answer.status, server.asked().len()), (end, calls));
        }
    }

    #[test]
    fn answers_are_sorted_into_values_refusals_and_surprises() {
        let answer = |status: u16, body: &str| Answer { status, headers: Vec::new(), body: body.as_bytes().to_vec() };
        assert_eq!(answer(200, "[1]").parsed::<Vec<u8>>().unwrap(), [1]);
        let faults = Problem::invalid(vec![Fault { at: "lines".to_owned(), message: "must be 1 to 40".to_owned() }]);
        let told = answer(422, &serde_json::to_string(&faults).unwrap()).parsed::<Vec<u8>>().unwrap_err().to_string();
        assert_eq!(told, "422 The request is not valid: lines must be 1 to 40");
        for (status, body) in [(502, "<html>"), (200, "{}"), (401, r#"{"message":"Unauthorized"}"#)] {
            let error = answer(status, body).parsed::<Vec<u8>>().unwrap_err();
            assert!(matches!(error, ApiError::Unexpected { status: told, .. } if told == status), "{status} {body}");
        }
    }

    #[tokio::test]
    async fn waiting_ends_with_where_the_order_stands() {
        let order = serde_json::json!({
            "order_id": id().to_string(), "number": "ORD-1", "version": 3, "state": "fraud_review", "currency": "EUR", "total": 100,
            "facts": { "partially_shipped": false, "partially_delivered": false, "partially_cancelled": false, "partially_returned": false },
            "created_at": "2026-11-23T09:00:00Z", "changed_at": "2026-11-23T09:00:01Z",
        });
        let server = Server::answering(move |asked| if asked.method == "GET" { Reply::json(200, &order) } else { Reply::unknown() });
        let found = client(&server).wait_for(id(), State::FraudReview, Duration::ZERO).await.unwrap();
        assert_eq!((found.version, found.lines.len()), (3, 0));
        let waited = client(&server).wait_for(id(), State::Routed, Duration::from_millis(60)).await.unwrap_err();
        assert!(waited.to_string().contains("is fraud_review after"), "{waited}");
    }
}
