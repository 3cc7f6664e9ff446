//! Checks 37 to 40: trade, safety, dangerous goods, customs.

use rust_decimal::Decimal;

use oms_contract::record::CheckOutcome;
use oms_contract::reference::regulation::{CustomsRule, TradeRule};
use oms_contract::reference::{Market, Mode, PriceMode, Product, Warehouse};
use oms_domain::document::Line;

use super::outcome::{fail, item_fails, no_market, not_applicable, nothing_supplied, passes_unless};
use super::watch;
use crate::customs;
use crate::facts::Facts;
use crate::goods::Item;
use crate::ways::Way;

/// Check 37. From some warehouse that has it, it may go there: neither are the two at embargo, nor are goods of its HS code controlled between them.
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
        let hs_code = item.product?.customs.hs_code.as_deref();
        let barred: Vec<&TradeRule> = warehouses(item).map(|from| bar_between(facts, from, hs_code)).collect::<Option<_>>()?;
        let source = &barred.first()?.source;
        Some(item_fails(item, format!("it may not be sent there: {source}"), "leave it out"))
    });
    passes_unless(wrong.collect())
}

/// The rule that bars goods of a code out of a warehouse.
fn bar_between<'a>(facts: &'a Facts<'_>, from: &Warehouse, hs_code: Option<&str>) -> Option<&'a TradeRule> {
    facts.regulations.trade.iter().find(|rule| {
        let leaves = rule.from.as_ref().is_none_or(|area| area.holds(&from.country, from.region.as_deref(), Some(&from.postcode)));
        let barred = |code: &str| rule.hs_prefixes.iter().any(|prefix| code.starts_with(prefix.as_str()));
        leaves && facts.lies_in(&rule.to) && (rule.hs_prefixes.is_empty() || hs_code.is_some_and(barred))
    })
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
    let mut dangerous = known.filter(|(item, product)| is_dangerous(product) && !item.ways.is_empty()).peekable();
    if dangerous.peek().is_none() {
        return vec![not_applicable("nothing that was ordered is dangerous and on its way; see checks 11 and 20")];
    }
    let wrong = dangerous.filter_map(|(item, product)| {
        let refusals: Vec<String> = item.ways.iter().map(|way| takes_dangerous(facts, product, way).err()).collect::<Option<_>>()?;
        Some(item_fails(item, refusals.into_iter().next()?, "choose another speed, or leave it out"))
    });
    passes_unless(wrong.collect())
}

fn is_dangerous(product: &Product) -> bool {
    product.hazmat.is_some() || product.hazard_class.is_some()
}

/// Whether a service takes a product, dangerous or not; if not, why.
pub(super) fn takes_dangerous(facts: &Facts<'_>, product: &Product, way: &Way<'_>) -> Result<(), String> {
    if !is_dangerous(product) {
        return Ok(());
    }
    let Some(hazmat) = &product.hazmat else {
        return Err("it is dangerous, and no UN number is on record".to_owned());
    };
    let number = hazmat.un_number;
    let Some(rule) = facts.regulations.hazmat.iter().find(|rule| rule.un_number == number) else {
        return Err(format!("UN {number:04} is not among the goods that may be sent"));
    };
    if product.hazard_class.as_ref().is_some_and(|class| *class != rule.class) {
        return Err(format!("UN {number:04} is of class {}, not of the one on record", rule.class));
    }
    if !way.card.service_rules.hazmat {
        return Err("this service takes no dangerous goods".to_owned());
    }
    let (how, most) = match way.card.service_rules.mode {
        Mode::Road => ("road", rule.road),
        Mode::Air => ("air", rule.air),
    };
    match most {
        None => Err(format!("UN {number:04} may not travel by {how}")),
        Some(most) if hazmat.net_quantity > most => {
            Err(format!("a piece holds {}, the limited quantity of UN {number:04} by {how} is {most}", hazmat.net_quantity))
        }
        Some(_) => Ok(()),
    }
}

