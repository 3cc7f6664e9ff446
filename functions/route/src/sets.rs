//! The best plans, exactly: each site is given a whole set of lines, or none.
//!
//! Orders of up to fifteen lines are searched by sets. What a set of lines costs from a site follows from the site's tariff alone, so it is
//! worked out once per tariff. A dynamic program over sets of lines then says what any remainder costs at least, if every set goes to the site that is
//! best for it, and the search gives the lowest open line, with others, to one site after another as long as that bound allows. The bound counts a
//! site's base price, its packages and its vendor exactly; it forgets only that a site is given one set, and minima of vendors with several sites.
//!
//! The latest shipment decides the time, so plans are sought by their time, the fastest first: at each level sites may be used that deliver by
//! then, and one at least that delivers no earlier.
//!
//! Lines that are split over sources are decided first, in every way there is; what they put into a site is then part of each of its sets.

use crate::candidates::Problem;
use crate::facts::Facts;
use crate::objective::Scale;
use crate::packing::{Bulk, Limits, Piece};
use crate::search::{Board, Found, Solution};
use crate::tariff::{at_least, choose, quote};

/// Lines that are served from one source each, in an order that is searched by sets.
const MOST_LINES: usize = 15;
/// Ways to split all split lines of an order that is searched by sets.
const MOST_SPLITS: usize = 20_000;
/// What working out the tables for one way counts for in nodes: about as much time.
const NODES_OF_A_WAY: u64 = 64;

/// A set of lines: a bit each.
type Mask = usize;
/// A score rounded down to fit 64 bits, for bounds.
type Rough = i64;

/// More than any plan scores, with room to add a few.
const NONE: Rough = Rough::MAX / 8;

/// The least rough score of a set, by which site, and the least at any other.
#[derive(Debug, Clone, Copy)]
struct Two {
    least: Rough,
    site: usize,
    second: Rough,
}

impl Two {
    const NOBODY: Self = Self { least: NONE, site: usize::MAX, second: NONE };

    fn offer(&mut self, site: usize, score: Rough) {
        if site == self.site {
            self.least = self.least.min(score);
        } else if score < self.least {
            *self = Self { least: score, site, second: self.least };
        } else {
            self.second = self.second.min(score);
        }
    }

    fn without(self, site: usize) -> Rough {
        if site == self.site { self.second } else { self.least }
    }
}

/// By set: the least that any sharing out of it scores by the level, and one that holds a shipment exactly then.
#[derive(Debug, Clone)]
struct Rest {
    any: Vec<Rough>,
    late: Vec<Rough>,
}

impl Rest {
    fn of(&self, set: Mask, new: bool) -> Rough {
        if new { self.any[set] } else { self.late[set] }
    }
}

/// The site that no site is.
const NO_SITE: usize = usize::MAX - 1;
/// Lines from which on it pays to work out what they score at least without a site.
const WORTH_A_TABLE: u32 = 3;

/// Cost, and hours from hand-over to the door, of a set from a site.
type Priced = Option<(i64, u32)>;

/// Searches the order by sets, within a limit of nodes; `None` where it has too many lines, or too many ways to be split.
pub(crate) fn search(facts: &Facts, problem: &Problem, scale: &Scale, limit: u64) -> Option<Found> {
    let (lines, splits): (Vec<usize>, Vec<usize>) =
        (0..problem.choices.len()).partition(|demand| problem.choices[*demand].iter().all(|choice| choice.len() == 1));
    let ways = splits.iter().try_fold(1_usize, |ways, demand| ways.checked_mul(problem.choices[*demand].len()))?;
    if lines.len() > MOST_LINES || ways > MOST_SPLITS {
        return None;
    }
    if problem.choices.iter().any(Vec::is_empty) {
        return Some(Found::none());
    }
    let mut sets = Sets::of(facts, problem, scale, lines, limit);
    if splits.is_empty() {
        sets.run(Vec::new());
    } else {
        sets.split(&splits);
    }
    let unseen = problem.complete.contains(&false).then(|| sets.least_of_unseen(&splits));
    Some(sets.board.found(unseen))
}

