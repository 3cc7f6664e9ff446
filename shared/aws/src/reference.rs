//! Reference data: one item each, JSON under `body`.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use futures::stream::{StreamExt as _, TryStreamExt as _};
use oms_contract::reference::account::Watchlists;
use oms_contract::reference::discount::{Coupon, GiftCard, Promotions};
use oms_contract::reference::punctuality::{DayCounts, Performer};
use oms_contract::reference::regulation::Regulations;
use oms_contract::reference::{Customer, Market, Product, RateCard, TaxRate, Vendor};
use oms_ports::PortError;
use oms_ports::reference::{Found, Loading, Reference, Row, Standing, Wanted};
use serde::de::DeserializeOwned;

use crate::batch;
use crate::error::store;
use crate::item::{Item, body, json, key, text};
use crate::{keys, tally};

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
        self.put_item(item.to_item()?).await
    }

    async fn put_item(&self, item: Item) -> Result<(), PortError> {
        self.client.put_item().table_name(&*self.table).set_item(Some(item)).send().await.map(drop).map_err(store)
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

impl<'a> From<&'a Row> for ReferenceItem<'a> {
    fn from(row: &'a Row) -> Self {
        match row {
            Row::Product(row) => Self::Product(row),
            Row::Vendor(row) => Self::Vendor(row),
            Row::Customer(row) => Self::Customer(row),
            Row::Coupon(row) => Self::Coupon(row),
            Row::GiftCard(row) => Self::GiftCard(row),
            Row::Taxes(country, rates) => Self::Taxes(country, rates),
            Row::Rates(cards) => Self::Rates(cards),
            Row::Promotions(row) => Self::Promotions(row),
            Row::Regulations(row) => Self::Regulations(row),
            Row::Watchlists(row) => Self::Watchlists(row),
            Row::Market(row) => Self::Market(row),
        }
    }
}

/// Puts under way at once.
const AT_ONCE: usize = 16;

#[async_trait]
impl Loading for DynamoReference {
    async fn compare(&self, rows: &[Row]) -> Result<Vec<Standing>, PortError> {
        let wanted = rows.iter().map(|row| ReferenceItem::from(row).to_item()).collect::<Result<Vec<_>, _>>()?;
        let mut keys: Vec<&str> = wanted.iter().map(|item| text(item, keys::PK)).collect::<Result<_, _>>()?;
        keys.sort_unstable();
        keys.dedup();
        let keys = keys.into_iter().map(|pk| key(pk.to_owned(), keys::ONLY)).collect();
        let found = batch::read(&self.client, &self.table, keys, true).await?;
        let found: HashMap<&str, &Item> = found.iter().map(|item| Ok((text(item, keys::PK)?, item))).collect::<Result<_, PortError>>()?;
        let standing = |item: &Item| {
            Ok(match found.get(text(item, keys::PK)?) {
                None => Standing::New,
                Some(there) if says_the_same(item.get(keys::BODY), there.get(keys::BODY)) => Standing::Same,
                Some(_) => Standing::Changed,
            })
        };
        wanted.iter().map(standing).collect()
    }

    async fn put(&self, rows: &[Row]) -> Result<(), PortError> {
        // Items own what they hold, so that the futures borrow nothing but this.
        let items = rows.iter().map(|row| ReferenceItem::from(row).to_item()).collect::<Result<Vec<_>, _>>()?;
        let puts = items.into_iter().map(|item| self.put_item(item));
        futures::stream::iter(puts).buffer_unordered(AT_ONCE).try_collect().await
    }
}

/// Whether two bodies say the same, in whatever order of their fields.
fn says_the_same(one: Option<&AttributeValue>, other: Option<&AttributeValue>) -> bool {
    let said = |body: Option<&AttributeValue>| body.and_then(|body| serde_json::from_str::<serde_json::Value>(body.as_s().ok()?).ok());
    one == other || said(one).is_some_and(|one| said(other) == Some(one))
}

/// The keys of everything wanted, each once: DynamoDB refuses a batch that names one twice.
fn keys_of(wanted: &Wanted) -> Vec<Item> {
    let mut pks: Vec<String> = wanted.products.iter().map(keys::product).collect();
    pks.extend(wanted.vendors.iter().map(keys::vendor));
    pks.extend(wanted.customer.iter().map(keys::customer));
    pks.extend(wanted.counts.iter().map(keys::tally));
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

    fn counts(&self, of: &Performer) -> Result<DayCounts, PortError> {
        let pk = keys::tally(of);
        let row = self.0.iter().find(|item| text(item, keys::PK).is_ok_and(|found| found == pk));
        row.map(tally::counts).transpose().map(Option::unwrap_or_default)
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
            counts: wanted.counts.iter().map(|of| Ok((of.clone(), self.counts(of)?))).collect::<Result<_, PortError>>()?,
        })
    }
}
