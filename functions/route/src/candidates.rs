//! Which sources may serve which demand, and why the others may not.

use oms_contract::record::Rejected;
use oms_contract::reference::{Product, Vendor, Warehouse};
use oms_domain::{Sku, VendorId, WarehouseId};

use crate::distance::{Point, km};
use crate::facts::Facts;
use crate::objective::lack_of;
use crate::tariff::{Offer, Unit, offers, quote, units};

/// A vendor's warehouse that some demand may be served from.
#[derive(Debug, Clone, PartialEq)]
pub struct Site {
    /// Whose.
    pub vendor_id: VendorId,
    /// Where.
    pub warehouse_id: WarehouseId,
    /// To the destination.
    pub km: u32,
    /// From the order to the hand-over.
    pub handling_hours: u32,
    /// Millionths of performance that the vendor lacks.
    pub lack: i128,
    /// The least goods value that the vendor delivers.
    pub min_order: i64,
    /// What carriers offer from here.
    pub offers: Vec<Offer>,
}

/// A way to serve one demand: pieces from sites, in the order of the sites.
pub type Choice = Vec<(usize, u32)>;

/// The problem to be solved.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// All sites, by vendor and warehouse.
    pub sites: Vec<Site>,
    /// A unit of each demand.
    pub units: Vec<Unit>,
    /// Ways to serve each demand; none where it cannot be served.
    pub choices: Vec<Vec<Choice>>,
    /// Sources that were not considered.
    pub rejected: Vec<Rejected>,
    /// Longest delivery among all feasible sources, hours.
    pub t_ref: u32,
    /// Sum over the demands of the dearest feasible shipment of it alone.
    pub c_ref: i64,
}

/// Sources of one demand that are looked at for a split quantity: those with the most, so that the fewest are needed.
const SPLIT_SOURCES: usize = 8;

/// States the problem.
pub fn problem(facts: &Facts) -> Problem {
    let mut sites: Vec<Site> = Vec::new();
    let mut rejected: Vec<Rejected> = Vec::new();
    let products: Vec<Option<&Product>> = facts.demand.iter().map(|d| facts.products.iter().find(|p| p.sku == d.sku)).collect();
    let known: Vec<&Product> = products.iter().copied().flatten().collect();
    if known.len() < facts.demand.len() {
        return Problem { sites, units: Vec::new(), choices: vec![Vec::new(); facts.demand.len()], rejected, t_ref: 0, c_ref: 0 };
    }
    let units = units(&known);
    let mut sources = facts.sources.clone();
    sources.sort_by(|a, b| (&a.vendor_id, &a.warehouse_id, &a.sku).cmp(&(&b.vendor_id, &b.warehouse_id, &b.sku)));
    let mut stocked: Vec<Vec<(usize, u32)>> = vec![Vec::new(); facts.demand.len()];
    for source in &sources {
        let Some(i) = facts.demand.iter().position(|demand| demand.sku == source.sku) else { continue };
        let judged = site_of(facts, &source.vendor_id, &source.warehouse_id).and_then(|site| {
            let fits = quote(&site.offers, &[(units[i], 1)], facts.speed).is_some();
            if fits { Ok(site) } else { Err("too_heavy") }
        });
        match judged {
            Err(reason) => rejected.push(rejection(&source.sku, &source.vendor_id, reason)),
            Ok(site) => {
                let known = sites.iter().position(|s| s.vendor_id == site.vendor_id && s.warehouse_id == site.warehouse_id);
                let at = known.unwrap_or_else(|| {
                    sites.push(site);
                    sites.len() - 1
                });
                stocked[i].push((at, source.available));
            }
        }
    }
    let mut problem = Problem { choices: Vec::new(), sites, units, rejected, t_ref: 0, c_ref: 0 };
    for (i, demand) in facts.demand.iter().enumerate() {
        problem.refer(facts, i, demand.quantity, &stocked[i]);
        problem.choices.push(choices(demand.quantity, &stocked[i]));
    }
    problem
}

fn rejection(sku: &Sku, vendor_id: &VendorId, reason: &str) -> Rejected {
    Rejected { sku: sku.clone(), vendor_id: vendor_id.clone(), reason: reason.to_owned() }
}

