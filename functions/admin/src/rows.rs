//! From JSON lines to rows. Everything that is wrong is told, each with its line and the path in it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use oms_contract::lines::{self, Faults};
use oms_contract::problem::Fault;
use oms_contract::reference::{RateCard, TaxRate};
use oms_ports::reference::Row;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::MAX_ROWS;
use crate::rules::{Rules, Wrong};

/// Kinds of reference data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display, strum::EnumIter, strum::EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum Kind {
    /// Of the catalogue.
    Products,
    /// With their warehouses.
    Vendors,
    /// Accounts.
    Customers,
    /// By code.
    Coupons,
    /// By number.
    GiftCards,
    /// All of them, in one line.
    Promotions,
    /// Of all countries, in one line.
    Regulations,
    /// All of them, in one line.
    Watchlists,
    /// All rates of each country named.
    Taxes,
    /// All of them.
    RateCards,
    /// The marketplace's own rules, in one line.
    Market,
}

/// DynamoDB holds 400 KB in an item; the key and what the store adds need little of it.
const MAX_ROW_BYTES: usize = 380_000;

/// The rows of a body that comes on a day (UTC).
///
/// # Errors
/// Everything that is wrong with it.
pub fn read(kind: Kind, text: &str, today: Date) -> Result<Vec<Row>, Vec<Fault>> {
    let lines = lines::of(text);
    let mut faults = Faults::default();
    if lines.is_empty() || lines.len() > MAX_ROWS {
        faults.0.push(Fault { at: "body".to_owned(), message: format!("must be 1 to {MAX_ROWS} lines, are {}", lines.len()) });
        return Err(faults.0);
    }
    let rows = match kind {
        Kind::Products => each(&lines, &mut faults, Row::Product),
        Kind::Vendors => each(&lines, &mut faults, Row::Vendor),
        Kind::Customers => each(&lines, &mut faults, Row::Customer),
        Kind::Coupons => each(&lines, &mut faults, Row::Coupon),
        Kind::GiftCards => each(&lines, &mut faults, Row::GiftCard),
        Kind::Promotions => one(&lines, &mut faults, Row::Promotions),
        Kind::Regulations => one(&lines, &mut faults, Row::Regulations),
        Kind::Watchlists => one(&lines, &mut faults, Row::Watchlists),
        Kind::Market => one(&lines, &mut faults, Row::Market),
        Kind::Taxes => taxes(&lines, &mut faults),
        Kind::RateCards => rate_cards(&lines, &mut faults),
    };
    each_key_once(&rows, &mut faults);
    for (line, row) in &rows {
        if let Row::Market(market) = row
            && market.fx_as_of > today
        {
            faults.add(*line, "fx_as_of", format!("must not be after today, {today}: no rate is of a day to come"));
        }
    }
    if faults.0.is_empty() { Ok(rows.into_iter().map(|(_, row)| row).collect()) } else { Err(faults.0) }
}

type Rows = Vec<(usize, Row)>;

/// A row for each line.
fn each<T: DeserializeOwned + Serialize + Rules>(lines: &[(usize, &str)], faults: &mut Faults, row: impl Fn(T) -> Row) -> Rows {
    parsed(lines, faults).into_iter().map(|(line, value)| (line, row(value))).collect()
}

/// One row, of one line.
fn one<T: DeserializeOwned + Serialize + Rules>(lines: &[(usize, &str)], faults: &mut Faults, row: impl Fn(T) -> Row) -> Rows {
    for (line, _) in lines.iter().skip(1) {
        faults.add(*line, "", "must not be there: this kind is one line, which holds all of it");
    }
    each(&lines[..lines.len().min(1)], faults, row)
}

/// A row for each country.
fn taxes(lines: &[(usize, &str)], faults: &mut Faults) -> Rows {
    let mut countries: BTreeMap<String, (usize, Vec<TaxRate>)> = BTreeMap::new();
    let mut lines_of: BTreeMap<(String, String), Vec<(usize, TaxRate)>> = BTreeMap::new();
    for (line, rate) in parsed::<TaxRate>(lines, faults) {
        let alike = lines_of.entry((rate.area.0.clone(), rate.category.clone())).or_default();
        if let Some((known, _)) = alike.iter().find(|(_, known)| overlap(known, &rate)) {
            let (area, category) = (&rate.area.0, &rate.category);
            faults.add(
                line,
                "valid_from",
                format!("must leave one rate a day: line {known} has one of {category} in {area} for some of the same days"),
            );
        }
        alike.push((line, rate.clone()));
        countries.entry(rate.country().to_owned()).or_insert((line, Vec::new())).1.push(rate);
    }
    countries.into_iter().map(|(country, (line, rates))| (line, Row::Taxes(country, rates))).collect()
}

/// Whether there is a day on which both hold.
fn overlap(one: &TaxRate, other: &TaxRate) -> bool {
    let begins_before_the_end = |one: &TaxRate, other: &TaxRate| other.valid_to.is_none_or(|last| one.valid_from <= last);
    begins_before_the_end(one, other) && begins_before_the_end(other, one)
}

/// All rate cards are one row.
fn rate_cards(lines: &[(usize, &str)], faults: &mut Faults) -> Rows {
    let mut cards: Vec<RateCard> = Vec::new();
    for (line, card) in parsed::<RateCard>(lines, faults) {
        if cards.iter().any(|known| (&known.carrier, known.service) == (&card.carrier, card.service)) {
            faults.add(line, "service", "must not be that of another card of the same carrier");
        }
        cards.push(card);
    }
    vec![(1, Row::Rates(cards))]
}

fn each_key_once(rows: &Rows, faults: &mut Faults) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for (line, row) in rows {
        let key = row.key();
        if let Some(first) = seen.get(&key) {
            faults.add(*line, "", format!("must not give {key} again, as line {first} does"));
        }
        seen.entry(key).or_insert(*line);
        let bytes = serde_json::to_string(row).map_or(usize::MAX, |text| text.len());
        if bytes > MAX_ROW_BYTES {
            faults.add(*line, "", format!("must be at most {MAX_ROW_BYTES} bytes as it is stored, is {bytes}"));
        }
    }
}

/// What every line says, as far as it is right.
fn parsed<T: DeserializeOwned + Rules>(lines: &[(usize, &str)], faults: &mut Faults) -> Vec<(usize, T)> {
    let mut values = Vec::with_capacity(lines.len());
    for (line, text) in lines {
        if let Some(value) = faults.read::<T>(*line, text) {
            let mut wrong = Wrong::default();
            value.check(&mut wrong);
            for (path, message) in wrong.0 {
                faults.add(*line, &path, message);
            }
            values.push((*line, value));
        }
    }
    values
}
