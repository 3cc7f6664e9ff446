//! The books of invoices: one per attempt, conditional writes, and numbers without gaps.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::future::join_all;

use oms_domain::Money;
use oms_ports::PortError;
use oms_ports::invoices::{Invoice, Invoices, Papers, Series, Stage};

use crate::build::order::an_order;
use crate::build::{NOON, currency};

/// Runs the whole suite.
pub async fn all<S: Invoices + 'static>(factory: impl AsyncFn() -> Arc<S>) {
    the_first_promise_stays(&*factory().await).await;
    a_replacement_needs_the_version_it_saw(&*factory().await).await;
    numbers_have_no_gaps_however_many_issue_at_once(factory().await).await;
    a_number_is_not_taken_where_the_invoice_changed(&*factory().await).await;
    series_do_not_meet(&*factory().await).await;
}

const INVOICES: Series = Series { papers: Papers::Invoice, year: 2026 };

fn promised(nth: u64, attempt: u8) -> Invoice {
    Invoice {
        order_id: an_order().nth(nth).id(),
        attempt,
        version: 1,
        promised: Money::new(12_000, currency("EUR")),
        promised_at: NOON,
        stage: Stage::Promised,
        credits: Vec::new(),
    }
}

fn issued(was: &Invoice, number: &str) -> Invoice {
    let stage = Stage::Issued { number: number.to_owned(), amount: was.promised.amount, at: NOON, key: "k".to_owned() };
    Invoice { version: was.version + 1, stage, ..was.clone() }
}

fn number(invoice: &Invoice) -> &str {
    match &invoice.stage {
        Stage::Issued { number, .. } => number,
        Stage::Promised | Stage::Withdrawn { .. } => "",
    }
}

async fn the_first_promise_stays(store: &impl Invoices) {
    let (first, second) = (promised(0, 1), Invoice { promised: Money::new(1, currency("EUR")), ..promised(0, 1) });
    assert_eq!(store.invoice(first.order_id, 1).await.unwrap(), None);
    assert!(store.promise(&first).await.unwrap());
    assert!(!store.promise(&second).await.unwrap());
    assert!(store.promise(&promised(0, 2)).await.unwrap(), "another attempt");
    assert!(store.promise(&promised(1, 1)).await.unwrap(), "another order");
    assert_eq!(store.invoice(first.order_id, 1).await.unwrap(), Some(first));
}

async fn a_replacement_needs_the_version_it_saw(store: &impl Invoices) {
    let first = promised(0, 1);
    assert!(matches!(store.replace(&first, &first).await, Err(PortError::Conflict)), "nothing is there");
    store.promise(&first).await.unwrap();
    let second = Invoice { version: 2, stage: Stage::Withdrawn { key: "k".to_owned() }, ..first.clone() };
    store.replace(&first, &second).await.unwrap();
    assert!(matches!(store.replace(&first, &second).await, Err(PortError::Conflict)));
    assert_eq!(store.invoice(first.order_id, 1).await.unwrap(), Some(second));
}

async fn numbers_have_no_gaps_however_many_issue_at_once<S: Invoices + 'static>(store: Arc<S>) {
    let count = 12;
    let issue = async |nth: u64| {
        let was = promised(nth, 1);
        store.promise(&was).await.unwrap();
        loop {
            match store.issue(&was, INVOICES, &|number| issued(&was, number)).await {
                Ok(now) => return number(&now).to_owned(),
                Err(PortError::Conflict) => {}
                Err(error) => panic!("{error}"),
            }
        }
    };
    let numbers: BTreeSet<String> = join_all((0..count).map(issue)).await.into_iter().collect();
    let expected: BTreeSet<String> = (1..=count).map(|n| format!("INV-2026-{n:06}")).collect();
    assert_eq!(numbers, expected);
    for nth in 0..count {
        let kept = store.invoice(promised(nth, 1).order_id, 1).await.unwrap().unwrap();
        assert!(numbers.contains(number(&kept)), "what was answered is what is kept");
    }
}

async fn a_number_is_not_taken_where_the_invoice_changed(store: &impl Invoices) {
    let was = promised(0, 1);
    store.promise(&was).await.unwrap();
    let first = store.issue(&was, INVOICES, &|number| issued(&was, number)).await.unwrap();
    assert!(matches!(store.issue(&was, INVOICES, &|number| issued(&was, number)).await, Err(PortError::Conflict)));
    assert_eq!(store.invoice(was.order_id, 1).await.unwrap(), Some(first));
    let other = promised(1, 1);
    store.promise(&other).await.unwrap();
    let second = store.issue(&other, INVOICES, &|number| issued(&other, number)).await.unwrap();
    assert_eq!(number(&second), "INV-2026-000002", "the refused one took none");
}

async fn series_do_not_meet(store: &impl Invoices) {
    let credit_notes = Series { papers: Papers::CreditNote, year: 2026 };
    let next_year = Series { papers: Papers::Invoice, year: 2027 };
    for (nth, series, expected) in [
        (0, INVOICES, "INV-2026-000001"),
        (1, credit_notes, "CN-2026-000001"),
        (2, next_year, "INV-2027-000001"),
        (3, INVOICES, "INV-2026-000002"),
    ] {
        let was = promised(nth, 1);
        store.promise(&was).await.unwrap();
        let now = store.issue(&was, series, &|number| issued(&was, number)).await.unwrap();
        assert_eq!(number(&now), expected);
    }
}
