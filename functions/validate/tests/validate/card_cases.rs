//! Cases of checks 1 to 6 and 10: the card, and what the gateway says of it.

use oms_domain::OrderId;
use oms_domain::document::MethodKind;
use oms_ports::gateway::Standing;
use oms_ports::gateway::evidence::AuthenticationResult::{Attempted, Authenticated, Exempted, Failed};
use oms_ports::gateway::evidence::{Compared, Expiry};

use crate::fixture::Expect::{FailsAt, NotApplicable, Passes, Unavailable};
use crate::fixture::Kind::{Edge, Fail, Pass};
use crate::fixture::{Case, Given, case, placed_at};

pub(crate) fn cases() -> Vec<Case> {
    [expiry(), reserved(), billing(), security_code(), strong(), consistent(), country(), on_invoice(), free(), silent()]
        .into_iter()
        .flatten()
        .collect()
}

fn expires(given: &mut Given, year: i16, month: i8, placed_at: &str) {
    given.evidence().expires = Some(Expiry { year, month });
    given.fetched.placed_at = placed_at.parse().unwrap();
}

fn expiry() -> Vec<Case> {
    const AT: &[&str] = &["payment_method"];
    vec![
        case(1, Pass, "good for years", |_| {}, Passes),
        case(1, Fail, "expired last month", |g| expires(g, 2026, 10, "2026-11-23T09:00:00Z"), FailsAt(AT)),
        case(1, Edge, "in its last month", |g| expires(g, 2026, 11, "2026-11-30T23:59:59Z"), Passes),
        case(1, Edge, "over in UTC, not yet on Baker Island", |g| expires(g, 2026, 11, "2026-12-01T11:59:59Z"), Passes),
        case(1, Edge, "over everywhere", |g| expires(g, 2026, 11, "2026-12-01T12:00:00Z"), FailsAt(AT)),
        case(1, Edge, "a leap year's February", |g| expires(g, 2028, 2, "2028-02-29T23:00:00Z"), Passes),
        case(1, Edge, "no such month", |g| expires(g, 2026, 13, "2026-11-23T09:00:00Z"), FailsAt(AT)),
        case(1, Edge, "the gateway does not say when", |g| g.evidence().expires = None, Unavailable),
    ]
}

fn reserved() -> Vec<Case> {
    vec![
        case(2, Pass, "the whole total", |_| {}, Passes),
        case(2, Fail, "a cent too little", |g| g.fetched.payment.held -= 1, FailsAt(&["payment.authorized"])),
        case(2, Fail, "nothing", |g| g.fetched.payment.held = 0, FailsAt(&["payment.authorized"])),
        case(2, Edge, "more, for the order was corrected to cost less", |g| g.fetched.payment.held += 1, Passes),
        case(
            2,
            Edge,
            "the same number in another currency",
            |g| g.fetched.payment.answer.as_mut().unwrap().currency = "USD".into(),
            FailsAt(&["payment.currency"]),
        ),
        case(2, Edge, "promised on invoice", pay_on_invoice, Passes),
        case(2, Edge, "no answer on record", |g| g.fetched.payment.answer = None, Unavailable),
    ]
}

/// Gift cards and points have paid: there is nothing behind a card to be judged, and yet a payment of nothing.
fn free() -> Vec<Case> {
    fn costs_nothing(given: &mut Given) {
        given.document().total = 0;
        given.fetched.payment.held = 0;
        let answer = given.fetched.payment.answer.as_mut().unwrap();
        (answer.standing, answer.evidence) = (Standing::Authorized { amount: 0 }, None);
    }
    let mut cases = vec![case(2, Edge, "nothing is reserved of an order that costs nothing", costs_nothing, Passes)];
    cases.extend([1, 3, 4, 5, 6].map(|check| case(check, Edge, "vouchers pay the whole order", costs_nothing, NotApplicable)));
    cases
}

