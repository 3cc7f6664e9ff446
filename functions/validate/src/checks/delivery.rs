//! Checks 19 to 23 and 25: the address, and the way there.

use oms_contract::record::CheckOutcome;
use oms_contract::reference::Product;
use oms_domain::Sku;

use super::compliance::takes_dangerous;
use super::outcome::{fail, not_applicable, nothing_supplied, passes_unless, sku_fails, unlocated};
use crate::facts::Facts;
use crate::ways::Way;

/// Check 19. The shipping address has what its country requires, its postcode has the country's form, it can be located, and postcode, region,
/// town and point agree. What the rows show of it is masked.
pub(super) fn address_valid(facts: &Facts) -> Vec<CheckOutcome> {
    let Some(personal) = &facts.personal else {
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
pub(super) fn address_serviceable(facts: &Facts) -> Vec<CheckOutcome> {
    if facts.destination.geocode.is_none() {
        return unlocated();
    }
    let supplied = facts.supplied();
    if supplied.is_empty() {
        return nothing_supplied();
    }
    let unreached: Vec<String> =
        supplied.iter().filter(|sku| facts.all_ways(sku).next().is_none()).map(|sku| sku.as_str().to_owned()).collect();
    if unreached.is_empty() {
        return vec![CheckOutcome::Pass];
    }
    let reason = format!("no carrier goes there from a vendor of {}", unreached.join(", "));
    vec![fail("shipping_address", &facts.document.destination, reason, "give another address, or leave that out")]
}

/// Check 21. At the speed that was chosen, some way there takes a piece of each thing: its weight and its size. Where weight and size, dangerous goods,
/// P.O. box and age check can each be had but not all of them from one service, that is told here; each of the others alone is told by checks 39, 25
/// and 42.
pub(super) fn delivery_method_available(facts: &Facts) -> Vec<CheckOutcome> {
    let judged: Vec<Option<CheckOutcome>> = facts
        .supplied()
        .into_iter()
        .filter(|sku| facts.all_ways(sku).next().is_some())
        .filter_map(|sku| Some((sku, facts.product(sku)?)))
        .map(|(sku, product)| method_is_offered(facts, sku, product))
        .collect();
    if judged.is_empty() {
        return vec![not_applicable("no carrier goes there with what was ordered; see checks 11, 19 and 20")];
    }
    passes_unless(judged.into_iter().flatten().collect())
}

fn method_is_offered(facts: &Facts, sku: &Sku, product: &Product) -> Option<CheckOutcome> {
    let speed = facts.document.speed.to_string();
    let refused = |reason: String, mend: &str| Some(fail("speed", &speed, reason, mend));
    if facts.ways(sku).next().is_none() {
        return refused(format!("no carrier goes there at this speed from a vendor of {}", sku.as_str()), "choose another speed");
    }
    if !facts.ways(sku).any(|way| has_room(&way, product)) {
        return refused(format!("{} is too heavy or too large for this service", sku.as_str()), "choose another speed, or leave it out");
    }
    let asked: [&dyn Fn(&Way<'_>) -> bool; 4] = [
        &|way| has_room(way, product),
        &|way| takes_dangerous(facts, product, way).is_ok(),
        &|way| facts.po_box.is_none() || way.card.service_rules.po_boxes,
        &|way| !asks_at_door(facts, product) || way.card.service_rules.age_check,
    ];
    let each_alone = asked.iter().all(|fits| facts.ways(sku).any(|way| fits(&way)));
    let together = facts.ways(sku).any(|way| asked.iter().all(|fits| fits(&way)));
    if each_alone && !together {
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

fn asks_at_door(facts: &Facts, product: &Product) -> bool {
    let class = product.sale.restriction.as_deref();
    class.and_then(|class| facts.goods_rule(class)).is_some_and(|rule| rule.check_at_door)
}

/// Check 22. A day of delivery can be reckoned for everything: from the warehouse's handling time, cut-off, working days and holidays, the carrier's
/// hours, and working days and holidays of the destination.
pub(super) fn delivery_date_calculable(facts: &Facts) -> Vec<CheckOutcome> {
    let supplied = facts.supplied();
    let reached: Vec<&Sku> = supplied.into_iter().filter(|sku| facts.ways(sku).next().is_some()).collect();
    if reached.is_empty() {
        return vec![not_applicable("no carrier goes there at this speed with what was ordered; see checks 11 and 19 to 21")];
    }
    let undated = reached.into_iter().filter(|sku| facts.ways(sku).all(|way| way.dates.is_none()));
    passes_unless(
        undated
            .map(|sku| sku_fails(facts, sku, "no day of delivery can be reckoned for it", "choose another speed, or leave it out"))
            .collect(),
    )
}

/// Check 23. Nothing is banned where it goes: the rule of the narrowest area counts. A class that the marketplace has no rules for at all is refused,
/// since nobody knows where it is banned.
pub(super) fn no_restricted_product(facts: &Facts) -> Vec<CheckOutcome> {
    let restricted: Vec<(&Product, &str)> =
        facts.products().filter_map(|product| Some((product, product.sale.restriction.as_deref()?))).collect();
    if restricted.is_empty() {
        return vec![not_applicable("nothing that was ordered is regulated")];
    }
    let wrong = restricted.into_iter().filter_map(|(product, class)| {
        if !facts.regulations.goods.contains_key(class) {
            return Some(sku_fails(facts, &product.sku, format!("the rules for {class} are not known"), "leave it out"));
        }
        let rule = facts.goods_rule(class).filter(|rule| rule.banned)?;
        Some(sku_fails(facts, &product.sku, format!("{class} may not be delivered to {}", rule.area.0), "leave it out"))
    });
    passes_unless(wrong.collect())
}

/// Check 25. Where the address is a P.O. box or a locker, nothing that was ordered refuses that, and some carrier serves it. What is seen of the address
/// is the table's word alone.
pub(super) fn po_box_allowed(facts: &Facts) -> Vec<CheckOutcome> {
    let Some(seen) = facts.po_box else {
        return vec![not_applicable("the address is no P.O. box")];
    };
    let wrong = facts.demand().iter().filter_map(|(sku, _)| {
        let refused = |reason: String| Some(fail("shipping_address.line1", seen, reason, "give the address of a door"));
        if facts.product(sku).is_some_and(|product| product.sale.no_po_box) {
            return refused(format!("{} cannot be handed to a P.O. box or a locker", sku.as_str()));
        }
        let mut ways = facts.ways(sku).peekable();
        if ways.peek().is_some() && !ways.any(|way| way.card.service_rules.po_boxes) {
            return refused(format!("no carrier of {} serves P.O. boxes and lockers there", sku.as_str()));
        }
        None
    });
    passes_unless(wrong.collect())
}
