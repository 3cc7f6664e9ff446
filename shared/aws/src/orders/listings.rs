//! Listings. Each reads one page of keys from an index, over all its shards, and then the heads in one batch.
//!
//! A cursor is the id of the last order shown: ids sort by time of capture, so every shard goes on just below it.

use std::collections::HashMap;

use async_trait::async_trait;
use futures::future::try_join_all;
use jiff::Timestamp;
use oms_contract::record;
use oms_domain::{CustomerId, Order, OrderId};
use oms_ports::PortError;
use oms_ports::orders::{Cursor, Listing, Listings, Page};

use super::{DynamoOrders, head};
use crate::batch;
use crate::error::{corrupt, store};
use crate::item::{Item, key, s, text};
use crate::keys;

/// Sorts before every id.
const LOWEST: &str = "0";
/// Sorts after every id.
const HIGHEST: &str = "g";

/// Ids from `from` (inclusive) to `to` (exclusive).
struct Range {
    from: String,
    to: String,
}

impl Range {
    fn of((from, to): (Option<Timestamp>, Option<Timestamp>), cursor: Option<&Cursor>) -> Result<Self, PortError> {
        let floor = |at: Timestamp| OrderId::floor(at).to_string();
        let cursor = cursor
            .map(|text| text.parse::<OrderId>())
            .transpose()
            .map_err(|_| corrupt("the cursor is none of ours"))?
            .map(|id| id.to_string());
        let to = to.map(floor).into_iter().chain(cursor).min();
        Ok(Self { from: from.map_or(LOWEST.to_owned(), floor), to: to.unwrap_or_else(|| HIGHEST.to_owned()) })
    }

    fn is_empty(&self) -> bool {
        self.from >= self.to
    }
}

/// An index and the partitions of it that make up a listing.
struct Source {
    index: &'static str,
    pk: &'static str,
    sk: &'static str,
    /// What comes before the id in the sort key.
    prefix: &'static str,
    partitions: Vec<String>,
}

impl Source {
    fn of(listing: &Listing) -> Self {
        let shards = 0..keys::LISTING_SHARDS;
        let by_order = |index, pk, partitions| Self { index, pk, sk: keys::PK, prefix: keys::ORDER, partitions };
        match listing {
            Listing::OfCustomer(id) => by_order(keys::BY_CUSTOMER, keys::CUSTOMER_ID, vec![id.to_string()]),
            Listing::OfVendor { vendor_id, open } => Self {
                index: keys::BY_VENDOR,
                pk: keys::VENDOR_BUCKET,
                sk: keys::SUB_ORDER_ID,
                prefix: "",
                partitions: vec![keys::vendor_bucket(vendor_id, *open)],
            },
            Listing::OfDay(day) => by_order(keys::BY_DAY, keys::DAY_SHARD, shards.map(|shard| keys::day_shard(*day, shard)).collect()),
            Listing::NeedingAttention(reason) => {
                by_order(keys::BY_ATTENTION, keys::ATTENTION, shards.map(|shard| keys::attention(reason, shard)).collect())
            }
        }
    }
}

#[async_trait]
impl Listings for DynamoOrders {
    async fn list(
        &self,
        listing: &Listing,
        range: (Option<Timestamp>, Option<Timestamp>),
        cursor: Option<&Cursor>,
        limit: u8,
    ) -> Result<Page, PortError> {
        let range = Range::of(range, cursor)?;
        if range.is_empty() {
            return Ok(Page::default());
        }
        let (ids, more) = self.ids(&Source::of(listing), &range, limit).await?;
        let next = ids.last().filter(|_| more).map(ToString::to_string);
        let mut orders = self.heads(&ids).await?;
        // An index lags behind its table by moments: what no longer belongs here is left out.
        orders.retain(|order| belongs(listing, order));
        Ok(Page { orders, next })
    }

