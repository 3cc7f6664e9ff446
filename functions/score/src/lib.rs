//! Scores an order for fraud by rules, and says what follows: confirmed, reviewed, or rejected.
//!
//! Two round trips read everything, whatever the order holds: head and document; then reference data, the customer's key and latest orders.

pub mod facts;
pub mod rules;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use oms_contract::record::{FraudReport, Record};
use oms_contract::step::{StepInput, StepOutcome};
use oms_domain::change::{By, Changed, Refusal};
use oms_domain::flow::{self, Next};
use oms_domain::history::Fact;
use oms_domain::order::Band;
use oms_domain::transition::Trigger;
use oms_domain::{Actor, OrderId, reason};
use oms_ports::orders::{Listings, Orders, Origin, Stored};
use oms_ports::reference::Reference;
use oms_ports::sealer::Sealer;
use oms_ports::stock::Inventory;
use oms_ports::{Clock, StepError};

use facts::RiskFacts;

/// How long stock is held for an order under review: the 48 hours a review may take, and two for what follows.
pub const REVIEW_HOLD: SignedDuration = SignedDuration::from_hours(50);

/// What the step needs.
pub struct Deps {
    /// Orders and their records.
    pub orders: Arc<dyn Orders>,
    /// Lists a customer's orders.
    pub listings: Arc<dyn Listings>,
    /// The stock ledger.
    pub inventory: Arc<dyn Inventory>,
    /// Reference data.
    pub reference: Arc<dyn Reference>,
    /// Opens personal data.
    pub sealer: Arc<dyn Sealer>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// Does what the order asks of this step, if anything.
pub async fn handle(deps: &Deps, input: StepInput) -> Result<StepOutcome, StepError> {
    let id = input.order_id;
    let (Some(stored), Some(document)) = deps.orders.whole(id).await? else {
        return Err(StepError::Bug(format!("order {id} is not stored whole")));
    };
    if flow::next(&stored.order) != Next::Score {
        return Ok(StepOutcome::of(&stored.order));
    }
    let facts = facts::gather(deps, &stored.order, document).await?;
    let now = deps.clock.now();
    let report = judged(&facts, stored.order.seq, now);
    let (score, band) = (report.score, report.band);
    let changed = decided(&stored, &report, now)?;
    // What a report without signals would say stands in the history.
    if !report.signals.is_empty() {
        deps.orders.keep(id, &[Record::Fraud(report)]).await?;
    }
    keep_stock_through_review(deps, id, band, now).await?;
    let saved = deps.orders.commit(&stored, changed, Origin::Machine, &[]).await?;
    tracing::info!(order.id = %id, risk.score = score, risk.band = %band, "Order {id} scores {score}: {band} risk");
    Ok(StepOutcome::of(&saved.order))
}

/// What the rules say.
pub fn judged(facts: &RiskFacts, version: u64, at: Timestamp) -> FraudReport {
    let signals = rules::signals(facts);
    let score = rules::score(&signals);
    FraudReport { version, at, score, band: Band::of(score), signals }
}

/// Before the commit: a review whose hold was not prolonged would lose its goods, a prolonged hold without a review is used by the next run,
/// or released when the order dies.
async fn keep_stock_through_review(deps: &Deps, id: OrderId, band: Band, now: Timestamp) -> Result<(), StepError> {
    match band {
        Band::Low | Band::VeryHigh => Ok(()),
        Band::Medium | Band::High => {
            let until = now.checked_add(REVIEW_HOLD).map_err(|error| StepError::Bug(error.to_string()))?;
            Ok(deps.inventory.extend(id, until).await?)
        }
    }
}

/// The order after the score. One rejected is cancelled in the same write, so that money and stock go back at once.
fn decided(stored: &Stored, report: &FraudReport, now: Timestamp) -> Result<Changed, Refusal> {
    let by = By::new(Actor::system("score"), now);
    let fact = Fact::Scored { score: report.score, band: report.band, report: report.version };
    let change = stored.change();
    match report.band {
        Band::Low => change.go_knowing(Trigger::ChecksPassedAndLowRisk, fact, &by),
        Band::Medium | Band::High => change.go_knowing(Trigger::RiskMediumOrHigh, fact, &by),
        Band::VeryHigh => {
            let by = by.because(reason::RISK);
            let failed = change.go_knowing(Trigger::CheckFailedOrRiskVeryHigh, fact, &by)?;
            // Who wished to cancel it meanwhile has been obeyed already.
            if failed.order.is_dead() { Ok(failed) } else { failed.go(Trigger::CancelledOrTimedOut, &by) }
        }
    }
}
