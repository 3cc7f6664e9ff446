//! The orders that a benchmark places: the samples that go all the way, in turn, each from a customer of its own.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use oms_contract::api::place::PlaceOrder;
use oms_contract::reference::Customer;
use oms_domain::{CustomerId, State};
use oms_ports::Clock as _;
use oms_runtime::SystemClock;

use crate::seed::{Seed, SeedError};

/// Stock of every row, so that no order of a benchmark meets an empty shelf.
const AMPLE: u32 = 1_000_000;

/// Why there is nothing to place.
#[derive(Debug, thiserror::Error)]
pub enum WorkloadError {
    /// The reference data cannot be used.
    #[error(transparent)]
    Seed(#[from] SeedError),
    /// A sample, or the index of the samples, cannot be used.
    #[error("cannot use {path}")]
    Sample {
        /// Which file.
        path: PathBuf,
        /// The reason.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The index names a customer that the seed does not have, or no sample that goes all the way.
    #[error("{0}")]
    Incomplete(String),
}

/// A line of the samples' index.
#[derive(Deserialize)]
struct Sample {
    file: String,
    customer_id: CustomerId,
    expect: State,
}

/// What can be placed, and on which data.
#[derive(Debug, Clone)]
pub struct Workload {
    seed: Seed,
    samples: Vec<(PlaceOrder, Customer)>,
}

/// An order and who places it.
#[derive(Debug, Clone)]
pub struct Buyer {
    /// The account, which nobody else uses.
    pub customer: Customer,
    /// The order.
    pub order: PlaceOrder,
}

impl Workload {
    /// Reads the samples that shall reach `pending_fulfillment`, and the reference data they need.
    ///
    /// # Errors
    /// Names the file that cannot be used.
    pub fn read(samples: &Path, seed: &Path) -> Result<Self, WorkloadError> {
        let mut seed = Seed::read(seed)?.dated(SystemClock.now());
        for row in &mut seed.stock {
            row.available = row.available.max(AMPLE);
        }
        let index: Vec<Sample> = json(&samples.join("index.json"))?;
        let all_the_way = index.into_iter().filter(|sample| sample.expect == State::PendingFulfillment);
        let mut samples: Vec<(PlaceOrder, Customer)> = all_the_way
            .map(|sample| {
                let like = seed.customers.iter().find(|customer| customer.customer_id == sample.customer_id);
                let like = like.ok_or_else(|| WorkloadError::Incomplete(format!("the seed has no customer {}", sample.customer_id)))?;
                Ok((json(&samples.join(&sample.file))?, like.clone()))
            })
            .collect::<Result<_, WorkloadError>>()?;
        // The gateway's share is part of what is measured, and an invoice has no gateway.
        samples.retain(|(order, _)| order.payment_method.kind == "card");
        if samples.is_empty() {
            return Err(WorkloadError::Incomplete("no sample goes all the way".to_owned()));
        }
        Ok(Self { seed, samples })
    }

    /// The reference data, with ample stock.
    pub fn seed(&self) -> &Seed {
        &self.seed
    }

    /// How many different orders there are.
    pub fn kinds(&self) -> usize {
        self.samples.len()
    }

    /// The order of this number in a run, with an account of its own: one customer's many orders would look like fraud.
    ///
    /// # Errors
    /// Where the run's name cannot be part of a customer's id.
    pub fn buyer(&self, run: &str, number: usize) -> Result<Buyer, WorkloadError> {
        let sample = self.samples.get(number % self.samples.len());
        let (order, like) = sample.ok_or_else(|| WorkloadError::Incomplete("no sample goes all the way".to_owned()))?;
        let customer_id = CustomerId::parse(format!("bench-{run}-{number}"));
        let customer_id = customer_id.map_err(|error| WorkloadError::Incomplete(format!("the run cannot be called {run}: {error}")))?;
        Ok(Buyer { customer: Customer { customer_id, ..like.clone() }, order: order.clone() })
    }
}

fn json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, WorkloadError> {
    let wrong = |cause: Box<dyn std::error::Error + Send + Sync>| WorkloadError::Sample { path: path.to_owned(), cause };
    let text = std::fs::read(path).map_err(|error| wrong(error.into()))?;
    serde_json::from_slice(&text).map_err(|error| wrong(error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_has_a_customer_of_its_own_and_every_sample_its_turn() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
        let workload = Workload::read(&root.join("events/http"), &root.join("infra/local/seed")).unwrap();
        let buyers: Vec<Buyer> = (0..2 * workload.kinds()).map(|n| workload.buyer("a", n).unwrap()).collect();
        let mut ids: Vec<_> = buyers.iter().map(|buyer| buyer.customer.customer_id.clone()).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), buyers.len());
        assert!(workload.kinds() >= 10, "only {} samples go all the way", workload.kinds());
        assert_eq!(buyers[0].order.lines.len(), buyers[workload.kinds()].order.lines.len());
        assert!(workload.seed().stock.iter().all(|row| row.available >= AMPLE));
    }
}
