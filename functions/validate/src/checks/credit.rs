//! Check 43: credit.

use oms_contract::record::CheckOutcome;
use oms_domain::document::MethodKind;

use super::outcome::{fail, not_applicable};
use crate::budgets;
use crate::facts::Facts;

/// Check 43. A customer who buys on invoice has credit in the order's currency, and all orders on invoice that are not dead, this one included, come
/// to at most the limit and what the customer has paid of its invoices so far. The order's share is taken when the stock is held. What was paid
/// stands in the customer's credit line, whither the marketplace's accounts bring it.
pub(super) fn credit_limit(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    if facts.payment.kind != MethodKind::Invoice {
        return vec![not_applicable("it is not bought on invoice")];
    }
    let line = facts.customer.and_then(|customer| customer.record.credit);
    let Some(line) = line else {
        return vec![fail("payment_method.kind", "invoice", "this customer has no credit", "pay in another way")];
    };
    let Some(budget) = budgets::credit(facts) else {
        let reason = format!("the credit is in {}", line.currency);
        return vec![fail("payment_method.kind", "invoice", reason, "pay in another way, or order in that currency")];
    };
    if !facts.is_short(&budget) {
        return vec![CheckOutcome::Pass];
    }
    let left = i64::try_from(budget.limit.saturating_sub(facts.used(&budget.key))).unwrap_or(i64::MAX);
    let mend = format!("order for at most {}, or pay in another way", facts.shown(left));
    vec![fail("total", facts.shown(facts.document.total), "it is more than what is left of the credit", mend)]
}
