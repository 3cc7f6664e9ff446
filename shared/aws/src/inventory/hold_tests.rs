use super::*;

fn sku() -> Sku {
    Sku::parse("A").unwrap()
}

fn of(vendor: &str, quantity: u32) -> Allocation {
    Allocation { sku: sku(), quantity, vendor_id: VendorId::parse(vendor).unwrap(), warehouse_id: WarehouseId::parse("w1").unwrap() }
}

fn held(quantity: u32) -> Hold {
    let at = "2026-11-23T09:00:00Z".parse().unwrap();
    new(OrderId::new(at, [0; 10]), &[(sku(), quantity)], at).hold
}

fn allocated(allocations: &[Allocation]) -> Hold {
    let quantity = allocations.iter().map(|a| a.quantity).sum();
    held(quantity).allocate(allocations).unwrap().unwrap().hold
}

type Books<'a> = ((i64, i64), Vec<(&'a str, i64, i64)>);

/// What is added to the four counters of the SKU: (free, taken), and per vendor (available, allocated).
fn books(change: &Change) -> Books<'_> {
    let pool = change.pools.values().next().copied().unwrap_or_default();
    let rows = change.rows.iter().map(|((_, vendor, _), delta)| (vendor.as_str(), delta.left, delta.taken)).collect();
    ((pool.left, pool.taken), rows)
}

/// Pool and rows change by the same sum.
fn assert_balanced(change: &Change) {
    let sum = |deltas: Vec<&Delta>| deltas.iter().map(|d| d.left + d.taken).sum::<i64>();
    assert_eq!(sum(change.pools.values().collect()), sum(change.rows.values().collect()), "{change:?}");
}

#[test]
fn each_change_moves_what_it_says_and_keeps_the_books_balanced() {
    let two = allocated(&[of("v1", 2), of("v2", 1)]);
    let cases = [
        ("allocate", held(2).allocate(&[of("v1", 2)]).unwrap().unwrap(), (0, 0), vec![("v1", -2, 2)]),
        (
            "allocate elsewhere",
            allocated(&[of("v1", 2)]).allocate(&[of("v2", 2)]).unwrap().unwrap(),
            (0, 0),
            vec![("v1", 2, -2), ("v2", -2, 2)],
        ),
        ("release a hold", held(3).release().unwrap(), (3, -3), vec![]),
        ("release allocations", two.release().unwrap(), (3, -3), vec![("v1", 2, -2), ("v2", 1, -1)]),
        ("release a part", two.release_part(7, &[of("v2", 1)]).unwrap().unwrap(), (1, -1), vec![("v2", 1, -1)]),
        ("goods leave", two.take_off(7, &[of("v1", 2)]).unwrap().unwrap(), (0, -2), vec![("v1", 0, -2)]),
        (
            "reallocate: the vendor's two are lost, two others are taken",
            two.reallocate(7, &[of("v1", 2)], &[of("v3", 2)]).unwrap().unwrap(),
            (-2, 0),
            vec![("v1", 0, -2), ("v3", -2, 2)],
        ),
        (
            "reallocate within a vendor",
            two.reallocate(7, &[of("v1", 1)], &[of("v2", 1)]).unwrap().unwrap(),
            (-1, 0),
            vec![("v1", 0, -1), ("v2", -1, 1)],
        ),
    ];
    for (name, change, pool, rows) in cases {
        assert_eq!(books(&change), (pool, rows), "{name}");
        assert_balanced(&change);
    }
}

#[test]
fn a_repeat_changes_nothing() {
    let order = allocated(&[of("v1", 2), of("v2", 1)]);
    assert!(order.allocate(&[of("v2", 1), of("v1", 1), of("v1", 1)]).unwrap().is_none());
    let once = order.reallocate(7, &[of("v1", 2)], &[of("v3", 2)]).unwrap().unwrap().hold;
    assert!(once.reallocate(7, &[of("v1", 2)], &[of("v3", 2)]).unwrap().is_none());
    let less = once.release_part(9, &[of("v3", 1)]).unwrap().unwrap().hold;
    assert!(less.release_part(9, &[of("v3", 1)]).unwrap().is_none());
    assert!(less.take_off(9, &[of("v3", 1)]).unwrap().is_none(), "what was given back did not leave");
    let released = less.release().unwrap();
    assert_eq!(books(&released), ((2, -2), vec![("v2", 1, -1), ("v3", 1, -1)]));
    assert_eq!(released.hold.release(), None);
}

#[test]
fn nobody_gives_up_what_he_has_not() {
    let order = allocated(&[of("v1", 2)]);
    assert!(order.release_part(1, &[of("v1", 3)]).is_err());
    assert!(order.take_off(1, &[of("v1", 3)]).is_err());
    assert!(order.reallocate(1, &[of("v2", 1)], &[]).is_err());
    assert!(held(2).allocate(&[of("v1", 3)]).is_err());
    assert!(held(2).allocate(&[of("v1", 1)]).is_err());
}