struct Sets<'a> {
    facts: &'a Facts,
    problem: &'a Problem,
    scale: &'a Scale,
    /// The demands behind the bits.
    lines: Vec<usize>,
    full: Mask,
    /// By site: which lines it can serve.
    stock: Vec<Mask>,
    /// By site: whether its vendor has no other, so that the vendor's minimum is the site's.
    sole: Vec<bool>,
    /// The sites of each vendor that has several and a minimum.
    spread: Vec<Vec<usize>>,
    /// By tariff and set.
    prices: Vec<Vec<Priced>>,
    /// By set: pieces, and what they are worth.
    pieces: Vec<i128>,
    worth: Vec<i64>,
    /// Bits dropped from a score to make it rough.
    shift: u32,
    board: Board,
    // What follows is of the run that is under way.
    /// By site: pieces of split lines that it gives in any case.
    forced: Vec<Vec<Piece>>,
    /// By site with such pieces: what they and each set cost together.
    special: Vec<Option<Vec<Priced>>>,
    /// By set: the best sites that deliver it by the level, and those that deliver it exactly then.
    by_level: Vec<Two>,
    at_level: Vec<Two>,
    rest: Rest,
    /// By site: the same without it, where that was worked out.
    without: Vec<Option<Rest>>,
    used: Vec<bool>,
    taken: Vec<(usize, Mask)>,
}

impl<'a> Sets<'a> {
    fn of(facts: &'a Facts, problem: &'a Problem, scale: &'a Scale, lines: Vec<usize>, limit: u64) -> Self {
        let sites = problem.sites.len();
        let size = 1_usize << lines.len();
        let mut stock = vec![0; sites];
        for (bit, demand) in lines.iter().enumerate() {
            for (site, _) in problem.choices[*demand].iter().flatten() {
                stock[*site] |= 1 << bit;
            }
        }
        let alone = |at: usize| {
            let same = |other: usize| problem.sites[other].vendor_id == problem.sites[at].vendor_id;
            // Sites are sorted by vendor.
            !(at > 0 && same(at - 1) || at + 1 < sites && same(at + 1))
        };
        let mut spread: Vec<Vec<usize>> = Vec::new();
        for site in (0..sites).filter(|site| problem.sites[*site].min_order > 0 && !alone(*site)) {
            match spread.last_mut().filter(|own| problem.sites[own[0]].vendor_id == problem.sites[site].vendor_id) {
                Some(own) => own.push(site),
                None => spread.push(vec![site]),
            }
        }
        let summed = |of: &dyn Fn(usize) -> i128| -> Vec<i128> {
            let mut sums = vec![0; size];
            for set in 1..size {
                let low = set.trailing_zeros();
                sums[set] = sums[set & (set - 1)] + of(lines[usize::try_from(low).unwrap_or(0)]);
            }
            sums
        };
        let pieces = summed(&|demand| i128::from(facts.demand[demand].quantity));
        let worth = summed(&|demand| i128::from(facts.demand[demand].net));
        let bits = 128 - scale.whole.saturating_mul(1 << 10).leading_zeros();
        let mut sets = Self {
            sole: (0..sites).map(alone).collect(),
            spread,
            full: size - 1,
            prices: Vec::new(),
            pieces,
            worth: worth.into_iter().map(|worth| i64::try_from(worth).unwrap_or(i64::MAX)).collect(),
            shift: bits.saturating_sub(59),
            board: Board::new(limit),
            forced: vec![Vec::new(); sites],
            special: vec![None; sites],
            by_level: vec![Two::NOBODY; size],
            at_level: vec![Two::NOBODY; size],
            rest: Rest { any: Vec::new(), late: Vec::new() },
            without: vec![None; sites],
            used: vec![false; sites],
            taken: Vec::new(),
            stock,
            lines,
            facts,
            problem,
            scale,
        };
        sets.price();
        sets
    }

    /// Fills the table of prices for the sets that some site of a tariff can serve.
    fn price(&mut self) {
        let mut limits: Vec<Limits> = self.problem.tariffs.iter().flatten().map(|offer| offer.limits).collect();
        limits.sort_unstable();
        limits.dedup();
        // Few carriers' limits differ: packed once for each.
        let bundles: Vec<Bundle> = (0..=self.full).map(|set| Bundle::of(self.problem, &self.load(set))).collect();
        let mut billed: Vec<Vec<Option<Option<u64>>>> = vec![vec![None; limits.len()]; self.full + 1];
        for (tariff, offers) in self.problem.tariffs.iter().enumerate() {
            let mut stocks: Vec<Mask> =
                self.problem.sites.iter().zip(&self.stock).filter(|(site, _)| site.tariff == tariff).map(|(_, stock)| *stock).collect();
            stocks.sort_unstable();
            stocks.dedup();
            let served = |set: Mask| stocks.iter().any(|stock| set & !stock == 0);
            let places: Vec<usize> = offers.iter().map(|offer| limits.binary_search(&offer.limits).unwrap_or(0)).collect();
            let mut prices: Vec<Priced> = vec![None; self.full + 1];
            for set in (1..=self.full).filter(|set| served(*set)) {
                for place in &places {
                    billed[set][*place].get_or_insert_with(|| bundles[set].kg(self.problem, &limits[*place]));
                }
                let found = choose(offers, self.facts.speed, |i| billed[set][places[i]].flatten());
                prices[set] = found.map(|found| (found.cost, found.hours));
            }
            self.prices.push(prices);
        }
    }

