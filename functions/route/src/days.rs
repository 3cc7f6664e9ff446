//! Where an order is counted on the day on which it is routed: at vendors and warehouses that have a capacity, and at no others.
//!
//! A vendor takes no more orders a day than it can. A warehouse may: it works off what it took in as many days as lie before the hand-over, which
//! check 16 has judged; its orders are only counted, for that check.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use oms_contract::record::PlannedShipment;
use oms_contract::reference::Vendor;
use oms_domain::VendorId;
use oms_ports::budget::{Budget, BudgetKey};
use oms_ports::reference::Wanted;
use oms_ports::{PortError, StepError};

use crate::Deps;

/// Today, as all count it: in UTC.
pub(crate) fn today(deps: &Deps) -> Date {
    deps.clock.now().to_zoned(TimeZone::UTC).date()
}

/// The counters of these shipments' vendors and warehouses, with what each may come to.
pub(crate) async fn of(deps: &Deps, shipments: &[PlannedShipment]) -> Result<Vec<Budget>, StepError> {
    let ids: BTreeSet<VendorId> = shipments.iter().map(|shipment| shipment.vendor_id.clone()).collect();
    let wanted = Wanted { vendors: ids.into_iter().collect(), ..Wanted::default() };
    let vendors = deps.reference.fetch(&wanted).await?.vendors;
    Ok(counters(&vendors, shipments, today(deps)))
}

fn counters(vendors: &[Vendor], shipments: &[PlannedShipment], today: Date) -> Vec<Budget> {
    let mut days: Vec<Budget> = Vec::new();
    for shipment in shipments {
        let Some(vendor) = vendors.iter().find(|vendor| vendor.vendor_id == shipment.vendor_id) else { continue };
        let id = || vendor.vendor_id.clone();
        let own = vendor.daily_capacity.map(|daily| (BudgetKey::VendorDay(id(), today), u64::from(daily)));
        let warehouse = vendor.warehouses.iter().find(|warehouse| warehouse.warehouse_id == shipment.warehouse_id);
        let limited = warehouse.filter(|warehouse| warehouse.daily_capacity.is_some());
        let at = limited.map(|warehouse| (BudgetKey::WarehouseDay(id(), warehouse.warehouse_id.clone(), today), u64::MAX));
        days.extend(own.into_iter().chain(at).map(|(key, limit)| Budget { key, amount: 1, limit }));
    }
    days.sort_by(|a, b| a.key.cmp(&b.key));
    days.dedup_by(|a, b| a.key == b.key);
    days
}

/// Vendors that have taken as many orders today as they can, this one left out.
pub(crate) async fn full(deps: &Deps, order: oms_domain::OrderId, vendors: &[Vendor]) -> Result<BTreeSet<VendorId>, PortError> {
    let today = today(deps);
    let limited = vendors.iter().filter_map(|vendor| Some((vendor, u64::from(vendor.daily_capacity?))));
    let limited: Vec<(&Vendor, u64, BudgetKey)> =
        limited.map(|(vendor, daily)| (vendor, daily, BudgetKey::VendorDay(vendor.vendor_id.clone(), today))).collect();
    if limited.is_empty() {
        return Ok(BTreeSet::new());
    }
    let keys: Vec<BudgetKey> = limited.iter().map(|(_, _, key)| key.clone()).collect();
    let used = deps.inventory.used(order, &keys).await?;
    let full = limited.into_iter().filter(|(_, daily, key)| used.get(key).copied().unwrap_or(0) >= *daily);
    Ok(full.map(|(vendor, _, _)| vendor.vendor_id.clone()).collect())
}
