//! Checks 32 to 36: the vendors.

use oms_contract::record::CheckOutcome;
use oms_contract::reference::{AccountStatus, Vendor};

use super::outcome::{item_fails, no_market, not_applicable, nothing_supplied, passes_unless};
use crate::facts::Facts;
use crate::goods::Item;

/// Check 32. Whatever was ordered, at least one vendor who has it is active and approved. Where no vendor has any, there is no vendor to judge:
/// that is check 11's.
pub(super) fn vendors_active(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let mut there = facts.items().iter().filter(|item| item.is_anywhere()).peekable();
    if there.peek().is_none() {
        return vec![not_applicable("no vendor has what was ordered; see check 11")];
    }
    let wrong = there.filter(|item| !item.has_sellers());
    passes_unless(wrong.map(|item| item_fails(item, "none of its vendors may sell at present", "leave it out")).collect())
}

/// Check 33. Some vendor can hand over in time for what the marketplace promises at this speed: then it arrives by the promised day.
pub(super) fn vendors_on_time(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let Some(market) = facts.market else {
        return no_market();
    };
    let Some(promised_days) = market.policy.promised_days.of(facts.document.speed) else {
        return vec![not_applicable("the marketplace promises no day of delivery at this speed")];
    };
    let mut dated = facts.items().iter().filter(|item| item.ways.iter().any(|way| way.dates.is_some())).peekable();
    if dated.peek().is_none() {
        return vec![not_applicable("no day of delivery can be reckoned; see check 22")];
    }
    let wrong = dated.filter_map(|item| {
        // Of all ways: how late the best of them is.
        let late = item.ways.iter().filter_map(|way| way.dates).map(|dates| (dates.arrives_on - dates.ordered_on).get_days()).min()?;
        (late > i32::from(promised_days)).then(|| {
            let reason =
                format!("no vendor can hand it over in time: it arrives {late} days after the order, {promised_days} are promised");
            item_fails(item, reason, "choose another speed, or leave it out")
        })
    });
    passes_unless(wrong.collect())
}

/// Check 34. Regulated goods have a vendor whose licence is for them, holds at the destination and is valid on the day they leave.
pub(super) fn vendors_licensed(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let regulated: Vec<(&Item<'_>, &str)> = facts
        .regulated()
        .filter(|(item, _, rule)| rule.licence && item.is_supplied())
        .filter_map(|(item, product, _)| Some((item, product.sale.restriction.as_deref()?)))
        .collect();
    if regulated.is_empty() {
        return vec![not_applicable("nothing that was ordered needs a licence of its vendor there")];
    }
    let wrong = regulated.into_iter().filter(|(item, class)| !is_licensed(facts, item, class));
    passes_unless(
        wrong
            .map(|(item, class)| item_fails(item, format!("none of its vendors is licensed to send {class} there"), "leave it out"))
            .collect(),
    )
}

/// Whether some vendor may send it. Where no day of hand-over can be reckoned, that of the order counts.
fn is_licensed(facts: &Facts<'_>, item: &Item<'_>, class: &str) -> bool {
    let holds = |vendor: &Vendor, day| {
        vendor.licences.iter().any(|licence| {
            licence.class == class
                && licence.areas.iter().any(|area| facts.lies_in(area))
                && licence.valid_from <= day
                && licence.valid_to.is_none_or(|last| day <= last)
        })
    };
    let mut dated = item.ways.iter().filter_map(|way| Some((way.vendor, way.dates?.leaves_on))).peekable();
    if dated.peek().is_some() {
        return dated.any(|(vendor, day)| holds(vendor, day));
    }
    item.suppliers().any(|(_, vendor)| holds(vendor, facts.day))
}

/// Check 35. A suspended vendor supplies nothing: what only suspended vendors have cannot be had. Check 32 tells of it too, and of vendors that are
/// not approved.
pub(super) fn vendors_not_suspended(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let mut there = facts.items().iter().filter(|item| item.holders().next().is_some()).peekable();
    if there.peek().is_none() {
        return vec![not_applicable("no vendor has what was ordered; see check 11")];
    }
    let only = there.filter(|item| item.holders().all(|vendor| vendor.status == AccountStatus::Suspended));
    passes_unless(only.map(|item| item_fails(item, "only suspended vendors have it", "leave it out")).collect())
}

/// Check 36. Some vendor who can supply it has taken fewer orders today than it takes a day.
pub(super) fn vendor_capacity(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let mut supplied = facts.supplied().peekable();
    if supplied.peek().is_none() {
        return nothing_supplied();
    }
    let full = supplied.filter(|item| !item.suppliers().any(|(_, vendor)| facts.load.has_room(vendor)));
    passes_unless(
        full.map(|item| {
            item_fails(item, "each of its vendors has taken as many orders today as it can", "order tomorrow, or leave it out")
        })
        .collect(),
    )
}
