//! Reference data from files into a stack.
//!
//! Reference items are put in place of what is there. Stock is only added where there is none, so that the counters of a stack that has
//! taken orders stay true.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use futures::stream::{StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::de::DeserializeOwned;

use oms_aws::{Clients, DynamoInventory, DynamoReference, ReferenceItem};
use oms_contract::reference::account::Watchlists;
use oms_contract::reference::discount::{Coupon, Promotions};
use oms_contract::reference::regulation::Regulations;
use oms_contract::reference::{Customer, Market, Product, RateCard, StockRow, TaxRate, Vendor};
use oms_domain::{Sku, VendorId};
use oms_ports::PortError;
use oms_ports::stock::Spot;

use crate::stack::{Stack, StackError};

/// Calls under way at once: the emulator is one process, more would only wait there.
const AT_ONCE: usize = 16;

/// Why a seed was not loaded.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// A file cannot be read.
    #[error("cannot read {path}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        cause: std::io::Error,
    },
    /// A row is not of its shape.
    #[error("{path}, line {line}")]
    Row {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// The parser's reason.
        #[source]
        cause: serde_json::Error,
    },
    /// The stack lacks a table.
    #[error(transparent)]
    Stack(#[from] StackError),
    /// The store did not take it.
    #[error("the store did not take the seed")]
    Store(#[from] PortError),
}

/// What a marketplace needs before its first order.
#[derive(Debug, Clone, Default)]
pub struct Seed {
    /// Products.
    pub products: Vec<Product>,
    /// Vendors.
    pub vendors: Vec<Vendor>,
    /// Customers' accounts.
    pub customers: Vec<Customer>,
    /// Stock at vendors' warehouses.
    pub stock: Vec<StockRow>,
    /// Tax rates of all countries.
    pub taxes: Vec<TaxRate>,
    /// Carriers' rate cards; left as they are where empty.
    pub rates: Vec<RateCard>,
    /// The marketplace's rules; left as they are where absent.
    pub market: Option<Market>,
    /// The promotions, and how they stack; left as they are where absent.
    pub promotions: Option<Promotions>,
    /// Coupons.
    pub coupons: Vec<Coupon>,
    /// The rules of countries; left as they are where absent.
    pub regulations: Option<Regulations>,
    /// Who may not be dealt with unseen; left as they are where absent.
    pub watchlists: Option<Watchlists>,
}

impl Seed {
    /// Reads a folder of JSON lines as `infra/local/seed`.
    ///
    /// # Errors
    /// Names file and line of what is wrong.
    pub fn read(folder: &Path) -> Result<Self, SeedError> {
        Ok(Self {
            products: lines(&folder.join("products.jsonl"))?,
            vendors: lines(&folder.join("vendors.jsonl"))?,
            customers: lines(&folder.join("customers.jsonl"))?,
            stock: lines(&folder.join("stock.jsonl"))?,
            taxes: lines(&folder.join("taxes.jsonl"))?,
            rates: lines(&folder.join("carriers.jsonl"))?,
            market: Some(whole(&folder.join("market.json"))?),
            promotions: Some(whole(&folder.join("promotions.json"))?),
            coupons: lines(&folder.join("coupons.jsonl"))?,
            regulations: Some(whole(&folder.join("regulations.json"))?),
            watchlists: Some(whole(&folder.join("watchlists.json"))?),
        })
    }

    /// The same with exchange rates of the day of loading, in UTC: those of the file are examples, and would be too old to be used before long.
    #[must_use]
    pub fn dated(mut self, now: Timestamp) -> Self {
        if let Some(market) = &mut self.market {
            market.fx_as_of = now.to_zoned(TimeZone::UTC).date();
        }
        self
    }

    /// Every reference item of it.
    fn reference(&self) -> Vec<ReferenceItem<'_>> {
        let mut items: Vec<ReferenceItem<'_>> = self.products.iter().map(ReferenceItem::Product).collect();
        items.extend(self.vendors.iter().map(ReferenceItem::Vendor));
        items.extend(self.customers.iter().map(ReferenceItem::Customer));
        items.extend(self.market.iter().map(ReferenceItem::Market));
        items.extend(self.promotions.iter().map(ReferenceItem::Promotions));
        items.extend(self.coupons.iter().map(ReferenceItem::Coupon));
        items.extend(self.regulations.iter().map(ReferenceItem::Regulations));
        items.extend(self.watchlists.iter().map(ReferenceItem::Watchlists));
        // Rates of one country lie together in the file; were they not, the last part would win.
        items.extend(
            self.taxes
                .chunk_by(|a, b| a.country() == b.country())
                .filter_map(|rates| Some(ReferenceItem::Taxes(rates.first()?.country(), rates))),
        );
        if !self.rates.is_empty() {
            items.push(ReferenceItem::Rates(&self.rates));
        }
        items
    }

    /// Where the shelf is, if its vendor is part of the seed.
    fn spot(&self, row: &StockRow) -> Option<Spot> {
        let vendor = self.vendors.iter().find(|vendor| vendor.vendor_id == row.vendor_id)?;
        let warehouse = vendor.warehouses.iter().find(|warehouse| warehouse.warehouse_id == row.warehouse_id)?;
        Some(Spot { lat: warehouse.lat, lon: warehouse.lon })
    }

    /// Rows by SKU: those of vendors that may sell, and those of others.
    fn shelves(&self) -> BTreeMap<&Sku, (Vec<StockRow>, Vec<StockRow>)> {
        let unfit: BTreeSet<&VendorId> = self.vendors.iter().filter(|vendor| !vendor.may_sell()).map(|vendor| &vendor.vendor_id).collect();
        let mut shelves: BTreeMap<&Sku, (Vec<StockRow>, Vec<StockRow>)> = BTreeMap::new();
        for row in &self.stock {
            let (for_sale, barred) = shelves.entry(&row.sku).or_default();
            let rows = if unfit.contains(&row.vendor_id) { barred } else { for_sale };
            rows.push(row.clone());
        }
        shelves
    }
}