    /// The pieces of a set.
    fn load(&self, set: Mask) -> Vec<Piece> {
        let of = |bit: usize| (self.lines[bit], self.facts.demand[self.lines[bit]].quantity);
        (0..self.lines.len()).filter(|bit| set >> bit & 1 == 1).map(of).collect()
    }

    /// What a site takes for a set, with the pieces it gives in any case.
    fn priced(&self, site: usize, set: Mask) -> Priced {
        match &self.special[site] {
            Some(prices) => prices[set],
            None => self.prices[self.problem.sites[site].tariff][set],
        }
    }

    /// Hours to the door.
    fn hours(&self, site: usize, priced: (i64, u32)) -> u32 {
        self.problem.sites[site].handling_hours.saturating_add(priced.1)
    }

    /// Score of cost and performance that a set adds at a site.
    fn score(&self, site: usize, set: Mask, priced: (i64, u32)) -> i128 {
        let paid = self.special[site].as_ref().and_then(|prices| prices[0]).map_or(0, |(cost, _)| cost);
        self.scale.score(0, priced.0 - paid, self.problem.sites[site].lack * self.pieces[set])
    }

    /// Rounded down.
    fn rough(&self, score: i128) -> Rough {
        Rough::try_from(score >> self.shift).unwrap_or(if score < 0 { 0 } else { NONE }).min(NONE)
    }

    /// Whether the site's vendor would get its minimum, or could at another of its sites.
    fn is_worth(&self, site: usize, set: Mask) -> bool {
        let minimum = self.problem.sites[site].min_order;
        !self.sole[site] || minimum <= 0 || self.worth[set].saturating_add(self.forced_worth(site)) >= minimum
    }

    fn forced_worth(&self, site: usize) -> i64 {
        let worth = self.forced[site].iter().map(|(demand, quantity)| self.facts.demand[*demand].worth(*quantity));
        worth.fold(0, i64::saturating_add)
    }

    /// Decides how each split line is split: the ways that could be best first.
    fn split(&mut self, splits: &[usize]) {
        let rest = self.rest_beside(splits);
        let mut ways: Vec<(i128, Vec<usize>)> = Vec::new();
        let mut way = vec![0; splits.len()];
        loop {
            let forced = self.forced_by(splits, &way);
            if let Some(least) = self.least_of_forced(&forced) {
                ways.push((least.saturating_add(rest), way.clone()));
            }
            // The next way, counted like a number.
            let Some(place) = (0..way.len()).rev().find(|place| way[*place] + 1 < self.problem.choices[splits[*place]].len()) else {
                break;
            };
            way[place] += 1;
            way[place + 1..].fill(0);
        }
        ways.sort_unstable();
        for (least, way) in ways {
            if self.board.beats(least) {
                if self.board.is_over() {
                    self.board.cut(least);
                } else {
                    self.board.explored += NODES_OF_A_WAY;
                    self.run(self.forced_by(splits, &way));
                }
            }
        }
    }

    /// The pieces that these ways put into sites.
    fn forced_by(&self, splits: &[usize], way: &[usize]) -> Vec<(usize, Vec<Piece>)> {
        let mut forced: Vec<(usize, Vec<Piece>)> = Vec::new();
        for (demand, choice) in splits.iter().zip(way) {
            for (site, quantity) in &self.problem.choices[*demand][*choice] {
                match forced.iter_mut().find(|(known, _)| known == site) {
                    Some((_, pieces)) => pieces.push((*demand, *quantity)),
                    None => forced.push((*site, vec![(*demand, *quantity)])),
                }
            }
        }
        forced
    }

