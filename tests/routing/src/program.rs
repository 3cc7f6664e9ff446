//! The same problem as an integer program, stated anew: which loads leave which sites.
//!
//! A variable is a load of a site: a piece of every demand in it. A demand is in one load, of one site; or, where it is split, in the loads
//! that one of its ways to be split names, which are [found anew](crate::ways). A site has one load at most. The time is that of the latest load that is used. A vendor with a load is
//! given its minimum. How a load is packed is asked of the router, what its packages cost of the carriers' cards themselves, item by item; everything else (which loads
//! to combine) is left to the solver.

use std::collections::{BTreeMap, HashMap};

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde::Serialize;

use oms_domain::Money;
use oms_domain::document::Speed;
use oms_domain::shipping::rates::price;
use oms_domain::shipping::{Parcel, Place};
use route::candidates::Problem;
use route::choices::Choice;
use route::facts::Facts;
use route::objective::Scale;
use route::packing::Piece;
use route::search::Solution;
use route::tariff::packages;

use crate::ways::ways;

/// A program for HiGHS: minimise. All variables are 0 or 1: the loads first, then the ways to split.
#[derive(Debug, Default, Serialize)]
pub struct Program {
    /// Score of an hour.
    hour: f64,
    /// By variable: its score of cost and performance, and when it arrives.
    cost: Vec<f64>,
    hours: Vec<u32>,
    /// The matrix by variable: where its cells start, their rows and factors.
    starts: Vec<usize>,
    rows: Vec<usize>,
    factors: Vec<f64>,
    /// By row: the sum is so much at least, and at most.
    low: Vec<Option<f64>>,
    high: Vec<Option<f64>>,
    /// Behind the first variables: the site and what leaves it.
    #[serde(skip)]
    loads: Vec<Load>,
}

/// Pieces that leave a site together.
#[derive(Debug)]
struct Load {
    site: usize,
    pieces: Vec<Piece>,
    worth: i64,
}

/// What an hour, a minor unit and a millionth of performance lacking at one piece score, by the objective as it is written down.
struct Measure {
    hour: f64,
    unit: f64,
    lack: f64,
}

impl Measure {
    fn of(facts: &Facts, problem: &Problem) -> Self {
        let (weights, fixed) = (&facts.market.weights, &facts.market.references);
        let hours = fixed.hours.unwrap_or(problem.longest);
        let cost = fixed.costs.get(&facts.currency).copied().unwrap_or(problem.dearest);
        let pieces: u32 = facts.demand.iter().map(|demand| demand.quantity).sum();
        let weight = |share: Decimal| ratio((share * Decimal::from(1_000_000)).to_i128().unwrap_or(0), 1_000_000);
        Self {
            hour: weight(weights.time) / f64::from(hours.max(1)),
            unit: weight(weights.cost) / ratio(cost.max(1).into(), 1),
            lack: weight(weights.performance) / f64::from(pieces) / 1e6,
        }
    }

    fn score(&self, cost: i64, lack: i128) -> f64 {
        self.unit * ratio(cost.into(), 1) + self.lack * ratio(lack, 1)
    }
}

/// By variable, its cells: rows and factors.
type Cells = Vec<Vec<(usize, f64)>>;

