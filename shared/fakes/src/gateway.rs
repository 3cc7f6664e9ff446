//! A payment gateway with a memory like Stripe's: payments by id, answers by idempotency key.

use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;
use jiff::Timestamp;

use oms_domain::{Money, OrderId};
use oms_ports::error::{Party, PortError};
use oms_ports::gateway::evidence::{Authentication, AuthenticationResult, CardEvidence, Compared};
use oms_ports::gateway::{Authorization, BookPage, Booked, Books as GatewayBooks, Gateway, GatewayPayment, Standing};

use crate::build::NOON;
use crate::build::payment::some_evidence;
use crate::faults::Faults;
use crate::lock;

/// Is authorised.
pub const CARD_GOOD: &str = "pm_card_visa";
/// Is authorised, and its issuer knows the billing address.
pub const CARD_KNOWN: &str = "pm_card_mastercard";
/// Is declined; trying again may help.
pub const CARD_DECLINED: &str = "pm_card_visa_chargeDeclined";
/// Is declined for ever.
pub const CARD_STOLEN: &str = "pm_card_visa_chargeDeclinedStolenCard";
/// Needs the customer to act.
pub const CARD_NEEDS_ACTION: &str = "pm_card_authenticationRequired";
/// Stays in processing until [`FakeGateway::settle`].
pub const CARD_SLOW: &str = "pm_card_processing";

/// A payment with its refunds.
#[derive(Debug, Clone)]
pub struct Intent {
    /// The payment.
    pub payment: GatewayPayment,
    /// When it was made.
    pub created: Timestamp,
    /// Refunds by our key: id and amount.
    pub refunds: Vec<(String, String, i64)>,
}

impl Intent {
    /// Makes it stand somewhere else. Where money is held from now on there is a charge that tells of the card; a customer who had to act did.
    pub fn settle(&mut self, standing: Standing) {
        let payment = &mut self.payment;
        let acted = matches!(payment.standing, Standing::ActionRequired { .. });
        payment.standing = standing;
        if let (Standing::Authorized { amount } | Standing::Captured { amount, .. }, None) = (&payment.standing, &payment.evidence) {
            let mut evidence = some_evidence(payment.order_id, *amount, &payment.currency);
            evidence.authentication =
                acted.then_some(Authentication { result: AuthenticationResult::Authenticated, liability_shifted: true, exemption: None });
            payment.evidence = Some(evidence);
        }
    }
}

/// What a key was answered with.
#[derive(Debug, Clone)]
pub enum Answer {
    /// A payment.
    Payment(GatewayPayment),
    /// A refund's id.
    Refund(String),
}

/// Everything the gateway knows.
#[derive(Debug, Clone, Default)]
pub struct Books {
    /// Payments, oldest first.
    pub intents: Vec<Intent>,
    /// What each idempotency key was used for, and what was answered.
    pub answers: BTreeMap<String, (String, Answer)>,
    /// How often money was taken.
    pub captures: u32,
    /// How often money was given back.
    pub refunds: u32,
    /// Payments that others made, with what they hold.
    pub foreign: Vec<Booked>,
    /// When payments are made.
    pub now: Option<Timestamp>,
}

/// The gateway. Operations are named after the port's methods.
#[derive(Default)]
pub struct FakeGateway {
    /// Planned faults.
    pub faults: Faults,
    books: Mutex<Books>,
}

impl FakeGateway {
    /// Every payment, oldest first.
    pub fn payments(&self) -> Vec<GatewayPayment> {
        let books = lock(&self.books);
        books.intents.iter().map(|i| i.payment.clone()).collect()
    }

    /// How many payments were ever made: authorisations that reached the gateway under different keys.
    pub fn authorizations(&self) -> usize {
        lock(&self.books).intents.len()
    }

    /// How often money was taken.
    pub fn captures(&self) -> u32 {
        lock(&self.books).captures
    }

    /// How often money was given back.
    pub fn refunds(&self) -> u32 {
        lock(&self.books).refunds
    }

    /// What the gateway holds of an order's customer in all: reserved, taken, given back.
    pub fn balance(&self, order: OrderId) -> Balance {
        lock(&self.books).balance(order)
    }

    /// Everything it knows now.
    pub fn snapshot(&self) -> Books {
        lock(&self.books).clone()
    }

    /// Makes it know just this.
    pub fn restore(&self, books: &Books) {
        lock(&self.books).clone_from(books);
    }

    /// Makes a payment stand somewhere else: the customer acted, the reservation ran out, staff refunded by hand.
    pub fn settle(&self, intent: &str, standing: Standing) {
        let mut books = lock(&self.books);
        books.intent(intent).expect("no such payment").settle(standing);
    }

    /// Makes payments at this time from now on; at [`NOON`] otherwise.
    pub fn at(&self, now: Timestamp) {
        lock(&self.books).now = Some(now);
    }

