//! Reference data, fetched in one batched round trip.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::civil::Date;
use serde::Serialize;

use oms_contract::reference::account::Watchlists;
use oms_contract::reference::discount::{Coupon, GiftCard, Promotions};
use oms_contract::reference::punctuality::{DayCounts, Performer};
use oms_contract::reference::regulation::Regulations;
use oms_contract::reference::{Customer, Market, Product, RateCard, TaxRate, Vendor};
use oms_domain::{CustomerId, Sku, VendorId};

use crate::error::PortError;

/// What is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each names one item of the table")]
pub struct Wanted {
    /// Products.
    pub products: Vec<Sku>,
    /// Vendors.
    pub vendors: Vec<VendorId>,
    /// A customer.
    pub customer: Option<CustomerId>,
    /// Tax rates of a country (ISO 3166-1 alpha-2).
    pub taxes: Option<String>,
    /// The marketplace's rules.
    pub market: bool,
    /// The carriers' rate cards.
    pub rates: bool,
    /// Coupons, by code in capitals.
    pub coupons: Vec<String>,
    /// Gift cards, by number.
    pub gift_cards: Vec<String>,
    /// The promotions.
    pub promotions: bool,
    /// The rules of countries.
    pub regulations: bool,
    /// The watchlists.
    pub watchlists: bool,
    /// What was counted of these.
    pub counts: Vec<Performer>,
}

impl Wanted {
    /// These vendors, with what was counted of them: see [`Found::take_vendors`].
    #[must_use]
    pub fn judging(self, vendors: Vec<VendorId>) -> Self {
        let counts = vendors.iter().cloned().map(Performer::Vendor).collect();
        Self { vendors, counts, ..self }
    }
}

/// What was found; what is not there is missing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// Products.
    pub products: Vec<Product>,
    /// Vendors.
    pub vendors: Vec<Vendor>,
    /// The customer.
    pub customer: Option<Customer>,
    /// Tax rates; empty where the country has none on file.
    pub taxes: Vec<TaxRate>,
    /// The marketplace's rules.
    pub market: Option<Market>,
    /// Rate cards.
    pub rates: Vec<RateCard>,
    /// Coupons.
    pub coupons: Vec<Coupon>,
    /// Gift cards.
    pub gift_cards: Vec<GiftCard>,
    /// The promotions; `None` where none were ever loaded.
    pub promotions: Option<Promotions>,
    /// The rules of countries; `None` where none were ever loaded.
    pub regulations: Option<Regulations>,
    /// The watchlists; `None` where none were ever loaded.
    pub watchlists: Option<Watchlists>,
    /// What was counted of each that was wanted; no days where nothing was.
    pub counts: BTreeMap<Performer, DayCounts>,
}

impl Found {
    /// The vendors, each with what is known of its punctuality today: its history as it was loaded, and what it has delivered here.
    pub fn take_vendors(&mut self, today: Date) -> Vec<Vendor> {
        let mut vendors = std::mem::take(&mut self.vendors);
        for vendor in &mut vendors {
            vendor.on_time = vendor.on_time.known(self.counts.get(&Performer::Vendor(vendor.vendor_id.clone())), today);
        }
        vendors
    }
}

/// Reads reference data.
#[async_trait]
pub trait Reference: Send + Sync {
    /// Everything wanted, in as few calls as the store allows (100 items each).
    async fn fetch(&self, wanted: &Wanted) -> Result<Found, PortError>;
}

/// A row of reference data: what stands under one key.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Row {
    /// A product.
    Product(Product),
    /// A vendor.
    Vendor(Vendor),
    /// A customer.
    Customer(Customer),
    /// A coupon.
    Coupon(Coupon),
    /// A gift card.
    GiftCard(GiftCard),
    /// All tax rates of a country (ISO 3166-1 alpha-2).
    Taxes(String, Vec<TaxRate>),
    /// All rate cards.
    Rates(Vec<RateCard>),
    /// All promotions.
    Promotions(Promotions),
    /// The rules of all countries.
    Regulations(Regulations),
    /// All watchlists.
    Watchlists(Watchlists),
    /// The marketplace's rules.
    Market(Market),
}

impl Row {
    /// Its key among rows of its kind; the kind's name where there is one row of it.
    pub fn key(&self) -> String {
        match self {
            Self::Product(row) => row.sku.to_string(),
            Self::Vendor(row) => row.vendor_id.to_string(),
            Self::Customer(row) => row.customer_id.to_string(),
            Self::Coupon(row) => row.grants.id.clone(),
            Self::GiftCard(row) => row.card.clone(),
            Self::Taxes(country, _) => country.clone(),
            Self::Rates(_) => "rate_cards".to_owned(),
            Self::Promotions(_) => "promotions".to_owned(),
            Self::Regulations(_) => "regulations".to_owned(),
            Self::Watchlists(_) => "watchlists".to_owned(),
            Self::Market(_) => "market".to_owned(),
        }
    }
}

/// How a row stands to what is under its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nothing is there.
    New,
    /// Something else is.
    Changed,
    /// Just this is.
    Same,
}

/// Changes reference data.
#[async_trait]
pub trait Loading: Send + Sync {
    /// How each row stands, in the order given.
    async fn compare(&self, rows: &[Row]) -> Result<Vec<Standing>, PortError>;

    /// Puts each row in place of what is under its key. Where it fails, some may have been put: putting all again is harmless.
    async fn put(&self, rows: &[Row]) -> Result<(), PortError>;
}
