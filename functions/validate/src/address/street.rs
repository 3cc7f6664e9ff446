//! Comparing streets and numbers as people write them: `Torstr. 12a, Whg. 4` and `TORSTRASSE 12` are one place to a blacklist.
//!
//! It errs towards calling two addresses one: what it decides is whether somebody looks.

use super::names;

/// Words of streets that are shortened, whole or at the end of a longer word: long form, short form. Those of the languages that the marketplace
/// ships to, as found in its addresses; an unknown word is compared as it is.
const SHORT_FORMS: [(&str, &str); 34] = [
    ("strasse", "str"),
    ("straat", "str"),
    ("street", "st"),
    // What folding makes of "St".
    ("saint", "st"),
    ("avenue", "av"),
    ("avenida", "av"),
    ("ave", "av"),
    ("road", "rd"),
    ("boulevard", "bd"),
    ("blvd", "bd"),
    ("drive", "dr"),
    ("lane", "ln"),
    ("square", "sq"),
    ("court", "ct"),
    ("crescent", "cres"),
    ("terrace", "ter"),
    ("highway", "hwy"),
    ("place", "pl"),
    ("plaza", "pl"),
    ("platz", "pl"),
    ("plein", "pl"),
    ("piazza", "pl"),
    ("weg", "w"),
    ("gasse", "g"),
    ("calle", "c"),
    ("rua", "r"),
    ("travessa", "tv"),
    ("corso", "cso"),
    ("ulica", "ul"),
    ("aleja", "al"),
    ("north", "n"),
    ("south", "s"),
    ("east", "e"),
    ("west", "w"),
];

/// Words that are left out: they say that a number follows, or what it is of.
const SILENT: [&str; 12] = ["no", "nr", "num", "numero", "number", "hausnummer", "hausnr", "ul", "c", "r", "bis", "house"];

/// Words after which the number of a flat, a floor or a staircase stands.
const UNITS: [&str; 34] = [
    "apt",
    "apartment",
    "appartement",
    "appt",
    "apto",
    "apartamento",
    "app",
    "unit",
    "flat",
    "suite",
    "sainte",
    "ste",
    "room",
    "rm",
    "floor",
    "fl",
    "etage",
    "og",
    "stock",
    "wohnung",
    "whg",
    "top",
    "stiege",
    "door",
    "dept",
    "piso",
    "puerta",
    "planta",
    "interno",
    "int",
    "scala",
    "lokal",
    "mieszkanie",
    "bloco",
]; // Folding makes "sainte" of "Ste".

/// A street with its numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Street {
    /// All words, shortened and joined.
    name: String,
    /// Numbers that stand together, in the order they are written: `3, Street 12-14` has two clusters.
    numbers: Vec<Vec<u32>>,
}

impl Street {
    /// Reads a line of an address.
    pub fn of(line: &str) -> Self {
        // `nº` becomes `no`, wide digits become digits.
        let folded = names::folded(&names::in_plain_width(line));
        let mut street = Self { name: String::new(), numbers: Vec::new() };
        let mut words = folded.split(' ').filter(|word| !word.is_empty()).peekable();
        let mut after_number = false;
        while let Some(word) = words.next() {
            if UNITS.contains(&word) {
                words.next_if(|next| names_a_unit(next));
                continue;
            }
            if let Some(number) = number_of(word) {
                match street.numbers.last_mut().filter(|_| after_number) {
                    Some(cluster) => cluster.push(number),
                    None => street.numbers.push(vec![number]),
                }
                after_number = true;
                continue;
            }
            // `12 b`, `12-b`: an entrance of number 12.
            let suffix = after_number && word.chars().count() == 1;
            let word = shortened(word);
            if !suffix && !SILENT.contains(&word.as_str()) {
                street.name.push_str(&word);
                after_number = false;
            }
        }
        street
    }

    /// Whether nothing was read.
    pub fn is_empty(&self) -> bool {
        self.name.is_empty() && self.numbers.is_empty()
    }

