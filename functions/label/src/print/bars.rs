//! Barcodes: Code 128, GS1-128 for serial shipping container codes (SSCC), and QR.

use barcoders::sym::code128::Code128;
use qrcode::{Color, EcLevel, QrCode};

/// Characters of the `barcoders` crate that start or switch a character set, and the function that makes a Code 128 a GS1-128.
const SET_B: char = '\u{0181}';
const SET_C: char = '\u{0106}';
const FNC1: char = '\u{0179}';

/// Why there is no barcode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BarsError {
    /// Nothing to write.
    #[error("an empty text makes no barcode")]
    Empty,
    /// Beyond what a scanner on a label of four inches can read, or a character that is none of the printable ASCII ones.
    #[error("a barcode on a label holds 1 to 34 printable ASCII characters")]
    Unfit,
}

/// Longest text of a linear barcode.
const LONGEST: usize = 34;

/// A linear barcode: what it holds, and its modules, dark ones true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linear {
    /// What people read below it.
    pub shown: String,
    /// Narrowest bars and gaps, from the left, without the quiet zones.
    pub modules: Vec<bool>,
}

impl Linear {
    /// The barcode of a carrier's number: a GS1-128 where the number is an SSCC under its application identifier `00`, else a plain Code 128.
    ///
    /// # Errors
    /// Where the number cannot be one.
    pub fn of(number: &str) -> Result<Self, BarsError> {
        let fits = number.len() <= LONGEST && number.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        match (number.is_empty(), fits) {
            (true, _) => Err(BarsError::Empty),
            (false, false) => Err(BarsError::Unfit),
            (false, true) if is_sscc(number) => {
                Ok(Self { shown: format!("(00) {}", &number[2..]), modules: encoded(&format!("{SET_C}{FNC1}{number}"))? })
            }
            (false, true) => Ok(Self { shown: number.to_owned(), modules: encoded(&with_sets(number))? }),
        }
    }
}

/// Whether this is `00` and 18 digits whose last is the GS1 check digit of the others (GS1 General Specifications, 7.9.1).
fn is_sscc(number: &str) -> bool {
    let digits: Option<Vec<u32>> = number.chars().map(|c| c.to_digit(10)).collect();
    match digits.as_deref() {
        Some([0, 0, digits @ .., check]) if digits.len() == 17 => {
            let sum: u32 = digits.iter().rev().zip([3, 1].into_iter().cycle()).map(|(digit, weight)| digit * weight).sum();
            (10 - sum % 10) % 10 == *check
        }
        _ => false,
    }
}

/// Names the character set of each stretch: C, two digits a symbol, for even runs of at least four digits; B for all else.
fn with_sets(number: &str) -> String {
    let mut text = String::with_capacity(number.len() + 8);
    let mut set = None;
    let mut rest = number;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count() & !1;
        let (next, len) = if digits >= 4 { (SET_C, digits) } else { (SET_B, stretch(rest)) };
        if set != Some(next) {
            text.push(next);
            set = Some(next);
        }
        text.push_str(&rest[..len]);
        rest = &rest[len..];
    }
    text
}

/// How much from the start on is better written in set B: up to the next run of at least four digits that is worth switching for.
fn stretch(rest: &str) -> usize {
    let run = |from: usize| rest[from..].bytes().take_while(u8::is_ascii_digit).count();
    (1..rest.len()).find(|from| run(*from) >= 4 && run(*from) % 2 == 0).unwrap_or(rest.len())
}

fn encoded(text: &str) -> Result<Vec<bool>, BarsError> {
    let code = Code128::new(text).map_err(|_| BarsError::Unfit)?;
    Ok(code.encode().into_iter().map(|module| module == 1).collect())
}

/// A QR code: modules by row, dark ones true, without the quiet zone.
pub(super) struct Square {
    pub(super) side: usize,
    pub(super) dark: Vec<bool>,
}

/// The QR code of a short text, with a quarter of it to spare for dirt.
pub(super) fn square(text: &str) -> Result<Square, BarsError> {
    let code = QrCode::with_error_correction_level(text, EcLevel::Q).map_err(|_| BarsError::Unfit)?;
    let side = code.width();
    Ok(Square { side, dark: code.into_colors().into_iter().map(|color| color == Color::Dark).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Symbols of a barcode: 11 modules each, the stop has 13.
    fn symbols(number: &str) -> usize {
        (Linear::of(number).unwrap().modules.len() - 13) / 11
    }

    #[test]
    fn digits_take_half_the_room() {
        // Start, symbols and check.
        for (number, expected) in [("1Z999AA10123456784", 16), ("12345678", 6), ("ABCD", 6), ("123", 5), ("JJD000390007882823", 14)] {
            assert_eq!(symbols(number), expected, "{number}");
        }
    }

    #[test]
    fn an_sscc_is_a_gs1_128_and_nothing_else_is() {
        let sscc = Linear::of("00340434161094042557").unwrap();
        assert_eq!(sscc.shown, "(00) 340434161094042557");
        // Start, FNC1, ten pairs, check.
        assert_eq!(symbols("00340434161094042557"), 13);
        for number in ["00340434161094042558", "0034043416109404255", "1Z999AA10123456784", "34043416109404255700"] {
            assert_eq!(Linear::of(number).unwrap().shown, number);
        }
    }

    #[test]
    fn what_no_scanner_reads_is_refused() {
        assert_eq!(Linear::of(""), Err(BarsError::Empty));
        for number in ["ä", "1\n2", &"7".repeat(35)] {
            assert_eq!(Linear::of(number), Err(BarsError::Unfit), "{number:?}");
        }
        assert!(Linear::of(&"7".repeat(34)).is_ok());
    }
}
