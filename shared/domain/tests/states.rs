//! The Rust table is the state table, row for row, and `docs/states.md` is made from it.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect, its helpers too")]

mod states_page;

use std::collections::BTreeMap;

use oms_domain::state::State;
use oms_domain::timers::TIMEOUTS;
use oms_domain::transition::{TRANSITIONS, Trigger, allowed, cancelling, find, shortest};
use oms_domain::{ActorKind, timers};
use serde::Deserialize;
use strum::{IntoEnumIterator as _, VariantNames as _};

#[derive(Deserialize)]
struct Table {
    states: Vec<String>,
    terminal: Vec<State>,
    timeouts: BTreeMap<String, Timeout>,
    transition: Vec<Row>,
}

#[derive(Deserialize)]
struct Timeout {
    after: String,
    to: State,
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

/// The table leaves open how long a draft lasts; all else is as it says, and ends where it says.
#[test]
fn timeouts_are_the_tables() {
    let ours: BTreeMap<String, String> =
        TIMEOUTS.iter().map(|(state, lasts)| (state.to_string(), format!("{}h", lasts.as_hours()))).collect();
    let mut theirs: BTreeMap<String, String> = table().timeouts.into_iter().map(|(state, timeout)| (state, timeout.after)).collect();
    theirs.insert("draft".to_owned(), format!("{}h", 30 * 24));
    assert_eq!(ours, theirs);
    for (name, timeout) in table().timeouts {
        let state: State = name.parse().unwrap();
        let trigger = cancelling(state).unwrap();
        assert_eq!(find(state, trigger).unwrap().to, timeout.to, "{name}");
        assert!(allowed(state, ActorKind::System).contains(&trigger), "no timer may end {name}");
    }
}

#[test]
fn a_trigger_is_unambiguous_in_a_state() {
    for row in &TRANSITIONS {
        assert_eq!(find(row.from, row.trigger), Some(row));
    }
}

/// 23 states, 40 triggers, 6 actors: each triple is allowed exactly where a row says so.
#[test]
fn every_triple_is_allowed_exactly_where_the_table_says_so() {
    let rows = table().transition;
    let (mut tried, mut open) = (0, 0);
    for (state, trigger) in State::iter().flat_map(|state| Trigger::iter().map(move |trigger| (state, trigger))) {
        for actor in ActorKind::iter() {
            let named = |row: &&Row| row.from == state.to_string() && row.trigger == trigger.to_string();
            let expected = rows.iter().find(named).is_some_and(|row| row.actors.contains(&actor.to_string()));
            assert_eq!(allowed(state, actor).contains(&trigger), expected, "{state} {trigger} {actor}");
            tried += 1;
            open += u32::from(expected);
        }
    }
    assert_eq!((tried, open), (23 * 40 * 6, rows.iter().map(|row| u32::try_from(row.actors.len()).unwrap()).sum()));
}

#[test]
fn every_state_that_somebody_may_cancel_has_one_trigger_for_it() {
    for state in State::iter() {
        let ways: Vec<Trigger> =
            TRANSITIONS.iter().filter(|row| row.from == state && row.to == State::Cancelled).map(|row| row.trigger).collect();
        assert!(ways.len() <= 1, "{state}: {ways:?}");
        assert_eq!(cancelling(state), ways.first().copied(), "{state}");
    }
}

#[test]
fn every_state_can_be_reached_from_a_draft_and_every_one_but_the_ends_can_be_left() {
    let mut reached = vec![State::Draft];
    for at in 0.. {
        let Some(state) = reached.get(at).copied() else { break };
        for row in TRANSITIONS.iter().filter(|row| row.from == state) {
            if !reached.contains(&row.to) {
                reached.push(row.to);
            }
        }
    }
    reached.sort_unstable();
    assert_eq!(reached, State::iter().collect::<Vec<_>>());
    for state in State::iter() {
        let leaves = TRANSITIONS.iter().any(|row| row.from == state);
        assert_eq!(leaves, !matches!(state, State::Cancelled | State::Returned), "{state}");
    }
}

#[test]
fn the_shortest_way_is_walkable_and_no_other_is_shorter() {
    let carrier = ActorKind::Carrier;
    for (from, to, numbers) in [
        (State::ReadyToShip, State::Delivered, Some(vec![38, 40, 41, 43])),
        (State::Shipped, State::Shipped, Some(vec![])),
        // By way of the failed attempt that the carrier may report straight away, not of the vehicle.
        (State::InTransit, State::Returned, Some(vec![42, 46])),
        (State::Delivered, State::InTransit, None),
        (State::Packing, State::Shipped, None),
    ] {
        let way = shortest(from, to, carrier).map(|way| way.iter().map(|row| row.n).collect::<Vec<_>>());
        assert_eq!(way, numbers, "{from} to {to}");
    }
}

#[test]
fn the_page_of_states_is_generated() {
    states_page::check();
    assert_eq!(timers::TIMEOUTS.len(), table().timeouts.len() + 1);
}
