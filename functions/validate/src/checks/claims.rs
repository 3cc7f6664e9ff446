//! Checks 9, 44, 45 and 46: coupons, promotions, points and gift cards.

use oms_contract::record::CheckOutcome;
use oms_contract::reference::PriceMode;
use oms_contract::reference::discount::{Coupon, GiftCard};
use oms_domain::document::{GiftCardUse, PriceSource};

use super::discounts::{self, Barred, Discounts};
use super::outcome::{fail, not_applicable, passes_unless};
use crate::budgets;
use crate::facts::Facts;

/// Check 9. Each coupon exists, is active in its window (the first instant included, the last not), in the order's currency, for some of its goods
/// and the money spent on these, and has redemptions left, in all and for this customer. The last is decided when the stock is held.
pub(super) fn coupon_valid(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let claimed = &facts.document.claims.coupons;
    if claimed.is_empty() {
        return vec![not_applicable("no coupon is redeemed")];
    }
    let wrong = |(i, code): (usize, &String)| {
        let at = format!("claims.coupons[{i}]");
        let Some(coupon) = facts.coupon(code).filter(|coupon| coupon.active) else {
            return Some(fail(at, code.as_str(), "there is no such coupon, or it may not be redeemed", "leave it out"));
        };
        let Barred { reason, mend } = discounts::barred(facts, &coupon.grants).or_else(|| used_up(facts, coupon))?;
        Some(fail(at, code.as_str(), reason, mend))
    };
    passes_unless(claimed.iter().enumerate().filter_map(wrong).collect())
}

fn used_up(facts: &Facts<'_>, coupon: &Coupon) -> Option<Barred> {
    let short = budgets::of_coupon(facts.document, coupon).into_iter().find(|budget| facts.is_short(budget))?;
    Some(Barred { reason: format!("it may be redeemed {} times, and was", short.limit), mend: "leave it out".to_owned() })
}

/// Check 44. Each promotion claimed may be, exclusive ones stand alone among promotions and coupons, and what they take off, together with points
/// and gift cards, is what the order says. An order whose prices are stated by an operator or an import keeps the discounts that it states.
pub(super) fn promotions_stack(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let document = facts.document;
    let stated = document.lines.iter().try_fold(document.discount, |sum, line| sum.checked_add(line.discount));
    let Some(stated) = stated else {
        return vec![not_applicable("the discounts are beyond all bounds; see check 7")];
    };
    let keeps_its_own = document.prices == PriceSource::Stated;
    if document.claims.is_none() && (keeps_its_own || stated == 0) {
        return vec![not_applicable("nothing is claimed or taken off")];
    }
    let mut wrong = promotions_count(facts);
    wrong.extend(exclusive_stands_alone(facts));
    wrong.extend(vouchers_are_in_the_discount(facts));
    if wrong.is_empty() && !keeps_its_own {
        wrong.extend(discounts_are_the_rules(facts, stated));
    }
    passes_unless(wrong)
}

fn promotions_count(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let wrong = |(i, id): (usize, &String)| {
        let at = format!("claims.promotions[{i}]");
        let Some(promotion) = facts.promotion(id) else {
            return Some(fail(at, id.as_str(), "there is no such promotion", "leave it out"));
        };
        let Barred { reason, mend } = discounts::barred(facts, promotion)?;
        Some(fail(at, id.as_str(), reason, mend))
    };
    facts.document.claims.promotions.iter().enumerate().filter_map(wrong).collect()
}

fn exclusive_stands_alone(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let claims = &facts.document.claims;
    if claims.promotions.len() + claims.coupons.len() < 2 {
        return Vec::new();
    }
    let promotions = claims.promotions.iter().enumerate().map(|(i, id)| (format!("claims.promotions[{i}]"), id, facts.promotion(id)));
    let coupons = claims.coupons.iter().enumerate().map(|(i, code)| {
        let grants = facts.coupon(code).map(|coupon| &coupon.grants);
        (format!("claims.coupons[{i}]"), code, grants)
    });
    let exclusive = promotions.chain(coupons).filter(|(_, _, grant)| grant.is_some_and(|grant| grant.exclusive));
    exclusive.map(|(at, id, _)| fail(at, id.as_str(), "it stands alone", "leave it out, or all others")).collect()
}

/// Points and gift cards are vouchers: they come off the whole, after tax.
fn vouchers_are_in_the_discount(facts: &Facts<'_>) -> Option<CheckOutcome> {
    let vouchers =
        discounts::points_value(facts).zip(discounts::gift_cards(facts)).and_then(|(points, cards)| points.checked_add(cards))?;
    let discount = facts.document.discount;
    (discount < vouchers).then(|| {
        fail(
            "discount",
            facts.shown(discount),
            "points and gift cards are taken off the whole order, and are worth more",
            format!("take {} off the whole order for them", facts.shown(vouchers)),
        )
    })
}

