//! What a shipment costs and how long it takes.
//!
//! A shipment costs what the carrier's card charges for its packages ([`packing`](crate::packing)), item by item as `oms_domain::shipping::rates` has it: base, weight of each
//! package, remote area, oversize, fuel; then in the order's currency. No package may hold a piece heavier or larger than the carrier takes, nor one that the service does not
//! do: dangerous goods, a look at the recipient's age. A service is not offered where it does not go.

use oms_contract::reference::{Market, RateCard, Zone};
use oms_domain::Currency;
use oms_domain::area::Locality;
use oms_domain::document::Speed;
use oms_domain::shipping::{Charges, Mode, Place};

use crate::factor::{Exchange, Factor};
use crate::floor::{Floor, Least};
use crate::packing::{Billed, Goods, Limits, Package, Piece, billed, pack};

/// A carrier's service between two places, in the order's currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// By whom.
    pub carrier: String,
    /// How fast it is called.
    pub service: Speed,
    /// Working days from hand-over to the door.
    pub days: u16,
    /// What goes into a package, and how it bills.
    pub limits: Limits,
    /// What is charged, in the card's currency.
    charges: Charges,
    /// The share that fuel adds.
    fuel: Factor,
    /// Into the order's currency.
    exchange: Exchange,
    /// What is charged at least for a weight.
    floors: Vec<Floor>,
}

impl Offer {
    /// The offer of a card in one of its zones; `None` where its currency has no rate, or it charges less than nothing for something.
    fn of(card: &RateCard, zone: &Zone, to: Place<'_>, goods: &Goods, currency: Currency, market: &Market) -> Option<Self> {
        let charges = Charges::of(card, zone, to);
        let amounts = [charges.base, charges.per_kg, charges.remote, charges.oversize];
        let all = amounts.into_iter().chain(charges.steps.iter().map(|step| step.price));
        if card.volumetric_divisor == 0 || charges.fuel.is_sign_negative() || all.into_iter().any(i64::is_negative) {
            return None;
        }
        Some(Self {
            carrier: card.carrier.clone(),
            service: card.service,
            days: zone.working_days(),
            limits: limits(card, zone, goods),
            fuel: Factor::of(charges.fuel, charges.fuel_rounding),
            exchange: Exchange::of(charges.currency, currency, market)?,
            floors: Floor::all_of(&charges),
            charges,
        })
    }

    /// What these packages cost; `None` beyond what money can hold.
    pub fn price(&self, billed: &Billed) -> Option<i64> {
        self.total(self.charges.base.checked_add(self.charged(billed)?)?)
    }

    /// What is charged for these packages in the card's currency, before fuel and but for the base price.
    pub(crate) fn charged(&self, billed: &Billed) -> Option<i64> {
        let weight = if self.charges.steps.is_empty() {
            self.charges.per_kg.checked_mul(i64::try_from(billed.kg).ok()?)?
        } else {
            billed.each.iter().try_fold(0_i64, |sum, kg| sum.checked_add(self.charges.weight(kg.checked_mul(1000)?)?))?
        };
        let remote = self.charges.remote.checked_mul(i64::from(billed.packages))?;
        let oversize = self.charges.oversize.checked_mul(i64::from(billed.oversize))?;
        weight.checked_add(remote)?.checked_add(oversize)
    }

    /// With fuel, in the order's currency. No less where more is charged.
    fn total(&self, carried: i64) -> Option<i64> {
        let fuel = self.fuel.times(carried, |carried| self.charges.fuel(carried))?;
        self.exchange.of_amount(carried.checked_add(fuel)?)
    }

    /// What so many kilograms billed cost at least, in however many packages.
    fn price_at_least(&self, kg: u64) -> i64 {
        let weight = self.floors.iter().map(|floor| floor.at(kg)).max().unwrap_or(0);
        self.total(self.charges.base.saturating_add(weight)).unwrap_or(i64::MAX)
    }

    /// A bound that is linear in the weight, best for loads of about so many kilograms.
    pub(crate) fn least(&self, kg: u64) -> Least {
        let floor = self.floors.iter().max_by_key(|floor| floor.at(kg)).copied().unwrap_or_default();
        Least::of(self.charges.base, floor, self.charges.fuel, &self.exchange)
    }

    /// Whether no load that both take costs less by another offer; if `strictly`, whether each costs more.
    pub(crate) fn is_as_cheap_as(&self, other: &Self, strictly: bool) -> bool {
        let (own, theirs) = (&self.charges, &other.charges);
        let alike = own.currency == theirs.currency && self.exchange == other.exchange && own.fuel_rounding == theirs.fuel_rounding;
        // Packed for another divisor, a load may be in another number of packages.
        let by_kg = own.steps.is_empty()
            && theirs.steps.is_empty()
            && own.remote == 0
            && theirs.remote == 0
            && own.oversize == 0
            && theirs.oversize == 0;
        let packed = self.limits == other.limits
            || by_kg
                && self.limits.divisor >= other.limits.divisor
                && Limits { divisor: other.limits.divisor, ..self.limits } == other.limits;
        let dearer = own.base > theirs.base
            || own.per_kg > theirs.per_kg
            || own.remote > theirs.remote
            || own.oversize > theirs.oversize
            || own.fuel > theirs.fuel;
        let is_less = own.base < theirs.base && self.exchange.is_none();
        alike && packed && own.steps == theirs.steps && !dearer && (is_less || !strictly)
    }
}

