//! Checks 1 to 6: the card, and what the gateway says of it. A purchase on invoice has no card, and neither has an order that gift cards and points pay
//! as a whole: only check 2 asks about these.
//!
//! A card payment of which the gateway told nothing is never passed: the facts are unavailable, and the order waits.

use oms_contract::record::CheckOutcome;
use oms_domain::Money;
use oms_domain::address::Address;
use oms_domain::document::MethodKind;
use oms_ports::gateway::evidence::{Authentication, AuthenticationResult, CardEvidence, Compared};

use super::outcome::{fail, no_rate, not_applicable, passes_unless};
use crate::address::street::{Street, bare_postcode};
use crate::facts::Facts;

/// Euro cents above which every card payment is authenticated strongly.
const ALWAYS_ABOVE: i64 = 50_000;

/// Euro cents above which PSD2 asks for it: Delegated Regulation (EU) 2018/389, article 16.
const PSD2_ABOVE: i64 = 3_000;

/// The European Economic Area, whose issuers PSD2 binds: the Union, Iceland, Liechtenstein and Norway.
const EEA: [&str; 30] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MT",
    "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
];

/// The card's evidence, or what to say without it.
fn card<'a>(facts: &Facts<'a>) -> Result<&'a CardEvidence, Vec<CheckOutcome>> {
    match facts.payment.kind {
        _ if facts.document.total == 0 => Err(vec![not_applicable("gift cards and points pay the whole order")]),
        MethodKind::Invoice => Err(vec![not_applicable("it is bought on invoice, not by card")]),
        MethodKind::Card => facts.payment.evidence().ok_or_else(|| unavailable("what the gateway says of the card")),
    }
}

fn unavailable(fact: &str) -> Vec<CheckOutcome> {
    vec![CheckOutcome::Unavailable { fact: fact.to_owned() }]
}

/// Check 1. The card was good when the order was placed: until the month of its expiry is over in the last time zone on earth (UTC-12), since
/// nobody knows the issuer's. That it is known and active the gateway showed by reserving money on it, and that it is this customer's to use, by
/// keeping the reservation for this order (check 6): cards are given with each order and kept by nobody.
pub(super) fn payment_method_valid(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let evidence = match card(facts) {
        Ok(evidence) => evidence,
        Err(outcomes) => return outcomes,
    };
    let Some(expires) = evidence.expires else {
        return unavailable("the month in which the card expires");
    };
    let seen = format!("{:02}/{}", expires.month, expires.year);
    match expires.ends() {
        Some(end) if facts.placed_at < end => vec![CheckOutcome::Pass],
        Some(_) => vec![fail("payment_method", seen, "the card had expired when the order was placed", "pay with another card")],
        None => vec![fail("payment_method", seen, "the card's expiry is no month", "pay with another card")],
    }
}

/// Check 2. The gateway holds the whole total in the order's currency; on invoice our own books do. It holds more than that only of an order that
/// was corrected to cost less: nothing else is ever taken for a reservation (see `oms_gateways::settle`), and no more than the total is captured. Declines never get here: the order goes back
/// to its customer, who is asked again where the decline was soft.
pub(super) fn payment_preauthorized(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let Some(answer) = &facts.payment.answer else {
        return unavailable("the gateway's answer about the payment");
    };
    let document = facts.document;
    let mut wrong = Vec::new();
    if facts.payment.held < document.total {
        wrong.push(fail(
            "payment.authorized",
            facts.shown(facts.payment.held),
            "what is reserved is less than the order's total",
            format!("reserve {}", facts.shown(document.total)),
        ));
    }
    if answer.currency != document.currency.code() {
        wrong.push(fail(
            "payment.currency",
            &answer.currency,
            "the money is reserved in another currency than the order's",
            format!("reserve it in {}", document.currency.code()),
        ));
    }
    passes_unless(wrong)
}

/// Check 3. The issuer knows the billing address: it contradicts neither street nor postcode. What it does not compare is no contradiction, as long as it confirms the
/// other; where it compares nothing at all the card has no AVS, and the check says nothing.
///
/// Where the gateway was given nothing to compare, the billing address is compared with the shipping address in the issuer's place: country, postcode and street, as
/// they are normalised everywhere else, and each that differs fails, as it would there. Anything less would pass whoever pays with a found card and has the goods sent
/// to himself, which is what this check is there to see. A present to somebody else differs as well: the check refuses nothing (`verify`), the buyer is asked once.
pub(super) fn billing_address_matches(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let evidence = match card(facts) {
        Ok(evidence) => evidence,
        Err(outcomes) => return outcomes,
    };
    let compared = [("billing_address.line1", evidence.street), ("billing_address.postcode", evidence.postcode)];
    if compared.iter().any(|(_, result)| *result == Compared::Mismatch) {
        let mismatches = compared.into_iter().filter(|(_, result)| *result == Compared::Mismatch);
        return mismatches.map(|(at, _)| fail(at, "(not shown)", "the card's issuer has another on record", "verify the buyer")).collect();
    }
    match (evidence.street, evidence.postcode) {
        (Compared::Match, _) | (_, Compared::Match) => vec![CheckOutcome::Pass],
        (Compared::NotDone, Compared::NotDone) => billing_is_shipping(facts),
        _ => vec![not_applicable("the card's issuer does not compare addresses")],
    }
}

