//! The world of one order: the real handlers over the shared fakes, and everything that the fakes hold as one value.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use oms_contract::record::Tracked;
use oms_contract::reference::sale::Area;
use oms_contract::reference::sale::SaleRules;
use oms_contract::reference::{Customer, Product, RateCard, TaxRate, Vendor, Zone};
use oms_domain::change::{By, Changed};
use oms_domain::document::{Document, Line, MethodKind, PaymentMethod, Speed};
use oms_domain::history::Fact;
use oms_domain::money::Rounding;
use oms_domain::{Actor, ActorKind, Order, OrderId, Sku};
use oms_fakes::gateway::{Balance, Books};
use oms_fakes::inventory::Ledger;
use oms_fakes::orders::Tables;
use oms_fakes::{
    CountingEntropy, FakeGateway, FixedClock, Gate, MemoryInventory, MemoryInvoices, MemoryOrders, MemoryReference, MemorySealer, NOON,
    a_customer, a_document_of, a_market, a_product, a_vendor, an_order, currency, sku, some_stock,
};
use oms_gateways::invoice::OnInvoice;
use oms_gateways::router::Gateways;
use oms_ports::gateway::Gateway;
use oms_ports::invoices::Stage;
use oms_ports::orders::Stored;

use crate::flaws::{self, Flaw};
use crate::silent::Silent;

/// What one piece costs, in cents.
pub(crate) const PRICE: i64 = 12_000;

/// Number of the SKU that may be sent in the place of the first line's.
pub(crate) const SUBSTITUTE: u8 = 9;

/// Pieces of each SKU on each shelf.
const ON_SHELF: u32 = 2;

/// Which order, in which surroundings.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "four independent facts of an order's surroundings")]
pub(crate) struct Scenario {
    /// For people.
    pub(crate) name: &'static str,
    /// Lines, each of which only one vendor has, so that they make as many parts. 1 to 3.
    pub(crate) parts: u8,
    /// The card given with the order.
    pub(crate) card: &'static str,
    /// Whether the order is paid on invoice instead.
    pub(crate) on_invoice: bool,
    /// Whether it is a draft at first.
    pub(crate) draft: bool,
    /// Whether the customer is on a watchlist, so that a person has to clear the order.
    pub(crate) reviewed: bool,
    /// Other vendors that have the first line too.
    pub(crate) alternatives: u8,
    /// Whether something else could be sent in the place of the first line.
    pub(crate) substitute: bool,
    /// What is broken in this world.
    pub(crate) flaw: Option<Flaw>,
}

/// Everything there is at one moment.
#[derive(Debug, Clone)]
pub(crate) struct Situation {
    pub(crate) tables: Tables,
    pub(crate) books: Books,
    pub(crate) invoices: oms_fakes::invoices::Books,
    pub(crate) ledger: Ledger,
    pub(crate) now: Timestamp,
}

impl Situation {
    pub(crate) fn stored(&self) -> &Stored {
        self.tables.heads.values().next().unwrap()
    }

    pub(crate) fn order(&self) -> &Order {
        &self.stored().order
    }

    /// What is reserved, taken and given back, by whichever gateway.
    pub(crate) fn balance(&self) -> Balance {
        let mut balance = self.books.balance(self.order().id);
        for invoice in self.invoices.invoices.values() {
            match &invoice.stage {
                Stage::Promised => balance.reserved += invoice.promised.amount,
                Stage::Issued { amount, .. } => {
                    balance.taken += amount;
                    balance.given_back += invoice.credited();
                }
                Stage::Withdrawn { .. } => {}
            }
        }
        balance
    }

    /// How often money was taken.
    pub(crate) fn charges(&self) -> usize {
        let issued = self.invoices.invoices.values().filter(|invoice| matches!(invoice.stage, Stage::Issued { .. }));
        usize::try_from(self.books.captures).unwrap() + issued.count()
    }

    /// The attempts that have reached a gateway, one for each payment there is.
    pub(crate) fn attempts(&self) -> Vec<u8> {
        let cards = self.books.intents.iter().map(|intent| intent.payment.attempt);
        cards.chain(self.invoices.invoices.values().map(|invoice| invoice.attempt)).collect()
    }
}

/// The handlers and the fakes that they are wired to.
pub(crate) struct World {
    pub(crate) scenario: Scenario,
    pub(crate) id: OrderId,
    pub(crate) gate: Arc<Gate>,
    pub(crate) orders: Arc<MemoryOrders>,
    pub(crate) gateway: Arc<FakeGateway>,
    pub(crate) invoices: Arc<MemoryInvoices>,
    pub(crate) inventory: Arc<MemoryInventory>,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) pay: pay::Deps,
    pub(crate) validate: validate::Deps,
    pub(crate) score: score::Deps,
    pub(crate) route: route::Deps,
    pub(crate) notify: notify::Deps,
    pub(crate) sweep: sweep::Deps,
    pub(crate) payment_webhook: payment_webhook::Deps,
    pub(crate) commands: orders::Deps,
    pub(crate) capture: capture::Deps,
}

