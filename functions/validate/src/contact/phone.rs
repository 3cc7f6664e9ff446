//! Phone numbers in their international form, after the countries' own plans.

use std::borrow::Cow;
use std::sync::{LazyLock, OnceLock};

use regex_lite::Regex;

use crate::address::names;

/// One line a country: code, calling code, trunk prefix, pattern of a national number; `data/README.md` says from where.
static PHONES: &str = include_str!("../../data/phones.tsv");

/// What people write between digits.
const PUNCTUATION: &str = " -./()\u{a0}\u{2010}\u{2011}\u{2012}\u{2013}";

/// A country's plan.
struct Plan {
    country: &'static str,
    calling: &'static str,
    trunk: &'static str,
    pattern: &'static str,
    /// The pattern, read when a number of the country first comes: that takes longer than all else here.
    compiled: OnceLock<Option<Regex>>,
}

static PLANS: LazyLock<Vec<Plan>> = LazyLock::new(|| {
    let plan = |line: &'static str| {
        let mut columns = line.split('\t');
        let (country, calling, trunk, pattern) = (columns.next()?, columns.next()?, columns.next()?, columns.next()?);
        Some(Plan { country, calling, trunk, pattern, compiled: OnceLock::new() })
    };
    PHONES.lines().filter_map(plan).collect()
});

impl Plan {
    /// The number without the trunk prefix that is dialled before it within the country, where the plan knows such a number.
    fn national<'n>(&self, digits: &'n str) -> Option<&'n str> {
        let pattern = self.compiled.get_or_init(|| Regex::new(&format!("^(?:{})$", self.pattern)).ok()).as_ref()?;
        let inner = Some(self.trunk).filter(|trunk| !trunk.is_empty()).and_then(|trunk| digits.strip_prefix(trunk));
        inner.into_iter().chain([digits]).find(|number| pattern.is_match(number))
    }
}

/// Whether a number says its country's code, so that it is the same wherever it is written.
pub fn is_international(written: &str) -> bool {
    names::in_plain_width(written.trim()).starts_with('+')
}

/// The number in E.164 form (`+4930123456`); one without international prefix is read as one of `country` (ISO 3166-1 alpha-2). `None` where it
/// is no number of any country's plan.
pub fn e164(written: &str, country: &str) -> Option<String> {
    let plain = names::in_plain_width(written.trim());
    // +49 (0)30: the zero is for callers within the country.
    let plain = if plain.starts_with('+') { Cow::Owned(plain.replace("(0)", "")) } else { plain };
    let (plus, rest) = match plain.strip_prefix('+') {
        Some(rest) => (true, rest),
        None => (false, &*plain),
    };
    if !rest.chars().all(|sign| sign.is_ascii_digit() || PUNCTUATION.contains(sign)) {
        return None;
    }
    let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
    if plus {
        return international(&digits);
    }
    let within = PLANS.iter().filter(|plan| plan.country == country).find_map(|plan| {
        let number = plan.national(&digits)?;
        Some(format!("+{}{number}", plan.calling))
    });
    within.or_else(|| ["00", "011"].iter().find_map(|prefix| international(digits.strip_prefix(prefix)?)))
}

/// Calling codes are free of prefixes, so only plans of one code can match.
fn international(digits: &str) -> Option<String> {
    PLANS.iter().find_map(|plan| {
        let number = plan.national(digits.strip_prefix(plan.calling)?)?;
        Some(format!("+{}{number}", plan.calling))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_number_meet() {
        for (written, country, number) in [
            ("+49 30 23125 042", "DE", Some("+493023125042")),
            ("030 / 23125-042", "DE", Some("+493023125042")),
            ("+49 (0)30 23125042", "FR", Some("+493023125042")),
            ("0049 30 23125042", "FR", Some("+493023125042")),
            ("011 49 30 23125042", "US", Some("+493023125042")),
            ("＋４９ ３０ ２３１２５０４２", "DE", Some("+493023125042")),
            ("(206) 555-0142", "US", Some("+12065550142")),
            ("1 206 555 0142", "US", Some("+12065550142")),
            ("+1 416 555 0142", "US", Some("+14165550142")),
            // Italy dials its zero from abroad too.
            ("02 5550 0142", "IT", Some("+390255500142")),
            ("+39 02 5550 0142", "DE", Some("+390255500142")),
            ("06 1 234 5678", "HU", Some("+3612345678")),
            ("+965 2555 0142", "KW", Some("+96525550142")),
            ("+49 30", "DE", None),
            ("+999 12345678", "DE", None),
            ("call me", "DE", None),
            ("+1 206 555 0142 ext. 5", "US", None),
            ("", "DE", None),
            ("123456", "XX", None),
        ] {
            assert_eq!(e164(written, country).as_deref(), number, "{written} in {country}");
        }
    }

    #[test]
    fn every_plan_can_be_read() {
        assert_eq!(PLANS.len(), PHONES.lines().count());
        for plan in PLANS.iter() {
            assert!(Regex::new(plan.pattern).is_ok(), "{}", plan.country);
        }
    }
}
