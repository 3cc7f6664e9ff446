//! What the order says against what the gateway says: pure.

use serde::Serialize;

use oms_domain::{Order, OrderId};
use oms_ports::gateway::{Booked, GatewayPayment, Standing};

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, strum::Display, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Kind {
    /// The gateway holds money that names no order of ours.
    UnknownPayment,
    /// The gateway took money of which no order knows.
    ChargeWithoutOrder,
    /// An order counts on money that the gateway did not take.
    OrderWithoutCharge,
    /// Both know of the payment, and differ in an amount or the currency.
    SumDiffers,
    /// The gateway reserves money that no order will take.
    StrayReservation,
    /// An order counts on a reservation that the gateway does not hold.
    MissingReservation,
}

impl Kind {
    /// What a person does about it. Most differences are an event that never came: sent again, it settles them.
    pub fn mend(self) -> &'static str {
        match self {
            Self::UnknownPayment => "find out at the gateway who made it; give it back unless it belongs to another business",
            Self::ChargeWithoutOrder => {
                "send the payment's last event again from the gateway; where that settles nothing, give the money back"
            }
            Self::OrderWithoutCharge => "stop the goods if they have not left, and ask the customer to pay",
            Self::SumDiffers => {
                "send the payment's last event again from the gateway; where that settles nothing, compare the order's ledger with it"
            }
            Self::StrayReservation => "send the payment's last event again from the gateway; where that settles nothing, void it there",
            Self::MissingReservation => "nothing yet: the capture will fail and ask for another payment; see that it does",
        }
    }
}

/// One thing that does not agree. Amounts are minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What is wrong.
    pub kind: Kind,
    /// The order, where one is named.
    pub order_id: Option<OrderId>,
    /// The gateway's payment, where there is one.
    pub intent: Option<String>,
    /// What we count on.
    pub ours: i64,
    /// What the gateway holds.
    pub theirs: i64,
}

impl Finding {
    /// The same for the same thing found again, another once its amounts have changed.
    pub fn id(&self) -> String {
        let order = self.order_id.map_or_else(|| "-".to_owned(), |id| id.to_string());
        let intent = self.intent.as_deref().unwrap_or("-");
        format!("{}/{order}/{intent}/{}/{}", self.kind, self.ours, self.theirs)
    }
}

/// Money at the gateway that names no order and attempt of ours.
pub fn unknown(booked: &Booked) -> Option<Finding> {
    (booked.payment.is_none() && booked.held != 0).then(|| Finding {
        kind: Kind::UnknownPayment,
        order_id: None,
        intent: Some(booked.intent.clone()),
        ours: 0,
        theirs: booked.held,
    })
}

/// Money of a payment: reserved, taken, given back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Money {
    reserved: i64,
    taken: i64,
    returned: i64,
}

impl Money {
    fn at_gateway(standing: &Standing) -> Self {
        match standing {
            Standing::Authorized { amount } => Self { reserved: *amount, ..Self::default() },
            Standing::Captured { amount, refunded } => Self { reserved: 0, taken: *amount, returned: *refunded },
            Standing::ActionRequired { .. } | Standing::Declined { .. } | Standing::Voided | Standing::Processing => Self::default(),
        }
    }

    /// What the order counts on from this attempt.
    fn counted_on(order: &Order, attempt: u8) -> Self {
        let payment = &order.payment;
        // Until another payment takes its place, a reservation is that of the attempt before.
        let reserving = if payment.status.is_undecided() { payment.attempt.saturating_sub(1) } else { payment.attempt };
        let (taken, returned) = if attempt == payment.attempt { (payment.captured, payment.refunded) } else { (0, 0) };
        Self { reserved: if attempt == reserving { payment.authorized } else { 0 }, taken, returned }
    }

    fn kept(self) -> i64 {
        self.taken - self.returned
    }
}

/// Everything that does not agree between an order (or none) and all the payments made for it.
pub fn compare(id: OrderId, order: Option<&Order>, payments: &[GatewayPayment]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = payments.iter().filter_map(|payment| of_payment(order, payment)).collect();
    findings.extend(order.and_then(|order| missing(order, payments)));
    for finding in &mut findings {
        finding.order_id = Some(id);
    }
    findings
}

/// What a payment at the gateway has against its order.
fn of_payment(order: Option<&Order>, payment: &GatewayPayment) -> Option<Finding> {
    let theirs = Money::at_gateway(&payment.standing);
    let ours = order.map(|order| Money::counted_on(order, payment.attempt)).unwrap_or_default();
    let (kind, ours, theirs) = differ(ours, theirs).or_else(|| {
        let other_currency = order.is_some_and(|order| order.currency.code() != payment.currency) && theirs != Money::default();
        other_currency.then_some((Kind::SumDiffers, ours.reserved + ours.kept(), theirs.reserved + theirs.kept()))
    })?;
    Some(Finding { kind, order_id: None, intent: Some(payment.intent.clone()), ours, theirs })
}

fn differ(ours: Money, theirs: Money) -> Option<(Kind, i64, i64)> {
    if ours == theirs {
        return None;
    }
    let kinds = match (ours.taken, theirs.taken) {
        (0, 0) => match (ours.reserved, theirs.reserved) {
            (0, reserved) => (Kind::StrayReservation, 0, reserved),
            (reserved, 0) => (Kind::MissingReservation, reserved, 0),
            (ours, theirs) => (Kind::SumDiffers, ours, theirs),
        },
        // Taken and wholly given back behind our back: nobody lost anything.
        (0, _) if theirs.kept() == 0 && ours.reserved == 0 => return None,
        (0, _) => (Kind::ChargeWithoutOrder, ours.reserved, theirs.kept()),
        (_, 0) => (Kind::OrderWithoutCharge, ours.kept(), theirs.reserved),
        _ => (Kind::SumDiffers, ours.kept(), theirs.kept()),
    };
    Some(kinds)
}

/// Money that the order counts on, of an attempt that the gateway knows nothing of.
fn missing(order: &Order, payments: &[GatewayPayment]) -> Option<Finding> {
    let attempts = [order.payment.attempt, order.payment.attempt.saturating_sub(1)];
    let unmade = attempts.into_iter().filter(|attempt| payments.iter().all(|payment| payment.attempt != *attempt));
    let mut counted = unmade.filter_map(|attempt| differ(Money::counted_on(order, attempt), Money::default()));
    let (kind, ours, theirs) = counted.next()?;
    Some(Finding { kind, order_id: None, intent: None, ours, theirs })
}
