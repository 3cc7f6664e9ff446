//! Plays one story: places the order, lets people act, and gathers what came of it.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use oms_contract::api::command::{CancelOrder, PayOrder, RejectOrder, ReviewDecision, ReviewOrder, ShipOrder};
use oms_contract::api::place::PlaceMethod;
use oms_contract::api::view::{HistoryView, OrderView};
use oms_contract::record::is_verifying;
use oms_domain::{ActorKind, CustomerId, OrderId, State};
use oms_local::gateway::Gateway;
use oms_local::mailbox::{self, Mail};
use oms_local::tokens::Issuer;
use oms_local::{ApiError, Client, Stack, carrier};

use super::sample;
use super::script::{Act, Story};
use crate::failure::Failure;

/// Longest wait for any one state: the machine retries a failing step for half a minute.
const PATIENCE: Duration = Duration::from_secs(45);
/// Longest wait for what follows from the last state: mails, refunds.
const FOLLOW_UP: Duration = Duration::from_secs(20);
/// Name in the operator's token.
const OPERATOR: &str = "demo";
/// What the carrier says of a parcel, in this order.
const SCANS: [(&str, State); 4] = [
    ("picked_up", State::Shipped),
    ("in_transit", State::InTransit),
    ("out_for_delivery", State::OutForDelivery),
    ("delivered", State::Delivered),
];

/// A story as it went.
pub(super) struct Told {
    /// Which.
    pub(super) story: &'static Story,
    /// What came of it, or why it could not go on.
    pub(super) outcome: Result<Outcome, Failure>,
}

/// What came of a story.
pub(super) struct Outcome {
    /// The order as staff see it.
    pub(super) order: OrderView,
    /// Its history.
    pub(super) history: HistoryView,
    /// Mails that speak of it.
    pub(super) mails: Vec<Mail>,
}

impl Told {
    /// Why the story did not end as it should.
    pub(super) fn failed(&self) -> Option<String> {
        match &self.outcome {
            Err(failure) => Some(failure.to_string()),
            Ok(outcome) => wrong(self.story, outcome),
        }
    }
}

/// What is not as the script wants it.
fn wrong(story: &Story, outcome: &Outcome) -> Option<String> {
    let order = &outcome.order;
    if order.state != story.ends.to_string() {
        return Some(format!("it is {}, not {}", order.state, story.ends));
    }
    if order.sub_orders.len() != story.parts {
        return Some(format!("it has {} parts, not {}", order.sub_orders.len(), story.parts));
    }
    // A check that only asks for a verification refuses nothing: where it leads is the state.
    let refusing = order.failed_checks.iter().filter(|check| !is_verifying(check.check));
    let failed: Vec<&str> = refusing.map(|check| check.code.as_str()).collect();
    if failed != story.fails {
        return Some(format!("the failed checks are {failed:?}, not {:?}", story.fails));
    }
    if let Some(milestone) = missing_mail(story, order) {
        return Some(format!("no mail tells the customer that it is {milestone}"));
    }
    (!settled(order)).then(|| "its money has not come to rest".to_owned())
}

/// A milestone of which the customer was not told.
fn missing_mail(story: &Story, order: &OrderView) -> Option<&'static str> {
    let told = |milestone: &str| {
        order.notices.iter().any(|notice| {
            let rest = notice.milestone.strip_prefix(milestone);
            notice.channel == "email" && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        })
    };
    story.mails.iter().copied().find(|milestone| !told(milestone))
}

/// Whether no money is left to be moved: a dead order has nothing of it, one under way has been paid.
fn settled(order: &OrderView) -> bool {
    let Some(payment) = &order.payment else { return false };
    match order.state.parse() {
        Ok(State::Cancelled) => payment.status != "authorized" && payment.captured == payment.refunded,
        Ok(State::PendingFulfillment | State::Delivered) => payment.captured == order.total,
        _ => true,
    }
}

/// Where the stories are played.
pub(super) struct Stage<'a> {
    stack: &'a Stack,
    issuer: &'a Issuer,
    operator: Client,
    /// Tells this run from others.
    run: String,
}

impl<'a> Stage<'a> {
    pub(super) fn new(stack: &'a Stack, issuer: &'a Issuer, started: Timestamp) -> Result<Self, Failure> {
        let operator = Client::anonymous(stack)?.acting(issuer, ActorKind::Operator, OPERATOR)?;
        Ok(Self { stack, issuer, operator, run: started.as_millisecond().to_string() })
    }

    /// The account of a story's customer in this run.
    pub(super) fn customer(&self, story: &Story) -> Result<CustomerId, Failure> {
        // A sample may stand in two stories.
        let title = story.title.to_lowercase().replace(|of: char| !of.is_ascii_alphanumeric(), "-");
        let id: String = format!("{}.{}.{title}", story.customer, self.run).chars().take(64).collect();
        CustomerId::parse(id).map_err(|error| Failure::Usage(format!("{}: {error}", story.title)))
    }

    /// Plays a story to its end.
    pub(super) async fn tell(&self, story: &'static Story, samples: &Path) -> Told {
        Told { story, outcome: self.play(story, samples).await }
    }

