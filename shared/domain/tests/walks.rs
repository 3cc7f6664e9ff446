//! Orders that go at random, but only where the table lets them.

#![allow(clippy::unwrap_used, reason = "a test")]

use oms_domain::change::{By, Changed};
use oms_domain::flow::{self, Next, Undo};
use oms_domain::history::{self, Entry, Fact, HistoryError};
use oms_domain::ledger::{self, Balances};
use oms_domain::order::{Band, Order, PaymentStatus, Stock};
use oms_domain::transition::{self, TRANSITIONS, Trigger};
use oms_domain::{Actor, ActorKind, CustomerId, OrderId, State, VendorId, timers};

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

const NOON: Timestamp = Timestamp::constant(1_795_435_200, 0);
const TOTAL: i64 = 12_000;

fn by(kind: ActorKind, at: Timestamp) -> By {
    By::new(Actor::new(kind, "someone"), at)
}

/// An order captured at once, or as a draft that was edited to its total.
fn begun(as_draft: bool) -> Changed {
    let capture = |total| Fact::Captured { customer_id: CustomerId::parse("cus-1").unwrap(), currency: "EUR".parse().unwrap(), total };
    let (id, customer) = (OrderId::new(NOON, [7; 10]), by(ActorKind::Customer, NOON));
    if as_draft {
        let draft = Changed::drafted(id, capture(1), &customer).unwrap();
        draft.learn(Fact::DraftEdited { currency: "EUR".parse().unwrap(), total: TOTAL }, &customer).unwrap()
    } else {
        Changed::captured(id, capture(TOTAL), &customer).unwrap()
    }
}

/// One possible step: who does what to which part.
#[derive(Debug, Clone, Copy)]
struct Move {
    trigger: Trigger,
    actor: ActorKind,
    part: Option<u8>,
}

fn moves(order: &Order) -> Vec<Move> {
    let places = std::iter::once((None, order.state)).chain(order.parts.iter().map(|part| (Some(part.no), part.state)));
    places
        .flat_map(|(part, state)| {
            let rows = TRANSITIONS.iter().filter(move |row| row.from == state);
            rows.flat_map(move |row| row.actors.iter().map(move |actor| Move { trigger: row.trigger, actor: *actor, part }))
        })
        .collect()
}

/// What is learnt with a move, as the functions do it; `n` chooses among outcomes.
fn fact_of(order: &Order, step: Move, n: usize) -> Option<Fact> {
    let report = order.seq;
    match step.trigger {
        Trigger::PaymentAuthorized => Some(Fact::PaymentAuthorized { amount: TOTAL }),
        Trigger::PaymentDeclined => Some(Fact::PaymentDeclined { code: "generic_decline".to_owned(), hard: n.is_multiple_of(2) }),
        Trigger::AuthorizationExpiredOrCaptureFailed => Some(Fact::PaymentDeclined { code: "expired".to_owned(), hard: false }),
        Trigger::CheckFailedOrRiskVeryHigh => Some(Fact::ChecksFailed { report, checks: vec![7] }),
        Trigger::RiskMediumOrHigh => Some(Fact::Scored { score: 60, band: Band::of(60), report }),
        Trigger::VendorsAssigned => {
            let first = step.part.unwrap_or(1);
            let vendor = |no: u8| VendorId::parse(format!("ven-{no}")).unwrap();
            let last = if step.part.is_some() { first } else { first + u8::try_from(n % 3).unwrap() };
            Some(Fact::Assigned { report, parts: (first..=last).map(|no| (no, vendor(no))).collect() })
        }
        _ => None,
    }
}

