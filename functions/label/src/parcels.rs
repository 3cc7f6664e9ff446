//! The packages of a part: as the vendor packed them, or as the catalogue makes them. Pure.

use oms_contract::api::command::PackedParcel;
use oms_contract::problem::Fault;
use oms_contract::record::PlannedShipment;
use oms_contract::reference::Product;
use oms_domain::Sku;
use oms_domain::shipping::{Bulk, Parcel};

/// Heaviest package taken, grams; longest side, millimetres; most packages of a part.
const HEAVIEST: u32 = 100_000;
const LONGEST: u32 = 5_000;
pub(crate) const MOST: usize = oms_carriers::desk::PACKAGES as usize;

/// The packages as they were given, each with the index of the shipment that it belongs to.
///
/// # Errors
/// All that is wrong with them.
pub(crate) fn packed(given: &[PackedParcel], shipments: &[PlannedShipment]) -> Result<Vec<(usize, Parcel)>, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut fault = |at: String, message: String| faults.push(Fault { at, message });
    if given.len() > MOST {
        fault("packages".to_owned(), format!("must be at most {MOST}, are {}", given.len()));
    }
    let mut parcels = Vec::with_capacity(given.len());
    for (i, parcel) in given.iter().enumerate() {
        let at = |field: &str| format!("packages[{i}].{field}");
        if !(1..=HEAVIEST).contains(&parcel.weight_g) {
            fault(at("weight_g"), format!("must be 1 to {HEAVIEST}, is {}", parcel.weight_g));
        }
        for (field, side) in [("length_mm", parcel.length_mm), ("width_mm", parcel.width_mm), ("height_mm", parcel.height_mm)] {
            if !(1..=LONGEST).contains(&side) {
                fault(at(field), format!("must be 1 to {LONGEST}, is {side}"));
            }
        }
        let from = match &parcel.warehouse_id {
            Some(id) => shipments.iter().position(|shipment| shipment.warehouse_id.as_str() == id),
            None => (shipments.len() == 1).then_some(0),
        };
        if let Some(from) = from {
            let sides_mm = [parcel.length_mm, parcel.width_mm, parcel.height_mm];
            parcels.push((from, Parcel { grams: u64::from(parcel.weight_g), sides_mm }));
        } else {
            let names: Vec<&str> = shipments.iter().map(|shipment| shipment.warehouse_id.as_str()).collect();
            fault(at("warehouse_id"), format!("must be one of {}", names.join(", ")));
        }
    }
    if faults.is_empty() { Ok(parcels) } else { Err(faults) }
}

/// The packages that were planned, one a shipment where none were, each with the index of its shipment: the cartons that their goods need, as the plan priced them.
pub(crate) fn by_catalogue(shipments: &[PlannedShipment], products: &[Product]) -> Vec<(usize, Parcel)> {
    let packages = shipments.iter().enumerate().flat_map(|(i, shipment)| {
        let planned: Vec<&[(Sku, u32)]> = shipment.packages.iter().map(|package| package.items.as_slice()).collect();
        let packages = if planned.is_empty() { vec![shipment.items.as_slice()] } else { planned };
        packages.into_iter().map(move |items| (i, carton(items, products)))
    });
    packages.collect()
}

fn carton(items: &[(Sku, u32)], products: &[Product]) -> Parcel {
    let goods = items.iter().fold(Bulk::default(), |bulk, (sku, quantity)| match products.iter().find(|product| product.sku == *sku) {
        Some(product) => {
            let sides = [product.length_mm, product.width_mm, product.height_mm];
            bulk.with(Bulk::of(u64::from(product.weight_g), sides), *quantity)
        }
        None => bulk,
    });
    let Parcel { grams, sides_mm } = goods.parcel();
    // What nothing is on record of is still a parcel.
    Parcel { grams: grams.max(1), sides_mm: sides_mm.map(|side| side.max(1)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oms_contract::record::PlannedPackage;
    use oms_fakes::{a_product, sku, vendor, warehouse};

    #[test]
    fn parcels_are_the_planned_packages_or_one_a_shipment() {
        let cube = |id: &str, weight_g, side| Product { weight_g, length_mm: side, width_mm: side, height_mm: side, ..a_product(id) };
        let products = [cube("A", 900, 200), cube("B", 400, 100)];
        let items = |rows: &[(&str, u32)]| -> Vec<(Sku, u32)> { rows.iter().map(|(id, quantity)| (sku(id), *quantity)).collect() };
        let shipment = |packages: &[&[(&str, u32)]]| PlannedShipment {
            vendor_id: vendor("ven-a"),
            warehouse_id: warehouse("w1"),
            carrier: "dhl".to_owned(),
            service: "standard".to_owned(),
            items: items(&[("A", 2), ("B", 1)]),
            packages: packages.iter().map(|rows| PlannedPackage { items: items(rows), grams: 1, cm3: 1, billed_g: 1_000 }).collect(),
            billed_g: 1_000,
            km: 1,
            cost: 1,
            hours: 1,
        };
        let parcel = |grams, sides_mm| Parcel { grams, sides_mm };
        for (name, packages, parcels) in [
            ("as one", vec![], vec![parcel(2_200, [409, 205, 203])]),
            ("as planned", vec![&[("A", 2)][..], &[("B", 1)][..]], vec![parcel(1_800, [400, 200, 200]), parcel(400, [100; 3])]),
            ("of what is not on record", vec![&[("C", 1)][..]], vec![parcel(1, [1; 3])]),
        ] {
            let found = by_catalogue(&[shipment(&packages)], &products);
            assert_eq!(found, parcels.into_iter().map(|parcel| (0, parcel)).collect::<Vec<_>>(), "{name}");
        }
    }
}
