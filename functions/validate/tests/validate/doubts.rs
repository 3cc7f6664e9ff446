//! The step over fakes, where something casts doubt on the order, or is not known.

use jiff::SignedDuration;
use oms_contract::record::{CheckOutcome, CheckResult};
use oms_contract::reference::account::Profile;
use oms_domain::State;
use oms_domain::flow::Next;
use oms_fakes::{NOON, a_customer, an_order};
use oms_ports::StepError;
use oms_ports::effects::{EffectKey, Effects as _};
use oms_ports::gateway::GatewayPayment;
use oms_ports::sealer::Sealer as _;

use crate::step::World;

#[tokio::test]
async fn an_order_in_doubt_holds_its_stock_and_goes_on_to_be_scored_as_such() {
    let world = World::paid(10);
    let mut customer = a_customer("cus-1");
    customer.record.chargebacks = vec![NOON.to_zoned(jiff::tz::TimeZone::UTC).date()];
    world.reference.customer(customer);
    let before = world.order().seq;
    let outcome = world.run().await.unwrap();
    assert_eq!((outcome.state, outcome.next), (State::Validating, Next::Score));
    assert_eq!((world.order().doubts, world.pool()), (vec![29], (9, 1)));
    assert_eq!(world.report(before).await.doubts, [29]);
}

#[tokio::test]
async fn a_payment_of_which_the_gateway_told_nothing_makes_the_order_wait() {
    let world = World::paid(10);
    let silent = GatewayPayment { evidence: None, ..world.payment(&world.order()) };
    let answers = [(None, vec![1, 2, 3, 4, 5, 6]), (Some(serde_json::to_value(silent).unwrap()), vec![1, 3, 4, 5, 6])];
    for (answer, waiting) in answers {
        if let Some(answer) = answer {
            world.orders.finish(an_order().id(), &EffectKey::Authorize(1), &answer).await.unwrap();
        }
        assert!(matches!(world.step().await, Err(StepError::Unavailable(_))));
        assert_eq!((world.order().state, world.pool()), (State::PaymentAuthorized, (10, 0)));
        let waits_for = |row: &&CheckResult| matches!(row.outcome, CheckOutcome::Unavailable { .. });
        let report = world.report(world.order().seq).await;
        assert_eq!(
            report.results.iter().filter(waits_for).map(|row| row.check).collect::<Vec<_>>(),
            waiting,
            "whoever looks sees what for"
        );
    }
    // The customer acted, and the webhook told: that counts before what was answered first.
    let payment = serde_json::to_value(world.payment(&world.order())).unwrap();
    world.orders.finish(an_order().id(), &EffectKey::Reserved(1), &payment).await.unwrap();
    let waited_at = world.order().seq;
    assert_eq!(world.step().await.unwrap().next, Next::Score);
    let report = world.report(waited_at).await;
    assert!(
        report.results.iter().all(|row| !matches!(row.outcome, CheckOutcome::Unavailable { .. })),
        "the last run's report is in its place"
    );
}

#[tokio::test]
async fn verified_contacts_are_read_from_the_sealed_profile() {
    for (email, doubts) in [("anna@customers.example", vec![]), ("other@customers.example", vec![30])] {
        let world = World::paid(10);
        let mut customer = a_customer("cus-1");
        let profile = Profile { verified_emails: vec![email.into()], verified_phones: vec!["+49301234567".into()], ..Profile::default() };
        customer.record.profile = Some(world.sealer.seal_profile(&customer.customer_id, &profile).await.unwrap());
        world.reference.customer(customer);
        world.run().await.unwrap();
        assert_eq!(world.order().doubts, doubts, "{email}");
    }
}

#[tokio::test]
async fn the_customers_own_orders_of_long_ago_are_the_history_that_an_order_is_held_against() {
    for (days, doubts) in [(30, vec![28]), (3, vec![])] {
        let world = World::paid(10);
        for nth in 1_u8..=5 {
            let at = NOON - SignedDuration::from_hours(24 * (days + i64::from(nth)));
            world.orders.seed(&an_order().nth(nth.into()).total(1_000, "EUR").captured_at(at).at(State::Delivered).build());
        }
        world.orders.seed(&an_order().nth(9).of("cus-2").captured_at(NOON - SignedDuration::from_hours(2400)).at(State::Delivered).build());
        world.run().await.unwrap();
        assert_eq!(world.order().doubts, doubts, "{days} days ago");
    }
}
