//! Listings and the wake index.

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use oms_contract::record::attention;
use oms_domain::{CustomerId, Order, OrderId};
use oms_ports::error::{Party, PortError};
use oms_ports::orders::{Cursor, Listing, Listings, Page, Stored, Wakes};

use super::{MemoryOrders, Tables};

impl Tables {
    fn lists(&self, listing: &Listing, order: &Order) -> bool {
        match listing {
            Listing::OfCustomer(customer) => order.customer_id == *customer,
            Listing::OfVendor { vendor_id, open } => {
                self.sub_orders.range((order.id, 0)..=(order.id, u8::MAX)).any(|(_, row)| row.0.vendor_id == *vendor_id && row.1 == *open)
            }
            Listing::OfDay(day) => order.created_at.to_zoned(TimeZone::UTC).date() == *day,
            Listing::NeedingAttention(reason) => attention(order) == Some(reason.as_str()),
        }
    }
}

#[async_trait]
impl Listings for MemoryOrders {
    async fn list(
        &self,
        listing: &Listing,
        (from, to): (Option<Timestamp>, Option<Timestamp>),
        cursor: Option<&Cursor>,
        limit: u8,
    ) -> Result<Page, PortError> {
        self.faults.gate().await;
        self.call("list", |tables| {
            let after: Option<OrderId> =
                cursor.map(|text| text.parse()).transpose().map_err(|error| PortError::corrupt(Party::Store, error))?;
            let mut matching = tables
                .newest()
                .filter(|order| after.is_none_or(|after| order.id < after))
                .filter(|order| from.is_none_or(|from| order.id >= OrderId::floor(from)))
                .filter(|order| to.is_none_or(|to| order.id < OrderId::floor(to)))
                .filter(|order| tables.lists(listing, order))
                .cloned();
            let orders: Vec<Order> = matching.by_ref().take(usize::from(limit)).collect();
            let next = matching.next().and_then(|_| orders.last()).map(|last| last.id.to_string());
            Ok(Page { orders, next })
        })
    }

    async fn latest_of(&self, customer: &CustomerId, limit: u16) -> Result<Vec<Timestamp>, PortError> {
        self.faults.gate().await;
        self.call("latest_of", |tables| {
            let own = tables.newest().filter(|order| order.customer_id == *customer);
            Ok(own.take(usize::from(limit)).map(|order| order.id.created_at()).collect())
        })
    }
}

#[async_trait]
impl Wakes for MemoryOrders {
    async fn due(&self, now: Timestamp, limit: u16) -> Result<Vec<OrderId>, PortError> {
        self.faults.gate().await;
        self.call("due", |tables| {
            let mut due = tables.due(now);
            due.truncate(usize::from(limit));
            Ok(due)
        })
    }

    async fn wake(&self, was: &Stored, at: Option<Timestamp>) -> Result<(), PortError> {
        self.faults.gate().await;
        self.call("wake", |tables| {
            let head = tables.heads.get_mut(&was.order.id).filter(|head| head.order.seq == was.order.seq).ok_or(PortError::Conflict)?;
            head.wake_at = at;
            Ok(())
        })
    }
}
