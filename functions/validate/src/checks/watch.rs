//! Checks 24 and 27: the marketplace's lists of addresses, people and devices. A hit refuses nothing: somebody looks.

use oms_contract::record::CheckOutcome;
use oms_domain::address::Personal;

use super::outcome::{fail, masked, passes_unless};
use crate::facts::Facts;
#[cfg(doc)]
use crate::screen::Screen;

const MEND: &str = "have a person look at the order";

/// Check 24. Neither shipping nor billing address is on the list, whatever its spelling, flat or entrance.
pub(super) fn address_not_blacklisted(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let Some(personal) = facts.personal else {
        return erased();
    };
    let ours = [("shipping_address", Some(&personal.shipping_address)), ("billing_address", personal.billing_address.as_ref())];
    let hits = ours.into_iter().filter_map(|(at, address)| {
        let address = address.filter(|address| facts.screen.has_address(address))?;
        Some(fail(format!("{at}.line1"), masked(&address.line1), "the address, or one next door, was used for fraud before", MEND))
    });
    passes_unless(hits.collect())
}

/// Check 27. Neither the account, nor an e-mail address, a phone number or a device of the order is on the list, nor is a name alike to one on it
/// ([`Screen::has_name`]).
pub(super) fn not_on_watchlist(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let customer = facts.document.customer_id.as_str();
    let mut hits = Vec::new();
    if facts.customer.is_some_and(|customer| customer.watchlist) || facts.screen.has_customer(customer) {
        hits.push(fail("customer_id", customer, "the account is on a watchlist", MEND));
    }
    let Some(personal) = facts.personal else {
        // What is erased cannot be compared, and so is not cleared.
        hits.extend(erased());
        return hits;
    };
    hits.extend(contact_is_listed(facts, personal));
    if let Some(device) = personal.device.as_ref().and_then(|device| device.id.as_ref())
        && facts.screen.has_device(device)
    {
        hits.push(fail("device.id", masked(device), "the device is on a watchlist", MEND));
    }
    hits.extend(names_are_listed(facts, personal));
    passes_unless(hits)
}

fn contact_is_listed(facts: &Facts<'_>, personal: &Personal) -> Vec<CheckOutcome> {
    let contact = &personal.contact;
    let mut hits = Vec::new();
    if facts.screen.has_email(&contact.email) {
        hits.push(fail("contact.email", masked(&contact.email), "the e-mail address is on a watchlist", MEND));
    }
    if let Some(written) = &contact.phone
        && let Some(number) = &facts.phone
        && facts.screen.has_phone(number, &personal.shipping_address.country)
    {
        hits.push(fail("contact.phone", masked(written), "the phone number is on a watchlist", MEND));
    }
    hits
}

/// Names on the order that are, as they stand, those of sanctioned people or firms.
pub(super) fn sanctioned(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let Some(personal) = facts.personal else { return Vec::new() };
    let listed = names_of(personal).into_iter().filter(|(_, name)| facts.screen.has_very_name(name));
    listed
        .map(|(at, name)| {
            fail(
                at,
                masked(name),
                "the name is that of somebody under sanctions",
                "where it is a namesake, have the marketplace look at its list",
            )
        })
        .collect()
}

/// All names on an order.
fn names_of(personal: &Personal) -> Vec<(&'static str, &String)> {
    let billing = personal.billing_address.as_ref().map(|address| &address.name);
    let ours = [("contact.name", &personal.contact.name), ("shipping_address.name", &personal.shipping_address.name)];
    ours.into_iter().chain(billing.map(|name| ("billing_address.name", name))).collect()
}

fn names_are_listed(facts: &Facts<'_>, personal: &Personal) -> Vec<CheckOutcome> {
    let ours = names_of(personal);
    // Mostly they are one name.
    let mut different: Vec<&String> = ours.iter().map(|(_, name)| *name).collect();
    different.dedup();
    let listed: Vec<&String> = different.into_iter().filter(|name| facts.screen.has_name(name)).collect();
    let hits = ours.into_iter().filter(|(_, name)| listed.contains(name));
    hits.map(|(at, name)| fail(at, masked(name), "the name is alike to one on a sanctions list", MEND)).collect()
}

fn erased() -> Vec<CheckOutcome> {
    vec![fail("contact", "(erased)", "the customer's personal data was erased and cannot be compared", MEND)]
}
