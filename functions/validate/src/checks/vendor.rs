//! Check 32: the vendors.

use oms_contract::record::CheckOutcome;

use super::outcome::{fail, not_applicable, passes_unless};
use crate::facts::Facts;

/// Check 32. Whatever was ordered, at least one vendor who has it is active and approved. Where no vendor has any, there is no vendor to judge:
/// that is check 11's.
pub(super) fn vendors_active(facts: &Facts) -> Vec<CheckOutcome> {
    let skus: Vec<_> = facts.document.demand().into_iter().map(|(sku, _)| sku).filter(|sku| facts.is_anywhere(sku)).collect();
    if skus.is_empty() {
        return vec![not_applicable("no vendor has what was ordered; see check 11")];
    }
    let wrong = skus
        .iter()
        .filter(|sku| facts.sellers(sku).next().is_none())
        .map(|sku| {
            fail(format!("lines[{}].sku", facts.line_of(sku)), sku.as_str(), "none of its vendors may sell at present", "leave it out")
        })
        .collect();
    passes_unless(wrong)
}
