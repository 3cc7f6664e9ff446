//! An order that passes every check, and the means to spoil it.

use oms_contract::reference::account::Profile;
use oms_contract::reference::regulation::{GoodsRule, Regulations};
use oms_contract::reference::sale::Area;
use oms_contract::reference::{Customer, Market, Product, RateCard, TaxRate, Vendor, Warehouse};
use oms_domain::address::{Address, Contact};
use oms_domain::document::{Document, Line, Speed};
use oms_domain::money::Rounding;
use oms_domain::{Currency, Money, Sku, VendorId};
use oms_ports::gateway::CardEvidence;
use oms_ports::gateway::evidence::{Authentication, AuthenticationResult};
use oms_ports::stock::Held;
use validate::background::{Earlier, Past};
use validate::facts::{Facts, Fetched};

pub(crate) use crate::expect::{Case, Expect, Kind, case, summary};
pub(crate) use crate::made::{
    customer, document, hazmat_rule, market, payment, personal, placed_at, product, rate_card, source, tax, vendor,
};

pub(crate) fn sku(text: &str) -> Sku {
    Sku::parse(text).unwrap()
}

pub(crate) fn vendor_id(text: &str) -> VendorId {
    VendorId::parse(text).unwrap()
}

pub(crate) fn currency(code: &str) -> Currency {
    code.parse().unwrap()
}

/// What a case starts from.
pub(crate) struct Given {
    pub(crate) fetched: Fetched,
    pub(crate) held: Option<Held>,
}

impl Given {
    /// Two kettles of 25.00 and one book of 10.00, from Munich to Berlin: 19 % on kettles and shipping, 7 % on books.
    pub(crate) fn good() -> Self {
        Self { fetched: good(), held: Some(Held::Yes) }
    }

    pub(crate) fn document(&mut self) -> &mut Document {
        &mut self.fetched.document
    }

    pub(crate) fn line(&mut self, i: usize) -> &mut Line {
        &mut self.fetched.document.lines[i]
    }

    pub(crate) fn product(&mut self, i: usize) -> &mut Product {
        &mut self.fetched.products[i]
    }

    pub(crate) fn vendor(&mut self, i: usize) -> &mut Vendor {
        &mut self.fetched.vendors[i]
    }

    pub(crate) fn market(&mut self) -> &mut Market {
        self.fetched.market.as_mut().unwrap()
    }

    pub(crate) fn customer(&mut self) -> &mut Customer {
        self.fetched.customer.as_mut().unwrap()
    }

    pub(crate) fn address(&mut self) -> &mut Address {
        &mut self.fetched.personal.as_mut().unwrap().shipping_address
    }

    pub(crate) fn evidence(&mut self) -> &mut CardEvidence {
        self.fetched.payment.answer.as_mut().unwrap().evidence.as_mut().unwrap()
    }

    /// What came of 3-D Secure.
    pub(crate) fn secure(&mut self, result: AuthenticationResult, liability_shifted: bool, exemption: Option<&str>) {
        let exemption = exemption.map(str::to_owned);
        self.evidence().authentication = Some(Authentication { result, liability_shifted, exemption });
    }

    /// The order costs this, whatever its lines say.
    pub(crate) fn costs(&mut self, total: i64) {
        self.document().total = total;
        self.fetched.payment = payment(&self.fetched.document);
    }

    /// Billed elsewhere: street, postcode, country.
    pub(crate) fn bill_to(&mut self, line1: &str, postcode: &str, country: &str) {
        let personal = self.fetched.personal.as_mut().unwrap();
        let mut billing = personal.shipping_address.clone();
        (billing.line1, billing.postcode, billing.country) = (line1.to_owned(), Some(postcode.to_owned()), country.to_owned());
        personal.billing_address = Some(billing);
    }

    pub(crate) fn contact(&mut self) -> &mut Contact {
        &mut self.fetched.personal.as_mut().unwrap().contact
    }

    pub(crate) fn profile(&mut self) -> &mut Profile {
        self.fetched.profile.get_or_insert_default()
    }

    /// Orders of this total in euro cents, one every so many days before the recent ones.
    pub(crate) fn ordered(&mut self, totals: &[i64], every_days: i64) {
        for (n, total) in (1..).zip(totals) {
            let at = placed_at() - jiff::SignedDuration::from_hours(24 * (7 + every_days * n));
            self.fetched.past.earlier.push(Earlier { at, total: Money::new(*total, currency("EUR")), sold: true });
        }
    }

