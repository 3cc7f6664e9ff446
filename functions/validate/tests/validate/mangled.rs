//! Whatever an order holds, every check gives an answer.

use proptest::prelude::*;

use oms_contract::reference::account::{CreditLine, PointLot};
use oms_contract::reference::discount::{Benefit, Coupon, Promotion, Promotions};
use oms_domain::document::{Claims, GiftCardUse, Line, PriceSource};
use oms_fakes::build::discount::{a_coupon, a_gift_card, a_promotion};
use oms_ports::gateway::evidence::Expiry;
use rust_decimal::Decimal;
use validate::checks::{CHECKS, run};

use crate::fixture::{Given, currency, sku};

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
        given.customer().record.credit = Some(CreditLine { limit: value, currency: currency(code) });

        let results = run(&given.facts());
        for check in &CHECKS {
            prop_assert!(results.iter().any(|result| result.check == check.number), "check {} is silent", check.number);
        }
    }
}
