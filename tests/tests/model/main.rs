//! The model check: every situation that an order can come into, by the real handlers over in-memory stores, whatever happens in whatever order,
//! and whichever handler dies between which two calls. docs/model.md says what it covers and what not.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it does not expect, its helpers too")]
#![allow(clippy::print_stdout, reason = "figures that the run is for")]

mod event;
mod flaws;
mod key;
mod rules;
mod run;
mod scenarios;
mod search;
mod settle;
mod silent;
mod table;
mod world;

use std::collections::HashSet;
use std::num::NonZero;
use std::sync::Mutex;

use oms_domain::State;
use oms_domain::flow::{Next, Undo};
use oms_domain::timers::{self, Due};

use event::{ANSWERS, Event};
use flaws::Flaw;
use run::{Act, Course, perform, whole};
use scenarios::{DECLINED, DRAFTED, INVOICED, LEAVES, ONE, RETURNED, REVIEWED, SECURE, SHORT, SLOW, THREE, TWO};
use search::{Bounds, Counterexample, Seen, search};
use settle::settles;
use table::Table;
use world::{PRICE, Scenario, Situation, World};

/// Looks, tells what was seen, and fails with the shortest way to what is wrong.
fn check(scenario: Scenario, bounds: Bounds) {
    match search(scenario, bounds) {
        Ok(seen) => println!("{:<28} {seen}", scenario.name),
        Err(found) => panic!("{}: {found}", scenario.name),
    }
}

/// What `make test` looks at: situations in thousands, deaths and races on one way.
fn soon(scenario: Scenario, thousands: usize, deaths: u8, races: u8) {
    let alphabet = scenarios::alphabet(scenario);
    check(scenario, Bounds { situations: thousands * 1_000, deaths, races, entwined: false, alphabet });
}

#[test]
fn one_part() {
    soon(ONE, 20, 1, 0);
}

/// As often as the machine or its environment likes.
#[test]
fn one_part_and_any_number_of_deaths() {
    soon(ONE, 20, u8::MAX, 0);
}

#[test]
fn one_part_and_something_in_the_middle() {
    soon(ONE, 10, 0, 1);
}

#[test]
fn three_d_secure() {
    soon(SECURE, 10, 1, 0);
}

#[test]
fn a_declined_card() {
    soon(DECLINED, 10, 1, 0);
}

#[test]
fn a_slow_payment() {
    soon(SLOW, 10, 1, 0);
}

#[test]
fn a_review() {
    soon(REVIEWED, 10, 1, 0);
}

#[test]
fn goods_and_reservations_that_leave() {
    soon(LEAVES, 10, 1, 0);
}

#[test]
fn payment_on_invoice() {
    soon(INVOICED, 10, 1, 0);
}

#[test]
fn a_draft() {
    soon(DRAFTED, 10, 1, 0);
}

/// That the events of drafts do what they are called.
#[test]
fn a_draft_is_edited_and_submitted_and_may_be_discarded() {
    let world = World::new(DRAFTED);
    let begun = world.look();
    let after = |events: &[Event]| events.iter().fold(begun.clone(), |now, event| perform(&world, &now, Act::whole(*event)).to);
    assert_eq!((after(&[]).order().state, after(&[]).order().total), (State::Draft, PRICE));
    let edited = after(&[Event::Edit(2), Event::Submit]);
    assert_eq!((edited.order().state, edited.order().total), (State::PendingPayment, 2 * PRICE));
    assert_eq!(after(&[Event::Submit, Event::Edit(2)]).order().total, PRICE, "what was submitted is settled");
    assert_eq!(after(&[Event::Edit(2), Event::Cancel]).order().state, State::Cancelled);
}

/// That the promise of an order on invoice is kept in our own books.
#[test]
fn an_order_on_invoice_is_promised_in_our_own_books() {
    let world = World::new(INVOICED);
    let now = perform(&world, &world.look(), Act::whole(Event::Step(Next::Pay))).to;
    assert_eq!((now.order().state, now.balance().reserved, now.books.intents.len()), (State::PaymentAuthorized, PRICE, 0));
}

#[test]
fn two_parts() {
    soon(TWO, 20, 1, 0);
}

#[test]
fn three_parts() {
    soon(THREE, 20, 1, 0);
}

#[test]
fn goods_that_nobody_has_any_more() {
    soon(SHORT, 1, 1, 0);
}

#[test]
fn parts_that_come_back() {
    soon(RETURNED, 2, 1, 0);
}

/// That the events of shortages and returns do what they are called.
#[test]
fn what_is_short_is_offered_answered_or_turns_up() {
    let world = World::new(SHORT);
    let happens = |now: Situation, event| perform(&world, &now, Act::whole(event)).to;
    let routed = [Next::Pay, Next::Validate, Next::Score].into_iter().fold(world.look(), |now, step| happens(now, Event::Step(step)));
    let offered = happens(happens(routed, Event::Vanish(1)), Event::Step(Next::Route));
    assert_eq!((offered.order().state, offered.order().shortages.offered().count()), (State::Routing, 1));
    for (answer, then) in ANSWERS.iter().enumerate().zip([State::Routing, State::Routed, State::Cancelled]) {
        let answered = happens(offered.clone(), Event::Answer(answer.0));
        let after = happens(answered, Event::Step(Next::Route));
        assert_eq!(after.order().state, then, "{}", answer.1);
    }
    let mut now = happens(offered, Event::TurnUp(1));
    while now.order().state != State::Routed {
        for event in [Event::TimePasses, Event::Sweep, Event::Step(Next::Route)] {
            now = happens(now, event);
        }
    }
    assert_eq!(now.order().part(1).map(|part| part.vendor_id.as_str()), Some("ven-1"));
}

