//! What can happen to an order, and which of it can happen now.
//!
//! The machine may be started for any order at any time, so its next step is always possible. Webhooks may come late, twice and in any order:
//! as they only name the payment to look at, one can come at any time for every payment that there is. So can scans of a parcel.

use std::collections::BTreeMap;

use futures::future::LocalBoxFuture;
use jiff::SignedDuration;
use serde_json::{Value, json};

use oms_carriers::apply::{Stores, apply, owners};
use oms_contract::api::endpoints::scopes_of;
use oms_contract::http::{ApiRequest, ApiResponse, Caller};
use oms_contract::queue::WebhookMessage;
use oms_contract::step::{StalledStep, StepInput, Unfinished};
use oms_domain::flow::{self, Next, Undo};
use oms_domain::order::{Failure, PaymentStatus};
use oms_domain::{ActorKind, State, timers};
use oms_fakes::gateway::CARD_GOOD;
use oms_fakes::inventory::Status;
use oms_fakes::orders::Effect;
use oms_fakes::{NOON, some_personal};
use oms_ports::StepError;
use oms_ports::gateway::Standing;

use crate::world::{PRICE, SCANS, Situation, World, scan, sku_of};

/// Something that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// The machine runs this step, perhaps one that it dispatched to a while ago.
    Step(Next),
    /// The machine gives the step up, as after its last retry.
    GiveUp(Next),
    /// The cancellation machine runs this step.
    Undo(Undo),
    /// The cancellation machine gives the step up, and everything else is done or given up too.
    GiveUpUndo(Undo),
    /// The customer edits the draft: so many pieces.
    Edit(u8),
    /// The customer submits the draft.
    Submit,
    /// The customer cancels, or wishes to where the table has no way out.
    Cancel,
    /// The customer pays again the same way.
    PayAgain,
    /// The customer pays with a good card.
    PayOtherwise,
    /// An operator clears the order.
    Approve,
    /// An operator rejects it.
    Reject,
    /// An operator asks for another payment.
    AskOtherPayment,
    /// An operator starts a stalled order again.
    Resume,
    /// The vendor of a part accepts it.
    Accept(u8),
    /// The vendor refuses, withdraws, or comes up short.
    Refuse(u8),
    /// The vendor starts picking.
    Pick(u8),
    /// The vendor has packed.
    Pack(u8),
    /// The vendor hands over.
    Ship(u8),
    /// The carrier tells of a part's parcel: which of [`SCANS`].
    Scan(u8, usize),
    /// The gateway tells of a payment, by its place.
    Webhook(usize),
    /// The customer passes 3-D Secure, or a payment in processing goes through.
    Passes(usize),
    /// The customer fails 3-D Secure, or a payment in processing does not go through.
    Fails(usize),
    /// The reservation runs out at the gateway.
    Expires(usize),
    /// The first choice's shelf of a line turns out to be empty.
    Vanish(u8),
    /// What had vanished is there again.
    TurnUp(u8),
    /// The customer answers an offer: which of [`ANSWERS`].
    Answer(usize),
    /// The vendor of a part has it back.
    Return(u8),
    /// The clock comes to the next moment at which something is due. Nobody need notice.
    TimePasses,
    /// The sweeper runs.
    Sweep,
}

/// Which of the events beyond the ordinary ones a search tries.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "four independent kinds of events")]
pub(crate) struct Alphabet {
    /// Scans, of [`SCANS`].
    pub(crate) scans: &'static [usize],
    /// Times that a machine gives up in a row.
    pub(crate) stalls: u8,
    /// Payment attempts that customers and operators make, those of timers not counted.
    pub(crate) attempts: u8,
    /// Whether reservations run out.
    pub(crate) expiry: bool,
    /// Whether goods vanish.
    pub(crate) vanishing: bool,
    /// Whether customers send back what was delivered.
    pub(crate) returns: bool,
    /// Whether time passes.
    pub(crate) time: bool,
}

/// What a customer may answer to an offer.
pub(crate) const ANSWERS: [&str; 3] = ["wait", "substitute", "cancel"];

/// How a handler ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// As it should, be it with a refusal to the caller.
    Well,
    /// With an error that is tried again.
    Later,
    /// With an error that should never be.
    Badly(String),
}

impl From<Result<(), StepError>> for Ended {
    fn from(result: Result<(), StepError>) -> Self {
        match result {
            Ok(()) => Self::Well,
            Err(error) if error.is_retryable() => Self::Later,
            Err(error) => Self::Badly(error.to_string()),
        }
    }
}

