//! Lines are booked once each, wrong ones keep all out, and whatever becomes of a request half-way, the same lines again finish it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it does not expect")]

use std::sync::Arc;

use jiff::SignedDuration;
use oms_contract::http::{ApiRequest, Caller};
use oms_contract::reference::{AccountStatus, Vendor};
use oms_domain::ActorKind;
use oms_fakes::{
    Fault, FixedClock, MemoryInventory, MemoryReference, NOON, a_product, a_vendor, an_order, sku, some_stock, vendor, warehouse,
};
use oms_ports::stock::Inventory as _;
use serde_json::{Value, json};
use stock::{Deps, MAX_BYTES, MOST_LINES, MOST_UNITS, PATIENCE, handle};

struct Bench {
    deps: Deps,
    ledger: Arc<MemoryInventory>,
    reference: Arc<MemoryReference>,
    clock: Arc<FixedClock>,
}

/// Products `A` and `B`; vendors `ven-1` with 10 of `A`, `ven-2`, and `ven-3` who is suspended; each with a warehouse `w1`.
fn bench() -> Bench {
    let ledger = Arc::new(MemoryInventory::stocked(&[some_stock("A", "ven-1", 10)]));
    let reference = Arc::new(MemoryReference::default());
    reference.product(a_product("A")).product(a_product("B"));
    let suspended = Vendor { status: AccountStatus::Suspended, ..a_vendor("ven-3") };
    reference.vendor(a_vendor("ven-1")).vendor(a_vendor("ven-2")).vendor(suspended);
    let clock = Arc::new(FixedClock::at(NOON));
    let deps = Deps { stockroom: ledger.clone(), inventory: ledger.clone(), reference: reference.clone(), clock: clock.clone() };
    Bench { deps, ledger, reference, clock }
}

impl Bench {
    async fn send(&self, request: ApiRequest) -> (u16, Value) {
        let response = handle(&self.deps, request).await;
        (response.status, serde_json::from_str(&response.body).unwrap())
    }

    async fn book(&self, lines: &[Value]) -> (u16, Value) {
        self.send(request(body(lines))).await
    }

    async fn dry(&self, lines: &[Value]) -> (u16, Value) {
        let mut request = request(body(lines));
        request.query.insert("dry_run".to_owned(), "true".to_owned());
        self.send(request).await
    }

    /// What may be promised of `A` and `B`.
    fn free(&self) -> (u32, u32) {
        (self.ledger.pool(&sku("A")).0, self.ledger.pool(&sku("B")).0)
    }
}

fn body(lines: &[Value]) -> Vec<u8> {
    lines.iter().map(|line| line.to_string() + "\n").collect::<String>().into_bytes()
}

fn request(body: impl Into<Vec<u8>>) -> ApiRequest {
    ApiRequest {
        route: "POST /api/v2/stock".to_owned(),
        path: Default::default(),
        query: Default::default(),
        headers: Default::default(),
        body: body.into(),
        caller: Some(caller(ActorKind::Operator, "ops", "stock:write")),
    }
}

fn caller(role: ActorKind, subject: &str, scope: &str) -> Caller {
    Caller { role, subject: subject.to_owned(), scopes: vec![scope.to_owned()] }
}

/// A line of `ven-1`.
fn line(id: &str, sku: &str, kind: &str, quantity: i64) -> Value {
    json!({ "id": id, "sku": sku, "vendor_id": "ven-1", "warehouse_id": "w1", "kind": kind, "quantity": quantity })
}

fn with(mut line: Value, field: &str, value: Value) -> Value {
    line[field] = value;
    line
}

/// `(booked, repeated, refused)`.
fn counts(report: &Value) -> (u64, u64, u64) {
    let count = |what: &str| report[what].as_u64().unwrap();
    (count("booked"), count("repeated"), count("refused"))
}

#[tokio::test]
async fn every_kind_of_entry_is_booked_once_and_a_dry_run_changes_nothing() {
    for (kind, quantity, left) in [("receipt", 4, 14), ("loss", 4, 6), ("count", 3, 3), ("correction", 2, 12), ("correction", -2, 8)] {
        let bench = bench();
        let lines = [line("n1", "A", kind, quantity)];
        let (status, would) = bench.dry(&lines).await;
        assert_eq!((status, bench.free()), (200, (10, 0)), "{kind} {quantity}: {would}");
        let (status, did) = bench.book(&lines).await;
        let told = json!({ "line": 1, "id": "n1", "sku": "A", "what": "booked", "available": left, "allocated": 0 });
        assert_eq!((status, &did["lines"]), (200, &json!([told])), "{kind} {quantity}");
        assert_eq!(
            (&did["lines"], &would["dry_run"], &did["dry_run"]),
            (&would["lines"], &json!(true), &json!(false)),
            "{kind} {quantity}"
        );
        assert_eq!(bench.free(), (left, 0), "{kind} {quantity}");
        let (_, again) = bench.book(&lines).await;
        assert_eq!((counts(&again), bench.free()), ((0, 1, 0), (left, 0)), "{kind} {quantity}: {again}");
    }
}

