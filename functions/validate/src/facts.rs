//! What the rules read. Everything is fetched first, then no rule needs anything more.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::try_join_all;
use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};
use rust_decimal::Decimal;

use oms_contract::record::SubOrder;
use oms_contract::reference::account::{Profile, Watchlists};
use oms_contract::reference::discount::{Coupon, GiftCard, Promotion, Promotions};
use oms_contract::reference::regulation::{GoodsRule, Regulations};
use oms_contract::reference::sale::Area;
use oms_contract::reference::{Customer, Market, Product, RateCard, TaxRate, Vendor};
use oms_domain::address::Personal;
use oms_domain::area::Locality;
use oms_domain::document::{Document, Line};
use oms_domain::order::Stock;
use oms_domain::territory;
use oms_domain::{Currency, Money, Order, Sku, VendorId};
use oms_ports::budget::{Budget, BudgetKey};
use oms_ports::load::Load;
use oms_ports::orders::Outcomes;
use oms_ports::reference::Wanted;
use oms_ports::stock::{Held, Source, Sources, Spot};
use oms_ports::{Party, PortError};

use crate::address::{self, Judgement, po_box};
use crate::background::{self, Past, Payment};
use crate::contact::phone;
use crate::goods::{Goods, Item};
use crate::screen::Screen;
use crate::taxes::{NoRate, Taxes};
use crate::{Deps, budgets};

/// As it was fetched.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// When the order was captured.
    pub placed_at: Timestamp,
    /// What was ordered.
    pub document: Document,
    /// Who and where; `None` where the customer's key was destroyed.
    pub personal: Option<Personal>,
    /// The account; `None` where there is none.
    pub customer: Option<Customer>,
    /// The marketplace's rules; `None` where they could not be had.
    pub market: Option<Market>,
    /// Products ordered, as far as the catalogue knows them.
    pub products: Vec<Product>,
    /// Tax rates of the destination's country and all its parts.
    pub taxes: Vec<TaxRate>,
    /// Where the products are, at vendors that have at least one.
    pub sources: Vec<Source>,
    /// Those vendors.
    pub vendors: Vec<Vendor>,
    /// Carriers' rate cards.
    pub rates: Vec<RateCard>,
    /// The rules of countries; none where none were ever loaded.
    pub regulations: Regulations,
    /// Who and what may not be dealt with unseen; empty where none were ever loaded.
    pub watchlists: Watchlists,
    /// Promotions in force or to come; none where none were ever loaded.
    pub promotions: Promotions,
    /// The coupons claimed, as far as there are any.
    pub coupons: Vec<Coupon>,
    /// The gift cards used, as far as there are any.
    pub gift_cards: Vec<GiftCard>,
    /// What other orders use of the budgets that this one may use; nothing of what is not in it.
    pub used: BTreeMap<BudgetKey, u64>,
    /// The personal part of the account; `None` where none is on record, or the customer's key was destroyed.
    pub profile: Option<Profile>,
    /// How it is paid.
    pub payment: Payment,
    /// What the customer ordered before.
    pub past: Past,
    /// Pieces of each SKU that the customer has taken in the fuller of the windows against hoarding that count, this order left out; none where absent.
    pub bought: BTreeMap<Sku, u32>,
    /// What vendors and warehouses have to do already.
    pub load: Load,
}

/// All facts, arranged for the rules. They are borrowed from what was fetched: nothing of it is copied.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// When the order was captured: which promotions hold.
    pub placed_at: Timestamp,
    /// Day of the order in UTC: which tax rate holds. No destination's own midnight is known.
    pub day: Date,
    /// What was ordered.
    pub document: &'a Document,
    /// Who and where; `None` where the customer's key was destroyed.
    pub personal: Option<&'a Personal>,
    /// The account; `None` where there is none.
    pub customer: Option<&'a Customer>,
    /// The marketplace's rules; `None` where they could not be had.
    pub market: Option<&'a Market>,
    /// What the tables say about the shipping address.
    pub destination: Judgement,
    /// The rules of countries.
    pub regulations: &'a Regulations,
    /// Who and what may not be dealt with unseen.
    pub screen: Arc<Screen>,
    /// The contact's phone number in its international form; `None` where none was given, or what was given is no number.
    pub phone: Option<String>,
    /// Promotions in force or to come.
    pub promotions: &'a Promotions,
    /// The personal part of the account, if there is one.
    pub profile: Option<&'a Profile>,
    /// How it is paid.
    pub payment: &'a Payment,
    /// What the customer ordered before.
    pub past: &'a Past,
    /// Pieces of each SKU that the customer has taken in the fuller of the windows against hoarding that count, this order left out.
    pub bought: &'a BTreeMap<Sku, u32>,
    /// What vendors and warehouses have to do already.
    pub load: &'a Load,
    /// What came of holding the stock; `None` as long as that was not tried.
    pub held: Option<Held>,
    /// The words of the P.O. box that the shipping address is; `None` where it is a door.
    pub po_box: Option<&'static str>,
    coupons: &'a [Coupon],
    gift_cards: &'a [GiftCard],
    used: &'a BTreeMap<BudgetKey, u64>,
    taxes: Taxes<'a>,
    goods: Goods<'a>,
}