/// What can happen now. Too much rather than too little: what is not allowed is refused by the handlers.
pub(crate) fn possible(now: &Situation, with: &Alphabet) -> Vec<Event> {
    let order = now.order();
    let mut events = steps(now);
    let next = flow::next(order);
    if next != Next::Wait && order.stalls < with.stalls {
        events.push(Event::GiveUp(next));
    }
    if order.undo_stops < with.stalls {
        events.extend(flow::undo(order).into_iter().map(Event::GiveUpUndo));
    }
    if order.stalled.is_some() || order.unfinished.is_some() {
        events.push(Event::Resume);
    }
    if order.state == State::Draft {
        events.extend([Event::Edit(1), Event::Edit(2), Event::Submit]);
    }
    if !order.state.is_terminal() {
        events.push(Event::Cancel);
    }
    let may_pay = order.payment.attempt < with.attempts;
    if order.state == State::PaymentFailed && may_pay {
        events.extend([Event::PayAgain, Event::PayOtherwise]);
    }
    if order.payment.status == PaymentStatus::MethodWanted {
        events.extend([Event::PayAgain, Event::PayOtherwise]);
    }
    if order.state == State::FraudReview {
        events.extend([Event::Approve, Event::Reject]);
        events.extend(may_pay.then_some(Event::AskOtherPayment));
    }
    for part in &order.parts {
        let no = part.no;
        events.extend(match part.state {
            State::PendingFulfillment => vec![Event::Accept(no), Event::Refuse(no)],
            State::VendorAccepted => vec![Event::Pick(no), Event::Refuse(no)],
            State::Picking => vec![Event::Pack(no), Event::Refuse(no)],
            State::Packing => vec![Event::Pack(no)],
            State::ReadyToShip => vec![Event::Ship(no)],
            State::Delivered if with.returns => vec![Event::Return(no)],
            _ => Vec::new(),
        });
    }
    for package in now.tables.packages.values() {
        events.extend(with.scans.iter().map(|nth| Event::Scan(package.sub_order_id.part, *nth)));
    }
    for (i, intent) in now.books.intents.iter().enumerate() {
        events.push(Event::Webhook(i));
        match intent.payment.standing {
            Standing::ActionRequired { .. } | Standing::Processing => events.extend([Event::Passes(i), Event::Fails(i)]),
            Standing::Authorized { .. } if with.expiry => events.push(Event::Expires(i)),
            _ => {}
        }
    }
    let untouched = now.ledger.written_off.is_empty();
    if with.vanishing && untouched && order.parts.is_empty() && order.checked.is_some() {
        events.push(Event::Vanish(1));
    }
    if with.vanishing && !untouched && order.parts.is_empty() {
        events.push(Event::TurnUp(1));
    }
    if order.shortages.offered().next().is_some() {
        events.extend((0..ANSWERS.len()).map(Event::Answer));
    }
    if with.time {
        events.extend(next_moment(now).map(|_| Event::TimePasses));
        events.extend(sweep_has_work(now).then_some(Event::Sweep));
    }
    events
}

/// The steps that the order asks of either machine, and the one that an execution from before its end may still run. In whatever order: what
/// one machine does first, the other may have done before.
pub(crate) fn steps(now: &Situation) -> Vec<Event> {
    let order = now.order();
    let next = Some(flow::next(order)).filter(|next| *next != Next::Wait);
    let undo = flow::undo(order);
    let open = matches!(order.payment.status, PaymentStatus::Open | PaymentStatus::ActionRequired | PaymentStatus::MethodWanted);
    let late = order.is_dead() && open && next != Some(Next::Pay) && !undo.contains(&Undo::Money);
    let steps = next.into_iter().chain(late.then_some(Next::Pay)).map(Event::Step);
    steps.chain(undo.into_iter().map(Event::Undo)).collect()
}

/// Whether the sweeper would find anything.
pub(crate) fn sweep_has_work(now: &Situation) -> bool {
    let woken = now.stored().wake_at.is_some_and(|at| at <= now.now);
    let mut holds = now.ledger.holds.values();
    woken || holds.any(|hold| hold.status == Status::Held && hold.expires_at < now.now)
}

/// All moments to come at which something is due, oldest first.
pub(crate) fn moments(now: &Situation) -> Vec<jiff::Timestamp> {
    let order = now.order();
    let mut moments: Vec<_> = now.stored().wake_at.into_iter().collect();
    let mut at = now.now;
    while let Some(next) = timers::after(order, at) {
        moments.push(next);
        at = next;
    }
    moments.extend(now.tables.effects.values().filter_map(|effect| match effect {
        Effect::Started { lease_until } => Some(*lease_until),
        Effect::Done(_) => None,
    }));
    let held = now.ledger.holds.values().filter(|hold| hold.status == Status::Held);
    moments.extend(held.map(|hold| hold.expires_at + SignedDuration::from_secs(1)));
    moments.retain(|at| *at > now.now);
    moments.sort_unstable();
    moments.dedup();
    moments
}

