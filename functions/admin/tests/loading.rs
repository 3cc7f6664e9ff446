//! Rows of every kind are loaded once and changed when they change, and whatever is wrong with one keeps all of them out.

#![allow(clippy::unwrap_used, clippy::too_many_lines, reason = "a test stops at what it does not expect; lists of cases are long")]

use std::fs;
use std::path::Path;
use std::sync::Arc;

use admin::rows::Kind;
use admin::{Deps, MAX_BYTES, MAX_ROWS, handle};
use oms_contract::http::{ApiRequest, Caller};
use oms_contract::reference::account::Watchlists;
use oms_contract::reference::regulation::Regulations;
use oms_domain::ActorKind;
use oms_fakes::{Fault, FixedClock, MemoryReference, NOON, a_gift_card};
use oms_ports::reference::{Loading as _, Row, Standing};
use serde_json::{Value, json};

struct Bench {
    deps: Deps,
    reference: Arc<MemoryReference>,
}

fn bench() -> Bench {
    let reference = Arc::new(MemoryReference::default());
    Bench { deps: Deps { reference: reference.clone(), clock: Arc::new(FixedClock::at(NOON)) }, reference }
}

fn request(kind: &str, body: impl Into<Vec<u8>>) -> ApiRequest {
    ApiRequest {
        route: "POST /api/v2/reference/{kind}".to_owned(),
        path: [("kind".to_owned(), kind.to_owned())].into(),
        query: Default::default(),
        headers: Default::default(),
        body: body.into(),
        caller: Some(Caller { role: ActorKind::Operator, subject: "ops".to_owned(), scopes: vec!["reference:write".to_owned()] }),
    }
}

async fn answer(bench: &Bench, request: ApiRequest) -> (u16, Value) {
    let response = handle(&bench.deps, request).await;
    (response.status, serde_json::from_str(&response.body).unwrap())
}

fn seed(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/local/seed").join(name)).unwrap()
}

/// One line of JSON, without the notes for people that a loader would call a mistake.
fn line(text: &str) -> String {
    let mut value: Value = serde_json::from_str(text).unwrap();
    value.as_object_mut().unwrap().remove("label");
    value.to_string() + "\n"
}

/// A good body of each kind: what the local stack is seeded with, or an example.
fn good(kind: Kind) -> String {
    let lines = |name: &str| seed(name).lines().map(line).collect::<String>();
    match kind {
        Kind::Products => lines("products.jsonl"),
        Kind::Vendors => lines("vendors.jsonl"),
        Kind::Customers => lines("customers.jsonl"),
        Kind::Coupons => lines("coupons.jsonl"),
        Kind::GiftCards => json!(a_gift_card("6006-4910-0001", 5000)).to_string(),
        Kind::Promotions => line(&seed("promotions.json")),
        Kind::Regulations => json!(Regulations::default()).to_string(),
        Kind::Watchlists => json!(Watchlists::default()).to_string(),
        Kind::Taxes => lines("taxes.jsonl"),
        Kind::RateCards => lines("carriers.jsonl"),
        Kind::Market => line(&seed("market.json")),
    }
}

const KINDS: [Kind; 11] = [
    Kind::Products,
    Kind::Vendors,
    Kind::Customers,
    Kind::Coupons,
    Kind::GiftCards,
    Kind::Promotions,
    Kind::Regulations,
    Kind::Watchlists,
    Kind::Taxes,
    Kind::RateCards,
    Kind::Market,
];

