//! A story as text: pure, from what the API, and the mailbox, said.

use jiff::Timestamp;

use oms_contract::api::view::{EntryView, OrderView};
use oms_contract::record::{Candidate, Plan, PlannedShipment};
use oms_domain::history::Fact;
use oms_domain::{Currency, Money};
use oms_local::mailbox::Mail;

use super::act::{Outcome, Told};
use crate::console::{Console, columns, wrapped};

/// The whole story.
pub(super) fn story(number: usize, told: &Told, console: Console) -> Vec<String> {
    let mut lines = vec![String::new()];
    lines.push(console.strong(&format!("{number}. {}", told.story.title)));
    lines.extend(wrapped(told.story.shows, 3, 3));
    match &told.outcome {
        Err(failure) => lines.push(format!("   {}", console.bad(&chain(failure)))),
        Ok(outcome) => {
            lines.push(format!("   {}", headline(outcome, console)));
            lines.extend(section("Timeline, from capture", timeline(outcome), console));
            lines.extend(section(
                "Split",
                outcome.order.routing.as_ref().map(|plan| split(&outcome.order, plan)).unwrap_or_default(),
                console,
            ));
            lines.extend(section("Why", why(&outcome.order), console));
            lines.extend(section("Mails", mails(&outcome.mails), console));
            if let Some(wrong) = told.failed() {
                lines.push(format!("   {}", console.bad(&format!("NOT AS IT SHOULD BE: {wrong}"))));
            }
        }
    }
    lines
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {}", chain(cause)))
}

fn section(title: &str, rows: Vec<String>, console: Console) -> Vec<String> {
    if rows.is_empty() {
        return Vec::new();
    }
    std::iter::once(format!("   {}", console.faint(title))).chain(rows).collect()
}

/// `ORD-…  BRL 270.70  of cus-ana, in pending_fulfillment after 1.24 s`.
fn headline(outcome: &Outcome, console: Console) -> String {
    let order = &outcome.order;
    let took = outcome.history.entries.last().map_or(0.0, |last| seconds(order.created_at, last.at));
    let reason = order.reason.as_deref().filter(|reason| *reason != order.state).map(|reason| format!(" ({reason})")).unwrap_or_default();
    let state = console.strong(&format!("{}{reason}", order.state));
    format!("{}  {}  {state} after {took:.2} s", order.number, money(order, order.total))
}

fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64()
}

/// `EUR 12.99`; the bare number of minor units where the currency is none we know.
fn money(order: &OrderView, amount: i64) -> String {
    order
        .currency
        .parse::<Currency>()
        .map_or_else(|_| format!("{} {amount}", order.currency), |currency| Money::new(amount, currency).to_string())
}

fn timeline(outcome: &Outcome) -> Vec<String> {
    let row = |entry: &EntryView| {
        let who = entry.part.map_or_else(String::new, |part| format!("part {part}: "));
        let state = if entry.from == entry.to && entry.trigger.is_none() { "·".to_owned() } else { format!("{who}{}", entry.to) };
        vec![format!("{:+8.3} s", seconds(outcome.order.created_at, entry.at)), state, entry.actor.clone(), what(&outcome.order, entry)]
    };
    columns(&outcome.history.entries.iter().map(row).collect::<Vec<_>>(), 5)
}

/// What an entry says beyond its state.
fn what(order: &OrderView, entry: &EntryView) -> String {
    let fact = entry.fact.clone().and_then(|fact| serde_json::from_value::<Fact>(fact).ok());
    let fact = fact.map(|fact| learnt(order, &fact));
    // A declined payment's code is fact and reason alike: told once.
    let reason = entry.reason.clone().filter(|reason| !fact.as_ref().is_some_and(|fact| fact.contains(reason.as_str())));
    let inferred = entry.inferred.then(|| "inferred".to_owned());
    let said: Vec<String> = fact.into_iter().chain(reason).chain(inferred).collect();
    if said.is_empty() { entry.trigger.clone().unwrap_or_default() } else { said.join("; ") }
}

