//! Where the money of an order is, as its head keeps it.

use serde::{Deserialize, Serialize};

use crate::history::Fact;

/// Where the money is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum PaymentStatus {
    /// Nothing has happened yet in this attempt.
    Open,
    /// The customer must give another payment method before this attempt begins.
    MethodWanted,
    /// The customer must act (3-D Secure).
    ActionRequired,
    /// Reserved.
    Authorized,
    /// Refused.
    Declined,
    /// Taken.
    Captured,
    /// The reservation was given back.
    Voided,
    /// Everything taken was given back.
    Refunded,
}

impl PaymentStatus {
    /// Whether nothing is known yet of what this attempt reserves, so that a reservation on record is that of the attempt before.
    pub fn is_undecided(self) -> bool {
        matches!(self, Self::Open | Self::MethodWanted | Self::ActionRequired)
    }
}

/// Payment summary; amounts in minor units of the order's currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Where the money is.
    pub status: PaymentStatus,
    /// Number of the current attempt, from 1.
    pub attempt: u8,
    /// Reserved at present.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub authorized: i64,
    /// Taken in all.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub captured: i64,
    /// Given back in all; never more than `captured`.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub refunded: i64,
    /// Owed to the customer and not yet given back, while the order lives on.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub owed: i64,
    /// Whether the last refusal was final.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hard_decline: bool,
    /// Whether the gateway was asked after the order had died, and reserved nothing for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub nothing_reserved: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_nothing(amount: &i64) -> bool {
    *amount == 0
}

impl Payment {
    /// Before anything has happened.
    pub(super) fn new() -> Self {
        Self {
            status: PaymentStatus::Open,
            attempt: 1,
            authorized: 0,
            captured: 0,
            refunded: 0,
            owed: 0,
            hard_decline: false,
            nothing_reserved: false,
        }
    }

    /// The next attempt begins, or waits for another method.
    pub(super) fn asked_again(&mut self, status: PaymentStatus) {
        self.attempt = self.attempt.saturating_add(1);
        self.status = status;
    }

    /// Notes what a fact says of the money.
    pub(super) fn learnt(&mut self, fact: &Fact) {
        match fact {
            Fact::PaymentMethodGiven => self.status = PaymentStatus::Open,
            Fact::PaymentActionRequired => self.status = PaymentStatus::ActionRequired,
            Fact::PaymentAuthorized { amount } => {
                self.status = PaymentStatus::Authorized;
                self.authorized = *amount;
            }
            Fact::PaymentDeclined { hard, .. } => {
                self.status = PaymentStatus::Declined;
                self.hard_decline = *hard;
                self.authorized = 0;
            }
            Fact::PaymentCaptured { amount } => {
                self.status = PaymentStatus::Captured;
                self.captured = self.captured.saturating_add(*amount);
                self.authorized = 0;
            }
            Fact::PaymentVoided => {
                // What was given back then was the attempt before.
                if self.status != PaymentStatus::MethodWanted {
                    self.status = PaymentStatus::Voided;
                }
                self.authorized = 0;
            }
            Fact::RefundDue { amount } | Fact::PartOwed { amount, .. } => self.owed = self.owed.saturating_add(*amount),
            Fact::PaymentRefunded { amount } => {
                self.owed = (self.owed - amount).max(0);
                self.refunded = self.refunded.saturating_add(*amount);
                // Where nothing was taken, nothing can have been given back.
                if self.captured > 0 && self.refunded >= self.captured {
                    self.status = PaymentStatus::Refunded;
                }
            }
            Fact::NothingReserved => self.nothing_reserved = true,
            _ => {}
        }
    }
}
