//! From JSON lines to entries. What can be known before anything is booked keeps all lines out, each fault told with its line and what would mend it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::str::FromStr;

use oms_contract::api::stock::StockLine;
use oms_contract::lines::{self, Faults};
use oms_contract::problem::Fault;
use oms_contract::reference::{Vendor, Warehouse};
use oms_domain::{Sku, VendorId};
use oms_ports::reference::{Found, Wanted};
use oms_ports::stock::{Spot, StockEntry, Stocked};

/// Most entries at once: what is booked well within a request's 30 seconds, unless they are all of one SKU.
pub const MOST_LINES: usize = 1_000;
/// Most units of one entry: a digit too many is seen before it is sold.
pub const MOST_UNITS: u32 = 1_000_000;
/// Most characters of an entry's id; the port's limit.
const LONGEST_ID: usize = 64;

/// An entry, and the number of its line.
pub(crate) struct Line {
    pub(crate) number: usize,
    pub(crate) entry: StockEntry,
}

/// What reference data says of a line.
pub(crate) struct Place {
    /// Where its warehouse is.
    pub(crate) spot: Spot,
    /// Whether its vendor may sell.
    pub(crate) may_sell: bool,
}

/// The entries of a body.
///
/// # Errors
/// Everything that is wrong with it.
pub(crate) fn read(text: &str) -> Result<Vec<Line>, Vec<Fault>> {
    let texts = lines::of(text);
    let mut faults = Faults::default();
    if texts.is_empty() || texts.len() > MOST_LINES {
        faults.0.push(Fault { at: "body".to_owned(), message: format!("must be 1 to {MOST_LINES} lines, are {}", texts.len()) });
        return Err(faults.0);
    }
    let mut entries = Vec::with_capacity(texts.len());
    for (number, text) in texts {
        let told = faults.0.len();
        let line = faults.read::<StockLine>(number, text);
        let entry = line.and_then(|line| entry(number, line, &mut faults)).filter(|_| faults.0.len() == told);
        entries.extend(entry.map(|entry| Line { number, entry }));
    }
    each_once(&entries, &mut faults);
    if faults.0.is_empty() { Ok(entries) } else { Err(faults.0) }
}

fn entry(number: usize, line: StockLine, faults: &mut Faults) -> Option<StockEntry> {
    let fits = (1..=LONGEST_ID).contains(&line.id.chars().count()) && !line.id.chars().any(char::is_control);
    if !fits {
        faults.add(number, "id", format!("must be 1 to {LONGEST_ID} characters without control characters"));
    }
    let sku = id(number, "sku", &line.sku, faults);
    let vendor_id = id(number, "vendor_id", &line.vendor_id, faults);
    let warehouse_id = id(number, "warehouse_id", &line.warehouse_id, faults);
    let what = what(&line.kind, line.quantity).map_err(|(path, message)| faults.add(number, path, message)).ok();
    Some(StockEntry { id: line.id, sku: sku?, vendor_id: vendor_id?, warehouse_id: warehouse_id?, for_sale: line.for_sale, what: what? })
}

fn id<T: FromStr<Err: Display>>(number: usize, path: &str, text: &str, faults: &mut Faults) -> Option<T> {
    text.parse().map_err(|error: T::Err| faults.add(number, path, error.to_string())).ok()
}

/// What happened; or where it is wrong, and why.
fn what(kind: &str, quantity: i64) -> Result<Stocked, (&'static str, String)> {
    let units = |from: u32| -> Result<u32, (&'static str, String)> {
        let fits = u32::try_from(quantity).ok().filter(|units| (from..=MOST_UNITS).contains(units));
        fits.ok_or_else(|| ("quantity", format!("must be {from} to {MOST_UNITS} of a {kind}")))
    };
    match kind {
        "receipt" => units(1).map(Stocked::Received),
        "loss" => units(1).map(Stocked::Lost),
        "count" => units(0).map(Stocked::Counted),
        "correction" => {
            let fits = i32::try_from(quantity).ok().filter(|units| (1..=MOST_UNITS).contains(&units.unsigned_abs()));
            let message = || ("quantity", format!("must be -{MOST_UNITS} to {MOST_UNITS} of a correction, and not 0"));
            fits.map(Stocked::Corrected).ok_or_else(message)
        }
        _ => Err(("kind", "must be receipt, loss, count or correction".to_owned())),
    }
}

fn each_once(entries: &[Line], faults: &mut Faults) {
    let mut seen: BTreeMap<(&Sku, &str), usize> = BTreeMap::new();
    for Line { number, entry } in entries {
        if let Some(first) = seen.get(&(&entry.sku, entry.id.as_str())) {
            faults.add(*number, "id", format!("must not be {} of {} again, as on line {first}", entry.id, entry.sku));
        }
        seen.entry((&entry.sku, entry.id.as_str())).or_insert(*number);
    }
}

/// What must be looked up, each once.
pub(crate) fn wanted(lines: &[Line]) -> Wanted {
    let mut wanted = Wanted {
        products: lines.iter().map(|line| line.entry.sku.clone()).collect(),
        vendors: lines.iter().map(|line| line.entry.vendor_id.clone()).collect(),
        ..Wanted::default()
    };
    wanted.products.sort();
    wanted.products.dedup();
    wanted.vendors.sort();
    wanted.vendors.dedup();
    wanted
}

/// What reference data says of each line.
///
/// # Errors
/// Every line that is of a product, a vendor or a warehouse that nobody has loaded: a slip of the pen, or too early.
pub(crate) fn placed(lines: &[Line], found: &Found) -> Result<Vec<Place>, Vec<Fault>> {
    let vendors: BTreeMap<&VendorId, &Vendor> = found.vendors.iter().map(|vendor| (&vendor.vendor_id, vendor)).collect();
    let products: BTreeSet<&Sku> = found.products.iter().map(|product| &product.sku).collect();
    let mut faults = Faults::default();
    let mut places = Vec::with_capacity(lines.len());
    for Line { number, entry } in lines {
        if !products.contains(&entry.sku) {
            faults.add(*number, "sku", format!("{} is not in the catalogue; have the product loaded first", entry.sku));
        }
        let Some(vendor) = vendors.get(&entry.vendor_id) else {
            faults.add(*number, "vendor_id", format!("{} is not known; have the vendor loaded first", entry.vendor_id));
            continue;
        };
        let at = |warehouse: &&Warehouse| warehouse.warehouse_id == entry.warehouse_id;
        match vendor.warehouses.iter().find(at) {
            None => {
                let message = format!("{} has no warehouse {}; have it loaded with its vendor first", entry.vendor_id, entry.warehouse_id);
                faults.add(*number, "warehouse_id", message);
            }
            Some(warehouse) => {
                let spot = Spot { lat: warehouse.lat, lon: warehouse.lon };
                places.push(Place { spot, may_sell: vendor.may_sell() });
            }
        }
    }
    if faults.0.is_empty() { Ok(places) } else { Err(faults.0) }
}
