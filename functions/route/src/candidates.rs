//! Which sources may serve which demand, and why the others may not.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::TimeZone;

use oms_contract::record::{Rejected, Rejection};
use oms_contract::reference::regulation::Licence;
use oms_contract::reference::{Product, Vendor, Warehouse};
use oms_domain::area::Area;
use oms_domain::document::Speed;
use oms_domain::shipping::holidays::{Country, WorkingDays};
use oms_domain::shipping::journey::Journey;
use oms_domain::{Sku, VendorId, WarehouseId};

use crate::borders::Borders;
use crate::choices::{Choice, choices};
use crate::distance::{Point, km};
use crate::facts::Facts;
use crate::lots::Lot;
use crate::objective::{Scale, lack_of};
use crate::packing::{Goods, Piece};
use crate::tariff::{Offer, Quote, legs, offers, quote};

/// A vendor's warehouse that some demand may be served from.
#[derive(Debug, Clone, PartialEq)]
pub struct Site {
    /// Whose.
    pub vendor_id: VendorId,
    /// Where.
    pub warehouse_id: WarehouseId,
    /// To the destination.
    pub km: u32,
    /// Millionths of performance that the vendor lacks.
    pub lack: i128,
    /// The least goods value that the vendor delivers.
    pub min_order: i64,
    /// What carriers offer from here: index into the problem's tariffs.
    pub tariff: usize,
}

/// What carriers offer from some sites, and when they are at the door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tariff {
    /// The offers: index into the problem's rates.
    pub rates: usize,
    /// By offer: hours from now to the expected delivery.
    pub hours: Vec<u32>,
}

/// The problem to be solved.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// All sites, by vendor and warehouse.
    pub sites: Vec<Site>,
    /// The carriers' offers; sites that are as far away have the same.
    pub rates: Vec<Vec<Offer>>,
    /// Sites that are alike to carriers have the same.
    pub tariffs: Vec<Tariff>,
    /// What the demands weigh and measure.
    pub goods: Goods,
    /// Ways to serve each demand; none where it cannot be served.
    pub choices: Vec<Vec<Choice>>,
    /// By demand, whether those are all: false where a quantity can be split in too many.
    pub complete: Vec<bool>,
    /// Sources that were not considered.
    pub rejected: Vec<Rejected>,
    /// Longest delivery among all feasible sources, hours.
    pub longest: u32,
    /// Sum over the demands of the dearest feasible shipment of it alone.
    pub dearest: i64,
    /// Hours that count as 1: the marketplace's reference, else the longest delivery.
    pub t_ref: u32,
    /// Cost that counts as 1: the marketplace's reference in the order's currency, else the dearest shipments.
    pub c_ref: i64,
}

/// By demand: the sites that have it, and how many.
type Stocked = Vec<Vec<(usize, u32)>>;

/// States the problem.
pub fn problem(facts: &Facts) -> Problem {
    let products: BTreeMap<&Sku, &Product> = facts.products.iter().map(|product| (&product.sku, product)).collect();
    let known: Vec<&Product> = facts.demand.iter().filter_map(|demand| products.get(&demand.sku).copied()).collect();
    let goods = Goods::of(&known, &facts.regulations, &facts.destination.locality());
    let mut problem = Problem {
        sites: Vec::new(),
        rates: Vec::new(),
        tariffs: Vec::new(),
        goods,
        choices: vec![Vec::new(); facts.demand.len()],
        complete: vec![true; facts.demand.len()],
        rejected: Vec::new(),
        longest: 0,
        dearest: 0,
        t_ref: 0,
        c_ref: 0,
    };
    // A product that the catalogue does not have cannot be shipped by anybody.
    if known.len() == facts.demand.len() {
        let mut stocked = problem.judge(facts, &known);
        let lots: Vec<Lot> =
            known.iter().zip(&mut stocked).enumerate().map(|(i, (product, rows))| problem.sell(facts, i, product, rows)).collect();
        let stocked = worthwhile(facts, &problem.sites, stocked, &mut problem.rejected);
        for (i, (demand, lot)) in facts.demand.iter().zip(&lots).enumerate() {
            problem.refer(facts, i, demand.quantity, &stocked[i]);
            (problem.choices[i], problem.complete[i]) = choices(demand.quantity, &stocked[i], lot);
            problem.tell_unused(&demand.sku, demand.quantity, &stocked[i], lot, i);
        }
    }
    let fixed = &facts.market.references;
    problem.t_ref = fixed.hours.unwrap_or(problem.longest);
    problem.c_ref = fixed.costs.get(&facts.currency).copied().unwrap_or(problem.dearest);
    problem
}

