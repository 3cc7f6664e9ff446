//! What an address of a country must hold, and where its postcodes lie. The first table has one line per country, which is parsed when an address of it first
//! comes: it never changes while a process lives. The second is read in place.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use regex_lite::Regex;
use serde::Deserialize;

use super::names;
use super::places::Point;

static ADDRESSES: &str = include_str!("../../data/addresses.json");
static POSTCODES: &[u8] = include_bytes!("../../data/postcodes.bin");

const POSTCODE_MAGIC: &[u8] = b"OMSPCD01";
const POSTCODE_DIRECTORY: usize = 6;
const POSTCODE_ROW: usize = 9;

/// Postcodes are filed under at most this many leading characters.
const LONGEST_PREFIX: usize = 3;

/// A field of an address that a country may require.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Field {
    /// Recipient.
    Name,
    /// Street and number.
    Line1,
    /// Town.
    City,
    /// State, province, prefecture.
    Region,
    /// Postcode.
    Postcode,
}

/// What a country asks of an address.
#[derive(Debug, Deserialize)]
pub struct Rules {
    /// Fields that must not be empty.
    pub required: Vec<Field>,
    /// Pattern of a whole postcode in capitals; absent where the country has no postcodes.
    #[serde(default)]
    postcode: Option<Pattern>,
    /// Postcodes that match.
    #[serde(default)]
    pub examples: Vec<String>,
    /// States, provinces, prefectures, where addresses have them.
    #[serde(default)]
    pub regions: Vec<Region>,
}

/// A region of a country.
#[derive(Debug, Deserialize)]
pub struct Region {
    /// ISO 3166-2 code after the country's prefix, where known.
    pub code: String,
    /// Folded names it goes by, the code among them.
    names: Vec<String>,
    /// Pattern of how its postcodes begin, where known.
    #[serde(default)]
    postcode: Option<Pattern>,
}

/// A pattern that is compiled when something is first compared with it: that takes far longer than the comparison. A test compiles every pattern of the table,
/// so one that does not compile cannot be met; it would match nothing.
#[derive(Debug, Deserialize)]
#[serde(from = "String")]
struct Pattern {
    text: String,
    compiled: OnceLock<Option<Regex>>,
}

/// A country's line of the table, and what it says once it was asked for.
struct Country {
    line: &'static str,
    rules: OnceLock<Option<Rules>>,
}

static COUNTRIES: LazyLock<BTreeMap<&'static str, Country>> = LazyLock::new(|| {
    let country = |line: &'static str| {
        let (code, value) = line.strip_prefix('"')?.split_once("\":")?;
        let is_code = code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase());
        is_code.then(|| (code, Country { line: value.trim_end_matches(','), rules: OnceLock::new() }))
    };
    ADDRESSES.lines().filter_map(country).collect()
});

/// The rules of the country with this ISO 3166-1 alpha-2 code; `None` where there is no such country.
pub fn of_country(code: &str) -> Option<&'static Rules> {
    let country = COUNTRIES.get(code)?;
    country.rules.get_or_init(|| serde_json::from_str(country.line).ok()).as_ref()
}

impl Rules {
    /// Whether a postcode in capitals has the country's format; any has where the country has none.
    pub fn postcode_fits(&self, postcode: &str) -> bool {
        self.postcode.as_ref().is_none_or(|pattern| pattern.matches(postcode, "$"))
    }

    /// Whether the country has postcodes.
    pub fn has_postcodes(&self) -> bool {
        self.postcode.is_some()
    }

    /// The region that goes by this name or code, with or without the country's prefix.
    pub fn region_named(&self, country: &str, name: &str) -> Option<&Region> {
        let folded = names::folded(name);
        let bare = folded.strip_prefix(&format!("{} ", country.to_lowercase())).unwrap_or(&folded);
        self.regions.iter().find(|region| region.names.iter().any(|n| *n == folded || n == bare))
    }

