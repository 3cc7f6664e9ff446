//! Fetching the facts.

use std::collections::BTreeSet;

use futures::future::try_join_all;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use oms_contract::reference::account::Importer;
use oms_contract::reference::regulation::Regulations;
use oms_contract::reference::{Market, RateCard, Vendor};
use oms_domain::document::Document;
use oms_domain::{Currency, CustomerId, Order, VendorId};
use oms_ports::reference::Wanted;
use oms_ports::stock::Spot;
use oms_ports::{Party, PortError, StepError};

use crate::distance::Point;
use crate::facts::{Demand, Destination, Facts, region_code};
use crate::{Deps, days};

/// The facts for serving `demand` without the excluded vendors, for a plan to be kept under `version`.
pub(crate) async fn facts(
    deps: &Deps,
    order: &Order,
    document: &Document,
    version: u64,
    demand: Vec<Demand>,
    excluded: BTreeSet<VendorId>,
) -> Result<Facts, StepError> {
    let id = order.id;
    let skus: Vec<_> = demand.iter().map(|demand| demand.sku.clone()).collect();
    let checked = order.checked.ok_or_else(|| StepError::Bug(format!("order {id} is routed without its checks")))?;
    let (found, report, personal) = futures::try_join!(
        deps.inventory.sources(&skus),
        deps.records.validation(id, checked),
        deps.sealer.open(&order.customer_id, &document.sealed)
    )?;
    let (geocode, judged, is_po_box) = report.map(|report| (report.geocode, report.region, report.is_po_box)).unwrap_or_default();
    let geocode = geocode.ok_or_else(|| StepError::Bug(format!("order {id} was not located")))?;
    let personal = personal.ok_or_else(|| StepError::Refused(format!("the customer of order {id} was erased")))?;
    // Of a SKU that very many vendors have, those around the destination.
    let spot = Spot { lat: geocode.lat, lon: geocode.lon };
    let mut asked = Vec::new();
    for sku in &found.crowded {
        asked.push(deps.inventory.sources_near(sku, spot));
    }
    let near = try_join_all(asked).await?;
    let mut sources = found.rows;
    sources.retain(|source| !found.crowded.contains(&source.sku));
    sources.extend(near.into_iter().flatten());
    let partly_read = found.crowded;
    let vendors: BTreeSet<VendorId> = sources.iter().map(|source| source.vendor_id.clone()).collect();
    let wanted = Wanted { products: skus, market: true, rates: true, regulations: true, ..Wanted::default() };
    let mut reference = deps.reference.fetch(&wanted.judging(vendors.into_iter().collect())).await?;
    let at = deps.clock.now();
    let today = at.to_zoned(TimeZone::UTC).date();
    let vendors = reference.take_vendors(today);
    let country = personal.shipping_address.country;
    let destination = Destination {
        region: judged.or_else(|| region_code(&country, personal.shipping_address.region.as_deref())),
        country,
        postcode: personal.shipping_address.postcode,
        is_po_box,
        point: Point { lat: geocode.lat, lon: geocode.lon },
    };
    let regulations = reference.regulations.unwrap_or_default();
    let (load, importer) = futures::try_join!(
        days::load(deps, id, &vendors, at),
        // Apart: it is seldom more than a look, and its state would swell that of every step.
        Box::pin(importer_of(deps, &order.customer_id, &vendors, &regulations, &destination))
    )?;
    let market = reference.market.ok_or_else(|| PortError::unavailable(Party::Store, "the marketplace has no rules on file"))?;
    rates_are_there(&market, today, order.currency, &reference.rates)?;
    Ok(Facts {
        version,
        at,
        demand,
        currency: order.currency,
        speed: document.speed,
        destination,
        excluded,
        load,
        sources,
        partly_read,
        products: reference.products,
        vendors,
        rates: reference.rates,
        market,
        regulations,
        importer,
    })
}

/// Refuses to compare costs at exchange rates that are too old: without them a plan would leave carriers out for no reason of theirs.
fn rates_are_there(market: &Market, today: Date, currency: Currency, cards: &[RateCard]) -> Result<(), PortError> {
    let is_exchanged = cards.iter().flat_map(|card| &card.zones).any(|zone| zone.currency != currency);
    if !is_exchanged || market.rates_hold_on(today) {
        return Ok(());
    }
    let (day, most) = (market.fx_as_of, market.fx_max_age_days);
    Err(PortError::unavailable(Party::Store, format!("the exchange rates are of {day}, older than {most} days: load those of today")))
}

/// The customer as an importer: read only where something may come across a border whose customs ask for one.
async fn importer_of(
    deps: &Deps,
    customer: &CustomerId,
    vendors: &[Vendor],
    regulations: &Regulations,
    to: &Destination,
) -> Result<Importer, PortError> {
    let there = to.locality();
    let mut places = vendors.iter().flat_map(|vendor| &vendor.warehouses);
    let is_asked = regulations.customs.iter().any(|rule| rule.concerns(&there));
    if !is_asked || places.all(|place| place.locality().standing() == there.standing()) {
        return Ok(Importer::default());
    }
    let wanted = Wanted { customer: Some(customer.clone()), ..Wanted::default() };
    let record = deps.reference.fetch(&wanted).await?.customer.map(|customer| customer.record).unwrap_or_default();
    Ok(Importer { business: record.business, numbers: record.importer })
}

#[cfg(test)]
mod tests {
    use oms_fakes::{a_market, currency};

    use super::*;
    use crate::tests::rates;

    #[test]
    fn costs_are_compared_at_rates_that_are_young_enough_or_not_at_all() {
        let market = Market { fx_as_of: "2026-11-19".parse().unwrap(), fx_max_age_days: 4, ..a_market() };
        for (name, today, paid_in, fine) in [
            ("a rate on its last day", "2026-11-23", "USD", true),
            ("a rate on the day after", "2026-11-24", "USD", false),
            ("nothing to exchange", "2026-11-24", "EUR", true),
        ] {
            let told = rates_are_there(&market, today.parse().unwrap(), currency(paid_in), &rates());
            assert_eq!(told.is_ok(), fine, "{name}: {told:?}");
        }
    }
}
