//! What a shipment costs and how long it takes.
//!
//! A shipment costs the card's base price once, plus its price per kilogram billed. Goods are billed package group by package group: a fragile
//! line is a group of its own, dangerous goods share one with their own class only, everything else goes together. A group bills
//! its weight or its volumetric weight, whichever is more, rounded up to a kilogram. So goods that must not share a package cost the rounding
//! of one more. No package may hold a unit heavier than the carrier takes; a group that outweighs one package travels in several of them at the same price.

use rust_decimal::Decimal;

use oms_contract::reference::{Market, Product, RateCard, Zone};
use oms_domain::document::Speed;
use oms_domain::{Currency, Money};

/// A carrier's service between two places, in the order's currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// By whom.
    pub carrier: String,
    /// How fast it is called.
    pub service: Speed,
    /// Cubic millimetres that bill as a gram.
    pub divisor: u32,
    /// Per shipment, in minor units.
    pub base: i64,
    /// Per kilogram billed.
    pub per_kg: i64,
    /// From hand-over to the door.
    pub hours: u32,
    /// Heaviest package.
    pub max_weight_g: u32,
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
                divisor: card.volumetric_divisor,
                base: exchanged(zone.base)?,
                per_kg: exchanged(zone.per_kg)?,
                hours: zone.hours,
                max_weight_g: zone.max_weight_g,
            })
        })
        .collect();
    offers.sort_by(|a, b| (&a.carrier, a.service.to_string()).cmp(&(&b.carrier, b.service.to_string())));
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

/// A unit of a product, as a carrier sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    /// Grams.
    pub grams: u64,
    /// Cubic millimetres.
    pub mm3: u128,
    /// What may share a package: units with the same number.
    pub group: usize,
}

