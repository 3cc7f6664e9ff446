//! Sending a notice once.

use jiff::SignedDuration;
use serde_json::json;

use oms_contract::record::Notice;
use oms_domain::OrderId;
use oms_ports::effects::{Begun, EffectKey};
use oms_ports::messaging::{Mail, Topic};
use oms_ports::{PortError, StepError};

use crate::Deps;

/// Longer than the function's own deadline of 30 s: no two runs send at once.
const LEASE: SignedDuration = SignedDuration::from_secs(35);

/// What is to be sent.
pub(crate) enum Message<'a> {
    /// A mail.
    Mail(&'a Mail),
    /// A message to vendors' systems.
    Vendors { event: &'a str, subject: &'a str, body: &'a serde_json::Value, vendor: &'a str },
}

/// Sends, unless it was sent before.
pub(crate) async fn send(deps: &Deps, order: OrderId, milestone: &str, message: Message<'_>) -> Result<(), StepError> {
    let channel = match message {
        Message::Mail(_) => "email",
        Message::Vendors { .. } => "topic",
    };
    let key = EffectKey::Notice { milestone: milestone.to_owned(), channel: channel.to_owned() };
    let now = deps.clock.now();
    match deps.effects.begin(order, &key, now, now.saturating_add(LEASE).unwrap_or(now)).await? {
        Begun::Done(_) => return Ok(()),
        Begun::Held => return Err(StepError::InProgress),
        Begun::Mine | Begun::Unsure => {}
    }
    let sent = match message {
        Message::Mail(mail) => deps.mailer.send(mail).await,
        Message::Vendors { event, subject, body, vendor } => {
            let attributes = [("event", event), ("vendor_id", vendor)];
            deps.topics.publish(Topic::Vendors, subject, body, &attributes).await
        }
    };
    let message_id = match sent {
        Ok(id) => id,
        // A definite no (an address that cannot be) will not become a yes: noted, told to the staff, and done with.
        Err(PortError::Refused { code, .. }) => {
            alert(deps, order, milestone, &code).await?;
            format!("refused:{code}")
        }
        Err(error) => {
            deps.effects.doubt(order, &key).await?;
            return Err(error.into());
        }
    };
    let notice = Notice { milestone: milestone.to_owned(), channel: channel.to_owned(), at: now, message_id };
    deps.effects.finish(order, &key, &json!(notice)).await?;
    tracing::debug!(order.id = %order, milestone, channel, "Order {order}: notice {milestone} left by {channel}");
    Ok(())
}

async fn alert(deps: &Deps, order: OrderId, milestone: &str, code: &str) -> Result<(), PortError> {
    let body = json!({ "event": "notice.refused", "order_id": order, "milestone": milestone, "code": code });
    deps.topics.publish(Topic::Operators, "A notice could not be sent", &body, &[("event", "notice.refused")]).await?;
    Ok(())
}
