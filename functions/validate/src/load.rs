//! What vendors and warehouses have to do today already.
//!
//! Orders are counted when they are allocated, at vendors and warehouses that have a capacity of the day, and at no others. Which these are stands
//! with the vendors, which are read in the same round trip as the counts: so the counts of all are asked for, but for those of vendors that are known
//! to take as many orders as come.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::Date;
use oms_contract::reference::Vendor;
use oms_domain::{VendorId, WarehouseId};
use oms_ports::budget::BudgetKey;
use oms_ports::stock::Source;

/// Orders that vendors and warehouses have taken today, each order counted once; nothing taken where absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Load {
    /// By vendor.
    pub vendors: BTreeMap<VendorId, u32>,
    /// By warehouse of a vendor.
    pub warehouses: BTreeMap<(VendorId, WarehouseId), u32>,
}

impl Load {
    /// From what is used of the days' counters.
    pub(crate) fn of(used: &BTreeMap<BudgetKey, u64>) -> Self {
        let mut load = Self::default();
        for (key, orders) in used {
            let orders = u32::try_from(*orders).unwrap_or(u32::MAX);
            match key {
                BudgetKey::VendorDay(vendor, _) => {
                    load.vendors.insert(vendor.clone(), orders);
                }
                BudgetKey::WarehouseDay(vendor, warehouse, _) => {
                    load.warehouses.insert((vendor.clone(), warehouse.clone()), orders);
                }
                _ => {}
            }
        }
        load
    }
}

/// Vendors that took as many orders as came when they were read last, in this process. One that gets a capacity is noticed by the next order but
/// one; that no vendor takes more orders than it can is held by the allocation in any case.
#[derive(Debug, Clone, Default)]
pub struct Unlimited(Arc<Mutex<BTreeSet<VendorId>>>);

/// Vendors remembered, at most.
const MOST: usize = 10_000;

impl Unlimited {
    /// The counters of these sources' vendors and warehouses on a day.
    pub(crate) fn keys(&self, sources: &[Source], today: Date) -> Vec<BudgetKey> {
        let unlimited = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let counted = sources.iter().filter(|source| !unlimited.contains(&source.vendor_id));
        let mut keys: Vec<BudgetKey> = counted
            .flat_map(|source| {
                let vendor = || source.vendor_id.clone();
                [BudgetKey::VendorDay(vendor(), today), BudgetKey::WarehouseDay(vendor(), source.warehouse_id.clone(), today)]
            })
            .collect();
        keys.sort();
        keys.dedup();
        keys
    }

    /// Remembers which of these have no capacity.
    pub(crate) fn learn(&self, vendors: &[Vendor]) {
        let mut unlimited = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if unlimited.len() > MOST {
            unlimited.clear();
        }
        for vendor in vendors {
            let limited = vendor.daily_capacity.is_some() || vendor.warehouses.iter().any(|warehouse| warehouse.daily_capacity.is_some());
            if limited {
                unlimited.remove(&vendor.vendor_id)
            } else {
                unlimited.insert(vendor.vendor_id.clone())
            };
        }
    }
}
