//! Where, when and to whom a product may be sold, and what it is to customs and carriers.

use jiff::civil::Date;
use oms_domain::Sku;
pub use oms_domain::area::Area;
use oms_domain::area::is_country;
use serde::{Deserialize, Serialize};

/// Days of every year, both ends included: `11-15` to `01-06` passes over the new year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Season {
    /// First day, `MM-DD`.
    pub from: MonthDay,
    /// Last day, `MM-DD`.
    pub to: MonthDay,
}

/// A day of any year. 29 February counts as the last of February where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MonthDay {
    /// 1 to 12.
    pub month: i8,
    /// 1 to 31, as the month has in a leap year.
    pub day: i8,
}

impl TryFrom<String> for MonthDay {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no day of the year, as 02-29 is");
        let (month, day) = text.split_once('-').ok_or_else(wrong)?;
        let parsed = month.parse().ok().zip(day.parse().ok()).filter(|_| month.len() == 2 && day.len() == 2);
        let (month, day) = parsed.ok_or_else(wrong)?;
        // A leap year has every day that any year has.
        Date::new(2024, month, day).map_err(|_| wrong())?;
        Ok(Self { month, day })
    }
}

impl From<MonthDay> for String {
    fn from(day: MonthDay) -> Self {
        format!("{:02}-{:02}", day.month, day.day)
    }
}

/// How much of it one customer may get within so many days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoardingCap {
    /// At most so many.
    pub quantity: u32,
    /// Within any so many days in a row; at least 1. What was ordered up to twice as many days apart may count together (see check 14).
    pub days: u16,
}

/// A certificate of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// `CE`, `UKCA`, `FDA`.
    pub kind: String,
    /// Last day; open where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<Date>,
}

/// Rules of its sale. Everything empty: anybody may buy it anywhere, at any time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SaleRules {
    /// Sold in these areas only; everywhere where empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub only_in: Vec<Area>,
    /// Not sold in these, whatever `only_in` says.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_in: Vec<Area>,
    /// Delivered within these seasons only; always where empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub seasons: Vec<Season>,
    /// Key into the rules of regulated goods: `alcohol`, `medicine`, `knives`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restriction: Option<String>,
    /// Against hoarding.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hoarding: Option<HoardingCap>,
    /// Cannot be handed to a P.O. box or a parcel locker.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub no_po_box: bool,
    /// What proves its safety.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub certificates: Vec<Certificate>,
    /// Neither points nor coupons count on it (books of fixed price, gift cards).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub no_discounts: bool,
    /// What may be offered in its place where nobody can deliver it, the best first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub substitutes: Vec<Sku>,
}

impl SaleRules {
    /// Whether it may be handed over at a door, or at a P.O. box or a locker (check 25).
    pub fn may_go_to(&self, is_po_box: bool) -> bool {
        !(is_po_box && self.no_po_box)
    }
}

/// What customs want to know of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CustomsData {
    /// Harmonised System code: 6 to 10 digits, the first two of them a chapter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hs_code: Option<String>,
    /// Where it was made, ISO 3166-1 alpha-2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
}

impl CustomsData {
    /// Whether it has an HS code that customs take: 6 to 10 digits of a chapter from 01 to 97. There is no chapter 77, which is kept for later, and 98 and 99 are each
    /// country's own: they say nothing beyond it (Harmonised System 2022).
    pub fn has_code(&self) -> bool {
        let code = self.hs_code.as_deref().unwrap_or_default();
        let chapter: u8 = code.get(..2).and_then(|chapter| chapter.parse().ok()).unwrap_or(0);
        (6..=10).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit()) && (1..=97).contains(&chapter) && chapter != 77
    }

    /// Whether it is known in which country it was made: one of ISO 3166-1.
    pub fn has_origin(&self) -> bool {
        self.origin.as_deref().is_some_and(is_country)
    }
}

/// Dangerous goods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hazmat {
    /// UN number: 1263 for paint.
    pub un_number: u16,
    /// Net quantity of one piece, millilitres or grams.
    pub net_quantity: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn customs_take_codes_of_the_harmonised_systems_chapters() {
        for (code, good) in [
            ("851610", true),
            ("8516108000", true),
            ("010121", true),
            ("970110", true),
            ("85161", false),
            ("85161080001", false),
            ("8516.10", false),
            ("000000", false),
            ("770000", false),
            ("980400", false),
            ("999999", false),
            ("é51610", false),
            ("", false),
        ] {
            assert_eq!(CustomsData { hs_code: Some(code.to_owned()), origin: None }.has_code(), good, "{code}");
        }
        assert!(!CustomsData::default().has_code() && !CustomsData::default().has_origin());
    }

    #[test]
    fn a_day_of_the_year_is_one_that_some_year_has() {
        for (text, good) in [("02-29", true), ("12-31", true), ("02-30", false), ("13-01", false), ("1-1", false), ("0101", false)] {
            assert_eq!(MonthDay::try_from(text.to_owned()).is_ok(), good, "{text}");
        }
    }
}
