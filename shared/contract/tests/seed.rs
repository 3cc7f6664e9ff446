//! The local seed and the sample orders say what the shapes say: every row parses, and nothing of a row is lost on the way.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops at what it does not expect, its helpers too")]

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use oms_contract::api::place::PlaceOrder;
use oms_contract::reference::account::Watchlists;
use oms_contract::reference::discount::{Coupon, Promotions};
use oms_contract::reference::regulation::Regulations;
use oms_contract::reference::{Customer, Market, Product, RateCard, StockRow, TaxRate, Vendor, Weights};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

type Outcome = Result<(), Box<dyn Error>>;

fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

fn read(name: &str) -> Result<String, Box<dyn Error>> {
    Ok(fs::read_to_string(folder("infra/local/seed").join(name))?)
}

/// Fields that the shape leaves out: words for people.
const NOTES: [&str; 1] = ["label"];

fn parses_whole<T: DeserializeOwned + Serialize>(text: &str) -> Result<T, Box<dyn Error>> {
    let mut written: Value = serde_json::from_str(text)?;
    let row: T = serde_json::from_value(written.clone())?;
    if let Some(fields) = written.as_object_mut() {
        fields.retain(|name, _| !NOTES.contains(&name.as_str()));
    }
    assert_eq!(serde_json::to_value(&row)?, written, "lost on the way");
    Ok(row)
}

fn lines_parse_whole<T: DeserializeOwned + Serialize>(name: &str) -> Result<Vec<T>, Box<dyn Error>> {
    let rows: Vec<T> = read(name)?.lines().map(parses_whole).collect::<Result<_, _>>()?;
    assert!(!rows.is_empty(), "{name} is empty");
    Ok(rows)
}

#[test]
fn every_row_of_the_seed_parses_whole() -> Outcome {
    lines_parse_whole::<Product>("products.jsonl")?;
    lines_parse_whole::<Vendor>("vendors.jsonl")?;
    lines_parse_whole::<StockRow>("stock.jsonl")?;
    lines_parse_whole::<Customer>("customers.jsonl")?;
    lines_parse_whole::<TaxRate>("taxes.jsonl")?;
    lines_parse_whole::<RateCard>("carriers.jsonl")?;
    lines_parse_whole::<Coupon>("coupons.jsonl")?;
    parses_whole::<Promotions>(&read("promotions.json")?)?;
    Ok(())
}

#[test]
fn the_market_parses_whole_and_its_weights_sum_to_one() -> Outcome {
    let market: Market = parses_whole(&read("market.json")?)?;
    let Weights { time, cost, performance } = market.weights;
    assert_eq!(time + cost + performance, 1.into());
    Ok(())
}

#[test]
fn the_marketplaces_tables_parse_whole() -> Outcome {
    let regulations: Regulations = parses_whole(&read("regulations.json")?)?;
    assert!(!regulations.goods.is_empty() && !regulations.hazmat.is_empty());
    let watchlists: Watchlists = parses_whole(&read("watchlists.json")?)?;
    assert!(!watchlists.names.is_empty());
    Ok(())
}

#[test]
fn every_sample_order_parses_whole() -> Outcome {
    let index: Vec<Value> = serde_json::from_str(&fs::read_to_string(folder("events/http/index.json"))?)?;
    assert!(!index.is_empty(), "no sample orders");
    for entry in index {
        let file = entry["file"].as_str().ok_or("an entry without file")?;
        parses_whole::<PlaceOrder>(&fs::read_to_string(folder("events/http").join(file))?)?;
    }
    Ok(())
}
