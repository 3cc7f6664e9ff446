//! What goes back with a part of an order, and what vendors and warehouses count of a day.

use jiff::civil::Date;

use oms_ports::budget::{Budget, BudgetKey, Portion};
use oms_ports::stock::{Allocated, Demand, Held, Inventory};

use super::inventory::{id, minutes, take};
use crate::build::{currency, customer, sku, vendor, warehouse};

const DAY: Date = Date::constant(2026, 11, 23);

fn vendor_day(vendor_id: &str, limit: u64) -> Budget {
    Budget { key: BudgetKey::VendorDay(vendor(vendor_id), DAY), amount: 1, limit }
}

/// Counted without a limit.
fn warehouse_day(vendor_id: &str) -> Budget {
    Budget { key: BudgetKey::WarehouseDay(vendor(vendor_id), warehouse("w1"), DAY), amount: 1, limit: u64::MAX }
}

/// What somebody else would find used.
async fn used(inventory: &impl Inventory, budgets: &[Budget]) -> Vec<u64> {
    let keys: Vec<BudgetKey> = budgets.iter().map(|budget| budget.key.clone()).collect();
    let used = inventory.used(id(99), &keys).await.unwrap();
    keys.iter().map(|key| used[key]).collect()
}

pub(super) async fn a_part_gives_its_share_back(inventory: &impl Inventory) {
    let own = || customer("cus-1");
    let budget = |key, amount| Budget { key, amount, limit: 100_000 };
    let budgets = vec![
        budget(BudgetKey::Coupon("TEN".to_owned()), 1),
        budget(BudgetKey::GiftCard("6006".to_owned()), 100),
        budget(BudgetKey::Points(own(), None), 10),
        budget(BudgetKey::Credit(own(), currency("EUR")), 3_000),
        budget(BudgetKey::Quota(own(), sku("A"), 30, 1), 3),
        budget(BudgetKey::Quota(own(), sku("B"), 30, 1), 1),
    ];
    let demand = Demand { goods: vec![(sku("A"), 3), (sku("B"), 1)], budgets: budgets.clone(), version: 1 };
    assert_eq!(inventory.reserve(id(0), &demand, minutes(30)).await.unwrap(), Held::Yes);
    inventory.allocate(id(0), &[take("A", "ven-1", 2), take("A", "ven-2", 1), take("B", "ven-1", 1)]).await.unwrap();
    for _ in 0..3 {
        // A third of what was paid: of a hundred 33, of ten points three.
        inventory.release_portion(id(0), 7, &[take("A", "ven-2", 1)], Portion { part: 1_000, whole: 3_000 }).await.unwrap();
    }
    assert_eq!(used(inventory, &budgets).await, [1, 67, 7, 2_000, 2, 1]);
    // The share is one of all that was held, not of what is left; what is rounded away stays with the parts that live.
    inventory.release_portion(id(0), 8, &[take("A", "ven-1", 1)], Portion { part: 1_000, whole: 3_000 }).await.unwrap();
    assert_eq!(used(inventory, &budgets).await, [1, 34, 4, 1_000, 1, 1]);
    // No more than there is, whatever is asked for.
    inventory.release_portion(id(0), 9, &[take("B", "ven-1", 1)], Portion { part: 3_000, whole: 3_000 }).await.unwrap();
    assert_eq!(used(inventory, &budgets).await, [1, 0, 0, 0, 1, 0]);
    inventory.release(id(0)).await.unwrap();
    assert_eq!(used(inventory, &budgets).await, [0; 6]);
}

pub(super) async fn days_are_counted_where_the_goods_are(inventory: &impl Inventory) {
    let days = [vendor_day("ven-1", 9), warehouse_day("ven-1"), vendor_day("ven-2", 9)];
    for nth in 0..2 {
        inventory.hold(id(nth), &[(sku("A"), 3)], minutes(30)).await.unwrap();
        for _ in 0..3 {
            let goods = [take("A", "ven-1", 2), take("A", "ven-2", 1)];
            assert_eq!(inventory.allocate_on(id(nth), &goods, &days).await.unwrap(), Allocated::Yes);
        }
    }
    assert_eq!(used(inventory, &days).await, [2, 2, 2]);
    // Half of what is at the first vendor moves to the second, then the rest.
    let (one, there) = ([take("A", "ven-1", 1)], [take("A", "ven-2", 1)]);
    inventory.reallocate_on(id(0), 7, &one, &there, &days[2..]).await.unwrap();
    assert_eq!(used(inventory, &days).await, [2, 2, 2], "something is left at the first, and at the second it is counted");
    inventory.release_part(id(0), 8, &one).await.unwrap();
    assert_eq!(used(inventory, &days).await, [1, 1, 2], "nothing is");
    // What left was work done.
    inventory.take_off(id(1), 7, &[take("A", "ven-1", 2)]).await.unwrap();
    assert_eq!(used(inventory, &days).await, [1, 1, 2]);
    for nth in 0..2 {
        inventory.release(id(nth)).await.unwrap();
    }
    assert_eq!(used(inventory, &days).await, [0, 0, 0]);
}

/// Two orders at once, both planned while one place was left: one of them finds it taken.
pub(super) async fn a_warehouse_takes_no_more_orders_than_it_can(inventory: &impl Inventory) {
    let (unlimited, most) = (vendor_day("ven-1", 9), Budget { limit: 2, ..warehouse_day("ven-1") });
    let days = [unlimited, most];
    for nth in 0..3 {
        inventory.hold(id(nth), &[(sku("A"), 1)], minutes(30)).await.unwrap();
    }
    let goods = [take("A", "ven-1", 1)];
    assert_eq!(inventory.allocate_on(id(0), &goods, &days).await.unwrap(), Allocated::Yes);
    let (a, b) = futures::join!(inventory.allocate_on(id(1), &goods, &days), inventory.allocate_on(id(2), &goods, &days));
    let short = Allocated::Short(vec![(sku("A"), vendor("ven-1"), warehouse("w1"))]);
    let both = [a.unwrap(), b.unwrap()];
    assert!(both.contains(&Allocated::Yes) && both.contains(&short), "{both:?}");
    assert_eq!(used(inventory, &days).await, [2, 2]);
}

pub(super) async fn a_full_day_is_a_shortage(inventory: &impl Inventory) {
    let days = [vendor_day("ven-1", 1), warehouse_day("ven-1")];
    for nth in 0..3 {
        inventory.hold(id(nth), &[(sku("A"), 1)], minutes(30)).await.unwrap();
    }
    let first = [take("A", "ven-1", 1)];
    assert_eq!(inventory.allocate_on(id(0), &first, &days).await.unwrap(), Allocated::Yes);
    let short = Allocated::Short(vec![(sku("A"), vendor("ven-1"), warehouse("w1"))]);
    assert_eq!(inventory.allocate_on(id(1), &first, &days).await.unwrap(), short);
    assert_eq!(used(inventory, &days).await, [1, 1], "nothing was counted");
    assert_eq!(inventory.allocate(id(1), &[take("A", "ven-2", 1)]).await.unwrap(), Allocated::Yes);
    assert_eq!(inventory.reallocate_on(id(1), 7, &[take("A", "ven-2", 1)], &first, &days).await.unwrap(), short);
    // Once the first has died there is room again.
    inventory.release(id(0)).await.unwrap();
    assert_eq!(inventory.allocate_on(id(2), &first, &days).await.unwrap(), Allocated::Yes);
    assert_eq!(used(inventory, &days).await, [1, 1]);
}
