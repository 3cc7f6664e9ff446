//! An order that passes every check, and the means to spoil it.

use jiff::Timestamp;
use oms_contract::record::CheckOutcome;
use oms_contract::reference::{AccountStatus, Customer, Market, PriceMode, Product, TaxRate, Vendor, Weights};
use oms_domain::address::{Address, Contact, Personal};
use oms_domain::document::{DOCUMENT_SCHEMA, Document, Line, MethodKind, PaymentMethod, PriceSource, Sealed, Speed};
use oms_domain::money::Rounding;
use oms_domain::{Currency, CustomerId, OrderId, Sku, VendorId, WarehouseId};
use oms_ports::stock::{Held, Source};
use validate::facts::{Facts, Fetched};

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
    pub(crate) fn rate(&mut self, country: &str, region: Option<&str>, category: &str, rate: &str, rounding: Rounding) -> &mut TaxRate {
        self.fetched.taxes.push(TaxRate {
            country: country.to_owned(),
            region: region.map(str::to_owned),
            category: category.to_owned(),
            rate: rate.parse().unwrap(),
            valid_from: "2000-01-01".parse().unwrap(),
            valid_to: None,
            rounding,
        });
        self.fetched.taxes.last_mut().unwrap()
    }

    pub(crate) fn facts(self) -> Facts {
        let mut facts = Facts::of(self.fetched);
        facts.held = self.held;
        facts
    }
}

fn good() -> Fetched {
    Fetched {
        placed_at: placed_at(),
        document: document(),
        personal: Some(personal()),
        customer: Some(customer()),
        market: Some(market()),
        products: vec![product("KETTLE", "standard", 2500), product("BOOK", "reduced", 1000)],
        taxes: vec![tax("standard", "0.19"), tax("reduced", "0.07")],
        sources: vec![source("KETTLE", "north", "w1", 5), source("KETTLE", "south", "w1", 5), source("BOOK", "south", "w1", 5)],
        vendors: vec![vendor("north"), vendor("south")],
        rates: vec![],
        regulations: Default::default(),
        watchlists: Default::default(),
        promotions: Default::default(),
        coupons: vec![],
        gift_cards: vec![],
    }
}

