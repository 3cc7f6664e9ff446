//! Loads and changes reference data in bulk, for operators: JSON lines of one kind, checked as a whole before anything is put.
//!
//! Each row is put by its key, and only where it says something new: the same lines again change nothing, and lines of which some were put before a
//! store failed are simply sent again. Functions that keep reference data for a while see a change when that while is over.

pub mod rows;
mod rules;

use std::sync::Arc;

use jiff::tz::TimeZone;
use oms_contract::api::endpoints::admit;
use oms_contract::api::load::{LoadReport, LoadedRow};
use oms_contract::http::{ApiRequest, ApiResponse};
use oms_contract::lines::{MOST_TOLD, told};
use oms_contract::problem::Problem;
use oms_ports::Clock;
use oms_ports::reference::{Loading, Row, Standing};

use rows::Kind;

/// What the function needs.
pub struct Deps {
    /// Where the rows go.
    pub reference: Arc<dyn Loading>,
    /// What day it is.
    pub clock: Arc<dyn Clock>,
}

/// Largest body taken, in bytes. API Gateway takes 10 MB, but hands it on in an event of at most 6 MB, in which a body may come as base64.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;
/// Most rows at once: what is compared and put well within a request's 30 seconds.
pub const MAX_ROWS: usize = 10_000;

/// Answers one request.
pub async fn handle(deps: &Deps, request: ApiRequest) -> ApiResponse {
    answer(deps, &request).await.unwrap_or_else(Into::into)
}

async fn answer(deps: &Deps, request: &ApiRequest) -> Result<ApiResponse, Problem> {
    admit(request)?;
    let kind: Option<Kind> = request.path.get("kind").and_then(|kind| kind.parse().ok());
    let kind = kind.ok_or_else(|| Problem::not_found("kind of reference data"))?;
    let dry_run = request.flag("dry_run")?;
    let today = deps.clock.now().to_zoned(TimeZone::UTC).date();
    let rows = rows::read(kind, request.text(MAX_BYTES)?, today).map_err(|faults| Problem::invalid(told(faults)))?;
    let report = load(deps, rows, dry_run).await?;
    let LoadReport { new, changed, same, .. } = report;
    tracing::info!(reference.kind = %kind, dry_run, new, changed, same, "{kind}: {new} new, {changed} changed, {same} the same");
    Ok(ApiResponse::json(200, &report))
}

async fn load(deps: &Deps, rows: Vec<Row>, dry_run: bool) -> Result<LoadReport, Problem> {
    let standings = deps.reference.compare(&rows).await?;
    let mut report = LoadReport { dry_run, ..LoadReport::default() };
    let mut differing = Vec::new();
    for (row, standing) in rows.into_iter().zip(standings) {
        let what = match standing {
            Standing::Same => {
                report.same += 1;
                continue;
            }
            Standing::New => {
                report.new += 1;
                "new"
            }
            Standing::Changed => {
                report.changed += 1;
                "changed"
            }
        };
        if report.rows.len() < MOST_TOLD {
            report.rows.push(LoadedRow { key: row.key(), what: what.to_owned() });
        }
        differing.push(row);
    }
    if !dry_run {
        deps.reference.put(&differing).await?;
    }
    Ok(report)
}
