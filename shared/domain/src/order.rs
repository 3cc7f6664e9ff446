//! The order's head: the small part that deciding needs.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::actor::{Actor, ActorKind};
use crate::flow::{self, Undo};
use crate::history::{Entry, Fact};
use crate::ids::{CustomerId, OrderId, VendorId};
use crate::money::Currency;
use crate::state::State;
use crate::transition::{self, Transition, Trigger};

/// Where the money is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum PaymentStatus {
    /// Nothing has happened yet in this attempt.
    Open,
    /// The customer must give another payment method before this attempt begins.
    MethodWanted,
    /// The customer must act (3-D Secure).
    ActionRequired,
    /// Reserved.
    Authorized,
    /// Refused.
    Declined,
    /// Taken.
    Captured,
    /// The reservation was given back.
    Voided,
    /// Everything taken was given back.
    Refunded,
}

impl PaymentStatus {
    /// Whether nothing is known yet of what this attempt reserves, so that a reservation on record is that of the attempt before.
    pub fn is_undecided(self) -> bool {
        matches!(self, Self::Open | Self::MethodWanted | Self::ActionRequired)
    }
}

/// Payment summary; amounts in minor units of the order's currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Where the money is.
    pub status: PaymentStatus,
    /// Number of the current attempt, from 1.
    pub attempt: u8,
    /// Reserved at present.
    pub authorized: i64,
    /// Taken in all.
    pub captured: i64,
    /// Given back in all; never more than `captured`.
    pub refunded: i64,
    /// Owed to the customer and not yet given back, while the order lives on.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub owed: i64,
    /// Whether the last refusal was final.
    pub hard_decline: bool,
    /// Whether the gateway was asked after the order had died, and reserved nothing for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub nothing_reserved: bool,
}

/// Where the goods are, in the books.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Stock {
    /// Nothing is held for this order.
    Free,
    /// Held in the pools.
    Held,
    /// Allocated at vendors' warehouses.
    Allocated,
    /// Given back.
    Released,
}

/// What follows from a fraud score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::Display, strum::EnumIter)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Band {
    /// 0 to 20: approved.
    Low,
    /// 21 to 50: to be verified by a challenge.
    Medium,
    /// 51 to 75: to be reviewed by a person.
    High,
    /// 76 to 100: rejected.
    VeryHigh,
}

impl Band {
    /// The band of a score from 0 to 100.
    pub fn of(score: u8) -> Self {
        match score {
            0..=20 => Self::Low,
            21..=50 => Self::Medium,
            51..=75 => Self::High,
            _ => Self::VeryHigh,
        }
    }
}

/// The fraud score given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Risk {
    /// 0 to 100.
    pub score: u8,
    /// What follows.
    pub band: Band,
}

/// A stopped order: which step failed with what, and how often in a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stall {
    /// The step's name in the machine.
    pub step: String,
    /// The error's name in the machine.
    pub error: String,
    /// When.
    pub at: Timestamp,
}

/// A wish to have the order cancelled, which comes true at the first way out that the table of transitions has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// Whose.
    pub actor: Actor,
    /// Why, as a short code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Since when.
    pub at: Timestamp,
}

/// What could not be undone, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What.
    pub undo: Undo,
    /// The error's name in the machine.
    pub error: String,
}

/// A cancellation that stopped before all was undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unfinished {
    /// What could not be undone.
    pub failures: Vec<Failure>,
    /// When it stopped.
    pub at: Timestamp,
}

/// Where a part's goods are, in the books.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Goods {
    /// Set aside at the warehouse, or nowhere yet.
    #[default]
    Kept,
    /// Given back, as the part was cancelled.
    Back,
    /// Out of the warehouse.
    Left,
}

impl Goods {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
    fn are_kept(&self) -> bool {
        *self == Self::Kept
    }
}

/// One vendor's part of the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Its number, from 1.
    pub no: u8,
    /// Whose it is.
    pub vendor_id: VendorId,
    /// States 9 to 23.
    pub state: State,
    /// Since when it is in that state.
    pub since: Timestamp,
    /// Where its goods are.
    #[serde(default, skip_serializing_if = "Goods::are_kept")]
    pub goods: Goods,
    /// Whether it was cancelled and its price is counted as owed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub owed: bool,
    /// Whether it was cancelled, is counted, and its vendor knows, or need not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub told: bool,
}

