//! Checks 37 to 40: trade, safety, dangerous goods, customs.

use rust_decimal::Decimal;

use oms_contract::record::CheckOutcome;
use oms_contract::reference::regulation::{Bar, CustomsRule, TradeRule};
use oms_contract::reference::sale::CustomsData;
use oms_contract::reference::{Market, PriceMode, Product, Warehouse};
use oms_domain::Money;
use oms_domain::document::Line;

use super::outcome::{fail, item_fails, no_market, no_rate, not_applicable, nothing_supplied, passes_unless, rate_is_missing};
use super::watch;
use crate::facts::Facts;
use crate::goods::Item;
use crate::ways::Way;

/// Check 37. From some warehouse that has it, it may go there: neither are the two at embargo, nor are goods of its HS code controlled between them. Goods without a code
/// (of six digits at least: fewer may be the beginning of a controlled one) are not cleared across a border of customs where a rule names any: they may be what it names.
/// Nor is the order for somebody who bears a sanctioned name; names that are only alike are check 27's to tell.
pub(super) fn trade_allowed(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let sanctioned = watch::sanctioned(facts);
    if !sanctioned.is_empty() {
        return sanctioned;
    }
    let mut supplied = facts.supplied().peekable();
    if supplied.peek().is_none() {
        return nothing_supplied();
    }
    let wrong = supplied.filter_map(|item| {
        let goods = &item.product?.customs;
        let barred: Vec<(&TradeRule, Bar)> = warehouses(item).map(|from| bar_between(facts, from, goods)).collect::<Option<_>>()?;
        Some(barred_item(item, facts, *barred.first()?))
    });
    passes_unless(wrong.collect())
}

/// The rule that bars goods out of a warehouse, and how.
fn bar_between<'a>(facts: &'a Facts<'_>, from: &Warehouse, goods: &CustomsData) -> Option<(&'a TradeRule, Bar)> {
    facts.regulations.bar_between(&from.locality(), &facts.there(), goods)
}

fn barred_item(item: &Item<'_>, facts: &Facts<'_>, (rule, how): (&TradeRule, Bar)) -> CheckOutcome {
    let (source, to) = (&rule.source, &facts.document.destination);
    match how {
        Bar::Named => item_fails(item, format!("it may not be sent there: {source}"), "leave it out"),
        Bar::NoCode => {
            let from = rule.from.as_ref().map_or("anywhere", |from| &from.0);
            let reason = format!("it has no HS code, and some codes may not go from {from} to {to}: nobody can clear it ({source})");
            item_fails(item, reason, "leave it out; the marketplace must complete the product's data")
        }
    }
}

/// Where a thing lies at vendors who can supply it.
fn warehouses<'a>(item: &Item<'a>) -> impl Iterator<Item = &'a Warehouse> {
    item.suppliers().filter_map(|(source, vendor)| vendor.warehouses.iter().find(|warehouse| warehouse.warehouse_id == source.warehouse_id))
}

