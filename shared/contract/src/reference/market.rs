//! The marketplace's own rules.

use std::collections::BTreeMap;

use jiff::civil::Date;
use oms_domain::Currency;
use oms_domain::document::Speed;
use oms_domain::money::Money;
use oms_domain::shipping::choice::ChoiceWeights;
use oms_domain::timers::BusinessHours;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{account, is_default};

/// Whether catalogue prices hold the tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceMode {
    /// Tax comes on top.
    Exclusive,
    /// Tax is inside.
    Inclusive,
}

/// Weights of the routing objective; they sum to 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weights {
    /// Of the delivery time.
    pub time: Decimal,
    /// Of the shipping cost.
    pub cost: Decimal,
    /// Of the vendors' performance.
    pub performance: Decimal,
}

impl Weights {
    /// Whether none is below zero and they sum to 1.
    pub fn are_shares(&self) -> bool {
        let all = [self.time, self.cost, self.performance];
        all.iter().all(|weight| !weight.is_sign_negative()) && all.iter().sum::<Decimal>() == Decimal::ONE
    }
}

/// What counts as 1 of the routing objective's time and cost. Nothing said: of each order, the longest delivery and the dearest shipments that its sources would make.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct References {
    /// Of the delivery time: hours, 1 to [`References::MOST_HOURS`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<u32>,
    /// Of the shipping cost, by currency of the order: minor units, 1 to [`References::MOST_COST`].
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub costs: BTreeMap<Currency, i64>,
}

impl References {
    /// More hours than a year has.
    pub const MOST_HOURS: u32 = 10_000;
    /// Beyond what any shipment costs, and well within what the objective reckons with.
    pub const MOST_COST: i64 = 1_000_000_000_000;
}

/// The marketplace's own rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Market {
    /// Which marketplace.
    pub marketplace_id: String,
    /// Currencies accepted.
    pub currencies: Vec<Currency>,
    /// Minimum order value per currency, of goods after discounts, without tax.
    pub min_order: BTreeMap<Currency, i64>,
    /// Whether prices hold the tax.
    pub price_mode: PriceMode,
    /// Whether customers without account may buy.
    pub guests_allowed: bool,
    /// Countries whose fraud rate is over 5 %.
    pub high_risk_countries: Vec<String>,
    /// Device fingerprints and IP addresses of known fraud.
    pub blocked_devices: Vec<String>,
    /// Euros for one unit of a currency.
    pub fx_to_eur: BTreeMap<Currency, Decimal>,
    /// Day that these rates are of.
    pub fx_as_of: Date,
    /// For how many days after that they may be used: four last from a Thursday before a holiday to the Monday. Older ones count as missing.
    #[serde(default = "fx_max_age_days")]
    pub fx_max_age_days: u16,
    /// Weights of routing.
    pub weights: Weights,
    /// What routing measures time and cost by.
    #[serde(default, skip_serializing_if = "is_default")]
    pub references: References,
    /// When its vendors work: what their time to accept is measured by.
    pub business_hours: BusinessHours,
    /// Weights of the choice between carriers.
    #[serde(default)]
    pub carrier_choice: ChoiceWeights,
    /// Deliveries that the reliability of a rate card weighs as much as, beside what a carrier's service delivered here in 90 days.
    #[serde(default = "carrier_prior_shipments")]
    pub carrier_prior_shipments: u32,
    /// What else it asks for.
    #[serde(default, skip_serializing_if = "is_default")]
    pub policy: Policy,
}

fn fx_max_age_days() -> u16 {
    4
}

fn carrier_prior_shipments() -> u32 {
    20
}

impl Market {
    /// Whether its exchange rates may be used for what happens on a day: they are not too old for it.
    pub fn rates_hold_on(&self, day: Date) -> bool {
        let last = self.fx_as_of.checked_add(jiff::Span::new().days(self.fx_max_age_days));
        last.is_ok_and(|last| day <= last)
    }

    /// The same without any rate that may not be used on a day: what would have to be exchanged then has none.
    #[must_use]
    pub fn with_rates_of(mut self, day: Date) -> Self {
        if !self.rates_hold_on(day) {
            self.fx_to_eur.retain(|currency, _| currency.code() == "EUR");
        }
        self
    }

