//! Checks 15 to 18: whether what is on the shelves may and can be sold there and then.

use jiff::civil::Date;
use rust_decimal::Decimal;

use oms_contract::record::CheckOutcome;
use oms_contract::reference::Product;

use super::outcome::{fail, item_fails, no_market, not_applicable, nothing_supplied, passes_unless, unlocated};
use crate::dates::in_season;
use crate::facts::Facts;
use crate::goods::Item;
use crate::ways::Way;

/// Check 15. The product is sold where it goes: within its own areas, where it has some, and outside those it is not sold in.
pub(super) fn available_in_region(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let mut known = facts.items().iter().filter_map(|item| Some((item, item.product?))).peekable();
    if known.peek().is_none() {
        return vec![not_applicable("no line names a product of the catalogue; see check 11")];
    }
    let wrong = known.filter_map(|(item, product)| {
        let sale = &product.sale;
        let sold = sale.only_in.is_empty() || sale.only_in.iter().any(|area| facts.lies_in(area));
        let barred = sale.not_in.iter().find(|area| facts.lies_in(area));
        let reason = match barred {
            Some(area) => format!("it is not sold in {}", area.0),
            None if sold => return None,
            None => "it is not sold in this region".to_owned(),
        };
        Some(item_fails(item, reason, "leave it out, or give an address elsewhere"))
    });
    passes_unless(wrong.collect())
}

/// Check 16. Some warehouse that has it can take one order more: today, or by the day on which it would hand over, for it works off what it took in as
/// many days as lie between. Whoever takes as many as come always can.
pub(super) fn warehouse_capacity(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    if facts.destination.geocode.is_none() {
        return unlocated();
    }
    let mut reached = facts.items().iter().filter(|item| !item.ways.is_empty()).peekable();
    if reached.peek().is_none() {
        return vec![not_applicable("no warehouse sends there what was ordered; see checks 11 and 20")];
    }
    let full = reached.filter(|item| !item.ways.iter().any(|way| has_capacity(facts, way)));
    passes_unless(
        full.map(|item| item_fails(item, "every warehouse that has it is at the limit of its capacity", "order tomorrow, or leave it out"))
            .collect(),
    )
}

fn has_capacity(facts: &Facts<'_>, way: &Way<'_>) -> bool {
    let working_days = way.dates.map_or(1, |dates| dates.working_days);
    facts.load.has_room_at(&way.vendor.vendor_id, way.warehouse, working_days)
}

/// Check 17. Some vendor who can supply it is expected to be on time as often as the marketplace asks for. A vendor who is not is no candidate; the line
/// fails where no other is left.
pub(super) fn vendor_sla_history(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let Some(market) = facts.market else {
        return no_market();
    };
    let policy = &market.policy;
    if policy.on_time_floor.is_zero() {
        return vec![not_applicable("the marketplace asks for no punctuality")];
    }
    let mut supplied = facts.supplied().peekable();
    if supplied.peek().is_none() {
        return nothing_supplied();
    }
    let late = supplied.filter_map(|item| {
        let best = item.suppliers().map(|(_, vendor)| vendor.on_time.expected(policy)).max()?;
        (best < policy.on_time_floor).then(|| {
            let reason = format!("its vendors are expected to be on time for {} % of orders at best", percent(best));
            item_fails(item, reason, "leave it out")
        })
    });
    passes_unless(late.collect())
}

fn percent(share: Decimal) -> Decimal {
    (share * Decimal::ONE_HUNDRED).round_dp(1).normalize()
}

/// Check 18. What has seasons can be delivered within one of them.
pub(super) fn seasonally_available(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let known = facts.items().iter().filter_map(|item| Some((item, item.product?)));
    let seasonal = known.filter(|(_, product)| !product.sale.seasons.is_empty());
    let dated: Vec<(&Item<'_>, &Product, Vec<Date>)> = seasonal
        .map(|(item, product)| (item, product, item.ways.iter().filter_map(|way| Some(way.dates?.arrives_on)).collect::<Vec<Date>>()))
        .filter(|(_, _, days)| !days.is_empty())
        .collect();
    if dated.is_empty() {
        return vec![not_applicable("nothing that was ordered has both seasons and a day of delivery; see check 22")];
    }
    let wrong = dated
        .into_iter()
        .filter(|(_, product, days)| !days.iter().any(|day| product.sale.seasons.iter().any(|season| in_season(season, *day))));
    passes_unless(
        wrong
            .map(|(item, product, days)| {
                let soonest = days.into_iter().min().map(|day| day.to_string()).unwrap_or_default();
                let seasons: Vec<String> = product
                    .sale
                    .seasons
                    .iter()
                    .map(|season| format!("{} to {}", String::from(season.from), String::from(season.to)))
                    .collect();
                fail(
                    format!("lines[{}].sku", item.line),
                    soonest,
                    "it would be delivered out of its season",
                    format!("order it for delivery within {}", seasons.join(" or ")),
                )
            })
            .collect(),
    )
}
