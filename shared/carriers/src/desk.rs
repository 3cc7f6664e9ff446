//! Buying each label once, whatever crashes: the intention is written down, then the carrier is called, then its answer is written down.
//!
//! A run that finds an intention without answer does not know whether a label was bought. It asks the carrier by our reference first, and buys only
//! where the carrier knows of nothing; a label that the carrier knows of and does not give again is given back before another is bought. Where it
//! cannot be given back, its number is all there is, and the label is printed in the carrier's own portal: never is there a second one.

use jiff::SignedDuration;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use oms_domain::OrderId;
use oms_domain::history::{Entry, Fact};
use oms_ports::carrier::{Artwork, Booking, Found, Label, LabelRequest, Labels, PickupRequest};
use oms_ports::effects::{Begun, EffectKey, Effects};
use oms_ports::{Clock, PortError, StepError};

/// How long a run keeps an effect to itself: longer than its function may run, so that no two runs ever call at once.
pub const LEASE: SignedDuration = SignedDuration::from_secs(35);

/// Most packages that one vendor makes of a part. A part that is sourced again counts on from there, so that no vendor is ever given the label of
/// the vendor before.
pub const PACKAGES: u8 = 20;

/// How many packages of a part were other vendors': those numbers are not this vendor's.
pub fn packages_before(history: &[Entry], part: u8) -> u8 {
    let assigned = |entry: &&Entry| matches!(&entry.fact, Some(Fact::Assigned { parts, .. }) if parts.iter().any(|(no, _)| *no == part));
    let times = history.iter().filter(assigned).count().saturating_sub(1);
    u8::try_from(times).unwrap_or(u8::MAX).saturating_mul(PACKAGES)
}

/// A package of a part of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Of which order.
    pub order: OrderId,
    /// Of which part.
    pub part: u8,
    /// Number within the part, from 1.
    pub package: u8,
}

/// A label that was bought, as its effect keeps it. No personal data: what is printed is sealed elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bought {
    /// The carrier's code.
    pub carrier: String,
    /// Our reference there.
    pub reference: String,
    /// The shipment.
    #[serde(flatten)]
    pub booking: Booking,
    /// Whether there is something to print; else the carrier gave the label to nobody that kept it, and its portal prints it.
    pub printable: bool,
}

/// What became of giving a label back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Returned {
    /// It is void.
    Voided,
    /// The carrier does not take it back.
    Kept {
        /// The carrier's code.
        code: String,
    },
}

/// What became of booking a pick-up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Fetched {
    /// The carrier comes.
    Booked {
        /// Its confirmation.
        confirmation: String,
    },
    /// The carrier did not answer, and no carrier tells its pick-ups by our reference: booked again, a driver might come twice, at our cost.
    Unknown,
}

/// Makes effects at a carrier, each once.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    /// The carrier's code.
    pub carrier: &'a str,
    /// The carrier.
    pub labels: &'a dyn Labels,
    /// Where intentions and answers are written down.
    pub effects: &'a dyn Effects,
    /// For leases.
    pub clock: &'a dyn Clock,
}

