//! Takes orders, drafts of orders and corrections of orders in: an accepted request is stored once, however often it is sent.
//!
//! Order, document and idempotency record are written in one transaction. Whether the order can be fulfilled is not asked here: that is
//! for the checks, and the customer is told by the order's state.

mod amend;
mod draft;
mod write;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use oms_contract::api::endpoints::admit;
use oms_contract::api::place::{Accepted, PlaceOrder, PlacedOrder};
use oms_contract::http::{ApiRequest, ApiResponse, Caller};
use oms_contract::idempotency::{digest, key_of};
use oms_contract::problem::{Fault, Problem};
use oms_domain::change::{By, Changed};
use oms_domain::document::{DOCUMENT_SCHEMA, Document, PriceSource, Sealed};
use oms_domain::history::Fact;
use oms_domain::{ActorKind, CustomerId, OrderId, State};
use oms_ports::orders::{Captures, Creation, IdempotencyKey, NewOrder, Orders, Records};
use oms_ports::sealer::Sealer;
use oms_ports::{Clock, Entropy};

use write::Edit;

/// What capture needs.
pub struct Deps {
    /// Where orders are created.
    pub orders: Arc<dyn Captures>,
    /// Where drafts are edited.
    pub drafts: Arc<dyn Orders>,
    /// Which commands were carried out.
    pub records: Arc<dyn Records>,
    /// Seals personal data.
    pub sealer: Arc<dyn Sealer>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The random part of ids.
    pub entropy: Arc<dyn Entropy>,
}

/// How long a client may repeat a request with one key: longer than any client or queue retries.
const KEY_LIFE: SignedDuration = SignedDuration::from_hours(24 * 7);

/// Answers one request.
pub async fn handle(deps: &Deps, request: ApiRequest) -> ApiResponse {
    answer(deps, &request).await.unwrap_or_else(Into::into)
}

async fn answer(deps: &Deps, request: &ApiRequest) -> Result<ApiResponse, Problem> {
    let (endpoint, caller) = admit(request)?;
    match endpoint.operation {
        "editDraft" => write::twice(deps, request, caller, Edit::Draft).await,
        "amendOrder" => write::twice(deps, request, caller, Edit::Amendment).await,
        "draftOrder" => create(deps, request, caller, State::Draft).await,
        _ => create(deps, request, caller, State::PendingPayment).await,
    }
}

/// Creates an order that begins in `state`: placed, or as a draft.
async fn create(deps: &Deps, request: &ApiRequest, caller: &Caller, state: State) -> Result<ApiResponse, Problem> {
    let key = key_of(request)?.ok_or_else(|| {
        let message = "is missing. Send a new random key with every new order, and the same one when repeating a request.";
        Problem::bad_parameter("header Idempotency-Key", message)
    })?;
    let body: Value = request.json()?;
    // One key is good for one draft or for one order, not for one of each.
    let digest = if state == State::Draft { digest(&serde_json::json!({ "draft": body })) } else { digest(&body) };
    let accepted = accepted(body)?;
    let customer = customer_of(caller, &accepted)?;

    // Ids carry milliseconds; the order's own time shall be the same instant.
    let now = deps.clock.now();
    let at = Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now);
    let id = OrderId::new(at, deps.entropy.bits());
    let sealed = deps.sealer.seal(&customer, &accepted.personal).await?;
    let idempotency = IdempotencyKey {
        scope: format!("{}:{}", caller.role, caller.subject),
        key,
        digest,
        expires: at.saturating_add(KEY_LIFE).unwrap_or(at),
    };
    let fact = Fact::Captured { customer_id: customer.clone(), currency: accepted.currency, total: accepted.total };
    let by = By::new(caller.actor(), at);
    let begun = if state == State::Draft { Changed::drafted(id, fact, &by) } else { Changed::captured(id, fact, &by) };
    let changed = begun.ok_or_else(Problem::internal)?;
    let prices = if caller.role == ActorKind::Operator { PriceSource::Stated } else { PriceSource::Catalogue };
    let document = document_of(id, customer, accepted, prices, sealed);

    let (id, at) = match deps.orders.create(&NewOrder { changed, document, idempotency }).await? {
        Creation::Created => (id, at),
        Creation::Repeated(first) => (first, first.created_at()),
        Creation::KeyReused => return Err(Problem::key_reused()),
    };
    tracing::info!(order.id = %id, order.state = %state, "Order {id} is captured");
    let placed = placed(id, state, at);
    Ok(ApiResponse::json(201, &placed).with_header("location", placed.href.clone()).with_header("etag", "\"1\""))
}

fn placed(id: OrderId, state: State, created_at: Timestamp) -> PlacedOrder {
    PlacedOrder { order_id: id, number: id.number(), state: state.to_string(), created_at, href: format!("/api/v2/orders/{id}") }
}

fn accepted(body: Value) -> Result<Accepted, Problem> {
    let order: PlaceOrder = serde_json::from_value(body).map_err(|error| Problem::malformed(&error))?;
    order.accept().map_err(Problem::invalid)
}

fn customer_of(caller: &Caller, accepted: &Accepted) -> Result<CustomerId, Problem> {
    let fault = |message: &str| Problem::invalid(vec![Fault { at: "customer_id".to_owned(), message: message.to_owned() }]);
    match (caller.role, &accepted.customer_id) {
        (ActorKind::Operator, Some(customer)) => Ok(customer.clone()),
        (ActorKind::Operator, None) => Err(fault("is missing: operators name the customer they order for")),
        (_, Some(customer)) if customer.as_str() != caller.subject => {
            Err(Problem::forbidden("A customer orders for themselves: customer_id must be your own, or left out."))
        }
        (_, _) => CustomerId::parse(&caller.subject).map_err(|_| Problem::unauthorized()),
    }
}

fn document_of(id: OrderId, customer_id: CustomerId, accepted: Accepted, prices: PriceSource, sealed: Sealed) -> Document {
    Document {
        schema: DOCUMENT_SCHEMA,
        order_id: id,
        customer_id,
        currency: accepted.currency,
        lines: accepted.lines,
        shipping: accepted.shipping,
        shipping_tax: accepted.shipping_tax,
        discount: accepted.discount,
        total: accepted.total,
        payment_method: accepted.payment_method,
        speed: accepted.speed,
        preferred_carrier: accepted.preferred_carrier,
        prices,
        destination: accepted.personal.shipping_address.country,
        reference: accepted.reference,
        claims: accepted.claims,
        sealed,
    }
}

#[cfg(test)]
mod tests;