impl<'a> Facts<'a> {
    /// Arranges what was fetched.
    pub fn of(fetched: &'a Fetched) -> Self {
        let personal = fetched.personal.as_ref();
        let destination = personal.map(|personal| address::judge(&personal.shipping_address)).unwrap_or_default();
        Self {
            placed_at: fetched.placed_at,
            day: fetched.placed_at.to_zoned(TimeZone::UTC).date(),
            document: &fetched.document,
            personal,
            customer: fetched.customer.as_ref(),
            market: fetched.market.as_ref(),
            regulations: &fetched.regulations,
            screen: Screen::of(&fetched.watchlists),
            phone: personal.and_then(phone_of),
            promotions: &fetched.promotions,
            profile: fetched.profile.as_ref(),
            payment: &fetched.payment,
            past: &fetched.past,
            bought: &fetched.bought,
            load: &fetched.load,
            held: None,
            po_box: personal.and_then(|personal| po_box::wording(&personal.shipping_address)),
            coupons: &fetched.coupons,
            gift_cards: &fetched.gift_cards,
            used: &fetched.used,
            taxes: Taxes::at(destination_of(fetched, &destination), &fetched.taxes),
            goods: Goods::of(fetched, &destination),
            destination,
        }
    }

    /// What was ordered, each thing once, in the order of the lines.
    pub fn items(&self) -> &[Item<'a>] {
        &self.goods.items
    }

    /// Those that somebody can supply. The others are check 11's and 32's to tell.
    pub fn supplied(&self) -> impl Iterator<Item = &Item<'a>> {
        self.items().iter().filter(|item| item.is_supplied())
    }

    /// What is ordered of a SKU, if anything.
    pub fn item(&self, sku: &Sku) -> Option<&Item<'a>> {
        self.items().get(*self.goods.of_sku.get(sku)?)
    }

    /// Which of the items the line at this place is about.
    pub fn item_of(&self, line: usize) -> Option<usize> {
        self.goods.of_line.get(line).copied()
    }

    /// The product of the line at this place, if the catalogue has it.
    pub fn product_of(&self, line: usize) -> Option<&'a Product> {
        self.items().get(self.item_of(line)?)?.product
    }

    /// The products ordered, as far as the catalogue knows them, each once.
    pub fn products(&self) -> impl Iterator<Item = &'a Product> {
        self.items().iter().filter_map(|item| item.product)
    }

    /// The coupon, if there is one of that code.
    pub fn coupon(&self, code: &str) -> Option<&'a Coupon> {
        self.coupons.iter().rfind(|coupon| coupon.grants.id == code)
    }

    /// The gift card, if there is one of that number.
    pub fn gift_card(&self, card: &str) -> Option<&'a GiftCard> {
        self.gift_cards.iter().rfind(|known| known.card == card)
    }

    /// The promotion, if there is one of that id.
    pub fn promotion(&self, id: &str) -> Option<&'a Promotion> {
        self.promotions.promotions.iter().find(|promotion| promotion.id == id)
    }

    /// What other orders use of a budget.
    pub fn used(&self, key: &BudgetKey) -> u64 {
        self.used.get(key).copied().unwrap_or(0)
    }

    /// Whether too little is left of a budget: as was read before, or as it turned out when the stock was to be held.
    pub fn is_short(&self, budget: &Budget) -> bool {
        let spent = matches!(&self.held, Some(Held::Spent { budgets, .. }) if budgets.contains(&budget.key));
        spent || self.used(&budget.key).saturating_add(budget.amount) > budget.limit
    }

    /// Lines with their place in the document.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &'a Line)> + use<'a> {
        self.document.lines.iter().enumerate()
    }

    /// Place of the first line of a SKU, which stands for all of them.
    pub fn line_of(&self, sku: &Sku) -> usize {
        self.item(sku).map(|item| item.line).unwrap_or_default()
    }

    /// An amount of the order for people to read.
    pub fn shown(&self, amount: i64) -> String {
        Money::new(amount, self.currency()).to_string()
    }

    /// An amount in euro cents, at the marketplace's rate on the day of the order; `None` where there is none, or none that is young enough. An amount beyond all bounds is as much as there can be.
    pub fn in_euro(&self, money: Money) -> Option<i64> {
        let euro: Currency = "EUR".parse().ok()?;
        let rate = match self.market {
            _ if money.currency == euro => Decimal::ONE,
            Some(market) => market.rate_to_euro(money.currency, self.day)?,
            None => return None,
        };
        Some(money.converted(euro, rate).map_or(i64::MAX, |converted| converted.amount))
    }

    /// Of all amounts of the order.
    pub fn currency(&self) -> Currency {
        self.document.currency
    }

    /// Whether the destination lies in an area.
    pub fn lies_in(&self, area: &Area) -> bool {
        area.holds(&self.document.destination, self.destination.region.as_deref(), self.postcode())
    }

    /// Whether the shipping address is a P.O. box or a locker.
    pub fn is_po_box(&self) -> bool {
        self.po_box.is_some()
    }

    /// The destination's postcode as written.
    pub fn postcode(&self) -> Option<&'a str> {
        self.personal.and_then(|personal| personal.shipping_address.postcode.as_deref())
    }

    /// What holds for a class of regulated goods at the destination: the rule of the narrowest area that has one.
    pub fn goods_rule(&self, class: &str) -> Option<&'a GoodsRule> {
        self.regulations.goods.get(class)?.iter().filter(|rule| self.lies_in(&rule.area)).max_by_key(|rule| rule.area.narrowness())
    }

    /// Regulated goods that a rule of the destination is about, each once.
    pub fn regulated(&self) -> impl Iterator<Item = (&Item<'a>, &'a Product, &'a GoodsRule)> {
        self.items().iter().filter_map(|item| {
            let product = item.product?;
            Some((item, product, self.goods_rule(product.sale.restriction.as_deref()?)?))
        })
    }

    /// The tax rate of a category at the destination on the day of the order.
    pub(crate) fn tax_rate(&self, category: &str) -> Result<&'a TaxRate, NoRate<'a>> {
        self.taxes.rate(category, self.day)
    }

    /// The destination, as rules ask for places.
    pub fn there(&self) -> Locality<'_> {
        Locality { country: &self.document.destination, region: self.destination.region.as_deref(), postcode: self.postcode() }
    }
}