fn billing() -> Vec<Case> {
    use Compared::{Match, Mismatch, NotDone, Unsupported};
    fn avs(given: &mut Given, street: Compared, postcode: Compared) {
        (given.evidence().street, given.evidence().postcode) = (street, postcode);
    }
    vec![
        case(3, Pass, "street and postcode", |g| avs(g, Match, Match), Passes),
        case(3, Pass, "not compared, billed where it is sent", |_| {}, Passes),
        case(3, Fail, "neither", |g| avs(g, Mismatch, Mismatch), FailsAt(&["billing_address.line1", "billing_address.postcode"])),
        case(3, Fail, "another street, the right postcode", |g| avs(g, Mismatch, Match), FailsAt(&["billing_address.line1"])),
        case(3, Fail, "another postcode, the right street", |g| avs(g, Match, Mismatch), FailsAt(&["billing_address.postcode"])),
        case(3, Fail, "another postcode, the street not given", |g| avs(g, NotDone, Mismatch), FailsAt(&["billing_address.postcode"])),
        case(3, Edge, "another street, the postcode not compared", |g| avs(g, Mismatch, Unsupported), FailsAt(&["billing_address.line1"])),
        case(3, Edge, "the postcode, by an issuer that compares no streets", |g| avs(g, Unsupported, Match), Passes),
        case(3, Edge, "the street, the postcode not given", |g| avs(g, Match, NotDone), Passes),
        case(3, Edge, "an issuer without address check", |g| avs(g, Unsupported, Unsupported), NotApplicable),
        case(3, Edge, "an issuer that compares no streets, and no postcode given", |g| avs(g, Unsupported, NotDone), NotApplicable),
        case(3, Pass, "not compared, the same place in other words", |g| g.bill_to("TORSTR. 1, Whg. 3", "10 119", "DE"), Passes),
        case(
            3,
            Fail,
            "not compared, a present within the country",
            |g| g.bill_to("Kaufingerstraße 1", "80331", "DE"),
            FailsAt(&["billing_address.postcode", "billing_address.line1"]),
        ),
        case(3, Edge, "not compared, next door", |g| g.bill_to("Torstraße 3", "10119", "DE"), FailsAt(&["billing_address.line1"])),
        case(
            3,
            Edge,
            "not compared, the same street abroad",
            |g| g.bill_to("TORSTR. 1", "1000", "BE"),
            FailsAt(&["billing_address.country", "billing_address.postcode"]),
        ),
        case(
            3,
            Fail,
            "not compared, and nothing in common",
            |g| g.bill_to("Rue Neuve 5", "1000", "BE"),
            FailsAt(&["billing_address.country", "billing_address.postcode", "billing_address.line1"]),
        ),
        case(
            3,
            Edge,
            "compared by the issuer: where the goods go does not matter",
            |g| {
                g.bill_to("Rue Neuve 5", "1000", "BE");
                avs(g, Match, Match);
            },
            Passes,
        ),
        case(3, Edge, "not compared, and erased", |g| g.fetched.personal = None, FailsAt(&["billing_address"])),
    ]
}

fn security_code() -> Vec<Case> {
    const AT: &[&str] = &["payment_method"];
    vec![
        case(4, Pass, "right", |g| g.evidence().cvc = Compared::Match, Passes),
        case(4, Fail, "wrong", |g| g.evidence().cvc = Compared::Mismatch, FailsAt(AT)),
        case(4, Edge, "not given", |g| g.evidence().cvc = Compared::NotDone, FailsAt(AT)),
        case(4, Edge, "not compared by the issuer", |g| g.evidence().cvc = Compared::Unsupported, FailsAt(AT)),
    ]
}

/// An order of this many minor units, on a card of that country.
fn costs(given: &mut Given, total: i64, card: &str) {
    given.costs(total);
    given.evidence().country = Some(card.to_owned());
}

/// The order is in dinars, whose rate is of this day.
fn dinars(given: &mut Given, as_of: &str) {
    given.market().fx_to_eur.insert(crate::fixture::currency("KWD"), "2.95".parse().unwrap());
    given.market().fx_as_of = as_of.parse().unwrap();
    given.currency("KWD");
}

fn strong() -> Vec<Case> {
    const AT: &[&str] = &["payment"];
    vec![
        case(5, Pass, "American, EUR 75", |g| costs(g, 7_563, "US"), NotApplicable),
        case(
            5,
            Pass,
            "authenticated over EUR 500",
            |g| {
                costs(g, 50_001, "US");
                g.secure(Authenticated, true, None);
            },
            Passes,
        ),
        case(5, Fail, "over EUR 500 without", |g| costs(g, 50_001, "US"), FailsAt(AT)),
        case(5, Edge, "EUR 500 exactly", |g| costs(g, 50_000, "US"), NotApplicable),
        case(5, Fail, "German, over EUR 30", |g| costs(g, 3_001, "DE"), FailsAt(AT)),
        case(5, Edge, "German, EUR 30 exactly", |g| costs(g, 3_000, "DE"), NotApplicable),
        case(5, Edge, "British: not of the EEA", |g| costs(g, 3_001, "GB"), NotApplicable),
        case(5, Edge, "Norwegian: of the EEA, not of the Union", |g| costs(g, 3_001, "NO"), FailsAt(AT)),
        case(
            5,
            Edge,
            "of a country that nobody knows",
            |g| {
                g.costs(3_001);
                g.evidence().country = None;
            },
            FailsAt(AT),
        ),
        case(
            5,
            Edge,
            "attempted, with the issuer's liability",
            |g| {
                costs(g, 50_001, "DE");
                g.secure(Attempted, true, None);
            },
            Passes,
        ),
        case(
            5,
            Edge,
            "attempted, without",
            |g| {
                costs(g, 50_001, "DE");
                g.secure(Attempted, false, None);
            },
            FailsAt(AT),
        ),
        case(
            5,
            Edge,
            "a named exemption over EUR 30",
            |g| {
                costs(g, 3_001, "DE");
                g.secure(Exempted, false, Some("low_risk"));
            },
            Passes,
        ),
        case(
            5,
            Edge,
            "an exemption does not reach over EUR 500",
            |g| {
                costs(g, 50_001, "DE");
                g.secure(Exempted, false, Some("low_risk"));
            },
            FailsAt(AT),
        ),
        case(
            5,
            Edge,
            "exempted by nobody knows what",
            |g| {
                costs(g, 3_001, "DE");
                g.secure(Exempted, false, None);
            },
            FailsAt(AT),
        ),
        case(
            5,
            Fail,
            "failed",
            |g| {
                costs(g, 3_001, "DE");
                g.secure(Failed, false, None);
            },
            FailsAt(AT),
        ),
        case(
            5,
            Edge,
            "dinars are worth more than their number",
            |g| {
                g.market().fx_to_eur.insert(crate::fixture::currency("KWD"), "2.95".parse().unwrap());
                g.currency("KWD");
                // KWD 169.500 are EUR 500.03.
                g.costs(169_500);
            },
            FailsAt(AT),
        ),
        case(
            5,
            Edge,
            "a rate on the last day that it may be used",
            |g| {
                dinars(g, "2026-11-19");
                g.costs(169_500);
            },
            FailsAt(AT),
        ),
        case(
            5,
            Edge,
            "a rate that is a day too old",
            |g| {
                dinars(g, "2026-11-18");
                g.costs(169_500);
            },
            Unavailable,
        ),
        case(
            5,
            Edge,
            "rates are too old, and none is needed",
            |g| {
                g.market().fx_as_of = "2026-11-18".parse().unwrap();
                costs(g, 50_001, "US");
            },
            FailsAt(AT),
        ),
        case(
            5,
            Edge,
            "a currency without rate",
            |g| {
                g.currency("JPY");
                g.costs(10);
            },
            Unavailable,
        ),
        case(5, Edge, "a currency that the marketplace does not take: check 7's", |g| g.currency("MUR"), NotApplicable),
    ]
}

