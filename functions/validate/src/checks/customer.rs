//! Check 26: the account.

use oms_contract::record::CheckOutcome;
use oms_contract::reference::AccountStatus;

use super::outcome::{fail, no_market, passes_unless};
use crate::facts::Facts;

/// Check 26. The account exists, is active and verified; without an account one may buy where the marketplace allows guests.
pub(super) fn account_active(facts: &Facts) -> Vec<CheckOutcome> {
    let mut wrong = Vec::new();
    match (&facts.customer, &facts.market) {
        (None, None) => return no_market(),
        (None, Some(market)) if market.guests_allowed => {}
        (None, Some(_)) => wrong.push(fail(
            "customer_id",
            facts.document.customer_id.as_str(),
            "there is no such account, and guests may not buy",
            "open an account",
        )),
        (Some(customer), _) => {
            if customer.status != AccountStatus::Active {
                wrong.push(fail("customer.status", "not active", "this account may not buy", "ask the marketplace"));
            }
            if !customer.verified {
                wrong.push(fail("customer.verified", "false", "the account is not verified", "verify it, then order again"));
            }
        }
    }
    passes_unless(wrong)
}
