//! The walls between the crates, and one name for everything.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect, its helpers too")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Dependencies (not dev-dependencies) of the crate in this folder.
fn dependencies(folder: &Path) -> BTreeSet<String> {
    let manifest: toml::Table = toml::from_str(&fs::read_to_string(folder.join("Cargo.toml")).unwrap()).unwrap();
    manifest.get("dependencies").and_then(|table| table.as_table()).map(|table| table.keys().cloned().collect()).unwrap_or_default()
}

fn folders(room: &str) -> BTreeMap<String, PathBuf> {
    let entries = fs::read_dir(root().join(room)).unwrap().map(|entry| entry.unwrap().path());
    entries
        .filter(|path| path.join("Cargo.toml").exists())
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), path))
        .collect()
}

#[test]
fn dependencies_point_down() {
    let allowed: BTreeMap<&str, &[&str]> = [
        ("domain", &[][..]),
        ("contract", &["oms-domain"]),
        ("ports", &["oms-contract", "oms-domain"]),
        ("runtime", &["oms-contract", "oms-domain", "oms-ports"]),
        ("aws", &["oms-contract", "oms-domain", "oms-ports"]),
        ("gateways", &["oms-contract", "oms-domain", "oms-ports"]),
        ("carriers", &["oms-contract", "oms-domain", "oms-ports"]),
        ("fakes", &["oms-contract", "oms-domain", "oms-ports"]),
    ]
    .into();
    let shared = folders("shared");
    assert_eq!(shared.keys().map(String::as_str).collect::<BTreeSet<_>>(), allowed.keys().copied().collect());
    for (name, folder) in &shared {
        let ours: BTreeSet<_> = dependencies(folder).into_iter().filter(|dependency| dependency.starts_with("oms-")).collect();
        let wrong: Vec<_> = ours.iter().filter(|dependency| !allowed[name.as_str()].contains(&dependency.as_str())).collect();
        assert!(wrong.is_empty(), "shared/{name} may not depend on {wrong:?}");
    }
}

#[test]
fn only_the_adapter_crate_names_the_sdk() {
    for room in ["shared", "functions"] {
        for (name, folder) in folders(room) {
            let sdk: Vec<_> = dependencies(&folder)
                .into_iter()
                .filter(|dependency| dependency.starts_with("aws-sdk-") || dependency == "aws-config")
                .collect();
            assert!(sdk.is_empty() || name == "aws", "{room}/{name} names {sdk:?}");
        }
    }
}

#[test]
fn the_domain_does_no_io() {
    let forbidden = ["tokio", "reqwest", "async-trait", "futures", "tracing", "lambda_runtime", "aws-lc-rs"];
    let found: Vec<_> =
        dependencies(&root().join("shared/domain")).into_iter().filter(|dependency| forbidden.contains(&dependency.as_str())).collect();
    assert!(found.is_empty(), "shared/domain depends on {found:?}");
}

/// A function's library decides; what it decides with is wired in `main.rs` alone.
#[test]
fn function_libraries_see_no_adapters() {
    for (name, folder) in folders("functions") {
        for file in rust_files(&folder.join("src")).into_iter().filter(|file| !file.ends_with("main.rs")) {
            let text = fs::read_to_string(&file).unwrap();
            for adapter in ["oms_aws", "oms_runtime", "oms_fakes"] {
                let path = file.to_string_lossy();
                let inside_tests = path.ends_with("tests.rs")
                    || path.contains("/src/tests/")
                    || text.find("#[cfg(test)]").is_some_and(|tests| text.find(adapter).is_none_or(|at| at > tests));
                assert!(!text.contains(adapter) || inside_tests, "functions/{name}: {} names {adapter}", file.display());
            }
        }
    }
}

#[test]
fn mains_only_wire() {
    for (name, folder) in folders("functions") {
        let lines = fs::read_to_string(folder.join("src/main.rs")).unwrap().lines().count();
        assert!(lines <= 45, "functions/{name}/src/main.rs has {lines} lines: decisions belong in the library");
        let manifest: toml::Table = toml::from_str(&fs::read_to_string(folder.join("Cargo.toml")).unwrap()).unwrap();
        assert_eq!(manifest["package"]["name"].as_str(), Some(name.as_str()), "folder and package have one name");
    }
}

#[test]
fn every_dependency_has_one_version_for_all() {
    for room in ["shared", "functions"] {
        for (name, folder) in folders(room) {
            let manifest: toml::Table = toml::from_str(&fs::read_to_string(folder.join("Cargo.toml")).unwrap()).unwrap();
            for section in ["dependencies", "dev-dependencies"] {
                for (dependency, value) in manifest.get(section).and_then(|table| table.as_table()).into_iter().flatten() {
                    let shared = value.get("workspace").and_then(toml::Value::as_bool) == Some(true);
                    assert!(shared, "{room}/{name}: {dependency} does not take the workspace's version");
                }
            }
        }
    }
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// Features are unified over the workspace: one crate that switches HTTP/2 on, a mocking library of one test will do, puts it into every
/// function that is deployed, where nobody speaks it.
#[test]
fn nobody_brings_http2() {
    let lock: toml::Table = toml::from_str(&fs::read_to_string(root().join("Cargo.lock")).unwrap()).unwrap();
    let packages: Vec<_> = lock["package"].as_array().unwrap().iter().map(|package| package["name"].as_str().unwrap()).collect();
    assert!(packages.contains(&"hyper"), "Cargo.lock lists {} packages", packages.len());
    assert!(!packages.contains(&"h2"), "see by `cargo tree -i h2 -e features` who switches HTTP/2 on");
}

/// Or else every outside crate with other features is compiled twice, once for `make run` and once for `make test`.
#[test]
fn tests_ask_no_outside_crate_for_more_than_the_binaries_do() {
    let crates = |edges: &str, but: &[&str]| -> BTreeMap<String, BTreeSet<String>> {
        let arguments = ["tree", "--workspace", "--locked", "--offline", "--prefix", "none", "--edges", edges, "--format", "{p}|{f}"];
        let output = Command::new(env!("CARGO")).args(arguments).args(but).current_dir(root()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let mut crates: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for line in String::from_utf8(output.stdout).unwrap().lines() {
            if let Some((name, features)) = line.trim_end_matches(" (*)").split_once('|').filter(|(name, _)| !name.contains('(')) {
                crates.entry(name.to_owned()).or_default().extend(features.split(',').map(str::to_owned));
            }
        }
        crates
    };
    // As `infra/local/deploy.py` builds them.
    let binaries = crates("normal,build", &["--exclude", "oms-bench"]);
    let tests = crates("normal,build,dev", &[]);
    assert!(binaries.len() > 100, "cargo tree lists {} crates", binaries.len());
    let more: Vec<_> = tests.iter().filter(|(name, features)| binaries.get(*name).is_none_or(|own| !features.is_subset(own))).collect();
    assert!(more.is_empty(), "name in tests/Cargo.toml, as plain dependencies, what asks for these: {more:#?}");
}
