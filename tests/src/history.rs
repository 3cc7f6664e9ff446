//! Every order's history, read over the API, gives the order that is stored: bit for bit.

use futures::stream::StreamExt as _;

use oms_contract::api::view::EntryView;
use oms_domain::OrderId;
use oms_domain::history::{Entry, replay};
use oms_ports::orders::Orders as _;

use crate::shop::{AT_ONCE, Shop};

/// Looks at every order that the test placed.
pub async fn all_replay(shop: &Shop) {
    let placed = shop.placed();
    assert!(!placed.is_empty(), "a test that places no order has nothing to look back on");
    futures::stream::iter(placed).for_each_concurrent(AT_ONCE, |id| replays(shop, id)).await;
}

/// The history and the head are two reads, between which a step of the machine may write: then both are read again.
async fn replays(shop: &Shop, id: OrderId) {
    loop {
        let stored = shop.orders.load(id).await.unwrap().unwrap().order;
        let told = entries(shop, id).await;
        if shop.version(id).await != stored.seq {
            continue;
        }
        let replayed = replay(id, &told).unwrap_or_else(|error| panic!("order {id}: {error}"));
        assert_eq!(replayed, stored, "order {id} is not what its history makes of it");
        assert_eq!(serde_json::to_string(&replayed).unwrap(), serde_json::to_string(&stored).unwrap(), "order {id}");
        return;
    }
}

/// The entries of an order as an operator reads them.
pub async fn entries(shop: &Shop, id: OrderId) -> Vec<Entry> {
    let history = shop.operator.history(id).await.unwrap();
    assert_eq!(history.order_id, id.to_string());
    history.entries.into_iter().map(entry).collect()
}

fn entry(view: EntryView) -> Entry {
    let actor = oms_domain::Actor::new(view.actor.parse().unwrap(), view.actor_id.expect("operators are told who it was"));
    Entry {
        seq: view.seq,
        at: view.at,
        actor,
        from: view.from.parse().unwrap(),
        to: view.to.parse().unwrap(),
        trigger: view.trigger.map(|trigger| serde_json::from_value(trigger.into()).unwrap()),
        part: view.part,
        fact: view.fact.map(|fact| serde_json::from_value(fact).unwrap()),
        reason: view.reason,
        inferred: view.inferred,
        hash: view.hash,
    }
}
