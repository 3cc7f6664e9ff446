//! Where an order is counted on the day on which it is routed: at vendors and warehouses that have a capacity, each by its own clock, and at no others.
//!
//! A vendor takes no more orders a day than it can. A warehouse may: it works off what it took in as many working days as lie before the hand-over. The rule is
//! that of checks 36 and 16; here it holds for each source, and the allocation takes the last place once.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use oms_contract::record::PlannedShipment;
use oms_contract::reference::Vendor;
use oms_domain::shipping::holidays::WorkingDays;
use oms_domain::shipping::journey::Journey;
use oms_domain::{OrderId, VendorId};
use oms_ports::budget::{Budget, BudgetKey};
use oms_ports::load::{Clocks, Load, budgets};
use oms_ports::reference::Wanted;
use oms_ports::{PortError, StepError};

use crate::Deps;

/// The counters of these shipments' vendors and warehouses, with what each may come to.
pub(crate) async fn of(deps: &Deps, shipments: &[PlannedShipment]) -> Result<Vec<Budget>, StepError> {
    let ids: BTreeSet<VendorId> = shipments.iter().map(|shipment| shipment.vendor_id.clone()).collect();
    let wanted = Wanted { vendors: ids.into_iter().collect(), ..Wanted::default() };
    let vendors = deps.reference.fetch(&wanted).await?.vendors;
    Ok(counted(&vendors, shipments, deps.clock.now()))
}

fn counted(vendors: &[Vendor], shipments: &[PlannedShipment], at: Timestamp) -> Vec<Budget> {
    let working = WorkingDays::from(at.to_zoned(TimeZone::UTC).date());
    let mut days: Vec<Budget> = Vec::new();
    for shipment in shipments {
        let Some(vendor) = vendors.iter().find(|vendor| vendor.vendor_id == shipment.vendor_id) else { continue };
        let Some(warehouse) = vendor.warehouse(&shipment.warehouse_id) else { continue };
        let working_days = Journey::from(warehouse, at, &working).map_or(1, |journey| journey.working_days());
        days.extend(budgets(vendor, warehouse, at, working_days));
    }
    days.sort_by(|a, b| a.key.cmp(&b.key));
    days.dedup_by(|a, b| a.key == b.key);
    days
}

/// What these vendors and their warehouses have taken today, this order left out. Read only where one of them has a capacity.
pub(crate) async fn load(deps: &Deps, order: OrderId, vendors: &[Vendor], at: Timestamp) -> Result<Load, PortError> {
    let counters = |vendor: &Vendor| -> Vec<BudgetKey> { Clocks::of(vendor).counters(&vendor.vendor_id, at).collect() };
    let keys: Vec<BudgetKey> = vendors.iter().flat_map(counters).collect();
    Ok(if keys.is_empty() { Load::default() } else { Load::of(&deps.inventory.used(order, &keys).await?) })
}
