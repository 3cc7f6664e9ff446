//! Files made from the Rust tables are what the tables say. `make openapi` (UPDATE=1) writes them anew.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops at what it does not expect, its helpers too")]

use std::path::{Path, PathBuf};

use oms_contract::api::endpoints::ENDPOINTS;
use oms_contract::{openapi, step};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[expect(clippy::disallowed_methods, reason = "a switch of the developer's, not configuration of a function")]
fn check(path: &str, generated: &str) {
    let path = root().join(path);
    if std::env::var("UPDATE").is_ok() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, generated).unwrap();
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(stored == generated, "{} is not what the code says: run `make openapi` and look at the difference", path.display());
}

#[test]
fn openapi_is_generated() {
    let head = "# Generated from shared/contract by `make openapi`. Do not edit.\n";
    check("openapi.yaml", &format!("{head}{}", serde_yaml_ng::to_string(&openapi::document()).unwrap()));
}

#[test]
fn step_table_is_generated() {
    check("docs/generated/steps.json", &format!("{}\n", serde_json::to_string_pretty(&step::step_table()).unwrap()));
}

#[test]
fn every_reference_of_the_document_is_defined() {
    let document = openapi::document();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let text = document.to_string();
    for reference in text.split("#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(schemas.contains_key(name), "{name} is referred to and not defined");
    }
    let operations: usize = document["paths"].as_object().unwrap().values().map(|path| path.as_object().unwrap().len()).sum();
    assert_eq!(operations, ENDPOINTS.len());
}