#[tokio::test]
async fn each_line_is_told_with_what_came_of_it_and_what_would_mend_it() {
    let bench = bench();
    bench.ledger.hold(an_order().id(), &[(sku("A"), 6)], NOON + SignedDuration::from_mins(30)).await.unwrap();
    bench.book(&[line("n1", "A", "receipt", 1)]).await;
    let lines = [
        line("n1", "A", "receipt", 1),
        line("n1", "B", "receipt", 5),
        Value::Null,
        with(line("n1", "A", "receipt", 2), "id", json!("n2")),
        line("l1", "A", "loss", 8),
        with(line("n3", "B", "receipt", 3), "vendor_id", json!("ven-3")),
        with(with(line("n4", "B", "receipt", 3), "vendor_id", json!("ven-3")), "for_sale", json!(false)),
        line("c1", "B", "count", 4),
    ];
    // An empty line is none, and counts.
    let text = String::from_utf8(body(&lines)).unwrap().replace("null", "");
    let (status, report) = bench.send(request(text)).await;
    assert_eq!((status, counts(&report)), (200, (4, 1, 2)), "{report}");
    let told: Vec<(u64, &str, &str)> = report["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (line["line"].as_u64().unwrap(), line["what"].as_str().unwrap(), line["reason"].as_str().unwrap_or("")))
        .collect();
    let expected = [
        (1, "repeated", ""),
        (2, "booked", ""),
        (4, "booked", ""),
        (5, "refused", "too_few"),
        (6, "refused", "vendor_may_not_sell"),
        (7, "booked", ""),
        (8, "booked", ""),
    ];
    assert_eq!(told, expected);
    assert!(report["lines"].as_array().unwrap().iter().all(|line| (line["what"] == "refused") == line["mend"].is_string()), "{report}");
    // 10 - 6 held + 1 + 2; counted last: 4 at ven-1, and what ven-3 may not sell is promised to nobody.
    assert_eq!(bench.free(), (7, 4));
    assert_eq!(bench.ledger.row(&sku("B"), &vendor("ven-3"), &warehouse("w1")).available, 3);

    let other = bench.book(&[line("n1", "A", "receipt", 9)]).await.1;
    assert_eq!((counts(&other), &other["lines"][0]["reason"]), ((0, 0, 1), &json!("other_entry")));
    assert_eq!(bench.free(), (7, 4));
}

#[tokio::test]
async fn what_was_booked_before_its_vendor_was_suspended_is_repeated_and_not_refused() {
    let bench = bench();
    let lines = [line("n1", "A", "receipt", 1)];
    assert_eq!(counts(&bench.book(&lines).await.1), (1, 0, 0));
    bench.reference.vendor(Vendor { status: AccountStatus::Suspended, ..a_vendor("ven-1") });
    assert_eq!(counts(&bench.book(&lines).await.1), (0, 1, 0));
    assert_eq!(counts(&bench.book(&[line("n2", "A", "receipt", 1)]).await.1), (0, 0, 1));
    assert_eq!(bench.free(), (11, 0));
}

#[tokio::test]
async fn a_wrong_line_keeps_all_out_and_is_told_with_its_number_and_path() {
    let good = || line("n2", "A", "receipt", 1);
    let million = i64::from(MOST_UNITS);
    for (wrong, at) in [
        (with(good(), "id", json!("")), "line 2: id"),
        (with(good(), "id", json!("x".repeat(65))), "line 2: id"),
        (with(good(), "id", json!("a\tb")), "line 2: id"),
        (with(good(), "id", json!("n1")), "line 2: id"),
        (with(good(), "id", json!(7)), "line 2: id"),
        (with(good(), "sku", json!("A B")), "line 2: sku"),
        (with(good(), "sku", json!("C")), "line 2: sku"),
        (with(good(), "vendor_id", json!("")), "line 2: vendor_id"),
        (with(good(), "vendor_id", json!("ven-9")), "line 2: vendor_id"),
        (with(good(), "warehouse_id", json!("w/1")), "line 2: warehouse_id"),
        (with(good(), "warehouse_id", json!("w2")), "line 2: warehouse_id"),
        (with(good(), "kind", json!("theft")), "line 2: kind"),
        (with(good(), "quantity", json!(0)), "line 2: quantity"),
        (with(good(), "quantity", json!(-1)), "line 2: quantity"),
        (with(good(), "quantity", json!(1.5)), "line 2: quantity"),
        (with(good(), "quantity", json!(million + 1)), "line 2: quantity"),
        (line("n2", "A", "loss", 0), "line 2: quantity"),
        (line("n2", "A", "count", -1), "line 2: quantity"),
        (line("n2", "A", "correction", 0), "line 2: quantity"),
        (line("n2", "A", "correction", -million - 1), "line 2: quantity"),
        (with(good(), "for_sale", json!("no")), "line 2: for_sale"),
        (with(good(), "forsale", json!(false)), "line 2: forsale"),
        (json!({}), "line 2"),
        (json!("receipt"), "line 2"),
    ] {
        let bench = bench();
        let (status, problem) = bench.book(&[line("n1", "A", "receipt", 1), wrong.clone()]).await;
        let told: Vec<&str> = problem["errors"].as_array().unwrap().iter().filter_map(|fault| fault["at"].as_str()).collect();
        assert_eq!((status, told), (422, vec![at]), "{wrong}: {problem}");
        assert_eq!((bench.free(), bench.ledger.faults.calls("book")), ((10, 0), 0), "{wrong}");
    }
    for (quantity, kind) in [(million, "receipt"), (0, "count"), (million, "count"), (1, "loss"), (-1, "correction")] {
        let (status, report) = bench().book(&[line("n1", "A", kind, quantity)]).await;
        assert_eq!((status, counts(&report)), (200, (1, 0, 0)), "{kind} {quantity}: {report}");
    }
}

#[tokio::test]
async fn everything_that_is_wrong_with_a_line_is_told_at_once() {
    let wrong = json!({ "id": "", "sku": "A B", "vendor_id": "", "warehouse_id": "", "kind": "x", "quantity": 1, "note": "" });
    let (_, problem) = bench().book(&[wrong]).await;
    let told: Vec<&str> = problem["errors"].as_array().unwrap().iter().filter_map(|fault| fault["at"].as_str()).collect();
    assert_eq!(told, ["note", "id", "sku", "vendor_id", "warehouse_id", "kind"].map(|path| format!("line 1: {path}")));
}

#[tokio::test]
async fn a_body_that_is_none_is_refused_as_a_whole() {
    let many = |count: usize| body(&(0..count).map(|n| line(&format!("n{n}"), "A", "receipt", 1)).collect::<Vec<_>>());
    for (sent, status) in [
        (Vec::new(), 422),
        (b"\n \n".to_vec(), 422),
        (b"not json".to_vec(), 422),
        (many(MOST_LINES + 1), 422),
        (vec![b' '; MAX_BYTES + 1], 413),
        (vec![0xff], 400),
    ] {
        let bench = bench();
        let (told, problem) = bench.send(request(sent)).await;
        assert_eq!((told, bench.ledger.faults.calls("book")), (status, 0), "{problem}");
    }
    let (status, report) = bench().send(request(many(MOST_LINES))).await;
    assert_eq!((status, counts(&report)), (200, (MOST_LINES as u64, 0, 0)));
    let wrong = body(&vec![json!({}); 150]);
    let (_, problem) = bench().send(request(wrong)).await;
    assert_eq!(problem["errors"].as_array().unwrap().len(), 101, "a hundred, and that there are more");
    let mut asked = request(many(1));
    asked.query.insert("dry_run".to_owned(), "perhaps".to_owned());
    assert_eq!(bench().send(asked).await.0, 400);
}

#[tokio::test]
async fn operators_book_for_all_and_a_vendor_for_itself_alone() {
    let of = |vendor: &str, id: &str| with(line(id, "A", "receipt", 1), "vendor_id", json!(vendor));
    let (own, mixed) = (vec![of("ven-2", "n1")], vec![of("ven-2", "n1"), of("ven-1", "n2")]);
    for (role, subject, scope, lines, status) in [
        (ActorKind::Operator, "ops", "stock:write", &mixed, 200),
        (ActorKind::Operator, "ops", "reference:write", &mixed, 403),
        (ActorKind::Vendor, "ven-2", "stock:write", &own, 200),
        (ActorKind::Vendor, "ven-2", "stock:write", &mixed, 403),
        (ActorKind::Vendor, "ven-1", "stock:write", &own, 403),
        (ActorKind::Vendor, "ven-2", "fulfilment:write", &own, 403),
        (ActorKind::Customer, "ven-2", "stock:write", &own, 403),
    ] {
        let bench = bench();
        let asked = ApiRequest { caller: Some(caller(role, subject, scope)), ..request(body(lines)) };
        let (told, answer) = bench.send(asked).await;
        assert_eq!(told, status, "{role} {subject} {scope}: {answer}");
        assert_eq!(bench.ledger.faults.calls("book") > 0, status == 200, "{role} {subject} {scope}");
    }
    let asked = ApiRequest { caller: Some(caller(ActorKind::Vendor, "ven-2", "stock:write")), ..request(body(&mixed)) };
    assert_eq!(bench().send(asked).await.1["errors"][0]["at"], "line 2: vendor_id");
}

#[tokio::test]
async fn a_request_cut_off_anywhere_is_finished_by_the_same_lines_again() {
    let lines = [
        line("n1", "A", "receipt", 5),
        line("l1", "A", "loss", 12),
        line("n1", "B", "receipt", 7),
        line("c1", "B", "count", 2),
        line("n2", "A", "receipt", 1),
    ];
    for nth in 1..=5 {
        for lost in [false, true] {
            let bench = bench();
            let faults = &bench.ledger.faults;
            if lost {
                faults.after("book", nth)
            } else {
                faults.before("book", nth)
            };
            let (status, problem) = bench.book(&lines).await;
            assert_eq!(status, 503, "{nth} {lost}: {problem}");
            assert!(problem["detail"].as_str().unwrap().contains("Send the same lines again"), "{problem}");
            let (status, report) = bench.book(&lines).await;
            let (booked, repeated, refused) = counts(&report);
            let before = u64::from(nth) - u64::from(!lost);
            assert_eq!((status, booked + repeated, refused), (200, 5, 0), "{nth} {lost}: {report}");
            assert_eq!(repeated, before, "{nth} {lost}: {report}");
            assert_eq!(bench.free(), (4, 2), "{nth} {lost}");
        }
    }
}

#[tokio::test]
async fn lines_that_are_not_settled_are_told_and_no_more_are_begun() {
    let lines = [line("n1", "A", "receipt", 5), line("n2", "A", "receipt", 1), line("n3", "A", "receipt", 1)];
    for (fault, status) in [(Fault::Throttled, 429), (Fault::Conflict, 503), (Fault::Unavailable, 503), (Fault::Corrupt, 500)] {
        let bench = bench();
        bench.ledger.faults.before_with("book", 2, fault);
        let (told, problem) = bench.book(&lines).await;
        assert_eq!(told, status, "{fault:?}: {problem}");
        let errors: Vec<&str> = problem["errors"].as_array().unwrap().iter().filter_map(|fault| fault["at"].as_str()).collect();
        assert_eq!(errors, ["line 2", "line 3"], "{fault:?}");
        assert!(problem["detail"].as_str().unwrap().starts_with("2 lines are not settled; 1 were booked"), "{fault:?}: {problem}");
        assert_eq!((bench.ledger.faults.calls("book"), bench.free()), (2, (15, 0)), "{fault:?}");
    }
    let bench = bench();
    bench.reference.faults.always("fetch", Fault::Unavailable);
    assert_eq!((bench.book(&lines).await.0, bench.ledger.faults.calls("book")), (503, 0));
}

#[tokio::test]
async fn when_time_is_up_it_says_how_far_it_came() {
    let bench = bench();
    let lines = [line("n1", "A", "receipt", 5), line("n2", "A", "receipt", 1), line("n3", "A", "receipt", 1)];
    let clock = bench.clock.clone();
    bench.ledger.faults.meanwhile("book", 2, move || clock.advance(PATIENCE + SignedDuration::from_millis(1)));
    let (status, problem) = bench.book(&lines).await;
    assert_eq!((status, &problem["errors"][0]["at"]), (503, &json!("line 3")), "{problem}");
    assert_eq!(bench.free(), (16, 0));
    let (status, report) = bench.book(&lines).await;
    assert_eq!((status, counts(&report), bench.free()), (200, (1, 2, 0), (17, 0)));
}
