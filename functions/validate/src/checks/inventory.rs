//! Checks 11 to 14: stock and quantities. Two lines of one SKU are one demand.

use oms_contract::record::CheckOutcome;
use oms_contract::reference::Product;
use oms_domain::Sku;
use oms_ports::stock::Held;

use super::outcome::{fail, item_fails, not_applicable, passes_unless};
use crate::budgets;
use crate::facts::Facts;
use crate::goods::Item;

/// Check 11. The vendors that may sell and deliver there have enough of everything. A product that is not in the catalogue, or not sold at present,
/// is out of stock for ever: it fails here and nowhere else. A product that only vendors hold who may not sell is check 32's to tell.
///
/// This counts shelves. Whether other orders have been promised the same goods only check 12 can say: its conditional write is the one judge of
/// that, and an order that runs again must not compete with its own hold.
pub(super) fn in_stock(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let judged: Vec<Option<CheckOutcome>> = facts
        .items()
        .iter()
        .filter(|item| item.sold().is_none() || !item.is_anywhere() || item.has_sellers())
        .map(enough_can_be_promised)
        .collect();
    if judged.is_empty() {
        return vec![not_applicable("no vendor may sell what was ordered; see check 32")];
    }
    passes_unless(judged.into_iter().flatten().collect())
}

fn enough_can_be_promised(item: &Item<'_>) -> Option<CheckOutcome> {
    if item.sold().is_none() {
        return Some(item_fails(item, "the product is not sold here", "leave it out"));
    }
    let promised = item.suppliers().fold(0_u32, |sum, (source, _)| sum.saturating_add(source.available));
    if promised >= item.quantity {
        return None;
    }
    let nobody = item.is_anywhere() && !item.is_supplied();
    Some(fail(
        format!("lines[{}].quantity", item.line),
        item.quantity.to_string(),
        if nobody {
            format!("no vendor of {} delivers to this address", item.sku.as_str())
        } else {
            format!("{promised} of {} can be promised for this address", item.sku.as_str())
        },
        if promised == 0 { "leave it out".to_owned() } else { format!("order at most {promised}") },
    ))
}

/// Check 12. The whole demand is held, or nothing. Holding is tried once every other check passes.
pub(super) fn stock_reserved(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    match &facts.held {
        None => vec![not_applicable("stock is held only when every other check passes")],
        Some(Held::Yes) => vec![CheckOutcome::Pass],
        Some(Held::TooMany) => {
            let reason = "so many products, caps, coupons, gift cards and lots of points cannot be held all at once";
            vec![fail("lines", facts.document.lines.len().to_string(), reason, "spread them over several orders")]
        }
        Some(Held::Released) => vec![fail("lines", "released", "what was held for this order has been given back", "place a new order")],
        Some(Held::Spent { skus, .. }) if skus.is_empty() => {
            vec![not_applicable("nothing was held, for something else was used up; another check says what")]
        }
        Some(Held::Short(skus)) if skus.is_empty() => {
            vec![fail("lines", "short", "too little is left: others were faster", "order less")]
        }
        Some(Held::Short(skus) | Held::Spent { skus, .. }) => skus.iter().map(|sku| promised_to_others(facts, sku)).collect(),
    }
}

fn promised_to_others(facts: &Facts<'_>, sku: &Sku) -> CheckOutcome {
    let (line, wanted) = facts.item(sku).map_or((0, 0), |item| (item.line, item.quantity));
    fail(
        format!("lines[{line}].quantity"),
        wanted.to_string(),
        format!("too few of {} are left: others were faster", sku.as_str()),
        "order less of it, or leave it out",
    )
}

/// Check 13. At least the product's minimum, and that of some vendor who can supply it, in whole packs. Minimum values of orders are check 47's.
pub(super) fn minimum_quantity_met(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let judged: Vec<Vec<CheckOutcome>> = facts.items().iter().filter_map(quantity_fits).collect();
    if judged.is_empty() {
        return vec![not_applicable("no line names a product of the catalogue; see check 11")];
    }
    passes_unless(judged.into_iter().flatten().collect())
}

/// `None` where the catalogue does not know the product; no outcomes where the quantity is right.
fn quantity_fits(item: &Item<'_>) -> Option<Vec<CheckOutcome>> {
    let (product, quantity) = (item.product?, item.quantity);
    // Nothing at all is no order, whatever the catalogue says.
    let of_vendors = item.suppliers().map(|(_, vendor)| vendor.min_quantities.get(item.sku).copied().unwrap_or(0)).min();
    let least = product.min_quantity.max(of_vendors.unwrap_or(0)).max(1);
    let pack = product.pack_size.max(1);
    let wrong = if quantity < least {
        let mend = least.checked_next_multiple_of(pack).unwrap_or(least);
        Some(quantity_fails(item, format!("the minimum is {least}"), format!("order {mend} or more")))
    } else if !quantity.is_multiple_of(pack) {
        let mend = format!("order {}", nearest_packs(quantity, least, pack));
        Some(quantity_fails(item, format!("it is sold in packs of {pack}"), mend))
    } else {
        None
    };
    Some(wrong.into_iter().collect())
}

fn quantity_fails(item: &Item<'_>, reason: String, mend: String) -> CheckOutcome {
    fail(format!("lines[{}].quantity", item.line), item.quantity.to_string(), reason, mend)
}

fn nearest_packs(quantity: u32, least: u32, pack: u32) -> String {
    let below = quantity - quantity % pack;
    match below.checked_add(pack) {
        Some(above) if below >= least => format!("{below} or {above}"),
        Some(above) => above.to_string(),
        None => below.to_string(),
    }
}

/// Check 14. At most the product's maximum in one order, and at most the cap against hoarding with what the customer has taken before: within any `days` days in a row no
/// customer gets more. It is counted in windows of twice as many days that overlap by half, so an order may be refused for one up to twice as many days ago, never let
/// pass for the turn of a window. Days are of UTC, and of when orders were placed.
/// The cap itself is taken when stock is held, in that transaction: what is read here may be overtaken by the customer's other orders, that may not.
pub(super) fn maximum_quantity_respected(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let judged: Vec<Option<CheckOutcome>> = facts.items().iter().filter_map(|item| Some(too_much(facts, item, item.product?))).collect();
    if judged.is_empty() {
        return vec![not_applicable("no line names a product of the catalogue; see check 11")];
    }
    passes_unless(judged.into_iter().flatten().collect())
}

fn too_much(facts: &Facts<'_>, item: &Item<'_>, product: &Product) -> Option<CheckOutcome> {
    if item.quantity > product.max_quantity {
        let most = product.max_quantity;
        return Some(quantity_fails(item, format!("the most in one order is {most}"), at_most(most)));
    }
    let cap = product.sale.hoarding?;
    let bought = facts.bought.get(item.sku).copied().unwrap_or(0);
    let mut quota = budgets::quota(facts.document, product, facts.placed_at, item.quantity);
    let overtaken = quota.any(|budget| facts.is_short(&budget));
    if bought.saturating_add(item.quantity) <= cap.quantity && !overtaken {
        return None;
    }
    let reason = format!("one customer may have {} in {} days, and {bought} were taken before", cap.quantity, cap.days);
    Some(quantity_fails(item, reason, at_most(cap.quantity.saturating_sub(bought))))
}

fn at_most(quantity: u32) -> String {
    if quantity == 0 { "leave it out".to_owned() } else { format!("order at most {quantity}") }
}
