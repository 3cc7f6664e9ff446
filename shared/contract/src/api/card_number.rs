//! Card numbers that were written where none belongs. Card data never reaches us: a client that sends it is told so, and nothing of it is kept.
//!
//! What begins like a network's numbers, is as long as they are, and has the right check digit, is one. The ranges are packed from `credit-card-type`
//! (`data/card_ranges.py`). Networks that give out numbers without a right check digit, as some in China did, are not seen then.

/// Network, first and last prefix, and lengths, a range a line.
const RANGES: &str = include_str!("../../data/card_ranges.tsv");

/// Digits of the shortest number and of the longest: ISO/IEC 7812-1.
const SHORTEST: usize = 12;
const LONGEST: usize = 19;

/// The network of the first card number in a text, however its digits are set apart by blanks and dashes.
pub(super) fn network_in(text: &str) -> Option<&'static str> {
    let apart = |c: char| !(c.is_ascii_digit() || c == ' ' || c == '-');
    text.split(apart).find_map(|run| {
        let groups: Vec<&str> = run.split([' ', '-']).filter(|group| !group.is_empty()).collect();
        (0..groups.len()).find_map(|first| in_groups(&groups[first..]))
    })
}

/// The network of a number that begins with the first group and ends with one of them.
fn in_groups(groups: &[&str]) -> Option<&'static str> {
    let mut number = String::new();
    for group in groups {
        number.push_str(group);
        if number.len() > LONGEST {
            return None;
        }
        if number.len() >= SHORTEST && has_right_check_digit(&number) {
            // Maestro's range of one digit holds others' of more.
            let narrowest = RANGES.lines().filter_map(|range| is_of(&number, range)).max_by_key(|(digits, _)| *digits);
            if let Some((_, network)) = narrowest {
                return Some(network);
            }
        }
    }
    None
}

/// Digits of the range's prefixes, and its network, if the number is of it.
fn is_of(number: &str, range: &'static str) -> Option<(usize, &'static str)> {
    let mut columns = range.split('\t');
    let (network, first, last, lengths) = (columns.next()?, columns.next()?, columns.next()?, columns.next()?);
    let prefix = number.get(..first.len())?;
    let fits = (first..=last).contains(&prefix) && lengths.split(',').any(|length| length.parse() == Ok(number.len()));
    fits.then_some((first.len(), network))
}

/// By the Luhn formula: ISO/IEC 7812-1, annex B.
fn has_right_check_digit(number: &str) -> bool {
    let digits = number.bytes().rev().map(|digit| u32::from(digit.wrapping_sub(b'0')));
    let sum: u32 = digits
        .zip([false, true].into_iter().cycle())
        .map(|(digit, double)| if double { digit * 2 / 10 + digit * 2 % 10 } else { digit })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn card_numbers_are_seen_however_they_are_written() {
        for (text, network) in [
            ("4242424242424242", Some("Visa")),
            ("4242 4242 4242 4242", Some("Visa")),
            ("my card: 4000-0566-5566-5556, 12/30", Some("Visa")),
            // A house's number before it, an expiry behind it.
            ("12 5555 5555 5555 4444 12-29", Some("Mastercard")),
            ("2223003122003222", Some("Mastercard")),
            ("378282246310005", Some("American Express")),
            ("36227206271667", Some("Diners Club")),
            ("3566002020360505", Some("JCB")),
            ("6200000000000005", Some("UnionPay")),
            ("6011111111111117", Some("Discover")),
            // A digit wrong, one too few, one too many.
            ("4242424242424241", None),
            ("424242424242424", None),
            ("42424242424242424242", None),
            // Amex's have fifteen digits.
            ("3782822463100054", None),
            // No network begins so.
            ("1234567812345670", None),
            ("pm_1PqZ4242", None),
            ("tok_visa", None),
            ("+49 30 901820 1234", None),
            ("DE89 3704 0044 0532 0130 00", None),
            ("Torstraße 140, 10119", None),
            ("", None),
        ] {
            assert_eq!(network_in(text), network, "{text}");
        }
    }

    #[test]
    fn every_range_is_well_formed() {
        let mut networks = std::collections::BTreeSet::new();
        for range in RANGES.lines() {
            let columns: Vec<&str> = range.split('\t').collect();
            let [network, first, last, lengths] = columns[..] else { panic!("{range}") };
            assert!(
                first.len() == last.len() && first <= last && first.bytes().chain(last.bytes()).all(|digit| digit.is_ascii_digit()),
                "{range}"
            );
            assert!(lengths.split(',').all(|length| (SHORTEST..=LONGEST).contains(&length.parse().unwrap())), "{range}");
            networks.insert(network);
        }
        assert!(
            ["Visa", "Mastercard", "American Express", "UnionPay", "JCB"].iter().all(|network| networks.contains(network)),
            "{networks:?}"
        );
    }
}
