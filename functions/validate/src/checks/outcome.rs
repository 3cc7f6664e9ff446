//! Making outcomes.

use oms_contract::record::CheckOutcome;
use oms_domain::Currency;

use crate::facts::Facts;
use crate::goods::Item;

/// The rule is broken `at` a path into the order.
pub fn fail(at: impl Into<String>, seen: impl Into<String>, reason: impl Into<String>, mend: impl Into<String>) -> CheckOutcome {
    CheckOutcome::Fail { at: at.into(), seen: seen.into(), reason: reason.into(), mend: mend.into() }
}

/// The rule is broken by something that was ordered: the first line of its SKU stands for all of them.
pub fn item_fails(item: &Item<'_>, reason: impl Into<String>, mend: impl Into<String>) -> CheckOutcome {
    fail(format!("lines[{}].sku", item.line), item.sku.as_str(), reason, mend)
}

/// The rule says nothing.
pub fn not_applicable(why: &str) -> CheckOutcome {
    CheckOutcome::NotApplicable { why: why.to_owned() }
}

/// The rule cannot be judged without the marketplace's own rules.
pub fn no_market() -> Vec<CheckOutcome> {
    vec![CheckOutcome::Unavailable { fact: "the marketplace's rules".to_owned() }]
}

/// The rule needs what the order is worth in euro, and that is not known. For a currency that the marketplace does not take nobody keeps a rate, and nothing is to be
/// waited for: check 7 refuses the order.
pub fn no_rate(facts: &Facts<'_>) -> CheckOutcome {
    let currency = facts.currency();
    if facts.market.is_some_and(|market| !market.currencies.contains(&currency)) {
        return not_applicable("the marketplace does not take this currency; see check 7");
    }
    rate_is_missing(facts, currency)
}

/// There is no exchange rate of this currency, or none that is young enough for the day of the order: one is never used silently that is not that day's.
pub fn rate_is_missing(facts: &Facts<'_>, currency: Currency) -> CheckOutcome {
    let code = currency.code();
    let fact = match facts.market.filter(|market| market.fx_to_eur.contains_key(&currency)) {
        None => format!("the exchange rate of {code}"),
        Some(market) => {
            format!(
                "the exchange rate of {code} on {}: that on file is of {}, older than {} days",
                facts.day, market.fx_as_of, market.fx_max_age_days
            )
        }
    };
    CheckOutcome::Unavailable { fact }
}

/// The rule is about vendors, and there is none to judge.
pub fn nothing_supplied() -> Vec<CheckOutcome> {
    vec![not_applicable("no vendor can supply what was ordered; see checks 11 and 32")]
}

/// The rule is about the way to a place that nobody knows.
pub fn unlocated() -> Vec<CheckOutcome> {
    vec![not_applicable("the address cannot be located; see check 19")]
}

/// A personal value: its first character only.
pub fn masked(text: &str) -> String {
    match text.trim().chars().next() {
        Some(first) => format!("{first}***"),
        None => "(empty)".to_owned(),
    }
}

/// What is wrong, or that nothing is.
pub fn passes_unless(wrong: Vec<CheckOutcome>) -> Vec<CheckOutcome> {
    if wrong.is_empty() { vec![CheckOutcome::Pass] } else { wrong }
}
