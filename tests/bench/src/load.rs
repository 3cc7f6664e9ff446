//! Many orders by several clients at once, and how long they take.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures::future::try_join_all;
use oms_aws::Clients;
use oms_local::seed::Seed;
use oms_local::seed::{SeedError, Store};
use oms_local::workload::{Buyer, Workload, WorkloadError};

use oms_aws::schema;

use crate::chain::{ChainError, Traffic};
use crate::cpu;
use crate::world::World;

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// An order did not go all the way: figures of a broken chain are worth nothing.
    #[error("an order did not go all the way")]
    Chain(#[from] ChainError),
    /// The orders cannot be made.
    #[error(transparent)]
    Workload(#[from] WorkloadError),
    /// The accounts cannot be stored.
    #[error(transparent)]
    Seed(#[from] SeedError),
    /// A client panicked.
    #[error("a client stopped")]
    Stopped(#[from] tokio::task::JoinError),
    /// The system does not tell its accounts.
    #[error("cannot read the processor time of this process")]
    Accounts(#[from] std::io::Error),
}

/// What a number of orders took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// How many.
    pub orders: usize,
    /// From the first to the last.
    pub took: Duration,
    /// Processor time of the whole process meanwhile.
    pub cpu: Duration,
}

impl Pace {
    /// Orders a minute.
    pub fn per_minute(&self) -> f64 {
        count(self.orders) * 60.0 / self.took.as_secs_f64().max(f64::EPSILON)
    }

    /// Milliseconds of processor time an order.
    pub fn cpu_ms_per_order(&self) -> f64 {
        self.cpu.as_secs_f64() * 1000.0 / count(self.orders).max(1.0)
    }
}

/// A count as a number to divide by.
pub fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::INFINITY, f64::from)
}

/// Opens accounts for `orders` orders of this run, and makes the orders.
///
/// # Errors
/// Of the store, or where the samples do not do.
pub async fn buyers(clients: &Clients, workload: &Workload, run: &str, orders: usize) -> Result<Vec<Buyer>, LoadError> {
    let buyers = (0..orders).map(|number| workload.buyer(run, number)).collect::<Result<Vec<_>, _>>()?;
    let customers = buyers.iter().map(|buyer| buyer.customer.clone()).collect();
    let store = Store::over(clients.reference(schema::REFERENCE.name), clients.inventory(schema::INVENTORY.name));
    store.load(&Seed { customers, ..Seed::default() }, false).await?;
    Ok(buyers)
}

/// Places the orders with `clients` clients, each of which runs one order to its vendors and then takes the next.
///
/// # Errors
/// Where any order does not get there.
pub async fn run(world: &Arc<World>, buyers: Vec<Buyer>, clients: usize, traffic: Traffic) -> Result<Pace, LoadError> {
    let orders = buyers.len();
    let (buyers, next) = (Arc::new(buyers), Arc::new(AtomicUsize::new(0)));
    let (started, before) = (Instant::now(), cpu::of_this_process()?);
    let clients = (0..clients.max(1)).map(|_| {
        let (world, buyers, next) = (world.clone(), buyers.clone(), next.clone());
        tokio::spawn(async move {
            while let Some(buyer) = buyers.get(next.fetch_add(1, Ordering::Relaxed)) {
                world.run(buyer, "bench", traffic).await?;
            }
            Ok::<(), ChainError>(())
        })
    });
    for ended in try_join_all(clients).await? {
        ended?;
    }
    Ok(Pace { orders, took: started.elapsed(), cpu: cpu::of_this_process()?.saturating_sub(before) })
}
