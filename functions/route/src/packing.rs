//! Into which packages a shipment's goods go.
//!
//! A package keeps to the carrier's weight and size, and holds no two lines that must be apart: a fragile line has packages of its own, dangerous goods
//! share by [`hazard`](crate::hazard). It bills its weight or its volumetric weight, whichever is more, rounded up to a kilogram. The packing is the one that
//! bills the least, of equal ones that with the fewest packages. As `max` and rounding up are subadditive, goods that fit into one package are never cheaper in two,
//! so only what outgrows a package, or may share in several ways, is searched: exactly up to [`MOST_EXACT`] pieces, beyond that first fit, largest piece first.
//!
//! Volumes add up: a package is taken to be as large as what is in it, and no larger than the largest box within the carrier's limit. How boxes lie
//! inside one another is not worked out.

use oms_contract::reference::Product;

use crate::hazard::may_share;

/// Pieces that are packed exactly; more are packed first fit.
pub const MOST_EXACT: usize = 8;

/// One piece of a product, as a carrier sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    /// Grams.
    pub grams: u64,
    /// Cubic millimetres.
    pub mm3: u64,
    /// Longest side, millimetres.
    pub length_mm: u32,
    /// Longest side plus twice each of the others.
    pub girth_mm: u64,
}

/// The goods of an order: a unit of each demand, and which of them may share a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Goods {
    /// A unit of each demand.
    pub units: Vec<Unit>,
    /// By demand: whether it may be in one package with the other. A demand may with itself.
    together: Vec<Vec<bool>>,
    /// By demand: the number of its family. No package holds two families, whatever the load.
    families: Vec<usize>,
    /// By family: whether any of it may share a package.
    shares: Vec<bool>,
}

/// Pieces of one demand in a load.
pub type Piece = (usize, u32);

impl Goods {
    /// Of these products, in their order.
    pub fn of(products: &[&Product]) -> Self {
        let share = |i: usize, j: usize| {
            let (a, b) = (products[i], products[j]);
            i == j || !a.fragile && !b.fragile && may_share(a.hazard_class.as_deref(), b.hazard_class.as_deref())
        };
        let together = (0..products.len()).map(|i| (0..products.len()).map(|j| share(i, j)).collect()).collect();
        let mut goods = Self {
            units: products.iter().map(|product| unit(product)).collect(),
            together,
            families: vec![0; products.len()],
            shares: Vec::new(),
        };
        let all: Vec<Piece> = (0..products.len()).map(|demand| (demand, 1)).collect();
        for (number, family) in goods.groups(&all).into_iter().enumerate() {
            goods.shares.push(goods.is_clique(&family));
            for (demand, _) in family {
                goods.families[demand] = number;
            }
        }
        goods
    }

    /// Whether two demands may be in one package.
    pub fn may_share(&self, a: usize, b: usize) -> bool {
        self.together[a][b]
    }

    /// The number of a demand's family: no package holds two.
    pub fn family(&self, demand: usize) -> usize {
        self.families[demand]
    }

    /// The load's pieces in the smallest sets of which no two share: each packs for itself, whatever else is in the load.
    pub fn groups(&self, load: &[Piece]) -> Vec<Vec<Piece>> {
        let mut groups: Vec<Vec<Piece>> = Vec::new();
        for piece in load {
            let (mut joined, apart): (Vec<_>, Vec<_>) =
                groups.into_iter().partition(|group| group.iter().any(|(demand, _)| self.may_share(*demand, piece.0)));
            groups = apart;
            let mut group: Vec<Piece> = joined.drain(..).flatten().collect();
            group.push(*piece);
            group.sort_unstable();
            groups.push(group);
        }
        groups.sort_unstable();
        groups
    }

    /// Whether all of them may be in one package.
    pub fn is_clique(&self, group: &[Piece]) -> bool {
        group.iter().enumerate().all(|(i, (a, _))| group[..i].iter().all(|(b, _)| self.may_share(*a, *b)))
    }

