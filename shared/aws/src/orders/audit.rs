//! Reading the whole table, to prove every order by its history.

use async_trait::async_trait;
use oms_domain::{OrderId, history};
use oms_ports::PortError;
use oms_ports::audit::{Audit, Chain};
use oms_ports::orders::Cursor;

use super::{DynamoOrders, head};
use crate::error::{corrupt, store};
use crate::item::{self, key};
use crate::keys;

#[async_trait]
impl Audit for DynamoOrders {
    async fn ids(&self, after: Option<Cursor>) -> Result<(Vec<OrderId>, Option<Cursor>), PortError> {
        let start = after.map(|cursor| {
            let (pk, sk) = cursor.split_once('|').ok_or_else(|| corrupt("the cursor is none of ours"))?;
            Ok::<_, PortError>(key(pk, sk))
        });
        let page = self
            .client
            .scan()
            .table_name(&*self.table)
            .consistent_read(true)
            .projection_expression("#pk, #sk")
            .expression_attribute_names("#pk", keys::PK)
            .expression_attribute_names("#sk", keys::SK)
            .set_exclusive_start_key(start.transpose()?)
            .send()
            .await
            .map_err(store)?;
        let items = page.items.unwrap_or_default();
        let mut ids = items.iter().map(|item| keys::order_of(item::text(item, keys::PK)?)).collect::<Result<Vec<_>, _>>()?;
        // The items of one order stand together.
        ids.dedup();
        let next = page
            .last_evaluated_key
            .as_ref()
            .map(|last| Ok::<_, PortError>(format!("{}|{}", item::text(last, keys::PK)?, item::text(last, keys::SK)?)));
        Ok((ids, next.transpose()?))
    }

    async fn chain(&self, id: OrderId) -> Result<Option<Chain>, PortError> {
        // The head first: what it has not yet, is in a segment by then. The other way round a commit in between would hide its segment.
        let Some(item) = self.item(id, keys::HEAD, true).await? else {
            return Ok(None);
        };
        let head = head::from_item(&item)?;
        let segments = self.under(id, "H#", true).await?;
        let segments = segments.iter().map(|segment| Ok((item::body(segment)?, item::text(segment, keys::HASH)?)));
        let segments = segments.collect::<Result<Vec<_>, PortError>>()?;
        let entries = history::joined(segments, head.tail, &head.order.hash);
        Ok(Some(Chain { head: item::text(&item, keys::BODY)?.to_owned(), entries }))
    }
}
