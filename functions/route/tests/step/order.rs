//! A whole order: what is written, and what becomes of it where nobody can deliver.

use crate::world::{World, world};
use oms_contract::record::{Rejection, Search};
use oms_contract::reference::sale::SaleRules;
use oms_contract::reference::{Product, Vendor};
use oms_domain::change::By;
use oms_domain::flow::{self, Next};
use oms_domain::history::Fact;
use oms_domain::order::{Answer, Stock, Substitute};
use oms_domain::{Actor, ActorKind, State};
use oms_fakes::{NOON, a_product, a_vendor, an_order, sku, vendor, warehouse};
use oms_ports::StepError;
use oms_ports::orders::Records as _;
use oms_ports::stock::{Held, Inventory as _};
use rust_decimal::Decimal;

#[tokio::test]
async fn a_confirmed_order_is_split_allocated_and_routed_in_one_commit() {
    let world = world(&[("A", 2), ("B", 1)], &[("A", "ven-a", 5), ("B", "ven-b", 5)]).await;
    assert_eq!(world.run().await.unwrap(), State::Routed);
    assert_eq!(world.orders.writes().len(), 1);
    assert_eq!((world.shelf("A", "ven-a"), world.shelf("B", "ven-b")), ((3, 2), (4, 1)));
    let order = world.order();
    assert_eq!((order.stock, world.vendors()), (Stock::Allocated, vec!["ven-a".to_owned(), "ven-b".to_owned()]));
    let parts = world.orders.sub_orders(world.id).await.unwrap();
    assert_eq!(parts.iter().map(|part| part.goods).collect::<Vec<_>>(), [2000, 1000]);
    assert_eq!(parts.iter().map(|part| part.paid).sum::<i64>(), order.total);
    assert!(world.orders.plan(world.id, order.plan.unwrap()).await.unwrap().unwrap().optimal);
    assert_eq!(world.run().await.unwrap(), State::Routed, "a second run does nothing");
    assert_eq!(world.orders.writes().len(), 1);
}

/// The customer wrote no state; the checks found it by the postcode.
#[tokio::test]
async fn a_vendor_that_does_not_ship_to_the_state_that_the_checks_found_is_left_out() {
    let world = world(&[("A", 2)], &[("A", "ven-a", 5), ("A", "ven-b", 5)]).await;
    let elsewhere = vec!["DE-BE".to_owned()];
    world.reference.vendor(Vendor { excluded_regions: elsewhere, performance: Decimal::ONE, ..a_vendor("ven-a") });
    assert_eq!(world.run().await.unwrap(), State::Routed);
    assert_eq!(world.vendors(), ["ven-b"]);
}

#[tokio::test]
async fn what_nobody_can_deliver_stays_is_offered_once_and_is_delivered_when_somebody_has_it() {
    let world = world(&[("A", 2)], &[("A", "ven-a", 5)]).await;
    world.inventory.lose(&sku("A"), &vendor("ven-a"), &warehouse("w1"), 4);
    assert_eq!(world.run().await.unwrap(), State::Routing);
    let order = world.order();
    let shortage = order.shortages.of(None).unwrap();
    assert_eq!((&shortage.short[..], shortage.offer, flow::next(&order)), (&[sku("A")][..], Some(order.seq), Next::Wait));
    assert_eq!(world.run().await.unwrap(), State::Routing);
    assert_eq!(world.orders.writes().len(), 1, "it rests");

    world.search_again(None);
    assert_eq!(world.run().await.unwrap(), State::Routing);
    let now = world.order();
    let again = now.shortages.of(None).unwrap();
    assert_eq!((again.searches, again.offer), (2, shortage.offer), "the customer is asked once");
    assert_eq!(world.inventory.taken_by(world.id), [(sku("A"), 2)], "and keeps its place");

    world.inventory.stock(&sku("A"), &vendor("ven-a"), &warehouse("w1"), 4);
    world.search_again(None);
    assert_eq!(world.run().await.unwrap(), State::Routed);
    assert_eq!((world.shelf("A", "ven-a"), world.order().shortages.iter().count()), ((3, 2), 0));
}

/// Version, part, and whose goods were left out for which reason.
type Found = (u64, Option<u8>, Vec<(String, Rejection)>);

