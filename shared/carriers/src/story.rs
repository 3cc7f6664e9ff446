//! What a carrier's events mean for the part that a package belongs to: pure, given all that is known of the package.

use oms_contract::record::{Dossier, Package, Tracked};
use oms_domain::change::{By, Changed, Refusal};
use oms_domain::order::Part;
use oms_domain::tracking::Event;
use oms_domain::{Order, State};

use crate::order::before;

/// The events that a carrier tells of one package, beside those that were kept before.
pub(crate) struct Story<'a> {
    package: &'a Package,
    told: Vec<Tracked>,
    kept: &'a [Tracked],
    siblings: Vec<&'a Package>,
}

impl<'a> Story<'a> {
    /// The story of `package`, told oldest first.
    pub(crate) fn new(package: &'a Package, told: &[Tracked], dossier: &'a Dossier) -> Self {
        let own = package.sub_order_id.part;
        let siblings = dossier.packages.iter().filter(|other| other.sub_order_id.part == own && other.package != package.package);
        Self {
            package,
            told: told.iter().map(|event| of_package(package, event)).collect(),
            kept: &dossier.tracked,
            siblings: siblings.collect(),
        }
    }

    /// What was not known before, oldest first.
    pub(crate) fn news(&self) -> impl Iterator<Item = &Tracked> {
        let is_first = |(at, event): &(usize, &Tracked)| self.told[..*at].iter().all(|earlier| earlier.event_id != event.event_id);
        self.told.iter().enumerate().filter(is_first).map(|(_, event)| event).filter(|event| !self.was_kept(event))
    }

    /// Moves the package's part as far as the events say. News move it step by step; without news that move anything, the newest event
    /// of all does, for what came before the part was ready for it. Late and repeated events change nothing.
    pub(crate) fn tell(&self, changed: Changed, by: &By) -> Result<Changed, Refusal> {
        let moving: Vec<&Tracked> = self.news().filter(|event| target(event).is_some()).collect();
        let moving = if moving.is_empty() { self.newest_of_all().into_iter().collect() } else { moving };
        moving.into_iter().try_fold(changed, |changed, event| self.step(changed, event, by))
    }

    /// Whether this is one of the moving events of a story in which the part goes back and forth.
    pub(crate) fn leads_back(&self, order: &Order, event: &Tracked) -> bool {
        let failed = order.part(self.package.sub_order_id.part).is_some_and(|part| part.state == State::DeliveryFailed);
        let back = |event: &Tracked| matches!(target(event), Some(State::DeliveryFailed | State::Returned));
        target(event).is_some() && (failed || self.news().any(back))
    }

    /// Whether the carrier is done with the package.
    pub(crate) fn has_ended(&self) -> bool {
        self.end_of(self.package).is_some()
    }

    /// Whether the carrier has taken the package.
    pub(crate) fn has_begun(&self) -> bool {
        self.events_of(self.package).any(|event| target(event) >= Some(State::Shipped))
    }

    fn step(&self, changed: Changed, event: &Tracked, by: &By) -> Result<Changed, Refusal> {
        let no = self.package.sub_order_id.part;
        let (Some(part), Some(target)) = (changed.order.part(no), target(event)) else {
            return Ok(changed);
        };
        let Some(target) = self.of_part(target) else {
            return Ok(changed);
        };
        if turns(part.state, target) && (self.was_kept(event) || self.is_late(event)) {
            return Ok(changed);
        }
        let by = by.clone().because(event.event.clone());
        way(part.state, target).into_iter().try_fold(changed, |changed, target| changed.carried(no, target, &by))
    }

    /// A part of several packages has ended when each of them has: delivered if any was. `None` while another is still on its way.
    fn of_part(&self, target: State) -> Option<State> {
        if !matches!(target, State::Delivered | State::Returned) {
            return Some(target);
        }
        let ends: Option<Vec<State>> = self.siblings.iter().map(|other| self.end_of(other)).collect();
        ends.map(|ends| if ends.contains(&State::Delivered) { State::Delivered } else { target })
    }

    fn end_of(&self, package: &Package) -> Option<State> {
        [State::Returned, State::Delivered].into_iter().find(|end| self.events_of(package).any(|event| target(event) == Some(*end)))
    }

    fn events_of(&self, package: &Package) -> impl Iterator<Item = &Tracked> {
        let (part, no) = (package.sub_order_id.part, package.package);
        self.kept.iter().chain(&self.told).filter(move |event| event.part == part && event.package == no)
    }

    fn was_kept(&self, event: &Tracked) -> bool {
        self.kept.iter().any(|kept| kept.event_id == event.event_id)
    }

    fn newest_of_all(&self) -> Option<&Tracked> {
        self.told.iter().rfind(|event| target(event).is_some())
    }

    /// Whether a moving event that we acted on before came after this one: by the carrier's own sequence where it lists both, else by time.
    fn is_late(&self, event: &Tracked) -> bool {
        let place = |id: &str| self.told.iter().position(|told| told.event_id == id);
        let known = self.events_of(self.package).filter(|other| target(other).is_some() && self.was_kept(other));
        known.into_iter().any(|other| match (place(&event.event_id), place(&other.event_id)) {
            (Some(this), Some(that)) => this < that,
            _ => before(event, other) == Some(true),
        })
    }
}

/// Whether the part cannot move any more, or is not there any more, so that asking the carrier is pointless.
pub(crate) fn is_settled(order: &Order, package: &Package) -> bool {
    order.part(package.sub_order_id.part).is_none_or(|part: &Part| part.state.is_terminal())
}

fn target(event: &Tracked) -> Option<State> {
    event.event.parse::<Event>().ok()?.moves_to()
}

/// Whether a move may be undone by another, so that acting on a late event would undo what came after it. All other moves only go
/// forward, and a late event has nothing ahead.
fn turns(from: State, to: State) -> bool {
    from == State::DeliveryFailed || matches!(to, State::DeliveryFailed | State::Returned)
}

/// What comes back was not delivered.
fn way(from: State, to: State) -> Vec<State> {
    let on_the_way = matches!(from, State::ReadyToShip | State::Shipped | State::InTransit | State::OutForDelivery);
    if on_the_way && to == State::Returned { vec![State::DeliveryFailed, State::Returned] } else { vec![to] }
}

/// The carrier's event as this package's: two packages of an order under one number have each their own.
fn of_package(package: &Package, event: &Tracked) -> Tracked {
    let (part, no) = (package.sub_order_id.part, package.package);
    Tracked { event_id: format!("{part}-{no}-{}", event.event_id), part, package: no, ..event.clone() }
}
