//! No dead ends: from any situation the order comes to an end by what happens anyway. The machine goes on, the gateway tells, timers fire; and
//! where nothing of that is left, a vendor does its work or the carrier delivers. No operator, and no customer.

use std::collections::HashSet;

use oms_domain::State;
use oms_ports::gateway::Standing;

use crate::event::{Event, possible, steps, sweep_has_work};
use crate::key::{Key, key};
use crate::rules::{self, Broken};
use crate::run::{Act, perform};
use crate::search::ORDINARY;
use crate::table::Table;
use crate::world::{SCANS, Situation, World};

/// More happenings than any order needs to come to its end: one that nobody can deliver is sought each hour for two days.
const ENOUGH: usize = 1_000;

/// Lets everything happen that happens anyway, until nothing is left or the way is known. Adds the way to what is `known`.
///
/// # Errors
/// What is wrong, and the way there.
pub(crate) fn settles(world: &World, table: &Table, from: &Situation, known: &mut HashSet<Key>) -> Result<(), (Broken, Vec<Act>)> {
    let (mut now, mut at) = (from.clone(), key(from));
    let (mut way, mut acts) = (Vec::new(), Vec::new());
    while !known.contains(&at) {
        way.push(at);
        if way.len() > ENOUGH {
            return Err((format!("a dead end: an order never leaves {}", now.order().state), acts));
        }
        let Some((act, next, there)) = next(world, &now, at) else {
            rules::finally(table, &now).map_err(|broken| (broken, acts.clone()))?;
            break;
        };
        acts.push(act);
        let checked = rules::change(table, &now, &next).and_then(|()| rules::always(world, table, &next));
        checked.map_err(|broken| (broken, acts.clone()))?;
        (now, at) = (next, there);
    }
    known.extend(way);
    Ok(())
}

/// The first thing that makes a difference. It may look like where the order was before: hours pass until the next thing is due.
fn next(world: &World, now: &Situation, at: Key) -> Option<(Act, Situation, Key)> {
    let tries = by_itself(now).into_iter().chain(at_work(now));
    tries.map(Act::whole).find_map(|act| {
        let came = perform(world, now, act);
        let there = key(&came.to);
        (there != at).then_some((act, came.to, there))
    })
}

fn by_itself(now: &Situation) -> Vec<Event> {
    let webhooks = (0..now.books.intents.len()).map(Event::Webhook);
    let intents = now.books.intents.iter().enumerate();
    // A bank decides some day, whoever asks.
    let decided = intents.filter(|(_, intent)| intent.payment.standing == Standing::Processing).map(|(i, _)| Event::Passes(i));
    let sweep = sweep_has_work(now).then_some(Event::Sweep);
    let time = possible(now, &ORDINARY).into_iter().filter(|event| *event == Event::TimePasses);
    steps(now).into_iter().chain(webhooks).chain(decided).chain(sweep).chain(time).collect()
}

fn at_work(now: &Situation) -> Vec<Event> {
    let parts = &now.order().parts;
    let work = parts.iter().filter_map(|part| match part.state {
        State::PendingFulfillment => Some(Event::Accept(part.no)),
        State::VendorAccepted => Some(Event::Pick(part.no)),
        State::Picking | State::Packing => Some(Event::Pack(part.no)),
        State::ReadyToShip => Some(Event::Ship(part.no)),
        State::Shipped | State::InTransit | State::OutForDelivery | State::DeliveryFailed => Some(Event::Scan(part.no, SCANS.len() - 1)),
        _ => None,
    });
    work.collect()
}
