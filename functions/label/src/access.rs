//! Whose part it is. What a caller may not see does not exist for it: 404, never 403, so that ids cannot be probed.

use oms_contract::http::{ApiRequest, Caller};
use oms_contract::problem::Problem;
use oms_domain::order::Part;
use oms_domain::{ActorKind, OrderId, VendorId};
use oms_ports::orders::Stored;

use crate::Deps;

/// The order that the path names.
pub(crate) fn named(request: &ApiRequest) -> Option<OrderId> {
    request.path.get("order_id").and_then(|id| id.parse().ok())
}

/// The order, and the part of it that the caller may act on: a vendor's own; for operators the one that the query names.
pub(crate) async fn part(deps: &Deps, request: &ApiRequest, caller: &Caller) -> Result<(Stored, Part), Problem> {
    let missing = || Problem::not_found("order");
    let id = named(request).ok_or_else(missing)?;
    let stored = deps.orders.load(id).await?.ok_or_else(missing)?;
    let part = match caller.role {
        ActorKind::Vendor => VendorId::parse(&caller.subject).ok().and_then(|vendor| stored.order.part_of(&vendor)),
        ActorKind::Operator => stored.order.part(number(request, "part")?),
        ActorKind::Customer | ActorKind::System | ActorKind::Gateway | ActorKind::Carrier => None,
    };
    let part = part.cloned().ok_or_else(missing)?;
    Ok((stored, part))
}

/// A number of the query from 1 to 255, 1 where it is not there.
pub(crate) fn number(request: &ApiRequest, name: &str) -> Result<u8, Problem> {
    match request.query.get(name) {
        None => Ok(1),
        Some(text) => {
            let number = text.parse().ok().filter(|number| *number > 0);
            number.ok_or_else(|| Problem::bad_parameter(format!("query {name}"), "must be a number from 1 to 255"))
        }
    }
}