pub(crate) fn placed_at() -> Timestamp {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

pub(crate) fn document() -> Document {
    let line = |name: &str, quantity, unit_price, tax| Line { sku: sku(name), quantity, unit_price, discount: 0, tax };
    Document {
        schema: DOCUMENT_SCHEMA,
        order_id: OrderId::new(placed_at(), [7; 10]),
        customer_id: CustomerId::parse("cus-clara").unwrap(),
        currency: currency("EUR"),
        lines: vec![line("KETTLE", 2, 2500, 950), line("BOOK", 1, 1000, 70)],
        shipping: 490,
        shipping_tax: 93,
        discount: 0,
        total: 5000 + 950 + 1000 + 70 + 490 + 93,
        payment_method: PaymentMethod { kind: MethodKind::Card, token: "pm_card_visa".into() },
        speed: Speed::Standard,
        prices: PriceSource::Catalogue,
        destination: "DE".into(),
        reference: None,
        claims: Default::default(),
        sealed: Sealed(String::new()),
    }
}

pub(crate) fn personal() -> Personal {
    Personal {
        contact: Contact { name: "Clara Vogt".into(), email: "clara@example.com".into(), phone: None },
        shipping_address: Address {
            name: "Clara Vogt".into(),
            line1: "Torstraße 1".into(),
            line2: None,
            city: "Berlin".into(),
            region: None,
            postcode: Some("10119".into()),
            country: "DE".into(),
        },
        billing_address: None,
        device: None,
    }
}

pub(crate) fn customer() -> Customer {
    Customer {
        customer_id: CustomerId::parse("cus-clara").unwrap(),
        status: AccountStatus::Active,
        verified: true,
        created_at: "2020-02-29T00:00:00Z".parse().unwrap(),
        country: "DE".into(),
        watchlist: false,
        devices: vec![],
        record: Default::default(),
    }
}

pub(crate) fn market() -> Market {
    Market {
        marketplace_id: "test".into(),
        currencies: ["EUR", "JPY", "KWD", "BRL", "USD"].map(currency).to_vec(),
        min_order: [("EUR", 500), ("JPY", 800)].map(|(code, amount)| (currency(code), amount)).into(),
        price_mode: PriceMode::Exclusive,
        guests_allowed: false,
        high_risk_countries: vec![],
        blocked_devices: vec![],
        fx_to_eur: [(currency("EUR"), 1.into())].into(),
        weights: Weights { time: "0.4".parse().unwrap(), cost: "0.3".parse().unwrap(), performance: "0.3".parse().unwrap() },
        business_hours: oms_fakes::a_market().business_hours,
        policy: Default::default(),
    }
}

pub(crate) fn product(name: &str, tax_category: &str, price: i64) -> Product {
    Product {
        sku: sku(name),
        name: name.into(),
        category: "home".into(),
        tax_category: tax_category.into(),
        weight_g: 900,
        length_mm: 200,
        width_mm: 200,
        height_mm: 250,
        fragile: false,
        hazard_class: None,
        high_value_electronics: false,
        min_quantity: 1,
        pack_size: 1,
        max_quantity: 100,
        prices: [(currency("EUR"), price)].into(),
        active: true,
        sale: Default::default(),
        customs: Default::default(),
        hazmat: None,
    }
}

pub(crate) fn tax(category: &str, rate: &str) -> TaxRate {
    TaxRate {
        country: "DE".into(),
        region: None,
        category: category.into(),
        rate: rate.parse().unwrap(),
        valid_from: "2021-01-01".parse().unwrap(),
        valid_to: None,
        rounding: Rounding::HalfUp,
    }
}

pub(crate) fn source(name: &str, vendor: &str, warehouse: &str, available: u32) -> Source {
    Source { sku: sku(name), vendor_id: vendor_id(vendor), warehouse_id: WarehouseId::parse(warehouse).unwrap(), available }
}

pub(crate) fn vendor(id: &str) -> Vendor {
    Vendor {
        vendor_id: vendor_id(id),
        name: id.into(),
        status: AccountStatus::Active,
        approved: true,
        performance: "0.9".parse().unwrap(),
        min_order: [].into(),
        email: format!("{id}@vendors.example"),
        ships_to: vec!["DE".into()],
        excluded_regions: vec![],
        warehouses: vec![],
        licences: vec![],
        daily_capacity: None,
        on_time: Default::default(),
        min_quantities: Default::default(),
    }
}

/// What sort of fixture a case is. Every check in force needs one of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Pass,
    Fail,
    Edge,
}

/// What must come out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expect {
    Passes,
    /// At exactly these paths.
    FailsAt(&'static [&'static str]),
    NotApplicable,
    Unavailable,
}

/// One case: what is done to the good order, and what the check then says.
pub(crate) struct Case {
    pub(crate) check: u8,
    pub(crate) kind: Kind,
    pub(crate) name: &'static str,
    pub(crate) given: fn(&mut Given),
    pub(crate) expect: Expect,
}

pub(crate) fn case(check: u8, kind: Kind, name: &'static str, given: fn(&mut Given), expect: Expect) -> Case {
    Case { check, kind, name, given, expect }
}

/// What outcomes of one check amount to, with the paths of failures.
pub(crate) fn summary(outcomes: &[CheckOutcome]) -> (&'static str, Vec<String>) {
    let paths: Vec<String> = outcomes
        .iter()
        .filter_map(|outcome| match outcome {
            CheckOutcome::Fail { at, .. } => Some(at.clone()),
            _ => None,
        })
        .collect();
    match outcomes {
        _ if !paths.is_empty() => ("fails", paths),
        [CheckOutcome::Pass] => ("passes", paths),
        [CheckOutcome::NotApplicable { .. }] => ("not applicable", paths),
        [CheckOutcome::Unavailable { .. }] => ("unavailable", paths),
        _ => ("mixed", paths),
    }
}

impl Expect {
    pub(crate) fn summary(self) -> (&'static str, Vec<String>) {
        match self {
            Self::Passes => ("passes", vec![]),
            Self::FailsAt(paths) => ("fails", paths.iter().map(|path| (*path).to_owned()).collect()),
            Self::NotApplicable => ("not applicable", vec![]),
            Self::Unavailable => ("unavailable", vec![]),
        }
    }
}
