//! The ways of goods to the customer: out of which warehouse, with which carrier's service, and when.
//!
//! They are laid out once for all rules: a rule only says which of them it does not let pass.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use oms_contract::reference::{RateCard, Vendor, Warehouse, Zone};
use oms_domain::document::Speed;

use crate::address::Judgement;
use crate::address::places::Point;
use crate::dates::{Country, Dates, Journey, WorkingDays};
use crate::facts::Fetched;

/// A way of goods to the customer.
#[derive(Debug, Clone, Copy)]
pub struct Way<'a> {
    /// Who sends them.
    pub vendor: &'a Vendor,
    /// Where they leave from.
    pub warehouse: &'a Warehouse,
    /// The carrier's service.
    pub card: &'a RateCard,
    /// The card's zone for this relation.
    pub zone: &'a Zone,
    /// When they leave and arrive; `None` where that cannot be reckoned.
    pub dates: Option<Dates>,
}

/// The ways out of a warehouse.
#[derive(Debug, Clone)]
pub(crate) struct Exit<'a> {
    /// At the speed that was chosen, in the order of the rate cards.
    pub(crate) ways: Vec<Way<'a>>,
    /// Whether there is one at any speed.
    pub(crate) is_open: bool,
}

/// What all ways of an order have in common.
#[derive(Debug)]
pub(crate) struct Ways<'a> {
    placed_at: Timestamp,
    country: &'a str,
    to: Point,
    speed: Speed,
    /// Those that serve the destination.
    cards: Vec<&'a RateCard>,
    working: WorkingDays,
    /// When people work there.
    destination: Arc<Country>,
}

impl<'a> Ways<'a> {
    /// The ways to the destination of the order; `None` where it is not on the map.
    pub(crate) fn to(fetched: &'a Fetched, destination: &Judgement) -> Option<Self> {
        let to = destination.geocode.as_ref()?;
        let (country, region) = (fetched.document.destination.as_str(), destination.region.as_deref());
        let postcode = fetched.personal.as_ref().and_then(|personal| personal.shipping_address.postcode.as_deref());
        let serves = |card: &&RateCard| card.service_rules.not_in.iter().all(|area| !area.holds(country, region, postcode));
        let working = WorkingDays::from(fetched.placed_at.to_zoned(TimeZone::UTC).date());
        Some(Self {
            placed_at: fetched.placed_at,
            country,
            to: Point { lat: to.lat, lon: to.lon },
            speed: fetched.document.speed,
            cards: fetched.rates.iter().filter(serves).collect(),
            destination: working.of(country),
            working,
        })
    }

    /// Those out of a vendor's warehouse.
    pub(crate) fn out_of(&self, vendor: &'a Vendor, warehouse: &'a Warehouse) -> Exit<'a> {
        let km = whole_km(Point { lat: warehouse.lat, lon: warehouse.lon }.km_to(self.to));
        let zone = |card: &'a RateCard| card.zone(&warehouse.country, self.country, km);
        let journey = Journey::from(warehouse, self.placed_at, &self.working);
        let chosen = self.cards.iter().filter(|card| card.service == self.speed);
        let ways: Vec<Way<'a>> = chosen
            .filter_map(|card| {
                let zone = zone(card)?;
                let dates = journey.as_ref().and_then(|journey| journey.to(&self.destination, zone.working_days()));
                Some(Way { vendor, warehouse, card, zone, dates })
            })
            .collect();
        let is_open = !ways.is_empty() || self.cards.iter().any(|card| zone(card).is_some());
        Exit { ways, is_open }
    }
}

/// Of a begun kilometre too. Half the way round the world is the most there is.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "distances on the globe")]
fn whole_km(km: f64) -> u32 {
    km.ceil().clamp(0.0, 20_100.0) as u32
}
