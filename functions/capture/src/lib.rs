//! `POST /api/v2/orders`: an order comes in, and is ours from the moment the answer leaves.
//!
//! Order, document and idempotency record are written in one transaction. Whether the order can be fulfilled is not asked here: that is
//! for the checks, and the customer is told by the order's state.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use oms_contract::api::endpoints::admit;
use oms_contract::api::place::{Accepted, PlaceOrder, PlacedOrder};
use oms_contract::http::{ApiRequest, ApiResponse, Caller};
use oms_contract::problem::{Fault, Problem};
use oms_domain::change::{By, Changed};
use oms_domain::document::{DOCUMENT_SCHEMA, Document, PriceSource, Sealed};
use oms_domain::history::Fact;
use oms_domain::{ActorKind, CustomerId, OrderId};
use oms_ports::orders::{Captures, Creation, IdempotencyKey, NewOrder};
use oms_ports::sealer::Sealer;
use oms_ports::{Clock, Entropy};

/// What capture needs.
pub struct Deps {
    /// Where orders are created.
    pub orders: Arc<dyn Captures>,
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
    place(deps, &request).await.unwrap_or_else(Into::into)
}

async fn place(deps: &Deps, request: &ApiRequest) -> Result<ApiResponse, Problem> {
    let (_, caller) = admit(request)?;
    let key = idempotency_key(request)?;
    let body: serde_json::Value = request.json()?;
    let digest = digest(&body);
    let order: PlaceOrder = serde_json::from_value(body).map_err(|error| Problem::malformed(&error))?;
    let accepted = order.accept().map_err(Problem::invalid)?;
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
    let changed = Changed::captured(id, fact, &By::new(caller.actor(), at)).ok_or_else(Problem::internal)?;
    let prices = if caller.role == ActorKind::Operator { PriceSource::Stated } else { PriceSource::Catalogue };
    let document = document_of(id, customer, accepted, prices, sealed);

    let (id, at) = match deps.orders.create(&NewOrder { changed, document, idempotency }).await? {
        Creation::Created => (id, at),
        Creation::Repeated(first) => (first, first.created_at()),
        Creation::KeyReused => return Err(Problem::key_reused()),
    };
    tracing::info!(order.id = %id, "Order {id} is captured");
    let href = format!("/api/v2/orders/{id}");
    let placed = PlacedOrder { order_id: id, number: id.number(), state: "pending_payment".to_owned(), created_at: at, href: href.clone() };
    Ok(ApiResponse::json(201, &placed).with_header("location", href))
}

/// The key of the request: 1 to 255 visible ASCII characters (draft-ietf-httpapi-idempotency-key-header).
fn idempotency_key(request: &ApiRequest) -> Result<String, Problem> {
    let at = "header Idempotency-Key";
    // The draft writes the key as a quoted string; most clients send it bare. Both mean the same key.
    let key = request.header("idempotency-key").map(|key| key.trim().trim_matches('"'));
    let key = key.filter(|key| !key.is_empty()).ok_or_else(|| {
        Problem::bad_parameter(at, "is missing. Send a new random key with every new order, and the same one when repeating a request.")
    })?;
    if key.len() > 255 || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Problem::bad_parameter(at, "must be 1 to 255 visible ASCII characters"));
    }
    Ok(key.to_owned())
}

/// Digest of the body's meaning: white space and the order of members do not count.
fn digest(body: &serde_json::Value) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(body.to_string()))
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
        prices,
        destination: accepted.personal.shipping_address.country,
        reference: accepted.reference,
        sealed,
    }
}

#[cfg(test)]
mod tests;
