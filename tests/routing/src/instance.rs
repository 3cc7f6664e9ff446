//! Random instances: orders, vendors, stock and rate cards that follow from a seed.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rust_decimal::Decimal;

use oms_contract::reference::regulation::{HazmatRule, Regulations};
use oms_contract::reference::sale::Hazmat;
use oms_contract::reference::{
    AccountStatus, Calendar, Market, Mode, PriceMode, Product, RateCard, RemoteArea, ServiceRules, SizeLimit, Surcharges, Vendor,
    Warehouse, WeightStep, Weights, Zone, ZoneTable,
};
use oms_domain::area::Area;
use oms_domain::document::Speed;
use oms_domain::money::Rounding;
use oms_domain::timers::BusinessHours;
use oms_domain::{Currency, Sku, VendorId, WarehouseId};
use oms_ports::stock::Source;
use route::distance::Point;
use route::facts::{Demand, Destination, Facts};

use crate::Wrong;
use crate::chance::Chance;

/// What instances are like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Fewest and most lines.
    pub lines: (u32, u32),
    /// Fewest and most sources (vendors' warehouses).
    pub sources: (u32, u32),
    /// Least and most percent of the lines that a source has.
    pub density: (u32, u32),
    /// Percent of the shelves that have less than any line wants.
    pub scarce: u32,
}

/// Orders of up to 12 lines over up to 40 sources.
pub const UP_TO_12_BY_40: Shape = Shape { lines: (1, 12), sources: (1, 40), density: (10, 70), scarce: 8 };

/// Orders of more lines than the router holds all loads of, at few enough sources each that HiGHS can hold them.
pub const LARGE: Shape = Shape { lines: (17, 24), sources: (10, 40), density: (15, 45), scarce: 4 };

impl Shape {
    /// So many lines, each at so many sources.
    pub const fn full(lines: u32, sources: u32) -> Self {
        Self { lines: (lines, lines), sources: (sources, sources), density: (100, 100), scarce: 0 }
    }
}

/// The instance of a seed.
///
/// # Errors
/// Where an id or a zone is not what the domain takes, which would be a mistake in here.
pub fn random(shape: &Shape, seed: u64) -> Result<Facts, Wrong> {
    let mut chance = Chance::of(seed);
    let lines = chance.whole(shape.lines.0, shape.lines.1);
    let sources = chance.whole(shape.sources.0, shape.sources.1);
    let density = chance.whole(shape.density.0, shape.density.1);
    let products = (0..lines).map(|i| product(&mut chance, i)).collect::<Result<Vec<_>, _>>()?;
    let demand: Vec<Demand> = products.iter().map(|product| wanted(&mut chance, product)).collect();
    let vendors = vendors(&mut chance, sources)?;
    let mut stock = Vec::new();
    for vendor in &vendors {
        for warehouse in &vendor.warehouses {
            for wanted in &demand {
                if !chance.percent(density) {
                    continue;
                }
                let few = chance.percent(shape.scarce) && wanted.quantity > 1;
                let available = if few { chance.whole(1, wanted.quantity - 1) } else { wanted.quantity + chance.whole(0, 40) };
                let (sku, vendor_id, warehouse_id) = (wanted.sku.clone(), vendor.vendor_id.clone(), warehouse.warehouse_id.clone());
                stock.push(Source { sku, vendor_id, warehouse_id, available });
            }
        }
    }
    // Some lines are scarce everywhere, so that they have to be split; any two shelves suffice.
    for wanted in &demand {
        if shape.scarce > 0 && wanted.quantity > 1 && chance.percent(4) {
            for source in stock.iter_mut().filter(|source| source.sku == wanted.sku) {
                source.available = chance.whole(wanted.quantity.div_ceil(2), wanted.quantity - 1);
            }
        }
    }
    let weights = weights(&mut chance);
    Ok(Facts {
        version: 1,
        at: moment(&mut chance),
        demand,
        currency: euro()?,
        speed: if chance.percent(20) { Speed::Express } else { Speed::Standard },
        destination: Destination {
            country: "DE".to_owned(),
            region: None,
            postcode: chance.one_of(&POSTCODES).map(|postcode| (*postcode).to_owned()),
            is_po_box: false,
            point: point(&mut chance),
        },
        load: Default::default(),
        excluded: BTreeSet::new(),
        sources: stock,
        partly_read: Vec::new(),
        products,
        vendors,
        rates: rates(&mut chance)?,
        market: market(weights)?,
        regulations: Regulations { hazmat: HAZARDS.map(rule).to_vec(), ..Regulations::default() },
        importer: Default::default(),
    })
}

