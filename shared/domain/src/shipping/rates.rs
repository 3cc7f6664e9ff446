//! What a shipment costs by a rate card, item by item.
//!
//! | item | of | amount |
//! |---|---|---|
//! | `base` | the shipment | the zone's base price, once |
//! | `weight` | each package | its weight step, or the price per kilogram, of its billed weight |
//! | `remote` | each package | where the destination lies in one of the card's remote areas |
//! | `oversize` | each package | where it is larger than the card's ordinary size |
//! | `fuel` | the shipment | a share of the sum of all others, rounded once, as the card names it |
//!
//! A package bills its weight or its volumetric weight, whichever is more, rounded up to a kilogram. Where one price is wanted per package, what
//! the shipment pays as a whole is split by the largest remainder, so that packages sum to the shipment to the minor unit.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::card::{RateCard, WeightStep, Zone};
use crate::money::{Currency, Money, Rounding, split_by_weights};

/// A package, as a carrier sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parcel {
    /// Weight.
    pub grams: u64,
    /// Its three sides, in any order.
    pub sides_mm: [u32; 3],
}

impl Parcel {
    /// Grams billed: the weight or the volume over the divisor, whichever is more, rounded up to a kilogram; at least one.
    pub fn billed_g(&self, volumetric_divisor: u32) -> u64 {
        let [length, width, height] = self.sides_mm.map(u64::from);
        let mm3 = length.saturating_mul(width).saturating_mul(height);
        // cm3 / divisor = kg, so mm3 / divisor = g.
        let volumetric = mm3.div_ceil(u64::from(volumetric_divisor.max(1)));
        self.grams.max(volumetric).max(1).div_ceil(1000).saturating_mul(1000)
    }
}

/// One end of a shipment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// ISO 3166-1 alpha-2.
    pub country: &'a str,
    /// As written.
    pub postcode: Option<&'a str>,
}

/// What is charged for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Charge {
    /// The shipment as such.
    Base,
    /// A package's billed weight.
    Weight,
    /// A package to a remote area.
    Remote,
    /// A package beyond the ordinary size.
    Oversize,
    /// Fuel.
    Fuel,
}

/// One line of a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// For what.
    pub charge: Charge,
    /// Which package, from 0; the whole shipment where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parcel: Option<usize>,
    /// Minor units.
    pub amount: i64,
}

/// A shipment's price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// Of all amounts.
    pub currency: Currency,
    /// What it is made of; sums to `total`.
    pub items: Vec<Item>,
    /// Minor units.
    pub total: i64,
    /// Grams billed in all.
    pub billed_g: u64,
}

/// Why a card has no price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum NoPrice {
    /// There is nothing to carry.
    NoParcel,
    /// The carrier does not go there.
    NoZone,
    /// A package is heavier than the carrier takes.
    TooHeavy,
    /// A package is larger than the carrier takes.
    TooLarge,
    /// An amount is beyond what money can hold.
    Overflow,
}

/// The price of these packages as one shipment between two places so far apart.
///
/// # Errors
/// Why the card has none.
pub fn price(card: &RateCard, parcels: &[Parcel], from: Place<'_>, to: Place<'_>, km: u32) -> Result<Price, NoPrice> {
    if parcels.is_empty() {
        return Err(NoPrice::NoParcel);
    }
    let zone = card.zone(from.country, to.country, km).ok_or(NoPrice::NoZone)?;
    let charges = Charges::of(card, zone, to);
    let mut items = vec![Item { charge: Charge::Base, parcel: None, amount: zone.base }];
    let mut billed_g = 0_u64;
    for (i, parcel) in parcels.iter().enumerate() {
        items.extend(of_parcel(card, zone, &charges, *parcel)?.into_iter().flatten().map(|(charge, amount)| Item {
            charge,
            parcel: Some(i),
            amount,
        }));
        billed_g = billed_g.saturating_add(parcel.billed_g(card.volumetric_divisor));
    }
    let carried = sum(&items)?;
    if !card.surcharges.fuel.is_zero() {
        items.push(Item { charge: Charge::Fuel, parcel: None, amount: charges.fuel(carried).ok_or(NoPrice::Overflow)? });
    }
    Ok(Price { currency: zone.currency, total: sum(&items)?, items, billed_g })
}

