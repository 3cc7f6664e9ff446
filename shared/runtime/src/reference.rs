//! Reference data kept in the process for a while.
//!
//! What changes rarely and is read with every order: products, vendors, tax rates, rate cards, promotions, the rules of the marketplace and of
//! countries, watchlists. An account, a coupon and a gift card are never kept: they may be blocked, or used, at any moment. Stock is no reference
//! data. What was not found is not kept either, so that a new product is sold at once; a vendor that is suspended gets orders for as long as the
//! time given. That nothing was counted of somebody is kept: a delivery more or less may be seen later.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use oms_contract::reference::account::Watchlists;
use oms_contract::reference::discount::Promotions;
use oms_contract::reference::punctuality::{DayCounts, Performer};
use oms_contract::reference::regulation::Regulations;
use oms_contract::reference::{Market, Product, RateCard, TaxRate, Vendor};
use oms_domain::{Sku, VendorId};
use oms_ports::reference::{Found, Reference, Wanted};
use oms_ports::{Clock, PortError};

/// Products, vendors and counts kept at most: then all are forgotten.
const MOST: usize = 10_000;

/// Reference data, each read once in a while.
pub struct KeptReference {
    source: Arc<dyn Reference>,
    clock: Arc<dyn Clock>,
    keep_for: SignedDuration,
    kept: Mutex<Kept>,
}

type Dated<T> = (Timestamp, T);

/// What was read, and when.
#[derive(Default)]
struct Kept {
    products: HashMap<Sku, Dated<Product>>,
    vendors: HashMap<VendorId, Dated<Vendor>>,
    /// By country.
    taxes: HashMap<String, Dated<Vec<TaxRate>>>,
    market: Option<Dated<Market>>,
    rates: Option<Dated<Vec<RateCard>>>,
    promotions: Option<Dated<Promotions>>,
    regulations: Option<Dated<Regulations>>,
    watchlists: Option<Dated<Watchlists>>,
    counts: HashMap<Performer, Dated<DayCounts>>,
}

impl KeptReference {
    /// What `source` has, kept for so long; nothing is kept for a time of zero.
    pub fn new(source: Arc<dyn Reference>, clock: Arc<dyn Clock>, keep_for: SignedDuration) -> Self {
        Self { source, clock, keep_for, kept: Mutex::default() }
    }
}

#[async_trait]
impl Reference for KeptReference {
    async fn fetch(&self, wanted: &Wanted) -> Result<Found, PortError> {
        let now = self.clock.now();
        let since = now.saturating_sub(self.keep_for).unwrap_or(now);
        let (known, missing) = self.kept.lock().unwrap_or_else(PoisonError::into_inner).split(wanted, since);
        let found = match missing {
            Some(missing) => self.source.fetch(&missing).await?,
            None => Found::default(),
        };
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).keep(wanted, &found, now);
        Ok(together(known, found))
    }
}

impl Kept {
    /// What is known since `since` or later, and what is missing still; `None` where nothing is.
    fn split(&self, wanted: &Wanted, since: Timestamp) -> (Found, Option<Wanted>) {
        let (products, missing_products) = parted(&self.products, &wanted.products, since);
        let (vendors, missing_vendors) = parted(&self.vendors, &wanted.vendors, since);
        let (counts, missing_counts) = known_counts(&self.counts, &wanted.counts, since);
        let taxes = wanted.taxes.as_ref().and_then(|country| fresh(self.taxes.get(country), since));
        let market = one(wanted.market, self.market.as_ref(), since);
        let rates = one(wanted.rates, self.rates.as_ref(), since);
        let promotions = one(wanted.promotions, self.promotions.as_ref(), since);
        let regulations = one(wanted.regulations, self.regulations.as_ref(), since);
        let watchlists = one(wanted.watchlists, self.watchlists.as_ref(), since);
        let missing = Wanted {
            products: missing_products,
            vendors: missing_vendors,
            taxes: wanted.taxes.clone().filter(|_| taxes.is_none()),
            market: wanted.market && market.is_none(),
            rates: wanted.rates && rates.is_none(),
            promotions: wanted.promotions && promotions.is_none(),
            regulations: wanted.regulations && regulations.is_none(),
            watchlists: wanted.watchlists && watchlists.is_none(),
            counts: missing_counts,
            ..wanted.clone()
        };
        let (taxes, rates) = (taxes.unwrap_or_default(), rates.unwrap_or_default());
        let known = Found { products, vendors, taxes, market, rates, promotions, regulations, watchlists, counts, ..Found::default() };
        (known, Some(missing).filter(|missing| *missing != Wanted::default()))
    }

