//! What all plans score at least, by Lagrangian relaxation.
//!
//! Every row is given a price. A site then earns the prices of the rows it serves, less the score of the load, and does what is best for it alone, or nothing;
//! a split line takes the way that is cheapest at the prices. That rows may then be served twice or by nobody makes the sum a bound for any prices at all
//! (A. M. Geoffrion, "Lagrangean relaxation for integer programming", 1974). Prices rise where a row is not served and fall where it is served too often: subgradient
//! steps after B. T. Polyak, their direction deflected after P. M. Camerini, L. Fratta and F. Maffioli (1975).
//!
//! A vendor's minimum over several sites has prices too: each of its sites that is used pays, and each worth it delivers is paid for.
//! All values are whole numbers, and what is rounded is rounded so that the bound stays one.

use crate::loads::{Loads, NONE, Rough, Shelf, grow};

/// Prices, in rough scores.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Prices {
    /// By row.
    pub(crate) rows: Vec<Rough>,
    /// By site: of its vendor's minimum; never below 0.
    pub(crate) minima: Vec<Rough>,
}

/// What the prices prove.
#[derive(Debug, Clone)]
pub(crate) struct Bound {
    /// No plan scores less, its time not counted.
    pub(crate) value: Rough,
    pub(crate) prices: Prices,
    /// By site, what its best load brings; 0 at most.
    pub(crate) least: Vec<Rough>,
    /// By split line, what its cheapest way costs.
    pub(crate) ways: Vec<Rough>,
}

/// Where loads come from: all there are, or those that are left.
pub(crate) trait Supply {
    /// The least that a load of the site scores beyond what its items are paid, and its code; [`NONE`] where there is no load.
    fn best(&mut self, site: usize, shelf: &Shelf, paid: &[Rough]) -> (Rough, usize);
}

/// All loads of all sites.
#[derive(Debug, Default)]
pub(crate) struct Everything {
    sums: Vec<Rough>,
}

impl Everything {
    /// By code, what the items of a load are paid.
    pub(crate) fn sums(&mut self, shelf: &Shelf, paid: &[Rough]) -> &[Rough] {
        // Every sum but that of nothing is made from one before it.
        self.sums.resize(shelf.score.len().max(self.sums.len()), 0);
        for (item, paid) in shelf.items.iter().zip(paid) {
            grow(&mut self.sums, item, |sum| sum + paid);
        }
        &self.sums[..shelf.score.len()]
    }
}

impl Supply for Everything {
    fn best(&mut self, _: usize, shelf: &Shelf, paid: &[Rough]) -> (Rough, usize) {
        let sums = self.sums(shelf, paid);
        let value = |(score, sum): (&Rough, &Rough)| score - sum;
        let (scores, sums) = (&shelf.score[1..], &sums[1..]);
        let least = scores.iter().zip(sums).map(value).fold(NONE, Rough::min);
        // Where it is matters only if it brings something.
        let code = if least < 0 { scores.iter().zip(sums).map(value).position(|value| value == least).unwrap_or(0) + 1 } else { 0 };
        (least, code)
    }
}

impl Prices {
    /// What the items of a site are paid, and what a load pays for its vendor's minimum.
    pub(crate) fn paid(&self, loads: &Loads<'_>, site: usize, paid: &mut Vec<Rough>) -> Rough {
        paid.clear();
        let items = &loads.shelves[site].items;
        paid.extend(items.iter().map(|item| self.rows[item.row]));
        let Some(minimum) = loads.minimum_of[site].map(|at| &loads.minima[at]) else { return 0 };
        let all: Rough = minimum.sites.iter().map(|site| self.minima[*site]).sum();
        if all > 0 {
            for (paid, item) in paid.iter_mut().zip(items) {
                let more = i128::from(all) * i128::from(item.worth) / i128::from(minimum.worth) + 1;
                *paid += Rough::try_from(more).unwrap_or(NONE);
            }
        }
        self.minima[site]
    }

    /// What a way to split costs at these prices.
    pub(crate) fn way(&self, rows: &[usize]) -> Rough {
        rows.iter().map(|row| self.rows[*row]).sum()
    }
}

/// Where the prices are wrong: by row, and by site for the minima.
type Slope = Vec<f64>;