    async fn latest_of(&self, customer: &CustomerId, limit: u16) -> Result<Vec<Timestamp>, PortError> {
        let page = self
            .client
            .query()
            .table_name(&*self.table)
            .index_name(keys::BY_CUSTOMER)
            .key_condition_expression("#customer = :customer")
            .expression_attribute_names("#customer", keys::CUSTOMER_ID)
            .expression_attribute_values(":customer", s(customer.as_str()))
            .scan_index_forward(false)
            .limit(i32::from(limit.max(1)))
            .send()
            .await
            .map_err(store)?;
        let items = page.items.unwrap_or_default();
        // An order's id holds the instant of its capture.
        items.iter().take(usize::from(limit)).map(|item| Ok(keys::order_of(text(item, keys::PK)?)?.created_at())).collect()
    }
}

impl DynamoOrders {
    /// At most `limit` ids of the listing, newest first, each once, and whether there are more.
    async fn ids(&self, source: &Source, range: &Range, limit: u8) -> Result<(Vec<OrderId>, bool), PortError> {
        let pages = source.partitions.iter().map(|partition| self.ids_of_partition(source, partition, range, limit));
        let (ids, cut): (Vec<Vec<OrderId>>, Vec<bool>) = try_join_all(pages).await?.into_iter().unzip();
        let mut ids: Vec<OrderId> = ids.into_iter().flatten().collect();
        ids.sort_unstable_by(|a, b| b.cmp(a));
        // A vendor may have several parts of one order.
        ids.dedup();
        let more = cut.contains(&true) || ids.len() > usize::from(limit);
        ids.truncate(usize::from(limit));
        Ok((ids, more))
    }

    async fn ids_of_partition(
        &self,
        source: &Source,
        partition: &str,
        range: &Range,
        limit: u8,
    ) -> Result<(Vec<OrderId>, bool), PortError> {
        let bound = |id: &str| format!("{}{id}", source.prefix);
        let to = bound(&range.to);
        let page = self
            .client
            .query()
            .table_name(&*self.table)
            .index_name(source.index)
            .key_condition_expression("#pk = :pk AND #sk BETWEEN :from AND :to")
            .expression_attribute_names("#pk", source.pk)
            .expression_attribute_names("#sk", source.sk)
            .expression_attribute_values(":pk", s(partition))
            .expression_attribute_values(":from", s(bound(&range.from)))
            .expression_attribute_values(":to", s(&to))
            .scan_index_forward(false)
            // One more, because BETWEEN includes the upper end, and one to see whether more follow.
            .limit(i32::from(limit) + 2)
            .send()
            .await
            .map_err(store)?;
        let cut = page.last_evaluated_key.is_some();
        let mut ids = Vec::with_capacity(usize::from(limit));
        for item in page.items.unwrap_or_default() {
            if text(&item, source.sk)? < to.as_str() {
                ids.push(keys::order_of(text(&item, keys::PK)?)?);
            }
        }
        Ok((ids, cut))
    }

    /// The heads of these orders, in this order.
    async fn heads(&self, ids: &[OrderId]) -> Result<Vec<Order>, PortError> {
        let wanted: Vec<Item> = ids.iter().map(|id| key(keys::order(*id), keys::HEAD)).collect();
        let items = batch::get(&self.client, &self.table, wanted).await?;
        let mut heads = items
            .iter()
            .map(|item| head::from_item(item).map(|stored| (stored.order.id, stored.order)))
            .collect::<Result<HashMap<_, _>, _>>()?;
        Ok(ids.iter().filter_map(|id| heads.remove(id)).collect())
    }
}

/// Whether the order, as it is now, belongs to the listing. A vendor's lists stand with the sub-orders and are taken at their word.
fn belongs(listing: &Listing, order: &Order) -> bool {
    match listing {
        Listing::NeedingAttention(reason) => record::attention(order) == Some(reason.as_str()),
        Listing::OfCustomer(_) | Listing::OfVendor { .. } | Listing::OfDay(_) => true,
    }
}