impl Desk<'_> {
    /// The label of a package: bought now, or by an earlier run. What is printed from is kept by `keep` before the answer is written down.
    ///
    /// # Errors
    /// [`StepError::Refused`] where the carrier says no, after which another request may be made; [`StepError::InProgress`] while another
    /// run is at it; [`StepError::Unavailable`] where it is not known what became of it.
    pub async fn buy(
        &self,
        place: Place,
        request: &LabelRequest,
        keep: impl AsyncFnOnce(&Artwork) -> Result<(), PortError>,
    ) -> Result<Bought, StepError> {
        let key = EffectKey::Label { part: place.part, package: place.package };
        let now = self.clock.now();
        let asked = match self.effects.begin(place.order, &key, now, now + LEASE).await? {
            Begun::Done(outcome) => return outcome_of(&key, outcome),
            Begun::Held => return Err(StepError::InProgress),
            Begun::Mine => self.labels.buy(request).await.map(Known::Whole),
            Begun::Unsure => self.recovered(request).await,
        };
        let kept = match asked {
            Ok(Known::Whole(Label { booking, artwork })) => keep(&artwork).await.map(|()| (booking, true)),
            Ok(Known::Number(booking)) => Ok((booking, false)),
            Err(error) => Err(error),
        };
        match kept {
            Ok((booking, printable)) => {
                let bought = Bought { carrier: self.carrier.to_owned(), reference: request.reference.clone(), booking, printable };
                self.finish(place.order, &key, &bought).await.map(|()| bought)
            }
            Err(error) => {
                self.let_go(place.order, &key, &error).await;
                Err(error.into())
            }
        }
    }

    /// The label that an earlier run may have bought.
    async fn recovered(&self, request: &LabelRequest) -> Result<Known, PortError> {
        match self.labels.find(request).await? {
            Found::Label(label) => Ok(Known::Whole(label)),
            Found::WithoutLabel(booking) if !self.labels.abilities().voids => Ok(Known::Number(booking)),
            Found::WithoutLabel(booking) => {
                self.labels.void(&booking).await?;
                self.labels.buy(request).await.map(Known::Whole)
            }
            Found::Nothing => self.labels.buy(request).await.map(Known::Whole),
        }
    }

    /// Gives a label back, once. Doing it twice at the carrier is doing it once, so an answer that was lost is asked for again.
    ///
    /// # Errors
    /// As [`Self::buy`], but a no of the carrier is an answer.
    pub async fn void(&self, place: Place, booking: &Booking) -> Result<Returned, StepError> {
        let key = EffectKey::VoidLabel { part: place.part, package: place.package };
        let now = self.clock.now();
        match self.effects.begin(place.order, &key, now, now + LEASE).await? {
            Begun::Done(outcome) => return outcome_of(&key, outcome),
            Begun::Held => return Err(StepError::InProgress),
            Begun::Mine | Begun::Unsure => {}
        }
        let returned = match self.labels.void(booking).await {
            Ok(()) => Returned::Voided,
            Err(PortError::Refused { code, .. }) => Returned::Kept { code },
            Err(error) => {
                self.let_go(place.order, &key, &error).await;
                return Err(error.into());
            }
        };
        self.finish(place.order, &key, &returned).await.map(|()| returned)
    }

    /// Has a part fetched, once.
    ///
    /// # Errors
    /// As [`Self::buy`].
    pub async fn fetch(&self, order: OrderId, part: u8, request: &PickupRequest) -> Result<Fetched, StepError> {
        let key = EffectKey::Pickup(part);
        let now = self.clock.now();
        let answer = match self.effects.begin(order, &key, now, now + LEASE).await? {
            Begun::Done(outcome) => return outcome_of(&key, outcome),
            Begun::Held => return Err(StepError::InProgress),
            Begun::Mine => self.labels.book_pickup(request).await.map(|confirmation| Fetched::Booked { confirmation }),
            Begun::Unsure => Ok(Fetched::Unknown),
        };
        match answer {
            Ok(fetched) => self.finish(order, &key, &fetched).await.map(|()| fetched),
            Err(error) => {
                self.let_go(order, &key, &error).await;
                Err(error.into())
            }
        }
    }

    /// After a failure: a definite no, and being asked to slow down, took no effect, and the effect is free again; anything else leaves it in
    /// doubt. The failure of the call matters more than a second one here: the lease then ends by itself.
    async fn let_go(&self, order: OrderId, key: &EffectKey, error: &PortError) {
        let none = matches!(error, PortError::Refused { .. } | PortError::Throttled(oms_ports::Party::Carrier));
        let _ = if none { self.effects.abandon(order, key).await } else { self.effects.doubt(order, key).await };
    }

    async fn finish(&self, order: OrderId, key: &EffectKey, outcome: &impl Serialize) -> Result<(), StepError> {
        let outcome = serde_json::to_value(outcome).map_err(|error| StepError::Bug(format!("the outcome of {key}: {error}")))?;
        Ok(self.effects.finish(order, key, &outcome).await?)
    }
}

/// What is known of a label: all, or its number.
enum Known {
    Whole(Label),
    Number(Booking),
}

/// The stored outcome of an effect.
///
/// # Errors
/// [`StepError::Bug`] where it does not parse.
pub fn outcome_of<T: DeserializeOwned>(key: &EffectKey, outcome: serde_json::Value) -> Result<T, StepError> {
    serde_json::from_value(outcome).map_err(|error| StepError::Bug(format!("the outcome of {key} does not parse: {error}")))
}
