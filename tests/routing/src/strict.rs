//! Random instances under more rules than [`random`] has, which stays what the figures of `docs/routing.md` were measured on: vendors that sell no less than so many, goods in
//! packs, P.O. boxes, and references that the marketplace has fixed.

use std::collections::BTreeMap;

use oms_contract::reference::References;
use route::facts::Facts;

use crate::Wrong;
use crate::chance::Chance;
use crate::instance::{Shape, euro, random};

/// Up to eight lines over up to twenty sources.
pub const STRICT: Shape = Shape { lines: (1, 8), sources: (2, 20), density: (20, 80), scarce: 8 };

/// The instance of a seed. Where most lines are split in tens of ways, it may have more loads than the router holds.
///
/// # Errors
/// Where an id is not what the domain takes, which would be a mistake in here.
pub fn strict(seed: u64) -> Result<Facts, Wrong> {
    let mut facts = random(&STRICT, seed)?;
    let mut chance = Chance::of(seed ^ 0x57_21c7);
    facts.market.references = references(&mut chance)?;
    quantities(&mut facts, &mut chance);
    if chance.percent(20) {
        facts.destination.is_po_box = true;
        facts.rates.iter_mut().for_each(|card| card.service_rules.po_boxes = chance.percent(70));
        facts.products.iter_mut().for_each(|product| product.sale.no_po_box = chance.percent(2));
    }
    Ok(facts)
}

/// Of the time, of the cost, of both or of none, from far below to far above what orders come to.
fn references(chance: &mut Chance) -> Result<References, Wrong> {
    let (time, cost) = (chance.percent(30), chance.percent(30));
    let costs = if cost { [(euro()?, i64::from(chance.spread(500, 50_000)))].into() } else { BTreeMap::new() };
    Ok(References { hours: time.then(|| chance.spread(24, 1_000)), costs })
}

/// Two of five lines are of several pieces; of these half are sold in packs, most are on no shelf in full, and a third of the vendors sell no fewer than some.
fn quantities(facts: &mut Facts, chance: &mut Chance) {
    for (demand, product) in facts.demand.iter_mut().zip(&mut facts.products) {
        if !chance.percent(40) {
            continue;
        }
        product.pack_size = if chance.percent(50) { chance.whole(2, 4) } else { 1 };
        let quantity = product.pack_size * chance.whole(2, 12 / product.pack_size);
        let of_one = demand.net / i64::from(demand.quantity);
        (demand.quantity, demand.net, demand.tax) = (quantity, of_one * i64::from(quantity), of_one * i64::from(quantity) / 5);
        // As it was ordered before the packs changed, now and then.
        product.pack_size += u32::from(chance.percent(3));
        let scarce = chance.percent(70);
        for source in facts.sources.iter_mut().filter(|source| source.sku == demand.sku) {
            source.available = if scarce { chance.whole(1.max(quantity / 4), quantity - 1) } else { chance.whole(1, 3 * quantity) };
        }
        for vendor in &mut facts.vendors {
            if chance.percent(35) {
                vendor.min_quantities.insert(demand.sku.clone(), chance.whole(2, 1 + quantity * 3 / 4));
            }
        }
    }
}
