//! What makes two situations the same: everything that the handlers can tell apart, but for the numbers and hashes of history entries, and for
//! times, of which only the order of what is due counts.
//!
//! Two situations with one key need not be equal, so the search may miss something. What it finds is real: every situation it looks at was
//! made by the handlers.

use std::fmt::Write as _;
use std::hash::{Hash as _, Hasher as _};

use jiff::Timestamp;

use oms_domain::history::Fact;
use oms_domain::{State, VendorId, timers};
use oms_fakes::inventory::Status;
use oms_fakes::orders::Effect;

use oms_ports::invoices::Stage;

use crate::event::moments;
use crate::world::Situation;

/// A situation's key.
pub(crate) type Key = u128;

/// The key of a situation.
pub(crate) fn key(now: &Situation) -> Key {
    fingerprint(&spelled(now))
}

/// 128 bits of two differently seeded hashes.
fn fingerprint(text: &str) -> Key {
    let half = |seed: u64| {
        let mut hasher = std::hash::DefaultHasher::new();
        seed.hash(&mut hasher);
        text.hash(&mut hasher);
        u128::from(hasher.finish())
    };
    half(1) << 64 | half(2)
}

/// What the key is made of.
pub(crate) fn spelled(now: &Situation) -> String {
    let mut text = String::with_capacity(1024);
    spell(now, &mut text).unwrap();
    text
}

fn spell(now: &Situation, text: &mut String) -> std::fmt::Result {
    let order = now.order();
    let due = moments(now);
    // 0 for what is past, else its place among what is to come.
    let place = |at: Timestamp| due.iter().position(|moment| *moment >= at).filter(|_| at > now.now).map_or(0, |i| i + 1);
    let payment = &order.payment;
    write!(text, "{:?} {payment:?} {:?} {:?} ", order.state, order.stock, order.risk.map(|risk| risk.band))?;
    write!(text, "c{} p{} s{} ", order.checked.is_some(), order.plan.is_some(), order.stalls)?;
    if let Some(stall) = &order.stalled {
        write!(text, "stalled {} ", stall.step)?;
    }
    for part in &order.parts {
        write!(text, "[{} {} {:?} {:?} {} {}]", part.no, part.vendor_id, part.state, part.goods, part.owed, part.told)?;
    }
    for shortage in order.shortages.iter() {
        // From the seventh search on, all rests are alike.
        let (part, searches) = (shortage.part, shortage.searches.min(7));
        write!(text, "short {part:?} {searches} {} {} {:?} ", shortage.rests, shortage.offer.is_some(), shortage.answer)?;
        write!(text, "{:?} ", shortage.instead.iter().map(|swap| &swap.instead).collect::<Vec<_>>())?;
    }
    write!(text, "instead {} ", order.substituted.is_some())?;
    let failed = order.unfinished.as_ref().map(|unfinished| &unfinished.failures);
    write!(text, "told {} wish {} stops {} {failed:?}", order.told, order.wish.is_some(), order.undo_stops)?;
    write!(text, "\ntime {:?} wake {:?}", timers::due(order, now.now), now.stored().wake_at.map(place))?;
    for at in &due {
        write!(text, " {:?}", timers::due(order, *at))?;
    }
    writeln!(text)?;
    // When the present stays began: a warning of an earlier one is never looked at again.
    let stays: Vec<Timestamp> = order.parts.iter().map(|part| part.since).chain([order.since]).collect();
    for ((_, key), effect) in &now.tables.effects {
        let Some(key) = without_time(key, &stays) else { continue };
        match effect {
            Effect::Started { lease_until } => writeln!(text, "{key} begun {}", place(*lease_until))?,
            Effect::Done(outcome) if key.starts_with('N') => writeln!(text, "{key} {}", outcome["message_id"])?,
            Effect::Done(outcome) => writeln!(text, "{key} {outcome}")?,
        }
    }
    for intent in &now.books.intents {
        writeln!(text, "{} {:?} {:?}", intent.payment.attempt, intent.payment.standing, intent.refunds)?;
    }
    for invoice in now.invoices.invoices.values() {
        let stage = match invoice.stage {
            Stage::Promised => "promised",
            Stage::Withdrawn { .. } => "withdrawn",
            Stage::Issued { .. } => "issued",
        };
        let credits: Vec<_> = invoice.credits.iter().map(|credit| (&credit.key, credit.amount)).collect();
        writeln!(text, "I{} {} {stage} {credits:?}", invoice.attempt, invoice.promised)?;
    }
    for (key, (asked, _)) in &now.books.answers {
        writeln!(text, "{key} {asked}")?;
    }
    records(now, text)?;
    stock(now, text, place)
}

