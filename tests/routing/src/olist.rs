//! Baskets of the Olist marketplace: real products with their weights and sizes, real sellers in their towns, the seed's rate cards.
//!
//! In the public set each product has one seller, which leaves nothing to route, and the baskets themselves are not free to be passed on. So which sellers have a
//! product is drawn, and so is what is in a basket, unless a folder in the set's schema is given: then its baskets are taken, and its customers' states.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use oms_contract::reference::regulation::Regulations;
use oms_contract::reference::{Market, Product, RateCard, Vendor};
use oms_domain::Sku;
use oms_domain::document::Speed;
use oms_ports::stock::Source;
use route::distance::Point;
use route::facts::{Demand, Destination, Facts};

use crate::Wrong;
use crate::chance::Chance;
use crate::instance::{UP_TO_12_BY_40, moment, random};

/// Sellers that have a product, fewest and most.
const SELLERS: (u32, u32) = (3, 20);
/// Lines of a basket that is drawn, most.
const LINES: u32 = 5;

/// The marketplace's reference data.
pub struct Olist {
    products: Vec<Product>,
    sellers: Vec<Vendor>,
    rates: Vec<RateCard>,
    market: Market,
    regulations: Regulations,
}

/// What somebody buys, and in which state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Basket {
    /// Products, each once.
    pub lines: Vec<(Sku, u32)>,
    /// The customer's; any where absent.
    pub state: Option<String>,
}

impl Olist {
    /// Reads the seed.
    ///
    /// # Errors
    /// Where a file is missing or is not what the seed is made of.
    pub fn read(seed: &Path) -> Result<Self, Wrong> {
        let is_olist = |id: &str| id.starts_with("OL-") || id.starts_with("olist-");
        let mut products: Vec<Product> = rows(&seed.join("products.jsonl"))?;
        products.retain(|product| is_olist(product.sku.as_str()));
        let mut sellers: Vec<Vendor> = rows(&seed.join("vendors.jsonl"))?;
        sellers.retain(|vendor| is_olist(vendor.vendor_id.as_str()) && vendor.may_sell());
        let market = serde_json::from_str(&std::fs::read_to_string(seed.join("market.json"))?)?;
        let regulations = serde_json::from_str(&std::fs::read_to_string(seed.join("regulations.json"))?)?;
        Ok(Self { products, sellers, rates: rows(&seed.join("carriers.jsonl"))?, market, regulations })
    }

    /// A basket that follows from a seed.
    pub fn drawn(&self, seed: u64) -> Basket {
        let mut chance = Chance::of(seed ^ 0x00b5_4e7a);
        let mut lines: Vec<(Sku, u32)> = Vec::new();
        for _ in 0..chance.whole(1, LINES) {
            let Some(product) = chance.one_of(&self.products) else { continue };
            if lines.iter().all(|(sku, _)| *sku != product.sku) {
                let quantity = if chance.percent(85) { 1 } else { chance.whole(2, 4) };
                lines.push((product.sku.clone(), quantity));
            }
        }
        Basket { lines, state: None }
    }

    /// An order in Germany, where several carriers go: a random one, of products that weigh and measure what those of the seed do, by the seed's rate cards.
    ///
    /// # Errors
    /// Where the seed has no products.
    pub fn in_germany(&self, seed: u64) -> Result<Facts, Wrong> {
        let mut chance = Chance::of(seed ^ 0x6e2d);
        let mut facts = random(&UP_TO_12_BY_40, seed)?;
        for product in &mut facts.products {
            let real = chance.one_of(&self.products).ok_or(Wrong::Made("product"))?;
            let (sku, fragile) = (product.sku.clone(), product.fragile);
            *product = Product { sku, fragile, hazard_class: None, hazmat: None, ..real.clone() };
        }
        facts.rates.clone_from(&self.rates);
        facts.regulations.clone_from(&self.regulations);
        Ok(facts)
    }

