//! Every charge has an order or a refund: this job proves it, or says where not.
//!
//! It walks the gateway's own books of a window of time and the orders captured in it, and compares each order with the payments made for
//! it. What moves at the moment is left for the next run; what does not agree is looked at a second time, freshly read; what still does not
//! agree is raised to the operators, once.

pub mod compare;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use oms_domain::{Order, OrderId};
use oms_gateways::once::Cashier;
use oms_ports::effects::Effects;
use oms_ports::gateway::{Books, Gateway, GatewayPayment};
use oms_ports::messaging::{Topic, Topics};
use oms_ports::orders::{Listing, Listings, Orders};
use oms_ports::seen::Seen;
use oms_ports::{Clock, StepError};

use compare::{Finding, compare, unknown};

/// For one call of the gateway.
pub const GATEWAY_TIMEOUT: Duration = Duration::from_secs(10);

/// What is younger is still moving: an issuer takes seconds, a webhook and its retries minutes.
pub const GRACE: SignedDuration = SignedDuration::from_mins(15);

/// How long a finding is not raised again.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Scope of remembered findings.
const SCOPE: &str = "reconcile";

/// Orders compared side by side.
const SIDE_BY_SIDE: usize = 8;

/// What the function needs from the world.
pub struct Deps {
    /// Orders.
    pub orders: Arc<dyn Orders>,
    /// Orders by day.
    pub listings: Arc<dyn Listings>,
    /// What was asked of the gateways.
    pub effects: Arc<dyn Effects>,
    /// Every gateway.
    pub gateway: Arc<dyn Gateway>,
    /// The books of the one that is not ours. Our own invoices are found through their orders.
    pub books: Arc<dyn Books>,
    /// Findings raised before.
    pub seen: Arc<dyn Seen>,
    /// Where people look.
    pub topics: Arc<dyn Topics>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// What the function is called with.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// By the schedule: look at this many hours, up to [`GRACE`] ago.
    Tick {
        /// At least 1.
        hours: u16,
    },
    /// By an operator: look at exactly this time.
    Window {
        /// First instant.
        from: Timestamp,
        /// First instant after it; no later than [`GRACE`] ago.
        to: Timestamp,
    },
}

/// What came of a run. It is the function's answer, and its figures are in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// First instant looked at.
    pub from: Timestamp,
    /// First instant not looked at.
    pub to: Timestamp,
    /// Payments in the gateway's books.
    pub payments: usize,
    /// Orders compared.
    pub orders: usize,
    /// Orders left for the next run, because they changed a moment ago.
    pub moving: usize,
    /// Everything that does not agree.
    pub findings: Vec<Finding>,
    /// How many of them were raised by this run, the others by one before.
    pub raised: usize,
}

/// One run.
///
/// # Errors
/// Where a party does not answer: the next run looks at the same time again.
pub async fn handle(deps: &Deps, input: Input) -> Result<Report, StepError> {
    let run = Run::of(deps, input)?;
    let books = run.books().await?;
    let captured = run.captured().await?;
    let ids: Vec<OrderId> =
        books.by_order.keys().chain(&captured).copied().collect::<std::collections::BTreeSet<_>>().into_iter().collect();
    let looks = stream::iter(&ids).map(|id| run.look(*id, books.by_order.get(id)));
    let looks: Vec<Look> = looks.buffered(SIDE_BY_SIDE).try_collect().await?;

    let moving = looks.iter().filter(|look| matches!(look, Look::Moving)).count();
    let compared = looks.into_iter().filter_map(|look| if let Look::Compared(findings) = look { Some(findings) } else { None });
    let findings: Vec<Finding> = books.unknown.into_iter().chain(compared.flatten()).collect();
    let mut raised = 0;
    for finding in &findings {
        raised += usize::from(run.raise(finding).await?);
    }
    let report = Report { from: run.from, to: run.to, payments: books.payments, orders: ids.len() - moving, moving, findings, raised };
    let Report { from, to, payments, orders, .. } = &report;
    let found = report.findings.len();
    tracing::info!(
        reconcile.payments = payments,
        reconcile.orders = orders,
        reconcile.moving = moving,
        reconcile.findings = found,
        reconcile.raised = raised,
        "Compared {orders} orders with {payments} payments of {from} to {to}: {found} findings"
    );
    Ok(report)
}

/// The gateway's books of the window.
#[derive(Default)]
struct Gathered {
    payments: usize,
    by_order: BTreeMap<OrderId, Vec<GatewayPayment>>,
    unknown: Vec<Finding>,
}

/// What came of looking at an order.
enum Look {
    /// It changed a moment ago.
    Moving,
    /// What does not agree.
    Compared(Vec<Finding>),
}

struct Run<'a> {
    deps: &'a Deps,
    from: Timestamp,
    to: Timestamp,
}

impl<'a> Run<'a> {
    fn of(deps: &'a Deps, input: Input) -> Result<Self, StepError> {
        let before = |at: Timestamp, by: SignedDuration| at.checked_sub(by).map_err(|error| StepError::Refused(error.to_string()));
        let settled = before(deps.clock.now(), GRACE)?;
        let (from, to) = match input {
            Input::Tick { hours } => (before(settled, SignedDuration::from_hours(i64::from(hours)))?, settled),
            Input::Window { from, to } => (from, to.min(settled)),
        };
        if from >= to {
            return Err(StepError::Refused(format!("the window {from} to {to} is empty: end it at least {GRACE:#} ago")));
        }
        Ok(Self { deps, from, to })
    }

