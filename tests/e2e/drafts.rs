//! Orders that are kept as drafts first.

use oms_domain::{ActorKind, State};

use oms_tests::shop::{GOOD_CARD, refusal, scene};

#[test]
fn a_draft_is_edited_and_submitted_once_and_goes_its_way_as_it_was_last_edited() {
    scene(100, async |shop| {
        let client = shop.acting(ActorKind::Customer, &shop.customer("drafts").await);
        let (first, last) = (shop.basket(1, GOOD_CARD), shop.basket(3, GOOD_CARD));
        let id = client.draft(&shop.name("draft"), &first).await.unwrap().order_id;
        shop.remember(id);
        assert_eq!(client.draft(&shop.name("draft"), &first).await.unwrap().order_id, id, "the same request again");
        assert_eq!(client.edit(id, &last).await.unwrap().state, "draft");
        assert_eq!(client.get(id).await.unwrap().total, last.total);
        for _ in 0..2 {
            let submitted = client.submit(id).await.unwrap();
            assert_ne!(submitted.state, "draft");
        }
        assert_eq!(refusal(client.edit(id, &first).await).status, 409);
        let told = shop.wait_for(id, State::PendingFulfillment).await;
        assert_eq!((told.total, told.lines[0].quantity), (last.total, 3));
        let intents = shop.intents(id).await;
        assert_eq!(intents.len(), 1, "one draft is one charge");
        assert_eq!(shop.books().await.taken, 3);
    });
}

#[test]
fn a_draft_that_is_discarded_was_never_an_order() {
    scene(100, async |shop| {
        let client = shop.acting(ActorKind::Customer, &shop.customer("discards").await);
        let id = client.draft(&shop.name("draft"), &shop.basket(1, GOOD_CARD)).await.unwrap().order_id;
        shop.remember(id);
        let discarded = client.cancel(id, &Default::default()).await.unwrap();
        assert_eq!(discarded.state, "cancelled");
        assert_eq!(refusal(client.submit(id).await).status, 409);
        assert!(shop.intents(id).await.is_empty());
        assert!(shop.claim(id).await.is_none(), "nothing was ever held for it");
    });
}
