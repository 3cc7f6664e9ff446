//! Whose order it is. What a caller may not see does not exist for it: 404, never 403, so that ids cannot be probed.

use oms_contract::http::{ApiRequest, Caller};
use oms_contract::problem::Problem;
use oms_domain::order::Part;
use oms_domain::{ActorKind, Order, OrderId, VendorId};
use oms_ports::orders::Stored;

use crate::Deps;

/// The order that the path names, if the caller may see it.
pub(crate) async fn find(deps: &Deps, request: &ApiRequest, caller: &Caller) -> Result<Stored, Problem> {
    let stored = match named(request) {
        Some(id) => deps.orders.load(id).await?,
        None => None,
    };
    stored.filter(|stored| may_see(caller, &stored.order)).ok_or_else(|| Problem::not_found("order"))
}

/// The order that the path names, whether there is one or not.
pub(crate) fn named(request: &ApiRequest) -> Option<OrderId> {
    request.path.get("order_id").and_then(|id| id.parse().ok())
}

fn may_see(caller: &Caller, order: &Order) -> bool {
    match caller.role {
        ActorKind::Operator => true,
        ActorKind::Customer => order.customer_id.as_str() == caller.subject,
        ActorKind::Vendor => own_part(caller, order).is_some(),
        ActorKind::System | ActorKind::Gateway | ActorKind::Carrier => false,
    }
}

/// The part of this order that is the calling vendor's.
pub(crate) fn own_part<'a>(caller: &Caller, order: &'a Order) -> Option<&'a Part> {
    if caller.role != ActorKind::Vendor {
        return None;
    }
    VendorId::parse(&caller.subject).ok().and_then(|vendor| order.part_of(&vendor))
}
