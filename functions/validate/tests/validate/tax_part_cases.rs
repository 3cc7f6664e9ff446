//! Cases of check 8 in parts of countries with taxes of their own.

use crate::fixture::Expect::{FailsAt, Passes, Unavailable};
use crate::fixture::Kind::{Edge, Fail, Pass};
use crate::fixture::{Case, case};

/// A case with the rates of the seed: 100.00 worth of a category to a place (country, region, postcode), at the tax that is stated.
macro_rules! seeded {
    ($kind:expr, $name:literal, $category:literal to $country:literal, $region:literal, $postcode:literal: $tax:literal, $expect:expr) => {
        case(
            8,
            $kind,
            $name,
            |g| {
                g.to($country, $region, $postcode, "Town");
                g.fetched.taxes = crate::samples::seeded_taxes($country);
                g.product(0).tax_category = $category.to_owned();
                g.only(1, 10_000);
                g.line(0).tax = $tax;
            },
            $expect,
        )
    };
}

/// Where the tax is not that of the country around, with the rates that NOTICE.md of the seed gives sources for.
pub(crate) fn cases() -> Vec<Case> {
    const TAX: &[&str] = &["lines[0].tax"];
    vec![
        seeded!(Pass, "Azores", "standard" to "PT", "", "9500-100": 1600, Passes),
        seeded!(Edge, "Azores, books", "reduced" to "PT", "", "9980-024": 400, Passes),
        seeded!(Fail, "Azores at the mainland's rate", "standard" to "PT", "", "9500-100": 2300, FailsAt(TAX)),
        seeded!(Pass, "Madeira", "standard" to "PT", "", "9000-017": 2200, Passes),
        seeded!(Edge, "Madeira, books", "reduced" to "PT", "", "9400-001": 400, Passes),
        seeded!(Edge, "the mainland beside them", "standard" to "PT", "", "8900-001": 2300, Passes),
        seeded!(Pass, "Heligoland", "standard" to "DE", "", "27498": 0, Passes),
        seeded!(Fail, "Heligoland at Germany's rate", "standard" to "DE", "", "27498": 1900, FailsAt(TAX)),
        seeded!(Pass, "Büsingen has Switzerland's tax", "standard" to "DE", "", "78266": 810, Passes),
        seeded!(Edge, "Büsingen, books", "reduced" to "DE", "", "78266": 260, Passes),
        seeded!(Pass, "Livigno", "standard" to "IT", "SO", "23041": 0, Passes),
        seeded!(Edge, "the neighbours that Livigno once shared its postcode with", "standard" to "IT", "SO", "23030": 2200, Passes),
        seeded!(Pass, "Campione d'Italia", "standard" to "IT", "CO", "22061": 810, Passes),
        seeded!(Edge, "the neighbours that Campione once shared its postcode with", "standard" to "IT", "CO", "22060": 2200, Passes),
        seeded!(Pass, "Åland, as Finland writes it", "standard" to "FI", "", "22100": 2550, Passes),
        seeded!(Edge, "Åland, under its own code", "standard" to "AX", "", "22100": 2550, Passes),
        seeded!(Edge, "Åland, books", "reduced" to "AX", "", "22100": 1350, Passes),
        seeded!(Pass, "Mount Athos", "standard" to "GR", "", "630 86": 0, Passes),
        seeded!(Edge, "Mount Athos, its harbour", "standard" to "GR", "", "630 87": 0, Passes),
        seeded!(Pass, "Canary Islands", "standard" to "ES", "Las Palmas", "35001": 700, Passes),
        seeded!(Edge, "Canary Islands, no postcode given", "standard" to "ES", "Santa Cruz de Tenerife", "": 700, Passes),
        seeded!(Fail, "Canary Islands at the mainland's rate", "standard" to "ES", "Las Palmas", "35001": 2100, FailsAt(TAX)),
        seeded!(Edge, "Ceuta: no rate is known to the seed", "standard" to "ES", "Ceuta", "51001": 2100, Unavailable),
        seeded!(Edge, "Melilla: no rate is known to the seed", "standard" to "ES", "Melilla", "52001": 0, Unavailable),
        seeded!(Edge, "Ceuta, what is taxed nowhere", "zero" to "ES", "Ceuta", "51001": 0, Passes),
        seeded!(Pass, "Guadeloupe, as France writes it", "standard" to "FR", "", "97100": 850, Passes),
        seeded!(Edge, "Guadeloupe, under its own code", "standard" to "GP", "", "97100": 850, Passes),
        seeded!(Pass, "Martinique, as France writes it", "reduced" to "FR", "", "97200": 210, Passes),
        seeded!(Edge, "Martinique, under its own code", "reduced" to "MQ", "", "97200": 210, Passes),
        seeded!(Pass, "Réunion, as France writes it", "standard" to "FR", "", "97400": 850, Passes),
        seeded!(Edge, "Réunion, under its own code", "standard" to "RE", "", "97400": 850, Passes),
        seeded!(Fail, "Réunion at the mainland's rate", "standard" to "FR", "", "97400": 2000, FailsAt(TAX)),
        seeded!(Pass, "French Guiana, as France writes it", "standard" to "FR", "", "97300": 0, Passes),
        seeded!(Edge, "French Guiana, under its own code", "standard" to "GF", "", "97300": 0, Passes),
        seeded!(Pass, "Mayotte, as France writes it", "standard" to "FR", "", "97600": 0, Passes),
        seeded!(Edge, "Mayotte, under its own code", "standard" to "YT", "", "97600": 0, Passes),
        seeded!(Edge, "Saint Barthélemy is not Guadeloupe", "standard" to "FR", "", "97133": 850, Unavailable),
        seeded!(Edge, "Saint Martin is not Guadeloupe, under its own code either", "standard" to "MF", "", "97150": 850, Unavailable),
        seeded!(Pass, "Corsica, the standard rate is France's", "standard" to "FR", "", "20000": 2000, Passes),
        seeded!(Edge, "Corsica, books", "reduced" to "FR", "", "20200": 210, Passes),
        seeded!(Edge, "Corsica, books at the mainland's rate", "reduced" to "FR", "", "20200": 550, FailsAt(TAX)),
        seeded!(Edge, "Corsica, what is 2.1 or 10 % there by article", "reduced_2" to "FR", "", "20200": 1000, Unavailable),
        seeded!(Pass, "Jungholz", "standard" to "AT", "", "6691": 1900, Passes),
        seeded!(Pass, "Mittelberg", "standard" to "AT", "", "6993": 1900, Passes),
        seeded!(Fail, "Mittelberg at Austria's rate", "standard" to "AT", "", "6993": 2000, FailsAt(TAX)),
        seeded!(Edge, "Mittelberg, books", "reduced" to "AT", "", "6993": 1000, Passes),
        seeded!(Pass, "Northern Ireland is taxed by the United Kingdom", "standard" to "GB", "", "BT1 5GS": 2000, Passes),
        seeded!(Fail, "Northern Ireland at Ireland's rate", "standard" to "GB", "", "BT1 5GS": 2300, FailsAt(TAX)),
        seeded!(Edge, "Jersey is not, as the British post writes it", "standard" to "GB", "", "JE2 3AB": 2000, Unavailable),
        seeded!(Edge, "the Isle of Man is", "standard" to "IM", "", "IM1 1AA": 2000, Passes),
        seeded!(Pass, "Monaco is taxed as France", "standard" to "MC", "", "98000": 2000, Passes),
        seeded!(Edge, "Monaco, as France writes it, books", "reduced" to "FR", "", "98000": 550, Passes),
    ]
}
