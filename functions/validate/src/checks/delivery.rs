//! Check 19: the address.

use oms_contract::record::CheckOutcome;

use super::outcome::{fail, passes_unless};
use crate::facts::Facts;

/// Check 19. The shipping address has what its country requires, its postcode has the country's form, it can be located, and postcode, region,
/// town and point agree. What the rows show of it is masked.
pub(super) fn address_valid(facts: &Facts) -> Vec<CheckOutcome> {
    let Some(personal) = &facts.personal else {
        return vec![fail("shipping_address", "(erased)", "the customer's personal data was erased", "place a new order")];
    };
    let country = &personal.shipping_address.country;
    let mut wrong: Vec<CheckOutcome> = facts
        .destination
        .faults
        .iter()
        .map(|fault| fail(format!("shipping_address.{}", fault.field), &fault.seen, fault.reason.as_str(), fault.mend.as_str()))
        .collect();
    if *country != facts.document.destination {
        wrong.push(fail(
            "shipping_address.country",
            country,
            format!("the order was made for {}", facts.document.destination),
            "place a new order",
        ));
    }
    passes_unless(wrong)
}
