//! Whether an address is that of a P.O. box, a parcel locker or a counter, where no van stops at a door.
//!
//! The wording is the country's own: from the Universal Postal Union's pages on addressing systems of its members ("Postal addressing systems", one page a
//! country), USPS Publication 28 (section 28, P.O. box addresses), Canada Post's addressing guidelines (section on post office boxes), and the
//! operators' names for their lockers. Words are compared folded and whole, so that a street named Boxberg or Bpost-straat is none.

use std::sync::{LazyLock, OnceLock};

use oms_domain::address::Address;

use super::names;

/// How a wording must stand in the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stands {
    /// As whole words, anywhere.
    Anywhere,
    /// As the first words of a line or of what follows a comma, with a number behind it: short forms mean other things elsewhere.
    FirstWithNumber,
    /// Within a line without spaces.
    Within,
}

use Stands::{Anywhere, FirstWithNumber, Within};

/// Wordings that are understood everywhere.
static ANYWHERE: [(&str, Stands); 5] =
    [("po box", Anywhere), ("p o box", Anywhere), ("post office box", Anywhere), ("pobox", FirstWithNumber), ("poste restante", Anywhere)];

/// Countries, and wordings in their languages. Dots and strokes are left out.
#[rustfmt::skip]
static WORDINGS: &[(&str, &[(&str, Stands)])] = &[
    ("DE AT CH LI LU BE IT", &[("postfach", Anywhere), ("packstation", Anywhere), ("postlagernd", Anywhere)]),
    ("DE", &[("postfiliale", FirstWithNumber), ("paketbox", FirstWithNumber)]),
    ("AT", &[("abholstation", Anywhere), ("abholbox", FirstWithNumber)]),
    ("CH", &[("my post 24", Anywhere), ("pickpost", Anywhere)]),
    ("FR BE LU CH MC CA MA TN DZ SN CI CM GP MQ GF RE YT NC PF", &[("boite postale", Anywhere), ("bp", FirstWithNumber), ("case postale", Anywhere)]),
    ("CA CH", &[("cp", FirstWithNumber), ("case postale", Anywhere)]),
    ("ES MX CO PE AR CL EC VE CR PA GT HN SV NI DO UY PY BO CU", &[("apartado de correos", Anywhere), ("apartado postal", Anywhere), ("apartado", FirstWithNumber),
        ("apdo", FirstWithNumber), ("aptdo", FirstWithNumber), ("casilla de correo", Anywhere), ("casilla postal", Anywhere), ("casilla", FirstWithNumber), ("lista de correos", Anywhere)]),
    ("ES", &[("citypaq", Anywhere)]),
    ("PT BR AO MZ", &[("caixa postal", Anywhere), ("apartado", FirstWithNumber), ("posta restante", Anywhere)]),
    ("IT CH SM VA", &[("casella postale", Anywhere), ("cas post", Anywhere), ("cp", FirstWithNumber), ("fermo posta", Anywhere), ("fermoposta", Anywhere)]),
    ("NL BE SR CW AW", &[("postbus", FirstWithNumber), ("antwoordnummer", FirstWithNumber), ("pb", FirstWithNumber)]),
    ("PL", &[("skrytka pocztowa", Anywhere), ("skr poczt", Anywhere), ("skrytka", FirstWithNumber), ("paczkomat", Anywhere)]),
    ("CZ SK", &[("postovni prihradka", Anywhere), ("postovy priecinok", Anywhere), ("pp", FirstWithNumber), ("z-box", FirstWithNumber)]),
    ("SE FI AX", &[("box", FirstWithNumber), ("pb", FirstWithNumber), ("postlada", FirstWithNumber)]),
    ("FI AX", &[("postilokero", Anywhere), ("pl", FirstWithNumber)]),
    ("NO DK FO GL IS", &[("postboks", FirstWithNumber), ("boks", FirstWithNumber), ("pb", FirstWithNumber), ("pakkeboks", Anywhere), ("postholf", FirstWithNumber)]),
    ("HU", &[("postafiok", Anywhere), ("pf", FirstWithNumber)]),
    ("RO MD", &[("casuta postala", Anywhere), ("cp", FirstWithNumber), ("op", FirstWithNumber)]),
    ("HR SI BA RS ME MK", &[("postanski pretinac", Anywhere), ("postni predal", Anywhere), ("pp", FirstWithNumber), ("поштански преградак", Anywhere)]),
    ("BG", &[("пощенска кутия", Anywhere), ("пк", FirstWithNumber)]),
    ("GR CY", &[("ταχυδρομικη θυριδα", Anywhere), ("ταχ θυρ", Anywhere), ("τθ", FirstWithNumber)]),
    ("TR CY", &[("posta kutusu", Anywhere), ("pk", FirstWithNumber)]),
    ("LT", &[("pasto dezute", Anywhere), ("ad", FirstWithNumber), ("pastomatas", Anywhere)]),
    ("LV", &[("abonenta kastite", Anywhere), ("pakomats", Anywhere)]),
    ("EE", &[("postkast", FirstWithNumber), ("pakiautomaat", Anywhere)]),
    ("RU UA BY KZ", &[("абонентский ящик", Anywhere), ("ая", FirstWithNumber), ("абонентська скринька", Anywhere), ("поштомат", Anywhere), ("постамат", Anywhere)]),
    ("JP", &[("私書箱", Within)]),
    ("CN HK MO TW SG", &[("邮政信箱", Within), ("郵政信箱", Within), ("信箱", Within)]),
    ("KR", &[("사서함", Within)]),
    ("TH", &[("ตู้ ปณ", Anywhere), ("ตู้ไปรษณีย์", Within)]),
    ("IL", &[("תד", FirstWithNumber), ("תא דואר", Anywhere)]),
    ("KW SA AE QA BH OM JO EG LB IQ YE MA DZ TN LY SD", &[("صب", FirstWithNumber), ("صندوق بريد", Anywhere), ("pob", FirstWithNumber)]),
    ("US", &[("general delivery", Anywhere), ("pob", FirstWithNumber), ("amazon locker", Anywhere), ("caller box", FirstWithNumber)]),
    ("GB IE AU NZ CA ZA IN SG HK PH MY KE NG", &[("locked bag", FirstWithNumber), ("private bag", FirstWithNumber), ("gpo box", Anywhere), ("parcel locker", Anywhere),
        ("parcel collect", FirstWithNumber), ("general delivery", Anywhere), ("amazon locker", Anywhere), ("postnet suite", Anywhere)]),
];

