//! Listings: complete, without doubles, newest first, page by page.

use std::sync::Arc;

use jiff::SignedDuration;

use oms_contract::record::Record;
use oms_domain::change::By;
use oms_domain::transition::Trigger;
use oms_domain::{Actor, ActorKind, OrderId, State};
use oms_ports::orders::{Listing, Origin};

use super::{OrderStore, captured, noted};
use crate::build::document::sub_orders_of;
use crate::build::order::an_order;
use crate::build::{NOON, at, customer, vendor};

/// Runs the whole suite.
pub async fn all<S: OrderStore>(factory: impl AsyncFn() -> Arc<S>) {
    customers_see_their_own(&*factory().await).await;
    a_range_cuts_by_capture(&*factory().await).await;
    a_day_is_a_utc_day(&*factory().await).await;
    vendors_see_open_and_done(&*factory().await).await;
    attention_follows_the_state(&*factory().await).await;
    the_latest_come_first_and_no_more_than_asked_for(&*factory().await).await;
}

type Range = (Option<jiff::Timestamp>, Option<jiff::Timestamp>);

/// All pages, which must neither repeat nor exceed the limit.
async fn pages(store: &impl OrderStore, listing: &Listing, range: Range, limit: u8) -> Vec<OrderId> {
    let (mut ids, mut cursor) = (Vec::new(), None);
    for _ in 0..200 {
        let page = store.list(listing, range, cursor.as_ref(), limit).await.unwrap();
        assert!(page.orders.len() <= usize::from(limit));
        ids.extend(page.orders.iter().map(|order| order.id));
        cursor = page.next;
        if cursor.is_none() {
            return ids;
        }
    }
    panic!("the listing never ends")
}

/// 23 orders, one a minute, every other one of `cus-2`; newest first.
async fn filled(store: &impl OrderStore, of: &str) -> Vec<OrderId> {
    let mut own = Vec::new();
    for n in 0..23 {
        let owner = if n % 2 == 0 { "cus-1" } else { "cus-2" };
        let captured_at = NOON + SignedDuration::from_mins(n);
        let order = an_order().of(owner).captured_at(captured_at);
        captured(store, &order).await;
        if owner == of {
            own.insert(0, order.id());
        }
    }
    own
}

async fn customers_see_their_own(store: &impl OrderStore) {
    let own = filled(store, "cus-1").await;
    let listing = Listing::OfCustomer(customer("cus-1"));
    for limit in [1, 5, 12, 100] {
        assert_eq!(pages(store, &listing, (None, None), limit).await, own);
    }
    let stranger = Listing::OfCustomer(customer("cus-3"));
    assert_eq!(pages(store, &stranger, (None, None), 5).await, []);
}

async fn a_range_cuts_by_capture(store: &impl OrderStore) {
    let own = filled(store, "cus-1").await;
    let listing = Listing::OfCustomer(customer("cus-1"));
    let from = Some(NOON + SignedDuration::from_mins(4));
    let to = Some(NOON + SignedDuration::from_mins(10));
    // Minutes 4, 6 and 8 of 0, 2, … 22: the start belongs to the range, the end does not.
    assert_eq!(pages(store, &listing, (from, to), 2).await, own[7..10]);
    assert_eq!(pages(store, &listing, (from, None), 5).await, own[..10]);
    assert_eq!(pages(store, &listing, (None, from), 5).await, own[10..]);
}

async fn a_day_is_a_utc_day(store: &impl OrderStore) {
    let mut of_the_day = Vec::new();
    for (nth, text) in (0..).zip([
        "2028-02-28T23:59:59.999Z",
        "2028-02-29T00:00:00Z",
        "2028-02-29T12:00:00Z",
        "2028-02-29T23:59:59.999Z",
        "2028-03-01T00:00:00Z",
    ]) {
        let order = an_order().nth(nth).captured_at(at(text));
        captured(store, &order).await;
        if text.contains("02-29") {
            of_the_day.insert(0, order.id());
        }
    }
    let listing = Listing::OfDay(jiff::civil::date(2028, 2, 29));
    for limit in [1, 2, 10] {
        assert_eq!(pages(store, &listing, (None, None), limit).await, of_the_day);
    }
}

async fn vendors_see_open_and_done(store: &impl OrderStore) {
    let listing = |open| Listing::OfVendor { vendor_id: vendor("ven-1"), open };
    let mut ids = Vec::new();
    for nth in 0..5 {
        let order = an_order().nth(nth);
        let was = captured(store, &order).await;
        let routed = order.clone().vendors(&["ven-1", "ven-2"]).at(State::Routed).build();
        let records: Vec<Record> =
            sub_orders_of(&routed.order).into_iter().map(|sub_order| Record::SubOrder { sub_order, open: true }).collect();
        store.commit(&was, noted(&was), Origin::Machine, &records).await.unwrap();
        ids.insert(0, order.id());
    }
    assert_eq!(pages(store, &listing(true), (None, None), 2).await, ids);
    assert_eq!(pages(store, &listing(false), (None, None), 2).await, []);
    let done = store.sub_orders(ids[1]).await.unwrap().remove(0);
    let done = Record::SubOrder { sub_order: done, open: false };
    store.keep(ids[1], &[done]).await.unwrap();
    assert_eq!(pages(store, &listing(false), (None, None), 2).await, [ids[1]]);
    let open = [ids[0], ids[2], ids[3], ids[4]];
    assert_eq!(pages(store, &listing(true), (None, None), 2).await, open);
}

async fn attention_follows_the_state(store: &impl OrderStore) {
    let listing = Listing::NeedingAttention("payment_failed".to_owned());
    let by = By::new(Actor::new(ActorKind::Gateway, "fake"), NOON);
    let mut failed = Vec::new();
    let mut last = None;
    for nth in 0..6 {
        let was = captured(store, &an_order().nth(nth)).await;
        if nth % 2 == 0 {
            let now = was.change().go(Trigger::PaymentDeclined, &by).unwrap();
            last = Some(store.commit(&was, now, Origin::Machine, &[]).await.unwrap());
            failed.insert(0, was.order.id);
        }
    }
    let mut listed = pages(store, &listing, (None, None), 2).await;
    listed.sort();
    listed.reverse();
    assert_eq!(listed, failed);
    let was = last.unwrap();
    let by = By::new(Actor::system("test"), NOON);
    let now = was.change().go(Trigger::PaymentRetried, &by).unwrap();
    store.commit(&was, now, Origin::Machine, &[]).await.unwrap();
    let left = pages(store, &listing, (None, None), 2).await;
    assert!(!left.contains(&was.order.id) && left.len() == 2, "{left:?}");
}

async fn the_latest_come_first_and_no_more_than_asked_for(store: &impl OrderStore) {
    filled(store, "cus-1").await;
    let latest = async |id, limit| store.latest_of(&customer(id), limit).await.unwrap();
    let all = latest("cus-1", 100).await;
    assert_eq!(all.len(), 12);
    assert!(all.is_sorted_by(|a, b| a >= b), "{all:?}");
    assert_eq!(latest("cus-1", 5).await, all[..5]);
    assert!(latest("cus-none", 5).await.is_empty());
}
