//! Cases of checks 31 (age) and 42 (age check at the door).

use oms_contract::reference::account::Profile;

use crate::fixture::Expect::{FailsAt, NotApplicable, Passes};
use crate::fixture::Kind::{Edge, Fail, Pass};
use crate::fixture::{Case, Given, case};

pub(crate) fn cases() -> Vec<Case> {
    [ages(), doors()].into_iter().flatten().collect()
}

/// Wine for buyers of 18 years, bought on 23 November 2026 by somebody born on this day.
fn wine(g: &mut Given, born: &str) {
    g.regulate("alcohol", "DE", |rule| rule.min_age = Some(18));
    g.fetched.profile = Some(Profile { verified_birth_date: Some(born.parse().unwrap()), ..Profile::default() });
}

fn ages() -> Vec<Case> {
    vec![
        case(31, Pass, "old enough", |g| wine(g, "1980-05-17"), Passes),
        case(31, Fail, "too young", |g| wine(g, "2010-01-01"), FailsAt(&["customer.birth_date"])),
        case(31, Edge, "on the birthday itself", |g| wine(g, "2008-11-23"), Passes),
        case(
            31,
            Edge,
            "an hour into the birthday, by the sun at the destination",
            |g| {
                wine(g, "2008-11-24");
                g.fetched.placed_at = "2026-11-24T01:15:00Z".parse().unwrap();
            },
            Passes,
        ),
        case(
            31,
            Edge,
            "the birthday in UTC, and not for sure at the destination",
            |g| {
                wine(g, "2008-11-24");
                g.fetched.placed_at = "2026-11-24T00:30:00Z".parse().unwrap();
            },
            FailsAt(&["customer.birth_date"]),
        ),
        case(31, Edge, "the day before the birthday", |g| wine(g, "2008-11-24"), FailsAt(&["customer.birth_date"])),
        case(
            31,
            Edge,
            "born on 29 February, on 28 February of a common year",
            |g| {
                wine(g, "2008-02-29");
                g.fetched.placed_at = "2026-02-28T12:00:00Z".parse().unwrap();
            },
            FailsAt(&["customer.birth_date"]),
        ),
        case(
            31,
            Edge,
            "born on 29 February, on 1 March of a common year",
            |g| {
                wine(g, "2008-02-29");
                g.fetched.placed_at = "2026-03-01T12:00:00Z".parse().unwrap();
            },
            Passes,
        ),
        case(
            31,
            Edge,
            "born on 29 February, on that day of a leap year",
            |g| {
                wine(g, "2012-02-29");
                g.fetched.placed_at = "2032-02-29T12:00:00Z".parse().unwrap();
            },
            Passes,
        ),
        case(
            31,
            Fail,
            "no date of birth was proved",
            |g| {
                wine(g, "1980-05-17");
                g.fetched.profile = Some(Profile::default());
            },
            FailsAt(&["customer.birth_date"]),
        ),
        case(
            31,
            Edge,
            "nothing personal in the account",
            |g| {
                wine(g, "1980-05-17");
                g.fetched.profile = None;
            },
            FailsAt(&["customer.birth_date"]),
        ),
        case(
            31,
            Edge,
            "the limit is the delivery country's",
            |g| {
                wine(g, "2007-01-01");
                g.regulate("alcohol", "US", |rule| rule.min_age = Some(21));
                g.to("US", "NY", "10001", "New York");
            },
            FailsAt(&["customer.birth_date"]),
        ),
        case(31, Edge, "nothing with a limit", |_| {}, NotApplicable),
    ]
}

fn doors() -> Vec<Case> {
    vec![
        case(
            42,
            Pass,
            "the carrier looks at the age",
            |g| {
                g.regulate("spirits", "DE", |rule| (rule.min_age, rule.check_at_door) = (Some(18), true));
                g.card().service_rules.age_check = true;
            },
            Passes,
        ),
        case(
            42,
            Fail,
            "no carrier looks",
            |g| g.regulate("spirits", "DE", |rule| (rule.min_age, rule.check_at_door) = (Some(18), true)),
            FailsAt(&["speed"]),
        ),
        case(
            42,
            Fail,
            "its sale is banned",
            |g| g.regulate("tobacco", "DE", |rule| (rule.min_age, rule.banned) = (Some(18), true)),
            FailsAt(&["lines[0].sku"]),
        ),
        case(
            42,
            Edge,
            "a carrier of another speed looks",
            |g| {
                g.regulate("spirits", "DE", |rule| (rule.min_age, rule.check_at_door) = (Some(18), true));
                g.fetched.rates[1].service_rules.age_check = true;
            },
            FailsAt(&["speed"]),
        ),
        case(42, Edge, "an age limit without a look at the door", |g| g.regulate("games", "DE", |rule| rule.min_age = Some(18)), Passes),
        case(42, Edge, "banned, without an age limit: check 23's", |g| g.regulate("seeds", "DE", |rule| rule.banned = true), NotApplicable),
    ]
}