    /// The one region whose postcodes begin like this one; `None` where none or several do.
    pub fn region_of_postcode(&self, postcode: &str) -> Option<&Region> {
        let mut fitting = self.regions.iter().filter(|region| region.postcode.is_some() && region.may_hold(postcode));
        fitting.next().filter(|_| fitting.next().is_none())
    }
}

impl Region {
    /// Whether a postcode in capitals may lie in this region; true where the table does not know.
    pub fn may_hold(&self, postcode: &str) -> bool {
        self.postcode.as_ref().is_none_or(|pattern| pattern.matches(postcode, ""))
    }

    /// The names it goes by.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }
}

impl Pattern {
    /// Whether a text begins like this, or ends with it too: `end` is `$`, always the same for one pattern.
    fn matches(&self, text: &str, end: &str) -> bool {
        let compiled = self.compiled.get_or_init(|| Regex::new(&format!("^(?:{}){end}", self.text)).ok());
        compiled.as_ref().is_some_and(|pattern| pattern.is_match(text))
    }
}

impl From<String> for Pattern {
    fn from(text: String) -> Self {
        Self { text, compiled: OnceLock::new() }
    }
}

/// Where the postcodes with one prefix lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area {
    /// The middle.
    pub centre: Point,
    /// Kilometres around it that hold nearly all of them.
    pub radius_km: f64,
}

/// Where a postcode in capitals lies: the area with the longest prefix of it; `None` where the table does not know.
pub fn area_of(country: &str, postcode: &str) -> Option<Area> {
    let areas = PostcodeAreas::of(country)?;
    let bare: String = postcode.chars().filter(char::is_ascii_alphanumeric).take(LONGEST_PREFIX).collect();
    (1..=bare.len()).rev().find_map(|length| areas.named(&bare.as_bytes()[..length]))
}

/// A country's part of the table of postcode areas. An area is one byte of each column: its prefix, filled with zero bytes, latitude and longitude in hundredths
/// of a degree, radius in kilometres. `data/README.md` gives the layout.
#[derive(Debug, Clone, Copy)]
struct PostcodeAreas {
    columns: [&'static [u8]; POSTCODE_ROW],
}

impl PostcodeAreas {
    fn of(country: &str) -> Option<Self> {
        let count = usize::from(u16_at(POSTCODES, POSTCODE_MAGIC.len())?);
        let rows = usize::from(u16_at(POSTCODES, POSTCODE_MAGIC.len() + 2)?);
        let directory_at = POSTCODE_MAGIC.len() + 4;
        let columns_at = directory_at + count * POSTCODE_DIRECTORY;
        let (directory, _) = POSTCODES.get(directory_at..columns_at)?.as_chunks::<POSTCODE_DIRECTORY>();
        let entry = directory.iter().find(|entry| &entry[..2] == country.as_bytes())?;
        let (first, own) = (usize::from(u16_at(entry, 2)?), usize::from(u16_at(entry, 4)?));
        let mut columns: [&[u8]; POSTCODE_ROW] = [&[]; POSTCODE_ROW];
        for (index, part) in columns.iter_mut().enumerate() {
            let start = columns_at + index * rows + first;
            *part = POSTCODES.get(start..start + own)?;
        }
        Some(Self { columns })
    }