/// Where customers live; of the first, cards may say that it is remote, or that they do not go there.
const POSTCODES: [&str; 4] = ["25938", "10115", "80331", "50667"];

/// Some hour of two years.
pub(crate) fn moment(chance: &mut Chance) -> Timestamp {
    let hours = i64::from(chance.whole(0, 2 * 365 * 24));
    // 1 January 2026.
    Timestamp::from_second(1_767_225_600 + hours * 3_600).unwrap_or_default()
}

/// UN number, class, and most by road and by air, grams or millilitres.
const HAZARDS: [(u16, &str, u32, Option<u32>); 5] = [
    (1950, "2.1", 1_000, Some(500)),
    (1263, "3", 5_000, Some(1_000)),
    (1479, "5.1", 1_000, None),
    (1760, "8", 1_000, Some(500)),
    (3082, "9", 5_000, Some(5_000)),
];

fn rule((un_number, class, road, air): (u16, &str, u32, Option<u32>)) -> HazmatRule {
    HazmatRule { un_number, class: class.to_owned(), road: Some(road), air }
}

pub(crate) fn euro() -> Result<Currency, Wrong> {
    "EUR".parse().map_err(|_| Wrong::Made("currency"))
}

/// Somewhere in Germany.
fn point(chance: &mut Chance) -> Point {
    Point { lat: chance.between(47.5, 54.5), lon: chance.between(6.5, 14.5) }
}

fn product(chance: &mut Chance, i: u32) -> Result<Product, Wrong> {
    let hazard = chance.percent(12).then(|| chance.one_of(&HAZARDS).copied()).flatten();
    Ok(Product {
        sku: Sku::parse(format!("S{i:02}")).map_err(|_| Wrong::Made("sku"))?,
        name: format!("Product {i}"),
        category: "any".to_owned(),
        tax_category: "standard".to_owned(),
        weight_g: chance.spread(50, 12_000),
        length_mm: chance.spread(60, 700),
        width_mm: chance.spread(40, 400),
        height_mm: chance.spread(10, 300),
        fragile: chance.percent(10),
        hazard_class: hazard.map(|(_, class, ..)| class.to_owned()),
        high_value_electronics: false,
        min_quantity: 1,
        pack_size: 1,
        max_quantity: 1_000,
        prices: BTreeMap::new(),
        active: true,
        sale: Default::default(),
        customs: Default::default(),
        hazmat: hazard.map(|(un_number, ..)| Hazmat { un_number, net_quantity: 500 }),
    })
}

fn wanted(chance: &mut Chance, product: &Product) -> Demand {
    let quantity = if chance.percent(70) { 1 } else { chance.spread(2, 13) };
    let net = i64::from(quantity) * i64::from(chance.spread(300, 20_000));
    Demand { sku: product.sku.clone(), quantity, net, tax: net / 5, is_priced: true }
}

