//! What a shipment costs and how long it takes.
//!
//! A shipment costs the card's base price once, plus its price per kilogram billed, package by package ([`packing`](crate::packing)). No package may hold
//! a piece heavier or larger than the carrier takes.

use rust_decimal::Decimal;

use oms_contract::reference::{Market, RateCard, Zone};
use oms_domain::document::Speed;
use oms_domain::{Currency, Money};

use crate::packing::{Goods, Limits, Package, Piece, billed, pack};

/// A carrier's service between two places, in the order's currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// By whom.
    pub carrier: String,
    /// How fast it is called.
    pub service: Speed,
    /// Per shipment, in minor units.
    pub base: i64,
    /// Per kilogram billed.
    pub per_kg: i64,
    /// From hand-over to the door.
    pub hours: u32,
    /// What goes into a package, and how its volume bills.
    pub limits: Limits,
}

impl Offer {
    /// What so many kilograms billed cost.
    pub fn price(&self, kg: u64) -> i64 {
        i64::try_from(kg).unwrap_or(i64::MAX).saturating_mul(self.per_kg).saturating_add(self.base)
    }
}

/// The offers between two countries at a distance, by carrier and service. A card that has no zone for them, or whose currency has no rate, makes none.
pub fn offers(cards: &[RateCard], relation: (&str, &str), km: u32, currency: Currency, market: &Market) -> Vec<Offer> {
    let mut offers: Vec<Offer> = cards
        .iter()
        .filter(|card| card.volumetric_divisor > 0)
        .filter_map(|card| {
            let zone = zone_of(card, relation, km)?;
            let exchanged = |amount| exchanged(Money::new(amount, zone.currency), currency, market);
            Some(Offer {
                carrier: card.carrier.clone(),
                service: card.service,
                base: exchanged(zone.base)?,
                per_kg: exchanged(zone.per_kg)?,
                hours: zone.hours,
                limits: Limits {
                    grams: u64::from(zone.max_weight_g),
                    length_mm: card.largest.map_or(u32::MAX, |largest| largest.length_mm),
                    girth_mm: card.largest.map_or(u64::MAX, |largest| u64::from(largest.girth_mm)),
                    divisor: card.volumetric_divisor,
                },
            })
        })
        .collect();
    offers.sort_by(|a, b| (&a.carrier, a.service as u8).cmp(&(&b.carrier, b.service as u8)));
    offers
}

/// The zone that names the relation most exactly and reaches the distance, the nearest of several.
fn zone_of<'a>(card: &'a RateCard, (from, to): (&str, &str), km: u32) -> Option<&'a Zone> {
    let fits = |named: &str, country: &str| named == country || named == "*";
    card.zones
        .iter()
        .filter(|zone| fits(&zone.from, from) && fits(&zone.to, to) && km <= zone.max_km)
        .min_by_key(|zone| (u8::from(zone.from == "*") + u8::from(zone.to == "*"), zone.max_km))
}

/// An amount in another currency by way of the euro, half to even; `None` without a rate for both.
fn exchanged(amount: Money, to: Currency, market: &Market) -> Option<i64> {
    if amount.currency == to {
        return Some(amount.amount);
    }
    let euros = |currency| market.fx_to_eur.get(&currency).copied().filter(|rate| *rate > Decimal::ZERO);
    let rate = euros(amount.currency)?.checked_div(euros(to)?)?;
    amount.converted(to, rate).ok().map(|converted| converted.amount)
}

/// What one shipment would be with one offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quote {
    /// Index into the offers.
    pub offer: usize,
    /// Minor units.
    pub cost: i64,
    /// From hand-over to the door.
    pub hours: u32,
    /// Grams billed: whole kilograms.
    pub billed_g: u64,
}

/// The offer that this customer's speed asks for: the cheapest, the faster of equals; or the fastest, the cheaper of equals.
/// `None` where a piece is too heavy or too large for every offer.
pub fn quote(goods: &Goods, offers: &[Offer], load: &[Piece], speed: Speed) -> Option<Quote> {
    choose(offers, speed, |i| billed(goods, load, &offers[i].limits))
}

/// The offer that this speed asks for, where `billed` says by index how many kilograms each would bill; `None` where it cannot carry the load.
pub(crate) fn choose(offers: &[Offer], speed: Speed, billed: impl Fn(usize) -> Option<u64>) -> Option<Quote> {
    let quotes = offers.iter().enumerate().filter_map(|(i, offer)| {
        let kg = billed(i)?;
        Some(Quote { offer: i, cost: offer.price(kg), hours: offer.hours, billed_g: kg.saturating_mul(1000) })
    });
    match speed {
        Speed::Standard => quotes.min_by_key(|quote| (quote.cost, quote.hours, quote.offer)),
        Speed::Express => quotes.min_by_key(|quote| (quote.hours, quote.cost, quote.offer)),
    }
}

