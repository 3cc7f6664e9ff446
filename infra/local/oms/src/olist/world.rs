//! What has to stand before the orders of a folder can be served: its customers, and those of its products, sellers and their stock that
//! the marketplace does not have yet. Made from the folder; what it does not say is made up here, in one place.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rust_decimal::Decimal;

use oms_contract::reference::{AccountStatus, Customer, Product, StockRow, Vendor, Warehouse};
use oms_domain::{Currency, CustomerId, Sku, VendorId, WarehouseId};
use oms_ports::reference::{Reference, Wanted};

use super::files::{CustomerRow, Files, ProductRow, SellerRow};
use super::mapping::{self, Mapped};
use crate::seed::{Seed, SeedError};

/// Products and sellers of a folder that can be served.
#[derive(Debug, Clone, Default)]
pub struct World {
    /// Products of the folder that the marketplace sells already.
    sold: BTreeSet<Sku>,
    /// Products of the folder that it will sell.
    new_products: BTreeMap<Sku, Product>,
    /// Warehouses of sellers that are vendors already, by seller.
    present: BTreeMap<String, (VendorId, WarehouseId)>,
    /// Sellers that will be vendors, by seller.
    new_vendors: BTreeMap<String, Vendor>,
}

impl World {
    /// Sorts the folder's products and sellers into those that the marketplace has and those that it gets.
    ///
    /// # Errors
    /// Of the store.
    pub async fn of(files: &Files, reference: &impl Reference) -> Result<Self, SeedError> {
        let products: BTreeSet<&str> = files.items.values().flatten().map(|item| item.product_id.as_str()).collect();
        let sellers: BTreeSet<&str> = files.items.values().flatten().map(|item| item.seller_id.as_str()).collect();
        let wanted = Wanted {
            products: products.iter().filter_map(|id| sku(id)).collect(),
            vendors: sellers.iter().filter_map(|id| VendorId::parse(vendor_id(id)).ok()).collect(),
            ..Wanted::default()
        };
        let found = reference.fetch(&wanted).await.map_err(SeedError::from)?;
        let mut world = Self { sold: found.products.into_iter().map(|product| product.sku).collect(), ..Self::default() };
        let vendors: BTreeMap<VendorId, Vendor> = found.vendors.into_iter().map(|vendor| (vendor.vendor_id.clone(), vendor)).collect();
        for id in sellers {
            let known = VendorId::parse(vendor_id(id)).ok().and_then(|vendor| vendors.get(&vendor));
            match known.and_then(|vendor| Some((vendor.vendor_id.clone(), vendor.warehouses.first()?.warehouse_id.clone()))) {
                Some(place) => drop(world.present.insert(id.to_owned(), place)),
                None => world.new_vendors.extend(files.sellers.get(id).and_then(new_vendor).map(|vendor| (id.to_owned(), vendor))),
            }
        }
        let new =
            products.iter().filter_map(|id| new_product(files.products.get(*id)?)).filter(|product| !world.sold.contains(&product.sku));
        world.new_products = new.map(|product| (product.sku.clone(), product)).collect();
        Ok(world)
    }

    /// Whether orders of this product can be served.
    pub fn knows_product(&self, sku: &Sku) -> bool {
        self.sold.contains(sku) || self.new_products.contains_key(sku)
    }

    /// Whether this seller is, or will be, a vendor.
    pub fn knows_seller(&self, seller: &str) -> bool {
        self.present.contains_key(seller) || self.new_vendors.contains_key(seller)
    }

