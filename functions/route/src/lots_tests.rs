use super::*;
use proptest::prelude::*;

use crate::choices::choices;

/// Shelves by vendor, and what each vendor sells at least.
fn lot(pack: u32, vendors: &[(&[u32], u32)]) -> (Vec<(usize, u32)>, Lot) {
    let (mut stocked, mut minima) = (Vec::new(), Vec::new());
    for (shelves, least) in vendors {
        let first = stocked.len();
        stocked.extend(shelves.iter().enumerate().map(|(nth, has)| (first + nth, has - has % pack)));
        if *least > pack {
            minima.push(Minimum { sites: (first..stocked.len()).collect(), least: least.next_multiple_of(pack) });
        }
    }
    (stocked, Lot { pack, minima })
}

fn ways(quantity: u32, pack: u32, vendors: &[(&[u32], u32)]) -> Vec<Choice> {
    let (stocked, lot) = lot(pack, vendors);
    let (found, complete) = choices(quantity, &stocked, &lot);
    assert!(complete);
    found
}

#[test]
fn no_piece_of_a_split_is_below_what_its_vendor_sells_or_in_broken_packs() {
    type Vendors<'a> = &'a [(&'a [u32], u32)];
    let cases: [(&str, u32, u32, Vendors<'_>, Vec<Choice>); 12] = [
        ("nothing is asked", 5, 1, &[(&[4], 1), (&[3], 1)], vec![vec![(0, 2), (1, 3)], vec![(0, 4), (1, 1)]]),
        ("of the second two at least", 5, 1, &[(&[4], 1), (&[3], 2)], vec![vec![(0, 2), (1, 3)], vec![(0, 3), (1, 2)]]),
        ("of both, and there is one way left", 5, 1, &[(&[4], 3), (&[3], 2)], vec![vec![(0, 3), (1, 2)]]),
        ("more than is wanted", 5, 1, &[(&[4], 3), (&[3], 3)], vec![]),
        ("and a third helps out", 5, 1, &[(&[4], 4), (&[3], 3), (&[2], 1)], vec![vec![(0, 4), (2, 1)], vec![(1, 3), (2, 2)]]),
        (
            "of two warehouses of one vendor together",
            9,
            1,
            &[(&[4, 4], 5), (&[5], 1)],
            vec![vec![(0, 1), (1, 4), (2, 4)], vec![(0, 4), (1, 1), (2, 4)], vec![(0, 4), (1, 4), (2, 1)]],
        ),
        ("in pairs", 6, 2, &[(&[5], 1), (&[5], 1)], vec![vec![(0, 2), (1, 4)], vec![(0, 4), (1, 2)]]),
        ("in pairs, and four at least", 6, 2, &[(&[5], 1), (&[4], 3)], vec![vec![(0, 2), (1, 4)]]),
        ("too few whole packs", 8, 4, &[(&[7], 1), (&[3], 1)], vec![]),
        ("whoever has all of it", 5, 1, &[(&[4], 1), (&[6], 5)], vec![vec![(1, 5)]]),
        (
            "over three, two of which give the least",
            8,
            1,
            &[(&[4], 2), (&[3], 2), (&[3], 2)],
            vec![vec![(0, 2), (1, 3), (2, 3)], vec![(0, 3), (1, 2), (2, 3)], vec![(0, 3), (1, 3), (2, 2)], vec![(0, 4), (1, 2), (2, 2)]],
        ),
        ("small shelves for a large quantity", 4, 1, &[(&[1, 1], 2), (&[1, 1], 2)], vec![vec![(0, 1), (1, 1), (2, 1), (3, 1)]]),
    ];
    for (name, quantity, pack, vendors, mut expected) in cases {
        let mut found = ways(quantity, pack, vendors);
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn what_is_not_in_whole_packs_any_more_is_taken_apart_anywhere() {
    let product = Product { pack_size: 4, ..oms_fakes::a_product("A") };
    assert_eq!([8, 6].map(|quantity| Lot::of(&product, quantity).pack), [4, 1]);
}

#[test]
fn a_search_for_ways_ends_and_says_that_there_may_be_more() {
    let shelves: Vec<Vec<u32>> = (0..60).map(|nth| vec![2 + nth % 3]).collect();
    let vendors: Vec<(&[u32], u32)> = shelves.iter().map(|own| (own.as_slice(), 2)).collect();
    let (stocked, lot) = lot(1, &vendors);
    let (found, complete) = choices(60, &stocked, &lot);
    assert!(!complete && found.len() <= MOST_SPLITS);
}

/// Every way, by what a way is: of sets no part of which suffices, those vectors in which no pack can be moved from one shelf to another and back.
fn by_hand(quantity: u32, pack: u32, stocked: &[(usize, u32)], minima: &[Minimum]) -> Vec<Choice> {
    let n = stocked.len();
    let fits = |gives: &[u32], set: u32| {
        let each = (0..n).all(|at| if set >> at & 1 == 1 { (pack..=stocked[at].1).contains(&gives[at]) } else { gives[at] == 0 });
        let vendors = minima.iter().all(|minimum| {
            let given: u32 = minimum.sites.iter().map(|site| gives[*site]).sum();
            given == 0 || given >= minimum.least
        });
        each && vendors && gives.iter().sum::<u32>() == quantity && gives.iter().all(|given| given % pack == 0)
    };
    let mut vectors: Vec<Vec<u32>> = vec![vec![]];
    for (_, has) in stocked {
        vectors =
            vectors.iter().flat_map(|known| (0..=*has).step_by(pack as usize).map(|given| [known.clone(), vec![given]].concat())).collect();
    }
    let set_of = |gives: &[u32]| gives.iter().enumerate().filter(|(_, given)| **given > 0).fold(0_u32, |set, (at, _)| set | 1 << at);
    let all: Vec<(u32, Vec<u32>)> =
        vectors.into_iter().map(|gives| (set_of(&gives), gives)).filter(|(set, gives)| fits(gives, *set)).collect();
    let moved = |gives: &[u32], from: usize, to: usize| {
        let mut moved: Vec<i64> = gives.iter().map(|given| i64::from(*given)).collect();
        moved[from] -= i64::from(pack);
        moved[to] += i64::from(pack);
        moved.iter().map(|given| u32::try_from(*given).unwrap_or(u32::MAX / 64)).collect::<Vec<u32>>()
    };
    let is_way = |(set, gives): &&(u32, Vec<u32>)| {
        let needed = all.iter().all(|(other, _)| other == set || other & set != *other);
        let rigid = (0..n).all(|a| (0..n).all(|b| a == b || !fits(&moved(gives, a, b), *set) || !fits(&moved(gives, b, a), *set)));
        needed && rigid
    };
    let choice = |(_, gives): &(u32, Vec<u32>)| {
        gives.iter().enumerate().filter(|(_, given)| **given > 0).map(|(site, given)| (site, *given)).collect()
    };
    all.iter().filter(is_way).map(choice).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn the_ways_are_all_that_there_are(
        vendors in prop::collection::vec((prop::collection::vec(1_u32..7, 1..3), 1_u32..7), 1..4),
        packs in 1_u32..6,
        pack in 1_u32..4,
    ) {
        let quantity = packs * pack;
        let vendors: Vec<(&[u32], u32)> = vendors.iter().map(|(shelves, least)| (shelves.as_slice(), *least)).collect();
        let (stocked, mut lot) = lot(pack, &vendors);
        // As vendors that cannot sell so much, and shelves without a pack, are left out before.
        let has = |minimum: &Minimum| minimum.sites.iter().map(|site| stocked[*site].1).sum::<u32>();
        let barred: Vec<usize> = lot.minima.iter().filter(|minimum| minimum.least > quantity || has(minimum) < minimum.least).flat_map(|minimum| minimum.sites.clone()).collect();
        let stocked: Vec<(usize, u32)> = stocked.iter().map(|(site, has)| (*site, if barred.contains(site) { 0 } else { *has })).collect();
        lot.minima.retain(|minimum| !barred.contains(&minimum.sites[0]));
        let open: Vec<(usize, u32)> = stocked.iter().copied().filter(|(_, has)| *has > 0).collect();
        let (mut found, complete) = choices(quantity, &open, &lot);
        prop_assert!(complete);
        let mut expected = by_hand(quantity, pack, &stocked, &lot.minima);
        if open.iter().any(|(_, has)| *has >= quantity) {
            expected.retain(|choice| choice.len() == 1);
        }
        found.sort();
        expected.sort();
        prop_assert_eq!(found, expected);
    }
}
