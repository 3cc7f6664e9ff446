//! A bound for orders with more loads than can be held: each line pays for its own weight, without rounding up.
//!
//! A load costs an offer at least what [a line](crate::floor) has for every load, and for its kilograms. These are no fewer than the grams of the goods, or their volume in
//! grams; and a line that shares a package with no other pays what its own packages are charged. So the least that a load scores by an offer is a sum over its rows,
//! and the best load of a site at given prices is found row by row. The loads that are not excluded by that are then worked out exactly.

use oms_domain::document::Speed;

use crate::columns::Column;
use crate::dual::{Bound, Supply};
use crate::floor::Least;
use crate::loads::{Loads, NONE, Rough, Shelf};
use crate::packing::{Limits, Piece, billed};
use crate::tariff::Offer;
use crate::weigh::Weigher;

/// What pricing a load counts for in steps: about as much time.
pub(crate) const PRICED: usize = 20;

/// What an offer scores at least, at a site.
#[derive(Debug)]
struct OfferLeast {
    /// From now to the door.
    hours: u32,
    base: Rough,
    /// By item; [`NONE`] where it is not taken.
    items: Vec<Rough>,
}

/// The least that loads score, by site and offer.
#[derive(Debug)]
pub(crate) struct Linear {
    sites: Vec<Vec<OfferLeast>>,
    /// Only loads count that arrive by then.
    pub(crate) until: u32,
}

impl Linear {
    pub(crate) fn of(loads: &Loads<'_>) -> Self {
        let sites = (0..loads.shelves.len()).map(|site| {
            let (offers, hours) = (loads.problem.offers(site), loads.problem.hours(site));
            let is_out = |at: usize| {
                let out = |other: usize| outdoes(&offers[other], &offers[at], (hours[other], hours[at]), loads.facts.speed);
                (0..offers.len()).any(|other| other != at && out(other))
            };
            (0..offers.len()).filter(|at| !is_out(*at)).map(|at| least(loads, site, &offers[at], hours[at])).collect()
        });
        Self { sites: sites.collect(), until: u32::MAX }
    }

    /// All hours at which a shipment may arrive, the earliest first.
    pub(crate) fn hours(&self) -> Vec<u32> {
        let mut hours: Vec<u32> = self.sites.iter().flatten().map(|offer| offer.hours).collect();
        hours.sort_unstable();
        hours.dedup();
        hours
    }

    /// The earliest that a row may arrive from a site.
    pub(crate) fn earliest(&self, site: usize, item: usize) -> u32 {
        let able = self.sites[site].iter().filter(|offer| offer.items[item] < NONE);
        able.map(|offer| offer.hours).min().unwrap_or(u32::MAX)
    }

    /// The least that an item scores at a site alone, by the hours that count.
    pub(crate) fn alone(&self, site: usize, item: usize) -> Rough {
        let able = self.sites[site].iter().filter(|offer| offer.hours <= self.until);
        able.map(|offer| offer.base.saturating_add(offer.items[item]).min(NONE)).min().unwrap_or(NONE)
    }

    /// All loads that may lie no more than `room` above the bound; `None` where that takes more steps than are left.
    pub(crate) fn loads(&self, loads: &Loads<'_>, bound: &Bound, room: Rough, steps: &mut usize) -> Option<Vec<Column>> {
        let weigher = Weigher::new(loads.problem, loads.facts.speed, &[]);
        let (mut found, mut paid) = (Vec::new(), Vec::new());
        for site in 0..loads.shelves.len() {
            let pays = bound.prices.paid(loads, site, &mut paid);
            let beyond = pays - bound.least[site];
            let offers: Vec<&OfferLeast> = self.sites[site].iter().filter(|offer| offer.hours <= self.until).collect();
            let mut growing = Growing { loads, weigher: &weigher, site, paid: &paid, beyond, room, until: self.until, steps: &mut *steps };
            let open: Vec<(usize, Rough)> = offers.iter().enumerate().map(|(at, offer)| (at, offer.base + beyond)).collect();
            growing.grow(&offers, 0, 0, open, &mut found)?;
        }
        Some(found)
    }
}

/// Grows the loads of a site, row by row.
struct Growing<'a, 'b> {
    loads: &'a Loads<'b>,
    weigher: &'a Weigher<'b>,
    site: usize,
    paid: &'a [Rough],
    /// What a load of the site scores beyond its own.
    beyond: Rough,
    room: Rough,
    until: u32,
    steps: &'a mut usize,
}

