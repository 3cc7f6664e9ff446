//! The JSON that reports and plans are stored as.
//!
//! Each is written once with every order, and writes are billed by the kilobyte: rows that say the same are one row, and what follows from what
//! stands beside it is left out. What was written at length before is read as well.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use oms_domain::{Sku, VendorId, WarehouseId};

use super::{
    CODES, Candidate, CheckOutcome, CheckResult, Geocode, Plan, PlannedPackage, PlannedShipment, Rejected, Rejection, Search, Terms,
    ValidationReport,
};

/// A validation report as it is stored.
#[derive(Serialize, Deserialize)]
pub(super) struct TerseReport {
    version: u64,
    at: Timestamp,
    /// Checks that passed, where they are not all the others of [`TerseReport::of`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pass: Vec<u8>,
    /// So many checks there were, from 1, and those that are not named beside it passed; absent where those that passed are named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    of: Option<u8>,
    /// Checks that say nothing about the order, by the reason why.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    na: BTreeMap<String, Vec<u8>>,
    /// All other rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    results: Vec<CheckResult>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    doubts: Vec<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    geocode: Option<Geocode>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_po_box: bool,
}

/// Checks in force.
#[expect(clippy::cast_possible_truncation, reason = "there are not 256 checks")]
const ALL: u8 = CODES.len() as u8;

/// The stable name of a check in force.
fn code(check: u8) -> Option<&'static str> {
    CODES.get(usize::from(check).checked_sub(1)?).copied()
}

impl From<ValidationReport> for TerseReport {
    fn from(report: ValidationReport) -> Self {
        let ValidationReport { version, at, results, doubts, geocode, region, is_po_box } = report;
        let (pass, na, all) = (Vec::new(), BTreeMap::new(), results);
        let mut terse = Self { version, at, pass, of: None, na, results: Vec::new(), doubts, geocode, region, is_po_box };
        for row in all {
            match row.outcome {
                CheckOutcome::Pass if code(row.check) == Some(&row.code) => terse.pass.push(row.check),
                CheckOutcome::NotApplicable { why } if code(row.check) == Some(&row.code) => {
                    terse.na.entry(why).or_default().push(row.check);
                }
                outcome => terse.results.push(CheckResult { outcome, ..row }),
            }
        }
        let others = terse.others(ALL);
        if !others.is_empty() && terse.pass == others {
            (terse.pass, terse.of) = (Vec::new(), Some(ALL));
        }
        terse
    }
}

impl TerseReport {
    /// The first `of` checks without those that have other rows.
    fn others(&self, of: u8) -> Vec<u8> {
        let named =
            |check: &u8| self.na.values().any(|checks| checks.contains(check)) || self.results.iter().any(|row| row.check == *check);
        (1..=of).filter(|check| !named(check)).collect()
    }
}

impl TryFrom<TerseReport> for ValidationReport {
    type Error = String;

    fn try_from(terse: TerseReport) -> Result<Self, String> {
        let others = terse.of.map(|of| terse.others(of)).unwrap_or_default();
        let TerseReport { version, at, pass, of: _, na, mut results, doubts, geocode, region, is_po_box } = terse;
        let row = |check: u8, outcome: CheckOutcome| {
            let code = code(check).ok_or_else(|| format!("there is no check {check}"))?;
            Ok::<_, String>(CheckResult { check, code: code.to_owned(), outcome })
        };
        for check in pass.into_iter().chain(others) {
            results.push(row(check, CheckOutcome::Pass)?);
        }
        for (why, checks) in na {
            for check in checks {
                results.push(row(check, CheckOutcome::NotApplicable { why: why.clone() })?);
            }
        }
        // Stable, so that the places where one check fails stay in their order.
        results.sort_by_key(|row| row.check);
        Ok(Self { version, at, results, doubts, geocode, region, is_po_box })
    }
}

/// A plan as it is stored.
#[derive(Serialize, Deserialize)]
pub(super) struct TersePlan {
    version: u64,
    at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    part: Option<u8>,
    chosen: TerseCandidate,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    alternatives: Vec<TerseCandidate>,
    t_ref: u32,
    c_ref: i64,
    optimal: bool,
    /// Absent where it is the objective of the chosen one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bound: Option<Decimal>,
    explored: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    rejected: Vec<TerseRejection>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    partly_read: Vec<Sku>,
}

/// A candidate at length, or as its terms (hours, cost, performance, objective) and shipments.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum TerseCandidate {
    Row((u32, i64, Decimal, Decimal), Vec<TerseShipment>),
    AtLength { terms: Terms, shipments: Vec<TerseShipment> },
}

/// A shipment at length, or as a row of its values.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum TerseShipment {
    Row(Box<ShipmentRow>),
    AtLength(Box<PlannedShipment>),
}

/// Vendor, warehouse, carrier, service, items, packages, billed weight, distance, cost, hours.
type ShipmentRow = (VendorId, WarehouseId, String, String, Vec<(Sku, u32)>, Vec<PackageRow>, u64, u32, i64, u32);

/// Weight, volume, billed weight; items, which are absent where they are all that is in the shipment.
type PackageRow = (u64, u64, u64, Option<Vec<(Sku, u32)>>);

/// Sources at length, or those of one SKU that were not considered for one reason.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum TerseRejection {
    Rows(Sku, Rejection, Vec<Place>),
    AtLength(Rejected),
}

/// A vendor and its warehouse.
#[derive(PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Place {
    Warehouse(VendorId, WarehouseId),
    Vendor(VendorId),
}

