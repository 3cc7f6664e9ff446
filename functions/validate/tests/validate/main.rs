//! Tests of the checks as a whole: every rule by cases, the table against its contract, mangled orders, and the step over fakes.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
#![expect(clippy::too_many_lines, reason = "lists of cases are long")]

mod expect;
mod fixture;
mod made;
// Cases, by group of checks.
mod address_cases;
mod age_cases;
mod amount_cases;
mod card_cases;
mod claims_cases;
mod customs_cases;
mod delivery_cases;
mod pattern_cases;
mod people_cases;
mod sale_cases;
mod stacking_cases;
mod stock_cases;
mod tax_cases;
mod tax_part_cases;
mod trade_cases;
mod trust_cases;
mod vendor_cases;
mod watch_cases;
// What holds for the table and the step.
mod doubts;
mod goods;
mod mangled;
mod rules;
mod samples;
mod step;
mod table;
mod undoing;