/// `None` also where a coupon or the points do not count: the checks that say so tell enough.
fn discounts_are_the_rules(facts: &Facts<'_>, stated: i64) -> Option<CheckOutcome> {
    let all_count = facts.document.claims.coupons.iter().all(|code| {
        let coupon = facts.coupon(code).filter(|coupon| coupon.active);
        coupon.is_some_and(|coupon| discounts::barred(facts, &coupon.grants).is_none())
    });
    if !all_count {
        return None;
    }
    let points = discounts::points_value(facts)?;
    let cards = discounts::gift_cards(facts)?;
    let Some(Discounts { goods, shipping, .. }) = discounts::computed(facts) else {
        return Some(fail("discount", facts.shown(stated), "the discounts are beyond all bounds", "order less"));
    };
    let due = [shipping, points, cards].into_iter().try_fold(goods, i64::checked_add)?;
    (stated != due).then(|| {
        fail(
            "discount",
            facts.shown(stated),
            "the discounts of lines and order together are not what is claimed",
            format!("what is claimed comes to {}", facts.shown(due)),
        )
    })
}

/// Check 45. The customer has the points, and they have not expired (their last day included); they are worth no more than the goods that may be
/// discounted, with their tax, after promotions and coupons. The points that expire first go first, and are taken when the stock is held.
pub(super) fn loyalty_points_valid(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let points = facts.document.claims.points;
    if points == 0 {
        return vec![not_applicable("no points are redeemed")];
    }
    let wrong = |reason: String, mend: String| vec![fail("claims.points", points.to_string(), reason, mend)];
    let left: u64 = budgets::lots(facts).iter().map(|lot| lot.left).sum();
    if left < u64::from(points) {
        return wrong(format!("{left} points may be redeemed"), format!("redeem at most {left}"));
    }
    if budgets::points(facts).iter().any(|budget| facts.is_short(budget)) {
        return wrong("they were redeemed meanwhile".to_owned(), "redeem fewer".to_owned());
    }
    let Some(value) = discounts::points_value(facts) else {
        return wrong(format!("points are not redeemed in {}", facts.currency()), "redeem none".to_owned());
    };
    let Some(redeemable) = redeemable(facts) else {
        return vec![not_applicable("the amounts are beyond all bounds; see check 7")];
    };
    if value > redeemable {
        let reason = format!("they are worth {}", facts.shown(value));
        return wrong(reason, format!("redeem points for at most {}", facts.shown(redeemable)));
    }
    vec![CheckOutcome::Pass]
}

/// What points may pay.
fn redeemable(facts: &Facts<'_>) -> Option<i64> {
    let Discounts { left, .. } = discounts::computed(facts)?;
    let on_top = facts.market.is_some_and(|market| market.price_mode == PriceMode::Exclusive);
    let may_pay = facts.lines().filter(|(i, _)| facts.product_of(*i).is_some_and(|product| !product.sale.no_discounts));
    let mut sum = 0_i64;
    for (i, line) in may_pay {
        sum = sum.checked_add(left[i])?.checked_add(if on_top { line.tax.max(0) } else { 0 })?;
    }
    Some(sum)
}

/// Check 46. Each card is active, not out of date, in the order's currency, and has as much left as is used of it. What is used is taken when the
/// stock is held. A card's number is money: only its end is told.
pub(super) fn gift_card_sufficient(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let uses = &facts.document.claims.gift_cards;
    if uses.is_empty() {
        return vec![not_applicable("no gift card is used")];
    }
    let wrong = |(i, used): (usize, &GiftCardUse)| {
        let card = facts.gift_card(&used.card).filter(|card| card.active);
        let Some(card) = card.filter(|card| card.until.is_none_or(|until| facts.placed_at < until)) else {
            let at = format!("claims.gift_cards[{i}].card");
            return Some(fail(at, masked(&used.card), "there is no such card, or it may not be used", "leave it out"));
        };
        card_pays(facts, i, used, card)
    };
    passes_unless(uses.iter().enumerate().filter_map(wrong).collect())
}

fn card_pays(facts: &Facts<'_>, i: usize, used: &GiftCardUse, card: &GiftCard) -> Option<CheckOutcome> {
    let at = format!("claims.gift_cards[{i}].amount");
    if card.currency != facts.currency() {
        let reason = format!("the card is in {}", card.currency);
        return Some(fail(at, facts.shown(used.amount), reason, "order in that currency, or leave it out"));
    }
    if used.amount <= 0 {
        return Some(fail(at, facts.shown(used.amount), "nothing is used of the card", "leave it out"));
    }
    let all = budgets::gift_cards(facts);
    let budget = all.iter().find(|budget| budget.key == oms_ports::budget::BudgetKey::GiftCard(card.card.clone()))?;
    facts.is_short(budget).then(|| {
        let left = i64::try_from(budget.limit.saturating_sub(facts.used(&budget.key))).unwrap_or(i64::MAX);
        let reason = format!("the card {} has too little left", masked(&card.card));
        fail(at, facts.shown(used.amount), reason, format!("use at most {}", facts.shown(left)))
    })
}

fn masked(card: &str) -> String {
    let chars: Vec<char> = card.chars().collect();
    // Of a short number not even the end.
    let shown = if chars.len() >= 8 { &chars[chars.len() - 4..] } else { &[] };
    format!("…{}", shown.iter().collect::<String>())
}
