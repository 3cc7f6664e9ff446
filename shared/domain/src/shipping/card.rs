//! Rate cards: a carrier's prices for one service, zone by zone, with its surcharges.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::area::Area;
use crate::document::Speed;
use crate::money::{Currency, Rounding};

/// A carrier's rate card for one service. What an older card does not say adds nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateCard {
    /// The carrier's code: `dhl`.
    pub carrier: String,
    /// `standard` or `express`.
    pub service: Speed,
    /// Length x width x height in cubic centimetres divided by this is the volumetric weight in kilograms.
    pub volumetric_divisor: u32,
    /// What comes on top of the zones' prices.
    #[serde(default, skip_serializing_if = "Surcharges::are_none")]
    pub surcharges: Surcharges,
    /// What the carrier takes at most; anything where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub largest: Option<SizeLimit>,
    /// Prices by relation and distance.
    pub zones: Vec<Zone>,
    /// What the service does and does not do.
    #[serde(default, skip_serializing_if = "ServiceRules::are_none")]
    pub service_rules: ServiceRules,
}

/// How a service travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// By road and rail.
    #[default]
    Road,
    /// By air, at least in part.
    Air,
}

/// What a carrier's service does and does not do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServiceRules {
    /// How it travels.
    pub mode: Mode,
    /// Areas that it does not serve, though a zone names the country.
    pub not_in: Vec<Area>,
    /// Delivers to P.O. boxes and parcel lockers.
    pub po_boxes: bool,
    /// Looks at the recipient's age at the door.
    pub age_check: bool,
    /// Takes dangerous goods in limited quantities.
    pub hazmat: bool,
    /// Longest side of a package, millimetres; any where absent.
    pub max_side_mm: Option<u32>,
}

impl ServiceRules {
    /// Whether it delivers to a door, or to a P.O. box or a locker (checks 21 and 25).
    pub fn deliver_to(&self, is_po_box: bool) -> bool {
        !is_po_box || self.po_boxes
    }

    /// Whether nothing is said.
    pub fn are_none(&self) -> bool {
        *self == Self::default()
    }
}

/// What comes on top of the zones' prices, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Surcharges {
    /// Fuel: a share of all that is charged otherwise, 0.125 for 12.5 %.
    #[serde(default, skip_serializing_if = "Decimal::is_zero")]
    pub fuel: Decimal,
    /// How the fuel surcharge of a shipment is rounded to a minor unit.
    #[serde(default = "half_up")]
    pub fuel_rounding: Rounding,
    /// Where [`ZoneTable::remote`] is charged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remote_areas: Vec<RemoteArea>,
    /// Beyond which size [`ZoneTable::oversize`] is charged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oversize: Option<SizeLimit>,
}

/// One relation of a rate card. Amounts are minor units of `currency`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// Country of origin, or `*`.
    pub from: String,
    /// Country of destination, or `*`.
    pub to: String,
    /// Up to this distance as the crow flies.
    pub max_km: u32,
    /// Of the amounts.
    pub currency: Currency,
    /// Per shipment.
    pub base: i64,
    /// Per kilogram billed, or part of one; beyond the last step where there are steps.
    pub per_kg: i64,
    /// From hand-over to the door.
    pub hours: u32,
    /// Heaviest package.
    pub max_weight_g: u32,
    /// Share of shipments on time, 0 to 1.
    pub reliability: Decimal,
    /// What the zone says beyond that.
    #[serde(default, skip_serializing_if = "ZoneTable::is_empty")]
    pub table: ZoneTable,
}

/// What a zone may say beyond its base price. Amounts are minor units of the zone's currency.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZoneTable {
    /// Price of a package by billed weight, lightest first; where there are none, [`Zone::per_kg`] alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<WeightStep>,
    /// Surcharge per package to a remote area.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub remote: i64,
    /// Surcharge per package that is oversize.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub oversize: i64,
    /// Working days from hand-over to the door; as many as [`Zone::hours`] make where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u16>,
}

/// The price of a package up to a billed weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeightStep {
    /// Heaviest package at this price, in grams billed.
    pub up_to_g: u32,
    /// Minor units.
    pub price: i64,
}

/// An area that is dear to reach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteArea {
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// How its postcodes begin, without blanks and dashes; every one of the country where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub postcodes: Vec<String>,
}

/// A limit on a package's size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SizeLimit {
    /// Longest side.
    pub length_mm: u32,
    /// Longest side plus twice each of the others, as UPS, FedEx, USPS and GLS measure it.
    pub girth_mm: u32,
}

impl RateCard {
    /// The zone that names the relation most exactly and reaches the distance, the nearest of several; `None` where the carrier does not go there.
    pub fn zone(&self, from: &str, to: &str, km: u32) -> Option<&Zone> {
        let fits = |named: &str, country: &str| named == country || named == "*";
        self.zones
            .iter()
            .filter(|zone| fits(&zone.from, from) && fits(&zone.to, to) && km <= zone.max_km)
            .min_by_key(|zone| (u8::from(zone.from == "*") + u8::from(zone.to == "*"), zone.max_km))
    }
}

impl Zone {
    /// Working days from hand-over to the door.
    pub fn working_days(&self) -> u16 {
        self.table.days.unwrap_or_else(|| u16::try_from(self.hours.div_ceil(24)).unwrap_or(u16::MAX))
    }
}

impl Default for Surcharges {
    fn default() -> Self {
        Self { fuel: Decimal::ZERO, fuel_rounding: half_up(), remote_areas: Vec::new(), oversize: None }
    }
}

impl Surcharges {
    fn are_none(&self) -> bool {
        *self == Self::default()
    }
}

impl ZoneTable {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl RemoteArea {
    /// Whether a destination lies in it. Postcodes compare without blanks, dashes and case.
    pub fn holds(&self, country: &str, postcode: Option<&str>) -> bool {
        let plain = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase();
        let named = |postcode: &str| self.postcodes.iter().any(|start| plain(postcode).starts_with(&plain(start)));
        self.country == country && (self.postcodes.is_empty() || postcode.is_some_and(named))
    }
}

impl SizeLimit {
    /// Whether a package with these sides, in whatever order, stays within it.
    pub fn admits(&self, sides_mm: [u32; 3]) -> bool {
        let [longest, rest @ ..] = longest_first(sides_mm);
        let girth = u64::from(longest) + 2 * rest.into_iter().map(u64::from).sum::<u64>();
        longest <= self.length_mm && girth <= u64::from(self.girth_mm)
    }
}

fn longest_first(mut sides: [u32; 3]) -> [u32; 3] {
    sides.sort_unstable_by(|a, b| b.cmp(a));
    sides
}

fn half_up() -> Rounding {
    Rounding::HalfUp
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_nothing(amount: &i64) -> bool {
    *amount == 0
}
