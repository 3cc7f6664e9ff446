use super::*;
use crate::document::Speed;
use crate::money::Rounding;
use crate::shipping::card::{RemoteArea, ServiceRules, SizeLimit, Surcharges, WeightStep, ZoneTable};
use proptest::prelude::*;
use rust_decimal::Decimal;

fn zone() -> Zone {
    Zone {
        from: "DE".to_owned(),
        to: "*".to_owned(),
        max_km: 1_000,
        currency: "EUR".parse().unwrap(),
        base: 390,
        per_kg: 45,
        hours: 36,
        max_weight_g: 31_500,
        reliability: Decimal::new(97, 2),
        table: ZoneTable { remote: 1_500, oversize: 2_200, ..ZoneTable::default() },
    }
}

fn card() -> RateCard {
    RateCard {
        carrier: "dhl".to_owned(),
        service: Speed::Standard,
        volumetric_divisor: 5_000,
        surcharges: Surcharges {
            fuel: Decimal::new(125, 3),
            fuel_rounding: Rounding::HalfUp,
            remote_areas: vec![RemoteArea { country: "FR".to_owned(), postcodes: vec!["20".to_owned()] }],
            oversize: Some(SizeLimit { length_mm: 1_200, girth_mm: 3_000 }),
        },
        largest: Some(SizeLimit { length_mm: 2_000, girth_mm: 3_600 }),
        zones: vec![zone()],
        service_rules: ServiceRules::default(),
    }
}

fn parcel(grams: u64, sides_mm: [u32; 3]) -> Parcel {
    Parcel { grams, sides_mm }
}

const BOX: [u32; 3] = [300, 200, 100];
const BERLIN: Place<'_> = Place { country: "DE", postcode: Some("10115") };
const PARIS: Place<'_> = Place { country: "FR", postcode: Some("75001") };
const AJACCIO: Place<'_> = Place { country: "FR", postcode: Some("20 000") };

fn told(price: &Price) -> Vec<String> {
    let parcel = |item: &Item| item.parcel.map_or(String::new(), |i| format!(" {i}"));
    price.items.iter().map(|item| format!("{}{} {}", item.charge, parcel(item), item.amount)).collect()
}

#[test]
fn a_price_is_told_item_by_item() {
    let parcels = [parcel(1_200, BOX), parcel(800, [1_300, 100, 100])];
    let price = price(&card(), &parcels, BERLIN, AJACCIO, 900).unwrap();
    assert_eq!(told(&price), ["base 390", "weight 0 90", "remote 0 1500", "weight 1 135", "remote 1 1500", "oversize 1 2200", "fuel 727"]);
    // 12.5 % of 5815 is 726.875.
    assert_eq!((price.total, price.billed_g), (6_542, 5_000));
    assert_eq!(price.by_parcel(2), [1_917, 4_625], "1590 and 3835 of their own; 1117 together, in that proportion");
}

#[test]
fn fuel_is_rounded_once_and_as_named() {
    for (rounding, fuel) in [(Rounding::HalfUp, 55), (Rounding::HalfEven, 54), (Rounding::Down, 54)] {
        let card = RateCard { surcharges: Surcharges { fuel_rounding: rounding, ..card().surcharges }, ..card() };
        // 390 + 46 is 436; an eighth of it is 54.5.
        let card = RateCard { zones: vec![Zone { per_kg: 46, ..zone() }], ..card };
        assert_eq!(price(&card, &[parcel(1, [1, 1, 1])], BERLIN, PARIS, 900).unwrap().items[2].amount, fuel, "{rounding:?}");
    }
}

#[test]
fn a_package_bills_the_larger_of_weight_and_volume_by_the_kilogram() {
    for (grams, sides, billed) in [
        (1, [1, 1, 1], 1_000),
        (1_000, BOX, 2_000),
        (1_201, BOX, 2_000),
        (1_000, [250, 200, 100], 1_000),
        (1_001, [1, 1, 1], 2_000),
        (0, [0, 0, 0], 1_000),
    ] {
        assert_eq!(parcel(grams, sides).billed_g(5_000), billed, "{grams} g, {sides:?}");
    }
}

#[test]
fn steps_price_by_weight_and_kilograms_go_on_from_the_last() {
    let steps = vec![WeightStep { up_to_g: 2_000, price: 100 }, WeightStep { up_to_g: 5_000, price: 250 }];
    let table = ZoneTable { steps, ..ZoneTable::default() };
    let card = RateCard { surcharges: Surcharges::default(), zones: vec![Zone { base: 0, per_kg: 60, table, ..zone() }], ..card() };
    for (grams, cost) in [(1, 100), (2_000, 100), (2_001, 250), (5_000, 250), (5_001, 310), (7_001, 430)] {
        assert_eq!(price(&card, &[parcel(grams, [1, 1, 1])], BERLIN, PARIS, 900).unwrap().total, cost, "{grams} g");
    }
}