#[tokio::test]
async fn every_kind_is_loaded_once_and_a_dry_run_changes_nothing() {
    for kind in KINDS {
        let (bench, body) = (bench(), good(kind));
        let mut dry = request(&kind.to_string(), body.clone());
        dry.query.insert("dry_run".to_owned(), "true".to_owned());
        let (status, would) = answer(&bench, dry).await;
        assert_eq!((status, &would["dry_run"]), (200, &json!(true)), "{kind}: {would}");
        assert_eq!(bench.reference.faults.calls("put"), 0, "{kind}");
        let (status, first) = answer(&bench, request(&kind.to_string(), body.clone())).await;
        assert_eq!((status, &first["new"], &first["rows"]), (200, &would["new"], &would["rows"]), "{kind}");
        let rows = first["new"].as_u64().unwrap();
        assert!(rows > 0 && first["changed"] == 0 && first["same"] == 0, "{kind}: {first}");
        let (_, again) = answer(&bench, request(&kind.to_string(), body)).await;
        assert_eq!(again, json!({ "dry_run": false, "new": 0, "changed": 0, "same": rows, "rows": [] }), "{kind}");
    }
}

#[tokio::test]
async fn what_changed_is_told_and_put_and_the_rest_is_left_alone() {
    let bench = bench();
    let card = |name: &str, value| json!(a_gift_card(name, value)).to_string();
    let first = [card("CARD-0001", 100), card("CARD-0002", 100)].join("\n");
    answer(&bench, request("gift_cards", first)).await;
    let then = [card("CARD-0002", 200), card("CARD-0001", 100), String::new(), card("CARD-0003", 5)].join("\n");
    let (_, report) = answer(&bench, request("gift_cards", then)).await;
    let rows = json!([{ "key": "CARD-0002", "what": "changed" }, { "key": "CARD-0003", "what": "new" }]);
    assert_eq!(report, json!({ "dry_run": false, "new": 1, "changed": 1, "same": 1, "rows": rows }));
    let kept = [Row::GiftCard(a_gift_card("CARD-0001", 100)), Row::GiftCard(a_gift_card("CARD-0002", 200))];
    assert_eq!(bench.reference.compare(&kept).await.unwrap(), [Standing::Same, Standing::Same]);
}

/// Spoils a good line: a field of it, by a path in JSON pointer's manner, gets another value.
fn spoilt(kind: Kind, pointer: &str, value: Value) -> String {
    let body = good(kind);
    let mut row: Value = serde_json::from_str(body.lines().next().unwrap()).unwrap();
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    let parent = row.pointer_mut(parent).unwrap();
    match field.parse::<usize>() {
        Ok(nth) if parent.is_array() => parent[nth] = value,
        _ => parent[field] = value,
    }
    row.to_string()
}

