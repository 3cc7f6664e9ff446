//! Towns of the world by country and name, read in place from the packed table: nothing is parsed when the function starts, and a look-up walks
//! through the entries of one country.
//! `data/README.md` gives the layout.

use super::names;

static PACKED: &[u8] = include_bytes!("../../data/places.bin");

const MAGIC: &[u8] = b"OMSPLC03";
const COLUMNS_AT: usize = 10;
const ENTRIES_AT: usize = 14;
const DIRECTORY_AT: usize = 18;
const DIRECTORY_ROW: usize = 16;
const ENTRY: usize = 9;
const REGION: usize = 4;
/// Entries of a country that are passed over at once.
const STRETCH: usize = 64;
const NO_REGION: u8 = 255;
/// The region codes are those of ISO 3166-2, so that they may be compared with an address's.
const SCHEME_ISO: u8 = 1;

/// Words that say what kind of place it is; a name that is not known with them may be known without.
const KIND_WORDS: [&str; 7] = ["ku", "shi", "machi", "cho", "mura", "son", "city"];

/// A point in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// North.
    pub lat: f64,
    /// East.
    pub lon: f64,
}

impl Point {
    /// Great-circle distance in kilometres.
    pub fn km_to(self, other: Self) -> f64 {
        const EARTH_RADIUS_KM: f64 = 6371.0;
        let (from, to) = (self.lat.to_radians(), other.lat.to_radians());
        let chord = ((to - from) / 2.0).sin().powi(2) + from.cos() * to.cos() * ((other.lon - self.lon).to_radians() / 2.0).sin().powi(2);
        2.0 * EARTH_RADIUS_KM * chord.sqrt().min(1.0).asin()
    }
}

/// A place that bears a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// Where.
    pub point: Point,
    /// ISO 3166-2 code of its region after the country's prefix, where the table has one.
    pub region: Option<&'static str>,
}

/// A country's part of the table.
#[derive(Debug, Clone, Copy)]
pub struct Country {
    regions: &'static [u8],
    /// The country's part of each column; an entry is one byte of each. Entries follow each other by region, and there from south to north.
    columns: [&'static [u8]; ENTRY],
    iso: bool,
}

/// The part of the country with this ISO 3166-1 alpha-2 code; `None` where the table has none.
pub fn country(code: &str) -> Option<Country> {
    let count = usize::from(u16_at(PACKED, MAGIC.len())?);
    let directory = PACKED.get(DIRECTORY_AT..DIRECTORY_AT + count * DIRECTORY_ROW)?;
    let (rows, _) = directory.as_chunks::<DIRECTORY_ROW>();
    let at = rows.binary_search_by(|row| row[..2].cmp(code.as_bytes())).ok()?;
    let row = &rows[at];
    let region_at = u32_at(row, 4)?;
    let (first, entries) = (u32_at(row, 8)?, u32_at(row, 12)?);
    let (columns_at, column) = (u32_at(PACKED, COLUMNS_AT)?, u32_at(PACKED, ENTRIES_AT)?);
    let mut columns: [&[u8]; ENTRY] = [&[]; ENTRY];
    for (index, part) in columns.iter_mut().enumerate() {
        let start = columns_at + index * column + first;
        *part = PACKED.get(start..start + entries)?;
    }
    Some(Country { regions: PACKED.get(region_at..region_at + usize::from(row[2]) * REGION)?, columns, iso: row[3] == SCHEME_ISO })
}

/// What an entry says.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Entry {
    /// Hundredths of a degree.
    lat: i16,
    /// Hundredths of a degree.
    lon: i16,
    region: u8,
    /// Namesakes of the country that have more people.
    rank: u8,
}

impl Country {
    /// All places of that name, the most populous first; empty where none is known.
    pub fn find(self, name: &str) -> Vec<Place> {
        let folded = names::folded(name);
        let found = self.filed_under(&folded);
        match folded.rsplit_once(' ') {
            Some((stem, last)) if found.is_empty() && KIND_WORDS.contains(&last) => self.filed_under(stem),
            _ => found,
        }
    }

    /// Whether the table files places under this region code, so that a place's region says something about it.
    pub fn knows_region(self, code: &str) -> bool {
        let (regions, _) = self.regions.as_chunks::<REGION>();
        self.iso && regions.iter().any(|region| text(region) == Some(code))
    }

    fn filed_under(self, folded: &str) -> Vec<Place> {
        let wanted = names::key(folded);
        let [first, second, third, ..] = self.columns;
        // Of a country's thousands of keys hardly one is wanted: only of that one the rest is read, and only in stretches that hold its first byte, which a
        // search over many bytes at once tells.
        let stretches = first.chunks(STRETCH).enumerate().filter(|(_, stretch)| stretch.contains(&wanted[0]));
        let alike = stretches.flat_map(|(nth, stretch)| {
            let alike = stretch.iter().enumerate().filter(|(_, byte)| **byte == wanted[0]);
            alike.map(move |(index, _)| nth * STRETCH + index)
        });
        let filed = alike.filter(|index| [second[*index], third[*index]] == wanted[1..]);
        let mut found: Vec<Entry> = filed.map(|index| self.entry(index)).collect();
        found.sort_by_key(|entry| entry.rank);
        found.into_iter().map(|entry| self.place(entry)).collect()
    }

