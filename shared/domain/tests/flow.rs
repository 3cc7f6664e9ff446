//! What the machine does next, for every state and whatever is known of the money and the goods.

#![allow(clippy::unwrap_used, reason = "a test")]

use oms_domain::change::{By, Changed};
use oms_domain::flow::{Next, next};
use oms_domain::history::Fact;
use oms_domain::order::{Order, Part, PaymentStatus, Stall, Stock};
use oms_domain::{Actor, ActorKind, CustomerId, OrderId, State, VendorId};

use jiff::Timestamp;
use strum::IntoEnumIterator as _;

const NOON: Timestamp = Timestamp::constant(1_795_435_200, 0);

fn order_in(state: State) -> Order {
    let fact = Fact::Captured { customer_id: CustomerId::parse("cus-1").unwrap(), currency: "EUR".parse().unwrap(), total: 12_000 };
    let by = By::new(Actor::new(ActorKind::Customer, "cus-1"), NOON);
    Order { state, ..Changed::captured(OrderId::new(NOON, [7; 10]), fact, &by).unwrap().order }
}

fn paid(state: State, status: PaymentStatus) -> Order {
    let mut order = order_in(state);
    order.payment.status = status;
    order
}

#[test]
fn each_state_has_its_step_or_waits() {
    for state in State::iter() {
        let expected = match state {
            State::PendingPayment => Next::Pay,
            State::PaymentAuthorized | State::Validating => Next::Validate,
            State::Confirmed | State::Routing | State::VendorRejected => Next::Route,
            State::Routed => Next::Notify,
            _ => Next::Wait,
        };
        assert_eq!(next(&order_in(state)), expected, "{state}");
    }
}

#[test]
fn what_is_known_decides_within_a_state() {
    use PaymentStatus::{ActionRequired, Authorized, Captured, Declined, Open};
    for (state, status, expected) in [
        (State::PendingPayment, Open, Next::Pay),
        // The customer is with the bank.
        (State::PendingPayment, ActionRequired, Next::Wait),
        (State::PendingPayment, Declined, Next::Wait),
        // Taken before vendors are told.
        (State::Routed, Authorized, Next::Pay),
        (State::Routed, Captured, Next::Notify),
    ] {
        assert_eq!(next(&paid(state, status)), expected, "{state} {status}");
    }
    let checked = Order { checked: Some(3), ..order_in(State::Validating) };
    assert_eq!(next(&checked), Next::Score);
}

#[test]
fn a_stalled_order_waits_whatever_there_is_to_do() {
    let stalled = Some(Stall { step: "pay".to_owned(), error: "Bug".to_owned(), at: NOON });
    for state in State::iter() {
        let order = Order { stalled: stalled.clone(), ..paid(state, PaymentStatus::Authorized) };
        assert_eq!(next(&order), Next::Wait, "{state}");
    }
}

#[test]
fn a_dead_order_gives_back_first_the_money_and_then_the_goods() {
    let dead = |status, captured, refunded, stock| {
        let mut order = Order { stock, ..paid(State::Cancelled, status) };
        (order.payment.captured, order.payment.refunded) = (captured, refunded);
        order
    };
    for (order, expected) in [
        (dead(PaymentStatus::Authorized, 0, 0, Stock::Held), Next::Pay),
        (dead(PaymentStatus::Captured, 900, 0, Stock::Allocated), Next::Pay),
        (dead(PaymentStatus::Captured, 900, 899, Stock::Released), Next::Pay),
        (dead(PaymentStatus::Voided, 0, 0, Stock::Held), Next::Validate),
        (dead(PaymentStatus::Refunded, 900, 900, Stock::Allocated), Next::Validate),
        (dead(PaymentStatus::Refunded, 900, 900, Stock::Released), Next::Wait),
        (dead(PaymentStatus::Declined, 0, 0, Stock::Free), Next::Wait),
    ] {
        assert_eq!(next(&order), expected, "{:?} {}", order.payment, order.stock);
    }
    // An order that lives keeps both.
    for stock in [Stock::Held, Stock::Allocated] {
        let order = Order { stock, ..paid(State::Picking, PaymentStatus::Authorized) };
        assert_eq!(next(&order), Next::Wait);
    }
}

#[test]
fn a_cancelled_part_of_a_living_order_is_undone_and_what_is_owed_goes_back() {
    let part = |no, state, undone| Part { no, vendor_id: VendorId::parse("ven-1").unwrap(), state, since: NOON, undone };
    let of = |parts: Vec<Part>, owed, captured| {
        let state = State::derived(parts.iter().map(|part| part.state)).unwrap();
        let mut order = Order { parts, ..paid(state, PaymentStatus::Captured) };
        (order.payment.owed, order.payment.captured) = (owed, captured);
        order
    };
    let live = |undone| vec![part(1, State::Picking, false), part(2, State::Cancelled, undone)];
    for (order, expected, due) in [
        (of(live(false), 0, 900), Next::Validate, 0),
        (of(live(true), 300, 900), Next::Pay, 300),
        (of(live(true), 0, 900), Next::Wait, 0),
        // More is owed than was ever taken: no more than that goes back.
        (of(live(true), 300, 200), Next::Pay, 200),
        // All is cancelled: everything goes back at once, and no part on its own.
        (of(vec![part(1, State::Cancelled, false), part(2, State::Cancelled, false)], 0, 900), Next::Pay, 900),
    ] {
        assert_eq!((next(&order), order.refund_due()), (expected, due), "{order:?}");
    }
}