/// What was loaded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Reference items put.
    pub reference: usize,
    /// Stock rows that were not there before.
    pub new_rows: usize,
    /// Stock rows that had less left than the seed says and were raised to it.
    pub raised_rows: usize,
    /// Stock rows left as they were.
    pub kept_rows: usize,
}

/// The tables that a seed goes to.
#[derive(Debug, Clone)]
pub struct Store {
    reference: std::sync::Arc<DynamoReference>,
    inventory: std::sync::Arc<DynamoInventory>,
}

impl Store {
    /// The tables of a stack.
    ///
    /// # Errors
    /// Where the stack lacks one.
    pub async fn of(stack: &Stack) -> Result<Self, SeedError> {
        let clients = Clients::at(&stack.endpoint()).await;
        Ok(Self { reference: clients.reference(stack.table("reference")?), inventory: clients.inventory(stack.table("inventory")?) })
    }

    /// These tables, wherever they are.
    pub fn over(reference: std::sync::Arc<DynamoReference>, inventory: std::sync::Arc<DynamoInventory>) -> Self {
        Self { reference, inventory }
    }

    /// The reference data of the stack, as the functions read it.
    pub fn reference(&self) -> &DynamoReference {
        &self.reference
    }

    /// The stock ledger of the stack.
    pub fn inventory(&self) -> &DynamoInventory {
        &self.inventory
    }

