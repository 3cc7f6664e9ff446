//! Buyers, the sweeper, whoever brings goods, whoever meddles with shards, and whoever looks: all at once.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::future::join_all;
use jiff::SignedDuration;

use oms_aws::DynamoInventory;
use oms_domain::OrderId;
use oms_fakes::{MemoryMachine, MemoryOrders, MemoryReference, MemoryTasks, MemoryTopics, a_booking, a_market, sku, vendor, warehouse};
use oms_ports::PortError;
use oms_ports::stock::{Booked, StockEntry, Stocked, Stockroom as _};

use crate::buyer::{Chance, buyer};
use crate::shop::{HOT, Shop};

const BUYERS: u64 = 64;
const SEED: u64 = 20_261_126;

pub(crate) async fn play(ledger: &Arc<DynamoInventory>, duration: Duration) {
    let shop = Shop::open(ledger).await;
    let close = async {
        tokio::time::sleep(duration).await;
        shop.closing.store(true, Ordering::Relaxed);
    };
    let business = async {
        let buyers = join_all((0..BUYERS).map(|nth| buyer(&shop, SEED + nth)));
        tokio::join!(buyers, goods_come(&shop), shards_change(&shop), somebody_looks(&shop), close);
    };
    // The clock and the sweeper go on until the last buyer is served.
    tokio::select! {
        () = business => {}
        () = time_passes(&shop) => {}
        () = sweeper(&shop) => {}
    }
    ended(&shop).await;
}

/// Half a minute of the test's clock every quarter of a second: holds run out within some seconds.
async fn time_passes(shop: &Shop) {
    loop {
        tokio::time::sleep(Duration::from_millis(250)).await;
        shop.clock.advance(SignedDuration::from_secs(30));
    }
}

/// The function as it is deployed, over this ledger. It knows none of the orders: so their holds go back as soon as they have run out.
async fn sweeper(shop: &Shop) {
    let orders = Arc::<MemoryOrders>::default();
    let reference = MemoryReference::default();
    reference.market(a_market());
    let deps = sweep::Deps {
        orders: orders.clone(),
        wakes: orders.clone(),
        inventory: shop.ledger.clone(),
        upkeep: shop.ledger.clone(),
        reference: Arc::new(reference),
        effects: orders,
        machine: Arc::<MemoryMachine>::default(),
        cancellation: Arc::<MemoryMachine>::default(),
        tasks: Arc::<MemoryTasks>::default(),
        topics: Arc::<MemoryTopics>::default(),
        clock: shop.clock.clone(),
    };
    loop {
        tokio::time::sleep(Duration::from_millis(200)).await;
        match sweep::handle(&deps, sweep::Input::Tick {}).await {
            Ok(()) => shop.tally.count("sweeps"),
            Err(error) => assert!(matches!(error.name(), "Conflict" | "Throttled" | "Unavailable"), "the sweeper: {error}"),
        }
    }
}

/// A few of one product now and then, so that it is never sold out for good. Each receipt is booked twice.
async fn goods_come(shop: &Shop) {
    let mut chance = Chance(1);
    while !shop.is_closing() {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let name = HOT[usize::try_from(chance.below(5)).unwrap()].0;
        let quantity = 1 + chance.below(12);
        let entry = StockEntry {
            id: format!("note-{}", shop.number()),
            sku: sku(name),
            vendor_id: vendor(if chance.below(2) == 0 { "ven-1" } else { "ven-2" }),
            warehouse_id: warehouse("w1"),
            for_sale: true,
            what: Stocked::Received(u32::try_from(quantity).unwrap()),
        };
        // Whoever takes a sample must know what came: so nothing comes meanwhile.
        let _no_sample = shop.open.read().await;
        let asked = shop.history.now();
        let booked = shop.insist(async || shop.ledger.book(&entry, &a_booking()).await).await;
        assert!(matches!(booked, Booked::Yes { .. } | Booked::Repeated), "{booked:?}");
        assert_eq!(shop.insist(async || shop.ledger.book(&entry, &a_booking()).await).await, Booked::Repeated);
        let quantity = i64::try_from(quantity).unwrap();
        shop.came(&sku(name), quantity);
        shop.history.came(&sku(name), asked, shop.history.now(), quantity);
        shop.tally.count("receipts");
    }
}

/// More shards, fewer shards, and their shares.
async fn shards_change(shop: &Shop) {
    let mut chance = Chance(2);
    while !shop.is_closing() {
        tokio::time::sleep(Duration::from_millis(700)).await;
        let sku = sku(HOT[usize::try_from(chance.below(5)).unwrap()].0);
        let shards = [1, 2, 3, 5, 8][usize::try_from(chance.below(5)).unwrap()];
        match shop.ledger.reshard(&sku, shards).await {
            Ok(_) => shop.tally.count("changes of shards"),
            Err(PortError::Conflict | PortError::Throttled(_) | PortError::Unavailable { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

/// Looks at one product after the other, at one moment each.
async fn somebody_looks(shop: &Shop) {
    for (name, _) in HOT.iter().cycle() {
        if shop.is_closing() {
            return;
        }
        let opening = shop.open.write().await;
        let open: Vec<OrderId> = opening.lock().unwrap().iter().copied().collect();
        assert!(open.len() <= usize::try_from(BUYERS).unwrap());
        shop.sample(&sku(name), &open).await;
        drop(opening);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Nobody has anything any more: what came and did not leave is there, whole, by the counters, by the log and by what buyers saw.
async fn ended(shop: &Shop) {
    assert_eq!(shop.open.read().await.lock().unwrap().len(), 0, "every order has come to its end");
    for (name, _) in HOT {
        shop.sample(&sku(name), &[]).await;
        let books = shop.ledger.books(&sku(name)).await.unwrap();
        assert_eq!((books.taken, books.allocated(), books.free), (0, 0, shop.there(&sku(name))), "{name}: {books:?}");
    }
    let proof = shop.ledger.prove().await.unwrap();
    assert!(proof.drifts.is_empty() && proof.broken.is_empty() && proof.restless.is_empty(), "{proof:?}");
    let verdict = shop.history.verdict();
    println!("{}; {} refusals of a product judged", shop.tally.told(), verdict.refusals);
    assert_eq!((verdict.wrong_refusals, verdict.oversold_moments), (0, 0), "{verdict:?}");
    for what in ["orders sent", "cancellations", "refusals", "calls cut off", "holds that ran out", "samples", "changes of shards"] {
        assert!(shop.tally.of(what) > 0, "nothing was shown of {what}: {}", shop.tally.told());
    }
}
