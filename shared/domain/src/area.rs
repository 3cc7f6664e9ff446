//! Parts of the world, as rules name them.

use serde::{Deserialize, Serialize};

/// Members of the European Union, which Regulation (EU) 952/2013, art. 4, lists.
pub const UNION: [&str; 27] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL",
    "PT", "RO", "SE", "SI", "SK",
];

/// Whether this is a country's code of ISO 3166-1 alpha-2: none of those kept for users, such as `XX` and `ZZ`, and not `EU`.
pub fn is_country(code: &str) -> bool {
    code.len() == 2 && code.parse::<iso_currency::Country>().is_ok()
}

/// A country, a part of one, or postcodes of one: `DE`, `ES-CN`, `FR:20` (postcodes that begin with 20), `ES:35|38` (with either). `EU`, which ISO 3166 keeps free of countries, is every
/// member of the Union.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Area(pub String);

/// A place, as far as rules ask for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Locality<'a> {
    /// ISO 3166-1 alpha-2.
    pub country: &'a str,
    /// Code of its state or province, without the country.
    pub region: Option<&'a str>,
    /// As written.
    pub postcode: Option<&'a str>,
}

impl Locality<'_> {
    /// Whether it lies in an area.
    pub fn lies_in(&self, area: &Area) -> bool {
        area.holds(self.country, self.region, self.postcode)
    }
}

impl Area {
    /// Whether a place lies in it. `region` is the code without its country; postcodes are compared in capitals without spaces and dashes.
    pub fn holds(&self, country: &str, region: Option<&str>, postcode: Option<&str>) -> bool {
        holds(&self.0, country, region, postcode)
    }

    /// How narrow it is, the narrowest the greatest: the Union, a country, a part, postcodes, the longer the narrower.
    pub fn narrowness(&self) -> (u8, usize) {
        match self.0.split_once(':') {
            Some((_, prefixes)) => (3, prefixes.split('|').next().map_or(0, str::len)),
            None if self.0.contains('-') => (2, 0),
            None => (u8::from(!self.is_union()), 0),
        }
    }

    /// The country it lies in, or the Union.
    pub fn country(&self) -> &str {
        self.0.split_once([':', '-']).map_or(self.0.as_str(), |(country, _)| country)
    }

    fn is_union(&self) -> bool {
        is_union(&self.0)
    }
}

/// [`Area::holds`] of an area that is spelled out.
pub fn holds(area: &str, country: &str, region: Option<&str>, postcode: Option<&str>) -> bool {
    if let Some((of, prefixes)) = area.split_once(':') {
        return of == country && postcode.is_some_and(|postcode| prefixes.split('|').any(|prefix| begins_with(postcode, prefix)));
    }
    if let Some((of, part)) = area.split_once('-') {
        return of == country && region == Some(part);
    }
    area == country || is_union(area) && UNION.contains(&country)
}

/// Whether a postcode begins so, in capitals and without spaces and dashes.
pub(crate) fn begins_with(postcode: &str, prefix: &str) -> bool {
    let mut postcode = bare(postcode);
    bare(prefix).all(|sign| postcode.next() == Some(sign))
}

/// Letters and digits in capitals.
fn bare(text: &str) -> impl Iterator<Item = u8> {
    text.bytes().filter(u8::is_ascii_alphanumeric).map(|sign| sign.to_ascii_uppercase())
}

fn is_union(area: &str) -> bool {
    area == "EU"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_area_is_a_country_a_part_of_it_or_postcodes_of_it() {
        for (area, country, region, postcode, holds) in [
            ("DE", "DE", None, None, true),
            ("DE", "AT", None, None, false),
            ("ES-CN", "ES", Some("CN"), None, true),
            ("ES-CN", "ES", None, None, false),
            ("ES-CN", "CN", Some("CN"), None, false),
            ("FR:20", "FR", None, Some("20 000"), true),
            ("FR:20", "FR", None, Some("75020"), false),
            ("FR:20", "FR", None, None, false),
            ("FR:20", "FR", None, Some("2"), false),
            ("FR:2 0", "FR", None, Some("2-0"), true),
            ("GB:BT", "GB", None, Some("bt1 5gs"), true),
            ("ES:35|38", "ES", None, Some("38001"), true),
            ("ES:35|38", "ES", None, Some("35001"), true),
            ("ES:35|38", "ES", None, Some("36001"), false),
            ("ES:35|38", "ES", None, Some("3"), false),
            ("EU", "DE", None, None, true),
            ("EU", "GB", None, Some("BT1 5GS"), false),
            ("EU", "NO", None, None, false),
        ] {
            assert_eq!(Area(area.to_owned()).holds(country, region, postcode), holds, "{area} {country} {region:?} {postcode:?}");
        }
    }

    #[test]
    fn a_country_is_one_of_iso_3166_1() {
        for (code, good) in [
            ("DE", true),
            ("AX", true),
            ("XX", false),
            ("ZZ", false),
            ("XK", false),
            ("EU", false),
            ("UK", false),
            ("de", false),
            ("", false),
            ("DEU", false),
        ] {
            assert_eq!(is_country(code), good, "{code}");
        }
        assert!(UNION.into_iter().all(is_country));
    }

    #[test]
    fn areas_are_told_by_how_narrow_they_are() {
        let areas = ["EU", "DE", "DE-BE", "DE:1", "DE:10|2", "DE:101"];
        assert!(areas.is_sorted_by_key(|area| Area((*area).to_owned()).narrowness()));
    }
}