fn consistent() -> Vec<Case> {
    fn other() -> OrderId {
        OrderId::new(placed_at(), [8; 10])
    }
    vec![
        case(6, Pass, "all of this order", |_| {}, Passes),
        case(6, Fail, "another amount", |g| g.evidence().amount += 1, FailsAt(&["payment.amount"])),
        case(
            6,
            Edge,
            "as much as was reserved before the order was corrected to cost less",
            |g| {
                g.evidence().amount += 1;
                g.fetched.payment.held += 1;
            },
            Passes,
        ),
        case(6, Fail, "another currency", |g| g.evidence().currency = "JPY".into(), FailsAt(&["payment.currency"])),
        case(6, Fail, "another order's charge", |g| g.evidence().order_reference = Some(other()), FailsAt(&["payment.order_id"])),
        case(
            6,
            Fail,
            "another order's payment",
            |g| g.fetched.payment.answer.as_mut().unwrap().order_id = other(),
            FailsAt(&["payment.order_id"]),
        ),
        case(6, Edge, "the attempt before", |g| g.fetched.payment.attempt = 2, FailsAt(&["payment.attempt"])),
        case(6, Edge, "the charge names no order, the payment does", |g| g.evidence().order_reference = None, Passes),
        case(
            6,
            Edge,
            "everything is another's: all of it is told",
            |g| {
                (g.evidence().amount, g.evidence().order_reference) = (1, Some(other()));
                g.evidence().currency = "USD".into();
            },
            FailsAt(&["payment.amount", "payment.currency", "payment.order_id"]),
        ),
    ]
}

fn country() -> Vec<Case> {
    const AT: &[&str] = &["payment_method.kind"];
    fn refuse(given: &mut Given, country: &str, kinds: &[MethodKind]) {
        given.fetched.regulations.methods_refused.insert(country.to_owned(), kinds.to_vec());
    }
    vec![
        case(10, Pass, "no country refuses anything", |_| {}, Passes),
        case(10, Fail, "no cards to Germany", |g| refuse(g, "DE", &[MethodKind::Card]), FailsAt(AT)),
        case(10, Edge, "no cards to Austria", |g| refuse(g, "AT", &[MethodKind::Card]), Passes),
        case(10, Edge, "no invoices to Germany, paid by card", |g| refuse(g, "DE", &[MethodKind::Invoice]), Passes),
        case(
            10,
            Edge,
            "the method given last counts",
            |g| {
                refuse(g, "DE", &[MethodKind::Invoice]);
                g.fetched.payment.kind = MethodKind::Invoice;
            },
            FailsAt(AT),
        ),
    ]
}

fn pay_on_invoice(given: &mut Given) {
    given.fetched.payment.kind = MethodKind::Invoice;
    given.fetched.payment.answer.as_mut().unwrap().evidence = None;
}

fn on_invoice() -> Vec<Case> {
    [1, 3, 4, 5, 6].map(|check| case(check, Edge, "on invoice", pay_on_invoice, NotApplicable)).into()
}

fn silent() -> Vec<Case> {
    [1, 3, 4, 5, 6]
        .map(|check| {
            case(
                check,
                Edge,
                "the gateway told nothing of the card",
                |g| g.fetched.payment.answer.as_mut().unwrap().evidence = None,
                Unavailable,
            )
        })
        .into()
}
