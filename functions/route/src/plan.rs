//! From facts to a plan, and from a plan to sub-orders and allocations: pure.

use oms_contract::record::{Candidate, Plan, PlannedPackage, PlannedShipment, SubOrder, Terms};
use oms_domain::money::split_by_weights;
use oms_domain::{OrderId, Sku, SubOrderId, VendorId};

use crate::candidates::{Problem, problem};
use crate::facts::{Demand, Facts};
use crate::objective::{Scale, mean_performance};
use crate::packing::{Package, Piece};
use crate::search::{NODES, Solution, search};
use crate::tariff::packages;

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoPlan {
    /// The sources cannot serve all of it, in no combination.
    Infeasible,
    /// The numbers are beyond what the objective can hold.
    TooLarge,
    /// The marketplace's weights are not shares that sum to 1.
    BadWeights,
}

/// The best plan, with its proof and its alternatives.
pub fn plan(facts: &Facts) -> Result<Plan, NoPlan> {
    plan_within(facts, NODES)
}

/// The best plan found within so many nodes.
pub fn plan_within(facts: &Facts, nodes: u64) -> Result<Plan, NoPlan> {
    if !facts.market.weights.are_shares() {
        return Err(NoPlan::BadWeights);
    }
    let problem = problem(facts);
    let pieces: u64 = facts.demand.iter().map(|demand| u64::from(demand.quantity)).sum();
    let scale = problem.scale(facts).ok_or(NoPlan::TooLarge)?;
    let found = search(facts, &problem, &scale, nodes);
    let mut candidates = found.best.iter().map(|solution| candidate(facts, &problem, &scale, solution, pieces));
    let chosen = candidates.next().ok_or(NoPlan::Infeasible)?;
    let alternatives = candidates.collect();
    Ok(Plan {
        version: facts.version,
        at: facts.at,
        part: None,
        chosen,
        alternatives,
        t_ref: problem.t_ref,
        c_ref: problem.c_ref,
        optimal: found.optimal,
        bound: scale.shown(found.bound),
        explored: found.explored,
        rejected: problem.rejected,
        partly_read: facts.partly_read.clone(),
    })
}

fn candidate(facts: &Facts, problem: &Problem, scale: &Scale, solution: &Solution, pieces: u64) -> Candidate {
    let shipments = solution.shipments.iter().map(|(at, quote, items)| {
        let site = &problem.sites[*at];
        let offer = &problem.offers(*at)[quote.offer];
        let told = |pieces: &[Piece]| pieces.iter().map(|(demand, quantity)| (facts.demand[*demand].sku.clone(), *quantity)).collect();
        let package = |pieces: Package| {
            let bulk = problem.goods.sum(&pieces);
            let parcel = bulk.parcel();
            let mm3: u64 = parcel.sides_mm.map(u64::from).into_iter().fold(1, u64::saturating_mul);
            let billed_g = parcel.billed_g(offer.limits.divisor);
            PlannedPackage { items: told(&pieces), grams: parcel.grams, cm3: mm3.div_ceil(1000), billed_g }
        };
        PlannedShipment {
            vendor_id: site.vendor_id.clone(),
            warehouse_id: site.warehouse_id.clone(),
            carrier: offer.carrier.clone(),
            service: offer.service.to_string(),
            items: told(items),
            packages: packages(&problem.goods, offer, items).into_iter().map(package).collect(),
            billed_g: quote.billed_g,
            km: site.km,
            cost: quote.cost,
            hours: quote.hours,
        }
    });
    let terms = Terms {
        hours: solution.hours,
        cost: solution.cost,
        performance: mean_performance(solution.lack, pieces),
        objective: scale.shown(solution.score),
    };
    Candidate { terms, shipments: shipments.collect() }
}

/// One sub-order per vendor of the plan, numbered as given. What was paid is split in proportion to goods and their tax, so that the parts sum to it exactly.
pub fn sub_orders(order: OrderId, plan: &Plan, demand: &[Demand], paid: i64, mut number: impl FnMut(usize) -> u8) -> Vec<SubOrder> {
    let mut vendors: Vec<&VendorId> = Vec::new();
    for shipment in &plan.chosen.shipments {
        if !vendors.contains(&&shipment.vendor_id) {
            vendors.push(&shipment.vendor_id);
        }
    }
    let mut amounts: Vec<(i64, i64)> = vec![(0, 0); vendors.len()];
    for wanted in demand {
        let pieces: Vec<u64> = vendors.iter().map(|vendor| pieces_of(plan, vendor, &wanted.sku)).collect();
        let (nets, taxes) = (split_by_weights(wanted.net, &pieces), split_by_weights(wanted.tax, &pieces));
        for (amount, (net, tax)) in amounts.iter_mut().zip(nets.into_iter().zip(taxes)) {
            amount.0 = amount.0.saturating_add(net);
            amount.1 = amount.1.saturating_add(tax);
        }
    }
    let weights: Vec<u64> = amounts.iter().map(|(net, tax)| u64::try_from(net.saturating_add(*tax)).unwrap_or(0)).collect();
    let shares = split_by_weights(paid, &weights);
    let part = |(i, vendor): (usize, &&VendorId)| SubOrder {
        sub_order_id: SubOrderId { order, part: number(i) },
        vendor_id: (*vendor).clone(),
        shipments: plan.chosen.shipments.iter().filter(|shipment| shipment.vendor_id == **vendor).cloned().collect(),
        goods: amounts[i].0,
        paid: shares[i],
    };
    vendors.iter().enumerate().map(part).collect()
}

fn pieces_of(plan: &Plan, vendor: &VendorId, sku: &Sku) -> u64 {
    let own = plan.chosen.shipments.iter().filter(|shipment| shipment.vendor_id == *vendor);
    own.flat_map(|shipment| &shipment.items).filter(|(item, _)| item == sku).map(|(_, quantity)| u64::from(*quantity)).sum()
}
