//! What all loads that are held cost and take.

use std::collections::HashMap;

use oms_domain::document::Speed;

use crate::loads::{Loads, NONE, Rough, Shelf, grow};
use crate::packing::Piece;
use crate::weigh::{Priced, Weigher};

/// Most lines served whole of which a table of all sets is kept; of more, the sets that occur are.
const MOST_LINES: usize = 16;

impl Loads<'_> {
    /// Prices all loads, those of lines served whole once for sites that are alike to carriers.
    pub(crate) fn price(&self, shelves: &mut [Shelf]) {
        let lines: Vec<Piece> = (0..self.lines.len()).map(|row| self.piece(row)).collect();
        let weigher = Weigher::new(self.problem, self.facts.speed, &lines);
        let sets = if self.lines.len() > MOST_LINES { 0 } else { 1_usize << self.lines.len() };
        let mut known = weigher.unknown(sets);
        // By rates and set, what its offers ask; by tariff and set, score of the cost and hours. Unknown at first.
        let mut asked: Vec<Vec<Asked>> = (0..self.problem.rates.len()).map(|_| Vec::new()).collect();
        let mut costs: Vec<(Option<i64>, Rough)> = Vec::new();
        let mut tables: Vec<Vec<(Rough, u32)>> = vec![Vec::new(); self.problem.tariffs.len()];
        let load_of =
            |set: usize| -> Vec<Piece> { (0..self.lines.len()).filter(|row| set >> row & 1 == 1).map(|row| self.piece(row)).collect() };
        let mut others: HashMap<(usize, usize), (Rough, u32)> = HashMap::new();
        let scored = |priced: Priced| priced.map_or((NONE, 0), |(cost, hours)| (self.rough(self.scale.score(0, cost, 0)), hours));
        let mut sums = Sums::default();
        for (at, shelf) in shelves.iter_mut().enumerate() {
            let site = &self.problem.sites[at];
            let rates = self.problem.tariffs[site.tariff].rates;
            let offers = self.problem.rates[rates].len();
            let (table, asked) = (&mut tables[site.tariff], &mut asked[rates]);
            if table.is_empty() {
                table.resize(sets, (UNPRICED, 0));
                asked.resize(sets, Asked::default());
            }
            let least_worth = if self.minimum_of[at].is_none() { site.min_order.max(0) } else { 0 };
            sums.of(self, at, shelf, least_worth > 0);
            shelf.score.reserve_exact(shelf.count);
            shelf.hours.reserve_exact(shelf.count);
            shelf.score.push(0);
            shelf.hours.push(0);
            let hours_of = &self.problem.tariffs[site.tariff].hours;
            let mut of_set = |set: usize| {
                if asked[set].end == 0 {
                    let first = costs.len();
                    let scored = |cost: i64| self.rough(self.scale.score(0, cost, 0));
                    weigher.costs_of_set(rates, set, &mut known, &load_of, |cost| costs.push((cost, cost.map_or(NONE, scored))));
                    asked[set] = Asked::of(&costs[first..], costs.len());
                }
                let Asked { end, least, cheapest } = asked[set];
                if cheapest > 0 && self.facts.speed == Speed::Standard {
                    // Of equally cheap ones the fastest.
                    let fastest =
                        hours_of.iter().enumerate().filter(|(offer, _)| cheapest >> offer & 1 == 1).map(|(_, hours)| *hours).min();
                    return (least, fastest.unwrap_or(0));
                }
                let own = &costs[end - offers..end];
                weigher.choose(site.tariff, |offer| own[offer].0).map_or((NONE, 0), |(offer, hours)| (own[offer].1, hours))
            };
            for code in 1..shelf.count {
                if least_worth > 0 && sums.worth[code] < least_worth {
                    shelf.score.push(NONE);
                    shelf.hours.push(0);
                    continue;
                }
                let (score, hours) = if code < shelf.whole {
                    let set = sums.set[code];
                    match table.get_mut(set) {
                        Some(found) => {
                            if found.0 == UNPRICED {
                                *found = of_set(set);
                            }
                            *found
                        }
                        None => *others.entry((site.tariff, set)).or_insert_with(|| scored(weigher.price(site.tariff, &load_of(set)))),
                    }
                } else {
                    let mut load: Vec<Piece> = shelf.items_of(code).map(|item| self.piece(item.row)).collect();
                    load.sort_unstable();
                    scored(weigher.price(site.tariff, &load))
                };
                shelf.score.push(if score < NONE { score + sums.lack[code] } else { NONE });
                shelf.hours.push(hours);
            }
        }
    }
}

/// A set that was not priced yet.
const UNPRICED: Rough = Rough::MIN;

/// What the offers of some rates ask for a set of lines.
#[derive(Debug, Clone, Copy, Default)]
struct Asked {
    /// Where they end in the list of costs; 0 where it was not asked.
    end: usize,
    /// The least of their scores, and the offers that ask it, a bit each; none where there are too many to have bits, or none takes it.
    least: Rough,
    cheapest: u64,
}

impl Asked {
    fn of(costs: &[(Option<i64>, Rough)], end: usize) -> Self {
        let cheapest = costs.iter().filter_map(|(cost, score)| Some(((*cost)?, *score))).min();
        let bits = |(cost, _): (i64, Rough)| {
            let equal = costs.iter().enumerate().filter(|(_, (other, _))| *other == Some(cost));
            equal.fold(0, |bits, (offer, _)| bits | 1 << offer)
        };
        let cheapest = cheapest.filter(|_| costs.len() <= 64);
        Self { end, least: cheapest.map_or(NONE, |(_, score)| score), cheapest: cheapest.map_or(0, bits) }
    }
}

/// What the loads of a site sum up to, by code.
#[derive(Default)]
struct Sums {
    /// The lines served whole: a bit each.
    set: Vec<usize>,
    /// Score of what the vendor's performance lacks.
    lack: Vec<Rough>,
    worth: Vec<i64>,
}

impl Sums {
    /// `worth` only where it is asked for.
    fn of(&mut self, loads: &Loads<'_>, at: usize, shelf: &Shelf, worth: bool) {
        self.set.resize(shelf.whole.max(self.set.len()), 0);
        self.lack.resize(shelf.count.max(self.lack.len()), 0);
        self.worth.resize(if worth { shelf.count.max(self.worth.len()) } else { 0 }, 0);
        for item in &shelf.items {
            let lack = loads.problem.sites[at].lack * i128::from(loads.piece(item.row).1);
            let lack = loads.rough(loads.scale.score(0, 0, lack));
            grow(&mut self.lack, item, |sum| sum + lack);
            if worth {
                grow(&mut self.worth, item, |sum| sum.saturating_add(item.worth));
            }
            if item.place < shelf.whole {
                grow(&mut self.set, item, |set| set | 1 << item.row);
            }
        }
    }
}
