//! What goes wrong after an order was taken: goods that are gone, vendors that refuse, a parcel that comes back. A card that cannot be charged any more: `unpaid`.

use futures::future::join_all;
use oms_contract::api::command::{OfferChoice, ReceiveReturn, RejectOrder};
use oms_contract::api::place::PlaceLine;
use oms_contract::api::view::OrderView;
use oms_domain::history::Fact;
use oms_domain::{ActorKind, OrderId, State};
use oms_local::{Client, mailbox};

use oms_tests::acts::{REVIEWED, approve, deliver, strand};
use oms_tests::shop::{GOOD_CARD, PATIENCE, Shop, refusal, scene};

/// An order that has been checked, whose stock is held, and whose vendor is suspended before it is routed.
async fn stranded(shop: &Shop) -> (Client, OrderId) {
    let (client, order) = strand(shop, &shop.customer("stranded").await, &shop.sku(), &shop.vendor()).await;
    assert_eq!((order.state.as_str(), order.offers.len()), ("routing", 1));
    mailed(shop, &order, "offer_made", "Something you ordered is not available").await;
    (client, order.order_id.parse().unwrap())
}

/// Waits until this notice is noted, and sees that just one mail of this subject has left.
async fn mailed(shop: &Shop, order: &OrderView, notice: &str, subject: &str) {
    let noted = |order: &OrderView| order.notices.iter().any(|noted| noted.milestone.starts_with(notice));
    shop.operator.wait_until(order.order_id.parse().unwrap(), notice, PATIENCE, noted).await.unwrap();
    let mails = mailbox::mails(&shop.stack).await.unwrap();
    let of_it = mails.iter().filter(|mail| mail.mentions(&order.number) && mail.mentions(subject)).count();
    assert_eq!(of_it, 1, "{subject}");
}

#[test]
fn an_order_that_nobody_can_deliver_any_more_waits_for_somebody_who_can() {
    scene(REVIEWED, async |shop| {
        let (client, id) = stranded(shop).await;
        for _ in 0..2 {
            let waits = client.choose(id, OfferChoice::Wait).await.unwrap();
            assert_eq!(waits.offers[0].answer.as_deref(), Some("wait"));
        }
        assert_eq!(refusal(client.choose(id, OfferChoice::Substitute).await).status, 409);
        let intents = shop.intents(id).await;
        assert_eq!((intents.len(), intents[0].status.as_str()), (1, "requires_capture"), "reserved, and not taken");

        let other = shop.another_vendor("comes", "0.9", REVIEWED).await;
        shop.operator.resume(id).await.unwrap();
        let order = shop.wait_for(id, State::PendingFulfillment).await;
        assert_eq!((order.sub_orders.len(), order.sub_orders[0].vendor_id.as_str()), (1, other.as_str()));
        assert_eq!((order.offers.len(), order.payment.unwrap().captured), (0, order.total));
        let claim = shop.claim(id).await.unwrap();
        assert_eq!((claim.status, claim.allocations.iter().map(|of| of.quantity).sum::<u32>()), ("allocated", REVIEWED));
    });
}

