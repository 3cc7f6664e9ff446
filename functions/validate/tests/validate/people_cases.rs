//! Cases of check 26.

use oms_contract::reference::AccountStatus;

use crate::fixture::Expect::{FailsAt, Passes, Unavailable};
use crate::fixture::Kind::{Edge, Fail, Pass};
use crate::fixture::{Case, case};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case(26, Pass, "active and verified", |_| {}, Passes),
        case(26, Fail, "blocked", |g| g.customer().status = AccountStatus::Blocked, FailsAt(&["customer.status"])),
        case(26, Fail, "suspended", |g| g.customer().status = AccountStatus::Suspended, FailsAt(&["customer.status"])),
        case(26, Fail, "not verified", |g| g.customer().verified = false, FailsAt(&["customer.verified"])),
        case(
            26,
            Edge,
            "neither active nor verified: both are told",
            |g| {
                g.customer().status = AccountStatus::Blocked;
                g.customer().verified = false;
            },
            FailsAt(&["customer.status", "customer.verified"]),
        ),
        case(26, Fail, "no account", |g| g.fetched.customer = None, FailsAt(&["customer_id"])),
        case(
            26,
            Edge,
            "no account, and guests may buy",
            |g| {
                g.fetched.customer = None;
                g.market().guests_allowed = true;
            },
            Passes,
        ),
        case(
            26,
            Edge,
            "guests may buy, a blocked account may not",
            |g| {
                g.market().guests_allowed = true;
                g.customer().status = AccountStatus::Blocked;
            },
            FailsAt(&["customer.status"]),
        ),
        case(
            26,
            Edge,
            "whether guests may buy could not be had",
            |g| {
                g.fetched.customer = None;
                g.fetched.market = None;
            },
            Unavailable,
        ),
    ]
}