impl Growing<'_, '_> {
    /// Decides about one item after the other. `open` are the offers that may still do, with what they score so far.
    fn grow(&mut self, offers: &[&OfferLeast], at: usize, code: usize, open: Vec<(usize, Rough)>, found: &mut Vec<Column>) -> Option<()> {
        *self.steps = self.steps.checked_sub(1)?;
        let gain = |offer: usize| -> Rough {
            let later = offers[offer].items[at..].iter().zip(&self.paid[at..]);
            later.map(|(score, paid)| (score - paid).min(0)).sum()
        };
        let mut open = open;
        open.retain(|(offer, score)| score.saturating_add(gain(*offer)) <= self.room);
        if open.is_empty() {
            return Some(());
        }
        let shelf = &self.loads.shelves[self.site];
        let Some(item) = shelf.items.get(at) else {
            *self.steps = self.steps.checked_sub(PRICED)?;
            self.keep(code, found);
            return Some(());
        };
        let demand = self.loads.piece(item.row).0;
        let has_it = code > 0 && shelf.items_of(code).any(|other| self.loads.piece(other.row).0 == demand);
        if !has_it {
            let able = open.iter().filter(|(offer, _)| offers[*offer].items[at] < NONE);
            let with = able.map(|(offer, score)| (*offer, score + offers[*offer].items[at] - self.paid[at])).collect();
            self.grow(offers, at + 1, code + item.place, with, found)?;
        }
        self.grow(offers, at + 1, code, open, found)
    }

    /// Prices a load exactly.
    fn keep(&mut self, code: usize, found: &mut Vec<Column>) {
        if let Some((score, hours)) = self.loads.priced(self.weigher, self.site, code).filter(|(_, hours)| code > 0 && *hours <= self.until)
        {
            let paid: Rough = self.loads.shelves[self.site]
                .items
                .iter()
                .zip(self.paid)
                .filter(|(item, _)| code & item.place > 0)
                .map(|(_, paid)| paid)
                .sum();
            let above = score - paid + self.beyond;
            if above <= self.room {
                found.push(Column { site: self.site, code, score, hours, above });
            }
        }
    }
}

impl Supply for Linear {
    fn best(&mut self, site: usize, shelf: &Shelf, paid: &[Rough]) -> (Rough, usize) {
        let mut best = (NONE, 0);
        for offer in self.sites[site].iter().filter(|offer| offer.hours <= self.until) {
            let (mut value, mut code) = (offer.base, 0);
            for ((score, paid), item) in offer.items.iter().zip(paid).zip(&shelf.items) {
                if score < paid {
                    value += score - paid;
                    code += item.place;
                }
            }
            if value < best.0 && code > 0 {
                best = (value, code);
            }
        }
        best
    }
}

/// Whether an offer is never chosen as long as there is this one, which packs the same goods and bills no more for them: it is faster and the
/// order is express, or it is cheaper and the order is not. `hours` are those of the two.
fn outdoes(this: &Offer, other: &Offer, hours: (u32, u32), speed: Speed) -> bool {
    let limits =
        Limits { divisor: other.limits.divisor, ordinary: other.limits.ordinary, by_package: other.limits.by_package, ..this.limits };
    limits == other.limits
        && match speed {
            Speed::Express => hours.0 < hours.1,
            // Of equal costs the faster is chosen.
            Speed::Standard => this.is_as_cheap_as(other, hours.0 >= hours.1),
        }
}

fn least(loads: &Loads<'_>, site: usize, offer: &Offer, hours: u32) -> OfferLeast {
    let goods = &loads.problem.goods;
    let own = &loads.problem.sites[site];
    let demands = || loads.facts.demand.iter().enumerate();
    let alone = |demand: usize| demands().filter(|(other, _)| goods.family(*other) == goods.family(demand)).count() == 1;
    let volumetric = |demand: usize, quantity: u32| {
        goods.units[demand].piece.mm3.saturating_mul(u64::from(quantity)) / u64::from(offer.limits.divisor.max(1))
    };
    let grams = |demand: usize, quantity: u32| goods.units[demand].piece.grams.saturating_mul(u64::from(quantity));
    // Whichever is more over the whole order: either is a bound.
    let shared = || demands().filter(|(demand, _)| !alone(*demand));
    let heavy: u64 = shared().map(|(demand, wanted)| grams(demand, wanted.quantity)).sum();
    let bulky: u64 = shared().map(|(demand, wanted)| volumetric(demand, wanted.quantity)).sum();
    let least_grams = |(demand, quantity): Piece| if heavy >= bulky { grams(demand, quantity) } else { volumetric(demand, quantity) };
    let line = offer.least(heavy.max(bulky).div_ceil(2000));
    let scored = |piece: Piece| {
        if !offer.limits.take(goods.units[piece.0]) {
            return NONE;
        }
        let parts = if alone(piece.0) {
            // What its own packages are charged, but for what the line has once for every load.
            billed(goods, &[piece], &offer.limits).and_then(|billed| offer.charged(&billed)).map_or(0, |charged| line.beyond(charged))
        } else {
            line.per_kg.saturating_mul(i128::from(least_grams(piece))) / 1000
        };
        let weight = Least::score(loads.scale.unit, parts);
        loads.rough(weight.saturating_add(loads.scale.score(0, 0, own.lack * i128::from(piece.1))))
    };
    OfferLeast {
        hours,
        base: loads.rough(Least::score(loads.scale.unit, line.fixed)),
        items: loads.shelves[site].items.iter().map(|item| scored(loads.piece(item.row))).collect(),
    }
}