    /// What they score at least, whatever else the sites are given; `None` where no carrier takes them.
    fn least_of_forced(&self, forced: &[(usize, Vec<Piece>)]) -> Option<i128> {
        let (mut hours, mut cost, mut lack) = (0, 0_i64, 0);
        for (site, pieces) in forced {
            let (least_cost, least_hours) = at_least(&self.problem.goods, self.problem.offers(*site), pieces)?;
            let own = &self.problem.sites[*site];
            hours = hours.max(own.handling_hours.saturating_add(least_hours));
            cost = cost.saturating_add(least_cost);
            lack += pieces.iter().map(|(_, quantity)| own.lack * i128::from(*quantity)).sum::<i128>();
        }
        Some(self.scale.score(hours, cost, lack))
    }

    /// What the lines served whole add at least to any way of splitting the others: nothing but performance where they join what a split brings.
    fn rest_beside(&mut self, splits: &[usize]) -> i128 {
        let mut joins = vec![false; self.problem.sites.len()];
        for (site, _) in splits.iter().flat_map(|demand| self.problem.choices[*demand].iter().flatten()) {
            joins[*site] = true;
        }
        self.by_level.fill(Two::NOBODY);
        for (site, joins) in joins.into_iter().enumerate() {
            for set in submasks(self.stock[site]) {
                let Some(priced) = self.priced(site, set) else { continue };
                let priced = if joins { (0, 0) } else { priced };
                let rough = self.rough(self.score(site, set, priced));
                self.by_level[set].offer(site, rough);
            }
        }
        self.at_level.fill(Two::NOBODY);
        let rest = self.shared_out(NO_SITE).any[self.full];
        if rest >= NONE { 0 } else { i128::from(rest) << self.shift }
    }

    /// The least that a plan scores whose split is none of those looked at.
    fn least_of_unseen(&mut self, splits: &[usize]) -> i128 {
        let rest = self.rest_beside(splits);
        let lack = |demand: &usize| {
            let lacks = self.problem.choices[*demand].iter().flatten().map(|(site, _)| self.problem.sites[*site].lack);
            lacks.min().unwrap_or(0) * i128::from(self.facts.demand[*demand].quantity)
        };
        // Splits that were left out may use sites that the others do not: they are as good as perfect.
        let known = splits.iter().filter(|demand| self.problem.complete[**demand]).map(lack).sum();
        rest.saturating_add(self.scale.score(0, 0, known))
    }

    /// All plans in which sites give these pieces at least.
    fn run(&mut self, forced: Vec<(usize, Vec<Piece>)>) {
        let mut base = 0_i128;
        let sites: Vec<usize> = forced.iter().map(|(site, _)| *site).collect();
        for (site, pieces) in forced {
            let lack: i128 = pieces.iter().map(|(_, quantity)| self.problem.sites[site].lack * i128::from(*quantity)).sum();
            self.forced[site] = pieces;
            let prices = self.special_prices(site);
            base += self.scale.score(0, prices[0].map_or(0, |(cost, _)| cost), lack);
            self.special[site] = Some(prices);
        }
        self.levels(base, &sites);
        for site in sites {
            self.forced[site].clear();
            self.special[site] = None;
        }
    }

    fn special_prices(&self, site: usize) -> Vec<Priced> {
        let mut prices = vec![None; self.full + 1];
        for set in std::iter::once(0).chain(submasks(self.stock[site])) {
            let mut load = self.load(set);
            load.extend(&self.forced[site]);
            load.sort_unstable();
            let quote = quote(&self.problem.goods, self.problem.offers(site), &load, self.facts.speed);
            prices[set] = quote.map(|quote| (quote.cost, quote.hours));
        }
        prices
    }

    /// Level by level of the time.
    fn levels(&mut self, base: i128, forced: &[usize]) {
        if forced.iter().any(|site| self.priced(*site, 0).is_none()) {
            return;
        }
        let arrivals = self.arrivals();
        let alone = |site: &usize| self.priced(*site, 0).map_or(0, |priced| self.hours(*site, priced));
        let waits: Vec<u32> = forced.iter().map(alone).collect();
        let mut levels: Vec<u32> = arrivals.iter().map(|arrival| arrival.at).chain(waits.iter().copied()).collect();
        levels.sort_unstable();
        levels.dedup();
        let least = self.least_at_any_time(base, &arrivals);
        self.by_level.fill(Two::NOBODY);
        let mut next = 0;
        for hours in levels {
            let time = self.scale.score(hours, 0, 0);
            let best = time.saturating_add(least);
            if !self.board.beats(best) {
                break;
            }
            self.at_level.fill(Two::NOBODY);
            while let Some(arrival) = arrivals.get(next).filter(|arrival| arrival.at == hours) {
                self.arrive(arrival);
                next += 1;
            }
            self.rest = self.shared_out(NO_SITE);
            self.without.fill(None);
            // A site whose own pieces arrive just then needs no set that does.
            let new = waits.contains(&hours);
            let rest = self.rest.of(self.full, new);
            if rest < NONE && self.board.beats(self.raised(base.saturating_add(time), rest)) {
                self.descend(self.full, base, hours, new);
            }
        }
    }

