//! Where a SKU is: a bounded number of shelves, however many vendors have it.
//!
//! The first page of the SKU's partition holds all shelves of an ordinary SKU. Of one that has more, those around the destination are read from the index by place:
//! some on either side of it along the curve, whose rows are then fetched in one batch, for the index projects keys only.

use aws_sdk_dynamodb::types::AttributeValue;
use oms_domain::Sku;
use oms_ports::PortError;
use oms_ports::stock::{MOST_SOURCES, Source, Spot};

use super::DynamoInventory;
use super::hold::Row;
use super::shards::{Reading, Rows};
use crate::batch;
use crate::error::store;
use crate::item::{Item, key, text};
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
        let known = self.memory.shards(sku).map_or(1, |shards| shards.ever);
        let mut items = self.first_items(sku, known).await?;
        let shards = self.memory.shards(sku).map_or(1, |shards| shards.ever);
        if shards > known && items.1 {
            // Each shelf is several items, which was not known.
            items = self.first_items(sku, shards).await?;
        }
        let (rows, more) = items;
        let mut sources = sources(rows);
        let more = more || sources.len() > MOST_SOURCES;
        sources.truncate(MOST_SOURCES);
        Ok((sources, more))
    }

    /// The first items of a SKU's partition, as rows, where each is so many shards; and whether there are more.
    async fn first_items(&self, sku: &Sku, shards: u16) -> Result<(Rows, bool), PortError> {
        // One shelf more than is taken tells whether there are more; one item is no shelf.
        let limit = (MOST_SOURCES + 1) * usize::from(shards) + 1;
        let page = self
            .client
            .query()
            .table_name(&*self.table)
            .key_condition_expression("#pk = :pk")
            .expression_attribute_names("#pk", keys::PK)
            .expression_attribute_values(":pk", AttributeValue::S(keys::stock(sku)))
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .send()
            .await
            .map_err(store)?;
        let items = page.items.unwrap_or_default();
        Ok((self.rows_of(sku, &items)?, items.len() >= limit))
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
                found.extend(sources(self.rows_of(sku, &self.shards_of_shelves(sku, shelves).await?)?));
            }
            ways = pages.into_iter().filter_map(|page| Some((page.way, Some(page.next?)))).collect();
            if found.len() >= ENOUGH || ways.is_empty() {
                break;
            }
        }
        found.sort_by(|a, b| (&a.vendor_id, &a.warehouse_id).cmp(&(&b.vendor_id, &b.warehouse_id)));
        Ok(found)
    }

    /// All items of these shelves, whose first ones are named, and the one that says how many each is.
    async fn shards_of_shelves(&self, sku: &Sku, shelves: Vec<Item>) -> Result<Vec<Item>, PortError> {
        let shards = self.memory.shards(sku).map_or(1, |shards| shards.ever);
        let mut wanted = shelves.clone();
        for shelf in shelves.iter().filter(|_| shards > 1) {
            let (vendor, warehouse, _) = keys::parts_of_source(text(shelf, keys::SK)?)?;
            wanted.extend((1..shards).map(|shard| key(keys::stock(sku), keys::source(&vendor, &warehouse, shard))));
        }
        if shards > 1 {
            wanted.push(key(keys::stock(sku), keys::SHARDS));
        }
        batch::get(&self.client, &self.table, wanted).await
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
fn sources(rows: Rows) -> Vec<Source> {
    let source = |((sku, vendor_id, warehouse_id), row): (Row, Reading)| Source {
        sku,
        vendor_id,
        warehouse_id,
        available: u32::try_from(row.left()).unwrap_or(0),
    };
    rows.into_iter().map(source).filter(|source| source.available > 0).collect()
}
