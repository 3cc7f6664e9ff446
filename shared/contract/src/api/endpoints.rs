//! Every endpoint, with who may call it: the table that the functions enforce and the OpenAPI document is made from.

use oms_domain::ActorKind::{self, Customer, Operator, Vendor};

use crate::http::{ApiRequest, Caller};
use crate::problem::Problem;

/// One endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Endpoint {
    /// `POST`, `PUT`, `GET`.
    pub method: &'static str,
    /// With parameters in braces.
    pub path: &'static str,
    /// Stable name.
    pub operation: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// Roles that may call it; none for webhooks, which carry a signature instead of a token.
    pub roles: &'static [ActorKind],
    /// Scope that the token must hold.
    pub scope: Option<&'static str>,
    /// Name of the request's schema.
    pub request: Option<&'static str>,
    /// Status and schema of the good answer.
    pub answer: (u16, Option<&'static str>),
}

const fn row(
    (method, path): (&'static str, &'static str),
    (operation, summary): (&'static str, &'static str),
    (roles, scope): (&'static [ActorKind], &'static str),
    request: Option<&'static str>,
    answer: (u16, Option<&'static str>),
) -> Endpoint {
    Endpoint { method, path, operation, summary, roles, scope: if scope.is_empty() { None } else { Some(scope) }, request, answer }
}

/// Scope to read orders, and what may be ordered.
pub const READ: &str = "orders:read";
/// Scope to place, pay and cancel orders.
pub const WRITE: &str = "orders:write";
/// Scope to fulfil a vendor's part.
pub const FULFIL: &str = "fulfilment:write";
/// Scope to review and restart orders.
pub const REVIEW: &str = "orders:review";
/// Scope to book stock. One of its own, for vendors and operators alike: whoever was given a token to fulfil orders or to load reference data was not
/// given one to say how much there is to sell.
pub const STOCK: &str = "stock:write";
/// Scope to load reference data.
pub const LOAD: &str = "reference:write";

/// Every endpoint there is.
#[rustfmt::skip]
pub const ENDPOINTS: [Endpoint; 30] = [
    row(("POST", "/api/v2/orders"), ("placeOrder", "Place an order. Needs an Idempotency-Key; the same key and body give the same answer."), (&[Customer, Operator], WRITE), Some("PlaceOrder"), (201, Some("PlacedOrder"))),
    row(("POST", "/api/v2/drafts"), ("draftOrder", "Keep an order as a draft. Needs an Idempotency-Key; nothing is checked, held or charged before it is submitted."), (&[Customer], WRITE), Some("PlaceOrder"), (201, Some("PlacedOrder"))),
    row(("PUT", "/api/v2/drafts/{order_id}"), ("editDraft", "Replace a draft as a whole. A draft that is not edited for 30 days expires."), (&[Customer], WRITE), Some("PlaceOrder"), (200, Some("PlacedOrder"))),
    row(("GET", "/api/v2/orders"), ("listOrders", "List orders, newest first: a customer's own, a vendor's, or for operators those of a day, a customer, a vendor, or in need of attention."), (&[Customer, Vendor, Operator], READ), None, (200, Some("OrderList"))),
    row(("GET", "/api/v2/orders/{order_id}"), ("getOrder", "Read one order. A vendor sees its own part only."), (&[Customer, Vendor, Operator], READ), None, (200, Some("OrderView"))),
    row(("GET", "/api/v2/orders/{order_id}/history"), ("getHistory", "Read the order's numbered, hash-chained history."), (&[Customer, Operator], READ), None, (200, Some("HistoryView"))),
    row(("GET", "/api/v2/orders/{order_id}/ledger"), ("getLedger", "Read the order's payment ledger: every movement of its money with running balances."), (&[Customer, Operator], READ), None, (200, Some("LedgerView"))),
    row(("GET", "/api/v2/orders/{order_id}/validation"), ("getValidation", "Read the report of the last run of the checks: all of them, what each saw and what would mend it."), (&[Customer, Operator], READ), None, (200, Some("ValidationView"))),
    row(("PATCH", "/api/v2/orders/{order_id}"), ("amendOrder", "Correct an order whose checks failed; it is checked again. A total above what the payment reserves is refused: order for less, or cancel and place a new order."), (&[Customer, Operator], WRITE), Some("AmendOrder"), (200, Some("PlacedOrder"))),
    row(("GET", "/api/v2/orders/{order_id}/routing"), ("getRouting", "Read how the order was split: for operators with the terms, the alternatives, the bound and every rejected source; for others the shipments that concern them."), (&[Customer, Vendor, Operator], READ), None, (200, Some("RoutingView"))),
    row(("POST", "/api/v2/orders/{order_id}/submit"), ("submitOrder", "Submit a draft: it becomes an order, once, however often this is called."), (&[Customer], WRITE), None, (200, Some("OrderView"))),
    row(("POST", "/api/v2/orders/{order_id}/cancel"), ("cancelOrder", "Cancel the order while nothing of it is with a carrier, or discard a draft. Money and stock go back by themselves."), (&[Customer, Operator], WRITE), Some("CancelOrder"), (200, Some("OrderView"))),
    row(("POST", "/api/v2/orders/{order_id}/pay"), ("payOrder", "Try the payment of a declined order again, with another payment method if given; or give the other method that a review asks for."), (&[Customer], WRITE), Some("PayOrder"), (200, Some("OrderView"))),
    row(("POST", "/api/v2/orders/{order_id}/offer"), ("answerOffer", "Choose what shall become of goods that nobody can deliver at present: wait, take what is offered in their place, or cancel."), (&[Customer, Operator], WRITE), Some("AnswerOffer"), (200, Some("OrderView"))),
    row(("POST", "/api/v2/orders/{order_id}/review"), ("reviewOrder", "Decide on an order in fraud review."), (&[Operator], REVIEW), Some("ReviewOrder"), (200, Some("OrderView"))),
    row(("POST", "/api/v2/orders/{order_id}/resume"), ("resumeOrder", "Start a stalled order again, or a cancellation that could not be finished."), (&[Operator], REVIEW), None, (200, Some("OrderView"))),
    row(("POST", "/api/v2/orders/{order_id}/accept"), ("acceptOrder", "Accept the vendor's part."), (&[Vendor], FULFIL), None, (200, Some("OrderView"))),
    row(("POST", "/api/v2/orders/{order_id}/reject"), ("rejectOrder", "Reject the vendor's part, or give it back after accepting; it is sourced elsewhere."), (&[Vendor], FULFIL), Some("RejectOrder"), (200, Some("OrderView"))),
    row(("POST", "/api/v2/orders/{order_id}/pick"), ("pickOrder", "Start picking the vendor's part."), (&[Vendor], FULFIL), None, (200, Some("OrderView"))),
    row(("POST", "/api/v2/orders/{order_id}/pack"), ("packOrder", "The vendor's part is picked and packed, ready for the carrier."), (&[Vendor], FULFIL), None, (200, Some("OrderView"))),
    row(("POST", "/api/v2/orders/{order_id}/carrier"), ("chooseCarrier", "Choose who carries the vendor's part, before its label is bought."), (&[Vendor], FULFIL), Some("ChooseCarrier"), (200, Some("CarrierChoiceView"))),
    row(("POST", "/api/v2/orders/{order_id}/label"), ("buyLabel", "Buy the label of each package of the vendor's part, once, however often this is called; and have them fetched."), (&[Vendor], FULFIL), Some("BuyLabel"), (200, Some("LabelsView"))),
    row(("GET", "/api/v2/orders/{order_id}/label"), ("printLabel", "Print a label as PDF, 4x6 inches or A4 with the packing slip."), (&[Vendor, Operator], READ), None, (200, None)),
    row(("POST", "/api/v2/orders/{order_id}/ship"), ("shipOrder", "The vendor's part is with the carrier."), (&[Vendor], FULFIL), Some("ShipOrder"), (200, Some("OrderView"))),
    row(("POST", "/api/v2/orders/{order_id}/return"), ("receiveReturn", "The vendor has its part back from the customer: what was paid for it is given back, and no other vendor's part is touched. Until 28 days after the delivery."), (&[Vendor], FULFIL), Some("ReceiveReturn"), (200, Some("OrderView"))),
    row(("POST", "/api/v2/reference/{kind}"), ("loadReference", "Load or change reference data in bulk: JSON lines, at most 5 MB and 10000 rows. Nothing is changed where a line is wrong; the same lines again change nothing."), (&[Operator], LOAD), Some("ReferenceLines"), (200, Some("LoadReport"))),
    row(("POST", "/api/v2/stock"), ("bookStock", "Book receipts, losses, counts and corrections of stock: JSON lines, at most 1 MB and 1000 entries. Where a line is wrong nothing is booked; what the books refuse is told line by line. An entry is booked once under its id, so that the same lines may be sent again. A vendor books its own stock only."), (&[Vendor, Operator], STOCK), Some("StockLines"), (200, Some("StockReport"))),
    row(("GET", "/api/v2/availability"), ("getAvailability", "Read how many units of up to 100 SKUs may be sold, of all vendors together, as of a moment ago."), (&[Customer, Operator], READ), None, (200, Some("AvailabilityView"))),
    row(("POST", "/webhooks/payments/{gateway}"), ("paymentWebhook", "Webhook of a payment gateway; signed, no token."), (&[], ""), None, (200, None)),
    row(("POST", "/webhooks/carriers/{carrier}"), ("carrierWebhook", "Webhook of a carrier; signed, no token."), (&[], ""), None, (200, None)),
];

/// The scopes that a role can be given.
pub fn scopes_of(role: ActorKind) -> Vec<&'static str> {
    let mut scopes: Vec<_> = ENDPOINTS.iter().filter(|row| row.roles.contains(&role)).filter_map(|row| row.scope).collect();
    scopes.sort_unstable();
    scopes.dedup();
    scopes
}

