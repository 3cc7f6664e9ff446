use super::*;
use oms_fakes::a_product;
use proptest::prelude::*;

const PARCEL: Limits = Limits { grams: 30_000, length_mm: 1_200, girth_mm: 3_000, divisor: 5_000 };

/// A cube of so many litres and grams.
fn cube(grams: u32, side_mm: u32) -> Product {
    Product {
        weight_g: grams,
        length_mm: side_mm,
        width_mm: side_mm,
        height_mm: side_mm,
        fragile: false,
        hazard_class: None,
        ..a_product("A")
    }
}

fn goods(products: &[Product]) -> Goods {
    Goods::of(&products.iter().collect::<Vec<_>>())
}

fn kg(products: &[Product], load: &[Piece]) -> Option<(u64, usize)> {
    pack(&goods(products), load, &PARCEL).map(|(kg, packages)| (kg, packages.len()))
}

#[test]
fn weight_is_billed_package_by_package_in_whole_kilograms() {
    let fragile = |product: Product| Product { fragile: true, ..product };
    for (name, products, load, expected) in [
        ("nothing", vec![], vec![], (0, 0)),
        ("a gram bills a kilogram", vec![cube(1, 1)], vec![(0, 1)], (1, 1)),
        ("exactly a kilogram", vec![cube(500, 1)], vec![(0, 2)], (1, 1)),
        ("a gram more", vec![cube(500, 1), cube(1, 1)], vec![(0, 2), (1, 1)], (2, 1)),
        ("apart where together were one", vec![cube(400, 1), fragile(cube(400, 1))], vec![(0, 1), (1, 1)], (2, 2)),
        ("two fragile lines keep to themselves", vec![fragile(cube(400, 1)), fragile(cube(400, 1))], vec![(0, 1), (1, 1)], (2, 2)),
        ("one fragile line travels together", vec![fragile(cube(400, 1))], vec![(0, 2)], (1, 1)),
        ("eight litres at 5000 bill two kilograms", vec![cube(300, 200)], vec![(0, 1)], (2, 1)),
        ("heavy and bulky level out in one package", vec![cube(3000, 1), cube(100, 200)], vec![(0, 1), (1, 1)], (4, 1)),
        ("what outgrows a package travels in several", vec![cube(11_000, 1)], vec![(0, 3)], (33, 2)),
    ] {
        assert_eq!(kg(&products, &load), Some(expected), "{name}");
    }
}

#[test]
fn a_piece_that_no_package_takes_cannot_be_shipped() {
    let long = Product { length_mm: 1_201, width_mm: 10, height_mm: 10, ..cube(100, 1) };
    let thick = Product { length_mm: 1_000, width_mm: 600, height_mm: 401, ..cube(100, 1) };
    let fits = Product { length_mm: 400, width_mm: 1_000, height_mm: 600, ..cube(100, 1) };
    for (product, ships) in [(cube(30_001, 1), false), (cube(30_000, 1), true), (long, false), (thick, false), (fits, true)] {
        assert_eq!(kg(std::slice::from_ref(&product), &[(0, 1)]).is_some(), ships, "{product:?}");
    }
}

#[test]
fn volume_fills_a_package_too() {
    // The largest box of length and girth 3000 is 1000 x 500 x 500: 250 litres, so 31 cubes of 8 litres.
    assert_eq!(PARCEL.largest_mm3(), 250_000_000);
    assert_eq!(kg(&[cube(100, 200)], &[(0, 31)]).map(|(_, packages)| packages), Some(1));
    assert_eq!(kg(&[cube(100, 200)], &[(0, 32)]).map(|(_, packages)| packages), Some(2));
}

