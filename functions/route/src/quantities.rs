//! Which sources sell so many, and no more, as are wanted of them: check 13, source by source.

use oms_contract::record::Rejection;
use oms_contract::reference::Product;
use oms_domain::Sku;

use crate::candidates::{Problem, reject};
use crate::facts::Facts;
use crate::lots::{Lot, Minimum};

impl Problem {
    /// Leaves of a demand's rows what vendors sell: whole packs, and no less in one order than they say.
    pub(crate) fn sell(&mut self, facts: &Facts, i: usize, product: &Product, rows: &mut Vec<(usize, u32)>) -> Lot {
        let (demand, sites) = (&facts.demand[i], &self.sites);
        let lot = Lot::of(product, demand.quantity);
        if lot.pack == 1 && !facts.vendors.iter().any(|vendor| vendor.min_quantities.contains_key(&demand.sku)) {
            return lot;
        }
        let of_vendor = |site: usize| facts.vendors.iter().find(|vendor| vendor.vendor_id == sites[site].vendor_id);
        let mut kept: Vec<(usize, u32)> = Vec::with_capacity(rows.len());
        let mut minima: Vec<Minimum> = Vec::new();
        let mut reject =
            |site: usize, reason| reject(&mut self.rejected, &demand.sku, (&sites[site].vendor_id, &sites[site].warehouse_id), reason);
        // Rows are in the order of the sites, and those in the order of the vendors.
        for own in rows.chunk_by(|(a, _), (b, _)| sites[*a].vendor_id == sites[*b].vendor_id) {
            let least = of_vendor(own[0].0).map_or(1, |vendor| vendor.least_of(&demand.sku));
            let has = own.iter().map(|(_, has)| lot.packed(*has)).fold(0, u32::saturating_add);
            let sells = demand.quantity >= least && has >= least;
            for (site, has) in own {
                match lot.packed(*has) {
                    0 if demand.quantity >= least => reject(*site, Rejection::InsufficientStock),
                    _ if !sells => reject(*site, Rejection::BelowVendorQuantity),
                    packed => kept.push((*site, packed)),
                }
            }
            if sells && least > lot.pack {
                minima.push(Minimum { sites: own.iter().map(|(site, _)| *site).collect(), least: least.next_multiple_of(lot.pack) });
            }
        }
        *rows = kept;
        Lot { minima, ..lot }
    }

    /// Tells of sources that no way to serve a demand uses: they have too little, or sell too many.
    pub(crate) fn tell_unused(&mut self, sku: &Sku, quantity: u32, rows: &[(usize, u32)], lot: &Lot, i: usize) {
        let choices = &self.choices[i];
        // One that has it all is a way by itself.
        if !self.complete[i] || choices.iter().any(|choice| choice.len() == 1) {
            return;
        }
        let total: u64 = rows.iter().map(|(_, has)| u64::from(*has)).sum();
        let enough = total >= u64::from(quantity);
        for (site, _) in rows.iter().filter(|(site, _)| !choices.iter().flatten().any(|(used, _)| used == site)) {
            let bound = choices.is_empty() || lot.minima.iter().any(|minimum| minimum.sites.contains(site));
            let reason = if enough && bound { Rejection::BelowVendorQuantity } else { Rejection::InsufficientStock };
            reject(&mut self.rejected, sku, (&self.sites[*site].vendor_id, &self.sites[*site].warehouse_id), reason);
        }
    }
}