impl Problem {
    /// What turns terms into scores; `None` where they would be beyond all bounds.
    pub fn scale(&self, facts: &Facts) -> Option<Scale> {
        let pieces = facts.demand.iter().map(|demand| u64::from(demand.quantity)).sum();
        Scale::new(&facts.market.weights, (self.t_ref, self.c_ref), (self.longest, self.dearest), pieces)
    }

    /// What carriers offer from a site.
    pub fn offers(&self, site: usize) -> &[Offer] {
        &self.rates[self.tariffs[self.sites[site].tariff].rates]
    }

    /// Hours from now to the door, by offer from a site.
    pub fn hours(&self, site: usize) -> &[u32] {
        &self.tariffs[self.sites[site].tariff].hours
    }

    /// What a load from a site would be with the offer that this speed asks for.
    pub fn quote(&self, site: usize, load: &[Piece], speed: Speed) -> Option<Quote> {
        quote(&self.goods, self.offers(site), self.hours(site), load, speed)
    }

    /// Takes in every source that may serve; rejects the others.
    fn judge(&mut self, facts: &Facts, products: &[&Product]) -> Stocked {
        let demands: BTreeMap<&Sku, usize> = facts.demand.iter().enumerate().map(|(i, demand)| (&demand.sku, i)).collect();
        let vendors: BTreeMap<&VendorId, &Vendor> = facts.vendors.iter().map(|vendor| (&vendor.vendor_id, vendor)).collect();
        let mut sources: Vec<_> = facts.sources.iter().collect();
        sources.sort_by(|a, b| (&a.vendor_id, &a.warehouse_id, &a.sku).cmp(&(&b.vendor_id, &b.warehouse_id, &b.sku)));
        let mut stocked: Stocked = vec![Vec::new(); facts.demand.len()];
        let mut last: Option<(&VendorId, &WarehouseId, Result<usize, Rejection>)> = None;
        let mut places = Places::of(facts);
        let borders = Borders::of(facts);
        for source in sources {
            let Some(i) = demands.get(&source.sku).copied() else { continue };
            let place = (&source.vendor_id, &source.warehouse_id);
            let judged = match &last {
                Some((vendor, warehouse, judged)) if (*vendor, *warehouse) == place => *judged,
                _ => self.site(facts, vendors.get(place.0).copied(), place.1, &mut places),
            };
            last = Some((place.0, place.1, judged));
            let fits = |site| {
                let vendor = vendors.get(place.0).copied().ok_or(Rejection::VendorUnknown)?;
                let from = vendor.warehouse(place.1).ok_or(Rejection::WarehouseUnknown)?;
                if !products[i].sale.may_go_to(facts.destination.is_po_box) {
                    return Err(Rejection::NoPoBox);
                }
                if !is_licensed(facts, vendor, products[i]) {
                    return Err(Rejection::NotLicensed);
                }
                borders.let_pass(from, i, products[i])?;
                self.fits(site, i)
            };
            match judged.and_then(fits) {
                Ok(site) => stocked[i].push((site, source.available)),
                Err(reason) => reject(&mut self.rejected, &source.sku, place, reason),
            }
        }
        stocked
    }

