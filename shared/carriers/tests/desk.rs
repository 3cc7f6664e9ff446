//! Each label once, whatever crashes.

#![expect(clippy::unwrap_used, reason = "tests")]

use jiff::SignedDuration;
use oms_carriers::desk::{Desk, LEASE, Place, Returned, packages_before};
use oms_domain::OrderId;
use oms_domain::address::Address;
use oms_domain::document::Speed;
use oms_domain::shipping::Parcel;
use oms_domain::{Money, State};
use oms_fakes::{FakeLabels, Fault, FixedClock, MemoryOrders, NOON, an_order, currency};
use oms_ports::StepError;
use oms_ports::carrier::{Contact, LabelRequest};
use oms_ports::error::{Party, PortError};

struct Scene {
    carrier: FakeLabels,
    effects: MemoryOrders,
    clock: FixedClock,
    order: OrderId,
}

fn scene(carrier: FakeLabels) -> Scene {
    Scene { carrier, effects: MemoryOrders::default(), clock: FixedClock::at(NOON), order: an_order().build().order.id }
}

impl Scene {
    fn desk(&self) -> Desk<'_> {
        Desk { carrier: "dhl", labels: &self.carrier, effects: &self.effects, clock: &self.clock }
    }

    fn place(&self) -> Place {
        Place { order: self.order, part: 1, package: 1 }
    }

    async fn buy(&self) -> Result<(String, bool), StepError> {
        let bought = self.desk().buy(self.place(), &request(), async |_| Ok(())).await?;
        Ok((bought.booking.tracking_number, bought.printable))
    }

    fn later(&self) {
        self.clock.advance(LEASE + SignedDuration::from_secs(1));
    }
}

fn request() -> LabelRequest {
    let address = Address {
        name: "Anna Beispiel".to_owned(),
        line1: "Beispielstraße 1".to_owned(),
        line2: None,
        city: "Berlin".to_owned(),
        region: None,
        postcode: Some("10115".to_owned()),
        country: "DE".to_owned(),
    };
    let end = Contact { address, phone: None, email: None };
    LabelRequest {
        reference: "R-1".to_owned(),
        service: Speed::Standard,
        from: end.clone(),
        to: end,
        parcel: Parcel { grams: 900, sides_mm: [100, 100, 100] },
        contents: "books".to_owned(),
        value: Money::new(1_000, currency("EUR")),
        ship_on: "2026-11-23".parse().unwrap(),
    }
}

