//! Every key, index and attribute name, spelt once.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use oms_contract::reference::punctuality::Performer;
use oms_domain::{CustomerId, OrderId, Sku, VendorId, WarehouseId};
use oms_ports::PortError;
use oms_ports::invoices::Series;

use crate::error::corrupt;

pub(crate) const PK: &str = "pk";
pub(crate) const SK: &str = "sk";
/// JSON of the record.
pub(crate) const BODY: &str = "body";

/// Head: version, equal to the number of the last entry.
pub(crate) const V: &str = "v";
/// Head: JSON of the entries of the last writes, without their hashes: the last one's is the order's.
pub(crate) const TAIL: &str = "tail";
/// Segment: hash of its last entry.
pub(crate) const HASH: &str = "hash";
/// Document: its sealed part, as bytes.
pub(crate) const SEALED: &str = "sealed";
/// Head: `machine` or `outside`, who made the last write.
pub(crate) const VIA: &str = "via";

/// Head, effect: random mark of the last write, by which a writer knows its own when the answer to it was lost.
pub(crate) const WRITE: &str = "write";

pub(crate) const CUSTOMER_ID: &str = "customer_id";
pub(crate) const ORDER_ID: &str = "order_id";
pub(crate) const DAY_SHARD: &str = "day_shard";
pub(crate) const ATTENTION: &str = "attention";
pub(crate) const WAKE_SHARD: &str = "wake_shard";
pub(crate) const WAKE_AT: &str = "wake_at";
pub(crate) const VENDOR_BUCKET: &str = "vendor_bucket";
pub(crate) const SUB_ORDER_ID: &str = "sub_order_id";
pub(crate) const TRACKING: &str = "tracking";
pub(crate) const POLL_SHARD: &str = "poll_shard";
pub(crate) const POLL_AT: &str = "poll_at";
pub(crate) const EXPIRY_SHARD: &str = "expiry_shard";
pub(crate) const EXPIRES_AT: &str = "expires_at";
/// Stock row: where its warehouse is, see [`place`].
pub(crate) const PLACE: &str = "place";
/// TTL of the ephemeral table, in seconds since 1970.
pub(crate) const EXPIRES: &str = "expires";

pub(crate) const BY_CUSTOMER: &str = "by_customer";
pub(crate) const BY_DAY: &str = "by_day";
pub(crate) const BY_ATTENTION: &str = "by_attention";
pub(crate) const BY_WAKE: &str = "by_wake";
pub(crate) const BY_VENDOR: &str = "by_vendor";
pub(crate) const BY_TRACKING: &str = "by_tracking";
pub(crate) const BY_POLL: &str = "by_poll";
pub(crate) const BY_EXPIRY: &str = "by_expiry";
pub(crate) const BY_PLACE: &str = "by_place";

/// Sort key of an order's head.
pub(crate) const HEAD: &str = "A";
/// Sort key of an order's document. No other key of an order may sort between the two: they are read together.
pub(crate) const DOCUMENT: &str = "D";
/// Sort key of reference items and ephemeral records.
pub(crate) const ONLY: &str = "A";
/// Sort key of a pool.
pub(crate) const POOL: &str = "POOL";
/// Sort key, beside a SKU's rows, of how it is spread over shards; a SKU with one shard has none.
pub(crate) const SHARDS: &str = "SHARDS";
/// Sort key of a hold.
pub(crate) const HOLD: &str = "HOLD";

/// Shards of the listings by day and by reason: a thousand orders a second each.
pub(crate) const LISTING_SHARDS: u8 = 4;
/// Shards of what is due by time.
pub(crate) const TIMER_SHARDS: u8 = 8;

pub(crate) fn order(id: OrderId) -> String {
    format!("{ORDER}{id}")
}

/// Comes before the id in an order's partition key.
pub(crate) const ORDER: &str = "O#";

/// The order of a partition key of the orders table.
pub(crate) fn order_of(pk: &str) -> Result<OrderId, PortError> {
    id_after(pk, ORDER)
}

/// Sort key of the segment that was the tail of the head of this version.
pub(crate) fn segment(version: u64) -> String {
    format!("H#{version:06}")
}

pub(crate) fn validation(version: u64) -> String {
    format!("V#{version:06}")
}

pub(crate) fn fraud(version: u64) -> String {
    format!("F#{version:06}")
}

pub(crate) fn plan(version: u64) -> String {
    format!("R#{version:06}")
}

pub(crate) fn search(version: u64) -> String {
    format!("Q#{version:06}")
}

pub(crate) fn command(key: &str) -> String {
    format!("K#{key}")
}

pub(crate) fn method(attempt: u8) -> String {
    format!("M#{attempt}")
}

pub(crate) fn invoice(attempt: u8) -> String {
    format!("I#{attempt}")
}

/// Partition key of the counter of a series of papers; no order's.
pub(crate) fn counter(series: Series) -> String {
    format!("C#{series}")
}

