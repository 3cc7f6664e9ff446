//! Deciding what may change an order, and writing it down.

use jiff::Timestamp;

use crate::actor::{Actor, ActorKind};
use crate::history::{Entry, Fact, hash_after};
use crate::ids::OrderId;
use crate::order::Order;
use crate::state::State;
use crate::transition::{self, Transition, Trigger};

/// Why an order does not change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The trigger does nothing in this state, or not for this actor.
    #[error("{trigger} is not possible for a {actor} in state {state}")]
    NotAllowed {
        /// Where the order, or the part, stands.
        state: State,
        /// What was tried.
        trigger: Trigger,
        /// By whom.
        actor: ActorKind,
        /// What this actor may do there instead.
        allowed: Vec<Trigger>,
    },
    /// The order has no part of that number.
    #[error("the order has no part {0}")]
    NoSuchPart(u8),
    /// A refund of more than was captured and not yet refunded.
    #[error("a refund of {asked} exceeds the {left} that are left to refund")]
    OverRefund {
        /// Minor units asked for.
        asked: i64,
        /// Minor units captured and not refunded.
        left: i64,
    },
    /// An amount below zero: what would undo another fact has a fact of its own.
    #[error("{0} is no amount of money that moves")]
    Negative(i64),
    /// A corrected order that costs more than the customer's payment reserves.
    #[error(
        "the corrected total of {asked} is more than the {reserved} that the payment reserves: order for less, or cancel this order and place a new one"
    )]
    OverReserved {
        /// Minor units of the new total.
        asked: i64,
        /// Minor units reserved.
        reserved: i64,
    },
    /// Its content does not change any more.
    #[error("an order that is {0} is no draft any more, and what it says is settled")]
    Settled(State),
}

/// An order with the entries that have not been stored yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The order after them.
    pub order: Order,
    /// The entries, oldest first.
    pub entries: Vec<Entry>,
}

/// Who changes an order, when, and why: given once for all the entries of a decision.
#[derive(Debug, Clone)]
pub struct By {
    /// Who.
    pub actor: Actor,
    /// When.
    pub at: Timestamp,
    /// A short code or sentence without personal data.
    pub reason: Option<String>,
}

impl By {
    /// This actor, now, for no stated reason.
    pub fn new(actor: Actor, at: Timestamp) -> Self {
        Self { actor, at, reason: None }
    }

    /// The same, for a reason.
    #[must_use]
    pub fn because(self, reason: impl Into<String>) -> Self {
        Self { reason: Some(reason.into()), ..self }
    }
}

impl Changed {
    /// A new order: transition 1, out of a draft that was never stored. `None` where the fact is no capture.
    pub fn captured(id: OrderId, fact: Fact, by: &By) -> Option<Self> {
        let entry = Entry { to: State::PendingPayment, trigger: Some(Trigger::OrderSubmitted), ..blank(1, State::Draft, by) };
        Self::begun(id, entry, fact)
    }

    /// A new draft: an order that nobody has submitted yet. `None` where the fact is no capture.
    pub fn drafted(id: OrderId, fact: Fact, by: &By) -> Option<Self> {
        Self::begun(id, blank(1, State::Draft, by), fact)
    }

    fn begun(id: OrderId, mut entry: Entry, fact: Fact) -> Option<Self> {
        entry.fact = Some(fact);
        entry.hash = hash_after("", &entry);
        Order::born(id, &entry).map(|order| Self { order, entries: vec![entry] })
    }

    /// The order as it is, with nothing to store.
    pub fn of(order: Order) -> Self {
        Self { order, entries: Vec::new() }
    }

    /// Whether there is anything to store.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Moves the whole order.
    pub fn go(self, trigger: Trigger, by: &By) -> Result<Self, Refusal> {
        self.step(trigger, None, None, by, false)
    }

    /// Moves the whole order and notes what was learnt.
    pub fn go_knowing(self, trigger: Trigger, fact: Fact, by: &By) -> Result<Self, Refusal> {
        self.step(trigger, None, Some(fact), by, false)
    }

    /// Moves one vendor's part.
    pub fn go_part(self, no: u8, trigger: Trigger, by: &By) -> Result<Self, Refusal> {
        self.step(trigger, Some(no), None, by, false)
    }

    /// Moves one vendor's part and notes what was learnt.
    pub fn go_part_knowing(self, no: u8, trigger: Trigger, fact: Fact, by: &By) -> Result<Self, Refusal> {
        self.step(trigger, Some(no), Some(fact), by, false)
    }

    /// Notes what was learnt; the state stays.
    pub fn learn(self, fact: Fact, by: &By) -> Result<Self, Refusal> {
        can_learn(&self.order, &fact)?;
        let mut entry = blank(self.order.seq + 1, self.order.state, by);
        entry.fact = Some(fact);
        Ok(self.push(entry))
    }