/// Where an order goes, as rules ask for places.
fn destination_of<'a>(fetched: &'a Fetched, judged: &'a Judgement) -> Locality<'a> {
    let postcode = fetched.personal.as_ref().and_then(|personal| personal.shipping_address.postcode.as_deref());
    Locality { country: &fetched.document.destination, region: judged.region.as_deref(), postcode }
}

/// A number without its country's code is one of the country that the goods go to.
fn phone_of(personal: &Personal) -> Option<String> {
    phone::e164(personal.contact.phone.as_deref()?, &personal.shipping_address.country)
}

/// What a marketplace has to have said, if only that there is none of it: without it nothing is known, and nothing passes.
fn nothing_on_file(what: &str) -> PortError {
    PortError::unavailable(Party::Store, format!("the marketplace has {what} on file: load a row, an empty one where there are none"))
}

/// Fetches what the rules need, in two round trips whatever the order holds: first everything the document names, side by side; then the vendors
/// of the sources found, what is used of budgets and of their days, and the account's profile (each left out where there is none).
///
/// # Errors
/// Of the stores.
pub async fn gather(deps: &Deps, order: &Order, document: Document, outcomes: &Outcomes) -> Result<Fetched, PortError> {
    let products: Vec<Sku> = document.demand().into_iter().map(|(sku, _)| sku).collect();
    let wanted = Wanted {
        products: products.clone(),
        customer: Some(document.customer_id.clone()),
        // Where the destination has a code of its own beside its country's, the country's table tells of it.
        taxes: Some(territory::home(&document.destination).to_owned()),
        market: true,
        rates: true,
        regulations: true,
        watchlists: true,
        promotions: true,
        coupons: document.claims.coupons.clone(),
        gift_cards: document.claims.gift_cards.iter().map(|used| used.card.clone()).collect(),
        ..Wanted::default()
    };
    let named = async {
        let (found, sources, personal) = futures::try_join!(
            deps.reference.fetch(&wanted),
            deps.inventory.sources(&products),
            deps.sealer.open(&document.customer_id, &document.sealed),
        )?;
        let mut sources = within_reach(deps, sources, personal.as_ref()).await?;
        set_aside(deps, order, &document, &mut sources).await?;
        let customer = found.customer.as_ref();
        let mut keys = budgets::keys(&document, order.placed_at(), customer, &found.products, &found.coupons);
        let now = deps.clock.now();
        let maybe = deps.counted.counters(&sources, now);
        keys.extend(maybe.iter().cloned());
        let used = used_of(deps, order, keys);
        let (vendors, profile, mut used) = futures::try_join!(vendors_of(deps, &sources), profile_of(deps, customer), used)?;
        let counters = deps.counted.learn(&vendors, &sources, now);
        // Nothing, unless a vendor has changed since this process saw it.
        used.extend(used_of(deps, order, counters.difference(&maybe).cloned().collect()).await?);
        let load = Load::of(
            &counters.into_iter().filter_map(|key| Some((used.get(&key).copied()?, key))).map(|(orders, key)| (key, orders)).collect(),
        );
        Ok::<_, PortError>((found, sources, personal, vendors, profile, used, load))
    };
    let ((found, sources, personal, vendors, profile, used, load), (payment, past)) =
        futures::try_join!(named, background::gather(deps, order, &document, outcomes))?;
    let bought = budgets::bought(&document, &found.products, order.placed_at(), &used);
    Ok(Fetched {
        placed_at: order.placed_at(),
        document,
        personal,
        customer: found.customer,
        market: found.market,
        products: found.products,
        taxes: found.taxes,
        sources,
        vendors,
        rates: found.rates,
        regulations: found.regulations.ok_or_else(|| nothing_on_file("no rules of countries"))?,
        watchlists: found.watchlists.ok_or_else(|| nothing_on_file("no watchlists"))?,
        promotions: found.promotions.unwrap_or_default(),
        coupons: found.coupons,
        gift_cards: found.gift_cards,
        used,
        profile,
        payment,
        past,
        bought,
        load,
    })
}

