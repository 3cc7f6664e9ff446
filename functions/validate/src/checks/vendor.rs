//! Checks 32 to 36: the vendors.

use oms_contract::record::CheckOutcome;
use oms_contract::reference::{AccountStatus, Vendor};
use oms_domain::Sku;

use super::outcome::{fail, no_market, not_applicable, nothing_supplied, passes_unless, sku_fails};
use crate::facts::Facts;

/// Check 32. Whatever was ordered, at least one vendor who has it is active and approved. Where no vendor has any, there is no vendor to judge:
/// that is check 11's.
pub(super) fn vendors_active(facts: &Facts) -> Vec<CheckOutcome> {
    let skus: Vec<_> = facts.demand().iter().map(|(sku, _)| sku).filter(|sku| facts.is_anywhere(sku)).collect();
    if skus.is_empty() {
        return vec![not_applicable("no vendor has what was ordered; see check 11")];
    }
    let wrong = skus
        .iter()
        .filter(|sku| facts.sellers(sku).next().is_none())
        .map(|sku| {
            fail(format!("lines[{}].sku", facts.line_of(sku)), sku.as_str(), "none of its vendors may sell at present", "leave it out")
        })
        .collect();
    passes_unless(wrong)
}

/// Check 33. Some vendor can hand over in time for what the marketplace promises at this speed: then it arrives by the promised day.
pub(super) fn vendors_on_time(facts: &Facts) -> Vec<CheckOutcome> {
    let Some(market) = &facts.market else {
        return no_market();
    };
    let Some(promised_days) = market.policy.promised_days.of(facts.document.speed) else {
        return vec![not_applicable("the marketplace promises no day of delivery at this speed")];
    };
    let supplied = facts.supplied();
    let dated: Vec<&Sku> = supplied.into_iter().filter(|sku| facts.ways(sku).any(|way| way.dates.is_some())).collect();
    if dated.is_empty() {
        return vec![not_applicable("no day of delivery can be reckoned; see check 22")];
    }
    let wrong = dated.into_iter().filter_map(|sku| {
        // Of all ways: how late the best of them is.
        let late = facts.ways(sku).filter_map(|way| way.dates).map(|dates| (dates.arrives_on - dates.ordered_on).get_days()).min()?;
        (late > i32::from(promised_days)).then(|| {
            let reason =
                format!("no vendor can hand it over in time: it arrives {late} days after the order, {promised_days} are promised");
            sku_fails(facts, sku, reason, "choose another speed, or leave it out")
        })
    });
    passes_unless(wrong.collect())
}

/// Check 34. Regulated goods have a vendor whose licence is for them, holds at the destination and is valid on the day they leave.
pub(super) fn vendors_licensed(facts: &Facts) -> Vec<CheckOutcome> {
    let regulated: Vec<(&Sku, &str)> = facts
        .regulated()
        .into_iter()
        .filter(|(product, rule)| rule.licence && facts.suppliers(&product.sku).next().is_some())
        .filter_map(|(product, _)| Some((&product.sku, product.sale.restriction.as_deref()?)))
        .collect();
    if regulated.is_empty() {
        return vec![not_applicable("nothing that was ordered needs a licence of its vendor there")];
    }
    let wrong = regulated.into_iter().filter(|(sku, class)| !is_licensed(facts, sku, class));
    passes_unless(
        wrong
            .map(|(sku, class)| sku_fails(facts, sku, format!("none of its vendors is licensed to send {class} there"), "leave it out"))
            .collect(),
    )
}

/// Whether some vendor may send it. Where no day of hand-over can be reckoned, that of the order counts.
fn is_licensed(facts: &Facts, sku: &Sku, class: &str) -> bool {
    let holds = |vendor: &Vendor, day| {
        vendor.licences.iter().any(|licence| {
            licence.class == class
                && licence.areas.iter().any(|area| facts.lies_in(area))
                && licence.valid_from <= day
                && licence.valid_to.is_none_or(|last| day <= last)
        })
    };
    let mut dated = facts.ways(sku).filter_map(|way| Some((way.vendor, way.dates?.leaves_on))).peekable();
    if dated.peek().is_some() {
        return dated.any(|(vendor, day)| holds(vendor, day));
    }
    facts.suppliers(sku).any(|(_, vendor)| holds(vendor, facts.day))
}

/// Check 35. A suspended vendor supplies nothing: what only suspended vendors have cannot be had. Check 32 tells of it too, and of vendors that are
/// not approved.
pub(super) fn vendors_not_suspended(facts: &Facts) -> Vec<CheckOutcome> {
    let skus: Vec<&Sku> = facts.demand().iter().map(|(sku, _)| sku).filter(|sku| facts.holders(sku).next().is_some()).collect();
    if skus.is_empty() {
        return vec![not_applicable("no vendor has what was ordered; see check 11")];
    }
    let only = skus.iter().filter(|sku| facts.holders(sku).all(|vendor| vendor.status == AccountStatus::Suspended));
    passes_unless(only.map(|sku| sku_fails(facts, sku, "only suspended vendors have it", "leave it out")).collect())
}

/// Check 36. Some vendor who can supply it has taken fewer orders today than it takes a day.
pub(super) fn vendor_capacity(facts: &Facts) -> Vec<CheckOutcome> {
    let supplied = facts.supplied();
    if supplied.is_empty() {
        return nothing_supplied();
    }
    let has_capacity = |vendor: &Vendor| {
        let taken = facts.load.vendors.get(&vendor.vendor_id).copied().unwrap_or(0);
        vendor.daily_capacity.is_none_or(|daily| taken < daily)
    };
    let full = supplied.into_iter().filter(|sku| !facts.suppliers(sku).any(|(_, vendor)| has_capacity(vendor)));
    passes_unless(
        full.map(|sku| {
            sku_fails(facts, sku, "each of its vendors has taken as many orders today as it can", "order tomorrow, or leave it out")
        })
        .collect(),
    )
}
