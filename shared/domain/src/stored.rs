//! The JSON that heads and entries are stored as.
//!
//! A store that bills by the kilobyte is written at every step, so nothing stands there twice: what is nothing, or follows from what stands
//! beside it, is left out and put back when it is read. An order has one such text, so that its history can be held against it byte for byte.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::actor::{Actor, ActorKind};
use crate::history::{Entry, Fact};
use crate::ids::{CustomerId, OrderId, VendorId};
use crate::money::Currency;
use crate::order::{Goods, Order, Part, Payment, Risk, Shortage, Shortages, Stall, Stock, Substitution, Unfinished, Wish, is_zero};
use crate::state::State;
use crate::transition::Trigger;

/// An order as it is written.
#[derive(Serialize, Deserialize)]
struct Head<'a> {
    id: OrderId,
    seq: u64,
    hash: Cow<'a, str>,
    customer_id: Cow<'a, CustomerId>,
    currency: Currency,
    total: i64,
    /// Absent where it is the instant in the id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    created_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    submitted_at: Option<Timestamp>,
    state: State,
    since: Timestamp,
    /// Absent where it is `since`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    changed_at: Option<Timestamp>,
    payment: Cow<'a, Payment>,
    stock: Stock,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    checked: Option<u64>,
    #[serde(default, skip_serializing_if = "<[u8]>::is_empty")]
    doubts: Cow<'a, [u8]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    risk: Option<Risk>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    plan: Option<u64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    parts: Vec<HeadPart<'a>>,
    #[serde(default, skip_serializing_if = "<[Shortage]>::is_empty")]
    shortages: Cow<'a, [Shortage]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    substituted: Option<Cow<'a, Substitution>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stalled: Option<Cow<'a, Stall>>,
    #[serde(default, skip_serializing_if = "is_zero")]
    stalls: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wish: Option<Cow<'a, Wish>>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    told: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unfinished: Option<Cow<'a, Unfinished>>,
    #[serde(default, skip_serializing_if = "is_zero")]
    undo_stops: u8,
}

/// A part as it is written.
#[derive(Serialize, Deserialize)]
struct HeadPart<'a> {
    no: u8,
    vendor_id: Cow<'a, VendorId>,
    /// Absent where it is the order's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    state: Option<State>,
    /// Absent where it is the order's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Goods::are_kept")]
    goods: Goods,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    owed: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    told: bool,
}

impl Serialize for Order {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let part = |part: &'_ Part| -> HeadPart<'_> {
            HeadPart {
                no: part.no,
                vendor_id: Cow::Owned(part.vendor_id.clone()),
                state: (part.state != self.state).then_some(part.state),
                since: (part.since != self.since).then_some(part.since),
                goods: part.goods,
                owed: part.owed,
                told: part.told,
            }
        };
        Head {
            id: self.id,
            seq: self.seq,
            hash: Cow::Borrowed(&self.hash),
            customer_id: Cow::Borrowed(&self.customer_id),
            currency: self.currency,
            total: self.total,
            created_at: (self.created_at != self.id.created_at()).then_some(self.created_at),
            submitted_at: self.submitted_at,
            state: self.state,
            since: self.since,
            changed_at: (self.changed_at != self.since).then_some(self.changed_at),
            payment: Cow::Borrowed(&self.payment),
            stock: self.stock,
            checked: self.checked,
            doubts: Cow::Borrowed(&self.doubts),
            risk: self.risk,
            plan: self.plan,
            parts: self.parts.iter().map(part).collect(),
            shortages: Cow::Borrowed(&self.shortages.0),
            substituted: self.substituted.as_ref().map(Cow::Borrowed),
            stalled: self.stalled.as_ref().map(Cow::Borrowed),
            stalls: self.stalls,
            reason: self.reason.as_deref().map(Cow::Borrowed),
            wish: self.wish.as_ref().map(Cow::Borrowed),
            told: self.told,
            unfinished: self.unfinished.as_ref().map(Cow::Borrowed),
            undo_stops: self.undo_stops,
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Order {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let head = Head::deserialize(deserializer)?;
        let part = |part: HeadPart<'_>| Part {
            no: part.no,
            vendor_id: part.vendor_id.into_owned(),
            state: part.state.unwrap_or(head.state),
            since: part.since.unwrap_or(head.since),
            goods: part.goods,
            owed: part.owed,
            told: part.told,
        };
        Ok(Self {
            id: head.id,
            seq: head.seq,
            hash: head.hash.into_owned(),
            customer_id: head.customer_id.into_owned(),
            currency: head.currency,
            total: head.total,
            created_at: head.created_at.unwrap_or_else(|| head.id.created_at()),
            submitted_at: head.submitted_at,
            changed_at: head.changed_at.unwrap_or(head.since),
            state: head.state,
            since: head.since,
            payment: head.payment.into_owned(),
            stock: head.stock,
            checked: head.checked,
            doubts: head.doubts.into_owned(),
            risk: head.risk,
            plan: head.plan,
            parts: head.parts.into_iter().map(part).collect(),
            shortages: Shortages(head.shortages.into_owned()),
            substituted: head.substituted.map(Cow::into_owned),
            stalled: head.stalled.map(Cow::into_owned),
            stalls: head.stalls,
            reason: head.reason.map(Cow::into_owned),
            wish: head.wish.map(Cow::into_owned),
            told: head.told,
            unfinished: head.unfinished.map(Cow::into_owned),
            undo_stops: head.undo_stops,
        })
    }
}