/// The SKU of a line.
pub(crate) fn sku_of(no: u8) -> Sku {
    sku(&format!("SKU-{no}"))
}

impl World {
    /// The world right after the order was captured, or its draft begun.
    pub(crate) fn new(scenario: Scenario) -> Self {
        let placed = an_order().total(PRICE * i64::from(scenario.parts), "EUR").build();
        let built = if scenario.draft { drafted(&placed.order) } else { placed };
        let id = built.order.id;
        let orders = Arc::new(MemoryOrders::default());
        let document = document(&scenario, a_document_of(&built.order));
        orders.seed_with(&built, document);
        let inventory = Arc::new(stock(&scenario));
        let gateway = Arc::new(FakeGateway::default());
        let clock = Arc::new(FixedClock::at(NOON));
        let invoices = Arc::new(MemoryInvoices::default());
        let gate = Arc::new(Gate::default());
        for faults in [&orders.faults, &gateway.faults, &invoices.faults, &inventory.faults] {
            faults.hold_at(&gate);
        }
        let reference = Arc::new(reference(&scenario));
        let sealer = Arc::new(MemorySealer::default());
        let silent = Arc::new(Silent);
        let flawed = flaws::wired(scenario.flaw, &orders, &gateway, &inventory);
        let flaws::Wired { orders: heads, effects, gateway: bank, inventory: stock, wakes } = flawed;
        // Where nobody pays on invoice there is one gateway less to ask.
        let bank: Arc<dyn Gateway> = if scenario.on_invoice {
            let invoice = Arc::new(OnInvoice { invoices: invoices.clone(), clock: clock.clone() });
            Arc::new(Gateways { card: bank, invoice })
        } else {
            bank
        };
        Self {
            scenario,
            id,
            pay: pay::Deps {
                orders: heads.clone(),
                records: orders.clone(),
                effects: effects.clone(),
                gateway: bank.clone(),
                clock: clock.clone(),
            },
            validate: validate::Deps {
                orders: heads.clone(),
                records: orders.clone(),
                listings: orders.clone(),
                inventory: stock.clone(),
                reference: reference.clone(),
                counted: validate::load::Counted::default(),
                sealer: sealer.clone(),
                clock: clock.clone(),
            },
            score: score::Deps {
                orders: heads.clone(),
                listings: orders.clone(),
                inventory: stock.clone(),
                reference: reference.clone(),
                sealer: sealer.clone(),
                clock: clock.clone(),
            },
            route: route::Deps {
                orders: heads.clone(),
                records: orders.clone(),
                inventory: stock.clone(),
                reference: reference.clone(),
                sealer: sealer.clone(),
                clock: clock.clone(),
            },
            notify: notify::Deps {
                orders: heads.clone(),
                records: orders.clone(),
                effects: effects.clone(),
                reference: reference.clone(),
                sealer: sealer.clone(),
                mailer: silent.clone(),
                topics: silent.clone(),
                tasks: silent.clone(),
                metrics: silent.clone(),
                clock: clock.clone(),
            },
            sweep: sweep::Deps {
                orders: heads.clone(),
                wakes,
                inventory: stock,
                upkeep: inventory.clone(),
                reference,
                effects: effects.clone(),
                machine: silent.clone(),
                cancellation: silent.clone(),
                tasks: silent.clone(),
                topics: silent.clone(),
                clock: clock.clone(),
            },
            payment_webhook: payment_webhook::Deps {
                orders: heads.clone(),
                effects: effects.clone(),
                gateway: bank,
                topics: silent,
                clock: clock.clone(),
            },
            capture: capture::Deps {
                orders: orders.clone(),
                drafts: heads.clone(),
                records: orders.clone(),
                sealer: sealer.clone(),
                clock: clock.clone(),
                entropy: Arc::new(CountingEntropy::default()),
            },
            commands: orders::Deps {
                orders: heads,
                records: orders.clone(),
                effects,
                listings: orders.clone(),
                sealer,
                clock: clock.clone(),
            },
            gate,
            orders,
            gateway,
            invoices,
            inventory,
            clock,
        }
    }

    pub(crate) fn look(&self) -> Situation {
        use oms_ports::Clock as _;
        Situation {
            tables: self.orders.snapshot(),
            books: self.gateway.snapshot(),
            invoices: self.invoices.snapshot(),
            ledger: self.inventory.snapshot(),
            now: self.clock.now(),
        }
    }

