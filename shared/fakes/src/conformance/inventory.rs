//! The stock ledger: nothing is promised twice, nothing is given back twice.

use std::sync::Arc;

use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};

use oms_contract::record::Allocation;
use oms_contract::reference::StockRow;
use oms_domain::OrderId;
use oms_ports::error::PortError;
use oms_ports::stock::{Allocated, Expired, Held, Inventory};

use crate::build::order::an_order;
use crate::build::reference::some_stock;
use crate::build::{NOON, sku, vendor, warehouse};

/// Runs the whole suite. The factory gives a ledger with exactly this stock; a SKU's pool is the sum of its rows.
pub async fn all<I: Inventory>(factory: impl AsyncFn(&[StockRow]) -> Arc<I>) {
    let stock = [some_stock("A", "ven-1", 6), some_stock("A", "ven-2", 4), some_stock("B", "ven-1", 3), some_stock("NONE", "ven-1", 0)];
    stock_is_seen(&*factory(&stock).await).await;
    a_hold_is_all_or_nothing(&*factory(&stock).await).await;
    a_hold_is_taken_once(&*factory(&stock).await).await;
    a_release_gives_back_once(&*factory(&stock).await).await;
    an_allocation_comes_off_the_shelf(&*factory(&stock).await).await;
    an_allocation_is_all_or_nothing(&*factory(&stock).await).await;
    released_allocations_go_back_to_the_shelf(&*factory(&stock).await).await;
    a_part_is_released_once_per_run(&*factory(&stock).await).await;
    other_sources_step_in_once_per_run(&*factory(&stock).await).await;
    an_order_gives_up_only_what_it_has_set_aside(&*factory(&stock).await).await;
    what_was_being_moved_is_given_back_where_it_is(async || factory(&stock).await).await;
    goods_leave_once_per_run(&*factory(&stock).await).await;
    holds_run_out(&*factory(&stock).await).await;
    a_hundred_orders_race_for_ten(factory(&stock).await).await;
}

fn id(nth: u64) -> OrderId {
    an_order().nth(nth).id()
}

fn minutes(n: i64) -> Timestamp {
    NOON + SignedDuration::from_mins(n)
}

fn take(sku_id: &str, vendor_id: &str, quantity: u32) -> Allocation {
    Allocation { sku: sku(sku_id), quantity, vendor_id: vendor(vendor_id), warehouse_id: warehouse("w1") }
}

async fn hold(inventory: &impl Inventory, nth: u64, demand: &[(&str, u32)]) -> Held {
    let demand: Vec<_> = demand.iter().map(|(id, n)| (sku(id), *n)).collect();
    inventory.hold(id(nth), &demand, minutes(30)).await.unwrap()
}

async fn free(inventory: &impl Inventory, id: &str) -> u32 {
    let available = inventory.available(&[sku(id)]).await.unwrap();
    assert_eq!(available.len(), 1);
    available[0].free
}

/// What a source may still allocate; a source with nothing is not one.
async fn shelf(inventory: &impl Inventory, sku_id: &str, vendor_id: &str) -> u32 {
    let sources = inventory.sources(&[sku(sku_id)]).await.unwrap().rows;
    let own = sources.iter().find(|s| s.vendor_id == vendor(vendor_id));
    own.map_or(0, |source| source.available)
}

async fn stock_is_seen(inventory: &impl Inventory) {
    let skus = [sku("A"), sku("B"), sku("NONE"), sku("UNKNOWN")];
    let free: Vec<u32> = inventory.available(&skus).await.unwrap().iter().map(|availability| availability.free).collect();
    assert_eq!(free, [10, 3, 0, 0], "one answer per SKU, in the order asked");
    let sources = inventory.sources(&skus).await.unwrap();
    assert_eq!(sources.rows.len(), 3, "empty shelves are no sources");
    assert_eq!(sources.crowded, [], "few vendors are all seen");
    assert_eq!(shelf(inventory, "A", "ven-2").await, 4);
}

