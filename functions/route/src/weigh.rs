//! What loads cost, quickly: few carriers' limits differ, and what goes into one package anyway need not be packed.

use crate::candidates::Problem;
use crate::packing::{Billed, Limits, Piece, billed, packed};
use crate::tariff::choose;
use oms_domain::document::Speed;
use oms_domain::shipping::Bulk;

/// Cost, and hours from now to the door, of a load; none where no carrier takes it.
pub(crate) type Priced = Option<(i64, u32)>;

/// What a load bills, where that was worked out; none inside where a carrier does not take it.
pub(crate) type Known = Option<Option<Billed>>;

/// Prices loads.
pub(crate) struct Weigher<'a> {
    problem: &'a Problem,
    speed: Speed,
    /// All limits there are.
    limits: Vec<Limits>,
    /// By card of rates, the limits of each offer.
    of_offers: Vec<Vec<usize>>,
    /// The families of the lines served whole.
    families: Vec<Family>,
    /// All of each line that is served whole.
    bulks: Vec<Bulk>,
    /// By limits: the lines of which a piece may go alone, a bit each.
    taken: Vec<usize>,
}

/// Lines served whole of which no package holds those of two.
struct Family {
    /// A bit each.
    lines: usize,
    /// Whether all of them may share a package.
    shares: bool,
}

impl<'a> Weigher<'a> {
    /// `lines` are the loads of the lines that are served whole.
    pub(crate) fn new(problem: &'a Problem, speed: Speed, lines: &[Piece]) -> Self {
        let mut limits: Vec<Limits> = problem.rates.iter().flatten().map(|offer| offer.limits).collect();
        limits.sort_unstable();
        limits.dedup();
        let place = |offer: &crate::tariff::Offer| limits.binary_search(&offer.limits).unwrap_or(0);
        let of_offers = problem.rates.iter().map(|offers| offers.iter().map(place).collect()).collect();
        let goods = &problem.goods;
        let bits = |which: &dyn Fn(usize) -> bool| {
            lines.iter().enumerate().filter(|(_, (demand, _))| which(*demand)).fold(0_usize, |set, (line, _)| set | 1 << line)
        };
        let mut families: Vec<Family> = Vec::new();
        for (demand, _) in lines {
            let lines = bits(&|other| goods.family(other) == goods.family(*demand));
            if families.iter().all(|known| known.lines != lines) {
                families.push(Family { lines, shares: goods.shares(*demand) });
            }
        }
        let taken = limits.iter().map(|limits| bits(&|demand| limits.take(goods.units[demand]))).collect();
        let bulks = lines.iter().map(|piece| goods.sum(&[*piece])).collect();
        Self { problem, speed, limits, of_offers, families, bulks, taken }
    }

    /// A load's price by a tariff.
    pub(crate) fn price(&self, tariff: usize, load: &[Piece]) -> Priced {
        let rates = self.problem.tariffs[tariff].rates;
        let packed: Vec<Option<Billed>> = self.limits.iter().map(|limits| billed(&self.problem.goods, load, limits)).collect();
        let offers = self.problem.rates[rates].iter().zip(&self.of_offers[rates]);
        let costs: Vec<Option<i64>> = offers.map(|(offer, limits)| offer.price(packed[*limits].as_ref()?)).collect();
        let (offer, hours) = self.choose(tariff, |offer| costs[offer])?;
        Some((costs[offer]?, hours))
    }

    /// What each offer of some rates asks for a set of lines, appended to `costs`. `known` is what sets bill by set and limits, as far as it was worked out; [`Self::unknown`] at first.
    pub(crate) fn costs_of_set(
        &self,
        rates: usize,
        set: usize,
        known: &mut [Known],
        load: &impl Fn(usize) -> Vec<Piece>,
        mut cost: impl FnMut(Option<i64>),
    ) {
        self.find(set, known, load);
        let own = &known[set * self.limits.len()..];
        for (offer, limits) in self.problem.rates[rates].iter().zip(&self.of_offers[rates]) {
            cost(own[*limits].as_ref().and_then(Option::as_ref).and_then(|billed| offer.price(billed)));
        }
    }

    /// The offer that is chosen by a tariff where its offers ask these costs, with its hours.
    pub(crate) fn choose(&self, tariff: usize, cost: impl Fn(usize) -> Option<i64>) -> Option<(usize, u32)> {
        choose(&self.problem.tariffs[tariff].hours, self.speed, cost).map(|(offer, _, hours)| (offer, hours))
    }

    /// What sets bill by set and limits, of which nothing is known.
    pub(crate) fn unknown(&self, sets: usize) -> Vec<Known> {
        vec![None; sets * self.limits.len()]
    }

    /// Works out what a set bills, by all limits: what each family in it does, as no package holds two.
    fn find(&self, set: usize, known: &mut [Known], load: &impl Fn(usize) -> Vec<Piece>) {
        let kinds = self.limits.len();
        let at = set * kinds;
        if set == 0 || known[at].is_some() {
            return;
        }
        let Some(family) = self.families.iter().find(|family| set & family.lines != 0) else { return };
        let (first, rest) = (set & family.lines, set & !family.lines);
        if rest == 0 {
            let lines = self.bulks.iter().enumerate().filter(|(line, _)| set >> line & 1 == 1);
            let parcel = lines.fold(Bulk::default(), |bulk, (_, more)| bulk.with(*more, 1)).parcel();
            for (kind, limits) in self.limits.iter().enumerate() {
                let is_taken = |kind: usize| set & !self.taken[kind] == 0;
                // What the services themselves take and do makes no other packages.
                let alike = (0..kind).find(|other| is_taken(kind) && is_taken(*other) && self.limits[*other].pack_like(limits));
                if let Some(other) = alike {
                    known[at + kind].clone_from(&known[at + other].clone());
                    continue;
                }
                known[at + kind] = Some(if !is_taken(kind) {
                    None
                } else if family.shares && limits.admit(&parcel) {
                    let mut billed = Billed::default();
                    billed.add(&parcel, limits);
                    Some(billed)
                } else {
                    packed(&self.problem.goods, &load(set), limits)
                });
            }
            return;
        }
        self.find(first, known, load);
        self.find(rest, known, load);
        for kind in 0..kinds {
            let part = |set: usize| known[set * kinds + kind].as_ref().and_then(Option::as_ref);
            let sum = part(first).zip(part(rest)).map(|(first, rest)| {
                let mut sum = first.clone();
                sum.append(rest);
                sum
            });
            known[at + kind] = Some(sum);
        }
    }
}
