//! Stock from outside: books what comes, goes and is counted, and tells what is left.
//!
//! Booking is a path of its own, no kind of `POST /api/v2/reference/{kind}`, because an entry is not reference data. Reference data is a state: a row is
//! put by its key, the last one counts, and all rows of a body are right or none is put. An entry is something that happened: it is booked once under
//! its id, whether the books take it depends on what orders have been promised by then, and so some lines of a body may be booked while others
//! are refused. Vendors book as well, who may change no reference data; and this function, which customers ask for what is left, may write none.

mod availability;
mod book;
mod lines;

use std::sync::Arc;

use oms_contract::api::endpoints::admit;
use oms_contract::http::{ApiRequest, ApiResponse};
use oms_contract::problem::Problem;
use oms_ports::Clock;
use oms_ports::reference::Reference;
use oms_ports::stock::{Inventory, Stockroom};

pub use availability::MOST_SKUS;
pub use book::{MAX_BYTES, PATIENCE};
pub use lines::{MOST_LINES, MOST_UNITS};

/// What the function needs.
pub struct Deps {
    /// Books entries.
    pub stockroom: Arc<dyn Stockroom>,
    /// Tells what is left.
    pub inventory: Arc<dyn Inventory>,
    /// Knows products, vendors and their warehouses. Read anew by each request: a product that was loaded a moment ago has its stock booked next.
    pub reference: Arc<dyn Reference>,
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
        "bookStock" => book::book(deps, request, caller).await,
        "getAvailability" => availability::tell(deps, request).await,
        _ => Err(Problem::not_found("route")),
    }
}