async fn a_hold_is_all_or_nothing(inventory: &impl Inventory) {
    let short = hold(inventory, 0, &[("A", 5), ("B", 4)]).await;
    assert_eq!(short, Held::Short(vec![sku("B")]));
    assert_eq!(free(inventory, "A").await, 10);
    let unknown = hold(inventory, 0, &[("A", 5), ("UNKNOWN", 1)]).await;
    assert_eq!(unknown, Held::Short(vec![sku("UNKNOWN")]));
    assert_eq!(hold(inventory, 0, &[("A", 10), ("B", 3)]).await, Held::Yes);
    assert_eq!(free(inventory, "A").await, 0);
    assert_eq!(free(inventory, "B").await, 0);
}

async fn a_hold_is_taken_once(inventory: &impl Inventory) {
    for _ in 0..3 {
        assert_eq!(hold(inventory, 0, &[("A", 4)]).await, Held::Yes);
    }
    assert_eq!(free(inventory, "A").await, 6);
    assert_eq!(shelf(inventory, "A", "ven-1").await, 6, "a hold leaves the shelves alone");
}

async fn a_release_gives_back_once(inventory: &impl Inventory) {
    hold(inventory, 0, &[("A", 4), ("B", 1)]).await;
    for _ in 0..3 {
        inventory.release(id(0)).await.unwrap();
    }
    assert_eq!(free(inventory, "A").await, 10);
    assert_eq!(free(inventory, "B").await, 3);
    assert_eq!(hold(inventory, 0, &[("A", 1)]).await, Held::Released);
    inventory.release(id(1)).await.unwrap();
}

async fn an_allocation_comes_off_the_shelf(inventory: &impl Inventory) {
    hold(inventory, 0, &[("A", 5), ("B", 1)]).await;
    let wanted = [take("A", "ven-1", 3), take("A", "ven-2", 2), take("B", "ven-1", 1)];
    for _ in 0..3 {
        let allocated = inventory.allocate(id(0), &wanted).await.unwrap();
        assert_eq!(allocated, Allocated::Yes);
    }
    assert_eq!(shelf(inventory, "A", "ven-1").await, 3);
    assert_eq!(shelf(inventory, "A", "ven-2").await, 2);
    assert_eq!(shelf(inventory, "B", "ven-1").await, 2);
    assert_eq!(free(inventory, "A").await, 5, "it was promised before");
    assert_eq!(hold(inventory, 0, &[("A", 5)]).await, Held::Yes);
}

async fn an_allocation_is_all_or_nothing(inventory: &impl Inventory) {
    let wanted = [take("A", "ven-1", 2), take("A", "ven-2", 5)];
    let none = inventory.allocate(id(0), &wanted).await.unwrap();
    assert_eq!(none, Allocated::NoHold);
    hold(inventory, 0, &[("A", 7)]).await;
    let short = inventory.allocate(id(0), &wanted).await.unwrap();
    let place = (sku("A"), vendor("ven-2"), warehouse("w1"));
    assert_eq!(short, Allocated::Short(vec![place]));
    assert_eq!(shelf(inventory, "A", "ven-1").await, 6);
    inventory.release(id(0)).await.unwrap();
    let late = inventory.allocate(id(0), &wanted).await.unwrap();
    assert_eq!(late, Allocated::NoHold);
}

async fn released_allocations_go_back_to_the_shelf(inventory: &impl Inventory) {
    hold(inventory, 0, &[("A", 5)]).await;
    let wanted = [take("A", "ven-1", 3), take("A", "ven-2", 2)];
    inventory.allocate(id(0), &wanted).await.unwrap();
    for _ in 0..3 {
        inventory.release(id(0)).await.unwrap();
    }
    assert_eq!(free(inventory, "A").await, 10);
    assert_eq!(shelf(inventory, "A", "ven-1").await, 6);
    assert_eq!(shelf(inventory, "A", "ven-2").await, 4);
}

