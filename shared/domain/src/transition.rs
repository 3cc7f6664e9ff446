//! The 47 transitions, as one table. Anything not in it cannot happen.

use serde::{Deserialize, Serialize};

use crate::actor::ActorKind::{self, Carrier, Customer, Gateway, Operator, System, Vendor};
use crate::state::State;

/// What sort of step a transition is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Kind {
    /// Automatic, event-driven.
    Forward,
    /// By a customer's, vendor's or operator's action.
    Backward,
    /// Cancellation or failure, by hand or by time-out.
    Exit,
}

/// What makes an order move. The same trigger may leave several states.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, strum::Display, strum::EnumString, strum::EnumIter,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Trigger {
    /// `order_submitted`.
    OrderSubmitted,
    /// `draft_discarded_or_expired`.
    DraftDiscardedOrExpired,
    /// `payment_authorized`.
    PaymentAuthorized,
    /// `payment_declined`.
    PaymentDeclined,
    /// `cancelled_or_timed_out`.
    CancelledOrTimedOut,
    /// `payment_retried`.
    PaymentRetried,
    /// `validation_started`.
    ValidationStarted,
    /// `checks_passed_and_low_risk`.
    ChecksPassedAndLowRisk,
    /// `risk_medium_or_high`.
    RiskMediumOrHigh,
    /// `check_failed_or_risk_very_high`.
    CheckFailedOrRiskVeryHigh,
    /// `order_corrected`.
    OrderCorrected,
    /// `review_cleared`.
    ReviewCleared,
    /// `other_payment_required`.
    OtherPaymentRequired,
    /// `review_rejected_or_timed_out`.
    ReviewRejectedOrTimedOut,
    /// `routing_started`.
    RoutingStarted,
    /// `vendors_assigned`.
    VendorsAssigned,
    /// `no_feasible_route_or_cancelled`.
    NoFeasibleRouteOrCancelled,
    /// `vendors_notified`.
    VendorsNotified,
    /// `stock_lost_before_reservation`.
    StockLostBeforeReservation,
    /// `authorization_expired_or_capture_failed`.
    AuthorizationExpiredOrCaptureFailed,
    /// `vendor_accepted`.
    VendorAccepted,
    /// `vendor_rejected_or_sla_missed`.
    VendorRejectedOrSlaMissed,
    /// `resourcing_started`.
    ResourcingStarted,
    /// `no_alternative_or_cancelled`.
    NoAlternativeOrCancelled,
    /// `picking_started`.
    PickingStarted,
    /// `vendor_withdrew`.
    VendorWithdrew,
    /// `cancelled`.
    Cancelled,
    /// `picking_completed`.
    PickingCompleted,
    /// `short_pick_or_damage`.
    ShortPickOrDamage,
    /// `packing_completed`.
    PackingCompleted,
    /// `quality_check_failed`.
    QualityCheckFailed,
    /// `carrier_picked_up`.
    CarrierPickedUp,
    /// `carrier_scan`.
    CarrierScan,
    /// `out_for_delivery`.
    OutForDelivery,
    /// `lost_damaged_or_undeliverable`.
    LostDamagedOrUndeliverable,
    /// `delivered`.
    Delivered,
    /// `attempt_failed`.
    AttemptFailed,
    /// `redelivery`.
    Redelivery,
    /// `returned_to_sender`.
    ReturnedToSender,
    /// `return_received`.
    ReturnReceived,
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition {
    /// Its number, 1 to 47.
    pub n: u8,
    /// Where it leaves.
    pub from: State,
    /// Where it arrives.
    pub to: State,
    /// What makes it happen; unique per `from`.
    pub trigger: Trigger,
    /// What sort of step it is.
    pub kind: Kind,
    /// Who may trigger it.
    pub actors: &'static [ActorKind],
}

impl Transition {
    /// The row by which `actor` takes an order from `from` by `trigger`. Whoever knows all three writes it as a constant: a step that the table does not have, or not
    /// for that actor, does not compile.
    ///
    /// ```
    /// use oms_domain::{ActorKind, State};
    /// use oms_domain::transition::{Transition, Trigger};
    ///
    /// const ACCEPTED: Transition = Transition::of(State::PendingFulfillment, Trigger::VendorAccepted, ActorKind::Vendor);
    /// ```
    /// ```compile_fail
    /// # use oms_domain::{ActorKind, State};
    /// # use oms_domain::transition::{Transition, Trigger};
    /// // Only a carrier says that a parcel is delivered.
    /// const DELIVERED: Transition = Transition::of(State::OutForDelivery, Trigger::Delivered, ActorKind::Vendor);
    /// ```
    ///
    /// # Panics
    /// Where there is no such row: in a constant, an error of the compiler.
    #[expect(clippy::panic, reason = "an error of the compiler where this is used")]
    pub const fn of(from: State, trigger: Trigger, actor: ActorKind) -> Self {
        let mut n = 0;
        while n < TRANSITIONS.len() {
            let row = TRANSITIONS[n];
            if row.from as u8 == from as u8 && row.trigger as u8 == trigger as u8 && row.is_for(actor) {
                return row;
            }
            n += 1;
        }
        panic!("the table has no such transition, or not for that actor")
    }