#[tokio::test]
async fn a_wrong_line_keeps_all_out_and_is_told_with_its_number_and_path() {
    let area = json!([{ "area": "Germany", "min_age": 18 }]);
    for (kind, pointer, value, at) in [
        (Kind::Products, "/min_quantity", json!(0), "min_quantity"),
        (Kind::Products, "/max_quantity", json!(0), "max_quantity"),
        (Kind::Products, "/prices/EUR", json!(-1), "prices.EUR"),
        (Kind::Products, "/prices/EUR", json!("12.99"), "prices.EUR"),
        (Kind::Products, "/prices/XXX", json!(1), "prices"),
        (Kind::Products, "/customs", json!({ "hs_code": "12" }), "customs.hs_code"),
        (Kind::Products, "/customs", json!({ "hs_code": "770000" }), "customs.hs_code"),
        (Kind::Products, "/customs", json!({ "hs_code": "980400" }), "customs.hs_code"),
        (Kind::Products, "/customs", json!({ "origin": "XX" }), "customs.origin"),
        (Kind::Products, "/sale", json!({ "only_in": ["DE", "d"] }), "sale.only_in[1]"),
        (Kind::Products, "/colour", json!("red"), "colour"),
        (Kind::Products, "/sale", json!({ "onyl_in": ["DE"] }), "sale.onyl_in"),
        (Kind::Vendors, "/performance", json!("1.01"), "performance"),
        (Kind::Vendors, "/on_time", json!({ "orders": 3, "late": 4, "as_of": "2026-11-01" }), "on_time.late"),
        (Kind::Vendors, "/on_time", json!({ "orders": 3, "late": 0 }), "on_time.as_of"),
        (Kind::Vendors, "/warehouses/0/lat", json!(91.0), "warehouses[0].lat"),
        (Kind::Vendors, "/warehouses/0/calendar", json!({ "zone": "Berlin" }), "warehouses[0].calendar.zone"),
        (Kind::Vendors, "/ships_to/0", json!("de"), "ships_to[0]"),
        (
            Kind::Vendors,
            "/licences",
            json!([{ "class": "alcohol", "areas": ["DE"], "valid_from": "2026-02-01", "valid_to": "2026-01-31" }]),
            "licences[0].valid_to",
        ),
        (Kind::Customers, "/record", json!({ "credit": { "limit": -1, "currency": "EUR" } }), "record.credit.limit"),
        (Kind::Customers, "/record", json!({ "credit": { "limit": 1, "paid": -1, "currency": "EUR" } }), "record.credit.paid"),
        (Kind::Customers, "/country", json!("DEU"), "country"),
        (Kind::Coupons, "/id", json!("grazie"), "id"),
        (Kind::Coupons, "/until", json!("2020-01-01T00:00:00Z"), "until"),
        (Kind::Coupons, "/benefit", json!({ "kind": "percentage", "rate": "1.1" }), "benefit.rate"),
        (Kind::Coupons, "/min_spend", json!(-1), "min_spend"),
        (Kind::GiftCards, "/value", json!(-1), "value"),
        (Kind::GiftCards, "/card", json!("123"), "card"),
        (Kind::Promotions, "/cap", json!("1.5"), "cap"),
        (Kind::Promotions, "/promotions/1/id", json!("olive-week"), "promotions[1].id"),
        (Kind::Promotions, "/point_value/EUR", json!("-1"), "point_value.EUR"),
        (Kind::Regulations, "/goods", json!({ "alcohol": area }), "goods.alcohol[0].area"),
        (
            Kind::Regulations,
            "/customs",
            json!([{ "area": "GB", "number": "EORI", "above": { "amount": -1, "currency": "GBP" } }]),
            "customs[0].above.amount",
        ),
        (Kind::Watchlists, "/emails", json!(["Anna@Example.com"]), "emails[0]"),
        (Kind::Taxes, "/rate", json!("19"), "rate"),
        (Kind::Taxes, "/valid_to", json!("1900-12-31"), "valid_to"),
        (Kind::Taxes, "/area", json!("RE"), "area"),
        (Kind::Taxes, "/area", json!("EU"), "area"),
        (Kind::Taxes, "/area", json!("FR:97|"), "area"),
        (Kind::RateCards, "/zones/0/base", json!(-1), "zones[0].base"),
        (Kind::RateCards, "/zones/0/reliability", json!("2"), "zones[0].reliability"),
        (Kind::RateCards, "/surcharges", json!({ "fuel": "-0.1" }), "surcharges.fuel"),
        (Kind::RateCards, "/surcharges", json!({ "remote_areas": [{ "country": "GBR" }] }), "surcharges.remote_areas[0].country"),
        (Kind::RateCards, "/zones/1/table", json!({ "remote": -1 }), "zones[1].table.remote"),
        (Kind::RateCards, "/zones/1/table", json!({ "oversize": -1 }), "zones[1].table.oversize"),
        (Kind::RateCards, "/zones/0/per_kg", json!(-1), "zones[0].per_kg"),
        (Kind::RateCards, "/zones/0/table", json!({ "steps": [{ "up_to_g": 1000, "price": -1 }] }), "zones[0].table.steps[0].price"),
        (
            Kind::RateCards,
            "/zones/0/table",
            json!({ "steps": [{ "up_to_g": 2000, "price": 500 }, { "up_to_g": 1000, "price": 400 }] }),
            "zones[0].table.steps[1].up_to_g",
        ),
        (
            Kind::RateCards,
            "/zones/0/table",
            json!({ "steps": [{ "up_to_g": 1000, "price": 500 }, { "up_to_g": 1000, "price": 400 }] }),
            "zones[0].table.steps[1].up_to_g",
        ),
        (Kind::RateCards, "/zones/1/max_km", json!(300), "zones[1].max_km"),
        (
            Kind::Regulations,
            "/hazmat",
            json!([{ "un_number": 1263, "class": "3", "road": 5000 }, { "un_number": 1263, "class": "3" }]),
            "hazmat[1].un_number",
        ),
        (Kind::Market, "/weights/time", json!("0.5"), "weights"),
        (Kind::Market, "/references", json!({ "hours": 0 }), "references.hours"),
        (Kind::Market, "/references", json!({ "hours": 10_001 }), "references.hours"),
        (Kind::Market, "/references", json!({ "costs": { "EUR": 500, "USD": 0 } }), "references.costs.USD"),
        (Kind::Market, "/references", json!({ "costs": { "EUR": -1 } }), "references.costs.EUR"),
        (Kind::Market, "/fx_to_eur/USD", json!("0"), "fx_to_eur.USD"),
        (Kind::Market, "/fx_as_of", json!("2026-11-24"), "fx_as_of"),
        (Kind::Market, "/fx_as_of", json!("2026-02-30"), "fx_as_of"),
        (Kind::Market, "/fx_max_age_days", json!(-1), "fx_max_age_days"),
        (Kind::Market, "/currencies", json!([]), "currencies"),
        (Kind::Market, "/business_hours/days", json!([0]), "business_hours.days"),
    ] {
        let bench = bench();
        let many = !matches!(kind, Kind::Promotions | Kind::Regulations | Kind::Watchlists | Kind::Market);
        let (first, n) = if many { (good(kind).lines().last().unwrap().to_owned() + "\n", 2) } else { (String::new(), 1) };
        // A kind of one example would give its key twice.
        let (first, n) = if good(kind).lines().count() < 2 { (String::new(), 1) } else { (first, n) };
        let (status, body) = answer(&bench, request(&kind.to_string(), first + &spoilt(kind, pointer, value.clone()))).await;
        let told: Vec<&str> =
            body["errors"].as_array().map(|all| all.iter().filter_map(|one| one["at"].as_str()).collect()).unwrap_or_default();
        let expected = format!("line {n}: {at}");
        assert!(
            status == 422 && told.iter().any(|one| *one == expected || one.starts_with(&format!("{expected}."))),
            "{kind} {pointer} {value}: {status} {told:?}"
        );
        assert_eq!(bench.reference.faults.calls("put"), 0, "{kind} {pointer}");
        assert_eq!(bench.reference.faults.calls("compare"), 0, "{kind} {pointer}");
    }
}

