//! An order, its gateways, and the three that write about its payment.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use oms_contract::queue::WebhookMessage;
use oms_contract::record::{MethodChange, Record};
use oms_contract::step::StepInput;
use oms_domain::change::{By, Changed};
use oms_domain::document::{MethodKind, PaymentMethod};
use oms_domain::flow::{self, Next, Undo};
use oms_domain::history::{self, Fact};
use oms_domain::ledger::{self, Balances};
use oms_domain::transition::Trigger;
use oms_domain::{Actor, ActorKind, Order, OrderId};
use oms_fakes::gateway::Balance;
use oms_fakes::{
    FakeGateway, FixedClock, MemoryInventory, MemoryInvoices, MemoryMachine, MemoryOrders, MemoryReference, MemoryTasks, MemoryTopics,
    NOON, a_document_of, a_market, an_order,
};
use oms_gateways::invoice::OnInvoice;
use oms_gateways::router::Gateways;
use oms_ports::orders::{Orders as _, Origin, Records as _};

pub(crate) const TOTAL: i64 = 12_000;

pub(crate) struct World {
    pub(crate) orders: Arc<MemoryOrders>,
    pub(crate) card: Arc<FakeGateway>,
    pub(crate) invoices: Arc<MemoryInvoices>,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) pay: pay::Deps,
    pub(crate) webhook: payment_webhook::Deps,
    pub(crate) sweep: sweep::Deps,
    pub(crate) id: OrderId,
}

pub(crate) fn method(kind: MethodKind, token: &str) -> PaymentMethod {
    PaymentMethod { kind, token: token.to_owned() }
}

pub(crate) fn card(token: &str) -> PaymentMethod {
    method(MethodKind::Card, token)
}

pub(crate) fn on_invoice() -> PaymentMethod {
    method(MethodKind::Invoice, "")
}

/// A new order that pays like this, captured at [`NOON`].
pub(crate) fn world(pays: PaymentMethod) -> World {
    let (orders, card) = (Arc::new(MemoryOrders::default()), Arc::new(FakeGateway::default()));
    let (invoices, clock) = (Arc::new(MemoryInvoices::default()), Arc::new(FixedClock::at(NOON)));
    let invoice = Arc::new(OnInvoice { invoices: invoices.clone(), clock: clock.clone() });
    let gateway = Arc::new(Gateways { card: card.clone(), invoice });
    let changed = an_order().build();
    let mut document = a_document_of(&changed.order);
    document.payment_method = pays;
    orders.seed_with(&changed, document);
    let topics = Arc::new(MemoryTopics::default());
    let reference = MemoryReference::default();
    reference.market(a_market());
    World {
        pay: pay::Deps {
            orders: orders.clone(),
            records: orders.clone(),
            effects: orders.clone(),
            gateway: gateway.clone(),
            clock: clock.clone(),
        },
        webhook: payment_webhook::Deps {
            orders: orders.clone(),
            effects: orders.clone(),
            gateway,
            topics: topics.clone(),
            clock: clock.clone(),
        },
        sweep: sweep::Deps {
            orders: orders.clone(),
            wakes: orders.clone(),
            inventory: Arc::new(MemoryInventory::stocked(&[])),
            upkeep: Arc::new(MemoryInventory::stocked(&[])),
            reference: Arc::new(reference),
            effects: orders.clone(),
            machine: Arc::new(MemoryMachine::default()),
            cancellation: Arc::new(MemoryMachine::default()),
            tasks: Arc::new(MemoryTasks::default()),
            topics,
            clock: clock.clone(),
        },
        id: changed.order.id,
        orders,
        card,
        invoices,
        clock,
    }
}

impl World {
    pub(crate) fn order(&self) -> Order {
        self.orders.order(self.id)
    }

    pub(crate) fn by(&self, kind: ActorKind) -> By {
        use oms_ports::Clock as _;
        By::new(Actor::new(kind, "test"), self.clock.now())
    }