/// The packages in which an offer carries the load; none where it cannot.
pub fn packages(goods: &Goods, offer: &Offer, load: &[Piece]) -> Vec<Package> {
    pack(goods, load, &offer.limits).map(|(_, packages)| packages).unwrap_or_default()
}

/// The least that the load can cost and take, whatever is added to it: what the search may count on.
pub fn at_least(goods: &Goods, offers: &[Offer], load: &[Piece]) -> Option<(i64, u32)> {
    let able = || offers.iter().filter(|offer| load.iter().all(|(demand, _)| offer.limits.take(goods.units[*demand])));
    let cost = able().map(|offer| offer.price(goods.least_kg(load, offer.limits.divisor))).min()?;
    let hours = able().map(|offer| offer.hours).min()?;
    Some((cost, hours))
}

#[cfg(test)]
mod tests {
    use super::*;
    use oms_contract::reference::Product;
    use oms_fakes::{a_market, a_product, currency};

    fn zone(from: &str, to: &str, max_km: u32, base: i64) -> Zone {
        Zone {
            from: from.into(),
            to: to.into(),
            max_km,
            currency: currency("EUR"),
            base,
            per_kg: 50,
            hours: 24,
            max_weight_g: 30_000,
            reliability: Decimal::ONE,
            table: Default::default(),
        }
    }

    fn card(service: Speed, zones: Vec<Zone>) -> RateCard {
        RateCard {
            carrier: "dhl".into(),
            service,
            volumetric_divisor: 5000,
            surcharges: Default::default(),
            largest: None,
            zones,
            service_rules: Default::default(),
        }
    }

    fn offer(base: i64, per_kg: i64, hours: u32, grams: u64) -> Offer {
        let limits = Limits { grams, length_mm: u32::MAX, girth_mm: u64::MAX, divisor: 5000 };
        Offer { carrier: "dhl".into(), service: Speed::Standard, base, per_kg, hours, limits }
    }

    #[test]
    fn the_most_exact_zone_that_reaches_is_used() {
        let card = card(
            Speed::Standard,
            vec![zone("*", "*", 20_000, 1), zone("DE", "DE", 300, 2), zone("DE", "DE", 1200, 3), zone("DE", "*", 900, 4)],
        );
        for (relation, km, base) in [
            (("DE", "DE"), 300, Some(2)),
            (("DE", "DE"), 301, Some(3)),
            (("DE", "FR"), 900, Some(4)),
            (("DE", "FR"), 901, Some(1)),
            (("DE", "DE"), 1201, Some(1)),
            (("FR", "DE"), 20_001, None),
        ] {
            assert_eq!(zone_of(&card, relation, km).map(|zone| zone.base), base, "{relation:?} {km}");
        }
    }

    #[test]
    fn prices_are_in_the_orders_currency_or_there_are_none() {
        let cards = [card(Speed::Standard, vec![zone("*", "*", 100, 610)])];
        let base = |code: &str| offers(&cards, ("DE", "DE"), 5, currency(code), &a_market()).first().map(|offer| offer.base);
        for (code, expected) in [("EUR", Some(610)), ("JPY", Some(1000)), ("KWD", Some(2027)), ("CHF", None)] {
            assert_eq!(base(code), expected, "{code}");
        }
    }

    #[test]
    fn speed_chooses_the_offer_and_weight_limits_it() {
        let offers = [offer(500, 50, 48, 30_000), offer(900, 90, 12, 2_000), offer(500, 50, 40, 30_000)];
        let goods = |weight_g| Goods::of(&[&Product { weight_g, length_mm: 1, width_mm: 1, height_mm: 1, ..a_product("A") }]);
        let chosen = |weight_g, speed| quote(&goods(weight_g), &offers, &[(0, 1)], speed).map(|quote| (quote.offer, quote.cost));
        let (light, heavy, too_heavy) = (1000, 2001, 30_001);
        assert_eq!(chosen(light, Speed::Standard), Some((2, 550)), "the faster of equal prices");
        assert_eq!(chosen(light, Speed::Express), Some((1, 990)));
        assert_eq!(chosen(heavy, Speed::Express), Some((2, 650)), "what the fastest does not take");
        assert_eq!(chosen(too_heavy, Speed::Standard), None);
    }
}
