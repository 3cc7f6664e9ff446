//! Carriers.

use std::fmt;

use async_trait::async_trait;
use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};

use oms_contract::record::Tracked;
use oms_domain::Money;
use oms_domain::address::Address;
use oms_domain::document::Speed;
use oms_domain::shipping::Parcel;

use crate::error::PortError;

/// A carrier's tracking.
#[async_trait]
pub trait Tracking: Send + Sync {
    /// All events the carrier knows of a number, oldest first, mapped to canonical events; empty where it knows none yet.
    /// `part` and `package` of the events are 0: whose they are, the caller knows.
    async fn track(&self, number: &str) -> Result<Vec<Tracked>, PortError>;
}

/// One end of a shipment, with whom to ask there.
#[derive(Clone, PartialEq, Eq)]
pub struct Contact {
    /// Name, street, town.
    pub address: Address,
    /// For the driver.
    pub phone: Option<String>,
    /// For the carrier's own notices.
    pub email: Option<String>,
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Contact(redacted)")
    }
}

/// A parcel to be carried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelRequest {
    /// Ours, the same however often the label is asked for, and of this parcel alone; 1 to 30 letters, digits and `-`. The carrier keeps it
    /// with the shipment: by it a label is found whose answer was lost.
    pub reference: String,
    /// How fast.
    pub service: Speed,
    /// From where.
    pub from: Contact,
    /// Where to.
    pub to: Contact,
    /// Weight and size.
    pub parcel: Parcel,
    /// What is in it, in words for customs: no names.
    pub contents: String,
    /// What it is worth.
    pub value: Money,
    /// When it is handed over, at the warehouse.
    pub ship_on: Date,
}

/// What a label is printed from.
#[derive(Clone, PartialEq, Eq)]
pub enum Artwork {
    /// The carrier's document.
    Pdf(Vec<u8>),
    /// The carrier's picture.
    Png(Vec<u8>),
    /// The carrier gives data alone: the label is drawn from the number, the addresses, and these captions and texts.
    Data(Vec<(String, String)>),
}

impl fmt::Debug for Artwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pdf(_) => "Pdf(redacted)",
            Self::Png(_) => "Png(redacted)",
            Self::Data(_) => "Data(redacted)",
        })
    }
}

/// A shipment at the carrier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booking {
    /// The number that the parcel is tracked by.
    pub tracking_number: String,
    /// What the carrier calls the shipment where it is cancelled; often the tracking number.
    pub shipment: String,
    /// What the carrier charges, where it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Money>,
}

/// A label that was bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The shipment.
    pub booking: Booking,
    /// What it is printed from.
    pub artwork: Artwork,
}

/// What a carrier knows of a reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Nothing: no label was bought under it.
    Nothing,
    /// The label.
    Label(Label),
    /// A shipment whose label the carrier does not give again.
    WithoutLabel(Booking),
}

/// Parcels to be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PickupRequest {
    /// Ours, the same however often it is asked for.
    pub reference: String,
    /// From where.
    pub from: Contact,
    /// Numbers of the parcels.
    pub numbers: Vec<String>,
    /// How fast they go.
    pub service: Speed,
    /// Where the first of them goes: ISO 3166-1 alpha-2.
    pub to_country: String,
    /// All of them together.
    pub grams: u64,
    /// On which day, at the warehouse.
    pub on: Date,
    /// From when on they are ready, and until when somebody is there: local time.
    pub between: (Time, Time),
}

/// What a carrier's interface offers beside buying.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Abilities {
    /// A label can be given back.
    pub voids: bool,
    /// A pick-up can be booked. Where not, parcels are fetched by contract or brought.
    pub pickups: bool,
}

/// A carrier's labels. A definite no is [`PortError::Refused`] with the carrier's own code; whatever leaves it open whether a label was
/// made is [`PortError::Unavailable`] or [`PortError::Corrupt`], after which the carrier is asked by [`Labels::find`] before anything is bought again.
#[async_trait]
pub trait Labels: Send + Sync {
    /// What it can do.
    fn abilities(&self) -> Abilities;

    /// Buys a label.
    async fn buy(&self, request: &LabelRequest) -> Result<Label, PortError>;

    /// The label that was bought under the request's reference, if any.
    async fn find(&self, request: &LabelRequest) -> Result<Found, PortError>;

    /// Gives a label back that was not used. One that was given back before is a success.
    async fn void(&self, booking: &Booking) -> Result<(), PortError>;

    /// Books a pick-up; the carrier's confirmation number.
    async fn book_pickup(&self, request: &PickupRequest) -> Result<String, PortError>;
}
