//! What planning needs to know, as values.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use oms_contract::reference::account::Importer;
use oms_contract::reference::regulation::Regulations;
use oms_contract::reference::{Market, Product, RateCard, Vendor};
use oms_domain::area::Locality;
use oms_domain::document::{Document, Speed};
use oms_domain::order::Order;
use oms_domain::{Currency, Sku, VendorId};
use oms_ports::load::Load;
use oms_ports::stock::Source;

use crate::distance::Point;

/// What is wanted of one SKU, all lines of it together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    /// What.
    pub sku: Sku,
    /// How many; at least 1.
    pub quantity: u32,
    /// Price of all of them after line discounts, without tax, in minor units.
    pub net: i64,
    /// Tax on them.
    pub tax: i64,
    /// Whether each line of it has a price: customs ask for one.
    pub is_priced: bool,
}

impl Facts {
    /// The day of planning in UTC: which exchange rates may be used.
    pub fn today(&self) -> Date {
        self.at.to_zoned(TimeZone::UTC).date()
    }
}

impl Demand {
    /// What some pieces of it are worth without tax, rounded down.
    pub fn worth(&self, quantity: u32) -> i64 {
        let worth = i128::from(self.net) * i128::from(quantity) / i128::from(self.quantity.max(1));
        i64::try_from(worth).unwrap_or(i64::MAX)
    }
}

/// Where the goods go.
#[derive(Debug, Clone, PartialEq)]
pub struct Destination {
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// Code of the state or province, without the country.
    pub region: Option<String>,
    /// Postcode as written.
    pub postcode: Option<String>,
    /// Whether it is a P.O. box or a locker.
    pub is_po_box: bool,
    /// Where that is.
    pub point: Point,
}

impl Destination {
    /// As rules ask for it.
    pub fn locality(&self) -> Locality<'_> {
        Locality { country: &self.country, region: self.region.as_deref(), postcode: self.postcode.as_deref() }
    }
}

/// Everything a plan is made from.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// Key of the plan to be made.
    pub version: u64,
    /// When it is made.
    pub at: Timestamp,
    /// Each SKU once.
    pub demand: Vec<Demand>,
    /// Of all amounts.
    pub currency: Currency,
    /// How fast the customer wants it.
    pub speed: Speed,
    /// Where it goes.
    pub destination: Destination,
    /// Vendors that may not serve this order: those that refused its goods.
    pub excluded: BTreeSet<VendorId>,
    /// Orders that vendors and warehouses have taken today, this one left out.
    pub load: Load,
    /// Where the goods are.
    pub sources: Vec<Source>,
    /// SKUs that have more sources than these: the nearest, about.
    pub partly_read: Vec<Sku>,
    /// The products wanted.
    pub products: Vec<Product>,
    /// The vendors of the sources.
    pub vendors: Vec<Vendor>,
    /// What carriers charge.
    pub rates: Vec<RateCard>,
    /// Currencies and weights.
    pub market: Market,
    /// What countries ask of goods; nothing where the marketplace has none on file.
    pub regulations: Regulations,
    /// The customer as an importer, where any number may be asked for.
    pub importer: Importer,
}

/// What the document's lines want, per SKU, with what the customer takes instead in its place; `None` where an amount overflows.
pub fn demand_of(order: &Order, document: &Document) -> Option<Vec<Demand>> {
    let mut demand: Vec<Demand> = Vec::new();
    for line in &document.lines {
        let net = line.net()?;
        let sku = order.sent_for(&line.sku);
        let is_priced = line.unit_price > 0;
        if let Some(known) = demand.iter_mut().find(|known| known.sku == *sku) {
            known.quantity = known.quantity.checked_add(line.quantity)?;
            known.net = known.net.checked_add(net)?;
            known.tax = known.tax.checked_add(line.tax)?;
            known.is_priced &= is_priced;
        } else {
            demand.push(Demand { sku: sku.clone(), quantity: line.quantity, net, tax: line.tax, is_priced });
        }
    }
    Some(demand)
}

/// A region as vendors' exclusions spell it: `BR-SP`, `br-sp` and `SP` are all `SP`.
pub fn region_code(country: &str, region: Option<&str>) -> Option<String> {
    let upper = region?.trim().to_uppercase();
    let bare = upper.strip_prefix(country).and_then(|rest| rest.strip_prefix('-'));
    Some(bare.unwrap_or(&upper).to_owned()).filter(|code| !code.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_spelt_without_their_country() {
        for (given, code) in
            [(Some("BR-SP"), Some("SP")), (Some(" sp "), Some("SP")), (Some("BRX"), Some("BRX")), (Some(" "), None), (None, None)]
        {
            assert_eq!(region_code("BR", given).as_deref(), code, "{given:?}");
        }
    }
}