/// What one package is charged.
fn of_parcel(card: &RateCard, zone: &Zone, charges: &Charges, parcel: Parcel) -> Result<[Option<(Charge, i64)>; 3], NoPrice> {
    if parcel.grams > u64::from(zone.max_weight_g) {
        return Err(NoPrice::TooHeavy);
    }
    if card.largest.is_some_and(|limit| !limit.admits(parcel.sides_mm)) {
        return Err(NoPrice::TooLarge);
    }
    let weight = charges.weight(parcel.billed_g(card.volumetric_divisor)).ok_or(NoPrice::Overflow)?;
    let oversize = card.surcharges.oversize.is_some_and(|limit| !limit.admits(parcel.sides_mm));
    Ok([
        Some((Charge::Weight, weight)),
        (charges.remote != 0).then_some((Charge::Remote, charges.remote)),
        (oversize && charges.oversize != 0).then_some((Charge::Oversize, charges.oversize)),
    ])
}

/// What a card charges between two places, for whatever is sent: of this every price is made. Amounts are minor units of `currency`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charges {
    /// Of all amounts.
    pub currency: Currency,
    /// Per shipment.
    pub base: i64,
    /// Price of a package by billed weight, lightest first; beyond the last, [`Self::per_kg`] for each kilogram more.
    pub steps: Vec<WeightStep>,
    /// Per kilogram billed, of each package.
    pub per_kg: i64,
    /// Per package, for the place that it goes to; nothing where that is not remote.
    pub remote: i64,
    /// Per package that is oversize.
    pub oversize: i64,
    /// Share of all that is charged otherwise.
    pub fuel: Decimal,
    /// How that is rounded.
    pub fuel_rounding: Rounding,
}

impl Charges {
    /// What the card charges in this zone of its own for what goes to this place.
    pub fn of(card: &RateCard, zone: &Zone, to: Place<'_>) -> Self {
        let remote = zone.table.remote != 0 && card.surcharges.remote_areas.iter().any(|area| area.holds(to.country, to.postcode));
        Self {
            currency: zone.currency,
            base: zone.base,
            steps: zone.table.steps.clone(),
            per_kg: zone.per_kg,
            remote: if remote { zone.table.remote } else { 0 },
            oversize: zone.table.oversize,
            fuel: card.surcharges.fuel,
            fuel_rounding: card.surcharges.fuel_rounding,
        }
    }

    /// The step that the weight falls into; beyond the last, its price and `per_kg` for each kilogram more. `None` on overflow.
    pub fn weight(&self, billed_g: u64) -> Option<i64> {
        if let Some(step) = self.steps.iter().find(|step| billed_g <= u64::from(step.up_to_g)) {
            return Some(step.price);
        }
        let (from_g, start) = self.steps.last().map_or((0, 0), |step| (u64::from(step.up_to_g), step.price));
        let kilograms = i64::try_from((billed_g - from_g).div_ceil(1000)).ok()?;
        self.per_kg.checked_mul(kilograms)?.checked_add(start)
    }

    /// The fuel surcharge on all that is charged otherwise, rounded once. `None` on overflow.
    pub fn fuel(&self, carried: i64) -> Option<i64> {
        if self.fuel.is_zero() {
            return Some(0);
        }
        Money::new(carried, self.currency).at_rate(self.fuel, self.fuel_rounding).ok().map(|fuel| fuel.amount)
    }
}

fn sum(items: &[Item]) -> Result<i64, NoPrice> {
    items.iter().try_fold(0_i64, |sum, item| sum.checked_add(item.amount)).ok_or(NoPrice::Overflow)
}

impl Price {
    /// The price of each of so many packages: its own items, and its share of what the shipment pays as a whole, in proportion to its own items
    /// by the largest remainder. They sum to the total.
    pub fn by_parcel(&self, parcels: usize) -> Vec<i64> {
        let own: Vec<i64> = (0..parcels)
            .map(|i| self.items.iter().filter(|item| item.parcel == Some(i)).fold(0, |sum, item| item.amount.saturating_add(sum)))
            .collect();
        let weights: Vec<u64> = own.iter().map(|amount| u64::try_from(*amount).unwrap_or(0)).collect();
        let whole = self.items.iter().filter(|item| item.parcel.is_none()).fold(0, |sum, item| item.amount.saturating_add(sum));
        own.into_iter().zip(split_by_weights(whole, &weights)).map(|(own, share)| own.saturating_add(share)).collect()
    }
}

#[cfg(test)]
#[path = "rates_tests.rs"]
mod tests;
