//! `oms stock`: what an operator does to the stock by hand.

use clap::{Args, Subcommand};

use oms_aws::Clients;
use oms_domain::{Actor, ActorKind, Sku, VendorId, WarehouseId};
use oms_local::Stack;
use oms_ports::Clock as _;
use oms_ports::stock::{Booked, Booking, StockEntry, Stocked, Stockroom as _};
use oms_runtime::SystemClock;

use crate::console::say;
use crate::failure::Failure;

#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Book goods that came to a vendor's warehouse.
    Receive {
        #[command(flatten)]
        entry: Entry,
    },
    /// Correct the books by a count of all that is there, what is set aside for orders included.
    Count {
        #[command(flatten)]
        entry: Entry,
    },
    /// Say in how many shards a product is counted, or count it in more or fewer from now on.
    Shards {
        /// Product.
        #[arg(long)]
        sku: Sku,
        /// How many, from 1 to 32.
        #[arg(long)]
        to: Option<u16>,
    },
    /// Give each shard of a product its share of what is left.
    Rebalance {
        /// Product.
        #[arg(long)]
        sku: Sku,
    },
}

#[derive(Args)]
pub(crate) struct Entry {
    /// The entry's own id, say of the delivery note: what is booked under it is booked once.
    #[arg(long)]
    id: String,
    /// Product.
    #[arg(long)]
    sku: Sku,
    /// Vendor.
    #[arg(long)]
    vendor: VendorId,
    /// Warehouse of the vendor.
    #[arg(long)]
    warehouse: WarehouseId,
    /// Units.
    #[arg(long)]
    units: u32,
    /// The vendor may not sell now: promise nothing of it.
    #[arg(long)]
    not_for_sale: bool,
    /// Say what would come of it, and change nothing.
    #[arg(long)]
    dry_run: bool,
}

impl Entry {
    fn booking(self, what: impl FnOnce(u32) -> Stocked) -> (StockEntry, bool) {
        let entry = StockEntry {
            id: self.id,
            sku: self.sku,
            vendor_id: self.vendor,
            warehouse_id: self.warehouse,
            for_sale: !self.not_for_sale,
            what: what(self.units),
        };
        (entry, self.dry_run)
    }
}

pub(crate) async fn run(stack: &Stack, verb: Verb) -> Result<(), Failure> {
    let inventory = Clients::at(&stack.endpoint()).await.inventory(stack.table("inventory")?);
    let (entry, dry) = match verb {
        Verb::Receive { entry } => entry.booking(Stocked::Received),
        Verb::Count { entry } => entry.booking(Stocked::Counted),
        Verb::Shards { sku, to: None } => {
            let shards = inventory.shards(&sku).await?;
            return Ok(say(format!("{sku} is counted in {shards} shards"))?);
        }
        Verb::Shards { sku, to: Some(to) } => {
            let done = inventory.reshard(&sku, to).await?;
            return Ok(say(format!(
                "{sku} is counted in {} shards (was {}); {} units moved between them",
                done.shards, done.was, done.moved
            ))?);
        }
        Verb::Rebalance { sku } => {
            let moved = inventory.rebalance(&sku).await?;
            return Ok(say(format!("{moved} units of {sku} moved between shards"))?);
        }
    };
    let booking = Booking { by: Actor::new(ActorKind::Operator, "oms"), at: SystemClock.now(), spot: None, dry };
    let booked = inventory.book(&entry, &booking).await?;
    Ok(say(told(&entry, dry, booked)?)?)
}

fn told(entry: &StockEntry, dry: bool, booked: Booked) -> Result<String, Failure> {
    let place = format!("{} at {}/{}", entry.sku, entry.vendor_id, entry.warehouse_id);
    match booked {
        Booked::Yes { was, now } => {
            let verb = if dry { "would have" } else { "has" };
            Ok(format!("{place} {verb} {} available (was {}) and {} set aside", now.available, was.available, now.allocated))
        }
        Booked::Repeated => Ok(format!("{place}: {} was booked before, nothing is changed", entry.id)),
        Booked::OtherEntry => Err(Failure::NotBooked(format!("{} is the id of another entry of {}", entry.id, entry.sku))),
        Booked::Promised { missing } => {
            let mend = "cancel or re-source orders first";
            Err(Failure::NotBooked(format!("orders were promised {missing} more of {place} than would be there: {mend}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oms_ports::stock::OnHand;

    #[test]
    fn what_came_of_an_entry_is_told() {
        let entry = StockEntry {
            id: "note-1".to_owned(),
            sku: "A".parse().unwrap(),
            vendor_id: "ven-1".parse().unwrap(),
            warehouse_id: "w1".parse().unwrap(),
            for_sale: true,
            what: Stocked::Received(3),
        };
        let hand = |available| OnHand { available, allocated: 2 };
        let yes = Booked::Yes { was: hand(1), now: hand(4) };
        assert_eq!(told(&entry, false, yes).unwrap(), "A at ven-1/w1 has 4 available (was 1) and 2 set aside");
        assert!(told(&entry, true, yes).unwrap().contains("would have 4"));
        assert!(told(&entry, false, Booked::Repeated).unwrap().contains("note-1 was booked before"));
        assert!(told(&entry, false, Booked::OtherEntry).unwrap_err().to_string().contains("another entry of A"));
        assert!(told(&entry, false, Booked::Promised { missing: 2 }).unwrap_err().to_string().contains("promised 2 more"));
    }
}
