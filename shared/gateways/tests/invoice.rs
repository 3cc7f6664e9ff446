//! What may be done with an invoice, and what may not: each stage against each call, amounts at and beyond their bounds.

#![expect(clippy::unwrap_used, reason = "a broken expectation in a test's own helper must stop the test")]

use std::sync::Arc;

use oms_domain::Money;
use oms_domain::document::{MethodKind, PaymentMethod};
use oms_fakes::{FixedClock, MemoryInvoices, NOON, an_order, currency};
use oms_gateways::invoice::OnInvoice;
use oms_ports::PortError;
use oms_ports::gateway::{Authorization, Gateway as _, GatewayPayment, Standing};

const TOTAL: i64 = 12_000;

fn of(amount: i64, code: &str) -> Money {
    Money::new(amount, currency(code))
}

fn euros(amount: i64) -> Money {
    of(amount, "EUR")
}

struct Desk {
    gateway: OnInvoice,
    invoices: Arc<MemoryInvoices>,
    intent: String,
}

impl Desk {
    /// An invoice of [`TOTAL`] that is promised.
    async fn promised() -> Self {
        let invoices = Arc::new(MemoryInvoices::default());
        let gateway = OnInvoice { invoices: invoices.clone(), clock: Arc::new(FixedClock::at(NOON)) };
        let intent = gateway.authorize(&request(euros(TOTAL))).await.unwrap().intent;
        Self { gateway, invoices, intent }
    }

    async fn issued() -> Self {
        let desk = Self::promised().await;
        desk.gateway.capture(&desk.intent, euros(TOTAL), "c").await.unwrap();
        desk
    }

    async fn withdrawn() -> Self {
        let desk = Self::promised().await;
        desk.gateway.void(&desk.intent, "v").await.unwrap();
        desk
    }

    async fn standing(&self) -> Standing {
        self.gateway.retrieve(&self.intent).await.unwrap().unwrap().standing
    }

    fn version(&self) -> u32 {
        self.invoices.all()[0].version
    }
}

fn request(amount: Money) -> Authorization {
    let method = PaymentMethod { kind: MethodKind::Invoice, token: String::new() };
    Authorization { order_id: an_order().id(), attempt: 1, amount, method, key: "a".to_owned() }
}

/// What came of a call, in one word.
fn word<T>(answer: &Result<T, PortError>) -> &str {
    match answer {
        Ok(_) => "done",
        Err(PortError::Refused { code, .. }) => code,
        Err(PortError::Corrupt { .. }) => "reused",
        Err(_) => "other",
    }
}

#[tokio::test]
async fn a_promise_made_again_is_the_same_and_for_another_sum_is_none() {
    let desk = Desk::promised().await;
    for (amount, expected) in [(euros(TOTAL), "done"), (euros(TOTAL - 1), "reused"), (of(TOTAL, "USD"), "reused")] {
        assert_eq!(word(&desk.gateway.authorize(&request(amount)).await), expected, "{amount}");
    }
    assert_eq!(desk.standing().await, Standing::Authorized { amount: TOTAL });
}

#[tokio::test]
async fn no_more_is_invoiced_than_was_promised_and_in_no_other_currency() {
    for (amount, expected, after) in [
        (euros(TOTAL), "done", Standing::Captured { amount: TOTAL, refunded: 0 }),
        (euros(TOTAL - 1), "done", Standing::Captured { amount: TOTAL - 1, refunded: 0 }),
        (euros(TOTAL + 1), "amount_too_large", Standing::Authorized { amount: TOTAL }),
        (of(TOTAL, "USD"), "amount_too_large", Standing::Authorized { amount: TOTAL }),
        (of(1, "USD"), "amount_too_large", Standing::Authorized { amount: TOTAL }),
    ] {
        let desk = Desk::promised().await;
        assert_eq!(word(&desk.gateway.capture(&desk.intent, amount, "c").await), expected, "{amount}");
        assert_eq!(desk.standing().await, after, "{amount}");
    }
}

