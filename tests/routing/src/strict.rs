//! Random instances under more rules than [`random`](crate::instance::random) has, which stays what the figures of `docs/routing.md` were measured on: references that the
//! marketplace has fixed.

use std::collections::BTreeMap;

use oms_contract::reference::References;
use route::facts::Facts;

use crate::Wrong;
use crate::chance::Chance;
use crate::instance::{Shape, euro, random};

/// Up to eight lines over up to twenty sources, of which many have less than is wanted.
pub const STRICT: Shape = Shape { lines: (1, 8), sources: (2, 20), density: (20, 80), scarce: 25 };

/// The instance of a seed.
///
/// # Errors
/// Where an id is not what the domain takes, which would be a mistake in here.
pub fn strict(seed: u64) -> Result<Facts, Wrong> {
    let mut facts = random(&STRICT, seed)?;
    let mut chance = Chance::of(seed ^ 0x57_21c7);
    facts.market.references = references(&mut chance)?;
    Ok(facts)
}

/// Of the time, of the cost, of both or of none, from far below to far above what orders come to.
fn references(chance: &mut Chance) -> Result<References, Wrong> {
    let (time, cost) = (chance.percent(30), chance.percent(30));
    let costs = if cost { [(euro()?, i64::from(chance.spread(500, 50_000)))].into() } else { BTreeMap::new() };
    Ok(References { hours: time.then(|| chance.spread(24, 1_000)), costs })
}
