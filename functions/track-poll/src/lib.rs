//! Asks carriers about the packages that are due, and applies what they say.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::StreamExt as _;
use futures::stream;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use oms_carriers::apply::{Stores, Whereabouts, apply};
use oms_domain::OrderId;
use oms_ports::carrier::{Labels, Tracking};
use oms_ports::effects::Effects;
use oms_ports::orders::{Orders, Packages, Records, TrackedPackage};
use oms_ports::{Clock, Party, PortError, StepError};

mod voids;

/// What the function needs.
pub struct Deps {
    /// Orders.
    pub orders: Arc<dyn Orders>,
    /// What is stored beside them.
    pub records: Arc<dyn Records>,
    /// Packages and their events.
    pub packages: Arc<dyn Packages>,
    /// What was bought, and given back.
    pub effects: Arc<dyn Effects>,
    /// Carriers, by code.
    pub carriers: BTreeMap<&'static str, Arc<dyn Tracking>>,
    /// Those that sold us labels, by code.
    pub labels: BTreeMap<&'static str, Arc<dyn Labels>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// How long a run may start new calls. The function has 300 s; a call begun at the last moment takes 10 s at most.
pub const RUN_FOR: SignedDuration = SignedDuration::from_secs(240);

/// Packages asked for at once.
const PAGE: u16 = 100;

/// Calls in flight. Carriers limit calls a second, and more would not make the queue behind that shorter.
const AT_ONCE: usize = 4;

/// Pause between two polls of a package with the carrier.
const TRAVELLING: SignedDuration = SignedDuration::from_mins(30);

/// The same before the carrier has taken it.
const ANNOUNCED: SignedDuration = SignedDuration::from_hours(2);

/// A package is given up this long after it was handed over: carriers forget numbers after about three months.
const GIVE_UP: SignedDuration = SignedDuration::from_hours(90 * 24);

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Packages whose carrier was asked and whose events were applied.
    pub polled: u32,
    /// Packages that will be tried again at their next turn.
    pub failed: u32,
    /// Whether packages may still be due: time ran out, or a carrier asked us to slow down.
    pub unfinished: bool,
}

/// What became of one package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Polled {
    Done,
    Failed,
    /// The carrier asked us to slow down, or the run is over.
    StillDue,
}

type Key = (OrderId, u8, u8);

/// Polls all packages that are due. One that fails holds no other up.
///
/// # Errors
/// Where the packages that are due cannot be listed.
pub async fn handle(deps: &Deps) -> Result<Report, StepError> {
    let started = deps.clock.now();
    let mut report = Report::default();
    // The index of due packages lags behind, and a package whose next poll could not be set stays in it: each is polled once a run.
    let mut seen: HashSet<Key> = HashSet::new();
    let stop = AtomicBool::new(false);
    while !stop.load(Ordering::Relaxed) {
        let mut page = deps.packages.due_polls(started, PAGE).await?;
        page.retain(|package| seen.insert(key(package)));
        if page.is_empty() {
            break;
        }
        let mut polls = stream::iter(&page).map(|package| poll_unless(&stop, deps, package, started)).buffer_unordered(AT_ONCE);
        while let Some(polled) = polls.next().await {
            match polled {
                Polled::Done => report.polled += 1,
                Polled::Failed => report.failed += 1,
                Polled::StillDue => {}
            }
        }
    }
    report.unfinished = stop.load(Ordering::Relaxed);
    tracing::info!(
        polls.done = report.polled,
        polls.failed = report.failed,
        polls.unfinished = report.unfinished,
        "Polled {} packages, {} failed",
        report.polled,
        report.failed
    );
    Ok(report)
}

fn key(package: &TrackedPackage) -> Key {
    (package.order_id, package.package.sub_order_id.part, package.package.package)
}

/// Once the run's time is over, or a carrier asked us to slow down, no further call starts; those in flight are waited for.
async fn poll_unless(stop: &AtomicBool, deps: &Deps, package: &TrackedPackage, started: Timestamp) -> Polled {
    let now = deps.clock.now();
    if stop.load(Ordering::Relaxed) || now.duration_since(started) >= RUN_FOR {
        stop.store(true, Ordering::Relaxed);
        return Polled::StillDue;
    }
    let polled = poll(deps, package, now).await;
    if polled == Polled::StillDue {
        stop.store(true, Ordering::Relaxed);
    }
    polled
}

async fn poll(deps: &Deps, package: &TrackedPackage, now: Timestamp) -> Polled {
    let asked = ask(deps, package, now).await;
    if matches!(asked, Err(StepError::Throttled(PortError::Throttled(Party::Carrier)))) {
        return Polled::StillDue;
    }
    // What failed waits for its next turn like the others: left due, it would stand before them for ever.
    let next = asked.as_ref().map_or(Some(TRAVELLING), |whereabouts| pause(*whereabouts));
    let next = next.filter(|_| !is_given_up(package, now)).and_then(|pause| now.checked_add(pause).ok());
    let set = match deps.packages.poll_at(package, next).await {
        // A webhook ended the polling meanwhile, or another run set the time.
        Ok(()) | Err(PortError::Conflict) => Ok(()),
        Err(error) => Err(StepError::from(error)),
    };
    match asked.and(set) {
        Ok(()) => Polled::Done,
        Err(error) => {
            tracing::warn!(order.id = %package.order_id, carrier = package.package.carrier, error.name = error.name(), error = %error,
                "Order {}: a package could not be polled", package.order_id);
            Polled::Failed
        }
    }
}

async fn ask(deps: &Deps, package: &TrackedPackage, now: Timestamp) -> Result<Whereabouts, StepError> {
    let Some(carrier) = deps.carriers.get(package.package.carrier.as_str()) else {
        tracing::warn!(order.id = %package.order_id, carrier = package.package.carrier, "Order {}: its carrier cannot be asked", package.order_id);
        return Ok(Whereabouts::Settled);
    };
    let told = carrier.track(&package.package.tracking_number).await?;
    let stores = Stores { orders: deps.orders.as_ref(), records: deps.records.as_ref(), packages: deps.packages.as_ref() };
    let whereabouts = apply(stores, package, &told, now).await?;
    // A parcel on its way is the carrier's; one that nobody has fetched may be nobody's any more.
    if whereabouts != Whereabouts::Travelling && voids::needless_label(deps, package, now).await? {
        return Ok(Whereabouts::Settled);
    }
    Ok(whereabouts)
}

/// Until the next poll; `None` where nothing will follow.
fn pause(whereabouts: Whereabouts) -> Option<SignedDuration> {
    match whereabouts {
        Whereabouts::Announced => Some(ANNOUNCED),
        Whereabouts::Travelling => Some(TRAVELLING),
        Whereabouts::Settled => None,
    }
}

fn is_given_up(package: &TrackedPackage, now: Timestamp) -> bool {
    let given_up = now.duration_since(package.package.shipped_at) > GIVE_UP;
    if given_up {
        tracing::warn!(order.id = %package.order_id, carrier = package.package.carrier, "Order {}: a package is polled no more", package.order_id);
    }
    given_up
}
