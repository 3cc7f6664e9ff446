//! Running a handler in one of the ways in which it can run: to its end, killed between two calls, with a call that fails, or with something
//! else happening in the middle.

use std::task::{Context, Poll, Waker};

use futures::future::LocalBoxFuture;

use oms_fakes::Strike;

use crate::event::{Ended, Event, handler, happens_outside};
use crate::world::{Situation, World};

/// How an event runs. Calls are those of stores, gateway and stock ledger, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Course {
    /// From its first call to its last.
    Whole,
    /// Killed when so many calls were made.
    DiesAfter(usize),
    /// That call fails before it takes effect.
    Unanswered(usize),
    /// That call takes effect, and fails.
    AnswerLost(usize),
    /// When so many calls were made, something else happens from its first call to its last; then the rest.
    Meanwhile(usize, Event),
    /// When so many calls were made, something else makes so many of its calls; then the rest of this, then the rest of that.
    Entwined(usize, Event, usize),
}

/// An event, and how it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Act {
    pub(crate) event: Event,
    pub(crate) course: Course,
}

impl Act {
    pub(crate) fn whole(event: Event) -> Self {
        Self { event, course: Course::Whole }
    }
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Came {
    pub(crate) of: Course,
    /// Where a second handler had ended while the first was on its way, or the reverse.
    pub(crate) by_way_of: Option<Situation>,
    pub(crate) to: Situation,
    pub(crate) ended: Ended,
}

impl Came {
    fn of(of: Course, to: Situation, ended: Ended) -> Self {
        Self { of, by_way_of: None, to, ended }
    }
}

/// A handler on its way.
struct Running<'a> {
    world: &'a World,
    future: LocalBoxFuture<'a, Ended>,
    /// Where it ended without a single call.
    early: Option<Ended>,
    calls: Vec<String>,
}

impl<'a> Running<'a> {
    fn start(world: &'a World, event: Event) -> Self {
        world.gate.shut();
        let mut running = Self { world, future: handler(world, event), early: None, calls: Vec::new() };
        running.early = running.poll();
        running
    }

    fn poll(&mut self) -> Option<Ended> {
        let mut context = Context::from_waker(Waker::noop());
        match self.future.as_mut().poll(&mut context) {
            Poll::Ready(ended) => Some(ended),
            Poll::Pending => None,
        }
    }

    /// Makes one more call; the handler's end if it was the last.
    fn call(&mut self, strike: Option<Strike>) -> Option<Ended> {
        if let Some(ended) = self.early.take() {
            return Some(ended);
        }
        self.world.gate.admit(strike);
        let ended = self.poll();
        self.calls.extend(self.world.gate.take_calls());
        ended
    }

    fn finish(&mut self) -> Ended {
        loop {
            if let Some(ended) = self.call(None) {
                return ended;
            }
        }
    }
}

/// Calls that change nothing: being killed after one is being killed before it.
const READS: [&str; 26] = [
    "load",
    "whole",
    "paid",
    "document",
    "validation",
    "fraud",
    "plan",
    "sub_orders",
    "method",
    "dossier",
    "history",
    "list",
    "count_since",
    "due",
    "find",
    "due_polls",
    "available",
    "sources",
    "expired",
    "outcome",
    "retrieve",
    "find_refund",
    "command",
    "latest_of",
    "invoice",
    "is_begun",
];

fn writes(call: &str) -> bool {
    !READS.contains(&call)
}

/// Runs the event to its end, and tells of the situations that killing it on the way would have left. Returns the calls made.
pub(crate) fn whole(world: &World, from: &Situation, event: Event, deaths: bool, tell: &mut dyn FnMut(Came)) -> Vec<String> {
    let mut now = from.clone();
    if happens_outside(&mut now, event) {
        tell(Came::of(Course::Whole, now, Ended::Well));
        return Vec::new();
    }
    world.set(from);
    let mut running = Running::start(world, event);
    loop {
        let ended = running.call(None);
        match ended {
            Some(ended) => {
                tell(Came::of(Course::Whole, world.look(), ended));
                return running.calls;
            }
            None if deaths && running.calls.last().is_some_and(|call| writes(call)) => {
                let of = Course::DiesAfter(running.calls.len());
                tell(Came::of(of, world.look(), Ended::Later));
            }
            None => {}
        }
    }
}