    /// What any plan costs and lacks at least, in score.
    fn least_at_any_time(&mut self, base: i128, arrivals: &[Arrival]) -> i128 {
        self.by_level.fill(Two::NOBODY);
        self.at_level.fill(Two::NOBODY);
        for arrival in arrivals {
            self.arrive(arrival);
        }
        self.raised(base, self.shared_out(NO_SITE).any[self.full])
    }

    /// The sites' sets by the hour at which they arrive, earliest first.
    fn arrivals(&self) -> Vec<Arrival> {
        let mut arrivals = Vec::new();
        let mut by_tariff: Vec<Vec<(u32, Vec<Mask>)>> = Vec::new();
        for prices in &self.prices {
            by_tariff.push(by_hours(prices));
        }
        for (site, own) in self.problem.sites.iter().enumerate() {
            let special = self.special[site].as_deref().map(by_hours);
            for (hours, sets) in special.as_ref().unwrap_or(&by_tariff[own.tariff]) {
                let sets: Vec<Mask> = sets.iter().copied().filter(|set| set & !self.stock[site] == 0).collect();
                if !sets.is_empty() {
                    arrivals.push(Arrival { at: own.handling_hours.saturating_add(*hours), site, sets });
                }
            }
        }
        arrivals.sort_by_key(|arrival| (arrival.at, arrival.site));
        arrivals
    }

    /// From now on the site may be given these sets.
    fn arrive(&mut self, arrival: &Arrival) {
        for set in &arrival.sets {
            let Some(priced) = self.priced(arrival.site, *set).filter(|_| self.is_worth(arrival.site, *set)) else { continue };
            let rough = self.rough(self.score(arrival.site, *set, priced));
            self.at_level[*set].offer(arrival.site, rough);
            self.by_level[*set].offer(arrival.site, rough);
        }
    }

    /// The dynamic program: the set with the lowest line, and the best for what remains; nothing from one site.
    fn shared_out(&self, without: usize) -> Rest {
        let by_level: Vec<Rough> = self.by_level.iter().map(|two| two.without(without)).collect();
        let at_level: Vec<Rough> = self.at_level.iter().map(|two| two.without(without)).collect();
        let mut rest = Rest { any: vec![0; self.full + 1], late: vec![NONE; self.full + 1] };
        for set in 1..=self.full {
            let low = set & set.wrapping_neg();
            let others = set ^ low;
            let (mut any, mut late) = (NONE, NONE);
            let mut with = others;
            loop {
                let part = with | low;
                let (cost, remainder) = (by_level[part], set ^ part);
                if cost < NONE {
                    any = any.min(cost + rest.any[remainder]);
                    late = late.min(cost + rest.late[remainder]).min(at_level[part] + rest.any[remainder]);
                }
                if with == 0 {
                    break;
                }
                with = (with - 1) & others;
            }
            rest.any[set] = any;
            rest.late[set] = late;
        }
        rest
    }

    /// The least rough score of what remains, as far as it is worked out for the sites that are used.
    fn rest_of(&self, remainder: Mask, new: bool, site: usize) -> Rough {
        let used = self.taken.iter().map(|(site, _)| *site).chain(std::iter::once(site));
        let tables = used.filter_map(|site| self.without.get(site)?.as_ref());
        tables.map(|table| table.of(remainder, new)).fold(self.rest.of(remainder, new), Rough::max)
    }

    /// A rough bound added to an exact score; never more than the truth.
    fn raised(&self, score: i128, rest: Rough) -> i128 {
        score.saturating_add(i128::from(rest) << self.shift)
    }

