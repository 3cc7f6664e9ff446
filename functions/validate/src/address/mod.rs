//! Whether an address can be delivered to, judged against packed tables alone: required fields, the postcode's form, and whether postcode,
//! region, town and point agree.

pub mod names;
pub mod places;
pub mod po_box;
pub mod rules;
pub mod street;

use oms_contract::record::{Geocode, Precision};
use oms_domain::address::Address;

use places::{Place, Point};
use rules::{Area, Field, Region, Rules};

use crate::checks::outcome::masked;

/// Towns have an extent, and postcode areas are measured from the middle of towns.
const SLACK_KM: f64 = 10.0;

/// Something wrong with a field of the address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Which field, as the document spells it.
    pub field: String,
    /// The value, masked.
    pub seen: String,
    /// Why it is wrong.
    pub reason: String,
    /// What would mend it.
    pub mend: String,
}

/// What the tables say about an address.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Judgement {
    /// The region's code, where the country has regions and the address names one or its postcode implies one.
    pub region: Option<String>,
    /// Where it is.
    pub geocode: Option<Geocode>,
    /// What is wrong; empty where all is well.
    pub faults: Vec<Fault>,
}

/// Judges an address.
pub fn judge(address: &Address) -> Judgement {
    let Some(rules) = rules::of_country(&address.country) else {
        return Judgement {
            faults: vec![fault(
                "country",
                &address.country,
                "it is not the code of a country",
                "give the two-letter code of ISO 3166-1, such as DE",
            )],
            ..Judgement::default()
        };
    };
    let postcode = written(address.postcode.as_deref());
    let mut faults = missing_fields(rules, address);
    let fits = rules.postcode_fits(&postcode);
    faults.extend(Some(&postcode).filter(|postcode| !fits && !postcode.is_empty()).map(|postcode| another_form(rules, postcode)));
    let sound = rules.has_postcodes() && fits;
    let (region, fault) = region_of(rules, address, Some(&postcode).filter(|_| sound));
    faults.extend(fault);
    if let Some(region) = region.filter(|region| sound && !region.may_hold(&postcode)) {
        faults.push(outside_region(&postcode, region));
    }
    let area = if sound { rules::area_of(&address.country, &postcode) } else { None };
    let located = locate(address, region, area);
    let geocode = match located {
        Ok(geocode) => Some(geocode),
        Err(fault) => {
            // A town that is missing is told once.
            if !faults.iter().any(|known| known.field == fault.field) {
                faults.push(fault);
            }
            None
        }
    };
    Judgement { region: region.map(|region| region.code.clone()), geocode, faults }
}

/// A postcode as the tables spell it: in capitals, in plain width, with single spaces.
fn written(postcode: Option<&str>) -> String {
    let plain = names::in_plain_width(postcode.unwrap_or_default());
    let words: Vec<&str> = plain.split_whitespace().collect();
    words.join(" ").to_uppercase()
}

fn fault(field: impl Into<&'static str>, seen: &str, reason: impl Into<String>, mend: impl Into<String>) -> Fault {
    Fault { field: field.into().to_owned(), seen: seen.to_owned(), reason: reason.into(), mend: mend.into() }
}

fn missing_fields(rules: &Rules, address: &Address) -> Vec<Fault> {
    let value = |field: Field| match field {
        Field::Name => Some(&address.name),
        Field::Line1 => Some(&address.line1),
        Field::City => Some(&address.city),
        Field::Region => address.region.as_ref(),
        Field::Postcode => address.postcode.as_ref(),
    };
    rules
        .required
        .iter()
        .filter(|field| value(**field).is_none_or(|text| text.trim().is_empty()))
        .map(|field| fault(field, "(empty)", format!("addresses in {} need it", address.country), "fill it in"))
        .collect()
}

fn another_form(rules: &Rules, postcode: &str) -> Fault {
    let mend = match rules.examples.first() {
        Some(example) => format!("write it like {example}"),
        None => "check it".to_owned(),
    };
    fault(Field::Postcode, &masked(postcode), "it does not have the form of the country's postcodes", mend)
}

/// The region the address names or, where it names none, the one its postcode implies.
fn region_of<'a>(rules: &'a Rules, address: &Address, postcode: Option<&String>) -> (Option<&'a Region>, Option<Fault>) {
    let named = address.region.as_deref().unwrap_or_default();
    if named.trim().is_empty() {
        return (postcode.and_then(|code| rules.region_of_postcode(code)), None);
    }
    let region = rules.region_named(&address.country, named);
    let unknown = region.is_none() && rules.required.contains(&Field::Region);
    let fault = unknown.then(|| {
        fault(
            Field::Region,
            &masked(named),
            format!("{} has no such region", address.country),
            "give the region's name or its ISO 3166-2 code",
        )
    });
    (region, fault)
}

fn outside_region(postcode: &str, region: &Region) -> Fault {
    fault(
        Field::Postcode,
        &masked(postcode),
        format!("no postcode of region {} begins like this", region.code),
        "correct the postcode or the region",
    )
}

/// Where the address is, or what contradicts itself. A town that the table does not know (most villages) is no contradiction: the postcode's
/// area then stands for it, or the region's capital or namesake.
fn locate(address: &Address, region: Option<&Region>, area: Option<Area>) -> Result<Geocode, Fault> {
    let country = places::country(&address.country);
    let named = |name: &str| country.map(|country| country.find(name)).unwrap_or_default();
    let towns = named(&address.city);
    if towns.is_empty() {
        let namesake = || region.and_then(|region| region.names().find_map(|name| named(name).first().cloned()));
        return area
            .map(|area| area.centre)
            .or_else(|| namesake().map(|place| place.point))
            .map(|point| at(point, Precision::Region))
            .ok_or_else(|| unknown_town(address));
    }
    let in_region: Vec<&Place> = match region {
        Some(region) if country.is_some_and(|country| country.knows_region(&region.code)) => {
            towns.iter().filter(|town| town.region.is_none_or(|code| code == region.code)).collect()
        }
        _ => towns.iter().collect(),
    };
    if in_region.is_empty() {
        let region = region.map_or("", |region| &region.code);
        return Err(fault(
            Field::City,
            &masked(&address.city),
            format!("no town of this name is in region {region}"),
            "correct the town or the region",
        ));
    }
    in_region
        .into_iter()
        .find(|town| area.is_none_or(|area| town.point.km_to(area.centre) <= area.radius_km + SLACK_KM))
        .map(|town| at(town.point, Precision::City))
        .ok_or_else(|| {
            fault(
                Field::Postcode,
                &masked(address.postcode.as_deref().unwrap_or_default()),
                "it belongs to another place than the town",
                "correct the postcode or the town",
            )
        })
}

fn unknown_town(address: &Address) -> Fault {
    fault(
        Field::City,
        &masked(&address.city),
        "it cannot be found on the map",
        "write the town's official name, or that of the nearest larger town",
    )
}

fn at(point: Point, precision: Precision) -> Geocode {
    Geocode { lat: point.lat, lon: point.lon, precision }
}
