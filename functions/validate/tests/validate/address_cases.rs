//! Cases of check 19.

use crate::fixture::Expect::{FailsAt, Passes};
use crate::fixture::Kind::{Edge, Fail, Pass};
use crate::fixture::{Case, case};

pub(crate) fn cases() -> Vec<Case> {
    [sound(), edges(), faulty()].into_iter().flatten().collect()
}

fn sound() -> Vec<Case> {
    vec![
        case(19, Pass, "Berlin", |_| {}, Passes),
        case(19, Pass, "São Paulo", |g| g.to("BR", "SP", "01310-100", "São Paulo"), Passes),
        case(19, Pass, "New York", |g| g.to("US", "NY", "10001", "New York"), Passes),
        case(19, Pass, "Tokyo", |g| g.to("JP", "東京都", "150-0002", "Shibuya-ku"), Passes),
        case(19, Pass, "Toronto", |g| g.to("CA", "ON", "M5V 2T6", "Toronto"), Passes),
        case(19, Pass, "Milano", |g| g.to("IT", "MI", "20123", "Milano"), Passes),
        case(19, Pass, "Łódź", |g| g.to("PL", "", "90-001", "Łódź"), Passes),
    ]
}

fn edges() -> Vec<Case> {
    vec![
        case(19, Edge, "a country whose addresses need no postcode", |g| g.to("KW", "", "", "Salmiya"), Passes),
        case(19, Edge, "a country without postcodes", |g| g.to("AE", "Dubai", "", "Dubai"), Passes),
        case(19, Edge, "a postcode where there are none is no fault", |g| g.to("AE", "Dubai", "00000", "Dubai"), Passes),
        case(19, Edge, "mixed case postcode", |g| g.to("GB", "", "sW1a 1aA", "London"), Passes),
        case(19, Edge, "a postcode in wide digits", |g| g.to("JP", "13", "１５０-０００２", "Shibuya"), Passes),
        case(19, Edge, "capitals without accents", |g| g.to("BR", "SAO PAULO", "01310100", "SAO PAULO"), Passes),
        case(
            19,
            Edge,
            "a village that no table knows, in a known postcode area",
            |g| {
                g.address().city = "Hinterqwxlingen".into();
            },
            Passes,
        ),
        case(19, Edge, "of many towns of a name, the one in the state", |g| g.to("US", "IL", "62701", "Springfield"), Passes),
        case(19, Edge, "a second line is not looked at", |g| g.address().line2 = Some(String::new()), Passes),
        case(19, Edge, "a region where the country's addresses have none", |g| g.address().region = Some("Berlin".into()), Passes),
    ]
}

fn faulty() -> Vec<Case> {
    vec![
        case(19, Fail, "four digits", |g| g.address().postcode = Some("1011".into()), FailsAt(&["shipping_address.postcode"])),
        case(19, Fail, "no postcode", |g| g.address().postcode = None, FailsAt(&["shipping_address.postcode"])),
        case(19, Fail, "no street", |g| g.address().line1 = "  ".into(), FailsAt(&["shipping_address.line1"])),
        case(
            19,
            Fail,
            "no town: told once",
            |g| {
                g.to("KW", "", "", "");
            },
            FailsAt(&["shipping_address.city"]),
        ),
        case(19, Fail, "a Munich postcode", |g| g.address().postcode = Some("80331".into()), FailsAt(&["shipping_address.postcode"])),
        case(
            19,
            Fail,
            "a village that no table knows, with another state's postcode",
            |g| g.to("BR", "SP", "20040-020", "Vila Qwxzyk"),
            FailsAt(&["shipping_address.postcode"]),
        ),
        case(
            19,
            Fail,
            "Rio's postcode in São Paulo's state",
            |g| {
                g.to("BR", "SP", "20040-020", "São Paulo");
            },
            FailsAt(&["shipping_address.postcode"]),
        ),
        case(
            19,
            Fail,
            "a town of another state",
            |g| {
                g.to("US", "NY", "10001", "Los Angeles");
            },
            FailsAt(&["shipping_address.city"]),
        ),
        case(19, Fail, "no such region", |g| g.to("BR", "Bavaria", "01310-100", "São Paulo"), FailsAt(&["shipping_address.region"])),
        case(19, Fail, "nowhere on the map", |g| g.to("KW", "", "", "Qwxzyk"), FailsAt(&["shipping_address.city"])),
        case(19, Fail, "no such country", |g| g.to("XX", "", "1", "Berlin"), FailsAt(&["shipping_address.country"])),
        case(
            19,
            Fail,
            "not where the order was made for",
            |g| g.document().destination = "FR".into(),
            FailsAt(&["shipping_address.country"]),
        ),
        case(19, Fail, "erased", |g| g.fetched.personal = None, FailsAt(&["shipping_address"])),
    ]
}