    /// Puts a payment into the books that somebody else made, for nothing of ours.
    pub fn made_by_others(&self, intent: &str, created: Timestamp, held: i64) {
        lock(&self.books).foreign.push(Booked { intent: intent.to_owned(), created, held, payment: None });
    }

    /// Loses a payment altogether.
    pub fn lose(&self, intent: &str) {
        lock(&self.books).intents.retain(|kept| kept.payment.intent != intent);
    }

    /// Forgets idempotency keys, as a gateway does after a day.
    pub fn forget_keys(&self) {
        lock(&self.books).answers.clear();
    }

    fn call<T>(&self, op: &str, effect: impl FnOnce(&mut Books) -> Result<T, PortError>) -> Result<T, PortError> {
        self.faults.around(op, Party::Gateway, || effect(&mut lock(&self.books)))
    }
}

/// Minor units that an order has at the gateway, over all its payments.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Balance {
    /// Reserved and not taken.
    pub reserved: i64,
    /// Taken, whether or not given back since.
    pub taken: i64,
    /// Given back.
    pub given_back: i64,
}

fn refused(code: &str) -> PortError {
    PortError::refused(Party::Gateway, code)
}

impl Books {
    /// What is held of an order's customer in all.
    pub fn balance(&self, order: OrderId) -> Balance {
        let own = self.intents.iter().filter(|intent| intent.payment.order_id == order);
        own.fold(Balance::default(), |mut sum, intent| {
            match intent.payment.standing {
                Standing::Authorized { amount } => sum.reserved += amount,
                Standing::Captured { amount, refunded } => {
                    sum.taken += amount;
                    sum.given_back += refunded;
                }
                Standing::ActionRequired { .. } | Standing::Declined { .. } | Standing::Voided | Standing::Processing => {}
            }
            sum
        })
    }

    fn intent(&mut self, id: &str) -> Result<&mut Intent, PortError> {
        // From the newest: a bench makes thousands, and asks for the last ones.
        let mut intents = self.intents.iter_mut();
        intents.rfind(|intent| intent.payment.intent == id).ok_or_else(|| refused("resource_missing"))
    }

    /// Answers from memory where the key came before; the same key with other parameters is an error.
    fn once(&mut self, key: &str, asked: &str, effect: impl FnOnce(&mut Self) -> Result<Answer, PortError>) -> Result<Answer, PortError> {
        if let Some((before, answer)) = self.answers.get(key) {
            return if before == asked { Ok(answer.clone()) } else { Err(PortError::corrupt(Party::Gateway, "idempotency_error")) };
        }
        let answer = effect(self)?;
        let remembered = (asked.to_owned(), answer.clone());
        self.answers.insert(key.to_owned(), remembered);
        Ok(answer)
    }

    fn payment(
        &mut self,
        key: &str,
        asked: &str,
        effect: impl FnOnce(&mut Self) -> Result<GatewayPayment, PortError>,
    ) -> Result<GatewayPayment, PortError> {
        match self.once(key, asked, |books| effect(books).map(Answer::Payment))? {
            Answer::Payment(payment) => Ok(payment),
            Answer::Refund(_) => Err(PortError::corrupt(Party::Gateway, "idempotency_error")),
        }
    }

    fn authorize(&mut self, request: &Authorization) -> GatewayPayment {
        let id = format!("pi_{}", self.intents.len() + 1);
        let declined = |code: &str, hard| Standing::Declined { code: code.to_owned(), hard };
        let standing = match request.method.token.as_str() {
            CARD_GOOD | CARD_KNOWN => Standing::Authorized { amount: request.amount.amount },
            CARD_NEEDS_ACTION => Standing::ActionRequired { client_secret: format!("{id}_secret").into() },
            CARD_SLOW => Standing::Processing,
            CARD_STOLEN => declined("stolen_card", true),
            _ => declined("generic_decline", false),
        };
        let known = if request.method.token == CARD_KNOWN { Compared::Match } else { Compared::NotDone };
        let evidence = matches!(standing, Standing::Authorized { .. }).then(|| CardEvidence {
            street: known,
            postcode: known,
            ..some_evidence(request.order_id, request.amount.amount, request.amount.currency.code())
        });
        let payment = GatewayPayment {
            intent: id,
            order_id: request.order_id,
            attempt: request.attempt,
            currency: request.amount.currency.to_string(),
            evidence,
            standing,
        };
        self.intents.push(Intent { payment: payment.clone(), created: self.now.unwrap_or(NOON), refunds: Vec::new() });
        payment
    }

    /// Takes what is reserved; a payment that has nothing reserved refuses.
    fn capture(&mut self, id: &str, amount: Money) -> Result<GatewayPayment, PortError> {
        let intent = self.intent(id)?;
        let Standing::Authorized { amount: reserved } = intent.payment.standing else {
            return Err(refused("payment_intent_unexpected_state"));
        };
        if amount.amount > reserved || amount.currency.to_string() != intent.payment.currency {
            return Err(refused("amount_too_large"));
        }
        intent.payment.standing = Standing::Captured { amount: amount.amount, refunded: 0 };
        let payment = intent.payment.clone();
        self.captures += 1;
        Ok(payment)
    }

