//! The marketplace's watchlists as they are compared: folded, read and sorted once for all orders that they hold for.
//!
//! A list of sanctions has thousands of names, and all of them are compared with those of every order: what can be done without the order is done before, and
//! of two names only those are measured that might be alike.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use oms_contract::reference::account::Watchlists;
use oms_domain::address::Address;

use crate::address::names;
use crate::address::street::{Street, bare_postcode};
use crate::contact::{email, phone};

/// Names this alike are taken for one, 0 to 1, by Jaro-Winkler over folded names with their words in order of the alphabet. Spellings of one name lie
/// above (`Jon Smith`, `John Smith`: 0.973; `Ivan Petrov`, `Iwan Petrov`: 0.945; `Acme Trading Ltd`, `Acme Trading Limited`: 0.910), other names that
/// share a word below (`Ivan Petrov`, `Ivan Markov`: 0.891; `Ivan Petrov`, `Anna Petrov`: 0.879).
const NAMES_ALIKE: f64 = 0.90;

/// Watchlists, ready to be compared.
pub struct Screen {
    lists: Watchlists,
    customers: BTreeSet<String>,
    devices: BTreeSet<String>,
    emails: BTreeSet<String>,
    /// As they are written, and in their international form where they say their country.
    phones: BTreeSet<String>,
    /// Those that do not: they are read as numbers of the order's country.
    national_phones: Vec<String>,
    names: Vec<Name>,
    /// By country and postcode.
    streets: BTreeMap<(String, String), Vec<Street>>,
}

impl std::fmt::Debug for Screen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.lists.fmt(f)
    }
}

/// The lists that were made ready last: mostly those of the order before.
static LAST: Mutex<Option<Arc<Screen>>> = Mutex::new(None);

impl Screen {
    /// Of these lists, as they are now: what was made of others is not used.
    pub fn of(lists: &Watchlists) -> Arc<Self> {
        let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(screen) = last.as_ref().filter(|screen| screen.lists == *lists) {
            return screen.clone();
        }
        let screen = Arc::new(Self::made_of(lists));
        *last = Some(screen.clone());
        screen
    }

    fn made_of(lists: &Watchlists) -> Self {
        let (international, national): (Vec<&String>, Vec<&String>) =
            lists.phones.iter().partition(|listed| phone::is_international(listed));
        let numbers = international.into_iter().filter_map(|listed| phone::e164(listed, ""));
        let mut streets: BTreeMap<(String, String), Vec<Street>> = BTreeMap::new();
        for (place, street) in lists.addresses.iter().filter_map(|entry| street_of(entry)) {
            streets.entry(place).or_default().push(street);
        }
        Self {
            customers: lists.customers.iter().cloned().collect(),
            devices: lists.devices.iter().cloned().collect(),
            emails: lists.emails.iter().map(|listed| email::plain(listed)).collect(),
            phones: lists.phones.iter().cloned().chain(numbers).collect(),
            national_phones: national.into_iter().cloned().collect(),
            names: lists.names.iter().filter_map(|listed| Name::of(listed)).collect(),
            streets,
            lists: lists.clone(),
        }
    }

    /// Whether the account is listed.
    pub fn has_customer(&self, id: &str) -> bool {
        self.customers.contains(id)
    }

    /// Whether the device is listed.
    pub fn has_device(&self, id: &str) -> bool {
        self.devices.contains(id)
    }

    /// Whether the e-mail address is listed, in whatever letters.
    pub fn has_email(&self, address: &str) -> bool {
        self.emails.contains(&email::plain(address))
    }

    /// Whether a number in E.164 form of an order to a country is listed.
    pub fn has_phone(&self, number: &str, country: &str) -> bool {
        self.phones.contains(number) || self.national_phones.iter().any(|listed| phone::e164(listed, country).as_deref() == Some(number))
    }

    /// Whether a name is alike to a listed one.
    pub fn has_name(&self, name: &str) -> bool {
        Name::of(name).is_some_and(|name| self.names.iter().any(|listed| listed.is_alike(&name)))
    }

    /// Whether a name is a listed one, but for spelling, accents and the order of its words.
    pub fn has_very_name(&self, name: &str) -> bool {
        Name::of(name).is_some_and(|name| self.names.iter().any(|listed| listed.words == name.words))
    }

    /// Whether the address, or one next door, is listed, whatever its spelling, flat or entrance. People write the street into either line.
    pub fn has_address(&self, address: &Address) -> bool {
        let postcode = bare_postcode(&address.country, address.postcode.as_deref().unwrap_or_default());
        let Some(listed) = self.streets.get(&(address.country.clone(), postcode)) else {
            return false;
        };
        let mut lines = [Some(&address.line1), address.line2.as_ref()].into_iter().flatten().map(|line| Street::of(line));
        lines.any(|line| listed.iter().any(|street| street.is_near(&line)))
    }
}

/// An address of the list, `country|postcode|street and number`: country and postcode, and the street. `None` for an entry of another form, which names
/// no place.
fn street_of(entry: &str) -> Option<((String, String), Street)> {
    let mut fields = entry.splitn(3, '|');
    let (country, postcode, street) = (fields.next()?.trim().to_uppercase(), fields.next()?, Street::of(fields.next()?));
    let postcode = bare_postcode(&country, postcode);
    (!street.is_empty()).then_some(((country, postcode), street))
}

