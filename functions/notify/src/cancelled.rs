//! Cancelled parts told to their vendors, and cancellations counted: the last step of the cancellation machine.
//!
//! Customers hear of it from the bus, as of every milestone.

use askama::Template;
use serde_json::json;

use oms_contract::queue::OperatorTask;
use oms_contract::record::{Package, SubOrder};
use oms_contract::reference::Vendor;
use oms_domain::change::By;
use oms_domain::history::{Entry, Fact};
use oms_domain::{Actor, Order, State};
use oms_ports::StepError;
use oms_ports::effects::EffectKey;
use oms_ports::messaging::Mail;
use oms_ports::orders::{Origin, Stored};
use oms_ports::reference::Wanted;

use crate::Deps;
use crate::once::{Message, send};
use crate::vendors::announcement;

/// The metric that counts cancellations, by `reason` and `by` whom.
const CANCELLATIONS: &str = "Cancellations";

/// Reasons that are counted by name: those of our own, and those that the API proposes. Any other code is a customer's or a vendor's own, and
/// would make a time series of its own.
const REASONS: [&str; 22] = [
    "cancelled_on_request",
    "changed_mind",
    "found_cheaper",
    "too_slow",
    "other",
    RISK,
    "review_rejected",
    "no_feasible_route",
    "hold_lost",
    "no_alternative",
    "timed_out_draft",
    "timed_out_pending_payment",
    "timed_out_payment_failed",
    "timed_out_validation_failed",
    "timed_out_fraud_review",
    "timed_out_confirmed",
    "timed_out_routing",
    "timed_out_pending_fulfillment",
    "timed_out_vendor_rejected",
    "draft_discarded",
    "vendor_cancelled",
    "fraud",
];

/// The reason of orders that the fraud rules reject.
const RISK: &str = "risk";

#[derive(Template)]
#[template(path = "vendor_cancelled.txt")]
struct Text<'a> {
    number: &'a str,
    part: u8,
    items: &'a [(String, u32)],
}

#[derive(Template)]
#[template(path = "vendor_cancelled.html")]
struct Html<'a> {
    subject: &'a str,
    number: &'a str,
    part: u8,
    items: &'a [(String, u32)],
}

/// Tells the vendors of the parts that were cancelled, hands over what only a person can stop, and counts why.
pub(crate) async fn withdraw(deps: &Deps, stored: &Stored) -> Result<Stored, StepError> {
    let order = &stored.order;
    let id = order.id;
    let numbers: Vec<u8> = order.parts_to_tell_of().map(|part| part.no).collect();
    let history = deps.records.history(id).await?;
    let ends: Vec<&Entry> = history.iter().filter(|entry| is_of(entry, &numbers)).collect();
    // Who has refused its part need not be told that it is cancelled.
    let concerned = ends.iter().filter(|entry| !matches!(entry.from, State::VendorRejected | State::Routing));
    let to_tell: Vec<u8> = concerned.filter_map(|entry| entry.part).collect();
    if !to_tell.is_empty() {
        tell_all(deps, order, &to_tell).await?;
    }
    if ends.iter().any(|entry| reason_of(entry) == RISK) {
        deps.tasks.hand(&investigate(deps, order)).await?;
    }
    let now = deps.clock.now();
    let told = stored.change().learn(Fact::CancellationTold { parts: numbers.clone() }, &By::new(Actor::system("notify"), now))?;
    let saved = deps.orders.commit(stored, told, Origin::Machine, &[]).await?;
    // After the commit, which happens once: a cancellation is rather not counted than twice.
    for entry in ends {
        let (reason, by) = (reason_of(entry), entry.actor.kind.to_string());
        deps.metrics.count(CANCELLATIONS, &[("reason", reason), ("by", &by)]);
    }
    tracing::info!(order.id = %id, parts = numbers.len(), "The cancellation of order {id} is told to {} vendors", numbers.len());
    Ok(saved)
}

/// Whether an entry cancelled one of these parts, or, where there are none, the whole order.
fn is_of(entry: &Entry, numbers: &[u8]) -> bool {
    let piece = entry.part.map_or(numbers.is_empty(), |no| numbers.contains(&no));
    piece && entry.trigger.is_some() && entry.to == State::Cancelled
}

fn reason_of(entry: &Entry) -> &'static str {
    let given = entry.reason.as_deref().unwrap_or("other");
    REASONS.into_iter().find(|known| *known == given).unwrap_or("other")
}

