//! Orders whose checks fail, corrected by their customers.

use oms_contract::api::amend::AmendOrder;
use oms_domain::{ActorKind, OrderId, State};

use oms_tests::shop::{GOOD_CARD, PATIENCE, Shop, refusal, scene};

/// More than there is, to a town that is not at its postcode: both are told at once, with what would mend them. The order is charged for what it is in the end, and holds that.
#[test]
fn a_customer_is_told_all_that_failed_and_corrects_it_in_one_go() {
    scene(5, async |shop| {
        let client = shop.acting(ActorKind::Customer, &shop.customer("corrects").await);
        let mut wrong = shop.basket(8, GOOD_CARD);
        "Aachen".clone_into(&mut wrong.shipping_address.city);
        let id = shop.place(&client, &shop.name("key"), &wrong).await;
        shop.wait_for(id, State::ValidationFailed).await;
        assert_eq!(failed(shop, id).await, [("in_stock", "lines[0].quantity"), ("address_valid", "shipping_address.postcode")].map(own));
        assert!(shop.claim(id).await.is_none(), "nothing is held for it");

        // More than is reserved would be paid by nobody.
        let more = shop.basket(9, GOOD_CARD);
        let dearer = AmendOrder { lines: Some(more.lines), total: Some(more.total), ..AmendOrder::default() };
        assert_eq!(refusal(client.amend(id, &dearer).await).status, 409);

        // Half of it is not enough: the rest is told anew.
        let right = shop.basket(5, GOOD_CARD);
        let fewer = AmendOrder { lines: Some(right.lines.clone()), total: Some(right.total), ..AmendOrder::default() };
        client.amend(id, &fewer).await.unwrap();
        shop.operator.wait_until(id, "checked anew", PATIENCE, |order| order.failed_checks.len() == 1).await.unwrap();
        assert_eq!(failed(shop, id).await, [("address_valid", "shipping_address.postcode")].map(own));

        let there = AmendOrder { shipping_address: Some(right.shipping_address.clone()), ..AmendOrder::default() };
        client.amend(id, &there).await.unwrap();
        let order = shop.wait_for(id, State::PendingFulfillment).await;
        assert_eq!((order.total, order.lines[0].quantity, order.payment.unwrap().captured), (right.total, 5, right.total));
        assert_eq!(refusal(client.amend(id, &there).await).status, 409, "it is on its way");
        let intents = shop.intents(id).await;
        assert_eq!((intents.len(), intents[0].amount, intents[0].amount_received), (1, wrong.total, right.total), "the rest is free again");
        assert_eq!((shop.books().await.free, shop.claim(id).await.unwrap().status), (0, "allocated"));
        assert!(client.validation(id).await.unwrap().passed);
    });
}

/// Where it failed, as the customer reads it; told with what was seen and what would mend it.
async fn failed(shop: &Shop, id: OrderId) -> Vec<(String, String)> {
    let report = shop.operator.validation(id).await.unwrap();
    assert!(!report.passed);
    let rows = report.checks.into_iter().filter(|row| row.outcome == "fail");
    rows.map(|row| {
        assert!(row.seen.is_some() && row.reason.is_some() && row.mend.is_some(), "{row:?}");
        (row.code, row.at.unwrap())
    })
    .collect()
}

fn own((code, at): (&str, &str)) -> (String, String) {
    (code.to_owned(), at.to_owned())
}
