//! Payment on invoice, as a gateway: the money comes after the goods, and the books are our own.
//!
//! | gateway | here |
//! |---|---|
//! | authorise | the customer's promise is written down |
//! | capture | the invoice is issued, under a number without gaps |
//! | void | the promise is withdrawn |
//! | refund | a credit note, likewise numbered |
//!
//! A promise is always taken: whether the customer is good for it is for a credit check to say, which is none of a gateway's business
//! and does not exist yet. Nor is what the customer has paid of an invoice: "captured" means invoiced.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::tz::TimeZone;

use oms_domain::{Money, OrderId};
use oms_ports::Clock;
use oms_ports::error::{Party, PortError};
use oms_ports::gateway::{Authorization, Gateway, GatewayPayment, Standing};
use oms_ports::invoices::{Credit, Invoice, Invoices, Papers, Series, Stage};

/// The gateway's name, and its id as an actor.
pub const NAME: &str = "invoice";

/// What ids of these payments start with.
pub const PREFIX: &str = "inv_";

/// Looks at an invoice that somebody else is changing: a key of ours has one owner, so a second look almost always settles it.
const LOOKS: u8 = 4;

/// The gateway.
#[derive(Clone)]
pub struct OnInvoice {
    /// The books.
    pub invoices: Arc<dyn Invoices>,
    /// When papers are issued.
    pub clock: Arc<dyn Clock>,
}

/// What a call comes to, given how the invoice stands.
enum Step<T> {
    /// It was done before, or needs nothing.
    Done(T),
    /// The invoice becomes this.
    Becomes(Invoice, T),
    /// The invoice becomes this, under the next number of a series.
    Numbered(Papers, Box<dyn Fn(&str) -> Invoice + Send + Sync>),
}

impl OnInvoice {
    /// Looks at the invoice, decides, and writes on condition that it is still so; looks again where it is not.
    async fn change<T>(
        &self,
        intent: &str,
        decide: impl Fn(&Invoice) -> Result<Step<T>, PortError>,
        read: impl Fn(&Invoice) -> Result<T, PortError>,
    ) -> Result<T, PortError> {
        for _ in 0..LOOKS {
            let was = self.stored(intent).await?.ok_or_else(|| refused("resource_missing"))?;
            let written = match decide(&was)? {
                Step::Done(answer) => return Ok(answer),
                Step::Becomes(now, answer) => self.invoices.replace(&was, &now).await.map(|()| answer),
                Step::Numbered(papers, make) => match self.invoices.issue(&was, self.series(papers), &*make).await {
                    Ok(now) => read(&now),
                    Err(error) => Err(error),
                },
            };
            match written {
                Err(PortError::Conflict) => {}
                settled => return settled,
            }
        }
        Err(PortError::Conflict)
    }

    async fn stored(&self, intent: &str) -> Result<Option<Invoice>, PortError> {
        match of(intent) {
            Some((order, attempt)) => self.invoices.invoice(order, attempt).await,
            None => Ok(None),
        }
    }

    fn series(&self, papers: Papers) -> Series {
        Series { papers, year: self.clock.now().to_zoned(TimeZone::UTC).year() }
    }
}

#[async_trait]
impl Gateway for OnInvoice {
    async fn authorize(&self, request: &Authorization) -> Result<GatewayPayment, PortError> {
        if request.amount.amount <= 0 {
            return Err(refused("amount_too_small"));
        }
        let new = Invoice {
            order_id: request.order_id,
            attempt: request.attempt,
            version: 1,
            promised: request.amount,
            promised_at: self.clock.now(),
            stage: Stage::Promised,
            credits: Vec::new(),
        };
        if self.invoices.promise(&new).await? {
            return Ok(payment(&new));
        }
        let before = self.invoices.invoice(request.order_id, request.attempt).await?;
        let before = before.ok_or_else(|| PortError::corrupt(Party::Gateway, "an invoice stood in the way and is gone"))?;
        if before.promised == request.amount { Ok(payment(&before)) } else { Err(reused()) }
    }

    async fn capture(&self, intent: &str, amount: Money, key: &str) -> Result<GatewayPayment, PortError> {
        let now = self.clock.now();
        let decide = |was: &Invoice| match &was.stage {
            Stage::Issued { key: used, .. } if used == key => done_before(was, matches_issued(was, amount)),
            Stage::Issued { .. } | Stage::Withdrawn { .. } => Err(refused("invoice_unexpected_state")),
            Stage::Promised if amount.currency != was.promised.currency || amount.amount > was.promised.amount => {
                Err(refused("amount_too_large"))
            }
            Stage::Promised => {
                let (was, key) = (was.clone(), key.to_owned());
                Ok(Step::Numbered(
                    Papers::Invoice,
                    Box::new(move |number| {
                        let stage = Stage::Issued { number: number.to_owned(), amount: amount.amount, at: now, key: key.clone() };
                        next(&was, stage)
                    }),
                ))
            }
        };
        self.change(intent, decide, |now| Ok(payment(now))).await
    }

