//! Which sources may serve which demand, and why the others may not.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};

use oms_contract::record::{Rejected, Rejection};
use oms_contract::reference::regulation::Licence;
use oms_contract::reference::{Calendar, Product, Vendor, Warehouse};
use oms_domain::area::Area;
use oms_domain::{Sku, VendorId, WarehouseId};

use crate::choices::{Choice, choices};
use crate::distance::{Point, km};
use crate::facts::Facts;
use crate::objective::lack_of;
use crate::packing::Goods;
use crate::tariff::{Offer, offers, quote};

/// A vendor's warehouse that some demand may be served from.
#[derive(Debug, Clone, PartialEq)]
pub struct Site {
    /// Whose.
    pub vendor_id: VendorId,
    /// Where.
    pub warehouse_id: WarehouseId,
    /// To the destination.
    pub km: u32,
    /// From the order to the hand-over, the wait for the next working day included.
    pub handling_hours: u32,
    /// Millionths of performance that the vendor lacks.
    pub lack: i128,
    /// The least goods value that the vendor delivers.
    pub min_order: i64,
    /// What carriers offer from here: index into the problem's tariffs.
    pub tariff: usize,
}

/// The problem to be solved.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// All sites, by vendor and warehouse.
    pub sites: Vec<Site>,
    /// The carriers' offers; sites that are alike to carriers have the same.
    pub tariffs: Vec<Vec<Offer>>,
    /// What the demands weigh and measure.
    pub goods: Goods,
    /// Ways to serve each demand; none where it cannot be served.
    pub choices: Vec<Vec<Choice>>,
    /// By demand, whether those are all: false where a quantity can be split in too many.
    pub complete: Vec<bool>,
    /// Sources that were not considered.
    pub rejected: Vec<Rejected>,
    /// Longest delivery among all feasible sources, hours.
    pub t_ref: u32,
    /// Sum over the demands of the dearest feasible shipment of it alone.
    pub c_ref: i64,
}

/// By demand: the sites that have it, and how many.
type Stocked = Vec<Vec<(usize, u32)>>;

/// States the problem.
pub fn problem(facts: &Facts) -> Problem {
    let products: BTreeMap<&Sku, &Product> = facts.products.iter().map(|product| (&product.sku, product)).collect();
    let known: Vec<&Product> = facts.demand.iter().filter_map(|demand| products.get(&demand.sku).copied()).collect();
    let goods = Goods::of(&known);
    let mut problem = Problem {
        sites: Vec::new(),
        tariffs: Vec::new(),
        goods,
        choices: vec![Vec::new(); facts.demand.len()],
        complete: vec![true; facts.demand.len()],
        rejected: Vec::new(),
        t_ref: 0,
        c_ref: 0,
    };
    // A product that the catalogue does not have cannot be shipped by anybody.
    if known.len() == facts.demand.len() {
        let stocked = problem.judge(facts);
        let stocked = worthwhile(facts, &problem.sites, stocked, &mut problem.rejected);
        for (i, demand) in facts.demand.iter().enumerate() {
            problem.refer(facts, i, demand.quantity, &stocked[i]);
            (problem.choices[i], problem.complete[i]) = choices(demand.quantity, &stocked[i]);
        }
    }
    problem
}

impl Problem {
    /// What carriers offer from a site.
    pub fn offers(&self, site: usize) -> &[Offer] {
        &self.tariffs[self.sites[site].tariff]
    }

