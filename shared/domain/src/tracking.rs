//! Canonical tracking events: what every carrier's own codes are mapped to, and what each does to a part of an order.

use serde::{Deserialize, Serialize};

use crate::state::State;

/// What happened to a shipment. Declared in the order of the table of events.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::EnumIter,
    strum::VariantNames,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Event {
    /// The order came in.
    OrderReceived,
    /// The order is accepted.
    OrderConfirmed,
    /// The money is reserved.
    PaymentAuthorized,
    /// The vendor prepares the shipment.
    VendorAccepted,
    /// The warehouse picks.
    PickingStarted,
    /// All is picked.
    PickingCompleted,
    /// The warehouse packs.
    PackingStarted,
    /// All is packed.
    PackingCompleted,
    /// The package has a label; nobody has moved it.
    LabelPrinted,
    /// The label will not be used.
    LabelVoided,
    /// The package waits for the carrier.
    ReadyForPickup,
    /// The carrier has the data of the shipment, not the shipment.
    CarrierNotified,
    /// A pick-up is booked.
    PickupScheduled,
    /// The carrier came for nothing.
    PickupFailed,
    /// The carrier has the package.
    PickedUp,
    /// On its way.
    InTransit,
    /// Handled at a facility.
    AtSortingFacility,
    /// Left a facility.
    DepartedFacility,
    /// Reached a facility.
    ArrivedAtFacility,
    /// Another carrier goes on with it.
    HandedToPartnerCarrier,
    /// Ready to leave the country.
    ExportScanned,
    /// Customs let it pass.
    CustomsCleared,
    /// Goes another way, or to another address.
    Rerouted,
    /// Position of the vehicle on the last mile.
    LocationPing,
    /// On the delivery vehicle.
    OutForDelivery,
    /// Waits for the customer at a locker or a shop.
    AvailableForCollection,
    /// An attempt failed; there will be another.
    DeliveryAttempted,
    /// It could not be delivered.
    DeliveryFailed,
    /// Will be tried on another day.
    DeliveryRescheduled,
    /// With the customer.
    Delivered,
    /// With a neighbour.
    DeliveredToNeighbour,
    /// The customer signed.
    SignedByRecipient,
    /// A picture proves the delivery.
    DeliveryPhotoTaken,
    /// The recipient proved the age.
    AgeCheckedAtDoor,
    /// Later than promised.
    Delayed,
    /// Held up by the weather.
    WeatherDelay,
    /// Held up at the carrier.
    CarrierDelay,
    /// Went to the wrong place.
    Missorted,
    /// Cannot be found.
    Lost,
    /// Broken on the way.
    Damaged,
    /// The address is wrong or incomplete.
    AddressCorrectionNeeded,
    /// The address was put right.
    AddressCorrected,
    /// Customs look at it.
    CustomsClearancePending,
    /// Somebody has to pay duties.
    CustomsDutiesDue,
    /// Customs do not let it pass.
    CustomsRefused,
    /// Nobody was there.
    RecipientUnavailable,
    /// The customer did not take it.
    RefusedByRecipient,
    /// Too warm or too cold on the way.
    TemperatureExcursion,
    /// Dropped or hit on the way.
    ShockDetected,
    /// Back at the sender.
    ReturnedToSender,
    /// The customer may send it back.
    ReturnLabelCreated,
    /// The carrier has the return.
    ReturnPickedUp,
    /// The return has arrived.
    ReturnReceived,
    /// The return was looked at.
    ReturnInspected,
    /// A code of the carrier that no rule knows; its code and text are kept.
    Unclassified,
}

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "snake_case")]
pub enum Level {
    /// The whole order.
    Order,
    /// A vendor's part.
    Shipment,
    /// One package.
    Package,
    /// One item in a package.
    Item,
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meaning {
    /// The event.
    pub event: Event,
    /// What it is about.
    pub level: Level,
    /// The state that it may bring its part to; `None` where it moves nothing.
    pub moves_to: Option<State>,
    /// Whether the customer is shown it as a milestone.
    pub customer: bool,
}

const fn row(event: Event, level: Level, moves_to: Option<State>, customer: bool) -> Meaning {
    Meaning { event, level, moves_to, customer }
}

/// The table: one row an event, at the event's own index.
#[rustfmt::skip]
pub const EVENTS: [Meaning; 55] = [
    // pre-shipment
    row(Event::OrderReceived, Level::Order, None, false),
    row(Event::OrderConfirmed, Level::Order, None, true),
    row(Event::PaymentAuthorized, Level::Order, None, false),
    row(Event::VendorAccepted, Level::Shipment, Some(State::VendorAccepted), false),
    row(Event::PickingStarted, Level::Shipment, Some(State::Picking), false),
    row(Event::PickingCompleted, Level::Shipment, None, false),
    row(Event::PackingStarted, Level::Shipment, Some(State::Packing), false),
    row(Event::PackingCompleted, Level::Shipment, Some(State::ReadyToShip), false),
    row(Event::LabelPrinted, Level::Package, None, false),
    row(Event::LabelVoided, Level::Package, None, false),
    row(Event::ReadyForPickup, Level::Package, Some(State::ReadyToShip), false),
    row(Event::CarrierNotified, Level::Package, None, false),
    row(Event::PickupScheduled, Level::Package, None, false),
    row(Event::PickupFailed, Level::Package, None, false),
    // in-transit
    row(Event::PickedUp, Level::Package, Some(State::Shipped), true),
    row(Event::InTransit, Level::Package, Some(State::InTransit), true),
    row(Event::AtSortingFacility, Level::Package, Some(State::InTransit), false),
    row(Event::DepartedFacility, Level::Package, Some(State::InTransit), false),
    row(Event::ArrivedAtFacility, Level::Package, Some(State::InTransit), false),
    row(Event::HandedToPartnerCarrier, Level::Package, Some(State::InTransit), false),
    row(Event::ExportScanned, Level::Package, Some(State::InTransit), false),
    row(Event::CustomsCleared, Level::Package, Some(State::InTransit), false),
    row(Event::Rerouted, Level::Package, None, false),
    row(Event::LocationPing, Level::Package, None, false),
    row(Event::OutForDelivery, Level::Package, Some(State::OutForDelivery), true),
    row(Event::AvailableForCollection, Level::Package, Some(State::OutForDelivery), true),
    row(Event::DeliveryAttempted, Level::Package, Some(State::DeliveryFailed), false),
    row(Event::DeliveryFailed, Level::Package, Some(State::DeliveryFailed), true),
    row(Event::DeliveryRescheduled, Level::Package, None, false),
    row(Event::Delivered, Level::Package, Some(State::Delivered), true),
    row(Event::DeliveredToNeighbour, Level::Package, Some(State::Delivered), false),
    row(Event::SignedByRecipient, Level::Package, Some(State::Delivered), false),
    row(Event::DeliveryPhotoTaken, Level::Package, None, false),
    row(Event::AgeCheckedAtDoor, Level::Package, None, false),
    // exception
    row(Event::Delayed, Level::Package, None, true),
    row(Event::WeatherDelay, Level::Package, None, false),
    row(Event::CarrierDelay, Level::Package, None, false),
    row(Event::Missorted, Level::Package, None, false),
    row(Event::Lost, Level::Package, Some(State::DeliveryFailed), false),
    row(Event::Damaged, Level::Package, Some(State::DeliveryFailed), false),
    row(Event::AddressCorrectionNeeded, Level::Package, None, false),
    row(Event::AddressCorrected, Level::Package, None, false),
    row(Event::CustomsClearancePending, Level::Package, None, false),
    row(Event::CustomsDutiesDue, Level::Package, None, false),
    row(Event::CustomsRefused, Level::Package, Some(State::DeliveryFailed), false),
    row(Event::RecipientUnavailable, Level::Package, None, false),
    row(Event::RefusedByRecipient, Level::Package, Some(State::DeliveryFailed), false),
    row(Event::TemperatureExcursion, Level::Item, None, false),
    row(Event::ShockDetected, Level::Item, None, false),
    row(Event::ReturnedToSender, Level::Package, Some(State::Returned), false),
    // return
    row(Event::ReturnLabelCreated, Level::Shipment, None, false),
    row(Event::ReturnPickedUp, Level::Package, None, false),
    row(Event::ReturnReceived, Level::Package, Some(State::Returned), false),
    row(Event::ReturnInspected, Level::Item, None, false),
    // other
    row(Event::Unclassified, Level::Package, None, false),
];

impl Event {
    /// The event's row.
    pub const fn meaning(self) -> Meaning {
        EVENTS[self as usize]
    }

    /// The state that it may bring its part to.
    pub const fn moves_to(self) -> Option<State> {
        self.meaning().moves_to
    }
}
