//! Reference data in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use async_trait::async_trait;
use jiff::civil::Date;

use oms_contract::reference::account::Watchlists;
use oms_contract::reference::discount::{Coupon, GiftCard, Promotions};
use oms_contract::reference::punctuality::{Counted, DayCounts, Performer};
use oms_contract::reference::regulation::Regulations;
use oms_contract::reference::{Customer, Market, Product, RateCard, TaxRate, Vendor};
use oms_ports::error::{Party, PortError};
use oms_ports::reference::{Found, Loading, Reference, Row, Standing, Wanted};
use oms_ports::tally::{Delivery, Tally};

use crate::faults::Faults;
use crate::lock;

#[derive(Default)]
struct Catalogue {
    products: Vec<Product>,
    vendors: Vec<Vendor>,
    customers: Vec<Customer>,
    taxes: Vec<TaxRate>,
    market: Option<Market>,
    rates: Vec<RateCard>,
    coupons: Vec<Coupon>,
    gift_cards: Vec<GiftCard>,
    promotions: Option<Promotions>,
    regulations: Option<Regulations>,
    watchlists: Option<Watchlists>,
    counts: BTreeMap<Performer, DayCounts>,
    counted: BTreeSet<String>,
}

/// The reference table, and what is counted in it. Operations: `fetch`, whose calls are the round trips; `count`.
#[derive(Default)]
pub struct MemoryReference {
    /// Planned faults.
    pub faults: Faults,
    catalogue: Mutex<Catalogue>,
}

impl MemoryReference {
    /// Adds or replaces a product.
    pub fn product(&self, product: Product) -> &Self {
        let products = &mut lock(&self.catalogue).products;
        products.retain(|known| known.sku != product.sku);
        products.push(product);
        self
    }

    /// Adds or replaces a vendor.
    pub fn vendor(&self, vendor: Vendor) -> &Self {
        let vendors = &mut lock(&self.catalogue).vendors;
        vendors.retain(|known| known.vendor_id != vendor.vendor_id);
        vendors.push(vendor);
        self
    }

    /// Adds or replaces a customer.
    pub fn customer(&self, customer: Customer) -> &Self {
        let customers = &mut lock(&self.catalogue).customers;
        customers.retain(|known| known.customer_id != customer.customer_id);
        customers.push(customer);
        self
    }

    /// Adds a tax rate.
    pub fn tax(&self, rate: TaxRate) -> &Self {
        lock(&self.catalogue).taxes.push(rate);
        self
    }

    /// Sets the marketplace's rules; where nothing was said of rules of countries and of watchlists, there are empty ones on file.
    pub fn market(&self, market: Market) -> &Self {
        let catalogue = &mut lock(&self.catalogue);
        catalogue.market = Some(market);
        catalogue.regulations.get_or_insert_default();
        catalogue.watchlists.get_or_insert_default();
        self
    }

    /// Takes the rules of countries and the watchlists off the file.
    pub fn forget_rules(&self) -> &Self {
        let catalogue = &mut lock(&self.catalogue);
        (catalogue.regulations, catalogue.watchlists) = (None, None);
        self
    }

    /// Adds a rate card.
    pub fn rates(&self, card: RateCard) -> &Self {
        lock(&self.catalogue).rates.push(card);
        self
    }

    /// Adds or replaces a coupon.
    pub fn coupon(&self, coupon: Coupon) -> &Self {
        let coupons = &mut lock(&self.catalogue).coupons;
        coupons.retain(|known| known.grants.id != coupon.grants.id);
        coupons.push(coupon);
        self
    }

    /// Adds or replaces a gift card.
    pub fn gift_card(&self, card: GiftCard) -> &Self {
        let cards = &mut lock(&self.catalogue).gift_cards;
        cards.retain(|known| known.card != card.card);
        cards.push(card);
        self
    }

    /// Sets the promotions.
    pub fn promotions(&self, promotions: Promotions) -> &Self {
        lock(&self.catalogue).promotions = Some(promotions);
        self
    }

    /// Sets the rules of countries.
    pub fn regulations(&self, rules: Regulations) -> &Self {
        lock(&self.catalogue).regulations = Some(rules);
        self
    }

    /// Sets the watchlists.
    pub fn watchlists(&self, lists: Watchlists) -> &Self {
        lock(&self.catalogue).watchlists = Some(lists);
        self
    }
}

