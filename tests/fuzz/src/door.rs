//! Every endpoint behind the door: who calls, at what state of the order, with which headers and query, and any body.
//!
//! `placeOrder customer confirmed`, then lines of headers (`if-match: "7"`) and of parameters (`?limit=10`), an empty line, the body.

use std::collections::BTreeMap;
use std::sync::Arc;

use oms_contract::api::endpoints::{ENDPOINTS, Endpoint, scopes_of};
use oms_contract::http::{ApiRequest, ApiResponse, Caller};
use oms_domain::{ActorKind, OrderId, State};
use oms_fakes::{
    CountingEntropy, FakeLabels, FixedClock, MemoryInventory, MemoryOrders, MemoryPapers, MemoryReference, MemorySealer, NOON,
    a_document_of, a_market, a_product, a_vendor, an_order, some_stock,
};
use oms_ports::carrier::Labels;

use crate::input::Input;
use crate::{block_on, sample, samples};

/// Feeds one request.
pub fn run(bytes: &[u8]) {
    answer(bytes);
}

/// The answer to one request.
pub fn answer(bytes: &[u8]) -> ApiResponse {
    let input = Input::of(bytes);
    let called: Vec<&Endpoint> = ENDPOINTS.iter().filter(|endpoint| !endpoint.roles.is_empty()).collect();
    let endpoint = *input.pick(0, &called, |endpoint| endpoint.operation.to_owned());
    let role = *input.pick(1, endpoint.roles, ToString::to_string);
    let state = *input.pick(2, &STATES, ToString::to_string);
    let orders = Arc::new(MemoryOrders::default());
    let id = order_at(&orders, state);
    let request = request(endpoint, role, id, input);
    let response = block_on(send(endpoint, &orders, request));
    assert!((200..600).contains(&response.status) && response.status != 500, "{} answers {}", endpoint.operation, response.status);
    response
}

/// Where an order can be when somebody calls.
const STATES: [State; 11] = [
    State::Draft,
    State::PendingPayment,
    State::PaymentFailed,
    State::ValidationFailed,
    State::FraudReview,
    State::Confirmed,
    State::PendingFulfillment,
    State::VendorAccepted,
    State::Picking,
    State::ReadyToShip,
    State::Delivered,
];

const SUBJECTS: [(ActorKind, &str); 3] = [(ActorKind::Customer, "cus-ana"), (ActorKind::Vendor, "ven-a"), (ActorKind::Operator, "ops")];

/// An order of two vendors, of `cus-ana`.
fn order_at(orders: &MemoryOrders, state: State) -> OrderId {
    let builder = an_order().nth(1_000).of("cus-ana").vendors(&["ven-a", "ven-b"]).at(state);
    let built = builder.build();
    orders.seed_with(&built, a_document_of(&built.order));
    builder.id()
}

fn request(endpoint: &Endpoint, role: ActorKind, id: OrderId, mut input: Input<'_>) -> ApiRequest {
    let mut request = ApiRequest {
        route: format!("{} {}", endpoint.method, endpoint.path),
        path: [("order_id".to_owned(), id.to_string())].into(),
        query: BTreeMap::new(),
        headers: BTreeMap::new(),
        body: Vec::new(),
        caller: None,
    };
    let subject = SUBJECTS.iter().find(|(kind, _)| *kind == role).map_or("ops", |(_, subject)| subject);
    request.caller = Some(Caller { role, subject: subject.to_owned(), scopes: scopes_of(role).into_iter().map(str::to_owned).collect() });
    loop {
        let (line, after) = input.line();
        input = after;
        let line = String::from_utf8_lossy(line);
        if let Some((name, value)) = line.strip_prefix('?').and_then(|line| line.split_once('=')) {
            request.query.insert(name.to_owned(), value.to_owned());
        } else if let Some((name, value)) = line.strip_prefix('/').and_then(|line| line.split_once('=')) {
            request.path.insert(name.to_owned(), value.to_owned());
        } else if let Some((name, value)) = line.split_once(": ") {
            request.headers.insert(name.to_ascii_lowercase(), value.to_owned());
        } else {
            break;
        }
    }
    input.rest.clone_into(&mut request.body);
    request
}