    /// Kilograms billed at least, whatever is added to the load: family by family, as if each went into one package.
    pub fn least_kg(&self, load: &[Piece], divisor: u32) -> u64 {
        let family = |i: usize| self.families[load[i].0];
        let first = |i: &usize| load[..*i].iter().all(|(demand, _)| self.families[*demand] != family(*i));
        let of = |i: usize| -> Bulk {
            let own = load.iter().filter(|(demand, _)| self.families[*demand] == family(i));
            own.fold(Bulk::default(), |bulk, (demand, quantity)| bulk.with(self.units[*demand], *quantity))
        };
        (0..load.len()).filter(first).map(|i| of(i).kg(divisor)).fold(0, u64::saturating_add)
    }

    /// What these pieces weigh and measure together.
    pub fn sum(&self, pieces: &[Piece]) -> Bulk {
        pieces.iter().fold(Bulk::default(), |bulk, (demand, quantity)| bulk.with(self.units[*demand], *quantity))
    }
}

fn unit(product: &Product) -> Unit {
    let mut sides = [product.length_mm, product.width_mm, product.height_mm];
    sides.sort_unstable_by(|a, b| b.cmp(a));
    let [length, width, height] = sides.map(u64::from);
    Unit {
        grams: u64::from(product.weight_g),
        mm3: length.saturating_mul(width).saturating_mul(height),
        length_mm: sides[0],
        girth_mm: length + 2 * (width + height),
    }
}

/// Weight and volume of several pieces.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bulk {
    /// Grams.
    pub grams: u64,
    /// Cubic millimetres.
    pub mm3: u64,
}

impl Bulk {
    /// With so many pieces more.
    #[must_use]
    pub fn with(self, unit: Unit, quantity: u32) -> Self {
        let quantity = u64::from(quantity);
        Self {
            grams: self.grams.saturating_add(unit.grams.saturating_mul(quantity)),
            mm3: self.mm3.saturating_add(unit.mm3.saturating_mul(quantity)),
        }
    }

    /// Kilograms billed for it as one package; `divisor` in mm3 a gram (the same number as cm3 a kilogram), at least 1.
    pub fn kg(self, divisor: u32) -> u64 {
        self.grams.max(self.mm3.div_ceil(u64::from(divisor.max(1)))).div_ceil(1000)
    }
}

/// What a carrier takes in one package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Limits {
    /// Heaviest, grams.
    pub grams: u64,
    /// Longest side, millimetres.
    pub length_mm: u32,
    /// Longest side plus twice each of the others, at most.
    pub girth_mm: u64,
    /// Cubic millimetres of volume that bill as a gram.
    pub divisor: u32,
}

impl Limits {
    /// Whether a piece may go alone.
    pub fn take(&self, unit: Unit) -> bool {
        unit.grams <= self.grams && unit.length_mm <= self.length_mm && unit.girth_mm <= self.girth_mm
    }

    /// Volume of the largest box within the limits, mm3: of length `l` and a girth `g` of all, the sides are `(g - l) / 4` each, and the volume is greatest at
    /// `l = g / 3`.
    pub fn largest_mm3(&self) -> u64 {
        let length = u64::from(self.length_mm).min(self.girth_mm / 3);
        let side = (self.girth_mm - length) / 4;
        length.saturating_mul(side).saturating_mul(side)
    }

    /// Whether so much goes into one package.
    pub fn hold(&self, bulk: Bulk) -> bool {
        bulk.grams <= self.grams && bulk.mm3 <= self.largest_mm3()
    }
}

/// A package: the pieces of each demand in it.
pub type Package = Vec<Piece>;

