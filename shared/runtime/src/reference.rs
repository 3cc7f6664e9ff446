//! Reference data kept in the process for a while.
//!
//! What changes rarely and is read with every order: products, vendors, tax rates, the marketplace's rules, rate cards. An account is never kept: it
//! may be blocked at any moment. Stock is no reference data. What was not found is not kept either, so that a new product is sold at once; a
//! vendor that is suspended gets orders for as long as the time given.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use oms_contract::reference::{Market, Product, RateCard, TaxRate, Vendor};
use oms_domain::{Sku, VendorId};
use oms_ports::reference::{Found, Reference, Wanted};
use oms_ports::{Clock, PortError};

/// Products, and vendors, kept at most: then all are forgotten.
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
        let taxes = wanted.taxes.as_ref().and_then(|country| fresh(self.taxes.get(country), since));
        let market = if wanted.market { fresh(self.market.as_ref(), since) } else { None };
        let rates = if wanted.rates { fresh(self.rates.as_ref(), since) } else { None };
        let missing = Wanted {
            products: missing_products,
            vendors: missing_vendors,
            taxes: wanted.taxes.clone().filter(|_| taxes.is_none()),
            market: wanted.market && market.is_none(),
            rates: wanted.rates && rates.is_none(),
            ..wanted.clone()
        };
        let known =
            Found { products, vendors, taxes: taxes.unwrap_or_default(), market, rates: rates.unwrap_or_default(), ..Found::default() };
        (known, Some(missing).filter(|missing| *missing != Wanted::default()))
    }

    /// Keeps what was found just now.
    fn keep(&mut self, wanted: &Wanted, found: &Found, now: Timestamp) {
        if self.products.len() + self.vendors.len() > MOST {
            *self = Self::default();
        }
        self.products.extend(found.products.iter().map(|product| (product.sku.clone(), (now, product.clone()))));
        self.vendors.extend(found.vendors.iter().map(|vendor| (vendor.vendor_id.clone(), (now, vendor.clone()))));
        if let Some(country) = wanted.taxes.as_ref().filter(|_| !found.taxes.is_empty()) {
            self.taxes.insert(country.clone(), (now, found.taxes.clone()));
        }
        if let Some(market) = &found.market {
            self.market = Some((now, market.clone()));
        }
        if !found.rates.is_empty() {
            self.rates = Some((now, found.rates.clone()));
        }
    }
}

/// What is kept since `since` or later.
fn fresh<T: Clone>(kept: Option<&Dated<T>>, since: Timestamp) -> Option<T> {
    kept.filter(|(at, _)| *at > since).map(|(_, value)| value.clone())
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

/// Both halves of what was wanted.
fn together(known: Found, mut found: Found) -> Found {
    found.products.extend(known.products);
    found.vendors.extend(known.vendors);
    found.taxes.extend(known.taxes);
    found.market = found.market.or(known.market);
    found.rates.extend(known.rates);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use oms_contract::reference::Customer;
    use oms_fakes::{FixedClock, MemoryReference, NOON, a_customer, a_market, a_product, a_vendor, customer, sku, vendor};

    const MINUTE: SignedDuration = SignedDuration::from_mins(1);

    struct Bench {
        kept: KeptReference,
        source: Arc<MemoryReference>,
        clock: Arc<FixedClock>,
    }

    fn bench(keep_for: SignedDuration) -> Bench {
        let (source, clock) = (Arc::new(MemoryReference::default()), Arc::new(FixedClock::at(NOON)));
        source.product(a_product("A")).vendor(a_vendor("ven-a")).market(a_market()).customer(a_customer("cus-1"));
        Bench { kept: KeptReference::new(source.clone(), clock.clone(), keep_for), source, clock }
    }

    fn wanted() -> Wanted {
        Wanted { products: vec![sku("A")], vendors: vec![vendor("ven-a")], market: true, ..Wanted::default() }
    }

    #[tokio::test]
    async fn what_was_read_is_not_read_again_until_its_time_is_over() {
        let Bench { kept, source, clock } = bench(MINUTE);
        let first = kept.fetch(&wanted()).await.unwrap();
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
    async fn nothing_is_kept_for_no_time() {
        let Bench { kept, source, .. } = bench(SignedDuration::ZERO);
        for calls in 1..4 {
            kept.fetch(&wanted()).await.unwrap();
            assert_eq!(source.faults.calls("fetch"), calls);
        }
    }
}
