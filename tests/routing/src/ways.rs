//! In which ways each demand may be served, found anew and by no other means than what a way is: which shelves have it all, or which vectors of pieces have nothing to spare.

use oms_contract::record::Rejection;
use oms_contract::reference::Product;
use route::candidates::Problem;
use route::choices::Choice;
use route::facts::Facts;

/// A shelf: its site, what it has in whole packs, and its vendor's place.
#[derive(Debug, Clone, Copy)]
struct Shelf {
    site: usize,
    has: u32,
    vendor: usize,
}

/// What pieces must keep to.
struct Terms {
    quantity: u32,
    pack: u32,
    /// By vendor, what it sells at least.
    least: Vec<u32>,
}

/// The ways to serve a demand from the sources that may serve it, but for what they have and how many they sell.
pub fn ways(facts: &Facts, problem: &Problem, demand: usize) -> Vec<Choice> {
    let wanted = &facts.demand[demand];
    let product = facts.products.iter().find(|product: &&Product| product.sku == wanted.sku);
    let size = product.map_or(1, |product| product.pack_size.max(1));
    let pack = if wanted.quantity.is_multiple_of(size) { size } else { 1 };
    let least = facts.vendors.iter().map(|vendor| vendor.min_quantities.get(&wanted.sku).copied().unwrap_or(1)).collect();
    let terms = Terms { quantity: wanted.quantity, pack, least };
    let mut shelves: Vec<Shelf> = Vec::new();
    for source in facts.sources.iter().filter(|source| source.sku == wanted.sku) {
        let place = (&source.vendor_id, &source.warehouse_id);
        let barred = problem.rejected.iter().any(|row| {
            let by_quantity = matches!(row.reason, Rejection::InsufficientStock | Rejection::BelowVendorQuantity);
            row.sku == source.sku && (&row.vendor_id, row.warehouse_id.as_ref()) == (place.0, Some(place.1)) && !by_quantity
        });
        let site = problem.sites.iter().position(|site| (&site.vendor_id, &site.warehouse_id) == place);
        let vendor = facts.vendors.iter().position(|vendor| vendor.vendor_id == source.vendor_id);
        if let (Some(site), Some(vendor), false) = (site, vendor, barred) {
            shelves.push(Shelf { site, has: source.available / pack * pack, vendor });
        }
    }
    shelves.retain(|shelf| shelf.has > 0 && terms.least[shelf.vendor] <= terms.quantity);
    shelves.sort_by_key(|shelf| shelf.site);
    let alone: Vec<Choice> =
        shelves.iter().filter(|shelf| shelf.has >= terms.quantity).map(|shelf| vec![(shelf.site, terms.quantity)]).collect();
    if !alone.is_empty() {
        return alone;
    }
    let mut found = Vec::new();
    terms.sets(&shelves, 0, &mut Vec::new(), &mut found);
    found.sort_unstable();
    found
}

impl Terms {
    /// All sets of shelves that suffice, no part of which does.
    fn sets(&self, shelves: &[Shelf], next: usize, taken: &mut Vec<Shelf>, found: &mut Vec<Choice>) {
        let has = |shelves: &[Shelf]| shelves.iter().map(|shelf| shelf.has).sum::<u32>();
        if has(taken) + has(&shelves[next..]) < self.quantity || self.must(taken) > self.quantity {
            return;
        }
        if self.suffice(taken) {
            let whole = (1_u32 << taken.len()) - 1;
            let part = |set: u32| -> Vec<Shelf> {
                taken.iter().enumerate().filter(|(at, _)| set >> at & 1 == 1).map(|(_, shelf)| *shelf).collect()
            };
            if (1..whole).all(|set| !self.suffice(&part(set))) {
                self.vectors(taken, &mut Vec::new(), found);
            }
            return;
        }
        for at in next..shelves.len() {
            taken.push(shelves[at]);
            self.sets(shelves, at + 1, taken, found);
            taken.pop();
        }
    }

    /// What a set gives at least.
    fn must(&self, set: &[Shelf]) -> u32 {
        let of_vendor = |vendor: usize| set.iter().filter(move |shelf| shelf.vendor == vendor);
        let packs = |count: usize| u32::try_from(count).unwrap_or(u32::MAX).saturating_mul(self.pack);
        (0..self.least.len())
            .filter(|vendor| of_vendor(*vendor).next().is_some())
            .map(|vendor| packs(of_vendor(vendor).count()).max(self.least[vendor].div_ceil(self.pack) * self.pack))
            .sum()
    }

    fn suffice(&self, set: &[Shelf]) -> bool {
        let of_vendor = |vendor: usize| set.iter().filter(|shelf| shelf.vendor == vendor).map(|shelf| shelf.has).sum::<u32>();
        let each = set.iter().all(|shelf| of_vendor(shelf.vendor) >= self.least[shelf.vendor]);
        each && self.must(set) <= self.quantity && set.iter().map(|shelf| shelf.has).sum::<u32>() >= self.quantity
    }

    /// All that the shelves of a set may give in which no pack can be moved from one of them to another and back.
    fn vectors(&self, set: &[Shelf], gives: &mut Vec<u32>, found: &mut Vec<Choice>) {
        if let Some(shelf) = set.get(gives.len()) {
            let mut given = self.pack;
            while given <= shelf.has && gives.iter().sum::<u32>() + given <= self.quantity {
                gives.push(given);
                self.vectors(set, gives, found);
                gives.pop();
                given += self.pack;
            }
            return;
        }
        let moves = |from: usize, to: usize| {
            let mut moved = gives.clone();
            moved[from] -= self.pack;
            moved[to] += self.pack;
            self.fits(set, &moved)
        };
        let pairs = (0..set.len()).flat_map(|a| (0..a).map(move |b| (a, b)));
        if self.fits(set, gives) && pairs.into_iter().all(|(a, b)| !moves(a, b) || !moves(b, a)) {
            found.push(set.iter().zip(gives.iter()).map(|(shelf, given)| (shelf.site, *given)).collect());
        }
    }

    fn fits(&self, set: &[Shelf], gives: &[u32]) -> bool {
        let of_vendor =
            |vendor: usize| set.iter().zip(gives).filter(|(shelf, _)| shelf.vendor == vendor).map(|(_, given)| *given).sum::<u32>();
        let each = set
            .iter()
            .zip(gives)
            .all(|(shelf, given)| (self.pack..=shelf.has).contains(given) && of_vendor(shelf.vendor) >= self.least[shelf.vendor]);
        each && gives.iter().sum::<u32>() == self.quantity
    }
}