/// The packages that a load goes into, and the kilograms billed for them; `None` where a piece is too heavy or too large.
pub fn pack(goods: &Goods, load: &[Piece], limits: &Limits) -> Option<(u64, Vec<Package>)> {
    if !load.iter().all(|(demand, _)| limits.take(goods.units[*demand])) {
        return None;
    }
    let mut packages: Vec<Package> = Vec::new();
    for group in goods.groups(load) {
        packages.extend(pack_group(goods, group, limits));
    }
    let kg = packages.iter().map(|package| goods.sum(package).kg(limits.divisor)).fold(0, u64::saturating_add);
    Some((kg, packages))
}

/// The kilograms billed for a load, as [`pack`] says, without packing what fits into one package of each family anyway.
pub fn billed(goods: &Goods, load: &[Piece], limits: &Limits) -> Option<u64> {
    if !load.iter().all(|(demand, _)| limits.take(goods.units[*demand])) {
        return None;
    }
    let mut kg = 0_u64;
    for (i, (demand, _)) in load.iter().enumerate() {
        let family = goods.families[*demand];
        if load[..i].iter().any(|(other, _)| goods.families[*other] == family) {
            continue;
        }
        let own = load[i..].iter().filter(|(other, _)| goods.families[*other] == family);
        let bulk = own.fold(Bulk::default(), |bulk, (other, quantity)| bulk.with(goods.units[*other], *quantity));
        if !goods.shares[family] || !limits.hold(bulk) {
            return pack(goods, load, limits).map(|(kg, _)| kg);
        }
        kg = kg.saturating_add(bulk.kg(limits.divisor));
    }
    Some(kg)
}

/// The packages of pieces that are packed together, each of which goes alone at least.
fn pack_group(goods: &Goods, group: Vec<Piece>, limits: &Limits) -> Vec<Package> {
    if goods.is_clique(&group) && limits.hold(goods.sum(&group)) {
        return vec![group];
    }
    let pieces = group.iter().fold(0_usize, |sum, (_, quantity)| sum.saturating_add(usize::try_from(*quantity).unwrap_or(usize::MAX)));
    let first_fit = first_fit(goods, &group, limits);
    if pieces > MOST_EXACT {
        return first_fit;
    }
    let billed = first_fit.iter().map(|package| goods.sum(package).kg(limits.divisor)).sum();
    Exact::of(goods, &group, limits, (billed, first_fit.len())).best(first_fit)
}

/// Each demand's pieces into the packages there are, as many as fit, then into new ones; the largest pieces first.
fn first_fit(goods: &Goods, group: &[Piece], limits: &Limits) -> Vec<Package> {
    let mut turn = group.to_vec();
    turn.sort_by_key(|(demand, _)| (std::cmp::Reverse(share(goods, *demand, limits)), *demand));
    let mut packages: Vec<(Package, Bulk)> = Vec::new();
    for (demand, mut quantity) in turn {
        let unit = goods.units[demand];
        for (package, bulk) in &mut packages {
            if quantity > 0 && package.iter().all(|(other, _)| goods.may_share(*other, demand)) {
                let fits = fitting(limits, *bulk, unit, quantity);
                if fits > 0 {
                    package.push((demand, fits));
                    *bulk = bulk.with(unit, fits);
                    quantity -= fits;
                }
            }
        }
        while quantity > 0 {
            // A piece goes alone at least.
            let fits = fitting(limits, Bulk::default(), unit, quantity).max(1);
            packages.push((vec![(demand, fits)], Bulk::default().with(unit, fits)));
            quantity -= fits;
        }
    }
    let sorted = packages.into_iter().map(|(mut package, _)| {
        package.sort_unstable();
        package
    });
    sorted.collect()
}

/// Millionths of a package that a piece takes, by weight or by volume.
fn share(goods: &Goods, demand: usize, limits: &Limits) -> u128 {
    let unit = goods.units[demand];
    let of = |part: u64, whole: u64| u128::from(part) * 1_000_000 / u128::from(whole.max(1));
    of(unit.grams, limits.grams).max(of(unit.mm3, limits.largest_mm3()))
}