impl Part {
    /// A part that has just been assigned.
    pub fn new(no: u8, vendor_id: VendorId, state: State, since: Timestamp) -> Self {
        Self { no, vendor_id, state, since, goods: Goods::Kept, owed: false, told: false }
    }
}

/// The order's head. It changes only through [`crate::change::Changed`], and is what its history folds to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// Number of its last history entry, and so its version.
    pub seq: u64,
    /// Hash of that entry.
    pub hash: String,
    /// Whose it is.
    pub customer_id: CustomerId,
    /// Of all its amounts.
    pub currency: Currency,
    /// What the customer pays, in minor units.
    pub total: i64,
    /// When it was captured, or begun as a draft.
    pub created_at: Timestamp,
    /// When its draft was submitted; absent where it was captured without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submitted_at: Option<Timestamp>,
    /// When its last entry was written.
    pub changed_at: Timestamp,
    /// Where it stands; derived from the parts where there are any.
    pub state: State,
    /// Since when.
    pub since: Timestamp,
    /// Money.
    pub payment: Payment,
    /// Goods.
    pub stock: Stock,
    /// Version of the report in which no check stood against it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked: Option<u64>,
    /// Numbers of the checks of that report that ask for a verification.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<u8>,
    /// The fraud score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub risk: Option<Risk>,
    /// Version of the routing plan in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<u64>,
    /// Vendors' parts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
    /// Set while the order is stopped by an error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stalled: Option<Stall>,
    /// Stalls since the last transition.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub stalls: u8,
    /// Reason of the last exit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Set while the order is to be cancelled and cannot be yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wish: Option<Wish>,
    /// Whether an order that died without parts has been counted, and all who had to hear of it been told.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub told: bool,
    /// Set while something could not be undone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unfinished: Option<Unfinished>,
    /// Times that undoing stopped since the last cancellation.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub undo_stops: u8,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(n: &u8) -> bool {
    *n == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_nothing(amount: &i64) -> bool {
    *amount == 0
}

impl Order {
    /// The order that a capture's entry makes; `None` where the entry is none.
    pub fn born(id: OrderId, entry: &Entry) -> Option<Self> {
        let Some(Fact::Captured { customer_id, currency, total }) = &entry.fact else {
            return None;
        };
        Some(Self {
            id,
            seq: entry.seq,
            hash: entry.hash.clone(),
            customer_id: customer_id.clone(),
            currency: *currency,
            total: *total,
            created_at: entry.at,
            submitted_at: None,
            changed_at: entry.at,
            state: entry.to,
            since: entry.at,
            payment: Payment {
                status: PaymentStatus::Open,
                attempt: 1,
                authorized: 0,
                captured: 0,
                refunded: 0,
                owed: 0,
                hard_decline: false,
                nothing_reserved: false,
            },
            stock: Stock::Free,
            checked: None,
            doubts: Vec::new(),
            risk: None,
            plan: None,
            parts: Vec::new(),
            stalled: None,
            stalls: 0,
            reason: None,
            wish: None,
            told: false,
            unfinished: None,
            undo_stops: 0,
        })
    }

    /// The order after one more entry. Deciding whether the entry may be is [`crate::change`]'s; this only applies it.
    #[must_use]
    pub fn with(mut self, entry: &Entry) -> Self {
        self.seq = entry.seq;
        self.hash.clone_from(&entry.hash);
        self.changed_at = entry.at;
        if entry.trigger.is_some() {
            self.moved(entry);
        }
        if let Some(fact) = &entry.fact {
            self.learnt(fact, entry);
        }
        if let Some(derived) = State::derived(self.parts.iter().map(|part| part.state)) {
            self.arrive(derived, entry.at);
        }
        if self.state.is_terminal() {
            self.wish = None;
        }
        if flow::left_to_undo(&self).is_empty() {
            self.unfinished = None;
        }
        self
    }

    /// The part with this number.
    pub fn part(&self, no: u8) -> Option<&Part> {
        self.parts.iter().find(|part| part.no == no)
    }

    /// The vendor's part of this order: the live one, or the last if none is.
    pub fn part_of(&self, vendor: &VendorId) -> Option<&Part> {
        let mut own = self.parts.iter().filter(|part| part.vendor_id == *vendor);
        own.clone().find(|part| !part.state.is_terminal()).or_else(|| own.next_back())
    }

    /// When it became an order: what is counted, taxed and promised from.
    pub fn placed_at(&self) -> Timestamp {
        self.submitted_at.unwrap_or(self.created_at)
    }