pub(crate) fn sub_order(part: u8) -> String {
    format!("S#{part}")
}

pub(crate) fn package(part: u8, package: u8) -> String {
    format!("P#{part}#{package}")
}

pub(crate) fn carrier(part: u8) -> String {
    format!("B#{part}")
}

/// Partition key of a package's label in the ephemeral table; its sort keys number the pieces.
pub(crate) fn paper(id: OrderId, part: u8, package: u8) -> String {
    format!("L#{id}#{part}#{package}")
}

pub(crate) fn tracked(event_id: &str) -> String {
    format!("T#{event_id}")
}

pub(crate) fn vendor_bucket(vendor: &VendorId, open: bool) -> String {
    format!("{vendor}#{}", if open { "open" } else { "done" })
}

pub(crate) fn tracking(carrier: &str, number: &str) -> String {
    format!("{carrier}#{number}")
}

pub(crate) fn day_shard(day: Date, shard: u8) -> String {
    format!("{day}#{shard}")
}

pub(crate) fn attention(reason: &str, shard: u8) -> String {
    format!("{reason}#{shard}")
}

/// The UTC day of an instant.
pub(crate) fn day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// Which of `shards` an order falls into: by the last byte of its id, which is random.
pub(crate) fn shard(id: OrderId, shards: u8) -> u8 {
    let text = id.to_string();
    let last = text.get(text.len() - 2..).and_then(|hex| u8::from_str_radix(hex, 16).ok()).unwrap_or(0);
    last % shards
}

/// An instant as text of fixed width, so that texts sort as instants do.
pub(crate) fn stamp(at: Timestamp) -> String {
    format!("{at:.9}")
}

pub(crate) fn idempotency(scope: &str, key: &str) -> String {
    format!("I#{scope}#{key}")
}

pub(crate) fn seen(scope: &str, id: &str) -> String {
    format!("S#{scope}#{id}")
}

pub(crate) fn product(sku: &Sku) -> String {
    format!("PRODUCT#{sku}")
}

pub(crate) fn vendor(id: &VendorId) -> String {
    format!("VENDOR#{id}")
}

pub(crate) fn customer(id: &CustomerId) -> String {
    format!("CUSTOMER#{id}")
}

pub(crate) fn taxes(country: &str) -> String {
    format!("TAX#{country}")
}

pub(crate) fn coupon(code: &str) -> String {
    format!("COUPON#{code}")
}

pub(crate) fn gift_card(card: &str) -> String {
    format!("GIFTCARD#{card}")
}

/// Partition key of what was counted of a performer; no carrier's code and no id holds a `#`.
pub(crate) fn tally(of: &Performer) -> String {
    match of {
        Performer::Vendor(vendor) => format!("TALLY#V#{vendor}"),
        Performer::Carrier { carrier, service } => format!("TALLY#C#{carrier}#{service}"),
    }
}

/// Partition key of the mark that a delivery is counted.
pub(crate) fn counted(id: &str) -> String {
    format!("T#{id}")
}

pub(crate) const PROMOTIONS: &str = "PROMOTIONS";
pub(crate) const REGULATIONS: &str = "REGULATIONS";
pub(crate) const WATCHLISTS: &str = "WATCHLISTS";
pub(crate) const MARKET: &str = "MARKET";
pub(crate) const RATES: &str = "RATES";

/// Partition key of a customer's wrapped data key.
pub(crate) fn data_key(id: &CustomerId) -> String {
    format!("KEY#{id}")
}

pub(crate) fn pool(sku: &Sku, shard: u16) -> String {
    format!("P#{sku}#{shard}")
}

pub(crate) fn hold(id: OrderId) -> String {
    format!("H#{id}")
}

/// The order of a hold's partition key.
pub(crate) fn order_of_hold(pk: &str) -> Result<OrderId, PortError> {
    id_after(pk, "H#")
}

pub(crate) fn stock(sku: &Sku) -> String {
    format!("S#{sku}")
}

/// Sort key of a stock row, or of a further shard of it.
pub(crate) fn source(vendor: &VendorId, warehouse: &WarehouseId, shard: u16) -> String {
    if shard == 0 { format!("{vendor}#{warehouse}") } else { format!("{vendor}#{warehouse}#{shard}") }
}

/// A point on the globe (degrees north and east) as a text that sorts neighbours near each other: the bits of its latitude and longitude in turn (a Z-order
/// curve), in hexadecimal. Sixteen bits each are 300 to 600 metres.
pub fn place(lat: f64, lon: f64) -> String {
    let (north, east) = (cell(lat, 90.0), cell(lon, 180.0));
    let code = (0..16).rev().fold(0_u32, |code, bit| code << 2 | (north >> bit & 1) << 1 | east >> bit & 1);
    format!("{code:08x}")
}

