//! Commands: submit, cancel, pay again, review, resume, and what vendors do.

use serde::de::DeserializeOwned;

use oms_contract::api::command::{CancelOrder, PayOrder, ReceiveReturn, RejectOrder, ReviewDecision, ReviewOrder, ShipOrder};
use oms_contract::http::{ApiRequest, ApiResponse, Caller};
use oms_contract::idempotency::Asked;
use oms_contract::problem::{Fault, Problem};
use oms_contract::record::{Command, MethodChange, Package, Record};
use oms_domain::change::{By, Changed};
use oms_domain::history::Fact;
use oms_domain::order::{Part, PaymentStatus};
use oms_domain::reason::{CANCELLED_ON_REQUEST, REVIEW_REJECTED};
use oms_domain::timers::RETURN_WINDOW;
use oms_domain::transition::{Transition, Trigger};
use oms_domain::{ActorKind, Order, State, SubOrderId};
use oms_ports::orders::{Origin, Records, Stored};
use oms_ports::{PortError, StepError};

use crate::Deps;
use crate::{access, offer, read};

/// What a command comes to: the order changed, with records to store beside it. Nothing changed: it was done before.
struct Decision {
    changed: Changed,
    records: Vec<Record>,
}

impl Decision {
    fn of(changed: Changed) -> Self {
        Self { changed, records: Vec::new() }
    }
}

