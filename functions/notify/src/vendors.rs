//! New orders announced to their vendors: the step between `routed` and `pending_fulfillment`.

use askama::Template;
use serde_json::json;

use oms_contract::record::SubOrder;
use oms_contract::reference::Vendor;
use oms_contract::step::{StepInput, StepOutcome};
use oms_domain::change::{By, Changed, Refusal};
use oms_domain::flow::{self, Next};
use oms_domain::transition::Trigger;
use oms_domain::{Actor, Order, State};
use oms_ports::StepError;
use oms_ports::messaging::Mail;
use oms_ports::orders::Origin;
use oms_ports::reference::Wanted;

use crate::Deps;
use crate::once::{Message, send};

#[derive(Template)]
#[template(path = "vendor.txt")]
struct Text<'a> {
    number: &'a str,
    part: u8,
    items: &'a [(String, u32)],
}

#[derive(Template)]
#[template(path = "vendor.html")]
struct Html<'a> {
    subject: &'a str,
    number: &'a str,
    part: u8,
    items: &'a [(String, u32)],
}

/// Announces every part that is routed, then notes that the vendors know.
///
/// # Errors
/// Where a vendor could not be told: the step is tried again, and those that were told are not told twice.
pub async fn announce(deps: &Deps, input: StepInput) -> Result<StepOutcome, StepError> {
    let id = input.order_id;
    let stored = deps.orders.load(id).await?.ok_or_else(|| StepError::Refused(format!("there is no order {id}")))?;
    let order = &stored.order;
    if flow::next(order) != Next::Notify {
        return Ok(StepOutcome::of(order));
    }
    let routed: Vec<u8> = order.parts.iter().filter(|part| part.state == State::Routed).map(|part| part.no).collect();
    let sub_orders = deps.records.sub_orders(id).await?;
    let vendors = order.parts.iter().filter(|part| routed.contains(&part.no)).map(|part| part.vendor_id.clone()).collect();
    let found = deps.reference.fetch(&Wanted { vendors, ..Wanted::default() }).await?;
    for no in &routed {
        let sub_order = sub_orders.iter().find(|sub_order| sub_order.sub_order_id.part == *no);
        let sub_order = sub_order.ok_or_else(|| StepError::Bug(format!("part {no} of order {id} has no sub-order")))?;
        let vendor = found.vendors.iter().find(|vendor| vendor.vendor_id == sub_order.vendor_id);
        let vendor = vendor.ok_or_else(|| StepError::Bug(format!("vendor {} of order {id} is not on file", sub_order.vendor_id)))?;
        tell(deps, order, sub_order, vendor).await?;
    }
    let by = By::new(Actor::system("notify"), deps.clock.now());
    let stored = deps.orders.commit(&stored, announced(stored.change(), &routed, &by)?, Origin::Machine, &[]).await?;
    tracing::info!(order.id = %id, parts = routed.len(), "Order {id} is announced to {} vendors", routed.len());
    Ok(StepOutcome::of(&stored.order))
}

/// The whole order moves where all its parts are new; else only those that were sourced again.
fn announced(change: Changed, routed: &[u8], by: &By) -> Result<Changed, Refusal> {
    if routed.len() == change.order.parts.len() {
        return change.go(Trigger::VendorsNotified, by);
    }
    routed.iter().try_fold(change, |changed, no| changed.go_part(*no, Trigger::VendorsNotified, by))
}

async fn tell(deps: &Deps, order: &Order, sub_order: &SubOrder, vendor: &Vendor) -> Result<(), StepError> {
    let part = sub_order.sub_order_id.part;
    // A part that is sourced again has another vendor, who has not been told yet.
    let milestone = format!("new_order-{part}-{}", vendor.vendor_id);
    let items: Vec<(String, u32)> =
        sub_order.shipments.iter().flat_map(|shipment| &shipment.items).map(|(sku, quantity)| (sku.to_string(), *quantity)).collect();
    let number = order.id.number();
    let subject = format!("New order {number}, part {part}");
    let broken = |error: askama::Error| StepError::Bug(format!("a mail does not render: {error}"));
    let text = Text { number: &number, part, items: &items }.render().map_err(broken)?;
    let html = Html { subject: &subject, number: &number, part, items: &items }.render().map_err(broken)?;
    let mail = Mail { to: vendor.email.clone(), subject, text, html };
    send(deps, order.id, &milestone, Message::Mail(&mail)).await?;
    let body = json!({
        "event": "order.routed",
        "order_id": order.id,
        "sub_order_id": sub_order.sub_order_id,
        "number": number,
        "vendor_id": vendor.vendor_id,
        "items": items.iter().map(|(sku, quantity)| json!({ "sku": sku, "quantity": quantity })).collect::<Vec<_>>(),
    });
    send(deps, order.id, &milestone, Message::Vendors { body: &body, vendor: vendor.vendor_id.as_str() }).await
}
