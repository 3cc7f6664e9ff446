//! Looking at every situation that can come about, nearest first, so that what goes wrong is told by the shortest way there.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;

use oms_fakes::Strike;

use crate::event::{Alphabet, Ended, possible};
use crate::key::{Key, key};
use crate::rules::{self, Broken};
use crate::run::{Act, Came, Course, entwined, meanwhile, paused, struck, whole};
use crate::settle::settles;
use crate::table::Table;
use crate::world::{Scenario, Situation, World};

/// Everything but goods that vanish and reservations that run out.
pub(crate) const ORDINARY: Alphabet =
    Alphabet { scans: &[1, 3, 4, 5], stalls: 1, attempts: 2, expiry: false, vanishing: false, returns: false, time: true };

/// How far a search goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Situations.
    pub(crate) situations: usize,
    /// Kills and failed calls on one way.
    pub(crate) deaths: u8,
    /// Happenings in the middle of another, on one way.
    pub(crate) races: u8,
    /// Whether two handlers may also stop each other in turn.
    pub(crate) entwined: bool,
    /// What happens.
    pub(crate) alphabet: Alphabet,
}

/// What a search has seen.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) situations: usize,
    pub(crate) transitions: usize,
    pub(crate) deaths: usize,
    pub(crate) races: usize,
    pub(crate) depth: usize,
    /// Whether nothing was left to look at.
    pub(crate) exhausted: bool,
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { situations, transitions, deaths, races, depth, exhausted } = self;
        let end = if *exhausted { "all there are" } else { "stopped at the bound" };
        write!(f, "{situations} situations, {transitions} transitions ({deaths} with a death, {races} races), depth {depth}: {end}")
    }
}

/// A broken rule, with the shortest way there.
#[derive(Debug)]
pub(crate) struct Counterexample {
    pub(crate) broken: Broken,
    pub(crate) way: Vec<Act>,
    /// What happened by itself after that.
    pub(crate) then: Vec<Act>,
}

impl fmt::Display for Counterexample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "broken: {}\nafter: [", self.broken)?;
        for act in &self.way {
            writeln!(f, "    {act:?},")?;
        }
        writeln!(f, "]\nand then by itself: [")?;
        for act in &self.then {
            writeln!(f, "    {act:?},")?;
        }
        write!(f, "]")
    }
}

/// Where the search came from: the node before, and what happened there.
struct Node {
    before: Option<(usize, Act)>,
    depth: usize,
}

/// Deaths and races that a way may still have.
type Left = (u8, u8);

struct Search<'a> {
    world: &'a World,
    table: Table,
    bounds: Bounds,
    nodes: Vec<Node>,
    /// With what is left to each of the ways that led there: from a situation with more left, everything is found that is from one with less.
    known: HashMap<Key, Vec<Left>>,
    settled: HashSet<Key>,
    queue: VecDeque<(usize, Situation, Key, Left)>,
    seen: Seen,
}

/// Looks at everything within the bounds.
pub(crate) fn search(scenario: Scenario, bounds: Bounds) -> Result<Seen, Counterexample> {
    let world = World::new(scenario);
    let mut search = Search {
        world: &world,
        table: Table::read(),
        bounds,
        nodes: Vec::new(),
        known: HashMap::new(),
        settled: HashSet::new(),
        queue: VecDeque::new(),
        seen: Seen::default(),
    };
    search.arrive(None, 0, world.look(), (bounds.deaths, bounds.races))?;
    while let Some((node, now, at, left)) = search.queue.pop_front() {
        if search.nodes.len() >= bounds.situations {
            return Ok(search.seen);
        }
        search.expand(node, &now, at, left)?;
    }
    search.seen.exhausted = true;
    Ok(search.seen)
}

