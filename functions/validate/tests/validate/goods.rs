//! What was ordered, as it is laid out for the rules.

use oms_contract::reference::{AccountStatus, Vendor};
use oms_domain::document::Speed;
use validate::goods::Item;

use crate::fixture::{Given, rate_card, sku, source, vendor, vendor_id};

#[test]
fn two_lines_of_a_sku_are_one_thing_that_the_first_stands_for() {
    let mut given = Given::good();
    let line = given.line(0).clone();
    given.document().lines.push(line);
    let facts = given.facts();
    let things: Vec<(&str, u32, usize)> = facts.items().iter().map(|item| (item.sku.as_str(), item.quantity, item.line)).collect();
    assert_eq!(things, [("KETTLE", 4, 0), ("BOOK", 1, 1)]);
    assert_eq!([0, 1, 2, 3].map(|line| facts.item_of(line)), [Some(0), Some(1), Some(0), None]);
    let products = [0, 1, 2, 3].map(|line| facts.product_of(line).map(|product| product.sku.as_str()));
    assert_eq!(products, [Some("KETTLE"), Some("BOOK"), Some("KETTLE"), None]);
    assert_eq!((facts.line_of(&sku("BOOK")), facts.item(&sku("NONE")).is_none()), (1, true));
}

fn senders<'a>(item: &Item<'a>) -> Vec<&'a str> {
    let mut senders: Vec<&str> = item.ways.iter().map(|way| way.vendor.vendor_id.as_str()).collect();
    senders.dedup();
    senders
}

/// What is done to the vendor `west`, and whether it holds, sells and delivers then.
type OfAVendor = (fn(&mut Vendor), [bool; 3]);

#[test]
fn goods_go_only_the_ways_of_vendors_that_may_sell_and_deliver_there() {
    let cases: [OfAVendor; 5] = [
        (|_| (), [true, true, true]),
        (|west| west.ships_to = vec!["FR".into()], [true, true, false]),
        (|west| west.status = AccountStatus::Suspended, [true, false, false]),
        (|west| west.approved = false, [true, false, false]),
        (|west| west.vendor_id = vendor_id("east"), [false, false, false]),
    ];
    for (spoil, [holds, sells, delivers]) in cases {
        let mut given = Given::good();
        let mut west = vendor("west");
        spoil(&mut west);
        given.fetched.vendors.push(west);
        given.fetched.sources = vec![source("KETTLE", "west", "w1", 5), source("BOOK", "north", "w1", 5)];
        let facts = given.facts();
        let kettle = facts.item(&sku("KETTLE")).unwrap();
        assert!(kettle.is_anywhere());
        assert_eq!([kettle.holders().next().is_some(), kettle.has_sellers(), kettle.is_supplied()], [holds, sells, delivers]);
        assert_eq!((senders(kettle) == ["west"], kettle.ways.is_empty(), kettle.is_reached), (delivers, !delivers, delivers));
        assert_eq!(senders(facts.item(&sku("BOOK")).unwrap()), ["north"]);
    }
}

#[test]
fn ways_are_of_the_chosen_speed_and_others_only_say_that_there_are_some() {
    let mut given = Given::good();
    let mut island = rate_card(Speed::Standard, 24);
    island.service_rules.not_in = vec![oms_contract::reference::sale::Area("DE:10".into())];
    given.fetched.rates.push(island);
    for (speed, hours) in [(Speed::Standard, 48), (Speed::Express, 24)] {
        given.document().speed = speed;
        let facts = given.facts();
        for item in facts.items() {
            assert!(item.is_reached && !item.ways.is_empty());
            assert!(item.ways.iter().all(|way| way.card.service == speed && way.zone.hours == hours), "{speed}");
        }
    }
    given.fetched.rates.retain(|card| card.service == Speed::Standard);
    assert!(given.facts().items().iter().all(|item| item.is_reached && item.ways.is_empty()));
    given.fetched.rates.remove(0);
    assert!(given.facts().items().iter().all(|item| !item.is_reached), "what is left does not serve the postcode");
}