    /// What has to be put before `chosen`, some of `all` orders of the folder, can be placed. Stock is for all of them, so that a longer replay finds it.
    pub fn seed(&self, chosen: &[Mapped], all: &[Mapped], files: &Files) -> Seed {
        let total = mapping::demand(all, files);
        let wanted = mapping::demand(chosen, files);
        let mut seed = Seed::default();
        for key @ (sku, seller) in wanted.keys() {
            let available = total.get(key).copied().unwrap_or_default();
            let place = self.present.get(seller).cloned().or_else(|| {
                let vendor = self.new_vendors.get(seller)?;
                Some((vendor.vendor_id.clone(), vendor.warehouses.first()?.warehouse_id.clone()))
            });
            let Some((vendor_id, warehouse_id)) = place else { continue };
            seed.stock.push(StockRow { sku: sku.clone(), vendor_id, warehouse_id, available });
        }
        let skus: BTreeSet<&Sku> = wanted.keys().map(|(sku, _)| sku).collect();
        let sellers: BTreeSet<&String> = wanted.keys().map(|(_, seller)| seller).collect();
        seed.products = skus.into_iter().filter_map(|sku| self.new_products.get(sku).cloned()).collect();
        seed.vendors = sellers.into_iter().filter_map(|seller| self.new_vendors.get(seller).cloned()).collect();
        seed.customers = customers(chosen);
        seed
    }
}

/// An account for each customer who orders. It is older than any order of the set.
fn customers(chosen: &[Mapped]) -> Vec<Customer> {
    let ids: BTreeSet<&String> = chosen.iter().filter_map(|mapped| mapped.order.as_ref().ok()?.customer_id.as_ref()).collect();
    let account = |id: &String| {
        Some(Customer {
            customer_id: CustomerId::parse(id.as_str()).ok()?,
            status: AccountStatus::Active,
            verified: true,
            // The year in which the set begins.
            created_at: "2016-01-01T00:00:00Z".parse::<Timestamp>().ok()?,
            country: "BR".to_owned(),
            watchlist: false,
            devices: Vec::new(),
            record: Default::default(),
        })
    };
    ids.into_iter().filter_map(account).collect()
}

/// The SKU of a product, as the seed spells it.
pub(super) fn sku(product_id: &str) -> Option<Sku> {
    (product_id.len() >= 12).then(|| Sku::parse(format!("OL-{}", product_id.get(..12)?)).ok()).flatten()
}

/// The vendor id of a seller, as the seed spells it.
pub(super) fn vendor_id(seller_id: &str) -> String {
    format!("olist-{}", seller_id.chars().take(8).collect::<String>())
}

/// The person behind a customer row: `customer_id` is another one for each order.
pub(super) fn customer_id(row: &CustomerRow) -> String {
    let id = if row.customer_unique_id.is_empty() { &row.customer_id } else { &row.customer_unique_id };
    format!("olist-{id}")
}

/// A Brazilian postcode of its five leading digits. Exports that took them for a number have lost leading zeros.
pub(super) fn postcode(prefix: &str) -> String {
    format!("{prefix:0>5}-000")
}

/// Text whose line breaks and runs of spaces are single spaces.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `None` where weight or a size is missing: shipping could not be priced.
fn new_product(row: &ProductRow) -> Option<Product> {
    let whole = |text: &str| text.parse::<f64>().ok().filter(|number| *number > 0.0 && *number < 1e6);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive and below a million")]
    let scaled = |text: &str, by: f64| whole(text).map(|number| (number * by).round() as u32);
    let category = if row.product_category_name.is_empty() { "unknown" } else { &row.product_category_name };
    Some(Product {
        sku: sku(&row.product_id)?,
        name: format!("Olist product {}", row.product_id.get(..6)?),
        category: category.to_owned(),
        tax_category: "standard".to_owned(),
        weight_g: scaled(&row.product_weight_g, 1.0)?,
        length_mm: scaled(&row.product_length_cm, 10.0)?,
        width_mm: scaled(&row.product_width_cm, 10.0)?,
        height_mm: scaled(&row.product_height_cm, 10.0)?,
        fragile: false,
        hazard_class: None,
        high_value_electronics: false,
        min_quantity: 1,
        pack_size: 1,
        max_quantity: 10_000,
        // The orders of a replay state their prices; nobody else shall buy at none.
        prices: BTreeMap::<Currency, i64>::new(),
        active: true,
        sale: Default::default(),
        customs: Default::default(),
        hazmat: None,
    })
}