    /// The place among the sites, or why it may not serve.
    fn site(
        &mut self,
        facts: &Facts,
        vendor: Option<&Vendor>,
        warehouse_id: &WarehouseId,
        places: &mut Places,
    ) -> Result<usize, Rejection> {
        let vendor = vendor.ok_or(Rejection::VendorUnknown)?;
        let warehouse = vendor.warehouse(warehouse_id).ok_or(Rejection::WarehouseUnknown)?;
        let km = admitted(facts, vendor, warehouse)?;
        let journey = Journey::from(warehouse, facts.at, &places.working);
        let working_days = journey.as_ref().map_or(1, Journey::working_days);
        if !facts.load.has_room_at(&vendor.vendor_id, warehouse, working_days) {
            return Err(Rejection::NoCapacity);
        }
        let journey = journey.ok_or(Rejection::Closed)?;
        let there = facts.destination.locality();
        let mut legs = legs(&facts.rates, &warehouse.country, &there, km);
        if !legs.is_empty() {
            legs.retain(|(card, _)| facts.rates[*card].service_rules.deliver_to(facts.destination.is_po_box));
            if legs.is_empty() {
                return Err(Rejection::NoPoBox);
            }
        }
        let rates = places.legs.iter().position(|known| *known == legs).unwrap_or_else(|| {
            self.rates.push(offers(&facts.rates, &legs, &there, &self.goods, facts.currency, &facts.market));
            places.legs.push(legs);
            self.rates.len() - 1
        });
        if self.rates[rates].is_empty() {
            return Err(Rejection::NoRate);
        }
        let zone = &warehouse.calendar.zone;
        let mut hours = Vec::with_capacity(self.rates[rates].len());
        for offer in &self.rates[rates] {
            let dates = journey.to(&places.destination, offer.days).ok_or(Rejection::Closed)?;
            hours.push(dates.hours_from(facts.at, zone).ok_or(Rejection::Closed)?);
        }
        let tariff = Tariff { rates, hours };
        let tariff = self.tariffs.iter().position(|known| *known == tariff).unwrap_or_else(|| {
            self.tariffs.push(tariff);
            self.tariffs.len() - 1
        });
        self.sites.push(Site {
            vendor_id: vendor.vendor_id.clone(),
            warehouse_id: warehouse_id.clone(),
            km,
            lack: lack_of(vendor.performance),
            min_order: vendor.min_order.get(&facts.currency).copied().unwrap_or(0),
            tariff,
        });
        Ok(self.sites.len() - 1)
    }

    /// The site, if some carrier takes a piece of the demand from there.
    fn fits(&self, site: usize, demand: usize) -> Result<usize, Rejection> {
        let (offers, unit) = (self.offers(site), self.goods.units[demand]);
        if offers.iter().any(|offer| offer.limits.take(unit)) {
            return Ok(site);
        }
        Err(if offers.iter().any(|offer| offer.limits.has_room(unit)) {
            Rejection::NoSuitableService
        } else if offers.iter().any(|offer| unit.piece.grams <= offer.limits.grams) {
            Rejection::TooLarge
        } else {
            Rejection::TooHeavy
        })
    }

    /// Takes a demand's sources into the references.
    fn refer(&mut self, facts: &Facts, i: usize, quantity: u32, stocked: &[(usize, u32)]) {
        let mut dearest = 0;
        // The same from all sites of a tariff, but for what they have.
        let mut quoted: BTreeMap<(usize, u32), (i64, u32)> = BTreeMap::new();
        for (at, available) in stocked {
            let key = (self.sites[*at].tariff, quantity.min(*available));
            let (cost, hours) = *quoted.entry(key).or_insert_with(|| {
                let found = self.quote(*at, &[(i, key.1)], facts.speed);
                found.map_or((0, 0), |quote| (quote.cost, quote.hours))
            });
            self.longest = self.longest.max(hours);
            dearest = dearest.max(cost);
        }
        self.dearest = self.dearest.saturating_add(dearest);
    }
}

/// What was found about places on the way.
struct Places {
    working: WorkingDays,
    /// When people work at the destination.
    destination: Arc<Country>,
    /// By rates: the legs that they are of.
    legs: Vec<Vec<(usize, usize)>>,
}

impl Places {
    fn of(facts: &Facts) -> Self {
        let working = WorkingDays::from(facts.at.to_zoned(TimeZone::UTC).date());
        Self { destination: working.of(&facts.destination.country), working, legs: Vec::new() }
    }
}

/// Distance to the destination, where the vendor may serve it from there.
fn admitted(facts: &Facts, vendor: &Vendor, warehouse: &Warehouse) -> Result<u32, Rejection> {
    let destination = &facts.destination;
    if facts.excluded.contains(&vendor.vendor_id) {
        return Err(Rejection::VendorRefused);
    }
    if !vendor.may_sell() {
        return Err(Rejection::VendorNotActive);
    }
    if !vendor.serves(&destination.country, destination.region.as_deref()) {
        return Err(Rejection::DoesNotShipThere);
    }
    let policy = &facts.market.policy;
    if !policy.on_time_floor.is_zero() && vendor.on_time.expected(policy) < policy.on_time_floor {
        return Err(Rejection::NotPunctual);
    }
    if !facts.load.has_room(vendor) {
        return Err(Rejection::NoCapacity);
    }
    Ok(km(Point { lat: warehouse.lat, lon: warehouse.lon }, destination.point))
}

