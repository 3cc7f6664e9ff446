//! A part that is sourced again.

use crate::world::{World, world};
use oms_contract::record::Rejection;
use oms_domain::change::By;
use oms_domain::flow::{self, Next};
use oms_domain::transition::Trigger;
use oms_domain::{Actor, ActorKind, State};
use oms_fakes::{NOON, a_vendor, sku, vendor, warehouse};
use oms_ports::StepError;
use oms_ports::orders::Records as _;

/// Two vendors have a part each; another has the goods of both.
async fn two_parts() -> World {
    let stock = [("A", "ven-a", 5), ("B", "ven-b", 5), ("A", "ven-c", 5), ("A", "ven-d", 5)];
    let world = world(&[("A", 2), ("B", 1)], &stock).await;
    world.run().await.unwrap();
    assert_eq!(world.vendors(), ["ven-a", "ven-b"]);
    world.announce();
    world
}

#[tokio::test]
async fn a_refused_part_goes_to_another_vendor_and_never_back() {
    let world = two_parts().await;
    world.act(1, Trigger::VendorRejectedOrSlaMissed);
    assert_eq!(world.run().await.unwrap(), State::Routed);
    assert_eq!(world.vendors(), ["ven-c", "ven-b"]);
    assert_eq!((world.shelf("A", "ven-a"), world.shelf("A", "ven-c")), ((3, 0), (3, 2)), "what is not there leaves the books");
    world.refuse_again(1);
    world.run().await.unwrap();
    assert_eq!(world.vendors(), ["ven-d", "ven-b"], "neither the vendor that just refused, nor the one before");
    let parts = world.orders.sub_orders(world.id).await.unwrap();
    assert_eq!(parts.iter().map(|part| part.paid).sum::<i64>(), world.order().total);
    world.refuse_again(1);
    world.run().await.unwrap();
    let order = world.order();
    assert_eq!((order.part(1).unwrap().state, flow::next(&order)), (State::VendorRejected, Next::Wait), "nobody is left");
    let dossier = world.orders.dossier(world.id).await.unwrap();
    assert_eq!(dossier.plans.iter().map(|plan| plan.part).collect::<Vec<_>>(), [None, Some(1), Some(1)], "each says what it was for");
    let why: Vec<_> = dossier.searches.iter().map(|search| (search.version, search.part, search.rejected.len())).collect();
    assert_eq!(why, [(order.seq, Some(1), 3)]);
    assert!(dossier.searches[0].rejected.iter().all(|row| row.reason == Rejection::VendorRefused), "{:?}", dossier.searches);
    assert_eq!(order.shortages.offered().count(), 0, "the customer need not do anything");

    world.inventory.stock(&sku("A"), &vendor("ven-e"), &warehouse("w1"), 5);
    world.reference.vendor(a_vendor("ven-e"));
    world.search_again(Some(1));
    assert_eq!(world.run().await.unwrap(), State::Routed);
    assert_eq!(world.vendors(), ["ven-e", "ven-b"], "until somebody comes by");
}

#[tokio::test]
async fn another_vendor_acting_at_the_same_moment_moves_the_stock_no_second_time() {
    let world = two_parts().await;
    world.act(1, Trigger::VendorRejectedOrSlaMissed);
    let (orders, id) = (world.orders.clone(), world.id);
    let accept = move || {
        let by = By::new(Actor::new(ActorKind::Vendor, "ven-b"), NOON);
        orders.overwrite(id, |order| order.go_part(2, Trigger::VendorAccepted, &by).unwrap());
    };
    world.inventory.faults.meanwhile("reallocate", 1, accept);
    assert!(matches!(world.run().await, Err(StepError::Conflict)));
    assert_eq!(world.shelf("A", "ven-c"), (3, 2), "moved, but not yet said");
    world.run().await.unwrap();
    assert_eq!((world.shelf("A", "ven-a"), world.shelf("A", "ven-c"), world.shelf("A", "ven-d")), ((3, 0), (3, 2), (5, 0)));
    assert_eq!(world.vendors(), ["ven-c", "ven-b"]);
}

#[tokio::test]
async fn a_part_whose_new_source_runs_short_is_planned_anew() {
    let world = two_parts().await;
    world.act(1, Trigger::VendorRejectedOrSlaMissed);
    let inventory = world.inventory.clone();
    world.inventory.faults.meanwhile("reallocate", 1, move || inventory.lose(&sku("A"), &vendor("ven-c"), &warehouse("w1"), 5));
    assert_eq!(world.run().await.unwrap(), State::Routed);
    assert_eq!(world.vendors(), ["ven-d", "ven-b"]);
}

#[tokio::test]
async fn a_part_whose_new_source_runs_short_and_has_no_other_is_its_customers_to_choose_about() {
    let world = two_parts().await;
    world.inventory.lose(&sku("A"), &vendor("ven-d"), &warehouse("w1"), 5);
    world.act(1, Trigger::VendorRejectedOrSlaMissed);
    let inventory = world.inventory.clone();
    world.inventory.faults.meanwhile("reallocate", 1, move || inventory.lose(&sku("A"), &vendor("ven-c"), &warehouse("w1"), 5));
    assert_eq!(world.run().await.unwrap(), State::Routing);
    let order = world.order();
    assert_eq!((order.shortages.of(Some(1)).unwrap().offer, flow::next(&order)), (Some(order.seq), Next::Wait));
    assert_eq!(world.shelf("A", "ven-a"), (3, 2), "what is set aside stays until there is something else");
}
