//! E-mail addresses: their form, and whether their domain hands out mailboxes to throw away.

use crate::address::names;

/// Domains of throw-away mailboxes, by key; `data/README.md` describes the table.
static DISPOSABLE: &[u8] = include_bytes!("../../data/disposable.bin");

const BUCKETS: usize = 256;
/// Bits of a gap that are written as they are.
const RICE: u32 = 10;

/// The address as it is compared: in small letters, without spaces around.
pub fn plain(address: &str) -> String {
    address.trim().to_lowercase()
}

/// Whether it has the form of an address that mail can be sent to: that of HTML's e-mail inputs
/// (<https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address>), letters of any script in the domain, and a domain of two labels
/// or more.
pub fn is_valid(address: &str) -> bool {
    let Some((local, domain)) = address.trim().rsplit_once('@') else {
        return false;
    };
    let sign = |letter: char| letter.is_ascii_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(letter);
    let label = |label: &str| {
        let letters = |letter: char| letter.is_alphanumeric() || letter == '-';
        !label.is_empty() && label.len() <= 63 && label.chars().all(letters) && !label.starts_with('-') && !label.ends_with('-')
    };
    let sound_local = !local.is_empty() && local.len() <= 64 && local.chars().all(sign);
    sound_local && domain.len() <= 253 && domain.contains('.') && domain.split('.').all(label)
}

/// Whether its domain, or one above it, is known for mailboxes to throw away. Of honest domains one in some 1,600 is taken for one by its key;
/// those that many people have their mail at are known not to be.
pub fn is_disposable(address: &str) -> bool {
    let plain = plain(address);
    let Some((_, mut domain)) = plain.rsplit_once('@') else {
        return false;
    };
    loop {
        if is_listed(DISPOSABLE, names::key(domain)) {
            return true;
        }
        match domain.split_once('.') {
            Some((_, above)) if above.contains('.') => domain = above,
            _ => return false,
        }
    }
}

/// Looks a key up: its first byte is its bucket, where the other two stand among ascending ones as Rice-coded gaps.
fn is_listed(table: &[u8], key: [u8; 3]) -> bool {
    let [bucket, high, low] = key;
    let wanted = u32::from(u16::from_be_bytes([high, low]));
    let mut bits = bucket_of(table, usize::from(bucket)).map(Bits::of).unwrap_or_default();
    // The key before the first one is -1: everything is counted one higher.
    let mut next = 0_u32;
    while let Some(gap) = bits.gap() {
        let key = next.saturating_add(gap);
        if key >= wanted {
            return key == wanted;
        }
        next = key.saturating_add(1);
    }
    false
}

fn bucket_of(table: &[u8], bucket: usize) -> Option<&[u8]> {
    let end = |bucket: usize| table.get(2 * bucket..2 * bucket + 2)?.try_into().ok().map(|end| usize::from(u16::from_le_bytes(end)));
    let from = if bucket == 0 { 0 } else { end(bucket - 1)? };
    table.get(2 * BUCKETS..)?.get(from..end(bucket)?)
}

/// Bits from the highest of the first byte on.
#[derive(Default)]
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Bits<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    fn next(&mut self) -> Option<u32> {
        let byte = self.bytes.get(self.at / 8)?;
        let bit = byte >> (7 - self.at % 8) & 1;
        self.at += 1;
        Some(u32::from(bit))
    }

    /// The next gap; `None` at the end, which is filled with ones that no code ends in.
    fn gap(&mut self) -> Option<u32> {
        let mut gap = 0_u32;
        while self.next()? == 1 {
            gap = gap.saturating_add(1);
        }
        for _ in 0..RICE {
            gap = gap.checked_mul(2)? | self.next()?;
        }
        Some(gap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        for (address, valid) in [
            ("anna@example.com", true),
            ("o'neill+oms@mail.example.co.uk", true),
            (" anna@example.com ", true),
            ("anna@bücher.example", true),
            ("anna@example", false),
            ("anna@@example.com", false),
            ("anna example@example.com", false),
            ("anna@exam ple.com", false),
            ("anna@-example.com", false),
            ("anna@example..com", false),
            ("@example.com", false),
            ("anna@", false),
            ("anna", false),
            ("", false),
        ] {
            assert_eq!(is_valid(address), valid, "{address:?}");
        }
        assert!(!is_valid(&format!("{}@example.com", "a".repeat(65))));
    }

    #[test]
    fn domains_to_throw_away_are_known_with_all_that_is_below_them() {
        for (address, disposable) in [
            ("x@mailinator.com", true),
            ("x@MAILINATOR.com", true),
            ("x@a.b.mailinator.com", true),
            ("x@guerrillamail.com", true),
            ("x@0-mail.com", true),
            ("x@gmail.com", false),
            ("x@customers.example", false),
            ("x@com", false),
            ("no address", false),
        ] {
            assert_eq!(is_disposable(address), disposable, "{address}");
        }
    }

    #[test]
    fn a_broken_table_lists_nothing_and_does_not_panic() {
        for table in [&[][..], &[0xff; 100], &[0xff; 600], &[0; 600], &DISPOSABLE[..700]] {
            for bucket in 0..=u8::MAX {
                is_listed(table, [bucket, 0xff, 0xff]);
            }
        }
        assert!(!is_listed(&[], [0, 0, 0]));
    }
}
