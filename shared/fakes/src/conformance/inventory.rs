//! The stock ledger: nothing is promised twice, nothing is given back twice.

use std::sync::Arc;

use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};

use oms_contract::record::Allocation;
use oms_contract::reference::StockRow;
use oms_domain::OrderId;
use oms_ports::budget::{Budget, BudgetKey, Portion};
use oms_ports::error::PortError;
use oms_ports::stock::{Allocated, Demand, Exchange, Expired, Held, Inventory};

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
    let shelves: Vec<StockRow> = (0..120).flat_map(|nth| [some_stock("A", &from(nth), 1), some_stock("A", &to(nth), 1)]).collect();
    very_many_sources_step_in_at_once(&*factory(&shelves).await).await;
    an_order_gives_up_only_what_it_has_set_aside(&*factory(&stock).await).await;
    what_was_being_moved_is_given_back_where_it_is(async || factory(&stock).await).await;
    goods_leave_once_per_run(&*factory(&stock).await).await;
    holds_run_out(&*factory(&stock).await).await;
    a_hundred_orders_race_for_ten(factory(&stock).await).await;
    budgets_are_taken_with_the_goods_once_and_given_back_with_them(&*factory(&stock).await).await;
    super::shares::a_part_gives_its_share_back(&*factory(&stock).await).await;
    super::shares::days_are_counted_where_the_goods_are(&*factory(&stock).await).await;
    super::shares::a_full_day_is_a_shortage(&*factory(&stock).await).await;
    super::shares::a_warehouse_takes_no_more_orders_than_it_can(&*factory(&stock).await).await;
    a_budget_that_is_short_keeps_everything_back(&*factory(&stock).await).await;
    an_order_does_not_compete_with_itself(&*factory(&stock).await).await;
    a_corrected_order_holds_its_new_demand_instead(&*factory(&stock).await).await;
    what_ran_out_may_be_held_anew(&*factory(&stock).await).await;
    goods_take_the_place_of_others_once_per_run(&*factory(&stock).await).await;
    a_hundred_orders_race_for_the_last_redemptions(factory(&stock).await).await;
    let many: Vec<StockRow> = (0..40).map(|nth| some_stock(&format!("M{nth}"), "ven-1", 5)).collect();
    what_cannot_be_held_all_at_once_is_not_held_at_all(&*factory(&many).await).await;
}

pub(super) fn id(nth: u64) -> OrderId {
    an_order().nth(nth).id()
}

pub(super) fn minutes(n: i64) -> Timestamp {
    NOON + SignedDuration::from_mins(n)
}