/// Runs the command that the endpoint names, and answers with the order after it. A command that was carried out under its key before is
/// not carried out again: its answer is the order as it stands.
pub(crate) async fn run(deps: &Deps, request: &ApiRequest, caller: &Caller, operation: &str) -> Result<ApiResponse, Problem> {
    let asked = Asked::of(request, caller, operation)?;
    for attempt in 0..2 {
        // First: an order read after it is at least as new as what the command made.
        let done = done_before(deps, request, asked.as_ref()).await?;
        let stored = access::find(deps, request, caller).await?;
        if let (Some(done), Some(asked)) = (done, &asked) {
            return if done.what == asked.what { answer(deps, caller, operation, &stored).await } else { Err(Problem::key_reused()) };
        }
        request.expects(stored.order.seq)?;
        let mut decision = decide(deps, request, caller, operation, &stored).await?;
        let (version, at) = (decision.changed.order.seq, deps.clock.now());
        decision.records.extend(asked.clone().map(|Asked { key, what }| Record::Command(Command { key, what, version, at })));
        match store(deps, &stored, decision).await {
            Ok(now) => return answer(deps, caller, operation, &now).await,
            Err(PortError::Conflict) if attempt == 0 => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::changed_meanwhile())
}

/// The order as it stands. 202 where it will be cancelled, but is not yet.
async fn answer(deps: &Deps, caller: &Caller, operation: &str, stored: &Stored) -> Result<ApiResponse, Problem> {
    let answer = read::answer(deps, caller, stored).await?;
    let waits = operation == "cancelOrder" && stored.order.wish.is_some();
    Ok(if waits { ApiResponse { status: 202, ..answer } } else { answer })
}

async fn done_before(deps: &Deps, request: &ApiRequest, asked: Option<&Asked>) -> Result<Option<Command>, PortError> {
    match (access::named(request), asked) {
        (Some(id), Some(asked)) => deps.records.command(id, &asked.key).await,
        _ => Ok(None),
    }
}

/// One write; where the order stays as it is, of the records alone.
async fn store(deps: &Deps, was: &Stored, decision: Decision) -> Result<Stored, PortError> {
    if !decision.changed.is_empty() {
        return deps.orders.commit(was, decision.changed, Origin::Outside, &decision.records).await;
    }
    if !decision.records.is_empty() {
        deps.orders.keep(was.order.id, &decision.records).await?;
    }
    Ok(was.clone())
}

async fn decide(deps: &Deps, request: &ApiRequest, caller: &Caller, operation: &str, stored: &Stored) -> Result<Decision, Problem> {
    let by = By::new(caller.actor(), deps.clock.now());
    let change = stored.change();
    match operation {
        "submitOrder" => submit(change, &by).map(Decision::of),
        "cancelOrder" => cancel(change, by, optional_body(request)?).map(Decision::of),
        "payOrder" => pay_again(deps.records.as_ref(), change, &by, optional_body(request)?).await,
        "answerOffer" => offer::answer(change, by, request.json()?).map(Decision::of),
        "reviewOrder" => review(change, by, request.json()?).map(Decision::of),
        "resumeOrder" => resume(change, &by).map(Decision::of),
        _ => {
            let part = access::own_part(caller, &stored.order).cloned().ok_or_else(|| Problem::not_found("order"))?;
            match operation {
                "acceptOrder" => by_row(change, &part, ACCEPTED, &by).map(Decision::of),
                "rejectOrder" => reject(change, &part, by, request.json()?).map(Decision::of),
                "receiveReturn" => receive(change, &part, by, request.json()?).map(Decision::of),
                "pickOrder" => by_row(change, &part, PICKED, &by).map(Decision::of),
                "packOrder" => pack(change, &part, &by).map(Decision::of),
                "shipOrder" => ship(deps, change, &part, &by, request.json()?).await,
                other => Err(unknown(other)),
            }
        }
    }
}

fn unknown(operation: &str) -> Problem {
    tracing::error!(operation, error.name = StepError::Bug(String::new()).name(), "An endpoint of the table has no handler");
    Problem::internal()
}

fn optional_body<T: DeserializeOwned + Default>(request: &ApiRequest) -> Result<T, Problem> {
    if request.body.is_empty() { Ok(T::default()) } else { request.json() }
}

/// A short code: it goes into the history, which must hold no personal data, so free text is not taken.
fn code(at: &str, code: &str) -> Result<String, Problem> {
    let fits = !code.is_empty() && code.len() <= 40 && code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if fits {
        Ok(code.to_owned())
    } else {
        Err(Problem::invalid(vec![Fault { at: at.to_owned(), message: "must be a code of 1 to 40 of a-z, 0-9 and '_'".to_owned() }]))
    }
}

fn submit(change: Changed, by: &By) -> Result<Changed, Problem> {
    if change.order.submitted_at.is_some() {
        return Ok(change);
    }
    Ok(change.go(Trigger::OrderSubmitted, by)?)
}

fn cancel(change: Changed, by: By, body: CancelOrder) -> Result<Changed, Problem> {
    if change.order.state == State::Cancelled {
        return Ok(change);
    }
    let reason = body.reason.as_deref().map(|reason| code("reason", reason)).transpose()?;
    let by = by.because(reason.unwrap_or_else(|| CANCELLED_ON_REQUEST.to_owned()));
    Ok(change.cancel_or_wish(&by)?)
}

async fn pay_again(records: &dyn Records, change: Changed, by: &By, body: PayOrder) -> Result<Decision, Problem> {
    if is_paid_again(&change.order) {
        return Ok(Decision::of(change));
    }
    let last = change.order.payment.attempt;
    let wanted = change.order.state == State::PendingPayment && change.order.payment.status == PaymentStatus::MethodWanted;
    let method = match body.payment_method {
        Some(given) => Some(given.accept("payment_method").map_err(Problem::invalid)?),
        None if wanted => {
            let message = "is needed: another payment method is asked for".to_owned();
            return Err(Problem::invalid(vec![Fault { at: "payment_method".to_owned(), message }]));
        }
        // What was given for the last attempt goes for this one too.
        None => records.method(change.order.id, last).await?.map(|change| change.method),
    };
    let changed = if wanted { change.learn(Fact::PaymentMethodGiven, by)? } else { change.go(Trigger::PaymentRetried, by)? };
    let attempt = changed.order.payment.attempt;
    let records = method.map(|method| Record::Method(MethodChange { attempt, method }));
    Ok(Decision { changed, records: records.into_iter().collect() })
}

/// Whether this is a click more: the attempt that an earlier one started is under way, or has gone through, however far the order has come since.
fn is_paid_again(order: &Order) -> bool {
    let payment = &order.payment;
    let goes_well = match payment.status {
        PaymentStatus::Open | PaymentStatus::ActionRequired | PaymentStatus::Authorized | PaymentStatus::Captured => true,
        PaymentStatus::MethodWanted | PaymentStatus::Declined | PaymentStatus::Voided | PaymentStatus::Refunded => false,
    };
    payment.attempt > 1 && goes_well && !order.is_dead()
}

fn review(change: Changed, by: By, body: ReviewOrder) -> Result<Changed, Problem> {
    let reason = body.reason.as_deref().map(|reason| code("reason", reason)).transpose()?;
    let (trigger, fallback, done) = match body.decision {
        ReviewDecision::Approve => {
            (Trigger::ReviewCleared, "approved", change.order.state > State::FraudReview && change.order.state < State::Cancelled)
        }
        ReviewDecision::Reject => (Trigger::ReviewRejectedOrTimedOut, REVIEW_REJECTED, change.order.state == State::Cancelled),
        ReviewDecision::OtherPayment => (Trigger::OtherPaymentRequired, "other_payment_required", false),
    };
    if done && change.order.risk.is_some() {
        return Ok(change);
    }
    Ok(change.go(trigger, &by.because(reason.unwrap_or_else(|| fallback.to_owned())))?)
}

fn resume(change: Changed, by: &By) -> Result<Changed, Problem> {
    let (stalled, unfinished) = (change.order.stalled.is_some(), change.order.unfinished.is_some());
    let resting: Vec<Option<u8>> = change.order.shortages.iter().filter(|shortage| shortage.rests).map(|shortage| shortage.part).collect();
    let change = if stalled { change.learn(Fact::Resumed, by)? } else { change };
    let change = resting.into_iter().try_fold(change, |change, no| change.learn(Fact::SourcingResumed { no }, by))?;
    Ok(if unfinished { change.learn(Fact::UndoResumed, by)? } else { change })
}

/// The vendor has its part back: it alone, whatever else the order holds. What was paid for it is given back by the next step.
fn receive(change: Changed, part: &Part, by: By, body: ReceiveReturn) -> Result<Changed, Problem> {
    if part.state == State::Returned {
        return Ok(change);
    }
    let reason = code("reason", &body.reason)?;
    if part.state == State::Delivered && by.at.duration_since(part.since) > RETURN_WINDOW {
        return Err(Problem::conflict("This part was delivered more than 28 days ago: its return is not for this system to decide."));
    }
    Ok(change.go_part(part.no, CAME_BACK.trigger, &by.because(reason))?)
}

// What vendors do, as rows of the table: none compiles that is not theirs.
const ACCEPTED: Transition = Transition::of(State::PendingFulfillment, Trigger::VendorAccepted, ActorKind::Vendor);
const REFUSED: Transition = Transition::of(State::PendingFulfillment, Trigger::VendorRejectedOrSlaMissed, ActorKind::Vendor);
const WITHDREW: Transition = Transition::of(State::VendorAccepted, Trigger::VendorWithdrew, ActorKind::Vendor);
const CAME_UP_SHORT: Transition = Transition::of(State::Picking, Trigger::ShortPickOrDamage, ActorKind::Vendor);
const PICKED: Transition = Transition::of(State::VendorAccepted, Trigger::PickingStarted, ActorKind::Vendor);
const ALL_PICKED: Transition = Transition::of(State::Picking, Trigger::PickingCompleted, ActorKind::Vendor);
const PACKED: Transition = Transition::of(State::Packing, Trigger::PackingCompleted, ActorKind::Vendor);
const HANDED_OVER: Transition = Transition::of(State::ReadyToShip, Trigger::CarrierPickedUp, ActorKind::Vendor);
const CAME_BACK: Transition = Transition::of(State::Delivered, Trigger::ReturnReceived, ActorKind::Vendor);

/// Moves the part, unless it is there already.
fn by_row(change: Changed, part: &Part, row: Transition, by: &By) -> Result<Changed, Problem> {
    if part.state == row.to { Ok(change) } else { Ok(change.go_part(part.no, row.trigger, by)?) }
}

fn reject(change: Changed, part: &Part, by: By, body: RejectOrder) -> Result<Changed, Problem> {
    if part.state == State::VendorRejected {
        return Ok(change);
    }
    let row = [WITHDREW, CAME_UP_SHORT].into_iter().find(|row| row.from == part.state).unwrap_or(REFUSED);
    Ok(change.go_part(part.no, row.trigger, &by.because(code("reason", &body.reason)?))?)
}

/// Picked, packed and ready for the carrier: from `picking` this is two transitions in one write.
fn pack(change: Changed, part: &Part, by: &By) -> Result<Changed, Problem> {
    if part.state == State::ReadyToShip {
        return Ok(change);
    }
    let packing = if part.state == State::Picking { change.go_part(part.no, ALL_PICKED.trigger, by)? } else { change };
    Ok(packing.go_part(part.no, PACKED.trigger, by)?)
}

async fn ship(deps: &Deps, change: Changed, part: &Part, by: &By, body: ShipOrder) -> Result<Decision, Problem> {
    let carrier = code("carrier", &body.carrier)?;
    let number = body.tracking_number.trim();
    if number.is_empty() || number.len() > 40 || !number.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        let message = "must be 1 to 40 letters, digits and '-'".to_owned();
        return Err(Problem::invalid(vec![Fault { at: "tracking_number".to_owned(), message }]));
    }
    let order = change.order.id;
    if part.state > State::ReadyToShip && !matches!(part.state, State::Cancelled) {
        return shipped_before(deps, change, part, &carrier, number).await;
    }
    let changed = change.go_part(part.no, HANDED_OVER.trigger, by)?;
    let package = Package {
        sub_order_id: SubOrderId { order, part: part.no },
        package: 1,
        carrier,
        tracking_number: number.to_owned(),
        shipped_at: by.at,
        poll_at: Some(by.at),
    };
    let mut records = vec![Record::Package(package)];
    let sub_orders = deps.records.sub_orders(order).await?;
    let own = sub_orders.into_iter().find(|sub_order| sub_order.sub_order_id.part == part.no);
    records.extend(own.map(|sub_order| Record::SubOrder { sub_order, open: false }));
    Ok(Decision { changed, records })
}

/// The same parcel named again is the first call's answer; another one is a mistake that somebody has to look at.
async fn shipped_before(deps: &Deps, change: Changed, part: &Part, carrier: &str, number: &str) -> Result<Decision, Problem> {
    let dossier = deps.records.dossier(change.order.id).await?;
    let same = |package: &Package| package.sub_order_id.part == part.no && package.carrier == carrier && package.tracking_number == number;
    if dossier.packages.iter().any(same) {
        return Ok(Decision::of(change));
    }
    Err(Problem::conflict("This part was shipped before, with another carrier or tracking number."))
}