    /// What the machines do: `pay` for as long as the order asks for it.
    pub(crate) async fn machine(&self) {
        for _ in 0..5 {
            pay::handle(&self.pay, StepInput { order_id: self.id }).await.unwrap();
            let order = self.order();
            if flow::next(&order) != Next::Pay && !flow::undo(&order).contains(&Undo::Money) {
                return;
            }
        }
        panic!("the step never comes to rest: {:?}", self.order());
    }

    /// The gateway tells that something happened to a payment; the relay starts the machine.
    pub(crate) async fn told(&self, intent: &str) {
        let body = format!(r#"{{"id":"evt_1","type":"any","data":{{"object":{{"object":"payment_intent","id":"{intent}"}}}}}}"#);
        let message = WebhookMessage { source: "stripe".into(), received_at: NOON, body };
        payment_webhook::handle(&self.webhook, &message).await.unwrap();
        self.machine().await;
    }

    /// One minute passes; the sweeper runs, and the machine after it.
    pub(crate) async fn minute(&self) {
        self.clock.advance(SignedDuration::from_mins(1));
        self.sweep_now().await;
    }

    pub(crate) async fn sweep_now(&self) {
        sweep::handle(&self.sweep, sweep::Input::Tick {}).await.unwrap();
        if flow::next(&self.order()) == Next::Pay {
            self.machine().await;
        }
    }

    /// The customer pays again, with another method if one is given.
    pub(crate) async fn pay_again(&self, method: Option<PaymentMethod>) {
        let stored = self.orders.stored(self.id);
        let changed = stored.change().go(Trigger::PaymentRetried, &self.by(ActorKind::Customer)).unwrap();
        let attempt = changed.order.payment.attempt;
        let records: Vec<Record> = method.map(|method| Record::Method(MethodChange { attempt, method })).into_iter().collect();
        self.orders.commit(&stored, changed, Origin::Outside, &records).await.unwrap();
        self.machine().await;
    }

    pub(crate) fn change(&self, change: impl FnOnce(Changed) -> Changed) {
        self.orders.overwrite(self.id, change);
    }

    /// Checked, routed and captured.
    pub(crate) async fn through_to_capture(&self) {
        let system = self.by(ActorKind::System);
        self.change(|order| {
            let report = order.order.seq;
            let order = order.go(Trigger::ValidationStarted, &system).unwrap();
            let order = order.go(Trigger::ChecksPassedAndLowRisk, &system).unwrap();
            let order = order.go(Trigger::RoutingStarted, &system).unwrap();
            let fact = Fact::Assigned { report, parts: vec![(1, oms_fakes::vendor("ven-1"))] };
            order.go_knowing(Trigger::VendorsAssigned, fact, &system).unwrap()
        });
        self.machine().await;
    }

    pub(crate) fn cancel(&self) {
        let customer = self.by(ActorKind::Customer);
        self.change(|order| order.cancel(&customer).unwrap());
    }

    pub(crate) fn balance(&self) -> Balance {
        self.card.balance(self.id)
    }

    /// The history replays to the order, and its ledger sums to the order's payment.
    pub(crate) async fn books_agree(&self) {
        let history = self.orders.history(self.id).await.unwrap();
        let order = self.order();
        assert_eq!(history::replay(self.id, &history).as_ref(), Ok(&order));
        let balance = ledger::of(&history).last().map(|row| row.balance).unwrap_or_default();
        assert_eq!(balance, Balances::of(&order.payment));
        let held = self.balance();
        assert_eq!((order.payment.captured, order.payment.refunded), (held.taken, held.given_back));
        assert_eq!(order.payment.authorized, held.reserved);
    }
}

/// Minutes since [`NOON`].
pub(crate) fn minutes(at: Timestamp) -> i64 {
    at.duration_since(NOON).as_secs() / 60
}