    /// Keeps what was found just now.
    fn keep(&mut self, wanted: &Wanted, found: &Found, now: Timestamp) {
        if self.products.len() + self.vendors.len() + self.counts.len() > MOST {
            *self = Self::default();
        }
        self.products.extend(found.products.iter().map(|product| (product.sku.clone(), (now, product.clone()))));
        self.vendors.extend(found.vendors.iter().map(|vendor| (vendor.vendor_id.clone(), (now, vendor.clone()))));
        self.counts.extend(found.counts.iter().map(|(performer, counts)| (performer.clone(), (now, counts.clone()))));
        if let Some(country) = wanted.taxes.as_ref().filter(|_| !found.taxes.is_empty()) {
            self.taxes.insert(country.clone(), (now, found.taxes.clone()));
        }
        note(&mut self.market, found.market.as_ref(), now);
        note(&mut self.promotions, found.promotions.as_ref(), now);
        note(&mut self.regulations, found.regulations.as_ref(), now);
        note(&mut self.watchlists, found.watchlists.as_ref(), now);
        if !found.rates.is_empty() {
            self.rates = Some((now, found.rates.clone()));
        }
    }
}

/// What is kept since `since` or later.
fn fresh<T: Clone>(kept: Option<&Dated<T>>, since: Timestamp) -> Option<T> {
    kept.filter(|(at, _)| *at > since).map(|(_, value)| value.clone())
}

/// The same where it is wanted.
fn one<T: Clone>(wanted: bool, kept: Option<&Dated<T>>, since: Timestamp) -> Option<T> {
    if wanted { fresh(kept, since) } else { None }
}

/// Keeps what was found, where anything was.
fn note<T: Clone>(kept: &mut Option<Dated<T>>, found: Option<&T>, now: Timestamp) {
    if let Some(found) = found {
        *kept = Some((now, found.clone()));
    }
}

/// What is known of the keys, and the keys of which nothing is.
fn parted<K: std::hash::Hash + Eq + Clone, V: Clone>(kept: &HashMap<K, Dated<V>>, keys: &[K], since: Timestamp) -> (Vec<V>, Vec<K>) {
    let (mut known, mut missing) = (Vec::new(), Vec::new());
    for (i, key) in keys.iter().enumerate() {
        if keys.iter().take(i).any(|earlier| earlier == key) {
            continue;
        }
        match fresh(kept.get(key), since) {
            Some(value) => known.push(value),
            None => missing.push(key.clone()),
        }
    }
    (known, missing)
}

/// What was counted of these, and those of whom it is not known.
fn known_counts(
    kept: &HashMap<Performer, Dated<DayCounts>>,
    wanted: &[Performer],
    since: Timestamp,
) -> (BTreeMap<Performer, DayCounts>, Vec<Performer>) {
    let (mut known, mut missing) = (BTreeMap::new(), Vec::new());
    for performer in wanted {
        match fresh(kept.get(performer), since) {
            Some(counts) => {
                known.insert(performer.clone(), counts);
            }
            None => missing.push(performer.clone()),
        }
    }
    (known, missing)
}