    const fn is_for(&self, actor: ActorKind) -> bool {
        let mut n = 0;
        while n < self.actors.len() {
            if self.actors[n] as u8 == actor as u8 {
                return true;
            }
            n += 1;
        }
        false
    }
}

const fn row(n: u8, from: State, to: State, trigger: Trigger, kind: Kind, actors: &'static [ActorKind]) -> Transition {
    Transition { n, from, to, trigger, kind, actors }
}

/// Every transition there is.
#[rustfmt::skip]
pub const TRANSITIONS: [Transition; 47] = [
    row(1, State::Draft, State::PendingPayment, Trigger::OrderSubmitted, Kind::Forward, &[Customer]),
    row(2, State::Draft, State::Cancelled, Trigger::DraftDiscardedOrExpired, Kind::Exit, &[Customer, System]),
    row(3, State::PendingPayment, State::PaymentAuthorized, Trigger::PaymentAuthorized, Kind::Forward, &[Gateway]),
    row(4, State::PendingPayment, State::PaymentFailed, Trigger::PaymentDeclined, Kind::Forward, &[Gateway]),
    row(5, State::PendingPayment, State::Cancelled, Trigger::CancelledOrTimedOut, Kind::Exit, &[Customer, Operator, System]),
    row(6, State::PaymentFailed, State::PendingPayment, Trigger::PaymentRetried, Kind::Backward, &[Customer, System]),
    row(7, State::PaymentFailed, State::Cancelled, Trigger::CancelledOrTimedOut, Kind::Exit, &[Customer, Operator, System]),
    row(8, State::PaymentAuthorized, State::Validating, Trigger::ValidationStarted, Kind::Forward, &[System]),
    row(9, State::Validating, State::Confirmed, Trigger::ChecksPassedAndLowRisk, Kind::Forward, &[System]),
    row(10, State::Validating, State::FraudReview, Trigger::RiskMediumOrHigh, Kind::Forward, &[System]),
    row(11, State::Validating, State::ValidationFailed, Trigger::CheckFailedOrRiskVeryHigh, Kind::Forward, &[System]),
    row(12, State::ValidationFailed, State::Validating, Trigger::OrderCorrected, Kind::Backward, &[Customer, Operator]),
    row(13, State::ValidationFailed, State::Cancelled, Trigger::CancelledOrTimedOut, Kind::Exit, &[Customer, Operator, System]),
    row(14, State::FraudReview, State::Confirmed, Trigger::ReviewCleared, Kind::Forward, &[Customer, Operator]),
    row(15, State::FraudReview, State::PendingPayment, Trigger::OtherPaymentRequired, Kind::Backward, &[Operator]),
    row(16, State::FraudReview, State::Cancelled, Trigger::ReviewRejectedOrTimedOut, Kind::Exit, &[Customer, Operator, System]),
    row(17, State::Confirmed, State::Routing, Trigger::RoutingStarted, Kind::Forward, &[System]),
    row(18, State::Confirmed, State::Cancelled, Trigger::CancelledOrTimedOut, Kind::Exit, &[Customer, Operator, System]),
    row(19, State::Routing, State::Routed, Trigger::VendorsAssigned, Kind::Forward, &[System]),
    row(20, State::Routing, State::Cancelled, Trigger::NoFeasibleRouteOrCancelled, Kind::Exit, &[Customer, Operator, System]),
    row(21, State::Routed, State::PendingFulfillment, Trigger::VendorsNotified, Kind::Forward, &[System]),
    row(22, State::Routed, State::Routing, Trigger::StockLostBeforeReservation, Kind::Backward, &[System, Operator]),
    row(23, State::Routed, State::PaymentFailed, Trigger::AuthorizationExpiredOrCaptureFailed, Kind::Exit, &[Gateway]),
    row(24, State::PendingFulfillment, State::VendorAccepted, Trigger::VendorAccepted, Kind::Forward, &[Vendor, System]),
    row(25, State::PendingFulfillment, State::VendorRejected, Trigger::VendorRejectedOrSlaMissed, Kind::Exit, &[Vendor, System]),
    row(26, State::PendingFulfillment, State::Cancelled, Trigger::CancelledOrTimedOut, Kind::Exit, &[Customer, Operator, System]),
    row(27, State::VendorRejected, State::Routing, Trigger::ResourcingStarted, Kind::Backward, &[System, Operator]),
    row(28, State::VendorRejected, State::Cancelled, Trigger::NoAlternativeOrCancelled, Kind::Exit, &[Customer, Operator, System]),
    row(29, State::VendorAccepted, State::Picking, Trigger::PickingStarted, Kind::Forward, &[Vendor, System]),
    row(30, State::VendorAccepted, State::VendorRejected, Trigger::VendorWithdrew, Kind::Exit, &[Vendor]),
    row(31, State::VendorAccepted, State::Cancelled, Trigger::Cancelled, Kind::Exit, &[Customer, Operator]),
    row(32, State::Picking, State::Packing, Trigger::PickingCompleted, Kind::Forward, &[Vendor]),
    row(33, State::Picking, State::VendorRejected, Trigger::ShortPickOrDamage, Kind::Exit, &[Vendor]),
    row(34, State::Picking, State::Cancelled, Trigger::Cancelled, Kind::Exit, &[Customer, Operator]),
    row(35, State::Packing, State::ReadyToShip, Trigger::PackingCompleted, Kind::Forward, &[Vendor]),
    row(36, State::Packing, State::Picking, Trigger::QualityCheckFailed, Kind::Backward, &[Vendor]),
    row(37, State::Packing, State::Cancelled, Trigger::Cancelled, Kind::Exit, &[Customer, Operator]),
    row(38, State::ReadyToShip, State::Shipped, Trigger::CarrierPickedUp, Kind::Forward, &[Vendor, Carrier]),
    row(39, State::ReadyToShip, State::Cancelled, Trigger::Cancelled, Kind::Exit, &[Customer, Operator]),
    row(40, State::Shipped, State::InTransit, Trigger::CarrierScan, Kind::Forward, &[Carrier]),
    row(41, State::InTransit, State::OutForDelivery, Trigger::OutForDelivery, Kind::Forward, &[Carrier]),
    row(42, State::InTransit, State::DeliveryFailed, Trigger::LostDamagedOrUndeliverable, Kind::Exit, &[Carrier, Operator]),
    row(43, State::OutForDelivery, State::Delivered, Trigger::Delivered, Kind::Forward, &[Carrier]),
    row(44, State::OutForDelivery, State::DeliveryFailed, Trigger::AttemptFailed, Kind::Exit, &[Carrier]),
    row(45, State::DeliveryFailed, State::OutForDelivery, Trigger::Redelivery, Kind::Backward, &[Carrier, Customer]),
    row(46, State::DeliveryFailed, State::Returned, Trigger::ReturnedToSender, Kind::Exit, &[Carrier]),
    row(47, State::Delivered, State::Returned, Trigger::ReturnReceived, Kind::Backward, &[Customer, Vendor]),
];

