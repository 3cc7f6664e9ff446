//! Into which packages a shipment's goods go.
//!
//! A package keeps to the carrier's weight and size, and holds no two lines that must be apart: a fragile line has packages of its own, dangerous goods
//! share by [`hazard`](crate::hazard). It is as large as [the carton](oms_domain::shipping::carton) that its goods need, and bills its weight or its volumetric weight,
//! whichever is more, rounded up to a kilogram. What goes into one package goes into one. Only what outgrows a package, or may share in several ways, is searched: for the
//! packing that bills the fewest kilograms, of equal ones that with the fewest packages, exactly up to [`MOST_EXACT`](crate::packer::MOST_EXACT) pieces, beyond that first fit, largest
//! piece first. What a card asks for each package does not change how goods are packed.

use oms_contract::reference::Product;
use oms_contract::reference::regulation::Regulations;
use oms_domain::area::Locality;
use oms_domain::shipping::{Bulk, Mode, Parcel, ServiceRules};

use crate::hazard::may_share;
use crate::packer::Packer;

/// One piece of a product, as a carrier sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    /// Its weight and size.
    pub piece: Bulk,
    /// Whether it may travel by road, and by air: anything that is not dangerous may.
    pub by: [bool; 2],
    /// Whether it is dangerous, so that only a service that takes such goods takes it.
    pub is_dangerous: bool,
    /// Whether the recipient's age must be looked at.
    pub needs_age_check: bool,
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
    /// Of these products, in their order, on their way to a place with these rules.
    pub fn of(products: &[&Product], rules: &Regulations, there: &Locality<'_>) -> Self {
        let share = |i: usize, j: usize| {
            let (a, b) = (products[i], products[j]);
            i == j || !a.fragile && !b.fragile && may_share(a.hazard_class.as_deref(), b.hazard_class.as_deref())
        };
        let together = (0..products.len()).map(|i| (0..products.len()).map(|j| share(i, j)).collect()).collect();
        let mut goods = Self {
            units: products.iter().map(|product| unit(product, rules, there)).collect(),
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

    /// Whether all of a demand's family may share a package.
    pub(crate) fn shares(&self, demand: usize) -> bool {
        self.shares[self.families[demand]]
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
            own.fold(Bulk::default(), |bulk, (demand, quantity)| bulk.with(self.units[*demand].piece, *quantity))
        };
        (0..load.len()).filter(first).map(|i| of(i).least_billed_g(divisor) / 1000).fold(0, u64::saturating_add)
    }

    /// What these pieces weigh and measure together.
    pub fn sum(&self, pieces: &[Piece]) -> Bulk {
        pieces.iter().fold(Bulk::default(), |bulk, (demand, quantity)| bulk.with(self.units[*demand].piece, *quantity))
    }
}

fn unit(product: &Product, rules: &Regulations, there: &Locality<'_>) -> Unit {
    let by = |mode: Mode| rules.taken_by(&ServiceRules { mode, hazmat: true, ..ServiceRules::default() }, product).is_ok();
    Unit {
        piece: Bulk::of(u64::from(product.weight_g), [product.length_mm, product.width_mm, product.height_mm]),
        by: [by(Mode::Road), by(Mode::Air)],
        is_dangerous: product.is_dangerous(),
        needs_age_check: rules.needs_age_check(product, there),
    }
}

/// What a carrier takes in one package, and how it bills.
#[expect(clippy::struct_excessive_bools, reason = "four independent facts of a service")]
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
    /// Longest side and girth of a package that is not oversize.
    pub ordinary: (u32, u64),
    /// Whether prices ask what each package bills, and not only for the sum.
    pub by_package: bool,
    /// Takes dangerous goods.
    pub dangerous: bool,
    /// Travels by air.
    pub by_air: bool,
    /// Looks at the recipient's age.
    pub age_check: bool,
}

impl Limits {
    /// Whether a piece may go alone.
    pub fn take(&self, unit: Unit) -> bool {
        self.has_room(unit) && self.serves(unit)
    }

    /// Whether a piece is light and small enough.
    pub fn has_room(&self, unit: Unit) -> bool {
        unit.piece.grams <= self.grams && within(unit.piece.sides_mm, (self.length_mm, self.girth_mm))
    }

    /// Whether the service does what a piece needs.
    fn serves(&self, unit: Unit) -> bool {
        let may_travel = !unit.is_dangerous || self.dangerous && unit.by[usize::from(self.by_air)];
        may_travel && (!unit.needs_age_check || self.age_check)
    }

    /// Whether what both take is packed and billed alike.
    pub(crate) fn pack_like(&self, other: &Self) -> bool {
        let Self { dangerous, by_air, age_check, .. } = *other;
        Self { dangerous, by_air, age_check, ..*self } == *other
    }