#[test]
fn classes_that_bridge_two_others_go_with_either() {
    let class = |class: &str, grams| Product { hazard_class: Some(class.into()), ..cube(grams, 1) };
    // 9 shares with 3 and with 5.1, which must be apart.
    let load = [(0, 1), (1, 1), (2, 1)];
    assert_eq!(kg(&[class("3", 600), class("9", 400), class("5.1", 900)], &load), Some((2, 2)), "9 fills the kilogram of 3");
    assert_eq!(kg(&[class("3", 900), class("9", 400), class("5.1", 600)], &load), Some((2, 2)), "or that of 5.1");
}

#[test]
fn few_pieces_are_packed_as_well_as_can_be() {
    // First fit puts 18 with 12 and leaves 11, 10 and 9 to two more; 18 + 12 and 11 + 10 + 9 fill two.
    let products = [cube(18_000, 1), cube(11_000, 1), cube(10_000, 1), cube(9_000, 1), cube(12_000, 1)];
    let load = [(0, 1), (1, 1), (2, 1), (3, 1), (4, 1)];
    assert_eq!(kg(&products, &load), Some((60, 2)));
}

/// Least kilograms over every way to put the pieces into packages, one by one.
fn brute_force(goods: &Goods, pieces: &[usize], packages: &mut Vec<Vec<usize>>) -> Option<u64> {
    let Some((first, rest)) = pieces.split_first() else {
        let bulk = |package: &Vec<usize>| package.iter().fold(Bulk::default(), |bulk, demand| bulk.with(goods.units[*demand], 1));
        let fit = packages.iter().all(|package| {
            let apart = package.iter().any(|a| package.iter().any(|b| !goods.may_share(*a, *b)));
            PARCEL.hold(bulk(package)) && !apart
        });
        return fit.then(|| packages.iter().map(|package| bulk(package).kg(PARCEL.divisor)).sum());
    };
    let mut best = None;
    for i in 0..=packages.len() {
        if i == packages.len() {
            packages.push(Vec::new());
        }
        packages[i].push(*first);
        let found = brute_force(goods, rest, packages);
        packages[i].pop();
        if packages[i].is_empty() {
            packages.pop();
        }
        best = [best, found].into_iter().flatten().min();
    }
    best
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_packing_is_valid_whole_and_for_few_pieces_the_best(
        kinds in prop::collection::vec((1_u32..16_000, 10_u32..450, any::<bool>(), 0_usize..6), 1..5),
        quantities in prop::collection::vec(1_u32..12, 4),
    ) {
        let classes = [None, None, Some("3"), Some("9"), Some("5.1"), Some("8")];
        let products: Vec<Product> = kinds
            .iter()
            .map(|(grams, side, fragile, class)| Product {
                fragile: *fragile && *class == 0,
                hazard_class: classes[*class].map(str::to_owned),
                ..cube(*grams, *side)
            })
            .collect();
        let goods = goods(&products);
        let load: Vec<Piece> = quantities.iter().take(products.len()).copied().enumerate().collect();
        let (kg, packages) = pack(&goods, &load, &PARCEL).unwrap();
        for package in &packages {
            prop_assert!(PARCEL.hold(goods.sum(package)) || package.iter().map(|(_, n)| n).sum::<u32>() == 1);
            prop_assert!(goods.is_clique(package));
        }
        for (demand, quantity) in &load {
            let packed: u32 = packages.iter().flatten().filter(|(packed, _)| packed == demand).map(|(_, n)| n).sum();
            prop_assert_eq!(packed, *quantity);
        }
        prop_assert!(goods.least_kg(&load, PARCEL.divisor) <= kg);
        let few: Vec<Piece> = load.iter().map(|(demand, quantity)| (*demand, (*quantity).min(2))).collect();
        let pieces: Vec<usize> = few.iter().flat_map(|(demand, quantity)| (0..*quantity).map(|_| *demand)).collect();
        if pieces.len() <= 6 {
            let (kg, _) = pack(&goods, &few, &PARCEL).unwrap();
            prop_assert_eq!(Some(kg), brute_force(&goods, &pieces, &mut Vec::new()));
        }
    }
}
