//! One order through the whole chain, as it is wired on AWS: capture, then the stream to the relay, which starts the machine; the machine's
//! steps as each names the next; the stream to the relay after each; the customer's mails from the bus.

use oms_contract::api::endpoints::scopes_of;
use oms_contract::event::CloudEvent;
use oms_contract::http::{ApiRequest, Caller};
use oms_contract::queue::WebhookMessage;
use oms_contract::step::{StepInput, StepOutcome};
use oms_domain::flow::Next;
use oms_domain::{ActorKind, OrderId, State};
use oms_local::workload::Buyer;
use oms_ports::{Clock as _, StepError};
use oms_runtime::SystemClock;
use serde::Deserialize;
use std::sync::Arc;

use crate::journal::named;
use crate::outbox::Outbox;
use crate::world::World;

/// Steps after which the machine takes an order for one that runs in a circle.
const MOST_STEPS: usize = 12;

/// Why an order did not go all the way.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// It was not taken.
    #[error("capture answered {status}: {body}")]
    Capture {
        /// HTTP status.
        status: u16,
        /// What it said.
        body: String,
    },
    /// An answer or event that cannot be.
    #[error("what the functions say to each other does not parse")]
    Shape(#[from] serde_json::Error),
    /// A step failed.
    #[error("order {id}: {step}")]
    Step {
        /// Which order.
        id: OrderId,
        /// Which step.
        step: &'static str,
        /// Why.
        #[source]
        cause: StepError,
    },
    /// It came to rest elsewhere.
    #[error("order {id} is {state}")]
    Rests {
        /// Which order.
        id: OrderId,
        /// Where.
        state: State,
    },
    /// It runs in a circle.
    #[error("order {0} takes more than {MOST_STEPS} steps")]
    Looping(OrderId),
}

/// What is sent along with the orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Traffic {
    /// The orders alone.
    Orders,
    /// The gateway's webhooks too: one when it has reserved the money, one when it has taken it.
    OrdersAndWebhooks,
}

/// What one order took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ran {
    /// Which order.
    pub id: OrderId,
    /// Steps of the machine.
    pub steps: usize,
}

#[derive(Deserialize)]
struct Placed {
    order_id: OrderId,
}

impl World {
    /// Places the order and runs everything that follows, until it is at its vendors and everybody was told.
    ///
    /// # Errors
    /// Where it does not get there.
    pub async fn run(&self, buyer: &Buyer, key: &str, traffic: Traffic) -> Result<Ran, ChainError> {
        let id = self.place(buyer, key).await?;
        let outbox = Arc::new(Outbox::default());
        let relay = relay::Deps { bus: outbox.clone(), machine: outbox.clone(), cancellation: outbox.clone() };
        let mut steps = 0;
        let mut state = State::PendingPayment;
        self.relay(&relay, id).await?;
        // An execution ends where the order waits; a write from outside, like a webhook's, may start another.
        while let Some(mut at) = outbox.take_starts().pop() {
            while at.next != Next::Wait {
                steps += 1;
                if steps > MOST_STEPS {
                    return Err(ChainError::Looping(id));
                }
                let paid = at.next == Next::Pay;
                at = self.step(&at).await?;
                self.relay(&relay, id).await?;
                if paid && traffic == Traffic::OrdersAndWebhooks {
                    self.webhook(id).await?;
                }
            }
            state = at.state;
        }
        if state != State::PendingFulfillment {
            return Err(ChainError::Rests { id, state });
        }
        for event in outbox.take_events() {
            self.tell(&event).await?;
        }
        Ok(Ran { id, steps })
    }

    /// Places the order and runs what follows until the machine would go on with `step`.
    ///
    /// # Errors
    /// Where it does not get there.
    pub async fn reach(&self, buyer: &Buyer, key: &str, step: Next) -> Result<OrderId, ChainError> {
        let id = self.place(buyer, key).await?;
        let mut at = StepOutcome { order_id: id, version: 1, state: State::PendingPayment, next: Next::Pay, undo: Vec::new() };
        while at.next != step {
            if at.next == Next::Wait {
                return Err(ChainError::Rests { id, state: at.state });
            }
            at = self.step(&at).await?;
        }
        Ok(id)
    }

    async fn place(&self, buyer: &Buyer, key: &str) -> Result<OrderId, ChainError> {
        let scopes = scopes_of(ActorKind::Customer).into_iter().map(str::to_owned).collect();
        let request = ApiRequest {
            route: "POST /api/v2/orders".to_owned(),
            path: Default::default(),
            query: Default::default(),
            headers: [("idempotency-key".to_owned(), key.to_owned())].into(),
            body: serde_json::to_vec(&buyer.order)?,
            caller: Some(Caller { role: ActorKind::Customer, subject: buyer.customer.customer_id.to_string(), scopes }),
        };
        let response = named("capture", capture::handle(&self.capture, request)).await;
        if response.status != 201 {
            return Err(ChainError::Capture { status: response.status, body: response.body });
        }
        Ok(serde_json::from_str::<Placed>(&response.body)?.order_id)
    }

