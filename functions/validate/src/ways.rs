//! The ways of goods to the customer: out of which warehouse, with which carrier's service, and when.
//!
//! They are laid out once for all rules: a rule only says which of them it does not let pass.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use oms_contract::record::Geocode;
use oms_contract::reference::{RateCard, Vendor, Warehouse, Zone};
use oms_domain::{VendorId, WarehouseId};
use oms_ports::stock::Source;

use crate::address::Judgement;
use crate::address::places::Point;
use crate::dates::{Dates, Journey, WorkingDays};
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

/// A way out of a warehouse: places of card and zone in the rate cards.
#[derive(Debug, Clone, Copy)]
struct Leg {
    card: usize,
    zone: usize,
    dates: Option<Dates>,
}

/// The ways out of every warehouse that has something of the order.
#[derive(Debug, Clone, Default)]
pub struct Ways {
    legs: BTreeMap<VendorId, BTreeMap<WarehouseId, Vec<Leg>>>,
}

impl Ways {
    /// Lays the ways out for an order placed at this moment. There are none to a destination that is not on the map.
    pub fn of(placed_at: Timestamp, fetched: &Fetched, destination: &Judgement) -> Self {
        let Some(to) = &destination.geocode else {
            return Self::default();
        };
        let mut working = WorkingDays::from(placed_at.to_zoned(TimeZone::UTC).date());
        let mut legs: BTreeMap<VendorId, BTreeMap<WarehouseId, Vec<Leg>>> = BTreeMap::new();
        for vendor in &fetched.vendors {
            for warehouse in &vendor.warehouses {
                let is_source = |source: &Source| source.vendor_id == vendor.vendor_id && source.warehouse_id == warehouse.warehouse_id;
                if fetched.sources.iter().any(is_source) {
                    let found = legs_out_of(warehouse, to, placed_at, fetched, destination, &mut working);
                    legs.entry(vendor.vendor_id.clone()).or_default().insert(warehouse.warehouse_id.clone(), found);
                }
            }
        }
        Self { legs }
    }

    /// The ways of a source's goods, with the rate cards they were laid out with.
    pub(crate) fn out_of<'a>(&'a self, source: &Source, vendor: &'a Vendor, cards: &'a [RateCard]) -> impl Iterator<Item = Way<'a>> {
        let warehouse = vendor.warehouses.iter().find(|warehouse| warehouse.warehouse_id == source.warehouse_id);
        let legs = self.legs.get(&vendor.vendor_id).and_then(|legs| legs.get(&source.warehouse_id));
        warehouse.zip(legs).into_iter().flat_map(move |(warehouse, legs)| {
            legs.iter().filter_map(move |leg| {
                let card = cards.get(leg.card)?;
                Some(Way { vendor, warehouse, card, zone: card.zones.get(leg.zone)?, dates: leg.dates })
            })
        })
    }
}

fn legs_out_of(
    warehouse: &Warehouse,
    to: &Geocode,
    placed_at: Timestamp,
    fetched: &Fetched,
    destination: &Judgement,
    working: &mut WorkingDays,
) -> Vec<Leg> {
    let country = fetched.document.destination.as_str();
    let postcode = fetched.personal.as_ref().and_then(|personal| personal.shipping_address.postcode.as_deref());
    let km = whole_km(Point { lat: warehouse.lat, lon: warehouse.lon }.km_to(Point { lat: to.lat, lon: to.lon }));
    let journey = Journey::from(warehouse, placed_at, working);
    let served =
        |card: &RateCard| card.service_rules.not_in.iter().all(|area| !area.holds(country, destination.region.as_deref(), postcode));
    let cards = fetched.rates.iter().enumerate().filter(|(_, card)| served(card));
    cards
        .filter_map(|(index, card)| {
            let zone = card.zone(&warehouse.country, country, km)?;
            let dates = journey.as_ref().and_then(|journey| journey.to(country, zone.working_days(), working));
            Some(Leg { card: index, zone: card.zones.iter().position(|row| std::ptr::eq(row, zone))?, dates })
        })
        .collect()
}

/// Of a begun kilometre too. Half the way round the world is the most there is.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "distances on the globe")]
fn whole_km(km: f64) -> u32 {
    km.ceil().clamp(0.0, 20_100.0) as u32
}
