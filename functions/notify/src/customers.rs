//! Milestones told to customers.

use askama::Template;
use serde::Deserialize;

use oms_contract::event::CloudEvent;
use oms_contract::record::Package;
use oms_domain::{Money, Order};
use oms_ports::StepError;
use oms_ports::messaging::Mail;

use crate::milestone::Milestone;
use crate::{Deps, milestone, notes, once};

/// What EventBridge puts into the queue.
#[derive(Deserialize)]
struct Envelope {
    detail: CloudEvent,
}

#[derive(Template)]
#[template(path = "milestone.txt")]
struct Text<'a> {
    name: &'a str,
    says: &'a str,
    number: &'a str,
    total: &'a str,
    parcels: &'a [String],
    notes: &'a [String],
}

#[derive(Template)]
#[template(path = "milestone.html")]
struct Html<'a> {
    subject: &'a str,
    name: &'a str,
    says: &'a str,
    number: &'a str,
    total: &'a str,
    parcels: &'a [String],
    notes: &'a [String],
}

/// Tells the customer of one event, given as the queue's message.
///
/// # Errors
/// Where it could not be told now; the queue brings it again.
pub async fn tell(deps: &Deps, message: &str) -> Result<(), StepError> {
    let envelope: Envelope =
        serde_json::from_str(message).map_err(|error| StepError::Bug(format!("a message that is no event of ours: {error}")))?;
    let event = envelope.detail;
    let Some(milestone) = milestone::of(&event.r#type) else { return Ok(()) };
    let id = event.data.order_id;
    let (stored, document) = deps.orders.whole(id).await?;
    let Some(stored) = stored else {
        return Err(StepError::Refused(format!("an event of order {id}, which does not exist")));
    };
    let order = &stored.order;
    let document = document.ok_or_else(|| StepError::Bug(format!("order {id} has no document")))?;
    let Some(personal) = deps.sealer.open(&order.customer_id, &document.sealed).await? else {
        tracing::info!(order.id = %id, "Order {id}: the customer was erased, so there is nobody to tell");
        return Ok(());
    };
    let Some(notes) = notes::of(deps, order, &event).await? else {
        tracing::info!(order.id = %id, "Order {id}: what {} was about is settled meanwhile", milestone.name);
        return Ok(());
    };
    let packages = if event.data.part.is_some() { deps.records.dossier(id).await?.packages } else { Vec::new() };
    let parcels = parcels(&packages, event.data.part);
    let told = Told { parcels, notes };
    let mail = mail(milestone, order, &personal.contact.name, personal.contact.email, &told)?;
    once::mail(deps, id, &milestone::key(milestone, &event.data, order), &mail).await
}

fn parcels(packages: &[Package], part: Option<u8>) -> Vec<String> {
    let of_part = packages.iter().filter(|package| Some(package.sub_order_id.part) == part);
    of_part.map(|package| format!("{} {}", package.carrier.to_uppercase(), package.tracking_number)).collect()
}

/// What differs from one mail of a milestone to the next.
struct Told {
    parcels: Vec<String>,
    notes: Vec<String>,
}

fn mail(milestone: &Milestone, order: &Order, name: &str, to: String, told: &Told) -> Result<Mail, StepError> {
    let number = order.id.number();
    let total = Money::new(order.total, order.currency).to_string();
    let subject = format!("{} ({number})", milestone.subject);
    let says = milestone.says;
    let Told { parcels, notes } = told;
    let broken = |error: askama::Error| StepError::Bug(format!("a mail does not render: {error}"));
    let text = Text { name, says, number: &number, total: &total, parcels, notes }.render().map_err(broken)?;
    let html = Html { subject: &subject, name, says, number: &number, total: &total, parcels, notes }.render().map_err(broken)?;
    Ok(Mail { to, subject, text, html })
}
