//! What countries ask of goods, senders and buyers: editable data of the marketplace, one item for all.

use std::collections::BTreeMap;

use jiff::civil::Date;
use oms_domain::document::MethodKind;
use serde::{Deserialize, Serialize};

use super::sale::Area;

/// The rules of all countries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Regulations {
    /// By restriction class of a product.
    pub goods: BTreeMap<String, Vec<GoodsRule>>,
    /// Certificates that a destination asks of a category.
    pub certificates: Vec<CertificateRule>,
    /// Pairs of countries that may not trade, and goods that may not cross between them.
    pub trade: Vec<TradeRule>,
    /// Payment methods that a destination does not allow.
    pub methods_refused: BTreeMap<String, Vec<MethodKind>>,
    /// What customs ask for.
    pub customs: Vec<CustomsRule>,
    /// UN numbers that carriers take, and how much of each in one piece.
    pub hazmat: Vec<HazmatRule>,
}

/// What holds for a class of regulated goods in an area. The narrowest area that names a rule counts: postcodes, then a part, then a country.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoodsRule {
    /// Where.
    pub area: Area,
    /// May not be delivered there at all.
    #[serde(default)]
    pub banned: bool,
    /// Years that the buyer must have completed on the day of the order.
    #[serde(default)]
    pub min_age: Option<u8>,
    /// The carrier must look at the recipient's age at the door.
    #[serde(default)]
    pub check_at_door: bool,
    /// The vendor needs a licence for this class there.
    #[serde(default)]
    pub licence: bool,
    /// Law or list the rule was taken from.
    #[serde(default)]
    pub source: String,
}

/// A certificate that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateRule {
    /// Where.
    pub area: Area,
    /// Of which product category.
    pub category: String,
    /// `CE`, `UKCA`, `FDA`.
    pub kind: String,
    /// Law or list the rule was taken from.
    #[serde(default)]
    pub source: String,
}

/// Trade that is not allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TradeRule {
    /// Where goods leave from; anywhere where absent.
    #[serde(default)]
    pub from: Option<Area>,
    /// Where they go.
    pub to: Area,
    /// Goods whose HS code begins with one of these; all where empty.
    #[serde(default)]
    pub hs_prefixes: Vec<String>,
    /// Law or list the rule was taken from.
    #[serde(default)]
    pub source: String,
}

/// What customs of a destination ask for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomsRule {
    /// Destination.
    pub area: Area,
    /// An importer's number of this kind (`EORI`, `IOSS`), from the importer or the marketplace.
    pub number: String,
    /// Only for consignments of an intrinsic value up to this many euro cents; of any value where absent.
    #[serde(default)]
    pub up_to_eur: Option<i64>,
    /// Law or list the rule was taken from.
    #[serde(default)]
    pub source: String,
}

/// Dangerous goods that may be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HazmatRule {
    /// UN number.
    pub un_number: u16,
    /// Class of the goods: `3`.
    pub class: String,
    /// Most of it in one piece by road, millilitres or grams; forbidden where absent.
    #[serde(default)]
    pub road: Option<u32>,
    /// Most of it in one piece by air.
    #[serde(default)]
    pub air: Option<u32>,
}

/// A licence of a vendor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Licence {
    /// Restriction class it is for.
    pub class: String,
    /// Where it holds.
    pub areas: Vec<Area>,
    /// First day.
    pub valid_from: Date,
    /// Last day; open where absent.
    #[serde(default)]
    pub valid_to: Option<Date>,
}
