//! `GET /api/v2/orders`: pages of orders, each at a cost that does not grow with the number of orders stored.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use oms_contract::api::view::{OrderList, OrderSummary};
use oms_contract::http::{ApiRequest, ApiResponse, Caller};
use oms_contract::problem::Problem;
use oms_domain::{ActorKind, CustomerId, Order, OrderId, State, VendorId};
use oms_ports::orders::Listing;

use crate::{Deps, access};

const DEFAULT_LIMIT: u8 = 25;
const ATTENTION: [&str; 7] =
    ["stalled", "undo_failed", "payment_failed", "validation_failed", "fraud_review", "vendor_rejected", "delivery_failed"];

pub(crate) async fn list(deps: &Deps, request: &ApiRequest, caller: &Caller) -> Result<ApiResponse, Problem> {
    let wanted = Wanted::of(request, caller, deps.clock.now())?;
    let page = deps.listings.list(&wanted.listing, wanted.range, wanted.cursor.as_ref(), wanted.limit).await?;
    let orders = page.orders.iter().map(|order| summary(caller, order));
    let orders = orders.filter(|summary| wanted.state.is_none_or(|state| summary.state == state.to_string()));
    Ok(ApiResponse::json(200, &OrderList { orders: orders.collect(), next_cursor: page.next }))
}

/// What a request asks for.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    listing: Listing,
    state: Option<State>,
    range: (Option<Timestamp>, Option<Timestamp>),
    limit: u8,
    cursor: Option<String>,
}

const KNOWN: [&str; 10] = ["state", "customer_id", "vendor_id", "open", "attention", "day", "from", "to", "limit", "cursor"];
const FOR_OPERATORS: [&str; 4] = ["customer_id", "vendor_id", "attention", "day"];

impl Wanted {
    fn of(request: &ApiRequest, caller: &Caller, now: Timestamp) -> Result<Self, Problem> {
        // A filter that is misspelt and ignored would show orders that were not asked for.
        if let Some(name) = request.query.keys().find(|name| !KNOWN.contains(&name.as_str())) {
            return Err(Problem::bad_parameter(format!("query {name}"), format!("is not known; known are {}", KNOWN.join(", "))));
        }
        if caller.role != ActorKind::Operator
            && let Some(name) = FOR_OPERATORS.iter().find(|name| request.query.contains_key(**name))
        {
            return Err(Problem::forbidden(format!("Only operators may list by {name}.")));
        }
        let state: Option<State> = parsed(request, "state", "one of the 23 states")?;
        let limit = parsed(request, "limit", "a number from 1 to 100")?.unwrap_or(DEFAULT_LIMIT);
        if !(1..=100).contains(&limit) {
            return Err(Problem::bad_parameter("query limit", "must be a number from 1 to 100"));
        }
        let instant = "an instant such as 2026-11-23T09:00:00Z";
        let range = (parsed(request, "from", instant)?, parsed(request, "to", instant)?);
        let last: Option<OrderId> = parsed(request, "cursor", "the next_cursor of the page before")?;
        let cursor = last.map(|id| id.to_string());
        Ok(Self { listing: listing(request, caller, state, now)?, state, range, limit, cursor })
    }
}

fn listing(request: &ApiRequest, caller: &Caller, state: Option<State>, now: Timestamp) -> Result<Listing, Problem> {
    let open = parsed(request, "open", "'true' or 'false'")?.unwrap_or(true);
    match caller.role {
        ActorKind::Customer => Ok(Listing::OfCustomer(CustomerId::parse(&caller.subject).map_err(|_| Problem::unauthorized())?)),
        ActorKind::Vendor => {
            Ok(Listing::OfVendor { vendor_id: VendorId::parse(&caller.subject).map_err(|_| Problem::unauthorized())?, open })
        }
        _ => {
            if let Some(customer) = parsed(request, "customer_id", "a customer id")? {
                return Ok(Listing::OfCustomer(customer));
            }
            if let Some(vendor_id) = parsed(request, "vendor_id", "a vendor id")? {
                return Ok(Listing::OfVendor { vendor_id, open });
            }
            let by_state = state.map(|state| state.to_string()).filter(|state| ATTENTION.contains(&state.as_str()));
            if let Some(reason) = request.query.get("attention").cloned().or(by_state) {
                if !ATTENTION.contains(&reason.as_str()) {
                    return Err(Problem::bad_parameter("query attention", format!("must be one of {}", ATTENTION.join(", "))));
                }
                return Ok(Listing::NeedingAttention(reason));
            }
            let today = now.to_zoned(TimeZone::UTC).date();
            Ok(Listing::OfDay(parsed(request, "day", "a day such as 2026-11-23")?.unwrap_or(today)))
        }
    }
}

fn parsed<T: std::str::FromStr>(request: &ApiRequest, name: &str, expected: &str) -> Result<Option<T>, Problem> {
    let value = request.query.get(name).filter(|value| !value.is_empty());
    value.map(|value| value.parse().map_err(|_| Problem::bad_parameter(format!("query {name}"), format!("must be {expected}")))).transpose()
}

fn summary(caller: &Caller, order: &Order) -> OrderSummary {
    let vendor = caller.role == ActorKind::Vendor;
    let state = access::own_part(caller, order).map_or(order.state, |part| part.state);
    OrderSummary {
        order_id: order.id.to_string(),
        number: order.id.number(),
        state: state.to_string(),
        created_at: order.created_at,
        customer_id: (!vendor).then(|| order.customer_id.to_string()),
        currency: order.currency.to_string(),
        total: (!vendor).then_some(order.total),
        href: format!("/api/v2/orders/{}", order.id),
    }
}