    async fn play(&self, story: &'static Story, samples: &Path) -> Result<Outcome, Failure> {
        let customer = self.customer(story)?;
        let buyer = self.operator.acting(self.issuer, ActorKind::Customer, customer.as_str())?;
        let id = buyer.place(&format!("demo-{}-{customer}", self.run), &sample(samples, story.file)?).await?.order_id;
        match self.operator.wait_until(id, &story.rests.to_string(), PATIENCE, at_rest).await {
            Ok(resting) if resting.state == story.rests.to_string() => self.act(story, &buyer, id, &resting).await?,
            // It is told how far the order came instead.
            Ok(_) | Err(ApiError::Waited { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        self.gather(story, id).await
    }

    async fn act(&self, story: &Story, buyer: &Client, id: OrderId, order: &OrderView) -> Result<(), Failure> {
        match story.act {
            Act::Watch => {}
            Act::Cancel => {
                buyer.cancel(id, &CancelOrder { reason: Some("changed_mind".to_owned()) }).await?;
            }
            Act::Approve => {
                let approval = ReviewOrder { decision: ReviewDecision::Approve, reason: Some("customer_reached".to_owned()) };
                self.operator.review(id, &approval).await?;
            }
            Act::Authenticate => self.authenticate(buyer, id).await?,
            Act::PayWith(token) => {
                let payment_method = PlaceMethod { kind: "card".to_owned(), token: token.to_owned() };
                buyer.pay(id, &PayOrder { payment_method: Some(payment_method) }).await?;
            }
            Act::Refuse => {
                for part in &order.sub_orders {
                    let vendor = self.operator.acting(self.issuer, ActorKind::Vendor, &part.vendor_id)?;
                    vendor.reject(id, &RejectOrder { reason: "out_of_stock".to_owned() }).await?;
                }
            }
            Act::Deliver => {
                for part in &order.sub_orders {
                    self.deliver(id, &part.vendor_id).await?;
                }
            }
        }
        Ok(())
    }

    /// Does what the gateway's script does in the customer's browser, with the secret that only they are shown.
    async fn authenticate(&self, buyer: &Client, id: OrderId) -> Result<(), Failure> {
        let action = buyer.get(id).await?.payment.and_then(|payment| payment.action);
        let action = action.ok_or_else(|| Failure::Usage(format!("order {id} shows its customer nothing to act with")))?;
        Ok(Gateway::of(self.stack)?.authenticate(&action.client_secret).await?)
    }

    /// The vendor does its part; then the carrier's webhooks carry it to the door.
    async fn deliver(&self, id: OrderId, vendor: &str) -> Result<(), Failure> {
        let vendor_client = self.operator.acting(self.issuer, ActorKind::Vendor, vendor)?;
        vendor_client.accept(id).await?;
        vendor_client.pick(id).await?;
        vendor_client.pack(id).await?;
        let number = tracking_number(id, vendor);
        let shipped = ShipOrder { carrier: "dhl".to_owned(), tracking_number: number.clone() };
        vendor_client.ship(id, &shipped).await?;
        for (event, state) in SCANS {
            let told = carrier::happens(self.stack, &number, carrier::Scan { event }).await;
            told.map_err(|error| Failure::NoAnswer("the carrier's simulator", error))?;
            vendor_client.wait_for(id, state, PATIENCE).await?;
        }
        Ok(())
    }

    /// Waits for the end and all that follows from it; what is missing then is for [`wrong`] to say.
    async fn gather(&self, story: &Story, id: OrderId) -> Result<Outcome, Failure> {
        let ended = |order: &OrderView| order.state == story.ends.to_string() && settled(order) && missing_mail(story, order).is_none();
        let order = match self.operator.wait_until(id, &story.ends.to_string(), FOLLOW_UP, ended).await {
            Err(ApiError::Waited { .. }) => self.operator.get(id).await?,
            order => order?,
        };
        let history = self.operator.history(id).await?;
        let mails = mailbox::mails(self.stack).await.map_err(|error| Failure::NoAnswer("the mailbox", error))?;
        let mails = mails.into_iter().filter(|mail| mail.mentions(&order.number)).collect();
        Ok(Outcome { order, history, mails })
    }
}

/// Whether nothing more happens to the order by itself.
fn at_rest(order: &OrderView) -> bool {
    let rests = matches!(
        order.state.parse(),
        Ok(State::PendingFulfillment | State::PaymentFailed | State::ValidationFailed | State::FraudReview | State::Cancelled)
    );
    let acting = order.payment.as_ref().is_some_and(|payment| payment.status == "action_required");
    rests || acting || order.stalled.is_some()
}

/// A number in the form of DHL's parcels, the same for one part however often it is made.
fn tracking_number(id: OrderId, vendor: &str) -> String {
    let seen = id
        .to_string()
        .bytes()
        .chain(vendor.bytes())
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("JJD{:018}", seen % 1_000_000_000_000_000_000)
}

#[cfg(test)]
#[path = "act_tests.rs"]
mod tests;
