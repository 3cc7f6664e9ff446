//! What the buyers saw, and what it proves: pure.
//!
//! Of each call one knows when it was made and when it was answered, not when it took effect. So an order **may** have goods from the moment
//! it asks until it has been told that they are back, and **surely** has them from the moment it is told so until it gives them back. A
//! refusal is right if there was a moment while it was being decided in which all that others may have had left too little. An oversale is
//! proved by a moment in which buyers surely had more than there was.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Instant;

use oms_domain::Sku;

/// Nanoseconds since the start.
pub type At = u64;

/// What was seen of one product.
#[derive(Debug, Default)]
pub struct Seen {
    /// Units there at the start.
    stock: i64,
    /// Units that came: asked for, answered, how many.
    came: Vec<(At, At, i64)>,
    /// Units that an order may have had: from, until, how many.
    maybe: Vec<(At, At, i64)>,
    /// Units that an order surely had.
    surely: Vec<(At, At, i64)>,
    /// Refusals: asked, answered, how many.
    refused: Vec<(At, At, i64)>,
}

/// All products.
#[derive(Debug)]
pub struct History {
    start: Instant,
    seen: Mutex<BTreeMap<Sku, Seen>>,
}

/// What a history proves, in counts.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    pub refusals: usize,
    pub wrong_refusals: usize,
    pub oversold_moments: usize,
}

impl History {
    pub fn of(stock: &[(Sku, i64)]) -> Self {
        let seen = stock.iter().map(|(sku, stock)| (sku.clone(), Seen { stock: *stock, ..Seen::default() }));
        Self { start: Instant::now(), seen: Mutex::new(seen.collect()) }
    }

    pub fn now(&self) -> At {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap()
    }

    fn note(&self, sku: &Sku, note: impl FnOnce(&mut Seen)) {
        note(self.seen.lock().unwrap().get_mut(sku).unwrap());
    }

    /// So many came, some time between these.
    pub fn came(&self, sku: &Sku, asked: At, answered: At, quantity: i64) {
        self.note(sku, |seen| seen.came.push((asked, answered, quantity)));
    }

    /// An order may have had so many, from then until then.
    pub fn maybe(&self, sku: &Sku, from: At, until: At, quantity: i64) {
        self.note(sku, |seen| seen.maybe.push((from, until, quantity)));
    }

    /// An order surely had so many, from then until then.
    pub fn surely(&self, sku: &Sku, from: At, until: At, quantity: i64) {
        self.note(sku, |seen| seen.surely.push((from, until, quantity)));
    }

    /// An order that wanted so many was sent away.
    pub fn refused(&self, sku: &Sku, asked: At, answered: At, quantity: i64) {
        self.note(sku, |seen| seen.refused.push((asked, answered, quantity)));
    }

    pub fn verdict(&self) -> Verdict {
        let seen = self.seen.lock().unwrap();
        let mut verdict = Verdict::default();
        for seen in seen.values() {
            verdict.refusals += seen.refused.len();
            verdict.wrong_refusals += seen.refused.iter().filter(|refusal| !seen.is_right(**refusal)).count();
            verdict.oversold_moments += seen.moments().into_iter().filter(|at| seen.is_oversold(*at)).count();
        }
        verdict
    }
}

/// What overlaps a moment; both ends count.
fn at(intervals: &[(At, At, i64)], moment: At) -> i64 {
    intervals.iter().filter(|(from, until, _)| *from <= moment && moment <= *until).map(|(_, _, quantity)| quantity).sum()
}

impl Seen {
    /// Every moment in which something may have changed.
    fn moments(&self) -> Vec<At> {
        let ends = self.came.iter().chain(&self.surely).flat_map(|(from, until, _)| [*from, *until]);
        ends.collect()
    }

    fn is_oversold(&self, moment: At) -> bool {
        let came: i64 = self.came.iter().filter(|(asked, ..)| *asked <= moment).map(|(_, _, quantity)| quantity).sum();
        // Both ends of an interval belong to it here: so one that ends as another begins would count twice.
        let surely: i64 = self.surely.iter().filter(|(from, until, _)| *from <= moment && moment < *until).map(|(.., n)| n).sum();
        surely > self.stock + came
    }

    fn is_right(&self, (asked, answered, quantity): (At, At, i64)) -> bool {
        let inside = |moment: &At| (asked..=answered).contains(moment);
        let moments = self.maybe.iter().flat_map(|(from, until, _)| [*from, *until]).filter(inside).chain([asked, answered]);
        let too_little = |moment: At| {
            let came: i64 = self.came.iter().filter(|(_, answered, _)| *answered < moment).map(|(.., n)| n).sum();
            at(&self.maybe, moment) + quantity > self.stock + came
        };
        moments.into_iter().any(too_little)
    }
}

#[test]
fn a_refusal_is_right_only_if_others_may_have_had_too_much() {
    let sku: Sku = "A".parse().unwrap();
    let verdict = |note: &dyn Fn(&History)| {
        let history = History::of(&[(sku.clone(), 10)]);
        note(&history);
        history.verdict()
    };
    let right = |verdict: Verdict| (verdict.refusals, verdict.wrong_refusals);
    assert_eq!(right(verdict(&|h| h.refused(&sku, 1, 2, 1))), (1, 1), "everything is there");
    assert_eq!(right(verdict(&|h| h.refused(&sku, 1, 2, 11))), (1, 0), "so many were never there");
    let eight_until = |h: &History, until| h.maybe(&sku, 0, until, 8);
    for (until, wrong) in [(5, 1), (15, 0)] {
        let found = verdict(&|h| {
            eight_until(h, until);
            h.refused(&sku, 10, 20, 3);
        });
        assert_eq!(right(found), (1, wrong), "eight of ten were gone until {until}");
    }
    let came = verdict(&|h| {
        eight_until(h, 15);
        h.came(&sku, 1, 2, 5);
        h.refused(&sku, 10, 20, 3);
    });
    assert_eq!(right(came), (1, 1), "five had come");
}

#[test]
fn an_oversale_is_what_buyers_surely_had_beyond_what_was_there() {
    let sku: Sku = "A".parse().unwrap();
    for (second, came, oversold) in [(5, 0, false), (6, 0, true), (6, 1, false)] {
        let history = History::of(&[(sku.clone(), 10)]);
        history.surely(&sku, 1, 9, 5);
        history.surely(&sku, 3, 7, second);
        history.surely(&sku, 9, 12, 10);
        history.came(&sku, 2, 4, came);
        assert_eq!(history.verdict().oversold_moments > 0, oversold, "{second} {came}");
    }
}
