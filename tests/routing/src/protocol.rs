//! The router beside simpler rules on the same instances.
//!
//! Each rule gives every line, whole, to one of the sources that the router considers for it too:
//!
//! - *nearest*: the one that is nearest to the customer;
//! - *cheapest first*: the one from which that line alone is carried cheapest;
//! - *random*: any, each as likely.
//!
//! - *nearest, line by line*: the nearest, and every line is a shipment of its own;
//! - *nearest, by the largest carrier*: the nearest, and all its parcels go by one house carrier: of those that take them the one whose cards have the most zones;
//! - *nearest, by the vendor's carrier*: the nearest, whose house carrier is any of those that go there, one for each vendor, by its id.
//!
//! Of equals, the lower vendor id, and the lower carrier's code. But for line by line, what lines leave one site go as one shipment. But for house carriers, it has the
//! carrier that the customer's speed asks for; of a house carrier's services it has the one that speed asks for. It is packed and priced like the router's. Vendors' minima bind the router only, which is to the rules' advantage. Orders that have to be split, or cannot be
//! served, are left out: the rules have no answer to them.

use route::packing::Piece;
use route::search::Solution;
use route::tariff::{Offer, Quote, quote};

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
    /// The nearest vendor of each line, by the largest carrier.
    NearestByLargest,
    /// The nearest vendor of each line, by a carrier that each vendor has.
    NearestByOwn,
    /// The source that carries each line cheapest.
    CheapestFirst,
    /// Any source.
    Random,
}

/// All of them.
pub const RULES: [Rule; 7] =
    [Rule::Router, Rule::Nearest, Rule::NearestApart, Rule::NearestByLargest, Rule::NearestByOwn, Rule::CheapestFirst, Rule::Random];

impl Rule {
    /// As the tables call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Router => "router",
            Self::Nearest => "nearest vendor",
            Self::NearestApart => "nearest vendor, line by line",
            Self::NearestByLargest => "nearest vendor, by the largest carrier",
            Self::NearestByOwn => "nearest vendor, by the vendor's carrier",
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
                Self::Nearest | Self::NearestApart | Self::NearestByLargest | Self::NearestByOwn => {
                    sites.iter().min_by_key(|site| (stated.problem.sites[**site].km, **site))
                }
                Self::CheapestFirst => sites.iter().min_by_key(|site| (alone(site).map_or(i64::MAX, |quote| quote.cost), **site)),
                Self::Random | Self::Router => chance.one_of(&sites),
            }?;
            match loads.iter_mut().find(|(known, _)| known == site && self != Self::NearestApart) {
                Some((_, load)) => load.push(piece),
                None => loads.push((*site, vec![piece])),
            }
        }
        if matches!(self, Self::NearestByLargest | Self::NearestByOwn) {
            return self.by_house(stated, loads);
        }
        let mut lenient = stated.problem.clone();
        lenient.sites.iter_mut().for_each(|site| site.min_order = 0);
        Solution::of(&stated.facts, &lenient, &stated.scale, loads)
    }

    /// The plan of these loads, each by the house carrier of its vendor.
    fn by_house(self, stated: &Stated, loads: Vec<(usize, Vec<Piece>)>) -> Option<Solution> {
        let mut plan = Solution { score: 0, hours: 0, cost: 0, lack: 0, shipments: Vec::new() };
        for (at, load) in loads {
            let site = &stated.problem.sites[at];
            // The first that takes it.
            let quote = self.houses(stated, at).into_iter().find_map(|carrier| by_carrier(stated, at, &load, carrier))?;
            plan.hours = plan.hours.max(quote.hours);
            plan.cost += quote.cost;
            plan.lack += load.iter().map(|(_, quantity)| site.lack * i128::from(*quantity)).sum::<i128>();
            plan.shipments.push((at, quote, load));
        }
        plan.score = stated.scale.score(plan.hours, plan.cost, plan.lack);
        Some(plan)
    }

    /// The carriers that go from a site to the customer, the vendor's own first.
    fn houses(self, stated: &Stated, site: usize) -> Vec<&str> {
        let mut carriers: Vec<&str> = stated.problem.offers(site).iter().map(|offer| offer.carrier.as_str()).collect();
        carriers.sort_unstable();
        carriers.dedup();
        if self == Self::NearestByLargest {
            let zones =
                |code: &str| -> usize { stated.facts.rates.iter().filter(|card| card.carrier == code).map(|card| card.zones.len()).sum() };
            carriers.sort_by_key(|code| (std::cmp::Reverse(zones(code)), *code));
        } else {
            let id = stated.problem.sites[site].vendor_id.as_str();
            let draw = Chance::of(id.bytes().fold(0, |sum: u64, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte))))
                .one_of(&carriers)
                .copied();
            carriers.sort_by_key(|code| (Some(*code) != draw, *code));
        }
        carriers
    }
}

/// What a load costs by one carrier's services.
fn by_carrier(stated: &Stated, site: usize, load: &[Piece], carrier: &str) -> Option<Quote> {
    let all = stated.problem.offers(site);
    let own: Vec<usize> = (0..all.len()).filter(|offer| all[*offer].carrier == carrier).collect();
    let offers: Vec<Offer> = own.iter().map(|offer| all[*offer].clone()).collect();
    let hours: Vec<u32> = own.iter().map(|offer| stated.problem.hours(site)[*offer]).collect();
    let quote = quote(&stated.problem.goods, &offers, &hours, load, stated.facts.speed)?;
    Some(Quote { offer: own[quote.offer], ..quote })
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