#[tokio::test]
async fn no_day_has_two_rates_of_one_area_and_category() {
    let rate = |area: &str, category: &str, from: &str, to: Option<&str>| {
        json!({ "area": area, "category": category, "rate": "0.1", "valid_from": from, "valid_to": to, "rounding": "half_up" }).to_string()
    };
    let first = rate("FR", "standard", "2020-01-01", Some("2024-08-31"));
    let open = rate("FR", "standard", "2020-01-01", None);
    for (name, known, then, fine) in [
        ("the day after the last", &first, rate("FR", "standard", "2024-09-01", None), true),
        ("the last day", &first, rate("FR", "standard", "2024-08-31", None), false),
        ("the first day itself", &first, rate("FR", "standard", "2019-01-01", Some("2020-01-01")), false),
        ("the day before the first", &first, rate("FR", "standard", "2019-01-01", Some("2019-12-31")), true),
        ("within", &first, rate("FR", "standard", "2021-01-01", Some("2021-12-31")), false),
        ("after one without a last day", &open, rate("FR", "standard", "2030-01-01", None), false),
        ("another category", &open, rate("FR", "reduced", "2020-01-01", None), true),
        ("another area", &open, rate("FR:20", "standard", "2020-01-01", None), true),
    ] {
        let bench = bench();
        let (status, body) = answer(&bench, request("taxes", format!("{known}\n{then}"))).await;
        assert_eq!(status, if fine { 200 } else { 422 }, "{name}: {body}");
        let told = body["errors"][0]["at"].as_str().unwrap_or("line 2: valid_from");
        assert_eq!(told, "line 2: valid_from", "{name}: {body}");
    }
}