    /// Gives the lowest open line, with others, to every site that may have them, the best first. `new` once a shipment arrives as late as `hours`.
    fn descend(&mut self, open: Mask, score: i128, hours: u32, new: bool) {
        self.board.explored += 1;
        let so_far = score.saturating_add(self.scale.score(hours, 0, 0));
        if !self.is_reachable(open) {
            return;
        }
        if open == 0 {
            self.keep(hours, so_far);
            return;
        }
        if self.board.is_over() {
            self.board.cut(self.raised(so_far, self.rest_of(open, new, NO_SITE)));
            return;
        }
        let places = match self.obliged(hours) {
            Some(site) => self.sets_of(site, open, so_far, hours, new),
            None => self.promising(open, so_far, hours, new),
        };
        for (_, site, set) in places {
            let Some(priced) = self.priced(site, set) else { continue };
            let arrives = self.hours(site, priced);
            let with = score.saturating_add(self.score(site, set, priced));
            let (is_new, remainder) = (new || arrives == hours, open ^ set);
            let time = self.scale.score(hours, 0, 0);
            let beats = |sets: &Self| {
                let rest = sets.rest_of(remainder, is_new, site);
                rest < NONE && sets.board.beats(sets.raised(with.saturating_add(time), rest))
            };
            if !beats(self) {
                continue;
            }
            if remainder.count_ones() >= WORTH_A_TABLE && self.without[site].is_none() {
                self.without[site] = Some(self.shared_out(site));
                if !beats(self) {
                    continue;
                }
            }
            self.used[site] = true;
            self.taken.push((site, set));
            self.descend(remainder, with, hours, is_new);
            self.taken.pop();
            self.used[site] = false;
        }
    }

    /// Whether each vendor that is used, and has several sites, may still be given its minimum.
    fn is_reachable(&self, open: Mask) -> bool {
        self.spread.iter().all(|sites| {
            let taken = || self.taken.iter().filter(|(site, _)| sites.contains(site));
            let forced: i64 = sites.iter().map(|site| self.forced_worth(*site)).fold(0, i64::saturating_add);
            let worth = taken().map(|(_, set)| self.worth[*set]).fold(forced, i64::saturating_add);
            let may = sites.iter().filter(|site| !self.used[**site]).fold(0, |may, site| may | self.stock[*site]);
            let is_used = forced > 0 || taken().next().is_some();
            !is_used || worth.saturating_add(self.worth[open & may]) >= self.problem.sites[sites[0]].min_order
        })
    }

    /// A site that has to be given a set: its split pieces alone are less than its vendor's minimum, or arrive too late.
    fn obliged(&self, hours: u32) -> Option<usize> {
        let late = |site: usize| self.priced(site, 0).is_some_and(|priced| self.hours(site, priced) > hours);
        let is = |site: &usize| self.special[*site].is_some() && !self.used[*site] && (late(*site) || !self.is_worth(*site, 0));
        (0..self.special.len()).find(is)
    }

    /// The sets that a site could be given, by their bound.
    fn sets_of(&self, site: usize, open: Mask, so_far: i128, hours: u32, new: bool) -> Vec<(i128, usize, Mask)> {
        let mut found = Vec::new();
        for set in submasks(self.stock[site] & open) {
            self.place(site, set, open ^ set, (so_far, hours, new), &mut found);
        }
        found.sort_unstable();
        found
    }

    /// The sets and sites for the lowest open line that could lead to a plan worth keeping, by their bound.
    fn promising(&self, open: Mask, so_far: i128, hours: u32, new: bool) -> Vec<(i128, usize, Mask)> {
        let low = open & open.wrapping_neg();
        let others = open ^ low;
        let mut found = Vec::new();
        let mut with = others;
        loop {
            let set = with | low;
            let remainder = open ^ set;
            let (by_level, any) = (self.by_level[set].least, self.rest.any[remainder]);
            let late = || (self.at_level[set].least + any).min(by_level + self.rest.late[remainder]);
            let least = if new { by_level + any } else { late() };
            if least < NONE && self.board.beats(self.raised(so_far, least)) {
                self.places(set, remainder, so_far, hours, new, &mut found);
            }
            if with == 0 {
                break;
            }
            with = (with - 1) & others;
        }
        found.sort_unstable();
        found
    }

    fn places(&self, set: Mask, remainder: Mask, so_far: i128, hours: u32, new: bool, found: &mut Vec<(i128, usize, Mask)>) {
        for (site, stock) in self.stock.iter().enumerate() {
            if set & !stock == 0 && !self.used[site] {
                self.place(site, set, remainder, (so_far, hours, new), found);
            }
        }
    }

