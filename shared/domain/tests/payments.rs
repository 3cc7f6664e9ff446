//! Whatever is said to have happened to the money, in whatever order: what is kept of it is never absurd.

#![allow(clippy::unwrap_used, reason = "a test")]

use oms_domain::change::{By, Changed, Refusal};
use oms_domain::document::Line;
use oms_domain::history::{self, Fact};
use oms_domain::ledger::{self, Balances, Booking};
use oms_domain::money::split_by_weights;
use oms_domain::order::{Order, PaymentStatus};
use oms_domain::transition::Trigger;
use oms_domain::{Actor, ActorKind, CustomerId, OrderId, Sku, State};

use jiff::Timestamp;
use proptest::prelude::*;

const NOON: Timestamp = Timestamp::constant(1_795_435_200, 0);

fn by(kind: ActorKind) -> By {
    By::new(Actor::new(kind, "someone"), NOON)
}

fn captured() -> Changed {
    let fact = Fact::Captured { customer_id: CustomerId::parse("cus-1").unwrap(), currency: "EUR".parse().unwrap(), total: 12_000 };
    Changed::captured(OrderId::new(NOON, [7; 10]), fact, &by(ActorKind::Customer)).unwrap()
}

fn a_fact() -> impl Strategy<Value = Fact> {
    let amount = prop_oneof![-10_i64..20_000, Just(i64::MIN), Just(i64::MAX), Just(0)];
    (0..8_u8, amount).prop_map(|(kind, amount)| match kind {
        0 => Fact::PaymentAuthorized { amount },
        1 | 2 => Fact::PaymentCaptured { amount },
        3 | 4 => Fact::PaymentRefunded { amount },
        5 => Fact::RefundDue { amount },
        6 => Fact::PartOwed { no: 1, amount },
        _ => Fact::PaymentVoided,
    })
}

/// A reservation that ends is booked out once, however it ends; where nothing is reserved, nothing is booked.
#[test]
fn the_ledger_books_a_reservation_out_when_it_ends() {
    let declined = || Fact::PaymentDeclined { code: "expired".to_owned(), hard: false };
    let reserved = (Booking::Authorized, 12_000);
    for (facts, rows) in [
        (vec![Fact::PaymentAuthorized { amount: 12_000 }, Fact::PaymentVoided], vec![reserved, (Booking::Voided, -12_000)]),
        (vec![Fact::PaymentAuthorized { amount: 12_000 }, declined()], vec![reserved, (Booking::Voided, -12_000)]),
        (
            vec![Fact::PaymentAuthorized { amount: 12_000 }, Fact::PaymentVoided, Fact::PaymentVoided],
            vec![reserved, (Booking::Voided, -12_000)],
        ),
        (
            vec![Fact::PaymentAuthorized { amount: 12_000 }, Fact::PaymentAuthorized { amount: 9_000 }],
            vec![reserved, (Booking::Authorized, -3_000)],
        ),
        (
            vec![Fact::PaymentAuthorized { amount: 12_000 }, Fact::PaymentCaptured { amount: 12_000 }],
            vec![reserved, (Booking::Captured, -12_000)],
        ),
        (vec![Fact::PaymentVoided], vec![]),
        (vec![declined()], vec![]),
    ] {
        let order = facts.iter().fold(captured(), |order, fact| order.learn(fact.clone(), &by(ActorKind::Gateway)).unwrap());
        let booked = ledger::of(&order.entries);
        assert_eq!(booked.iter().map(|row| (row.booking, row.change.authorized)).collect::<Vec<_>>(), rows, "{facts:?}");
        let last = booked.last().map(|row| row.balance).unwrap_or_default();
        assert_eq!(last, Balances::of(&order.order.payment), "{facts:?}");
    }
}

