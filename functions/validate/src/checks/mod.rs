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
    /// What it asks for, in words: all of it is fetched before the first rule runs ([`Facts`]).
    pub needs: &'static str,
    /// The rule: at least one outcome; one per place that is wrong.
    pub run: fn(&Facts<'_>) -> Vec<CheckOutcome>,
}

/// Number of the check that holds stock. It has an effect, so it is tried last, when all others pass.
pub const STOCK_RESERVED: u8 = 12;

impl Check {
    /// What follows where it fails: the order is refused (`reject`), or verified (`verify`).
    pub fn on_fail(&self) -> &'static str {
        if is_verifying(self.number) { "verify" } else { "reject" }
    }
}

const fn row(number: u8, code: &'static str, group: Group, needs: &'static str, run: fn(&Facts<'_>) -> Vec<CheckOutcome>) -> Check {
    Check { number, code, group, needs, run }
}

/// The checks in force, by number.
#[rustfmt::skip]
pub const CHECKS: [Check; 47] = [
    row(1, "payment_method_valid", Group::Payment, "payment method", card::payment_method_valid),
    row(2, "payment_preauthorized", Group::Payment, "gateway", card::payment_preauthorized),
    row(3, "billing_address_matches", Group::Payment, "gateway, payment method", card::billing_address_matches),
    row(4, "cvc_verified", Group::Payment, "gateway", card::cvc_verified),
    row(5, "strong_authentication_done", Group::Payment, "gateway, FX rates", card::strong_authentication_done),
    row(6, "gateway_response_consistent", Group::Payment, "gateway", card::gateway_response_consistent),
    row(7, "amount_and_currency_valid", Group::Payment, "order", payment::amount_and_currency_valid),
    row(8, "tax_correct", Group::Payment, "tax rates", tax::tax_correct),
    row(9, "coupon_valid", Group::Payment, "coupons", claims::coupon_valid),
    row(10, "payment_method_allowed_in_country", Group::Payment, "country rules", payment::payment_method_allowed_in_country),
    row(11, "in_stock", Group::Inventory, "stock", inventory::in_stock),
    row(STOCK_RESERVED, "stock_reserved", Group::Inventory, "stock (write)", inventory::stock_reserved),
    row(13, "minimum_quantity_met", Group::Inventory, "products", inventory::minimum_quantity_met),
    row(14, "maximum_quantity_respected", Group::Inventory, "products, customer history", inventory::maximum_quantity_respected),
    row(15, "available_in_region", Group::Inventory, "products", supply::available_in_region),
    row(16, "warehouse_capacity", Group::Inventory, "warehouses", supply::warehouse_capacity),
    row(17, "vendor_sla_history", Group::Inventory, "vendor performance", supply::vendor_sla_history),
    row(18, "seasonally_available", Group::Inventory, "products", supply::seasonally_available),
    row(19, "address_valid", Group::Delivery, "address metadata, geocoder", delivery::address_valid),
    row(20, "address_serviceable", Group::Delivery, "carrier zones", delivery::address_serviceable),
    row(21, "delivery_method_available", Group::Delivery, "carrier zones, products", delivery::delivery_method_available),
    row(22, "delivery_date_calculable", Group::Delivery, "calendars, carrier zones", delivery::delivery_date_calculable),
    row(23, "no_restricted_product", Group::Delivery, "products, region rules", delivery::no_restricted_product),
    row(24, "address_not_blacklisted", Group::Delivery, "blacklist", watch::address_not_blacklisted),
    row(25, "po_box_allowed", Group::Delivery, "products, carriers", delivery::po_box_allowed),
    row(26, "account_active", Group::Customer, "customer", customer::account_active),
    row(27, "not_on_watchlist", Group::Customer, "watchlists", watch::not_on_watchlist),
    row(28, "order_pattern_normal", Group::Customer, "customer history", pattern::order_pattern_normal),
    row(29, "no_recent_chargeback", Group::Customer, "customer history", customer::no_recent_chargeback),
    row(30, "contact_verified", Group::Customer, "customer", customer::contact_verified),
    row(31, "age_verified", Group::Customer, "customer, products, region rules", age::age_verified),
    row(32, "vendors_active", Group::Vendor, "vendors", vendor::vendors_active),
    row(33, "vendors_on_time", Group::Vendor, "vendors, calendars", vendor::vendors_on_time),
    row(34, "vendors_licensed", Group::Vendor, "vendors, products", vendor::vendors_licensed),
    row(35, "vendors_not_suspended", Group::Vendor, "vendors", vendor::vendors_not_suspended),
    row(36, "vendor_capacity", Group::Vendor, "vendors", vendor::vendor_capacity),
    row(37, "trade_allowed", Group::Compliance, "trade rules", compliance::trade_allowed),
    row(38, "product_safety", Group::Compliance, "products, region rules", compliance::product_safety),
    row(39, "hazmat_allowed", Group::Compliance, "products, carriers", compliance::hazmat_allowed),
    row(40, "customs_documents", Group::Compliance, "products, customer", compliance::customs_documents),
    row(41, "consent_given", Group::Compliance, "customer", customer::consent_given),
    row(42, "age_rule_compliant", Group::Compliance, "products, region rules", age::age_rule_compliant),
    row(43, "credit_limit", Group::Business, "customer balance", credit::credit_limit),
    row(44, "promotions_stack", Group::Business, "promotions", claims::promotions_stack),
    row(45, "loyalty_points_valid", Group::Business, "loyalty account", claims::loyalty_points_valid),
    row(46, "gift_card_sufficient", Group::Business, "gift cards", claims::gift_card_sufficient),
    row(47, "minimum_order_value", Group::Business, "marketplace rules", business::minimum_order_value),
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