/// Whether billing and shipping address are one place, however they are written; an order without a billing address is billed where it is sent.
fn billing_is_shipping(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let Some(personal) = facts.personal else {
        return vec![fail("billing_address", "(erased)", "the customer's personal data was erased", "verify the buyer")];
    };
    let shipping = &personal.shipping_address;
    let Some(billing) = &personal.billing_address else {
        return vec![CheckOutcome::Pass];
    };
    let postcode = |address: &Address| bare_postcode(&address.country, address.postcode.as_deref().unwrap_or_default());
    let is_same_street = Street::of(&billing.line1).is_near(&Street::of(&shipping.line1));
    let wrong = [
        ("billing_address.country", billing.country == shipping.country),
        ("billing_address.postcode", postcode(billing) == postcode(shipping)),
        ("billing_address.line1", is_same_street),
    ];
    let differs = |at: &str| fail(at, "(not shown)", "nobody compared it with the card's, and the goods go elsewhere", "verify the buyer");
    passes_unless(wrong.into_iter().filter(|(_, is_same)| !is_same).map(|(at, _)| differs(at)).collect())
}

/// Check 4. The issuer says that the card's security code is right. What was not compared is not right: whoever has only the number of a card
/// leaves the code out. The code itself never reaches us.
pub(super) fn cvc_verified(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let evidence = match card(facts) {
        Ok(evidence) => evidence,
        Err(outcomes) => return outcomes,
    };
    let (seen, reason) = match evidence.cvc {
        Compared::Match => return vec![CheckOutcome::Pass],
        Compared::Mismatch => ("mismatch", "the card's security code is wrong"),
        Compared::Unsupported => ("unsupported", "the card's issuer does not compare security codes"),
        Compared::NotDone => ("not compared", "the card's security code was not given"),
    };
    vec![fail("payment_method", seen, reason, "pay again and give the security code, or pay with another card")]
}

/// Check 5. Over EUR 500 the payer was authenticated by 3-D Secure, or the attempt was acknowledged with the issuer's liability. Under PSD2 the same
/// over EUR 30 for cards issued in the EEA, unless the issuer granted a named exemption. Where the issuer's country is unknown it is taken for one.
pub(super) fn strong_authentication_done(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let evidence = match card(facts) {
        Ok(evidence) => evidence,
        Err(outcomes) => return outcomes,
    };
    let document = facts.document;
    let Some(euro) = facts.in_euro(Money::new(document.total, document.currency)) else {
        return vec![no_rate(facts)];
    };
    let in_eea = evidence.country.as_deref().is_none_or(|country| EEA.contains(&country));
    let secure = evidence.authentication.as_ref();
    let (asked_by, exempt) = if euro > ALWAYS_ABOVE {
        ("an order over EUR 500 is paid with 3-D Secure", false)
    } else if in_eea && euro > PSD2_ABOVE {
        let exempt = secure.is_some_and(|secure| secure.exemption.is_some());
        ("a card of the European Economic Area is authenticated over EUR 30", exempt)
    } else {
        return vec![not_applicable("no strong authentication is asked for at this amount and with this card")];
    };
    if exempt || secure.is_some_and(is_strong) {
        return vec![CheckOutcome::Pass];
    }
    vec![fail("payment", result_of(secure), asked_by, "verify the buyer, or pay again with 3-D Secure")]
}

fn is_strong(secure: &Authentication) -> bool {
    match secure.result {
        AuthenticationResult::Authenticated => true,
        AuthenticationResult::Attempted => secure.liability_shifted,
        AuthenticationResult::Exempted | AuthenticationResult::Failed => false,
    }
}

fn result_of(secure: Option<&Authentication>) -> &'static str {
    match secure.map(|secure| secure.result) {
        None => "not tried",
        Some(AuthenticationResult::Authenticated) => "authenticated",
        Some(AuthenticationResult::Attempted) => "attempted without liability",
        Some(AuthenticationResult::Exempted) => "exempted",
        Some(AuthenticationResult::Failed) => "failed",
    }
}

/// Check 6. What the gateway charged is this order: its amount, its currency, its reference, this attempt. An answer over our own key is always of
/// our own account, so there is no merchant to compare; signatures and replays of the gateway's messages are told at the door (`ingest`), and
/// what such a message says is read again from the gateway.
pub(super) fn gateway_response_consistent(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let evidence = match card(facts) {
        Ok(evidence) => evidence,
        Err(outcomes) => return outcomes,
    };
    let Some(answer) = &facts.payment.answer else {
        return unavailable("the gateway's answer about the payment");
    };
    let (document, id) = (facts.document, facts.document.order_id);
    let told = |at: &str, seen: String, what: &str| {
        fail(at, seen, format!("the gateway's answer names another {what} than the order's"), "ask the gateway; do not capture")
    };
    let mut wrong = Vec::new();
    // Of an order that was corrected to cost less the gateway still tells what it cost before.
    if evidence.amount != facts.payment.held.max(document.total) {
        wrong.push(told("payment.amount", facts.shown(evidence.amount), "amount"));
    }
    if evidence.currency != document.currency.code() {
        wrong.push(told("payment.currency", evidence.currency.clone(), "currency"));
    }
    let reference = evidence.order_reference.unwrap_or(answer.order_id);
    if reference != id || answer.order_id != id {
        let other = if answer.order_id == id { reference } else { answer.order_id };
        wrong.push(told("payment.order_id", other.to_string(), "order"));
    }
    if answer.attempt != facts.payment.attempt {
        wrong.push(told("payment.attempt", answer.attempt.to_string(), "attempt"));
    }
    passes_unless(wrong)
}