    /// Cancels the order: the whole where it has no parts yet, else every part that is still live. All or nothing.
    pub fn cancel(self, by: &By) -> Result<Self, Refusal> {
        if self.order.parts.is_empty() {
            let trigger = transition::cancelling(self.order.state).unwrap_or(Trigger::Cancelled);
            return self.go(trigger, by);
        }
        let live: Vec<(u8, State)> =
            self.order.parts.iter().filter(|part| !part.state.is_terminal()).map(|part| (part.no, part.state)).collect();
        if live.is_empty() {
            return self.go(Trigger::Cancelled, by);
        }
        live.into_iter()
            .try_fold(self, |changed, (no, state)| changed.go_part(no, transition::cancelling(state).unwrap_or(Trigger::Cancelled), by))
    }

    /// Cancels the order, or, in the moments in which the table has no way out but the machine soon reaches one, notes that it is wished: the
    /// wish comes true in the write that reaches it. Wishing again changes nothing.
    pub fn cancel_or_wish(self, by: &By) -> Result<Self, Refusal> {
        match self.clone().cancel(by) {
            Err(_) if self.order.wish.is_some() => Ok(self),
            Err(_) if self.order.can_be_cancelled_later(by.actor.kind) => Ok(self.learn(Fact::CancelRequested, by)?.granting(by.at)),
            done => done,
        }
    }

    /// Brings a part to `target` on a carrier's word, by the shortest way that a carrier may take it, noting the steps before the last
    /// as inferred: nobody saw them. Where no way leads there, as for duplicate and late scans, nothing changes.
    pub fn carried(self, no: u8, target: State, by: &By) -> Result<Self, Refusal> {
        let part = self.order.part(no).ok_or(Refusal::NoSuchPart(no))?;
        let way = transition::shortest(part.state, target, by.actor.kind).unwrap_or_default();
        let last = way.len().saturating_sub(1);
        way.iter().enumerate().try_fold(self, |changed, (i, row)| changed.step(row.trigger, Some(no), None, by, i < last))
    }

    fn step(self, trigger: Trigger, part: Option<u8>, fact: Option<Fact>, by: &By, inferred: bool) -> Result<Self, Refusal> {
        let state = match part {
            None => self.order.state,
            Some(no) => self.order.part(no).ok_or(Refusal::NoSuchPart(no))?.state,
        };
        let actor = by.actor.kind;
        let row = transition::find(state, trigger).filter(|row| row.actors.contains(&actor)).filter(|row| self.order.admits(row, part));
        let Some(row) = row else {
            return Err(Refusal::NotAllowed { state, trigger, actor, allowed: transition::allowed(state, actor) });
        };
        fact.iter().try_for_each(|fact| can_learn(&self.order, fact))?;
        let entry = Entry { fact, inferred, ..moving(self.order.seq + 1, row, part, by) };
        Ok(self.push(entry).granting(by.at))
    }

    /// Takes the way out of every piece that has one, where the order is wished to be cancelled, in the name of who wished it.
    fn granting(self, at: Timestamp) -> Self {
        let Some(wish) = self.order.wish.clone() else { return self };
        let by = By { actor: wish.actor, at, reason: wish.reason };
        let pieces: Vec<(Option<u8>, State)> = if self.order.parts.is_empty() {
            vec![(None, self.order.state)]
        } else {
            self.order.parts.iter().map(|part| (Some(part.no), part.state)).collect()
        };
        pieces.into_iter().fold(self, |changed, (part, state)| match transition::cancelled_by(state, by.actor.kind) {
            Some(row) => {
                let entry = moving(changed.order.seq + 1, row, part, &by);
                changed.push(entry)
            }
            None => changed,
        })
    }

    fn push(mut self, mut entry: Entry) -> Self {
        entry.hash = hash_after(&self.order.hash, &entry);
        self.order = self.order.with(&entry);
        self.entries.push(entry);
        self
    }
}

/// The entry of a transition.
fn moving(seq: u64, row: &Transition, part: Option<u8>, by: &By) -> Entry {
    Entry { to: row.to, trigger: Some(row.trigger), part, ..blank(seq, row.from, by) }
}

/// Whether a fact may be true of this order: no more goes back than was taken, no money moves backwards, and what a submitted order says
/// is settled.
fn can_learn(order: &Order, fact: &Fact) -> Result<(), Refusal> {
    if let Some(amount) = fact.amount().filter(|amount| *amount < 0) {
        return Err(Refusal::Negative(amount));
    }
    match fact {
        Fact::PaymentRefunded { amount } => {
            let left = order.payment.captured - order.payment.refunded;
            if *amount > left { Err(Refusal::OverRefund { asked: *amount, left }) } else { Ok(()) }
        }
        Fact::Corrected { .. } if order.state != State::ValidationFailed => Err(Refusal::Settled(order.state)),
        Fact::Corrected { total } if *total < 0 => Err(Refusal::Negative(*total)),
        Fact::Corrected { total } if *total > order.payment.authorized => {
            Err(Refusal::OverReserved { asked: *total, reserved: order.payment.authorized })
        }
        Fact::DraftEdited { .. } if order.state != State::Draft => Err(Refusal::Settled(order.state)),
        _ => Ok(()),
    }
}

fn blank(seq: u64, state: State, by: &By) -> Entry {
    Entry {
        seq,
        at: by.at,
        actor: by.actor.clone(),
        from: state,
        to: state,
        trigger: None,
        part: None,
        fact: None,
        reason: by.reason.clone(),
        inferred: false,
        hash: String::new(),
    }
}
