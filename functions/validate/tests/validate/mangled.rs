//! Whatever an order holds, every check gives an answer.

use jiff::civil::Date;
use proptest::prelude::*;
use rust_decimal::Decimal;

use oms_contract::reference::OnTime;
use oms_contract::reference::account::{CreditLine, PointLot, Profile};
use oms_contract::reference::discount::{Benefit, Coupon, Promotion, Promotions};
use oms_contract::reference::sale::{Hazmat, HoardingCap, MonthDay, Season};
use oms_domain::document::{Claims, GiftCardUse, Line, PriceSource, Speed};
use oms_fakes::build::discount::{a_coupon, a_gift_card, a_promotion};
use oms_ports::gateway::evidence::Expiry;
use validate::checks::{CHECKS, run};

use crate::fixture::{Given, currency, hazmat_rule, sku, vendor_id};

fn amount() -> impl Strategy<Value = i64> {
    prop_oneof![any::<i64>(), -2_i64..10_000, Just(i64::MAX), Just(i64::MIN)]
}

fn line() -> impl Strategy<Value = Line> {
    let name = prop_oneof![Just("KETTLE"), Just("BOOK"), Just("NONE")];
    (name, any::<u32>(), amount(), amount(), amount()).prop_map(|(name, quantity, unit_price, discount, tax)| Line {
        sku: sku(name),
        quantity,
        unit_price,
        discount,
        tax,
    })
}

fn country() -> impl Strategy<Value = String> {
    prop_oneof![prop::sample::select(vec!["DE", "BR", "US", "JP", "KW", "GB", "AE", "XX"]).prop_map(str::to_owned), "\\PC{0,3}",]
}

/// Puts these numbers wherever a rule counts, on goods that every rule is about.
fn mangle_rules(given: &mut Given, numbers: [u32; 8]) {
    let [handling, hours, bought, orders, late, taken, cap, net_quantity] = numbers;
    given.regulate("anything", "DE", |rule| (rule.min_age, rule.check_at_door, rule.licence) = (Some(255), true, true));
    let product = given.product(0);
    product.sale.hoarding = Some(HoardingCap { quantity: cap, days: 1 });
    let day = |text: &str| MonthDay::try_from(text.to_owned()).unwrap();
    product.sale.seasons = vec![Season { from: day("02-29"), to: day("02-29") }];
    product.hazmat = Some(Hazmat { un_number: 1263, net_quantity });
    given.regulations().hazmat.push(hazmat_rule(1263, "3", Some(taken), None));
    given.card().service_rules.hazmat = true;
    given.card().zones[0].hours = hours;
    given.warehouse(1).handling_hours = handling;
    (given.warehouse(1).daily_capacity, given.vendor(1).daily_capacity) = (Some(cap), Some(cap));
    given.warehouse(0).country = "CH".into();
    given.vendor(1).on_time = OnTime { orders, late, as_of: None };
    let policy = &mut given.market().policy;
    (policy.on_time_floor, policy.on_time_prior_orders) = (Decimal::MAX, orders);
    policy.promised_days.standard = Some(0);
    given.fetched.bought.insert(sku("KETTLE"), bought);
    given.fetched.load.vendors.insert(vendor_id("south"), taken.into());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_check_answers(
        lines in prop::collection::vec(line(), 0..6),
        amounts in prop::array::uniform4(amount()),
        code in prop::sample::select(vec!["EUR", "JPY", "KWD", "GBP"]),
        stated: bool,
        country in country(),
        texts in prop::array::uniform4("\\PC{0,24}"),
        postcode in prop::option::of("[0-9A-Za-z \\-]{0,9}"),
        sizes in prop::array::uniform4(any::<u32>()),
        (points, uses, rate, cap) in (any::<u32>(), prop::collection::vec(amount(), 0..3), any::<i64>(), amount()),
        numbers in prop::array::uniform8(any::<u32>()),
        express: bool,
        born in prop::option::of(-300_000_i32..40_000),
        reach in prop::array::uniform4("\\PC{0,24}"),
        charged in amount(),
        expiry in (any::<i16>(), any::<i8>()),
        earlier in prop::collection::vec(amount(), 0..12),
    ) {
        let mut given = Given::good();
        given.currency(code);
        let document = given.document();
        document.lines = lines;
        (document.shipping, document.shipping_tax, document.discount, document.total) = amounts.into();
        document.prices = if stated { PriceSource::Stated } else { PriceSource::Catalogue };
        document.destination.clone_from(&country);
        let address = given.address();
        address.country = country;
        let [name, line1, city, region] = texts;
        (address.name, address.line1, address.city, address.region) = (name, line1, city, Some(region));
        address.postcode = postcode;
        let [email, phone, listed, named] = reach;
        given.fetched.watchlists.addresses = vec![format!("DE|10119|{listed}"), listed];
        given.fetched.watchlists.names = vec![named];
        (given.contact().email, given.contact().phone) = (email, Some(phone));
        given.evidence().amount = charged;
        given.evidence().expires = Some(Expiry { year: expiry.0, month: expiry.1 });
        given.ordered(&earlier, 9);
        let product = given.product(0);
        [product.min_quantity, product.pack_size, product.max_quantity, product.weight_g] = sizes;
        mangle_rules(&mut given, numbers);
        if express {
            given.document().speed = Speed::Express;
        }
        let verified_birth_date = born.map(|days| Date::constant(1970, 1, 1).saturating_add(jiff::Span::new().days(days)));
        given.fetched.profile = Some(Profile { verified_birth_date, ..Profile::default() });

        let rate = Decimal::new(rate, 4);
        let grants = Promotion { benefit: Benefit::Percentage { rate, cap: Some(cap) }, min_spend: cap, ..a_promotion("P") };
        let value = amounts[0];
        given.document().claims = Claims {
            promotions: vec!["P".into(), "P".into()],
            coupons: vec!["C".into(), "NONE".into()],
            points,
            gift_cards: uses.into_iter().map(|amount| GiftCardUse { card: "G".into(), amount }).collect(),
        };
        let promotions = vec![grants.clone(), Promotion { benefit: Benefit::Amount { amount: cap }, ..a_promotion("Q") }];
        given.fetched.promotions = Promotions { promotions, cap: Some(rate), point_value: [(currency(code), rate)].into() };
        given.fetched.coupons = vec![Coupon { grants: Promotion { id: "C".into(), ..grants }, ..a_coupon("C") }];
        given.fetched.gift_cards = vec![a_gift_card("G", value)];
        given.customer().record.points = vec![PointLot { points, last_day: None }, PointLot { points: u32::MAX, last_day: None }];
        given.customer().record.credit = Some(CreditLine { limit: value, paid: 0, currency: currency(code) });

        let results = run(&given.facts());
        for check in &CHECKS {
            prop_assert!(results.iter().any(|result| result.check == check.number), "check {} is silent", check.number);
        }
    }
}