/// How many more pieces a package takes, at most `quantity`.
fn fitting(limits: &Limits, bulk: Bulk, unit: Unit, quantity: u32) -> u32 {
    let most = |room: u64, each: u64| room.checked_div(each).unwrap_or(u64::MAX);
    let by_weight = most(limits.grams.saturating_sub(bulk.grams), unit.grams);
    let by_volume = most(limits.largest_mm3().saturating_sub(bulk.mm3), unit.mm3);
    u32::try_from(by_weight.min(by_volume)).unwrap_or(u32::MAX).min(quantity)
}

/// What a packing is judged by: kilograms billed, then packages.
type Judged = (u64, usize);

/// All ways to put few pieces into packages.
struct Exact<'a> {
    goods: &'a Goods,
    limits: &'a Limits,
    /// The largest first, equal ones together.
    pieces: Vec<usize>,
    /// What no packing is below.
    least: Judged,
    packages: Vec<(Vec<usize>, Bulk)>,
    judged: Judged,
    best: Option<Vec<Vec<usize>>>,
}

impl<'a> Exact<'a> {
    fn of(goods: &'a Goods, group: &[Piece], limits: &'a Limits, judged: Judged) -> Self {
        let sum = goods.sum(group);
        let packages = sum.grams.div_ceil(limits.grams.max(1)).max(sum.mm3.div_ceil(limits.largest_mm3().max(1)));
        let mut turn = group.to_vec();
        turn.sort_by_key(|(demand, _)| (std::cmp::Reverse(share(goods, *demand, limits)), *demand));
        let pieces = turn.iter().flat_map(|(demand, quantity)| (0..*quantity).map(|_| *demand)).collect();
        let least = (sum.kg(limits.divisor), usize::try_from(packages).unwrap_or(usize::MAX));
        Self { goods, limits, pieces, least, packages: Vec::new(), judged, best: None }
    }

    /// The packing that bills the least; `known` where nothing is better.
    fn best(mut self, known: Vec<Package>) -> Vec<Package> {
        self.place(0, 0);
        match self.best {
            Some(packages) => packages.iter().map(|pieces| counted(pieces)).collect(),
            None => known,
        }
    }

    /// Puts the pieces from `next` on into the packages there are, or into a new one; equal pieces in the order of the packages.
    fn place(&mut self, next: usize, from: usize) {
        let kg: u64 = self.packages.iter().map(|(_, bulk)| bulk.kg(self.limits.divisor)).sum();
        if (kg.max(self.least.0), self.packages.len().max(self.least.1)) >= self.judged {
            return;
        }
        let Some(demand) = self.pieces.get(next).copied() else {
            self.judged = (kg, self.packages.len());
            self.best = Some(self.packages.iter().map(|(pieces, _)| pieces.clone()).collect());
            return;
        };
        let unit = self.goods.units[demand];
        let again = self.pieces.get(next + 1) == Some(&demand);
        for i in from..self.packages.len() {
            let (pieces, was) = &self.packages[i];
            let (was, with) = (*was, was.with(unit, 1));
            if self.limits.hold(with) && pieces.iter().all(|other| self.goods.may_share(*other, demand)) {
                self.packages[i].0.push(demand);
                self.packages[i].1 = with;
                self.place(next + 1, if again { i } else { 0 });
                self.packages[i].0.pop();
                self.packages[i].1 = was;
            }
        }
        self.packages.push((vec![demand], Bulk::default().with(unit, 1)));
        self.place(next + 1, if again { self.packages.len() - 1 } else { 0 });
        self.packages.pop();
    }
}

/// Demands in order, each with its number.
fn counted(pieces: &[usize]) -> Package {
    let mut package: Package = Vec::new();
    for demand in pieces {
        match package.iter_mut().find(|(known, _)| known == demand) {
            Some((_, quantity)) => *quantity += 1,
            None => package.push((*demand, 1)),
        }
    }
    package.sort_unstable();
    package
}

#[cfg(test)]
#[path = "packing_tests.rs"]
mod tests;