impl Catalogue {
    fn find(&self, wanted: &Wanted) -> Found {
        let country = wanted.taxes.as_ref();
        Found {
            products: picked(&self.products, |row| wanted.products.contains(&row.sku)),
            vendors: picked(&self.vendors, |row| wanted.vendors.contains(&row.vendor_id)),
            customer: picked(&self.customers, |row| wanted.customer.as_ref() == Some(&row.customer_id)).pop(),
            taxes: picked(&self.taxes, |row| country.is_some_and(|country| country == row.country())),
            market: self.market.clone().filter(|_| wanted.market),
            rates: picked(&self.rates, |_| wanted.rates),
            coupons: picked(&self.coupons, |row| wanted.coupons.contains(&row.grants.id)),
            gift_cards: picked(&self.gift_cards, |row| wanted.gift_cards.contains(&row.card)),
            promotions: self.promotions.clone().filter(|_| wanted.promotions),
            regulations: self.regulations.clone().filter(|_| wanted.regulations),
            watchlists: self.watchlists.clone().filter(|_| wanted.watchlists),
            counts: wanted.counts.iter().map(|of| (of.clone(), self.counts.get(of).cloned().unwrap_or_default())).collect(),
        }
    }
}

fn picked<T: Clone>(rows: &[T], wanted: impl Fn(&T) -> bool) -> Vec<T> {
    rows.iter().filter(|row| wanted(row)).cloned().collect()
}

#[async_trait]
impl Reference for MemoryReference {
    async fn fetch(&self, wanted: &Wanted) -> Result<Found, PortError> {
        self.faults.around("fetch", Party::Store, || Ok(lock(&self.catalogue).find(wanted)))
    }
}

#[async_trait]
impl Tally for MemoryReference {
    async fn count(&self, delivery: &Delivery, today: Date) -> Result<bool, PortError> {
        self.faults.around("count", Party::Store, || {
            let catalogue = &mut lock(&self.catalogue);
            if !catalogue.counted.insert(delivery.id.clone()) {
                return Ok(false);
            }
            for (performer, late) in &delivery.by {
                let counts = catalogue.counts.entry(performer.clone()).or_default();
                counts.forget(today);
                counts.add(delivery.day, Counted { deliveries: 1, late: u32::from(*late) });
            }
            Ok(true)
        })
    }
}

#[async_trait]
impl Loading for MemoryReference {
    async fn compare(&self, rows: &[Row]) -> Result<Vec<Standing>, PortError> {
        self.faults.around("compare", Party::Store, || {
            let catalogue = lock(&self.catalogue);
            Ok(rows.iter().map(|row| catalogue.standing(row)).collect())
        })
    }

    async fn put(&self, rows: &[Row]) -> Result<(), PortError> {
        self.faults.around("put", Party::Store, || {
            for row in rows {
                self.put_row(row.clone());
            }
            Ok(())
        })
    }
}

impl MemoryReference {
    fn put_row(&self, row: Row) {
        match row {
            Row::Product(row) => self.product(row),
            Row::Vendor(row) => self.vendor(row),
            Row::Customer(row) => self.customer(row),
            Row::Coupon(row) => self.coupon(row),
            Row::GiftCard(row) => self.gift_card(row),
            Row::Promotions(row) => self.promotions(row),
            Row::Regulations(row) => self.regulations(row),
            Row::Watchlists(row) => self.watchlists(row),
            Row::Market(row) => {
                lock(&self.catalogue).market = Some(row);
                self
            }
            Row::Taxes(country, rates) => {
                let taxes = &mut lock(&self.catalogue).taxes;
                taxes.retain(|known| known.country() != country);
                taxes.extend(rates);
                self
            }
            Row::Rates(cards) => {
                lock(&self.catalogue).rates = cards;
                self
            }
        };
    }
}

impl Catalogue {
    fn standing(&self, row: &Row) -> Standing {
        match row {
            Row::Product(row) => stands(self.products.iter().find(|known| known.sku == row.sku), row),
            Row::Vendor(row) => stands(self.vendors.iter().find(|known| known.vendor_id == row.vendor_id), row),
            Row::Customer(row) => stands(self.customers.iter().find(|known| known.customer_id == row.customer_id), row),
            Row::Coupon(row) => stands(self.coupons.iter().find(|known| known.grants.id == row.grants.id), row),
            Row::GiftCard(row) => stands(self.gift_cards.iter().find(|known| known.card == row.card), row),
            Row::Promotions(row) => stands(self.promotions.as_ref(), row),
            Row::Regulations(row) => stands(self.regulations.as_ref(), row),
            Row::Watchlists(row) => stands(self.watchlists.as_ref(), row),
            Row::Market(row) => stands(self.market.as_ref(), row),
            Row::Taxes(country, rates) => {
                let known = picked(&self.taxes, |rate| rate.country() == country);
                stands(Some(&known).filter(|known| !known.is_empty()), rates)
            }
            Row::Rates(cards) => stands(Some(&self.rates).filter(|known| !known.is_empty()), cards),
        }
    }
}

fn stands<T: PartialEq>(known: Option<&T>, row: &T) -> Standing {
    match known {
        None => Standing::New,
        Some(known) if known == row => Standing::Same,
        Some(_) => Standing::Changed,
    }
}