pub(super) fn take(sku_id: &str, vendor_id: &str, quantity: u32) -> Allocation {
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

fn from(nth: u32) -> String {
    format!("b-{nth:03}")
}

fn to(nth: u32) -> String {
    format!("a-{nth:03}")
}

/// More shelves than one transaction holds: all of them are moved, or none is, whether the one that is short is in the first piece of it or in the last.
async fn very_many_sources_step_in_at_once(inventory: &impl Inventory) {
    let all = |place: &dyn Fn(u32) -> String| -> Vec<Allocation> { (0..120).map(|nth| take("A", &place(nth), 1)).collect() };
    let (first, second) = (all(&from), all(&to));
    assert_eq!(hold(inventory, 0, &[("A", 120)]).await, Held::Yes);
    assert_eq!(inventory.allocate(id(0), &first).await.unwrap(), Allocated::Yes);
    for short in [0, 119] {
        let mut none = second.clone();
        let other = (short + 60) % 120;
        (none[short as usize].quantity, none[other as usize].quantity) = (2, 1);
        none.remove(other as usize);
        let place = (sku("A"), vendor(&to(short)), warehouse("w1"));
        assert_eq!(inventory.reallocate(id(0), 9, &first, &none).await.unwrap(), Allocated::Short(vec![place]));
        assert_eq!(free(inventory, "A").await, 120, "nothing has changed");
    }
    for _ in 0..3 {
        assert_eq!(inventory.reallocate(id(0), 9, &first, &second).await.unwrap(), Allocated::Yes);
        assert_eq!((free(inventory, "A").await, shelf(inventory, "A", &to(7)).await), (0, 0));
    }
    inventory.release(id(0)).await.unwrap();
    assert_eq!((free(inventory, "A").await, shelf(inventory, "A", &to(7)).await), (120, 1), "what was not there did not come back");
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
            inventory.release_sourced(id(0), 7, 9, (&from, &to), Portion::NONE).await.unwrap();
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

fn coupon() -> BudgetKey {
    BudgetKey::Coupon("TEN#OFF".to_owned())
}

fn card() -> BudgetKey {
    BudgetKey::GiftCard("6006".to_owned())
}

/// One A, one redemption of at most two, and so much of a gift card of 100.
fn demand(of_card: u64, version: u64) -> Demand {
    let budgets = vec![Budget { key: coupon(), amount: 1, limit: 2 }, Budget { key: card(), amount: of_card, limit: 100 }];
    Demand { goods: vec![(sku("A"), 1)], budgets, version }
}

async fn reserve(inventory: &impl Inventory, nth: u64, demand: &Demand) -> Held {
    inventory.reserve(id(nth), demand, minutes(30)).await.unwrap()
}

/// What somebody else would find used of coupon and card.
/// What all orders use: asked by one that has none of it, for its own is left out.
async fn used(inventory: &impl Inventory) -> [u64; 2] {
    let used = inventory.used(id(1_000), &[coupon(), card()]).await.unwrap();
    [used[&coupon()], used[&card()]]
}

async fn budgets_are_taken_with_the_goods_once_and_given_back_with_them(inventory: &impl Inventory) {
    assert_eq!(used(inventory).await, [0, 0]);
    for _ in 0..3 {
        assert_eq!(reserve(inventory, 0, &demand(70, 1)).await, Held::Yes);
    }
    assert_eq!((used(inventory).await, free(inventory, "A").await), ([1, 70], 9));
    inventory.allocate(id(0), &[take("A", "ven-1", 1)]).await.unwrap();
    inventory.release_part(id(0), 7, &[take("A", "ven-1", 1)]).await.unwrap();
    assert_eq!(used(inventory).await, [1, 70], "a part gives back what its portion is of, and that is nothing");
    for _ in 0..3 {
        inventory.release(id(0)).await.unwrap();
    }
    assert_eq!((used(inventory).await, free(inventory, "A").await), ([0, 0], 10));
    assert_eq!(reserve(inventory, 0, &demand(70, 9)).await, Held::Released, "a dead order takes nothing, whatever its version");
}

async fn a_budget_that_is_short_keeps_everything_back(inventory: &impl Inventory) {
    reserve(inventory, 0, &demand(70, 1)).await;
    let short = reserve(inventory, 1, &demand(31, 1)).await;
    assert_eq!(short, Held::Spent { budgets: vec![card()], skus: vec![] });
    let also_short = Demand { goods: vec![(sku("NONE"), 1)], ..demand(31, 1) };
    assert_eq!(reserve(inventory, 1, &also_short).await, Held::Spent { budgets: vec![card()], skus: vec![sku("NONE")] });
    assert_eq!((used(inventory).await, free(inventory, "A").await), ([1, 70], 9));
    assert_eq!(reserve(inventory, 1, &demand(30, 1)).await, Held::Yes, "to the last cent");
    let third = reserve(inventory, 2, &demand(0, 1)).await;
    assert_eq!(third, Held::Spent { budgets: vec![coupon()], skus: vec![] });
    let beyond = Budget { key: BudgetKey::Coupon("NEW".to_owned()), amount: 2, limit: 1 };
    let beyond = Demand { budgets: vec![beyond.clone()], ..demand(0, 1) };
    let refused = reserve(inventory, 2, &beyond).await;
    assert_eq!(refused, Held::Spent { budgets: vec![beyond.budgets[0].key.clone()], skus: vec![] }, "though nobody ever used it");
}

async fn what_cannot_be_held_all_at_once_is_not_held_at_all(inventory: &impl Inventory) {
    let of_all = |budgets: usize| Demand {
        goods: (0..40).map(|nth| (sku(&format!("M{nth}")), 1)).collect(),
        budgets: (0..budgets).map(|nth| Budget { key: BudgetKey::Coupon(format!("C{nth}")), amount: 1, limit: 1 }).collect(),
        version: 1,
    };
    assert_eq!(reserve(inventory, 0, &of_all(60)).await, Held::TooMany);
    assert_eq!(free(inventory, "M0").await, 5);
    assert_eq!(reserve(inventory, 0, &of_all(59)).await, Held::Yes);
    assert_eq!((free(inventory, "M0").await, free(inventory, "M39").await), (4, 4));
    inventory.release(id(0)).await.unwrap();
    assert_eq!(free(inventory, "M39").await, 5);
}

async fn an_order_does_not_compete_with_itself(inventory: &impl Inventory) {
    reserve(inventory, 0, &demand(70, 1)).await;
    let own = inventory.used(id(0), &[coupon(), card()]).await.unwrap();
    assert_eq!([own[&coupon()], own[&card()]], [0, 0]);
    assert_eq!(inventory.used(id(0), &[]).await.unwrap().len(), 0);
}

async fn a_corrected_order_holds_its_new_demand_instead(inventory: &impl Inventory) {
    reserve(inventory, 0, &demand(70, 1)).await;
    let corrected = Demand { goods: vec![(sku("A"), 10), (sku("B"), 1)], ..demand(100, 5) };
    for _ in 0..3 {
        assert_eq!(reserve(inventory, 0, &corrected).await, Held::Yes, "what it had counts for it");
    }
    assert_eq!((used(inventory).await, free(inventory, "A").await, free(inventory, "B").await), ([1, 100], 0, 2));
    let late = inventory.reserve(id(0), &demand(70, 1), minutes(30)).await;
    assert!(matches!(late, Err(PortError::Conflict)), "{late:?}");
    let too_much = Demand { goods: vec![(sku("A"), 11)], ..demand(100, 8) };
    assert_eq!(reserve(inventory, 0, &too_much).await, Held::Short(vec![sku("A")]));
    assert_eq!((used(inventory).await, free(inventory, "B").await), ([1, 100], 2), "nothing has changed");
    inventory.allocate(id(0), &[take("A", "ven-1", 6), take("A", "ven-2", 4), take("B", "ven-1", 1)]).await.unwrap();
    assert_eq!(reserve(inventory, 0, &demand(0, 9)).await, Held::Yes, "what is set aside stays");
    inventory.release(id(0)).await.unwrap();
    assert_eq!((used(inventory).await, free(inventory, "A").await, free(inventory, "B").await), ([0, 0], 10, 3));
}

async fn what_ran_out_may_be_held_anew(inventory: &impl Inventory) {
    reserve(inventory, 0, &demand(70, 1)).await;
    inventory.lapse(id(0), minutes(30)).await.unwrap();
    assert_eq!((used(inventory).await, free(inventory, "A").await), ([1, 70], 9), "until then is not yet after it");
    for _ in 0..2 {
        inventory.lapse(id(0), minutes(31)).await.unwrap();
    }
    assert_eq!((used(inventory).await, free(inventory, "A").await), ([0, 0], 10));
    assert_eq!(inventory.expired(minutes(90), 10).await.unwrap(), []);
    assert_eq!(inventory.allocate(id(0), &[take("A", "ven-1", 1)]).await.unwrap(), Allocated::NoHold);
    assert_eq!(reserve(inventory, 0, &demand(20, 1)).await, Held::Yes);
    inventory.allocate(id(0), &[take("A", "ven-1", 1)]).await.unwrap();
    inventory.lapse(id(0), minutes(90)).await.unwrap();
    assert_eq!((used(inventory).await, free(inventory, "A").await), ([1, 20], 9), "what is set aside does not run out");
    inventory.lapse(id(1), minutes(90)).await.unwrap();
}

async fn a_hundred_orders_race_for_the_last_redemptions<I: Inventory>(inventory: Arc<I>) {
    let one = Demand { budgets: vec![Budget { key: coupon(), amount: 1, limit: 7 }], ..Demand::default() };
    let outcomes = join_all((0..100).map(|nth| reserve_patiently(&*inventory, nth, &one))).await;
    assert_eq!(outcomes.iter().filter(|o| **o == Held::Yes).count(), 7);
    let spent = Held::Spent { budgets: vec![coupon()], skus: vec![] };
    assert_eq!(outcomes.iter().filter(|o| **o == spent).count(), 93);
    assert_eq!(used(&*inventory).await, [7, 0]);
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
    reserve_patiently(inventory, nth, &Demand { goods: vec![(sku("A"), 1)], ..Demand::default() }).await
}

async fn reserve_patiently(inventory: &impl Inventory, nth: u64, demand: &Demand) -> Held {
    for _ in 0..200 {
        match inventory.reserve(id(nth), demand, minutes(30)).await {
            Ok(held) => return held,
            Err(PortError::Conflict | PortError::Throttled(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
    panic!("still in conflict after 200 tries")
}

/// An order holds two of ten A and one of three B, and is to have B instead of its A.
async fn goods_take_the_place_of_others_once_per_run(inventory: &impl Inventory) {
    let key = BudgetKey::Coupon("TEN".to_owned());
    let budget = Budget { key: key.clone(), amount: 1, limit: 5 };
    let demand = Demand { goods: vec![(sku("A"), 2), (sku("B"), 1)], budgets: vec![budget], version: 3 };
    assert_eq!(inventory.reserve(id(0), &demand, minutes(30)).await.unwrap(), Held::Yes);
    let exchange = |quantity| vec![Exchange { from: sku("A"), to: sku("B"), quantity }];
    assert_eq!(hold(inventory, 1, &[("B", 1)]).await, Held::Yes);
    assert_eq!(inventory.exchange(id(0), 8, &exchange(2)).await.unwrap(), Held::Short(vec![sku("B")]), "one is left, two are wanted");
    assert_eq!((free(inventory, "A").await, free(inventory, "B").await), (8, 1), "all or nothing");
    inventory.release(id(1)).await.unwrap();
    for _ in 0..2 {
        assert_eq!(inventory.exchange(id(0), 8, &exchange(2)).await.unwrap(), Held::Yes);
        assert_eq!((free(inventory, "A").await, free(inventory, "B").await), (10, 0), "once per run");
    }
    assert!(inventory.exchange(id(0), 9, &exchange(1)).await.is_err(), "nobody gives up what it does not hold");
    assert_eq!(inventory.used(id(9), std::slice::from_ref(&key)).await.unwrap().get(&key), Some(&1), "budgets stay");
    assert_eq!(inventory.allocate(id(0), &[take("B", "ven-1", 3)]).await.unwrap(), Allocated::Yes);
    assert_eq!(inventory.exchange(id(0), 10, &exchange(1)).await.unwrap(), Held::Released, "what is set aside is not exchanged");
    inventory.release(id(0)).await.unwrap();
    assert_eq!((free(inventory, "A").await, free(inventory, "B").await), (10, 3));
    assert_eq!(inventory.exchange(id(7), 1, &exchange(1)).await.unwrap(), Held::Released, "nothing was ever held");
}