/// Each search that finds another reason than the one before says so, with the change that tells of it.
#[tokio::test]
async fn why_nobody_can_deliver_an_order_is_kept() {
    let world = world(&[("A", 2)], &[("A", "ven-a", 5), ("A", "ven-b", 5)]).await;
    for seller in ["ven-a", "ven-b"] {
        world.reference.vendor(Vendor { ships_to: vec!["JP".into()], ..a_vendor(seller) });
    }
    let found = async || -> Vec<Found> {
        let searches = world.orders.dossier(world.id).await.unwrap().searches;
        let rows = |search: &Search| search.rejected.iter().map(|row| (row.vendor_id.to_string(), row.reason)).collect();
        assert!(searches.iter().all(|search| search.short == [sku("A")]));
        searches.iter().map(|search| (search.version, search.part, rows(search))).collect()
    };
    world.run().await.unwrap();
    let first =
        (world.order().seq, None, vec![("ven-a".into(), Rejection::DoesNotShipThere), ("ven-b".into(), Rejection::DoesNotShipThere)]);
    assert_eq!(found().await, vec![first.clone()]);
    world.search_again(None);
    world.run().await.unwrap();
    assert_eq!(found().await, vec![first.clone()], "nothing new");
    world.reference.vendor(a_vendor("ven-b"));
    world.inventory.lose(&sku("A"), &vendor("ven-b"), &warehouse("w1"), 4);
    world.search_again(None);
    world.run().await.unwrap();
    let second =
        (world.order().seq, None, vec![("ven-a".into(), Rejection::DoesNotShipThere), ("ven-b".into(), Rejection::InsufficientStock)]);
    assert_eq!(found().await, [first, second]);
}

/// A is short; B may stand in for it.
async fn short_of_a(stock_of_b: u32) -> World {
    let world = world(&[("A", 2), ("C", 1)], &[("A", "ven-a", 5), ("B", "ven-b", stock_of_b), ("C", "ven-c", 5)]).await;
    let sale = SaleRules { substitutes: vec![sku("B")], ..SaleRules::default() };
    world.reference.product(Product { sale, ..a_product("A") });
    world.inventory.lose(&sku("A"), &vendor("ven-a"), &warehouse("w1"), 4);
    assert_eq!(world.run().await.unwrap(), State::Routing);
    world
}

#[tokio::test]
async fn what_can_be_had_in_place_of_what_is_short_is_offered_and_sent_if_it_is_taken() {
    let world = short_of_a(5).await;
    let order = world.order();
    assert_eq!(order.shortages.of(None).unwrap().instead, [Substitute { ordered: sku("A"), instead: sku("B") }]);
    world.answer(Answer::Substitute);
    assert_eq!(world.run().await.unwrap(), State::Routed);
    assert_eq!((world.shelf("B", "ven-b"), world.shelf("A", "ven-a"), world.shelf("C", "ven-c")), ((3, 2), (1, 0), (4, 1)));
    assert_eq!((world.inventory.pool(&sku("A")), world.inventory.pool(&sku("B"))), ((5, 0), (3, 2)));
    let parts = world.orders.sub_orders(world.id).await.unwrap();
    assert_eq!(parts.iter().map(|part| part.paid).sum::<i64>(), world.order().total, "at the price of what was ordered");
    assert_eq!(parts.iter().map(|part| part.goods).collect::<Vec<_>>(), [2000, 1000]);
}

/// Wherever a run dies, what it has exchanged it has exchanged once.
#[tokio::test]
async fn a_substitute_is_held_once_whatever_dies() {
    for (store, op, after) in [
        ("stock", "exchange", false),
        ("stock", "exchange", true),
        ("orders", "commit", false),
        ("orders", "commit", true),
        ("stock", "allocate", true),
    ] {
        let world = short_of_a(2).await;
        world.answer(Answer::Substitute);
        let faults = if store == "stock" { &world.inventory.faults } else { &world.orders.faults };
        if after {
            faults.after(op, 1)
        } else {
            faults.before(op, 1)
        };
        world.run().await.unwrap_err();
        assert_eq!(world.run().await.unwrap(), State::Routed, "{op} after {after}");
        assert_eq!((world.inventory.pool(&sku("A")), world.inventory.pool(&sku("B"))), ((5, 0), (0, 2)), "{op} after {after}");
        assert_eq!(world.shelf("B", "ven-b"), (0, 2), "{op} after {after}");
    }
}

