//! The Rust table is the state table, row for row.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect, its helpers too")]

use oms_domain::state::State;
use oms_domain::transition::{TRANSITIONS, find};
use serde::Deserialize;
use strum::VariantNames as _;

#[derive(Deserialize)]
struct Table {
    states: Vec<String>,
    terminal: Vec<State>,
    transition: Vec<Row>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Row {
    n: u8,
    from: String,
    to: String,
    trigger: String,
    kind: String,
    actors: Vec<String>,
}

fn table() -> Table {
    toml::from_str(include_str!("order-states.toml")).unwrap()
}

#[test]
fn states_are_the_tables() {
    assert_eq!(State::VARIANTS, table().states);
    for name in State::VARIANTS {
        let state: State = name.parse().unwrap();
        assert_eq!(state.is_terminal(), table().terminal.contains(&state), "{name}");
    }
}

#[test]
fn transitions_are_the_tables() {
    let ours: Vec<Row> = TRANSITIONS
        .iter()
        .map(|row| Row {
            n: row.n,
            from: row.from.to_string(),
            to: row.to.to_string(),
            trigger: row.trigger.to_string(),
            kind: row.kind.to_string(),
            actors: row.actors.iter().map(ToString::to_string).collect(),
        })
        .collect();
    assert_eq!(ours, table().transition);
}

#[test]
fn a_trigger_is_unambiguous_in_a_state() {
    for row in &TRANSITIONS {
        assert_eq!(find(row.from, row.trigger), Some(row));
    }
}
