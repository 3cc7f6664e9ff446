//! Worlds that are broken on purpose: a checker that finds nothing wrong in them is no checker.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;

use oms_contract::record::{Allocation, Plan, Record};
use oms_domain::change::Changed;
use oms_domain::document::Document;
use oms_domain::{Money, OrderId, Sku};
use oms_fakes::{FakeGateway, MemoryInventory, MemoryOrders};
use oms_ports::PortError;
use oms_ports::budget::{Budget, BudgetKey, Portion};
use oms_ports::effects::Effects;
use oms_ports::gateway::{Authorization, Gateway, GatewayPayment};
use oms_ports::orders::{Orders, Origin, Paid, Stored, Wakes};
use oms_ports::stock::{Allocated, Availability, Demand, Exchange, Expired, Held, Inventory, Source, Sources, Spot};

/// What is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// The gateway knows no idempotency keys and finds no payment by order.
    KeylessGateway,
    /// Stock that is given back does not arrive.
    LostRelease,
    /// Nobody ever finds that an order's time has come.
    StoppedClocks,
    /// A write goes through although somebody else wrote in between.
    LastWriteWins,
}

/// The ports that a flaw may sit in.
pub(crate) struct Wired {
    pub(crate) orders: Arc<dyn Orders>,
    pub(crate) effects: Arc<dyn Effects>,
    pub(crate) gateway: Arc<dyn Gateway>,
    pub(crate) inventory: Arc<dyn Inventory>,
    pub(crate) wakes: Arc<dyn Wakes>,
}

/// The fakes, with the flaw before the one that it concerns.
pub(crate) fn wired(flaw: Option<Flaw>, orders: &Arc<MemoryOrders>, gateway: &Arc<FakeGateway>, inventory: &Arc<MemoryInventory>) -> Wired {
    let mut wired = Wired {
        orders: orders.clone(),
        effects: orders.clone(),
        gateway: gateway.clone(),
        inventory: inventory.clone(),
        wakes: orders.clone(),
    };
    match flaw {
        None => {}
        Some(Flaw::KeylessGateway) => wired.gateway = Arc::new(Keyless(gateway.clone())),
        Some(Flaw::LostRelease) => wired.inventory = Arc::new(Leaky(inventory.clone())),
        Some(Flaw::StoppedClocks) => wired.wakes = Arc::new(Stopped(orders.clone())),
        Some(Flaw::LastWriteWins) => wired.orders = Arc::new(LastWriteWins(orders.clone())),
    }
    wired
}

struct Keyless(Arc<FakeGateway>);

impl Keyless {
    fn fresh(&self, key: &str) -> String {
        format!("{key}/{}", self.0.snapshot().answers.len())
    }
}

#[async_trait]
impl Gateway for Keyless {
    async fn authorize(&self, request: &Authorization) -> Result<GatewayPayment, PortError> {
        let request = Authorization { key: self.fresh(&request.key), ..request.clone() };
        self.0.authorize(&request).await
    }

    async fn capture(&self, intent: &str, amount: Money, key: &str) -> Result<GatewayPayment, PortError> {
        self.0.capture(intent, amount, &self.fresh(key)).await
    }

    async fn void(&self, intent: &str, key: &str) -> Result<GatewayPayment, PortError> {
        self.0.void(intent, &self.fresh(key)).await
    }

    async fn refund(&self, intent: &str, amount: Money, key: &str) -> Result<String, PortError> {
        self.0.refund(intent, amount, &self.fresh(key)).await
    }

    async fn retrieve(&self, intent: &str) -> Result<Option<GatewayPayment>, PortError> {
        self.0.retrieve(intent).await
    }

    async fn find(&self, order: OrderId, attempt: u8) -> Result<Option<GatewayPayment>, PortError> {
        self.0.find(order, attempt).await.map(|_| None)
    }

    async fn find_refund(&self, intent: &str, key: &str) -> Result<Option<String>, PortError> {
        self.0.find_refund(intent, key).await.map(|_| None)
    }
}

struct Leaky(Arc<MemoryInventory>);

#[async_trait]
impl Inventory for Leaky {
    async fn available(&self, skus: &[Sku]) -> Result<Vec<Availability>, PortError> {
        self.0.available(skus).await
    }