/// Vendors with one to three warehouses, so many in all.
fn vendors(chance: &mut Chance, sources: u32) -> Result<Vec<Vendor>, Wrong> {
    let mut vendors = Vec::new();
    let mut left = sources;
    while left > 0 {
        let warehouses = if chance.percent(75) { 1 } else { chance.whole(2, 3).min(left) };
        left -= warehouses;
        let min_order = if chance.percent(20) { [(euro()?, i64::from(chance.spread(1_000, 15_000)))].into() } else { BTreeMap::new() };
        let id = vendors.len();
        vendors.push(Vendor {
            vendor_id: VendorId::parse(format!("v{id:03}")).map_err(|_| Wrong::Made("vendor"))?,
            name: format!("Vendor {id}"),
            status: AccountStatus::Active,
            approved: true,
            performance: Decimal::new(i64::from(chance.whole(600, 1_000)), 3),
            min_order,
            email: String::new(),
            ships_to: vec!["*".to_owned()],
            excluded_regions: Vec::new(),
            warehouses: (0..warehouses).map(|n| warehouse(chance, n)).collect::<Result<_, _>>()?,
            licences: Vec::new(),
            daily_capacity: None,
            on_time: Default::default(),
            min_quantities: BTreeMap::new(),
        });
    }
    Ok(vendors)
}

fn warehouse(chance: &mut Chance, n: u32) -> Result<Warehouse, Wrong> {
    let point = point(chance);
    Ok(Warehouse {
        warehouse_id: WarehouseId::parse(format!("w{n}")).map_err(|_| Wrong::Made("warehouse"))?,
        country: "DE".to_owned(),
        postcode: String::new(),
        city: String::new(),
        region: None,
        lat: point.lat,
        lon: point.lon,
        handling_hours: chance.whole(2, 72),
        calendar: calendar(chance)?,
        daily_capacity: None,
        street: None,
        phone: None,
    })
}

/// From Monday to Friday by UTC, or to Saturday with a cut-off by the clock there.
fn calendar(chance: &mut Chance) -> Result<Calendar, Wrong> {
    if chance.percent(70) {
        return Ok(Calendar::default());
    }
    let zone = jiff::tz::TimeZone::get("Europe/Berlin").map_err(|_| Wrong::Made("zone"))?;
    Ok(Calendar { zone, cut_off: Some(jiff::civil::time(14, 0, 0, 0)), weekdays: (1..=6).collect(), closed: Vec::new() })
}

/// The defaults in four of five cases, else any that sum to 1.
fn weights(chance: &mut Chance) -> Weights {
    let (time, cost) = if chance.percent(80) {
        (40, 30)
    } else {
        let time = chance.whole(0, 100);
        (time, chance.whole(0, 100 - time))
    };
    let hundredths = |n: u32| Decimal::new(i64::from(n), 2);
    Weights { time: hundredths(time), cost: hundredths(cost), performance: hundredths(100 - time - cost) }
}

/// Two carriers with a standard and an express card each, by distance. Two of five cards charge item by item: weight steps, fuel, remote areas, oversize;
/// some in dollars.
fn rates(chance: &mut Chance) -> Result<Vec<RateCard>, Wrong> {
    let mut cards = Vec::new();
    for (carrier, divisor, girth) in [("north", 5_000, 3_000), ("south", 6_000, 3_600)] {
        for service in [Speed::Standard, Speed::Express] {
            let (dear, slow) = if service == Speed::Express { (chance.whole(20, 35), 0) } else { (10, chance.whole(12, 36)) };
            let base = chance.whole(250, 600) * dear / 10;
            let per_kg = chance.whole(20, 120) * dear / 10;
            let itemised = chance.percent(40);
            let currency = if itemised && chance.percent(30) { dollar()? } else { euro()? };
            let table = if itemised { table(chance, per_kg) } else { ZoneTable::default() };
            let zones = [(80, 0), (250, 1), (500, 2), (20_000, 3)].map(|(max_km, far)| {
                let dearer = |amount: i64| amount + amount * i64::from(far) / 3;
                let steps = table.steps.iter().map(|step| WeightStep { price: dearer(step.price), ..*step });
                Zone {
                    from: "*".to_owned(),
                    to: "*".to_owned(),
                    max_km,
                    currency,
                    base: i64::from(base + base * far / 4),
                    per_kg: i64::from(per_kg + per_kg * far / 3),
                    hours: 12 + slow * (far + 1) / 2 + 6 * far,
                    max_weight_g: 31_500,
                    reliability: Decimal::ONE,
                    table: ZoneTable { steps: steps.collect(), ..table.clone() },
                }
            });
            cards.push(RateCard {
                carrier: carrier.to_owned(),
                service,
                volumetric_divisor: divisor,
                largest: Some(SizeLimit { length_mm: 1_200, girth_mm: girth }),
                zones: zones.to_vec(),
                surcharges: if itemised { surcharges(chance) } else { Surcharges::default() },
                service_rules: rules(chance, service),
            });
        }
    }
    Ok(cards)
}