fn learnt(order: &OrderView, fact: &Fact) -> String {
    match fact {
        Fact::Captured { total, .. } => format!("captured, {} to pay", money(order, *total)),
        Fact::Corrected { total } => format!("corrected, {} to pay", money(order, *total)),
        Fact::DraftEdited { total, .. } => format!("edited, {} to pay", money(order, *total)),
        Fact::PaymentMethodGiven => "another payment method was given".to_owned(),
        Fact::PaymentActionRequired => "the customer must confirm the payment".to_owned(),
        Fact::PaymentAuthorized { amount } => format!("{} reserved", money(order, *amount)),
        Fact::PaymentDeclined { code, hard } => format!("declined: {code}{}", if *hard { ", for good" } else { "" }),
        Fact::PaymentCaptured { amount } => format!("{} taken", money(order, *amount)),
        Fact::PaymentVoided => "reservation given back".to_owned(),
        Fact::RefundDue { amount } => format!("{} owed to the customer", money(order, *amount)),
        Fact::PaymentRefunded { amount } => format!("{} given back", money(order, *amount)),
        Fact::ChecksPassed { doubts, .. } if doubts.is_empty() => "all checks passed, stock is held".to_owned(),
        Fact::ChecksPassed { doubts, .. } => format!("no check refuses it, stock is held; checks {doubts:?} ask for a verification"),
        Fact::ChecksFailed { checks, .. } => {
            let numbers: Vec<String> = checks.iter().map(u8::to_string).collect();
            format!("failed: check {}", numbers.join(", "))
        }
        Fact::Scored { score, band, .. } => format!("risk {score} of 100, {band}"),
        Fact::Assigned { parts, .. } => {
            let vendors: Vec<&str> = parts.iter().map(|(_, vendor)| vendor.as_str()).collect();
            format!("to {}", vendors.join(", "))
        }
        Fact::StockReleased => "stock given back".to_owned(),
        Fact::NothingReserved => "nothing is reserved".to_owned(),
        Fact::CancelRequested => "to be cancelled as soon as possible".to_owned(),
        Fact::PartOwed { no, amount } => format!("{} owed to the customer for part {no}", money(order, *amount)),
        Fact::PartReleased { no } => format!("stock of part {no} given back"),
        Fact::PartLeft { no } => format!("goods of part {no} are off the books"),
        Fact::CancellationTold { .. } => "whoever had to know was told".to_owned(),
        Fact::UndoFailed { failures } => {
            let failed: Vec<String> = failures.iter().map(|failure| format!("{} ({})", failure.undo, failure.error)).collect();
            format!("could not be undone: {}", failed.join(", "))
        }
        Fact::UndoResumed => "undoing started again".to_owned(),
        Fact::Stalled { step, error } => format!("{step} stopped: {error}"),
        Fact::Resumed => "started again".to_owned(),
        Fact::NotSourced { no, short, offered, .. } => {
            let what = no.map_or_else(|| "it".to_owned(), |no| format!("part {no}"));
            let skus: Vec<String> = short.iter().map(ToString::to_string).collect();
            let asked = if *offered { "; the customer is asked what to do" } else { "" };
            format!("nobody can deliver {what} at present, for want of {}{asked}", skus.join(", "))
        }
        Fact::SourcingResumed { .. } => "sought once more".to_owned(),
        Fact::OfferAnswered { answer } => format!("the customer chose: {answer}"),
        Fact::Substituted { goods } => {
            let swaps: Vec<String> = goods.iter().map(|swap| format!("{} for {}", swap.instead, swap.ordered)).collect();
            format!("sent instead: {}", swaps.join(", "))
        }
        Fact::CarrierChosen { no, carrier, service } => format!("part {no} goes by {carrier} {service}"),
        Fact::LabelBought { no, package, carrier, tracking_number } => {
            format!("part {no}, package {package}: label of {carrier}, {tracking_number}")
        }
        Fact::LabelVoided { no, package } => format!("part {no}, package {package}: label given back"),
        Fact::PickupBooked { no, carrier, confirmation } => format!("part {no} is fetched by {carrier}: {confirmation}"),
    }
}

fn split(order: &OrderView, plan: &Plan) -> Vec<String> {
    let shipment = |shipment: &PlannedShipment| {
        let items: Vec<String> = shipment.items.iter().map(|(sku, quantity)| format!("{quantity} x {sku}")).collect();
        vec![
            format!("{}/{}", shipment.vendor_id, shipment.warehouse_id),
            items.join(", "),
            format!("{} {}", shipment.carrier, shipment.service),
            format!("{} km", shipment.km),
            kilograms(shipment.billed_g),
            format!("{} h", shipment.hours),
            money(order, shipment.cost),
        ]
    };
    let mut lines = columns(&plan.chosen.shipments.iter().map(shipment).collect::<Vec<_>>(), 5);
    lines.push(format!("     {}", terms("chosen", order, &plan.chosen)));
    if let Some(next) = plan.alternatives.first() {
        lines.push(format!("     {}", terms("next best", order, next)));
    }
    let proof = if plan.optimal { "nothing is better: proven" } else { "the search was cut short" };
    lines.push(format!("     {} plans looked at, {} sources left out; {proof}", plan.explored, plan.rejected.len()));
    lines
}

/// `1.2 kg`.
fn kilograms(grams: u64) -> String {
    format!("{}.{} kg", grams / 1000, grams % 1000 / 100)
}

fn terms(name: &str, order: &OrderView, plan: &Candidate) -> String {
    let terms = &plan.terms;
    let vendors = plan.shipments.len();
    let performance = terms.performance.round_dp(3);
    let cost = money(order, terms.cost);
    format!(
        "{name}: {vendors} shipment(s), {cost}, {} h, performance {performance}, objective {}",
        terms.hours,
        terms.objective.round_dp(4)
    )
}

fn why(order: &OrderView) -> Vec<String> {
    let mut lines = Vec::new();
    for check in &order.failed_checks {
        let text = format!("check {} {} at {}, seen {:?}: {}; {}", check.check, check.code, check.at, check.seen, check.reason, check.mend);
        lines.extend(wrapped(&text, 5, 7));
    }
    if let Some(risk) = order.risk.as_ref().filter(|risk| !risk.signals.is_empty()) {
        lines.push(format!("     risk {} of 100: {}", risk.score, risk.band));
        let signals = risk.signals.iter().map(|signal| vec![format!("+{}", signal.points), signal.rule.clone(), signal.seen.clone()]);
        lines.extend(columns(&signals.collect::<Vec<_>>(), 7));
    }
    if let Some(stalled) = &order.stalled {
        lines.push(format!("     stalled in {}: {}", stalled.step, stalled.error));
    }
    lines
}

fn mails(mails: &[Mail]) -> Vec<String> {
    columns(&mails.iter().map(|mail| vec![mail.to.join(", "), mail.subject.clone()]).collect::<Vec<_>>(), 5)
}

#[cfg(test)]
#[path = "telling_tests.rs"]
mod tests;
