//! Whether a part was handed over and brought in time: pure, from what is on record.
//!
//! A vendor's time begins when it is told of the part, and ends with the working day on which the plan has it hand over: after the warehouse's handling, by its cut-off and
//! calendar. A carrier's begins when it takes the part, whoever is to blame for that day, and ends with the day on which its zone has it arrive. Days are those of the warehouse's clock, for
//! where the customer's door stands no zone is on file.
//!
//! When a part was handed over and delivered the carrier's scans say: of several packages, those of the last one. Where they have no time that can be read, it is when we learnt of
//! it. Which package is out of which warehouse is not on record: what is in time for one of the part's warehouses is taken to be in time.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use oms_contract::record::{Dossier, Package, PlannedShipment, Tracked};
use oms_contract::reference::{RateCard, Vendor, Warehouse};
use oms_domain::document::Speed;
use oms_domain::history::{Entry, Fact};
use oms_domain::shipping::holidays::WorkingDays;
use oms_domain::shipping::journey::{Journey, Origin};
use oms_domain::tracking::Event;
use oms_domain::{State, VendorId};

use crate::End;

/// What is known of a part whose journey has ended.
pub(crate) struct Records<'a> {
    /// Its number.
    pub(crate) part: u8,
    /// When we learnt of its end.
    pub(crate) ended_at: Timestamp,
    pub(crate) history: &'a [Entry],
    pub(crate) dossier: &'a Dossier,
    /// Country of the destination.
    pub(crate) to: &'a str,
    /// Its vendor, as long as it is on file.
    pub(crate) vendor: Option<&'a Vendor>,
    pub(crate) cards: &'a [RateCard],
}

impl Records<'_> {
    /// Whether its vendor handed it over late; `None` where nobody knows when it was due.
    pub(crate) fn is_handed_over_late(&self, vendor: &VendorId) -> Option<bool> {
        let (told_at, handed_over_at) = (self.told_at()?, self.handed_over_at()?);
        let working = WorkingDays::from(told_at.to_zoned(TimeZone::UTC).date());
        let mut late = Some(true);
        for shipment in self.shipments().iter().filter(|shipment| shipment.vendor_id == *vendor) {
            let warehouse = self.warehouse(shipment)?;
            let due = Journey::from(warehouse, told_at, &working)?.leaves_on();
            let handed_over = handed_over_at.to_zoned(warehouse.calendar.zone.clone()).date();
            late = late.map(|late| late && handed_over > due);
        }
        late.filter(|_| !self.shipments().is_empty())
    }

    /// By which service it was brought, and whether late; `None` where that cannot be said.
    pub(crate) fn is_brought_late(&self, end: End) -> Option<((String, Speed), bool)> {
        let service = self.service()?;
        match end {
            End::Delivered => self.is_delivered_late(&service).map(|late| (service, late)),
            End::Lost => Some((service, true)),
            End::Back => None,
        }
    }

    fn is_delivered_late(&self, (carrier, service): &(String, Speed)) -> Option<bool> {
        let (handed_over_at, delivered_at) = (self.handed_over_at()?, self.delivered_at());
        let working = WorkingDays::from(handed_over_at.to_zoned(TimeZone::UTC).date());
        let mut late = true;
        for shipment in self.shipments() {
            let warehouse = self.warehouse(shipment)?;
            let mut own = self.cards.iter().filter(|card| card.carrier == *carrier && card.service == *service);
            let zone = own.find_map(|card| card.zone(&warehouse.country, self.to, shipment.km))?;
            let at_once = Origin { cut_off: None, handling_hours: 0, ..Origin::from(warehouse) };
            let due = Journey::from(at_once, handed_over_at, &working)?.to(&working.of(self.to), zone.working_days())?.arrives_on;
            late &= delivered_at.to_zoned(warehouse.calendar.zone.clone()).date() > due;
        }
        Some(late)
    }

    /// The service that it was planned, or chosen, to go by, where all its packages went by that carrier.
    fn service(&self) -> Option<(String, Speed)> {
        let shipments = self.shipments();
        let first = shipments.first()?;
        let alike = shipments.iter().all(|other| (&other.carrier, &other.service) == (&first.carrier, &first.service));
        let mut packages = self.packages().peekable();
        packages.peek()?;
        let by_it = packages.all(|package| package.carrier == first.carrier);
        Some((first.carrier.clone(), first.service.parse().ok()?)).filter(|_| alike && by_it)
    }

    fn shipments(&self) -> &[PlannedShipment] {
        let own = self.dossier.sub_orders.iter().find(|row| row.sub_order_id.part == self.part);
        own.map_or(&[], |sub_order| &sub_order.shipments)
    }

    fn warehouse(&self, shipment: &PlannedShipment) -> Option<&Warehouse> {
        self.vendor?.warehouse(&shipment.warehouse_id)
    }

    /// The vendor's own packages: those of an earlier vendor of the part are none of its.
    fn packages(&self) -> impl Iterator<Item = &Package> {
        let is_its = |fact: &Fact| matches!(fact, Fact::Assigned { parts, .. } if parts.iter().any(|(no, _)| *no == self.part));
        let assigned_at = self.history.iter().rfind(|entry| entry.fact.as_ref().is_some_and(is_its)).map(|entry| entry.at);
        let own = self.dossier.packages.iter().filter(|package| package.sub_order_id.part == self.part);
        own.filter(move |package| assigned_at.is_none_or(|at| package.shipped_at >= at))
    }

    /// When its vendor heard of it.
    fn told_at(&self) -> Option<Timestamp> {
        self.moved_at(State::PendingFulfillment)
    }

    fn handed_over_at(&self) -> Option<Timestamp> {
        let is_with_carrier = |state: State| state >= State::Shipped;
        self.last_of_packages(is_with_carrier).or_else(|| self.moved_at(State::Shipped))
    }

    fn delivered_at(&self) -> Timestamp {
        self.last_of_packages(|state| state == State::Delivered).unwrap_or(self.ended_at)
    }

    /// When the part, or the whole order, came to a state last.
    fn moved_at(&self, state: State) -> Option<Timestamp> {
        let own = |entry: &&Entry| entry.trigger.is_some() && entry.to == state && entry.part.is_none_or(|no| no == self.part);
        self.history.iter().rfind(own).map(|entry| entry.at)
    }

    /// Of each package the first scan that brings it to such a state, and of those the last; `None` where a package has none with a time. No scan is later than our
    /// hearing of it.
    fn last_of_packages(&self, reached: impl Fn(State) -> bool) -> Option<Timestamp> {
        let first = |package: &Package| {
            let own = self.dossier.tracked.iter().filter(|scan| (scan.part, scan.package) == (self.part, package.package));
            own.filter(|scan| target(scan).is_some_and(&reached)).filter_map(|scan| scan.at).min()
        };
        let all: Option<Vec<Timestamp>> = self.packages().map(first).collect();
        all?.into_iter().max().map(|at| at.min(self.ended_at))
    }
}

fn target(scan: &Tracked) -> Option<State> {
    scan.event.parse::<Event>().ok()?.moves_to()
}
