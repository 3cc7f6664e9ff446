//! Any order that is taken is checked: over the seed's marketplace, captured, paid and validated by the functions' own libraries.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use oms_contract::api::endpoints::scopes_of;
use oms_contract::api::place::PlacedOrder;
use oms_contract::http::{ApiRequest, Caller};
use oms_contract::record::ValidationReport;
use oms_contract::step::{StepInput, StepOutcome};
use oms_domain::ActorKind;
use oms_domain::flow::Next;
use oms_fakes::inventory::Ledger;
use oms_fakes::{CountingEntropy, FakeGateway, FixedClock, MemoryInventory, MemoryOrders, MemoryReference, MemorySealer, at};
use oms_local::seed::Seed;
use oms_ports::orders::{Orders as _, Records as _};

use crate::input::Input;
use crate::{block_on, root, sample};

/// `cus-clara`, and the order that she places.
pub fn run(bytes: &[u8]) {
    report(bytes);
}

/// The report on it, if it is taken and paid.
fn report(bytes: &[u8]) -> Option<ValidationReport> {
    let input = Input::of(bytes);
    MARKET.with(|market| block_on(market.checked(input)))
}

thread_local! {
    static MARKET: Market = Market::open();
}

struct Market {
    customers: Vec<String>,
    reference: Arc<MemoryReference>,
    shelves: Ledger,
}

impl Market {
    fn open() -> Self {
        let seed = Seed::read(&root().join(Path::new("infra/local/seed"))).expect("the seed");
        let reference = MemoryReference::default();
        for product in seed.products {
            reference.product(product);
        }
        for vendor in seed.vendors {
            reference.vendor(vendor);
        }
        let customers = seed.customers.iter().map(|customer| customer.customer_id.to_string()).collect();
        for customer in seed.customers {
            reference.customer(customer);
        }
        for rate in seed.taxes {
            reference.tax(rate);
        }
        for card in seed.rates {
            reference.rates(card);
        }
        for coupon in seed.coupons {
            reference.coupon(coupon);
        }
        reference.market(seed.market.expect("a market")).promotions(seed.promotions.expect("promotions"));
        reference.regulations(seed.regulations.expect("regulations")).watchlists(seed.watchlists.expect("watchlists"));
        Self { customers, reference: Arc::new(reference), shelves: MemoryInventory::stocked(&seed.stock).snapshot() }
    }

    async fn checked(&self, input: Input<'_>) -> Option<ValidationReport> {
        let subject = input.pick(0, &self.customers, ToString::to_string).clone();
        let orders = Arc::new(MemoryOrders::default());
        let sealer = Arc::new(MemorySealer::default());
        let clock = Arc::new(FixedClock::at(at("2026-11-23T12:00:00Z")));
        let capture = capture::Deps {
            orders: orders.clone(),
            drafts: orders.clone(),
            records: orders.clone(),
            sealer: sealer.clone(),
            clock: clock.clone(),
            entropy: Arc::new(CountingEntropy::default()),
        };
        let scopes = scopes_of(ActorKind::Customer).into_iter().map(str::to_owned).collect();
        let request = ApiRequest {
            route: "POST /api/v2/orders".to_owned(),
            path: BTreeMap::new(),
            query: BTreeMap::new(),
            headers: [("idempotency-key".to_owned(), "k".to_owned())].into(),
            body: input.rest.to_vec(),
            caller: Some(Caller { role: ActorKind::Customer, subject, scopes }),
        };
        let response = capture::handle(&capture, request).await;
        if response.status != 201 {
            return None;
        }
        let order_id = serde_json::from_str::<PlacedOrder>(&response.body).expect("an answer of ours").order_id;
        let pay = pay::Deps {
            orders: orders.clone(),
            records: orders.clone(),
            effects: orders.clone(),
            gateway: Arc::new(FakeGateway::default()),
            clock: clock.clone(),
        };
        let paid: StepOutcome = pay::handle(&pay, StepInput { order_id }).await.expect("the fakes never fail");
        if paid.next != Next::Validate {
            return None;
        }
        let inventory = MemoryInventory::default();
        inventory.restore(&self.shelves);
        let validate = validate::Deps {
            orders: orders.clone(),
            records: orders.clone(),
            listings: orders.clone(),
            inventory: Arc::new(inventory),
            reference: self.reference.clone(),
            counted: validate::load::Counted::default(),
            sealer,
            clock,
        };
        let outcome = validate::handle(&validate, StepInput { order_id }).await.expect("every order is judged");
        assert!(orders.load(order_id).await.is_ok_and(|stored| stored.is_some_and(|stored| stored.order.seq == outcome.version)));
        let report =
            orders.validation(order_id, paid.version).await.expect("the fakes never fail").expect("an order that was judged has a report");
        for check in &validate::checks::CHECKS {
            assert!(report.results.iter().any(|result| result.check == check.number), "check {} is silent", check.number);
        }
        Some(report)
    }
}

/// The samples, each by its own customer.
pub fn seeds() -> Vec<Vec<u8>> {
    let index: serde_json::Value = serde_json::from_slice(&sample("events/http/index.json")).expect("the samples' index");
    let rows = index.as_array().expect("a list").iter();
    rows.map(|row| {
        let (file, customer) = (row["file"].as_str().expect("a file"), row["customer_id"].as_str().expect("a customer"));
        [format!("{customer}\n").as_bytes(), &sample(&format!("events/http/{file}"))].concat()
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use validate::checks::{Verdict, verdict};

    #[test]
    fn most_samples_come_as_far_as_the_checks_and_some_pass_them() {
        let reports: Vec<ValidationReport> = seeds().iter().filter_map(|seed| report(seed)).collect();
        let passes = |report: &&ValidationReport| verdict(&report.results) == Verdict::Passed;
        let passed = reports.iter().filter(passes).count();
        assert!(reports.len() >= 20 && passed >= 8 && passed < reports.len(), "{passed} of {} pass", reports.len());
    }
}
