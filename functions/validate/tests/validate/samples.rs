//! The sample orders against the seed of the local stack: each fails exactly the check that the index names, or none.

use std::path::{Path, PathBuf};

use oms_contract::reference::{Customer, Market, Product, RateCard, StockRow, TaxRate, Vendor};
use oms_domain::address::Personal;
use oms_domain::document::{Document, Line};
use oms_ports::stock::{Held, Source};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use validate::checks::{CHECKS, Verdict, run, verdict};
use validate::facts::{Facts, Fetched};

use crate::fixture;

#[derive(Deserialize)]
struct Sample {
    file: String,
    customer_id: String,
    #[serde(default)]
    fails: Option<String>,
}

#[derive(Deserialize)]
struct Request {
    currency: oms_domain::Currency,
    lines: Vec<Line>,
    shipping: i64,
    shipping_tax: i64,
    discount: i64,
    total: i64,
    #[serde(flatten)]
    personal: Personal,
}

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

fn fetched(sample: &Sample, request: Request) -> Fetched {
    let country = request.personal.shipping_address.country.clone();
    let document = Document {
        currency: request.currency,
        lines: request.lines,
        shipping: request.shipping,
        shipping_tax: request.shipping_tax,
        discount: request.discount,
        total: request.total,
        destination: country.clone(),
        ..fixture::document()
    };
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
        taxes: rows::<TaxRate>("taxes.jsonl").into_iter().filter(|row| row.country == country).collect(),
        sources: sources.collect(),
        vendors: rows::<Vendor>("vendors.jsonl"),
        rates: rows::<RateCard>("carriers.jsonl"),
        regulations: Default::default(),
        watchlists: Default::default(),
        promotions: Default::default(),
        coupons: vec![],
        gift_cards: vec![],
        document,
    }
}

#[test]
fn every_sample_order_fails_exactly_what_the_index_says() {
    let samples: Vec<Sample> = json("events/http/index.json");
    assert!(samples.len() > 13, "{} samples", samples.len());
    for sample in &samples {
        let request = json(&format!("events/http/{}", sample.file));
        let mut facts = Facts::of(fetched(sample, request));
        facts.held = Some(Held::Yes);
        let results = run(&facts);
        let expected = match &sample.fails {
            None => Verdict::Passed,
            Some(code) => Verdict::Failed(CHECKS.iter().filter(|check| check.code == code).map(|check| check.number).collect()),
        };
        let wrong: Vec<_> = results.iter().filter(|row| row.outcome != oms_contract::record::CheckOutcome::Pass).collect();
        assert_eq!(verdict(&results), expected, "{}: {wrong:?}", sample.file);
        assert!(facts.destination.geocode.is_some() || sample.fails.is_some(), "{} is nowhere", sample.file);
    }
}
