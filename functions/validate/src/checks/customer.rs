//! Checks 26, 29, 30 and 41: the account, and what is on record of it.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use oms_contract::record::CheckOutcome;
use oms_contract::reference::AccountStatus;

use super::outcome::{fail, masked, no_market, not_applicable, passes_unless};
use crate::contact::{email, phone};
use crate::facts::Facts;

/// Days for which a payment that was charged back counts.
const CHARGEBACK_DAYS: i32 = 90;

/// Check 26. The account exists, is active and verified; without an account one may buy where the marketplace allows guests.
pub(super) fn account_active(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let mut wrong = Vec::new();
    match (facts.customer, facts.market) {
        (None, None) => return no_market(),
        (None, Some(market)) if market.guests_allowed => {}
        (None, Some(_)) => wrong.push(fail(
            "customer_id",
            facts.document.customer_id.as_str(),
            "there is no such account, and guests may not buy",
            "open an account",
        )),
        (Some(customer), _) => {
            if customer.status != AccountStatus::Active {
                wrong.push(fail("customer.status", "not active", "this account may not buy", "ask the marketplace"));
            }
            if !customer.verified {
                wrong.push(fail("customer.verified", "false", "the account is not verified", "verify it, then order again"));
            }
        }
    }
    passes_unless(wrong)
}

/// Check 29. No payment of the customer was charged back on the day of the order or in the 90 days before it.
pub(super) fn no_recent_chargeback(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let Some(customer) = facts.customer else {
        return vec![not_applicable("there is no account to have a history")];
    };
    let first = facts.day.saturating_sub(CHARGEBACK_DAYS.days());
    let recent = customer.record.chargebacks.iter().filter(|day| first <= **day && **day <= facts.day).max();
    passes_unless(recent.into_iter().copied().map(a_chargeback).collect())
}

fn a_chargeback(day: Date) -> CheckOutcome {
    fail("customer.chargebacks", day.to_string(), format!("a payment was charged back within {CHARGEBACK_DAYS} days"), "verify the buyer")
}

/// Check 30. E-mail address and phone number have the form of such, the mailbox is not one to throw away, and both answered a verification. A number
/// is not asked for. Where no profile says which addresses were verified, the account's own verification stands for them; a guest has none.
pub(super) fn contact_verified(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let Some(personal) = facts.personal else {
        return vec![fail("contact", "(erased)", "the customer's personal data was erased", "verify the buyer")];
    };
    let mut wrong: Vec<CheckOutcome> = email_is_sound(facts, &personal.contact.email).into_iter().collect();
    if let Some(written) = &personal.contact.phone {
        wrong.extend(phone_is_sound(facts, written, &personal.shipping_address.country));
    }
    passes_unless(wrong)
}

fn email_is_sound(facts: &Facts<'_>, address: &str) -> Option<CheckOutcome> {
    let told = |reason: &str, mend: &str| Some(fail("contact.email", masked(address), reason, mend));
    if !email::is_valid(address) {
        return told("it is no e-mail address", "write it like name@example.com");
    }
    if email::is_disposable(address) {
        return told("its domain gives mailboxes to throw away", "give a lasting address");
    }
    let verified = match (facts.profile, facts.customer) {
        (Some(profile), _) => profile.verified_emails.iter().any(|known| email::plain(known) == email::plain(address)),
        (None, customer) => customer.is_some_and(|customer| customer.verified),
    };
    if verified { None } else { told("nobody has verified it", "answer the mail that is sent to it") }
}

fn phone_is_sound(facts: &Facts<'_>, written: &str, country: &str) -> Option<CheckOutcome> {
    let told = |reason: &str, mend: &str| Some(fail("contact.phone", masked(written), reason, mend));
    let Some(number) = &facts.phone else {
        return told("it is no phone number of any country", "write it with the country's code, like +49 30 123456");
    };
    let verified = match (facts.profile, facts.customer) {
        (Some(profile), _) => profile.verified_phones.iter().any(|known| phone::e164(known, country).as_ref() == Some(number)),
        (None, customer) => customer.is_some_and(|customer| customer.verified),
    };
    if verified { None } else { told("nobody has verified it", "answer the message that is sent to it") }
}

/// Check 41. Consent to the marketplace's current terms was on record before the order was placed, and was not withdrawn by then. Where the
/// marketplace has no terms none is asked for.
pub(super) fn consent_given(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let Some(market) = facts.market else {
        return no_market();
    };
    let terms = &market.policy.terms;
    if terms.is_empty() {
        return vec![not_applicable("the marketplace asks for no consent")];
    }
    let consents = facts.customer.iter().flat_map(|customer| &customer.record.consents).filter(|consent| consent.version == *terms);
    let in_force = |given: Timestamp, withdrawn: Option<Timestamp>| {
        given < facts.placed_at && withdrawn.is_none_or(|withdrawn| facts.placed_at < withdrawn)
    };
    let mut consents = consents.peekable();
    let ever = consents.peek().is_some();
    if consents.any(|consent| in_force(consent.given_at, consent.withdrawn_at)) {
        return vec![CheckOutcome::Pass];
    }
    let seen = if ever { "withdrawn, or given too late" } else { "none" };
    vec![fail("customer.consents", seen, format!("no consent to the terms {terms} was on record"), "consent to them, then order again")]
}