/// A wording as it is looked for in an address.
struct Wording {
    /// As the table spells it.
    words: &'static str,
    /// As addresses are compared, between blanks.
    between_blanks: String,
    stands: Stands,
}

impl Wording {
    fn of((words, stands): &(&'static str, Stands)) -> Self {
        Self { words, between_blanks: format!(" {} ", plain(words)), stands: *stands }
    }

    /// Whether a part of an address, between blanks itself, holds it.
    fn is_in(&self, part: &str) -> bool {
        match self.stands {
            Within => part.contains(self.between_blanks.trim_matches(' ')),
            Anywhere => part.contains(&self.between_blanks),
            FirstWithNumber => part.strip_prefix(&self.between_blanks).is_some_and(|rest| {
                // `Box 12`, `Box Nr 12`; `Boxberg 3` goes on with a letter.
                rest.split_whitespace().take(2).any(|word| word.contains(|letter: char| letter.is_numeric()))
            }),
        }
    }
}

static EVERYWHERE: LazyLock<Vec<Wording>> = LazyLock::new(|| ANYWHERE.iter().map(Wording::of).collect());

/// A row of the table, read when an address of one of its countries first comes.
struct Row {
    countries: &'static str,
    table: &'static [(&'static str, Stands)],
    wordings: OnceLock<Vec<Wording>>,
}

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let row = |(countries, table): &(&'static str, &'static [(&'static str, Stands)])| Row { countries, table, wordings: OnceLock::new() };
    WORDINGS.iter().map(row).collect()
});

impl Row {
    fn is_of(&self, country: &str) -> bool {
        // Codes of two letters with a blank between them.
        country.len() == 2 && self.countries.as_bytes().chunks(3).any(|code| code.starts_with(country.as_bytes()))
    }

    fn wordings(&self) -> &[Wording] {
        self.wordings.get_or_init(|| self.table.iter().map(Wording::of).collect())
    }
}

/// The words of a P.O. box that an address holds, as the table spells them; `None` where there are none.
pub fn wording(address: &Address) -> Option<&'static str> {
    let lines = [Some(&address.line1), address.line2.as_ref()];
    let parts = lines.into_iter().flatten().flat_map(|line| line.split([',', ';', '\n']));
    let parts: Vec<String> = parts.map(|part| format!(" {} ", plain(part))).collect();
    let of_country = ROWS.iter().filter(|row| row.is_of(&address.country)).flat_map(Row::wordings);
    let mut known = EVERYWHERE.iter().chain(of_country);
    known.find(|wording| parts.iter().any(|part| wording.is_in(part))).map(|wording| wording.words)
}