/// The endpoint of a request, and its caller, who may call it.
///
/// # Errors
/// 404 for a route that is none, 401 without caller, 403 for a role or scope that may not.
pub fn admit(request: &ApiRequest) -> Result<(&'static Endpoint, &Caller), Problem> {
    let endpoint = ENDPOINTS
        .iter()
        .find(|row| request.route.split_once(' ') == Some((row.method, row.path)))
        .ok_or_else(|| Problem::not_found("route"))?;
    let caller = request.caller()?;
    if !endpoint.roles.contains(&caller.role) {
        return Err(Problem::forbidden(format!("A {} may not {}.", caller.role, endpoint.operation)));
    }
    match endpoint.scope {
        Some(scope) if !caller.scopes.iter().any(|held| held == scope) => {
            Err(Problem::forbidden(format!("The token lacks the scope {scope}.")))
        }
        _ => Ok((endpoint, caller)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(route: &str, caller: Option<(ActorKind, &str)>) -> ApiRequest {
        ApiRequest {
            route: route.to_owned(),
            path: Default::default(),
            query: Default::default(),
            headers: Default::default(),
            body: Vec::new(),
            caller: caller.map(|(role, scope)| Caller { role, subject: "x".to_owned(), scopes: vec![scope.to_owned()] }),
        }
    }

    #[test]
    fn admits_by_route_caller_role_and_scope() {
        let cancel = "POST /api/v2/orders/{order_id}/cancel";
        for (route, caller, status) in [
            (cancel, Some((Customer, WRITE)), None),
            (cancel, Some((Operator, WRITE)), None),
            (cancel, Some((Customer, READ)), Some(403)),
            (cancel, Some((Vendor, WRITE)), Some(403)),
            (cancel, None, Some(401)),
            ("DELETE /api/v2/orders", Some((Operator, WRITE)), Some(404)),
        ] {
            let refused = admit(&request(route, caller)).err().map(|problem| problem.status);
            assert_eq!(refused, status, "{route} {caller:?}");
        }
    }
}