proptest! {
    #[test]
    fn refunds_never_exceed_what_was_taken(facts in prop::collection::vec(a_fact(), 0..40)) {
        let mut order = captured();
        for fact in facts {
            let before = order.order.payment.clone();
            order = order.clone().learn(fact, &by(ActorKind::Gateway)).unwrap_or(order);
            let payment = &order.order.payment;
            prop_assert!(0 <= payment.refunded && payment.refunded <= payment.captured);
            prop_assert!(before.captured <= payment.captured && before.refunded <= payment.refunded, "money moves one way");
            prop_assert!(0 <= payment.authorized && 0 <= payment.owed);
            prop_assert!(0 <= order.order.refund_due() && order.order.refund_due() <= payment.captured - payment.refunded);
        }
        prop_assert_eq!(history::replay(order.order.id, &order.entries), Ok(order.order));
    }

    /// What an edit of the lines moves between those who share an order, its inverse moves back.
    #[test]
    fn edits_of_lines_and_their_inverses_move_nothing(
        lines in prop::collection::vec((1_i64..100_000, 1_u32..50), 1..8),
        edits in prop::collection::vec((any::<prop::sample::Index>(), -20_i64..20), 0..12),
        charge in 0_i64..50_000,
    ) {
        let line = |(unit_price, quantity)| Line { sku: Sku::parse("A-1").unwrap(), quantity, unit_price, discount: 0, tax: 0 };
        let before: Vec<Line> = lines.into_iter().map(line).collect();
        let mut now = before.clone();
        let mut made = Vec::new();
        for (index, change) in edits {
            let i = index.index(now.len());
            let quantity = i64::from(now[i].quantity) + change;
            if quantity > 0 {
                now[i].quantity = u32::try_from(quantity).unwrap();
                made.push((i, change));
            }
            // At every step the shares of shipping sum to what is charged, whatever the lines are.
            prop_assert_eq!(shares(charge, &now).iter().sum::<i64>(), charge);
        }
        for (i, change) in made.into_iter().rev() {
            now[i].quantity = u32::try_from(i64::from(now[i].quantity) - change).unwrap();
        }
        prop_assert_eq!(shares(charge, &now), shares(charge, &before));
        prop_assert_eq!(&now, &before);
    }
}

/// A charge on the whole order, over its lines by their price.
fn shares(charge: i64, lines: &[Line]) -> Vec<i64> {
    let weights: Vec<u64> = lines.iter().map(|line| u64::try_from(line.net().unwrap()).unwrap()).collect();
    split_by_weights(charge, &weights)
}

#[test]
fn no_amount_is_negative_and_nothing_is_one() {
    for fact in [
        Fact::PaymentAuthorized { amount: -1 },
        Fact::PaymentCaptured { amount: -1 },
        Fact::RefundDue { amount: -1 },
        Fact::PaymentRefunded { amount: -1 },
        Fact::PartOwed { no: 1, amount: -1 },
    ] {
        assert_eq!(captured().learn(fact, &by(ActorKind::Gateway)), Err(Refusal::Negative(-1)));
    }
    // What was free is given back for nothing.
    assert!(captured().learn(Fact::PartOwed { no: 1, amount: 0 }, &by(ActorKind::System)).is_ok());
}

/// Nothing was taken, so that nothing of it can have come back: the payment stands as it did.
#[test]
fn a_refund_of_nothing_is_no_refund_of_what_was_not_taken() {
    let refund = || Fact::PaymentRefunded { amount: 0 };
    let nothing_taken = captured().learn(refund(), &by(ActorKind::Gateway)).unwrap().order.payment;
    assert_eq!((nothing_taken.status, nothing_taken.refunded), (PaymentStatus::Open, 0));
    let reserved = captured().learn(Fact::PaymentAuthorized { amount: 12_000 }, &by(ActorKind::Gateway)).unwrap();
    assert_eq!(reserved.learn(refund(), &by(ActorKind::Gateway)).unwrap().order.payment.status, PaymentStatus::Authorized);
}

#[test]
fn what_was_taken_and_not_given_back_is_kept() {
    for (captured, refunded, kept) in [(0, 0, 0), (900, 0, 900), (900, 200, 700), (900, 900, 0)] {
        assert_eq!(Balances { captured, refunded, ..Balances::default() }.kept(), kept, "{captured} - {refunded}");
    }
}

