//! Plain text for people: aligned, at most 100 columns where words allow it, with colours only on a terminal.

use std::error::Error;
use std::io::{self, IsTerminal as _, Write as _};

/// Columns that text is broken at.
pub(crate) const WIDTH: usize = 100;

/// Standard output.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Console {
    colour: bool,
}

impl Console {
    /// Standard output, in colour on a terminal.
    pub(crate) fn stdout() -> Self {
        Self { colour: io::stdout().is_terminal() }
    }

    /// Text without colours.
    #[cfg(test)]
    pub(crate) fn plain() -> Self {
        Self { colour: false }
    }

    /// Something that went well.
    pub(crate) fn good(self, text: &str) -> String {
        self.painted("32", text)
    }

    /// Something that did not.
    pub(crate) fn bad(self, text: &str) -> String {
        self.painted("31", text)
    }

    /// A heading.
    pub(crate) fn strong(self, text: &str) -> String {
        self.painted("1", text)
    }

    /// Of less weight.
    pub(crate) fn faint(self, text: &str) -> String {
        self.painted("2", text)
    }

    fn painted(self, code: &str, text: &str) -> String {
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// Writes a line to standard output.
///
/// # Errors
/// Where nobody reads any more.
pub(crate) fn say(text: impl AsRef<str>) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{}", text.as_ref().trim_end())
}

/// Says on standard error what went wrong, with all its causes.
pub(crate) fn complain(error: &dyn Error) {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        let told = deeper.to_string();
        if !text.ends_with(&told) {
            text = format!("{text}: {told}");
        }
        cause = deeper.source();
    }
    remark(&format!("oms: {text}"));
}

/// Says something on standard error, which is not part of the result.
pub(crate) fn remark(text: &str) {
    // Where standard error is closed there is nobody left to tell.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Rows as columns, each as wide as its widest cell. The last column is not filled up.
pub(crate) fn columns(rows: &[Vec<String>], indent: usize) -> Vec<String> {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        let text = cells.collect::<Vec<_>>().join("  ");
        format!("{:indent$}{}", "", text.trim_end())
    };
    rows.iter().map(line).collect()
}

/// Words in lines of at most [`WIDTH`] columns, the first indented by `indent`, the others by `hang`.
pub(crate) fn wrapped(text: &str, indent: usize, hang: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            started => {
                let before = if started.is_none() { indent } else { hang };
                lines.push(format!("{:before$}{word}", ""));
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["a", "São", "x"], ["bbb", "c", ""]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(columns(&rows, 2), ["  a    São  x", "  bbb  c"]);
        assert!(columns(&[], 2).is_empty());
    }

    #[test]
    fn words_are_broken_before_the_margin() {
        let lines = wrapped(&"word ".repeat(30), 2, 4);
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| line.len() <= WIDTH), "{lines:?}");
        assert!(lines[0].starts_with("  word") && lines[1].starts_with("    word"), "{lines:?}");
        assert_eq!(wrapped("short", 0, 4), ["short"]);
        assert!(wrapped(" ", 0, 4).is_empty());
    }

    #[test]
    fn nothing_is_painted_off_the_terminal() {
        assert_eq!(Console::plain().bad("no"), "no");
        assert_eq!(Console { colour: true }.bad("no"), "\x1b[31mno\x1b[0m");
    }
}
