//! The search of orders with more loads than can be held.
//!
//! The time is taken by spans, as [elsewhere](crate::spans), under the [linear bound](crate::linear). In a span of one hour the loads that this bound does not exclude are
//! worked out, if they are few enough, and picked through under their own, exact bound. Where they are too many, or too much remains to be picked, the bound is
//! what the plan is told with.

use crate::columns::Columns;
use crate::drafts::{self, Drafts};
use crate::dual::{Bound, Prices, ascend};
use crate::linear::Linear;
use crate::loads::{Loads, NONE, Rough};
use crate::pick::pick;
use crate::search::Board;

/// Rounds in which prices are raised: under the linear bound, and under the exact one.
const ROUNDS: [usize; 2] = [60, 120];
/// Steps in which the loads of all spans are worked out; pricing one counts for [`crate::linear::PRICED`].
const STEPS: usize = 1_000_000;
/// Loads that are picked through at the most.
const MOST: usize = 20_000;
/// Spans in which plans are drafted.
const DRAFTS: usize = 12;

struct Span {
    from: usize,
    to: usize,
    bound: Bound,
    least: Rough,
}

pub(crate) fn by_spans(loads: &Loads<'_>, board: &mut Board) {
    let mut linear = Linear::of(loads);
    let earliest = earliest(loads, &linear);
    let levels: Vec<u32> = linear.hours().into_iter().filter(|hours| *hours >= earliest).collect();
    let Some(last) = levels.len().checked_sub(1) else { return };
    let mut drafts = Drafts::new(loads);
    drafts::begin(&mut drafts, board, u32::MAX);
    let best = |board: &Board| board.first().map_or(NONE, |best| loads.rough(best.score));
    // Where no plan is known, prices rise towards anything.
    let target = |board: &Board, hours: u32| best(board).min(NONE / 128) - loads.time(hours);
    let start = first_prices(loads, &linear);
    let first = ascend(loads, &mut linear, &start, target(board, earliest), ROUNDS[0]);
    let mut spans = vec![Span { from: 0, to: last, least: first.value.saturating_add(loads.time(levels[0])), bound: first }];
    let (mut drafted, mut steps) = (0, STEPS);
    while let Some(span) = spans.pop() {
        let from = levels[span.from];
        if span.least > best(board) {
            continue;
        }
        if board.is_over() {
            board.cut(loads.at_least(span.least, from));
            continue;
        }
        board.explored += 1;
        linear.until = levels[span.to];
        if drafted < DRAFTS {
            drafted += 1;
            drafts::begin(&mut drafts, board, linear.until);
        }
        let bound = ascend(loads, &mut linear, &span.bound.prices, target(board, from), ROUNDS[0]);
        let least = bound.value.saturating_add(loads.time(from)).max(span.least);
        if least > best(board) {
            continue;
        }
        if span.from == span.to {
            exactly(loads, board, &linear, &mut steps, &bound, from, least);
            continue;
        }
        let middle = usize::midpoint(span.from, span.to);
        let later = bound.value.saturating_add(loads.time(levels[middle + 1])).max(span.least);
        spans.push(Span { from: span.from, to: middle, bound: bound.clone(), least });
        spans.push(Span { from: middle + 1, to: span.to, bound, least: later });
        spans.sort_by_key(|span| (std::cmp::Reverse(span.least), span.from));
    }
}

/// Works out the loads that the linear bound leaves, and picks through them.
fn exactly(loads: &Loads<'_>, board: &mut Board, linear: &Linear, steps: &mut usize, bound: &Bound, hours: u32, least: Rough) {
    let room = |board: &Board, bound: &Bound| {
        board.first().map_or(NONE, |best| loads.rough(best.score)).saturating_sub(bound.value).saturating_sub(loads.time(hours))
    };
    let most = room(board, bound);
    let Some(all) = linear.loads(loads, bound, most, steps) else {
        board.cut(loads.at_least(least, hours));
        return;
    };
    board.explored += u64::try_from(all.len() / 64).unwrap_or(0);
    let mut columns = Columns::from(loads, all);
    let exact = ascend(loads, &mut columns, &bound.prices, most.saturating_add(bound.value), ROUNDS[1]);
    let most = room(board, &exact);
    if most < 0 {
        return;
    }
    let columns = columns.left(loads, &exact, |_, above| above <= most);
    let least = exact.value.saturating_add(loads.time(hours)).max(least);
    let nodes = crate::search::NODES / 8;
    if columns.all.len() > MOST || !pick(loads, board, &columns, &exact, hours, nodes) {
        board.cut(loads.at_least(least, hours));
    }
}

/// When the order may be complete at the earliest: no line arrives before.
fn earliest(loads: &Loads<'_>, linear: &Linear) -> u32 {
    let mut of_row = vec![u32::MAX; loads.rows()];
    for (site, shelf) in loads.shelves.iter().enumerate() {
        for (at, item) in shelf.items.iter().enumerate() {
            of_row[item.row] = of_row[item.row].min(linear.earliest(site, at));
        }
    }
    loads.complete(&of_row)
}

/// Prices to begin with: half of what each row scores alone at least.
fn first_prices(loads: &Loads<'_>, linear: &Linear) -> Prices {
    let mut rows = vec![NONE; loads.rows()];
    for (site, shelf) in loads.shelves.iter().enumerate() {
        for (at, item) in shelf.items.iter().enumerate() {
            rows[item.row] = rows[item.row].min(linear.alone(site, at));
        }
    }
    let rows = rows.into_iter().map(|score| if score < NONE { score / 2 } else { 0 }).collect();
    Prices { rows, minima: vec![0; loads.shelves.len()] }
}