/// Check 40. What can only come across a customs border has HS code, origin, value and weight, and there is an importer's number where the destination
/// asks for one. Where some vendor can supply it from this side of the border, no papers are needed.
pub(super) fn customs_documents(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let Some(market) = facts.market else {
        return no_market();
    };
    let here = customs::standing(&facts.document.destination, facts.destination.region.as_deref(), facts.postcode());
    let foreign: Vec<bool> = facts.items().iter().map(|item| comes_from_abroad(here, item)).collect();
    if !foreign.contains(&true) {
        return vec![not_applicable("nothing that was ordered has to cross a customs border")];
    }
    let lines: Vec<(usize, &Line)> =
        facts.lines().filter(|(i, _)| facts.item_of(*i).and_then(|item| foreign.get(item)) == Some(&true)).collect();
    let mut wrong: Vec<CheckOutcome> = lines.iter().flat_map(|(i, line)| missing_of_line(facts, *i, line)).collect();
    let asked: Vec<&CustomsRule> = facts.regulations.customs.iter().filter(|rule| concerns(facts, rule)).collect();
    if !asked.is_empty() {
        let Some(value) = value_in_eur_cents(facts, market, &lines) else {
            return vec![CheckOutcome::Unavailable { fact: format!("the value of {} in euro", facts.currency().code()) }];
        };
        let within = |rule: &&CustomsRule| rule.up_to_eur.is_none_or(|most| value <= Decimal::from(most));
        wrong.extend(asked.into_iter().filter(within).filter_map(|rule| importer_is_known(facts, market, rule)));
    }
    passes_unless(wrong)
}

/// Whether there are warehouses that can send it, and all lie beyond a customs border.
fn comes_from_abroad(here: &str, item: &Item<'_>) -> bool {
    let mut there = warehouses(item).peekable();
    there.peek().is_some() && there.all(|from| customs::standing(&from.country, from.region.as_deref(), Some(&from.postcode)) != here)
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
    let is_code = (6..=10).contains(&hs_code.len()) && hs_code.bytes().all(|byte| byte.is_ascii_digit());
    let origin = product.customs.origin.as_deref().unwrap_or_default();
    let is_country = origin.len() == 2 && origin.bytes().all(|byte| byte.is_ascii_uppercase());
    [
        if is_code { None } else { lacks("hs_code", shown(hs_code), "customs ask for an HS code of 6 to 10 digits") },
        if is_country { None } else { lacks("origin", shown(origin), "customs ask for the country it was made in") },
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

/// Whether a rule of customs is about the destination. One of a whole country is not about its parts that stand elsewhere: IOSS does not reach the
/// Canary Islands.
fn concerns(facts: &Facts<'_>, rule: &CustomsRule) -> bool {
    let country = facts.document.destination.as_str();
    let whole_country = !rule.area.0.contains([':', '-']);
    let here = customs::standing(country, facts.destination.region.as_deref(), facts.postcode());
    facts.lies_in(&rule.area) && (!whole_country || here == customs::standing(country, None, None))
}

/// What the goods that cross the border are worth, without tax and shipping, in euro cents; `None` without a rate or beyond all bounds. A discount on the
/// whole order is a voucher, which pays: it makes nothing worth less.
fn value_in_eur_cents(facts: &Facts<'_>, market: &Market, foreign: &[(usize, &Line)]) -> Option<Decimal> {
    let rate = market.fx_to_eur.get(&facts.currency())?;
    let minor =
        foreign.iter().map(|(_, line)| without_tax(line, market.price_mode)).try_fold(0_i64, |sum, value| sum.checked_add(value?))?;
    let major = Decimal::try_new(minor, facts.currency().decimals()).ok()?;
    major.checked_mul(*rate)?.checked_mul(Decimal::ONE_HUNDRED)
}

fn without_tax(line: &Line, mode: PriceMode) -> Option<i64> {
    match mode {
        PriceMode::Exclusive => line.net(),
        PriceMode::Inclusive => line.net()?.checked_sub(line.tax),
    }
}

fn importer_is_known(facts: &Facts<'_>, market: &Market, rule: &CustomsRule) -> Option<CheckOutcome> {
    let of_customer = facts.customer.iter().flat_map(|customer| &customer.record.importer);
    let mut known = of_customer.chain(&market.policy.importer);
    let is_known = known.any(|number| number.kind == rule.number && !number.number.trim().is_empty());
    (!is_known).then(|| {
        fail(
            "customer.importer",
            "(none)",
            format!("customs of {} ask for an {} number", rule.area.0, rule.number),
            "state the importer's number in the account",
        )
    })
}
