//! Cases of checks 11 (in stock), 12 (held), 13 (quantities) and 32 (vendors).

use oms_contract::reference::AccountStatus;
use oms_ports::stock::Held;

use crate::fixture::Expect::{FailsAt, NotApplicable, Passes};
use crate::fixture::Kind::{Edge, Fail, Pass};
use crate::fixture::{Case, case, sku};

pub(crate) fn cases() -> Vec<Case> {
    [in_stock(), held(), quantities(), vendors()].into_iter().flatten().collect()
}

fn in_stock() -> Vec<Case> {
    vec![
        case(11, Pass, "the good order", |_| {}, Passes),
        case(11, Fail, "more than all have", |g| g.line(0).quantity = 11, FailsAt(&["lines[0].quantity"])),
        case(11, Edge, "exactly what two vendors have together", |g| g.line(0).quantity = 10, Passes),
        case(
            11,
            Edge,
            "two lines of one SKU cannot each pass alone",
            |g| {
                let mut again = g.line(0).clone();
                again.quantity = 9;
                g.document().lines.push(again);
            },
            FailsAt(&["lines[0].quantity"]),
        ),
        case(
            11,
            Edge,
            "demand beyond 32 bits is short, not small",
            |g| {
                g.line(0).quantity = u32::MAX;
                let again = g.line(0).clone();
                g.document().lines.push(again);
            },
            FailsAt(&["lines[0].quantity"]),
        ),
        case(
            11,
            Fail,
            "sold out",
            |g| {
                g.fetched.sources.retain(|source| source.sku != sku("BOOK"));
            },
            FailsAt(&["lines[1].quantity"]),
        ),
        case(11, Fail, "not in the catalogue", |g| g.line(1).sku = sku("NONE"), FailsAt(&["lines[1].sku"])),
        case(11, Fail, "taken out of the catalogue", |g| g.product(1).active = false, FailsAt(&["lines[1].sku"])),
        case(
            11,
            Fail,
            "nobody delivers there",
            |g| {
                g.vendor(0).ships_to = vec!["BR".into()];
                g.vendor(1).ships_to = vec!["BR".into()];
            },
            FailsAt(&["lines[0].quantity", "lines[1].quantity"]),
        ),
        case(
            11,
            Edge,
            "the stock of a vendor who does not deliver there does not count",
            |g| {
                g.vendor(0).ships_to = vec!["BR".into()];
                g.line(0).quantity = 6;
            },
            FailsAt(&["lines[0].quantity"]),
        ),
        case(
            11,
            Edge,
            "nor that of one who leaves the region out",
            |g| {
                g.to("BR", "São Paulo", "01310-100", "São Paulo");
                g.vendor(0).ships_to = vec!["*".into()];
                g.vendor(0).excluded_regions = vec!["BR-SP".into()];
                g.vendor(1).ships_to = vec!["*".into()];
                g.line(0).quantity = 6;
            },
            FailsAt(&["lines[0].quantity"]),
        ),
        case(
            11,
            Edge,
            "nor that of a suspended one",
            |g| {
                g.vendor(0).status = AccountStatus::Suspended;
                g.line(0).quantity = 6;
            },
            FailsAt(&["lines[0].quantity"]),
        ),
        case(
            11,
            Edge,
            "only suspended vendors: check 32's to tell",
            |g| {
                g.document().lines.remove(0);
                g.vendor(1).status = AccountStatus::Suspended;
            },
            NotApplicable,
        ),
    ]
}

fn held() -> Vec<Case> {
    vec![
        case(12, Pass, "held", |_| {}, Passes),
        case(12, Fail, "others were faster", |g| g.held = Some(Held::Short(vec![sku("BOOK")])), FailsAt(&["lines[1].quantity"])),
        case(12, Fail, "given back before", |g| g.held = Some(Held::Released), FailsAt(&["lines"])),
        case(12, Edge, "more than can be held all at once", |g| g.held = Some(Held::TooMany), FailsAt(&["lines"])),
        case(
            12,
            Edge,
            "short of two, each told once",
            |g| {
                let again = g.line(0).clone();
                g.document().lines.push(again);
                g.held = Some(Held::Short(vec![sku("KETTLE"), sku("BOOK")]));
            },
            FailsAt(&["lines[0].quantity", "lines[1].quantity"]),
        ),
        case(12, Edge, "short of what it does not name is still short", |g| g.held = Some(Held::Short(vec![])), FailsAt(&["lines"])),
        case(12, Edge, "not tried", |g| g.held = None, NotApplicable),
    ]
}

