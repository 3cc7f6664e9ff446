use super::*;
use oms_contract::reference::{Product, RemoteArea, ServiceRules, SizeLimit, Surcharges, WeightStep, ZoneTable};
use oms_domain::area::Area;
use oms_domain::money::{Money, Rounding};
use oms_domain::shipping::rates;
use oms_fakes::{a_market, a_product, currency};
use proptest::prelude::*;
use rust_decimal::Decimal;

const BERLIN: Locality<'_> = Locality { country: "DE", region: None, postcode: Some("10115") };

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

fn goods(products: &[Product]) -> Goods {
    Goods::of(&products.iter().collect::<Vec<_>>(), &Default::default(), &BERLIN)
}

fn of(cards: &[RateCard], goods: &Goods, to: &str) -> Vec<Offer> {
    offers(cards, &legs(cards, "DE", &BERLIN, 5), &BERLIN, goods, currency(to), &a_market())
}

#[test]
fn prices_are_in_the_orders_currency_or_there_are_none() {
    let goods = goods(&[Product { weight_g: 1, length_mm: 1, width_mm: 1, height_mm: 1, ..a_product("A") }]);
    let cards = [card(Speed::Standard, vec![Zone { per_kg: 0, ..zone("*", "*", 100, 610) }])];
    let cost = |code: &str| quote(&goods, &of(&cards, &goods, code), &[24], &[(0, 1)], Speed::Standard).map(|quote| quote.cost);
    for (code, expected) in [("EUR", Some(610)), ("JPY", Some(1000)), ("KWD", Some(2027))] {
        assert_eq!(cost(code), expected, "{code}");
    }
    assert!(of(&cards, &goods, "CHF").is_empty());
}

#[test]
fn a_card_that_charges_less_than_nothing_makes_no_offer() {
    let goods = goods(&[a_product("A")]);
    let gift = |table| card(Speed::Standard, vec![Zone { table, ..zone("*", "*", 100, 610) }]);
    let step = |price| ZoneTable { steps: vec![WeightStep { up_to_g: 1_000, price }], ..ZoneTable::default() };
    for (table, offered) in [(step(0), 1), (step(-1), 0), (ZoneTable { remote: -1, ..ZoneTable::default() }, 1)] {
        assert_eq!(of(&[gift(table.clone())], &goods, "EUR").len(), offered, "{table:?}");
    }
    assert!(of(&[card(Speed::Standard, vec![zone("*", "*", 100, -1)])], &goods, "EUR").is_empty());
}

#[test]
fn a_service_goes_where_it_says() {
    let barred = |area: &str| RateCard {
        service_rules: ServiceRules { not_in: vec![Area(area.to_owned())], ..ServiceRules::default() },
        ..card(Speed::Standard, vec![zone("*", "*", 100, 1)])
    };
    for (area, goes) in [("FR", true), ("DE", false), ("DE:10", false), ("DE:11", true), ("EU", false)] {
        assert_eq!(legs(&[barred(area)], "DE", &BERLIN, 5).len(), usize::from(goes), "{area}");
    }
    let near =
        [card(Speed::Standard, vec![zone("DE", "DE", 4, 1)]), card(Speed::Express, vec![zone("*", "*", 4, 1), zone("*", "DE", 9, 2)])];
    assert_eq!(legs(&near, "DE", &BERLIN, 5), [(1, 1)]);
    assert!(legs(&near, "DE", &BERLIN, 10).is_empty());
}

