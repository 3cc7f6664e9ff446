//! Every target takes its seeds, seeds spoilt in many ways, and whatever once made one fail. The ways follow from a fixed seed: what is found here
//! is found again.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect, its helpers too")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use oms_fuzz::{TARGETS, Target};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};

fn here() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// What once made the target fail.
fn found(target: &Target) -> Vec<Vec<u8>> {
    let Ok(entries) = fs::read_dir(here().join("found").join(target.name)) else { return Vec::new() };
    entries.map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect()
}

/// One way to spoil bytes; places count from 0 to 1.
#[derive(Debug, Clone)]
enum Spoil {
    Flip(f64, u8),
    Cut(f64, f64),
    Insert(f64, Vec<u8>),
    Twice(f64, f64),
    Splice(f64, usize, f64),
}

fn spoil() -> impl Strategy<Value = Spoil> {
    let place = || 0.0..1.0;
    // What parsers trip over.
    let odd = prop::sample::select(vec![
        "\0",
        "\u{fffd}",
        "ß",
        "İ",
        "-0",
        "1e999",
        "18446744073709551616",
        "-9223372036854775808",
        "null",
        "{}",
        "[]",
        "\"",
        "\\u0000",
        "\n",
        "𝟙",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:60+14:00",
        "NaN",
        "2026-02-30",
        "%00",
    ]);
    prop_oneof![
        (place(), any::<u8>()).prop_map(|(at, byte)| Spoil::Flip(at, byte)),
        (place(), place()).prop_map(|(from, to)| Spoil::Cut(from, to)),
        (place(), odd).prop_map(|(at, text)| Spoil::Insert(at, text.as_bytes().to_vec())),
        (place(), prop::collection::vec(any::<u8>(), 1..6)).prop_map(|(at, bytes)| Spoil::Insert(at, bytes)),
        (place(), place()).prop_map(|(from, to)| Spoil::Twice(from, to)),
        (place(), any::<usize>(), place()).prop_map(|(at, other, from)| Spoil::Splice(at, other, from)),
    ]
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a share of a length")]
fn place(bytes: &[u8], share: f64) -> usize {
    ((bytes.len() as f64 * share) as usize).min(bytes.len())
}

fn spoilt(mut bytes: Vec<u8>, spoils: &[Spoil], seeds: &[Vec<u8>]) -> Vec<u8> {
    for spoil in spoils {
        match spoil {
            Spoil::Flip(at, mask) => {
                let at = place(&bytes, *at);
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= mask;
                }
            }
            Spoil::Cut(from, to) => {
                let (from, to) = (place(&bytes, *from), place(&bytes, *to));
                drop(bytes.drain(from.min(to)..from.max(to)));
            }
            Spoil::Insert(at, more) => {
                let at = place(&bytes, *at);
                drop(bytes.splice(at..at, more.iter().copied()));
            }
            Spoil::Twice(from, to) => {
                let (from, to) = (place(&bytes, *from), place(&bytes, *to));
                let again = bytes[from.min(to)..from.max(to)].to_vec();
                let at = from.max(to);
                drop(bytes.splice(at..at, again));
            }
            Spoil::Splice(at, other, from) => {
                let other = &seeds[other % seeds.len()];
                bytes.truncate(place(&bytes, *at));
                bytes.extend(&other[place(other, *from)..]);
            }
        }
    }
    bytes
}

/// Spoilt seeds of each target: a second or two for all.
const CASES: u32 = 300;
/// The same of targets that draw whole pages.
const FEW: u32 = 30;

fn feed(name: &str) {
    let target = oms_fuzz::target(name).unwrap();
    let seeds = (target.seeds)();
    for seed in seeds.iter().chain(&found(&target)) {
        (target.run)(seed);
    }
    (target.run)(b"");
    let cases = if name == "label_artwork" { FEW } else { CASES };
    let config = Config { cases, rng_seed: RngSeed::Fixed(4), failure_persistence: None, ..Config::default() };
    let cases = (any::<usize>(), prop::collection::vec(spoil(), 1..5));
    let run = TestRunner::new(config).run(&cases, |(nth, spoils)| {
        (target.run)(&spoilt(seeds[nth % seeds.len()].clone(), &spoils, &seeds));
        Ok(())
    });
    run.unwrap();
}

macro_rules! targets {
    ($($name:ident),* $(,)?) => {
        $(#[test]
        fn $name() {
            feed(stringify!($name));
        })*

        #[test]
        fn every_target_is_fed_here_and_is_a_program_for_make_fuzz() {
            let here_fed: BTreeSet<&str> = [$(stringify!($name)),*].into();
            let all: BTreeSet<&str> = TARGETS.iter().map(|target| target.name).collect();
            assert_eq!(here_fed, all);
            let manifest: toml::Table = toml::from_str(&fs::read_to_string(here().join("Cargo.toml")).unwrap()).unwrap();
            let programs = manifest["bin"].as_array().unwrap().iter().filter(|bin| bin.get("required-features").is_some());
            let programs: BTreeSet<&str> = programs.map(|bin| bin["name"].as_str().unwrap()).collect();
            assert_eq!(programs, all);
            for name in all {
                let text = fs::read_to_string(here().join("targets").join(name).with_extension("rs")).unwrap();
                assert!(text.contains(&format!("feed(\"{name}\"")), "targets/{name}.rs feeds another target");
            }
        }
    };
}

targets!(
    api,
    checks,
    envelopes,
    authorizer,
    signatures,
    payment_webhook,
    carrier_webhook,
    customer_events,
    tracking,
    carrier_answers,
    gateway_answers,
    label_artwork,
    texts,
    olist,
);

#[test]
fn what_was_found_belongs_to_a_target() {
    for entry in fs::read_dir(here().join("found")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let known = TARGETS.iter().any(|target| target.name == name) || Path::new(&name).extension().is_some();
        assert!(known, "found/{name} is of no target");
    }
}
