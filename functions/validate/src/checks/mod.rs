//! The checks, as one table. Each is a pure rule over [`Facts`]; each runs whatever the others said.

pub mod outcome;
// In the order of the groups of the requirements.
mod age;
mod business;
mod card;
mod claims;
mod compliance;
mod credit;
mod customer;
mod delivery;
mod discounts;
mod inventory;
mod pattern;
mod payment;
mod supply;
mod tax;
mod vendor;
mod watch;

use oms_contract::record::{CheckOutcome, CheckResult, is_verifying};

use crate::facts::Facts;

/// What a check is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "snake_case")]
pub enum Group {
    /// Money.
    Payment,
    /// Stock and quantities.
    Inventory,
    /// The way to the customer.
    Delivery,
    /// Who buys.
    Customer,
    /// Who sells.
    Vendor,
    /// The law.
    Compliance,
    /// The marketplace's own rules.
    Business,
}

/// One check.
pub struct Check {
    /// 1 to 47, in the order of the requirements.
    pub number: u8,
    /// The stable public name.
    pub code: &'static str,
    /// What it is about.
    pub group: Group,
    /// The rule: at least one outcome; one per place that is wrong.
    pub run: fn(&Facts<'_>) -> Vec<CheckOutcome>,
}

/// Number of the check that holds stock. It has an effect, so it is tried last, when all others pass.
pub const STOCK_RESERVED: u8 = 12;

/// The checks in force, by number.
pub const CHECKS: [Check; 47] = [
    Check { number: 1, code: "payment_method_valid", group: Group::Payment, run: card::payment_method_valid },
    Check { number: 2, code: "payment_preauthorized", group: Group::Payment, run: card::payment_preauthorized },
    Check { number: 3, code: "billing_address_matches", group: Group::Payment, run: card::billing_address_matches },
    Check { number: 4, code: "cvc_verified", group: Group::Payment, run: card::cvc_verified },
    Check { number: 5, code: "strong_authentication_done", group: Group::Payment, run: card::strong_authentication_done },
    Check { number: 6, code: "gateway_response_consistent", group: Group::Payment, run: card::gateway_response_consistent },
    Check { number: 7, code: "amount_and_currency_valid", group: Group::Payment, run: payment::amount_and_currency_valid },
    Check { number: 8, code: "tax_correct", group: Group::Payment, run: tax::tax_correct },
    Check { number: 9, code: "coupon_valid", group: Group::Payment, run: claims::coupon_valid },
    Check { number: 10, code: "payment_method_allowed_in_country", group: Group::Payment, run: payment::payment_method_allowed_in_country },
    Check { number: 11, code: "in_stock", group: Group::Inventory, run: inventory::in_stock },
    Check { number: STOCK_RESERVED, code: "stock_reserved", group: Group::Inventory, run: inventory::stock_reserved },
    Check { number: 13, code: "minimum_quantity_met", group: Group::Inventory, run: inventory::minimum_quantity_met },
    Check { number: 14, code: "maximum_quantity_respected", group: Group::Inventory, run: inventory::maximum_quantity_respected },
    Check { number: 15, code: "available_in_region", group: Group::Inventory, run: supply::available_in_region },
    Check { number: 16, code: "warehouse_capacity", group: Group::Inventory, run: supply::warehouse_capacity },
    Check { number: 17, code: "vendor_sla_history", group: Group::Inventory, run: supply::vendor_sla_history },
    Check { number: 18, code: "seasonally_available", group: Group::Inventory, run: supply::seasonally_available },
    Check { number: 19, code: "address_valid", group: Group::Delivery, run: delivery::address_valid },
    Check { number: 20, code: "address_serviceable", group: Group::Delivery, run: delivery::address_serviceable },
    Check { number: 21, code: "delivery_method_available", group: Group::Delivery, run: delivery::delivery_method_available },
    Check { number: 22, code: "delivery_date_calculable", group: Group::Delivery, run: delivery::delivery_date_calculable },
    Check { number: 23, code: "no_restricted_product", group: Group::Delivery, run: delivery::no_restricted_product },
    Check { number: 24, code: "address_not_blacklisted", group: Group::Delivery, run: watch::address_not_blacklisted },
    Check { number: 25, code: "po_box_allowed", group: Group::Delivery, run: delivery::po_box_allowed },
    Check { number: 26, code: "account_active", group: Group::Customer, run: customer::account_active },
    Check { number: 27, code: "not_on_watchlist", group: Group::Customer, run: watch::not_on_watchlist },
    Check { number: 28, code: "order_pattern_normal", group: Group::Customer, run: pattern::order_pattern_normal },
    Check { number: 29, code: "no_recent_chargeback", group: Group::Customer, run: customer::no_recent_chargeback },
    Check { number: 30, code: "contact_verified", group: Group::Customer, run: customer::contact_verified },
    Check { number: 31, code: "age_verified", group: Group::Customer, run: age::age_verified },
    Check { number: 32, code: "vendors_active", group: Group::Vendor, run: vendor::vendors_active },
    Check { number: 33, code: "vendors_on_time", group: Group::Vendor, run: vendor::vendors_on_time },
    Check { number: 34, code: "vendors_licensed", group: Group::Vendor, run: vendor::vendors_licensed },
    Check { number: 35, code: "vendors_not_suspended", group: Group::Vendor, run: vendor::vendors_not_suspended },
    Check { number: 36, code: "vendor_capacity", group: Group::Vendor, run: vendor::vendor_capacity },
    Check { number: 37, code: "trade_allowed", group: Group::Compliance, run: compliance::trade_allowed },
    Check { number: 38, code: "product_safety", group: Group::Compliance, run: compliance::product_safety },
    Check { number: 39, code: "hazmat_allowed", group: Group::Compliance, run: compliance::hazmat_allowed },
    Check { number: 40, code: "customs_documents", group: Group::Compliance, run: compliance::customs_documents },
    Check { number: 41, code: "consent_given", group: Group::Compliance, run: customer::consent_given },
    Check { number: 42, code: "age_rule_compliant", group: Group::Compliance, run: age::age_rule_compliant },
    Check { number: 43, code: "credit_limit", group: Group::Business, run: credit::credit_limit },
    Check { number: 44, code: "promotions_stack", group: Group::Business, run: claims::promotions_stack },
    Check { number: 45, code: "loyalty_points_valid", group: Group::Business, run: claims::loyalty_points_valid },
    Check { number: 46, code: "gift_card_sufficient", group: Group::Business, run: claims::gift_card_sufficient },
    Check { number: 47, code: "minimum_order_value", group: Group::Business, run: business::minimum_order_value },
];

/// The checks that ask what came of holding the stock, and the budgets with it ([`Facts::held`]).
pub const ASK_OF_THE_HOLD: [u8; 6] = [9, STOCK_RESERVED, 14, 43, 45, 46];

/// Runs every check over these facts.
pub fn run(facts: &Facts<'_>) -> Vec<CheckResult> {
    CHECKS.iter().flat_map(|check| results(check, facts)).collect()
}

/// What every check says of the same facts once the stock was to be held, with what all of them said before: only those are run again that ask of it.
pub fn run_after_hold(facts: &Facts<'_>, before: Vec<CheckResult>) -> Vec<CheckResult> {
    let mut before = before.into_iter().peekable();
    let mut after = Vec::with_capacity(before.len());
    for check in &CHECKS {
        let said: Vec<CheckResult> = std::iter::from_fn(|| before.next_if(|result| result.check == check.number)).collect();
        after.extend(if ASK_OF_THE_HOLD.contains(&check.number) { results(check, facts) } else { said });
    }
    after
}

fn results(check: &Check, facts: &Facts<'_>) -> Vec<CheckResult> {
    (check.run)(facts).into_iter().map(|outcome| CheckResult { check: check.number, code: check.code.to_owned(), outcome }).collect()
}

/// What all results together say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing stands against the order; there may be [`doubts`].
    Passed,
    /// These checks refuse it.
    Failed(Vec<u8>),
    /// This fact could not be had: nobody can say yet.
    Unavailable(String),
}

/// The checks that failed, by number.
fn failed(results: &[CheckResult]) -> Vec<u8> {
    let mut failed: Vec<u8> =
        results.iter().filter(|result| matches!(result.outcome, CheckOutcome::Fail { .. })).map(|result| result.check).collect();
    failed.dedup();
    failed
}

/// The checks that failed and refuse nothing: the order is verified.
pub fn doubts(results: &[CheckResult]) -> Vec<u8> {
    failed(results).into_iter().filter(|check| is_verifying(*check)).collect()
}

/// Sums up. A missing fact weighs more than a failure: the customer is told everything at once, or nothing yet.
pub fn verdict(results: &[CheckResult]) -> Verdict {
    let missing = results.iter().find_map(|result| match &result.outcome {
        CheckOutcome::Unavailable { fact } => Some(fact.clone()),
        _ => None,
    });
    if let Some(fact) = missing {
        return Verdict::Unavailable(fact);
    }
    let failed: Vec<u8> = failed(results).into_iter().filter(|check| !is_verifying(*check)).collect();
    if failed.is_empty() { Verdict::Passed } else { Verdict::Failed(failed) }
}
