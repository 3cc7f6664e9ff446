//! What each endpoint is called on: an order that stands where the call would change it, by the body that would do so.

use reqwest::Method;
use serde_json::{Value, json};

use oms_contract::api::command::RejectOrder;
use oms_domain::ActorKind::{self, Customer, Operator, Vendor};
use oms_domain::{OrderId, State};
use oms_local::Client;

use super::document::Operation;
use oms_tests::acts::{deliver, strand};
use oms_tests::shop::{EXPIRED_CARD, GOOD_CARD, Shop};

/// Where an endpoint is called, and who may.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// With everything filled in.
    pub(crate) path: String,
    /// The same of an order that does not exist.
    pub(crate) elsewhere: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Option<Value>,
    /// Whose orders are at stake.
    pub(crate) customer: String,
    /// The order that is called on, if any.
    pub(crate) order: Option<OrderId>,
    /// Whether what it tells is everybody's who may call it, not a customer's or a vendor's own.
    pub(crate) common: bool,
    /// Somebody who may.
    pub(crate) rightful: (ActorKind, String),
}

impl Target {
    /// The API for the rightful caller.
    pub(crate) fn client(&self, shop: &Shop) -> Client {
        shop.acting(self.rightful.0, &self.rightful.1)
    }
}

/// A target for each endpoint, each with a customer of its own.
pub(crate) async fn all(shop: &Shop, operations: &[Operation]) -> Vec<Target> {
    futures::future::join_all(operations.iter().map(|operation| of(shop, operation))).await
}

async fn of(shop: &Shop, operation: &Operation) -> Target {
    let customer = shop.customer(&operation.id).await;
    let stage = Stage { shop, operation, customer };
    match operation.id.as_str() {
        "placeOrder" | "draftOrder" => {
            let mut basket = shop.basket(1, GOOD_CARD);
            // Named, so that another customer's token orders in this one's name.
            basket.customer_id = Some(stage.customer.clone());
            let headers = vec![("idempotency-key", shop.name("matrix"))];
            Target { headers, body: Some(json!(basket)), ..stage.without_order() }
        }
        "listOrders" => {
            let order = Some(stage.order(State::PendingFulfillment).await);
            Target { order, ..stage.without_order() }
        }
        "getOrder" | "getHistory" | "getLedger" | "getValidation" | "getRouting" => {
            stage.target(State::PendingFulfillment, Customer, None).await
        }
        "editDraft" => {
            let basket = shop.basket(2, GOOD_CARD);
            stage.target(State::Draft, Customer, Some(json!(basket))).await
        }
        "amendOrder" => {
            // What cannot be had, so that its checks fail; corrected to what can.
            let body = json!({ "lines": shop.basket(1, GOOD_CARD).lines, "total": shop.basket(1, GOOD_CARD).total });
            stage.target(State::ValidationFailed, Customer, Some(body)).await
        }
        "loadReference" => {
            // A dry run: whoever may call it changes nothing for the other tests.
            let path = "/api/v2/reference/gift_cards?dry_run=true".to_owned();
            let card = json!({ "card": shop.name("card"), "active": true, "currency": "EUR", "value": 100 });
            let rightful = (Operator, "e2e".to_owned());
            Target { path: path.clone(), elsewhere: path, body: Some(card), rightful, ..stage.without_order() }
        }
        "bookStock" => {
            // A dry run: whoever may book it changes nothing of what the other tests sell.
            let path = "/api/v2/stock?dry_run=true".to_owned();
            let vendor = shop.vendor();
            let came = json!({
                "id": shop.name("note"), "sku": shop.sku(), "vendor_id": vendor, "warehouse_id": "w1", "kind": "receipt", "quantity": 1,
            });
            Target { path: path.clone(), elsewhere: path, body: Some(came), rightful: (Vendor, vendor), ..stage.without_order() }
        }
        "getAvailability" => {
            let path = format!("/api/v2/availability?sku={}", shop.sku());
            Target { path: path.clone(), elsewhere: path, common: true, ..stage.without_order() }
        }
        "submitOrder" => stage.target(State::Draft, Customer, None).await,
        "cancelOrder" => stage.target(State::PendingFulfillment, Customer, Some(json!({ "reason": "other" }))).await,
        "payOrder" => {
            let card = json!({ "payment_method": { "kind": "card", "token": GOOD_CARD } });
            stage.target(State::PaymentFailed, Customer, Some(card)).await
        }
        "reviewOrder" => stage.target(State::FraudReview, Operator, Some(json!({ "decision": "approve" }))).await,
        "answerOffer" => {
            // What its only vendor may not deliver any more is offered for a choice.
            let wait = json!({ "choice": "wait" });
            stage.target(State::Routing, Customer, Some(wait)).await
        }
        "receiveReturn" => stage.target(State::Delivered, Vendor, Some(json!({ "reason": "other" }))).await,
        // Nothing stalls here, so that nothing is changed by whoever may either.
        "resumeOrder" => stage.target(State::PendingFulfillment, Operator, None).await,
        "acceptOrder" => stage.target(State::PendingFulfillment, Vendor, None).await,
        "rejectOrder" => {
            let reason = RejectOrder { reason: "out_of_stock".to_owned() };
            stage.target(State::PendingFulfillment, Vendor, Some(json!(reason))).await
        }
        "pickOrder" => stage.target(State::VendorAccepted, Vendor, None).await,
        "packOrder" | "buyLabel" => stage.target(State::Picking, Vendor, None).await,
        "chooseCarrier" => {
            let wish = json!({ "carrier": "ups", "reason": "other" });
            stage.target(State::VendorAccepted, Vendor, Some(wish)).await
        }
        "printLabel" => {
            let target = stage.target(State::Picking, Vendor, None).await;
            target.client(shop).patiently(Method::POST, &target.path, &[], None::<&()>).await.unwrap();
            target
        }
        "shipOrder" => {
            let parcel = json!({ "carrier": "dhl", "tracking_number": shop.name("parcel").to_uppercase() });
            stage.target(State::ReadyToShip, Vendor, Some(parcel)).await
        }
        _ => panic!("{operation} is new in openapi.yaml: give it a target here, so that it is tried by everybody who may not call it"),
    }
}