    pub(crate) fn set(&self, situation: &Situation) {
        self.orders.restore(&situation.tables);
        self.gateway.restore(&situation.books);
        self.invoices.restore(&situation.invoices);
        self.inventory.restore(&situation.ledger);
        self.clock.set(situation.now);
    }

    /// The lines, and what could be sent in the place of one.
    pub(crate) fn goods(&self) -> impl Iterator<Item = u8> {
        (1..=self.scenario.parts).chain(self.scenario.substitute.then_some(SUBSTITUTE))
    }

    /// Pieces of a line that all shelves had at first.
    pub(crate) fn stocked(&self, no: u8) -> u32 {
        let others = if no == 1 { u32::from(self.scenario.alternatives) } else { 0 };
        ON_SHELF * (1 + others)
    }
}

fn vendors(scenario: &Scenario) -> impl Iterator<Item = (String, u8)> {
    let own = (1..=scenario.parts).map(|no| (format!("ven-{no}"), no));
    let others = (1..=scenario.alternatives).map(|n| (format!("alt-{n}"), 1));
    own.chain(others).chain(scenario.substitute.then(|| ("sub-1".to_owned(), SUBSTITUTE)))
}

/// The draft of an order.
fn drafted(order: &Order) -> Changed {
    let fact = Fact::Captured { customer_id: order.customer_id.clone(), currency: order.currency, total: order.total };
    let customer = By::new(Actor::new(ActorKind::Customer, order.customer_id.as_str()), NOON);
    Changed::drafted(order.id, fact, &customer).unwrap()
}

fn document(scenario: &Scenario, document: Document) -> Document {
    let line = |no| Line { sku: sku_of(no), quantity: 1, unit_price: PRICE, discount: 0, tax: 0 };
    let kind = if scenario.on_invoice { MethodKind::Invoice } else { MethodKind::Card };
    let payment_method = PaymentMethod { kind, token: scenario.card.to_owned() };
    Document { lines: (1..=scenario.parts).map(line).collect(), payment_method, ..document }
}

fn stock(scenario: &Scenario) -> MemoryInventory {
    let rows: Vec<_> = vendors(scenario).map(|(vendor, no)| some_stock(sku_of(no).as_str(), &vendor, ON_SHELF)).collect();
    MemoryInventory::stocked(&rows)
}

fn reference(scenario: &Scenario) -> MemoryReference {
    let reference = MemoryReference::default();
    for no in 1..=scenario.parts {
        reference.product(a_product(sku_of(no).as_str()));
    }
    if scenario.substitute {
        let sale = SaleRules { substitutes: vec![sku_of(SUBSTITUTE)], ..SaleRules::default() };
        reference.product(Product { sale, ..a_product(sku_of(1).as_str()) }).product(a_product(sku_of(SUBSTITUTE).as_str()));
    }
    for (i, (vendor, _)) in vendors(scenario).enumerate() {
        // The line's own vendor is the first choice.
        let performance = Decimal::new(99 - 5 * i64::try_from(i).unwrap(), 2);
        reference.vendor(Vendor { performance, ..a_vendor(&vendor) });
    }
    let zone = Zone {
        from: "*".into(),
        to: "*".into(),
        max_km: 20_000,
        currency: currency("EUR"),
        base: 400,
        per_kg: 50,
        hours: 24,
        max_weight_g: 30_000,
        reliability: Decimal::ONE,
        table: Default::default(),
    };
    reference
        .customer(Customer { watchlist: scenario.reviewed, ..a_customer("cus-1") })
        .market(a_market())
        .tax(TaxRate {
            area: Area("DE".into()),
            category: "standard".into(),
            rate: Decimal::ZERO,
            valid_from: "2021-01-01".parse().unwrap(),
            valid_to: None,
            rounding: Rounding::HalfUp,
        })
        .rates(RateCard {
            carrier: "dhl".into(),
            service: Speed::Standard,
            volumetric_divisor: 5000,
            surcharges: Default::default(),
            largest: None,
            zones: vec![zone],
            service_rules: Default::default(),
        });
    reference
}

/// What a carrier may say of a parcel, oldest first. All of them, some, twice, or in any order.
pub(crate) const SCANS: [&str; 7] =
    ["picked_up", "in_transit", "out_for_delivery", "delivery_attempted", "delivered", "returned_to_sender", "signed_by_recipient"];

/// The scan of that number, of whichever package it is told.
pub(crate) fn scan(nth: usize) -> Tracked {
    let name = SCANS[nth];
    Tracked {
        event_id: format!("{name}-{nth}"),
        part: 0,
        package: 0,
        event: name.to_owned(),
        at: Some(NOON + SignedDuration::from_mins(i64::try_from(nth).unwrap())),
        raw_time: String::new(),
        code: name.to_owned(),
        text: String::new(),
        place: None,
    }
}