    /// Whether both are one place but for flats and entrances: the same words, and of the numbers that both have, one in common each.
    pub fn is_near(&self, other: &Self) -> bool {
        let share = |one: &Vec<u32>, other: &Vec<u32>| one.iter().any(|number| other.contains(number));
        self.name == other.name
            && self.numbers.is_empty() == other.numbers.is_empty()
            && self.numbers.iter().zip(&other.numbers).all(|(one, other)| share(one, other))
    }
}

/// `4`, `4b`, `b`.
fn names_a_unit(word: &str) -> bool {
    word.chars().count() == 1 || word.starts_with(|first: char| first.is_ascii_digit())
}

/// `12`, `12a`, `12bis`; not `5th`, which is a word of the street.
fn number_of(word: &str) -> Option<u32> {
    let digits = word.trim_end_matches(|letter: char| !letter.is_ascii_digit());
    let rest = word.get(digits.len()..)?;
    let suffix = rest.chars().count() <= 1 || matches!(rest, "bis" | "ter" | "quater");
    if suffix { digits.parse().ok() } else { None }
}

fn shortened(word: &str) -> String {
    for (long, short) in SHORT_FORMS {
        if word == long {
            return short.to_owned();
        }
        // `Torstrasse`, `Alexanderplatz`: only where what is left is a name.
        if let Some(stem) = word.strip_suffix(long).filter(|stem| long.len() >= 5 && stem.chars().count() >= 3) {
            return format!("{stem}{short}");
        }
    }
    word.to_owned()
}

/// A postcode as it is compared: letters and digits alone, in capitals; of American ones the first five.
pub fn bare_postcode(country: &str, postcode: &str) -> String {
    let bare: String = super::written(Some(postcode)).chars().filter(|letter| letter.is_alphanumeric()).collect();
    if country == "US" { bare.chars().take(5).collect() } else { bare }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_and_flats_of_one_place_meet() {
        for (one, other) in [
            ("Torstraße 12", "TORSTRASSE 12"),
            ("Torstraße 12", "Torstr. 12a"),
            ("Torstraße 12", "Tor Str 12"),
            ("Torstraße 12", "Torstraße 12, Whg. 4"),
            ("Torstraße 12", "Torstr. 12-14"),
            ("12 Main Street", "12 Main St. Apt 4B"),
            ("12 Main Street", "12 MAIN STREET UNIT 7"),
            ("12 Main Street, Apt 3", "12 Main Street, Apt 9"),
            ("12 High Street", "Flat 3, 12 High St"),
            ("3/12 High Street", "12 High Street"),
            ("221B Baker Street", "221 Baker St"),
            ("20 rue de la République", "20bis Rue de la Republique"),
            ("Calle de Alcalá 45", "C. de Alcala nº 45, piso 3"),
            ("ul. Święty Marcin 24", "Swiety Marcin 24/7"),
            ("Alexanderplatz 1", "Alexanderpl. 1"),
            ("350 5th Ave", "350 5th Avenue, Floor 20"),
            ("Avenida Paulista 1578", "Av. Paulista, 1578"),
        ] {
            assert!(Street::of(one).is_near(&Street::of(other)), "{one} / {other}: {:?} {:?}", Street::of(one), Street::of(other));
        }
    }

    #[test]
    fn other_places_do_not() {
        for (one, other) in [
            ("Torstraße 12", "Torstraße 13"),
            ("Torstraße 12", "Torweg 12"),
            ("Torstraße 12", "Torstraße"),
            ("Torstraße 12", ""),
            ("12 Main Street", "112 Main Street"),
            ("Block 3, Street 12, Building 7", "Block 3, Street 12, Building 9"),
            ("350 5th Ave", "350 6th Ave"),
        ] {
            assert!(!Street::of(one).is_near(&Street::of(other)), "{one} / {other}");
        }
    }

    #[test]
    fn postcodes() {
        for (country, written, bare) in [
            ("GB", "sw1a 1aa", "SW1A1AA"),
            ("US", "98101-1234", "98101"),
            ("BR", "01310-200", "01310200"),
            ("JP", "１５０-００４２", "1500042"),
        ] {
            assert_eq!(bare_postcode(country, written), bare);
        }
    }
}
