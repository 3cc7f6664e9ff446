//! Parts of countries that the law of taxes or of customs tells from the rest, in whichever way their addresses are written.
//!
//! What is law stands here: where such a part begins and ends. What it costs there is the marketplace's data. Sources: Art. 6 of Directive 2006/112/EC (parts outside
//! the territory of value-added tax), its Art. 7 (Monaco and the Isle of Man count as France and the United Kingdom) and Art. 104 and 105 (Jungholz and
//! Mittelberg, Azores, Madeira); Art. 297 of the French Code général des impôts (Corsica); postcodes of the national posts.

use crate::area::{self, Area, Locality};
use crate::customs;

/// Other ways to write places that are told by their postcodes: with a code of their own in ISO 3166-1 for a country, or by a province without a postcode.
const ALSO_WRITTEN: [(&str, &str); 21] = [
    ("AX", "FI:22"),
    ("BL", "FR:97133"),
    ("GF", "FR:973"),
    ("GG", "GB:GY"),
    ("GP", "FR:971"),
    ("IM", "GB:IM"),
    ("JE", "GB:JE"),
    ("MC", "FR:980"),
    ("MF", "FR:97150"),
    ("MQ", "FR:972"),
    ("NC", "FR:988"),
    ("PF", "FR:987"),
    ("PM", "FR:975"),
    ("RE", "FR:974"),
    ("WF", "FR:986"),
    ("YT", "FR:976"),
    ("ES-CE", "ES:51"),
    ("ES-GC", "ES:35"),
    ("ES-ML", "ES:52"),
    ("ES-TF", "ES:38"),
    ("GB-NIR", "GB:BT"),
];

/// Parts with rates of their own within the territory of their country's tax; those outside it are [`customs`]' to name.
const OWN_RATES: [&str; 4] = ["AT:6691|6991|6992|6993", "FR:20", "PT:90|91|92|93|94", "PT:95|96|97|98|99"];

/// The country in whose table of taxes a place is found: the one it is a part of, where it has a code of its own as well (`RE` → `FR`).
pub fn home(country: &str) -> &str {
    ALSO_WRITTEN.iter().find(|(code, _)| *code == country).and_then(|(_, at_home)| at_home.get(..2)).unwrap_or(country)
}

impl Locality<'_> {
    /// The same place as its country writes it, told by its postcode: Réunion as `FR` and `974..`, however it was given. Any other place is left as it is.
    #[must_use]
    pub fn at_home(self) -> Self {
        let is_meant = |written: &str| match written.split_once('-') {
            None => written == self.country,
            Some((country, region)) => country == self.country && self.region == Some(region) && self.postcode.is_none(),
        };
        let Some((country, prefix)) = ALSO_WRITTEN.iter().find(|(written, _)| is_meant(written)).and_then(|(_, home)| home.split_once(':'))
        else {
            return self;
        };
        let fits = |postcode: &&str| area::begins_with(postcode, prefix);
        let region = self.region.filter(|_| country == self.country);
        Self { country, region, postcode: self.postcode.filter(fits).or(Some(prefix)) }
    }

    /// The part of its country with taxes of its own that it lies in, as postcodes of the country, if it lies in one: the country's own rates say nothing of it.
    pub fn taxed_apart(self) -> Option<&'static str> {
        let there = self.at_home();
        let own = || OWN_RATES.into_iter().find(|part| area::holds(part, there.country, there.region, there.postcode));
        customs::part_outside_the_tax(&there).or_else(own)
    }
}

