//! What vendors are told: of new orders, the step between `routed` and `pending_fulfillment`, and of cancelled ones.

use askama::Template;
use serde_json::json;

use oms_contract::record::SubOrder;
use oms_contract::reference::Vendor;
use oms_domain::change::{By, Changed, Refusal};
use oms_domain::transition::Trigger;
use oms_domain::{Actor, Order, State};
use oms_ports::StepError;
use oms_ports::effects::EffectKey;
use oms_ports::messaging::Mail;
use oms_ports::orders::{Origin, Stored};
use oms_ports::reference::{Found, Wanted};

use crate::Deps;
use crate::once::{Message, message_and_mail};

/// What a vendor is told of a part.
pub(crate) struct Word {
    /// The notice's name; part and vendor follow.
    name: &'static str,
    /// Of the mail; the order's number and the part follow.
    subject: &'static str,
    /// The mail's first paragraph.
    says: &'static str,
    /// And its last.
    asks: &'static str,
    /// What their systems are told: type of the event, and its title.
    event: (&'static str, &'static str),
}

/// There is something to deliver.
pub(crate) const NEW_ORDER: Word = Word {
    name: "new_order",
    subject: "New order",
    says: "A new order is waiting for you.",
    asks: "Accept or reject it within two hours if it came within business hours, else within four.",
    event: ("order.routed", "A new order is waiting for you"),
};

/// There is not, after all.
pub(crate) const CANCELLED: Word = Word {
    name: "cancelled",
    subject: "Cancelled: order",
    says: "This part of an order is cancelled.",
    asks: "Please do not send it. What you have set aside for it is free again.",
    event: ("order.cancelled", "An order is cancelled"),
};

impl Word {
    /// The notice's name. A part that is sourced again has another vendor, who has not been told yet.
    fn notice(&self, sub_order: &SubOrder) -> String {
        format!("{}-{}-{}", self.name, sub_order.sub_order_id.part, sub_order.vendor_id)
    }
}

#[derive(Template)]
#[template(path = "vendor.txt")]
struct Text<'a> {
    word: &'a Word,
    number: &'a str,
    part: u8,
    items: &'a [(String, u32)],
}

#[derive(Template)]
#[template(path = "vendor.html")]
struct Html<'a> {
    subject: &'a str,
    word: &'a Word,
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
        tell(deps, &NEW_ORDER, order, sub_order, &found).await?;
    }
    let saved = deps.orders.commit(stored, announced(stored.change(), &routed, &by)?, Origin::Machine, &[]).await?;
    tracing::info!(order.id = %id, parts = routed.len(), "Order {id} is announced to {} vendors", routed.len());
    Ok(saved)
}

/// The whole order moves where all its parts are new; else only those that were sourced again.
fn announced(change: Changed, routed: &[u8], by: &By) -> Result<Changed, Refusal> {
    if routed.len() == change.order.parts.len() {
        return change.go(Trigger::VendorsNotified, by);
    }
    routed.iter().try_fold(change, |changed, no| changed.go_part(*no, Trigger::VendorsNotified, by))
}

/// Whether the vendor has heard of the part, or may have: a notice that was claimed and never noted as sent perhaps left. Who has not heard
/// needs no cancellation.
pub(crate) async fn may_have_heard(deps: &Deps, order: &Order, sub_order: &SubOrder) -> Result<bool, StepError> {
    // Message and mail are claimed as one.
    let key = EffectKey::Notice { milestone: NEW_ORDER.notice(sub_order), channel: "email".to_owned() };
    Ok(deps.effects.is_begun(order.id, &key).await?)
}

/// Tells a part's vendor, by topic and by mail, each once.
pub(crate) async fn tell(deps: &Deps, word: &Word, order: &Order, sub_order: &SubOrder, found: &Found) -> Result<(), StepError> {
    let vendor = found.vendors.iter().find(|vendor| vendor.vendor_id == sub_order.vendor_id);
    let vendor = vendor.ok_or_else(|| StepError::Bug(format!("vendor {} of order {} is not on file", sub_order.vendor_id, order.id)))?;
    let notice = word.notice(sub_order);
    let (number, items) = (order.id.number(), sub_order.items());
    let mail = mail(word, &number, sub_order.sub_order_id.part, &items, vendor)?;
    let (event, subject) = word.event;
    let body = json!({
        "event": event,
        "order_id": order.id,
        "sub_order_id": sub_order.sub_order_id,
        "number": number,
        "vendor_id": vendor.vendor_id,
        "items": items.iter().map(|(sku, quantity)| json!({ "sku": sku, "quantity": quantity })).collect::<Vec<_>>(),
    });
    let message = Message { event, subject, body: &body, vendor: vendor.vendor_id.as_str() };
    message_and_mail(deps, order.id, &notice, &message, &mail).await
}

fn mail(word: &Word, number: &str, part: u8, items: &[(String, u32)], vendor: &Vendor) -> Result<Mail, StepError> {
    let subject = format!("{} {number}, part {part}", word.subject);
    let broken = |error: askama::Error| StepError::Bug(format!("a mail does not render: {error}"));
    let text = Text { word, number, part, items }.render().map_err(broken)?;
    let html = Html { subject: &subject, word, number, part, items }.render().map_err(broken)?;
    Ok(Mail { to: vendor.email.clone(), subject, text, html })
}
