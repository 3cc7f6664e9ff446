//! How many orders vendors and warehouses have taken today. Checks 16 and 36, routing and the counters of allocations all ask here.
//!
//! Orders are counted when they are allocated, at vendors and warehouses that have a capacity of the day, and at no others. Their days are their own: a warehouse's
//! by its clock, a vendor's by that of its first warehouse.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use oms_contract::reference::{Vendor, Warehouse};
use oms_domain::{VendorId, WarehouseId};

use crate::budget::{Budget, BudgetKey};

/// Orders that vendors and warehouses have taken today, each order counted once; nothing taken where absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Load {
    /// By vendor.
    pub vendors: BTreeMap<VendorId, u64>,
    /// By warehouse of a vendor.
    pub warehouses: BTreeMap<(VendorId, WarehouseId), u64>,
}

impl Load {
    /// From what is used of the [counters](Clocks::counters) of days; other budgets are left out.
    pub fn of(used: &BTreeMap<BudgetKey, u64>) -> Self {
        let mut load = Self::default();
        for (key, orders) in used {
            match key {
                BudgetKey::VendorDay(vendor, _) => {
                    load.vendors.insert(vendor.clone(), *orders);
                }
                BudgetKey::WarehouseDay(vendor, warehouse, _) => {
                    load.warehouses.insert((vendor.clone(), warehouse.clone()), *orders);
                }
                _ => {}
            }
        }
        load
    }

    /// Whether the vendor takes one order more today.
    pub fn has_room(&self, vendor: &Vendor) -> bool {
        let taken = self.vendors.get(&vendor.vendor_id).copied().unwrap_or(0);
        vendor.daily_capacity.is_none_or(|daily| taken < u64::from(daily))
    }

    /// Whether a vendor's warehouse takes one order more that leaves within so many working days.
    pub fn has_room_at(&self, vendor: &VendorId, warehouse: &Warehouse, working_days: u32) -> bool {
        let taken = || self.warehouses.get(&(vendor.clone(), warehouse.warehouse_id.clone())).copied().unwrap_or(0);
        warehouse.most_orders(working_days).is_none_or(|most| taken() < most)
    }
}

/// What of a vendor is counted by the day, and by which clocks: the vendor itself where no warehouse is named. Nothing where it takes as many orders as come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Clocks(Vec<(Option<WarehouseId>, TimeZone)>);

impl Clocks {
    /// Of this vendor.
    pub fn of(vendor: &Vendor) -> Self {
        let own = vendor.daily_capacity.map(|_| (None, vendor.zone()));
        let limited = vendor.warehouses.iter().filter(|warehouse| warehouse.daily_capacity.is_some());
        let all = own.into_iter().chain(limited.map(|warehouse| (Some(warehouse.warehouse_id.clone()), warehouse.calendar.zone.clone())));
        Self(all.collect())
    }

    /// Whether nothing is counted.
    pub fn are_none(&self) -> bool {
        self.0.is_empty()
    }

    /// The counters of the days that it is there at this moment.
    pub fn counters(&self, vendor: &VendorId, at: Timestamp) -> impl Iterator<Item = BudgetKey> {
        self.0.iter().map(move |(warehouse, zone)| match warehouse {
            None => BudgetKey::VendorDay(vendor.clone(), day(zone, at)),
            Some(warehouse) => BudgetKey::WarehouseDay(vendor.clone(), warehouse.clone(), day(zone, at)),
        })
    }
}

fn day(zone: &TimeZone, at: Timestamp) -> Date {
    at.to_zoned(zone.clone()).date()
}

/// What an order uses of these counters that leaves a vendor's warehouse within so many working days.
pub fn budgets(vendor: &Vendor, warehouse: &Warehouse, at: Timestamp, working_days: u32) -> impl Iterator<Item = Budget> {
    let limit = move |key: &BudgetKey| match key {
        BudgetKey::VendorDay(..) => vendor.daily_capacity.map(u64::from),
        BudgetKey::WarehouseDay(_, id, _) if *id == warehouse.warehouse_id => warehouse.most_orders(working_days),
        _ => None,
    };
    let keys: Vec<BudgetKey> = Clocks::of(vendor).counters(&vendor.vendor_id, at).collect();
    keys.into_iter().filter_map(move |key| Some(Budget { limit: limit(&key)?, key, amount: 1 }))
}
