//! An input as the targets read it: a first line of words that say what is fed, and the bytes that are fed.
//!
//! A word that names nothing still picks something, so that no mutation of a fuzzer is lost at the door.

/// A first line, and what comes after it.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    head: &'a [u8],
    /// What is fed.
    pub rest: &'a [u8],
}

impl<'a> Input<'a> {
    /// Splits at the first line break; all of it is the first line where there is none.
    pub fn of(bytes: &'a [u8]) -> Self {
        let end = bytes.iter().position(|byte| *byte == b'\n');
        match end {
            Some(end) => Self { head: &bytes[..end], rest: &bytes[end + 1..] },
            None => Self { head: bytes, rest: &[] },
        }
    }

    /// A word of the first line; empty where there are fewer.
    pub fn word(&self, nth: usize) -> &'a [u8] {
        self.head.split(|byte| *byte == b' ').nth(nth).unwrap_or_default()
    }

    /// What a word of the first line names among these, or the one that its bytes happen to pick.
    pub fn pick<'t, T>(&self, nth: usize, all: &'t [T], name: impl Fn(&T) -> String) -> &'t T {
        let word = self.word(nth);
        let named = all.iter().find(|one| name(one).as_bytes() == word);
        let sum: usize = word.iter().map(|byte| usize::from(*byte)).sum();
        named.unwrap_or(&all[sum % all.len()])
    }

    /// The next line of the rest, and the input without it.
    pub fn line(self) -> (&'a [u8], Self) {
        let rest = Input::of(self.rest);
        (rest.head, Self { head: self.head, rest: rest.rest })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_name_or_pick_and_the_rest_is_left_as_it_is() {
        let input = Input::of(b"two x\n\xffrest\nmore");
        let all = ["one", "two", "three"];
        assert_eq!((*input.pick(0, &all, ToString::to_string), input.rest), ("two", &b"\xffrest\nmore"[..]));
        // `x` is 120, a multiple of three; and there is no third word.
        assert_eq!((*input.pick(1, &all, ToString::to_string), *input.pick(2, &all, ToString::to_string)), ("one", "one"));
        let (line, after) = input.line();
        assert_eq!((line, after.rest), (&b"\xffrest"[..], &b"more"[..]));
        assert_eq!(Input::of(b"").rest, b"");
    }
}
