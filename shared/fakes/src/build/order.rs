//! Orders in any state, brought there by legal changes, one minute each.

use jiff::{SignedDuration, Timestamp};

use oms_domain::change::{By, Changed, Refusal};
use oms_domain::history::Fact;
use oms_domain::order::Band;
use oms_domain::transition::Trigger;
use oms_domain::{Actor, ActorKind, Currency, CustomerId, OrderId, State, VendorId};

use crate::build::{NOON, currency, customer, vendor};

/// Builds an order; see [`an_order`].
#[derive(Debug, Clone)]
pub struct OrderBuilder {
    nth: u64,
    customer: CustomerId,
    currency: Currency,
    total: i64,
    captured_at: Timestamp,
    vendors: Vec<VendorId>,
    state: State,
    step: SignedDuration,
}

/// A customer's order of EUR 120.00, captured at [`NOON`], to be delivered by one vendor, `pending_payment`.
pub fn an_order() -> OrderBuilder {
    OrderBuilder {
        nth: 0,
        customer: customer("cus-1"),
        currency: currency("EUR"),
        total: 12_000,
        captured_at: NOON,
        vendors: vec![vendor("ven-1")],
        state: State::PendingPayment,
        step: SignedDuration::from_mins(1),
    }
}

impl OrderBuilder {
    /// Another order than the others of the same moment.
    #[must_use]
    pub fn nth(self, nth: u64) -> Self {
        Self { nth, ..self }
    }

    /// Whose it is.
    #[must_use]
    pub fn of(self, id: &str) -> Self {
        let customer = customer(id);
        Self { customer, ..self }
    }

    /// What it costs: minor units and currency code.
    #[must_use]
    pub fn total(self, total: i64, code: &str) -> Self {
        let currency = currency(code);
        Self { currency, total, ..self }
    }

    /// When it was captured.
    #[must_use]
    pub fn captured_at(self, captured_at: Timestamp) -> Self {
        Self { captured_at, ..self }
    }

    /// Who delivers it: one part each, once it is routed.
    #[must_use]
    pub fn vendors(self, ids: &[&str]) -> Self {
        let vendors = ids.iter().map(|id| vendor(id)).collect();
        Self { vendors, ..self }
    }

    /// Where it stands, all parts alike; `cancelled` is cancelled by the customer when `confirmed`.
    #[must_use]
    pub fn at(self, state: State) -> Self {
        Self { state, ..self }
    }

    /// How long each change takes.
    #[must_use]
    pub fn one_change_per(self, step: SignedDuration) -> Self {
        Self { step, ..self }
    }

    /// The order with its whole history.
    pub fn build(&self) -> Changed {
        self.reach(self.state).expect("every change on the way is legal")
    }

    /// Its id.
    pub fn id(&self) -> OrderId {
        let mut random = [0; 10];
        random[2..].copy_from_slice(&self.nth.to_be_bytes());
        OrderId::new(self.captured_at, random)
    }

    fn reach(&self, state: State) -> Result<Changed, Refusal> {
        match before(state) {
            None if state == State::Draft => Ok(self.drafted()),
            None => Ok(self.captured()),
            Some(before) => self.arrive(self.reach(before)?, state),
        }
    }

    fn captured(&self) -> Changed {
        Changed::captured(self.id(), self.capture(), &By::new(self.buyer(), self.captured_at)).expect("the fact is a capture")
    }

    fn drafted(&self) -> Changed {
        Changed::drafted(self.id(), self.capture(), &By::new(self.buyer(), self.captured_at)).expect("the fact is a capture")
    }

    fn capture(&self) -> Fact {
        Fact::Captured { customer_id: self.customer.clone(), currency: self.currency, total: self.total }
    }

    fn buyer(&self) -> Actor {
        Actor::new(ActorKind::Customer, self.customer.to_string())
    }

