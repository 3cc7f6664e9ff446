//! Everything about an order that exists: reading it, listing it, and the commands of customers, vendors and operators.
//!
//! A command is one decision on the order as it was just read, stored on condition that it is still so. A conflict is tried once more with a
//! fresh read, then told. A command repeated finds its work done and answers with the order as it stands.

mod access;
mod command;
mod list;
mod offer;
mod payment;
mod read;
mod view;

use std::sync::Arc;

use oms_contract::api::endpoints::admit;
use oms_contract::http::{ApiRequest, ApiResponse};
use oms_contract::problem::Problem;
use oms_ports::Clock;
use oms_ports::effects::Effects;
use oms_ports::orders::{Listings, Orders, Records};
use oms_ports::sealer::Sealer;

/// What the function needs.
pub struct Deps {
    /// Reads and changes orders.
    pub orders: Arc<dyn Orders>,
    /// Reads what is stored beside them.
    pub records: Arc<dyn Records>,
    /// Outcomes of payments.
    pub effects: Arc<dyn Effects>,
    /// Lists orders.
    pub listings: Arc<dyn Listings>,
    /// Opens addresses.
    pub sealer: Arc<dyn Sealer>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// Answers one request.
pub async fn handle(deps: &Deps, request: ApiRequest) -> ApiResponse {
    answer(deps, &request).await.unwrap_or_else(Into::into)
}

async fn answer(deps: &Deps, request: &ApiRequest) -> Result<ApiResponse, Problem> {
    let (endpoint, caller) = admit(request)?;
    match endpoint.operation {
        "listOrders" => list::list(deps, request, caller).await,
        "getOrder" => read::order(deps, request, caller).await,
        "getHistory" => read::history(deps, request, caller).await,
        "getLedger" => read::ledger(deps, request, caller).await,
        "getValidation" => read::validation(deps, request, caller).await,
        "getRouting" => read::routing(deps, request, caller).await,
        operation => command::run(deps, request, caller, operation).await,
    }
}

#[cfg(test)]
mod tests;