#[tokio::test]
async fn a_body_that_is_none_is_refused_as_a_whole() {
    let card = |n: usize| json!(a_gift_card(&format!("CARD-{n:05}"), 1)).to_string() + "\n";
    let too_many: String = (0..=MAX_ROWS).map(card).collect();
    let cards: String = (0..150).map(|_| "{}\n").collect();
    let market = good(Kind::Market);
    for (kind, body, status, at) in [
        ("gift_cards", Vec::new(), 422, Some("body")),
        ("gift_cards", b"\n \n".to_vec(), 422, Some("body")),
        ("gift_cards", too_many.into_bytes(), 422, Some("body")),
        ("gift_cards", vec![b' '; MAX_BYTES + 1], 413, None),
        ("gift_cards", vec![0xff], 400, None),
        ("gift_cards", b"not json".to_vec(), 422, Some("line 1")),
        ("gift_cards", (card(1) + &card(2) + &card(1)).into_bytes(), 422, Some("line 3")),
        ("gift_cards", cards.into_bytes(), 422, Some("body")),
        ("market", market.repeat(2).into_bytes(), 422, Some("line 2")),
        ("orders", card(1).into_bytes(), 404, None),
        ("gift-cards", card(1).into_bytes(), 404, None),
    ] {
        let bench = bench();
        let (told, answer) = answer(&bench, request(kind, body)).await;
        assert_eq!(told, status, "{kind} {at:?}: {answer}");
        let errors = answer["errors"].as_array().cloned().unwrap_or_default();
        assert!(errors.len() <= 101, "{}", errors.len());
        assert!(at.is_none() || errors.iter().any(|error| error["at"] == at.unwrap()), "{kind} {at:?}: {answer}");
        assert_eq!(bench.reference.faults.calls("put"), 0, "{kind}");
    }
}

#[tokio::test]
async fn only_operators_with_the_scope_load() {
    for (role, scope, status) in [
        (ActorKind::Operator, "reference:write", 200),
        (ActorKind::Operator, "orders:review", 403),
        (ActorKind::Vendor, "reference:write", 403),
        (ActorKind::Customer, "reference:write", 403),
    ] {
        let caller = Some(Caller { role, subject: "x".to_owned(), scopes: vec![scope.to_owned()] });
        let request = ApiRequest { caller, ..request("gift_cards", good(Kind::GiftCards)) };
        assert_eq!(answer(&bench(), request).await.0, status, "{role} {scope}");
    }
}

#[tokio::test]
async fn a_store_in_trouble_is_told_and_the_same_lines_again_are_all_it_takes() {
    let bench = bench();
    bench.reference.faults.after("put", 1);
    assert_eq!(answer(&bench, request("coupons", good(Kind::Coupons))).await.0, 503);
    let (status, report) = answer(&bench, request("coupons", good(Kind::Coupons))).await;
    assert_eq!((status, &report["same"]), (200, &json!(1)));
    bench.reference.faults.always("compare", Fault::Throttled);
    assert_eq!(answer(&bench, request("coupons", good(Kind::Coupons))).await.0, 429);
    let mut asked = request("coupons", good(Kind::Coupons));
    asked.query.insert("dry_run".to_owned(), "perhaps".to_owned());
    assert_eq!(answer(&bench, asked).await.0, 400);
}