    /// Dispatches as the machine's `Dispatch` does.
    async fn step(&self, at: &StepOutcome) -> Result<StepOutcome, ChainError> {
        let input = StepInput { order_id: at.order_id };
        let (step, outcome) = match at.next {
            Next::Pay => ("pay", named("pay", pay::handle(&self.pay, input)).await),
            Next::Validate => ("validate", Box::pin(named("validate", validate::handle(&self.validate, input))).await),
            Next::Score => ("score", named("score", score::handle(&self.score, input)).await),
            Next::Route => ("route", named("route", route::handle(&self.route, input)).await),
            Next::Notify => ("notify", named("notify", notify::step(&self.notify, input)).await),
            Next::Wait => ("wait", Ok(at.clone())),
        };
        outcome.map_err(|cause| ChainError::Step { id: at.order_id, step, cause })
    }

    async fn relay(&self, deps: &relay::Deps, id: OrderId) -> Result<(), ChainError> {
        let batch = self.stream.take(id);
        named("relay", relay::handle(deps, &batch)).await.map_err(|cause| ChainError::Step { id, step: "relay", cause })
    }

    /// As the rule of the bus puts an event into the notify queue.
    async fn tell(&self, event: &CloudEvent) -> Result<(), ChainError> {
        let id = event.data.order_id;
        let message = serde_json::json!({ "detail-type": event.r#type, "detail": event }).to_string();
        named("notify: customer", notify::tell(&self.notify, &message)).await.map_err(|cause| ChainError::Step {
            id,
            step: "notify",
            cause,
        })
    }

    /// The gateway says that the order's payment has something new to tell.
    async fn webhook(&self, id: OrderId) -> Result<(), ChainError> {
        let of_order = self.gateway.payments().into_iter().rev().find(|payment| payment.order_id == id);
        let Some(payment) = of_order else { return Ok(()) };
        let object = serde_json::json!({ "id": payment.intent, "object": "payment_intent" });
        let event = serde_json::json!({ "id": format!("evt_{id}"), "type": "payment_intent.succeeded", "data": { "object": object } });
        let message = WebhookMessage { source: "stripe".to_owned(), received_at: SystemClock.now(), body: event.to_string() };
        let handled = named("payment-webhook", payment_webhook::handle(&self.webhook, &message)).await;
        handled.map_err(|cause| ChainError::Step { id, step: "payment-webhook", cause })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    use dynoxide::Database;
    use oms_local::workload::Workload;

    use crate::load::buyers;
    use crate::store::{Embedded, tables_of};
    use crate::world::furnish;

    async fn opened() -> (World, Workload, Vec<Buyer>) {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let workload = Workload::read(&root.join("events/http"), &root.join("infra/local/seed")).unwrap();
        let tables = tables_of(&Embedded::new(Database::memory().unwrap())).await.unwrap();
        furnish(&tables, &workload).await.unwrap();
        let buyers = buyers(&tables, &workload, "test", workload.kinds()).await.unwrap();
        (World::over(&tables), workload, buyers)
    }

    #[tokio::test]
    async fn every_sample_goes_to_its_vendors_and_everybody_is_told() {
        let (world, workload, buyers) = opened().await;
        for buyer in &buyers {
            let ran = world.run(buyer, "key", Traffic::OrdersAndWebhooks).await.unwrap();
            assert_eq!(ran.steps, 6, "pay, validate, score, route, pay, notify");
        }
        let (mails, messages) = world.left();
        let kinds = u64::try_from(workload.kinds()).unwrap();
        assert_eq!(mails, kinds + messages, "the customer of each order, and each vendor by mail and by message");
        assert!(messages > kinds, "some orders are split");
        assert_eq!(world.gateway.captures(), u32::try_from(workload.kinds()).unwrap());
    }

    #[tokio::test]
    async fn an_order_that_rests_on_the_way_is_an_error() {
        let (world, _, mut buyers) = opened().await;
        let mut buyer = buyers.remove(0);
        buyer.order.payment_method.token = oms_fakes::gateway::CARD_STOLEN.to_owned();
        let rests = world.run(&buyer, "key", Traffic::Orders).await.unwrap_err();
        assert!(matches!(rests, ChainError::Rests { state: State::PaymentFailed, .. }), "{rests}");
    }
}