/// Which of 65536 equal parts of `-most..=most` degrees the angle lies in.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 65535")]
fn cell(degrees: f64, most: f64) -> u32 {
    let share = (degrees.clamp(-most, most) + most) / (2.0 * most);
    (share * 65_535.0) as u32
}

/// Vendor, warehouse and shard of a stock row's sort key; no id holds a `#`.
pub(crate) fn parts_of_source(sk: &str) -> Result<(VendorId, WarehouseId, u16), PortError> {
    let words: Vec<&str> = sk.split('#').collect();
    let (vendor, warehouse, shard) = match words.as_slice() {
        [vendor, warehouse] => (vendor, warehouse, "0"),
        [vendor, warehouse, shard] => (vendor, warehouse, *shard),
        _ => return Err(corrupt("sk is no vendor and warehouse")),
    };
    let parsed = (|| Some((vendor.parse().ok()?, warehouse.parse().ok()?, shard.parse().ok()?)))();
    parsed.ok_or_else(|| corrupt("sk is no vendor and warehouse"))
}

/// Partition key of a budget's counter, whose sort key is [`USED`].
pub(crate) fn budget(name: &str) -> String {
    format!("{BUDGET_PREFIX}{name}")
}

/// What partition keys of budgets begin with.
pub(crate) const BUDGET_PREFIX: &str = "B#";
/// Sort key of a budget's counter.
pub(crate) const USED: &str = "USED";

/// Partition key of what came in of a SKU, and what was counted; sort key is the id of the entry.
pub(crate) fn stock_log(sku: &Sku) -> String {
    format!("L#{sku}")
}

/// Partition key of the list of SKUs that are counted in several shards, and of the notes that make them so.
pub(crate) const HOT: &str = "HOT";

/// Sort key of a SKU in that list.
pub(crate) fn sharded(sku: &Sku) -> String {
    format!("{SHARDED_PREFIX}{sku}")
}

/// Sort key of an order's note that others were in its way at a SKU.
pub(crate) fn crowded(sku: &Sku, order: OrderId) -> String {
    format!("{CROWDED_PREFIX}{sku}#{order}")
}

pub(crate) const SHARDED_PREFIX: &str = "SKU#";
pub(crate) const CROWDED_PREFIX: &str = "CROWD#";

fn id_after(pk: &str, prefix: &str) -> Result<OrderId, PortError> {
    pk.strip_prefix(prefix).and_then(|id| id.parse().ok()).ok_or_else(|| corrupt("pk holds no order id"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_sort_as_instants_do() {
        let instants = ["2026-11-23T09:00:00Z", "2026-11-23T09:00:00.000000001Z", "2026-11-23T09:00:00.5Z", "2026-11-23T09:00:01Z"];
        let stamps: Vec<String> = instants.iter().map(|text| stamp(text.parse().unwrap())).collect();
        assert!(stamps.is_sorted(), "{stamps:?}");
        assert_eq!(stamps[0].len(), stamps[2].len());
        assert_eq!(stamps[2].parse::<Timestamp>().unwrap(), instants[2].parse::<Timestamp>().unwrap());
    }

    #[test]
    fn records_of_an_order_cannot_be_taken_for_each_other() {
        let records =
            [segment(1), validation(1), fraud(1), plan(1), command("1"), method(1), invoice(1), sub_order(1), package(1, 1), carrier(1)];
        let mut kinds: Vec<&str> = records.iter().filter_map(|key| key.split('#').next()).collect();
        kinds.extend([HEAD, DOCUMENT]);
        let all = kinds.len();
        kinds.sort_unstable();
        kinds.dedup();
        assert_eq!(kinds.len(), all, "{kinds:?}");
    }

    #[test]
    fn neighbours_have_places_that_begin_alike() {
        let (berlin, potsdam, hamburg, sydney) = (place(52.52, 13.41), place(52.39, 13.06), place(53.55, 9.99), place(-33.87, 151.21));
        let alike = |a: &str, b: &str| a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
        assert!(alike(&berlin, &potsdam) > alike(&berlin, &hamburg), "{berlin} {potsdam} {hamburg}");
        assert!(alike(&berlin, &hamburg) > alike(&berlin, &sydney), "{berlin} {hamburg} {sydney}");
        assert_eq!((place(-90.0, -180.0).as_str(), place(90.0, 180.0).as_str()), ("00000000", "ffffffff"));
    }

    #[test]
    fn shards_follow_the_last_byte_of_the_id() {
        let at = "2026-11-23T09:00:00Z".parse().unwrap();
        for (last, of_four, of_eight) in [(0, 0, 0), (7, 3, 7), (0xfd, 1, 5)] {
            let mut random = [0; 10];
            random[9] = last;
            let id = OrderId::new(at, random);
            assert_eq!(shard(id, LISTING_SHARDS), of_four);
            assert_eq!(shard(id, TIMER_SHARDS), of_eight);
        }
    }
}