fn quantities() -> Vec<Case> {
    vec![
        case(13, Pass, "the good order", |_| {}, Passes),
        case(13, Fail, "below the minimum", |g| g.product(0).min_quantity = 3, FailsAt(&["lines[0].quantity"])),
        case(13, Edge, "exactly the minimum", |g| g.product(0).min_quantity = 2, Passes),
        case(
            13,
            Fail,
            "below what each of its vendors sells at least",
            |g| {
                g.vendor(0).min_quantities.insert(sku("KETTLE"), 5);
                g.vendor(1).min_quantities.insert(sku("KETTLE"), 3);
            },
            FailsAt(&["lines[0].quantity"]),
        ),
        case(
            13,
            Edge,
            "another vendor sells fewer",
            |g| {
                g.vendor(0).min_quantities.insert(sku("KETTLE"), 5);
            },
            Passes,
        ),
        case(
            13,
            Fail,
            "six of what comes in fours",
            |g| {
                g.product(0).pack_size = 4;
                g.line(0).quantity = 6;
            },
            FailsAt(&["lines[0].quantity"]),
        ),
        case(
            13,
            Edge,
            "two lines make a pack",
            |g| {
                g.product(0).pack_size = 4;
                let again = g.line(0).clone();
                g.document().lines.push(again);
            },
            Passes,
        ),
        case(
            13,
            Edge,
            "nothing at all",
            |g| {
                g.product(0).min_quantity = 0;
                g.line(0).quantity = 0;
            },
            FailsAt(&["lines[0].quantity"]),
        ),
        case(13, Edge, "a pack of nothing is a pack of one", |g| g.product(0).pack_size = 0, Passes),
        case(
            13,
            Edge,
            "the largest number there is, in packs",
            |g| {
                g.product(0).pack_size = 2;
                g.line(0).quantity = u32::MAX;
            },
            FailsAt(&["lines[0].quantity"]),
        ),
        case(
            13,
            Edge,
            "no product known",
            |g| {
                g.fetched.products.clear();
            },
            NotApplicable,
        ),
    ]
}

fn vendors() -> Vec<Case> {
    vec![
        case(32, Pass, "the good order", |_| {}, Passes),
        case(
            32,
            Pass,
            "one of two is enough",
            |g| {
                g.vendor(0).status = AccountStatus::Suspended;
            },
            Passes,
        ),
        case(
            32,
            Fail,
            "only a suspended vendor",
            |g| {
                g.vendor(1).status = AccountStatus::Suspended;
            },
            FailsAt(&["lines[1].sku"]),
        ),
        case(32, Fail, "only an unapproved vendor", |g| g.vendor(1).approved = false, FailsAt(&["lines[1].sku"])),
        case(
            32,
            Edge,
            "a vendor nobody knows",
            |g| {
                g.fetched.vendors.clear();
            },
            FailsAt(&["lines[0].sku", "lines[1].sku"]),
        ),
        case(
            32,
            Edge,
            "active, though it does not deliver there: check 11's",
            |g| {
                g.vendor(1).ships_to.clear();
            },
            Passes,
        ),
        case(
            32,
            Edge,
            "two lines of one SKU are told once",
            |g| {
                g.vendor(1).approved = false;
                let again = g.line(1).clone();
                g.document().lines.push(again);
            },
            FailsAt(&["lines[1].sku"]),
        ),
        case(32, Edge, "no vendor has any: check 11's", |g| g.fetched.sources.clear(), NotApplicable),
    ]
}
