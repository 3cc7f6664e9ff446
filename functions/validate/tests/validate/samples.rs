//! The sample orders against the seed of the local stack: each fails exactly the check that the index names, or none.

use std::path::{Path, PathBuf};

use oms_contract::record::CheckOutcome;
use oms_contract::reference::discount::{Coupon, Promotions};
use oms_contract::reference::{Customer, Market, Product, RateCard, StockRow, TaxRate, Vendor};
use oms_domain::address::Personal;
use oms_domain::document::{Claims, Document, Line, MethodKind, PaymentMethod};
use oms_ports::gateway::evidence::Compared;
use oms_ports::stock::{Held, Source};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use validate::checks::{CHECKS, Verdict, doubts, run, verdict};
use validate::facts::{Facts, Fetched};

use crate::fixture;

#[derive(Deserialize)]
struct Sample {
    file: String,
    customer_id: String,
    #[serde(default)]
    fails: Option<String>,
    expect: String,
    /// Checks that fail for the same reason.
    #[serde(default)]
    also: Vec<String>,
}

#[derive(Deserialize)]
struct Delivery {
    speed: oms_domain::document::Speed,
}

#[derive(Deserialize)]
struct Request {
    delivery: Delivery,
    currency: oms_domain::Currency,
    lines: Vec<Line>,
    shipping: i64,
    shipping_tax: i64,
    discount: i64,
    total: i64,
    payment_method: Method,
    #[serde(default)]
    claims: Claims,
    #[serde(flatten)]
    personal: Personal,
}

#[derive(Deserialize)]
struct Method {
    kind: MethodKind,
    #[serde(default)]
    token: String,
}

/// The gateway's test card that a German bank issued; all others are American.
const GERMAN_CARD: &str = "pm_card_de";

/// Its test card whose issuer knows the billing address; of all others nobody compares it.
const KNOWN_CARD: &str = "pm_card_mastercard";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn json<T: DeserializeOwned>(path: &str) -> T {
    serde_json::from_str(&std::fs::read_to_string(root().join(path)).unwrap()).expect(path)
}

fn rows<T: DeserializeOwned>(name: &str) -> Vec<T> {
    let text = std::fs::read_to_string(root().join("infra/local/seed").join(name)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).expect(name)).collect()
}

/// What a fetch gives of the seed's rates for a destination.
pub(crate) fn seeded_taxes(country: &str) -> Vec<TaxRate> {
    let home = oms_domain::territory::home(country);
    rows::<TaxRate>("taxes.jsonl").into_iter().filter(|row| row.country() == home).collect()
}

fn fetched(sample: &Sample, request: Request) -> Fetched {
    let country = request.personal.shipping_address.country.clone();
    let document = Document {
        currency: request.currency,
        lines: request.lines,
        shipping: request.shipping,
        shipping_tax: request.shipping_tax,
        discount: request.discount,
        total: request.total,
        speed: request.delivery.speed,
        destination: country.clone(),
        payment_method: PaymentMethod { kind: request.payment_method.kind, token: String::new() },
        claims: request.claims,
        ..fixture::document()
    };
    let mut payment = fixture::payment(&document);
    if request.payment_method.token == GERMAN_CARD {
        let evidence = payment.answer.as_mut().and_then(|answer| answer.evidence.as_mut());
        evidence.unwrap().country = Some("DE".into());
    }
    if request.payment_method.token == KNOWN_CARD {
        let evidence = payment.answer.as_mut().and_then(|answer| answer.evidence.as_mut()).unwrap();
        (evidence.street, evidence.postcode) = (Compared::Match, Compared::Match);
    }
    let wanted = |sku: &oms_domain::Sku| document.lines.iter().any(|line| line.sku == *sku);
    let sources = rows::<StockRow>("stock.jsonl").into_iter().filter(|row| wanted(&row.sku) && row.available > 0).map(|row| Source {
        sku: row.sku,
        vendor_id: row.vendor_id,
        warehouse_id: row.warehouse_id,
        available: row.available,
    });
    Fetched {
        placed_at: fixture::placed_at(),
        personal: Some(request.personal),
        customer: rows::<Customer>("customers.jsonl").into_iter().find(|row| row.customer_id.as_str() == sample.customer_id),
        market: Some(json::<Market>("infra/local/seed/market.json")),
        products: rows::<Product>("products.jsonl").into_iter().filter(|row| wanted(&row.sku)).collect(),
        taxes: seeded_taxes(&country),
        sources: sources.collect(),
        vendors: rows::<Vendor>("vendors.jsonl"),
        rates: rows::<RateCard>("carriers.jsonl"),
        regulations: json("infra/local/seed/regulations.json"),
        watchlists: Default::default(),
        promotions: json::<Promotions>("infra/local/seed/promotions.json"),
        coupons: rows::<Coupon>("coupons.jsonl"),
        gift_cards: vec![],
        used: Default::default(),
        profile: None,
        payment,
        past: Default::default(),
        bought: Default::default(),
        load: Default::default(),
        document,
    }
}

#[test]
fn every_sample_order_fails_exactly_what_the_index_says() {
    let samples: Vec<Sample> = json("events/http/index.json");
    assert!(samples.len() > 13, "{} samples", samples.len());
    for sample in &samples {
        let request: Request = json(&format!("events/http/{}", sample.file));
        let german = request.payment_method.token == GERMAN_CARD;
        let fetched = fetched(sample, request);
        let mut facts = Facts::of(&fetched);
        facts.held = Some(Held::Yes);
        let results = run(&facts);
        let expected = match &sample.fails {
            None => Verdict::Passed,
            Some(code) => {
                let told = |check: &&validate::checks::Check| check.code == code || sample.also.iter().any(|also| also == check.code);
                Verdict::Failed(CHECKS.iter().filter(told).map(|check| check.number).collect())
            }
        };
        let wrong: Vec<_> =
            results.iter().filter(|row| matches!(row.outcome, CheckOutcome::Fail { .. } | CheckOutcome::Unavailable { .. })).collect();
        assert_eq!(verdict(&results), expected, "{}: {wrong:?}", sample.file);
        // What is verified for other reasons may be doubted too; what goes through must not be.
        assert!(doubts(&results).is_empty() || sample.expect == "fraud_review", "{}: {wrong:?}", sample.file);
        if german {
            assert_eq!(doubts(&results), [5], "{}", sample.file);
        }
        assert!(facts.destination.geocode.is_some() || sample.fails.is_some(), "{} is nowhere", sample.file);
    }
}