fn next_moment(now: &Situation) -> Option<jiff::Timestamp> {
    moments(now).first().copied()
}

/// Changes the world without any handler of ours; true where the event is of that sort.
pub(crate) fn happens_outside(now: &mut Situation, event: Event) -> bool {
    match event {
        Event::TimePasses => {
            if let Some(at) = next_moment(now) {
                now.now = at;
            }
        }
        Event::Passes(i) => {
            let amount = now.order().total;
            now.books.intents[i].settle(Standing::Authorized { amount });
        }
        Event::Fails(i) => {
            now.books.intents[i].settle(Standing::Declined { code: "authentication_required".to_owned(), hard: false });
        }
        Event::Expires(i) => now.books.intents[i].settle(Standing::Voided),
        Event::Vanish(no) => {
            let sku = sku_of(no);
            let place = now.ledger.rows.keys().rfind(|place| place.0 == sku).cloned();
            if let Some(place) = place {
                now.ledger.lose(&place, u32::MAX);
            }
        }
        Event::TurnUp(no) => {
            let sku = sku_of(no);
            let place = now.ledger.rows.keys().rfind(|place| place.0 == sku).cloned();
            if let (Some(place), Some(gone)) = (place, now.ledger.written_off.remove(&sku)) {
                now.ledger.rows.entry(place).or_default().available += gone;
            }
        }
        _ => return false,
    }
    true
}

/// The handler that deals with the event.
pub(crate) fn handler(world: &World, event: Event) -> LocalBoxFuture<'_, Ended> {
    let id = world.id;
    match event {
        Event::Step(step) => Box::pin(async move { Ended::from(run_step(world, step).await) }),
        Event::GiveUp(step) => {
            let stalled = StalledStep { order_id: id, step: step.to_string(), error: "Unavailable".to_owned() };
            Box::pin(async move { Ended::from(sweep::handle(&world.sweep, sweep::Input::Stalled(stalled)).await) })
        }
        Event::Undo(undo) => Box::pin(async move { Ended::from(run_undo(world, undo).await) }),
        Event::GiveUpUndo(undo) => {
            let failures = vec![Failure { undo, error: "Unavailable".to_owned() }];
            let unfinished = Unfinished { order_id: id, failures };
            Box::pin(async move { Ended::from(sweep::handle(&world.sweep, sweep::Input::Unfinished(unfinished)).await) })
        }
        Event::Sweep => Box::pin(async move { Ended::from(sweep::handle(&world.sweep, sweep::Input::Tick {}).await) }),
        Event::Webhook(i) => {
            let object = json!({ "object": "payment_intent", "id": format!("pi_{}", i + 1) });
            let body = json!({ "id": "evt_1", "type": "payment_intent.updated", "data": { "object": object } });
            let message = WebhookMessage { source: "stripe".to_owned(), received_at: NOON, body: body.to_string() };
            Box::pin(async move { Ended::from(payment_webhook::handle(&world.payment_webhook, &message).await) })
        }
        Event::Scan(no, nth) => Box::pin(async move { Ended::from(told(world, no, nth).await) }),
        Event::Accept(no) => vendor(world, no, "accept", Value::Null),
        Event::Refuse(no) => vendor(world, no, "reject", json!({ "reason": "out_of_stock" })),
        Event::Pick(no) => vendor(world, no, "pick", Value::Null),
        Event::Pack(no) => vendor(world, no, "pack", Value::Null),
        Event::Ship(no) => vendor(world, no, "ship", json!({ "carrier": "dhl", "tracking_number": number(no) })),
        Event::Answer(nth) => command(world, ActorKind::Customer, "cus-1".to_owned(), "offer", json!({ "choice": ANSWERS[nth] })),
        Event::Return(no) => vendor(world, no, "return", json!({ "reason": "withdrawn" })),
        Event::Edit(pieces) => edit(world, pieces),
        Event::Submit => command(world, ActorKind::Customer, "cus-1".to_owned(), "submit", Value::Null),
        Event::Cancel => command(world, ActorKind::Customer, "cus-1".to_owned(), "cancel", Value::Null),
        Event::PayAgain => command(world, ActorKind::Customer, "cus-1".to_owned(), "pay", Value::Null),
        Event::PayOtherwise => {
            let body = json!({ "payment_method": { "kind": "card", "token": CARD_GOOD } });
            command(world, ActorKind::Customer, "cus-1".to_owned(), "pay", body)
        }
        Event::Approve => review(world, "approve"),
        Event::Reject => review(world, "reject"),
        Event::AskOtherPayment => review(world, "other_payment"),
        Event::Resume => command(world, ActorKind::Operator, "ops".to_owned(), "resume", Value::Null),
        Event::Passes(_) | Event::Fails(_) | Event::Expires(_) | Event::Vanish(_) | Event::TurnUp(_) | Event::TimePasses => {
            Box::pin(async { Ended::Well })
        }
    }
}

