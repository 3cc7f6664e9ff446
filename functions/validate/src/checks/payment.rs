//! Checks 7 and 10: the amounts and their currency, and where the method of payment is allowed.

use oms_contract::record::CheckOutcome;
use oms_contract::reference::{Market, PriceMode};
use oms_domain::document::{Document, Line, PriceSource};

use super::outcome::{fail, no_market, passes_unless};
use crate::facts::Facts;

/// Check 7. The currency is one the marketplace takes; no amount is negative or overflows; lines, shipping, tax and discount make the total;
/// and where a customer placed the order, prices are the catalogue's. A product that is not sold has no price to compare: check 11 refuses it.
///
/// Amounts are whole minor units, so the precision is the currency's own by construction; what a client got wrong by a power of ten
/// (yen in sen) differs from the catalogue's price.
pub(super) fn amount_and_currency_valid(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let Some(market) = facts.market else {
        return no_market();
    };
    let mut wrong = Vec::new();
    wrong.extend(currency_is_accepted(facts, market));
    if facts.document.lines.is_empty() {
        wrong.push(fail("lines", "0", "the order has no lines", "order something"));
    }
    wrong.extend(nothing_is_negative(facts));
    wrong.extend(facts.lines().filter_map(|(i, line)| line_amount_holds(facts, i, line)));
    if facts.document.prices == PriceSource::Catalogue {
        wrong.extend(facts.lines().filter_map(|(i, line)| price_is_the_catalogues(facts, i, line)));
    }
    wrong.extend(parts_make_the_total(facts, market.price_mode));
    passes_unless(wrong)
}

/// Check 10. The delivery country allows the kind of payment method.
pub(super) fn payment_method_allowed_in_country(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let (kind, country) = (facts.payment.kind, &facts.document.destination);
    let refused = facts.regulations.methods_refused.get(country).is_some_and(|refused| refused.contains(&kind));
    if !refused {
        return vec![CheckOutcome::Pass];
    }
    vec![fail("payment_method.kind", kind.to_string(), format!("it is not allowed for deliveries to {country}"), "pay in another way")]
}

fn currency_is_accepted(facts: &Facts<'_>, market: &Market) -> Option<CheckOutcome> {
    if market.currencies.contains(&facts.currency()) {
        return None;
    }
    let accepted: Vec<&str> = market.currencies.iter().map(|currency| currency.code()).collect();
    Some(fail(
        "currency",
        facts.currency().code(),
        "the marketplace does not take this currency",
        format!("order in one of {}", accepted.join(", ")),
    ))
}

fn nothing_is_negative(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let document = facts.document;
    let told = |at: String, amount: i64| fail(at, facts.shown(amount), "amounts are never negative", "give zero or more");
    let of_order = [
        ("shipping", document.shipping),
        ("shipping_tax", document.shipping_tax),
        ("discount", document.discount),
        ("total", document.total),
    ];
    let mut wrong: Vec<CheckOutcome> =
        of_order.into_iter().filter(|(_, amount)| *amount < 0).map(|(at, amount)| told(at.to_owned(), amount)).collect();
    for (i, line) in facts.lines() {
        let of_line = [("unit_price", line.unit_price), ("discount", line.discount), ("tax", line.tax)];
        wrong.extend(of_line.into_iter().filter(|(_, amount)| *amount < 0).map(|(at, amount)| told(format!("lines[{i}].{at}"), amount)));
    }
    wrong
}

fn line_amount_holds(facts: &Facts<'_>, i: usize, line: &Line) -> Option<CheckOutcome> {
    match line.net() {
        None => Some(fail(
            format!("lines[{i}]"),
            format!("{} x {}", facts.shown(line.unit_price), line.quantity),
            "the line's amount is beyond all bounds",
            "order less of it",
        )),
        // A negative price or discount has been told already.
        Some(net) if net < 0 && line.unit_price >= 0 => Some(fail(
            format!("lines[{i}].discount"),
            facts.shown(line.discount),
            "the discount is larger than the line",
            "give at most unit price x quantity",
        )),
        Some(_) => None,
    }
}

fn price_is_the_catalogues(facts: &Facts<'_>, i: usize, line: &Line) -> Option<CheckOutcome> {
    let product = facts.product_of(i).filter(|product| product.active)?;
    let wrong = |reason: &str, mend: String| Some(fail(format!("lines[{i}].unit_price"), facts.shown(line.unit_price), reason, mend));
    match product.prices.get(&facts.currency()) {
        Some(price) if *price == line.unit_price => None,
        Some(price) => wrong("it is not the catalogue's price", format!("the price is {}", facts.shown(*price))),
        None => wrong("the product has no price in this currency", "order it in a currency it is sold in".to_owned()),
    }
}

fn parts_make_the_total(facts: &Facts<'_>, mode: PriceMode) -> Option<CheckOutcome> {
    let document = facts.document;
    match sum(document, mode) {
        None => Some(fail("total", facts.shown(document.total), "the parts of the order sum to an amount beyond all bounds", "order less")),
        Some(sum) if sum != document.total => Some(fail(
            "total",
            facts.shown(document.total),
            "lines, shipping, tax and discount do not sum to it",
            format!("they sum to {}", facts.shown(sum)),
        )),
        Some(_) => None,
    }
}

/// Goods and shipping, with tax on top where prices do not hold it, less the discount on the whole; `None` on overflow.
fn sum(document: &Document, mode: PriceMode) -> Option<i64> {
    let net = document.goods()?.checked_add(document.shipping)?;
    let gross = match mode {
        PriceMode::Inclusive => net,
        PriceMode::Exclusive => {
            document.lines.iter().try_fold(net.checked_add(document.shipping_tax)?, |sum, line| sum.checked_add(line.tax))?
        }
    };
    gross.checked_sub(document.discount)
}
