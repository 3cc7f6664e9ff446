//! Every gateway behaves as one: Stripe on the wire, our own invoices, and both behind the router.

#![expect(clippy::unwrap_used, reason = "a broken expectation in a test's own helper must stop the test")]

mod wire;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use oms_domain::document::{MethodKind, PaymentMethod};
use oms_domain::{Money, OrderId};
use oms_fakes::conformance::gateway::{Subject, all};
use oms_fakes::gateway::CARD_GOOD;
use oms_fakes::wire::Server;
use oms_fakes::{FakeGateway, Fault, FixedClock, MemoryInvoices, NOON, an_order, currency};
use oms_gateways::invoice::OnInvoice;
use oms_gateways::router::{self, Gateways};
use oms_gateways::stripe::Stripe;
use oms_ports::PortError;
use oms_ports::gateway::{Authorization, Books as _, Gateway, Standing};
use oms_ports::invoices::Stage;

fn stripe(server: &Server) -> Stripe {
    Stripe::new(&server.uri(), "sk_test_1".into(), Duration::from_secs(20)).unwrap()
}

fn on_invoice(invoices: &Arc<MemoryInvoices>, now: Timestamp) -> OnInvoice {
    OnInvoice { invoices: invoices.clone(), clock: Arc::new(FixedClock::at(now)) }
}

#[tokio::test]
async fn stripe_on_the_wire() {
    let servers = Mutex::new(Vec::new());
    all(async || {
        let (server, _) = wire::serve();
        let subject = Subject::card(Arc::new(stripe(&server)), CARD_GOOD);
        // Kept until the end: dropped, it would stop answering.
        servers.lock().unwrap().push(server);
        subject
    })
    .await;
}

#[tokio::test]
async fn invoices() {
    all(async || Subject::invoice(Arc::new(on_invoice(&Arc::default(), NOON)))).await;
}

#[tokio::test]
async fn either_behind_the_router() {
    let gateways = || Gateways { card: Arc::new(FakeGateway::default()), invoice: Arc::new(on_invoice(&Arc::default(), NOON)) };
    all(async || Subject::card(Arc::new(gateways()), CARD_GOOD)).await;
    all(async || Subject::invoice(Arc::new(gateways()))).await;
}

fn euros(amount: i64) -> Money {
    Money::new(amount, currency("EUR"))
}

fn request(order: OrderId, kind: MethodKind) -> Authorization {
    let token = if kind == MethodKind::Card { CARD_GOOD.to_owned() } else { String::new() };
    Authorization { order_id: order, attempt: 1, amount: euros(12_000), method: PaymentMethod { kind, token }, key: format!("{order}/1") }
}

#[tokio::test]
async fn the_kind_of_the_method_chooses_the_gateway_and_the_payment_remembers_it() {
    let (card, invoices) = (Arc::new(FakeGateway::default()), Arc::new(MemoryInvoices::default()));
    let gateways = Gateways { card: card.clone(), invoice: Arc::new(on_invoice(&invoices, NOON)) };
    for (nth, kind, name) in [(1, MethodKind::Card, "stripe"), (2, MethodKind::Invoice, "invoice")] {
        let id = an_order().nth(nth).id();
        let made = gateways.authorize(&request(id, kind)).await.unwrap();
        assert_eq!((router::of(kind, 12_000), router::named(&made.intent)), (name, name));
        gateways.capture(&made.intent, euros(12_000), "c").await.unwrap();
        assert_eq!(gateways.find(id, 1).await.unwrap().unwrap().standing, Standing::Captured { amount: 12_000, refunded: 0 });
    }
    // Nobody is asked for nothing, whatever it would be paid by.
    for kind in [MethodKind::Card, MethodKind::Invoice] {
        let made = gateways.authorize(&Authorization { amount: euros(0), ..request(an_order().nth(3).id(), kind) }).await.unwrap();
        assert_eq!((router::of(kind, 0), router::named(&made.intent)), ("vouchers", "vouchers"));
        let taken = gateways.capture(&made.intent, euros(0), "c").await.unwrap();
        assert_eq!(taken.standing, Standing::Captured { amount: 0, refunded: 0 });
        assert_eq!(gateways.void(&made.intent, "v").await.unwrap().standing, Standing::Voided);
    }
    assert_eq!((card.authorizations(), card.captures(), invoices.all().len()), (1, 1, 1));
}