/// An effect's key but for the time that names a warning; `None` for a warning of a stay that is over.
fn without_time<'a>(key: &'a str, stays: &[Timestamp]) -> Option<&'a str> {
    if !key.starts_with("N#overdue-") {
        return Some(key);
    }
    let named = key.strip_suffix("#operators")?;
    let (state, since) = named.rsplit_once('-')?;
    stays.iter().any(|stay| stay.as_millisecond().to_string() == since).then_some(state)
}

/// What is stored beside the head.
fn records(now: &Situation, text: &mut String) -> std::fmt::Result {
    let tables = &now.tables;
    for ((_, no), row) in &tables.sub_orders {
        writeln!(text, "S{no} {} {} {} {:?}", row.0.vendor_id, row.1, row.0.paid, row.0.allocations())?;
    }
    for ((_, attempt), change) in &tables.methods {
        writeln!(text, "M{attempt} {}", change.method.token)?;
    }
    for (_, no, package) in tables.packages.keys() {
        write!(text, "P{no}-{package} ")?;
    }
    // Of a part that is at its end no scan changes anything any more, whichever there were.
    for ((_, event), tracked) in &tables.tracked {
        if now.order().part(tracked.part).is_none_or(|part| !part.state.is_terminal()) {
            write!(text, "T{event} ")?;
        }
    }
    writeln!(text)
}

/// The ledger, the plans that a run could find again, and who refused.
fn stock(now: &Situation, text: &mut String, place: impl Fn(Timestamp) -> usize) -> std::fmt::Result {
    let (order, ledger) = (now.order(), &now.ledger);
    for (sku, pool) in &ledger.pools {
        write!(text, "{sku} {} {} ", pool.free, pool.taken)?;
    }
    for row in ledger.rows.values() {
        write!(text, "{} {} ", row.available, row.allocated)?;
    }
    writeln!(text)?;
    let history = now.tables.history(order.id).unwrap_or_default();
    let rejection = |no: u8| history.iter().rev().find(|entry| entry.part == Some(no) && entry.to == State::VendorRejected);
    let runs: Vec<(u8, u64)> = order.parts.iter().filter_map(|part| Some((part.no, rejection(part.no)?.seq))).collect();
    for hold in ledger.holds.values() {
        write!(text, "{:?} {:?} {:?} ", hold.status, hold.demand, hold.allocations)?;
        if hold.status == Status::Held {
            write!(text, "until {} ", place(hold.expires_at))?;
        }
        for run in &hold.runs {
            match runs.iter().find(|(_, known)| known == run) {
                Some((no, _)) => write!(text, "moved{no} ")?,
                None if *run > u64::MAX / 2 => write!(text, "run{run} ")?,
                None => {}
            }
        }
    }
    let mut roles = vec![("checked".to_owned(), order.checked), ("in force".to_owned(), order.plan)];
    roles.push(("instead".to_owned(), order.substituted.as_ref().map(|substitution| substitution.since)));
    roles.extend(runs.iter().map(|(no, run)| (format!("again{no}"), Some(*run))));
    for (role, version) in roles {
        if let Some(plan) = version.and_then(|version| now.tables.plans.get(&(order.id, version))) {
            let sources: Vec<_> = plan.chosen.shipments.iter().map(|shipment| &shipment.vendor_id).collect();
            write!(text, "\n{role}: {sources:?} ")?;
        }
    }
    let mut holders: Vec<(u8, &VendorId)> = Vec::new();
    for entry in &history {
        if let Some(Fact::Assigned { parts, .. }) = &entry.fact {
            holders.retain(|(no, _)| parts.iter().all(|(given, _)| given != no));
            holders.extend(parts.iter().map(|(no, vendor)| (*no, vendor)));
        }
        if entry.to == State::VendorRejected {
            let refused = holders.iter().filter(|(no, _)| entry.part == Some(*no));
            refused.into_iter().try_for_each(|(_, vendor)| write!(text, "refused {vendor} "))?;
        }
    }
    Ok(())
}
