//! What nobody can deliver, and what could be sent in its place.
//!
//! A substitute is sent at the price of what was ordered: no amount of the order changes, and nobody pays more or gets less for it. And it must be so much
//! alike that every check that the order has passed holds of it too.

use std::collections::BTreeSet;

use oms_contract::record::{Record, Search};
use oms_contract::reference::Product;
use oms_contract::reference::sale::{CustomsData, Hazmat, SaleRules};
use oms_domain::document::Document;
use oms_domain::order::Substitute;
use oms_domain::{Currency, Order, Sku};
use oms_ports::StepError;
use oms_ports::reference::Wanted;

use crate::candidates::problem;
use crate::facts::{Demand, Facts};
use crate::plan::plan;
use crate::{Deps, gather};

/// The goods that no source, or no combination of sources, can deliver. Where each could be had for itself, but not all together, it is all of them.
pub(crate) fn short(facts: &Facts) -> Vec<Sku> {
    let choices = problem(facts).choices;
    let of = |missing: &dyn Fn(usize) -> bool| -> Vec<Sku> {
        let demand = facts.demand.iter().enumerate().filter(|(nth, _)| missing(*nth));
        demand.map(|(_, demand)| demand.sku.clone()).collect()
    };
    let none = of(&|nth| choices.get(nth).is_none_or(Vec::is_empty));
    if none.is_empty() { of(&|_| true) } else { none }
}

/// Why nobody can deliver them, as it is stored with the change that says so; nothing where the last search of that piece found the same.
///
/// # Errors
/// Where earlier searches cannot be read.
pub(crate) async fn record(deps: &Deps, rests: &Order, part: Option<u8>, short: Vec<Sku>, facts: &Facts) -> Result<Vec<Record>, StepError> {
    let (version, at, partly_read) = (rests.seq, facts.at, facts.partly_read.clone());
    let search = Search { version, at, part, short, rejected: problem(facts).rejected, partly_read };
    let is_first = rests.shortages.of(part).is_none_or(|shortage| shortage.searches == 1);
    let before = if is_first { Vec::new() } else { deps.records.dossier(rests.id).await?.searches };
    let last = before.iter().rev().find(|known| known.part == part);
    Ok(if last.is_some_and(|last| last.says_as_much_as(&search)) { Vec::new() } else { vec![Record::Search(search)] })
}

/// What can be had at present in the place of all that is short, so that the whole order can be delivered; nothing where not all of it can be replaced.
///
/// # Errors
/// Where the facts could not be had.
pub(crate) async fn substitutes(
    deps: &Deps,
    order: &Order,
    document: &Document,
    facts: &Facts,
    short: &[Sku],
) -> Result<Vec<Substitute>, StepError> {
    let product = |sku: &Sku| facts.products.iter().find(|product| product.sku == *sku);
    let proposed: Vec<Sku> = short.iter().filter_map(product).flat_map(|product| product.sale.substitutes.clone()).collect();
    if proposed.is_empty() {
        return Ok(Vec::new());
    }
    let wanted = Wanted { products: proposed.clone(), ..Wanted::default() };
    let (found, free) = futures::try_join!(deps.reference.fetch(&wanted), deps.inventory.available(&proposed))?;
    let enough = |sku: &Sku, quantity| free.iter().any(|pool| pool.sku == *sku && pool.free >= quantity);
    let mut chosen: Vec<Substitute> = Vec::new();
    for demand in facts.demand.iter().filter(|demand| short.contains(&demand.sku)) {
        let Some(ordered) = product(&demand.sku) else { return Ok(Vec::new()) };
        let offers = ordered.sale.substitutes.iter().filter_map(|sku| found.products.iter().find(|product| product.sku == *sku));
        let mut fits =
            offers.filter(|instead| stands_in(ordered, instead, demand.quantity, facts.currency) && enough(&instead.sku, demand.quantity));
        // One that stands in for two is counted for each alone: it must not be promised twice.
        let Some(instead) = fits.find(|instead| chosen.iter().all(|other| other.instead != instead.sku)) else { return Ok(Vec::new()) };
        chosen.push(Substitute { ordered: ordered.sku.clone(), instead: instead.sku.clone() });
    }
    let demand = replaced(&facts.demand, &chosen);
    let other = gather::facts(deps, order, document, facts.version, demand, BTreeSet::new()).await?;
    Ok(if plan(&other).is_ok() { chosen } else { Vec::new() })
}

