//! What the rules read. Everything is fetched first, then no rule needs anything more.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};

use oms_contract::reference::account::Watchlists;
use oms_contract::reference::discount::{Coupon, GiftCard, Promotions};
use oms_contract::reference::regulation::Regulations;
use oms_contract::reference::{Customer, Market, Product, RateCard, TaxRate, Vendor};
use oms_domain::address::Personal;
use oms_domain::document::{Document, Line};
use oms_domain::{Currency, Money, Order, Sku, VendorId};
use oms_ports::PortError;
use oms_ports::reference::Wanted;
use oms_ports::stock::{Held, Source};

use crate::Deps;
use crate::address::{self, Judgement};

/// As it was fetched.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// When the order was captured.
    pub placed_at: Timestamp,
    /// What was ordered.
    pub document: Document,
    /// Who and where; `None` where the customer's key was destroyed.
    pub personal: Option<Personal>,
    /// The account; `None` where there is none.
    pub customer: Option<Customer>,
    /// The marketplace's rules; `None` where they could not be had.
    pub market: Option<Market>,
    /// Products ordered, as far as the catalogue knows them.
    pub products: Vec<Product>,
    /// Tax rates of the destination's country.
    pub taxes: Vec<TaxRate>,
    /// Where the products are, at vendors that have at least one.
    pub sources: Vec<Source>,
    /// Those vendors.
    pub vendors: Vec<Vendor>,
    /// Carriers' rate cards.
    pub rates: Vec<RateCard>,
    /// The rules of countries; none where none were ever loaded.
    pub regulations: Regulations,
    /// Who and what may not be dealt with unseen; empty where none were ever loaded.
    pub watchlists: Watchlists,
    /// Promotions in force or to come; none where none were ever loaded.
    pub promotions: Promotions,
    /// The coupons claimed, as far as there are any.
    pub coupons: Vec<Coupon>,
    /// The gift cards used, as far as there are any.
    pub gift_cards: Vec<GiftCard>,
}

/// All facts, arranged for the rules.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Day of the order in UTC: which tax rate holds. No destination's own midnight is known.
    pub day: Date,
    /// What was ordered.
    pub document: Document,
    /// Who and where; `None` where the customer's key was destroyed.
    pub personal: Option<Personal>,
    /// The account; `None` where there is none.
    pub customer: Option<Customer>,
    /// The marketplace's rules; `None` where they could not be had.
    pub market: Option<Market>,
    /// What the tables say about the shipping address.
    pub destination: Judgement,
    /// Carriers' rate cards.
    pub rates: Vec<RateCard>,
    /// The rules of countries.
    pub regulations: Regulations,
    /// Who and what may not be dealt with unseen.
    pub watchlists: Watchlists,
    /// Promotions in force or to come.
    pub promotions: Promotions,
    /// What came of holding the stock; `None` as long as that was not tried.
    pub held: Option<Held>,
    coupons: BTreeMap<String, Coupon>,
    gift_cards: BTreeMap<String, GiftCard>,
    products: BTreeMap<Sku, Product>,
    taxes: Vec<TaxRate>,
    sources: Vec<Source>,
    vendors: BTreeMap<VendorId, Vendor>,
}

impl Facts {
    /// Arranges what was fetched.
    pub fn of(fetched: Fetched) -> Self {
        let destination = fetched.personal.as_ref().map(|personal| address::judge(&personal.shipping_address)).unwrap_or_default();
        Self {
            day: fetched.placed_at.to_zoned(TimeZone::UTC).date(),
            document: fetched.document,
            personal: fetched.personal,
            customer: fetched.customer,
            market: fetched.market,
            destination,
            rates: fetched.rates,
            regulations: fetched.regulations,
            watchlists: fetched.watchlists,
            promotions: fetched.promotions,
            held: None,
            coupons: by_key(fetched.coupons, |coupon| coupon.grants.id.clone()),
            gift_cards: by_key(fetched.gift_cards, |card| card.card.clone()),
            products: by_key(fetched.products, |product| product.sku.clone()),
            taxes: fetched.taxes,
            sources: fetched.sources,
            vendors: by_key(fetched.vendors, |vendor| vendor.vendor_id.clone()),
        }
    }

    /// The product, if the catalogue has it.
    pub fn product(&self, sku: &Sku) -> Option<&Product> {
        self.products.get(sku)
    }

    /// The product, if it is sold at present.
    pub fn sold(&self, sku: &Sku) -> Option<&Product> {
        self.product(sku).filter(|product| product.active)
    }

    /// The coupon, if there is one of that code.
    pub fn coupon(&self, code: &str) -> Option<&Coupon> {
        self.coupons.get(code)
    }