impl From<PlannedShipment> for TerseShipment {
    fn from(shipment: PlannedShipment) -> Self {
        let PlannedShipment { vendor_id, warehouse_id, carrier, service, items, packages, billed_g, km, cost, hours } = shipment;
        let package = |package: PlannedPackage| {
            let own = (package.items != items).then_some(package.items);
            (package.grams, package.cm3, package.billed_g, own)
        };
        let packages = packages.into_iter().map(package).collect();
        Self::Row(Box::new((vendor_id, warehouse_id, carrier, service, items, packages, billed_g, km, cost, hours)))
    }
}

impl From<TerseShipment> for PlannedShipment {
    fn from(terse: TerseShipment) -> Self {
        let row = match terse {
            TerseShipment::AtLength(shipment) => return *shipment,
            TerseShipment::Row(row) => *row,
        };
        let (vendor_id, warehouse_id, carrier, service, items, packages, billed_g, km, cost, hours) = row;
        let package =
            |(grams, cm3, billed_g, own): PackageRow| PlannedPackage { items: own.unwrap_or_else(|| items.clone()), grams, cm3, billed_g };
        let packages = packages.into_iter().map(package).collect();
        Self { vendor_id, warehouse_id, carrier, service, items, packages, billed_g, km, cost, hours }
    }
}

impl From<Candidate> for TerseCandidate {
    fn from(candidate: Candidate) -> Self {
        let Terms { hours, cost, performance, objective } = candidate.terms;
        Self::Row((hours, cost, performance, objective), candidate.shipments.into_iter().map(Into::into).collect())
    }
}

impl From<TerseCandidate> for Candidate {
    fn from(terse: TerseCandidate) -> Self {
        let (terms, shipments) = match terse {
            TerseCandidate::Row((hours, cost, performance, objective), shipments) => {
                (Terms { hours, cost, performance, objective }, shipments)
            }
            TerseCandidate::AtLength { terms, shipments } => (terms, shipments),
        };
        Self { terms, shipments: shipments.into_iter().map(Into::into).collect() }
    }
}

/// Neighbours of one SKU and one reason together, so that the order of all stays what it was.
fn together(rejected: Vec<Rejected>) -> Vec<TerseRejection> {
    let mut terse: Vec<TerseRejection> = Vec::new();
    for one in rejected {
        let place = match one.warehouse_id {
            Some(warehouse) => Place::Warehouse(one.vendor_id, warehouse),
            None => Place::Vendor(one.vendor_id),
        };
        match terse.last_mut() {
            Some(TerseRejection::Rows(sku, reason, places)) if *sku == one.sku && *reason == one.reason => places.push(place),
            _ => terse.push(TerseRejection::Rows(one.sku, one.reason, vec![place])),
        }
    }
    terse
}

fn apart(terse: Vec<TerseRejection>) -> Vec<Rejected> {
    let rows = |one: TerseRejection| match one {
        TerseRejection::AtLength(rejected) => vec![rejected],
        TerseRejection::Rows(sku, reason, places) => {
            let row = |place: Place| {
                let (vendor_id, warehouse_id) = match place {
                    Place::Warehouse(vendor, warehouse) => (vendor, Some(warehouse)),
                    Place::Vendor(vendor) => (vendor, None),
                };
                Rejected { sku: sku.clone(), vendor_id, warehouse_id, reason }
            };
            places.into_iter().map(row).collect()
        }
    };
    terse.into_iter().flat_map(rows).collect()
}

impl From<Plan> for TersePlan {
    fn from(plan: Plan) -> Self {
        let bound = (plan.bound != plan.chosen.terms.objective).then_some(plan.bound);
        Self {
            version: plan.version,
            at: plan.at,
            part: plan.part,
            chosen: plan.chosen.into(),
            alternatives: plan.alternatives.into_iter().map(Into::into).collect(),
            t_ref: plan.t_ref,
            c_ref: plan.c_ref,
            optimal: plan.optimal,
            bound,
            explored: plan.explored,
            rejected: together(plan.rejected),
            partly_read: plan.partly_read,
        }
    }
}

impl From<TersePlan> for Plan {
    fn from(terse: TersePlan) -> Self {
        let chosen: Candidate = terse.chosen.into();
        Self {
            version: terse.version,
            at: terse.at,
            part: terse.part,
            bound: terse.bound.unwrap_or(chosen.terms.objective),
            chosen,
            alternatives: terse.alternatives.into_iter().map(Into::into).collect(),
            t_ref: terse.t_ref,
            c_ref: terse.c_ref,
            optimal: terse.optimal,
            explored: terse.explored,
            rejected: apart(terse.rejected),
            partly_read: terse.partly_read,
        }
    }
}

/// A search in vain as it is stored.
#[derive(Serialize, Deserialize)]
pub(super) struct TerseSearch {
    version: u64,
    at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    part: Option<u8>,
    short: Vec<Sku>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    rejected: Vec<TerseRejection>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    partly_read: Vec<Sku>,
}

impl From<Search> for TerseSearch {
    fn from(search: Search) -> Self {
        let Search { version, at, part, short, rejected, partly_read } = search;
        Self { version, at, part, short, rejected: together(rejected), partly_read }
    }
}

impl From<TerseSearch> for Search {
    fn from(terse: TerseSearch) -> Self {
        let TerseSearch { version, at, part, short, rejected, partly_read } = terse;
        Self { version, at, part, short, rejected: apart(rejected), partly_read }
    }
}

#[cfg(test)]
#[path = "terse_tests.rs"]
mod tests;
