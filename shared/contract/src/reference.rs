//! Marketplace data that the rules read. Amounts are minor units; weights grams, sizes millimetres.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use oms_domain::area::{Area, Locality};
use oms_domain::document::Speed;
use oms_domain::money::{Money, Rounding};
use oms_domain::shipping::choice::ChoiceWeights;
use oms_domain::shipping::journey::Origin;
pub use oms_domain::shipping::{Mode, RateCard, RemoteArea, ServiceRules, SizeLimit, Surcharges, WeightStep, Zone, ZoneTable};
use oms_domain::timers::BusinessHours;
use oms_domain::{Currency, CustomerId, Sku, VendorId, WarehouseId};

pub mod account;
pub mod discount;
pub mod punctuality;
pub mod regulation;
pub mod sale;

use account::AccountRecord;
use regulation::Licence;
use sale::{CustomsData, Hazmat, SaleRules};

/// Whether nothing is said: then nothing is stored.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A product of the catalogue, whoever sells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// Its SKU.
    pub sku: Sku,
    /// Shown to people.
    pub name: String,
    /// Category code.
    pub category: String,
    /// Key into the tax table: `standard`, `reduced`, `zero`.
    pub tax_category: String,
    /// Weight of one, packed.
    pub weight_g: u32,
    /// Length of one, packed.
    pub length_mm: u32,
    /// Width of one, packed.
    pub width_mm: u32,
    /// Height of one, packed.
    pub height_mm: u32,
    /// Never in a package with others' weight.
    #[serde(default)]
    pub fragile: bool,
    /// ADR class, where it is dangerous.
    #[serde(default)]
    pub hazard_class: Option<String>,
    /// Electronics whose theft pays.
    #[serde(default)]
    pub high_value_electronics: bool,
    /// Minimum order quantity.
    pub min_quantity: u32,
    /// Sold in whole multiples of this.
    pub pack_size: u32,
    /// Maximum per order.
    pub max_quantity: u32,
    /// Catalogue price of one, per currency code.
    pub prices: BTreeMap<Currency, i64>,
    /// Sold at present.
    pub active: bool,
    /// Where, when and to whom it may be sold.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sale: SaleRules,
    /// What customs want to know of it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub customs: CustomsData,
    /// What makes it dangerous; nothing on record where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hazmat: Option<Hazmat>,
}

impl Product {
    /// Whether it is dangerous goods.
    pub fn is_dangerous(&self) -> bool {
        self.hazmat.is_some() || self.hazard_class.is_some()
    }
}

/// Whether a vendor or a customer may act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountStatus {
    /// Yes.
    Active,
    /// A vendor that may not sell for now.
    Suspended,
    /// A customer that may not buy.
    Blocked,
}

/// A vendor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vendor {
    /// Its id.
    pub vendor_id: VendorId,
    /// Shown to people.
    pub name: String,
    /// May it sell.
    pub status: AccountStatus,
    /// Has the marketplace approved it.
    pub approved: bool,
    /// Performance score, 0 to 1.
    pub performance: Decimal,
    /// Minimum order value per currency code.
    #[serde(default)]
    pub min_order: BTreeMap<Currency, i64>,
    /// Where new orders are announced.
    pub email: String,
    /// Countries served; `*` for all.
    pub ships_to: Vec<String>,
    /// Regions not served: `BR-AM`.
    #[serde(default)]
    pub excluded_regions: Vec<String>,
    /// Where goods leave from.
    pub warehouses: Vec<Warehouse>,
    /// For regulated goods.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub licences: Vec<Licence>,
    /// Orders it takes a day, by its first warehouse's zone; as many as come where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daily_capacity: Option<u32>,
    /// Its history from elsewhere.
    #[serde(default, skip_serializing_if = "is_default")]
    pub on_time: OnTime,
    /// Least of a SKU that it sells in one order, where that is more than the product's own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub min_quantities: BTreeMap<Sku, u32>,
}

/// How punctual a vendor was in the 90 days before a day, as far as that was told: what it has delivered here is counted beside it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnTime {
    /// Orders handed over or due in that time.
    pub orders: u32,
    /// Those handed over late, or not at all; at most `orders`.
    pub late: u32,
    /// The last day that they are of, in UTC. Without it they count for nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Date>,
}

impl Vendor {
    /// Whether it may sell at all.
    pub fn may_sell(&self) -> bool {
        self.status == AccountStatus::Active && self.approved
    }

    /// The clock that its orders of a day are counted by: its first warehouse's, UTC where it has none.
    pub fn zone(&self) -> TimeZone {
        self.warehouses.first().map_or(TimeZone::UTC, |warehouse| warehouse.calendar.zone.clone())
    }

    /// Least of a SKU that it sells in one order; 1 where it has said nothing.
    pub fn least_of(&self, sku: &Sku) -> u32 {
        self.min_quantities.get(sku).copied().unwrap_or(0).max(1)
    }