/// Runs it with this one call failing.
pub(crate) fn struck(world: &World, from: &Situation, event: Event, call: usize, strike: Strike) -> Came {
    world.set(from);
    let mut running = Running::start(world, event);
    let ended = loop {
        let strike = (running.calls.len() + 1 == call).then_some(strike);
        if let Some(ended) = running.call(strike) {
            break ended;
        }
    };
    let of = if strike == Strike::Before { Course::Unanswered(call) } else { Course::AnswerLost(call) };
    Came::of(of, world.look(), ended)
}

/// The situation when so many calls were made.
pub(crate) fn paused(world: &World, from: &Situation, event: Event, calls: usize) -> Situation {
    world.set(from);
    let mut running = Running::start(world, event);
    for _ in 0..calls {
        let _ = running.call(None);
    }
    world.look()
}

/// Runs it up to there, something else from first to last, and then the rest. How the other ended counts too.
pub(crate) fn meanwhile(world: &World, from: &Situation, event: Event, calls: usize, other: Event) -> Came {
    world.set(from);
    let mut running = Running::start(world, event);
    for _ in 0..calls {
        if let Some(ended) = running.call(None) {
            return Came::of(Course::Whole, world.look(), ended);
        }
    }
    let mut now = world.look();
    let of_other = if happens_outside(&mut now, other) {
        world.set(&now);
        Ended::Well
    } else {
        let mut second = Running::start(world, other);
        second.finish()
    };
    let by_way_of = Some(world.look());
    let ended = worse(running.finish(), of_other);
    Came { of: Course::Meanwhile(calls, other), by_way_of, to: world.look(), ended }
}

/// The same, with the other stopped as well after so many of its calls, and going on last. `None` where it makes no more calls than that.
pub(crate) fn entwined(world: &World, from: &Situation, event: Event, calls: usize, other: Event, until: usize) -> Option<Came> {
    world.set(from);
    let mut running = Running::start(world, event);
    for _ in 0..calls {
        if running.call(None).is_some() {
            return None;
        }
    }
    let mut second = Running::start(world, other);
    for _ in 0..until {
        if second.call(None).is_some() {
            return None;
        }
    }
    let first = running.finish();
    let by_way_of = Some(world.look());
    let ended = worse(first, second.finish());
    Some(Came { of: Course::Entwined(calls, other, until), by_way_of, to: world.look(), ended })
}

fn worse(one: Ended, other: Ended) -> Ended {
    match (one, other) {
        (Ended::Badly(why), _) | (_, Ended::Badly(why)) => Ended::Badly(why),
        (Ended::Later, _) | (_, Ended::Later) => Ended::Later,
        _ => Ended::Well,
    }
}

/// Runs one act as it was written down.
pub(crate) fn perform(world: &World, from: &Situation, act: Act) -> Came {
    let Act { event, course } = act;
    match course {
        Course::Whole | Course::DiesAfter(_) => {
            let mut found = None;
            whole(world, from, event, course != Course::Whole, &mut |came| {
                if came.of == course {
                    found = Some(came);
                }
            });
            found.unwrap_or_else(|| panic!("{act:?} does not come to pass"))
        }
        Course::Unanswered(call) => struck(world, from, event, call, Strike::Before),
        Course::AnswerLost(call) => struck(world, from, event, call, Strike::After),
        Course::Meanwhile(calls, other) => meanwhile(world, from, event, calls, other),
        Course::Entwined(calls, other, until) => {
            entwined(world, from, event, calls, other, until).unwrap_or_else(|| panic!("{act:?} does not come to pass"))
        }
    }
}
