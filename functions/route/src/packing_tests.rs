use super::*;
use oms_contract::reference::regulation::{GoodsRule, HazmatRule};
use oms_contract::reference::sale::{Area, Hazmat};
use oms_fakes::a_product;
use proptest::prelude::*;

const PARCEL: Limits = Limits {
    grams: 30_000,
    length_mm: 1_200,
    girth_mm: 3_000,
    divisor: 5_000,
    ordinary: (u32::MAX, u64::MAX),
    by_package: true,
    dangerous: true,
    by_air: false,
    age_check: false,
};

const BERLIN: Locality<'_> = Locality { country: "DE", region: None, postcode: Some("10115") };

/// A number for each class.
const CLASSES: [(u16, &str); 4] = [(1263, "3"), (3082, "9"), (1479, "5.1"), (1760, "8")];

fn regulations() -> Regulations {
    let hazmat = CLASSES.map(|(un_number, class)| HazmatRule { un_number, class: class.to_owned(), road: Some(1_000), air: Some(500) });
    Regulations { hazmat: hazmat.to_vec(), ..Regulations::default() }
}

/// Dangerous goods of a class.
fn of_class(class: &str, product: Product) -> Product {
    let number = CLASSES.iter().find(|(_, known)| *known == class).map(|(number, _)| *number).unwrap();
    Product { hazard_class: Some(class.to_owned()), hazmat: Some(Hazmat { un_number: number, net_quantity: 700 }), ..product }
}

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
    Goods::of(&products.iter().collect::<Vec<_>>(), &regulations(), &BERLIN)
}

fn kg(products: &[Product], load: &[Piece]) -> Option<(u64, usize)> {
    let (goods, billed) = (goods(products), billed(&goods(products), load, &PARCEL)?);
    let packages = pack(&goods, load, &PARCEL)?;
    let each: Vec<u64> = packages.iter().map(|package| goods.sum(package).parcel().billed_g(PARCEL.divisor) / 1000).collect();
    assert_eq!((billed.kg, usize::try_from(billed.packages)), (each.iter().sum(), Ok(each.len())));
    Some((billed.kg, packages.len()))
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
    let class = |class: &str, grams| of_class(class, cube(grams, 1));
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
        let bulk = |package: &Vec<usize>| package.iter().fold(Bulk::default(), |bulk, demand| bulk.with(goods.units[*demand].piece, 1));
        let fit = packages.iter().all(|package| {
            let apart = package.iter().any(|a| package.iter().any(|b| !goods.may_share(*a, *b)));
            PARCEL.hold(&bulk(package)) && !apart
        });
        return fit.then(|| packages.iter().map(|package| super::kg(&bulk(package), &PARCEL)).sum());
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
            .map(|(grams, side, fragile, class)| match classes[*class] {
                Some(class) => of_class(class, cube(*grams, *side)),
                None => Product { fragile: *fragile && *class == 0, ..cube(*grams, *side) },
            })
            .collect();
        let goods = goods(&products);
        let load: Vec<Piece> = quantities.iter().take(products.len()).copied().enumerate().collect();
        let (packages, kg) = (pack(&goods, &load, &PARCEL).unwrap(), billed(&goods, &load, &PARCEL).unwrap().kg);
        for package in &packages {
            prop_assert!(PARCEL.hold(&goods.sum(package)) || package.iter().map(|(_, n)| n).sum::<u32>() == 1);
            prop_assert!(goods.is_clique(package));
        }
        for (demand, quantity) in &load {
            let packed: u32 = packages.iter().flatten().filter(|(packed, _)| packed == demand).map(|(_, n)| n).sum();
            prop_assert_eq!(packed, *quantity);
        }
        prop_assert!(goods.least_kg(&load, PARCEL.divisor) <= kg);
        let few: Vec<Piece> = load.iter().map(|(demand, quantity)| (*demand, (*quantity).min(2))).collect();
        for group in goods.groups(&few) {
            let pieces: Vec<usize> = group.iter().flat_map(|(demand, quantity)| (0..*quantity).map(|_| *demand)).collect();
            let packages = pack(&goods, &group, &PARCEL).unwrap();
            // What goes into one package goes into one; of the rest no packing bills less.
            if goods.is_clique(&group) && PARCEL.hold(&goods.sum(&group)) {
                prop_assert_eq!(packages.len(), 1);
            } else if pieces.len() <= 6 {
                let billed = billed(&goods, &group, &PARCEL).unwrap();
                prop_assert_eq!(Some(billed.kg), brute_force(&goods, &pieces, &mut Vec::new()));
            }
        }
    }
}

#[test]
fn a_service_takes_what_it_is_made_for() {
    let danger = |class: &str, net_quantity| {
        let product = of_class(class, cube(100, 10));
        let hazmat = product.hazmat.map(|hazmat| Hazmat { net_quantity, ..hazmat });
        Product { hazmat, ..product }
    };
    let mut spirits = cube(100, 10);
    spirits.sale.restriction = Some("alcohol".to_owned());
    let unknown = Product { hazard_class: Some("3".to_owned()), ..cube(100, 10) };
    let checked = GoodsRule {
        area: Area("DE".to_owned()),
        banned: false,
        min_age: Some(18),
        check_at_door: true,
        licence: false,
        source: String::new(),
    };
    let mut rules = regulations();
    rules.goods.insert("alcohol".to_owned(), vec![checked]);
    let service = |dangerous, by_air, age_check| Limits { dangerous, by_air, age_check, ..PARCEL };
    for (name, product, limits, taken) in [
        ("anything", cube(100, 10), service(false, true, false), true),
        ("paint by road", danger("3", 1_000), service(true, false, false), true),
        ("too much of it in one piece", danger("3", 1_001), service(true, false, false), false),
        ("what goes by road only, by air", danger("3", 600), service(true, true, false), false),
        ("less of it by air", danger("3", 500), service(true, true, false), true),
        ("with a service that takes none", danger("3", 500), service(false, false, false), false),
        ("of no known number", unknown, service(true, false, false), false),
        ("spirits, looked at", spirits.clone(), service(false, false, true), true),
        ("spirits, not looked at", spirits, service(false, false, false), false),
    ] {
        let goods = Goods::of(&[&product], &rules, &BERLIN);
        assert_eq!(pack(&goods, &[(0, 1)], &limits).is_some(), taken, "{name}");
    }
}

#[test]
fn oversize_packages_are_counted() {
    let long = Product { length_mm: 900, width_mm: 50, height_mm: 50, ..cube(500, 1) };
    let goods = goods(&[long, cube(500, 200)]);
    for (ordinary, load, oversize) in [
        ((u32::MAX, u64::MAX), vec![(0, 1)], 0),
        ((899, u64::MAX), vec![(0, 1)], 1),
        ((900, 1_100), vec![(0, 1)], 0),
        ((900, 1_099), vec![(0, 1)], 1),
        ((899, u64::MAX), vec![(1, 3)], 0),
        // Together in one carton of 900 by 200 by 200.
        ((900, 1_699), vec![(0, 1), (1, 1)], 1),
    ] {
        let limits = Limits { ordinary, ..PARCEL };
        assert_eq!(billed(&goods, &load, &limits).unwrap().oversize, oversize, "{ordinary:?} {load:?}");
    }
}