/// What a card takes in a package in this zone, as far as it matters for these goods: what differs in nothing else is equal.
fn limits(card: &RateCard, zone: &Zone, goods: &Goods) -> Limits {
    let rules = &card.service_rules;
    let any = |which: &dyn Fn(&crate::packing::Unit) -> bool| goods.units.iter().any(which);
    let size = |limit: Option<oms_contract::reference::SizeLimit>| {
        limit.map_or((u32::MAX, u64::MAX), |limit| (limit.length_mm, u64::from(limit.girth_mm)))
    };
    let (length_mm, girth_mm) = size(card.largest);
    Limits {
        grams: u64::from(zone.max_weight_g),
        length_mm: length_mm.min(rules.max_side_mm.unwrap_or(u32::MAX)),
        girth_mm,
        divisor: card.volumetric_divisor,
        ordinary: if zone.table.oversize == 0 { size(None) } else { size(card.surcharges.oversize) },
        by_package: !zone.table.steps.is_empty(),
        dangerous: rules.hazmat && any(&|unit| unit.is_dangerous),
        by_air: rules.hazmat && rules.mode == Mode::Air && any(&|unit| unit.is_dangerous && unit.by[0] != unit.by[1]),
        age_check: rules.age_check && any(&|unit| unit.needs_age_check),
    }
}

/// The cards that go from a country to a place at a distance, each with its zone: places in `cards` and in its zones.
pub fn legs(cards: &[RateCard], from: &str, to: &Locality<'_>, km: u32) -> Vec<(usize, usize)> {
    let goes_there = |card: &RateCard| !card.service_rules.not_in.iter().any(|area| to.lies_in(area));
    let leg = |(at, card): (usize, &RateCard)| {
        let zone = card.zone(from, to.country, km).filter(|_| goes_there(card))?;
        Some((at, card.zones.iter().position(|other| std::ptr::eq(other, zone))?))
    };
    cards.iter().enumerate().filter_map(leg).collect()
}

/// The offers of these [`legs`], by carrier and service. A card whose currency has no rate makes none.
pub fn offers(
    cards: &[RateCard],
    legs: &[(usize, usize)],
    to: &Locality<'_>,
    goods: &Goods,
    currency: Currency,
    market: &Market,
) -> Vec<Offer> {
    let place = Place { country: to.country, postcode: to.postcode };
    let offer = |(card, zone): &(usize, usize)| {
        let card = cards.get(*card)?;
        Offer::of(card, card.zones.get(*zone)?, place, goods, currency, market)
    };
    let mut offers: Vec<Offer> = legs.iter().filter_map(offer).collect();
    offers.sort_by(|a, b| (&a.carrier, a.service as u8).cmp(&(&b.carrier, b.service as u8)));
    offers
}

/// What one shipment would be with one offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quote {
    /// Index into the offers.
    pub offer: usize,
    /// Minor units.
    pub cost: i64,
    /// From now to the door.
    pub hours: u32,
    /// Grams billed: whole kilograms.
    pub billed_g: u64,
}

/// The offer that this customer's speed asks for: the cheapest, the faster of equals; or the fastest, the cheaper of equals. `hours` are those to the door, by offer.
/// `None` where no offer takes every piece.
pub fn quote(goods: &Goods, offers: &[Offer], hours: &[u32], load: &[Piece], speed: Speed) -> Option<Quote> {
    let all: Vec<Option<Billed>> = offers.iter().map(|offer| billed(goods, load, &offer.limits)).collect();
    let cost = |offer: usize| all[offer].as_ref().and_then(|billed| offers[offer].price(billed));
    let (offer, cost, hours) = choose(hours, speed, cost)?;
    Some(Quote { offer, cost, hours, billed_g: all[offer].as_ref().map_or(0, |billed| billed.kg.saturating_mul(1000)) })
}

/// The offer that this speed asks for, with its cost and hours, where `cost` says by index what each costs; `None` where it cannot carry the load.
pub(crate) fn choose(hours: &[u32], speed: Speed, cost: impl Fn(usize) -> Option<i64>) -> Option<(usize, i64, u32)> {
    let priced = hours.iter().enumerate().filter_map(|(offer, hours)| Some((offer, cost(offer)?, *hours)));
    match speed {
        Speed::Standard => priced.min_by_key(|(offer, cost, hours)| (*cost, *hours, *offer)),
        Speed::Express => priced.min_by_key(|(offer, cost, hours)| (*hours, *cost, *offer)),
    }
}

/// The packages in which an offer carries the load; none where it cannot.
pub fn packages(goods: &Goods, offer: &Offer, load: &[Piece]) -> Vec<Package> {
    pack(goods, load, &offer.limits).unwrap_or_default()
}

/// The least that the load can cost and take, whatever is added to it: what the search may count on.
pub fn at_least(goods: &Goods, offers: &[Offer], hours: &[u32], load: &[Piece]) -> Option<(i64, u32)> {
    let able = || offers.iter().zip(hours).filter(|(offer, _)| load.iter().all(|(demand, _)| offer.limits.take(goods.units[*demand])));
    let cost = able().map(|(offer, _)| offer.price_at_least(goods.least_kg(load, offer.limits.divisor))).min()?;
    let hours = able().map(|(_, hours)| *hours).min()?;
    Some((cost, hours))
}

#[cfg(test)]
#[path = "tariff_tests.rs"]
mod tests;
