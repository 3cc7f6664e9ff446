//! The fraud rules, as one table. Each is a pure rule over [`RiskFacts`]; each runs whatever the others said.
//!
//! Points are chosen by the band in which a rule shall put an order when it speaks alone: up to 20 nothing happens, from 21 the customer is
//! challenged, from 51 a person looks, from 76 the order is rejected.

use std::net::IpAddr;

use oms_contract::record::{RiskSignal, VERIFYING};
use oms_domain::Money;
use oms_domain::document::Speed;

use crate::facts::RiskFacts;

/// Orders of one customer an hour that are nothing to wonder at.
pub const MOST_PER_HOUR: u16 = 5;

/// Orders of one customer a day that are nothing to wonder at.
pub const MOST_PER_DAY: u16 = 20;

/// The lowest score that is verified.
const LEAST_MEDIUM: u8 = 21;

/// A first order over this is reviewed, in euro cents.
const LARGE_FIRST_ORDER: i64 = 50_000;

/// Electronics over this are verified, in euro cents.
const PRECIOUS_ELECTRONICS: i64 = 100_000;

/// What a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "snake_case")]
pub enum Group {
    /// How often the customer orders.
    Velocity,
    /// Where it goes.
    Geography,
    /// What is ordered.
    Product,
    /// How the customer behaves.
    Behaviour,
    /// What the order came from.
    Device,
    /// Checks of the order that ask for a verification.
    Checks,
}

/// One rule.
pub struct Rule {
    /// The stable name.
    pub name: &'static str,
    /// What it is about.
    pub group: Group,
    /// Added to the score when it speaks.
    pub points: u8,
    /// What it sees, without personal data; `None` where it has nothing to say.
    pub sees: fn(&RiskFacts) -> Option<String>,
}

/// The rules.
pub const RULES: [Rule; 11] = [
    // More than the limit of an hour: medium. A person who shops in bursts can answer a challenge; a script cannot.
    Rule { name: "orders_per_hour", group: Group::Velocity, points: 40, sees: too_many_in_an_hour },
    // More than the limit of a day: high. No household shops so; whether a business does, a person must say. With the burst above: rejected.
    Rule { name: "orders_per_day", group: Group::Velocity, points: 55, sees: too_many_in_a_day },
    // A country with more than 5 % fraud: medium. Nineteen of twenty orders there are honest, and a challenge costs them little.
    Rule { name: "high_risk_destination", group: Group::Geography, points: 30, sees: goes_to_a_high_risk_country },
    // Billed in one country, sent to another: low alone, since gifts look the same; with a challenge-worthy signal it weighs.
    Rule { name: "billed_in_another_country", group: Group::Geography, points: 15, sees: is_billed_in_another_country },
    // Electronics over EUR 1,000 "require additional verification": the least that is medium.
    Rule { name: "high_value_electronics", group: Group::Product, points: 21, sees: holds_precious_electronics },
    // A first order over EUR 500 is "flagged for review": the least that is high. A new customer with an expensive laptop sent by express is
    // still reviewed, not rejected: 51 + 21 + 3 = 75, as the three describe one and the same honest buyer.
    Rule { name: "large_first_order", group: Group::Behaviour, points: 51, sees: is_a_large_first_order },
    // Express to an address never used before (it is the first order): low, a shade only, for the reason above.
    Rule { name: "express_first_order", group: Group::Behaviour, points: 3, sees: is_an_express_first_order },
    // On a watchlist: the contract of check 27 says verify, so medium; whatever else speaks brings a person.
    Rule { name: "on_watchlist", group: Group::Behaviour, points: 50, sees: is_on_a_watchlist },
    // Erased data cannot be judged by any rule that reads it: high, a person decides.
    Rule { name: "personal_data_erased", group: Group::Behaviour, points: 51, sees: has_no_personal_data },
    // A device the account has not used, though it is known to use others: low. People buy telephones.
    Rule { name: "unknown_device", group: Group::Device, points: 10, sees: comes_from_an_unknown_device },
    // A device or network address of known fraud is "blocked": very high, whatever else is true.
    Rule { name: "blocked_device", group: Group::Device, points: 100, sees: comes_from_a_blocked_device },
];