/// The transition that `trigger` makes from `from`, if there is one.
pub fn find(from: State, trigger: Trigger) -> Option<&'static Transition> {
    TRANSITIONS.iter().find(|row| row.from == from && row.trigger == trigger)
}

/// The triggers that `actor` may use from `from`: what a refusal tells its caller.
pub fn allowed(from: State, actor: ActorKind) -> Vec<Trigger> {
    TRANSITIONS.iter().filter(|row| row.from == from && row.actors.contains(&actor)).map(|row| row.trigger).collect()
}

/// The trigger that cancels from `from`, if anything may.
pub fn cancelling(from: State) -> Option<Trigger> {
    TRANSITIONS.iter().find(|row| row.from == from && row.to == State::Cancelled).map(|row| row.trigger)
}

/// The transition by which `actor` cancels from `from`, if it may.
pub fn cancelled_by(from: State, actor: ActorKind) -> Option<&'static Transition> {
    TRANSITIONS.iter().find(|row| row.from == from && row.to == State::Cancelled && row.actors.contains(&actor))
}

/// Whether `actor` cannot cancel from `from`, but can from where the machine leads next by itself.
pub fn leads_out(from: State, actor: ActorKind) -> bool {
    let cancels = |state| cancelled_by(state, actor).is_some();
    let mut ways = vec![from];
    let mut next = 0;
    while let Some(at) = ways.get(next).copied() {
        if cancels(at) {
            return at != from;
        }
        let by_itself = TRANSITIONS.iter().filter(|row| row.from == at && row.kind == Kind::Forward && row.actors.contains(&System));
        ways.extend(by_itself.map(|row| row.to).filter(|to| !ways.contains(to)).collect::<Vec<_>>());
        next += 1;
    }
    false
}

/// The fewest transitions that lead `actor` alone from one state to another; none where they are the same, `None` where no way leads there.
pub fn shortest(from: State, to: State, actor: ActorKind) -> Option<Vec<&'static Transition>> {
    let mut ways: Vec<(State, Vec<&'static Transition>)> = vec![(from, Vec::new())];
    let mut next = 0;
    while let Some((at, way)) = ways.get(next).cloned() {
        if at == to {
            return Some(way);
        }
        for row in TRANSITIONS.iter().filter(|row| row.from == at && row.actors.contains(&actor)) {
            if ways.iter().all(|(seen, _)| *seen != row.to) {
                ways.push((row.to, way.iter().copied().chain([row]).collect()));
            }
        }
        next += 1;
    }
    None
}