#[test]
fn speed_chooses_the_offer_and_weight_limits_it() {
    let of_card = |service, base, per_kg, max_weight_g| card(service, vec![Zone { per_kg, max_weight_g, ..zone("*", "*", 100, base) }]);
    let cards =
        [of_card(Speed::Standard, 500, 50, 30_000), of_card(Speed::Express, 900, 90, 2_000), of_card(Speed::Express, 500, 50, 30_000)];
    let hours = [48, 12, 40];
    let chosen = |weight_g, speed| {
        let goods = goods(&[Product { weight_g, length_mm: 1, width_mm: 1, height_mm: 1, ..a_product("A") }]);
        quote(&goods, &of(&cards, &goods, "EUR"), &hours, &[(0, 1)], speed).map(|quote| (quote.offer, quote.cost))
    };
    let (light, heavy, too_heavy) = (1000, 2001, 30_001);
    assert_eq!(chosen(light, Speed::Standard), Some((2, 550)), "the faster of equal prices");
    assert_eq!(chosen(light, Speed::Express), Some((1, 990)));
    assert_eq!(chosen(heavy, Speed::Express), Some((2, 650)), "what the fastest does not take");
    assert_eq!(chosen(too_heavy, Speed::Standard), None);
}

/// Cards of all kinds: with steps that rise in whatever way, or none; fuel, remote areas, oversize; in euros or dollars.
fn any_card() -> impl Strategy<Value = RateCard> {
    let steps = prop::collection::vec((200_u32..9_000, 0_i64..900), 0..5);
    let rounding = prop_oneof![Just(Rounding::HalfUp), Just(Rounding::HalfEven), Just(Rounding::Down)];
    let surcharges = (0_i64..300, rounding, any::<bool>(), 100_u32..900, 200_u32..2_000);
    let zone_of = (0_i64..900, 0_i64..200, any::<bool>(), 0_i64..2_000, 0_i64..2_000);
    (steps, surcharges, zone_of, 3_000_u32..7_000).prop_map(|(steps, (fuel, fuel_rounding, remote, length_mm, girth_mm), of, divisor)| {
        let (base, per_kg, dollars, by_remote, by_size) = of;
        let mut up_to_g = 0;
        let rising = steps.into_iter().map(|(more, price)| {
            up_to_g += more;
            WeightStep { up_to_g, price }
        });
        let table = ZoneTable { steps: rising.collect(), remote: by_remote, oversize: by_size, days: None };
        let area = RemoteArea { country: "DE".to_owned(), postcodes: vec![if remote { "10" } else { "2" }.to_owned()] };
        RateCard {
            volumetric_divisor: divisor,
            surcharges: Surcharges {
                fuel: Decimal::new(fuel, 3),
                fuel_rounding,
                remote_areas: vec![area],
                oversize: Some(SizeLimit { length_mm, girth_mm }),
            },
            largest: Some(SizeLimit { length_mm: 1_200, girth_mm: 3_000 }),
            ..card(
                Speed::Standard,
                vec![Zone { currency: currency(if dollars { "USD" } else { "EUR" }), per_kg, table, ..zone("*", "*", 100, base) }],
            )
        }
    })
}

fn any_products() -> impl Strategy<Value = Vec<Product>> {
    let product = (1_u32..29_000, (10_u32..900, 10_u32..400, 10_u32..300), any::<bool>());
    let of = |(weight_g, (length_mm, width_mm, height_mm), fragile)| Product {
        weight_g,
        length_mm,
        width_mm,
        height_mm,
        fragile,
        ..a_product("A")
    };
    prop::collection::vec(product.prop_map(of), 1..6)
}

