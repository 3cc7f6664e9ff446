//! Whose orders of a day are counted, as far as this process knows.
//!
//! What vendors and warehouses have taken today stands in counters of their own days, which follow from their clocks; and the clocks stand with the vendors, which are read in
//! the same round trip. So of a vendor that this process has not seen yet the counters of all days are asked for that it is somewhere at this moment; of the others those of
//! their own day, or none.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ToSpan as _};
use oms_contract::reference::Vendor;
use oms_domain::{VendorId, WarehouseId};
use oms_ports::budget::BudgetKey;
use oms_ports::load::Clocks;
use oms_ports::stock::Source;

/// Vendors' clocks as they were read last in this process.
#[derive(Debug, Clone, Default)]
pub struct Counted(Arc<Mutex<BTreeMap<VendorId, Clocks>>>);

/// Vendors remembered, at most.
const MOST: usize = 10_000;

impl Counted {
    /// The counters of these sources' vendors and warehouses that may be those of today.
    pub(crate) fn counters(&self, sources: &[Source], now: Timestamp) -> BTreeSet<BudgetKey> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (places, somewhere) = (places(sources), days_somewhere(now));
        let mut keys = BTreeSet::new();
        for (vendor, warehouses) in places {
            match known.get(vendor) {
                Some(clocks) => keys.extend(clocks.counters(vendor, now).filter(|key| is_asked(key, &warehouses))),
                None => keys.extend(somewhere.iter().flat_map(|day| {
                    let of = warehouses.iter().map(|warehouse| BudgetKey::WarehouseDay(vendor.clone(), (*warehouse).clone(), *day));
                    std::iter::once(BudgetKey::VendorDay(vendor.clone(), *day)).chain(of)
                })),
            }
        }
        keys
    }

    /// The counters that are those of today, now that the vendors are read. Remembers their clocks.
    pub(crate) fn learn(&self, vendors: &[Vendor], sources: &[Source], now: Timestamp) -> BTreeSet<BudgetKey> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() > MOST {
            known.clear();
        }
        let places = places(sources);
        let mut keys = BTreeSet::new();
        for vendor in vendors {
            let clocks = Clocks::of(vendor);
            if let Some(warehouses) = places.get(&vendor.vendor_id) {
                keys.extend(clocks.counters(&vendor.vendor_id, now).filter(|key| is_asked(key, warehouses)));
            }
            known.insert(vendor.vendor_id.clone(), clocks);
        }
        keys
    }
}

type Places<'a> = BTreeMap<&'a VendorId, BTreeSet<&'a WarehouseId>>;

fn places(sources: &[Source]) -> Places<'_> {
    let mut places = Places::new();
    for source in sources {
        places.entry(&source.vendor_id).or_default().insert(&source.warehouse_id);
    }
    places
}

/// Whether it is a vendor's counter, or that of a warehouse which has something of the order.
fn is_asked(key: &BudgetKey, warehouses: &BTreeSet<&WarehouseId>) -> bool {
    !matches!(key, BudgetKey::WarehouseDay(_, warehouse, _) if !warehouses.contains(warehouse))
}

/// The days that it is at this moment, from the last places to see a day end (UTC-12) to the first to see one begin (UTC+14): two or three.
fn days_somewhere(now: Timestamp) -> Vec<Date> {
    let day = |hours: i8| now.to_zoned(TimeZone::fixed(Offset::constant(hours))).date();
    let last = day(14);
    day(-12).series(1.day()).take_while(|day| *day <= last).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_two_days_on_earth_or_three() {
        for (now, days) in [
            ("2026-11-23T00:00:00Z", vec!["2026-11-22", "2026-11-23"]),
            ("2026-11-23T09:59:59Z", vec!["2026-11-22", "2026-11-23"]),
            ("2026-11-23T10:00:00Z", vec!["2026-11-22", "2026-11-23", "2026-11-24"]),
            ("2026-11-23T12:00:00Z", vec!["2026-11-23", "2026-11-24"]),
            ("2026-12-31T23:59:59Z", vec!["2026-12-31", "2027-01-01"]),
        ] {
            let found: Vec<String> = days_somewhere(now.parse().unwrap()).into_iter().map(|day| day.to_string()).collect();
            assert_eq!(found, days, "{now}");
        }
    }
}
