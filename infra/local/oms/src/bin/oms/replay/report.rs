//! What a replay came to, for people and as JSON.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::SignedDuration;
use serde::Serialize;

use oms_contract::api::view::OrderView;
use oms_local::ApiError;
use oms_local::olist::Files;
use oms_local::olist::mapping::Mapped;
use oms_local::seed::{Loaded, Seed};

use super::play::Played;
use crate::console::{Console, columns, wrapped};
use crate::failure::Failure;

/// Examples shown of each kind.
const EXAMPLES: usize = 3;

/// Said in every report: what the set does not hold and the replay made up.
const MADE_UP: [&str; 5] = [
    "Streets, names and mail addresses of customers are made up: the set holds places only.",
    "Each order is paid in one sum with a test card, whatever the file says it was paid with.",
    "Accounts date from 2016, before the first order of the set.",
    "Sellers that served are given the stock that they sold; new ones stand at the capital of their state.",
    "The statuses and dates of the file are looked at, not replayed: an order goes the way it goes here.",
];

/// How many, and which for instance.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(super) struct Count {
    /// How many.
    pub(super) count: usize,
    /// Ids of the file, with what is particular to each.
    pub(super) examples: Vec<String>,
}

impl Count {
    fn add(&mut self, example: impl FnOnce() -> String) {
        self.count += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push(example());
        }
    }
}

/// What was put into the stack for the replay.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(super) struct Made {
    /// Accounts of customers.
    pub(super) customers: usize,
    /// Products that the marketplace did not sell.
    pub(super) products: usize,
    /// Sellers that were no vendors.
    pub(super) vendors: usize,
    /// Offers that were not there: stock of a product at a seller.
    pub(super) offers: usize,
}

impl Made {
    /// What the seed put.
    pub(super) fn of(seed: &Seed, loaded: Loaded) -> Self {
        Self { customers: seed.customers.len(), products: seed.products.len(), vendors: seed.vendors.len(), offers: loaded.new_rows }
    }
}

/// A replay.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(super) struct Report {
    /// Orders of the file that were looked at.
    pub(super) orders: usize,
    /// Taken by the API.
    pub(super) accepted: usize,
    /// Of these, made by an earlier replay and not again.
    pub(super) accepted_before: usize,
    /// Not placed, or not taken, by reason.
    pub(super) refused: BTreeMap<String, Count>,
    /// Where the accepted rest, by state; with the failed check, where one failed.
    pub(super) rest: BTreeMap<String, Count>,
    /// Routed orders whose goods come from exactly the sellers that served them.
    pub(super) same_sellers: usize,
    /// Routed orders.
    pub(super) routed: usize,
    /// Oddities that stopped nothing.
    pub(super) notes: BTreeMap<String, Count>,
    /// Rows left out, by file and why.
    pub(super) rows_left_out: BTreeMap<String, usize>,
    /// What was put into the stack first.
    pub(super) made: Made,
    /// What the replay made up.
    pub(super) made_up: Vec<&'static str>,
    /// Wall time of everything.
    pub(super) seconds: f64,
    /// Orders that the API took, and that came to rest, in a second.
    pub(super) orders_per_second: f64,
}

impl Report {
    pub(super) fn of(files: &Files, orders: &[Mapped], played: &[(usize, Played)], made: &Made, took: SignedDuration) -> Self {
        let mut report = Self {
            orders: orders.len(),
            rows_left_out: files.skipped.clone(),
            made: *made,
            made_up: MADE_UP.to_vec(),
            seconds: took.as_secs_f64(),
            ..Self::default()
        };
        for mapped in orders {
            if let Err(refusal) = &mapped.order {
                let example =
                    || refusal.particular().map_or_else(|| mapped.order_id.clone(), |told| format!("{} ({told})", mapped.order_id));
                report.refused.entry(refusal.to_string()).or_default().add(example);
            }
            for note in &mapped.notes {
                report.notes.entry((*note).to_owned()).or_default().add(|| mapped.order_id.clone());
            }
        }
        for (mapped, played) in played.iter().filter_map(|(i, played)| Some((orders.get(*i)?, played))) {
            report.count(mapped, played);
        }
        #[expect(clippy::cast_precision_loss, reason = "orders of a file are far fewer than 2^52")]
        let accepted = report.accepted as f64;
        report.orders_per_second = accepted / report.seconds.max(0.001);
        report
    }

