//! Which places goods pass between without papers for customs.
//!
//! A place is part of a customs territory and, within the Union, of the territory of value-added tax or not: between two places that differ in either, a declaration
//! is made (Art. 1 (3) of Regulation (EU) 952/2013). Sources: Art. 4 of that regulation (customs territory of the Union); Art. 5 and 6 of Directive
//! 2006/112/EC (parts outside the territory of the tax); the Windsor Framework, Art. 5 and annex 2 (Northern Ireland counts as the Union for goods);
//! the customs unions of Switzerland with Liechtenstein and of the United Kingdom with the Isle of Man.

use crate::area::{self, Locality, UNION};
use crate::territory;

/// Parts of countries that stand elsewhere than their country, as area and place. An area that lies within another comes first.
const PARTS: [(&str, &str); 23] = [
    // Outside the customs territory of the Union.
    ("DE:27498", "Heligoland"),
    // In Switzerland's: the treaty of 23 November 1964.
    ("DE:78266", "CH"),
    ("ES:51", "Ceuta"),
    ("ES:52", "Melilla"),
    // Its postcode until 2013, 23030, and Campione's, 22060, are those of their neighbours as well, who are ordinary Italians.
    ("IT:23041", "Livigno"),
    ("FR:97133", "Saint Barthélemy"),
    ("FR:975", "PM"),
    ("FR:986", "WF"),
    ("FR:987", "PF"),
    ("FR:988", "NC"),
    // Within it, outside the territory of the tax.
    ("ES:35|38", "Canary Islands"),
    ("FI:22", "Åland"),
    ("GR:63086|63087", "Mount Athos"),
    ("IT:22061", "Campione d'Italia"),
    ("FR:97150", "Saint Martin"),
    ("FR:971", "Guadeloupe"),
    ("FR:972", "Martinique"),
    ("FR:973", "French Guiana"),
    ("FR:974", "Réunion"),
    ("FR:976", "Mayotte"),
    // Countries of their own, which the British post serves.
    ("GB:GY", "GG"),
    ("GB:JE", "JE"),
    // As the Union for goods; taxed by the United Kingdom.
    ("GB:BT", EU),
];

/// Countries that stand with another.
const WITH: [(&str, &str); 2] = [("LI", "CH"), ("PR", "US")];

const EU: &str = "EU";

/// Where a place stands: goods need papers between two places that do not stand alike.
pub fn standing<'a>(country: &'a str, region: Option<&str>, postcode: Option<&str>) -> &'a str {
    let there = Locality { country, region, postcode }.at_home();
    if let Some((_, place)) = part(&there) {
        return place;
    }
    let country = territory::home(country);
    if UNION.contains(&country) {
        return EU;
    }
    WITH.iter().find(|(part, _)| *part == country).map_or(country, |(_, place)| place)
}

/// The part of its country that a place lies in, which stands elsewhere; the place is as its country writes it.
fn part(there: &Locality<'_>) -> Option<(&'static str, &'static str)> {
    let holds = |area: &str| area.starts_with(there.country) && area::holds(area, there.country, there.region, there.postcode);
    PARTS.into_iter().find(|(area, _)| holds(area))
}

/// The same, where the country's tax is not levied there.
pub(crate) fn part_outside_the_tax(there: &Locality<'_>) -> Option<&'static str> {
    part(there).filter(|(_, place)| *place != EU).map(|(area, _)| area)
}

impl<'a> Locality<'a> {
    /// Where it [stands](standing).
    pub fn standing(&self) -> &'a str {
        standing(self.country, self.region, self.postcode)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_stand_where_the_regulations_put_them() {
        for (country, region, postcode, stands) in [
            ("DE", None, Some("10119"), "EU"),
            ("FR", None, Some("20000"), "EU"),
            ("MC", None, Some("98000"), "EU"),
            ("ES", None, Some("35001"), "Canary Islands"),
            ("ES", Some("TF"), None, "Canary Islands"),
            ("ES", None, Some("28014"), "EU"),
            ("ES", None, Some("51001"), "Ceuta"),
            ("FI", None, Some("22100"), "Åland"),
            ("AX", None, Some("22100"), "Åland"),
            ("FI", None, Some("00100"), "EU"),
            ("GB", None, Some("BT1 5GS"), "EU"),
            ("GB", None, Some("bt15gs"), "EU"),
            ("GB", None, Some("B1 1AA"), "GB"),
            ("IM", None, Some("IM1 1AA"), "GB"),
            ("LI", None, Some("9490"), "CH"),
            ("RE", None, Some("97400"), "Réunion"),
            ("YT", None, Some("97600"), "Mayotte"),
            ("FR", None, Some("97600"), "Mayotte"),
            ("FR", None, Some("97133"), "Saint Barthélemy"),
            ("PM", None, Some("97500"), "PM"),
            ("FR", None, Some("97500"), "PM"),
            ("DE", None, Some("78266"), "CH"),
            ("GB", None, Some("JE2 3AB"), "JE"),
            ("JE", None, Some("JE2 3AB"), "JE"),
            ("IT", None, Some("23041"), "Livigno"),
            ("IT", None, Some("23030"), "EU"),
            ("IT", None, Some("22060"), "EU"),
            ("AT", None, Some("6691"), "EU"),
            ("PT", None, Some("9500-100"), "EU"),
            ("FR", None, Some("97400"), "Réunion"),
            ("DE", None, Some("27498"), "Heligoland"),
            ("NO", None, Some("0150"), "NO"),
            ("", None, None, ""),
        ] {
            assert_eq!(standing(country, region, postcode), stands, "{country} {region:?} {postcode:?}");
        }
    }
}
