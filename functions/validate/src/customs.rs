//! Which places goods pass between without papers for customs.
//!
//! A place is part of a customs territory and, within the Union, of the territory of value-added tax or not: between two places that differ in either, a declaration
//! is made (Art. 1 (3) of Regulation (EU) 952/2013). Sources: Art. 4 of that regulation (customs territory of the Union); Art. 5 and 6 of Directive
//! 2006/112/EC (parts outside the territory of the tax); the Windsor Framework, Art. 5 and annex 2 (Northern Ireland counts as the Union for goods);
//! the customs unions of Switzerland with Liechtenstein and of the United Kingdom with the Isle of Man.

use oms_domain::area::{self, UNION};

/// Parts of countries that stand elsewhere than their country, as area and place.
const PARTS: [(&str, &str); 23] = [
    // Outside the customs territory of the Union.
    ("DE:27498", "Heligoland"),
    ("DE:78266", "Büsingen"),
    ("ES:51", "Ceuta"),
    ("ES-CE", "Ceuta"),
    ("ES:52", "Melilla"),
    ("ES-ML", "Melilla"),
    ("IT:23041", "Livigno"),
    ("IT:23030", "Livigno"),
    // Within it, outside the territory of the tax.
    ("ES:35", "Canary Islands"),
    ("ES:38", "Canary Islands"),
    ("ES-GC", "Canary Islands"),
    ("ES-TF", "Canary Islands"),
    ("FI:22", "Åland"),
    ("GR:63086", "Mount Athos"),
    ("IT:22060", "Campione d'Italia"),
    ("IT:22061", "Campione d'Italia"),
    ("FR:971", "Guadeloupe"),
    ("FR:972", "Martinique"),
    ("FR:973", "French Guiana"),
    ("FR:974", "Réunion"),
    ("FR:976", "Mayotte"),
    // As the Union for goods.
    ("GB:BT", EU),
    ("GB-NIR", EU),
];

/// Countries that stand with another.
const WITH: [(&str, &str); 9] = [
    // Art. 4 (2) of the regulation.
    ("MC", EU),
    ("LI", "CH"),
    ("IM", "GB"),
    ("PR", "US"),
    ("AX", "Åland"),
    ("GP", "Guadeloupe"),
    ("MQ", "Martinique"),
    ("GF", "French Guiana"),
    ("RE", "Réunion"),
];

const EU: &str = "EU";

/// Where a place stands: goods need papers between two places that do not stand alike.
pub fn standing<'a>(country: &'a str, region: Option<&str>, postcode: Option<&str>) -> &'a str {
    let part = PARTS.iter().filter(|(area, _)| area.starts_with(country));
    if let Some((_, place)) = part.into_iter().find(|(part, _)| area::holds(part, country, region, postcode)) {
        return place;
    }
    if UNION.contains(&country) {
        return EU;
    }
    WITH.iter().find(|(part, _)| *part == country).map_or(country, |(_, place)| place)
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
            ("FR", None, Some("97400"), "Réunion"),
            ("DE", None, Some("27498"), "Heligoland"),
            ("NO", None, Some("0150"), "NO"),
            ("", None, None, ""),
        ] {
            assert_eq!(standing(country, region, postcode), stands, "{country} {region:?} {postcode:?}");
        }
    }
}