/// `None` where the state is none of Brazil's.
fn new_vendor(row: &SellerRow) -> Option<Vendor> {
    let state = row.seller_state.to_ascii_uppercase();
    let (_, lat, lon) = CAPITALS.iter().find(|(code, _, _)| *code == state)?;
    Some(Vendor {
        vendor_id: VendorId::parse(vendor_id(&row.seller_id)).ok()?,
        name: format!("Olist seller {}", row.seller_id.get(..6)?),
        status: AccountStatus::Active,
        approved: true,
        performance: Decimal::new(90, 2),
        min_order: BTreeMap::new(),
        email: format!("{}@vendors.example", row.seller_id.get(..8)?),
        ships_to: vec!["BR".to_owned()],
        excluded_regions: Vec::new(),
        warehouses: vec![Warehouse {
            warehouse_id: WarehouseId::parse("w1").ok()?,
            country: "BR".to_owned(),
            postcode: postcode(&row.seller_zip_code_prefix),
            city: one_line(&row.seller_city),
            region: Some(state),
            lat: *lat,
            lon: *lon,
            handling_hours: 24,
            street: None,
            phone: None,
            calendar: Default::default(),
            daily_capacity: None,
        }],
        licences: Vec::new(),
        daily_capacity: None,
        on_time: Default::default(),
        min_quantities: BTreeMap::new(),
    })
}

/// Brazil's states with the point of their capital: where a new seller's warehouse is taken to be.
const CAPITALS: [(&str, f64, f64); 27] = [
    ("AC", -9.97, -67.81),
    ("AL", -9.67, -35.74),
    ("AM", -3.10, -60.02),
    ("AP", 0.04, -51.07),
    ("BA", -12.97, -38.50),
    ("CE", -3.72, -38.54),
    ("DF", -15.79, -47.88),
    ("ES", -20.32, -40.34),
    ("GO", -16.68, -49.25),
    ("MA", -2.53, -44.30),
    ("MG", -19.92, -43.94),
    ("MS", -20.44, -54.65),
    ("MT", -15.60, -56.10),
    ("PA", -1.46, -48.50),
    ("PB", -7.12, -34.86),
    ("PE", -8.05, -34.88),
    ("PI", -5.09, -42.80),
    ("PR", -25.43, -49.27),
    ("RJ", -22.91, -43.17),
    ("RN", -5.79, -35.21),
    ("RO", -8.76, -63.90),
    ("RR", 2.82, -60.67),
    ("RS", -30.03, -51.23),
    ("SC", -27.60, -48.55),
    ("SE", -10.91, -37.07),
    ("SP", -23.55, -46.63),
    ("TO", -10.17, -48.33),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_without_weight_or_size_cannot_be_served() {
        let row = |weight: &str| ProductRow {
            product_id: "0123456789abcdef".to_owned(),
            product_weight_g: weight.to_owned(),
            product_length_cm: "16".to_owned(),
            product_height_cm: "10.5".to_owned(),
            product_width_cm: "14".to_owned(),
            ..ProductRow::default()
        };
        let product = new_product(&row("225")).unwrap();
        assert_eq!((product.sku.as_str(), product.weight_g, product.height_mm), ("OL-0123456789ab", 225, 105));
        for weight in ["", "0", "-1", "heavy", "NaN", "1e9"] {
            assert_eq!(new_product(&row(weight)), None, "{weight}");
        }
    }

    #[test]
    fn a_seller_is_placed_in_its_state_or_not_at_all() {
        let row = |state: &str| SellerRow { seller_id: "3442f8959a84".to_owned(), seller_state: state.to_owned(), ..SellerRow::default() };
        assert_eq!(new_vendor(&row("sp")).unwrap().warehouses[0].region.as_deref(), Some("SP"));
        assert_eq!(new_vendor(&row("XX")), None);
    }

    #[test]
    fn postcodes_get_their_zeros_back() {
        assert_eq!((postcode("01310").as_str(), postcode("1310").as_str()), ("01310-000", "01310-000"));
    }
}
