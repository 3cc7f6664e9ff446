//! A corner of the marketplace for one test: a product, its vendor, and customers that nobody else knows.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::stream::{StreamExt as _, TryStreamExt as _};
use jiff::tz::TimeZone;

use oms_aws::{Books, Claim as StockClaim, Clients, DynamoOrders};
use oms_contract::api::place::{PlaceAddress, PlaceContact, PlaceDelivery, PlaceLine, PlaceMethod, PlaceOrder, PlacedOrder};
use oms_contract::api::view::OrderView;
use oms_contract::problem::Problem;
use oms_contract::reference::punctuality::{Counted, Performer};
use oms_contract::reference::sale::SaleRules;
use oms_contract::reference::{AccountStatus, Customer, Product, StockRow, Vendor, Warehouse};
use oms_domain::{ActorKind, OrderId, Sku, State};
use oms_local::gateway::{Gateway, Intent};
use oms_local::seed::{Seed, Store};
use oms_local::tokens::{Claim, Issuer};
use oms_local::{Answer, ApiError, Client, Stack};
use oms_ports::Clock as _;
use oms_ports::orders::Orders as _;
use oms_ports::reference::{Reference as _, Wanted};
use oms_runtime::SystemClock;

use crate::history;

/// Longest wait for anything: only a broken stack lets it pass. An order that stalled is started again after two minutes, and after four more.
pub const PATIENCE: Duration = Duration::from_mins(8);
/// Calls under way at once where a test does not ask for a crowd.
pub const AT_ONCE: usize = 8;

/// A card that is good.
pub const GOOD_CARD: &str = "pm_card_visa";
/// A card that is refused for good, so that no timer of ours tries it again while a test looks.
pub const EXPIRED_CARD: &str = "pm_card_chargeDeclinedExpiredCard";

/// Net price of one, in euro cents; with German tax of 19 % on it.
const PRICE: i64 = 2000;
const PRICE_TAX: i64 = 380;
/// Shipping of an order, with the tax on it.
const SHIPPING: i64 = 590;
const SHIPPING_TAX: i64 = 112;

/// One test's corner.
pub struct Shop {
    pub stack: Stack,
    pub issuer: Issuer,
    pub anybody: Client,
    pub operator: Client,
    pub gateway: Gateway,
    pub orders: Arc<DynamoOrders>,
    store: Store,
    run: String,
    product: Product,
    placed: Mutex<BTreeSet<OrderId>>,
}

/// Plays a test in a shop with this much stock. Whatever it does, the history of every order that it placed must hold in the end.
pub fn scene(stock: u32, play: impl AsyncFnOnce(&Shop)) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        let shop = Shop::open(stock).await;
        play(&shop).await;
        history::all_replay(&shop).await;
    });
}

impl Shop {
    async fn open(stock: u32) -> Self {
        #[allow(clippy::disallowed_methods, reason = "a test's configuration is its environment")]
        let path = std::env::var("OMS_STACK").map(PathBuf::from);
        let path = path.expect("OMS_STACK must name the stack.json of a running stack; `make test` starts one and sets it");
        let stack = Stack::load(&path).unwrap();
        let issuer = Issuer::of(&stack).unwrap();
        let anybody = Client::anonymous(&stack).unwrap();
        let operator = anybody.acting(&issuer, ActorKind::Operator, "e2e").unwrap();
        let gateway = Gateway::of(&stack).unwrap();
        let orders = Clients::at(&stack.endpoint()).await.orders(stack.table("orders").unwrap());
        let store = Store::of(&stack).await.unwrap();
        let run = unique();
        let shop = Self { product: product(&run), stack, issuer, anybody, operator, gateway, orders, store, run, placed: Mutex::default() };
        shop.furnish(stock).await;
        shop
    }

    /// Another vendor of the shop's product, which performs this well; its id.
    pub async fn another_vendor(&self, what: &str, performance: &str, stock: u32) -> String {
        let product = self.product.sku.clone();
        self.sold_by(product, what, performance, stock).await
    }