fn dollar() -> Result<Currency, Wrong> {
    "USD".parse().map_err(|_| Wrong::Made("currency"))
}

/// Steps that rise less and less, or in jumps; and what a package to a remote area or an oversize one is charged.
fn table(chance: &mut Chance, per_kg: u32) -> ZoneTable {
    let mut steps = Vec::new();
    if chance.percent(60) {
        let mut price = 0;
        let mut last = 0_u32;
        for up_to_g in [1_000_u32, 2_500, 5_000, 10_000, 20_000] {
            let begun = (up_to_g - last).div_ceil(1_000);
            price += i64::from(per_kg * begun * chance.whole(20, 160) / 100);
            last = up_to_g;
            steps.push(WeightStep { up_to_g, price });
        }
    }
    ZoneTable { steps, remote: i64::from(chance.whole(0, 1_500)), oversize: i64::from(chance.whole(0, 2_500)), days: None }
}

fn surcharges(chance: &mut Chance) -> Surcharges {
    let rounding = [Rounding::HalfUp, Rounding::HalfEven, Rounding::Down];
    Surcharges {
        fuel: Decimal::new(i64::from(chance.whole(0, 200)), 3),
        fuel_rounding: chance.one_of(&rounding).copied().unwrap_or(Rounding::HalfUp),
        remote_areas: vec![RemoteArea { country: "DE".to_owned(), postcodes: vec![POSTCODES[0][..2].to_owned()] }],
        oversize: Some(SizeLimit { length_mm: chance.whole(400, 1_000), girth_mm: chance.whole(1_000, 2_600) }),
    }
}

/// Express travels by air; some services take no dangerous goods, or do not go everywhere.
fn rules(chance: &mut Chance, service: Speed) -> ServiceRules {
    ServiceRules {
        mode: if service == Speed::Express { Mode::Air } else { Mode::Road },
        not_in: if chance.percent(10) { vec![Area(format!("DE:{}", &POSTCODES[0][..2]))] } else { Vec::new() },
        hazmat: chance.percent(85),
        max_side_mm: chance.percent(10).then_some(650),
        ..ServiceRules::default()
    }
}

/// A marketplace with these weights.
pub(crate) fn market(weights: Weights) -> Result<Market, Wrong> {
    Ok(Market {
        marketplace_id: "proof".to_owned(),
        currencies: vec![euro()?],
        min_order: BTreeMap::new(),
        price_mode: PriceMode::Exclusive,
        guests_allowed: false,
        high_risk_countries: Vec::new(),
        blocked_devices: Vec::new(),
        fx_to_eur: [(euro()?, Decimal::ONE), (dollar()?, Decimal::new(9_174, 4))].into(),
        fx_as_of: jiff::civil::date(2026, 11, 23),
        fx_max_age_days: 4,
        weights,
        references: Default::default(),
        business_hours: BusinessHours {
            zone: jiff::tz::TimeZone::UTC,
            from: jiff::civil::time(9, 0, 0, 0),
            to: jiff::civil::time(18, 0, 0, 0),
            days: vec![1, 2, 3, 4, 5],
        },
        carrier_choice: Default::default(),
        carrier_prior_shipments: 20,
        policy: Default::default(),
    })
}
