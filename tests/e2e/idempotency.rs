//! One key, one order.

use futures::future::join_all;

use oms_contract::api::place::PlacedOrder;
use oms_domain::{ActorKind, State};
use oms_local::Answer;

use oms_tests::shop::{GOOD_CARD, refusal, scene};

#[test]
fn fifty_identical_orders_under_one_key_are_one_order_and_get_one_answer() {
    scene(100, async |shop| {
        let customer = shop.customer("repeats").await;
        let client = shop.acting(ActorKind::Customer, &customer);
        let (key, basket) = (shop.name("key"), shop.basket(1, GOOD_CARD));
        let answers = join_all((0..50).map(|_| shop.place_raw(&client, &key, &basket))).await;
        for answer in &answers {
            let told = String::from_utf8_lossy(&answer.body);
            assert_eq!((answer.status, &answer.body), (201, &answers[0].body), "{told}");
            assert_eq!(answer.header("location"), answers[0].header("location"));
        }
        assert_eq!(shop.orders_of(&customer).await, shop.placed());
        assert_eq!(shop.placed().len(), 1);
        // Once the order has gone its way, the answer is still the same.
        shop.wait_for(shop.placed()[0], State::PendingFulfillment).await;
        let late = shop.place_raw(&client, &key, &basket).await;
        assert_eq!((late.status, &late.body), (201, &answers[0].body));
        assert_eq!(shop.books().await.taken, 1);
    });
}

#[test]
fn a_key_that_comes_with_another_body_makes_nothing() {
    scene(100, async |shop| {
        let customer = shop.customer("changes-mind").await;
        let client = shop.acting(ActorKind::Customer, &customer);
        let key = shop.name("key");
        // All at once: whichever comes first, the others are other bodies.
        let answers = join_all((1..=10).map(|quantity| {
            let (client, key, basket) = (&client, &key, shop.basket(quantity, GOOD_CARD));
            async move { shop.place_raw(client, key, &basket).await }
        }));
        let refused: Vec<Answer> = answers.await.into_iter().filter(|answer| answer.status != 201).collect();
        assert_eq!((refused.len(), shop.placed().len()), (9, 1));
        for answer in refused {
            let problem = refusal(answer.parsed::<PlacedOrder>());
            assert_eq!((problem.status, problem.r#type.rsplit('/').next()), (422, Some("idempotency-key-reused")), "{problem:?}");
        }
        assert_eq!(shop.orders_of(&customer).await, shop.placed());
        shop.wait_for(shop.placed()[0], State::PendingFulfillment).await;
    });
}

#[test]
fn one_key_of_two_customers_is_two_orders() {
    scene(100, async |shop| {
        let (key, basket) = (shop.name("key"), shop.basket(1, GOOD_CARD));
        let customers = [shop.customer("one").await, shop.customer("other").await];
        let placed = customers.each_ref().map(|customer| {
            let client = shop.acting(ActorKind::Customer, customer);
            let (key, basket) = (&key, &basket);
            async move { shop.place(&client, key, basket).await }
        });
        let placed = join_all(placed).await;
        assert_ne!(placed[0], placed[1]);
        for (customer, id) in customers.iter().zip(&placed) {
            assert_eq!(shop.orders_of(customer).await, [*id]);
            shop.wait_for(*id, State::PendingFulfillment).await;
        }
        assert_eq!(shop.books().await.taken, 2);
    });
}