    /// One state further, from the one that [`before`] names.
    fn arrive(&self, order: Changed, state: State) -> Result<Changed, Refusal> {
        let now = order.order.changed_at + self.step;
        let report = order.order.seq;
        let by = |actor| By::new(actor, now);
        let system = by(Actor::system("test"));
        let gateway = by(Actor::new(ActorKind::Gateway, "fake"));
        let carrier = by(Actor::new(ActorKind::Carrier, "dhl"));
        let customer = by(self.buyer());
        let scored = |score| Fact::Scored { score, band: Band::of(score), report };
        match state {
            State::Draft | State::PendingPayment => Ok(order),
            State::PaymentFailed => {
                let fact = Fact::PaymentDeclined { code: "generic_decline".to_owned(), hard: false };
                order.go_knowing(Trigger::PaymentDeclined, fact, &gateway)
            }
            State::PaymentAuthorized => {
                let fact = Fact::PaymentAuthorized { amount: self.total };
                order.go_knowing(Trigger::PaymentAuthorized, fact, &gateway)
            }
            State::Validating => order.go(Trigger::ValidationStarted, &system),
            State::ValidationFailed => {
                let checks = vec![7];
                let fact = Fact::ChecksFailed { report, checks };
                order.go_knowing(Trigger::CheckFailedOrRiskVeryHigh, fact, &system)
            }
            State::FraudReview => order.learn(Fact::ChecksPassed { report, doubts: vec![] }, &system)?.go_knowing(
                Trigger::RiskMediumOrHigh,
                scored(60),
                &system,
            ),
            State::Confirmed => order.learn(Fact::ChecksPassed { report, doubts: vec![] }, &system)?.go_knowing(
                Trigger::ChecksPassedAndLowRisk,
                scored(5),
                &system,
            ),
            State::Routing => order.go(Trigger::RoutingStarted, &system),
            State::Routed => {
                let parts = (1..).zip(self.vendors.iter().cloned()).collect();
                let fact = Fact::Assigned { report, parts };
                order.go_knowing(Trigger::VendorsAssigned, fact, &system)
            }
            State::PendingFulfillment => {
                order.learn(Fact::PaymentCaptured { amount: self.total }, &gateway)?.go(Trigger::VendorsNotified, &system)
            }
            State::VendorAccepted => self.parts(order, Trigger::VendorAccepted, None),
            State::VendorRejected => self.parts(order, Trigger::VendorRejectedOrSlaMissed, None),
            State::Picking => self.parts(order, Trigger::PickingStarted, None),
            State::Packing => self.parts(order, Trigger::PickingCompleted, None),
            State::ReadyToShip => self.parts(order, Trigger::PackingCompleted, None),
            State::Shipped => {
                let shipped = self.parts(order, Trigger::CarrierPickedUp, Some(&carrier))?;
                // The machine takes the goods off the books at once.
                (1..).zip(&self.vendors).try_fold(shipped, |order, (no, _)| order.learn(Fact::PartLeft { no }, &system))
            }
            State::InTransit => self.parts(order, Trigger::CarrierScan, Some(&carrier)),
            State::OutForDelivery => self.parts(order, Trigger::OutForDelivery, Some(&carrier)),
            State::Delivered => self.parts(order, Trigger::Delivered, Some(&carrier)),
            State::DeliveryFailed => self.parts(order, Trigger::AttemptFailed, Some(&carrier)),
            State::Cancelled => order.cancel(&customer),
            State::Returned => self.parts(order, Trigger::ReturnReceived, None),
        }
    }

    /// The same change for every part, by its vendor unless somebody else is named.
    fn parts(&self, order: Changed, trigger: Trigger, by: Option<&By>) -> Result<Changed, Refusal> {
        let now = order.order.changed_at + self.step;
        (1..).zip(&self.vendors).try_fold(order, |order, (no, vendor)| {
            let vendor = Actor::new(ActorKind::Vendor, vendor.to_string());
            let vendor = By::new(vendor, now);
            order.go_part(no, trigger, by.unwrap_or(&vendor))
        })
    }
}

/// The state from which a built order comes to this one; `None` for the first.
fn before(state: State) -> Option<State> {
    match state {
        State::Draft | State::PendingPayment => None,
        State::PaymentFailed | State::PaymentAuthorized => Some(State::PendingPayment),
        State::Validating => Some(State::PaymentAuthorized),
        State::ValidationFailed | State::FraudReview | State::Confirmed => Some(State::Validating),
        State::Routing | State::Cancelled => Some(State::Confirmed),
        State::Routed => Some(State::Routing),
        State::PendingFulfillment => Some(State::Routed),
        State::VendorAccepted | State::VendorRejected => Some(State::PendingFulfillment),
        State::Picking => Some(State::VendorAccepted),
        State::Packing => Some(State::Picking),
        State::ReadyToShip => Some(State::Packing),
        State::Shipped => Some(State::ReadyToShip),
        State::InTransit => Some(State::Shipped),
        State::OutForDelivery => Some(State::InTransit),
        State::Delivered | State::DeliveryFailed => Some(State::OutForDelivery),
        State::Returned => Some(State::Delivered),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oms_domain::history;

    const BUILT: [State; 23] = [
        State::Draft,
        State::PendingPayment,
        State::PaymentFailed,
        State::PaymentAuthorized,
        State::Validating,
        State::ValidationFailed,
        State::FraudReview,
        State::Confirmed,
        State::Routing,
        State::Routed,
        State::PendingFulfillment,
        State::VendorAccepted,
        State::VendorRejected,
        State::Picking,
        State::Packing,
        State::ReadyToShip,
        State::Shipped,
        State::InTransit,
        State::OutForDelivery,
        State::Delivered,
        State::DeliveryFailed,
        State::Cancelled,
        State::Returned,
    ];

    #[test]
    fn every_state_can_be_built_and_replays() {
        for state in BUILT {
            let built = an_order().vendors(&["ven-1", "ven-2"]).at(state).build();
            assert_eq!(built.order.state, state);
            assert_eq!(history::replay(built.order.id, &built.entries), Ok(built.order), "{state}");
        }
    }
}