    /// The baskets of a folder in the public schema, of products that the seed has.
    ///
    /// # Errors
    /// Where a file is missing or no table.
    pub fn baskets(&self, folder: &Path) -> Result<Vec<Basket>, Wrong> {
        let known: BTreeSet<&str> = self.products.iter().map(|product| product.sku.as_str()).collect();
        let states: BTreeMap<String, String> = table::<CustomerRow>(&folder.join("olist_customers_dataset.csv"))?
            .into_iter()
            .map(|row| (row.customer_id, row.customer_state))
            .collect();
        let customers: BTreeMap<String, String> =
            table::<OrderRow>(&folder.join("olist_orders_dataset.csv"))?.into_iter().map(|row| (row.order_id, row.customer_id)).collect();
        let mut baskets: BTreeMap<String, BTreeMap<Sku, u32>> = BTreeMap::new();
        for row in table::<ItemRow>(&folder.join("olist_order_items_dataset.csv"))? {
            let sku = row.product_id.get(..12).map(|start| format!("OL-{start}"));
            if let Some(sku) = sku.filter(|sku| known.contains(sku.as_str())).and_then(|sku| Sku::parse(sku).ok()) {
                *baskets.entry(row.order_id).or_default().entry(sku).or_default() += 1;
            }
        }
        let state = |order: &String| customers.get(order).and_then(|customer| states.get(customer)).cloned();
        Ok(baskets.into_iter().map(|(order, lines)| Basket { state: state(&order), lines: lines.into_iter().collect() }).collect())
    }

    /// The facts for routing a basket. Who has its products follows from the seed.
    ///
    /// # Errors
    /// Where the seed has no price in reals.
    pub fn facts(&self, basket: &Basket, seed: u64) -> Result<Facts, Wrong> {
        let mut chance = Chance::of(seed);
        let currency = "BRL".parse().map_err(|_| Wrong::Made("currency"))?;
        let (mut products, mut demand, mut sources) = (Vec::new(), Vec::new(), Vec::new());
        let mut vendors: BTreeMap<&str, &Vendor> = BTreeMap::new();
        for (sku, quantity) in &basket.lines {
            let product = self.products.iter().find(|product| product.sku == *sku).ok_or(Wrong::Made("product"))?;
            let price = product.prices.get(&currency).copied().ok_or(Wrong::Made("price"))?;
            demand.push(Demand { sku: sku.clone(), quantity: *quantity, net: price * i64::from(*quantity), tax: 0, is_priced: true });
            products.push(product.clone());
            let mut places = BTreeSet::new();
            for _ in 0..chance.whole(SELLERS.0, SELLERS.1) {
                let Some(seller) = chance.one_of(&self.sellers) else { continue };
                let Some(warehouse) = chance.one_of(&seller.warehouses) else { continue };
                if places.insert((&seller.vendor_id, &warehouse.warehouse_id)) {
                    vendors.insert(seller.vendor_id.as_str(), seller);
                    let (vendor_id, warehouse_id) = (seller.vendor_id.clone(), warehouse.warehouse_id.clone());
                    sources.push(Source { sku: sku.clone(), vendor_id, warehouse_id, available: chance.whole(*quantity, 40) });
                }
            }
        }
        // Customers live where sellers do: in the town of some seller, of their own state where it is known and there is one.
        let towns: Vec<_> = self.sellers.iter().flat_map(|seller| &seller.warehouses).collect();
        let own: Vec<_> = towns.iter().copied().filter(|town| town.region == basket.state).collect();
        let town = chance.one_of(if own.is_empty() { &towns } else { &own }).ok_or(Wrong::Made("town"))?;
        Ok(Facts {
            version: 1,
            at: moment(&mut chance),
            demand,
            currency,
            speed: Speed::Standard,
            destination: Destination {
                country: "BR".to_owned(),
                region: town.region.clone(),
                postcode: Some(town.postcode.clone()),
                is_po_box: false,
                point: Point { lat: town.lat, lon: town.lon },
            },
            load: Default::default(),
            excluded: BTreeSet::new(),
            sources,
            partly_read: Vec::new(),
            products,
            vendors: vendors.into_values().cloned().collect(),
            rates: self.rates.clone(),
            market: self.market.clone(),
            regulations: self.regulations.clone(),
            importer: Default::default(),
        })
    }
}

#[derive(Deserialize)]
struct CustomerRow {
    customer_id: String,
    customer_state: String,
}

#[derive(Deserialize)]
struct OrderRow {
    order_id: String,
    customer_id: String,
}

#[derive(Deserialize)]
struct ItemRow {
    order_id: String,
    product_id: String,
}

/// A file of one JSON value a line.
fn rows<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, Wrong> {
    let text = std::fs::read_to_string(path)?;
    text.lines().filter(|line| !line.is_empty()).map(|line| Ok(serde_json::from_str(line)?)).collect()
}

/// A CSV file; rows that are not whole are left out, as real exports have them.
fn table<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, Wrong> {
    let text = std::fs::read_to_string(path)?;
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    Ok(reader.deserialize().filter_map(Result::ok).collect())
}