#[tokio::test]
async fn papers_are_numbered_without_gaps_and_each_year_anew() {
    let invoices = Arc::new(MemoryInvoices::default());
    let year = |text: &str| on_invoice(&invoices, oms_fakes::at(text));
    let mut numbers = Vec::new();
    for (nth, gateway) in [
        (1, year("2026-12-31T23:59:58Z")),
        (2, year("2026-12-31T23:59:59Z")),
        (3, year("2027-01-01T00:00:00Z")),
        (4, year("2027-06-01T00:00:00Z")),
    ] {
        let made = gateway.authorize(&request(an_order().nth(nth).id(), MethodKind::Invoice)).await.unwrap();
        gateway.capture(&made.intent, euros(12_000), "c").await.unwrap();
        numbers.push(gateway.refund(&made.intent, euros(1), "r").await.unwrap());
    }
    assert_eq!(numbers, ["CN-2026-000001", "CN-2026-000002", "CN-2027-000001", "CN-2027-000002"]);
    let issued = invoices.all().into_iter().map(|invoice| match invoice.stage {
        Stage::Issued { number, .. } => number,
        other => panic!("{other:?}"),
    });
    assert_eq!(issued.collect::<Vec<_>>(), ["INV-2026-000001", "INV-2026-000002", "INV-2027-000001", "INV-2027-000002"]);
}

/// The answer of a write is lost, or somebody else's write comes between: the call made again finds its work done, under one number.
#[tokio::test]
async fn a_lost_answer_takes_no_second_number() {
    for (call, after, fault) in [
        ("promise", true, Fault::Unavailable),
        ("issue", true, Fault::Unavailable),
        ("issue", false, Fault::Unavailable),
        ("issue", true, Fault::Conflict),
        ("issue", false, Fault::Conflict),
    ] {
        let invoices = Arc::new(MemoryInvoices::default());
        if after {
            invoices.faults.after_with(call, 1, fault);
        } else {
            invoices.faults.before_with(call, 1, fault);
        }
        let gateway = on_invoice(&invoices, NOON);
        let id = an_order().id();
        let again = async || match gateway.authorize(&request(id, MethodKind::Invoice)).await {
            Ok(made) => gateway.capture(&made.intent, euros(12_000), "c").await,
            Err(error) => Err(error),
        };
        let first = again().await;
        assert_eq!(first.is_err(), fault == Fault::Unavailable, "{call} {after} {fault:?}: {first:?}");
        assert_eq!(again().await.unwrap().standing, Standing::Captured { amount: 12_000, refunded: 0 });
        let Stage::Issued { number, .. } = &invoices.all()[0].stage else { panic!("not issued") };
        assert_eq!(number, "INV-2026-000001", "{call} {after} {fault:?}");
    }
}

#[tokio::test]
async fn an_invoice_that_everybody_changes_is_a_conflict_and_not_a_loop() {
    let invoices = Arc::new(MemoryInvoices::default());
    let gateway = on_invoice(&invoices, NOON);
    let made = gateway.authorize(&request(an_order().id(), MethodKind::Invoice)).await.unwrap();
    invoices.faults.always("issue", Fault::Conflict);
    assert!(matches!(gateway.capture(&made.intent, euros(12_000), "c").await, Err(PortError::Conflict)));
}

#[tokio::test]
async fn nothing_is_promised_that_is_nothing() {
    let gateway = on_invoice(&Arc::default(), NOON);
    for amount in [0, -1] {
        let nothing = Authorization { amount: euros(amount), ..request(an_order().id(), MethodKind::Invoice) };
        assert!(matches!(gateway.authorize(&nothing).await, Err(PortError::Refused { .. })), "{amount}");
    }
    for intent in ["inv_", "inv_x_1", "inv_019aafa9-2400-7000-8000-000000000001", "inv_019aafa9-2400-7000-8000-000000000001_1"] {
        assert_eq!(gateway.retrieve(intent).await.unwrap(), None, "{intent}");
        assert!(matches!(gateway.void(intent, "k").await, Err(PortError::Refused { .. })), "{intent}");
    }
}

/// Every payment of the window, each once, over pages of three; also the one that names no order of ours.
#[tokio::test]
async fn the_books_are_walked_page_by_page() {
    let (server, wire) = wire::serve();
    let stripe = stripe(&server);
    for nth in 0..8 {
        let made = stripe.authorize(&request(an_order().nth(nth).id(), MethodKind::Card)).await.unwrap();
        if nth == 2 {
            stripe.capture(&made.intent, euros(12_000), "c").await.unwrap();
            stripe.refund(&made.intent, euros(500), "r").await.unwrap();
        }
    }
    wire.disown(5);
    let second = |n: i64| Timestamp::from_second(wire::EPOCH + n).unwrap();
    for (from, to, expected) in [(0, 8, 0..8), (1, 7, 1..7), (0, 1, 0..1), (8, 9, 0..0)] {
        let (mut found, mut after) = (Vec::new(), None::<String>);
        loop {
            let page = stripe.booked(second(from), second(to), after.as_deref()).await.unwrap();
            assert!(page.payments.len() <= 3);
            found.extend(page.payments);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        found.sort_by_key(|booked| booked.created);
        let intents: Vec<String> = found.iter().map(|booked| booked.intent.clone()).collect();
        assert_eq!(intents, expected.map(|nth| format!("pi_{nth}")).collect::<Vec<_>>(), "{from} to {to}");
        for booked in &found {
            let held = if booked.intent == "pi_2" { 11_500 } else { 12_000 };
            assert_eq!((booked.held, booked.payment.is_none()), (held, booked.intent == "pi_5"), "{}", booked.intent);
        }
    }
}
