//! Folding names of towns and regions, so that spellings of one place meet. The rules are those the tables were packed with;
//! `data/README.md` lists them.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Letters that decomposition leaves whole, spelled in plain Latin.
fn plain_letters(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ß' => "ss",
        'ø' => "o",
        'æ' => "ae",
        'œ' => "oe",
        'đ' | 'ð' => "d",
        'ł' => "l",
        'ı' => "i",
        'þ' => "th",
        'ħ' => "h",
        // Modifier letters that stand for an apostrophe count as letters in Unicode.
        'ʹ' | 'ʻ' | 'ʼ' | 'ʾ' | 'ʿ' | 'ˈ' => " ",
        _ => return None,
    })
}

/// Words that people shorten in names of towns; both spellings become one.
fn long_form(word: &str) -> &str {
    match word {
        "st" | "sankt" => "saint",
        "ste" => "sainte",
        "mt" => "mount",
        "ft" => "fort",
        "sta" => "santa",
        "sto" => "santo",
        other => other,
    }
}

/// The name without case, accents, punctuation and short forms: `St. Louis` → `saint louis`.
pub fn folded(name: &str) -> String {
    let mut spaced = String::with_capacity(name.len());
    if name.is_ascii() {
        // The rule of the other branch, without looking at what ASCII has not.
        spaced.extend(name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { ' ' }));
    } else {
        for letter in name.to_lowercase().nfd().filter(|letter| !is_combining_mark(*letter)) {
            match plain_letters(letter) {
                Some(plain) => spaced.push_str(plain),
                None if letter.is_alphanumeric() => spaced.push(letter),
                None => spaced.push(' '),
            }
        }
    }
    let words: Vec<&str> = spaced.split_whitespace().map(long_form).collect();
    words.join(" ")
}

/// The text with its wide digits, letters and signs in plain width (NFKC). ASCII is that already.
pub fn in_plain_width(text: &str) -> Cow<'_, str> {
    if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(text.nfkc().collect()) }
}

/// The three bytes under which a folded name is filed: FNV-1a 64, folded to 24 bits, most significant first.
pub fn key(folded: &str) -> [u8; 3] {
    let state = folded.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |state, byte| (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let [.., high, middle, low] = (state ^ (state >> 24) ^ (state >> 48)).to_be_bytes();
    [high, middle, low]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_place_meet() {
        for (written, met) in [
            ("São Paulo", "sao paulo"),
            ("St. Louis", "saint louis"),
            ("'s-Gravenhage", "s gravenhage"),
            ("東京", "東京"),
            ("ŁÓDŹ", "lodz"),
            ("  Weißenfels ", "weissenfels"),
            ("", ""),
            ("...", ""),
        ] {
            assert_eq!(folded(written), met, "{written:?}");
        }
    }

    #[test]
    fn every_sign_of_ascii_is_folded_as_between_other_letters() {
        for sign in (0..=127_u8).map(char::from) {
            let (alone, among_others) = (folded(&format!("a{sign}b")), folded(&format!("a{sign}bé")));
            assert_eq!(format!("{alone}e"), among_others, "{sign:?}");
            assert_eq!(in_plain_width(&sign.to_string()), sign.to_string().nfkc().collect::<String>());
        }
        assert_eq!(in_plain_width("１２a"), "12a");
    }

    #[test]
    fn keys_are_those_the_table_was_packed_with() {
        for (name, filed) in [("sao paulo", [0x02, 0x62, 0xd8]), ("lyon", [0x29, 0xad, 0x55]), ("東京", [0x1f, 0xf3, 0x6c])] {
            assert_eq!(key(name), filed, "{name}");
        }
    }
}