/// The products' units, in their order.
pub fn units(products: &[&Product]) -> Vec<Unit> {
    let classes: Vec<&Option<String>> = products.iter().map(|product| &product.hazard_class).collect();
    let shared = |class: &Option<String>| classes.iter().position(|known| *known == class);
    products
        .iter()
        .enumerate()
        .map(|(i, product)| Unit {
            grams: u64::from(product.weight_g),
            mm3: u128::from(product.length_mm) * u128::from(product.width_mm) * u128::from(product.height_mm),
            // Numbers past the classes' are the fragile lines'.
            group: if product.fragile { products.len() + i } else { shared(&product.hazard_class).unwrap_or(i) },
        })
        .collect()
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
/// `None` where a unit is too heavy for every offer.
pub fn quote(offers: &[Offer], load: &[(Unit, u32)], speed: Speed) -> Option<Quote> {
    let quotes = possible(offers, load);
    match speed {
        Speed::Standard => quotes.min_by_key(|quote| (quote.cost, quote.hours, quote.offer)),
        Speed::Express => quotes.min_by_key(|quote| (quote.hours, quote.cost, quote.offer)),
    }
}

/// The least that the load can cost and take, whatever is added to it: what the search may count on.
pub fn at_least(offers: &[Offer], load: &[(Unit, u32)]) -> Option<(i64, u32)> {
    let cost = possible(offers, load).map(|quote| quote.cost).min()?;
    let hours = possible(offers, load).map(|quote| quote.hours).min()?;
    Some((cost, hours))
}

fn possible(offers: &[Offer], load: &[(Unit, u32)]) -> impl Iterator<Item = Quote> {
    let heaviest = load.iter().map(|(unit, _)| unit.grams).max().unwrap_or(0);
    offers.iter().enumerate().filter(move |(_, offer)| u64::from(offer.max_weight_g) >= heaviest).map(move |(i, offer)| {
        let kg = billed_kg(load, offer.divisor);
        let cost = i64::try_from(kg).unwrap_or(i64::MAX).saturating_mul(offer.per_kg).saturating_add(offer.base);
        Quote { offer: i, cost, hours: offer.hours, billed_g: kg.saturating_mul(1000) }
    })
}

/// Kilograms billed.
fn billed_kg(load: &[(Unit, u32)], divisor: u32) -> u64 {
    let first_of_group = |i: usize| load[..i].iter().all(|(unit, _)| unit.group != load[i].0.group);
    (0..load.len()).filter(|i| first_of_group(*i)).map(|i| group_kg(load, load[i].0.group, divisor)).fold(0, u64::saturating_add)
}

fn group_kg(load: &[(Unit, u32)], group: usize, divisor: u32) -> u64 {
    let (grams, mm3) = load.iter().filter(|(unit, _)| unit.group == group).fold((0_u64, 0_u128), |(grams, mm3), (unit, quantity)| {
        let grams = grams.saturating_add(unit.grams.saturating_mul(u64::from(*quantity)));
        (grams, mm3.saturating_add(unit.mm3.saturating_mul(u128::from(*quantity))))
    });
    // cm3 / divisor = kg, so mm3 / divisor = g.
    let volumetric = u64::try_from(mm3.div_ceil(u128::from(divisor))).unwrap_or(u64::MAX);
    grams.max(volumetric).div_ceil(1000)
}

#[cfg(test)]
mod tests {
    use super::*;
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
        RateCard { carrier: "dhl".into(), service, volumetric_divisor: 5000, surcharges: Default::default(), largest: None, zones }
    }

    fn offer(base: i64, per_kg: i64, hours: u32, max_weight_g: u32) -> Offer {
        Offer { carrier: "dhl".into(), service: Speed::Standard, divisor: 5000, base, per_kg, hours, max_weight_g }
    }

    fn unit(grams: u64, litres: u128, group: usize) -> Unit {
        Unit { grams, mm3: litres * 1_000_000, group }
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
    fn weight_is_billed_group_by_group_in_whole_kilograms() {
        for (name, load, kg) in [
            ("nothing", vec![], 0),
            ("a gram bills a kilogram", vec![(unit(1, 0, 0), 1)], 1),
            ("exactly a kilogram", vec![(unit(500, 0, 0), 2)], 1),
            ("a gram more", vec![(unit(500, 0, 0), 2), (unit(1, 0, 0), 1)], 2),
            ("groups round each for itself", vec![(unit(500, 0, 0), 2), (unit(1, 0, 1), 1)], 2),
            ("apart where together were one", vec![(unit(400, 0, 0), 1), (unit(400, 0, 1), 1)], 2),
            ("ten litres at 5000 bill two kilograms", vec![(unit(300, 10, 0), 1)], 2),
            ("heavy and bulky level out in one package", vec![(unit(3000, 0, 0), 1), (unit(100, 10, 0), 1)], 4),
        ] {
            assert_eq!(billed_kg(&load, 5000), kg, "{name}");
        }
    }

    #[test]
    fn speed_chooses_the_offer_and_weight_limits_it() {
        let offers = [offer(500, 50, 48, 30_000), offer(900, 90, 12, 2_000), offer(500, 50, 40, 30_000)];
        let light = [(unit(1000, 0, 0), 1)];
        let heavy = [(unit(2001, 0, 0), 1)];
        let too_heavy = [(unit(30_001, 0, 0), 1)];
        let chosen = |load: &[(Unit, u32)], speed| quote(&offers, load, speed).map(|quote| (quote.offer, quote.cost));
        assert_eq!(chosen(&light, Speed::Standard), Some((2, 550)), "the faster of equal prices");
        assert_eq!(chosen(&light, Speed::Express), Some((1, 990)));
        assert_eq!(chosen(&heavy, Speed::Express), Some((2, 650)), "what the fastest does not take");
        assert_eq!(chosen(&too_heavy, Speed::Standard), None);
    }

    #[test]
    fn fragile_and_hazardous_lines_keep_to_themselves() {
        let plain = a_product("A");
        let fragile = Product { fragile: true, ..a_product("B") };
        let acid = Product { hazard_class: Some("8".into()), ..a_product("C") };
        let flame = Product { hazard_class: Some("3".into()), ..a_product("D") };
        let found = units(&[&plain, &fragile, &acid, &flame, &plain, &fragile, &acid]);
        let groups: Vec<usize> = found.iter().map(|unit| unit.group).collect();
        let share = |a: usize, b: usize| groups[a] == groups[b];
        assert!(share(0, 4) && share(2, 6), "equals share");
        for (a, b) in [(0, 1), (1, 5), (0, 2), (2, 3), (1, 2)] {
            assert!(!share(a, b), "{a} and {b}");
        }
    }
}