    /// Its warehouse of this id, if it is on file.
    pub fn warehouse(&self, id: &WarehouseId) -> Option<&Warehouse> {
        self.warehouses.iter().find(|warehouse| warehouse.warehouse_id == *id)
    }

    /// Whether it serves this country and region.
    pub fn serves(&self, country: &str, region: Option<&str>) -> bool {
        let country_served = self.ships_to.iter().any(|served| served == "*" || served == country);
        let excluded = region.is_some_and(|region| self.excluded_regions.iter().any(|e| *e == format!("{country}-{region}")));
        country_served && !excluded
    }
}

/// A vendor's warehouse.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Warehouse {
    /// Unique within the vendor.
    pub warehouse_id: WarehouseId,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// Postcode.
    pub postcode: String,
    /// Town.
    pub city: String,
    /// State or province.
    #[serde(default)]
    pub region: Option<String>,
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
    /// Hours from order to hand-over.
    pub handling_hours: u32,
    /// When it works.
    #[serde(default, skip_serializing_if = "is_default")]
    pub calendar: Calendar,
    /// Orders it handles a day, by its own clock; as many as come where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daily_capacity: Option<u32>,
    /// Street and number: without it no carrier makes a label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub street: Option<String>,
    /// Whom the driver calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

impl Warehouse {
    /// The most orders that it may have taken today, one that leaves within so many working days among them: it works off what it took in as many days as lie
    /// before the hand-over (check 16). As many as come where absent.
    pub fn most_orders(&self, working_days: u32) -> Option<u64> {
        self.daily_capacity.map(|daily| u64::from(daily) * u64::from(working_days))
    }

    /// Where it is, as rules ask for it.
    pub fn locality(&self) -> Locality<'_> {
        Locality { country: &self.country, region: self.region.as_deref(), postcode: Some(&self.postcode) }
    }
}

impl<'a> From<&'a Warehouse> for Origin<'a> {
    fn from(warehouse: &'a Warehouse) -> Self {
        let Calendar { zone, cut_off, weekdays, closed } = &warehouse.calendar;
        Self { country: &warehouse.country, zone, cut_off: *cut_off, weekdays, closed, handling_hours: warehouse.handling_hours }
    }
}

/// When a warehouse works. Nothing said: every weekday from Monday to Friday, orders of any hour, in UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Calendar {
    /// IANA zone of its clock.
    #[serde(with = "jiff::fmt::serde::tz::required")]
    pub zone: TimeZone,
    /// Orders after this local time count from the next working day; of any time count at once where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut_off: Option<Time>,
    /// Weekdays, 1 (Monday) to 7 (Sunday).
    pub weekdays: Vec<i8>,
    /// Days on which it is closed, beside the public holidays of its country.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub closed: Vec<Date>,
}

impl Default for Calendar {
    fn default() -> Self {
        Self { zone: TimeZone::UTC, cut_off: None, weekdays: vec![1, 2, 3, 4, 5], closed: Vec::new() }
    }
}

// Coordinates are finite by construction (JSON has no NaN), so equality is total.
impl Eq for Warehouse {}

/// Stock at a warehouse, as loaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockRow {
    /// What.
    pub sku: Sku,
    /// Whose.
    pub vendor_id: VendorId,
    /// Where.
    pub warehouse_id: WarehouseId,
    /// How many may still be allocated.
    pub available: u32,
}

/// A customer's account. Personal data comes with each order, sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// Its id.
    pub customer_id: CustomerId,
    /// May it buy.
    pub status: AccountStatus,
    /// Has it proved who it is.
    pub verified: bool,
    /// Since when the account exists.
    pub created_at: Timestamp,
    /// ISO 3166-1 alpha-2 of the account.
    pub country: String,
    /// On a fraud watchlist.
    #[serde(default)]
    pub watchlist: bool,
    /// Device fingerprints seen before.
    #[serde(default)]
    pub devices: Vec<String>,
    /// Consents, credit, points and the like.
    #[serde(default, skip_serializing_if = "is_default")]
    pub record: AccountRecord,
}

/// Whether catalogue prices hold the tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceMode {
    /// Tax comes on top.
    Exclusive,
    /// Tax is inside.
    Inclusive,
}

/// Weights of the routing objective; they sum to 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weights {
    /// Of the delivery time.
    pub time: Decimal,
    /// Of the shipping cost.
    pub cost: Decimal,
    /// Of the vendors' performance.
    pub performance: Decimal,
}

impl Weights {
    /// Whether none is below zero and they sum to 1.
    pub fn are_shares(&self) -> bool {
        let all = [self.time, self.cost, self.performance];
        all.iter().all(|weight| !weight.is_sign_negative()) && all.iter().sum::<Decimal>() == Decimal::ONE
    }
}

/// What counts as 1 of the routing objective's time and cost. Nothing said: of each order, the longest delivery and the dearest shipments that its sources would make.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct References {
    /// Of the delivery time: hours, 1 to [`References::MOST_HOURS`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<u32>,
    /// Of the shipping cost, by currency of the order: minor units, 1 to [`References::MOST_COST`].
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub costs: BTreeMap<Currency, i64>,
}