/// The site, or the code of why it may not serve.
fn site_of(facts: &Facts, vendor_id: &VendorId, warehouse_id: &WarehouseId) -> Result<Site, &'static str> {
    let vendor: &Vendor = facts.vendors.iter().find(|vendor| vendor.vendor_id == *vendor_id).ok_or("vendor_unknown")?;
    let warehouse: &Warehouse = vendor.warehouses.iter().find(|w| w.warehouse_id == *warehouse_id).ok_or("warehouse_unknown")?;
    if facts.excluded.contains(vendor_id) {
        return Err("vendor_refused");
    }
    if !vendor.may_sell() {
        return Err("vendor_not_active");
    }
    let destination = &facts.destination;
    if !vendor.serves(&destination.country, destination.region.as_deref()) {
        return Err("does_not_ship_there");
    }
    let km = km(Point { lat: warehouse.lat, lon: warehouse.lon }, destination.point);
    let offers = offers(&facts.rates, (&warehouse.country, &destination.country), km, facts.currency, &facts.market);
    if offers.is_empty() {
        return Err("no_rate");
    }
    Ok(Site {
        vendor_id: vendor_id.clone(),
        warehouse_id: warehouse_id.clone(),
        km,
        handling_hours: warehouse.handling_hours,
        lack: lack_of(vendor.performance),
        min_order: vendor.min_order.get(&facts.currency).copied().unwrap_or(0),
        offers,
    })
}

impl Problem {
    /// Takes a demand's sources into the references.
    fn refer(&mut self, facts: &Facts, i: usize, quantity: u32, stocked: &[(usize, u32)]) {
        let mut dearest = 0;
        for (at, available) in stocked {
            let site = &self.sites[*at];
            if let Some(quote) = quote(&site.offers, &[(self.units[i], quantity.min(*available))], facts.speed) {
                self.t_ref = self.t_ref.max(site.handling_hours.saturating_add(quote.hours));
                dearest = dearest.max(quote.cost);
            }
        }
        self.c_ref = self.c_ref.saturating_add(dearest);
    }
}

/// Ways to serve a quantity. Each source that has it all is one. Where none has, the quantity is split over sets of sources of which none can be spared; all of
/// a set give all they have, but one, which gives the rest: each of the set in turn.
fn choices(quantity: u32, stocked: &[(usize, u32)]) -> Vec<Choice> {
    let whole: Vec<Choice> = stocked.iter().filter(|(_, available)| *available >= quantity).map(|(at, _)| vec![(*at, quantity)]).collect();
    if !whole.is_empty() {
        return whole;
    }
    let mut richest = stocked.to_vec();
    richest.sort_by_key(|(at, available)| (std::cmp::Reverse(*available), *at));
    // Only where even the richest few do not suffice are more sources looked at.
    let mut sum = 0_u32;
    let needed = richest.iter().take_while(|(_, available)| {
        let short = sum < quantity;
        sum = sum.saturating_add(*available);
        short
    });
    let kept = needed.count().max(SPLIT_SOURCES).min(richest.len()).min(16);
    richest.truncate(kept);
    let mut splits: Vec<Choice> = Vec::new();
    for set in 1_u32..(1 << richest.len()) {
        let members: Vec<(usize, u32)> = richest.iter().enumerate().filter(|(i, _)| set >> i & 1 == 1).map(|(_, source)| *source).collect();
        let total: u32 = members.iter().fold(0, |sum, (_, available)| sum.saturating_add(*available));
        let none_to_spare = members.iter().all(|(_, available)| total - available < quantity);
        if total >= quantity && none_to_spare {
            splits.extend((0..members.len()).map(|last| split(quantity, total, &members, last)));
        }
    }
    for choice in &mut splits {
        choice.sort_unstable();
    }
    splits.sort();
    splits.dedup();
    splits
}

fn split(quantity: u32, total: u32, members: &[(usize, u32)], last: usize) -> Choice {
    let spare = total - quantity;
    members.iter().enumerate().map(|(i, (at, available))| (*at, if i == last { available - spare } else { *available })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantity_is_split_only_where_no_source_has_it_all() {
        for (quantity, stocked, expected) in [
            (3, vec![(0, 3), (1, 2)], vec![vec![(0, 3)]]),
            (4, vec![(0, 3), (1, 2)], vec![vec![(0, 2), (1, 2)], vec![(0, 3), (1, 1)]]),
            (5, vec![(0, 3), (1, 2)], vec![vec![(0, 3), (1, 2)]]),
            (6, vec![(0, 3), (1, 2)], vec![]),
            (1, vec![], vec![]),
        ] {
            assert_eq!(choices(quantity, &stocked), expected, "{quantity} of {stocked:?}");
        }
    }
}
