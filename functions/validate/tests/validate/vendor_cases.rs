//! Cases of checks 33 (in time), 34 (licensed), 35 (not suspended) and 36 (vendor's capacity).

use oms_contract::reference::AccountStatus;
use oms_contract::reference::regulation::Licence;
use oms_contract::reference::sale::Area;
use oms_domain::document::Speed;

use crate::fixture::Expect::{FailsAt, NotApplicable, Passes, Unavailable};
use crate::fixture::Kind::{Edge, Fail, Pass};
use crate::fixture::{Case, Given, case};

pub(crate) fn cases() -> Vec<Case> {
    [in_time(), licences(), suspended(), capacity()].into_iter().flatten().collect()
}

/// The good order, made on a Monday, arrives on Wednesday: two days.
fn in_time() -> Vec<Case> {
    vec![
        case(33, Pass, "within what is promised", |g| g.market().policy.promised_days.standard = Some(5), Passes),
        case(33, Edge, "on the promised day", |g| g.market().policy.promised_days.standard = Some(2), Passes),
        case(
            33,
            Fail,
            "a day too late",
            |g| g.market().policy.promised_days.standard = Some(1),
            FailsAt(&["lines[0].sku", "lines[1].sku"]),
        ),
        case(
            33,
            Edge,
            "one vendor is slow, the other is not",
            |g| {
                g.market().policy.promised_days.standard = Some(2);
                g.warehouse(0).handling_hours = 100;
            },
            Passes,
        ),
        case(
            33,
            Edge,
            "past the cut-off by a second, so handed over a day later",
            |g| {
                g.market().policy.promised_days.standard = Some(2);
                g.warehouse(1).calendar.cut_off = Some("09:59:59".parse().unwrap());
            },
            FailsAt(&["lines[1].sku"]),
        ),
        case(
            33,
            Edge,
            "at the cut-off to the second",
            |g| {
                g.market().policy.promised_days.standard = Some(2);
                g.warehouse(1).calendar.cut_off = Some("10:00:00".parse().unwrap());
            },
            Passes,
        ),
        case(
            33,
            Edge,
            "a cut-off in the night when clocks go forward",
            |g| {
                // Sunday, 29 March 2026, 01:30 UTC is 03:30 in Berlin: half past two does not exist.
                g.fetched.placed_at = "2026-03-29T01:30:00Z".parse().unwrap();
                g.market().policy.promised_days.standard = Some(4);
                g.warehouse(1).calendar.weekdays = (1..=7).collect();
                g.warehouse(1).calendar.cut_off = Some("02:30:00".parse().unwrap());
                g.document().lines.remove(0);
            },
            Passes,
        ),
        case(
            33,
            Edge,
            "what is promised of express",
            |g| {
                g.document().speed = Speed::Express;
                g.market().policy.promised_days.standard = Some(0);
                g.market().policy.promised_days.express = Some(1);
            },
            Passes,
        ),
        case(33, Edge, "nothing is promised", |_| {}, NotApplicable),
        case(33, Edge, "the marketplace's rules could not be had", |g| g.fetched.market = None, Unavailable),
    ]
}

/// The first vendor alone, with a licence for medicine in this area from one day to another; it hands over on 23 November.
fn pharmacy(g: &mut Given, area: &str, from: &str, to: Option<&str>) {
    g.one_vendor();
    g.regulate("medicine", "DE", |rule| rule.licence = true);
    let licence = Licence {
        class: "medicine".into(),
        areas: vec![Area(area.into())],
        valid_from: from.parse().unwrap(),
        valid_to: to.map(|day| day.parse().unwrap()),
    };
    g.vendor(0).licences.push(licence);
}

fn licences() -> Vec<Case> {
    vec![
        case(34, Pass, "licensed", |g| pharmacy(g, "DE", "2020-01-01", None), Passes),
        case(34, Edge, "on the last day", |g| pharmacy(g, "DE", "2020-01-01", Some("2026-11-23")), Passes),
        case(34, Fail, "run out the day before", |g| pharmacy(g, "DE", "2020-01-01", Some("2026-11-22")), FailsAt(&["lines[0].sku"])),
        case(34, Edge, "valid from the day after", |g| pharmacy(g, "DE", "2026-11-24", None), FailsAt(&["lines[0].sku"])),
        case(
            34,
            Edge,
            "run out between order and hand-over",
            |g| {
                pharmacy(g, "DE", "2020-01-01", Some("2026-11-23"));
                g.warehouse(0).handling_hours = 24;
            },
            FailsAt(&["lines[0].sku"]),
        ),
        case(34, Fail, "for another country", |g| pharmacy(g, "AT", "2020-01-01", None), FailsAt(&["lines[0].sku"])),
        case(34, Edge, "for the place's postcodes", |g| pharmacy(g, "DE:10", "2020-01-01", None), Passes),
        case(
            34,
            Fail,
            "for other goods",
            |g| {
                pharmacy(g, "DE", "2020-01-01", None);
                g.vendor(0).licences[0].class = "alcohol".into();
            },
            FailsAt(&["lines[0].sku"]),
        ),
        case(34, Edge, "no licence is asked for", |g| g.regulate("alcohol", "DE", |rule| rule.min_age = Some(16)), NotApplicable),
    ]
}

fn suspended() -> Vec<Case> {
    vec![
        case(35, Pass, "the good order", |_| {}, Passes),
        case(35, Pass, "one of two", |g| g.vendor(0).status = AccountStatus::Suspended, Passes),
        case(35, Fail, "the only source", |g| g.vendor(1).status = AccountStatus::Suspended, FailsAt(&["lines[1].sku"])),
        case(
            35,
            Edge,
            "both of two",
            |g| {
                g.vendor(0).status = AccountStatus::Suspended;
                g.vendor(1).status = AccountStatus::Suspended;
            },
            FailsAt(&["lines[0].sku", "lines[1].sku"]),
        ),
        case(35, Edge, "the only source is not approved, which is check 32's", |g| g.vendor(1).approved = false, Passes),
        case(35, Edge, "no vendor has any", |g| g.fetched.sources.clear(), NotApplicable),
    ]
}

/// The vendor takes so many orders a day and has taken so many.
fn busy(g: &mut Given, vendor: usize, daily: u32, taken: u32) {
    g.vendor(vendor).daily_capacity = Some(daily);
    let id = g.vendor(vendor).vendor_id.clone();
    g.fetched.load.vendors.insert(id, taken.into());
}

fn capacity() -> Vec<Case> {
    vec![
        case(36, Pass, "takes as many as come", |_| {}, Passes),
        case(36, Edge, "the last order of the day", |g| busy(g, 1, 50, 49), Passes),
        case(36, Fail, "has enough for today", |g| busy(g, 1, 50, 50), FailsAt(&["lines[1].sku"])),
        case(36, Edge, "one of two has room", |g| busy(g, 0, 50, 51), Passes),
        case(36, Edge, "a vendor who takes none", |g| busy(g, 1, 0, 0), FailsAt(&["lines[1].sku"])),
        case(36, Edge, "nobody has any: check 11's", |g| g.fetched.sources.clear(), NotApplicable),
    ]
}
