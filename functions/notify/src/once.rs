//! Sending a notice once.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use oms_contract::record::{Notice, Told};
use oms_domain::OrderId;
use oms_ports::effects::{Begun, EffectKey};
use oms_ports::messaging::{Mail, Topic};
use oms_ports::{PortError, StepError};

use crate::Deps;

/// Longer than the function's own deadline of 20 s: no two runs send at once.
const LEASE: SignedDuration = SignedDuration::from_secs(35);

const EMAIL: &str = "email";
const TOPIC: &str = "topic";

/// What vendors' systems are told.
pub(crate) struct Message<'a> {
    /// Type of the event.
    pub(crate) event: &'a str,
    /// Its title.
    pub(crate) subject: &'a str,
    /// What it says.
    pub(crate) body: &'a Value,
    /// Whose system.
    pub(crate) vendor: &'a str,
}

/// One notice in the making.
struct Sending<'a> {
    deps: &'a Deps,
    order: OrderId,
    milestone: &'a str,
    now: Timestamp,
}

/// Sends a mail, unless it was sent before.
pub(crate) async fn mail(deps: &Deps, order: OrderId, milestone: &str, mail: &Mail) -> Result<(), StepError> {
    let sending = Sending { deps, order, milestone, now: deps.clock.now() };
    if sending.begin().await? == Claim::Done {
        return Ok(());
    }
    match sending.noted(EMAIL, deps.mailer.send(mail).await).await {
        Ok(sent) => sending.finish(EMAIL, Told::One(sent)).await,
        Err(error) => sending.doubt(error).await,
    }
}

/// Sends a message to a vendor's system and a mail to the vendor, unless they were sent before. One claim and one note serve for both.
///
/// The mail leaves last: nothing else happens between it and its note. A run that dies anywhere else repeats at most the message, which names order,
/// milestone and part, so that its receiver can tell.
pub(crate) async fn message_and_mail(
    deps: &Deps,
    order: OrderId,
    milestone: &str,
    message: &Message<'_>,
    mail: &Mail,
) -> Result<(), StepError> {
    let sending = Sending { deps, order, milestone, now: deps.clock.now() };
    let earlier = match sending.begin().await? {
        Claim::Done => return Ok(()),
        Claim::First => None,
        Claim::Again => sending.told_by_topic().await?,
    };
    let known = earlier.is_some();
    let by_topic = match earlier {
        Some(notice) => notice,
        None => match sending.noted(TOPIC, publish(deps, message).await).await {
            Ok(notice) => notice,
            Err(error) => return sending.doubt(error).await,
        },
    };
    match sending.noted(EMAIL, deps.mailer.send(mail).await).await {
        Ok(by_mail) if known => sending.finish(EMAIL, Told::One(by_mail)).await,
        Ok(by_mail) => sending.finish(EMAIL, Told::Several(vec![by_topic, by_mail])).await,
        Err(error) => {
            // The next run need not repeat what has left.
            sending.finish(TOPIC, Told::One(by_topic)).await?;
            sending.doubt(error).await
        }
    }
}

async fn publish(deps: &Deps, message: &Message<'_>) -> Result<String, PortError> {
    let attributes = [("event", message.event), ("vendor_id", message.vendor)];
    deps.topics.publish(Topic::Vendors, message.subject, message.body, &attributes).await
}

/// Whether this run may send.
#[derive(PartialEq, Eq)]
enum Claim {
    /// Nobody has tried before.
    First,
    /// An earlier run did not come to its note.
    Again,
    /// It has left.
    Done,
}

impl Sending<'_> {
    fn key(&self, channel: &str) -> EffectKey {
        EffectKey::Notice { milestone: self.milestone.to_owned(), channel: channel.to_owned() }
    }

    /// The claim is the mail's, whatever leaves with it.
    async fn begin(&self) -> Result<Claim, StepError> {
        let until = self.now.saturating_add(LEASE).unwrap_or(self.now);
        match self.deps.effects.begin(self.order, &self.key(EMAIL), self.now, until).await? {
            Begun::Done(_) => Ok(Claim::Done),
            Begun::Held => Err(StepError::InProgress),
            Begun::Mine => Ok(Claim::First),
            Begun::Unsure => Ok(Claim::Again),
        }
    }

    /// The notice of what was sent; an error where it may be sent later.
    async fn noted(&self, channel: &str, sent: Result<String, PortError>) -> Result<Notice, StepError> {
        let message_id = match sent {
            Ok(id) => id,
            // A definite no (an address that cannot be) will not become a yes: noted, told to the staff, and done with.
            Err(PortError::Refused { code, .. }) => {
                alert(self.deps, self.order, self.milestone, &code).await?;
                format!("refused:{code}")
            }
            Err(error) => return Err(error.into()),
        };
        tracing::debug!(order.id = %self.order, milestone = self.milestone, channel, "Order {}: notice {} left by {channel}", self.order, self.milestone);
        Ok(Notice { milestone: self.milestone.to_owned(), channel: channel.to_owned(), at: self.now, message_id })
    }

    async fn finish(&self, channel: &str, told: Told) -> Result<(), StepError> {
        Ok(self.deps.effects.finish(self.order, &self.key(channel), &json!(told)).await?)
    }

    /// What an earlier run noted of the message whose mail it could not send.
    async fn told_by_topic(&self) -> Result<Option<Notice>, StepError> {
        let outcome = self.deps.effects.outcome(self.order, &self.key(TOPIC)).await?;
        let read = |outcome| serde_json::from_value::<Notice>(outcome);
        outcome.map(read).transpose().map_err(|error| StepError::Bug(format!("the stored notice {}: {error}", self.key(TOPIC))))
    }

    async fn doubt(&self, error: StepError) -> Result<(), StepError> {
        self.deps.effects.doubt(self.order, &self.key(EMAIL)).await?;
        Err(error)
    }
}

async fn alert(deps: &Deps, order: OrderId, milestone: &str, code: &str) -> Result<(), PortError> {
    let body = json!({ "event": "notice.refused", "order_id": order, "milestone": milestone, "code": code });
    deps.topics.publish(Topic::Operators, "A notice could not be sent", &body, &[("event", "notice.refused")]).await?;
    Ok(())
}