    /// Euros for one unit of a currency on a day; `None` where there is no rate, or none that may be used. A euro is always one.
    pub fn rate_to_euro(&self, currency: Currency, day: Date) -> Option<Decimal> {
        if currency.code() == "EUR" {
            return Some(Decimal::ONE);
        }
        self.fx_to_eur.get(&currency).copied().filter(|_| self.rates_hold_on(day))
    }

    /// Units of `to` for one of `from`, by way of the euro, at whatever rates it has (see [`Self::with_rates_of`]); `None` without a rate for both.
    pub fn exchange_rate(&self, from: Currency, to: Currency) -> Option<Decimal> {
        if from == to {
            return Some(Decimal::ONE);
        }
        let euros = |currency| self.fx_to_eur.get(&currency).copied().filter(|rate| *rate > Decimal::ZERO);
        euros(from)?.checked_div(euros(to)?)
    }

    /// Euros that an amount is worth on a day, neither rounded nor in cents; `None` without a rate or beyond all bounds.
    pub fn in_euros(&self, money: Money, day: Date) -> Option<Decimal> {
        let major = Decimal::try_new(money.amount, money.currency.decimals()).ok()?;
        major.checked_mul(self.rate_to_euro(money.currency, day)?)
    }

    /// An amount in another currency by way of the euro, half to even; `None` without a rate for both.
    pub fn exchanged(&self, amount: Money, to: Currency) -> Option<i64> {
        if amount.currency == to {
            return Some(amount.amount);
        }
        let rate = self.exchange_rate(amount.currency, to)?;
        amount.converted(to, rate).ok().map(|converted| converted.amount)
    }
}

/// A marketplace's own policies. Nothing said: nothing is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// Current version of the terms of data processing; consent is not asked for where empty.
    pub terms: String,
    /// Least share of orders on time that a vendor must be expected to reach, 0 to 1.
    pub on_time_floor: Decimal,
    /// What is expected of a vendor without history: this share on time, weighing as much as so many orders.
    pub on_time_prior: Decimal,
    /// Orders that the prior weighs as much as.
    pub on_time_prior_orders: u32,
    /// The marketplace's own importer numbers: IOSS.
    pub importer: Vec<account::ImporterNumber>,
    /// What it promises its customers.
    pub promised_days: PromisedDays,
}

/// Days from that of the order to that of the delivery at most; none promised where absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PromisedDays {
    /// Of standard delivery.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standard: Option<u16>,
    /// Of express delivery.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub express: Option<u16>,
}

impl PromisedDays {
    /// At this speed.
    pub fn of(self, speed: Speed) -> Option<u16> {
        match speed {
            Speed::Standard => self.standard,
            Speed::Express => self.express,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn market() -> Market {
        let text = include_str!("../../../../infra/local/seed/market.json");
        let market: Market = serde_json::from_str(text).unwrap();
        Market { fx_as_of: "2026-11-19".parse().unwrap(), fx_max_age_days: 4, ..market }
    }

    #[test]
    fn exchange_rates_hold_for_some_days_and_the_euro_for_ever() {
        let (pound, euro): (Currency, Currency) = ("GBP".parse().unwrap(), "EUR".parse().unwrap());
        for (day, holds) in [("2026-11-18", true), ("2026-11-19", true), ("2026-11-23", true), ("2026-11-24", false), ("2027-01-01", false)]
        {
            let (market, day) = (market(), day.parse().unwrap());
            assert_eq!(market.rates_hold_on(day), holds, "{day}");
            assert_eq!(market.rate_to_euro(pound, day).is_some(), holds, "{day}");
            assert_eq!(market.in_euros(Money::new(13_500, pound), day), holds.then(|| "155.25".parse().unwrap()), "{day}");
            assert_eq!(market.rate_to_euro(euro, day), Some(Decimal::ONE), "{day}");
            let kept = market.with_rates_of(day);
            assert_eq!((kept.exchange_rate(pound, euro).is_some(), kept.exchange_rate(euro, euro)), (holds, Some(Decimal::ONE)), "{day}");
        }
    }

    #[test]
    fn four_days_are_meant_where_nothing_is_said() {
        let mut text: serde_json::Value = serde_json::from_str(include_str!("../../../../infra/local/seed/market.json")).unwrap();
        text.as_object_mut().unwrap().remove("fx_max_age_days");
        assert_eq!(serde_json::from_value::<Market>(text.clone()).unwrap().fx_max_age_days, 4);
        text.as_object_mut().unwrap().remove("fx_as_of");
        assert!(serde_json::from_value::<Market>(text).is_err(), "rates without a day are nobody's");
    }
}