/// Moving is no way around what may be learnt.
#[test]
fn a_move_learns_no_more_than_may_be_learnt() {
    let refund = Fact::PaymentRefunded { amount: 1 };
    let outcome = captured().go_knowing(Trigger::PaymentAuthorized, refund, &by(ActorKind::Gateway));
    assert_eq!(outcome, Err(Refusal::OverRefund { asked: 1, left: 0 }));
    let edit = Fact::DraftEdited { currency: "EUR".parse().unwrap(), total: 1 };
    let outcome = captured().go_knowing(Trigger::CancelledOrTimedOut, edit, &by(ActorKind::Customer));
    assert_eq!(outcome, Err(Refusal::Settled(State::PendingPayment)));
}

/// What an order says is corrected where its checks have failed and nowhere else, and never beyond what is reserved.
#[test]
fn a_correction_is_made_where_checks_have_failed_and_within_the_reservation() {
    let corrected = |order: Changed, total| {
        order.go_knowing(Trigger::OrderCorrected, Fact::Corrected { total }, &by(ActorKind::Customer)).map(|order| order.order)
    };
    let paid = captured().go_knowing(Trigger::PaymentAuthorized, Fact::PaymentAuthorized { amount: 12_000 }, &by(ActorKind::Gateway));
    let checked = paid.unwrap().go(Trigger::ValidationStarted, &by(ActorKind::System)).unwrap();
    let failed = checked.clone().go(Trigger::CheckFailedOrRiskVeryHigh, &by(ActorKind::System)).unwrap();
    for (total, outcome) in [
        (12_000, Ok(12_000)),
        (0, Ok(0)),
        (12_001, Err(Refusal::OverReserved { asked: 12_001, reserved: 12_000 })),
        (-1, Err(Refusal::Negative(-1))),
    ] {
        assert_eq!(corrected(failed.clone(), total).map(|order| order.total), outcome, "{total}");
    }
    let order = corrected(failed, 9000).unwrap();
    assert_eq!((order.state, order.checked, order.payment.authorized), (State::Validating, None, 12_000));
    let told = checked.learn(Fact::Corrected { total: 1 }, &by(ActorKind::Customer));
    assert_eq!(told, Err(Refusal::Settled(State::Validating)));
}

/// What is known of the money after each fact: status, reserved, taken, given back, owed.
#[test]
fn each_fact_of_the_money_is_noted_as_it_is() {
    use PaymentStatus::{ActionRequired, Authorized, Captured, Declined, Refunded, Voided};
    let order = captured();
    let told = |order: &Order| {
        let payment = &order.payment;
        (payment.status, payment.authorized, payment.captured, payment.refunded, payment.owed)
    };
    let steps = [
        (Fact::PaymentActionRequired, (ActionRequired, 0, 0, 0, 0)),
        (Fact::PaymentAuthorized { amount: 900 }, (Authorized, 900, 0, 0, 0)),
        (Fact::PaymentDeclined { code: "x".to_owned(), hard: true }, (Declined, 0, 0, 0, 0)),
        (Fact::PaymentAuthorized { amount: 800 }, (Authorized, 800, 0, 0, 0)),
        (Fact::PaymentVoided, (Voided, 0, 0, 0, 0)),
        (Fact::PaymentAuthorized { amount: 900 }, (Authorized, 900, 0, 0, 0)),
        (Fact::PaymentCaptured { amount: 900 }, (Captured, 0, 900, 0, 0)),
        (Fact::RefundDue { amount: 100 }, (Captured, 0, 900, 0, 100)),
        (Fact::PartOwed { no: 1, amount: 50 }, (Captured, 0, 900, 0, 150)),
        (Fact::PaymentRefunded { amount: 120 }, (Captured, 0, 900, 120, 30)),
        (Fact::PaymentRefunded { amount: 80 }, (Captured, 0, 900, 200, 0)),
        (Fact::PaymentRefunded { amount: 700 }, (Refunded, 0, 900, 900, 0)),
    ];
    let mut now = order;
    for (fact, after) in steps {
        let said = format!("{fact:?}");
        now = now.learn(fact, &by(ActorKind::Gateway)).unwrap();
        assert_eq!(told(&now.order), after, "{said}");
    }
    assert!(now.order.payment.hard_decline);
}