async fn run_step(world: &World, step: Next) -> Result<(), StepError> {
    let input = StepInput { order_id: world.id };
    match step {
        Next::Pay => pay::handle(&world.pay, input).await.map(drop),
        Next::Validate => validate::handle(&world.validate, input).await.map(drop),
        Next::Score => score::handle(&world.score, input).await.map(drop),
        Next::Route => route::handle(&world.route, input).await.map(drop),
        Next::Notify => notify::step(&world.notify, input).await.map(drop),
        Next::Wait => Ok(()),
    }
}

/// The function behind a step of the cancellation machine, by `statemachine/cancellation.asl.json`.
async fn run_undo(world: &World, undo: Undo) -> Result<(), StepError> {
    let input = StepInput { order_id: world.id };
    match undo {
        Undo::Stock => validate::handle(&world.validate, input).await.map(drop),
        Undo::Money => pay::handle(&world.pay, input).await.map(drop),
        Undo::People => notify::step(&world.notify, input).await.map(drop),
    }
}

fn number(no: u8) -> String {
    format!("0034{no}")
}

async fn told(world: &World, no: u8, nth: usize) -> Result<(), StepError> {
    assert!(nth < SCANS.len(), "no such scan");
    let store = &*world.orders;
    let stores = Stores { orders: &*world.commands.orders, records: store, packages: store };
    for package in owners(store, "dhl", &number(no)).await? {
        apply(stores, &package, &[scan(nth)], oms_ports::Clock::now(&*world.clock)).await?;
    }
    Ok(())
}

fn edit(world: &World, pieces: u8) -> LocalBoxFuture<'_, Ended> {
    let person = some_personal();
    let total = PRICE * i64::from(pieces);
    let body = json!({
        "currency": "EUR",
        "lines": [{ "sku": sku_of(1), "quantity": pieces, "unit_price": PRICE, "discount": 0, "tax": 0 }],
        "shipping": 0,
        "shipping_tax": 0,
        "discount": 0,
        "total": total,
        "contact": { "name": person.contact.name, "email": person.contact.email },
        "shipping_address": person.shipping_address,
        "payment_method": { "kind": "card", "token": world.scenario.card },
        "delivery": { "speed": "standard" },
    });
    let request = request(world, "PUT", "drafts/{order_id}", (ActorKind::Customer, "cus-1".to_owned()), &body);
    Box::pin(async move { answered(capture::handle(&world.capture, request).await) })
}

fn review<'a>(world: &'a World, decision: &str) -> LocalBoxFuture<'a, Ended> {
    command(world, ActorKind::Operator, "ops".to_owned(), "review", json!({ "decision": decision }))
}

/// A command of the vendor that has the part.
fn vendor<'a>(world: &'a World, no: u8, name: &str, body: Value) -> LocalBoxFuture<'a, Ended> {
    let part = world.orders.order(world.id).part(no).map(|part| part.vendor_id.to_string());
    command(world, ActorKind::Vendor, part.unwrap_or_default(), name, body)
}

fn command<'a>(world: &'a World, role: ActorKind, subject: String, name: &str, body: Value) -> LocalBoxFuture<'a, Ended> {
    let request = request(world, "POST", &format!("orders/{{order_id}}/{name}"), (role, subject), &body);
    Box::pin(async move { answered(orders::handle(&world.commands, request).await) })
}

fn request(world: &World, method: &str, path: &str, (role, subject): (ActorKind, String), body: &Value) -> ApiRequest {
    let scopes = scopes_of(role).into_iter().map(str::to_owned).collect();
    ApiRequest {
        route: format!("{method} /api/v2/{path}"),
        path: BTreeMap::from([("order_id".to_owned(), world.id.to_string())]),
        query: BTreeMap::new(),
        headers: BTreeMap::new(),
        body: if body.is_null() { Vec::new() } else { body.to_string().into_bytes() },
        caller: Some(Caller { role, subject, scopes }),
    }
}

fn answered(answer: ApiResponse) -> Ended {
    if answer.status == 500 { Ended::Badly(answer.body) } else { Ended::Well }
}
