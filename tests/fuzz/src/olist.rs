//! Exports in the public Olist schema: any bytes in their files, as rows, and as orders of ours.

use std::io::Cursor;

use oms_fakes::MemoryReference;
use oms_local::olist::world::World;
use oms_local::olist::{Files, mapping};

use crate::{block_on, sample};

const NAMES: [&str; 6] = [
    "olist_orders_dataset.csv",
    "olist_order_items_dataset.csv",
    "olist_order_payments_dataset.csv",
    "olist_customers_dataset.csv",
    "olist_products_dataset.csv",
    "olist_sellers_dataset.csv",
];

/// What stands between two files.
const BREAK: &[u8] = b"\n----\n";

/// The six files, one after the other.
pub fn run(bytes: &[u8]) {
    let mut files: Vec<Vec<u8>> = vec![Vec::new()];
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        if rest.starts_with(BREAK) && files.len() < NAMES.len() {
            files.push(Vec::new());
            rest = &rest[BREAK.len()..];
            continue;
        }
        if let Some(file) = files.last_mut() {
            file.push(*first);
        }
        rest = after;
    }
    let open = |name: &str| {
        let nth = NAMES.iter().position(|known| *known == name);
        let file = nth.and_then(|nth| files.get(nth));
        file.map(|file| Cursor::new(file.clone())).ok_or_else(|| std::io::ErrorKind::NotFound.into())
    };
    let Ok(files) = Files::of(open) else { return };
    let world = block_on(World::of(&files, &MemoryReference::default())).expect("the fake answers");
    let all = mapping::all(&files, &world);
    assert_eq!(all.len(), files.orders.len(), "every order is placed or refused");
    drop(world.seed(&all, &all, &files));
    for order in all.into_iter().filter_map(|mapped| mapped.order.ok()) {
        drop(order.accept());
    }
}

/// The sample export.
pub fn seeds() -> Vec<Vec<u8>> {
    let files = NAMES.map(|name| sample(&format!("events/olist/{name}")));
    vec![files.join(BREAK)]
}