    /// An entry. Each holds its step north from the one before it in its region, so the steps are walked from the region's first one on.
    fn entry(self, index: usize) -> Entry {
        let [.., step_low, step_high, _, _, regions, _] = self.columns;
        let region = regions[index];
        let first = regions[..index].iter().rposition(|other| *other != region).map_or(0, |before| before + 1);
        let steps = step_low[first..=index].iter().zip(&step_high[first..=index]);
        let lat = steps.map(|(low, high)| i16::from_le_bytes([*low, *high])).sum();
        let [.., lon_low, lon_high, region, rank] = self.columns.map(|column| column[index]);
        Entry { lat, lon: i16::from_le_bytes([lon_low, lon_high]), region, rank }
    }

    fn place(self, entry: Entry) -> Place {
        let degrees = |hundredths: i16| f64::from(hundredths) / 100.0;
        Place { point: Point { lat: degrees(entry.lat), lon: degrees(entry.lon) }, region: self.region(entry.region) }
    }

    fn region(self, index: u8) -> Option<&'static str> {
        let at = usize::from(index) * REGION;
        let named = self.iso && index != NO_REGION;
        text(self.regions.get(at..at + REGION).filter(|_| named)?)
    }
}

fn text(padded: &[u8]) -> Option<&str> {
    std::str::from_utf8(padded).ok().map(|code| code.trim_end_matches('\0'))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let field = bytes.get(at..at + 2)?.try_into().ok()?;
    Some(u16::from_le_bytes(field))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<usize> {
    let field = bytes.get(at..at + 4)?.try_into().ok()?;
    usize::try_from(u32::from_le_bytes(field)).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn the_table_is_the_one_this_reader_was_written_for() {
        assert_eq!(&PACKED[..MAGIC.len()], MAGIC);
    }

    #[test]
    fn the_countries_share_the_columns_without_gap_and_their_entries_lie_from_south_to_north() {
        let (columns_at, column) = (u32_at(PACKED, COLUMNS_AT).unwrap(), u32_at(PACKED, ENTRIES_AT).unwrap());
        assert_eq!(columns_at + ENTRY * column, PACKED.len());
        let count = usize::from(u16_at(PACKED, MAGIC.len()).unwrap());
        let (rows, _) = PACKED[DIRECTORY_AT..DIRECTORY_AT + count * DIRECTORY_ROW].as_chunks::<DIRECTORY_ROW>();
        let mut next = 0;
        for row in rows {
            let code = std::str::from_utf8(&row[..2]).unwrap();
            assert_eq!(u32_at(row, 8), Some(next), "{code}");
            let country = country(code).unwrap();
            let entries: Vec<Entry> = (0..country.columns[0].len()).map(|index| country.entry(index)).collect();
            assert!(entries.is_sorted_by_key(|entry| (entry.region, entry.lat, entry.lon)), "{code}");
            assert!(entries.iter().all(|entry| entry.lat.abs() <= 9_000 && entry.lon.abs() <= 18_000), "{code}");
            assert!(entries.iter().all(|entry| entry.region == NO_REGION || entry.region < row[2]), "{code}");
            assert!(namesakes_are_ranked(country, &entries), "{code}");
            next += entries.len();
        }
        assert_eq!((next, rows.len() > 200), (column, true));
    }

    /// Whether the entries of each key have the ranks 0, 1, 2 and so on.
    fn namesakes_are_ranked(country: Country, entries: &[Entry]) -> bool {
        let [first, second, third, ..] = country.columns;
        let mut ranks: BTreeMap<[u8; 3], Vec<u8>> = BTreeMap::new();
        for (index, entry) in entries.iter().enumerate() {
            ranks.entry([first[index], second[index], third[index]]).or_default().push(entry.rank);
        }
        ranks.into_values().all(|mut ranks| {
            ranks.sort_unstable();
            ranks.iter().enumerate().all(|(index, rank)| usize::from(*rank) == index)
        })
    }

    #[test]
    fn finds_towns_with_their_regions() {
        for (code, name, lat, lon, region) in [
            ("BR", "são paulo", -23.55, -46.64, Some("SP")),
            ("JP", "Shibuya-ku", 35.66, 139.71, Some("13")),
            ("DE", "BERLIN", 52.52, 13.41, Some("BE")),
            ("KW", "Salmiya", 29.33, 48.08, None),
        ] {
            let found = country(code).unwrap().find(name);
            let expected = Place { point: Point { lat, lon }, region };
            assert_eq!(found.first(), Some(&expected), "{name}");
        }
    }

    #[test]
    fn several_places_bear_one_name_and_some_names_none() {
        let us = country("US").unwrap();
        assert!(us.find("Springfield").len() > 5);
        let missouri = us.find("Springfield").into_iter().next().unwrap();
        assert_eq!(missouri.region, Some("MO"), "the most populous comes first");
        assert_eq!(us.find("Qwxzyk"), []);
        assert_eq!(us.find(""), []);
        assert!(country("XX").is_none());
        assert!(country("").is_none());
    }

    #[test]
    fn distances_are_those_of_the_map() {
        let berlin = Point { lat: 52.52, lon: 13.41 };
        let munich = Point { lat: 48.14, lon: 11.58 };
        assert!((berlin.km_to(munich) - 504.0).abs() < 2.0);
        assert!(berlin.km_to(berlin).abs() < f64::EPSILON);
    }
}