    /// Puts the reference data, and the stock that is not there yet. With `restock`, rows that have less left than the seed says are
    /// raised to it; what orders have taken stays taken.
    ///
    /// # Errors
    /// Of the store; what was put before stays.
    pub async fn load(&self, seed: &Seed, restock: bool) -> Result<Loaded, SeedError> {
        let items = seed.reference();
        let reference = items.len();
        futures::stream::iter(items.into_iter().map(|item| self.reference.put(item))).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        let shelves = seed.shelves();
        let filled = shelves.into_iter().map(|(sku, (for_sale, barred))| self.fill(sku, for_sale, barred, restock));
        let filled: Vec<(usize, usize)> = futures::stream::iter(filled).buffer_unordered(AT_ONCE).try_collect().await?;
        let places = seed.stock.iter().filter_map(|row| Some(self.inventory.place(row, seed.spot(row)?)));
        futures::stream::iter(places).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        let new_rows = filled.iter().map(|(new, _)| new).sum();
        let raised_rows = filled.iter().map(|(_, raised)| raised).sum();
        Ok(Loaded { reference, new_rows, raised_rows, kept_rows: seed.stock.len() - new_rows - raised_rows })
    }

    /// New rows and raised rows of one SKU.
    async fn fill(&self, sku: &Sku, for_sale: Vec<StockRow>, barred: Vec<StockRow>, restock: bool) -> Result<(usize, usize), PortError> {
        let mut new = self.inventory.stock(sku, &for_sale).await?;
        for row in &barred {
            new += usize::from(self.inventory.shelve(row).await?);
        }
        let raised = if restock { self.inventory.restock(sku, &for_sale).await? } else { 0 };
        Ok((new, raised))
    }
}

fn read(path: &Path) -> Result<String, SeedError> {
    std::fs::read_to_string(path).map_err(|cause| SeedError::Unreadable { path: path.to_owned(), cause })
}

/// A file that is one item.
fn whole<T: DeserializeOwned>(path: &Path) -> Result<T, SeedError> {
    let text = read(path)?;
    serde_json::from_str(&text).map_err(|cause| SeedError::Row { path: path.to_owned(), line: cause.line(), cause })
}

fn lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, SeedError> {
    let text = read(path)?;
    let rows = (1..).zip(text.lines()).filter(|(_, row)| !row.trim().is_empty());
    rows.map(|(line, row)| serde_json::from_str(row).map_err(|cause| SeedError::Row { path: path.to_owned(), line, cause })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shipped() -> Seed {
        Seed::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../seed")).unwrap()
    }

    #[test]
    fn the_shipped_seed_gives_every_country_one_tax_item() {
        let seed = shipped();
        let mut countries: Vec<&str> = seed
            .reference()
            .iter()
            .filter_map(|item| if let ReferenceItem::Taxes(country, _) = item { Some(*country) } else { None })
            .collect();
        let found = countries.len();
        countries.dedup();
        countries.sort_unstable();
        countries.dedup();
        assert_eq!(countries.len(), found, "a country's rates do not lie together");
        let rows = seed.products.len() + seed.vendors.len() + seed.customers.len() + seed.coupons.len();
        assert_eq!(seed.reference().len(), rows + found + 5);
    }

    #[test]
    fn stock_of_vendors_that_may_not_sell_promises_nothing() {
        let seed = shipped();
        let unfit: Vec<&Vendor> = seed.vendors.iter().filter(|vendor| !vendor.may_sell()).collect();
        assert!(!unfit.is_empty(), "the seed has a suspended vendor");
        let shelves = seed.shelves();
        let rows: usize = shelves.values().map(|(for_sale, barred)| for_sale.len() + barred.len()).sum();
        assert_eq!(rows, seed.stock.len());
        for (for_sale, barred) in shelves.values() {
            assert!(for_sale.iter().all(|row| unfit.iter().all(|vendor| vendor.vendor_id != row.vendor_id)));
            assert!(barred.iter().all(|row| unfit.iter().any(|vendor| vendor.vendor_id == row.vendor_id)));
        }
    }

    #[test]
    fn a_wrong_row_is_named_with_its_line() {
        let folder = std::env::temp_dir().join(format!("oms-seed-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("stock.jsonl");
        std::fs::write(&file, "\n{\"sku\":\"A\",\"vendor_id\":\"v\",\"warehouse_id\":\"w\",\"available\":1}\n{}\n").unwrap();
        let error = lines::<StockRow>(&file).unwrap_err();
        assert!(error.to_string().ends_with("stock.jsonl, line 3"), "{error}");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
