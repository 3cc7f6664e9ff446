//! The Rust table is the table of tracking events, row for row.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect, its helpers too")]

use std::collections::BTreeMap;

use oms_domain::tracking::{EVENTS, Event};
use serde::Deserialize;
use strum::VariantNames as _;

#[derive(Debug, PartialEq, Deserialize)]
struct Row {
    level: String,
    #[serde(default)]
    moves_to: Option<String>,
    #[serde(default)]
    customer: bool,
}

fn table() -> BTreeMap<String, Row> {
    let groups: BTreeMap<String, BTreeMap<String, Row>> = toml::from_str(include_str!("tracking-events.toml")).unwrap();
    groups.into_values().flatten().collect()
}

#[test]
fn every_row_is_the_tables() {
    let ours: BTreeMap<String, Row> = EVENTS
        .iter()
        .map(|row| {
            let theirs =
                Row { level: row.level.to_string(), moves_to: row.moves_to.map(|state| state.to_string()), customer: row.customer };
            (row.event.to_string(), theirs)
        })
        .collect();
    assert_eq!(ours, table());
}

#[test]
fn each_event_stands_at_its_own_index() {
    for (index, name) in Event::VARIANTS.iter().enumerate() {
        let event: Event = name.parse().unwrap();
        assert_eq!(EVENTS[index].event, event);
        assert_eq!(event.meaning().event, event);
    }
}
