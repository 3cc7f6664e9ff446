//! What countries ask of goods, senders and buyers: editable data of the marketplace, one item for all.

use std::collections::BTreeMap;

use jiff::civil::Date;
use oms_domain::Money;
use oms_domain::area::Locality;
use oms_domain::document::MethodKind;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::account::ImporterNumber;
use super::sale::{Area, CustomsData};
use super::{Market, Mode, Product, ServiceRules};

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

impl Regulations {
    /// What holds for a class of regulated goods at a place: the rule of the narrowest area that has one.
    pub fn goods_rule(&self, class: &str, there: &Locality<'_>) -> Option<&GoodsRule> {
        self.goods.get(class)?.iter().filter(|rule| there.lies_in(&rule.area)).max_by_key(|rule| rule.area.narrowness())
    }

    /// The rule that bars goods between two places, and how: they are at embargo, or such goods are controlled between them, or may be for all that is known.
    pub fn bar_between(&self, from: &Locality<'_>, to: &Locality<'_>, goods: &CustomsData) -> Option<(&TradeRule, Bar)> {
        let stands = to.standing();
        self.bars_to(to).find_map(|rule| Some((rule, rule.bars(from, stands, goods)?)))
    }

    /// The rules about what goes to a place, from wherever.
    pub fn bars_to(&self, to: &Locality<'_>) -> impl Iterator<Item = &TradeRule> {
        self.trade.iter().filter(move |rule| to.lies_in(&rule.to))
    }

    /// Whether somebody must look at the recipient's age where a product is delivered there.
    pub fn needs_age_check(&self, product: &Product, there: &Locality<'_>) -> bool {
        let restricted = product.sale.restriction.as_deref();
        restricted.and_then(|class| self.goods_rule(class, there)).is_some_and(|rule| rule.check_at_door)
    }

    /// Whether a service does what a product asks for there: takes it, though it is dangerous, and looks at the recipient's age.
    pub fn served_by(&self, service: &ServiceRules, product: &Product, there: &Locality<'_>) -> bool {
        self.taken_by(service, product).is_ok() && (service.age_check || !self.needs_age_check(product, there))
    }

    /// Whether a service takes a product, dangerous or not.
    ///
    /// # Errors
    /// Why it does not, for people to read.
    pub fn taken_by(&self, service: &ServiceRules, product: &Product) -> Result<(), String> {
        if !product.is_dangerous() {
            return Ok(());
        }
        let Some(hazmat) = &product.hazmat else {
            return Err("it is dangerous, and no UN number is on record".to_owned());
        };
        let number = hazmat.un_number;
        let Some(rule) = self.hazmat.iter().find(|rule| rule.un_number == number) else {
            return Err(format!("UN {number:04} is not among the goods that may be sent"));
        };
        if product.hazard_class.as_ref().is_some_and(|class| *class != rule.class) {
            return Err(format!("UN {number:04} is of class {}, not of the one on record", rule.class));
        }
        if !service.hazmat {
            return Err("this service takes no dangerous goods".to_owned());
        }
        let (how, most) = match service.mode {
            Mode::Road => ("road", rule.road),
            Mode::Air => ("air", rule.air),
        };
        match most {
            None => Err(format!("UN {number:04} may not travel by {how}")),
            Some(most) if hazmat.net_quantity > most => {
                Err(format!("a piece holds {}, the limited quantity of UN {number:04} by {how} is {most}", hazmat.net_quantity))
            }
            Some(_) => Ok(()),
        }
    }
}

/// What holds for a class of regulated goods in an area. The narrowest area that names a rule counts: postcodes, then a part, then a country.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoodsRule {
    /// Where.
    pub area: Area,
    /// May not be delivered there at all.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub banned: bool,
    /// Years that the buyer must have completed on the day of the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_age: Option<u8>,
    /// The carrier must look at the recipient's age at the door.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub check_at_door: bool,
    /// The vendor needs a licence for this class there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub licence: bool,
    /// Law or list the rule was taken from.
    #[serde(default, skip_serializing_if = "String::is_empty")]
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
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
}

