//! How an order was split, as much of it as the reader may see.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::view::CarrierChoiceView;
use crate::record::{Plan, PlannedPackage, PlannedShipment, Search};

/// The routing of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RoutingView {
    /// The order.
    pub order_id: String,
    /// When the plan in force was made; absent where there is none, which only operators see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub planned_at: Option<Timestamp>,
    /// Its shipments, a part that was sourced again as it is now; for a vendor, its own.
    pub shipments: Vec<RoutedShipment>,
    /// Who was chosen to carry which part, with all bids; for a vendor its own, for customers none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub carriers: Vec<CarrierChoiceView>,
    /// For operators only: the plan with its terms and references, its best alternatives with theirs, the bound, and every rejected source with its
    /// reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub plan: Option<Plan>,
    /// For operators only: how far the plan may be from the best there is, as a share of its objective; `0` where it is proved optimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub gap: Option<Decimal>,
    /// For operators only: every plan that was made, the one in force among them, and the searches that found none, the oldest first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub searches: Option<Vec<RoutingSearch>>,
}

/// A plan, or a search that found none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RoutingSearch {
    /// Version of the order whose checks or whose vendor's refusal a plan is for; of a search in vain, the one that says so.
    pub version: u64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// For which part, after its vendor refused it; for the whole order where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<u8>,
    /// The plan; absent where none was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub plan: Option<Plan>,
    /// Where none was found: what nobody can deliver, the sources that were not considered with their reasons, and what was not read in full. Later searches that found the
    /// same are not listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub in_vain: Option<Search>,
}

impl RoutingSearch {
    /// All plans and all searches in vain, the oldest first.
    pub fn all_of(plans: Vec<Plan>, searches: Vec<Search>) -> Vec<Self> {
        let plans =
            plans.into_iter().map(|plan| Self { version: plan.version, at: plan.at, part: plan.part, plan: Some(plan), in_vain: None });
        let in_vain = searches.into_iter().map(|search| Self {
            version: search.version,
            at: search.at,
            part: search.part,
            plan: None,
            in_vain: Some(search),
        });
        let mut all: Vec<Self> = plans.chain(in_vain).collect();
        all.sort_by_key(|one| (one.at, one.version));
        all
    }
}

/// A shipment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RoutedShipment {
    /// Number of the part it belongs to.
    pub part: u8,
    /// Whose.
    pub vendor_id: String,
    /// From where; not for customers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warehouse_id: Option<String>,
    /// By whom.
    pub carrier: String,
    /// `standard` or `express`.
    pub service: String,
    /// Expected hours from the plan to the door.
    pub hours: u32,
    /// What is in it.
    pub items: Vec<RoutedItem>,
    /// Its packages, where they were planned.
    pub packages: Vec<RoutedPackage>,
    /// Shipping cost in minor units; not for customers, who pay what the order says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<i64>,
}

/// So many of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RoutedItem {
    /// What.
    pub sku: String,
    /// How many.
    pub quantity: u32,
}

/// A package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RoutedPackage {
    /// What is in it.
    pub items: Vec<RoutedItem>,
    /// Weight in grams.
    pub grams: u64,
    /// Weight billed in grams.
    pub billed_g: u64,
}

impl RoutedShipment {
    /// A shipment of a part; `inside` shows where it leaves from and what it costs.
    pub fn of(part: u8, shipment: &PlannedShipment, inside: bool) -> Self {
        Self {
            part,
            vendor_id: shipment.vendor_id.to_string(),
            warehouse_id: inside.then(|| shipment.warehouse_id.to_string()),
            carrier: shipment.carrier.clone(),
            service: shipment.service.clone(),
            hours: shipment.hours,
            items: items(&shipment.items),
            packages: shipment.packages.iter().map(package).collect(),
            cost: inside.then_some(shipment.cost),
        }
    }
}

fn package(package: &PlannedPackage) -> RoutedPackage {
    RoutedPackage { items: items(&package.items), grams: package.grams, billed_g: package.billed_g }
}

fn items(items: &[(oms_domain::Sku, u32)]) -> Vec<RoutedItem> {
    items.iter().map(|(sku, quantity)| RoutedItem { sku: sku.to_string(), quantity: *quantity }).collect()
}
