//! Checks 31 and 42: goods that not everybody may buy.

use jiff::SignedDuration;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use oms_contract::record::CheckOutcome;
use oms_contract::reference::Product;
use oms_contract::reference::regulation::GoodsRule;

use super::outcome::{fail, item_fails, not_applicable, passes_unless};
use crate::dates::age_on;
use crate::facts::Facts;
use crate::goods::Item;

/// Check 31. Who orders goods with an age limit at the destination has proved a date of birth, and is old enough on the day of the order, as it is there
/// ([`day_there`]). Of the date nothing is shown.
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
    if age_on(born, day_there(facts)) >= i16::from(oldest) {
        return vec![CheckOutcome::Pass];
    }
    vec![fail(at, "***", format!("{} is for buyers of {oldest} years", product.sku.as_str()), "leave it out")]
}

/// The day on which the order was placed, as it surely is at the destination already: by the sun there, less two hours, since clocks are set ahead of the sun,
/// not behind it by as much; without a point, as it is in the last time zone on earth (UTC-12).
fn day_there(facts: &Facts<'_>) -> Date {
    const BEHIND_THE_SUN: SignedDuration = SignedDuration::from_hours(2);
    const LAST_ZONE: SignedDuration = SignedDuration::from_hours(-12);
    let by_the_sun = |lon: f64| SignedDuration::try_from_secs_f64(lon * 86_400.0 / 360.0).ok();
    let ahead = facts.destination.geocode.as_ref().and_then(|point| by_the_sun(point.lon)).map_or(LAST_ZONE, |sun| sun - BEHIND_THE_SUN);
    facts.placed_at.saturating_add(ahead).unwrap_or(facts.placed_at).to_zoned(TimeZone::UTC).date()
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
