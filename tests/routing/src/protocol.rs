//! The router beside simpler rules on the same instances.
//!
//! Each rule gives every line, whole, to one of the sources that the router considers for it too:
//!
//! - *nearest*: the one that is nearest to the customer;
//! - *cheapest first*: the one from which that line alone is carried cheapest;
//! - *random*: any, each as likely.
//!
//! - *nearest, line by line*: the nearest, and every line is a shipment of its own.
//!
//! Of equals, the lower vendor id. But for that last rule, what lines leave one site go as one shipment. It has the carrier that the customer's speed asks for, and is packed
//! and priced like the router's. Vendors' minima bind the router only, which is to the rules' advantage. Orders that have to be split, or cannot be
//! served, are left out: the rules have no answer to them.

use route::packing::Piece;
use route::search::Solution;

use crate::Wrong;
use crate::chance::Chance;
use crate::proof::Stated;

/// A way to choose sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The router.
    Router,
    /// The nearest vendor of each line.
    Nearest,
    /// The nearest vendor of each line, each line a shipment.
    NearestApart,
    /// The source that carries each line cheapest.
    CheapestFirst,
    /// Any source.
    Random,
}

/// All of them.
pub const RULES: [Rule; 5] = [Rule::Router, Rule::Nearest, Rule::NearestApart, Rule::CheapestFirst, Rule::Random];

impl Rule {
    /// As the tables call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Router => "router",
            Self::Nearest => "nearest vendor",
            Self::NearestApart => "nearest vendor, line by line",
            Self::CheapestFirst => "cheapest first",
            Self::Random => "random vendor",
        }
    }

    /// The plan of the rule; `None` where it has none.
    pub fn plan(self, stated: &Stated, seed: u64) -> Option<Solution> {
        if self == Self::Router {
            return stated.routed().best.into_iter().next();
        }
        let mut chance = Chance::of(seed ^ 0x7a4d);
        let mut loads: Vec<(usize, Vec<Piece>)> = Vec::new();
        for (demand, choices) in stated.problem.choices.iter().enumerate() {
            let sites: Vec<usize> = choices.iter().filter_map(|choice| choice.first()).map(|(site, _)| *site).collect();
            let piece = (demand, stated.facts.demand[demand].quantity);
            let alone = |site: &usize| stated.problem.quote(*site, &[piece], stated.facts.speed);
            let site = match self {
                Self::Nearest | Self::NearestApart => sites.iter().min_by_key(|site| (stated.problem.sites[**site].km, **site)),
                Self::CheapestFirst => sites.iter().min_by_key(|site| (alone(site).map_or(i64::MAX, |quote| quote.cost), **site)),
                Self::Random | Self::Router => chance.one_of(&sites),
            }?;
            match loads.iter_mut().find(|(known, _)| known == site && self != Self::NearestApart) {
                Some((_, load)) => load.push(piece),
                None => loads.push((*site, vec![piece])),
            }
        }
        let mut lenient = stated.problem.clone();
        lenient.sites.iter_mut().for_each(|site| site.min_order = 0);
        Solution::of(&stated.facts, &lenient, &stated.scale, loads)
    }
}

/// What the plans of a rule come to, summed over the instances.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sums {
    /// Orders.
    pub orders: f64,
    /// Minor units of shipping.
    pub cost: f64,
    /// Hours of the latest shipment.
    pub hours: f64,
    /// Performance, mean over pieces.
    pub performance: f64,
    /// The objective.
    pub objective: f64,
    /// Shipments.
    pub shipments: f64,
    /// Orders with one shipment.
    pub single: f64,
}

/// The sums of each rule over the instances that all rules can serve.
///
/// # Errors
/// Where an instance cannot be made.
pub fn compare(instances: impl Iterator<Item = Result<(u64, Stated), Wrong>>) -> Result<Vec<(Rule, Sums)>, Wrong> {
    let mut sums = RULES.map(|rule| (rule, Sums::default())).to_vec();
    for instance in instances {
        let (seed, stated) = instance?;
        if stated.splits() {
            continue;
        }
        let plans: Vec<Solution> = RULES.iter().filter_map(|rule| rule.plan(&stated, seed)).collect();
        if plans.len() < RULES.len() {
            continue;
        }
        for ((_, sum), plan) in sums.iter_mut().zip(&plans) {
            sum.add(&stated, plan);
        }
    }
    Ok(sums)
}

impl Sums {
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    fn add(&mut self, stated: &Stated, plan: &Solution) {
        let pieces: f64 = stated.facts.demand.iter().map(|demand| f64::from(demand.quantity)).sum();
        self.orders += 1.0;
        self.cost += plan.cost as f64;
        self.hours += f64::from(plan.hours);
        self.performance += 1.0 - plan.lack as f64 / 1e6 / pieces;
        self.objective += stated.objective(plan.score);
        self.shipments += plan.shipments.len() as f64;
        self.single += f64::from(u8::from(plan.shipments.len() == 1));
    }
}
