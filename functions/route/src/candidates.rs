//! Which sources may serve which demand, and why the others may not.

use oms_contract::record::Rejected;
use oms_contract::reference::{Product, Vendor, Warehouse};
use oms_domain::{Sku, VendorId, WarehouseId};

use crate::choices::{Choice, choices};
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

/// The problem to be solved.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// All sites, by vendor and warehouse.
    pub sites: Vec<Site>,
    /// A unit of each demand.
    pub units: Vec<Unit>,
    /// Ways to serve each demand; none where it cannot be served.
    pub choices: Vec<Vec<Choice>>,
    /// Whether those are all: false where a quantity can be split in too many.
    pub complete: bool,
    /// Sources that were not considered.
    pub rejected: Vec<Rejected>,
    /// Longest delivery among all feasible sources, hours.
    pub t_ref: u32,
    /// Sum over the demands of the dearest feasible shipment of it alone.
    pub c_ref: i64,
}

/// States the problem.
pub fn problem(facts: &Facts) -> Problem {
    let mut sites: Vec<Site> = Vec::new();
    let mut rejected: Vec<Rejected> = Vec::new();
    let products: Vec<Option<&Product>> = facts.demand.iter().map(|d| facts.products.iter().find(|p| p.sku == d.sku)).collect();
    let known: Vec<&Product> = products.iter().copied().flatten().collect();
    if known.len() < facts.demand.len() {
        return Problem {
            sites,
            units: Vec::new(),
            choices: vec![Vec::new(); facts.demand.len()],
            complete: true,
            rejected,
            t_ref: 0,
            c_ref: 0,
        };
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
            Err(reason) => reject(&mut rejected, &source.sku, &source.vendor_id, reason),
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
    let stocked = worthwhile(facts, &sites, stocked, &mut rejected);
    let mut problem = Problem { choices: Vec::new(), complete: true, sites, units, rejected, t_ref: 0, c_ref: 0 };
    for (i, demand) in facts.demand.iter().enumerate() {
        problem.refer(facts, i, demand.quantity, &stocked[i]);
        let (choices, all) = choices(demand.quantity, &stocked[i]);
        problem.choices.push(choices);
        problem.complete &= all;
    }
    problem
}

fn reject(rejected: &mut Vec<Rejected>, sku: &Sku, vendor_id: &VendorId, reason: &str) {
    let row = Rejected { sku: sku.clone(), vendor_id: vendor_id.clone(), reason: reason.to_owned() };
    if !rejected.contains(&row) {
        rejected.push(row);
    }
}

/// Leaves out sources that have too little of a demand that others can fill alone, and vendors that deliver only for more than they could get here. Without such a
/// vendor another may be the only one to fill a demand, or none: then it is judged anew.
fn worthwhile(facts: &Facts, sites: &[Site], mut stocked: Vec<Vec<(usize, u32)>>, rejected: &mut Vec<Rejected>) -> Vec<Vec<(usize, u32)>> {
    loop {
        let able: Vec<Vec<(usize, u32)>> = stocked.iter().zip(&facts.demand).map(|(rows, demand)| filling(rows, demand.quantity)).collect();
        let small: Vec<&VendorId> =
            sites.iter().filter(|site| reach(facts, sites, &able, &site.vendor_id) < site.min_order).map(|site| &site.vendor_id).collect();
        let is_small = |site: &usize| small.contains(&&sites[*site].vendor_id);
        let done = !stocked.iter().flatten().any(|(site, _)| is_small(site));
        for (demand, (rows, able)) in facts.demand.iter().zip(stocked.iter().zip(&able)) {
            for (site, _) in rows.iter().filter(|row| if done { !able.contains(row) } else { is_small(&row.0) }) {
                let reason = if done { "insufficient_stock" } else { "below_vendor_minimum" };
                reject(rejected, &demand.sku, &sites[*site].vendor_id, reason);
            }
        }
        if done {
            return able;
        }
        for rows in &mut stocked {
            rows.retain(|(site, _)| !is_small(site));
        }
    }
}

/// The rows that fill a quantity alone, if there are any; else all.
fn filling(rows: &[(usize, u32)], quantity: u32) -> Vec<(usize, u32)> {
    let alone: Vec<(usize, u32)> = rows.iter().filter(|(_, has)| *has >= quantity).copied().collect();
    if alone.is_empty() { rows.to_vec() } else { alone }
}

/// The most that a vendor could be given of this order, without tax, rounded up.
fn reach(facts: &Facts, sites: &[Site], stocked: &[Vec<(usize, u32)>], vendor: &VendorId) -> i64 {
    let worth = facts.demand.iter().zip(stocked).map(|(demand, rows)| {
        let own = rows.iter().filter(|(site, _)| sites[*site].vendor_id == *vendor).map(|(_, has)| *has);
        let has = own.fold(0, u32::saturating_add).min(demand.quantity);
        if has == demand.quantity { demand.net } else { demand.worth(has).saturating_add(i64::from(has > 0)) }
    });
    worth.fold(0, i64::saturating_add)
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