struct Stage<'a> {
    shop: &'a Shop,
    operation: &'a Operation,
    customer: String,
}

impl Stage<'_> {
    fn without_order(self) -> Target {
        Target {
            path: self.operation.path.clone(),
            elsewhere: self.operation.path.clone(),
            headers: Vec::new(),
            body: None,
            rightful: (Customer, self.customer.clone()),
            customer: self.customer,
            order: None,
            common: false,
        }
    }

    async fn target(self, state: State, role: ActorKind, body: Option<Value>) -> Target {
        assert!(self.operation.path.contains("{order_id}"), "{} names no order", self.operation);
        let id = self.order(state).await;
        let path = |id: &str| self.operation.path.replace("{order_id}", id);
        let rightful = match role {
            Vendor => self.shop.vendor(),
            Operator => "e2e".to_owned(),
            _ => self.customer.clone(),
        };
        Target {
            path: path(&id.to_string()),
            elsewhere: path("019b0000-0000-7000-8000-000000000000"),
            headers: Vec::new(),
            body,
            rightful: (role, rightful),
            customer: self.customer,
            order: Some(id),
            common: false,
        }
    }

    /// An order of the customer's, brought to a state.
    async fn order(&self, state: State) -> OrderId {
        let shop = self.shop;
        let (quantity, card) = match state {
            State::PaymentFailed => (1, EXPIRED_CARD),
            // More than there is.
            State::ValidationFailed => (10_000, GOOD_CARD),
            // A first order over 500 euro.
            State::FraudReview => (30, GOOD_CARD),
            _ => (1, GOOD_CARD),
        };
        let client = shop.acting(Customer, &self.customer);
        if state == State::Draft {
            return client.draft(&shop.name("matrix"), &shop.basket(quantity, card)).await.unwrap().order_id;
        }
        if state == State::Routing {
            // Of a vendor of its own: the shop's must not be suspended for the others.
            let (sku, vendor) = shop.another_product(quantity * 100).await;
            let (_, order) = strand(shop, &self.customer, &sku, &vendor).await;
            return order.order_id.parse().unwrap();
        }
        let id = shop.place(&client, "matrix", &shop.basket(quantity, card)).await;
        if state == State::Delivered {
            shop.wait_for(id, State::PendingFulfillment).await;
            deliver(shop, id, &shop.vendor()).await;
        }
        let vendor = shop.acting(Vendor, &shop.vendor());
        if matches!(state, State::VendorAccepted | State::Picking | State::ReadyToShip) {
            shop.wait_for(id, State::PendingFulfillment).await;
            vendor.accept(id).await.unwrap();
        }
        if matches!(state, State::Picking | State::ReadyToShip) {
            vendor.pick(id).await.unwrap();
        }
        if state == State::ReadyToShip {
            vendor.pack(id).await.unwrap();
        }
        shop.wait_for(id, state).await;
        id
    }
}