impl Program {
    /// States the problem; `None` where a demand has no source at all.
    pub fn of(facts: &Facts, problem: &Problem) -> Option<Self> {
        let ways: Vec<Vec<Choice>> = (0..facts.demand.len()).map(|demand| ways(facts, problem, demand)).collect();
        if ways.iter().any(Vec::is_empty) {
            return None;
        }
        let measure = Measure::of(facts, problem);
        let mut program = Self { hour: measure.hour, ..Self::default() };
        program.loads_of_sites(facts, problem, &ways, &measure);
        let mut cells: Cells = vec![Vec::new(); program.loads.len()];
        let of_site: Vec<usize> = problem.sites.iter().map(|_| program.row(None, Some(1.0))).collect();
        for (load, cells) in program.loads.iter().zip(&mut cells) {
            cells.push((of_site[load.site], 1.0));
        }
        program.minima(problem, &mut cells);
        for (demand, choices) in ways.iter().enumerate() {
            if choices.iter().all(|choice| choice.len() == 1) {
                let row = program.row(Some(1.0), Some(1.0));
                for (load, cells) in program.loads.iter().zip(&mut cells) {
                    if load.pieces.iter().any(|(of, _)| *of == demand) {
                        cells.push((row, 1.0));
                    }
                }
            } else {
                program.split(choices, demand, &mut cells);
            }
        }
        for own in cells {
            program.starts.push(program.rows.len());
            for (row, factor) in own {
                program.rows.push(row);
                program.factors.push(factor);
            }
        }
        Some(program)
    }

    /// A new row.
    fn row(&mut self, low: Option<f64>, high: Option<f64>) -> usize {
        self.low.push(low);
        self.high.push(high);
        self.low.len() - 1
    }

    /// All loads that sites can give.
    fn loads_of_sites(&mut self, facts: &Facts, problem: &Problem, ways: &[Vec<Choice>], measure: &Measure) {
        // The same from all sites of a tariff.
        let mut asked: HashMap<(usize, Vec<Piece>), Priced> = HashMap::new();
        for (at, site) in problem.sites.iter().enumerate() {
            let vendor_has_one = problem.sites.iter().filter(|other| other.vendor_id == site.vendor_id).count() == 1;
            let mut loads: Vec<Vec<Piece>> = vec![Vec::new()];
            for (demand, choices) in ways.iter().enumerate() {
                let mut quantities: Vec<u32> =
                    choices.iter().flatten().filter(|(of, _)| *of == at).map(|(_, quantity)| *quantity).collect();
                quantities.sort_unstable();
                quantities.dedup();
                let with = |quantity: u32| {
                    let grown = loads.iter().map(move |load| load.iter().copied().chain([(demand, quantity)]).collect());
                    grown.collect::<Vec<Vec<Piece>>>()
                };
                let more: Vec<Vec<Piece>> = quantities.into_iter().flat_map(with).collect();
                loads.extend(more);
            }
            for load in loads.into_iter().filter(|load| !load.is_empty()) {
                let worth: i64 = load.iter().map(|(demand, quantity)| facts.demand[*demand].worth(*quantity)).sum();
                if vendor_has_one && worth < site.min_order {
                    continue;
                }
                let key = (site.tariff, load);
                let found = *asked.entry(key.clone()).or_insert_with(|| by_card(facts, problem, at, &key.1));
                let Some((cost, hours)) = found else { continue };
                let lack = key.1.iter().map(|(_, quantity)| site.lack * i128::from(*quantity)).sum();
                self.cost.push(measure.score(cost, lack));
                self.hours.push(hours);
                self.loads.push(Load { site: at, pieces: key.1, worth });
            }
        }
    }