/// Raises the bound, in so many rounds; no further than above `target`, where it has proved enough.
pub(crate) fn ascend(loads: &Loads<'_>, supply: &mut impl Supply, start: &Prices, target: Rough, rounds: usize) -> Bound {
    let (mut best, mut slope) = evaluate(loads, supply, start.clone());
    let mut best_slope = slope.clone();
    let mut prices = start.clone();
    let (mut direction, mut pace, mut stale) = (vec![0.0; slope.len()], 1.0, 0);
    let mut value = best.value;
    for _ in 1..rounds {
        let norm: f64 = slope.iter().map(|own| own * own).sum();
        if best.value > target || norm < 1e-9 || pace < 1e-3 {
            break;
        }
        let along: f64 = slope.iter().zip(&direction).map(|(own, last)| own * last).sum();
        let length: f64 = direction.iter().map(|own| own * own).sum();
        let keep = if along < 0.0 && length > 0.0 { -1.5 * along / length } else { 0.0 };
        for (direction, own) in direction.iter_mut().zip(&slope) {
            *direction = own + keep * *direction;
        }
        let length: f64 = direction.iter().map(|own| own * own).sum();
        step(&mut prices, &direction, pace * float(target - value) / length.max(1e-9));
        let bound;
        (bound, slope) = evaluate(loads, supply, prices.clone());
        value = bound.value;
        if bound.value > best.value {
            (best, best_slope, stale) = (bound, slope.clone(), 0);
        } else {
            stale += 1;
        }
        if stale == 3 {
            // Too far: back to the best prices, and on in smaller steps.
            (prices, slope, value) = (best.prices.clone(), best_slope.clone(), best.value);
            direction.fill(0.0);
            (pace, stale) = (pace * 0.5, 0);
        }
    }
    best
}

#[expect(clippy::cast_possible_truncation, reason = "prices are far below the largest number, and any prices make a bound")]
fn step(prices: &mut Prices, direction: &[f64], length: f64) {
    let (rows, minima) = direction.split_at(prices.rows.len());
    for (price, own) in prices.rows.iter_mut().zip(rows) {
        *price = (*price + (length * own) as Rough).clamp(-NONE / 64, NONE / 64);
    }
    for (price, own) in prices.minima.iter_mut().zip(minima) {
        *price = (*price + (length * own) as Rough).clamp(0, NONE / 64);
    }
}

/// The bound at these prices, and where they are wrong.
fn evaluate(loads: &Loads<'_>, supply: &mut impl Supply, prices: Prices) -> (Bound, Slope) {
    let (rows, sites) = (loads.rows(), loads.shelves.len());
    let mut slope = vec![0.0; rows + if loads.minima.is_empty() { 0 } else { sites }];
    let mut value: Rough = prices.rows[..loads.lines.len()].iter().sum();
    slope[..loads.lines.len()].fill(1.0);
    let mut ways = Vec::with_capacity(loads.splits.len());
    for split in &loads.splits {
        let costs = split.ways.iter().map(|way| prices.way(way)).enumerate();
        let Some((way, cost)) = costs.min_by_key(|(_, cost)| *cost) else { continue };
        value += cost;
        ways.push(cost);
        for row in &split.ways[way] {
            slope[*row] += 1.0;
        }
    }
    let mut least = vec![0; sites];
    let mut paid = Vec::new();
    for (site, shelf) in loads.shelves.iter().enumerate() {
        let pays = prices.paid(loads, site, &mut paid);
        let (best, code) = supply.best(site, shelf, &paid);
        let brings = best.saturating_add(pays);
        if brings >= 0 || code == 0 {
            continue;
        }
        value += brings;
        least[site] = brings;
        let minimum = loads.minimum_of[site].map(|at| &loads.minima[at]);
        for item in shelf.items_of(code) {
            slope[item.row] -= 1.0;
            if let Some(minimum) = minimum {
                for site in &minimum.sites {
                    slope[rows + site] -= float(item.worth) / float(minimum.worth);
                }
            }
        }
        if minimum.is_some() {
            slope[rows + site] += 1.0;
        }
    }
    // A price of 0 goes no lower.
    for (slope, price) in slope[rows..].iter_mut().zip(&prices.minima) {
        if *slope < 0.0 && *price == 0 {
            *slope = 0.0;
        }
    }
    (Bound { value, prices, least, ways }, slope)
}

#[expect(clippy::cast_precision_loss, reason = "lengths of steps, which need not be exact")]
fn float(number: i64) -> f64 {
    number as f64
}
