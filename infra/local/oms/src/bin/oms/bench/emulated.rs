//! Orders through the API of a started stack, and what they took.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures::stream::{StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;

use oms_aws::{Clients, DynamoOrders};
use oms_domain::{ActorKind, OrderId, State};
use oms_local::seed::{Seed, Store};
use oms_local::tokens::Issuer;
use oms_local::workload::{Buyer, Workload};
use oms_local::{Client, Stack};
use oms_ports::Clock as _;
use oms_ports::orders::{Orders as _, Records as _};
use oms_runtime::SystemClock;

use super::processes::Accounts;
use super::tally::Tally;
use crate::console::remark;
use crate::failure::Failure;

/// Pause between two looks at the order that is waited for. Others are not looked at: what came before it went the same way.
const LOOK: Duration = Duration::from_millis(100);
/// Longest wait for any one order: the machine retries a failing step for half a minute.
const PATIENCE: Duration = Duration::from_mins(2);
/// The emulator has done everything when it has counted nothing new for so long.
const QUIET: Duration = Duration::from_secs(3);
/// Longest wait for that.
const SETTLING: Duration = Duration::from_mins(1);
/// Counted by the emulator, and made by the stack itself rather than by an order: the sweeper runs each minute.
const FUNCTIONS_OF_TIME: [&str; 2] = ["sweep", "track-poll"];

/// When a client places its next order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Haste {
    /// As soon as the API has answered.
    NextAtOnce,
    /// When the one before is at its vendors.
    OneAfterTheOther,
}

/// One order as its client saw it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placed {
    /// Which.
    pub(super) id: OrderId,
    /// When the call was sent.
    pub(super) sent: Timestamp,
    /// How long it took.
    pub(super) call: Duration,
}

/// What a number of orders took.
pub(super) struct Run {
    /// The orders.
    pub(super) placed: Vec<Placed>,
    /// From each call to the instant at which the history has the order at its vendors.
    pub(super) through: Vec<Duration>,
    /// From the first call to the last order at its vendors.
    pub(super) took: Duration,
    /// Processor time meanwhile.
    pub(super) busy: Accounts,
    /// Processor time until all that follows was done as well.
    pub(super) cpu: Accounts,
    /// What the emulator counted until then, without this program's own calls.
    pub(super) counted: Tally,
}

/// A stack with accounts and tokens for the orders that will be placed.
pub(super) struct Shop<'a> {
    stack: &'a Stack,
    workload: &'a Workload,
    store: Store,
    api: Client,
    issuer: Issuer,
    orders: std::sync::Arc<DynamoOrders>,
    http: reqwest::Client,
    emulator: u32,
    run: String,
}

impl<'a> Shop<'a> {
    /// Fills the shelves.
    pub(super) async fn open(stack: &'a Stack, workload: &'a Workload, http: reqwest::Client) -> Result<Self, Failure> {
        let store = Store::of(stack).await?;
        store.load(workload.seed(), true).await?;
        let pid_file = stack.run_dir.join("emulator.pid");
        let text = std::fs::read_to_string(&pid_file).map_err(|error| Failure::file(&pid_file, error))?;
        let emulator = text.trim().parse::<u32>().map_err(|error| Failure::file(&pid_file, error))?;
        let clients = Clients::at(&stack.endpoint()).await;
        Ok(Self {
            stack,
            workload,
            store,
            api: Client::anonymous(stack)?,
            issuer: Issuer::of(stack)?,
            orders: clients.orders(stack.table("orders")?),
            http,
            emulator,
            run: SystemClock.now().as_second().to_string(),
        })
    }

    /// Places `count` orders with `clients` clients and follows them to their vendors.
    pub(super) async fn place(&self, name: &str, count: usize, clients: usize, haste: Haste) -> Result<Run, Failure> {
        let run = format!("{}-{name}", self.run);
        let buyers = (0..count).map(|number| self.workload.buyer(&run, number)).collect::<Result<Vec<_>, _>>()?;
        let customers = buyers.iter().map(|buyer| buyer.customer.clone()).collect();
        self.store.load(&Seed { customers, ..Seed::default() }, false).await?;
        let callers = buyers.iter().map(|buyer| Ok((self.client(buyer)?, buyer))).collect::<Result<Vec<_>, Failure>>()?;
        self.settle().await?;

        let (counted, cpu) = (self.tally().await?, self.accounts()?);
        let (placed, looks) = match haste {
            Haste::NextAtOnce => self.hurried(callers, clients).await?,
            Haste::OneAfterTheOther => self.patient(callers, clients).await?,
        };
        let busy = self.accounts()?.since(&cpu);
        remark(&format!("{name}: {count} orders are at their vendors; waiting for what follows"));
        self.settle().await?;
        let cpu = self.accounts()?.since(&cpu);
        let mut counted = self.tally().await?.since(&counted);
        counted.forget("DynamoDB.GetItem", looks);
        for function in FUNCTIONS_OF_TIME {
            counted.drop_function(self.stack.functions.get(function).map_or(function, String::as_str));
        }

        let mut through = Vec::with_capacity(count);
        let mut last = Timestamp::MIN;
        for order in &placed {
            let at = self.at_vendors(order.id).await?;
            last = last.max(at);
            through.push(between(order.sent, at));
        }
        let first = placed.iter().map(|order| order.sent).min().unwrap_or(last);
        Ok(Run { placed, through, took: between(first, last), busy, cpu, counted })
    }

