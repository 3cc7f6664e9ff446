//! What the machine does next, for every state and whatever is known of the money and the goods.

#![allow(clippy::unwrap_used, reason = "a test")]

use oms_domain::change::{By, Changed};
use oms_domain::flow::{Next, Undo, kills, left_to_undo, next, undo};
use oms_domain::history::Fact;
use oms_domain::order::{Failure, Goods, Order, Part, PaymentStatus, Stall, Stock, Unfinished};
use oms_domain::transition::Trigger;
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
    use PaymentStatus::{ActionRequired, Authorized, Captured, Declined, MethodWanted, Open};
    for (state, status, expected) in [
        (State::PendingPayment, Open, Next::Pay),
        // The customer has to give another method.
        (State::PendingPayment, MethodWanted, Next::Wait),
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
fn a_dead_order_gives_back_the_goods_and_the_money_and_tells_who_must_hear() {
    use PaymentStatus::{Authorized, Captured, Declined, Open, Refunded, Voided};
    let dead = |status, (captured, refunded), stock, told| {
        let mut order = Order { stock, told, ..paid(State::Cancelled, status) };
        (order.payment.captured, order.payment.refunded) = (captured, refunded);
        order
    };
    for (order, expected) in [
        (dead(Authorized, (0, 0), Stock::Held, false), vec![Undo::Stock, Undo::Money, Undo::People]),
        (dead(Captured, (900, 0), Stock::Allocated, true), vec![Undo::Stock, Undo::Money]),
        (dead(Captured, (900, 899), Stock::Released, true), vec![Undo::Money]),
        // Whether anything is reserved is not known yet.
        (dead(Open, (0, 0), Stock::Free, true), vec![Undo::Money]),
        (dead(Voided, (0, 0), Stock::Held, true), vec![Undo::Stock]),
        (dead(Refunded, (900, 900), Stock::Allocated, true), vec![Undo::Stock]),
        (dead(Refunded, (900, 900), Stock::Released, false), vec![Undo::People]),
        (dead(Refunded, (900, 900), Stock::Released, true), vec![]),
        (dead(Declined, (0, 0), Stock::Free, true), vec![]),
    ] {
        assert_eq!((undo(&order), next(&order)), (expected, Next::Wait), "{:?} {}", order.payment, order.stock);
    }
    let mut looked = dead(Open, (0, 0), Stock::Free, true);
    looked.payment.nothing_reserved = true;
    assert_eq!(undo(&looked), []);
    // An order that lives keeps both.
    for stock in [Stock::Held, Stock::Allocated] {
        let order = Order { stock, ..paid(State::Picking, Authorized) };
        assert_eq!((undo(&order), next(&order)), (vec![], Next::Wait));
    }
}

#[test]
fn what_could_not_be_undone_is_left_until_it_is_started_again() {
    let failed = vec![Failure { undo: Undo::Stock, error: "Bug".to_owned() }];
    let unfinished = Some(Unfinished { failures: failed, at: NOON });
    let order = Order { stock: Stock::Held, told: true, unfinished, ..paid(State::Cancelled, PaymentStatus::Voided) };
    assert_eq!((undo(&order), left_to_undo(&order)), (vec![], vec![Undo::Stock]));
}

#[test]
fn a_cancelled_part_of_a_living_order_is_undone_and_what_is_owed_goes_back() {
    let part = |no, state| Part::new(no, VendorId::parse("ven-1").unwrap(), state, NOON);
    let undone = Part { goods: Goods::Back, owed: true, told: true, ..part(2, State::Cancelled) };
    let of = |parts: Vec<Part>, owed, captured| {
        let state = State::derived(parts.iter().map(|part| part.state)).unwrap();
        let mut order = Order { parts, ..paid(state, PaymentStatus::Captured) };
        (order.payment.owed, order.payment.captured) = (owed, captured);
        order
    };
    let live = |lost: Part| vec![part(1, State::Picking), lost];
    let everything = || vec![Undo::Stock, Undo::Money, Undo::People];
    for (order, expected, due) in [
        (of(live(part(2, State::Cancelled)), 0, 900), everything(), 0),
        (of(live(Part { told: false, ..undone.clone() }), 0, 900), vec![Undo::People], 0),
        (of(live(Part { owed: false, ..undone.clone() }), 0, 900), vec![Undo::Money], 0),
        (of(live(undone.clone()), 300, 900), vec![Undo::Money], 300),
        (of(live(undone.clone()), 0, 900), vec![], 0),
        // More is owed than was ever taken: no more than that goes back.
        (of(live(undone.clone()), 300, 200), vec![Undo::Money], 200),
        // All is cancelled: everything goes back at once, and no part on its own.
        (of(vec![part(1, State::Cancelled), undone], 0, 900), vec![Undo::Money, Undo::People], 900),
    ] {
        assert_eq!((undo(&order), order.refund_due()), (expected, due), "{order:?}");
    }
}

#[test]
fn goods_with_the_carrier_are_taken_off_the_books_while_the_order_waits() {
    let part = |state| Part::new(1, VendorId::parse("ven-1").unwrap(), state, NOON);
    for (part, expected) in [
        (part(State::ReadyToShip), Next::Wait),
        (part(State::Shipped), Next::Validate),
        (part(State::Delivered), Next::Validate),
        (Part { goods: Goods::Left, ..part(State::Shipped) }, Next::Wait),
    ] {
        let order = Order { parts: vec![part.clone()], ..paid(part.state, PaymentStatus::Captured) };
        assert_eq!(next(&order), expected, "{part:?}");
    }
}

/// Whatever a machine's write leaves to be undone that it does not undo itself, and nothing else.
#[test]
fn a_write_kills_that_cancels_or_owes() {
    let by = |kind| By::new(Actor::new(kind, "someone"), NOON);
    let of = |order: Order| Changed::of(order);
    let dead = of(order_in(State::Confirmed)).go(Trigger::CancelledOrTimedOut, &by(ActorKind::Customer)).unwrap();
    let with_parts =
        Order { parts: vec![Part::new(1, VendorId::parse("ven-1").unwrap(), State::Picking, NOON)], ..order_in(State::Picking) };
    for (what, changed, expected) in [
        ("nothing", of(order_in(State::Confirmed)), false),
        ("the order goes on", of(order_in(State::Confirmed)).go(Trigger::RoutingStarted, &by(ActorKind::System)).unwrap(), false),
        ("the order is cancelled", dead.clone(), true),
        ("a part is", of(with_parts).go_part(1, Trigger::Cancelled, &by(ActorKind::Customer)).unwrap(), true),
        ("money is owed", of(order_in(State::Picking)).learn(Fact::RefundDue { amount: 1 }, &by(ActorKind::Operator)).unwrap(), true),
        ("a dead order gives back", of(dead.order).learn(Fact::StockReleased, &by(ActorKind::System)).unwrap(), false),
    ] {
        assert_eq!(kills(&changed.entries), expected, "{what}");
    }
}
