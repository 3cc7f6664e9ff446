//! Books lines. Those of one SKU one after the other as they came, for they move the same counters; those of several SKUs side by side.
//!
//! A line is booked by one conditional write under its own id. So whatever becomes of a request half-way, a line is booked or not, and the same lines
//! again book those that were not.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::StreamExt as _;
use jiff::{SignedDuration, Timestamp};

use oms_contract::api::stock::{BookedLine, StockReport};
use oms_contract::http::{ApiRequest, ApiResponse, Caller};
use oms_contract::lines::told;
use oms_contract::problem::{Fault, Problem};
use oms_domain::{Actor, ActorKind, Sku};
use oms_ports::PortError;
use oms_ports::stock::{Booked, Booking, OnHand};

use crate::Deps;
use crate::lines::{self, Line, Place};

/// Largest body taken, in bytes.
pub const MAX_BYTES: usize = 1024 * 1024;
/// No line is begun later than so long after the first one: an answer that says how far it came is worth more than a request that was cut off.
pub const PATIENCE: SignedDuration = SignedDuration::from_secs(20);
/// SKUs under way at once.
const AT_ONCE: usize = 16;

pub(crate) async fn book(deps: &Deps, request: &ApiRequest, caller: &Caller) -> Result<ApiResponse, Problem> {
    let dry = request.flag("dry_run")?;
    let lines = lines::read(request.text(MAX_BYTES)?).map_err(|faults| Problem::invalid(told(faults)))?;
    only_own(caller, &lines)?;
    let found = deps.reference.fetch(&lines::wanted(&lines)).await?;
    let places = lines::placed(&lines, &found).map_err(|faults| Problem::invalid(told(faults)))?;
    let now = deps.clock.now();
    let run = Run { deps, by: caller.actor(), now, dry, over: AtomicBool::new(false) };
    let settled = run.all(&lines, &places).await;
    let report = report(dry, &lines, settled)?;
    let StockReport { booked, repeated, refused, .. } = report;
    tracing::info!(
        dry_run = dry,
        stock.booked = booked,
        stock.repeated = repeated,
        stock.refused = refused,
        "Stock: {booked} booked, {repeated} repeated, {refused} refused"
    );
    Ok(ApiResponse::json(200, &report))
}

/// Operators book for every vendor, a vendor for itself.
fn only_own(caller: &Caller, lines: &[Line]) -> Result<(), Problem> {
    if caller.role == ActorKind::Operator {
        return Ok(());
    }
    let foreign = lines.iter().filter(|line| line.entry.vendor_id.as_str() != caller.subject);
    let at = |line: &Line| format!("line {}: vendor_id", line.number);
    let faults: Vec<Fault> =
        foreign.map(|line| Fault { at: at(line), message: format!("must be {}, who calls", caller.subject) }).collect();
    if faults.is_empty() {
        return Ok(());
    }
    let problem = Problem::forbidden("A vendor books its own stock only. Nothing was booked.");
    Err(Problem { errors: told(faults), ..problem })
}

/// What became of a line.
enum Settled {
    Booked(Booked),
    /// It is to be promised to orders, and its vendor may not sell.
    Barred,
    /// It may be booked or not.
    Failed(PortError),
    /// It was not begun.
    Left,
}

struct Run<'a> {
    deps: &'a Deps,
    by: Actor,
    /// When the first line was begun.
    now: Timestamp,
    dry: bool,
    /// Whether no line is begun any more.
    over: AtomicBool,
}