    /// No client waits for more than the answer of its own call.
    async fn hurried(&self, callers: Vec<(Client, &Buyer)>, clients: usize) -> Result<(Vec<Placed>, f64), Failure> {
        let (arrived, mut arrivals) = futures::channel::mpsc::unbounded();
        let placing = async {
            let calls = futures::stream::iter(callers).map(|(client, buyer)| {
                let arrived = arrived.clone();
                async move {
                    let placed = place(&client, buyer).await?;
                    // Where nobody reads any more, the reader has failed and says so itself.
                    let _ = arrived.unbounded_send(placed.id);
                    Ok::<_, Failure>(placed)
                }
            });
            let placed: Vec<Placed> = calls.buffer_unordered(clients.max(1)).try_collect().await?;
            arrived.close_channel();
            Ok(placed)
        };
        let following = async {
            let mut looks = 0.0;
            while let Some(id) = arrivals.next().await {
                looks += self.arrived(id).await?;
            }
            Ok(looks)
        };
        futures::try_join!(placing, following)
    }

    /// Each client waits until its order is at its vendors.
    async fn patient(&self, callers: Vec<(Client, &Buyer)>, clients: usize) -> Result<(Vec<Placed>, f64), Failure> {
        let calls = futures::stream::iter(callers).map(|(client, buyer)| async move {
            let placed = place(&client, buyer).await?;
            Ok::<_, Failure>((placed, self.arrived(placed.id).await?))
        });
        let placed: Vec<(Placed, f64)> = calls.buffer_unordered(clients.max(1)).try_collect().await?;
        Ok((placed.iter().map(|(placed, _)| *placed).collect(), placed.iter().map(|(_, looks)| looks).sum()))
    }

    /// Waits until the order is at its vendors; how often it looked.
    async fn arrived(&self, id: OrderId) -> Result<f64, Failure> {
        let started = Instant::now();
        let mut looks = 0.0;
        loop {
            looks += 1.0;
            let state = self.orders.load(id).await?.map(|stored| stored.order.state);
            match state {
                Some(State::PendingFulfillment) => return Ok(looks),
                Some(State::PaymentFailed | State::ValidationFailed | State::FraudReview | State::Cancelled) | None => {
                    return Err(Failure::Bench(format!("order {id} is {}, not at its vendors", shown(state))));
                }
                Some(_) if started.elapsed() > PATIENCE => {
                    return Err(Failure::Bench(format!("order {id} is {} after {PATIENCE:?}", shown(state))));
                }
                Some(_) => tokio::time::sleep(LOOK).await,
            }
        }
    }

    fn client(&self, buyer: &Buyer) -> Result<Client, Failure> {
        Ok(self.api.acting(&self.issuer, ActorKind::Customer, buyer.customer.customer_id.as_str())?)
    }

    /// Waits until the emulator has nothing more to do.
    async fn settle(&self) -> Result<(), Failure> {
        let started = Instant::now();
        let mut last = self.tally().await?;
        while started.elapsed() < SETTLING {
            tokio::time::sleep(QUIET).await;
            let now = self.tally().await?;
            if now == last {
                return Ok(());
            }
            last = now;
        }
        Err(Failure::Bench(format!("the stack was still busy after {SETTLING:?}")))
    }

    fn accounts(&self) -> Result<Accounts, Failure> {
        Accounts::read(self.emulator).map_err(|error| Failure::Measuring("processor time", error))
    }

    async fn tally(&self) -> Result<Tally, Failure> {
        Tally::read(self.stack, &self.http).await
    }

    async fn at_vendors(&self, id: OrderId) -> Result<Timestamp, Failure> {
        let history = self.orders.history(id).await?;
        let entry = history.iter().find(|entry| entry.to == State::PendingFulfillment && entry.part.is_none());
        entry
            .map(|entry| entry.at)
            .ok_or_else(|| Failure::Bench(format!("the history of order {id} does not say when it reached its vendors")))
    }
}

async fn place(client: &Client, buyer: &Buyer) -> Result<Placed, Failure> {
    let (sent, started) = (SystemClock.now(), Instant::now());
    let placed = client.place(buyer.customer.customer_id.as_str(), &buyer.order).await?;
    Ok(Placed { id: placed.order_id, sent, call: started.elapsed() })
}

fn between(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or_default()
}

fn shown(state: Option<State>) -> String {
    state.map_or_else(|| "not stored".to_owned(), |state| state.to_string())
}

/// Gigabyte-seconds that the invocations are billed for at the pace of `calm`, a run of one client: with many, functions wait for the
/// emulator, which says nothing about AWS.
pub(super) fn gb_seconds(counted: &Tally, calm: &Tally, memory_mb: &BTreeMap<String, f64>) -> f64 {
    memory_mb
        .iter()
        .map(|(name, memory)| {
            let of = |tally: &Tally, what: &str| tally.of(&format!("lambda.{name}.{what}"));
            let calm_ms = of(calm, "ms") / of(calm, "invocations").max(1.0);
            of(counted, "invocations") * calm_ms / 1000.0 * memory / 1024.0
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invocations_are_billed_at_the_calm_pace_with_their_own_memory() {
        let tally = |sums: &[(&str, f64)]| Tally::made(sums);
        let counted =
            tally(&[("lambda.oms-pay.invocations", 100.0), ("lambda.oms-pay.ms", 90_000.0), ("lambda.oms-route.invocations", 50.0)]);
        let calm = tally(&[
            ("lambda.oms-pay.invocations", 10.0),
            ("lambda.oms-pay.ms", 200.0),
            ("lambda.oms-route.invocations", 1.0),
            ("lambda.oms-route.ms", 10.0),
        ]);
        let memory = [("oms-pay".to_owned(), 256.0), ("oms-route".to_owned(), 1024.0)].into();
        assert!((gb_seconds(&counted, &calm, &memory) - (100.0 * 0.02 * 0.25 + 50.0 * 0.01)).abs() < 1e-9);
    }
}