    /// Volume that no box within the limits exceeds, mm3: of length `l` and a girth `g` of all, the other sides are `(g - l) / 4` each at best, and the volume is greatest
    /// at `l = g / 3`.
    pub fn largest_mm3(&self) -> u64 {
        let (length, girth) = (u128::from(self.length_mm), u128::from(self.girth_mm));
        let volume = if 3 * length < girth {
            (girth - length).checked_pow(2).and_then(|square| square.checked_mul(length)).map(|volume| volume.div_ceil(16))
        } else {
            girth.checked_pow(3).map(|cube| cube.div_ceil(108))
        };
        volume.and_then(|volume| u64::try_from(volume).ok()).unwrap_or(u64::MAX)
    }

    /// Whether so much goes into one package.
    pub fn hold(&self, bulk: &Bulk) -> bool {
        bulk.grams <= self.grams && self.admit(&bulk.parcel())
    }

    /// Whether a package is light and small enough.
    pub(crate) fn admit(&self, parcel: &Parcel) -> bool {
        parcel.grams <= self.grams && within(parcel.sides_mm, (self.length_mm, self.girth_mm))
    }
}

/// Whether a box stays within a length and a girth.
fn within(mut sides_mm: [u32; 3], (length, girth): (u32, u64)) -> bool {
    sides_mm.sort_unstable_by(|a, b| b.cmp(a));
    let [longest, wide, high] = sides_mm.map(u64::from);
    longest <= u64::from(length) && longest + 2 * (wide + high) <= girth
}

/// What the packages of a load come to, as far as prices ask for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Billed {
    /// Kilograms billed, each package rounded up.
    pub kg: u64,
    /// Packages.
    pub packages: u32,
    /// Those that are oversize.
    pub oversize: u32,
    /// Kilograms billed of each; only where prices ask for that.
    pub each: Vec<u64>,
}

impl Billed {
    /// One package more.
    pub(crate) fn add(&mut self, parcel: &Parcel, limits: &Limits) {
        let kg = parcel.billed_g(limits.divisor) / 1000;
        self.kg = self.kg.saturating_add(kg);
        self.packages = self.packages.saturating_add(1);
        self.oversize = self.oversize.saturating_add(u32::from(!within(parcel.sides_mm, limits.ordinary)));
        if limits.by_package {
            self.each.push(kg);
        }
    }

    /// With the packages of another load beside them.
    pub(crate) fn append(&mut self, other: &Self) {
        self.kg = self.kg.saturating_add(other.kg);
        self.packages = self.packages.saturating_add(other.packages);
        self.oversize = self.oversize.saturating_add(other.oversize);
        self.each.extend_from_slice(&other.each);
    }
}

/// A package: the pieces of each demand in it.
pub type Package = Vec<Piece>;

/// The packages that a load goes into; `None` where the carrier does not take a piece.
pub fn pack(goods: &Goods, load: &[Piece], limits: &Limits) -> Option<Vec<Package>> {
    if !load.iter().all(|(demand, _)| limits.take(goods.units[*demand])) {
        return None;
    }
    let packer = Packer::of(goods, limits);
    Some(goods.groups(load).into_iter().flat_map(|group| packer.pack(group)).collect())
}

/// What the packages of a load, as [`pack`] makes them, come to, without packing what fits into one package of each family anyway.
pub fn billed(goods: &Goods, load: &[Piece], limits: &Limits) -> Option<Billed> {
    if !load.iter().all(|(demand, _)| limits.take(goods.units[*demand])) {
        return None;
    }
    let mut billed = Billed::default();
    for (i, (demand, _)) in load.iter().enumerate() {
        let family = goods.families[*demand];
        if load[..i].iter().any(|(other, _)| goods.families[*other] == family) {
            continue;
        }
        let own = load[i..].iter().filter(|(other, _)| goods.families[*other] == family);
        let bulk = own.fold(Bulk::default(), |bulk, (other, quantity)| bulk.with(goods.units[*other].piece, *quantity));
        let parcel = bulk.parcel();
        if !goods.shares[family] || !limits.admit(&parcel) {
            return packed(goods, load, limits);
        }
        billed.add(&parcel, limits);
    }
    Some(billed)
}

/// What the packages of a load come to, each packed.
pub(crate) fn packed(goods: &Goods, load: &[Piece], limits: &Limits) -> Option<Billed> {
    let mut billed = Billed::default();
    for package in pack(goods, load, limits)? {
        billed.add(&goods.sum(&package).parcel(), limits);
    }
    Some(billed)
}

/// Kilograms billed for goods in one package.
pub(crate) fn kg(bulk: &Bulk, limits: &Limits) -> u64 {
    bulk.parcel().billed_g(limits.divisor) / 1000
}

#[cfg(test)]
#[path = "packing_tests.rs"]
mod tests;
