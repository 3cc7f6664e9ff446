//! Labels of a vendor's part: who carries it, the label of each package, its pick-up, and the paper.
//!
//! A label is bought once: see [`oms_carriers::desk`]. What it is printed from is kept sealed under the customer's key, beside the order and for as long as
//! anybody may print it again. The order's history says what was bought; nothing of it moves the part, for a label is not a parcel on its way.

mod access;
mod bids;
mod buy;
mod choose;
mod facts;
mod paper;
mod parcels;
pub mod print;

use std::collections::BTreeMap;
use std::sync::Arc;

use oms_contract::api::endpoints::admit;
use oms_contract::http::{ApiRequest, ApiResponse};
use oms_contract::problem::Problem;
use oms_ports::carrier::Labels;
use oms_ports::effects::Effects;
use oms_ports::orders::{Orders, Records};
use oms_ports::papers::Papers;
use oms_ports::reference::Reference;
use oms_ports::sealer::Sealer;
use oms_ports::{Clock, StepError};

/// What the function needs.
pub struct Deps {
    /// Reads and changes orders.
    pub orders: Arc<dyn Orders>,
    /// What is stored beside them.
    pub records: Arc<dyn Records>,
    /// What was bought.
    pub effects: Arc<dyn Effects>,
    /// Vendors, products, rate cards.
    pub reference: Arc<dyn Reference>,
    /// Opens addresses, seals labels.
    pub sealer: Arc<dyn Sealer>,
    /// Keeps labels.
    pub papers: Arc<dyn Papers>,
    /// Carriers that sell us labels, by code.
    pub carriers: BTreeMap<&'static str, Arc<dyn Labels>>,
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
        "chooseCarrier" => choose::carrier(deps, request, caller).await,
        "buyLabel" => buy::labels(deps, request, caller).await,
        "printLabel" => paper::label(deps, request, caller).await,
        _ => Err(Problem::not_found("route")),
    }
}

/// What a failed step means to the caller. The cause goes to the log.
fn problem(error: StepError) -> Problem {
    match error {
        StepError::Throttled(_) => Problem::slow_down(),
        StepError::Conflict => Problem::changed_meanwhile(),
        StepError::Unavailable(cause) => {
            tracing::warn!(error = %cause, "A carrier or a store did not answer");
            Problem::unavailable()
        }
        StepError::InProgress => {
            Problem { retry_after: Some(5), ..Problem::conflict("The same was asked for a moment ago and is under way.") }
        }
        StepError::Refused(why) => Problem::conflict(why),
        StepError::Bug(cause) => {
            tracing::error!(error.name = "Bug", error = cause, "A label could not be made");
            Problem::internal()
        }
    }
}

#[cfg(test)]
mod tests;
