//! What time does to an order, without waiting for it: the sweeper's own code, over the stack's stores and machines, with a clock that is ahead.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use oms_aws::{Clients, DynamoOrders};
use oms_contract::api::view::OrderView;
use oms_domain::OrderId;
use oms_fakes::clock::FixedClock;
use oms_fakes::inventory::MemoryInventory;
use oms_ports::PortError;
use oms_ports::orders::{Orders as _, Stored, Wakes};
use sweep::{Deps, Input};

use oms_tests::shop::Shop;

/// Sweeps this order, and no other, so long after its state began; the order then.
pub(crate) async fn at_its_time(shop: &Shop, id: OrderId, after: SignedDuration) -> OrderView {
    let since = shop.orders.load(id).await.unwrap().unwrap().order.since;
    let stack = &shop.stack;
    let clients = Clients::at(&stack.endpoint()).await;
    let store = clients.orders(stack.table("orders").unwrap());
    // No holds are its business here: those of other tests would run out with the day.
    let nothing = Arc::new(MemoryInventory::default());
    let deps = Deps {
        orders: store.clone(),
        wakes: Arc::new(Only { id, store: store.clone() }),
        inventory: nothing.clone(),
        upkeep: nothing,
        reference: clients.reference(stack.table("reference").unwrap()),
        effects: store,
        machine: clients.machine(&stack.state_machine),
        cancellation: clients.machine(&stack.cancellation_machine),
        tasks: clients.tasks(&stack.queues["operator-tasks"]),
        topics: clients.topics("", &stack.topics["operator"]),
        clock: Arc::new(FixedClock::at(since + after)),
    };
    sweep::handle(&deps, Input::Tick {}).await.unwrap();
    shop.operator.get(id).await.unwrap()
}

/// Says of one order that it is due.
struct Only {
    id: OrderId,
    store: Arc<DynamoOrders>,
}

#[async_trait]
impl Wakes for Only {
    async fn due(&self, _: Timestamp, _: u16) -> Result<Vec<OrderId>, PortError> {
        Ok(vec![self.id])
    }

    async fn wake(&self, was: &Stored, at: Option<Timestamp>) -> Result<(), PortError> {
        self.store.wake(was, at).await
    }
}
