//! Every way to fail, at every call, in every order of events.

use std::sync::Arc;

use async_trait::async_trait;
use oms_domain::change::Changed;
use oms_domain::{Money, OrderId, State};
use oms_fakes::gateway::CARD_GOOD;
use oms_fakes::{FakeGateway, Fault};
use oms_ports::PortError;
use oms_ports::gateway::{Authorization, Gateway, GatewayPayment};

use crate::world::{TOTAL, World, cancel, fresh, reserved, unroute_and_cancel};

/// What happens to the order while its money is being taken.
type Meanwhile = Option<fn(Changed) -> Changed>;

/// Every way to fail or crash at every call of a duty: before it, after it, and the same call made twice by two runs.
#[tokio::test]
async fn no_failure_at_any_point_charges_twice_or_keeps_money() {
    let calls = ["paid", "begin", "finish", "outcome", "commit", "authorize", "capture", "void", "refund", "retrieve"];
    let faults = [Fault::Throttled, Fault::Unavailable, Fault::Corrupt, Fault::Conflict];
    for (way, meanwhile) in [("to the end", None), ("cancelled", Some(unroute_and_cancel as fn(Changed) -> Changed))] {
        for call in calls {
            for nth in 1..=3 {
                for fault in faults {
                    for after in [false, true] {
                        for memory in [Memory::Whole, Memory::NoKeys, Memory::NoSearch] {
                            let case = format!("{way}: {fault:?} at {call} {nth}, after: {after}, gateway's memory: {memory:?}");
                            let plan = |world: &World| {
                                for faults in [&world.gateway.faults, &world.orders.faults] {
                                    if after {
                                        faults.after_with(call, nth, fault)
                                    } else {
                                        faults.before_with(call, nth, fault)
                                    };
                                }
                            };
                            walk(&case, meanwhile, memory, fault == Fault::Corrupt, plan).await;
                        }
                    }
                }
            }
        }
    }
}

/// Keys are forgotten after a day, and a search does not see what was made a moment ago: either alone must do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Memory {
    Whole,
    NoKeys,
    NoSearch,
}

/// A gateway whose search sees nothing yet.
struct NoSearch(Arc<FakeGateway>);

#[async_trait]
impl Gateway for NoSearch {
    async fn authorize(&self, request: &Authorization) -> Result<GatewayPayment, PortError> {
        self.0.authorize(request).await
    }
    async fn capture(&self, intent: &str, amount: Money, key: &str) -> Result<GatewayPayment, PortError> {
        self.0.capture(intent, amount, key).await
    }
    async fn void(&self, intent: &str, key: &str) -> Result<GatewayPayment, PortError> {
        self.0.void(intent, key).await
    }
    async fn refund(&self, intent: &str, amount: Money, key: &str) -> Result<String, PortError> {
        self.0.refund(intent, amount, key).await
    }
    async fn retrieve(&self, intent: &str) -> Result<Option<GatewayPayment>, PortError> {
        self.0.retrieve(intent).await
    }
    async fn find(&self, _: OrderId, _: u8) -> Result<Option<GatewayPayment>, PortError> {
        Ok(None)
    }
    async fn find_refund(&self, intent: &str, key: &str) -> Result<Option<String>, PortError> {
        self.0.find_refund(intent, key).await
    }
}

/// The same with the order dying at every single call.
#[tokio::test]
async fn an_order_that_dies_at_any_moment_is_made_whole() {
    for (call, nth) in ["begin", "finish", "commit", "authorize"].into_iter().flat_map(|call| [(call, 1), (call, 2)]) {
        let world = fresh(CARD_GOOD);
        let (orders, id) = (world.orders.clone(), world.id);
        let die = move || {
            if orders.order(id).state == State::PendingPayment {
                orders.overwrite(id, cancel);
            }
        };
        if call == "authorize" {
            world.gateway.faults.meanwhile(call, nth, die)
        } else {
            world.orders.faults.meanwhile(call, nth, die)
        };
        world.settle().await;
        let order = world.order();
        let kept = if order.is_dead() { 0 } else { TOTAL };
        assert_eq!(world.balance(), reserved(kept), "dies at {call} {nth}: {:?}", order.payment);
    }
}

/// Authorises and captures, or is cancelled before the capture is on record; with what is planned to fail, then without.
async fn walk(case: &str, meanwhile: Meanwhile, memory: Memory, stalls: bool, plan: impl Fn(&World)) {
    let mut world = fresh(CARD_GOOD);
    if memory == Memory::NoSearch {
        world.deps.gateway = Arc::new(NoSearch(world.gateway.clone()));
    }
    let world = world;
    let forget = || {
        if memory == Memory::NoKeys {
            world.gateway.forget_keys();
        }
    };
    plan(&world);
    world.settle_with(stalls, forget).await;
    let paid = world.order();
    assert_eq!((paid.state, world.balance()), (State::PaymentAuthorized, reserved(TOTAL)), "{case}");
    assert_eq!(world.gateway.authorizations(), 1, "{case}");
    world.gateway.faults.heal();
    world.orders.faults.heal();
    world.to_routed().await;
    if let Some(change) = meanwhile {
        let (orders, id) = (world.orders.clone(), world.id);
        world.gateway.faults.meanwhile("capture", 1, move || drop(orders.overwrite(id, change)));
    }
    plan(&world);
    world.settle_with(stalls, forget).await;
    let (order, balance) = (world.order(), world.balance());
    assert_eq!(order.is_dead(), meanwhile.is_some(), "{case}");
    let kept = if order.is_dead() { 0 } else { TOTAL };
    assert_eq!((balance.reserved, balance.taken - balance.given_back), (0, kept), "{case}: {:?}", order.payment);
    assert!(world.gateway.captures() <= 1 && world.gateway.refunds() <= 1, "{case}");
    assert_eq!((order.payment.captured, order.payment.refunded), (balance.taken, balance.given_back), "{case}");
}