/// Check 38. Every certificate that the destination asks of the product's category is there, and valid on the day of the order.
pub(super) fn product_safety(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let known = facts.items().iter().filter_map(|item| Some((item, item.product?)));
    let asked: Vec<(&Item<'_>, &Product, &str)> = known
        .flat_map(|(item, product)| {
            let rules = facts.regulations.certificates.iter();
            let rules = rules.filter(|rule| rule.category == product.category && facts.lies_in(&rule.area));
            rules.map(move |rule| (item, product, rule.kind.as_str()))
        })
        .collect();
    if asked.is_empty() {
        return vec![not_applicable("no certificate is asked for there")];
    }
    let wrong = asked.into_iter().filter_map(|(item, product, kind)| {
        let shown: Vec<_> = product.sale.certificates.iter().filter(|certificate| certificate.kind == kind).collect();
        let reason = if shown.is_empty() {
            format!("it has no {kind} certificate")
        } else if shown.iter().any(|certificate| certificate.valid_to.is_none_or(|last| facts.day <= last)) {
            return None;
        } else {
            format!("its {kind} certificate is no longer valid")
        };
        Some(item_fails(item, reason, "leave it out"))
    });
    passes_unless(wrong.collect())
}

/// Check 39. Some service of the chosen speed takes each dangerous product: its UN number is one that may travel that way, in pieces of no more than its
/// limited quantity. Classes that must not meet are no reason to refuse an order: routing packs them into parcels of their own.
pub(super) fn hazmat_allowed(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let known = facts.items().iter().filter_map(|item| Some((item, item.product?)));
    let mut dangerous = known.filter(|(item, product)| product.is_dangerous() && !item.ways.is_empty()).peekable();
    if dangerous.peek().is_none() {
        return vec![not_applicable("nothing that was ordered is dangerous and on its way; see checks 11 and 20")];
    }
    let wrong = dangerous.filter_map(|(item, product)| {
        let refusals: Vec<String> = item.ways.iter().map(|way| takes_dangerous(facts, product, way).err()).collect::<Option<_>>()?;
        Some(item_fails(item, refusals.into_iter().next()?, "choose another speed, or leave it out"))
    });
    passes_unless(wrong.collect())
}

/// Whether a service takes a product, dangerous or not; if not, why.
pub(super) fn takes_dangerous(facts: &Facts<'_>, product: &Product, way: &Way<'_>) -> Result<(), String> {
    facts.regulations.taken_by(&way.card.service_rules, product)
}

/// Check 40. What can only come across a customs border has HS code, origin, value and weight, and there is an importer's number where the destination
/// asks such a buyer for one at such a value. Who is asked is the marketplace's data: in the Union and Great Britain IOSS goes with consignments of small value, and above
/// these a business has an EORI number (Regulation (EU) 952/2013, art. 9), which nobody needs who imports for private use. Where some vendor can supply it from this side of the border, no papers are needed.
pub(super) fn customs_documents(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let Some(market) = facts.market else {
        return no_market();
    };
    let here = facts.there().standing();
    let foreign: Vec<bool> = facts.items().iter().map(|item| comes_from_abroad(here, item)).collect();
    if !foreign.contains(&true) {
        return vec![not_applicable("nothing that was ordered has to cross a customs border")];
    }
    let lines: Vec<(usize, &Line)> =
        facts.lines().filter(|(i, _)| facts.item_of(*i).and_then(|item| foreign.get(item)) == Some(&true)).collect();
    let mut wrong: Vec<CheckOutcome> = lines.iter().flat_map(|(i, line)| missing_of_line(facts, *i, line)).collect();
    let open: Vec<&CustomsRule> = facts.regulations.customs.iter().filter(|rule| is_open(facts, market, rule)).collect();
    if !open.is_empty() {
        let Some(value) = value_in_euros(facts, market, &lines) else {
            // What is wrong whatever it is worth is told; a rate that is only missing is waited for.
            let unknown = no_rate(facts);
            let waits = wrong.is_empty() || matches!(unknown, CheckOutcome::Unavailable { .. });
            return if waits { vec![unknown] } else { wrong };
        };
        let importer: Vec<CheckOutcome> = open.into_iter().filter_map(|rule| importer_is_unknown(facts, market, rule, value)).collect();
        if let Some(missing) = importer.iter().find(|outcome| matches!(outcome, CheckOutcome::Unavailable { .. })) {
            return vec![missing.clone()];
        }
        wrong.extend(importer);
    }
    passes_unless(wrong)
}

/// Whether there are warehouses that can send it, and all lie beyond a customs border.
fn comes_from_abroad(here: &str, item: &Item<'_>) -> bool {
    let mut from = warehouses(item).peekable();
    from.peek().is_some() && from.all(|from| from.locality().standing() != here)
}

fn missing_of_line(facts: &Facts<'_>, i: usize, line: &Line) -> Vec<CheckOutcome> {
    let Some(product) = facts.product_of(i) else {
        return Vec::new();
    };
    let of_line = |what: &str| format!("lines[{i}].{what}");
    let lacks = |what: &str, seen: String, reason: &str| {
        Some(fail(of_line(what), seen, reason, "leave it out; the marketplace must complete the product's data"))
    };
    let hs_code = product.customs.hs_code.as_deref().unwrap_or_default();
    let origin = product.customs.origin.as_deref().unwrap_or_default();
    [
        if product.customs.has_code() {
            None
        } else {
            lacks("hs_code", shown(hs_code), "customs ask for an HS code: 6 to 10 digits of a chapter that there is")
        },
        if product.customs.has_origin() {
            None
        } else {
            lacks("origin", shown(origin), "customs ask for the country of ISO 3166-1 that it was made in")
        },
        // A gift has a value too, whatever was paid for it.
        if line.unit_price > 0 { None } else { lacks("unit_price", facts.shown(line.unit_price), "customs ask for its value") },
        if product.weight_g > 0 { None } else { lacks("weight_g", "0".to_owned(), "customs ask for its weight") },
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn shown(text: &str) -> String {
    if text.is_empty() { "(none)".to_owned() } else { text.to_owned() }
}

/// What the goods that cross the border are worth, without tax and shipping, in euros; `None` without a rate or beyond all bounds. A discount on the
/// whole order is a voucher, which pays: it makes nothing worth less.
fn value_in_euros(facts: &Facts<'_>, market: &Market, foreign: &[(usize, &Line)]) -> Option<Decimal> {
    let minor =
        foreign.iter().map(|(_, line)| without_tax(line, market.price_mode)).try_fold(0_i64, |sum, value| sum.checked_add(value?))?;
    market.in_euros(Money::new(minor, facts.currency()), facts.day)
}

fn without_tax(line: &Line, mode: PriceMode) -> Option<i64> {
    match mode {
        PriceMode::Exclusive => line.net(),
        PriceMode::Inclusive => line.net()?.checked_sub(line.tax),
    }
}

/// Whether the destination's customs ask this buyer for a number at some value, and it has none.
fn is_open(facts: &Facts<'_>, market: &Market, rule: &CustomsRule) -> bool {
    let record = facts.customer.map(|customer| &customer.record);
    let (business, own) = record.map_or((false, [].as_slice()), |record| (record.business, record.importer.as_slice()));
    rule.concerns(&facts.there()) && !rule.is_answered_by(business, own, market)
}

/// What is wrong where goods worth so many euros cross without the number; nothing where the rule asks for none at this value.
fn importer_is_unknown(facts: &Facts<'_>, market: &Market, rule: &CustomsRule, euros: Decimal) -> Option<CheckOutcome> {
    let who = if rule.of_businesses { "businesses" } else { "importers" };
    match rule.asks_of(euros, market, facts.day) {
        Some(false) => None,
        Some(true) => Some(fail(
            "customer.importer",
            "(none that fits)",
            format!("customs of {} ask {who} for an {} number", rule.area.0, rule.number),
            "state the importer's number in the account",
        )),
        None => {
            let limits = [rule.up_to, rule.above];
            let unknown = limits.iter().flatten().find(|limit| market.rate_to_euro(limit.currency, facts.day).is_none())?;
            Some(rate_is_missing(facts, unknown.currency))
        }
    }
}