    /// Takes in every source that may serve; rejects the others.
    fn judge(&mut self, facts: &Facts) -> Stocked {
        let demands: BTreeMap<&Sku, usize> = facts.demand.iter().enumerate().map(|(i, demand)| (&demand.sku, i)).collect();
        let vendors: BTreeMap<&VendorId, &Vendor> = facts.vendors.iter().map(|vendor| (&vendor.vendor_id, vendor)).collect();
        let mut sources: Vec<_> = facts.sources.iter().collect();
        sources.sort_by(|a, b| (&a.vendor_id, &a.warehouse_id, &a.sku).cmp(&(&b.vendor_id, &b.warehouse_id, &b.sku)));
        let mut stocked: Stocked = vec![Vec::new(); facts.demand.len()];
        let mut last: Option<(&VendorId, &WarehouseId, Result<usize, Rejection>)> = None;
        for source in sources {
            let Some(i) = demands.get(&source.sku).copied() else { continue };
            let place = (&source.vendor_id, &source.warehouse_id);
            let judged = match &last {
                Some((vendor, warehouse, judged)) if (*vendor, *warehouse) == place => *judged,
                _ => self.site(facts, vendors.get(place.0).copied(), place.1),
            };
            last = Some((place.0, place.1, judged));
            match judged.and_then(|site| self.fits(facts, vendors.get(place.0).copied(), site, i)) {
                Ok(site) => stocked[i].push((site, source.available)),
                Err(reason) => reject(&mut self.rejected, &source.sku, place, reason),
            }
        }
        stocked
    }

    /// The place among the sites, or why it may not serve.
    fn site(&mut self, facts: &Facts, vendor: Option<&Vendor>, warehouse_id: &WarehouseId) -> Result<usize, Rejection> {
        let vendor = vendor.ok_or(Rejection::VendorUnknown)?;
        let warehouse = vendor.warehouses.iter().find(|w| w.warehouse_id == *warehouse_id).ok_or(Rejection::WarehouseUnknown)?;
        let km = admitted(facts, vendor, warehouse)?;
        let relation = (warehouse.country.as_str(), facts.destination.country.as_str());
        let offers = offers(&facts.rates, relation, km, facts.currency, &facts.market);
        if offers.is_empty() {
            return Err(Rejection::NoRate);
        }
        let tariff = self.tariffs.iter().position(|known| *known == offers).unwrap_or_else(|| {
            self.tariffs.push(offers);
            self.tariffs.len() - 1
        });
        self.sites.push(Site {
            vendor_id: vendor.vendor_id.clone(),
            warehouse_id: warehouse_id.clone(),
            km,
            handling_hours: until_work(facts.at, &warehouse.calendar)?.saturating_add(warehouse.handling_hours),
            lack: lack_of(vendor.performance),
            min_order: vendor.min_order.get(&facts.currency).copied().unwrap_or(0),
            tariff,
        });
        Ok(self.sites.len() - 1)
    }

    /// The site, if its vendor may send the demand there and some carrier takes a piece of it.
    fn fits(&self, facts: &Facts, vendor: Option<&Vendor>, site: usize, demand: usize) -> Result<usize, Rejection> {
        let product = facts.products.iter().find(|product| product.sku == facts.demand[demand].sku);
        if let (Some(vendor), Some(product)) = (vendor, product)
            && !is_licensed(facts, vendor, product)
        {
            return Err(Rejection::NotLicensed);
        }
        let offers = self.offers(site);
        if quote(&self.goods, offers, &[(demand, 1)], facts.speed).is_some() {
            return Ok(site);
        }
        let grams = self.goods.units[demand].grams;
        Err(if offers.iter().any(|offer| grams <= offer.limits.grams) { Rejection::TooLarge } else { Rejection::TooHeavy })
    }