    /// Whether the order came to nothing, so that money and goods must go back.
    pub fn is_dead(&self) -> bool {
        self.state == State::Cancelled
    }

    /// The parts that were cancelled.
    fn cancelled(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(|part| part.state == State::Cancelled)
    }

    /// The parts that were cancelled while others live on, and whose stock is still set aside. Of an order that came to nothing everything
    /// goes back at once instead.
    pub fn parts_to_release(&self) -> impl Iterator<Item = &Part> {
        let lives = !self.is_dead();
        self.cancelled().filter(move |part| lives && part.goods == Goods::Kept)
    }

    /// The parts that were cancelled while others live on, and whose price is not counted as owed yet.
    pub fn parts_to_owe(&self) -> impl Iterator<Item = &Part> {
        let lives = !self.is_dead();
        self.cancelled().filter(move |part| lives && !part.owed)
    }

    /// The parts that were cancelled and whose vendors do not know yet.
    pub fn parts_to_tell_of(&self) -> impl Iterator<Item = &Part> {
        self.cancelled().filter(|part| !part.told)
    }

    /// The parts that are with the carrier, or further, and whose goods are still in the warehouse's books.
    pub fn parts_to_take_off(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(|part| part.goods == Goods::Kept && part.state.is_out())
    }

    /// Whether nothing can be cancelled at this moment though all of it will be able to in a while: the table has no way out of
    /// `payment_authorized`, `validating` and `routed`, but the machine soon leaves them.
    pub(crate) fn can_be_cancelled_later(&self, by: ActorKind) -> bool {
        let pieces: Vec<State> = if self.parts.is_empty() {
            vec![self.state]
        } else {
            self.parts.iter().map(|part| part.state).filter(|state| !state.is_terminal()).collect()
        };
        !pieces.is_empty() && pieces.iter().all(|state| transition::cancelled_by(*state, by).is_some() || transition::leads_out(*state, by))
    }

    /// What is to be given back now, in minor units: everything left of a dead order, else what is owed.
    pub fn refund_due(&self) -> i64 {
        let left = self.payment.captured - self.payment.refunded;
        if self.is_dead() { left } else { self.payment.owed.min(left) }
    }

    /// Whether this order may go where the table lets its state go.
    ///
    /// Back before `routed` the plan is void, and with it the parts: an order goes there as a whole only if no part has gone its own way;
    /// else the part goes alone, though not further back than `routing`. And money that was taken is not asked for again.
    pub(crate) fn admits(&self, row: &Transition, part: Option<u8>) -> bool {
        let voids_the_plan = matches!(row.to, State::PaymentFailed | State::Routing) && part.is_none();
        let all_along = self.parts.iter().all(|part| part.state == row.from);
        let pays_again = row.trigger == Trigger::AuthorizationExpiredOrCaptureFailed && self.payment.captured > 0;
        let goes_too_far = part.is_some() && row.to < State::Routing;
        (all_along || !voids_the_plan) && !goes_too_far && !pays_again
    }

    fn arrive(&mut self, state: State, at: Timestamp) {
        if self.state != state {
            self.state = state;
            self.since = at;
            // What stopped the order was a step of the state that it has left.
            self.stalled = None;
        }
    }

    fn moved(&mut self, entry: &Entry) {
        self.stalls = 0;
        if entry.to.is_terminal() || matches!(entry.to, State::PaymentFailed | State::ValidationFailed | State::VendorRejected) {
            self.reason.clone_from(&entry.reason);
        }
        if entry.to == State::Cancelled {
            (self.unfinished, self.undo_stops) = (None, 0);
        }
        if let Some(no) = entry.part {
            for part in self.parts.iter_mut().filter(|part| part.no == no) {
                part.moved(entry);
            }
            return;
        }
        // Back before `routed` the plan is void, and with it the parts.
        if matches!(entry.to, State::PaymentFailed | State::Routing) {
            self.parts.clear();
        }
        for part in self.parts.iter_mut().filter(|part| part.state == entry.from) {
            part.moved(entry);
        }
        // Nobody had heard of a draft, and nothing was asked for it.
        if entry.from == State::Draft && entry.to == State::Cancelled {
            (self.told, self.payment.nothing_reserved) = (true, true);
        }
        if entry.to == State::Validating {
            self.checked = None;
            self.doubts.clear();
        }
        if entry.trigger == Some(Trigger::OrderSubmitted) {
            self.submitted_at = Some(entry.at);
        }
        let asked_again = match entry.trigger {
            Some(Trigger::PaymentRetried) => Some(PaymentStatus::Open),
            Some(Trigger::OtherPaymentRequired) => Some(PaymentStatus::MethodWanted),
            _ => None,
        };
        if let Some(status) = asked_again {
            self.payment.attempt = self.payment.attempt.saturating_add(1);
            self.payment.status = status;
        }
        self.arrive(entry.to, entry.at);
    }