async fn tell_all(deps: &Deps, order: &Order, numbers: &[u8]) -> Result<(), StepError> {
    let id = order.id;
    let dossier = deps.records.dossier(id).await?;
    let vendors = order.parts_to_tell_of().map(|part| part.vendor_id.clone()).collect();
    let found = deps.reference.fetch(&Wanted { vendors, ..Wanted::default() }).await?;
    for sub_order in dossier.sub_orders.iter().filter(|sub_order| numbers.contains(&sub_order.sub_order_id.part)) {
        for package in dossier.packages.iter().filter(|package| package.sub_order_id == sub_order.sub_order_id) {
            deps.tasks.hand(&stop(deps, order, package)).await?;
        }
        if !announced(deps, order, sub_order).await? {
            continue;
        }
        let vendor = found.vendors.iter().find(|vendor| vendor.vendor_id == sub_order.vendor_id);
        let vendor = vendor.ok_or_else(|| StepError::Bug(format!("vendor {} of order {id} is not on file", sub_order.vendor_id)))?;
        tell(deps, order, sub_order, vendor).await?;
    }
    Ok(())
}

/// Whether the vendor has ever heard of the part: who has not needs no cancellation.
async fn announced(deps: &Deps, order: &Order, sub_order: &SubOrder) -> Result<bool, StepError> {
    let milestone = announcement(sub_order);
    let key = |channel: &str| EffectKey::Notice { milestone: milestone.clone(), channel: channel.to_owned() };
    let (mail, topic) = (deps.effects.outcome(order.id, &key("email")).await?, deps.effects.outcome(order.id, &key("topic")).await?);
    Ok(mail.is_some() || topic.is_some())
}

async fn tell(deps: &Deps, order: &Order, sub_order: &SubOrder, vendor: &Vendor) -> Result<(), StepError> {
    let part = sub_order.sub_order_id.part;
    let milestone = format!("cancelled-{part}-{}", vendor.vendor_id);
    let items = sub_order.items();
    let number = order.id.number();
    let subject = format!("Cancelled: order {number}, part {part}");
    let broken = |error: askama::Error| StepError::Bug(format!("a mail does not render: {error}"));
    let text = Text { number: &number, part, items: &items }.render().map_err(broken)?;
    let html = Html { subject: &subject, number: &number, part, items: &items }.render().map_err(broken)?;
    let mail = Mail { to: vendor.email.clone(), subject, text, html };
    send(deps, order.id, &milestone, Message::Mail(&mail)).await?;
    let body = json!({
        "event": "order.cancelled",
        "order_id": order.id,
        "sub_order_id": sub_order.sub_order_id,
        "number": number,
        "vendor_id": vendor.vendor_id,
    });
    let message =
        Message::Vendors { event: "order.cancelled", subject: "An order is cancelled", body: &body, vendor: vendor.vendor_id.as_str() };
    send(deps, order.id, &milestone, message).await
}

/// The account of an order that the fraud rules rejected is flagged: somebody has to look whether it is to be blocked.
fn investigate(deps: &Deps, order: &Order) -> OperatorTask {
    OperatorTask {
        id: format!("{}/account", order.id),
        order_id: order.id,
        number: order.id.number(),
        version: order.seq,
        at: deps.clock.now(),
        failed: "account".to_owned(),
        error: "VeryHighRisk".to_owned(),
        action:
            "The fraud rules rejected this order. Look into the account behind it, and block it or put it on the watch list if need be."
                .to_owned(),
    }
}

/// What there is to do about a parcel that is booked for a cancelled part. Carriers are not asked: none of ours takes a booking back by API.
fn stop(deps: &Deps, order: &Order, package: &Package) -> OperatorTask {
    let (part, parcel) = (package.sub_order_id.part, package.package);
    OperatorTask {
        id: format!("{}/shipment/{part}/{parcel}", order.id),
        order_id: order.id,
        number: order.id.number(),
        version: order.seq,
        at: deps.clock.now(),
        failed: "shipment".to_owned(),
        error: "Booked".to_owned(),
        action: format!(
            "Part {part} is cancelled, but parcel {} is booked with {}: cancel it there, or have it stopped at the pick-up.",
            package.tracking_number,
            package.carrier.to_uppercase()
        ),
    }
}
