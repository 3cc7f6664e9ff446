//! Who may send webhooks, where they go, and how a sender proves who it is.

use oms_contract::http::ApiRequest;
use oms_ports::messaging::WebhookQueue;

use crate::signature::Proof;

/// A sender.
#[derive(Debug)]
pub struct Source {
    /// Its route, as the API declares it.
    pub route: &'static str,
    /// The parameter of the route that names it.
    pub parameter: &'static str,
    /// Its name there, and in the message.
    pub name: &'static str,
    /// Where its webhooks go.
    pub queue: WebhookQueue,
    /// What proves it; of several, the first whose header is there decides.
    pub proofs: &'static [Proof],
}

/// All senders.
pub const SOURCES: [Source; 2] = [
    Source {
        route: "POST /webhooks/payments/{gateway}",
        parameter: "gateway",
        name: "stripe",
        queue: WebhookQueue::Payments,
        proofs: &[Proof::Stripe],
    },
    // DHL signs nothing: it sends a token of our choice in a header of our choice. Whoever stands between may sign.
    Source {
        route: "POST /webhooks/carriers/{carrier}",
        parameter: "carrier",
        name: "dhl",
        queue: WebhookQueue::Carriers,
        proofs: &[Proof::StandardWebhooks, Proof::Token],
    },
];

/// The sender of a request.
pub fn of(request: &ApiRequest) -> Option<Source> {
    let named = |source: &Source| request.path.get(source.parameter).is_some_and(|name| name == source.name);
    SOURCES.into_iter().find(|source| source.route == request.route && named(source))
}
