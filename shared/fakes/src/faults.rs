//! Faults on demand: the n-th call of an operation fails before it takes effect, or after (the effect took place, the answer was lost).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use oms_ports::error::{Party, PortError};

use crate::gate::{Gate, Strike};
use crate::lock;

/// What a failing call answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Asked to slow down.
    Throttled,
    /// Somebody else wrote first.
    Conflict,
    /// No answer.
    Unavailable,
    /// A definite no.
    Refused,
    /// Nonsense.
    Corrupt,
}

impl Fault {
    fn error(self, party: Party, op: &str) -> PortError {
        match self {
            Self::Throttled => PortError::Throttled(party),
            Self::Conflict => PortError::Conflict,
            Self::Unavailable => PortError::unavailable(party, format!("planned fault at {op}")),
            Self::Refused => PortError::refused(party, "planned_refusal"),
            Self::Corrupt => PortError::corrupt(party, format!("planned fault at {op}")),
        }
    }
}

type Interruption = Box<dyn FnOnce() + Send>;

enum Plan {
    Before(Fault),
    After(Fault),
    Meanwhile(Interruption),
}

#[derive(Default)]
struct Book {
    calls: HashMap<String, u32>,
    plans: Vec<(String, u32, Plan)>,
    down: Vec<(String, Fault)>,
}

/// The faults planned for one fake, and how often each of its operations was called.
#[derive(Default)]
pub struct Faults(Mutex<Book>, OnceLock<Arc<Gate>>);

impl Faults {
    /// The `nth` call of `op` from now (1 is the next one) is not answered and takes no effect.
    pub fn before(&self, op: &str, nth: u32) -> &Self {
        self.plan(op, nth, Plan::Before(Fault::Unavailable))
    }

    /// The same with another answer.
    pub fn before_with(&self, op: &str, nth: u32, fault: Fault) -> &Self {
        self.plan(op, nth, Plan::Before(fault))
    }

    /// The `nth` call of `op` from now takes effect, but its answer is lost.
    pub fn after(&self, op: &str, nth: u32) -> &Self {
        self.plan(op, nth, Plan::After(Fault::Unavailable))
    }

    /// The same with another answer.
    pub fn after_with(&self, op: &str, nth: u32, fault: Fault) -> &Self {
        self.plan(op, nth, Plan::After(fault))
    }

    /// Right before the `nth` call of `op` from now takes effect, somebody else does `this`: a lost race.
    /// It may use the same fake, also the same operation.
    pub fn meanwhile(&self, op: &str, nth: u32, this: impl FnOnce() + Send + 'static) -> &Self {
        self.plan(op, nth, Plan::Meanwhile(Box::new(this)))
    }

    /// Every call of `op` fails from now on, until [`Self::heal`].
    pub fn always(&self, op: &str, fault: Fault) -> &Self {
        lock(&self.0).down.push((op.to_owned(), fault));
        self
    }

    /// Holds every call from now on at this gate. Once and for all.
    pub fn hold_at(&self, gate: &Arc<Gate>) {
        assert!(self.1.set(gate.clone()).is_ok(), "a fake has one gate");
    }

    /// Waits at the gate, if there is one.
    pub(crate) async fn gate(&self) {
        if let Some(gate) = self.1.get() {
            gate.pass().await;
        }
    }

    /// Forgets every planned fault.
    pub fn heal(&self) {
        let mut book = lock(&self.0);
        book.plans.clear();
        book.down.clear();
    }

    /// How often `op` was called so far, failed calls included.
    pub fn calls(&self, op: &str) -> u32 {
        lock(&self.0).calls.get(op).copied().unwrap_or(0)
    }

    fn plan(&self, op: &str, nth: u32, plan: Plan) -> &Self {
        assert!(nth > 0, "calls are counted from 1");
        let mut book = lock(&self.0);
        let call = book.calls.get(op).copied().unwrap_or(0) + nth;
        book.plans.push((op.to_owned(), call, plan));
        self
    }

    fn due(&self, op: &str) -> (Vec<Plan>, Option<Fault>) {
        let mut book = lock(&self.0);
        let call = {
            let calls = book.calls.entry(op.to_owned()).or_default();
            *calls += 1;
            *calls
        };
        let (due, rest) = std::mem::take(&mut book.plans).into_iter().partition(|(planned, nth, _)| planned == op && *nth == call);
        book.plans = rest;
        let down = book.down.iter().find(|(planned, _)| planned == op);
        let down = down.map(|(_, fault)| *fault);
        let due: Vec<(String, u32, Plan)> = due;
        (due.into_iter().map(|(_, _, plan)| plan).collect(), down)
    }

    /// Runs the effect of one call, with whatever is planned for it.
    pub(crate) fn around<T>(&self, op: &str, party: Party, effect: impl FnOnce() -> Result<T, PortError>) -> Result<T, PortError> {
        if let Some(gate) = self.1.get() {
            return match gate.note(op) {
                None => effect(),
                Some((Strike::Before, fault)) => Err(fault.error(party, op)),
                Some((Strike::After, fault)) => effect().and_then(|_| Err(fault.error(party, op))),
            };
        }
        let (plans, down) = self.due(op);
        if let Some(fault) = down {
            return Err(fault.error(party, op));
        }
        let mut lost = None;
        for plan in plans {
            match plan {
                Plan::Before(fault) => return Err(fault.error(party, op)),
                Plan::After(fault) => lost = Some(fault),
                Plan::Meanwhile(this) => this(),
            }
        }
        let answer = effect()?;
        match lost {
            Some(fault) => Err(fault.error(party, op)),
            None => Ok(answer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    fn call(faults: &Faults, effects: &Cell<u32>) -> bool {
        let effect = || {
            effects.set(effects.get() + 1);
            Ok(())
        };
        faults.around("op", Party::Store, effect).is_ok()
    }

    #[test]
    fn the_planned_call_fails_and_no_other() {
        let (faults, effects) = (Faults::default(), Cell::new(0));
        assert!(call(&faults, &effects));
        faults.before("op", 2).after("op", 3);
        assert!(call(&faults, &effects));
        assert!(!call(&faults, &effects));
        assert_eq!(effects.get(), 2, "before: no effect");
        assert!(!call(&faults, &effects));
        assert_eq!(effects.get(), 3, "after: the effect took place");
        assert!(call(&faults, &effects));
        assert_eq!(faults.calls("op"), 5);
    }

    #[test]
    fn a_party_that_is_down_stays_down_until_healed() {
        let (faults, effects) = (Faults::default(), Cell::new(0));
        faults.always("op", Fault::Throttled);
        assert!(!call(&faults, &effects) && !call(&faults, &effects));
        faults.heal();
        assert!(call(&faults, &effects));
    }
}
