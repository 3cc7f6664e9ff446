use super::*;

use proptest::prelude::*;

fn order(last: u8) -> OrderId {
    OrderId::new("2026-11-23T09:00:00Z".parse().unwrap(), [0, 0, 0, 0, 0, 0, 0, 0, 0, last])
}

fn lefts(live: u16, lefts: &[i64]) -> Spread {
    Spread::Lefts { live, lefts: (0..).zip(lefts.iter().copied()).collect() }
}

#[test]
fn counters_are_written_as_their_keys_and_read_again() {
    let sku = || Sku::parse("A.b_c-1").unwrap();
    let row = Counted::Row(sku(), VendorId::parse("v").unwrap(), WarehouseId::parse("w").unwrap());
    for (counter, written) in [
        (Counted::Pool(sku()).shard(0), "P#A.b_c-1#0"),
        (Counted::Pool(sku()).shard(31), "P#A.b_c-1#31"),
        (row.shard(0), "S#A.b_c-1#v#w"),
        (row.shard(7), "S#A.b_c-1#v#w#7"),
    ] {
        assert_eq!(counter.to_string(), written);
        assert_eq!(Counter::try_from(written.to_owned()), Ok(counter));
    }
    for wrong in ["", "P#A", "P#A#x", "P#A#-1", "S#A#v", "S#A#v#w#0#0", "H#A#0", "P##0"] {
        assert!(Counter::try_from(wrong.to_owned()).is_err(), "{wrong}");
    }
}

#[test]
fn an_order_takes_from_home_then_from_one_that_has_enough_then_from_several() {
    // The order's home is the third shard.
    for (spread, quantity, taken) in [
        (Spread::Shards(4), 9, vec![(2, 9)]),
        (Spread::default(), 9, vec![(0, 9)]),
        (lefts(4, &[5, 5, 5, 5]), 5, vec![(2, 5)]),
        (lefts(4, &[5, 9, 4, 5]), 5, vec![(3, 5)]),
        (lefts(4, &[5, 9, 4, 1]), 5, vec![(0, 5)]),
        (lefts(4, &[1, 2, 0, 3]), 5, vec![(1, 2), (3, 3)]),
        // Nobody has so much: home is asked, and refuses.
        (lefts(4, &[1, 1, 1, 1]), 5, vec![(0, 1), (1, 1), (2, 2), (3, 1)]),
        // What is left in a shard that was given up is as good as any.
        (lefts(1, &[0, 0, 5]), 5, vec![(2, 5)]),
    ] {
        assert_eq!(spread.split(order(2), quantity), taken.into_iter().collect(), "{spread:?}");
    }
}

#[test]
fn an_order_that_found_its_home_empty_fetches_for_those_who_come_after() {
    let spread = lefts(4, &[7, 1, 0, 1]);
    let taken = spread.split(order(2), 1);
    assert_eq!(taken, BTreeMap::from([(3, 1)]));
    assert_eq!(spread.refill(order(2), &taken), Some((0, 2, 3)));
    assert_eq!(lefts(4, &[1, 1, 0, 1]).refill(order(2), &taken), None, "there is nothing to share");
    assert_eq!(lefts(4, &[7, 1, 2, 1]).refill(order(2), &BTreeMap::from([(2, 1)])), None, "home has some");
    assert_eq!(Spread::Shards(4).refill(order(2), &taken), None, "nobody has looked");
}

#[test]
fn shares_are_levelled_where_one_lacks_or_one_is_given_up() {
    for (spread, moved) in [
        (lefts(4, &[8, 0, 0, 0]), vec![(0, -6), (1, 2), (2, 2), (3, 2)]),
        (lefts(4, &[4, 3, 2, 3]), vec![]),
        (lefts(4, &[9, 9, 9, 1]), vec![(0, -2), (1, -2), (2, -2), (3, 6)]),
        (lefts(2, &[3, 3, 1, 0]), vec![(0, 1), (2, -1)]),
        (lefts(3, &[1, 1]), vec![]),
        (Spread::Shards(4), vec![]),
    ] {
        assert_eq!(spread.levelled(), moved.into_iter().collect(), "{spread:?}");
    }
}

proptest! {
    /// However things lie: what is taken is the demand, from no shard more than it has where all together have enough; and moving between
    /// shards makes nothing and loses nothing.
    #[test]
    fn nothing_is_made_and_nothing_lost(live in 1..6_u16, left in prop::collection::vec(0..20_i64, 1..8), quantity in 1..40_i64, last in any::<u8>()) {
        let spread = lefts(live, &left);
        let taken = spread.split(order(last), quantity);
        prop_assert_eq!(taken.values().sum::<i64>(), quantity);
        let has = |shard: u16| left.get(usize::from(shard)).copied().unwrap_or(0);
        let fits = taken.iter().all(|(shard, part)| *part > 0 && *part <= has(*shard));
        prop_assert_eq!(fits, left.iter().sum::<i64>() >= quantity);
        if let Some((from, to, shifted)) = spread.refill(order(last), &taken) {
            prop_assert!(fits && shifted > 0 && from != to && to < live);
            prop_assert!(has(from) - taken.get(&from).unwrap_or(&0) >= shifted);
        }
        let moved = spread.levelled();
        prop_assert_eq!(moved.values().sum::<i64>(), 0);
        let then: Vec<i64> = (0..u16::try_from(left.len()).unwrap().max(live)).map(|shard| has(shard) + moved.get(&shard).unwrap_or(&0)).collect();
        prop_assert!(then.iter().all(|left| *left >= 0), "{:?}", then);
        prop_assert_eq!(lefts(live, &then).levelled(), BTreeMap::new(), "once is enough");
    }
}