/// A part is rejected, its stock is moved to another vendor, the run dies before the order says so, and the part's time runs out: what is given
/// back must be the second vendor's.
#[test]
fn two_parts_of_which_one_is_sourced_again() {
    let (world, table) = (World::new(TWO), Table::read());
    let mut now = world.look();
    let happens = |now: &mut Situation, event: Event| *now = perform(&world, now, Act::whole(event)).to;
    for step in [Next::Pay, Next::Validate, Next::Score, Next::Route, Next::Pay, Next::Notify] {
        happens(&mut now, Event::Step(step));
    }
    happens(&mut now, Event::Refuse(1));
    let mut died = None;
    whole(&world, &now, Event::Step(Next::Route), true, &mut |came| {
        if came.of != Course::Whole {
            died = Some(came.to);
        }
    });
    now = died.unwrap();
    let set_aside =
        |now: &Situation| now.ledger.holds.values().flat_map(|hold| &hold.allocations).any(|of| of.vendor_id.as_str() == "alt-1");
    assert!(set_aside(&now) && now.order().part(1).unwrap().vendor_id.as_str() == "ven-1");
    happens(&mut now, Event::GiveUp(Next::Route));
    happens(&mut now, Event::Accept(2));
    while timers::due(now.order(), now.now) != Some(Due::Expire(Some(1))) {
        happens(&mut now, Event::TimePasses);
    }
    if let Err((broken, way)) = settles(&world, &table, &now, &mut HashSet::new()) {
        panic!("{broken} after {way:?}");
    }
    happens(&mut now, Event::Sweep);
    happens(&mut now, Event::Undo(Undo::Stock));
    assert!(!set_aside(&now));
}

/// The same at length: `make model-check`. `OMS_MODEL_THOUSANDS` is the largest number of situations a scenario, in thousands. Where things also happen in the
/// middle of others, a situation leads to ten times as many, so a quarter of that number is looked at.
#[test]
#[ignore = "takes long: make model-check"]
fn at_length() {
    #[expect(clippy::disallowed_methods, reason = "a parameter of this test, not configuration of a function")]
    let thousands = std::env::var("OMS_MODEL_THOUSANDS").ok().map_or(100, |text| text.parse().unwrap());
    println!("Rules checked:");
    for rule in rules::RULES {
        println!("- {rule}");
    }
    let all = [ONE, SECURE, DECLINED, SLOW, REVIEWED, INVOICED, DRAFTED, LEAVES, SHORT, TWO, THREE, RETURNED];
    let wholes = all.map(|scenario| {
        let alphabet = scenarios::alphabet(scenario);
        (scenario, Bounds { situations: thousands * 1_000, deaths: u8::MAX, races: 0, entwined: false, alphabet })
    });
    let races = wholes
        .map(|(scenario, bounds)| (scenario, Bounds { situations: bounds.situations / 4, deaths: 1, races: 1, entwined: true, ..bounds }));
    // Searches know nothing of each other: as many at a time as there are processors.
    let searches = Mutex::new(wholes.into_iter().chain(races));
    let workers = std::thread::available_parallelism().map_or(1, NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let next = || searches.lock().unwrap().next();
                while let Some((scenario, bounds)) = next() {
                    check(scenario, bounds);
                }
            });
        }
    });
}

/// What the checker says of a world that is broken on purpose.
fn found(flaw: Flaw, scenario: Scenario, deaths: u8, races: u8) -> Counterexample {
    let alphabet = scenarios::alphabet(scenario);
    let bounds = Bounds { situations: 3_000, deaths, races, entwined: false, alphabet };
    let broken: Result<Seen, Counterexample> = search(Scenario { flaw: Some(flaw), ..scenario }, bounds);
    broken.unwrap_err()
}

#[test]
fn a_gateway_without_keys_is_found_out() {
    let found = found(Flaw::KeylessGateway, ONE, 1, 0);
    assert!(found.broken.contains("reached the gateway twice"), "{found}");
}

#[test]
fn stock_that_does_not_come_back_is_found_out() {
    let found = found(Flaw::LostRelease, ONE, 0, 0);
    assert!(found.broken.contains("in the end"), "{found}");
}

#[test]
fn clocks_that_stand_still_are_found_out() {
    let found = found(Flaw::StoppedClocks, REVIEWED, 0, 0);
    assert!(found.broken.contains("a dead end"), "{found}");
}

#[test]
fn a_lost_update_is_found_out() {
    let found = found(Flaw::LastWriteWins, ONE, 0, 1);
    // A head that was written over ends a state that is final, or says what its history does not.
    assert!(found.broken.contains("cancelled left for") || found.broken.contains("history"), "{found}");
}