    /// What may be sent in the place of the shop's product, by a vendor of its own; its SKU. Call it before anybody has ordered: functions keep what they know of a
    /// product.
    pub async fn substitute(&self, stock: u32) -> String {
        let product = self.like_it("SUB");
        let sale = SaleRules { substitutes: vec![product.sku.clone()], ..SaleRules::default() };
        let products = vec![product.clone(), Product { sale, ..self.product.clone() }];
        self.store.load(&Seed { products, ..Seed::default() }, false).await.unwrap();
        self.sold_by(product.sku.clone(), "substitutes", "0.9", stock).await;
        product.sku.to_string()
    }

    /// Another product, by a vendor of its own; its SKU and the vendor's id.
    pub async fn another_product(&self, stock: u32) -> (String, String) {
        let product = self.like_it("ALSO");
        self.store.load(&Seed { products: vec![product.clone()], ..Seed::default() }, false).await.unwrap();
        let seller = self.sold_by(product.sku.clone(), "also", "0.9", stock).await;
        (product.sku.to_string(), seller)
    }

    fn like_it(&self, what: &str) -> Product {
        Product { sku: format!("{}-{what}", self.product.sku).parse().unwrap(), ..self.product.clone() }
    }

    async fn sold_by(&self, sku: Sku, what: &str, performance: &str, available: u32) -> String {
        let seller = Vendor { performance: performance.parse().unwrap(), ..vendor(self.name(what)) };
        let (vendor_id, warehouse_id) = (seller.vendor_id.clone(), seller.warehouses[0].warehouse_id.clone());
        let row = StockRow { sku, vendor_id: vendor_id.clone(), warehouse_id, available };
        let seed = Seed { vendors: vec![seller], stock: vec![row], ..Seed::default() };
        assert_eq!(self.store.load(&seed, false).await.unwrap().new_rows, 1, "the names of this run are not new");
        vendor_id.to_string()
    }

    /// The marketplace suspends a vendor. What a function has read of it before, it may go on believing for a while.
    pub async fn suspend(&self, seller: &str) {
        let suspended = Vendor { status: AccountStatus::Suspended, ..vendor(seller.to_owned()) };
        self.store.load(&Seed { vendors: vec![suspended], ..Seed::default() }, false).await.unwrap();
    }

    async fn furnish(&self, stock: u32) {
        let wanted = Wanted { market: true, ..Wanted::default() };
        let market = self.store.reference().fetch(&wanted).await.unwrap().market;
        assert!(market.is_some(), "the stack has no reference data yet: OMS_STACK={} oms seed", self.stack.path.display());
        let vendor = vendor(self.name("vendor"));
        let row = StockRow {
            sku: self.product.sku.clone(),
            vendor_id: vendor.vendor_id.clone(),
            warehouse_id: vendor.warehouses[0].warehouse_id.clone(),
            available: stock,
        };
        let seed = Seed { products: vec![self.product.clone()], vendors: vec![vendor], stock: vec![row], ..Seed::default() };
        assert_eq!(self.store.load(&seed, false).await.unwrap().new_rows, 1, "the names of this run are not new");
    }

    /// A name of this run alone.
    pub fn name(&self, what: &str) -> String {
        format!("e2e-{}-{what}", self.run)
    }

    /// The shop's product.
    pub fn sku(&self) -> String {
        self.product.sku.to_string()
    }

    /// The only vendor of the shop's product.
    pub fn vendor(&self) -> String {
        self.name("vendor")
    }

    /// Opens accounts in good standing.
    pub async fn welcome(&self, names: &[String]) {
        let customers = names.iter().map(|name| Customer {
            customer_id: name.parse().unwrap(),
            status: AccountStatus::Active,
            verified: true,
            created_at: "2021-03-04T12:00:00Z".parse().unwrap(),
            country: "DE".to_owned(),
            watchlist: false,
            devices: Vec::new(),
            record: Default::default(),
        });
        self.store.load(&Seed { customers: customers.collect(), ..Seed::default() }, false).await.unwrap();
    }

    /// Opens one account.
    pub async fn customer(&self, what: &str) -> String {
        let name = self.name(what);
        self.welcome(std::slice::from_ref(&name)).await;
        name
    }

