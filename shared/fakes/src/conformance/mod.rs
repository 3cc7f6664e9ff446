//! What every adapter of a port must do. The fakes run these suites here; the DynamoDB adapters run the same ones against an emulator.
//!
//! Each suite takes a factory that gives a fresh, empty store. A store must be usable by several tasks at once.

pub mod effects;
pub mod gateway;
pub mod inventory;
pub mod invoices;
pub mod listings;
pub mod orders;
pub mod packages;
pub mod reference;
pub mod sealer;
pub mod seen;
mod shares;
pub mod stockroom;
pub mod tally;

use oms_domain::change::{By, Changed};
use oms_domain::history::Fact;
use oms_domain::{Actor, OrderId};
use oms_ports::effects::Effects;
use oms_ports::orders::{Captures, Creation, IdempotencyKey, Listings, NewOrder, Orders, Packages, Records, Stored, Wakes};

use crate::build::NOON;
use crate::build::document::a_document_of;
use crate::build::order::OrderBuilder;

/// Everything that the orders table offers.
pub trait OrderStore: Orders + Captures + Records + Listings + Wakes + Packages + Effects {}
impl<T: Orders + Captures + Records + Listings + Wakes + Packages + Effects> OrderStore for T {}

/// Captures the order through the port and returns it as stored.
pub(crate) async fn captured(store: &impl OrderStore, order: &OrderBuilder) -> Stored {
    let new = new_order(order, &format!("key-{}", order.id()));
    assert_eq!(store.create(&new).await.unwrap(), Creation::Created);
    load(store, order.id()).await
}

/// A request to capture the order under an idempotency key.
pub(crate) fn new_order(order: &OrderBuilder, key: &str) -> NewOrder {
    let changed = order.build();
    NewOrder {
        document: a_document_of(&changed.order),
        idempotency: IdempotencyKey {
            scope: format!("customer/{}", changed.order.customer_id),
            key: key.to_owned(),
            digest: "digest-1".to_owned(),
            expires: NOON + jiff::SignedDuration::from_hours(24),
        },
        changed,
    }
}

pub(crate) async fn load(store: &impl OrderStore, id: OrderId) -> Stored {
    store.load(id).await.unwrap().expect("the order is there")
}

/// A change that is possible in any state.
pub(crate) fn noted(was: &Stored) -> Changed {
    let by = By::new(Actor::system("test"), was.order.changed_at);
    was.change().learn(Fact::PaymentActionRequired, &by).expect("a fact may be learnt in any state")
}
