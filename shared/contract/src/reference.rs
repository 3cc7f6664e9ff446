//! Marketplace data that the rules read. Amounts are minor units; weights grams, sizes millimetres.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use oms_domain::area::{Area, Locality};
use oms_domain::money::Rounding;
use oms_domain::shipping::journey::Origin;
pub use oms_domain::shipping::{Mode, RateCard, RemoteArea, ServiceRules, SizeLimit, Surcharges, WeightStep, Zone, ZoneTable};
use oms_domain::{Currency, CustomerId, Sku, VendorId, WarehouseId};

pub mod account;
pub mod discount;
mod market;
pub mod punctuality;
pub mod regulation;
pub mod sale;

use account::AccountRecord;
pub use market::{Market, Policy, PriceMode, PromisedDays, References, Weights};
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