impl References {
    /// More hours than a year has.
    pub const MOST_HOURS: u32 = 10_000;
    /// Beyond what any shipment costs, and well within what the objective reckons with.
    pub const MOST_COST: i64 = 1_000_000_000_000;
}

/// The marketplace's own rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Market {
    /// Which marketplace.
    pub marketplace_id: String,
    /// Currencies accepted.
    pub currencies: Vec<Currency>,
    /// Minimum order value per currency, of goods after discounts, without tax.
    pub min_order: BTreeMap<Currency, i64>,
    /// Whether prices hold the tax.
    pub price_mode: PriceMode,
    /// Whether customers without account may buy.
    pub guests_allowed: bool,
    /// Countries whose fraud rate is over 5 %.
    pub high_risk_countries: Vec<String>,
    /// Device fingerprints and IP addresses of known fraud.
    pub blocked_devices: Vec<String>,
    /// Euros for one unit of a currency.
    pub fx_to_eur: BTreeMap<Currency, Decimal>,
    /// Weights of routing.
    pub weights: Weights,
    /// What routing measures time and cost by.
    #[serde(default, skip_serializing_if = "is_default")]
    pub references: References,
    /// When its vendors work: what their time to accept is measured by.
    pub business_hours: BusinessHours,
    /// Weights of the choice between carriers.
    #[serde(default)]
    pub carrier_choice: ChoiceWeights,
    /// Deliveries that the reliability of a rate card weighs as much as, beside what a carrier's service delivered here in 90 days.
    #[serde(default = "twenty")]
    pub carrier_prior_shipments: u32,
    /// What else it asks for.
    #[serde(default, skip_serializing_if = "is_default")]
    pub policy: Policy,
}

fn twenty() -> u32 {
    20
}

impl Market {
    /// Units of `to` for one of `from`, by way of the euro; `None` without a rate for both.
    pub fn exchange_rate(&self, from: Currency, to: Currency) -> Option<Decimal> {
        if from == to {
            return Some(Decimal::ONE);
        }
        let euros = |currency| self.fx_to_eur.get(&currency).copied().filter(|rate| *rate > Decimal::ZERO);
        euros(from)?.checked_div(euros(to)?)
    }

    /// Euros that an amount is worth, neither rounded nor in cents; `None` without a rate or beyond all bounds.
    pub fn in_euros(&self, money: Money) -> Option<Decimal> {
        let major = Decimal::try_new(money.amount, money.currency.decimals()).ok()?;
        if money.currency.code() == "EUR" {
            return Some(major);
        }
        major.checked_mul(*self.fx_to_eur.get(&money.currency)?)
    }

    /// An amount in another currency by way of the euro, half to even; `None` without a rate for both.
    pub fn exchanged(&self, amount: Money, to: Currency) -> Option<i64> {
        if amount.currency == to {
            return Some(amount.amount);
        }
        let rate = self.exchange_rate(amount.currency, to)?;
        amount.converted(to, rate).ok().map(|converted| converted.amount)
    }
}

/// A marketplace's own policies. Nothing said: nothing is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// Current version of the terms of data processing; consent is not asked for where empty.
    pub terms: String,
    /// Least share of orders on time that a vendor must be expected to reach, 0 to 1.
    pub on_time_floor: Decimal,
    /// What is expected of a vendor without history: this share on time, weighing as much as so many orders.
    pub on_time_prior: Decimal,
    /// Orders that the prior weighs as much as.
    pub on_time_prior_orders: u32,
    /// The marketplace's own importer numbers: IOSS.
    pub importer: Vec<account::ImporterNumber>,
    /// What it promises its customers.
    pub promised_days: PromisedDays,
}

/// Days from that of the order to that of the delivery at most; none promised where absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PromisedDays {
    /// Of standard delivery.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standard: Option<u16>,
    /// Of express delivery.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub express: Option<u16>,
}

impl PromisedDays {
    /// At this speed.
    pub fn of(self, speed: Speed) -> Option<u16> {
        match speed {
            Speed::Standard => self.standard,
            Speed::Express => self.express,
        }
    }
}

/// A tax rate, valid from a day to a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxRate {
    /// Where: a country, a state or province of it (`US-CA`), or postcodes of it (`FR:974`). A place that has a code of its own beside its country's is named
    /// as the latter writes it ([`oms_domain::territory::home`]): Réunion is `FR:974`, never `RE`.
    pub area: Area,
    /// The product's tax category.
    pub category: String,
    /// 0.19 for 19 %.
    pub rate: Decimal,
    /// First day.
    pub valid_from: Date,
    /// Last day; open where absent.
    #[serde(default)]
    pub valid_to: Option<Date>,
    /// How a line's tax is rounded there.
    pub rounding: Rounding,
}

impl TaxRate {
    /// The country in whose table it stands.
    pub fn country(&self) -> &str {
        self.area.country()
    }
}
