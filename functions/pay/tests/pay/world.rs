//! An order, a gateway, and the step between them.

use std::sync::Arc;

use jiff::SignedDuration;
use oms_contract::step::{StepInput, StepOutcome};
use oms_domain::change::{By, Changed};
use oms_domain::flow::{Next, Undo};
use oms_domain::history::Fact;
use oms_domain::transition::Trigger;
use oms_domain::{Actor, ActorKind, Order, OrderId};
use oms_fakes::gateway::Balance;
use oms_fakes::{FakeGateway, FixedClock, MemoryOrders, NOON, a_document_of, an_order};
use oms_ports::StepError;
use pay::{Deps, handle};

pub(crate) const TOTAL: i64 = 12_000;

pub(crate) struct World {
    pub(crate) orders: Arc<MemoryOrders>,
    pub(crate) gateway: Arc<FakeGateway>,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) deps: Deps,
    pub(crate) id: OrderId,
}

pub(crate) fn by(kind: ActorKind) -> By {
    By::new(Actor::new(kind, "test"), NOON)
}

/// An order that pays with this card.
pub(crate) fn world(changed: &Changed, token: &str) -> World {
    let (orders, gateway) = (Arc::new(MemoryOrders::default()), Arc::new(FakeGateway::default()));
    let clock = Arc::new(FixedClock::at(NOON));
    let mut document = a_document_of(&changed.order);
    token.clone_into(&mut document.payment_method.token);
    orders.seed_with(changed, document);
    let deps =
        Deps { orders: orders.clone(), records: orders.clone(), effects: orders.clone(), gateway: gateway.clone(), clock: clock.clone() };
    World { orders, gateway, clock, deps, id: changed.order.id }
}

pub(crate) fn fresh(token: &str) -> World {
    world(&an_order().build(), token)
}

impl World {
    /// One run, as the machine starts it.
    pub(crate) async fn run(&self) -> Result<StepOutcome, StepError> {
        handle(&self.deps, StepInput { order_id: self.id }).await
    }

    /// What both machines and their retries come to: runs until nothing is left to do, each some time after the one before.
    /// An error that the machine does not retry would stop the order, and fails the test.
    pub(crate) async fn settle(&self) {
        self.settle_with(false, || ()).await;
    }

    /// The same, with something happening after each run; with `stalls`, the sweeper starts a stopped order again.
    pub(crate) async fn settle_with(&self, stalls: bool, after_each: impl Fn()) {
        for _ in 0..12 {
            let result = self.run().await;
            self.clock.advance(SignedDuration::from_secs(20));
            after_each();
            match result {
                Ok(outcome) if outcome.next != Next::Pay && !outcome.undo.contains(&Undo::Money) => return,
                Ok(_) => {}
                Err(error) => assert!(stalls || error.is_retryable(), "the order stops: {error}"),
            }
        }
        panic!("the step never comes to rest: {:?}", self.order());
    }

    pub(crate) fn order(&self) -> Order {
        self.orders.order(self.id)
    }

    pub(crate) fn change(&self, change: impl FnOnce(Changed) -> Changed) {
        self.orders.overwrite(self.id, change);
    }

    pub(crate) fn balance(&self) -> Balance {
        self.gateway.balance(self.id)
    }

    /// Authorised, checked, routed: the order awaits its capture.
    pub(crate) async fn to_routed(&self) {
        self.settle().await;
        let system = by(ActorKind::System);
        self.change(|order| {
            let report = order.order.seq;
            let parts = vec![(1, oms_fakes::vendor("ven-1"))];
            let order = order.go(Trigger::ValidationStarted, &system).unwrap();
            let order = order.go(Trigger::ChecksPassedAndLowRisk, &system).unwrap();
            let order = order.go(Trigger::RoutingStarted, &system).unwrap();
            order.go_knowing(Trigger::VendorsAssigned, Fact::Assigned { report, parts }, &system).unwrap()
        });
    }
}

pub(crate) fn cancel(order: Changed) -> Changed {
    order.cancel(&by(ActorKind::Customer)).unwrap()
}

/// The machine puts a routed order back before anybody can cancel it.
pub(crate) fn unroute_and_cancel(order: Changed) -> Changed {
    cancel(order.go(Trigger::StockLostBeforeReservation, &by(ActorKind::System)).unwrap())
}

pub(crate) fn reserved(reserved: i64) -> Balance {
    Balance { reserved, ..Balance::default() }
}

pub(crate) fn taken(taken: i64, given_back: i64) -> Balance {
    Balance { reserved: 0, taken, given_back }
}
