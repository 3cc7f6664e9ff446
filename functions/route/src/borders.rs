//! Which goods may come from where: checks 37 and 40, source by source.
//!
//! The checks let an order pass where each product may be had from somewhere: from a place with which there is trade; from this side of a customs border, or with its
//! papers. So what may not come from a place is not sought there: else a plan might take it from there although another is fit.

use rust_decimal::Decimal;

use oms_contract::record::Rejection;
use oms_contract::reference::regulation::{CustomsRule, TradeRule};
use oms_contract::reference::{PriceMode, Product, Vendor, Warehouse};
use oms_domain::Money;

use crate::facts::{Demand, Facts};

/// The borders around the destination.
pub(crate) struct Borders<'a> {
    facts: &'a Facts,
    /// Rules about what may not go there.
    bars: Vec<&'a TradeRule>,
    /// Where the destination stands.
    here: &'a str,
    /// What its customs ask an importer for.
    asked: Vec<&'a CustomsRule>,
    /// By demand: whether it comes from beyond a border, whoever sends it. Only where an importer is asked for anything.
    foreign: Vec<bool>,
}

impl<'a> Borders<'a> {
    pub(crate) fn of(facts: &'a Facts) -> Self {
        let there = facts.destination.locality();
        let here = there.standing();
        let asked: Vec<&CustomsRule> = facts.regulations.customs.iter().filter(|rule| rule.concerns(&there)).collect();
        let comes_from_abroad = |demand: &Demand| {
            let mut from = suppliers(facts, demand).peekable();
            from.peek().is_some() && from.all(|warehouse| warehouse.locality().standing() != here)
        };
        let foreign = if asked.is_empty() { Vec::new() } else { facts.demand.iter().map(comes_from_abroad).collect() };
        Self { facts, bars: facts.regulations.bars_to(&there).collect(), here, asked, foreign }
    }

    /// Whether goods may come from there: there is trade, and they come from this side or with all that customs ask for.
    ///
    /// # Errors
    /// [`Rejection::TradeBarred`], [`Rejection::NoCustomsPapers`].
    pub(crate) fn let_pass(&self, from: &Warehouse, demand: usize, product: &Product) -> Result<(), Rejection> {
        if self.bars.iter().any(|rule| rule.bars(&from.locality(), self.here, &product.customs).is_some()) {
            return Err(Rejection::TradeBarred);
        }
        if from.locality().standing() == self.here {
            return Ok(());
        }
        let customs = &product.customs;
        let is_told = customs.has_code() && customs.has_origin() && product.weight_g > 0 && self.facts.demand[demand].is_priced;
        if is_told && self.importer_is_known(demand) { Ok(()) } else { Err(Rejection::NoCustomsPapers) }
    }

    /// Whether each number that is asked for is known, of a consignment of these goods and all that comes from beyond a border anyway.
    fn importer_is_known(&self, demand: usize) -> bool {
        let (importer, market) = (&self.facts.importer, &self.facts.market);
        let open = |rule: &&&CustomsRule| !rule.is_answered_by(importer.business, &importer.numbers, market);
        let mut open = self.asked.iter().filter(open).peekable();
        if open.peek().is_none() {
            return true;
        }
        let crossing =
            self.facts.demand.iter().enumerate().filter(|(other, _)| *other == demand || self.foreign.get(*other) == Some(&true));
        // What nobody can tell the value of has no papers either.
        let value = self.in_euros(crossing.map(|(_, demand)| demand));
        value.is_some_and(|value| open.all(|rule| rule.asks_of(value, market, self.facts.today()) == Some(false)))
    }

    /// What goods are worth without tax, in euros; `None` without a rate or beyond all bounds.
    fn in_euros<'b>(&self, mut goods: impl Iterator<Item = &'b Demand>) -> Option<Decimal> {
        let market = &self.facts.market;
        let minor = goods.try_fold(0_i64, |sum, demand| {
            let value = match market.price_mode {
                PriceMode::Exclusive => demand.net,
                PriceMode::Inclusive => demand.net.checked_sub(demand.tax)?,
            };
            sum.checked_add(value)
        })?;
        market.in_euros(Money::new(minor, self.facts.currency), self.facts.today())
    }
}

/// Where a demand lies at vendors that may sell and deliver there, as the check sees them.
fn suppliers<'a>(facts: &'a Facts, demand: &'a Demand) -> impl Iterator<Item = &'a Warehouse> {
    let serves = |vendor: &&Vendor| vendor.may_sell() && vendor.serves(&facts.destination.country, facts.destination.region.as_deref());
    facts.sources.iter().filter(|source| source.sku == demand.sku).filter_map(move |source| {
        let vendor = facts.vendors.iter().find(|vendor| vendor.vendor_id == source.vendor_id).filter(serves)?;
        vendor.warehouse(&source.warehouse_id)
    })
}