    async fn sources(&self, skus: &[Sku]) -> Result<Sources, PortError> {
        self.0.sources(skus).await
    }

    async fn sources_near(&self, sku: &Sku, spot: Spot) -> Result<Vec<Source>, PortError> {
        self.0.sources_near(sku, spot).await
    }

    async fn used(&self, order: OrderId, budgets: &[BudgetKey]) -> Result<BTreeMap<BudgetKey, u64>, PortError> {
        self.0.used(order, budgets).await
    }

    async fn reserve(&self, order: OrderId, demand: &Demand, expires_at: Timestamp) -> Result<Held, PortError> {
        self.0.reserve(order, demand, expires_at).await
    }

    async fn exchange(&self, order: OrderId, run: u64, goods: &[Exchange]) -> Result<Held, PortError> {
        self.0.exchange(order, run, goods).await
    }

    async fn lapse(&self, order: OrderId, now: Timestamp) -> Result<(), PortError> {
        self.0.lapse(order, now).await
    }

    async fn extend(&self, order: OrderId, expires_at: Timestamp) -> Result<(), PortError> {
        self.0.extend(order, expires_at).await
    }

    async fn allocate_on(&self, order: OrderId, allocations: &[Allocation], days: &[Budget]) -> Result<Allocated, PortError> {
        self.0.allocate_on(order, allocations, days).await
    }

    async fn reallocate_on(
        &self,
        order: OrderId,
        run: u64,
        from: &[Allocation],
        to: &[Allocation],
        days: &[Budget],
    ) -> Result<Allocated, PortError> {
        self.0.reallocate_on(order, run, from, to, days).await
    }

    async fn release(&self, _: OrderId) -> Result<(), PortError> {
        Ok(())
    }

    async fn release_portion(&self, _: OrderId, _: u64, _: &[Allocation], _: Portion) -> Result<(), PortError> {
        Ok(())
    }

    async fn release_sourced(&self, _: OrderId, _: u64, _: u64, _: (&[Allocation], &[Allocation]), _: Portion) -> Result<(), PortError> {
        Ok(())
    }

    async fn take_off(&self, order: OrderId, run: u64, allocations: &[Allocation]) -> Result<(), PortError> {
        self.0.take_off(order, run, allocations).await
    }

    async fn expired(&self, now: Timestamp, limit: u16) -> Result<Vec<Expired>, PortError> {
        self.0.expired(now, limit).await
    }
}

struct Stopped(Arc<MemoryOrders>);

#[async_trait]
impl Wakes for Stopped {
    async fn due(&self, now: Timestamp, limit: u16) -> Result<Vec<OrderId>, PortError> {
        self.0.due(now, limit).await.map(|_| Vec::new())
    }

    async fn wake(&self, was: &Stored, at: Option<Timestamp>) -> Result<(), PortError> {
        self.0.wake(was, at).await
    }
}

struct LastWriteWins(Arc<MemoryOrders>);

#[async_trait]
impl Orders for LastWriteWins {
    async fn load(&self, id: OrderId) -> Result<Option<Stored>, PortError> {
        self.0.load(id).await
    }

    async fn whole(&self, id: OrderId) -> Result<(Option<Stored>, Option<Document>), PortError> {
        self.0.whole(id).await
    }

    async fn paid(&self, id: OrderId) -> Result<Paid, PortError> {
        self.0.paid(id).await
    }

    async fn commit(&self, was: &Stored, now: Changed, origin: Origin, with: &[Record]) -> Result<Stored, PortError> {
        let latest = self.0.stored(was.order.id);
        self.0.commit(&latest, now, origin, with).await
    }

    async fn document(&self, id: OrderId) -> Result<Option<Document>, PortError> {
        self.0.document(id).await
    }

    async fn keep(&self, id: OrderId, records: &[Record]) -> Result<(), PortError> {
        self.0.keep(id, records).await
    }

    async fn settle(&self, id: OrderId, plan: &Plan, instead: Option<&Plan>) -> Result<Plan, PortError> {
        self.0.settle(id, plan, instead).await
    }
}
