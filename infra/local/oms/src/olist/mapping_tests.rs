use super::*;
use oms_fakes::MemoryReference;
use std::path::Path;

/// The folder `events/olist` against a marketplace that has three of its products and their sellers.
async fn fixture() -> (Files, World, Vec<Mapped>) {
    let files = Files::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../events/olist")).unwrap();
    let reference = MemoryReference::default();
    for sku in ["OL-0021a87d4997", "OL-004154251837", "OL-0367635ea4ef"] {
        reference.product(oms_fakes::a_product(sku));
    }
    for vendor in ["olist-00fc707a", "olist-05257715", "olist-06a2c3af"] {
        reference.vendor(oms_fakes::a_vendor(vendor));
    }
    let world = World::of(&files, &reference).await.unwrap();
    let mapped = all(&files, &world);
    (files, world, mapped)
}

fn of(mapped: &[Mapped], last: char) -> &Mapped {
    mapped.iter().find(|mapped| mapped.order_id.ends_with(last)).unwrap()
}

#[tokio::test]
async fn every_order_of_the_fixture_is_placed_or_refused_as_its_readme_says() {
    let (_, _, mapped) = fixture().await;
    assert_eq!(mapped.len(), 15);
    for (last, refused) in [
        ('1', None),
        ('2', None),
        ('3', None),
        ('4', Some(Refusal::Difference(1000))),
        ('5', Some(Refusal::NoPayment)),
        ('6', Some(Refusal::NoItems)),
        ('7', Some(Refusal::UnknownProduct("ee300000000000000000000000000000".to_owned()))),
        ('8', None),
        ('9', None),
        ('a', None),
        ('b', Some(Refusal::UnknownCustomer)),
        ('c', None),
        ('d', Some(Refusal::UnknownProduct("ee200000000000000000000000000000".to_owned()))),
        ('e', Some(Refusal::BadAmount("89,90".to_owned()))),
        ('f', Some(Refusal::UnknownSeller("ff200000000000000000000000000000".to_owned()))),
    ] {
        assert_eq!(of(&mapped, last).order.as_ref().err(), refused.as_ref(), "{last}");
    }
}

#[tokio::test]
async fn placed_orders_are_what_the_api_takes_and_their_amounts_add_up() {
    let (_, _, mapped) = fixture().await;
    for order in mapped.iter().filter_map(|mapped| mapped.order.as_ref().ok()) {
        let accepted = order.as_ref().clone().accept().unwrap();
        let goods: i64 = accepted.lines.iter().map(|line| line.net().unwrap()).sum();
        assert_eq!(goods + accepted.shipping, accepted.total);
    }
    let two = of(&mapped, '2').order.as_ref().unwrap();
    let lines: Vec<(&str, u32, i64)> = two.lines.iter().map(|line| (line.sku.as_str(), line.quantity, line.unit_price)).collect();
    assert_eq!(lines, [("OL-004154251837", 2, 5990), ("OL-0367635ea4ef", 1, 12000)]);
    assert_eq!((two.shipping, two.total), (4235, 28215));
    assert_eq!(of(&mapped, '3').order.as_ref().unwrap().customer_id, of(&mapped, '1').order.as_ref().unwrap().customer_id);
    assert_eq!(of(&mapped, '9').order.as_ref().unwrap().shipping_address.city, "sao paulo");
    assert_eq!(of(&mapped, 'c').order.as_ref().unwrap().shipping_address.postcode.as_deref(), Some("01310-000"));
}

#[tokio::test]
async fn oddities_are_noted() {
    let (files, _, mapped) = fixture().await;
    for (last, note) in [
        ('2', "several payments; one is made"),
        ('2', "paid by voucher, in part or whole; a test card is charged"),
        ('3', "payments differ by a rounding of cents"),
        ('9', "scanned by the carrier before approval"),
        ('a', "no time of approval"),
        ('a', "delivered without a date"),
        ('c', "was cancelled in the set; placed all the same"),
        ('f', "way of payment not defined; a test card is charged"),
    ] {
        assert!(of(&mapped, last).notes.contains(&note), "{last}: {:?}", of(&mapped, last).notes);
    }
    assert!(of(&mapped, '1').notes.is_empty(), "{:?}", of(&mapped, '1').notes);
    let skipped: Vec<(&str, usize)> = files.skipped.iter().map(|(why, count)| (why.as_str(), *count)).collect();
    assert_eq!(skipped, [("olist_orders_dataset.csv: no order_id", 1), ("olist_orders_dataset.csv: the order came before", 1)]);
}

#[tokio::test]
async fn the_seed_holds_what_is_new_and_the_stock_of_the_whole_folder() {
    let (files, world, mapped) = fixture().await;
    let seed = world.seed(&mapped, &mapped, &files);
    assert_eq!(seed.products.iter().map(|product| product.sku.as_str()).collect::<Vec<_>>(), ["OL-ee1000000000"]);
    assert_eq!(seed.vendors.iter().map(|vendor| vendor.vendor_id.as_str()).collect::<Vec<_>>(), ["olist-ff100000"]);
    assert_eq!(seed.customers.len(), 6, "orders 1 and 3 are of one person");
    let stock = |sku: &str| seed.stock.iter().filter(|row| row.sku.as_str() == sku).map(|row| row.available).collect::<Vec<_>>();
    assert_eq!((stock("OL-0021a87d4997"), stock("OL-004154251837"), stock("OL-ee1000000000")), (vec![2], vec![3], vec![1]));
    let first = world.seed(&mapped[..1], &mapped, &files);
    assert_eq!((first.customers.len(), first.stock.len(), first.stock[0].available), (1, 1, 2));
}

#[test]
fn amounts_are_exact_or_refused() {
    for (text, found) in [
        ("89.90", Some(8990)),
        ("0", Some(0)),
        ("-0.00", Some(0)),
        ("7.5", Some(750)),
        ("1e3", Some(100_000)),
        ("0.001", None),
        ("-1", None),
        ("", None),
        ("x", None),
    ] {
        assert_eq!(cents(text).ok(), found, "{text:?}");
    }
}
