//! The order's head: the small part that deciding needs.

mod part;
mod payment;
mod pieces;
mod shortage;
mod stops;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::actor::ActorKind;
use crate::flow;
use crate::history::{Entry, Fact};
use crate::ids::{CustomerId, OrderId, Sku, VendorId};
use crate::money::Currency;
use crate::state::State;
use crate::transition::{self, Transition, Trigger};

pub use part::{Goods, Part};
pub use payment::{Payment, PaymentStatus};
pub use shortage::{Answer, Shortage, Shortages, Substitute, Substitution};
pub use stops::{Failure, Stall, Unfinished, Wish};

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

/// The order's head. It changes only through [`crate::change::Changed`], and is what its history folds to. It is stored as
/// [`crate::stored`] says.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    pub checked: Option<u64>,
    /// Numbers of the checks of that report that ask for a verification.
    pub doubts: Vec<u8>,
    /// The fraud score.
    pub risk: Option<Risk>,
    /// Version of the routing plan in force.
    pub plan: Option<u64>,
    /// Vendors' parts.
    pub parts: Vec<Part>,
    /// What nobody can deliver at present.
    pub shortages: Shortages,
    /// What the customer takes in the place of what was ordered.
    pub substituted: Option<Substitution>,
    /// Set while the order is stopped by an error.
    pub stalled: Option<Stall>,
    /// Stalls since the last transition.
    pub stalls: u8,
    /// Reason of the last exit.
    pub reason: Option<String>,
    /// Set while the order is to be cancelled and cannot be yet.
    pub wish: Option<Wish>,
    /// Whether an order that died without parts has been counted, and all who had to hear of it been told.
    pub told: bool,
    /// Set while something could not be undone.
    pub unfinished: Option<Unfinished>,
    /// Times that undoing stopped since the last cancellation.
    pub undo_stops: u8,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
pub(crate) fn is_zero(n: &u8) -> bool {
    *n == 0
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
            payment: Payment::new(),
            stock: Stock::Free,
            checked: None,
            doubts: Vec::new(),
            risk: None,
            plan: None,
            parts: Vec::new(),
            shortages: Shortages::default(),
            substituted: None,
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

    /// What is sent for goods that were ordered: the same, or what the customer takes instead.
    pub fn sent_for<'a>(&'a self, ordered: &'a Sku) -> &'a Sku {
        let swaps = self.substituted.iter().flat_map(|substitution| &substitution.goods);
        swaps.fold(ordered, |sku, swap| if swap.ordered == *sku { &swap.instead } else { sku })
    }

    /// When it became an order: what is counted, taxed and promised from.
    pub fn placed_at(&self) -> Timestamp {
        self.submitted_at.unwrap_or(self.created_at)
    }

    /// Whether the order came to nothing, so that money and goods must go back.
    pub fn is_dead(&self) -> bool {
        self.state == State::Cancelled
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
            self.shortages.forget(Some(no));
            return;
        }
        self.shortages.clear();
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
            self.payment.asked_again(status);
        }
        self.arrive(entry.to, entry.at);
    }

    fn learnt(&mut self, fact: &Fact, entry: &Entry) {
        self.payment.learnt(fact);
        match fact {
            Fact::Captured { .. }
            | Fact::PaymentMethodGiven
            | Fact::PaymentActionRequired
            | Fact::PaymentDeclined { .. }
            | Fact::PaymentVoided
            | Fact::RefundDue { .. }
            | Fact::PaymentRefunded { .. }
            | Fact::NothingReserved
            // Beside the head: packages, effects and decisions have records of their own.
            | Fact::CarrierChosen { .. }
            | Fact::LabelBought { .. }
            | Fact::LabelVoided { .. }
            | Fact::PickupBooked { .. } => {}
            // There is something new to undo, or somebody tries again.
            Fact::PaymentAuthorized { .. } | Fact::PaymentCaptured { .. } | Fact::UndoResumed => self.unfinished = None,
            Fact::DraftEdited { currency, total } => {
                self.currency = *currency;
                self.total = *total;
            }
            // What was held for it before is the ledger's to exchange.
            Fact::Corrected { total } => self.total = *total,
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
            Fact::CancelRequested => {
                self.wish = Some(Wish { actor: entry.actor.clone(), reason: entry.reason.clone(), at: entry.at });
            }
            Fact::PartOwed { no, .. } => self.update(&[*no], |part| part.owed = true),
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
            Fact::Stalled { step, error } => {
                self.stalls = self.stalls.saturating_add(1);
                self.stalled = Some(Stall { step: step.clone(), error: error.clone(), at: entry.at });
            }
            Fact::Resumed => self.stalled = None,
            Fact::NotSourced { no, short, instead, offered } => {
                let offer = offered.then_some(entry.seq);
                self.shortages.search_failed(*no, short, instead, offer, entry.at);
            }
            Fact::SourcingResumed { no } => self.shortages.resume(*no),
            Fact::OfferAnswered { answer } => self.shortages.answered(*answer),
            Fact::Substituted { goods } => {
                self.shortages.replaced();
                // One that was substituted may be short in its turn.
                let before = self.substituted.take().map(|before| before.goods).unwrap_or_default();
                let goods = before.into_iter().chain(goods.iter().cloned()).collect();
                self.substituted = Some(Substitution { since: entry.seq, goods });
            }
        }
    }

    fn update(&mut self, numbers: &[u8], with: impl Fn(&mut Part)) {
        self.parts.iter_mut().filter(|part| numbers.contains(&part.no)).for_each(with);
    }
}