    /// Sends the order elsewhere: country, region, postcode, town.
    pub(crate) fn to(&mut self, country: &str, region: &str, postcode: &str, city: &str) {
        country.clone_into(&mut self.document().destination);
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let address = self.address();
        country.clone_into(&mut address.country);
        address.region = given(region);
        address.postcode = given(postcode);
        city.clone_into(&mut address.city);
    }

    /// Makes the first product one of a regulated class, with this rule in an area.
    pub(crate) fn regulate(&mut self, class: &str, area: &str, rule: fn(&mut GoodsRule)) {
        self.product(0).sale.restriction = Some(class.to_owned());
        let mut added = GoodsRule {
            area: Area(area.to_owned()),
            banned: false,
            min_age: None,
            check_at_door: false,
            licence: false,
            source: "test".to_owned(),
        };
        rule(&mut added);
        self.regulations().goods.entry(class.to_owned()).or_default().push(added);
    }

    pub(crate) fn regulations(&mut self) -> &mut Regulations {
        &mut self.fetched.regulations
    }

    /// The card of the speed that the good order asks for.
    pub(crate) fn card(&mut self) -> &mut RateCard {
        &mut self.fetched.rates[0]
    }

    /// The warehouse of a vendor.
    pub(crate) fn warehouse(&mut self, vendor: usize) -> &mut Warehouse {
        &mut self.vendor(vendor).warehouses[0]
    }

    /// Leaves the first line alone, and one vendor of it: the first.
    pub(crate) fn one_vendor(&mut self) {
        self.fetched.document.lines.truncate(1);
        self.fetched.sources.retain(|source| source.vendor_id.as_str() == "north");
    }

    /// Orders exactly this, at this price of one; the total is left to [`Self::settle`].
    pub(crate) fn only(&mut self, quantity: u32, unit_price: i64) {
        self.fetched.document.lines.truncate(1);
        let line = self.line(0);
        (line.quantity, line.unit_price, line.tax) = (quantity, unit_price, 0);
        let currency = self.fetched.document.currency;
        self.product(0).prices.insert(currency, unit_price);
        let document = self.document();
        (document.shipping, document.shipping_tax) = (0, 0);
        self.settle();
    }

    /// Makes the total what the parts sum to, tax on top.
    pub(crate) fn settle(&mut self) {
        let document = self.document();
        let taxes: i64 = document.lines.iter().map(|line| line.tax).sum();
        document.total = document.goods().unwrap() + taxes + document.shipping + document.shipping_tax - document.discount;
    }

    /// Changes the currency of everything, amounts left as they are.
    pub(crate) fn currency(&mut self, code: &str) {
        let new = currency(code);
        for product in &mut self.fetched.products {
            let price = *product.prices.first_key_value().unwrap().1;
            product.prices.insert(new, price);
        }
        self.document().currency = new;
    }

    /// Adds another rate.
    pub(crate) fn rate(&mut self, area: &str, category: &str, rate: &str, rounding: Rounding) -> &mut TaxRate {
        self.fetched.taxes.push(TaxRate {
            area: Area(area.to_owned()),
            category: category.to_owned(),
            rate: rate.parse().unwrap(),
            valid_from: "2000-01-01".parse().unwrap(),
            valid_to: None,
            rounding,
        });
        self.fetched.taxes.last_mut().unwrap()
    }

    pub(crate) fn facts(&self) -> Facts<'_> {
        let mut facts = Facts::of(&self.fetched);
        facts.held = self.held.clone();
        facts
    }
}

fn good() -> Fetched {
    Fetched {
        profile: None,
        payment: payment(&document()),
        past: Past { earlier: vec![], recent: 1 },
        placed_at: placed_at(),
        document: document(),
        personal: Some(personal()),
        customer: Some(customer()),
        market: Some(market()),
        products: vec![product("KETTLE", "standard", 2500), product("BOOK", "reduced", 1000)],
        taxes: vec![tax("standard", "0.19"), tax("reduced", "0.07")],
        sources: vec![source("KETTLE", "north", "w1", 5), source("KETTLE", "south", "w1", 5), source("BOOK", "south", "w1", 5)],
        vendors: vec![vendor("north"), vendor("south")],
        rates: vec![rate_card(Speed::Standard, 48), rate_card(Speed::Express, 24)],
        regulations: Default::default(),
        watchlists: Default::default(),
        promotions: Default::default(),
        coupons: vec![],
        gift_cards: vec![],
        used: Default::default(),
        bought: Default::default(),
        load: Default::default(),
    }
}
