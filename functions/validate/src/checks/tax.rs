//! Check 8: the tax.

use oms_contract::record::CheckOutcome;
use oms_contract::reference::{PriceMode, TaxRate};
use oms_domain::Money;
use oms_domain::document::Line;

use super::outcome::{fail, no_market, not_applicable, passes_unless};
use crate::facts::Facts;
use crate::taxes::NoRate;

/// The category that shipping is taxed in.
const SHIPPING_CATEGORY: &str = "standard";

/// Check 8. The tax of every line, and of shipping, is what the destination's rate on the day of the order gives, rounded as that jurisdiction
/// rounds: any other whole number is off by a minor unit or more. A discount on the whole order comes off after tax, as a voucher does.
///
/// A country without any rate on file fails: the marketplace does not sell there, and asking again would not help. Where the country has rates, but the narrowest area
/// around the destination that is taxed for itself lacks this one, the fact is missing: the order waits until the row is loaded, and never takes a wider area's rate.
pub(super) fn tax_correct(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let Some(market) = facts.market else {
        return no_market();
    };
    let mode = market.price_mode;
    let judged: Vec<Vec<CheckOutcome>> = facts.lines().filter_map(|(i, line)| line_tax_is_right(facts, mode, i, line)).collect();
    let mut wrong: Vec<CheckOutcome> = judged.iter().flatten().cloned().collect();
    wrong.extend(shipping_tax_is_right(facts, mode));
    // What is missing is told once, and what is wrong is told when it is there.
    if let Some(missing) = wrong.iter().find(|outcome| matches!(outcome, CheckOutcome::Unavailable { .. })) {
        return vec![missing.clone()];
    }
    if judged.is_empty() && wrong.is_empty() {
        return vec![not_applicable("no line names a product with an amount that could be taxed; see checks 7 and 11")];
    }
    passes_unless(wrong)
}

/// `None` where the line has no product or no amount to tax, which other checks tell; no outcomes where its tax is right.
fn line_tax_is_right(facts: &Facts<'_>, mode: PriceMode, i: usize, line: &Line) -> Option<Vec<CheckOutcome>> {
    let product = facts.product_of(i)?;
    let base = line.net()?;
    Some(tax_is(facts, mode, || format!("lines[{i}].tax"), &product.tax_category, base, line.tax).into_iter().collect())
}

fn shipping_tax_is_right(facts: &Facts<'_>, mode: PriceMode) -> Option<CheckOutcome> {
    let document = facts.document;
    if document.shipping == 0 && document.shipping_tax == 0 {
        return None;
    }
    tax_is(facts, mode, || "shipping_tax".to_owned(), SHIPPING_CATEGORY, document.shipping, document.shipping_tax)
}

fn tax_is(facts: &Facts<'_>, mode: PriceMode, at: impl FnOnce() -> String, category: &str, base: i64, stated: i64) -> Option<CheckOutcome> {
    let wrong = |reason: String, mend: String| Some(fail(at(), facts.shown(stated), reason, mend));
    let rate = match facts.tax_rate(category) {
        Ok(rate) => rate,
        Err(NoRate::OfArea(area)) => {
            return Some(CheckOutcome::Unavailable { fact: format!("the tax rate of category {category} in {area} on {}", facts.day) });
        }
        Err(NoRate::OfCountry) => {
            let reason = format!("no rate of category {category} is on file for {} on {}", facts.document.destination, facts.day);
            return wrong(reason, "order to another country".to_owned());
        }
    };
    match tax_on(Money::new(base, facts.currency()), rate, mode) {
        Some(due) if due == stated => None,
        Some(due) => {
            let reason = format!("the tax at {} % is another", (rate.rate * rust_decimal::Decimal::ONE_HUNDRED).normalize());
            wrong(reason, format!("it is {}", facts.shown(due)))
        }
        None => wrong("the tax is beyond all bounds".to_owned(), "order less".to_owned()),
    }
}

/// Minor units of tax on or in `base`; `None` on overflow.
fn tax_on(base: Money, rate: &TaxRate, mode: PriceMode) -> Option<i64> {
    let tax = match mode {
        PriceMode::Exclusive => base.at_rate(rate.rate, rate.rounding),
        PriceMode::Inclusive => base.contained_at_rate(rate.rate, rate.rounding),
    };
    tax.ok().map(|money| money.amount)
}
