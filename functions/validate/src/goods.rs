//! What was ordered, each thing once, with all that the rules ask of it: the product, who has it, and its ways to the customer.
//!
//! It is laid out once for all rules and borrows what was fetched: a rule only walks along it.

use std::collections::BTreeMap;

use oms_contract::reference::{Product, Vendor};
use oms_domain::document::Document;
use oms_domain::{Sku, VendorId};
use oms_ports::stock::Source;

use crate::address::Judgement;
use crate::facts::Fetched;
use crate::ways::{Exit, Way, Ways};

/// A thing that was ordered, however many lines name it.
#[derive(Debug, Clone)]
pub struct Item<'a> {
    /// What.
    pub sku: &'a Sku,
    /// Of all lines together; as much as fits, as in [`Document::demand`].
    pub quantity: u32,
    /// Place in the document of its first line, which stands for all of them.
    pub line: usize,
    /// The product, if the catalogue has it.
    pub product: Option<&'a Product>,
    /// Its ways to the destination at the speed that was chosen; none where the destination is not on the map.
    pub ways: Vec<Way<'a>>,
    /// Whether there is a way to the destination at any speed.
    pub is_reached: bool,
    shelves: Vec<Shelf<'a>>,
}

/// Pieces of a thing at a vendor.
#[derive(Debug, Clone, Copy)]
struct Shelf<'a> {
    source: &'a Source,
    vendor: Option<&'a Vendor>,
    offer: Offer,
}

/// How far a vendor's goods come, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Offer {
    /// They stay on the shelf.
    Kept,
    /// The vendor may sell them.
    Sold,
    /// The vendor may sell them, and delivers to the destination.
    Delivered,
}

impl<'a> Item<'a> {
    /// The product, if it is sold at present.
    pub fn sold(&self) -> Option<&'a Product> {
        self.product.filter(|product| product.active)
    }

    /// Whether any vendor has any of it.
    pub fn is_anywhere(&self) -> bool {
        !self.shelves.is_empty()
    }

    /// Vendors that have some of it, whether they may sell or not.
    pub fn holders(&self) -> impl Iterator<Item = &'a Vendor> {
        self.shelves.iter().filter_map(|shelf| shelf.vendor)
    }

    /// Whether any vendor that has some of it may sell, wherever it delivers.
    pub fn has_sellers(&self) -> bool {
        self.shelves.iter().any(|shelf| shelf.offer >= Offer::Sold)
    }

    /// Vendors that have some of it, may sell and deliver to the destination.
    pub fn suppliers(&self) -> impl Iterator<Item = (&'a Source, &'a Vendor)> {
        self.shelves.iter().filter(|shelf| shelf.offer == Offer::Delivered).filter_map(|shelf| Some((shelf.source, shelf.vendor?)))
    }

    /// Whether there is such a vendor.
    pub fn is_supplied(&self) -> bool {
        self.suppliers().next().is_some()
    }
}

/// All things ordered, in the order of the lines, and which of them each line is about.
#[derive(Debug, Clone)]
pub(crate) struct Goods<'a> {
    pub(crate) items: Vec<Item<'a>>,
    /// By line: the place of its item.
    pub(crate) of_line: Vec<usize>,
    /// By SKU: the same.
    pub(crate) of_sku: BTreeMap<&'a Sku, usize>,
}

impl<'a> Goods<'a> {
    /// Lays them out.
    pub(crate) fn of(fetched: &'a Fetched, destination: &Judgement) -> Self {
        let mut goods = Self::ordered(&fetched.document);
        for product in &fetched.products {
            if let Some(item) = goods.item(&product.sku) {
                item.product = Some(product);
            }
        }
        let ways = Ways::to(fetched, destination);
        let mut sellers: BTreeMap<&VendorId, Seller<'_>> = BTreeMap::new();
        for vendor in &fetched.vendors {
            sellers.insert(&vendor.vendor_id, Seller::of(vendor, &fetched.document.destination, destination.region.as_deref()));
        }
        for source in &fetched.sources {
            let Some(item) = goods.item(&source.sku) else { continue };
            let Some(seller) = sellers.get_mut(&source.vendor_id) else {
                item.shelves.push(Shelf { source, vendor: None, offer: Offer::Kept });
                continue;
            };
            item.shelves.push(Shelf { source, vendor: Some(seller.vendor), offer: seller.offer });
            if let Some(exit) = ways.as_ref().and_then(|ways| seller.exit(source, ways)) {
                item.ways.extend_from_slice(&exit.ways);
                item.is_reached |= exit.is_open;
            }
        }
        goods
    }

    fn ordered(document: &'a Document) -> Self {
        let mut goods = Self { items: Vec::new(), of_line: Vec::new(), of_sku: BTreeMap::new() };
        for (line, ordered) in document.lines.iter().enumerate() {
            let place = *goods.of_sku.entry(&ordered.sku).or_insert(goods.items.len());
            match goods.items.get_mut(place) {
                Some(item) => item.quantity = item.quantity.saturating_add(ordered.quantity),
                None => goods.items.push(Item {
                    sku: &ordered.sku,
                    quantity: ordered.quantity,
                    line,
                    product: None,
                    ways: Vec::new(),
                    is_reached: false,
                    shelves: Vec::new(),
                }),
            }
            goods.of_line.push(place);
        }
        goods
    }

    fn item(&mut self, sku: &Sku) -> Option<&mut Item<'a>> {
        self.items.get_mut(*self.of_sku.get(sku)?)
    }
}

/// A vendor, and the ways out of its warehouses as far as they were asked for.
struct Seller<'a> {
    vendor: &'a Vendor,
    offer: Offer,
    exits: Vec<Option<Exit<'a>>>,
}

impl<'a> Seller<'a> {
    fn of(vendor: &'a Vendor, country: &str, region: Option<&str>) -> Self {
        let offer = match vendor.may_sell() {
            true if vendor.serves(country, region) => Offer::Delivered,
            true => Offer::Sold,
            false => Offer::Kept,
        };
        Self { vendor, offer, exits: vec![None; vendor.warehouses.len()] }
    }

    /// The ways out of the warehouse where the goods lie, if the vendor sends any to the destination.
    fn exit(&mut self, source: &Source, ways: &Ways<'a>) -> Option<&Exit<'a>> {
        let place = self.vendor.warehouses.iter().position(|warehouse| warehouse.warehouse_id == source.warehouse_id)?;
        let (vendor, warehouse) = (self.vendor, self.vendor.warehouses.get(place)?);
        let exit = self.exits.get_mut(place).filter(|_| self.offer == Offer::Delivered)?;
        Some(exit.get_or_insert_with(|| ways.out_of(vendor, warehouse)))
    }
}