/// All are cleared at one moment and planned side by side, each for the better vendor, whose shelf has goods for half of them. Whoever finds the shelf empty when
/// it allocates is sent from the other one by the same run of the step: nobody waits, and nobody is asked.
#[test]
fn orders_whose_goods_go_to_others_between_plan_and_allocation_are_sent_from_elsewhere_at_once() {
    const ORDERS: u32 = 16;
    scene(REVIEWED * ORDERS / 2, async |shop| {
        let other = shop.another_vendor("less-good", "0.5", REVIEWED * ORDERS / 2).await;
        let customers: Vec<String> = (0..ORDERS).map(|nth| shop.name(&format!("rival-{nth}"))).collect();
        shop.welcome(&customers).await;
        let placing = customers.iter().map(async |customer| {
            shop.place(&shop.acting(ActorKind::Customer, customer), customer, &shop.basket(REVIEWED, GOOD_CARD)).await
        });
        let ids = join_all(placing).await;
        shop.wait_for_all(&ids, "reviewed", |order| order.state == "fraud_review").await;
        join_all(ids.iter().map(|id| approve(shop, *id))).await;
        let orders = shop.wait_for_all(&ids, "with its vendor", |order| order.state == "pending_fulfillment").await;
        let by_other = orders.iter().filter(|order| sent_by(order) == other).count();
        assert_eq!((by_other, orders.len()), (ids.len() / 2, ids.len()));
        for id in ids {
            let waited = oms_tests::history::entries(shop, id).await;
            assert!(!waited.iter().any(|entry| matches!(entry.fact, Some(Fact::NotSourced { .. }))), "{id} waited for goods");
        }
    });
}

#[test]
fn a_customer_takes_what_is_offered_in_its_place_at_the_same_price() {
    scene(REVIEWED, async |shop| {
        let substitute = shop.substitute(REVIEWED).await;
        let (client, id) = stranded(shop).await;
        let offered = client.get(id).await.unwrap();
        assert_eq!(offered.offers[0].substitutes[0].instead, substitute);
        for _ in 0..2 {
            client.choose(id, OfferChoice::Substitute).await.unwrap();
        }
        let order = shop.wait_for(id, State::PendingFulfillment).await;
        assert_eq!((order.substituted[0].instead.as_str(), order.total), (substitute.as_str(), offered.total));
        let sent: Vec<_> = order.sub_orders.iter().flat_map(|part| &part.shipments).flat_map(|shipment| &shipment.items).collect();
        assert_eq!((sent.len(), sent[0].sku.as_str(), sent[0].quantity), (1, substitute.as_str(), REVIEWED));
        assert_eq!(order.payment.unwrap().captured, order.total);
        let books = shop.books().await;
        assert_eq!((books.free, books.taken), (i64::from(REVIEWED), 0), "what was ordered is free again");
    });
}