impl Search<'_> {
    /// Takes a situation up, if it is new.
    fn arrive(&mut self, before: Option<(usize, Act)>, depth: usize, now: Situation, left: Left) -> Result<(), Counterexample> {
        let at = key(&now);
        let known = self.known.entry(at).or_default();
        if known.iter().any(|(deaths, races)| *deaths >= left.0 && *races >= left.1) {
            return Ok(());
        }
        known.push(left);
        let broken = rules::always(self.world, &self.table, &now);
        let settled = match broken {
            Ok(()) => settles(self.world, &self.table, &now, &mut self.settled),
            Err(broken) => Err((broken, Vec::new())),
        };
        if let Err((broken, then)) = settled {
            return Err(self.counterexample(broken, before, then));
        }
        self.nodes.push(Node { before, depth });
        self.seen.situations += 1;
        self.seen.depth = self.seen.depth.max(depth);
        self.queue.push_back((self.nodes.len() - 1, now, at, left));
        Ok(())
    }

    /// Looks at one thing that came of `event`.
    fn came(
        &mut self,
        node: usize,
        was: (&Situation, Key),
        event: crate::event::Event,
        came: Came,
        left: Left,
    ) -> Result<(), Counterexample> {
        let before = Some((node, Act { event, course: came.of }));
        self.seen.transitions += 1;
        match came.of {
            Course::Whole => {}
            Course::DiesAfter(_) | Course::Unanswered(_) | Course::AnswerLost(_) => self.seen.deaths += 1,
            Course::Meanwhile(..) | Course::Entwined(..) => self.seen.races += 1,
        }
        if let Ended::Badly(why) = came.ended {
            return Err(self.counterexample(format!("a handler fails for good: {why}"), before, Vec::new()));
        }
        let between = came.by_way_of.as_ref().unwrap_or(was.0);
        let changes = rules::change(&self.table, was.0, between).and_then(|()| rules::change(&self.table, between, &came.to));
        if let Err(broken) = changes {
            return Err(self.counterexample(broken, before, Vec::new()));
        }
        self.arrive(before, self.nodes[node].depth + 1, came.to, left)
    }

    fn expand(&mut self, node: usize, now: &Situation, at: Key, left: Left) -> Result<(), Counterexample> {
        let (deaths, races) = left;
        let world = self.world;
        for event in possible(now, &self.bounds.alphabet) {
            let mut all = Vec::new();
            let calls = whole(world, now, event, deaths > 0, &mut |came| all.push(came));
            for came in all {
                let left = if came.of == Course::Whole { left } else { (spent(deaths), races) };
                self.came(node, (now, at), event, came, left)?;
            }
            if deaths > 0 {
                for (i, _) in calls.iter().enumerate().filter(|(_, call)| AT_THE_GATEWAY.contains(&call.as_str())) {
                    for strike in [Strike::Before, Strike::After] {
                        let came = struck(world, now, event, i + 1, strike);
                        self.came(node, (now, at), event, came, (spent(deaths), races))?;
                    }
                }
            }
            if races > 0 {
                self.race(node, (now, at), event, calls.len(), left)?;
            }
        }
        Ok(())
    }

    /// Everything else that can happen between two calls of the event.
    fn race(
        &mut self,
        node: usize,
        was: (&Situation, Key),
        event: crate::event::Event,
        calls: usize,
        left: Left,
    ) -> Result<(), Counterexample> {
        let left = (left.0, spent(left.1));
        for done in 1..calls {
            let then = paused(self.world, was.0, event, done);
            for other in possible(&then, &self.bounds.alphabet) {
                let came = meanwhile(self.world, was.0, event, done, other);
                self.came(node, was, event, came, left)?;
                let mut until = 1;
                while self.bounds.entwined {
                    let Some(came) = entwined(self.world, was.0, event, done, other, until) else { break };
                    self.came(node, was, event, came, left)?;
                    until += 1;
                }
            }
        }
        Ok(())
    }

    fn counterexample(&self, broken: Broken, before: Option<(usize, Act)>, then: Vec<Act>) -> Counterexample {
        let mut way = Vec::new();
        let mut step = before;
        while let Some((node, act)) = step {
            way.push(act);
            step = self.nodes[node].before;
        }
        way.reverse();
        Counterexample { broken, way, then }
    }
}

/// Calls whose failure a handler does something about. A store that fails ends a handler, as a kill does; but for the books of invoices, which are a
/// gateway.
const AT_THE_GATEWAY: [&str; 10] =
    ["authorize", "capture", "void", "refund", "retrieve", "find", "find_refund", "promise", "replace", "issue"];

/// One less; the largest number stands for no bound.
fn spent(left: u8) -> u8 {
    if left == u8::MAX { left } else { left.saturating_sub(1) }
}