/// The sources found; of a product on more shelves than are read at once, those around the destination, as routing will find them. That takes round trips
/// more, the only case that does: among the first shelves, in the order of their vendors, there may be none that serves the address. Where the address
/// is not on the map the first ones stand for all: check 19 refuses such an order in any case.
async fn within_reach(deps: &Deps, found: Sources, personal: Option<&Personal>) -> Result<Vec<Source>, PortError> {
    let point = personal.filter(|_| !found.crowded.is_empty()).and_then(|personal| address::judge(&personal.shipping_address).geocode);
    let Some(point) = point else { return Ok(found.rows) };
    let spot = Spot { lat: point.lat, lon: point.lon };
    let near = try_join_all(found.crowded.iter().map(|sku| deps.inventory.sources_near(sku, spot))).await?;
    let mut sources = found.rows;
    sources.retain(|source| !found.crowded.contains(&source.sku));
    sources.extend(near.into_iter().flatten());
    Ok(sources)
}

/// Adds what the order itself has set aside to what is on the shelves: it was routed before and sent back to pay, and must not fail for want of its own goods.
/// Those of a substitute stand for what was ordered.
async fn set_aside(deps: &Deps, order: &Order, document: &Document, sources: &mut Vec<Source>) -> Result<(), PortError> {
    if order.stock != Stock::Allocated {
        return Ok(());
    }
    for own in deps.records.sub_orders(order.id).await?.iter().flat_map(SubOrder::allocations) {
        let line = document.lines.iter().find(|line| *order.sent_for(&line.sku) == own.sku);
        let Some(sku) = line.map(|line| line.sku.clone()) else { continue };
        let is_there =
            |source: &&mut Source| (&source.sku, &source.vendor_id, &source.warehouse_id) == (&sku, &own.vendor_id, &own.warehouse_id);
        match sources.iter_mut().find(is_there) {
            Some(source) => source.available = source.available.saturating_add(own.quantity),
            None => sources.push(Source { sku, vendor_id: own.vendor_id, warehouse_id: own.warehouse_id, available: own.quantity }),
        }
    }
    Ok(())
}

async fn vendors_of(deps: &Deps, sources: &[Source]) -> Result<Vec<Vendor>, PortError> {
    let mut vendors: Vec<VendorId> = sources.iter().map(|s| s.vendor_id.clone()).collect();
    vendors.sort();
    vendors.dedup();
    if vendors.is_empty() {
        return Ok(Vec::new());
    }
    let today = deps.clock.now().to_zoned(TimeZone::UTC).date();
    Ok(deps.reference.fetch(&Wanted::default().judging(vendors)).await?.take_vendors(today))
}

/// What other orders use of these budgets.
async fn used_of(deps: &Deps, order: &Order, keys: Vec<BudgetKey>) -> Result<BTreeMap<BudgetKey, u64>, PortError> {
    if keys.is_empty() { Ok(BTreeMap::new()) } else { deps.inventory.used(order.id, &keys).await }
}

/// The customer's key is at hand by now: it opened the order.
async fn profile_of(deps: &Deps, customer: Option<&Customer>) -> Result<Option<Profile>, PortError> {
    match customer.and_then(|customer| Some((&customer.customer_id, customer.record.profile.as_ref()?))) {
        Some((id, sealed)) => deps.sealer.open_profile(id, sealed).await,
        None => Ok(None),
    }
}