async fn a_part_is_released_once_per_run(inventory: &impl Inventory) {
    hold(inventory, 0, &[("A", 5)]).await;
    let wanted = [take("A", "ven-1", 3), take("A", "ven-2", 2)];
    inventory.allocate(id(0), &wanted).await.unwrap();
    for _ in 0..3 {
        inventory.release_part(id(0), 7, &wanted[..1]).await.unwrap();
    }
    assert_eq!(free(inventory, "A").await, 8);
    assert_eq!(shelf(inventory, "A", "ven-1").await, 6);
    assert_eq!(shelf(inventory, "A", "ven-2").await, 2);
    inventory.release(id(0)).await.unwrap();
    assert_eq!(free(inventory, "A").await, 10, "the rest, and no more");
    assert_eq!(shelf(inventory, "A", "ven-2").await, 4);
    inventory.release_part(id(0), 8, &wanted[1..]).await.unwrap();
    assert_eq!(free(inventory, "A").await, 10, "nothing is left to release");
}

async fn other_sources_step_in_once_per_run(inventory: &impl Inventory) {
    let (from, to) = ([take("A", "ven-1", 3)], [take("A", "ven-2", 3)]);
    let none = inventory.reallocate(id(0), 9, &from, &to).await.unwrap();
    assert_eq!(none, Allocated::NoHold);
    hold(inventory, 0, &[("A", 3)]).await;
    inventory.allocate(id(0), &from).await.unwrap();
    let short = [take("A", "ven-2", 5)];
    let refused = inventory.reallocate(id(0), 9, &from, &short).await.unwrap();
    let place = (sku("A"), vendor("ven-2"), warehouse("w1"));
    assert_eq!(refused, Allocated::Short(vec![place]));
    for _ in 0..3 {
        let moved = inventory.reallocate(id(0), 9, &from, &to).await.unwrap();
        assert_eq!(moved, Allocated::Yes);
    }
    assert_eq!(shelf(inventory, "A", "ven-1").await, 3, "what is not there does not come back");
    assert_eq!(shelf(inventory, "A", "ven-2").await, 1);
    inventory.release(id(0)).await.unwrap();
    assert_eq!(shelf(inventory, "A", "ven-1").await, 3);
    assert_eq!(shelf(inventory, "A", "ven-2").await, 4);
}

/// After its goods were moved to another vendor, the first one's shelf is none of the order's business.
async fn an_order_gives_up_only_what_it_has_set_aside(inventory: &impl Inventory) {
    let (first, second) = ([take("A", "ven-1", 3)], [take("A", "ven-2", 3)]);
    hold(inventory, 0, &[("A", 3)]).await;
    inventory.allocate(id(0), &first).await.unwrap();
    inventory.reallocate(id(0), 9, &first, &second).await.unwrap();
    inventory.release_part(id(0), 7, &first).await.unwrap_err();
    inventory.reallocate(id(0), 10, &first, &second).await.unwrap_err();
    assert_eq!((shelf(inventory, "A", "ven-1").await, shelf(inventory, "A", "ven-2").await), (3, 1), "nothing has changed");
    inventory.release_part(id(0), 7, &second).await.unwrap();
    assert_eq!((shelf(inventory, "A", "ven-1").await, shelf(inventory, "A", "ven-2").await, free(inventory, "A").await), (3, 4, 7));
}

async fn what_was_being_moved_is_given_back_where_it_is<I: Inventory>(factory: impl AsyncFn() -> Arc<I>) {
    for (moved, shelves) in [(false, (6, 4)), (true, (3, 4))] {
        let inventory = &*factory().await;
        let (from, to) = ([take("A", "ven-1", 3)], [take("A", "ven-2", 3)]);
        hold(inventory, 0, &[("A", 3)]).await;
        inventory.allocate(id(0), &from).await.unwrap();
        if moved {
            inventory.reallocate(id(0), 9, &from, &to).await.unwrap();
        }
        for _ in 0..3 {
            inventory.release_sourced(id(0), 7, 9, &from, &to).await.unwrap();
        }
        inventory.release_part(id(0), 7, &from).await.unwrap();
        // A run of the step that started before finds its work done.
        assert_eq!(inventory.reallocate(id(0), 9, &from, &to).await.unwrap(), Allocated::Yes);
        let stands = (shelf(inventory, "A", "ven-1").await, shelf(inventory, "A", "ven-2").await);
        assert_eq!((stands, free(inventory, "A").await), (shelves, shelves.0 + shelves.1), "moved: {moved}");
    }
}