impl Run<'_> {
    async fn all(&self, lines: &[Line], places: &[Place]) -> Vec<Settled> {
        let mut of_sku: BTreeMap<&Sku, Vec<(usize, &Line, &Place)>> = BTreeMap::new();
        for (nth, (line, place)) in lines.iter().zip(places).enumerate() {
            of_sku.entry(&line.entry.sku).or_default().push((nth, line, place));
        }
        let runs = of_sku.into_values().map(|lines| self.in_turn(lines));
        let mut settled: Vec<(usize, Settled)> = futures::stream::iter(runs).buffer_unordered(AT_ONCE).concat().await;
        settled.sort_by_key(|(nth, _)| *nth);
        settled.into_iter().map(|(_, settled)| settled).collect()
    }

    async fn in_turn(&self, lines: Vec<(usize, &Line, &Place)>) -> Vec<(usize, Settled)> {
        let mut settled = Vec::with_capacity(lines.len());
        for (nth, line, place) in lines {
            settled.push((nth, self.one(line, place).await));
        }
        settled
    }

    async fn one(&self, Line { number, entry }: &Line, place: &Place) -> Settled {
        if self.over.load(Ordering::Relaxed) || self.deps.clock.now() > self.now + PATIENCE {
            return Settled::Left;
        }
        let barred = entry.for_sale && !place.may_sell;
        // Whether it was booked while its vendor might still sell, only the books know.
        let booking = Booking { by: self.by.clone(), at: self.now, spot: Some(place.spot), dry: self.dry || barred };
        match self.deps.stockroom.book(entry, &booking).await {
            Ok(Booked::Yes { .. }) if barred => Settled::Barred,
            Ok(booked) => Settled::Booked(booked),
            Err(error) => {
                // A store in trouble is not asked a thousand times.
                self.over.store(true, Ordering::Relaxed);
                tracing::warn!(error = %error, "Line {number} could not be settled");
                Settled::Failed(error)
            }
        }
    }
}

/// What came of all lines, in their order.
///
/// # Errors
/// Where some are not settled: these are told, and that the same lines may be sent again.
fn report(dry_run: bool, lines: &[Line], settled: Vec<Settled>) -> Result<StockReport, Problem> {
    let mut report = StockReport { dry_run, ..StockReport::default() };
    let (mut open, mut cause) = (Vec::new(), None);
    for (line, settled) in lines.iter().zip(settled) {
        let at = || format!("line {}", line.number);
        match settled {
            Settled::Booked(booked) => report.lines.push(of_books(line, booked)),
            Settled::Barred => {
                let mend = format!("have vendor {} approved, or no longer suspended; or say for_sale: false", line.entry.vendor_id);
                report.lines.push(refused(line, "vendor_may_not_sell", mend));
            }
            Settled::Failed(error) => {
                open.push(Fault { at: at(), message: "may be booked or not; send it again, it is booked once".to_owned() });
                cause.get_or_insert(error);
            }
            Settled::Left => open.push(Fault { at: at(), message: "was not come to; send it again".to_owned() }),
        }
    }
    let count = |what: &str| report.lines.iter().filter(|line| line.what == what).count();
    (report.booked, report.repeated, report.refused) = (count("booked"), count("repeated"), count("refused"));
    if open.is_empty() { Ok(report) } else { Err(unfinished(&report, cause, open)) }
}

fn of_books(line: &Line, booked: Booked) -> BookedLine {
    match booked {
        Booked::Yes { now: OnHand { available, allocated }, .. } => {
            BookedLine { available: Some(available), allocated: Some(allocated), ..outcome(line, "booked") }
        }
        Booked::Repeated => outcome(line, "repeated"),
        Booked::OtherEntry => {
            let mend = format!("give it an id that no other entry of {} has; what was booked is mended by a correction", line.entry.sku);
            refused(line, "other_entry", mend)
        }
        Booked::Promised { missing } => {
            let mend = format!(
                "the books are {missing} short of it, for orders were promised these or they never came: count again, or cancel or re-source orders first"
            );
            refused(line, "too_few", mend)
        }
    }
}

fn outcome(line: &Line, what: &str) -> BookedLine {
    BookedLine {
        line: line.number,
        id: line.entry.id.clone(),
        sku: line.entry.sku.to_string(),
        what: what.to_owned(),
        available: None,
        allocated: None,
        reason: None,
        mend: None,
    }
}

fn refused(line: &Line, reason: &str, mend: String) -> BookedLine {
    BookedLine { reason: Some(reason.to_owned()), mend: Some(mend), ..outcome(line, "refused") }
}

fn unfinished(report: &StockReport, cause: Option<PortError>, open: Vec<Fault>) -> Problem {
    let problem = match cause {
        // No order is at stake, as the problem of a conflict says: orders took from a SKU faster than it could be booked.
        None | Some(PortError::Conflict) => Problem::unavailable(),
        Some(cause) => cause.into(),
    };
    let StockReport { booked, repeated, refused, .. } = report;
    let detail = format!(
        "{} lines are not settled; {booked} were booked, {repeated} had been, {refused} were refused. Send the same lines again: nothing is booked twice.",
        open.len()
    );
    Problem { errors: told(open), ..problem }.detail(detail)
}