    async fn books(&self) -> Result<Gathered, StepError> {
        let mut gathered = Gathered::default();
        let mut after: Option<String> = None;
        loop {
            let page = self.deps.books.booked(self.from, self.to, after.as_deref()).await?;
            gathered.payments += page.payments.len();
            for booked in page.payments {
                gathered.unknown.extend(unknown(&booked));
                if let Some(payment) = booked.payment {
                    gathered.by_order.entry(payment.order_id).or_default().push(payment);
                }
            }
            after = page.next;
            if after.is_none() {
                return Ok(gathered);
            }
        }
    }

    /// The orders captured in the window.
    async fn captured(&self) -> Result<Vec<OrderId>, StepError> {
        let day = |at: Timestamp| at.to_zoned(TimeZone::UTC).date();
        let (mut today, last) = (day(self.from), day(self.to));
        let mut ids = Vec::new();
        loop {
            let mut cursor = None;
            loop {
                let range = (Some(self.from), Some(self.to));
                let page = self.deps.listings.list(&Listing::OfDay(today), range, cursor.as_ref(), 100).await?;
                ids.extend(page.orders.iter().map(|order| order.id));
                cursor = page.next;
                if cursor.is_none() {
                    break;
                }
            }
            match today.tomorrow() {
                Ok(tomorrow) if today < last => today = tomorrow,
                _ => return Ok(ids),
            }
        }
    }

    /// Compares an order with its payments. What does not agree is compared once more, as it then stands: a change between the two
    /// readings is no finding.
    async fn look(&self, id: OrderId, listed: Option<&Vec<GatewayPayment>>) -> Result<Look, StepError> {
        let Some(first) = self.compared(id, listed.map_or(&[], Vec::as_slice)).await? else { return Ok(Look::Moving) };
        if first.is_empty() {
            return Ok(Look::Compared(first));
        }
        let mut fresh = Vec::new();
        for payment in listed.into_iter().flatten() {
            fresh.extend(self.deps.gateway.retrieve(&payment.intent).await?);
        }
        let Some(second) = self.compared(id, &fresh).await? else { return Ok(Look::Moving) };
        Ok(Look::Compared(second.into_iter().filter(|finding| first.contains(finding)).collect()))
    }

    /// `None` where the order changed a moment ago.
    async fn compared(&self, id: OrderId, known: &[GatewayPayment]) -> Result<Option<Vec<Finding>>, StepError> {
        let order = self.deps.orders.load(id).await?.map(|stored| stored.order);
        if order.as_ref().is_some_and(|order| order.changed_at >= self.moving_since()) {
            return Ok(None);
        }
        let mut payments = known.to_vec();
        if let Some(order) = &order {
            payments.extend(self.others(order, known).await?);
        }
        Ok(Some(compare(id, order.as_ref(), &payments)))
    }

    fn moving_since(&self) -> Timestamp {
        self.deps.clock.now().saturating_sub(GRACE).unwrap_or(Timestamp::MIN)
    }

    /// Payments of the order that the books of the window do not show: made before or after it, or on invoice.
    async fn others(&self, order: &Order, known: &[GatewayPayment]) -> Result<Vec<GatewayPayment>, StepError> {
        let cashier = Cashier { gateway: &*self.deps.gateway, effects: &*self.deps.effects, clock: &*self.deps.clock };
        let mut others = Vec::new();
        for attempt in (1..=order.payment.attempt).filter(|attempt| known.iter().all(|payment| payment.attempt != *attempt)) {
            let Some(asked) = cashier.asked(order.id, attempt).await? else { continue };
            others.extend(self.deps.gateway.retrieve(&asked.intent).await?);
        }
        Ok(others)
    }

    /// Tells the operators, unless they were told. Told first and noted then: a crash in between tells them twice rather than never.
    async fn raise(&self, finding: &Finding) -> Result<bool, StepError> {
        let id = finding.id();
        if self.deps.seen.seen(SCOPE, &id).await? {
            return Ok(false);
        }
        let Finding { kind, order_id, intent, ours, theirs } = finding;
        let name: &'static str = kind.into();
        tracing::warn!(
            alarm.kind = name,
            order.id = order_id.map(tracing::field::display),
            payment.intent = intent,
            "Reconciliation found {id}"
        );
        let body = json!({
            "kind": name, "finding": id, "order_id": order_id, "intent": intent, "ours": ours, "theirs": theirs, "mend": kind.mend(),
        });
        let about = order_id.map(|id| id.number()).or_else(|| intent.clone()).unwrap_or_default();
        self.deps.topics.publish(Topic::Operators, &format!("Reconciliation: {name} {about}"), &body, &[("kind", name)]).await?;
        let until = self.deps.clock.now().saturating_add(REMEMBERED).unwrap_or(Timestamp::MAX);
        self.deps.seen.note(SCOPE, &id, until).await?;
        Ok(true)
    }
}
