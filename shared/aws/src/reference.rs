//! Reference data: one item each, JSON under `body`.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use oms_contract::reference::account::Watchlists;
use oms_contract::reference::discount::{Coupon, GiftCard, Promotions};
use oms_contract::reference::regulation::Regulations;
use oms_contract::reference::{Customer, Market, Product, RateCard, TaxRate, Vendor};
use oms_ports::PortError;
use oms_ports::reference::{Found, Reference, Wanted};
use serde::de::DeserializeOwned;

use crate::batch;
use crate::error::store;
use crate::item::{Item, body, json, key, text};
use crate::keys;

/// The reference table.
#[derive(Debug, Clone)]
pub struct DynamoReference {
    client: Client,
    table: Arc<str>,
}

/// Something to be put into the reference table.
#[derive(Debug, Clone, Copy)]
pub enum ReferenceItem<'a> {
    /// A product.
    Product(&'a Product),
    /// A vendor.
    Vendor(&'a Vendor),
    /// A customer.
    Customer(&'a Customer),
    /// All tax rates of a country (ISO 3166-1 alpha-2).
    Taxes(&'a str, &'a [TaxRate]),
    /// The marketplace's rules.
    Market(&'a Market),
    /// All rate cards.
    Rates(&'a [RateCard]),
    /// A coupon.
    Coupon(&'a Coupon),
    /// A gift card.
    GiftCard(&'a GiftCard),
    /// All promotions.
    Promotions(&'a Promotions),
    /// The rules of all countries.
    Regulations(&'a Regulations),
    /// All watchlists.
    Watchlists(&'a Watchlists),
}

impl ReferenceItem<'_> {
    fn to_item(self) -> Result<Item, PortError> {
        let (pk, body) = match self {
            Self::Product(product) => (keys::product(&product.sku), json(product)?),
            Self::Vendor(vendor) => (keys::vendor(&vendor.vendor_id), json(vendor)?),
            Self::Customer(customer) => (keys::customer(&customer.customer_id), json(customer)?),
            Self::Taxes(country, rates) => (keys::taxes(country), json(&rates)?),
            Self::Market(market) => (keys::MARKET.to_owned(), json(market)?),
            Self::Rates(rates) => (keys::RATES.to_owned(), json(&rates)?),
            Self::Coupon(coupon) => (keys::coupon(&coupon.grants.id), json(coupon)?),
            Self::GiftCard(card) => (keys::gift_card(&card.card), json(card)?),
            Self::Promotions(promotions) => (keys::PROMOTIONS.to_owned(), json(promotions)?),
            Self::Regulations(rules) => (keys::REGULATIONS.to_owned(), json(rules)?),
            Self::Watchlists(lists) => (keys::WATCHLISTS.to_owned(), json(lists)?),
        };
        let mut item = key(pk, keys::ONLY);
        item.insert(keys::BODY.to_owned(), body);
        Ok(item)
    }
}

impl DynamoReference {
    pub(crate) fn new(client: Client, table: &str) -> Self {
        Self { client, table: table.into() }
    }

    /// Puts an item, in place of the one with its key.
    ///
    /// # Errors
    /// Of the store.
    pub async fn put(&self, item: ReferenceItem<'_>) -> Result<(), PortError> {
        self.client.put_item().table_name(&*self.table).set_item(Some(item.to_item()?)).send().await.map(drop).map_err(store)
    }
}

#[async_trait]
impl Reference for DynamoReference {
    async fn fetch(&self, wanted: &Wanted) -> Result<Found, PortError> {
        let keys = keys_of(wanted);
        let items = if keys.is_empty() { Vec::new() } else { batch::get(&self.client, &self.table, keys).await? };
        Items(items).sort_out(wanted)
    }
}

/// The keys of everything wanted, each once: DynamoDB refuses a batch that names one twice.
fn keys_of(wanted: &Wanted) -> Vec<Item> {
    let mut pks: Vec<String> = wanted.products.iter().map(keys::product).collect();
    pks.extend(wanted.vendors.iter().map(keys::vendor));
    pks.extend(wanted.customer.iter().map(keys::customer));
    pks.extend(wanted.taxes.iter().map(|country| keys::taxes(country)));
    pks.extend(wanted.market.then(|| keys::MARKET.to_owned()));
    pks.extend(wanted.rates.then(|| keys::RATES.to_owned()));
    pks.extend(wanted.coupons.iter().map(|code| keys::coupon(code)));
    pks.extend(wanted.gift_cards.iter().map(|card| keys::gift_card(card)));
    pks.extend(wanted.promotions.then(|| keys::PROMOTIONS.to_owned()));
    pks.extend(wanted.regulations.then(|| keys::REGULATIONS.to_owned()));
    pks.extend(wanted.watchlists.then(|| keys::WATCHLISTS.to_owned()));
    pks.sort_unstable();
    pks.dedup();
    pks.into_iter().map(|pk| key(pk, keys::ONLY)).collect()
}

/// What a batch brought.
struct Items(Vec<Item>);

impl Items {
    fn find<T: DeserializeOwned>(&self, pk: &str) -> Result<Option<T>, PortError> {
        self.0.iter().find(|item| text(item, keys::PK).is_ok_and(|found| found == pk)).map(body).transpose()
    }

    fn find_all<T: DeserializeOwned>(&self, pks: impl Iterator<Item = String>) -> Result<Vec<T>, PortError> {
        let mut seen = HashSet::new();
        pks.filter(|pk| seen.insert(pk.clone())).filter_map(|pk| self.find(&pk).transpose()).collect()
    }

    fn sort_out(&self, wanted: &Wanted) -> Result<Found, PortError> {
        let taxes = match &wanted.taxes {
            Some(country) => self.find(&keys::taxes(country))?.unwrap_or_default(),
            None => Vec::new(),
        };
        Ok(Found {
            products: self.find_all(wanted.products.iter().map(keys::product))?,
            vendors: self.find_all(wanted.vendors.iter().map(keys::vendor))?,
            customer: match &wanted.customer {
                Some(id) => self.find(&keys::customer(id))?,
                None => None,
            },
            taxes,
            market: self.find(keys::MARKET)?,
            rates: self.find(keys::RATES)?.unwrap_or_default(),
            coupons: self.find_all(wanted.coupons.iter().map(|code| keys::coupon(code)))?,
            gift_cards: self.find_all(wanted.gift_cards.iter().map(|card| keys::gift_card(card)))?,
            promotions: self.find(keys::PROMOTIONS)?,
            regulations: self.find(keys::REGULATIONS)?,
            watchlists: self.find(keys::WATCHLISTS)?,
        })
    }
}