    /// Notes a set for a site, if that could lead to a plan worth keeping.
    fn place(
        &self,
        site: usize,
        set: Mask,
        remainder: Mask,
        (so_far, hours, new): (i128, u32, bool),
        found: &mut Vec<(i128, usize, Mask)>,
    ) {
        let Some(priced) = self.priced(site, set).filter(|_| self.is_worth(site, set)) else { return };
        let arrives = self.hours(site, priced);
        if arrives > hours {
            return;
        }
        let rest = self.rest_of(remainder, new || arrives == hours, site);
        let bound = self.raised(so_far.saturating_add(self.score(site, set, priced)), rest);
        if rest < NONE && self.board.beats(bound) {
            found.push((bound, site, set));
        }
    }

    /// The sharing out as it stands, if it arrives at the level and every vendor gets its minimum.
    fn keep(&mut self, hours: u32, score: i128) {
        if !self.board.beats(score) {
            return;
        }
        let mut loads: Vec<(usize, Vec<Piece>)> = self.taken.iter().map(|(site, set)| (*site, self.load(*set))).collect();
        for (site, pieces) in self.forced.iter().enumerate().filter(|(_, pieces)| !pieces.is_empty()) {
            match loads.iter_mut().find(|(known, _)| *known == site) {
                Some((_, load)) => load.extend(pieces),
                None => loads.push((site, pieces.clone())),
            }
        }
        if let Some(solution) = Solution::of(self.facts, self.problem, self.scale, loads).filter(|solution| solution.hours == hours) {
            self.board.keep(solution);
        }
    }
}

/// Sets of a site that arrive at one hour.
struct Arrival {
    at: u32,
    site: usize,
    sets: Vec<Mask>,
}

/// The sets by their hours to the door.
fn by_hours(prices: &[Priced]) -> Vec<(u32, Vec<Mask>)> {
    let mut by_hours: Vec<(u32, Vec<Mask>)> = Vec::new();
    for (set, priced) in prices.iter().enumerate().skip(1) {
        let Some((_, hours)) = priced else { continue };
        match by_hours.iter_mut().find(|(known, _)| known == hours) {
            Some((_, sets)) => sets.push(set),
            None => by_hours.push((*hours, vec![set])),
        }
    }
    by_hours
}

/// The sets within a set, but for the empty one.
fn submasks(set: Mask) -> impl Iterator<Item = Mask> {
    let mut next = Some(set).filter(|set| *set > 0);
    std::iter::from_fn(move || {
        let now = next?;
        next = Some((now - 1) & set).filter(|set| *set > 0);
        Some(now)
    })
}

/// A load, weighed once for all tariffs.
struct Bundle {
    load: Vec<Piece>,
    heaviest: u64,
    longest: u32,
    girth: u64,
    /// What goes together; none where that has to be worked out per carrier.
    together: Option<Vec<Bulk>>,
}

impl Bundle {
    fn of(problem: &Problem, load: &[Piece]) -> Self {
        let units = || load.iter().map(|(demand, _)| problem.goods.units[*demand]);
        let groups = problem.goods.groups(load);
        let cliques = groups.iter().all(|group| problem.goods.is_clique(group));
        Self {
            heaviest: units().map(|unit| unit.grams).max().unwrap_or(0),
            longest: units().map(|unit| unit.length_mm).max().unwrap_or(0),
            girth: units().map(|unit| unit.girth_mm).max().unwrap_or(0),
            together: cliques.then(|| groups.iter().map(|group| problem.goods.sum(group)).collect()),
            load: load.to_vec(),
        }
    }

    /// Kilograms billed within these limits; the same as [`pack`](crate::packing::pack) says, without packing what fits anyway.
    fn kg(&self, problem: &Problem, limits: &Limits) -> Option<u64> {
        if self.heaviest > limits.grams || self.longest > limits.length_mm || self.girth > limits.girth_mm {
            return None;
        }
        match &self.together {
            Some(bulks) if bulks.iter().all(|bulk| limits.hold(*bulk)) => {
                Some(bulks.iter().map(|bulk| bulk.kg(limits.divisor)).fold(0, u64::saturating_add))
            }
            _ => crate::packing::pack(&problem.goods, &self.load, limits).map(|(kg, _)| kg),
        }
    }
}
