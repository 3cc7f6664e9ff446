//! Checks 31 and 42: goods that not everybody may buy.

use oms_contract::record::CheckOutcome;
use oms_contract::reference::Product;
use oms_contract::reference::regulation::GoodsRule;

use super::outcome::{fail, item_fails, not_applicable, passes_unless};
use crate::dates::age_on;
use crate::facts::Facts;
use crate::goods::Item;

/// Check 31. Who orders goods with an age limit at the destination has proved a date of birth, and is old enough on the day of the order. Of the date
/// nothing is shown.
pub(super) fn age_verified(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let limits = facts.regulated().filter_map(|(_, product, rule)| Some((product, rule.min_age?)));
    let Some((product, oldest)) = limits.max_by_key(|(_, age)| *age) else {
        return vec![not_applicable("nothing that was ordered has an age limit there")];
    };
    let at = "customer.birth_date";
    let Some(born) = facts.profile.and_then(|profile| profile.verified_birth_date) else {
        let reason = format!("{} is for buyers of {oldest} years, and no date of birth was proved", product.sku.as_str());
        return vec![fail(at, "(none)", reason, "prove the date of birth by an identity check")];
    };
    if age_on(born, facts.day) >= i16::from(oldest) {
        return vec![CheckOutcome::Pass];
    }
    vec![fail(at, "***", format!("{} is for buyers of {oldest} years", product.sku.as_str()), "leave it out")]
}

/// Check 42. Goods with an age limit are not banned in the country, and where it asks for a look at the recipient's age at the door, some carrier of the
/// chosen speed takes one.
pub(super) fn age_rule_compliant(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let limited: Vec<(&Item<'_>, &Product, &GoodsRule)> =
        facts.regulated().filter(|(_, _, rule)| rule.min_age.is_some() || rule.check_at_door).collect();
    if limited.is_empty() {
        return vec![not_applicable("nothing that was ordered has an age limit there")];
    }
    let wrong = limited.into_iter().filter_map(|(item, product, rule)| {
        if rule.banned {
            return Some(item_fails(item, format!("it may not be sold to {}", rule.area.0), "leave it out"));
        }
        let looks = item.ways.iter().any(|way| way.card.service_rules.age_check);
        let nobody_looks = rule.check_at_door && !item.ways.is_empty() && !looks;
        nobody_looks.then(|| {
            let seen = facts.document.speed.to_string();
            let reason = format!("{} needs an age check at the door, which this service has not", product.sku.as_str());
            fail("speed", seen, reason, "choose another speed, or leave it out")
        })
    });
    passes_unless(wrong.collect())
}