/// The change, after what the machine does by itself before it.
fn advance(order: Changed, step: Move, n: usize, at: Timestamp) -> Option<Changed> {
    let by = by(step.actor, at);
    let (state, status) = (order.order.state, order.order.payment.status);
    let before = match step.trigger {
        Trigger::ChecksPassedAndLowRisk | Trigger::RiskMediumOrHigh if state == State::Validating => {
            Some(Fact::ChecksPassed { report: order.order.seq, doubts: vec![] })
        }
        Trigger::VendorsNotified if status == PaymentStatus::Authorized => Some(Fact::PaymentCaptured { amount: TOTAL }),
        _ => None,
    };
    let order = before.into_iter().try_fold(order, |order, fact| order.learn(fact, &by)).unwrap();
    match (step.part, fact_of(&order.order, step, n)) {
        (None, None) => order.go(step.trigger, &by),
        (None, Some(fact)) => order.go_knowing(step.trigger, fact, &by),
        (Some(no), None) => order.go_part(no, step.trigger, &by),
        (Some(no), Some(fact)) => order.go_part_knowing(no, step.trigger, fact, &by),
    }
    .ok()
}

/// Walks as long as the choices last, preferring to go on rather than out: every third choice may be an exit.
fn walk(choices: &[(usize, usize)]) -> Changed {
    let mut order = begun(choices.first().is_some_and(|(choice, _)| choice.is_multiple_of(4)));
    for (minute, (choice, n)) in (1..).zip(choices) {
        let exits_too = n.is_multiple_of(3);
        let open: Vec<Move> = moves(&order.order)
            .into_iter()
            .filter(|step| {
                let state = step.part.and_then(|no| order.order.part(no)).map_or(order.order.state, |part| part.state);
                exits_too || transition::find(state, step.trigger).unwrap().kind != transition::Kind::Exit
            })
            .collect();
        let Some(step) = open.get(choice % open.len().max(1)) else { continue };
        let at = NOON + SignedDuration::from_mins(minute);
        if let Some(moved) = advance(order.clone(), *step, *n, at) {
            order = moved;
        }
    }
    order
}

fn choices() -> impl Strategy<Value = Vec<(usize, usize)>> {
    prop::collection::vec((0..64_usize, 0..64_usize), 0..60)
}