    /// Gives a reservation back, or ends an unfinished payment; one that is taken or void refuses.
    fn void(&mut self, id: &str) -> Result<GatewayPayment, PortError> {
        let payment = &mut self.intent(id)?.payment;
        if matches!(payment.standing, Standing::Captured { .. } | Standing::Voided) {
            return Err(refused("payment_intent_unexpected_state"));
        }
        payment.standing = Standing::Voided;
        Ok(payment.clone())
    }

    fn refund(&mut self, id: &str, amount: Money, key: &str) -> Result<String, PortError> {
        let refund = format!("re_{}", self.refunds + 1);
        let intent = self.intent(id)?;
        let Standing::Captured { amount: taken, refunded } = &mut intent.payment.standing else {
            return Err(refused("payment_intent_unexpected_state"));
        };
        if amount.amount > *taken - *refunded {
            return Err(refused("charge_already_refunded"));
        }
        *refunded += amount.amount;
        intent.refunds.push((key.to_owned(), refund.clone(), amount.amount));
        self.refunds += 1;
        Ok(refund)
    }
}

#[async_trait]
impl Gateway for FakeGateway {
    async fn authorize(&self, request: &Authorization) -> Result<GatewayPayment, PortError> {
        let asked = format!("authorize {request:?}");
        self.faults.gate().await;
        self.call("authorize", |books| books.payment(&request.key, &asked, |books| Ok(books.authorize(request))))
    }

    async fn capture(&self, intent: &str, amount: Money, key: &str) -> Result<GatewayPayment, PortError> {
        let asked = format!("capture {intent} {amount}");
        self.faults.gate().await;
        self.call("capture", |books| books.payment(key, &asked, |books| books.capture(intent, amount)))
    }

    async fn void(&self, intent: &str, key: &str) -> Result<GatewayPayment, PortError> {
        let asked = format!("void {intent}");
        self.faults.gate().await;
        self.call("void", |books| books.payment(key, &asked, |books| books.void(intent)))
    }

    async fn refund(&self, intent: &str, amount: Money, key: &str) -> Result<String, PortError> {
        let asked = format!("refund {intent} {amount}");
        self.faults.gate().await;
        self.call("refund", |books| {
            let effect = |books: &mut Books| books.refund(intent, amount, key).map(Answer::Refund);
            match books.once(key, &asked, effect)? {
                Answer::Refund(id) => Ok(id),
                Answer::Payment(_) => Err(PortError::corrupt(Party::Gateway, "idempotency_error")),
            }
        })
    }

    async fn retrieve(&self, intent: &str) -> Result<Option<GatewayPayment>, PortError> {
        self.faults.gate().await;
        self.call("retrieve", |books| Ok(books.intent(intent).ok().map(|found| found.payment.clone())))
    }

    async fn find(&self, order: OrderId, attempt: u8) -> Result<Option<GatewayPayment>, PortError> {
        self.faults.gate().await;
        self.call("find", |books| {
            let mut payments = books.intents.iter().map(|intent| &intent.payment);
            Ok(payments.rfind(|payment| payment.order_id == order && payment.attempt == attempt).cloned())
        })
    }

    async fn find_refund(&self, intent: &str, key: &str) -> Result<Option<String>, PortError> {
        self.faults.gate().await;
        self.call("find_refund", |books| {
            let intent = books.intent(intent)?;
            let mut refunds = intent.refunds.iter();
            Ok(refunds.find(|(used, _, _)| used == key).map(|(_, id, _)| id.clone()))
        })
    }
}

/// Most payments on a page: few, so that tests turn pages.
const PAGE: usize = 2;

#[async_trait]
impl GatewayBooks for FakeGateway {
    async fn booked(&self, from: Timestamp, to: Timestamp, after: Option<&str>) -> Result<BookPage, PortError> {
        self.call("booked", |books| {
            let own = books.intents.iter().map(|intent| Booked {
                intent: intent.payment.intent.clone(),
                created: intent.created,
                held: match intent.payment.standing {
                    Standing::Authorized { amount } => amount,
                    Standing::Captured { amount, refunded } => amount - refunded,
                    Standing::ActionRequired { .. } | Standing::Declined { .. } | Standing::Voided | Standing::Processing => 0,
                },
                payment: Some(intent.payment.clone()),
            });
            let all: Vec<Booked> =
                own.chain(books.foreign.iter().cloned()).filter(|booked| from <= booked.created && booked.created < to).collect();
            let start = after.and_then(|last| all.iter().position(|booked| booked.intent == last)).map_or(0, |found| found + 1);
            let payments: Vec<Booked> = all[start..].iter().take(PAGE).cloned().collect();
            let next = payments.last().filter(|_| start + PAGE < all.len()).map(|last| last.intent.clone());
            Ok(BookPage { payments, next })
        })
    }
}
