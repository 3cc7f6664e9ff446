//! How an order was split, as much of it as the reader may see.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::view::CarrierChoiceView;
use crate::record::{Plan, PlannedPackage, PlannedShipment};

/// The routing of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RoutingView {
    /// The order.
    pub order_id: String,
    /// When the plan in force was made.
    #[schema(value_type = String, format = DateTime)]
    pub planned_at: Timestamp,
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
