//! Who may not: every endpoint of `openapi.yaml`, called by everybody who may not call it.
//!
//! The endpoints, the roles and the scopes are read from the document, so that a new endpoint is covered by itself: until [`target`] gives it
//! something to be called on, the test fails. Each endpoint ends with a call by somebody who may, which must succeed: otherwise refusals would prove
//! nothing.

mod document;
mod strangers;
mod target;
mod webhooks;

use oms_contract::problem::Problem;
use oms_domain::OrderId;
use oms_local::{Answer, Client};
use oms_ports::orders::{Listing, Listings as _};

use document::{Operation, operations};
use oms_tests::shop::{Shop, scene};
use strangers::strangers;
use target::Target;

#[test]
fn no_endpoint_serves_a_caller_who_may_not_call_it() {
    scene(1000, async |shop| {
        let (signed, tokens): (Vec<_>, Vec<_>) = operations().into_iter().partition(|operation| operation.roles.is_empty());
        let targets = target::all(shop, &tokens).await;
        let mut wrong = Vec::new();
        for (operation, target) in tokens.iter().zip(&targets) {
            wrong.extend(refuses_strangers(shop, operation, target).await);
        }
        for operation in &signed {
            wrong.extend(webhooks::refuses_forgers(shop, operation).await);
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

/// What of this endpoint is not as it must be.
async fn refuses_strangers(shop: &Shop, operation: &Operation, target: &Target) -> Vec<String> {
    let mut wrong = Vec::new();
    let strangers = strangers(shop, operation, target);
    let before = traces(shop, target).await;
    for stranger in &strangers {
        let answer = call(&stranger.client(&shop.anybody), operation, target, &format!("{}{}", target.path, stranger.query)).await;
        wrong.extend(stranger.objection(&answer).map(|objection| format!("{operation} for {}: {objection}", stranger.name)));
        if stranger.belongs_elsewhere && target.order.is_some() {
            let nowhere = call(&stranger.client(&shop.anybody), operation, target, &target.elsewhere).await;
            if nowhere.body != answer.body {
                wrong.push(format!("{operation} for {}: an order that is another's looks unlike one that is not", stranger.name));
            }
        }
        let after = traces(shop, target).await;
        if after != before {
            wrong.push(format!("{operation} for {} changed something: {before:?} became {after:?}", stranger.name));
            return wrong;
        }
    }
    let answer = call(&target.client(shop), operation, target, &target.path).await;
    if answer.status != operation.good {
        wrong.push(format!("{operation} for its rightful caller: {}", told(&answer)));
    }
    wrong
}

/// Everything that a call could leave behind: the customer's orders, and the version at which each is stored.
async fn traces(shop: &Shop, target: &Target) -> Vec<(OrderId, u64)> {
    let theirs = Listing::OfCustomer(target.customer.parse().unwrap());
    let page = shop.orders.list(&theirs, (None, None), None, 100).await.unwrap();
    page.orders.iter().map(|order| (order.id, order.seq)).collect()
}

async fn call(client: &Client, operation: &Operation, target: &Target, path: &str) -> Answer {
    let headers: Vec<(&str, &str)> = target.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    client.patiently(operation.method.clone(), path, &headers, target.body.as_ref()).await.unwrap()
}

/// An answer in few words.
fn told(answer: &Answer) -> String {
    let body: String = String::from_utf8_lossy(&answer.body).chars().take(200).collect();
    format!("{} {body}", answer.status)
}

/// Whether a refusal of ours is a problem document. The API's own (no function was asked) is not ours to shape.
fn is_problem(answer: &Answer) -> bool {
    serde_json::from_slice::<Problem>(&answer.body).is_ok_and(|problem| problem.status == answer.status)
}