    fn learnt(&mut self, fact: &Fact, entry: &Entry) {
        let payment = &mut self.payment;
        match fact {
            Fact::Captured { .. } => {}
            Fact::DraftEdited { currency, total } => {
                self.currency = *currency;
                self.total = *total;
            }
            Fact::PaymentMethodGiven => payment.status = PaymentStatus::Open,
            Fact::PaymentActionRequired => payment.status = PaymentStatus::ActionRequired,
            Fact::PaymentAuthorized { amount } => {
                payment.status = PaymentStatus::Authorized;
                payment.authorized = *amount;
                self.unfinished = None;
            }
            Fact::PaymentDeclined { hard, .. } => {
                payment.status = PaymentStatus::Declined;
                payment.hard_decline = *hard;
                payment.authorized = 0;
            }
            Fact::PaymentCaptured { amount } => {
                payment.status = PaymentStatus::Captured;
                payment.captured = payment.captured.saturating_add(*amount);
                payment.authorized = 0;
                self.unfinished = None;
            }
            Fact::PaymentVoided => {
                // What was given back then was the attempt before.
                if payment.status != PaymentStatus::MethodWanted {
                    payment.status = PaymentStatus::Voided;
                }
                payment.authorized = 0;
            }
            Fact::RefundDue { amount } => payment.owed = payment.owed.saturating_add(*amount),
            Fact::PaymentRefunded { amount } => {
                payment.owed = (payment.owed - amount).max(0);
                payment.refunded = payment.refunded.saturating_add(*amount);
                if payment.refunded >= payment.captured {
                    payment.status = PaymentStatus::Refunded;
                }
            }
            Fact::ChecksPassed { report, doubts } => {
                self.checked = Some(*report);
                self.doubts.clone_from(doubts);
                if matches!(self.stock, Stock::Free | Stock::Released) {
                    self.stock = Stock::Held;
                }
            }
            Fact::ChecksFailed { .. } => {
                self.checked = None;
                self.doubts.clear();
            }
            Fact::Scored { score, band, .. } => {
                self.risk = Some(Risk { score: *score, band: *band });
            }
            Fact::Assigned { report, parts } => {
                self.plan = Some(*report);
                self.stock = Stock::Allocated;
                for (no, vendor) in parts {
                    self.parts.retain(|part| part.no != *no);
                    self.parts.push(Part::new(*no, vendor.clone(), State::Routed, entry.at));
                }
                self.parts.sort_by_key(|part| part.no);
            }
            Fact::StockReleased => self.stock = Stock::Released,
            Fact::NothingReserved => payment.nothing_reserved = true,
            Fact::CancelRequested => {
                self.wish = Some(Wish { actor: entry.actor.clone(), reason: entry.reason.clone(), at: entry.at });
            }
            Fact::PartOwed { no, amount } => {
                payment.owed = payment.owed.saturating_add(*amount);
                self.update(&[*no], |part| part.owed = true);
            }
            Fact::PartReleased { no } => self.update(&[*no], |part| part.goods = Goods::Back),
            Fact::PartLeft { no } => self.update(&[*no], |part| part.goods = Goods::Left),
            Fact::CancellationTold { parts } => {
                self.told = self.told || parts.is_empty();
                self.update(parts, |part| part.told = true);
            }
            Fact::UndoFailed { failures } => {
                self.undo_stops = self.undo_stops.saturating_add(1);
                self.unfinished = Some(Unfinished { failures: failures.clone(), at: entry.at });
            }
            Fact::UndoResumed => self.unfinished = None,
            Fact::Stalled { step, error } => {
                self.stalls = self.stalls.saturating_add(1);
                self.stalled = Some(Stall { step: step.clone(), error: error.clone(), at: entry.at });
            }
            Fact::Resumed => self.stalled = None,
        }
    }

    fn update(&mut self, numbers: &[u8], with: impl Fn(&mut Part)) {
        self.parts.iter_mut().filter(|part| numbers.contains(&part.no)).for_each(with);
    }
}

impl Part {
    fn moved(&mut self, entry: &Entry) {
        self.state = entry.to;
        self.since = entry.at;
    }
}
