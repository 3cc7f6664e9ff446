//! Everything the functions need, over one embedded store.

use std::sync::Arc;

use jiff::SignedDuration;
use oms_aws::{Clients, schema};
use oms_fakes::{FakeGateway, MemoryMetrics, MemoryTasks};
use oms_local::seed::{SeedError, Store};
use oms_local::workload::Workload;
use oms_runtime::{KeptReference, SystemClock, SystemEntropy};

use crate::outbox::Post;
use crate::stream::{Stream, Streamed};

/// Base64 of 32 bytes: there is nobody to keep the benchmark's customers secret from.
const MASTER_KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// How long reference data is kept, as the template has it.
const KEPT_FOR: SignedDuration = SignedDuration::from_secs(60);

/// The functions' dependencies, shared by all clients as warm functions of one account share the tables.
pub struct World {
    pub(crate) capture: capture::Deps,
    pub(crate) pay: pay::Deps,
    pub(crate) validate: validate::Deps,
    pub(crate) score: score::Deps,
    pub(crate) route: route::Deps,
    pub(crate) notify: notify::Deps,
    pub(crate) webhook: payment_webhook::Deps,
    pub(crate) gateway: Arc<FakeGateway>,
    pub(crate) stream: Stream,
    post: Arc<Post>,
}

impl World {
    /// Over these tables.
    pub fn over(clients: &Clients) -> Self {
        let stream = Stream::default();
        let store = clients.orders(schema::ORDERS.name);
        let orders = Streamed::new(store.clone(), &stream);
        let captures = Streamed::new(clients.captures(schema::ORDERS.name, schema::EPHEMERAL.name), &stream);
        let reference = Arc::new(KeptReference::new(clients.reference(schema::REFERENCE.name), Arc::new(SystemClock), KEPT_FOR));
        let inventory = clients.inventory(schema::INVENTORY.name);
        let sealer = clients.sealer_under(MASTER_KEY.to_owned().into(), schema::REFERENCE.name);
        let gateway = Arc::new(FakeGateway::default());
        let (clock, post) = (Arc::new(SystemClock), Arc::new(Post::default()));
        Self {
            capture: capture::Deps {
                orders: captures,
                drafts: orders.clone(),
                records: store.clone(),
                sealer: sealer.clone(),
                clock: clock.clone(),
                entropy: Arc::new(SystemEntropy::default()),
            },
            pay: pay::Deps {
                orders: orders.clone(),
                records: store.clone(),
                effects: store.clone(),
                gateway: gateway.clone(),
                clock: clock.clone(),
            },
            validate: validate::Deps {
                orders: orders.clone(),
                records: store.clone(),
                listings: store.clone(),
                inventory: inventory.clone(),
                reference: reference.clone(),
                sealer: sealer.clone(),
                counted: validate::load::Counted::default(),
                clock: clock.clone(),
            },
            score: score::Deps {
                orders: orders.clone(),
                listings: store.clone(),
                inventory: inventory.clone(),
                reference: reference.clone(),
                sealer: sealer.clone(),
                clock: clock.clone(),
            },
            route: route::Deps {
                orders: orders.clone(),
                records: store.clone(),
                inventory,
                reference: reference.clone(),
                sealer: sealer.clone(),
                clock: clock.clone(),
            },
            notify: notify::Deps {
                orders: orders.clone(),
                records: store.clone(),
                effects: store.clone(),
                reference,
                sealer,
                mailer: post.clone(),
                topics: post.clone(),
                tasks: Arc::new(MemoryTasks::default()),
                metrics: Arc::new(MemoryMetrics::default()),
                clock: clock.clone(),
            },
            webhook: payment_webhook::Deps { orders, effects: store.clone(), gateway: gateway.clone(), topics: post.clone(), clock },
            gateway,
            stream,
            post,
        }
    }

    /// Mails and messages that left.
    pub fn left(&self) -> (u64, u64) {
        (self.post.mails(), self.post.messages())
    }
}

/// Puts the workload's reference data and stock into the tables.
///
/// # Errors
/// Of the store.
pub async fn furnish(clients: &Clients, workload: &Workload) -> Result<(), SeedError> {
    let store = Store::over(clients.reference(schema::REFERENCE.name), clients.inventory(schema::INVENTORY.name));
    store.load(workload.seed(), false).await.map(drop)
}