impl Area {
    /// A place in it: what tells it from its country is all that is known of that.
    pub fn locality(&self) -> Locality<'_> {
        if let Some((country, prefixes)) = self.0.split_once(':') {
            return Locality { country, region: None, postcode: prefixes.split('|').next() };
        }
        let (country, region) = self.0.split_once('-').map_or((self.0.as_str(), None), |(country, part)| (country, Some(part)));
        Locality { country, region, postcode: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place<'a>(country: &'a str, region: Option<&'a str>, postcode: Option<&'a str>) -> Locality<'a> {
        Locality { country, region, postcode }
    }

    #[test]
    fn a_place_is_the_same_however_it_is_written() {
        for (written, at_home) in [
            (place("RE", None, Some("97400")), place("FR", None, Some("97400"))),
            (place("RE", None, None), place("FR", None, Some("974"))),
            (place("RE", None, Some("20000")), place("FR", None, Some("974"))),
            (place("AX", None, Some("22 100")), place("FI", None, Some("22 100"))),
            (place("MC", None, Some("98000")), place("FR", None, Some("98000"))),
            (place("IM", Some("CA"), Some("im1 1aa")), place("GB", None, Some("im1 1aa"))),
            (place("ES", Some("TF"), None), place("ES", Some("TF"), Some("38"))),
            (place("ES", Some("TF"), Some("28014")), place("ES", Some("TF"), Some("28014"))),
            (place("ES", Some("M"), None), place("ES", Some("M"), None)),
            (place("DE", None, Some("10119")), place("DE", None, Some("10119"))),
            (place("", None, None), place("", None, None)),
        ] {
            assert_eq!(written.at_home(), at_home, "{written:?}");
        }
    }

    #[test]
    fn every_other_way_of_writing_names_postcodes_of_another_spelling() {
        for (written, at_home) in ALSO_WRITTEN {
            let (country, prefix) = at_home.split_once(':').unwrap();
            let spelled = Area(written.to_owned());
            assert_eq!(spelled.locality().at_home(), place(country, spelled.locality().region, Some(prefix)), "{written}");
            assert_eq!(spelled.locality().at_home().at_home(), spelled.locality().at_home(), "{written}");
            assert_eq!(home(written.get(..2).unwrap()), country, "{written}");
            assert_eq!(written.starts_with(country), written.contains('-'), "{written}");
        }
    }

    #[test]
    fn parts_with_taxes_of_their_own_are_told_from_their_country() {
        for (country, region, postcode, apart) in [
            ("FR", None, Some("75001"), None),
            ("FR", None, Some("20000"), Some("FR:20")),
            ("FR", None, Some("97410"), Some("FR:974")),
            ("RE", None, None, Some("FR:974")),
            ("FR", None, Some("97133"), Some("FR:97133")),
            ("MF", None, Some("97150"), Some("FR:97150")),
            ("MC", None, Some("98000"), None),
            ("FR", None, Some("98000"), None),
            ("PM", None, Some("97500"), Some("FR:975")),
            ("FI", None, Some("22100"), Some("FI:22")),
            ("AX", None, Some("22100"), Some("FI:22")),
            ("FI", None, Some("00100"), None),
            ("PT", None, Some("9000-017"), Some("PT:90|91|92|93|94")),
            ("PT", None, Some("9500-100"), Some("PT:95|96|97|98|99")),
            ("PT", None, Some("8900-001"), None),
            ("AT", None, Some("6691"), Some("AT:6691|6991|6992|6993")),
            ("AT", None, Some("6993"), Some("AT:6691|6991|6992|6993")),
            ("AT", None, Some("6900"), None),
            ("DE", None, Some("27498"), Some("DE:27498")),
            ("DE", None, Some("78266"), Some("DE:78266")),
            ("IT", None, Some("23041"), Some("IT:23041")),
            ("IT", None, Some("23030"), None),
            ("IT", None, Some("22061"), Some("IT:22061")),
            ("IT", None, Some("22060"), None),
            ("GR", None, Some("630 87"), Some("GR:63086|63087")),
            ("ES", Some("GC"), None, Some("ES:35|38")),
            ("ES", Some("TF"), Some("38001"), Some("ES:35|38")),
            ("ES", None, Some("51001"), Some("ES:51")),
            ("GB", None, Some("BT1 5GS"), None),
            ("IM", None, Some("IM1 1AA"), None),
            ("GB", None, Some("JE2 3AB"), Some("GB:JE")),
            ("GG", None, None, Some("GB:GY")),
            ("US", Some("CA"), Some("95014"), None),
            ("LI", None, Some("9490"), None),
        ] {
            assert_eq!(place(country, region, postcode).taxed_apart(), apart, "{country} {region:?} {postcode:?}");
        }
    }
}