    /// The API for somebody who may do everything that the role may.
    pub fn acting(&self, role: ActorKind, subject: &str) -> Client {
        self.anybody.acting(&self.issuer, role, subject).unwrap()
    }

    /// A token as its claim says, changed at will.
    pub fn token(&self, role: ActorKind, subject: &str, change: impl FnOnce(&mut Claim)) -> String {
        let mut claim = Claim::new(role, subject, SystemClock.now());
        change(&mut claim);
        self.issuer.token(&claim).unwrap()
    }

    /// An order of this many of the shop's product, to an address in Berlin.
    pub fn basket(&self, quantity: u32, card: &str) -> PlaceOrder {
        let count = i64::from(quantity);
        PlaceOrder {
            customer_id: None,
            currency: "EUR".to_owned(),
            lines: vec![PlaceLine { sku: self.product.sku.to_string(), quantity, unit_price: PRICE, discount: 0, tax: count * PRICE_TAX }],
            shipping: SHIPPING,
            shipping_tax: SHIPPING_TAX,
            discount: 0,
            total: count * (PRICE + PRICE_TAX) + SHIPPING + SHIPPING_TAX,
            contact: PlaceContact {
                name: "Clara Vogt".to_owned(),
                email: "clara.vogt@example.com".to_owned(),
                // Some carriers take no parcel to somebody whom the driver cannot call.
                phone: Some("+49 30 901820".to_owned()),
            },
            shipping_address: PlaceAddress {
                name: "Clara Vogt".to_owned(),
                line1: "Torstraße 140".to_owned(),
                line2: None,
                city: "Berlin".to_owned(),
                region: None,
                postcode: Some("10119".to_owned()),
                country: "DE".to_owned(),
            },
            billing_address: None,
            payment_method: card_of(card),
            delivery: Some(PlaceDelivery { speed: "standard".to_owned(), preferred_carrier: None }),
            claims: None,
            device: None,
            reference: None,
        }
    }

    /// Places an order under a key; the answer as it came. A new order is remembered, so that its history is looked at in the end.
    pub async fn place_raw(&self, client: &Client, key: &str, order: &PlaceOrder) -> Answer {
        let answer = client.place_patiently(key, order).await.unwrap();
        if let Ok(placed) = answer.parsed::<PlacedOrder>() {
            self.remember(placed.order_id);
        }
        answer
    }

    /// Remembers an order that came in another way, so that its history is looked at in the end.
    pub fn remember(&self, id: OrderId) {
        self.placed.lock().unwrap().insert(id);
    }

    /// Places an order that must be taken. Where a crowd is told to come again, it does, under the same key.
    pub async fn place(&self, client: &Client, key: &str, order: &PlaceOrder) -> OrderId {
        let started = tokio::time::Instant::now();
        loop {
            match self.place_raw(client, key, order).await.parsed::<PlacedOrder>() {
                Ok(placed) => return placed.order_id,
                Err(ApiError::Refused(problem)) if problem.status == 503 && started.elapsed() < PATIENCE => {
                    let pause = problem.retry_after.expect("who is busy says when to come again");
                    tokio::time::sleep(Duration::from_secs(u64::from(pause))).await;
                }
                Err(error) => panic!("an order that must be taken is not: {error}"),
            }
        }
    }

    /// Every order placed in this shop.
    pub fn placed(&self) -> Vec<OrderId> {
        self.placed.lock().unwrap().iter().copied().collect()
    }

    /// The ids in the operator's list of a customer's orders.
    pub async fn orders_of(&self, customer: &str) -> Vec<OrderId> {
        let page = self.operator.list(&[("customer_id", customer), ("limit", "100")]).await.unwrap();
        assert_eq!(page.next_cursor, None, "a customer of a test has more than one page of orders");
        page.orders.iter().map(|order| order.order_id.parse().unwrap()).collect()
    }

    /// Waits until an order is in a state.
    pub async fn wait_for(&self, id: OrderId, state: State) -> OrderView {
        self.operator.wait_for(id, state, PATIENCE).await.unwrap()
    }

