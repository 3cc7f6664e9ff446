//! A buyer: one order after the other, each to its end, whichever that is.

use std::collections::BTreeMap;
use std::time::Duration;

use oms_contract::record::Allocation;
use oms_domain::{OrderId, Sku};
use oms_fakes::{an_order, sku};
use oms_ports::Clock as _;
use oms_ports::PortError;
use oms_ports::stock::{Allocated, Held, Inventory as _};

use crate::history::At;
use crate::shop::{HOLD, HOT, Shop, plan};

/// A small generator (splitmix64): the same seed does the same.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound
    }

    fn small(&mut self, bound: u32) -> u32 {
        u32::try_from(self.below(u64::from(bound))).unwrap()
    }
}

/// What a buyer knows of its order's goods of one product.
#[derive(Debug, Clone, Copy, Default)]
struct Share {
    quantity: u32,
    /// Of these, with a carrier.
    gone: u32,
    /// Beside these, at a vendor that had promised them.
    lost: u32,
}

struct Order<'a> {
    shop: &'a Shop,
    id: OrderId,
    /// Products as the lines name them: one may be there twice.
    lines: Vec<(Sku, u32)>,
    shares: BTreeMap<Sku, Share>,
    asked: At,
    /// Whether a call for its hold was cut off.
    cut: bool,
}

/// Buys until the shop closes.
pub(crate) async fn buyer(shop: &Shop, seed: u64) {
    let mut chance = Chance(seed);
    while !shop.is_closing() {
        let id = an_order().nth(u64::try_from(shop.number()).unwrap()).id();
        let lines: Vec<(Sku, u32)> =
            (0..=chance.below(3)).map(|_| (sku(HOT[usize::try_from(chance.below(5)).unwrap()].0), 1 + chance.small(4))).collect();
        let mut shares: BTreeMap<Sku, Share> = BTreeMap::new();
        for (sku, quantity) in &lines {
            shares.entry(sku.clone()).or_default().quantity += quantity;
        }
        if shares.len() < lines.len() {
            shop.tally.count("orders with a product on two lines");
        }
        shop.open.read().await.lock().unwrap().insert(id);
        let mut order = Order { shop, id, lines, shares, asked: shop.history.now(), cut: false };
        order.live(&mut chance).await;
        let gone = order.shares.iter().map(|(sku, share)| (sku.clone(), i64::from(share.gone + share.lost))).collect();
        shop.close(id, &gone).await;
        shop.tally.count("orders");
    }
}