/// Both halves of what was wanted.
fn together(known: Found, mut found: Found) -> Found {
    found.products.extend(known.products);
    found.vendors.extend(known.vendors);
    found.counts.extend(known.counts);
    found.taxes.extend(known.taxes);
    found.market = found.market.or(known.market);
    found.rates.extend(known.rates);
    found.promotions = found.promotions.or(known.promotions);
    found.regulations = found.regulations.or(known.regulations);
    found.watchlists = found.watchlists.or(known.watchlists);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use oms_contract::reference::Customer;
    use oms_fakes::{FixedClock, MemoryReference, NOON, a_customer, a_market, a_product, a_vendor, customer, sku, vendor};
    use oms_ports::tally::{Delivery, Tally as _};

    const MINUTE: SignedDuration = SignedDuration::from_mins(1);

    struct Bench {
        kept: KeptReference,
        source: Arc<MemoryReference>,
        clock: Arc<FixedClock>,
    }

    fn bench(keep_for: SignedDuration) -> Bench {
        let (source, clock) = (Arc::new(MemoryReference::default()), Arc::new(FixedClock::at(NOON)));
        source.product(a_product("A")).vendor(a_vendor("ven-a")).market(a_market()).customer(a_customer("cus-1"));
        source.promotions(Promotions::default()).regulations(Regulations::default()).watchlists(Watchlists::default());
        Bench { kept: KeptReference::new(source.clone(), clock.clone(), keep_for), source, clock }
    }

    fn wanted() -> Wanted {
        let (products, vendors) = (vec![sku("A")], vec![vendor("ven-a")]);
        Wanted { products, vendors, market: true, promotions: true, regulations: true, watchlists: true, ..Wanted::default() }
    }

    #[tokio::test]
    async fn what_was_read_is_not_read_again_until_its_time_is_over() {
        let Bench { kept, source, clock } = bench(MINUTE);
        let first = kept.fetch(&wanted()).await.unwrap();
        assert!(first.market.is_some() && first.promotions.is_some() && first.regulations.is_some() && first.watchlists.is_some());
        source.product(Product { active: false, ..a_product("A") });
        for (seconds, calls) in [(0, 1), (59, 1), (1, 2), (59, 2)] {
            clock.advance(SignedDuration::from_secs(seconds));
            let found = kept.fetch(&wanted()).await.unwrap();
            assert_eq!(source.faults.calls("fetch"), calls, "after {seconds} s more");
            assert_eq!(found == first, calls == 1, "after {seconds} s more");
        }
    }

    #[tokio::test]
    async fn only_what_is_missing_is_read_and_all_that_was_wanted_comes() {
        let Bench { kept, source, .. } = bench(MINUTE);
        kept.fetch(&Wanted { market: true, ..Wanted::default() }).await.unwrap();
        source.faults.always("fetch", oms_fakes::Fault::Unavailable);
        assert!(kept.fetch(&Wanted { market: true, ..Wanted::default() }).await.unwrap().market.is_some());
        assert!(kept.fetch(&wanted()).await.is_err(), "the others have to be read");
    }

    #[tokio::test]
    async fn an_account_is_read_each_time_and_what_was_not_there_too() {
        let Bench { kept, source, .. } = bench(MINUTE);
        let wanted = Wanted { customer: Some(customer("cus-1")), products: vec![sku("B")], market: true, ..Wanted::default() };
        assert!(kept.fetch(&wanted).await.unwrap().products.is_empty());
        let blocked = Customer { watchlist: true, ..a_customer("cus-1") };
        source.customer(blocked.clone()).product(a_product("B"));
        let found = kept.fetch(&wanted).await.unwrap();
        assert_eq!((found.customer, found.products.len()), (Some(blocked), 1));
    }

    #[tokio::test]
    async fn what_was_counted_is_kept_and_so_is_that_nothing_was() {
        let Bench { kept, source, clock } = bench(MINUTE);
        let (of, day) = (Performer::Vendor(vendor("ven-a")), jiff::civil::date(2026, 11, 23));
        let wanted = Wanted { vendors: vec![vendor("ven-a")], counts: vec![of.clone()], ..Wanted::default() };
        for (seconds, calls, counted) in [(0, 1, 0), (59, 1, 0), (1, 2, 1)] {
            clock.advance(SignedDuration::from_secs(seconds));
            let found = kept.fetch(&wanted).await.unwrap();
            assert_eq!(
                (source.faults.calls("fetch"), found.counts[&of].recent(day).deliveries),
                (calls, counted),
                "after {seconds} s more"
            );
            let delivery = Delivery { id: "1".to_owned(), day, by: vec![(of.clone(), false)] };
            source.count(&delivery, day).await.unwrap();
        }
    }

    #[tokio::test]
    async fn nothing_is_kept_for_no_time() {
        let Bench { kept, source, .. } = bench(SignedDuration::ZERO);
        for calls in 1..4 {
            kept.fetch(&wanted()).await.unwrap();
            assert_eq!(source.faults.calls("fetch"), calls);
        }
    }
}