    /// Waits until something holds of each order, looking at a few at a time; `wanted` says in words what.
    pub async fn wait_for_all(&self, ids: &[OrderId], wanted: &str, holds: impl Fn(&OrderView) -> bool) -> Vec<OrderView> {
        let waits = ids.iter().map(|id| self.operator.wait_until(*id, wanted, PATIENCE, &holds));
        futures::stream::iter(waits).buffered(AT_ONCE).try_collect().await.unwrap()
    }

    /// The version at which an order's head is stored.
    pub async fn version(&self, id: OrderId) -> u64 {
        self.orders.load(id).await.unwrap().unwrap().order.seq
    }

    /// What the gateway has of an order, oldest first.
    pub async fn intents(&self, id: OrderId) -> Vec<Intent> {
        self.gateway.intents_of(id).await.unwrap()
    }

    /// What is counted of somebody's deliveries in the last 90 days.
    pub async fn deliveries(&self, of: &Performer) -> Counted {
        let wanted = Wanted { counts: vec![of.clone()], ..Wanted::default() };
        let found = self.store.reference().fetch(&wanted).await.unwrap();
        found.counts[of].recent(SystemClock.now().to_zoned(TimeZone::UTC).date())
    }

    /// The stock ledger's books of the shop's product.
    pub async fn books(&self) -> Books {
        let books = self.store.inventory().books(&self.product.sku).await.unwrap();
        assert_eq!(books.fault(), None);
        books
    }

    /// What the stock ledger says of an order.
    pub async fn claim(&self, id: OrderId) -> Option<StockClaim> {
        self.store.inventory().claim(id).await.unwrap()
    }
}

/// How a card pays.
pub fn card_of(token: &str) -> PlaceMethod {
    PlaceMethod { kind: "card".to_owned(), token: token.to_owned() }
}

/// The problem document of a call that must be refused.
pub fn refusal<T: std::fmt::Debug>(outcome: Result<T, ApiError>) -> Problem {
    match outcome.expect_err("this had to be refused") {
        ApiError::Refused(problem) => *problem,
        other => panic!("this had to be refused with a problem document: {other}"),
    }
}

/// Unlike whatever another run, process or thread calls its things.
fn unique() -> String {
    static SHOPS: AtomicU32 = AtomicU32::new(0);
    let nth = SHOPS.fetch_add(1, Ordering::Relaxed);
    format!("{:x}-{:x}-{nth}", SystemClock.now().as_millisecond(), std::process::id())
}

fn product(run: &str) -> Product {
    Product {
        sku: format!("E2E-{run}").parse().unwrap(),
        name: "Bookend".to_owned(),
        category: "housewares".to_owned(),
        tax_category: "standard".to_owned(),
        weight_g: 100,
        length_mm: 100,
        width_mm: 100,
        height_mm: 20,
        fragile: false,
        hazard_class: None,
        high_value_electronics: false,
        min_quantity: 1,
        pack_size: 1,
        max_quantity: 100,
        prices: [("EUR".parse().unwrap(), PRICE)].into(),
        active: true,
        sale: Default::default(),
        customs: Default::default(),
        hazmat: None,
    }
}

fn vendor(id: String) -> Vendor {
    Vendor {
        email: format!("{id}@vendors.example"),
        vendor_id: id.parse().unwrap(),
        name: "Test vendor".to_owned(),
        status: AccountStatus::Active,
        approved: true,
        performance: "0.97".parse().unwrap(),
        min_order: Default::default(),
        ships_to: vec!["*".to_owned()],
        excluded_regions: Vec::new(),
        warehouses: vec![Warehouse {
            warehouse_id: "w1".parse().unwrap(),
            country: "DE".to_owned(),
            postcode: "10115".to_owned(),
            city: "Berlin".to_owned(),
            region: None,
            lat: 52.52,
            lon: 13.41,
            handling_hours: 12,
            street: Some("Lagerstraße 1".to_owned()),
            phone: Some("+49 30 902690".to_owned()),
            calendar: Default::default(),
            daily_capacity: None,
        }],
        licences: Vec::new(),
        daily_capacity: None,
        on_time: Default::default(),
        min_quantities: Default::default(),
    }
}