/// A name as it is compared.
struct Name {
    /// Its folded words in order of the alphabet: `Petrov, Ivan` → `ivan petrov`.
    words: String,
    letters: usize,
    /// How many letters it has of each [`kind`].
    kinds: [u8; KINDS],
}

const KINDS: usize = 32;

/// Which of a few kinds of letters this is: as good as its own in Latin script.
fn kind(letter: char) -> usize {
    u32::from(letter) as usize % KINDS
}

impl Name {
    /// `None` where there is nothing to compare.
    fn of(written: &str) -> Option<Self> {
        let folded = names::folded(written);
        let mut words: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).collect();
        words.sort_unstable();
        let words = words.join(" ");
        let mut kinds = [0_u8; KINDS];
        for letter in words.chars() {
            let count = kinds.get_mut(kind(letter))?;
            *count = count.saturating_add(1);
        }
        (!words.is_empty()).then(|| Self { letters: words.chars().count(), kinds, words })
    }

    fn is_alike(&self, other: &Self) -> bool {
        self.most_alike(other) >= NAMES_ALIKE && strsim::jaro_winkler(&self.words, &other.words) >= NAMES_ALIKE
    }

    /// How alike the two can be at most: no more letters match than both have of their kinds, and at best none of them stands out of order. Far quicker than
    /// to look where they stand.
    fn most_alike(&self, other: &Self) -> f64 {
        if self.letters > usize::from(u8::MAX) || other.letters > usize::from(u8::MAX) {
            return 1.0;
        }
        let common: u32 = self.kinds.iter().zip(&other.kinds).map(|(own, others)| u32::from(*own.min(others))).sum();
        let share = |letters: usize| f64::from(common) / f64::from(u32::try_from(letters).unwrap_or(1));
        let jaro = (share(self.letters) + share(other.letters) + 1.0) / 3.0;
        let beginning =
            self.words.chars().zip(other.words.chars()).take(4).take_while(|(own, others)| own == others).map(|_| 0.1).sum::<f64>();
        // What rounding may take off.
        jaro + beginning * (1.0 - jaro) + 1e-9
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_threshold_lies_between_spellings_of_a_name_and_other_names() {
        for (one, other, alike) in [
            ("Ivan Petrov", "Petrov, Ivan", true),
            ("Ivan Petrov", "IVÁN PETROV", true),
            ("Ivan Petrov", "Ivan Petrow", true),
            ("Ivan Petrov", "Iwan Petrov", true),
            ("Jon Smith", "John Smith", true),
            ("Acme Trading Ltd", "ACME Trading Limited", true),
            ("Вымышлен Санкционный", "Санкционный Вымышлен", true),
            ("Ivan Petrov", "Anna Petrov", false),
            ("Ivan Petrov", "Ivan Markov", false),
            ("Jon Smith", "Joan Smythe-Jones", false),
            ("Maria Silva", "Mario Souza", false),
        ] {
            let (one, other) = (Name::of(one).unwrap(), Name::of(other).unwrap());
            let score = strsim::jaro_winkler(&one.words, &other.words);
            assert_eq!(one.is_alike(&other), alike, "{} / {}: {score}", one.words, other.words);
            assert_eq!(score >= NAMES_ALIKE, alike, "{} / {}: {score}", one.words, other.words);
        }
    }

    #[test]
    fn other_lists_are_other_screens_and_the_same_ones_are_one() {
        let lists = |email: &str| Watchlists { emails: vec![email.to_owned()], ..Watchlists::default() };
        let first = Screen::of(&lists("One@example.com"));
        assert!(first.has_email("one@example.com ") && !first.has_email("two@example.com"));
        let second = Screen::of(&lists("two@example.com"));
        assert!(!second.has_email("one@example.com") && second.has_email("two@example.com"));
        assert!(Screen::of(&lists("One@example.com")).has_email("one@example.com"));
    }

    #[test]
    fn listed_phones_are_numbers_of_their_own_country_or_of_the_orders() {
        let screen =
            Screen::made_of(&Watchlists { phones: vec!["+49 30 23125042".into(), "(206) 555-0142".into()], ..Watchlists::default() });
        for (number, country, listed) in
            [("+493023125042", "FR", true), ("+12065550142", "US", true), ("+12065550142", "DE", false), ("+493023125043", "DE", false)]
        {
            assert_eq!(screen.has_phone(number, country), listed, "{number} {country}");
        }
    }

    /// Names that are often alike.
    fn a_name() -> impl Strategy<Value = String> {
        prop_oneof!["[abc ]{1,12}", "[a-zé ]{1,16}", "\\PC{1,12}", "[ab]{250,260}"]
    }

    proptest! {
        #[test]
        fn names_that_are_alike_are_never_passed_over(one in a_name(), other in a_name()) {
            if let (Some(one), Some(other)) = (Name::of(&one), Name::of(&other)) {
                let score = strsim::jaro_winkler(&one.words, &other.words);
                prop_assert!(one.most_alike(&other) >= score, "{} / {}: {score}", one.words, other.words);
                prop_assert_eq!(one.is_alike(&other), score >= NAMES_ALIKE);
            }
        }
    }
}
