//! Checks 24 and 27: the marketplace's lists of addresses, people and devices. A hit refuses nothing: somebody looks.

use oms_contract::record::CheckOutcome;
use oms_domain::address::{Address, Personal};

use super::outcome::{fail, masked, passes_unless};
use crate::address::names;
use crate::address::street::{Street, bare_postcode};
use crate::contact::{email, phone};
use crate::facts::Facts;

/// Names this alike are taken for one, 0 to 1, by Jaro-Winkler over folded names with their words in order of the alphabet. Spellings of one name lie
/// above (`Jon Smith`, `John Smith`: 0.973; `Ivan Petrov`, `Iwan Petrov`: 0.945; `Acme Trading Ltd`, `Acme Trading Limited`: 0.910), other names that
/// share a word below (`Ivan Petrov`, `Ivan Markov`: 0.891; `Ivan Petrov`, `Anna Petrov`: 0.879).
const NAMES_ALIKE: f64 = 0.90;

const MEND: &str = "have a person look at the order";

/// Check 24. Neither shipping nor billing address is on the list, whatever its spelling, flat or entrance ([`Street`]).
pub(super) fn address_not_blacklisted(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let Some(personal) = &facts.personal else {
        return erased();
    };
    let listed: Vec<Listed> = facts.watchlists.addresses.iter().filter_map(|entry| Listed::of(entry)).collect();
    let ours = [("shipping_address", Some(&personal.shipping_address)), ("billing_address", personal.billing_address.as_ref())];
    let hits = ours.into_iter().filter_map(|(at, address)| {
        let address = address?;
        listed
            .iter()
            .any(|listed| listed.is_near(address))
            .then(|| fail(format!("{at}.line1"), masked(&address.line1), "the address, or one next door, was used for fraud before", MEND))
    });
    passes_unless(hits.collect())
}

/// An address of the list: `country|postcode|street and number`.
struct Listed {
    country: String,
    postcode: String,
    street: Street,
}

impl Listed {
    /// `None` for an entry of another form, which names no place.
    fn of(entry: &str) -> Option<Self> {
        let mut fields = entry.splitn(3, '|');
        let (country, postcode, street) = (fields.next()?.trim().to_uppercase(), fields.next()?, Street::of(fields.next()?));
        if street.is_empty() {
            return None;
        }
        Some(Self { postcode: bare_postcode(&country, postcode), country, street })
    }

    /// People write the street into either line.
    fn is_near(&self, address: &Address) -> bool {
        let postcode = bare_postcode(&address.country, address.postcode.as_deref().unwrap_or_default());
        let mut lines = [Some(&address.line1), address.line2.as_ref()].into_iter().flatten();
        self.country == address.country && self.postcode == postcode && lines.any(|line| self.street.is_near(&Street::of(line)))
    }
}

/// Check 27. Neither the account, nor an e-mail address, a phone number or a device of the order is on the list, nor is a name alike to one on it
/// ([`NAMES_ALIKE`]).
pub(super) fn not_on_watchlist(facts: &Facts<'_>) -> Vec<CheckOutcome> {
    let lists = &facts.watchlists;
    let customer = facts.document.customer_id.as_str();
    let mut hits = Vec::new();
    if facts.customer.as_ref().is_some_and(|customer| customer.watchlist) || lists.customers.iter().any(|listed| listed == customer) {
        hits.push(fail("customer_id", customer, "the account is on a watchlist", MEND));
    }
    let Some(personal) = &facts.personal else {
        // What is erased cannot be compared, and so is not cleared.
        hits.extend(erased());
        return hits;
    };
    hits.extend(contact_is_listed(facts, personal));
    if let Some(device) = personal.device.as_ref().and_then(|device| device.id.as_ref())
        && lists.devices.contains(device)
    {
        hits.push(fail("device.id", masked(device), "the device is on a watchlist", MEND));
    }
    hits.extend(names_are_listed(facts, personal));
    passes_unless(hits)
}

fn contact_is_listed(facts: &Facts<'_>, personal: &Personal) -> Vec<CheckOutcome> {
    let (lists, contact) = (&facts.watchlists, &personal.contact);
    let mut hits = Vec::new();
    let address = email::plain(&contact.email);
    if lists.emails.iter().any(|listed| email::plain(listed) == address) {
        hits.push(fail("contact.email", masked(&contact.email), "the e-mail address is on a watchlist", MEND));
    }
    let country = &personal.shipping_address.country;
    if let Some(written) = &contact.phone
        && let Some(number) = phone::e164(written, country)
        && lists.phones.iter().any(|listed| *listed == number || phone::e164(listed, country).as_deref() == Some(&number))
    {
        hits.push(fail("contact.phone", masked(written), "the phone number is on a watchlist", MEND));
    }
    hits
}

fn names_are_listed(facts: &Facts<'_>, personal: &Personal) -> Vec<CheckOutcome> {
    let listed: Vec<String> = facts.watchlists.names.iter().map(|name| ordered(name)).filter(|name| !name.is_empty()).collect();
    let billing = personal.billing_address.as_ref().map(|address| &address.name);
    let mut ours = vec![("contact.name", &personal.contact.name), ("shipping_address.name", &personal.shipping_address.name)];
    ours.extend(billing.map(|name| ("billing_address.name", name)));
    let hit = |name: &str| {
        let name = ordered(name);
        !name.is_empty() && listed.iter().any(|listed| strsim::jaro_winkler(listed, &name) >= NAMES_ALIKE)
    };
    let hits = ours.into_iter().filter(|(_, name)| hit(name));
    hits.map(|(at, name)| fail(at, masked(name), "the name is alike to one on a sanctions list", MEND)).collect()
}

/// The folded words of a name in order of the alphabet: `Petrov, Ivan` → `ivan petrov`.
fn ordered(name: &str) -> String {
    let folded = names::folded(name);
    let mut words: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).collect();
    words.sort_unstable();
    words.join(" ")
}

fn erased() -> Vec<CheckOutcome> {
    vec![fail("contact", "(erased)", "the customer's personal data was erased and cannot be compared", MEND)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threshold_lies_between_spellings_of_a_name_and_other_names() {
        for (one, other, alike) in [
            ("Ivan Petrov", "Petrov, Ivan", true),
            ("Ivan Petrov", "IVÁN PETROV", true),
            ("Ivan Petrov", "Ivan Petrow", true),
            ("Ivan Petrov", "Iwan Petrov", true),
            ("Jon Smith", "John Smith", true),
            ("Acme Trading Ltd", "ACME Trading Limited", true),
            ("Ivan Petrov", "Anna Petrov", false),
            ("Ivan Petrov", "Ivan Markov", false),
            ("Jon Smith", "Joan Smythe-Jones", false),
            ("Maria Silva", "Mario Souza", false),
        ] {
            let score = strsim::jaro_winkler(&ordered(one), &ordered(other));
            assert_eq!(score >= NAMES_ALIKE, alike, "{one} / {other}: {score}");
        }
    }
}