#[tokio::test]
async fn a_substitute_that_is_gone_when_it_is_chosen_is_offered_no_longer() {
    let world = short_of_a(2).await;
    world.answer(Answer::Substitute);
    assert_eq!(world.inventory.hold(an_order().nth(9).id(), &[(sku("B"), 1)], NOON).await.unwrap(), Held::Yes);
    assert_eq!(world.run().await.unwrap(), State::Routing);
    let order = world.order();
    let shortage = order.shortages.of(None).unwrap();
    assert_eq!((shortage.instead.len(), shortage.answer, flow::next(&order)), (0, None, Next::Wait));
    assert_eq!(world.inventory.taken_by(world.id), [(sku("A"), 2), (sku("C"), 1)], "what was held is held");
}

#[tokio::test]
async fn what_cannot_be_replaced_as_a_whole_or_is_not_there_is_not_offered() {
    // One of the two that are wanted.
    let world = short_of_a(1).await;
    assert_eq!(world.order().shortages.of(None).unwrap().instead, []);
}

/// The order takes all there is, so that a later run no longer finds on the shelf what an earlier one took.
#[tokio::test]
async fn a_run_that_died_anywhere_is_taken_up_by_the_next() {
    for op in ["settle", "commit"] {
        for after in [false, true] {
            let world = world(&[("A", 5)], &[("A", "ven-a", 5)]).await;
            let faults = &world.orders.faults;
            if after {
                faults.after(op, 1)
            } else {
                faults.before(op, 1)
            };
            world.run().await.unwrap_err();
            assert_eq!(world.run().await.unwrap(), State::Routed, "{op} after {after}");
            assert_eq!(world.shelf("A", "ven-a"), (0, 5), "{op} after {after}");
        }
    }
    for after in [false, true] {
        let world = world(&[("A", 5)], &[("A", "ven-a", 5)]).await;
        let faults = &world.inventory.faults;
        if after {
            faults.after("allocate", 1)
        } else {
            faults.before("allocate", 1)
        };
        world.run().await.unwrap_err();
        assert_eq!(world.run().await.unwrap(), State::Routed);
        assert_eq!(world.shelf("A", "ven-a"), (0, 5));
    }
}

#[tokio::test]
async fn an_order_that_stalled_with_its_stock_allocated_goes_on_with_it() {
    let world = world(&[("A", 5)], &[("A", "ven-a", 5)]).await;
    world.orders.faults.before("commit", 1);
    world.run().await.unwrap_err();
    let by = By::new(Actor::system("sweep"), NOON);
    world.orders.overwrite(world.id, |order| {
        let stalled = Fact::Stalled { step: "Route".into(), error: "Unavailable".into() };
        order.learn(stalled, &by).unwrap().learn(Fact::Resumed, &by).unwrap()
    });
    assert_eq!(world.run().await.unwrap(), State::Routed);
    assert_eq!(world.shelf("A", "ven-a"), (0, 5));
}

#[tokio::test]
async fn stock_that_goes_between_planning_and_allocating_is_sought_elsewhere() {
    let world = world(&[("A", 2)], &[("A", "ven-a", 5), ("A", "ven-b", 5)]).await;
    let inventory = world.inventory.clone();
    let lose = move || inventory.lose(&sku("A"), &vendor("ven-a"), &warehouse("w1"), 5);
    world.inventory.faults.meanwhile("allocate", 1, lose);
    assert_eq!(world.run().await.unwrap(), State::Routed);
    assert_eq!(world.vendors(), ["ven-b"]);
}

#[tokio::test]
async fn a_lost_hold_cancels_the_order_and_says_so() {
    let world = world(&[("A", 2)], &[("A", "ven-a", 5)]).await;
    world.inventory.release(world.id).await.unwrap();
    assert_eq!(world.run().await.unwrap(), State::Cancelled);
    assert_eq!(world.order().reason.as_deref(), Some("hold_lost"));
}

#[tokio::test]
async fn an_order_cancelled_meanwhile_stays_cancelled() {
    let world = world(&[("A", 2)], &[("A", "ven-a", 5)]).await;
    let (orders, id) = (world.orders.clone(), world.id);
    let cancel = move || {
        let by = By::new(Actor::new(ActorKind::Customer, "cus-1"), NOON);
        orders.overwrite(id, |order| order.cancel(&by).unwrap());
    };
    world.inventory.faults.meanwhile("allocate", 1, cancel);
    assert!(matches!(world.run().await, Err(StepError::Conflict)));
    assert_eq!(world.run().await.unwrap(), State::Cancelled);
    world.inventory.release(world.id).await.unwrap();
    assert_eq!(world.shelf("A", "ven-a"), (5, 0), "what the order never knew of is given back by its id");
}
