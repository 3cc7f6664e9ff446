//! Checks 19 to 23 and 25: the address, and the way there.

use oms_contract::record::CheckOutcome;
use oms_contract::reference::Product;

use super::compliance::takes_dangerous;
use super::outcome::{fail, item_fails, not_applicable, nothing_supplied, passes_unless, unlocated};
use crate::facts::Facts;
use crate::goods::Item;
use crate::ways::Way;

/// Check 19. The shipping address has what its country requires, its postcode has the country's form, it can be located, and postcode, region,
/// town and point agree. What the rows show of it is masked.
pub(super) fn address_valid(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let Some(personal) = facts.personal else {
        return vec![fail("shipping_address", "(erased)", "the customer's personal data was erased", "place a new order")];
    };
    let country = &personal.shipping_address.country;
    let mut wrong: Vec<CheckOutcome> = facts
        .destination
        .faults
        .iter()
        .map(|fault| fail(format!("shipping_address.{}", fault.field), &fault.seen, fault.reason.as_str(), fault.mend.as_str()))
        .collect();
    if *country != facts.document.destination {
        wrong.push(fail(
            "shipping_address.country",
            country,
            format!("the order was made for {}", facts.document.destination),
            "place a new order",
        ));
    }
    passes_unless(wrong)
}

/// Check 20. For whatever was ordered, some carrier goes to the address from some vendor who can supply it, at whatever speed.
pub(super) fn address_serviceable(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    if facts.destination.geocode.is_none() {
        return unlocated();
    }
    let mut supplied = facts.supplied().peekable();
    if supplied.peek().is_none() {
        return nothing_supplied();
    }
    let unreached: Vec<&str> = supplied.filter(|item| !item.is_reached).map(|item| item.sku.as_str()).collect();
    if unreached.is_empty() {
        return vec![CheckOutcome::Pass];
    }
    let reason = format!("no carrier goes there from a vendor of {}", unreached.join(", "));
    vec![fail("shipping_address", &facts.document.destination, reason, "give another address, or leave that out")]
}

/// Check 21. At the speed that was chosen, some way there takes a piece of each thing: its weight and its size. Where weight and size, dangerous goods,
/// P.O. box and age check can each be had but not all of them from one service, that is told here; each of the others alone is told by checks 39, 25
/// and 42.
pub(super) fn delivery_method_available(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let reached = facts.items().iter().filter(|item| item.is_reached);
    let judged: Vec<Option<CheckOutcome>> =
        reached.filter_map(|item| Some((item, item.product?))).map(|(item, product)| method_is_offered(facts, item, product)).collect();
    if judged.is_empty() {
        return vec![not_applicable("no carrier goes there with what was ordered; see checks 11, 19 and 20")];
    }
    passes_unless(judged.into_iter().flatten().collect())
}

fn method_is_offered(facts: &Facts<'_>, item: &Item<'_>, product: &Product) -> Option<CheckOutcome> {
    let (sku, ways) = (item.sku, &item.ways);
    let refused = |reason: String, mend: &str| Some(fail("speed", facts.document.speed.to_string(), reason, mend));
    if ways.is_empty() {
        return refused(format!("no carrier goes there at this speed from a vendor of {}", sku.as_str()), "choose another speed");
    }
    if !ways.iter().any(|way| has_room(way, product)) {
        return refused(format!("{} is too heavy or too large for this service", sku.as_str()), "choose another speed, or leave it out");
    }
    let asked: [&dyn Fn(&Way<'_>) -> bool; 4] = [
        &|way| has_room(way, product),
        &|way| takes_dangerous(facts, product, way).is_ok(),
        &|way| way.card.service_rules.deliver_to(facts.is_po_box()),
        &|way| !asks_at_door(facts, product) || way.card.service_rules.age_check,
    ];
    let together = ways.iter().any(|way| asked.iter().all(|fits| fits(way)));
    if !together && asked.iter().all(|fits| ways.iter().any(fits)) {
        let reason = format!("no one service does all that {} needs at this address", sku.as_str());
        return refused(reason, "choose another speed, or another address");
    }
    None
}

/// Whether a service takes a piece of it.
fn has_room(way: &Way<'_>, product: &Product) -> bool {
    let sides = [product.length_mm, product.width_mm, product.height_mm];
    let longest = sides.into_iter().max().unwrap_or_default();
    let rules = &way.card.service_rules;
    product.weight_g <= way.zone.max_weight_g
        && rules.max_side_mm.is_none_or(|most| longest <= most)
        && way.card.largest.is_none_or(|largest| largest.admits(sides))
}

fn asks_at_door(facts: &Facts<'_>, product: &Product) -> bool {
    let class = product.sale.restriction.as_deref();
    class.and_then(|class| facts.goods_rule(class)).is_some_and(|rule| rule.check_at_door)
}

/// Check 22. A day of delivery can be reckoned for everything: from the warehouse's handling time, cut-off, working days and holidays, the carrier's
/// hours, and working days and holidays of the destination.
pub(super) fn delivery_date_calculable(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let mut reached = facts.items().iter().filter(|item| !item.ways.is_empty()).peekable();
    if reached.peek().is_none() {
        return vec![not_applicable("no carrier goes there at this speed with what was ordered; see checks 11 and 19 to 21")];
    }
    let undated = reached.filter(|item| item.ways.iter().all(|way| way.dates.is_none()));
    passes_unless(
        undated
            .map(|item| item_fails(item, "no day of delivery can be reckoned for it", "choose another speed, or leave it out"))
            .collect(),
    )
}

/// Check 23. Nothing is banned where it goes: the rule of the narrowest area counts. A class that the marketplace has no rules for at all is refused,
/// since nobody knows where it is banned.
pub(super) fn no_restricted_product(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let mut restricted = facts.items().iter().filter_map(|item| Some((item, item.product?.sale.restriction.as_deref()?))).peekable();
    if restricted.peek().is_none() {
        return vec![not_applicable("nothing that was ordered is regulated")];
    }
    let wrong = restricted.filter_map(|(item, class)| {
        if !facts.regulations.goods.contains_key(class) {
            return Some(item_fails(item, format!("the rules for {class} are not known"), "leave it out"));
        }
        let rule = facts.goods_rule(class).filter(|rule| rule.banned)?;
        Some(item_fails(item, format!("{class} may not be delivered to {}", rule.area.0), "leave it out"))
    });
    passes_unless(wrong.collect())
}

/// Check 25. Where the address is a P.O. box or a locker, nothing that was ordered refuses that, and some carrier serves it. What is seen of the address
/// is the table's word alone.
pub(super) fn po_box_allowed(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let Some(seen) = facts.po_box else {
        return vec![not_applicable("the address is no P.O. box")];
    };
    let wrong = facts.items().iter().filter_map(|item| {
        let sku = item.sku.as_str();
        let refused = |reason: String| Some(fail("shipping_address.line1", seen, reason, "give the address of a door"));
        if item.product.is_some_and(|product| !product.sale.may_go_to(true)) {
            return refused(format!("{sku} cannot be handed to a P.O. box or a locker"));
        }
        if !item.ways.is_empty() && !item.ways.iter().any(|way| way.card.service_rules.deliver_to(true)) {
            return refused(format!("no carrier of {sku} serves P.O. boxes and lockers there"));
        }
        None
    });
    passes_unless(wrong.collect())
}
