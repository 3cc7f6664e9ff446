//! What is left: the pools of the SKUs that are asked for, by their keys, and which of these the catalogue knows. One batched read of either table, side
//! by side, however much stock there is and wherever it lies.

use std::collections::BTreeMap;

use oms_contract::api::stock::{AvailabilityView, SkuAvailability};
use oms_contract::http::{ApiRequest, ApiResponse};
use oms_contract::problem::Problem;
use oms_domain::Sku;
use oms_ports::reference::Wanted;

use crate::Deps;

/// Most SKUs that are told of at once: what a store reads in one batch.
pub const MOST_SKUS: usize = 100;

pub(crate) async fn tell(deps: &Deps, request: &ApiRequest) -> Result<ApiResponse, Problem> {
    let skus = asked(request.query.get("sku").map_or("", String::as_str))?;
    let wanted = Wanted { products: skus.clone(), ..Wanted::default() };
    let (found, left) = futures::try_join!(deps.reference.fetch(&wanted), deps.inventory.available(&skus))?;
    let left: BTreeMap<Sku, u32> = left.into_iter().map(|of| (of.sku, of.free)).collect();
    let sold: BTreeMap<Sku, bool> = found.products.into_iter().map(|product| (product.sku, product.active)).collect();
    let mut view = AvailabilityView::default();
    for sku in &skus {
        match sold.get(sku) {
            None => view.unknown.push(sku.to_string()),
            Some(active) => {
                let available = left.get(sku).copied().filter(|_| *active).unwrap_or(0);
                view.skus.push(SkuAvailability { sku: sku.to_string(), available });
            }
        }
    }
    Ok(ApiResponse::json(200, &view))
}

/// The SKUs that are asked for, each once.
fn asked(text: &str) -> Result<Vec<Sku>, Problem> {
    let mut skus: Vec<Sku> = Vec::new();
    for name in text.split(',') {
        let sku = Sku::parse(name).map_err(|error| Problem::bad_parameter("query sku", format!("{name:?} is no SKU: {error}")))?;
        if !skus.contains(&sku) {
            skus.push(sku);
        }
    }
    if skus.len() > MOST_SKUS {
        return Err(Problem::bad_parameter("query sku", format!("must be given at most {MOST_SKUS} times, are {}", skus.len())));
    }
    Ok(skus)
}