#[tokio::test]
async fn an_invoice_is_issued_once_and_under_one_key() {
    let desk = Desk::issued().await;
    for (amount, key, expected) in [
        (euros(TOTAL), "c", "done"),
        (euros(TOTAL - 1), "c", "reused"),
        (of(TOTAL, "USD"), "c", "reused"),
        (euros(TOTAL), "c2", "invoice_unexpected_state"),
    ] {
        assert_eq!(word(&desk.gateway.capture(&desk.intent, amount, key).await), expected, "{amount} {key}");
    }
    assert_eq!(desk.version(), 2, "promised, issued, and nothing since");
    assert_eq!(word(&desk.gateway.void(&desk.intent, "v").await), "invoice_unexpected_state");
}

#[tokio::test]
async fn a_promise_is_withdrawn_once_and_under_one_key() {
    let desk = Desk::withdrawn().await;
    for (key, expected) in [("v", "done"), ("v2", "invoice_unexpected_state")] {
        assert_eq!(word(&desk.gateway.void(&desk.intent, key).await), expected, "{key}");
    }
    assert_eq!((desk.standing().await, desk.version()), (Standing::Voided, 2));
    assert_eq!(word(&desk.gateway.capture(&desk.intent, euros(TOTAL), "c").await), "invoice_unexpected_state");
}

#[tokio::test]
async fn what_is_credited_is_something_and_no_more_than_is_left() {
    let left = TOTAL - 500;
    for (amount, key, expected) in [
        (euros(left), "r2", "done"),
        (euros(1), "r2", "done"),
        (euros(0), "r2", "amount_too_large"),
        (euros(-1), "r2", "amount_too_large"),
        (euros(left + 1), "r2", "amount_too_large"),
        (of(1, "USD"), "r2", "amount_too_large"),
        (euros(500), "r", "done"),
        (euros(501), "r", "reused"),
    ] {
        let desk = Desk::issued().await;
        let first = desk.gateway.refund(&desk.intent, euros(500), "r").await.unwrap();
        let second = desk.gateway.refund(&desk.intent, amount, key).await;
        assert_eq!(word(&second), expected, "{amount} {key}");
        let more = if expected == "done" && key == "r2" { amount.amount } else { 0 };
        assert_eq!(desk.standing().await, Standing::Captured { amount: TOTAL, refunded: 500 + more }, "{amount} {key}");
        assert_eq!(desk.version(), if more > 0 { 4 } else { 3 }, "{amount} {key}");
        assert_eq!(desk.gateway.find_refund(&desk.intent, "r").await.unwrap().as_ref(), Some(&first), "{amount} {key}");
        assert_eq!(desk.gateway.find_refund(&desk.intent, "r2").await.unwrap().is_some(), more > 0, "{amount} {key}");
    }
}

#[tokio::test]
async fn nothing_is_credited_of_what_was_not_invoiced() {
    for desk in [Desk::promised().await, Desk::withdrawn().await] {
        assert_eq!(word(&desk.gateway.refund(&desk.intent, euros(1), "r").await), "invoice_unexpected_state");
        assert_eq!(desk.gateway.find_refund(&desk.intent, "r").await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_payment_is_found_by_its_id_and_by_its_order_and_attempt() {
    let desk = Desk::promised().await;
    let id = an_order().id();
    let expected = GatewayPayment {
        intent: format!("inv_{id}_1"),
        order_id: id,
        attempt: 1,
        currency: "EUR".to_owned(),
        standing: Standing::Authorized { amount: TOTAL },
        evidence: None,
    };
    assert_eq!(desk.gateway.retrieve(&desk.intent).await.unwrap(), Some(expected.clone()));
    assert_eq!(desk.gateway.find(id, 1).await.unwrap(), Some(expected));
    assert_eq!(desk.gateway.find(id, 2).await.unwrap(), None);
    assert_eq!(desk.gateway.find(an_order().nth(2).id(), 1).await.unwrap(), None);
}