    /// The gift card, if there is one of that number.
    pub fn gift_card(&self, card: &str) -> Option<&GiftCard> {
        self.gift_cards.get(card)
    }

    /// Lines with their place in the document.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &Line)> {
        self.document.lines.iter().enumerate()
    }

    /// Place of the first line of a SKU, which stands for all of them.
    pub fn line_of(&self, sku: &Sku) -> usize {
        self.document.lines.iter().position(|line| line.sku == *sku).unwrap_or_default()
    }

    /// An amount of the order for people to read.
    pub fn shown(&self, amount: i64) -> String {
        Money::new(amount, self.currency()).to_string()
    }

    /// Of all amounts of the order.
    pub fn currency(&self) -> Currency {
        self.document.currency
    }

    /// Whether any vendor has any of it.
    pub fn is_anywhere(&self, sku: &Sku) -> bool {
        self.sources_of(sku).next().is_some()
    }

    /// Vendors that have some of it and may sell, wherever they deliver.
    pub fn sellers(&self, sku: &Sku) -> impl Iterator<Item = (&Source, &Vendor)> {
        self.sources_of(sku).filter_map(|source| {
            let vendor = self.vendors.get(&source.vendor_id)?;
            vendor.may_sell().then_some((source, vendor))
        })
    }

    /// Vendors that have some of it, may sell and deliver to the destination.
    pub fn suppliers(&self, sku: &Sku) -> impl Iterator<Item = (&Source, &Vendor)> {
        let country = &self.document.destination;
        let region = self.destination.region.as_deref();
        self.sellers(sku).filter(move |(_, vendor)| vendor.serves(country, region))
    }

    /// The tax rate of a category at the destination on the day of the order: the region's own before the country's, the latest before older ones.
    pub fn tax_rate(&self, category: &str) -> Option<&TaxRate> {
        let region = self.destination.region.as_deref();
        self.taxes
            .iter()
            .filter(|rate| rate.country == self.document.destination && rate.category == category)
            .filter(|rate| rate.region.is_none() || rate.region.as_deref() == region)
            .filter(|rate| rate.valid_from <= self.day)
            .filter(|rate| rate.valid_to.is_none_or(|last| self.day <= last))
            .max_by_key(|rate| (rate.region.is_some(), rate.valid_from))
    }

    fn sources_of<'a>(&'a self, sku: &Sku) -> impl Iterator<Item = &'a Source> {
        let sku = sku.clone();
        self.sources.iter().filter(move |source| source.sku == sku)
    }
}

fn by_key<K: Ord, V>(rows: Vec<V>, key: impl Fn(&V) -> K) -> BTreeMap<K, V> {
    rows.into_iter().map(|row| (key(&row), row)).collect()
}

/// Fetches what the rules need, in two round trips whatever the order holds: first everything the document names, side by side; then the vendors
/// of the sources found (left out where there are none).
pub(crate) async fn gather(deps: &Deps, order: &Order, document: Document) -> Result<Fetched, PortError> {
    let products: Vec<Sku> = document.demand().into_iter().map(|(sku, _)| sku).collect();
    let wanted = Wanted {
        products: products.clone(),
        customer: Some(document.customer_id.clone()),
        taxes: Some(document.destination.clone()),
        market: true,
        rates: true,
        regulations: true,
        watchlists: true,
        promotions: true,
        coupons: document.claims.coupons.clone(),
        gift_cards: document.claims.gift_cards.iter().map(|used| used.card.clone()).collect(),
        ..Wanted::default()
    };
    let (found, sources, personal) = futures::try_join!(
        deps.reference.fetch(&wanted),
        deps.inventory.sources(&products),
        deps.sealer.open(&document.customer_id, &document.sealed),
    )?;
    let sources = sources.rows;
    let mut vendors: Vec<VendorId> = sources.iter().map(|s| s.vendor_id.clone()).collect();
    vendors.sort();
    vendors.dedup();
    let vendors = if vendors.is_empty() {
        Vec::new()
    } else {
        let wanted = Wanted { vendors, ..Wanted::default() };
        deps.reference.fetch(&wanted).await?.vendors
    };
    Ok(Fetched {
        placed_at: order.placed_at(),
        document,
        personal,
        customer: found.customer,
        market: found.market,
        products: found.products,
        taxes: found.taxes,
        sources,
        vendors,
        rates: found.rates,
        regulations: found.regulations.unwrap_or_default(),
        watchlists: found.watchlists.unwrap_or_default(),
        promotions: found.promotions.unwrap_or_default(),
        coupons: found.coupons,
        gift_cards: found.gift_cards,
    })
}