/// An entry as it is written, and as it is hashed.
#[derive(Serialize, Deserialize)]
struct Line<'a> {
    seq: u64,
    at: Timestamp,
    actor: Cow<'a, Actor>,
    from: State,
    /// Absent where it is `from`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<State>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trigger: Option<Trigger>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    part: Option<u8>,
    #[serde(default, flatten, skip_serializing_if = "Option::is_none")]
    fact: Option<Cow<'a, Fact>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    inferred: bool,
    #[serde(default, skip_serializing_if = "str::is_empty")]
    hash: Cow<'a, str>,
}

impl<'a> Line<'a> {
    fn of(entry: &'a Entry) -> Self {
        Self {
            seq: entry.seq,
            at: entry.at,
            actor: Cow::Borrowed(&entry.actor),
            from: entry.from,
            to: (entry.to != entry.from).then_some(entry.to),
            trigger: entry.trigger,
            part: entry.part,
            fact: entry.fact.as_ref().map(Cow::Borrowed),
            reason: entry.reason.as_deref().map(Cow::Borrowed),
            inferred: entry.inferred,
            hash: Cow::Borrowed(&entry.hash),
        }
    }
}

/// The bytes that the hash of an entry is made of.
pub(crate) fn hashed(entry: &Entry) -> Vec<u8> {
    // Serialising plain data with string keys cannot fail; an empty text would be caught by `verify` all the same.
    serde_json::to_vec(&Line { hash: Cow::Borrowed(""), ..Line::of(entry) }).unwrap_or_default()
}

impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Line::of(self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let line = Line::deserialize(deserializer)?;
        Ok(Self {
            seq: line.seq,
            at: line.at,
            actor: line.actor.into_owned(),
            from: line.from,
            to: line.to.unwrap_or(line.from),
            trigger: line.trigger,
            part: line.part,
            fact: line.fact.map(Cow::into_owned),
            reason: line.reason.map(Cow::into_owned),
            inferred: line.inferred,
            hash: line.hash.into_owned(),
        })
    }
}

/// `system/notify`.
impl Serialize for Actor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}/{}", self.kind, self.id))
    }
}

impl<'de> Deserialize<'de> for Actor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        let parsed = text.split_once('/').and_then(|(kind, id)| Some(Self::new(kind.parse::<ActorKind>().ok()?, id)));
        parsed.ok_or_else(|| serde::de::Error::custom("an actor is a kind, a slash and an id"))
    }
}
