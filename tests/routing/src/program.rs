//! The same problem as an integer program, stated anew: which loads leave which sites.
//!
//! A variable is a load of a site: a piece of every demand in it. A demand is in one load, of one site; or, where it is split, in the loads
//! that one of its ways to be split names. A site has one load at most. `T` is as late as every load that is used. A vendor with a load is
//! given its minimum. What a load costs is asked of the router's own tariff and packing, load by load; everything else (which loads to combine)
//! is left to the solver.

use std::collections::BTreeMap;

use serde::Serialize;

use route::candidates::Problem;
use route::facts::Facts;
use route::objective::Scale;
use route::packing::Piece;
use route::search::Solution;
use route::tariff::quote;

/// A row: so much at least, at most, and the coefficients by variable.
#[derive(Debug, Clone, Serialize)]
struct Row(Option<f64>, Option<f64>, Vec<(usize, f64)>);

/// A program for HiGHS: minimise. Variable 0 is the time; the others are 0 or 1: the loads first, then the ways to split.
#[derive(Debug, Serialize)]
pub struct Program {
    /// Which instance.
    pub id: u64,
    /// Coefficients of the objective.
    objective: Vec<f64>,
    rows: Vec<Row>,
    /// Behind the variables from 1 on: the site and what leaves it.
    #[serde(skip)]
    loads: Vec<Load>,
}

/// Pieces that leave a site together.
#[derive(Debug)]
struct Load {
    site: usize,
    pieces: Vec<Piece>,
    hours: u32,
    worth: i64,
}

/// The variable of the time.
const TIME: usize = 0;

impl Program {
    /// States the problem; `None` where a demand has no source at all.
    pub fn of(id: u64, facts: &Facts, problem: &Problem, scale: &Scale) -> Option<Self> {
        if problem.choices.iter().any(Vec::is_empty) {
            return None;
        }
        let mut program = Self { id, objective: vec![ratio(scale.hour, scale.whole)], rows: Vec::new(), loads: Vec::new() };
        program.loads_of_sites(facts, problem, scale);
        let by_site: Vec<Vec<usize>> = (0..problem.sites.len()).map(|site| program.variables(|load| load.site == site)).collect();
        for own in &by_site {
            program.rows.push(Row(None, Some(1.0), own.iter().map(|at| (*at, 1.0)).collect()));
            program.late(own);
        }
        program.minima(problem, &by_site);
        for (demand, choices) in problem.choices.iter().enumerate() {
            let own = program.variables(|load| load.pieces.iter().any(|(of, _)| *of == demand));
            if choices.iter().all(|choice| choice.len() == 1) {
                program.rows.push(Row(Some(1.0), Some(1.0), own.iter().map(|at| (*at, 1.0)).collect()));
                program.late(&own);
            } else {
                program.split(problem, demand, &own);
            }
        }
        Some(program)
    }

    fn load(&self, variable: usize) -> &Load {
        &self.loads[variable - 1]
    }

    /// The variables of these loads.
    fn variables(&self, which: impl Fn(&Load) -> bool) -> Vec<usize> {
        self.loads.iter().enumerate().filter(|(_, load)| which(load)).map(|(at, _)| at + 1).collect()
    }

    /// All loads that sites can give.
    fn loads_of_sites(&mut self, facts: &Facts, problem: &Problem, scale: &Scale) {
        for (at, site) in problem.sites.iter().enumerate() {
            let vendor_has_one = problem.sites.iter().filter(|other| other.vendor_id == site.vendor_id).count() == 1;
            let mut loads: Vec<Vec<Piece>> = vec![Vec::new()];
            for (demand, choices) in problem.choices.iter().enumerate() {
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
                let Some(quote) = quote(&problem.goods, problem.offers(at), &load, facts.speed) else { continue };
                let lack = load.iter().map(|(_, quantity)| site.lack * i128::from(*quantity)).sum();
                self.objective.push(ratio(scale.score(0, quote.cost, lack), scale.whole));
                self.loads.push(Load { site: at, pieces: load, hours: site.handling_hours + quote.hours, worth });
            }
        }
    }

