//! A carrier's labels in memory: what it sold it remembers by our reference.

use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;

use oms_ports::carrier::{Abilities, Artwork, Booking, Found, Label, LabelRequest, Labels, PickupRequest};
use oms_ports::error::{Party, PortError};

use crate::faults::Faults;
use crate::lock;

/// A carrier. Operations: `buy`, `find`, `void`, `pickup`.
pub struct FakeLabels {
    /// Planned faults.
    pub faults: Faults,
    /// What it can do.
    pub abilities: Abilities,
    /// Whether it gives a label again that it sold before.
    pub gives_again: bool,
    sold: Mutex<BTreeMap<String, Vec<Booking>>>,
    voided: Mutex<Vec<String>>,
    fetched: Mutex<Vec<PickupRequest>>,
}

impl Default for FakeLabels {
    fn default() -> Self {
        Self {
            faults: Faults::default(),
            abilities: Abilities { voids: true, pickups: true },
            gives_again: true,
            sold: Mutex::default(),
            voided: Mutex::default(),
            fetched: Mutex::default(),
        }
    }
}

impl FakeLabels {
    /// One that can do this, and gives a label again, or not.
    pub fn with(voids: bool, gives_again: bool) -> Self {
        Self { abilities: Abilities { voids, pickups: true }, gives_again, ..Self::default() }
    }

    /// Numbers of all labels sold under a reference and not given back.
    pub fn live(&self, reference: &str) -> Vec<String> {
        let voided = lock(&self.voided);
        let sold = lock(&self.sold);
        let sold = sold.get(reference).into_iter().flatten().map(|booking| booking.tracking_number.clone());
        sold.filter(|number| !voided.contains(number)).collect()
    }

    /// All labels ever sold.
    pub fn sold(&self) -> usize {
        lock(&self.sold).values().map(Vec::len).sum()
    }

    /// Numbers of labels given back.
    pub fn given_back(&self) -> Vec<String> {
        lock(&self.voided).clone()
    }

    /// Pick-ups booked.
    pub fn fetched(&self) -> Vec<PickupRequest> {
        lock(&self.fetched).clone()
    }
}

fn printed(booking: Booking) -> Label {
    let text = vec![("NUMBER".to_owned(), booking.tracking_number.clone())];
    Label { booking, artwork: Artwork::Data(text) }
}

#[async_trait]
impl Labels for FakeLabels {
    fn abilities(&self) -> Abilities {
        self.abilities
    }

    async fn buy(&self, request: &LabelRequest) -> Result<Label, PortError> {
        self.faults.gate().await;
        self.faults.around("buy", Party::Carrier, || {
            let mut sold = lock(&self.sold);
            let number = format!("FAKE{:04}", sold.values().map(Vec::len).sum::<usize>() + 1);
            let booking = Booking { tracking_number: number.clone(), shipment: number, cost: None };
            sold.entry(request.reference.clone()).or_default().push(booking.clone());
            Ok(printed(booking))
        })
    }

    async fn find(&self, request: &LabelRequest) -> Result<Found, PortError> {
        self.faults.around("find", Party::Carrier, || {
            let voided = lock(&self.voided).clone();
            let sold = lock(&self.sold);
            let live = sold.get(&request.reference).into_iter().flatten().find(|booking| !voided.contains(&booking.tracking_number));
            Ok(match live {
                None => Found::Nothing,
                Some(booking) if self.gives_again => Found::Label(printed(booking.clone())),
                Some(booking) => Found::WithoutLabel(booking.clone()),
            })
        })
    }

    async fn void(&self, booking: &Booking) -> Result<(), PortError> {
        self.faults.around("void", Party::Carrier, || {
            if !self.abilities.voids {
                return Err(PortError::refused(Party::Carrier, "not-offered"));
            }
            lock(&self.voided).push(booking.tracking_number.clone());
            Ok(())
        })
    }

    async fn book_pickup(&self, request: &PickupRequest) -> Result<String, PortError> {
        self.faults.around("pickup", Party::Carrier, || {
            let mut fetched = lock(&self.fetched);
            fetched.push(request.clone());
            Ok(format!("PU{}", fetched.len()))
        })
    }
}