#[tokio::test]
async fn a_label_is_bought_once() {
    let scene = scene(FakeLabels::default());
    for _ in 0..3 {
        assert_eq!(scene.buy().await.unwrap(), ("FAKE0001".to_owned(), true));
    }
    assert_eq!((scene.carrier.sold(), scene.carrier.faults.calls("find")), (1, 0));
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_before_anything_is_bought() {
    for (before, sold) in [(true, 1), (false, 1)] {
        let scene = scene(FakeLabels::default());
        if before {
            scene.carrier.faults.before("buy", 1)
        } else {
            scene.carrier.faults.after("buy", 1)
        };
        assert!(matches!(scene.buy().await, Err(StepError::Unavailable(_))));
        assert_eq!(scene.buy().await.unwrap().0, "FAKE0001");
        assert_eq!((scene.carrier.sold(), scene.carrier.faults.calls("find")), (sold, 1), "before: {before}");
    }
}

#[tokio::test]
async fn a_label_that_is_not_given_again_is_given_back_before_another_is_bought() {
    let scene = scene(FakeLabels::with(true, false));
    scene.carrier.faults.after("buy", 1);
    assert!(scene.buy().await.is_err());
    assert_eq!(scene.buy().await.unwrap(), ("FAKE0002".to_owned(), true));
    assert_eq!((scene.carrier.live("R-1"), scene.carrier.given_back()), (vec!["FAKE0002".to_owned()], vec!["FAKE0001".to_owned()]));
}

#[tokio::test]
async fn where_nothing_is_given_back_the_number_is_kept_and_nothing_is_bought() {
    let scene = scene(FakeLabels::with(false, false));
    scene.carrier.faults.after("buy", 1);
    assert!(scene.buy().await.is_err());
    for _ in 0..2 {
        assert_eq!(scene.buy().await.unwrap(), ("FAKE0001".to_owned(), false));
    }
    assert_eq!(scene.carrier.sold(), 1);
}

/// Whatever of the four steps fails, before or after it took effect, and however often: one live label in the end.
#[tokio::test]
async fn one_live_label_whatever_fails() {
    for gives_again in [true, false] {
        for op in ["begin", "buy", "find", "void", "finish"] {
            for after in [true, false] {
                let scene = scene(FakeLabels::with(true, gives_again));
                // The first purchase is lost, so that every step is met.
                scene.carrier.faults.after("buy", 1);
                assert!(scene.buy().await.is_err());
                let faults = if matches!(op, "begin" | "finish") { &scene.effects.faults } else { &scene.carrier.faults };
                if after {
                    faults.after(op, 1)
                } else {
                    faults.before(op, 1)
                };
                let mut bought = None;
                for _ in 0..4 {
                    scene.later();
                    bought = bought.or(scene.buy().await.ok());
                }
                let live = scene.carrier.live("R-1");
                assert_eq!(Some(&live), bought.map(|(number, _)| vec![number]).as_ref(), "{op} {after} {gives_again}");
            }
        }
    }
}

#[tokio::test]
async fn a_no_frees_the_effect_and_a_run_under_way_keeps_others_out() {
    let scene = scene(FakeLabels::default());
    scene.carrier.faults.before_with("buy", 1, Fault::Refused);
    assert!(matches!(scene.buy().await, Err(StepError::Refused(_))));
    let (desk, wish) = (scene.desk(), request());
    let slow = desk.buy(scene.place(), &wish, async |_| {
        assert!(matches!(scene.buy().await, Err(StepError::InProgress)));
        Ok(())
    });
    assert_eq!(slow.await.unwrap().booking.tracking_number, "FAKE0001");
    assert_eq!(scene.carrier.faults.calls("find"), 0, "there is nothing to look for after a no");
}

#[tokio::test]
async fn a_label_whose_paper_is_not_kept_is_fetched_again() {
    let scene = scene(FakeLabels::default());
    let (desk, wish) = (scene.desk(), request());
    let failing = desk.buy(scene.place(), &wish, async |_| Err(PortError::unavailable(Party::Store, "full")));
    assert!(failing.await.is_err());
    assert_eq!(scene.buy().await.unwrap(), ("FAKE0001".to_owned(), true));
    assert_eq!(scene.carrier.sold(), 1);
}

#[tokio::test]
async fn a_label_is_given_back_once_and_a_no_is_an_answer() {
    for (voids, expected) in [(true, Returned::Voided), (false, Returned::Kept { code: "not-offered".to_owned() })] {
        let scene = scene(FakeLabels::with(voids, true));
        scene.buy().await.unwrap();
        let booking = oms_ports::carrier::Booking { tracking_number: "FAKE0001".to_owned(), shipment: "FAKE0001".to_owned(), cost: None };
        for _ in 0..2 {
            assert_eq!(scene.desk().void(scene.place(), &booking).await.unwrap(), expected);
        }
        assert_eq!(scene.carrier.faults.calls("void"), 1);
    }
}

#[test]
fn packages_count_on_where_a_part_is_sourced_again() {
    let built = an_order().vendors(&["ven-1", "ven-2"]).at(State::Picking).build();
    assert_eq!((packages_before(&built.entries, 1), packages_before(&[], 1)), (0, 0));
    let mut entries = built.entries.clone();
    let assigned = entries.iter().find(|entry| matches!(entry.fact, Some(oms_domain::history::Fact::Assigned { .. }))).unwrap().clone();
    entries.push(assigned);
    assert_eq!((packages_before(&entries, 1), packages_before(&entries, 3)), (20, 0));
}
