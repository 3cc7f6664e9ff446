//! Orders and parts that nobody can deliver at present, and parts that come back.

#![allow(clippy::unwrap_used, reason = "a test")]

use jiff::{SignedDuration, Timestamp};

use oms_domain::change::{By, Changed};
use oms_domain::flow::{Next, Undo, next, undo};
use oms_domain::history::{Entry, Fact, prove};
use oms_domain::order::{Answer, PaymentStatus, Substitute};
use oms_domain::timers::{Due, due, next_due};
use oms_domain::transition::Trigger;
use oms_domain::{Actor, ActorKind, CustomerId, OrderId, Sku, State, VendorId};

const NOON: Timestamp = Timestamp::constant(1_795_435_200, 0);

fn minutes(n: i64) -> Timestamp {
    NOON + SignedDuration::from_mins(n)
}

fn sku(id: &str) -> Sku {
    Sku::parse(id).unwrap()
}

fn by(kind: ActorKind, at: Timestamp) -> By {
    By::new(Actor::new(kind, "someone"), at)
}

/// What nobody has; of the whole order, or of a part.
fn none_has(no: Option<u8>, offered: bool) -> Fact {
    Fact::NotSourced { no, short: vec![sku("A")], instead: Vec::new(), offered }
}

/// An order that has just been checked, paid by a reservation of 120.00.
fn confirmed() -> Changed {
    let fact = Fact::Captured { customer_id: CustomerId::parse("cus-1").unwrap(), currency: "EUR".parse().unwrap(), total: 12_000 };
    let order = Changed::captured(OrderId::new(NOON, [7; 10]), fact, &by(ActorKind::Customer, NOON)).unwrap();
    let (gateway, system) = (by(ActorKind::Gateway, NOON), by(ActorKind::System, NOON));
    let reserved = order.go_knowing(Trigger::PaymentAuthorized, Fact::PaymentAuthorized { amount: 12_000 }, &gateway).unwrap();
    let checked = reserved.go(Trigger::ValidationStarted, &system).unwrap();
    let held = checked.learn(Fact::ChecksPassed { report: 3, doubts: Vec::new() }, &system).unwrap();
    held.go(Trigger::ChecksPassedAndLowRisk, &system).unwrap()
}

/// The same, that nobody can deliver.
fn short() -> Changed {
    let system = by(ActorKind::System, NOON);
    confirmed().go(Trigger::RoutingStarted, &system).unwrap().learn(none_has(None, true), &system).unwrap()
}

/// Two parts with their vendors, paid.
fn two_parts() -> Changed {
    let system = by(ActorKind::System, NOON);
    let vendor = |id| VendorId::parse(id).unwrap();
    let parts = vec![(1, vendor("ven-1")), (2, vendor("ven-2"))];
    let routed = confirmed().go(Trigger::RoutingStarted, &system).unwrap();
    let routed = routed.go_knowing(Trigger::VendorsAssigned, Fact::Assigned { report: 3, parts }, &system).unwrap();
    let paid = routed.learn(Fact::PaymentCaptured { amount: 12_000 }, &by(ActorKind::Gateway, NOON)).unwrap();
    paid.go(Trigger::VendorsNotified, &system).unwrap()
}

/// What was stored is what the history comes to.
fn whole(changed: &Changed) {
    let entries: Vec<Entry> = changed.entries.clone();
    prove(changed.order.id, &serde_json::to_string(&changed.order).unwrap(), &entries).unwrap();
}

#[test]
fn an_order_that_nobody_can_deliver_rests_is_sought_again_and_ends_with_its_state() {
    let system = |minute| by(ActorKind::System, minutes(minute));
    let mut order = short();
    assert_eq!((order.order.state, next(&order.order)), (State::Routing, Next::Wait));
    let mut now = 0;
    for pause in [1, 2, 4, 8, 16, 32, 60, 60] {
        now += pause;
        assert_eq!(next_due(&order.order), Some((minutes(now), Due::SearchAgain(None))));
        order = order.learn(Fact::SourcingResumed { no: None }, &system(now)).unwrap();
        assert_eq!(next(&order.order), Next::Route);
        order = order.learn(none_has(None, false), &system(now)).unwrap();
        assert_eq!(next(&order.order), Next::Wait);
    }
    assert_eq!(due(&order.order, minutes(48 * 60)), Some(Due::Expire(None)), "an order is not sought for ever");
    whole(&order);
    let found = Fact::Assigned { report: 3, parts: vec![(1, VendorId::parse("ven-1").unwrap())] };
    let order = order.learn(Fact::SourcingResumed { no: None }, &system(now)).unwrap();
    let order = order.go_knowing(Trigger::VendorsAssigned, found, &system(now)).unwrap();
    assert_eq!(order.order.shortages.iter().count(), 0, "nothing is short any more");
    whole(&order);
}