/// Whether the vendor has the licence that the goods need at the destination on that day; the narrowest area that names a rule counts.
fn is_licensed(facts: &Facts, vendor: &Vendor, product: &Product) -> bool {
    let Some(class) = &product.sale.restriction else { return true };
    let there = facts.destination.locality();
    let holds = |area: &Area| there.lies_in(area);
    let narrowest = facts.regulations.goods_rule(class, &there);
    let today = facts.at.to_zoned(TimeZone::UTC).date();
    let in_force = |licence: &Licence| licence.valid_from <= today && licence.valid_to.is_none_or(|last| today <= last);
    let has = || vendor.licences.iter().any(|licence| licence.class == *class && in_force(licence) && licence.areas.iter().any(holds));
    !narrowest.is_some_and(|rule| rule.licence) || has()
}

pub(crate) fn reject(rejected: &mut Vec<Rejected>, sku: &Sku, (vendor_id, warehouse_id): (&VendorId, &WarehouseId), reason: Rejection) {
    let (sku, vendor_id, warehouse_id) = (sku.clone(), vendor_id.clone(), Some(warehouse_id.clone()));
    rejected.push(Rejected { sku, vendor_id, warehouse_id, reason });
}

/// Leaves out sources that have too little of a demand that others can fill alone, and vendors that deliver only for more than they could get here. Without such a
/// vendor another may be the only one to fill a demand, or none: then it is judged anew.
fn worthwhile(facts: &Facts, sites: &[Site], mut stocked: Stocked, rejected: &mut Vec<Rejected>) -> Stocked {
    loop {
        let able: Stocked = stocked.iter().zip(&facts.demand).map(|(rows, demand)| filling(rows, demand.quantity)).collect();
        let reach = reach(facts, sites, &able);
        let small: Vec<bool> = sites.iter().map(|site| reach.get(&site.vendor_id).copied().unwrap_or(0) < site.min_order).collect();
        let done = !stocked.iter().flatten().any(|(site, _)| small[*site]);
        for (demand, (rows, able)) in facts.demand.iter().zip(stocked.iter().zip(&able)) {
            let alone = able.len() < rows.len();
            for (site, has) in rows {
                let place = (&sites[*site].vendor_id, &sites[*site].warehouse_id);
                if done && alone && *has < demand.quantity {
                    reject(rejected, &demand.sku, place, Rejection::InsufficientStock);
                } else if !done && small[*site] {
                    reject(rejected, &demand.sku, place, Rejection::BelowVendorMinimum);
                }
            }
        }
        if done {
            return able;
        }
        for rows in &mut stocked {
            rows.retain(|(site, _)| !small[*site]);
        }
    }
}

/// The rows that fill a quantity alone, if there are any; else all.
fn filling(rows: &[(usize, u32)], quantity: u32) -> Vec<(usize, u32)> {
    let alone: Vec<(usize, u32)> = rows.iter().filter(|(_, has)| *has >= quantity).copied().collect();
    if alone.is_empty() { rows.to_vec() } else { alone }
}

/// The most that each vendor could be given of this order, without tax, rounded up.
fn reach<'a>(facts: &Facts, sites: &'a [Site], stocked: &Stocked) -> BTreeMap<&'a VendorId, i64> {
    let mut reach: BTreeMap<&VendorId, i64> = BTreeMap::new();
    for (demand, rows) in facts.demand.iter().zip(stocked) {
        let mut own: BTreeMap<&VendorId, u32> = BTreeMap::new();
        for (site, has) in rows {
            let sum = own.entry(&sites[*site].vendor_id).or_default();
            *sum = sum.saturating_add(*has);
        }
        for (vendor, has) in own {
            let worth = if has >= demand.quantity { demand.net } else { demand.worth(has).saturating_add(1) };
            let sum = reach.entry(vendor).or_default();
            *sum = sum.saturating_add(worth);
        }
    }
    reach
}

#[cfg(test)]
#[path = "candidates_tests.rs"]
mod tests;
