//! Reference data, fetched in one batched round trip.

use async_trait::async_trait;

use oms_contract::reference::account::Watchlists;
use oms_contract::reference::discount::{Coupon, GiftCard, Promotions};
use oms_contract::reference::regulation::Regulations;
use oms_contract::reference::{Customer, Market, Product, RateCard, TaxRate, Vendor};
use oms_domain::{CustomerId, Sku, VendorId};

use crate::error::PortError;

/// What is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
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
}

/// Reads reference data.
#[async_trait]
pub trait Reference: Send + Sync {
    /// Everything wanted, in as few calls as the store allows (100 items each).
    async fn fetch(&self, wanted: &Wanted) -> Result<Found, PortError>;
}
