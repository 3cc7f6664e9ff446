//! What an order asks of this step.

use std::fmt;

use oms_domain::flow::{self, Next, Undo};
use oms_domain::order::PaymentStatus;
use oms_domain::{Order, State};

/// One thing to do about an order's money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duty {
    /// Reserve the total.
    Authorize,
    /// Take what is reserved.
    Capture,
    /// Give the reservation back.
    Void,
    /// Give money back.
    Refund {
        /// Minor units.
        amount: i64,
    },
    /// Count as owed what was paid for cancelled parts.
    Owe,
    /// Give back what the attempt before reserves, while its successor waits for another payment method.
    GiveBackSuperseded,
    /// See whether a reservation came after the order had died.
    LookForLate,
}

impl fmt::Display for Duty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Authorize => "authorize",
            Self::Capture => "capture",
            Self::Void => "void",
            Self::Refund { .. } => "refund",
            Self::Owe => "owe",
            Self::GiveBackSuperseded => "give back the first reservation",
            Self::LookForLate => "look for a late authorization",
        })
    }
}

/// The duty of this moment; `None` where the order asks for another step, or for none.
pub fn duty_of(order: &Order) -> Option<Duty> {
    let status = order.payment.status;
    if order.is_dead() && status.is_undecided() {
        return Some(Duty::LookForLate);
    }
    if flow::next(order) != Next::Pay && !flow::undo(order).contains(&Undo::Money) {
        return None;
    }
    if order.is_dead() && status == PaymentStatus::Authorized {
        return Some(Duty::Void);
    }
    let amount = order.refund_due();
    if amount > 0 {
        return Some(Duty::Refund { amount });
    }
    if order.parts_to_owe().next().is_some() {
        return Some(Duty::Owe);
    }
    match order.state {
        State::PendingPayment if status == PaymentStatus::MethodWanted => Some(Duty::GiveBackSuperseded),
        State::PendingPayment => Some(Duty::Authorize),
        State::Routed => Some(Duty::Capture),
        _ => None,
    }
}