/// Trade that is not allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TradeRule {
    /// Where goods leave from; anywhere where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Area>,
    /// Where they go.
    pub to: Area,
    /// Goods whose HS code begins with one of these; all where empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hs_prefixes: Vec<String>,
    /// Law or list the rule was taken from.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
}

/// How a rule of trade bars goods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bar {
    /// All of them, or those of their code.
    Named,
    /// It is about some codes, and the goods have none that says they are others: no customs would clear them.
    NoCode,
}

impl TradeRule {
    /// Whether it bars goods that leave from a place, to one that it is about and that stands there ([`Locality::standing`]), and how. Where no border of customs lies
    /// between, nobody asks for a code.
    pub fn bars(&self, from: &Locality<'_>, to_stands: &str, goods: &CustomsData) -> Option<Bar> {
        if self.from.as_ref().is_some_and(|area| !from.lies_in(area)) {
            return None;
        }
        let code = goods.hs_code.as_deref().unwrap_or_default();
        let is_named = self.hs_prefixes.is_empty() || self.hs_prefixes.iter().any(|prefix| code.starts_with(prefix.as_str()));
        let unknown = || (!goods.has_code() && from.standing() != to_stands).then_some(Bar::NoCode);
        if is_named { Some(Bar::Named) } else { unknown() }
    }
}

/// What customs of a destination ask for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomsRule {
    /// Destination.
    pub area: Area,
    /// An importer's number of this kind (`EORI`, `IOSS`), from the importer or the marketplace.
    pub number: String,
    /// Which must begin with one of these; anyhow where empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prefixes: Vec<String>,
    /// Only of customers who buy as a business; of everybody where not said.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub of_businesses: bool,
    /// Only for consignments of an intrinsic value up to this, itself included; of any value where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_to: Option<Money>,
    /// Only for consignments of an intrinsic value above this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above: Option<Money>,
    /// Law or list the rule was taken from.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
}

impl CustomsRule {
    /// Whether it is about goods that go to a place. A rule of a whole country is not about its parts that stand elsewhere: IOSS does not reach the
    /// Canary Islands.
    pub fn concerns(&self, there: &Locality<'_>) -> bool {
        let whole_country = !self.area.0.contains([':', '-']);
        let country = Locality { country: there.country, region: None, postcode: None };
        there.lies_in(&self.area) && (!whole_country || there.standing() == country.standing())
    }

    /// Whether it asks for its number where goods worth so many euros cross the border; `None` where a limit is in a currency without a rate on that day.
    pub fn asks_of(&self, euros: Decimal, market: &Market, day: Date) -> Option<bool> {
        let most = self.up_to.map_or(Some(Decimal::MAX), |most| market.in_euros(most, day))?;
        let least = self.above.map_or(Some(Decimal::MIN), |least| market.in_euros(least, day))?;
        Some(least < euros && euros <= most)
    }

    /// Whether nothing is open: it does not ask this importer, or its number is among the importer's own or the marketplace's.
    pub fn is_answered_by(&self, business: bool, own: &[ImporterNumber], market: &Market) -> bool {
        let fits = |number: &str| {
            !number.is_empty() && (self.prefixes.is_empty() || self.prefixes.iter().any(|prefix| number.starts_with(prefix)))
        };
        let mut known = own.iter().chain(&market.policy.importer);
        (self.of_businesses && !business) || known.any(|known| known.kind == self.number && fits(known.number.trim()))
    }
}

/// Dangerous goods that may be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HazmatRule {
    /// UN number.
    pub un_number: u16,
    /// Class of the goods: `3`.
    pub class: String,
    /// Most of it in one piece by road, millilitres or grams; forbidden where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub road: Option<u32>,
    /// Most of it in one piece by air.
    #[serde(default, skip_serializing_if = "Option::is_none")]
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<Date>,
}
