//! Deliveries are counted once each, day by day, and read with other reference data.

use std::sync::Arc;

use futures::future::join_all;
use jiff::civil::{Date, date};

use oms_contract::reference::punctuality::{Counted, Performer};
use oms_domain::document::Speed;
use oms_ports::reference::{Reference, Wanted};
use oms_ports::tally::{Delivery, Tally};

use crate::build::vendor;

const TODAY: Date = date(2026, 11, 23);

/// Both ports over one store.
pub type Store = (Arc<dyn Reference>, Arc<dyn Tally>);

/// Runs the whole suite.
pub async fn all(factory: impl AsyncFn() -> Store) {
    a_delivery_is_counted_once_for_all_it_concerns(factory().await).await;
    many_at_once_lose_nothing(factory().await).await;
    what_is_outdated_is_forgotten_when_more_is_counted(factory().await).await;
}

fn dhl(service: Speed) -> Performer {
    Performer::Carrier { carrier: "dhl".to_owned(), service }
}

fn seller(id: &str) -> Performer {
    Performer::Vendor(vendor(id))
}

fn delivery(id: &str, day: Date, by: &[(Performer, bool)]) -> Delivery {
    Delivery { id: id.to_owned(), day, by: by.to_vec() }
}

/// Deliveries and late ones of the days that count.
async fn counted((reference, _): &Store, of: &Performer, today: Date) -> (u32, u32) {
    let found = reference.fetch(&Wanted { counts: vec![of.clone()], ..Wanted::default() }).await.unwrap();
    assert_eq!(found.counts.len(), 1);
    let Counted { deliveries, late } = found.counts[of].recent(today);
    (deliveries, late)
}

async fn a_delivery_is_counted_once_for_all_it_concerns(store: Store) {
    let (late, early) = (delivery("o-1#1", TODAY, &[(seller("ven-1"), false), (dhl(Speed::Standard), true)]), TODAY.yesterday().unwrap());
    for first in [true, false, false] {
        assert_eq!(store.1.count(&late, TODAY).await.unwrap(), first);
    }
    // The id decides, whatever else is said of it.
    assert!(!store.1.count(&delivery("o-1#1", early, &[(seller("ven-2"), true)]), TODAY).await.unwrap());
    assert!(store.1.count(&delivery("o-1#2", early, &[(seller("ven-1"), true)]), TODAY).await.unwrap());
    for (of, expected) in [
        (seller("ven-1"), (2, 1)),
        (dhl(Speed::Standard), (1, 1)),
        (dhl(Speed::Express), (0, 0)),
        (seller("ven-2"), (0, 0)),
        (seller("dhl"), (0, 0)),
    ] {
        assert_eq!(counted(&store, &of, TODAY).await, expected, "{of:?}");
    }
}

async fn many_at_once_lose_nothing(store: Store) {
    let all: Vec<Delivery> = (0..12).map(|n| delivery(&format!("o-{}", n / 2), TODAY, &[(seller("ven-1"), n / 2 == 0)])).collect();
    let told = join_all(all.iter().map(|delivery| store.1.count(delivery, TODAY))).await;
    // Who lost too often to the others is told so, and comes again.
    for (delivery, told) in all.iter().zip(told) {
        if told.is_err() {
            store.1.count(delivery, TODAY).await.unwrap();
        }
    }
    assert_eq!(counted(&store, &seller("ven-1"), TODAY).await, (6, 1));
}

async fn what_is_outdated_is_forgotten_when_more_is_counted(store: Store) {
    let (of, old) = (seller("ven-1"), date(2026, 8, 1));
    for (n, day) in [old, old, TODAY].into_iter().enumerate() {
        store.1.count(&delivery(&format!("o-{n}"), day, &[(of.clone(), true)]), day).await.unwrap();
    }
    assert_eq!(counted(&store, &of, TODAY).await, (1, 1));
    assert_eq!(counted(&store, &of, old).await, (1, 1), "the days of then are gone");
}