#[test]
fn what_the_carrier_does_not_take_has_no_price() {
    for (parcels, to, km, why) in [
        (vec![], PARIS, 900, NoPrice::NoParcel),
        (vec![parcel(1, BOX)], PARIS, 1_001, NoPrice::NoZone),
        (vec![parcel(31_501, BOX)], PARIS, 900, NoPrice::TooHeavy),
        (vec![parcel(1, BOX), parcel(1, [2_001, 1, 1])], PARIS, 900, NoPrice::TooLarge),
        (vec![parcel(1, [1_000, 700, 601])], PARIS, 900, NoPrice::TooLarge),
    ] {
        assert_eq!(price(&card(), &parcels, BERLIN, to, km), Err(why));
    }
    assert_eq!(price(&card(), &[parcel(1, BOX)], PARIS, BERLIN, 900), Err(NoPrice::NoZone), "only from Germany");
    let dear = RateCard { zones: vec![Zone { base: i64::MAX, ..zone() }], ..card() };
    assert_eq!(price(&dear, &[parcel(1, BOX)], BERLIN, PARIS, 900), Err(NoPrice::Overflow));
}

#[test]
fn remote_areas_are_known_by_country_and_postcode() {
    let whole = RemoteArea { country: "IS".to_owned(), postcodes: Vec::new() };
    let isles = RemoteArea { country: "GB".to_owned(), postcodes: vec!["KW".to_owned(), "ze".to_owned()] };
    for (area, country, postcode, held) in [
        (&whole, "IS", None, true),
        (&whole, "IS", Some("101"), true),
        (&whole, "GB", Some("101"), false),
        (&isles, "GB", Some("kw-17 1ab"), true),
        (&isles, "GB", Some("ZE1"), true),
        (&isles, "GB", Some("EC1"), false),
        (&isles, "GB", None, false),
    ] {
        assert_eq!(area.holds(country, postcode), held, "{country} {postcode:?}");
    }
}

#[test]
fn the_zone_is_the_most_exact_and_nearest() {
    let named = |from: &str, to: &str, max_km, base| Zone { from: from.to_owned(), to: to.to_owned(), max_km, base, ..zone() };
    let card = RateCard {
        zones: vec![named("*", "*", 9_000, 1), named("DE", "*", 9_000, 2), named("DE", "FR", 9_000, 3), named("DE", "FR", 1_000, 4)],
        ..card()
    };
    for (from, to, km, base) in [("BR", "JP", 1, 1), ("DE", "JP", 1, 2), ("DE", "FR", 1_001, 3), ("DE", "FR", 1_000, 4)] {
        assert_eq!(card.zone(from, to, km).unwrap().base, base, "{from} {to} {km}");
    }
    assert!(card.zone("DE", "FR", 9_001).is_none());
}

#[test]
fn a_card_of_before_adds_no_surcharge() {
    let old = r#"{"carrier":"dhl","service":"standard","volumetric_divisor":5000,"zones":[{"from":"DE","to":"*","max_km":1000,"currency":"EUR",
        "base":390,"per_kg":45,"hours":36,"max_weight_g":31500,"reliability":"0.97"}]}"#;
    let card: RateCard = serde_json::from_str(old).unwrap();
    let price = price(&card, &[parcel(1_200, [1_900, 100, 100])], BERLIN, AJACCIO, 900).unwrap();
    assert_eq!((told(&price), price.total), (vec!["base 390".to_owned(), "weight 0 180".to_owned()], 570));
    assert_eq!(card.zones[0].working_days(), 2, "36 hours are two days");
    let again = serde_json::to_value(&card).unwrap();
    assert_eq!(again, serde_json::from_str::<serde_json::Value>(old).unwrap(), "and is written as it was");
}

proptest! {
    #[test]
    fn items_and_packages_sum_to_the_total(
        weights in prop::collection::vec((0_u64..31_500, 1_u32..600, 1_u32..600, 1_u32..600), 1..9),
        base in 0_i64..10_000, per_kg in 0_i64..1_000, fuel in 0_i64..40_000,
    ) {
        let parcels: Vec<Parcel> = weights.into_iter().map(|(grams, a, b, c)| parcel(grams, [a, b, c])).collect();
        let card = RateCard { surcharges: Surcharges { fuel: Decimal::new(fuel, 5), ..card().surcharges }, zones: vec![Zone { base, per_kg, ..zone() }], largest: None, ..card() };
        let price = price(&card, &parcels, BERLIN, AJACCIO, 900).unwrap();
        prop_assert_eq!(price.items.iter().map(|item| item.amount).sum::<i64>(), price.total);
        prop_assert_eq!(price.by_parcel(parcels.len()).into_iter().sum::<i64>(), price.total);
    }
}
