//! The packages of a part: as the vendor packed them, or as the catalogue makes them. Pure.

use oms_contract::api::command::PackedParcel;
use oms_contract::problem::Fault;
use oms_contract::record::PlannedShipment;
use oms_contract::reference::Product;
use oms_domain::shipping::Parcel;

/// Heaviest package taken, grams; longest side, millimetres; most packages of a part.
const HEAVIEST: u32 = 100_000;
const LONGEST: u32 = 5_000;
const MOST: usize = oms_carriers::desk::PACKAGES as usize;

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

/// One package a shipment, as heavy as its goods and as large as a box that is as long and wide as the largest piece and as high as their volume needs.
pub(crate) fn by_catalogue(shipments: &[PlannedShipment], products: &[Product]) -> Vec<(usize, Parcel)> {
    shipments.iter().enumerate().map(|(i, shipment)| (i, boxed(shipment, products))).collect()
}

fn boxed(shipment: &PlannedShipment, products: &[Product]) -> Parcel {
    let (mut grams, mut mm3, mut sides) = (0_u64, 0_u128, [1_u32, 1, 1]);
    for (sku, quantity) in &shipment.items {
        let Some(product) = products.iter().find(|product| product.sku == *sku) else { continue };
        let mut own = [product.length_mm, product.width_mm, product.height_mm];
        own.sort_unstable_by(|a, b| b.cmp(a));
        grams = grams.saturating_add(u64::from(product.weight_g).saturating_mul(u64::from(*quantity)));
        mm3 = mm3.saturating_add(own.into_iter().map(u128::from).product::<u128>().saturating_mul(u128::from(*quantity)));
        for (side, own) in sides.iter_mut().zip(own) {
            *side = (*side).max(own);
        }
    }
    let [length, width, least] = sides;
    let needed = mm3.div_ceil(u128::from(length) * u128::from(width));
    Parcel { grams: grams.max(1), sides_mm: [length, width, least.max(u32::try_from(needed).unwrap_or(u32::MAX))] }
}