fn market() -> Market {
    let mut market = a_market();
    market.fx_to_eur.insert(currency("USD"), Decimal::new(91_743, 5));
    market
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_load_costs_what_the_card_charges_for_its_packages(card in any_card(), products in any_products(), quantities in prop::collection::vec(1_u32..7, 6)) {
        let (goods, cards) = (goods(&products), [card]);
        let offers = offers(&cards, &[(0, 0)], &BERLIN, &goods, currency("EUR"), &market());
        let load: Vec<Piece> = quantities.iter().take(products.len()).copied().enumerate().collect();
        let quote = quote(&goods, &offers, &[24], &load, Speed::Standard);
        let packages = packages(&goods, &offers[0], &load);
        prop_assert_eq!(quote.is_none(), packages.is_empty());
        let Some(quote) = quote else { return Ok(()) };
        let parcels: Vec<rates::Parcel> = packages.iter().map(|package| goods.sum(package).parcel()).collect();
        let (from, to) = (Place { country: "DE", postcode: None }, Place { country: "DE", postcode: Some("10115") });
        let price = rates::price(&cards[0], &parcels, from, to, 5).unwrap();
        let cost = market().exchanged(Money::new(price.total, price.currency), currency("EUR")).unwrap();
        prop_assert_eq!((quote.cost, quote.billed_g), (cost, price.billed_g));
    }

    #[test]
    fn no_bound_is_above_what_a_load_costs(card in any_card(), products in any_products(), quantities in prop::collection::vec(1_u32..7, 6), some in 1_usize..6, kg in 0_u64..90) {
        let goods = goods(&products);
        let offers = offers(&[card], &[(0, 0)], &BERLIN, &goods, currency("EUR"), &market());
        let load: Vec<Piece> = quantities.iter().take(products.len()).copied().enumerate().collect();
        let Some(quote) = quote(&goods, &offers, &[24], &load, Speed::Standard) else { return Ok(()) };
        let (least, _) = at_least(&goods, &offers, &[24], &load[..some.min(load.len())]).unwrap();
        prop_assert!(least <= quote.cost, "{least} for {}", quote.cost);
        // As a line in the weight, with what goes alone paying for its own packages.
        let line = offers[0].least(kg);
        let is_alone = |piece: &&Piece| products[piece.0].fragile;
        let alone: i128 = load.iter().filter(is_alone).map(|piece| {
            let billed = billed(&goods, &[*piece], &offers[0].limits).unwrap();
            line.beyond(offers[0].charged(&billed).unwrap())
        }).sum();
        let grams = |pieces: &mut dyn Iterator<Item = &Piece>| pieces.map(|(demand, quantity)| i128::from(goods.units[*demand].piece.grams) * i128::from(*quantity)).sum::<i128>();
        let shared = grams(&mut load.iter().filter(|piece| !is_alone(piece)));
        prop_assert!(line.fixed + alone + line.per_kg * shared / 1000 <= i128::from(quote.cost) * 1_000_000);
        prop_assert!(line.fixed + line.per_kg * grams(&mut load.iter()) / 1000 <= i128::from(quote.cost) * 1_000_000);
    }

    #[test]
    fn an_offer_that_is_as_cheap_is_never_dearer(card in any_card(), other in any_card(), products in any_products(), alike in any::<bool>(), less in 0_i64..3) {
        let goods = goods(&products);
        let mut other = if alike { card.clone() } else { other };
        other.zones[0].base += less;
        let offers = offers(&[card, other], &[(0, 0), (1, 0)], &BERLIN, &goods, currency("EUR"), &market());
        let load: Vec<Piece> = (0..products.len()).map(|demand| (demand, 2)).collect();
        let cost = |offer: &Offer| billed(&goods, &load, &offer.limits).and_then(|billed| offer.price(&billed));
        for (this, that) in [(0, 1), (1, 0)] {
            let (Some(own), Some(theirs)) = (cost(&offers[this]), cost(&offers[that])) else { continue };
            prop_assert!(!offers[this].is_as_cheap_as(&offers[that], false) || own <= theirs);
            prop_assert!(!offers[this].is_as_cheap_as(&offers[that], true) || own < theirs);
        }
    }
}

#[test]
fn a_card_without_steps_is_bound_by_its_own_line() {
    let goods = goods(&[Product { weight_g: 2_500, length_mm: 1, width_mm: 1, height_mm: 1, ..a_product("A") }]);
    let offers = of(&[card(Speed::Standard, vec![zone("*", "*", 100, 500)])], &goods, "EUR");
    assert_eq!(at_least(&goods, &offers, &[24], &[(0, 1)]), Some((650, 24)));
    let line = offers[0].least(3);
    assert_eq!((line.fixed, line.per_kg), (500_000_000, 50_000_000));
}