/// Folded, and short forms without their dots: `P.O. Box` → `po box`.
fn plain(text: &str) -> String {
    names::folded(&text.replace(['.', '/'], ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(country: &str, line1: &str, line2: &str) -> Address {
        Address {
            name: "Ana Lima".into(),
            line1: line1.into(),
            line2: (!line2.is_empty()).then(|| line2.into()),
            city: "Town".into(),
            region: None,
            postcode: None,
            country: country.into(),
        }
    }

    #[test]
    fn boxes_are_known_in_the_language_of_the_country() {
        for (country, line1) in [
            ("DE", "Postfach 12 34 56"),
            ("DE", "PACKSTATION 145"),
            ("AT", "Postfach 3"),
            ("FR", "BP 123"),
            ("FR", "B.P. 123"),
            ("FR", "Boîte Postale n° 4"),
            ("FR", "20 rue de la République, BP 12"),
            ("ES", "Apartado de Correos 77"),
            ("ES", "Apdo. 77"),
            ("PT", "Apartado 1024"),
            ("BR", "Caixa Postal 55"),
            ("IT", "Casella Postale 9"),
            ("IT", "C.P. 9"),
            ("NL", "Postbus 90801"),
            ("PL", "Skrytka pocztowa 12"),
            ("PL", "Paczkomat POZ08A"),
            ("SE", "Box 5121"),
            ("NO", "Postboks 23 Sentrum"),
            ("FI", "PL 300"),
            ("HU", "Pf. 12"),
            ("GR", "Τ.Θ. 1234"),
            ("RU", "а/я 15"),
            ("RU", "абонентский ящик № 15"),
            ("JP", "渋谷郵便局私書箱第15号"),
            ("CN", "北京100600信箱"),
            ("KR", "광화문우체국 사서함 12호"),
            ("KW", "ص.ب 1234"),
            ("IL", "ת.ד. 12"),
            ("US", "P.O. Box 1234"),
            ("US", "P. O. BOX 12"),
            ("GB", "PO Box 7"),
            ("XX", "PO Box 7"),
        ] {
            assert!(wording(&address(country, line1, "")).is_some(), "{country} {line1}");
        }
        assert_eq!(wording(&address("DE", "1234567", "Packstation 7")), Some("packstation"), "the second line is read too");
    }

    #[test]
    fn every_row_names_countries_by_two_letters_each() {
        for (countries, wordings) in WORDINGS {
            assert!(countries.split(' ').all(|code| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase())), "{countries}");
            assert!(!wordings.is_empty(), "{countries}");
        }
    }

    #[test]
    fn streets_that_sound_like_boxes_are_streets() {
        for (country, line1) in [
            ("BE", "Bpost-straat 3"),
            ("DE", "Boxberg 12"),
            ("DE", "Am Boxberg 12"),
            ("SE", "Boxholmsgatan 5"),
            ("DE", "Postfachweg 1"),
            ("DE", "Box 12"),
            ("GB", "12 Box Hill Road"),
            ("GB", "Letterbox Lane 2"),
            ("ES", "Calle Mayor 3, C.P. 28014"),
            ("ES", "Calle de Apartadó"),
            ("FR", "12 rue du BP"),
            ("HU", "Pfeiffer utca 2"),
            ("NL", "Postbusweg 4"),
            ("US", "400 Pine Street"),
            ("US", "RR 2 Box 152"),
            ("JP", "宇田川町 15-1"),
            ("", ""),
        ] {
            assert_eq!(wording(&address(country, line1, "")), None, "{country} {line1}");
        }
    }
}