    fn named(self, prefix: &[u8]) -> Option<Area> {
        let byte = |column: usize| prefix.get(column).copied().unwrap_or(0);
        let wanted = [byte(0), byte(1), byte(2)];
        // Areas are sorted by their prefixes.
        let (mut from, mut to) = (0, self.columns[0].len());
        while from < to {
            let middle = usize::midpoint(from, to);
            let row = self.columns.map(|column| column[middle]);
            match row[..3].cmp(&wanted) {
                Ordering::Less => from = middle + 1,
                Ordering::Equal => return Some(area_in(row)),
                Ordering::Greater => to = middle,
            }
        }
        None
    }
}

fn area_in(row: [u8; POSTCODE_ROW]) -> Area {
    let [_, _, _, lat_low, lat_high, lon_low, lon_high, radius_low, radius_high] = row;
    let degrees = |low, high| f64::from(i16::from_le_bytes([low, high])) / 100.0;
    let centre = Point { lat: degrees(lat_low, lat_high), lon: degrees(lon_low, lon_high) };
    Area { centre, radius_km: f64::from(u16::from_le_bytes([radius_low, radius_high])) }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(table: &str) -> Vec<&str> {
        table
            .lines()
            .filter_map(|line| line.strip_prefix('"')?.split_once("\":"))
            .map(|(code, _)| code)
            .filter(|code| code.len() == 2)
            .collect()
    }

    #[test]
    fn every_country_parses_and_every_pattern_compiles_and_fits_its_examples() {
        let countries = codes(ADDRESSES);
        assert!(countries.len() > 240, "{}", countries.len());
        for code in countries {
            let rules = of_country(code).unwrap_or_else(|| panic!("{code} does not parse"));
            for example in &rules.examples {
                assert!(rules.postcode_fits(example), "{code} {example}");
            }
            for region in &rules.regions {
                if let Some(pattern) = &region.postcode {
                    assert!(Regex::new(&pattern.text).is_ok(), "{code} {}", region.code);
                }
            }
        }
    }

    #[test]
    fn every_postcode_area_is_on_the_globe_and_filed_once() {
        assert_eq!(&POSTCODES[..POSTCODE_MAGIC.len()], POSTCODE_MAGIC);
        let known: Vec<(&str, PostcodeAreas)> =
            codes(ADDRESSES).into_iter().filter_map(|code| Some((code, PostcodeAreas::of(code)?))).collect();
        assert!(known.len() > 100, "{}", known.len());
        let mut found = 0;
        for (code, areas) in known {
            let rows: Vec<_> = (0..areas.columns[0].len()).map(|index| areas.columns.map(|column| column[index])).collect();
            assert!(rows.is_sorted_by(|a, b| a[..3] < b[..3]), "{code}");
            for area in rows.iter().copied().map(area_in) {
                assert!(
                    area.centre.lat.abs() <= 90.0 && area.centre.lon.abs() <= 180.0 && (25.0..=300.0).contains(&area.radius_km),
                    "{code}"
                );
            }
            found += rows.len();
        }
        assert_eq!(found, usize::from(u16_at(POSTCODES, POSTCODE_MAGIC.len() + 2).unwrap()));
    }

    #[test]
    fn the_longest_prefix_of_a_postcode_counts() {
        for (country, postcode, lat, lon) in
            [("DE", "10119", 52.52, 13.41), ("BR", "01310-100", -23.55, -46.64), ("GB", "BT1 5GS", 54.6, -5.93)]
        {
            let area = area_of(country, postcode).unwrap();
            assert!(area.centre.km_to(Point { lat, lon }) < 60.0, "{country} {postcode}: {area:?}");
        }
        for (country, postcode) in [("DE", ""), ("XX", "1"), ("", "1"), ("DE", "ß")] {
            assert_eq!(area_of(country, postcode), None, "{country} {postcode}");
        }
    }

    #[test]
    fn regions_go_by_name_and_code() {
        let brazil = of_country("BR").unwrap();
        for name in ["SP", "sp", "São Paulo", "BR-SP"] {
            assert_eq!(brazil.region_named("BR", name).map(|r| r.code.as_str()), Some("SP"), "{name}");
        }
        assert!(brazil.region_named("BR", "Bavaria").is_none());
        assert_eq!(brazil.region_of_postcode("01310-100").map(|r| &*r.code), Some("SP"));
    }

    #[test]
    fn a_code_that_is_none_finds_nothing() {
        for code in ["", "D", "de", "XX", "DE\":", "note"] {
            assert!(of_country(code).is_none(), "{code:?}");
        }
    }
}