    fn count(&mut self, mapped: &Mapped, played: &Played) {
        match played {
            Played::Refused(error) => {
                self.refused.entry(kind_of(error)).or_default().add(|| format!("{} ({error})", mapped.order_id));
            }
            Played::Placed { before, rests } => {
                self.accepted += 1;
                self.accepted_before += usize::from(*before);
                let (kind, example) = match rests.as_ref() {
                    Ok(order) => (kind_of_rest(order), format!("{} = {}", mapped.order_id, order.number)),
                    Err(error) => ("not at rest".to_owned(), format!("{} ({error})", mapped.order_id)),
                };
                self.rest.entry(kind).or_default().add(|| example);
                if let Ok(order) = rests.as_ref().as_ref() {
                    self.compare(mapped, order);
                }
            }
        }
    }

    fn compare(&mut self, mapped: &Mapped, order: &OrderView) {
        if order.sub_orders.is_empty() {
            return;
        }
        let mut vendors: Vec<&str> = order.sub_orders.iter().map(|part| part.vendor_id.as_str()).collect();
        vendors.sort_unstable();
        vendors.dedup();
        self.routed += 1;
        self.same_sellers += usize::from(vendors == mapped.sellers);
    }

    /// The report as JSON in a file.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub(super) fn write(&self, path: &Path) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(self).map_err(|error| Failure::file(path, error))?;
        std::fs::write(path, text + "\n").map_err(|error| Failure::file(path, error))
    }

    /// The report as text.
    pub(super) fn lines(&self, console: Console) -> Vec<String> {
        let refused: usize = self.refused.values().map(|count| count.count).sum();
        let mut lines = vec![String::new(), console.strong(&format!("{} orders of the file", self.orders))];
        let again =
            if self.accepted_before > 0 { format!(", {} of them by an earlier replay", self.accepted_before) } else { String::new() };
        lines.push(console.good(&format!("   {} accepted{again}", self.accepted)));
        lines.push(format!("   {refused} refused"));
        lines.push(format!("   {:.1} s, {:.1} orders a second, each followed to where it rests", self.seconds, self.orders_per_second));
        lines.extend(section("Where the accepted rest", &self.rest, console));
        lines.extend(section("Refused, and why", &self.refused, console));
        if self.routed > 0 {
            lines.push(String::new());
            lines.push(format!("   {} of {} routed orders come from the sellers that served them", self.same_sellers, self.routed));
        }
        lines.extend(section("Odd, but placed or refused for other reasons", &self.notes, console));
        if !self.rows_left_out.is_empty() {
            lines.extend([String::new(), console.strong("Rows left out")]);
            lines.extend(columns(
                &self.rows_left_out.iter().map(|(why, count)| vec![count.to_string(), why.clone()]).collect::<Vec<_>>(),
                3,
            ));
        }
        let Made { customers, products, vendors, offers } = self.made;
        lines.extend([String::new(), console.strong("Put into the stack first")]);
        lines.push(format!("   {customers} customers, {products} products, {vendors} vendors, {offers} new offers with stock"));
        lines.extend([String::new(), console.strong("Made up")]);
        lines.extend(self.made_up.iter().flat_map(|text| wrapped(&format!("- {text}"), 3, 5)));
        lines
    }
}

fn section(title: &str, counts: &BTreeMap<String, Count>, console: Console) -> Vec<String> {
    if counts.is_empty() {
        return Vec::new();
    }
    let mut sorted: Vec<_> = counts.iter().collect();
    sorted.sort_by_key(|(_, count)| std::cmp::Reverse(count.count));
    let mut lines = vec![String::new(), console.strong(title)];
    for (name, count) in sorted {
        lines.push(format!("   {:>6}  {name}", count.count));
        lines.extend(count.examples.iter().map(|example| console.faint(&format!("           {example}"))));
    }
    lines
}

/// The kind of a failure, without what is particular to one order.
fn kind_of(error: &ApiError) -> String {
    match error {
        ApiError::Refused(problem) => format!("API: {} {}", problem.status, problem.title),
        ApiError::Unexpected { status, .. } => format!("API: unexpected answer {status}"),
        ApiError::Unreachable(_) => "API: no answer".to_owned(),
        ApiError::Waited { .. } => "API: not at rest".to_owned(),
    }
}

/// State and failed checks: `validation_failed: address_valid`.
fn kind_of_rest(order: &OrderView) -> String {
    if let Some(stalled) = &order.stalled {
        return format!("stalled in {}: {}", stalled.step, stalled.error);
    }
    let mut checks: Vec<&str> = order.failed_checks.iter().map(|check| check.code.as_str()).collect();
    checks.dedup();
    let why = if checks.is_empty() { order.reason.clone().unwrap_or_default() } else { checks.join(", ") };
    if why.is_empty() { order.state.clone() } else { format!("{}: {why}", order.state) }
}

#[cfg(test)]
#[path = "report_tests.rs"]
mod tests;