/// Every rule that spoke, then every check that asks for a verification.
pub fn signals(facts: &RiskFacts) -> Vec<RiskSignal> {
    let mut signals: Vec<RiskSignal> = RULES
        .iter()
        .filter_map(|rule| {
            let seen = (rule.sees)(facts)?;
            Some(RiskSignal { rule: rule.name.to_owned(), group: rule.group.to_string(), points: rule.points, seen })
        })
        .collect();
    for check in &facts.doubts {
        let signal = doubt(*check, score(&signals));
        signals.push(signal);
    }
    signals
}

/// A check that asks for a verification: it adds what is missing to the medium band, and nothing to an order that is there already. Doubts and
/// rules often see the same (a large first order is also one without 3-D Secure), and a check that asks for a challenge must never reject.
fn doubt(check: u8, score: u8) -> RiskSignal {
    let code = VERIFYING.iter().find_map(|(number, code)| (*number == check).then_some(*code));
    RiskSignal {
        rule: code.map_or_else(|| format!("check:{check}"), |code| format!("check:{code}")),
        group: Group::Checks.to_string(),
        points: LEAST_MEDIUM.saturating_sub(score),
        seen: format!("check {check} failed; see the validation report"),
    }
}

/// The score: the sum of what spoke, 100 at most.
pub fn score(signals: &[RiskSignal]) -> u8 {
    signals.iter().fold(0_u8, |sum, signal| sum.saturating_add(signal.points)).min(100)
}

fn too_many_in_an_hour(facts: &RiskFacts) -> Option<String> {
    (facts.last_hour > MOST_PER_HOUR).then(|| format!("more than {MOST_PER_HOUR} orders within an hour"))
}

fn too_many_in_a_day(facts: &RiskFacts) -> Option<String> {
    (facts.last_day > MOST_PER_DAY).then(|| format!("more than {MOST_PER_DAY} orders within a day"))
}

fn goes_to_a_high_risk_country(facts: &RiskFacts) -> Option<String> {
    let destination = &facts.document.destination;
    facts.market.high_risk_countries.contains(destination).then(|| destination.clone())
}

fn is_billed_in_another_country(facts: &RiskFacts) -> Option<String> {
    let personal = facts.personal.as_ref()?;
    let (billed, sent) = (&personal.billing_address.as_ref()?.country, &personal.shipping_address.country);
    (billed != sent).then(|| format!("billed in {billed}, sent to {sent}"))
}

fn holds_precious_electronics(facts: &RiskFacts) -> Option<String> {
    over(facts.electronics, PRECIOUS_ELECTRONICS)
}

fn is_a_large_first_order(facts: &RiskFacts) -> Option<String> {
    over(facts.total, LARGE_FIRST_ORDER).filter(|_| facts.is_first_order())
}

fn over(money: Money, limit: i64) -> Option<String> {
    (money.amount > limit).then(|| money.to_string())
}

fn is_an_express_first_order(facts: &RiskFacts) -> Option<String> {
    let express = match facts.document.speed {
        Speed::Express => true,
        Speed::Standard => false,
    };
    (express && facts.is_first_order()).then(|| "express to an address not used before".to_owned())
}

fn is_on_a_watchlist(facts: &RiskFacts) -> Option<String> {
    facts.customer.as_ref()?.watchlist.then(|| "the account".to_owned())
}

fn has_no_personal_data(facts: &RiskFacts) -> Option<String> {
    facts.personal.is_none().then(|| "the customer's key was destroyed".to_owned())
}

fn comes_from_an_unknown_device(facts: &RiskFacts) -> Option<String> {
    let id = facts.personal.as_ref()?.device.as_ref()?.id.as_ref()?;
    let known = &facts.customer.as_ref()?.devices;
    (!known.is_empty() && !known.contains(id)).then(|| "a device the account has not used before".to_owned())
}

fn comes_from_a_blocked_device(facts: &RiskFacts) -> Option<String> {
    let device = facts.personal.as_ref()?.device.as_ref()?;
    let blocked = &facts.market.blocked_devices;
    if device.id.as_ref().is_some_and(|id| blocked.contains(id)) {
        return Some("a blocked device".to_owned());
    }
    let ip = device.ip.as_deref()?;
    blocked.iter().any(|entry| same_address(entry, ip)).then(|| "a blocked network address".to_owned())
}

/// One address has several spellings: `2001:DB8::1` and `2001:db8:0::1`, `::ffff:192.0.2.1` and `192.0.2.1`.
fn same_address(one: &str, other: &str) -> bool {
    let parsed = |text: &str| text.trim().parse::<IpAddr>().map(|ip| ip.to_canonical());
    match (parsed(one), parsed(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => one.trim() == other.trim(),
    }
}
