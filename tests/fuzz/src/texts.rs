//! Single texts that people and partners write: ids, addresses, phone numbers, mail addresses, amounts, days.

use std::hint::black_box;

use oms_contract::api::place::PlaceAddress;
use oms_contract::reference::sale::MonthDay;
use oms_domain::address::Address;
use oms_domain::{Currency, CustomerId, OrderId, Sku, State, SubOrderId, VendorId, WarehouseId};
use validate::address::{judge, names, po_box, rules, street};
use validate::contact::{email, phone};

use crate::input::Input;
use crate::samples;

/// `DE`, then a text, and under it the further lines of an address.
pub fn run(bytes: &[u8]) {
    let input = Input::of(bytes);
    let country = String::from_utf8_lossy(input.word(0)).into_owned();
    let text = String::from_utf8_lossy(input.rest).into_owned();
    ids(&text);
    let line = text.lines().next().unwrap_or_default();
    drop((names::folded(line), email::plain(line), email::is_valid(line), email::is_disposable(line)));
    drop((phone::e164(line, &country), street::bare_postcode(&country, line)));
    let read = street::Street::of(line);
    assert!(read.is_empty() || read.is_near(&read), "a street is near itself");
    if let Some(rules) = rules::of_country(&country) {
        black_box((rules.postcode_fits(line), rules.region_named(&country, line).is_some()));
        black_box((rules.region_of_postcode(line).is_some(), rules::area_of(&country, line).is_some()));
    }
    let address = address(&country, &text);
    drop((judge(&address), po_box::wording(&address)));
}

/// What is an id once is one for ever.
fn ids(text: &str) {
    macro_rules! stays {
        ($($kind:ty),*) => {
            $(if let Ok(id) = text.parse::<$kind>() {
                let written = id.to_string();
                assert_eq!(written.parse::<$kind>().ok(), Some(id), "{written}");
            })*
        };
    }
    stays!(OrderId, SubOrderId, CustomerId, VendorId, WarehouseId, Sku, Currency, State);
    drop(MonthDay::try_from(text.to_owned()));
}

/// Line by line: name, street, second line, town, region, postcode.
fn address(country: &str, text: &str) -> Address {
    let mut lines = text.split('\n');
    let mut line = || lines.next().unwrap_or_default().to_owned();
    let maybe = |text: String| Some(text).filter(|text| !text.is_empty());
    Address {
        name: line(),
        line1: line(),
        line2: maybe(line()),
        city: line(),
        region: maybe(line()),
        postcode: maybe(line()),
        country: country.to_owned(),
    }
}

/// The samples' addresses, and texts of each other kind.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = samples("events/http", "json")
        .iter()
        .filter_map(|order| serde_json::from_slice::<serde_json::Value>(order).ok())
        .filter_map(|order| serde_json::from_value::<PlaceAddress>(order.get("shipping_address")?.clone()).ok())
        .map(|address| {
            let [line2, region, postcode] = [address.line2, address.region, address.postcode].map(Option::unwrap_or_default);
            let PlaceAddress { name, line1, city, country, .. } = address;
            format!("{country}\n{name}\n{line1}\n{line2}\n{city}\n{region}\n{postcode}").into_bytes()
        })
        .collect();
    let texts = [
        "DE\n019ac0c9-4000-7000-8000-000000000000",
        "DE\n019ac0c9-4000-7000-8000-000000000000-3",
        "DE\n+49 (30) 1234-567 ext. 8",
        "US\n(901) 555-0142",
        "DE\nAnna.Beispiel+shop@mailinator.com",
        "FR\nBP 12, CEDEX 07",
        "DE\nPackstation 123",
        "ES\nApartado de Correos 7",
        "GB\nBT1 5GS",
        "CA\nK1A 0B1",
        "ES\n35001",
        "FR\n20000",
        "DE\n02-29",
        "DE\nKWD",
        "DE\nStraße des 17. Juni 135 a, Hinterhaus",
        "NL\nTweede Kostverlorenkade 61 II",
        "JP\n1丁目2−3",
        "DE\nout_for_delivery",
    ];
    seeds.extend(texts.map(|text| text.as_bytes().to_vec()));
    seeds
}
