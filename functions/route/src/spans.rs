//! The search: the time by spans, each under a bound of its own.
//!
//! The latest shipment decides the time. So the hours at which an order may be complete are taken in spans, that with the least bound first: in a span only loads count
//! that arrive by its end, and the time is its beginning at least. Prices are raised for the span; loads that cannot be in a plan worth finding are left
//! out; where few are left, they are [picked](crate::pick) through, else the span is halved.

use crate::candidates::Problem;
use crate::columns::Columns;
use crate::dual::{Bound, Everything, Prices, ascend};
use crate::facts::Facts;
use crate::loads::{Loads, NONE, Rough};
use crate::objective::Scale;
use crate::pick::pick;
use crate::search::{Board, Found};
use crate::{greedy, large};

/// Rounds in which prices are raised: with all loads, and for each span.
const ROUNDS: [usize; 2] = [6, 16];
/// Nodes after which a span is given up, to be taken up again with better prices.
const PATIENCE: u64 = 2_000;
/// As few loads are picked through at once.
const FEW: usize = 300;

/// A span of hours, from one level to another, both included.
struct Span {
    from: usize,
    to: usize,
    bound: Bound,
    columns: Columns,
    /// What its plans score at least, the time included.
    least: Rough,
    /// How often it was given up.
    tries: u32,
}

/// Searches within a limit of nodes, holding no more than `most` loads in memory; `None` where the order has too many lines at one site.
pub(crate) fn search(facts: &Facts, problem: &Problem, scale: &Scale, limit: u64, most: usize) -> Option<Found> {
    if problem.choices.iter().any(Vec::is_empty) {
        return Some(Found::none());
    }
    let loads = Loads::of(facts, problem, scale, most)?;
    let mut board = Board::new(limit);
    if loads.held {
        greedy::begin(&loads, &mut board);
        by_spans(&loads, &mut board);
    } else {
        large::by_spans(&loads, &mut board);
    }
    let unseen = problem.complete.contains(&false).then_some(0);
    Some(board.found(unseen))
}

/// The score above which plans are not worth finding, rounded down.
fn enough(loads: &Loads<'_>, board: &Board) -> Rough {
    board.worst().map_or(NONE, |worst| loads.rough(worst))
}

fn by_spans(loads: &Loads<'_>, board: &mut Board) {
    let earliest = earliest(loads);
    let start = first_prices(loads, board);
    let best = |board: &Board| board.first().map_or(NONE / 128, |best| loads.rough(best.score));
    let bound = ascend(loads, &mut Everything::default(), &start, best(board) - loads.time(earliest), ROUNDS[0]);
    let keeps = |board: &Board, bound: &Bound, from: u32| {
        let (time, room) = (loads.time(from), enough(loads, board).saturating_sub(bound.value));
        move |hours: u32, above: Rough| {
            above.saturating_add(time) <= room && (hours <= from || above.saturating_add(loads.time(hours)) <= room)
        }
    };
    let columns = Columns::of(loads, &bound, keeps(board, &bound, earliest));
    let mut levels: Vec<u32> = columns.all.iter().map(|column| column.hours.max(earliest)).collect();
    levels.sort_unstable();
    levels.dedup();
    let Some(last) = levels.len().checked_sub(1) else { return };
    let mut spans = vec![Span { from: 0, to: last, least: bound.value.saturating_add(loads.time(levels[0])), bound, columns, tries: 0 }];
    let order = |span: &Span| (std::cmp::Reverse(span.least), span.from);
    while let Some(span) = spans.pop() {
        let from = levels[span.from];
        if !board.beats(loads.exact(span.least)) {
            continue;
        }
        if board.is_over() {
            board.cut(loads.at_least(span.least, from));
            continue;
        }
        let until = levels[span.to];
        let keep = keeps(board, &span.bound, from);
        let mut columns = span.columns.left(loads, &span.bound, |hours, above| hours <= until && keep(hours, above));
        let target = best(board) - loads.time(from);
        let bound = ascend(loads, &mut columns, &span.bound.prices, target, ROUNDS[1] << (2 * span.tries.min(4)));
        let columns = columns.left(loads, &bound, keeps(board, &bound, from));
        let least = bound.value.saturating_add(loads.time(from));
        if !board.beats(loads.exact(least)) || columns.all.is_empty() && !loads.lines.is_empty() {
            continue;
        }
        if span.from == span.to || columns.all.len() <= FEW {
            let nodes = PATIENCE << (2 * span.tries);
            if pick(loads, board, &columns, &bound, from, nodes) {
                continue;
            }
            if span.from == span.to {
                // Not done: again, with better prices and more patience.
                spans.push(Span { bound, columns, least, tries: span.tries + 1, ..span });
                spans.sort_by_key(order);
                continue;
            }
        }
        let middle = usize::midpoint(span.from, span.to);
        let tries = span.tries;
        spans.push(Span { from: span.from, to: middle, bound: bound.clone(), columns: columns.clone(), least, tries });
        let later = bound.value.saturating_add(loads.time(levels[middle + 1]));
        spans.push(Span { from: middle + 1, to: span.to, bound, columns, least: later, tries });
        spans.sort_by_key(order);
    }
}

/// When the order may be complete at the earliest: no line arrives before.
fn earliest(loads: &Loads<'_>) -> u32 {
    let mut of_row = vec![u32::MAX; loads.rows()];
    for shelf in &loads.shelves {
        let arrives = shelf.hours.iter().zip(&shelf.score).skip(1).filter(|(_, score)| **score < NONE).map(|(hours, _)| *hours);
        let first = arrives.min().unwrap_or(u32::MAX);
        for item in &shelf.items {
            of_row[item.row] = of_row[item.row].min(first);
        }
    }
    loads.complete(&of_row)
}

/// Prices to begin with: the load of each site in the best plan known, shared out over its rows by what they score alone.
fn first_prices(loads: &Loads<'_>, board: &Board) -> Prices {
    let alone = |site: usize, row: usize| {
        let shelf = &loads.shelves[site];
        shelf.item(row).map_or(NONE, |item| shelf.score[item.place])
    };
    let mut rows = vec![0; loads.rows()];
    for (row, price) in rows.iter_mut().enumerate() {
        let scores = (0..loads.shelves.len()).map(|site| alone(site, row)).min().unwrap_or(0);
        *price = if scores < NONE { scores / 2 } else { 0 };
    }
    for (site, _, pieces) in board.first().iter().flat_map(|best| &best.shipments) {
        let shelf = &loads.shelves[*site];
        let own: Vec<_> = shelf.items.iter().filter(|item| pieces.contains(&loads.piece(item.row))).collect();
        let code: usize = own.iter().map(|item| item.place).sum();
        let score = shelf.score.get(code).copied().filter(|score| *score < NONE).unwrap_or(0);
        let single = |place: usize| i128::from(shelf.score[place].min(NONE / 64));
        let sum: i128 = own.iter().map(|item| single(item.place)).sum();
        for item in own {
            rows[item.row] = Rough::try_from(i128::from(score) * single(item.place) / sum.max(1)).unwrap_or(0);
        }
    }
    Prices { rows, minima: vec![0; loads.shelves.len()] }
}
