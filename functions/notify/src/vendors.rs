//! New orders announced to their vendors: the step between `routed` and `pending_fulfillment`.

use askama::Template;
use serde_json::json;

use oms_contract::record::SubOrder;
use oms_contract::reference::Vendor;
use oms_domain::change::{By, Changed, Refusal};
use oms_domain::transition::Trigger;
use oms_domain::{Actor, Order, State};
use oms_ports::StepError;
use oms_ports::messaging::Mail;
use oms_ports::orders::{Origin, Stored};
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
pub(crate) async fn announce(deps: &Deps, stored: &Stored) -> Result<Stored, StepError> {
    let id = stored.order.id;
    let order = &stored.order;
    let routed: Vec<u8> = order.parts.iter().filter(|part| part.state == State::Routed).map(|part| part.no).collect();
    let by = By::new(Actor::system("notify"), deps.clock.now());
    if order.wish.is_some() {
        // The order is cancelled in the write that says so: nobody need prepare anything for it.
        let withdrawn = announced(stored.change(), &routed, &by.because("cancel_requested"))?;
        return Ok(deps.orders.commit(stored, withdrawn, Origin::Machine, &[]).await?);
    }
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
    let saved = deps.orders.commit(stored, announced(stored.change(), &routed, &by)?, Origin::Machine, &[]).await?;
    tracing::info!(order.id = %id, parts = routed.len(), "Order {id} is announced to {} vendors", routed.len());
    Ok(saved)
}

/// The name of the notice by which a vendor learns of a part. A part that is sourced again has another vendor, who has not been told yet.
pub(crate) fn announcement(sub_order: &SubOrder) -> String {
    format!("new_order-{}-{}", sub_order.sub_order_id.part, sub_order.vendor_id)
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
    let milestone = announcement(sub_order);
    let items = sub_order.items();
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
    send(
        deps,
        order.id,
        &milestone,
        Message::Vendors {
            event: "order.routed",
            subject: "A new order is waiting for you",
            body: &body,
            vendor: vendor.vendor_id.as_str(),
        },
    )
    .await
}
