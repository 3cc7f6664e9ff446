//! The state table as the contract has it, read from its file and not from the code that is checked against it.

use std::collections::BTreeMap;

use serde::Deserialize;

use oms_domain::{ActorKind, State};

#[derive(Deserialize)]
struct File {
    terminal: Vec<State>,
    transition: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    from: State,
    to: State,
    actors: Vec<ActorKind>,
}

/// What the rules ask of the table.
pub(crate) struct Table {
    terminal: Vec<State>,
    /// States that the customer may cancel in.
    ways_out: Vec<State>,
    /// Fewest transitions from each state to `delivered`.
    left: BTreeMap<State, usize>,
}

impl Table {
    pub(crate) fn read() -> Self {
        let file: File = toml::from_str(include_str!("../../../shared/domain/tests/order-states.toml")).unwrap();
        let mut left = BTreeMap::from([(State::Delivered, 0)]);
        let mut way = 0;
        while let Some(nearer) = Some(way).filter(|way| left.values().any(|steps| steps == way)) {
            for row in &file.transition {
                if left.get(&row.to) == Some(&nearer) {
                    left.entry(row.from).or_insert(nearer + 1);
                }
            }
            way += 1;
        }
        let cancels = |row: &&Row| row.to == State::Cancelled && row.actors.contains(&ActorKind::Customer);
        let ways_out = file.transition.iter().filter(cancels).map(|row| row.from).collect();
        Self { terminal: file.terminal, ways_out, left }
    }

    /// Whether the customer may cancel there.
    pub(crate) fn has_a_way_out(&self, state: State) -> bool {
        self.ways_out.contains(&state)
    }

    pub(crate) fn is_terminal(&self, state: State) -> bool {
        self.terminal.contains(&state)
    }

    /// The states that an order may have whose parts have these: of the live ones the least advanced, which is the farthest from `delivered`.
    /// Several where several are as far.
    pub(crate) fn derived(&self, parts: &[State]) -> Vec<State> {
        let live: Vec<State> = parts.iter().copied().filter(|state| !self.is_terminal(*state)).collect();
        if let Some(farthest) = live.iter().filter_map(|state| self.left.get(state)).max() {
            return live.into_iter().filter(|state| self.left.get(state) == Some(farthest)).collect();
        }
        let any = |wanted: State| parts.contains(&wanted);
        let end = if any(State::Delivered) {
            State::Delivered
        } else if any(State::Returned) {
            State::Returned
        } else {
            State::Cancelled
        };
        vec![end]
    }
}
