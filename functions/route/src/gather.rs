//! Fetching the facts.

use std::collections::BTreeSet;

use futures::future::try_join_all;
use jiff::tz::TimeZone;
use oms_contract::reference::Vendor;
use oms_contract::reference::account::Importer;
use oms_contract::reference::regulation::Regulations;
use oms_domain::document::Document;
use oms_domain::{CustomerId, Order, VendorId};
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
    let vendors = reference.take_vendors(at.to_zoned(TimeZone::UTC).date());
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
