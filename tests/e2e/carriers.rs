//! Who carries a parcel and who fetches it, and what is remembered of how it went.

use serde_json::{Value, json};

use oms_aws::Clients;
use oms_contract::api::routing::RoutingView;
use oms_contract::api::view::{CarrierChoiceView, LabelsView};
use oms_contract::event::events_of;
use oms_contract::reference::punctuality::{Counted, Performer};
use oms_domain::document::Speed;
use oms_domain::history::Fact;
use oms_domain::{ActorKind, OrderId, State};
use oms_local::{Client, queues};
use oms_ports::messaging::Bus as _;
use oms_ports::orders::Orders as _;

use oms_tests::acts::deliver;
use oms_tests::history::entries;
use oms_tests::shop::{GOOD_CARD, PATIENCE, Shop, scene};

/// Asks for something of an order of which nothing but the answer's shape is known to the client.
async fn ask<T: serde::de::DeserializeOwned>(client: &Client, method: reqwest::Method, id: OrderId, what: &str, body: Option<&Value>) -> T {
    client.patiently(method, &format!("/api/v2/orders/{id}/{what}"), &[], body).await.unwrap().parsed().unwrap()
}

/// What the simulator of a carrier's labels has confirmed of pick-ups.
async fn confirmed(shop: &Shop, carrier: &str) -> Vec<String> {
    let known = oms_carriers::carrier(carrier).unwrap();
    let told: Value = reqwest::get(format!("{}/_sim/carriers", shop.stack.carrier_url)).await.unwrap().json().await.unwrap();
    serde_json::from_value(told[known.labels_at]["pickups"].clone()).unwrap()
}

#[test]
fn a_label_rests_on_a_decision_that_is_kept_and_its_pickup_is_the_one_that_the_carrier_confirmed() {
    scene(1, async |shop| {
        let customer = shop.acting(ActorKind::Customer, &shop.customer("buyer").await);
        let mut basket = shop.basket(1, GOOD_CARD);
        basket.delivery.as_mut().unwrap().preferred_carrier = Some("gls".to_owned());
        let id = shop.place(&customer, "labelled", &basket).await;
        shop.wait_for(id, State::PendingFulfillment).await;
        let vendor = shop.acting(ActorKind::Vendor, &shop.vendor());
        vendor.accept(id).await.unwrap();
        vendor.pick(id).await.unwrap();
        vendor.pack(id).await.unwrap();

        let wish = json!({ "pickup": true });
        let labels: LabelsView = ask(&vendor, reqwest::Method::POST, id, "label", Some(&wish)).await;
        let choice = labels.choice.clone().unwrap();
        assert_eq!((&choice.carrier, &choice.service), (&labels.carrier, &labels.service));
        assert_eq!((choice.overridden, choice.keeps_to_plan), (false, Some(true)), "{choice:?}");
        let planned = choice.planned.clone().unwrap();
        let taken = choice.bids.iter().map(|scored| &scored.bid).find(|bid| bid.carrier == choice.carrier).unwrap();
        assert!(taken.cost <= planned.cost && taken.hours <= planned.hours, "{taken:?} breaks {planned:?}");
        assert!(choice.bids.len() > 1 && choice.bids.iter().all(|scored| scored.bid.record.is_some()), "{choice:?}");
        let preferred = |name: &str| choice.bids.iter().find(|scored| scored.bid.carrier == name).unwrap().score.preference;
        assert!(preferred("gls") < preferred("ups"), "{choice:?}");

        // Asked again, nothing is bought, decided or booked anew.
        let again: LabelsView = ask(&vendor, reqwest::Method::POST, id, "label", Some(&wish)).await;
        assert_eq!(again, labels);
        let routing: RoutingView = ask(&shop.operator, reqwest::Method::GET, id, "routing", None).await;
        assert_eq!(routing.carriers, std::slice::from_ref(&choice));
        let routing: RoutingView = ask(&customer, reqwest::Method::GET, id, "routing", None).await;
        assert!(routing.carriers.is_empty(), "what carriers ask for is none of the customer's business");

        let pickup = labels.pickup.unwrap();
        let confirmation = pickup.confirmation.unwrap();
        assert_eq!(pickup.outcome, "booked");
        let known = confirmed(shop, &labels.carrier).await;
        assert_eq!(known.iter().filter(|known| **known == confirmation).count(), 1, "{confirmation} of {known:?}");
        let facts: Vec<Fact> = entries(shop, id).await.into_iter().filter_map(|entry| entry.fact).collect();
        let chosen = Fact::CarrierChosen { no: 1, carrier: choice.carrier.clone(), service: choice.service.parse().unwrap() };
        let booked = Fact::PickupBooked { no: 1, carrier: choice.carrier, confirmation };
        for fact in [chosen, booked] {
            assert_eq!(facts.iter().filter(|known| **known == fact).count(), 1, "{fact:?}");
        }
    });
}

fn dhl_express() -> Performer {
    Performer::Carrier { carrier: "dhl".to_owned(), service: Speed::Express }
}

/// Waits until so much is counted.
async fn counted(shop: &Shop, of: &Performer, deliveries: u32) -> Counted {
    let look = async {
        loop {
            let counted = shop.deliveries(of).await;
            if counted.deliveries >= deliveries {
                return counted;
            }
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
    };
    tokio::time::timeout(PATIENCE, look).await.expect("a delivery was never counted")
}

/// An order that its vendor gives to DHL's express service, which no other test does, and that is delivered.
async fn delivered(shop: &Shop, key: &str) -> OrderId {
    let customer = shop.acting(ActorKind::Customer, &shop.customer(key).await);
    let id = shop.place(&customer, key, &shop.basket(1, GOOD_CARD)).await;
    shop.wait_for(id, State::PendingFulfillment).await;
    let vendor = shop.acting(ActorKind::Vendor, &shop.vendor());
    let wish = json!({ "carrier": "dhl", "service": "express", "reason": "own_contract" });
    let choice: CarrierChoiceView = ask(&vendor, reqwest::Method::POST, id, "carrier", Some(&wish)).await;
    assert_eq!((choice.carrier.as_str(), choice.overridden, choice.keeps_to_plan), ("dhl", true, Some(false)), "{choice:?}");
    deliver(shop, id, &shop.vendor()).await;
    id
}

#[test]
fn a_delivery_counts_once_for_its_vendor_and_its_service_though_it_is_told_again() {
    scene(2, async |shop| {
        let vendor = Performer::Vendor(shop.vendor().parse().unwrap());
        let before = shop.deliveries(&dhl_express()).await;
        let first = delivered(shop, "first").await;
        assert_eq!(counted(shop, &vendor, 1).await, Counted { deliveries: 1, late: 0 });
        assert_eq!(counted(shop, &dhl_express(), before.deliveries + 1).await.deliveries, before.deliveries + 1);

        // As the bus replays its archive: every event of the order, the delivery among them.
        let order = shop.orders.load(first).await.unwrap().unwrap().order;
        let told = events_of(&order, &entries(shop, first).await);
        assert!(told.iter().any(|event| event.r#type == "order.delivered"));
        Clients::at(&shop.stack.endpoint()).await.bus(&shop.stack.bus).publish(&told).await.unwrap();
        delivered(shop, "second").await;
        counted(shop, &vendor, 2).await;
        while !queues::messages(&shop.stack, &shop.stack.queues["tally"]).await.unwrap().is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
        assert_eq!(shop.deliveries(&vendor).await, Counted { deliveries: 2, late: 0 });
        let after = shop.deliveries(&dhl_express()).await;
        assert_eq!((after.deliveries - before.deliveries, after.late - before.late), (2, 0));
    });
}
