//! Check 47: minimum order values.

use std::collections::BTreeMap;

use oms_contract::record::CheckOutcome;
use oms_contract::reference::{Market, PriceMode, Vendor};
use oms_domain::VendorId;
use oms_domain::money::split_by_weights;

use super::outcome::{fail, no_market, not_applicable, passes_unless};
use crate::facts::Facts;
use crate::goods::Item;

/// Check 47. The goods, after all discounts and without tax, are worth the marketplace's minimum; and everything ordered has a vendor whose own
/// minimum can be reached with what that vendor could deliver of this order. Which vendor gets which line is for routing to say.
pub(super) fn minimum_order_value(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let Some(market) = facts.market else {
        return no_market();
    };
    let Some(values) = values_after_discounts(facts, market.price_mode) else {
        return vec![not_applicable("the amounts are beyond all bounds; see check 7")];
    };
    let Some(goods) = values.iter().try_fold(0_i64, |sum, (_, value)| sum.checked_add(*value)) else {
        return vec![not_applicable("the amounts are beyond all bounds; see check 7")];
    };
    let mut wrong: Vec<CheckOutcome> = marketplace_minimum_is_met(facts, market, goods).into_iter().collect();
    wrong.extend(vendor_minimums_can_be_met(facts, &values));
    passes_unless(wrong)
}

/// What each thing ordered is worth, by SKU: without tax, after the line's discount and its share of the order's; `None` on overflow.
fn values_after_discounts<'f, 'a>(facts: &'f Facts<'a>, mode: PriceMode) -> Option<Vec<(&'f Item<'a>, i64)>> {
    let lines = &facts.document.lines;
    let nets = lines.iter().map(oms_domain::document::Line::net).collect::<Option<Vec<i64>>>()?;
    let weights: Vec<u64> = nets.iter().map(|net| u64::try_from(*net).unwrap_or(0)).collect();
    let shares = split_by_weights(facts.document.discount, &weights);
    let mut values: Vec<(&Item<'_>, i64)> = facts.items().iter().map(|item| (item, 0)).collect();
    for (((i, line), net), share) in facts.lines().zip(nets).zip(shares) {
        let tax_inside = match mode {
            PriceMode::Inclusive => line.tax,
            PriceMode::Exclusive => 0,
        };
        let value = net.checked_sub(share)?.checked_sub(tax_inside)?;
        let (_, sum) = values.get_mut(facts.item_of(i)?)?;
        *sum = sum.checked_add(value)?;
    }
    values.sort_by_key(|(item, _)| item.sku);
    Some(values)
}

fn marketplace_minimum_is_met(facts: &Facts<'_>, market: &Market, goods: i64) -> Option<CheckOutcome> {
    let least = *market.min_order.get(&facts.currency())?;
    (goods < least).then(|| {
        fail(
            "lines",
            facts.shown(goods),
            format!("the marketplace's minimum order value is {}", facts.shown(least)),
            format!("order goods for {} more", facts.shown(least.saturating_sub(goods))),
        )
    })
}

fn vendor_minimums_can_be_met(facts: &Facts<'_>, values: &[(&Item<'_>, i64)]) -> Vec<CheckOutcome> {
    let mut deliverable: BTreeMap<&VendorId, i64> = BTreeMap::new();
    for (item, value) in values {
        let mut vendors: Vec<&VendorId> = item.suppliers().map(|(_, vendor)| &vendor.vendor_id).collect();
        // A vendor with two warehouses sells the line once.
        vendors.sort();
        vendors.dedup();
        for vendor in vendors {
            let sum = deliverable.entry(vendor).or_default();
            *sum = sum.saturating_add(*value);
        }
    }
    let missing = |vendor: &Vendor| {
        let least = vendor.min_order.get(&facts.currency()).copied().unwrap_or(i64::MIN);
        least.saturating_sub(deliverable.get(&vendor.vendor_id).copied().unwrap_or(0))
    };
    values
        .iter()
        .filter_map(|(item, _)| {
            let least = item.suppliers().map(|(_, vendor)| missing(vendor)).min()?;
            (least > 0).then(|| {
                fail(
                    format!("lines[{}]", item.line),
                    item.sku.as_str(),
                    "the order stays below the minimum order value of each of its vendors",
                    format!("order goods of the same vendor for {} more", facts.shown(least)),
                )
            })
        })
        .collect()
}
