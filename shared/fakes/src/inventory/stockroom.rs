//! Goods that come and go, and counts of them. Where a warehouse is makes no difference here: all of them are near.

use async_trait::async_trait;

use oms_ports::error::{Party, PortError};
use oms_ports::stock::{Booked, Booking, OnHand, StockEntry, Stockroom};

use super::{Ledger, MemoryInventory};

impl Ledger {
    fn book(&mut self, entry: &StockEntry, dry: bool) -> Booked {
        let id = (entry.sku.clone(), entry.id.clone());
        if let Some(before) = self.entries.get(&id) {
            return if before == entry { Booked::Repeated } else { Booked::OtherEntry };
        }
        let place = (entry.sku.clone(), entry.vendor_id.clone(), entry.warehouse_id.clone());
        let row = self.rows.get(&place).copied().unwrap_or_default();
        let on_hand = i64::from(row.available) + i64::from(row.allocated);
        let change = entry.what.change(on_hand);
        let available = i64::from(row.available) + change;
        let free = i64::from(self.free(&entry.sku)) + if entry.for_sale { change } else { 0 };
        let count = |count: i64| u32::try_from(count).unwrap_or(0);
        if available < 0 {
            return Booked::Promised { missing: count(-available) };
        }
        if free < 0 {
            return Booked::Promised { missing: count(-free) };
        }
        let (was, now) = (row.available, count(available));
        if !dry {
            self.rows.entry(place).or_default().available = now;
            self.pools.entry(entry.sku.clone()).or_default().free = count(free);
            self.entries.insert(id, entry.clone());
        }
        let hand = |available| OnHand { available, allocated: row.allocated };
        Booked::Yes { was: hand(was), now: hand(now) }
    }
}

#[async_trait]
impl Stockroom for MemoryInventory {
    async fn book(&self, entry: &StockEntry, booking: &Booking) -> Result<Booked, PortError> {
        self.faults.gate().await;
        self.call("book", |ledger| {
            let longest = 64;
            if !(1..=longest).contains(&entry.id.chars().count()) {
                return Err(PortError::corrupt(Party::Store, "the id of an entry has 1 to 64 characters"));
            }
            Ok(ledger.book(entry, booking.dry))
        })
    }
}
