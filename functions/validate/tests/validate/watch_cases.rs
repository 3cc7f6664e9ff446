//! Cases of checks 24 and 27: lists of addresses, people and devices.

use oms_domain::address::Device;

use crate::fixture::Expect::{FailsAt, Passes};
use crate::fixture::Kind::{Edge, Fail, Pass};
use crate::fixture::{Case, Given, case};

pub(crate) fn cases() -> Vec<Case> {
    addresses().into_iter().chain(people()).collect()
}

/// An address of the list, and how the order writes its own.
fn listed(given: &mut Given, entry: &str, line1: &str) {
    given.fetched.watchlists.addresses.push(entry.to_owned());
    line1.clone_into(&mut given.address().line1);
}

fn addresses() -> Vec<Case> {
    const AT: &[&str] = &["shipping_address.line1"];
    vec![
        case(24, Pass, "an empty list", |_| {}, Passes),
        case(24, Pass, "another street", |g| listed(g, "DE|10119|Torstraße 140", "Linienstraße 140"), Passes),
        case(24, Fail, "as listed", |g| listed(g, "DE|10119|Torstraße 140", "Torstraße 140"), FailsAt(AT)),
        case(24, Edge, "shortened, in capitals", |g| listed(g, "DE|10119|Torstraße 140", "TORSTR. 140"), FailsAt(AT)),
        case(24, Edge, "another flat", |g| listed(g, "DE|10119|Torstraße 140, Whg. 3", "Torstraße 140, Whg. 5"), FailsAt(AT)),
        case(24, Edge, "another entrance", |g| listed(g, "DE|10119|Torstraße 140a", "Torstraße 140 b"), FailsAt(AT)),
        case(24, Edge, "without accents", |g| listed(g, "DE|10119|Allée Présidente 3", "Allee Presidente 3"), FailsAt(AT)),
        case(24, Edge, "another number", |g| listed(g, "DE|10119|Torstraße 140", "Torstraße 141"), Passes),
        case(24, Edge, "another postcode", |g| listed(g, "DE|10115|Torstraße 140", "Torstraße 140"), Passes),
        case(24, Edge, "another country", |g| listed(g, "AT|10119|Torstraße 140", "Torstraße 140"), Passes),
        case(24, Edge, "an entry that names no place", |g| listed(g, "DE|10119", "Torstraße 140"), Passes),
        case(
            24,
            Edge,
            "the street in the second line",
            |g| {
                listed(g, "DE|10119|Torstraße 140", "c/o Vogt");
                g.address().line2 = Some("Torstraße 140".into());
            },
            FailsAt(AT),
        ),
        case(
            24,
            Edge,
            "billed there",
            |g| {
                listed(g, "BE|1000|Rue Neuve 5", "Torstraße 1");
                g.bill_to("5, rue neuve", "1000", "BE");
            },
            FailsAt(&["billing_address.line1"]),
        ),
        case(24, Edge, "erased", |g| g.fetched.personal = None, FailsAt(&["contact"])),
    ]
}

fn people() -> Vec<Case> {
    vec![
        case(27, Pass, "on no list", |_| {}, Passes),
        case(27, Fail, "the account's own mark", |g| g.customer().watchlist = true, FailsAt(&["customer_id"])),
        case(27, Fail, "its id", |g| g.fetched.watchlists.customers.push("cus-clara".into()), FailsAt(&["customer_id"])),
        case(
            27,
            Edge,
            "its e-mail address in capitals",
            |g| {
                g.fetched.watchlists.emails.push("clara@example.com".into());
                g.contact().email = " Clara@Example.COM".into();
            },
            FailsAt(&["contact.email"]),
        ),
        case(27, Edge, "another mailbox of the domain", |g| g.fetched.watchlists.emails.push("klara@example.com".into()), Passes),
        case(
            27,
            Edge,
            "its phone number, written as at home",
            |g| {
                g.fetched.watchlists.phones.push("+493023125042".into());
                g.contact().phone = Some("(030) 231 25-042".into());
            },
            FailsAt(&["contact.phone"]),
        ),
        case(
            27,
            Fail,
            "its device",
            |g| {
                g.fetched.watchlists.devices.push("dev-1".into());
                g.fetched.personal.as_mut().unwrap().device = Some(Device { id: Some("dev-1".into()), ip: None });
            },
            FailsAt(&["device.id"]),
        ),
        case(
            27,
            Fail,
            "its name, twice",
            |g| g.fetched.watchlists.names.push("Clara Vogt".into()),
            FailsAt(&["contact.name", "shipping_address.name"]),
        ),
        case(
            27,
            Edge,
            "turned round, in capitals, with another letter",
            |g| g.fetched.watchlists.names.push("VOGT, Klara".into()),
            FailsAt(&["contact.name", "shipping_address.name"]),
        ),
        case(27, Edge, "a namesake by surname", |g| g.fetched.watchlists.names.push("Dieter Vogt".into()), Passes),
        case(27, Edge, "an empty entry is no name", |g| g.fetched.watchlists.names.push(" - ".into()), Passes),
        case(
            27,
            Edge,
            "the name on the bill",
            |g| {
                g.bill_to("Torstraße 1", "10119", "DE");
                g.fetched.personal.as_mut().unwrap().billing_address.as_mut().unwrap().name = "Acme Trading Ltd.".into();
                g.fetched.watchlists.names.push("ACME Trading Limited".into());
            },
            FailsAt(&["billing_address.name"]),
        ),
        case(27, Edge, "erased: nothing can be cleared", |g| g.fetched.personal = None, FailsAt(&["contact"])),
    ]
}