impl Order<'_> {
    async fn live(&mut self, chance: &mut Chance) {
        match self.hold(chance).await {
            Held::Yes => {}
            Held::Short(skus) => {
                self.refused(&skus);
                if self.cut {
                    self.wait_for_what_is_late().await;
                }
                return;
            }
            refused @ (Held::Spent { .. } | Held::TooMany) => panic!("no budget was asked for, and few goods: {refused:?}"),
            // Cut off, and not asked again before it ran out.
            Held::Released => {
                self.over();
                return;
            }
        }
        match chance.below(10) {
            0 | 1 => self.vanish().await,
            2 | 3 => self.give_back(chance).await,
            fate => self.go_on(chance, fate).await,
        }
    }

    /// Asks, and is cut off now and then; whoever is cut off asks again, for he cannot know.
    async fn hold(&mut self, chance: &mut Chance) -> Held {
        self.cut = false;
        let (id, lines) = (self.id, self.lines.clone());
        loop {
            // Each try is asked for itself: an earlier one that was cut off took effect or did not, and this one tells.
            let asked = self.shop.history.now();
            let expires_at = self.shop.clock.now() + HOLD;
            let patience = Self::patience(chance);
            let answer = tokio::time::timeout(patience, self.shop.ledger.hold(id, &lines, expires_at)).await;
            match answer {
                Ok(Ok(Held::Short(skus))) => {
                    self.asked = asked;
                    return Held::Short(skus);
                }
                Ok(Ok(held)) => return held,
                Ok(Err(PortError::Conflict)) => self.shop.tally.count("conflicts that lasted"),
                Ok(Err(PortError::Throttled(_) | PortError::Unavailable { .. })) => self.shop.tally.count("calls without an answer"),
                Ok(Err(error)) => panic!("{error}"),
                Err(_) => {
                    self.cut = true;
                    self.shop.tally.count("calls cut off");
                }
            }
        }
    }

    /// Of a store at the other end of a wire, a call that was cut off may take effect after the next one was refused: then the order has goods that
    /// nobody knows of, until they run out. So the order is looked at a while longer.
    async fn wait_for_what_is_late(&self) {
        tokio::time::sleep(Duration::from_secs(2)).await;
        let claim = self.shop.insist(async || self.shop.ledger.claim(self.id).await).await;
        if claim.is_some_and(|claim| claim.status != "released") {
            self.shop.tally.count("holds that came late");
            self.vanish().await;
        }
    }

    /// Most wait for the answer; some are cut off while the call is under way.
    fn patience(chance: &mut Chance) -> Duration {
        if chance.below(5) == 0 { Duration::from_millis(chance.below(25)) } else { Duration::from_mins(10) }
    }

    fn refused(&self, skus: &[Sku]) {
        let answered = self.shop.history.now();
        assert!(!skus.is_empty());
        for sku in skus {
            self.shop.history.refused(sku, self.asked, answered, i64::from(self.shares[sku].quantity));
        }
        self.shop.tally.count("refusals");
    }

    /// The order may have had all of it until now.
    fn over(&self) {
        let now = self.shop.history.now();
        for (sku, share) in &self.shares {
            let back = share.quantity - share.gone;
            self.shop.history.maybe(sku, self.asked, now, i64::from(back));
            self.shop.history.maybe(sku, self.asked, At::MAX, i64::from(share.gone));
        }
    }

    /// The buyer is never heard of again; the sweeper finds the hold when it has run out.
    async fn vanish(&self) {
        loop {
            let claim = self.shop.insist(async || self.shop.ledger.claim(self.id).await).await.unwrap();
            if claim.status == "released" {
                self.shop.tally.count("holds that ran out");
                self.over();
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Calls until an answer has come, cut off now and then.
    async fn call<T>(&self, chance: &mut Chance, mut call: impl AsyncFnMut() -> Result<T, PortError>) -> T {
        loop {
            match tokio::time::timeout(Self::patience(chance), call()).await {
                Ok(Ok(answer)) => return answer,
                Ok(Err(PortError::Conflict)) => self.shop.tally.count("conflicts that lasted"),
                Ok(Err(PortError::Throttled(_) | PortError::Unavailable { .. })) => self.shop.tally.count("calls without an answer"),
                Ok(Err(error)) => panic!("order {}: {error}", self.id),
                Err(_) => self.shop.tally.count("calls cut off"),
            }
        }
    }

    /// The order is cancelled; all that it has goes back.
    async fn give_back(&self, chance: &mut Chance) {
        self.call(chance, async || self.shop.ledger.release(self.id).await).await;
        self.shop.tally.count("cancellations");
        self.over();
    }

    /// What the order has been told is set aside for it, and has had until now.
    fn surely_had(&self, since: At) {
        let now = self.shop.history.now();
        for (sku, share) in &self.shares {
            self.shop.history.surely(sku, since, now, i64::from(share.quantity));
        }
    }

    async fn go_on(&mut self, chance: &mut Chance, fate: u64) {
        let demand = self.shares.iter().map(|(sku, share)| (sku.clone(), share.quantity)).collect();
        let allocations = loop {
            let plan = self.call(chance, async || plan(&self.shop.ledger, &demand).await).await;
            match self.call(chance, async || self.shop.ledger.allocate(self.id, &plan).await).await {
                Allocated::Yes => break plan,
                // Others took it meanwhile; but so much is there, for the pool promised it.
                Allocated::Short(_) => self.shop.tally.count("plans made anew"),
                // It ran out while the buyer thought about it.
                Allocated::NoHold => {
                    self.shop.tally.count("holds that ran out");
                    self.over();
                    return;
                }
            }
        };
        let since = self.shop.history.now();
        // Some keep what they have for a while; nothing is given back before it was had.
        tokio::time::sleep(Duration::from_millis(chance.below(40))).await;
        self.surely_had(since);
        match fate {
            4 => self.give_back(chance).await,
            5 => {
                self.call(chance, async || self.shop.ledger.release_part(self.id, 1, &allocations[..1]).await).await;
                self.shop.tally.count("parts cancelled");
                self.send(chance, &allocations[1..]).await;
            }
            6 => {
                let allocations = self.lose(chance, allocations).await;
                self.send(chance, &allocations).await;
            }
            _ => self.send(chance, &allocations).await,
        }
    }

    /// The goods leave, part by part; what has not left goes back.
    async fn send(&mut self, chance: &mut Chance, allocations: &[Allocation]) {
        for (run, part) in (10..).zip(allocations) {
            self.call(chance, async || self.shop.ledger.take_off(self.id, run, std::slice::from_ref(part)).await).await;
            self.shares.get_mut(&part.sku).unwrap().gone += part.quantity;
        }
        self.call(chance, async || self.shop.ledger.release(self.id).await).await;
        self.shop.tally.count("orders sent");
        self.over();
    }

    /// A vendor says that its part is not there; another one steps in, if it can. What is set aside then.
    async fn lose(&mut self, chance: &mut Chance, mut allocations: Vec<Allocation>) -> Vec<Allocation> {
        let lost = allocations[0].clone();
        let other = if lost.vendor_id.as_str() == "ven-1" { "ven-2" } else { "ven-1" };
        let instead = Allocation { vendor_id: oms_fakes::vendor(other), ..lost.clone() };
        let asked = self.shop.history.now();
        let (from, to) = (std::slice::from_ref(&lost), std::slice::from_ref(&instead));
        let moved = self.call(chance, async || self.shop.ledger.reallocate(self.id, 2, from, to).await).await;
        if moved == Allocated::Yes {
            self.shop.tally.count("losses");
            // The lost units are nobody's any more, and as many others are this order's.
            self.shop.history.maybe(&lost.sku, asked, At::MAX, i64::from(lost.quantity));
            self.shares.get_mut(&lost.sku).unwrap().lost += lost.quantity;
            allocations[0] = instead;
        }
        allocations
    }
}
