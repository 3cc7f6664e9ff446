//! What an order asks of the step, whatever is known of it.

use oms_domain::flow::Undo;
use oms_domain::order::{Failure, Part, Payment, PaymentStatus, Stall, Unfinished};
use oms_domain::{Order, State, VendorId};
use oms_fakes::{NOON, an_order};
use pay::duty::{Duty, duty_of};

fn order(state: State, payment: impl FnOnce(&mut Payment)) -> Order {
    let mut order = an_order().build().order;
    order.state = state;
    payment(&mut order.payment);
    order
}

fn paid(state: State, captured: i64, refunded: i64) -> Order {
    order(state, |payment| (payment.status, payment.captured, payment.refunded) = (PaymentStatus::Captured, captured, refunded))
}

fn in_status(state: State, status: PaymentStatus) -> Order {
    order(state, |payment| payment.status = status)
}

#[test]
fn an_order_asks_for_one_thing_at_a_time() {
    use PaymentStatus::{ActionRequired, Authorized, Captured, Declined, MethodWanted, Open, Voided};
    use State::{Cancelled, Confirmed, PaymentFailed, PendingPayment, Picking, Routed};
    let part = |no, state| Part::new(no, VendorId::parse(format!("ven-{no}")).unwrap(), state, NOON);
    let with_parts = |order: Order| Order { parts: vec![part(1, Picking), part(2, Cancelled)], ..order };
    let superseded = |state, status| order(state, |payment| (payment.status, payment.authorized, payment.attempt) = (status, 12_000, 2));
    let owed = |order: Order| {
        let mut order = with_parts(order);
        (order.parts[1].owed, order.payment.owed) = (true, 300);
        order
    };
    let stalled = Stall { step: "pay".to_owned(), error: "Bug".to_owned(), at: NOON };
    let given_up = Unfinished { failures: vec![Failure { undo: Undo::Money, error: "Refused".to_owned() }], at: NOON };
    for (what, order, expected) in [
        ("new", in_status(PendingPayment, Open), Some(Duty::Authorize)),
        ("new and stalled", Order { stalled: Some(stalled), ..in_status(PendingPayment, Open) }, None),
        ("the customer acts", in_status(PendingPayment, ActionRequired), None),
        ("another method is waited for", superseded(PendingPayment, MethodWanted), Some(Duty::GiveBackSuperseded)),
        ("and nothing is reserved", in_status(PendingPayment, MethodWanted), None),
        ("another method was given", superseded(PendingPayment, Open), Some(Duty::Authorize)),
        ("declined", in_status(PaymentFailed, Declined), None),
        ("confirmed", in_status(Confirmed, Authorized), None),
        ("routed", in_status(Routed, Authorized), Some(Duty::Capture)),
        ("routed and taken", in_status(Routed, Captured), None),
        ("dead without an answer", in_status(Cancelled, Open), Some(Duty::LookForLate)),
        ("dead, the customer acts", in_status(Cancelled, ActionRequired), Some(Duty::LookForLate)),
        ("dead and reserved", in_status(Cancelled, Authorized), Some(Duty::Void)),
        ("the same, given up", Order { unfinished: Some(given_up), ..in_status(Cancelled, Authorized) }, None),
        ("dead and voided", in_status(Cancelled, Voided), None),
        ("dead and taken", paid(Cancelled, 900, 200), Some(Duty::Refund { amount: 700 })),
        ("dead and given back", paid(Cancelled, 900, 900), None),
        ("a part is cancelled", with_parts(paid(Picking, 900, 0)), Some(Duty::Owe)),
        ("its price is owed", owed(paid(Picking, 900, 0)), Some(Duty::Refund { amount: 300 })),
        ("less than that is left", owed(paid(Picking, 900, 800)), Some(Duty::Refund { amount: 100 })),
        ("nothing is left", owed(paid(Picking, 900, 900)), None),
    ] {
        assert_eq!(duty_of(&order), expected, "{what}");
    }
}

#[test]
fn duties_have_names_of_their_own() {
    let duties =
        [Duty::Authorize, Duty::Capture, Duty::Void, Duty::Refund { amount: 1 }, Duty::Owe, Duty::GiveBackSuperseded, Duty::LookForLate];
    let names: std::collections::BTreeSet<String> = duties.iter().map(Duty::to_string).collect();
    assert!(names.len() == duties.len() && names.iter().all(|name| name.len() > 2), "{names:?}");
}
