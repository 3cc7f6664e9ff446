//! Runs the checks over an order and holds its stock; gives the stock of a dead order, or of a cancelled part, back; takes what has left off the
//! books. A step of both machines.
//!
//! Three round trips read everything, whatever the order holds: head, document and the gateway's answer; what the document names (reference data,
//! sources of stock, the customer's key, the customer's orders); the vendors of those sources, what is used of budgets and how many orders they have
//! taken today, the account's sealed profile, and the heads of the orders listed. A product on more than a hundred shelves takes some more, to find
//! those around the address. Three write: the hold, the report, the head.

pub mod address;
pub mod background;
pub mod budgets;
pub mod checks;
pub mod contact;
pub mod dates;
pub mod facts;
pub mod goods;
pub mod load;
pub mod screen;
mod taxes;
mod undo;
pub mod ways;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use oms_contract::record::{Record, ValidationReport};
use oms_contract::step::{StepInput, StepOutcome};
use oms_domain::change::{By, Changed, Refusal};
use oms_domain::document::Document;
use oms_domain::flow::{self, Next, Undo};
use oms_domain::history::Fact;
use oms_domain::order::Stock;
use oms_domain::transition::Trigger;
use oms_domain::{Actor, State};
use oms_ports::orders::{Listings, Orders, Origin, Outcomes, Paid, Records, Stored};
use oms_ports::reference::Reference;
use oms_ports::sealer::Sealer;
use oms_ports::stock::{Demand, Held, Inventory};
use oms_ports::{Clock, Party, PortError, StepError};

use checks::Verdict;
use facts::Facts;
use load::Counted;

/// How long stock is held for an order that is on its way to its vendors: far longer than the machine needs with all its retries.
pub const HOLD: SignedDuration = SignedDuration::from_mins(30);

/// What the step needs.
pub struct Deps {
    /// Orders and their records.
    pub orders: Arc<dyn Orders>,
    /// Reads sub-orders, and the payment methods given since.
    pub records: Arc<dyn Records>,
    /// Lists a customer's orders.
    pub listings: Arc<dyn Listings>,
    /// The stock ledger.
    pub inventory: Arc<dyn Inventory>,
    /// Reference data.
    pub reference: Arc<dyn Reference>,
    /// Opens personal data.
    pub sealer: Arc<dyn Sealer>,
    /// Whose orders of a day are counted, as far as this process knows.
    pub counted: Counted,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// Does what the order asks of this step, if anything.
pub async fn handle(deps: &Deps, input: StepInput) -> Result<StepOutcome, StepError> {
    let id = input.order_id;
    let Paid { order: Some(stored), document: Some(document), outcomes } = deps.orders.paid(id).await? else {
        return Err(StepError::Bug(format!("order {id} is not stored whole")));
    };
    let order = &stored.order;
    let saved = if flow::next(order) == Next::Validate {
        if order.parts.is_empty() { validate(deps, &stored, document, &outcomes).await? } else { undo::take_off(deps, &stored).await? }
    } else if !flow::undo(order).contains(&Undo::Stock) {
        stored
    } else if order.is_dead() {
        undo::order(deps, &stored).await?
    } else {
        undo::parts(deps, &stored).await?
    };
    Ok(StepOutcome::of(&saved.order))
}

async fn validate(deps: &Deps, stored: &Stored, document: Document, outcomes: &Outcomes) -> Result<Stored, StepError> {
    let order = &stored.order;
    if (document.total, document.currency) != (order.total, order.currency) {
        return Err(StepError::Bug(format!("head and document of order {} name different totals", order.id)));
    }
    let fetched = facts::gather(deps, order, document, outcomes).await?;
    let mut facts = Facts::of(&fetched);
    let now = deps.clock.now();
    let mut results = checks::run(&facts);
    if checks::verdict(&results) == Verdict::Passed {
        facts.held = Some(hold(deps, stored, &facts, now).await?);
        results = checks::run_after_hold(&facts, results);
    }
    let verdict = checks::verdict(&results);
    let doubts = checks::doubts(&results);
    let (geocode, region, is_po_box) = (facts.destination.geocode.clone(), facts.destination.region.clone(), facts.is_po_box());
    let report = ValidationReport { version: order.seq, at: now, results, doubts, geocode, region, is_po_box };
    let failed = match verdict {
        Verdict::Passed if facts.held != Some(Held::Yes) => {
            return Err(StepError::Bug(format!("order {} passes every check and holds nothing: {:?}", order.id, facts.held)));
        }
        Verdict::Passed => Vec::new(),
        Verdict::Failed(failed) => failed,
        Verdict::Unavailable(fact) => {
            // Whoever looks meanwhile sees what the order waits for; the run that has everything writes its own report in this one's place.
            deps.orders.keep(order.id, &[Record::Validation(report)]).await?;
            return Err(StepError::Unavailable(PortError::unavailable(Party::Store, format!("{fact} could not be had"))));
        }
    };
    let changed = decided(stored, &failed, &report, &by(now))?;
    deps.orders.keep(order.id, &[Record::Validation(report)]).await?;
    let saved = deps.orders.commit(stored, changed, Origin::Machine, &[]).await?;
    say(stored, &failed);
    Ok(saved)
}

/// Holds the whole demand, goods and budgets. An order that is checked once more keeps the hold it has, and gets time for the way ahead.
async fn hold(deps: &Deps, stored: &Stored, facts: &Facts<'_>, now: Timestamp) -> Result<Held, StepError> {
    let id = stored.order.id;
    let until = now.checked_add(HOLD).map_err(|error| StepError::Bug(error.to_string()))?;
    let demand = Demand { goods: facts.document.demand(), budgets: budgets::of(facts), version: stored.order.seq };
    let held = deps.inventory.reserve(id, &demand, until).await?;
    if held == Held::Yes && stored.order.stock == Stock::Held {
        deps.inventory.extend(id, until).await?;
    }
    Ok(held)
}

/// The order after the checks, of which these refuse it.
fn decided(stored: &Stored, failed: &[u8], report: &ValidationReport, by: &By) -> Result<Changed, Refusal> {
    let mut changed = stored.change();
    if changed.order.state == State::PaymentAuthorized {
        changed = changed.go(Trigger::ValidationStarted, by)?;
    }
    if failed.is_empty() {
        return changed.learn(Fact::ChecksPassed { report: report.version, doubts: report.doubts.clone() }, by);
    }
    let fact = Fact::ChecksFailed { report: report.version, checks: failed.to_vec() };
    changed.go_knowing(Trigger::CheckFailedOrRiskVeryHigh, fact, &by.clone().because(reason(failed)))
}

/// `checks_failed:in_stock,tax_correct`.
fn reason(failed: &[u8]) -> String {
    let codes: Vec<&str> = checks::CHECKS.iter().filter(|check| failed.contains(&check.number)).map(|check| check.code).collect();
    format!("checks_failed:{}", codes.join(","))
}

fn by(now: Timestamp) -> By {
    By::new(Actor::system("validate"), now)
}

fn say(stored: &Stored, failed: &[u8]) {
    let id = stored.order.id;
    if failed.is_empty() {
        tracing::info!(order.id = %id, "Order {id} passed all checks; its stock is held");
    } else {
        tracing::info!(order.id = %id, checks.failed = ?failed, "Order {id} failed checks {failed:?}");
    }
}
