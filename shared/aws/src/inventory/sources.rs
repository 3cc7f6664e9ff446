//! Where a SKU is: a bounded number of shelves, however many vendors have it.
//!
//! The first page of the SKU's partition holds all shelves of an ordinary SKU. Of one that has more, those around the destination are read from the index by place:
//! some on either side of it along the curve, whose rows are then fetched in one batch, for the index projects keys only.

use aws_sdk_dynamodb::types::AttributeValue;
use oms_domain::Sku;
use oms_ports::PortError;
use oms_ports::stock::{MOST_SOURCES, Source, Spot};

use super::DynamoInventory;
use super::ledger::ROW;
use crate::batch;
use crate::error::store;
use crate::item::{Item, key, number, text};
use crate::keys;

/// Sources that are enough to choose from; with fewer that have something, more shelves are looked at.
const ENOUGH: usize = MOST_SOURCES / 5;
/// How often more shelves are looked at.
const ROUNDS: usize = 4;

/// The way along the curve.
#[derive(Clone, Copy)]
enum Way {
    Up,
    Down,
}

impl DynamoInventory {
    /// The first shelves of a SKU, and whether there are more.
    pub(super) async fn first_sources(&self, sku: &Sku) -> Result<(Vec<Source>, bool), PortError> {
        let page = self
            .client
            .query()
            .table_name(&*self.table)
            .key_condition_expression("#pk = :pk")
            .expression_attribute_names("#pk", keys::PK)
            .expression_attribute_values(":pk", AttributeValue::S(keys::stock(sku)))
            // One more than is taken tells whether there are more.
            .limit(i32::try_from(MOST_SOURCES + 1).unwrap_or(i32::MAX))
            .send()
            .await
            .map_err(store)?;
        let mut rows = page.items.unwrap_or_default();
        let more = rows.len() > MOST_SOURCES;
        rows.truncate(MOST_SOURCES);
        Ok((sources(sku, &rows)?, more))
    }

    /// Shelves around a spot.
    pub(super) async fn nearby(&self, sku: &Sku, spot: Spot) -> Result<Vec<Source>, PortError> {
        let place = keys::place(spot.lat, spot.lon);
        let (mut found, mut ways) = (Vec::new(), vec![(Way::Up, None), (Way::Down, None)]);
        for _ in 0..ROUNDS {
            let each = MOST_SOURCES / ways.len().max(1);
            let pages = ways.drain(..).map(|(way, from)| self.along(sku, &place, way, from, each));
            let pages = futures::future::try_join_all(pages).await?;
            let shelves: Vec<Item> = pages.iter().flat_map(|page| &page.keys).cloned().collect();
            if !shelves.is_empty() {
                found.extend(sources(sku, &batch::get(&self.client, &self.table, shelves).await?)?);
            }
            ways = pages.into_iter().filter_map(|page| Some((page.way, Some(page.next?)))).collect();
            if found.len() >= ENOUGH || ways.is_empty() {
                break;
            }
        }
        found.sort_by(|a, b| (&a.vendor_id, &a.warehouse_id).cmp(&(&b.vendor_id, &b.warehouse_id)));
        Ok(found)
    }

    async fn along(&self, sku: &Sku, place: &str, way: Way, from: Option<Item>, limit: usize) -> Result<Page, PortError> {
        let (condition, forward) = match way {
            Way::Up => ("#pk = :pk AND #place >= :place", true),
            Way::Down => ("#pk = :pk AND #place < :place", false),
        };
        let page = self
            .client
            .query()
            .table_name(&*self.table)
            .index_name(keys::BY_PLACE)
            .key_condition_expression(condition)
            .scan_index_forward(forward)
            .set_exclusive_start_key(from)
            .expression_attribute_names("#pk", keys::PK)
            .expression_attribute_names("#place", keys::PLACE)
            .expression_attribute_values(":pk", AttributeValue::S(keys::stock(sku)))
            .expression_attribute_values(":place", AttributeValue::S(place.to_owned()))
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .send()
            .await
            .map_err(store)?;
        let shelves = page.items.unwrap_or_default();
        let keys = shelves.iter().map(|item| Ok(key(keys::stock(sku), text(item, keys::SK)?))).collect::<Result<_, PortError>>()?;
        Ok(Page { way, keys, next: page.last_evaluated_key })
    }
}

/// Keys of shelves along the curve, and where to go on.
struct Page {
    way: Way,
    keys: Vec<Item>,
    next: Option<Item>,
}

/// Rows that have something, as sources.
fn sources(sku: &Sku, rows: &[Item]) -> Result<Vec<Source>, PortError> {
    let mut sources = Vec::with_capacity(rows.len());
    for row in rows {
        let (vendor_id, warehouse_id) = keys::vendor_and_warehouse(text(row, keys::SK)?)?;
        let available = number(row, ROW.left)?;
        if available > 0 {
            sources.push(Source { sku: sku.clone(), vendor_id, warehouse_id, available });
        }
    }
    Ok(sources)
}
