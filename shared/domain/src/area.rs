//! Parts of the world, as rules name them.

use serde::{Deserialize, Serialize};

/// A country, a part of one, or postcodes of one: `DE`, `ES-CN`, `FR:20` (postcodes that begin with 20).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Area(pub String);

impl Area {
    /// Whether a place lies in it. `region` is the code without its country; postcodes are compared in capitals without spaces and dashes.
    pub fn holds(&self, country: &str, region: Option<&str>, postcode: Option<&str>) -> bool {
        if let Some((of, prefix)) = self.0.split_once(':') {
            let bare =
                |text: &str| -> String { text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect() };
            return of == country && postcode.is_some_and(|postcode| bare(postcode).starts_with(&bare(prefix)));
        }
        if let Some((of, part)) = self.0.split_once('-') {
            return of == country && region == Some(part);
        }
        self.0 == country
    }
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
            ("GB:BT", "GB", None, Some("bt1 5gs"), true),
        ] {
            assert_eq!(Area(area.to_owned()).holds(country, region, postcode), holds, "{area} {country} {region:?} {postcode:?}");
        }
    }
}