    /// Takes a demand's sources into the references.
    fn refer(&mut self, facts: &Facts, i: usize, quantity: u32, stocked: &[(usize, u32)]) {
        let mut dearest = 0;
        // The same from all sites of a tariff, but for what they have.
        let mut quoted: BTreeMap<(usize, u32), (i64, u32)> = BTreeMap::new();
        for (at, available) in stocked {
            let key = (self.sites[*at].tariff, quantity.min(*available));
            let (cost, hours) = *quoted.entry(key).or_insert_with(|| {
                let found = quote(&self.goods, &self.tariffs[key.0], &[(i, key.1)], facts.speed);
                found.map_or((0, 0), |quote| (quote.cost, quote.hours))
            });
            self.t_ref = self.t_ref.max(self.sites[*at].handling_hours.saturating_add(hours));
            dearest = dearest.max(cost);
        }
        self.c_ref = self.c_ref.saturating_add(dearest);
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
    if facts.full.contains(&vendor.vendor_id) || vendor.daily_capacity == Some(0) || warehouse.daily_capacity == Some(0) {
        return Err(Rejection::NoCapacity);
    }
    Ok(km(Point { lat: warehouse.lat, lon: warehouse.lon }, destination.point))
}

/// Whether the vendor has the licence that the goods need at the destination on that day; the narrowest area that names a rule counts.
fn is_licensed(facts: &Facts, vendor: &Vendor, product: &Product) -> bool {
    let Some(class) = &product.sale.restriction else { return true };
    let there = &facts.destination;
    let holds = |area: &Area| area.holds(&there.country, there.region.as_deref(), there.postcode.as_deref());
    let rules = facts.regulations.goods.get(class).into_iter().flatten().filter(|rule| holds(&rule.area));
    let narrowest = rules.max_by_key(|rule| (rule.area.0.contains(':'), rule.area.0.contains('-')));
    let today = facts.at.to_zoned(jiff::tz::TimeZone::UTC).date();
    let in_force = |licence: &Licence| licence.valid_from <= today && licence.valid_to.is_none_or(|last| today <= last);
    let has = || vendor.licences.iter().any(|licence| licence.class == *class && in_force(licence) && licence.areas.iter().any(holds));
    !narrowest.is_some_and(|rule| rule.licence) || has()
}

/// Days looked ahead for a working day.
const HORIZON: usize = 60;

/// Hours until the warehouse begins with an order that comes now, begun ones counted whole: none on a working day before its cut-off, else until the next
/// working day begins.
fn until_work(now: Timestamp, calendar: &Calendar) -> Result<u32, Rejection> {
    let local = now.to_zoned(calendar.zone.clone());
    let open = |day: Date| calendar.weekdays.contains(&day.weekday().to_monday_one_offset()) && !calendar.closed.contains(&day);
    if open(local.date()) && calendar.cut_off.is_none_or(|cut_off| local.time() <= cut_off) {
        return Ok(0);
    }
    let next = local.date().series(1.day()).skip(1).take(HORIZON).find(|day| open(*day)).ok_or(Rejection::Closed)?;
    let begins = next.to_zoned(calendar.zone.clone()).map_err(|_| Rejection::Closed)?.timestamp();
    let seconds = u64::try_from(begins.duration_since(now).as_secs()).unwrap_or(0);
    Ok(u32::try_from(seconds.div_ceil(3600)).unwrap_or(u32::MAX))
}

fn reject(rejected: &mut Vec<Rejected>, sku: &Sku, (vendor_id, warehouse_id): (&VendorId, &WarehouseId), reason: Rejection) {
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
mod tests {
    use super::*;
    use jiff::civil::time;

    #[test]
    fn an_order_waits_for_the_cut_off_and_the_working_day() {
        let berlin = |closed: Vec<Date>| Calendar {
            zone: jiff::tz::TimeZone::get("Europe/Berlin").unwrap(),
            cut_off: Some(time(14, 0, 0, 0)),
            weekdays: vec![1, 2, 3, 4, 5],
            closed,
        };
        let monday: Date = "2026-11-23".parse().unwrap();
        for (now, closed, hours) in [
            // A Monday in winter: Berlin is an hour ahead.
            ("2026-11-23T12:59:59Z", vec![], Ok(0)),
            ("2026-11-23T13:00:00Z", vec![], Ok(0)),
            ("2026-11-23T13:00:01Z", vec![], Ok(10)),
            ("2026-11-27T13:30:00Z", vec![], Ok(58)),
            ("2026-11-23T08:00:00Z", vec![monday], Ok(15)),
        ] {
            assert_eq!(until_work(now.parse().unwrap(), &berlin(closed)), hours, "{now}");
        }
        let never = Calendar { weekdays: Vec::new(), ..berlin(vec![]) };
        assert_eq!(until_work("2026-11-23T08:00:00Z".parse().unwrap(), &never), Err(Rejection::Closed));
    }
}