/// The demand with other goods in the place of some.
fn replaced(demand: &[Demand], by: &[Substitute]) -> Vec<Demand> {
    let mut replaced: Vec<Demand> = Vec::new();
    for wanted in demand {
        let sku = by.iter().find(|of| of.ordered == wanted.sku).map_or(&wanted.sku, |of| &of.instead);
        match replaced.iter_mut().find(|known| known.sku == *sku) {
            Some(known) => {
                known.quantity = known.quantity.saturating_add(wanted.quantity);
                known.net = known.net.saturating_add(wanted.net);
                known.tax = known.tax.saturating_add(wanted.tax);
                known.is_priced &= wanted.is_priced;
            }
            None => replaced.push(Demand { sku: sku.clone(), ..wanted.clone() }),
        }
    }
    replaced
}

/// Whether a product may be sent for another: worth as much at least, sold in such quantities, and the same to all rules.
fn stands_in(ordered: &Product, instead: &Product, quantity: u32, currency: Currency) -> bool {
    let price = |product: &Product| product.prices.get(&currency).copied();
    let worth = price(ordered).zip(price(instead)).is_some_and(|(asked, worth)| worth >= asked);
    let sold = quantity >= instead.min_quantity && quantity <= instead.max_quantity && quantity.is_multiple_of(instead.pack_size.max(1));
    // What one customer may have of a product is counted by product.
    let counted = ordered.sale.hoarding.is_some() || instead.sale.hoarding.is_some();
    instead.active && worth && sold && !counted && to_the_rules(ordered) == to_the_rules(instead)
}

/// All that checks and rules read of a product, but for its price and how it is sold.
#[derive(PartialEq)]
struct ToTheRules<'a> {
    category: &'a str,
    tax_category: &'a str,
    hazard_class: Option<&'a str>,
    hazmat: Option<Hazmat>,
    high_value_electronics: bool,
    customs: &'a CustomsData,
    sale: SaleRules,
}

fn to_the_rules(product: &Product) -> ToTheRules<'_> {
    ToTheRules {
        category: &product.category,
        tax_category: &product.tax_category,
        hazard_class: product.hazard_class.as_deref(),
        hazmat: product.hazmat,
        high_value_electronics: product.high_value_electronics,
        customs: &product.customs,
        sale: SaleRules { substitutes: Vec::new(), ..product.sale.clone() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oms_contract::reference::sale::HoardingCap;
    use oms_fakes::{a_product, currency};

    #[test]
    fn a_substitute_is_worth_as_much_and_the_same_to_all_rules() {
        type Change = fn(&mut Product);
        let alike = |_: &mut Product| {};
        let cases: [(&str, Change, bool); 11] = [
            ("alike", alike, true),
            ("dearer", |p| p.prices = p.prices.iter().map(|(of, price)| (*of, price + 1)).collect(), true),
            ("cheaper", |p| p.prices = p.prices.iter().map(|(of, price)| (*of, price - 1)).collect(), false),
            ("of no price here", |p| p.prices.clear(), false),
            ("not sold", |p| p.active = false, false),
            ("taxed otherwise", |p| p.tax_category = "reduced".to_owned(), false),
            ("regulated", |p| p.sale.restriction = Some("alcohol".to_owned()), false),
            ("dangerous", |p| p.hazard_class = Some("3".to_owned()), false),
            ("sold by fours", |p| p.pack_size = 4, false),
            ("rationed", |p| p.sale.hoarding = Some(HoardingCap { quantity: 9, days: 7 }), false),
            ("with substitutes of its own", |p| p.sale.substitutes = vec![p.sku.clone()], true),
        ];
        for (name, change, fits) in cases {
            let mut instead = a_product("B");
            change(&mut instead);
            assert_eq!(stands_in(&a_product("A"), &instead, 2, currency("EUR")), fits, "{name}");
        }
    }
}
