//! Cases of checks 29, 30 and 41: charge-backs, contacts, consent.

use oms_contract::reference::account::Consent;

use crate::fixture::Expect::{FailsAt, NotApplicable, Passes, Unavailable};
use crate::fixture::Kind::{Edge, Fail, Pass};
use crate::fixture::{Case, Given, case};

pub(crate) fn cases() -> Vec<Case> {
    [chargebacks(), emails(), phones(), consents()].into_iter().flatten().collect()
}

/// The good order is of 23 November 2026.
fn charged_back(given: &mut Given, day: &str) {
    given.customer().record.chargebacks.push(day.parse().unwrap());
}

fn chargebacks() -> Vec<Case> {
    const AT: &[&str] = &["customer.chargebacks"];
    vec![
        case(29, Pass, "never", |_| {}, Passes),
        case(29, Fail, "last month", |g| charged_back(g, "2026-10-12"), FailsAt(AT)),
        case(29, Edge, "90 days before", |g| charged_back(g, "2026-08-25"), FailsAt(AT)),
        case(29, Edge, "91 days before", |g| charged_back(g, "2026-08-24"), Passes),
        case(29, Edge, "on the day itself", |g| charged_back(g, "2026-11-23"), FailsAt(AT)),
        case(29, Edge, "after the order", |g| charged_back(g, "2026-11-24"), Passes),
        case(
            29,
            Edge,
            "an old one and a new one",
            |g| {
                charged_back(g, "2020-01-01");
                charged_back(g, "2026-11-01");
            },
            FailsAt(AT),
        ),
        case(29, Edge, "a guest", |g| g.fetched.customer = None, NotApplicable),
    ]
}

fn emails() -> Vec<Case> {
    const AT: &[&str] = &["contact.email"];
    fn write(given: &mut Given, address: &str) {
        address.clone_into(&mut given.contact().email);
    }
    vec![
        case(30, Pass, "no profile, and a verified account", |_| {}, Passes),
        case(30, Pass, "verified by itself", |g| g.profile().verified_emails.push("clara@example.com".into()), Passes),
        case(30, Fail, "no address", |g| write(g, "clara.example.com"), FailsAt(AT)),
        case(30, Fail, "to throw away", |g| write(g, "clara@mailinator.com"), FailsAt(AT)),
        case(30, Edge, "below a domain to throw away", |g| write(g, "clara@eu.mailinator.com"), FailsAt(AT)),
        case(30, Fail, "another one was verified", |g| g.profile().verified_emails.push("c@example.com".into()), FailsAt(AT)),
        case(30, Edge, "verified in another case", |g| g.profile().verified_emails.push("CLARA@Example.com".into()), Passes),
        case(30, Edge, "a profile that lists none", |g| g.profile().verified_emails.clear(), FailsAt(AT)),
        case(30, Edge, "no profile, and the account not verified", |g| g.customer().verified = false, FailsAt(AT)),
        case(30, Edge, "a guest", |g| g.fetched.customer = None, FailsAt(AT)),
        case(30, Edge, "erased", |g| g.fetched.personal = None, FailsAt(&["contact"])),
    ]
}

fn phones() -> Vec<Case> {
    const AT: &[&str] = &["contact.phone"];
    fn write(given: &mut Given, number: &str) {
        given.contact().phone = Some(number.to_owned());
    }
    fn verified(given: &mut Given, number: &str) {
        given.profile().verified_emails.push("clara@example.com".into());
        given.profile().verified_phones.push(number.to_owned());
    }
    vec![
        case(30, Pass, "a number of Berlin", |g| write(g, "+49 30 23125042"), Passes),
        case(30, Edge, "written as at home", |g| write(g, "030 23125-042"), Passes),
        case(30, Edge, "of another country than the address", |g| write(g, "+1 206 555 0142"), Passes),
        case(30, Fail, "too short", |g| write(g, "+49 30"), FailsAt(AT)),
        case(30, Fail, "no number", |g| write(g, "by mail, please"), FailsAt(AT)),
        case(30, Edge, "empty", |g| write(g, ""), FailsAt(AT)),
        case(
            30,
            Edge,
            "verified in another spelling",
            |g| {
                write(g, "030 23125042");
                verified(g, "+493023125042");
            },
            Passes,
        ),
        case(
            30,
            Edge,
            "another one was verified",
            |g| {
                write(g, "030 23125042");
                verified(g, "+493023125043");
            },
            FailsAt(AT),
        ),
        case(
            30,
            Edge,
            "neither address nor number: both are told",
            |g| {
                write(g, "1");
                g.contact().email = "@".into();
            },
            FailsAt(&["contact.email", "contact.phone"]),
        ),
    ]
}

/// Consent to a version, given and perhaps withdrawn; the good order is placed at nine o'clock.
fn consent(given: &mut Given, version: &str, given_at: &str, withdrawn_at: Option<&str>) {
    "v3".clone_into(&mut given.market().policy.terms);
    let consent = Consent {
        version: version.to_owned(),
        given_at: given_at.parse().unwrap(),
        withdrawn_at: withdrawn_at.map(|at| at.parse().unwrap()),
    };
    given.customer().record.consents.push(consent);
}

fn consents() -> Vec<Case> {
    const AT: &[&str] = &["customer.consents"];
    vec![
        case(41, Pass, "to the current terms", |g| consent(g, "v3", "2026-01-01T00:00:00Z", None), Passes),
        case(41, Fail, "none", |g| g.market().policy.terms = "v3".into(), FailsAt(AT)),
        case(41, Fail, "to older terms", |g| consent(g, "v2", "2026-01-01T00:00:00Z", None), FailsAt(AT)),
        case(41, Edge, "no terms", |_| {}, NotApplicable),
        case(41, Edge, "a second before", |g| consent(g, "v3", "2026-11-23T08:59:59Z", None), Passes),
        case(41, Edge, "in the same moment", |g| consent(g, "v3", "2026-11-23T09:00:00Z", None), FailsAt(AT)),
        case(41, Edge, "withdrawn before", |g| consent(g, "v3", "2026-01-01T00:00:00Z", Some("2026-02-01T00:00:00Z")), FailsAt(AT)),
        case(41, Edge, "withdrawn after", |g| consent(g, "v3", "2026-01-01T00:00:00Z", Some("2026-11-23T09:00:01Z")), Passes),
        case(
            41,
            Edge,
            "withdrawn, and given again",
            |g| {
                consent(g, "v3", "2026-01-01T00:00:00Z", Some("2026-02-01T00:00:00Z"));
                consent(g, "v3", "2026-03-01T00:00:00Z", None);
            },
            Passes,
        ),
        case(
            41,
            Edge,
            "a guest has given none",
            |g| {
                g.market().policy.terms = "v3".into();
                g.fetched.customer = None;
            },
            FailsAt(AT),
        ),
        case(41, Edge, "the terms could not be had", |g| g.fetched.market = None, Unavailable),
    ]
}