    /// A vendor of several sites that gives anything is given its minimum.
    fn minima(&mut self, problem: &Problem, cells: &mut Cells) {
        let mut vendors: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, site) in problem.sites.iter().enumerate().filter(|(_, site)| site.min_order > 0) {
            vendors.entry(site.vendor_id.as_str()).or_default().push(at);
        }
        for sites in vendors.values().filter(|sites| sites.len() > 1) {
            for site in sites {
                let minimum = problem.sites[*site].min_order;
                let row = self.row(Some(0.0), None);
                for (load, cells) in self.loads.iter().zip(cells.iter_mut()).filter(|(load, _)| sites.contains(&load.site)) {
                    let over = load.worth - if load.site == *site { minimum } else { 0 };
                    if over != 0 {
                        // In units of the minimum, so that the row's numbers are about as large as all others.
                        cells.push((row, ratio(over.into(), minimum.into())));
                    }
                }
            }
        }
    }

    /// One way to split is used, and the loads are what it says.
    fn split(&mut self, choices: &[Choice], demand: usize, cells: &mut Cells) {
        let one = self.row(Some(1.0), Some(1.0));
        let mut pieces: Vec<(usize, u32)> = choices.iter().flatten().copied().collect();
        pieces.sort_unstable();
        pieces.dedup();
        let first = self.low.len();
        for _ in &pieces {
            self.row(Some(0.0), Some(0.0));
        }
        let row_of = |piece: (usize, u32)| pieces.binary_search(&piece).ok().map(|at| first + at);
        for (load, cells) in self.loads.iter().zip(cells.iter_mut()) {
            let given = load.pieces.iter().filter(|(of, _)| *of == demand);
            cells.extend(given.filter_map(|(_, quantity)| row_of((load.site, *quantity))).map(|row| (row, 1.0)));
        }
        for choice in choices {
            self.cost.push(0.0);
            self.hours.push(0);
            cells.push([(one, 1.0)].into_iter().chain(choice.iter().filter_map(|piece| row_of(*piece)).map(|row| (row, -1.0))).collect());
        }
    }

    /// The plan of these variables, priced anew; `None` where it is none.
    pub fn plan(&self, facts: &Facts, problem: &Problem, scale: &Scale, used: &[usize]) -> Option<Solution> {
        let loads = used.iter().filter_map(|at| self.loads.get(*at)).map(|load| (load.site, load.pieces.clone()));
        let loads: Vec<(usize, Vec<Piece>)> = loads.collect();
        let given = |demand: usize| loads.iter().flat_map(|(_, load)| load).filter(|(of, _)| *of == demand).map(|(_, n)| *n).sum::<u32>();
        let whole = facts.demand.iter().enumerate().all(|(i, demand)| given(i) == demand.quantity);
        if whole { Solution::of(facts, problem, scale, loads) } else { None }
    }

    /// Number of variables.
    pub fn len(&self) -> usize {
        self.cost.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.cost.is_empty()
    }
}

/// Cost and hours; none where no carrier takes the load.
type Priced = Option<(i64, u32)>;

/// What the carriers' cards charge for the packages that a load is packed into, item by item: the cost and the hours of the service that the speed asks for.
fn by_card(facts: &Facts, problem: &Problem, site: usize, load: &[Piece]) -> Priced {
    let own = &problem.sites[site];
    let vendor = facts.vendors.iter().find(|vendor| vendor.vendor_id == own.vendor_id)?;
    let warehouse = vendor.warehouses.iter().find(|warehouse| warehouse.warehouse_id == own.warehouse_id)?;
    let from = Place { country: &warehouse.country, postcode: Some(&warehouse.postcode) };
    let to = Place { country: &facts.destination.country, postcode: facts.destination.postcode.as_deref() };
    let offers = problem.offers(site).iter().zip(problem.hours(site));
    let priced = offers.filter_map(|(offer, hours)| {
        let parcels: Vec<Parcel> =
            packages(&problem.goods, offer, load).iter().map(|package| problem.goods.sum(package).parcel()).collect();
        let card = facts.rates.iter().find(|card| card.carrier == offer.carrier && card.service == offer.service)?;
        let price = price(card, &parcels, from, to, own.km).ok()?;
        Some((facts.market.exchanged(Money::new(price.total, price.currency), facts.currency)?, *hours))
    });
    match facts.speed {
        Speed::Standard => priced.min(),
        Speed::Express => priced.min_by_key(|(cost, hours)| (*hours, *cost)),
    }
}

/// As a float; both are well below 2^100, and the quotient is rounded once.
#[expect(clippy::cast_precision_loss, reason = "a float is what the solver takes")]
fn ratio(part: i128, whole: i128) -> f64 {
    part as f64 / whole as f64
}