async fn send(endpoint: &Endpoint, orders: &Arc<MemoryOrders>, request: ApiRequest) -> ApiResponse {
    let sealer = Arc::new(MemorySealer::default());
    let clock = Arc::new(FixedClock::at(NOON));
    match endpoint.operation {
        "placeOrder" | "draftOrder" | "editDraft" | "amendOrder" => {
            let deps = capture::Deps {
                orders: orders.clone(),
                drafts: orders.clone(),
                records: orders.clone(),
                sealer,
                clock,
                entropy: Arc::new(CountingEntropy::default()),
            };
            capture::handle(&deps, request).await
        }
        "chooseCarrier" | "buyLabel" | "printLabel" => {
            let reference = MemoryReference::default();
            reference.market(a_market()).product(a_product("SKU-1")).product(a_product("SKU-2"));
            reference.vendor(a_vendor("ven-a")).vendor(a_vendor("ven-b"));
            let dhl: Arc<dyn Labels> = Arc::new(FakeLabels::default());
            let deps = label::Deps {
                orders: orders.clone(),
                records: orders.clone(),
                effects: orders.clone(),
                reference: Arc::new(reference),
                sealer,
                papers: Arc::new(MemoryPapers::default()),
                carriers: [("dhl", dhl)].into(),
                clock,
            };
            label::handle(&deps, request).await
        }
        "loadReference" => admin::handle(&admin::Deps { reference: Arc::new(MemoryReference::default()), clock }, request).await,
        "bookStock" | "getAvailability" => {
            let reference = MemoryReference::default();
            reference.product(a_product("SKU-1")).product(a_product("SKU-2")).vendor(a_vendor("ven-a"));
            let ledger = Arc::new(MemoryInventory::stocked(&[some_stock("SKU-1", "ven-a", 5)]));
            let deps = stock::Deps { stockroom: ledger.clone(), inventory: ledger, reference: Arc::new(reference), clock };
            stock::handle(&deps, request).await
        }
        _ => {
            let deps = orders::Deps {
                orders: orders.clone(),
                records: orders.clone(),
                effects: orders.clone(),
                listings: orders.clone(),
                sealer,
                clock,
            };
            orders::handle(&deps, request).await
        }
    }
}

/// One good call of every endpoint, the samples' orders, and the seed's reference data.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = GOOD.iter().map(|text| text.as_bytes().to_vec()).collect();
    let placed = |operation: &str, state: &str, body: Vec<u8>| {
        let mut seed = format!("{operation} customer {state}\nidempotency-key: 5f1c\n\n").into_bytes();
        seed.extend(body);
        seed
    };
    for (nth, order) in samples("events/http", "json").into_iter().filter(|order| order.starts_with(b"{")).enumerate() {
        if nth < 3 {
            seeds.push(placed("draftOrder", "draft", order.clone()));
            seeds.push(placed("editDraft", "draft", order.clone()));
        }
        seeds.push(placed("placeOrder", "confirmed", order));
    }
    for (kind, file) in [
        ("products", "products.jsonl"),
        ("vendors", "vendors.jsonl"),
        ("customers", "customers.jsonl"),
        ("coupons", "coupons.jsonl"),
        ("taxes", "taxes.jsonl"),
        ("rate_cards", "carriers.jsonl"),
        ("promotions", "promotions.json"),
        ("market", "market.json"),
        ("regulations", "regulations.json"),
        ("watchlists", "watchlists.json"),
    ] {
        let text = sample(&format!("infra/local/seed/{file}"));
        // What is one item is pretty-printed: one line of it is a row.
        let lines: Vec<u8> = if file.ends_with("jsonl") {
            text.split_inclusive(|byte| *byte == b'\n').take(2).flatten().copied().collect()
        } else {
            text.into_iter().filter(|byte| *byte != b'\n').collect()
        };
        let mut seed = format!("loadReference operator confirmed\n/kind={kind}\n?dry_run=true\n\n").into_bytes();
        seed.extend(lines);
        seeds.push(seed);
    }
    seeds
}