#[test]
fn a_customer_who_does_not_want_to_wait_gets_everything_back() {
    scene(REVIEWED, async |shop| {
        let (client, id) = stranded(shop).await;
        for _ in 0..2 {
            assert_eq!(client.choose(id, OfferChoice::Cancel).await.unwrap().state, "cancelled");
        }
        let back = |order: &OrderView| order.payment.as_ref().is_some_and(|payment| payment.status == "voided");
        shop.operator.wait_until(id, "cancelled, with the money back", PATIENCE, back).await.unwrap();
        let released = |claim: &oms_aws::Claim| claim.status == "released";
        while !shop.claim(id).await.as_ref().is_some_and(released) {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
        assert!(shop.intents(id).await.iter().all(|intent| intent.status == "canceled"));
        assert_eq!(shop.books().await.free, i64::from(REVIEWED));
    });
}

/// Three vendors have it. The first refuses, the second withdraws, then nobody is left until a fourth comes: the customer does nothing.
#[test]
fn a_vendor_that_refuses_or_withdraws_is_replaced_without_the_customer() {
    scene(5, async |shop| {
        let second = shop.another_vendor("second", "0.9", 5).await;
        let client = shop.acting(ActorKind::Customer, &shop.customer("waits").await);
        let id = shop.place(&client, &shop.name("key"), &shop.basket(2, GOOD_CARD)).await;
        let first = sent_by(&shop.wait_for(id, State::PendingFulfillment).await);
        assert_eq!(first, shop.vendor());
        let gone = RejectOrder { reason: "out_of_stock".to_owned() };
        shop.acting(ActorKind::Vendor, &first).reject(id, &gone).await.unwrap();
        let order = replaced(shop, id, &second).await;
        mailed(shop, &order, "resourced", "Another vendor sends a part of your order").await;

        let vendor = shop.acting(ActorKind::Vendor, &second);
        vendor.accept(id).await.unwrap();
        vendor.reject(id, &gone).await.unwrap();
        let entries = async || oms_tests::history::entries(shop, id).await;
        let rests =
            |entries: &[oms_domain::history::Entry]| entries.iter().any(|entry| matches!(entry.fact, Some(Fact::NotSourced { .. })));
        while !rests(&entries().await) {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
        let order = shop.operator.get(id).await.unwrap();
        assert_eq!((order.state.as_str(), order.offers.len()), ("vendor_rejected", 0), "nobody has it now, and the customer need not act");

        let third = shop.another_vendor("third", "0.9", 5).await;
        shop.operator.resume(id).await.unwrap();
        let order = replaced(shop, id, &third).await;
        assert_eq!((order.payment.as_ref().unwrap().captured, order.payment.as_ref().unwrap().refunded), (order.total, 0));
        assert_eq!(shop.intents(id).await.len(), 1, "paid once, whoever delivers");
        let claim = shop.claim(id).await.unwrap();
        let set_aside: Vec<_> = claim.allocations.iter().map(|of| (of.vendor_id.as_str().to_owned(), of.quantity)).collect();
        assert_eq!(set_aside, [(third, 2)]);
    });
}

fn sent_by(order: &OrderView) -> String {
    assert_eq!(order.sub_orders.len(), 1);
    order.sub_orders[0].vendor_id.clone()
}

/// Waits until this vendor has been told of the order's only part.
async fn replaced(shop: &Shop, id: OrderId, by: &str) -> OrderView {
    let told = |order: &OrderView| order.state == "pending_fulfillment" && order.sub_orders.iter().all(|part| part.vendor_id == by);
    shop.operator.wait_until(id, "with its new vendor", PATIENCE, told).await.unwrap()
}

/// Two vendors deliver; what one of them sent comes back.
#[test]
fn a_return_touches_its_own_vendor_and_refunds_its_share_to_the_cent() {
    scene(5, async |shop| {
        let (also, other) = shop.another_product(5).await;
        let client = shop.acting(ActorKind::Customer, &shop.customer("returns").await);
        let mut basket = shop.basket(1, GOOD_CARD);
        let line = PlaceLine { sku: also, ..basket.lines[0].clone() };
        basket.total += line.unit_price + line.tax;
        basket.lines.push(line);
        let id = shop.place(&client, &shop.name("key"), &basket).await;
        let order = shop.wait_for(id, State::PendingFulfillment).await;
        assert_eq!(order.sub_orders.len(), 2);
        for vendor in [shop.vendor(), other.clone()] {
            deliver(shop, id, &vendor).await;
        }
        shop.wait_for(id, State::Delivered).await;

        let reason = ReceiveReturn { reason: "withdrawn".to_owned() };
        let own = shop.acting(ActorKind::Vendor, &shop.vendor());
        let share = own.get(id).await.unwrap().total;
        for _ in 0..2 {
            assert_eq!(own.receive_return(id, &reason).await.unwrap().state, "returned");
        }
        let refunded = |order: &OrderView| order.payment.as_ref().is_some_and(|payment| payment.refunded > 0);
        let order = shop.operator.wait_until(id, "refunded", PATIENCE, refunded).await.unwrap();
        assert_eq!((order.state.as_str(), order.facts.partially_returned), ("delivered", true));
        assert_eq!(order.payment.unwrap().refunded, share);
        let theirs = shop.acting(ActorKind::Vendor, &other).get(id).await.unwrap();
        assert_eq!((theirs.state.as_str(), theirs.total), ("delivered", order.total - share), "nothing changes for the other vendor");
        let refunds = shop.gateway.refunds(&shop.intents(id).await[0].id).await.unwrap();
        assert_eq!(refunds.iter().map(|refund| refund.amount).collect::<Vec<_>>(), [share]);
        assert_eq!(client.get(id).await.unwrap().payment.unwrap().refunded, share);
    });
}