    async fn void(&self, intent: &str, key: &str) -> Result<GatewayPayment, PortError> {
        let decide = |was: &Invoice| match &was.stage {
            Stage::Withdrawn { key: used } if used == key => Ok(Step::Done(payment(was))),
            Stage::Withdrawn { .. } | Stage::Issued { .. } => Err(refused("invoice_unexpected_state")),
            Stage::Promised => {
                let now = next(was, Stage::Withdrawn { key: key.to_owned() });
                let answer = payment(&now);
                Ok(Step::Becomes(now, answer))
            }
        };
        self.change(intent, decide, |now| Ok(payment(now))).await
    }

    async fn refund(&self, intent: &str, amount: Money, key: &str) -> Result<String, PortError> {
        let now = self.clock.now();
        let decide = |was: &Invoice| {
            let Stage::Issued { amount: invoiced, .. } = &was.stage else {
                return Err(refused("invoice_unexpected_state"));
            };
            if let Some(made) = was.credits.iter().find(|credit| credit.key == key) {
                return if made.amount == amount.amount { Ok(Step::Done(made.number.clone())) } else { Err(reused()) };
            }
            if amount.currency != was.promised.currency || amount.amount <= 0 || amount.amount > invoiced - was.credited() {
                return Err(refused("amount_too_large"));
            }
            let (was, key) = (was.clone(), key.to_owned());
            Ok(Step::Numbered(
                Papers::CreditNote,
                Box::new(move |number| {
                    let mut now_credited = next(&was, was.stage.clone());
                    now_credited.credits.push(Credit { number: number.to_owned(), amount: amount.amount, at: now, key: key.clone() });
                    now_credited
                }),
            ))
        };
        self.change(intent, decide, |now| credit(now, key).ok_or_else(|| PortError::corrupt(Party::Gateway, "a credit note is not kept")))
            .await
    }

    async fn retrieve(&self, intent: &str) -> Result<Option<GatewayPayment>, PortError> {
        Ok(self.stored(intent).await?.as_ref().map(payment))
    }

    async fn find(&self, order: OrderId, attempt: u8) -> Result<Option<GatewayPayment>, PortError> {
        Ok(self.invoices.invoice(order, attempt).await?.as_ref().map(payment))
    }

    async fn find_refund(&self, intent: &str, key: &str) -> Result<Option<String>, PortError> {
        Ok(self.stored(intent).await?.and_then(|invoice| credit(&invoice, key)))
    }
}

/// The order and attempt of one of our ids.
fn of(intent: &str) -> Option<(OrderId, u8)> {
    let (order, attempt) = intent.strip_prefix(PREFIX)?.rsplit_once('_')?;
    Some((order.parse().ok()?, attempt.parse().ok()?))
}

fn payment(invoice: &Invoice) -> GatewayPayment {
    GatewayPayment {
        intent: format!("{PREFIX}{}_{}", invoice.order_id, invoice.attempt),
        order_id: invoice.order_id,
        attempt: invoice.attempt,
        currency: invoice.promised.currency.to_string(),
        standing: match &invoice.stage {
            Stage::Promised => Standing::Authorized { amount: invoice.promised.amount },
            Stage::Withdrawn { .. } => Standing::Voided,
            Stage::Issued { amount, .. } => Standing::Captured { amount: *amount, refunded: invoice.credited() },
        },
        evidence: None,
    }
}

fn next(was: &Invoice, stage: Stage) -> Invoice {
    Invoice { version: was.version.saturating_add(1), stage, ..was.clone() }
}

fn credit(invoice: &Invoice, key: &str) -> Option<String> {
    invoice.credits.iter().find(|credit| credit.key == key).map(|credit| credit.number.clone())
}

fn matches_issued(invoice: &Invoice, wanted: Money) -> bool {
    matches!(&invoice.stage, Stage::Issued { amount, .. } if *amount == wanted.amount) && invoice.promised.currency == wanted.currency
}

fn done_before(was: &Invoice, same: bool) -> Result<Step<GatewayPayment>, PortError> {
    if same { Ok(Step::Done(payment(was))) } else { Err(reused()) }
}

fn refused(code: &str) -> PortError {
    PortError::refused(Party::Gateway, code)
}

fn reused() -> PortError {
    PortError::corrupt(Party::Gateway, "the key came with other parameters before")
}