async fn goods_leave_once_per_run(inventory: &impl Inventory) {
    hold(inventory, 0, &[("A", 5), ("B", 1)]).await;
    inventory.allocate(id(0), &[take("A", "ven-1", 3), take("A", "ven-2", 2), take("B", "ven-1", 1)]).await.unwrap();
    let gone = [take("A", "ven-1", 3), take("B", "ven-1", 1)];
    for _ in 0..3 {
        inventory.take_off(id(0), 7, &gone).await.unwrap();
    }
    inventory.release_part(id(0), 7, &gone).await.unwrap();
    assert_eq!((free(inventory, "A").await, shelf(inventory, "A", "ven-1").await), (5, 3), "what left is not given back");
    inventory.take_off(id(0), 8, &[take("A", "ven-1", 1)]).await.unwrap_err();
    inventory.release(id(0)).await.unwrap();
    assert_eq!((free(inventory, "A").await, free(inventory, "B").await), (7, 2), "only what did not leave goes back");
    assert_eq!((shelf(inventory, "A", "ven-1").await, shelf(inventory, "A", "ven-2").await), (3, 4));
    inventory.take_off(id(0), 9, &[take("A", "ven-2", 2)]).await.unwrap_err();
}

async fn holds_run_out(inventory: &impl Inventory) {
    let expired = async |at| inventory.expired(minutes(at), 10).await.unwrap();
    hold(inventory, 0, &[("A", 1)]).await;
    hold(inventory, 1, &[("A", 1)]).await;
    hold(inventory, 2, &[("A", 1)]).await;
    inventory.allocate(id(1), &[take("A", "ven-1", 1)]).await.unwrap();
    assert_eq!(expired(30).await, [], "until then is not yet after it");
    let mut out: Vec<OrderId> = expired(31).await.iter().map(|e| e.order_id).collect();
    out.sort();
    assert_eq!(out, [id(0), id(2)], "allocations do not run out");
    inventory.extend(id(0), minutes(60)).await.unwrap();
    inventory.release(id(2)).await.unwrap();
    inventory.extend(id(1), minutes(61)).await.unwrap();
    inventory.extend(id(2), minutes(61)).await.unwrap();
    inventory.extend(id(3), minutes(61)).await.unwrap();
    assert_eq!(expired(60).await, []);
    let last = Expired { order_id: id(0), expires_at: minutes(60) };
    assert_eq!(expired(90).await, [last]);
}

async fn a_hundred_orders_race_for_ten<I: Inventory>(inventory: Arc<I>) {
    let outcomes = join_all((0..100).map(|nth| hold_patiently(&*inventory, nth))).await;
    assert_eq!(outcomes.iter().filter(|o| **o == Held::Yes).count(), 10);
    let short = Held::Short(vec![sku("A")]);
    assert_eq!(outcomes.iter().filter(|o| **o == short).count(), 90);
    assert_eq!(free(&*inventory, "A").await, 0);
}

/// Repeats while others are at the same pool, as the machine does.
async fn hold_patiently(inventory: &impl Inventory, nth: u64) -> Held {
    for _ in 0..200 {
        let demand = [(sku("A"), 1)];
        match inventory.hold(id(nth), &demand, minutes(30)).await {
            Ok(held) => return held,
            Err(PortError::Conflict | PortError::Throttled(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
    panic!("still in conflict after 200 tries")
}
