//! Text in Helvetica, one of the fonts that every PDF reader has, so that no font is shipped: its widths, and what it can write.
//!
//! It writes Western European letters as they are. Others lose their marks (Łódź becomes Łodz without its stroke: Lodz); a letter of another
//! script becomes a question mark, and [`Written::lost`] says so: such an address stands on the carrier's own label, whose fonts we do not choose.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Widths of the letters from blank to tilde, in thousandths of the size (Adobe's font metrics of Helvetica, and of Helvetica-Bold).
#[rustfmt::skip]
const PLAIN: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
    1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
    333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];
#[rustfmt::skip]
const BOLD: [u16; 95] = [
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611,
    975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556,
    333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584,
];
/// Width of a letter whose own is not listed: as wide as the widest common one, so that nothing runs over an edge.
const OTHER: u16 = 778;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Plain,
    Bold,
}

/// A text as bytes of the encoding `WinAnsiEncoding`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) bytes: Vec<u8>,
    /// Whether a letter could not be written.
    pub(super) lost: bool,
}

/// A text as the font can write it.
pub(super) fn written(text: &str) -> Written {
    let mut bytes = Vec::with_capacity(text.len());
    let mut lost = false;
    for c in text.nfc() {
        if let Some(byte) = byte_of(c) {
            bytes.push(byte);
        } else {
            let bare: Vec<u8> = bare(c).filter_map(byte_of).collect();
            lost |= bare.is_empty();
            bytes.extend(if bare.is_empty() { vec![b'?'] } else { bare });
        }
    }
    Written { bytes, lost }
}

/// The byte of a letter: ASCII and Latin-1 as they are, and the few of Windows-1252 that names and prices use.
fn byte_of(c: char) -> Option<u8> {
    let extra = match c {
        '€' => 0x80,
        'Š' => 0x8A,
        'Œ' => 0x8C,
        'Ž' => 0x8E,
        '‘' => 0x91,
        '’' => 0x92,
        '“' => 0x93,
        '”' => 0x94,
        '–' => 0x96,
        '—' => 0x97,
        'š' => 0x9A,
        'œ' => 0x9C,
        'ž' => 0x9E,
        'Ÿ' => 0x9F,
        ' '..='~' | '\u{A0}'..='ÿ' => u8::try_from(u32::from(c)).ok()?,
        _ => return None,
    };
    Some(extra)
}

/// A letter without its marks, and without the strokes that Unicode takes for part of the letter.
fn bare(c: char) -> impl Iterator<Item = char> {
    let stroked = match c {
        'ł' => 'l',
        'Ł' => 'L',
        'đ' => 'd',
        'Đ' => 'D',
        'ħ' => 'h',
        'Ħ' => 'H',
        'ı' => 'i',
        c => c,
    };
    std::iter::once(stroked).nfkd().filter(|c| !is_combining_mark(*c))
}

/// The width of a written text at this size, in points.
pub(super) fn width(bytes: &[u8], weight: Weight, size: f32) -> f32 {
    let table = if weight == Weight::Bold { &BOLD } else { &PLAIN };
    let units: u32 = bytes
        .iter()
        .map(|byte| usize::from(*byte).checked_sub(32).and_then(|i| table.get(i)).copied().unwrap_or(OTHER))
        .map(u32::from)
        .sum();
    #[expect(clippy::cast_precision_loss, reason = "a line of text is far shorter than what a float counts exactly")]
    let points = units as f32 * size / 1000.0;
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn western_letters_stay_and_others_lose_their_marks() {
        for (text, bytes, lost) in [
            ("Straße 5", &b"Stra\xDFe 5"[..], false),
            ("São Paulo", b"S\xE3o Paulo", false),
            ("Sa\u{303}o", b"S\xE3o", false),
            ("Łódź", b"L\xF3dz", false),
            ("Çağrı", b"\xC7agri", false),
            ("5 €", b"5 \x80", false),
            ("東京", b"??", true),
            ("ﬁ", b"fi", false),
        ] {
            assert_eq!(written(text), Written { bytes: bytes.to_vec(), lost }, "{text}");
        }
    }

    #[test]
    fn widths_are_the_fonts() {
        for (text, weight, points) in [("AAA", Weight::Plain, 20.01), ("iii", Weight::Bold, 8.34), ("", Weight::Plain, 0.0)] {
            let found = width(&written(text).bytes, weight, 10.0);
            assert!((found - points).abs() < 0.001, "{text}: {found}");
        }
    }
}
