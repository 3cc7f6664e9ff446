//! Weights, sizes, names and money as carriers want them.

use oms_domain::Money;
use oms_domain::address::Address;
use oms_domain::shipping::Parcel;
use rust_decimal::Decimal;

/// Whether a country measures parcels in pounds and inches.
pub(crate) fn is_imperial(country: &str) -> bool {
    matches!(country, "US" | "PR")
}

/// Whether a country is in the customs union of the European Union.
pub(crate) fn is_european(country: &str) -> bool {
    const UNION: [&str; 27] = [
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL",
        "PT", "RO", "SE", "SI", "SK",
    ];
    UNION.contains(&country)
}

/// Kilograms, rounded up to a hundredth.
pub(crate) fn kilograms(parcel: Parcel) -> Decimal {
    hundredths(parcel.grams.max(1).div_ceil(10))
}

/// Pounds (453.59237 g), rounded up to a hundredth.
pub(crate) fn pounds(parcel: Parcel) -> Decimal {
    let scaled = u128::from(parcel.grams.max(1)) * 100 * 100_000;
    hundredths(u64::try_from(scaled.div_ceil(45_359_237)).unwrap_or(u64::MAX))
}

fn hundredths(n: u64) -> Decimal {
    Decimal::new(i64::try_from(n).unwrap_or(i64::MAX), 2).normalize()
}

/// Sides in centimetres, longest first, rounded up; at least one.
pub(crate) fn centimetres(parcel: Parcel) -> [u32; 3] {
    longest_first(parcel).map(|mm| mm.div_ceil(10).max(1))
}

/// Sides in inches (25.4 mm), longest first, rounded up; at least one.
pub(crate) fn inches(parcel: Parcel) -> [u32; 3] {
    longest_first(parcel).map(|mm| u32::try_from((u64::from(mm) * 10).div_ceil(254)).unwrap_or(u32::MAX).max(1))
}

fn longest_first(parcel: Parcel) -> [u32; 3] {
    let mut sides = parcel.sides_mm;
    sides.sort_unstable_by(|a, b| b.cmp(a));
    sides
}

/// The first characters of a text.
pub(crate) fn cut(text: &str, max: usize) -> String {
    text.trim().chars().take(max).collect()
}

/// Street lines of an address, each cut to a length.
pub(crate) fn street_lines(address: &Address, max: usize) -> Vec<String> {
    std::iter::once(address.line1.as_str()).chain(address.line2.as_deref()).map(|line| cut(line, max)).collect()
}

/// A state or province without its country: `US-NY` and `NY` are both `NY`.
pub(crate) fn state_code(address: &Address) -> Option<String> {
    let region = address.region.as_deref()?.trim();
    let bare = region.strip_prefix(&format!("{}-", address.country)).unwrap_or(region);
    Some(bare.to_owned()).filter(|code| !code.is_empty())
}

/// Street and house number, as the Dutch and the Germans write them: what follows the last blank before the last digit group begins.
/// `Straße des 17. Juni 135a` is `Straße des 17. Juni` and `135a`; without a number all of it is the street.
pub(crate) fn street_and_number(line: &str) -> (String, String) {
    let line = line.trim();
    match line
        .char_indices()
        .rev()
        .filter(|(_, c)| c.is_whitespace())
        .find(|(at, _)| line[*at..].trim_start().starts_with(|c: char| c.is_ascii_digit()))
    {
        Some((at, _)) if at > 0 => (line[..at].trim().to_owned(), line[at..].trim().to_owned()),
        _ => (line.to_owned(), String::new()),
    }
}

/// An amount as a decimal of its currency: `12.99`, `1500`, `1.250`.
pub(crate) fn decimal(money: Money) -> String {
    Decimal::from_i128_with_scale(i128::from(money.amount), money.currency.decimals()).to_string()
}

/// The amount that a carrier writes as a decimal with an ISO 4217 code, rounded half up to the currency's minor unit; `None` where it is none.
pub(crate) fn money(amount: &str, currency: &str) -> Option<Money> {
    let currency: oms_domain::Currency = currency.parse().ok()?;
    let mut amount: Decimal = amount.trim().parse().ok()?;
    amount.rescale(currency.decimals());
    Some(Money::new(i64::try_from(amount.mantissa()).ok()?, currency))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_and_sides_are_rounded_up() {
        let parcel = Parcel { grams: 1_001, sides_mm: [101, 254, 5] };
        assert_eq!((kilograms(parcel).to_string(), pounds(parcel).to_string()), ("1.01".to_owned(), "2.21".to_owned()));
        assert_eq!((centimetres(parcel), inches(parcel)), ([26, 11, 1], [10, 4, 1]));
        let feather = Parcel { grams: 0, sides_mm: [0, 0, 0] };
        assert_eq!((kilograms(feather).to_string(), pounds(feather).to_string()), ("0.01".to_owned(), "0.01".to_owned()));
        assert_eq!(pounds(Parcel { grams: 45_359_237, ..parcel }).to_string(), "100000");
    }

    #[test]
    fn a_house_number_is_the_last_word_that_starts_with_a_digit() {
        for (line, street, number) in [
            ("Torstraße 140", "Torstraße", "140"),
            ("Straße des 17. Juni 135a", "Straße des 17. Juni", "135a"),
            ("Bilderdijkstraat 9 a bis", "Bilderdijkstraat", "9 a bis"),
            ("Am Markt", "Am Markt", ""),
            ("12 Rue de Rivoli", "12 Rue de Rivoli", ""),
        ] {
            assert_eq!(street_and_number(line), (street.to_owned(), number.to_owned()), "{line}");
        }
    }

    #[test]
    fn amounts_go_there_and_back() {
        for (text, currency, amount) in [("12.99", "EUR", 1299), ("1500", "JPY", 1500), ("1.25", "KWD", 1250), ("7.605", "USD", 761)] {
            let money = money(text, currency).unwrap();
            assert_eq!(money.amount, amount, "{text} {currency}");
        }
        assert_eq!(decimal(Money::new(1250, "KWD".parse().unwrap())), "1.250");
        assert_eq!(money("much", "EUR"), None);
        assert_eq!(money("1", "EURO"), None);
    }
}