#[test]
fn a_customer_may_wait_take_something_else_or_cancel() {
    let customer = by(ActorKind::Customer, minutes(1));
    let waits = short().learn(Fact::OfferAnswered { answer: Answer::Wait }, &customer).unwrap();
    assert_eq!((next(&waits.order), next_due(&waits.order)), (Next::Wait, Some((minutes(1), Due::SearchAgain(None)))));

    let cancelled = short().go(Trigger::NoFeasibleRouteOrCancelled, &customer).unwrap();
    assert_eq!((cancelled.order.shortages.iter().count(), undo(&cancelled.order)), (0, vec![Undo::Stock, Undo::Money, Undo::People]));

    let goods = vec![Substitute { ordered: sku("A"), instead: sku("B") }];
    let offered = Fact::NotSourced { no: None, short: vec![sku("A")], instead: goods.clone(), offered: true };
    let chosen = short().learn(offered, &customer).unwrap().learn(Fact::OfferAnswered { answer: Answer::Substitute }, &customer).unwrap();
    assert_eq!(next(&chosen.order), Next::Route, "it rests no longer");
    let open = |order: &oms_domain::Order| order.shortages.offered().map(|of| (of.instead.len(), of.answer)).collect::<Vec<_>>();
    assert_eq!(open(&chosen.order), [(1, Some(Answer::Substitute))]);
    let taken = chosen.learn(Fact::Substituted { goods }, &by(ActorKind::System, minutes(1))).unwrap();
    assert_eq!((taken.order.sent_for(&sku("A")), taken.order.sent_for(&sku("C"))), (&sku("B"), &sku("C")));
    assert_eq!(next(&taken.order), Next::Route);
    assert_eq!(open(&taken.order), [(0, None)], "what was taken is neither offered nor taken again");
    // What is sent instead may be short in its turn.
    let further = vec![Substitute { ordered: sku("B"), instead: sku("D") }];
    let taken = taken.learn(Fact::Substituted { goods: further }, &by(ActorKind::System, minutes(2))).unwrap();
    assert_eq!(taken.order.sent_for(&sku("A")), &sku("D"));
    whole(&taken);
}

#[test]
fn a_part_without_a_vendor_holds_up_nothing_else() {
    let (vendor, system) = (by(ActorKind::Vendor, minutes(1)), by(ActorKind::System, minutes(1)));
    let refused = two_parts().go_part(1, Trigger::VendorRejectedOrSlaMissed, &vendor).unwrap();
    assert_eq!(next(&refused.order), Next::Route);
    let rests = refused.learn(none_has(Some(1), false), &system).unwrap();
    assert_eq!((rests.order.state, next(&rests.order)), (State::VendorRejected, Next::Wait));
    assert_eq!(rests.order.part_to_source().map(|part| part.no), None);
    assert_eq!(next_due(&rests.order), Some((minutes(2), Due::SearchAgain(Some(1)))));
    assert_eq!(due(&rests.order, minutes(1 + 120)), Some(Due::Expire(Some(1))), "two hours, and it is cancelled");
    assert_eq!(rests.order.shortages.offered().count(), 0, "its customer need not do anything");

    let other = rests.go_part(2, Trigger::VendorRejectedOrSlaMissed, &vendor).unwrap();
    assert_eq!((next(&other.order), other.order.part_to_source().map(|part| part.no)), (Next::Route, Some(2)));
    let found = Fact::Assigned { report: 9, parts: vec![(2, VendorId::parse("ven-3").unwrap())] };
    let other = other.go_part(2, Trigger::ResourcingStarted, &system).unwrap();
    let other = other.go_part_knowing(2, Trigger::VendorsAssigned, found, &system).unwrap();
    assert_eq!(next(&other.order), Next::Notify, "the second part's new vendor is told, whatever becomes of the first");
    assert!(other.order.shortages.rests(Some(1)));
    whole(&other);
}

#[test]
fn a_returned_part_is_owed_and_no_other() {
    let carrier = by(ActorKind::Carrier, minutes(9));
    let delivered = |order: Changed, no| {
        let vendor = by(ActorKind::Vendor, minutes(5));
        let way = [
            Trigger::VendorAccepted,
            Trigger::PickingStarted,
            Trigger::PickingCompleted,
            Trigger::PackingCompleted,
            Trigger::CarrierPickedUp,
        ];
        let order = way.into_iter().fold(order, |order, trigger| order.go_part(no, trigger, &vendor).unwrap());
        let order = order.carried(no, State::Delivered, &carrier).unwrap();
        order.learn(Fact::PartLeft { no }, &by(ActorKind::System, minutes(9))).unwrap()
    };
    let both = delivered(delivered(two_parts(), 1), 2);
    assert_eq!((both.order.state, undo(&both.order)), (State::Delivered, vec![]));

    let returned = both.go_part(1, Trigger::ReturnReceived, &by(ActorKind::Vendor, minutes(60))).unwrap();
    assert_eq!((returned.order.state, undo(&returned.order)), (State::Delivered, vec![Undo::Money]), "the other one was kept");
    assert_eq!(returned.order.part(2).unwrap().state, State::Delivered);
    let owed = returned.learn(Fact::PartOwed { no: 1, amount: 5_000 }, &by(ActorKind::System, minutes(60))).unwrap();
    assert_eq!((owed.order.refund_due(), owed.order.parts_to_owe().count()), (5_000, 0));
    let refunded = owed.learn(Fact::PaymentRefunded { amount: 5_000 }, &by(ActorKind::Gateway, minutes(60))).unwrap();
    assert_eq!((refunded.order.payment.status, undo(&refunded.order)), (PaymentStatus::Captured, vec![]));
    whole(&refunded);

    let all = refunded.go_part(2, Trigger::ReturnReceived, &by(ActorKind::Vendor, minutes(70))).unwrap();
    let all = all.learn(Fact::PartOwed { no: 2, amount: 7_000 }, &by(ActorKind::System, minutes(70))).unwrap();
    let all = all.learn(Fact::PaymentRefunded { amount: 7_000 }, &by(ActorKind::Gateway, minutes(70))).unwrap();
    assert_eq!((all.order.state, all.order.payment.status, undo(&all.order)), (State::Returned, PaymentStatus::Refunded, vec![]));
}
