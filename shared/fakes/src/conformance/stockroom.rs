//! What comes in and what is counted: booked once, and never below what orders were promised.

use std::sync::Arc;

use jiff::SignedDuration;

use oms_contract::record::Allocation;
use oms_contract::reference::StockRow;
use oms_domain::OrderId;
use oms_ports::error::PortError;
use oms_ports::stock::{Booked, Booking, Held, Inventory, OnHand, StockEntry, Stocked, Stockroom};

use crate::build::order::an_order;
use crate::build::reference::{a_booking, some_stock};
use crate::build::{NOON, sku, vendor, warehouse};

/// Runs the whole suite. The factory gives a ledger with exactly this stock.
pub async fn all<I: Inventory + Stockroom>(factory: impl AsyncFn(&[StockRow]) -> Arc<I>) {
    goods_are_received_once_under_an_id(&*factory(&[some_stock("A", "ven-1", 3)]).await).await;
    a_count_corrects_the_books_unless_orders_were_promised_more(&*factory(&[some_stock("A", "ven-1", 10)]).await).await;
    what_is_gone_or_was_said_wrongly_leaves_the_books_once(&*factory(&[some_stock("A", "ven-1", 10)]).await).await;
}

fn entry(id: &str, what: Stocked) -> StockEntry {
    StockEntry { id: id.to_owned(), sku: sku("A"), vendor_id: vendor("ven-1"), warehouse_id: warehouse("w1"), for_sale: true, what }
}

fn on_hand(available: u32, allocated: u32) -> OnHand {
    OnHand { available, allocated }
}

/// What may be promised of the SKU, and what its warehouses may set aside.
async fn books(inventory: &impl Inventory) -> (u32, u32) {
    let free = inventory.available(&[sku("A")]).await.unwrap()[0].free;
    (free, inventory.sources(&[sku("A")]).await.unwrap().rows.iter().map(|source| source.available).sum())
}

async fn goods_are_received_once_under_an_id(inventory: &(impl Inventory + Stockroom)) {
    let came = entry("note-17", Stocked::Received(4));
    let booked = Booked::Yes { was: on_hand(3, 0), now: on_hand(7, 0) };
    assert_eq!(inventory.book(&came, &Booking { dry: true, ..a_booking() }).await.unwrap(), booked, "a dry run tells the same");
    assert_eq!(books(inventory).await, (3, 3), "and changes nothing");
    assert_eq!(inventory.book(&came, &a_booking()).await.unwrap(), booked);
    assert_eq!(inventory.book(&came, &a_booking()).await.unwrap(), Booked::Repeated);
    assert_eq!(inventory.book(&entry("note-17", Stocked::Received(5)), &a_booking()).await.unwrap(), Booked::OtherEntry);
    assert_eq!(books(inventory).await, (7, 7));
    // At a warehouse that had none of it; and of a vendor that may not sell.
    let elsewhere = StockEntry { id: "note-18".to_owned(), vendor_id: vendor("ven-2"), ..came.clone() };
    assert_eq!(inventory.book(&elsewhere, &a_booking()).await.unwrap(), Booked::Yes { was: on_hand(0, 0), now: on_hand(4, 0) });
    assert_eq!(books(inventory).await, (11, 11));
    let barred = StockEntry { id: "note-19".to_owned(), vendor_id: vendor("ven-3"), for_sale: false, ..came };
    inventory.book(&barred, &a_booking()).await.unwrap();
    assert_eq!(books(inventory).await, (11, 15), "promised to nobody");
    for id in ["", &"x".repeat(65)] {
        assert!(matches!(inventory.book(&entry(id, Stocked::Received(1)), &a_booking()).await, Err(PortError::Corrupt { .. })));
    }
}

async fn a_count_corrects_the_books_unless_orders_were_promised_more(inventory: &(impl Inventory + Stockroom)) {
    let hold = async |nth: u64, quantity: u32| {
        let id: OrderId = an_order().nth(nth).id();
        let held = inventory.hold(id, &[(sku("A"), quantity)], NOON + SignedDuration::from_mins(30)).await.unwrap();
        assert_eq!(held, Held::Yes);
        id
    };
    let id = hold(0, 3).await;
    let taken = Allocation { sku: sku("A"), quantity: 3, vendor_id: vendor("ven-1"), warehouse_id: warehouse("w1") };
    inventory.allocate(id, &[taken]).await.unwrap();
    hold(1, 2).await;
    let count = async |id: &str, counted| inventory.book(&entry(id, Stocked::Counted(counted)), &a_booking()).await.unwrap();
    assert_eq!(count("c1", 8).await, Booked::Yes { was: on_hand(7, 3), now: on_hand(5, 3) });
    assert_eq!(books(inventory).await, (3, 5));
    assert_eq!(count("c1", 8).await, Booked::Repeated);
    assert_eq!(count("c2", 4).await, Booked::Promised { missing: 1 }, "three are set aside, two more are held");
    assert_eq!(count("c3", 2).await, Booked::Promised { missing: 1 }, "three are set aside");
    assert_eq!(books(inventory).await, (3, 5));
    assert_eq!(count("c4", 12).await, Booked::Yes { was: on_hand(5, 3), now: on_hand(9, 3) });
    assert_eq!(books(inventory).await, (7, 9));
}

async fn what_is_gone_or_was_said_wrongly_leaves_the_books_once(inventory: &(impl Inventory + Stockroom)) {
    let id: OrderId = an_order().nth(0).id();
    let until = NOON + SignedDuration::from_mins(30);
    assert_eq!(inventory.hold(id, &[(sku("A"), 4)], until).await.unwrap(), Held::Yes);
    let book = async |id: &str, what| inventory.book(&entry(id, what), &a_booking()).await.unwrap();
    assert_eq!(book("l1", Stocked::Lost(2)).await, Booked::Yes { was: on_hand(10, 0), now: on_hand(8, 0) });
    assert_eq!(book("l1", Stocked::Lost(2)).await, Booked::Repeated);
    assert_eq!(book("l1", Stocked::Corrected(-2)).await, Booked::OtherEntry, "as many, for another reason");
    assert_eq!(books(inventory).await, (4, 8));
    assert_eq!(book("l2", Stocked::Lost(5)).await, Booked::Promised { missing: 1 }, "four are held");
    assert_eq!(book("c1", Stocked::Corrected(-4)).await, Booked::Yes { was: on_hand(8, 0), now: on_hand(4, 0) });
    assert_eq!(books(inventory).await, (0, 4));
    assert_eq!(book("c2", Stocked::Corrected(3)).await, Booked::Yes { was: on_hand(4, 0), now: on_hand(7, 0) });
    assert_eq!(books(inventory).await, (3, 7));
    let nowhere = StockEntry { vendor_id: vendor("ven-2"), ..entry("l3", Stocked::Lost(1)) };
    assert_eq!(
        inventory.book(&nowhere, &a_booking()).await.unwrap(),
        Booked::Promised { missing: 1 },
        "a warehouse that has none loses none"
    );
    assert_eq!(books(inventory).await, (3, 7));
}