/// What the cancellation machine does next to an order that has to give something back.
fn undo(changed: Changed, step: Undo) -> Changed {
    let by = by(ActorKind::System, changed.order.changed_at);
    let order = &changed.order;
    let (due, status) = (order.refund_due(), order.payment.status);
    let fact = match step {
        Undo::Stock => order.parts_to_release().next().map_or(Fact::StockReleased, |part| Fact::PartReleased { no: part.no }),
        Undo::Money => match order.parts_to_owe().next() {
            Some(part) => Fact::PartOwed { no: part.no, amount: TOTAL / 3 },
            None if due > 0 => Fact::PaymentRefunded { amount: due },
            None if status == PaymentStatus::Authorized => Fact::PaymentVoided,
            None => Fact::NothingReserved,
        },
        Undo::People => Fact::CancellationTold { parts: order.parts_to_tell_of().map(|part| part.no).collect() },
    };
    changed.learn(fact, &by).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_order_is_what_its_history_says(choices in choices()) {
        let walked = walk(&choices);
        prop_assert_eq!(history::replay(walked.order.id, &walked.entries), Ok(walked.order));
    }

    #[test]
    fn a_stored_order_is_proved_byte_for_byte(choices in choices(), index: prop::sample::Index) {
        let walked = walk(&choices);
        let (id, last) = (walked.order.id, walked.order.seq);
        let stored = serde_json::to_string(&walked.order).unwrap();
        prop_assert_eq!(history::prove(id, &stored, &walked.entries), Ok(()));
        let mut other = stored.clone();
        other.remove(index.index(stored.len()));
        prop_assert_eq!(history::prove(id, &other, &walked.entries), Err(HistoryError::Differs(last)));
        prop_assert_eq!(history::prove(id, &stored, &[]), Err(HistoryError::Empty));
    }

    #[test]
    fn what_is_stored_is_read_back(choices in choices()) {
        let walked = walk(&choices);
        let order = serde_json::to_string(&walked.order).unwrap();
        prop_assert_eq!(serde_json::from_str::<Order>(&order).unwrap(), walked.order);
        let entries = serde_json::to_string(&walked.entries).unwrap();
        prop_assert_eq!(serde_json::from_str::<Vec<Entry>>(&entries).unwrap(), walked.entries);
    }

    /// Segments and tail as a store holds them, one of them doubled by a writer who came too late.
    #[test]
    fn a_history_in_pieces_is_joined_whole_or_found_broken(choices in choices(), cut: u8, late: prop::sample::Index, index: prop::sample::Index) {
        let entries = walk(&choices).entries;
        let (every, last) = (usize::from(cut % 4) + 1, entries.last().unwrap().hash.clone());
        let pieces: Vec<&[Entry]> = entries.chunks(every).collect();
        let (tail, segments) = pieces.split_last().unwrap();
        let stored = |piece: &[Entry]| (history::unlinked(piece), piece.last().unwrap().hash.clone());
        prop_assert!(history::unlinked(&entries).iter().all(|entry| entry.hash.is_empty()), "hashes follow from what is stored and take no room");
        let mut kept: Vec<(Vec<Entry>, String)> = segments.iter().map(|piece| stored(piece)).collect();
        let joined = |kept: &[(Vec<Entry>, String)], tail: Vec<Entry>| {
            history::joined(kept.iter().map(|(piece, last)| (piece.clone(), last.as_str())), tail, &last)
        };
        prop_assert_eq!(&joined(&kept, history::unlinked(tail)), &entries);
        // The beginning of a piece, the tail's included, under its own key.
        let at = late.index(pieces.len());
        let beginning = &pieces[at][..pieces[at].len().div_ceil(2)];
        let mut doubled = kept.clone();
        doubled.insert(at, stored(beginning));
        prop_assert_eq!(&joined(&doubled, history::unlinked(tail)), &entries);
        // One entry is not what was written.
        let mut tail = history::unlinked(tail);
        let all: usize = kept.iter().map(|(piece, _)| piece.len()).sum();
        let i = index.index(entries.len());
        let entry = if i < all { kept.iter_mut().flat_map(|(piece, _)| piece).nth(i).unwrap() } else { &mut tail[i - all] };
        entry.reason = Some("because".to_owned());
        prop_assert!(history::verify(&joined(&kept, tail)).is_err());
    }

    #[test]
    fn a_history_that_was_tampered_with_is_found(choices in choices(), index: prop::sample::Index, how in 0..6_u8) {
        let mut entries = walk(&choices).entries;
        let last = entries.len() - 1;
        let i = index.index(entries.len());
        let seq = entries[i].seq;
        match how {
            0 => entries[i].at += SignedDuration::from_secs(1),
            1 => entries[i].actor.id.push('x'),
            2 => entries[i].reason = Some("because".to_owned()),
            3 => entries[i].inferred = !entries[i].inferred,
            4 => entries[i].hash = entries[(i + 1) % (last + 1)].hash.chars().rev().collect(),
            _ => { entries.remove(i); }
        }
        let found = history::verify(&entries);
        match how {
            // The last entry taken away leaves a shorter history, which only the head's own hash can tell.
            5 if i == last => prop_assert!(found.is_ok() || found == Err(HistoryError::Empty)),
            5 => prop_assert_eq!(found, Err(HistoryError::Gap { expected: seq, found: seq + 1 })),
            _ => prop_assert_eq!(found, Err(HistoryError::Broken(seq))),
        }
    }

    #[test]
    fn the_ledger_sums_to_the_payment_at_every_step_and_only_grows(choices in choices(), refunds in prop::collection::vec(1..TOTAL, 0..5)) {
        let walked = refunds.into_iter().fold(walk(&choices), |walked, amount| {
            let by = by(ActorKind::Gateway, walked.order.changed_at);
            let owed = walked.clone().learn(Fact::RefundDue { amount: amount / 2 }, &by).unwrap();
            // One of more than is left is refused, and changes nothing.
            owed.clone().learn(Fact::PaymentRefunded { amount }, &by).unwrap_or(owed)
        });
        let whole = ledger::of(&walked.entries);
        let mut sum = Balances::default();
        for row in &whole {
            sum = sum.plus(row.change);
            prop_assert_eq!(sum, row.balance);
            prop_assert!(row.balance.refunded <= row.balance.captured && row.balance.kept() >= 0);
            prop_assert!(row.balance.authorized >= 0 && row.balance.owed >= 0);
        }
        for end in 1..=walked.entries.len() {
            let so_far = ledger::of(&walked.entries[..end]);
            prop_assert!(whole.starts_with(&so_far), "an earlier row never changes");
            let order = history::replay(walked.order.id, &walked.entries[..end]).unwrap();
            let balance = so_far.last().map(|row| row.balance).unwrap_or_default();
            prop_assert_eq!(balance, Balances::of(&order.payment));
        }
    }

    #[test]
    fn the_order_stands_where_its_parts_do_and_money_adds_up(choices in choices()) {
        let order = walk(&choices).order;
        if let Some(derived) = State::derived(order.parts.iter().map(|part| part.state)) {
            prop_assert_eq!(order.state, derived);
        }
        let payment = &order.payment;
        prop_assert!(0 <= payment.refunded && payment.refunded <= payment.captured && payment.captured <= TOTAL);
        prop_assert!(0 <= order.refund_due() && order.refund_due() <= payment.captured - payment.refunded);
    }

    #[test]
    fn a_dead_order_or_part_gives_everything_back_and_then_rests(choices in choices()) {
        let mut walked = walk(&choices);
        if flow::undo(&walked.order).is_empty() {
            let customer = by(ActorKind::Customer, walked.order.changed_at);
            match walked.clone().cancel(&customer) {
                Ok(cancelled) => walked = cancelled,
                // With a carrier, or at an end already.
                Err(_) => return Ok(()),
            }
        }
        // In any order of the steps: each is done for itself.
        for turn in 0..24_usize {
            let left = flow::undo(&walked.order);
            let Some(step) = left.get(turn % left.len().max(1)) else { break };
            walked = undo(walked, *step);
        }
        let order = walked.order;
        prop_assert_eq!(flow::undo(&order), vec![]);
        prop_assert_eq!(order.parts_to_release().count(), 0);
        prop_assert_eq!(order.refund_due(), 0);
        if order.is_dead() {
            prop_assert_eq!(flow::next(&order), Next::Wait);
            prop_assert!(!matches!(order.stock, Stock::Held | Stock::Allocated), "{:?}", order.stock);
            prop_assert_ne!(order.payment.status, PaymentStatus::Authorized);
            prop_assert_eq!(order.payment.captured, order.payment.refunded);
        }
    }

    #[test]
    fn the_wake_index_is_never_late(choices in choices()) {
        let mut indexed = None;
        for end in 0..choices.len() {
            let order = walk(&choices[..end]).order;
            indexed = timers::indexed(indexed, &order);
            if let Some((at, _)) = timers::next_due(&order) {
                prop_assert!(indexed.is_some_and(|indexed| indexed <= at));
            } else if order.state.is_terminal() {
                prop_assert_eq!(indexed, None);
            }
        }
    }

    #[test]
    fn a_move_ends_the_stall_of_the_state_it_leaves(choices in choices(), n: usize) {
        let walked = walk(&choices);
        let system = by(ActorKind::System, walked.order.changed_at);
        let stalled = walked.learn(Fact::Stalled { step: "pay".to_owned(), error: "Bug".to_owned() }, &system).unwrap();
        prop_assert_eq!(flow::next(&stalled.order), Next::Wait);
        let open = moves(&stalled.order);
        let Some(step) = open.get(n % open.len().max(1)) else { return Ok(()) };
        let Some(moved) = advance(stalled.clone(), *step, 0, stalled.order.changed_at) else { return Ok(()) };
        let left = moved.order.state != stalled.order.state;
        prop_assert_eq!(moved.order.stalled.is_none(), left);
    }
}