    /// The time is that of the one of these loads that is used, at least.
    fn late(&mut self, own: &[usize]) {
        let mut coefficients: Vec<(usize, f64)> = own.iter().map(|at| (*at, f64::from(self.load(*at).hours))).collect();
        coefficients.push((TIME, -1.0));
        self.rows.push(Row(None, Some(0.0), coefficients));
    }

    /// A vendor of several sites that gives anything is given its minimum.
    fn minima(&mut self, problem: &Problem, by_site: &[Vec<usize>]) {
        let mut vendors: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, site) in problem.sites.iter().enumerate().filter(|(_, site)| site.min_order > 0) {
            vendors.entry(site.vendor_id.as_str()).or_default().push(at);
        }
        for sites in vendors.values().filter(|sites| sites.len() > 1) {
            for site in sites {
                let minimum = problem.sites[*site].min_order;
                let mut coefficients: BTreeMap<usize, i64> = BTreeMap::new();
                for at in sites.iter().flat_map(|site| &by_site[*site]) {
                    *coefficients.entry(*at).or_default() += self.load(*at).worth;
                }
                for at in &by_site[*site] {
                    *coefficients.entry(*at).or_default() -= minimum;
                }
                // In units of the minimum, so that the row's numbers are about as large as all others.
                let scaled = coefficients.into_iter().map(|(at, worth)| (at, ratio(worth.into(), minimum.into())));
                self.rows.push(Row(Some(0.0), None, scaled.collect()));
            }
        }
    }

    /// One way to split is used, and the loads are what it says.
    fn split(&mut self, problem: &Problem, demand: usize, own: &[usize]) {
        let first = self.objective.len();
        let choices = &problem.choices[demand];
        self.objective.extend(std::iter::repeat_n(0.0, choices.len()));
        let count = choices.len();
        let ways = || (0..count).map(move |way| first + way);
        self.rows.push(Row(Some(1.0), Some(1.0), ways().map(|way| (way, 1.0)).collect()));
        let mut pieces: Vec<(usize, u32)> = choices.iter().flatten().copied().collect();
        pieces.sort_unstable();
        pieces.dedup();
        for piece in pieces {
            let holds = |at: &&usize| self.load(**at).site == piece.0 && self.load(**at).pieces.contains(&(demand, piece.1));
            let mut coefficients: Vec<(usize, f64)> = own.iter().filter(holds).map(|at| (*at, 1.0)).collect();
            coefficients.extend(ways().zip(choices).filter(|(_, choice)| choice.contains(&piece)).map(|(way, _)| (way, -1.0)));
            self.rows.push(Row(Some(0.0), Some(0.0), coefficients));
        }
    }

    /// The plan of these variables, priced anew; `None` where it is none.
    pub fn plan(&self, facts: &Facts, problem: &Problem, scale: &Scale, used: &[usize]) -> Option<Solution> {
        let loads = used.iter().filter_map(|at| self.loads.get(at.checked_sub(1)?)).map(|load| (load.site, load.pieces.clone()));
        let loads: Vec<(usize, Vec<Piece>)> = loads.collect();
        let given = |demand: usize| loads.iter().flat_map(|(_, load)| load).filter(|(of, _)| *of == demand).map(|(_, n)| *n).sum::<u32>();
        let whole = facts.demand.iter().enumerate().all(|(i, demand)| given(i) == demand.quantity);
        if whole { Solution::of(facts, problem, scale, loads) } else { None }
    }

    /// Number of variables.
    pub fn len(&self) -> usize {
        self.objective.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.objective.is_empty()
    }
}

/// As a float; both are well below 2^100, and the quotient is rounded once.
#[expect(clippy::cast_precision_loss, reason = "a float is what the solver takes")]
fn ratio(part: i128, whole: i128) -> f64 {
    part as f64 / whole as f64
}