/// Each endpoint once, as it is rightly called.
#[rustfmt::skip]
const GOOD: [&str; 29] = [
    "listOrders operator confirmed\n?day=2026-11-23\n?limit=5\n\n",
    "listOrders customer confirmed\n?state=confirmed\n?from=2026-11-23T09:00:00Z\n?cursor=019ac0c9-4000-7000-8000-000000000000\n\n",
    "listOrders vendor confirmed\n?open=true\n\n",
    "getOrder customer confirmed\n\n",
    "getHistory customer confirmed\n\n",
    "getLedger operator confirmed\n\n",
    "getValidation customer confirmed\n\n",
    "getRouting operator pending_fulfillment\n\n",
    "submitOrder customer draft\nif-match: *\n\n",
    "amendOrder customer validation_failed\nidempotency-key: a\n\n{\"lines\":[{\"sku\":\"SKU-1\",\"quantity\":1,\"unit_price\":9000}],\"total\":9000}",
    "cancelOrder customer confirmed\nidempotency-key: b\nif-match: *\n\n{\"reason\":\"changed_mind\"}",
    "payOrder customer payment_failed\n\n{\"payment_method\":{\"kind\":\"card\",\"token\":\"pm_card_visa\"}}",
    "reviewOrder operator fraud_review\n\n{\"decision\":\"approve\",\"reason\":\"called_back\"}",
    "resumeOrder operator confirmed\n\n",
    "acceptOrder vendor pending_fulfillment\n\n",
    "rejectOrder vendor pending_fulfillment\n\n{\"reason\":\"out_of_stock\"}",
    "pickOrder vendor vendor_accepted\n\n",
    "packOrder vendor picking\n\n",
    "chooseCarrier vendor ready_to_ship\n\n{\"carrier\":\"dhl\",\"service\":\"standard\",\"reason\":\"own_contract\"}",
    "buyLabel vendor ready_to_ship\n\n{\"packages\":[{\"weight_g\":900,\"length_mm\":200,\"width_mm\":150,\"height_mm\":100}],\"pickup\":true}",
    "printLabel vendor ready_to_ship\n?format=a4\n?package=1\n\n",
    "shipOrder vendor ready_to_ship\n\n{\"carrier\":\"dhl\",\"tracking_number\":\"00340434161094042557\"}",
    "answerOffer customer routing\nidempotency-key: d\n\n{\"choice\":\"wait\"}",
    "receiveReturn vendor delivered\nidempotency-key: e\n\n{\"reason\":\"withdrawn\"}",
    "editDraft customer draft\nif-match: W/\"1\"\nidempotency-key: c\n\n{}",
    "bookStock vendor confirmed\n\n{\"id\":\"note-1\",\"sku\":\"SKU-1\",\"vendor_id\":\"ven-a\",\"warehouse_id\":\"w1\",\"kind\":\"receipt\",\"quantity\":12}\n{\"id\":\"c-1\",\"sku\":\"SKU-2\",\"vendor_id\":\"ven-a\",\"warehouse_id\":\"w1\",\"kind\":\"count\",\"quantity\":3,\"for_sale\":false}",
    "bookStock operator confirmed\n?dry_run=true\n\n{\"id\":\"l-1\",\"sku\":\"SKU-1\",\"vendor_id\":\"ven-a\",\"warehouse_id\":\"w1\",\"kind\":\"loss\",\"quantity\":2}\n{\"id\":\"l-2\",\"sku\":\"SKU-1\",\"vendor_id\":\"ven-a\",\"warehouse_id\":\"w1\",\"kind\":\"correction\",\"quantity\":-1}",
    "getAvailability customer confirmed\n?sku=SKU-1,SKU-9\n\n",
    "loadReference operator confirmed\n/kind=gift_cards\n\n{\"card\":\"6006-4910-0001\",\"active\":true,\"currency\":\"EUR\",\"value\":5000}",
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// A seed that goes no further than the door would leave a fuzzer outside.
    #[test]
    fn the_seeds_bring_every_endpoint_to_its_work() {
        let mut worked = BTreeSet::new();
        for seed in seeds() {
            let operation = String::from_utf8_lossy(Input::of(&seed).word(0)).into_owned();
            let response = answer(&seed);
            if response.status < 300 {
                worked.insert(operation);
            }
        }
        let all: BTreeSet<String> =
            ENDPOINTS.iter().filter(|endpoint| !endpoint.roles.is_empty()).map(|endpoint| endpoint.operation.to_owned()).collect();
        // Nothing is there to be read, printed, resumed or answered of an order that was built rather than lived through.
        let nothing_there: BTreeSet<String> =
            ["getValidation", "getRouting", "printLabel", "chooseCarrier", "buyLabel", "resumeOrder", "answerOffer"]
                .map(str::to_owned)
                .into();
        let left: Vec<_> = all.difference(&worked).filter(|name| !nothing_there.contains(*name)).collect();
        assert!(left.is_empty(), "{left:?} never came to their work");
    }
}
