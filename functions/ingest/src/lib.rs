//! The door for webhooks: proves who sends, queues what came as it came, answers at once. What it means is read behind the queue.

use std::sync::Arc;

use secrecy::ExposeSecret as _;

use oms_contract::http::{ApiRequest, ApiResponse};
use oms_contract::problem::{Problem, TYPE_BASE};
use oms_contract::queue::WebhookMessage;
use oms_ports::Clock;
use oms_ports::messaging::{Queue, WebhookQueue};

pub mod secrets;
pub mod signature;
pub mod sources;

use secrets::Secrets;

/// What the function needs.
pub struct Deps {
    /// Where webhooks go.
    pub queue: Arc<dyn Queue>,
    /// What senders prove themselves with.
    pub secrets: Secrets,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// Largest webhook taken, in bytes. A message of SQS holds 256 KiB, and quoting a JSON text inside a JSON text at most doubles it.
pub const MAX_WEBHOOK: usize = 120 * 1024;

/// Answers a webhook: 200 once it is queued; 401 without a good proof, 404 for an unknown sender, 413 where it is too large, 400 where it is
/// no text, 503 where it could not be queued, so that the sender sends it again.
pub async fn handle(deps: &Deps, request: &ApiRequest) -> ApiResponse {
    match take(deps, request).await {
        Ok(()) => ApiResponse::empty(200),
        Err(problem) => (*problem).into(),
    }
}

async fn take(deps: &Deps, request: &ApiRequest) -> Result<(), Box<Problem>> {
    let source = sources::of(request).ok_or_else(|| Problem::not_found("sender of webhooks"))?;
    if request.body.len() > MAX_WEBHOOK {
        return Err(Problem::too_large(MAX_WEBHOOK).into());
    }
    let now = deps.clock.now();
    let secret = match source.queue {
        WebhookQueue::Payments => &deps.secrets.payments,
        WebhookQueue::Carriers => &deps.secrets.carriers,
    };
    signature::verify(source.proofs, request, secret.expose_secret(), now).map_err(|rejection| {
        tracing::warn!(webhook.source = source.name, webhook.rejection = %rejection, "A webhook of {} was refused: {rejection}", source.name);
        unproven()
    })?;
    let body = String::from_utf8(request.body.clone()).map_err(|_| Problem::bad_parameter("body", "must be UTF-8"))?;
    let message = WebhookMessage { source: source.name.to_owned(), received_at: now, body };
    deps.queue.send(source.queue, &message).await.map_err(|error| {
        tracing::error!(webhook.source = source.name, error = %error, "A webhook of {} could not be queued", source.name);
        Problem::unavailable().into()
    })
}

/// 401. Which part of the proof was wrong stays in the log: a forger need not know.
fn unproven() -> Problem {
    Problem {
        r#type: format!("{TYPE_BASE}bad-signature"),
        title: "The signature is missing, wrong or too old".to_owned(),
        ..Problem::unauthorized()
    }
}
