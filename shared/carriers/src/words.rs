//! What carriers' codes and texts mean: rules are tried from top to bottom, and the first whose code and text both fit decides; without one
//! the code alone. One table a carrier.
//!
//! Two things are the code's alone, as with DHL: no text makes an order delivered unless the code says so, and no text of a parcel that the carrier
//! has not got yet moves it.

use aws_lc_rs::digest::{Context, SHA256};
use serde_json::Value;

use oms_contract::record::Tracked;
use oms_domain::State;
use oms_domain::tracking::Event;

/// Longest text kept, in characters.
const MAX_TEXT: usize = 300;

/// One rule.
pub(crate) struct Rule {
    /// Codes that it is for; all where there are none.
    pub(crate) under: &'static [&'static str],
    /// In lower case; any of them, anywhere in the text; any text where there are none.
    pub(crate) says: &'static [&'static str],
    pub(crate) event: Event,
}

pub(crate) const fn rule(under: &'static [&'static str], event: Event, says: &'static [&'static str]) -> Rule {
    Rule { under, says, event }
}

/// The event, and the words that decided, which name nobody: what is kept of a delivery, into whose text carriers write who took it.
pub(crate) fn classify(rules: &[Rule], code: &str, text: &str) -> (Event, String) {
    let (code, text) = (code.trim().to_ascii_uppercase(), text.to_lowercase());
    let fits = |rule: &Rule| rule.under.is_empty() || rule.under.contains(&code.as_str());
    let found = rules.iter().filter(|rule| fits(rule)).find_map(|rule| match rule.says {
        [] => Some((rule.event, "")),
        says => says.iter().find(|words| text.contains(**words)).map(|words| (rule.event, *words)),
    });
    let (event, words) = found.unwrap_or((Event::Unclassified, "unknown"));
    let words = if words.is_empty() { event.to_string().replace('_', " ") } else { words.to_owned() };
    (event, words)
}

/// One event as it was told.
pub(crate) struct Told<'a> {
    pub(crate) number: &'a str,
    /// The carrier's own code.
    pub(crate) code: &'a str,
    pub(crate) text: &'a str,
    /// As written.
    pub(crate) raw_time: String,
    /// The instant, where a zone is given.
    pub(crate) at: Option<jiff::Timestamp>,
    pub(crate) place: Option<String>,
}

impl Told<'_> {
    /// The event as we keep it.
    pub(crate) fn tracked(self, (event, words): (Event, String)) -> Tracked {
        let text = plain(self.text).unwrap_or_default();
        let id = event_id(&[self.number, &self.raw_time, self.code, &text, self.place.as_deref().unwrap_or_default()]);
        let delivered = event.moves_to() == Some(State::Delivered);
        Tracked {
            event_id: id,
            part: 0,
            package: 0,
            event: event.to_string(),
            at: self.at,
            raw_time: self.raw_time,
            code: self.code.to_owned(),
            text: if delivered { words } else { text },
            place: self.place,
        }
    }
}

/// What makes one event different from another is its id, for carriers give none. Length-prefixed, so that no two lists of fields hash alike
/// by accident.
pub(crate) fn event_id(fields: &[&str]) -> String {
    use std::fmt::Write as _;
    let mut hash = Context::new(&SHA256);
    for field in fields {
        hash.update(&field.len().to_be_bytes());
        hash.update(field.as_bytes());
    }
    let digest = hash.finish();
    digest.as_ref()[..16].iter().fold(String::with_capacity(32), |mut id, byte| {
        // Writing to a text cannot fail.
        let _ = write!(id, "{byte:02x}");
        id
    })
}

/// The text or number at a path, in plain words. `None` where it is empty.
pub(crate) fn text_at(value: &Value, path: &str) -> Option<String> {
    match value.pointer(path)? {
        Value::String(text) => plain(text),
        Value::Number(number) => plain(&number.to_string()),
        _ => None,
    }
}

/// The list at a path; none where there is none, one where it is written without brackets.
pub(crate) fn list_at<'a>(value: &'a Value, path: &str) -> Vec<&'a Value> {
    match value.pointer(path) {
        Some(Value::Array(list)) => list.iter().collect(),
        Some(Value::Null) | None => Vec::new(),
        Some(one) => vec![one],
    }
}

/// Without mark-up, white space runs made one blank, cut to a length.
fn plain(raw: &str) -> Option<String> {
    let mut inside = false;
    let unmarked: String = raw
        .chars()
        .filter(|c| {
            let mark = inside || *c == '<';
            inside = mark && *c != '>';
            !mark
        })
        .collect();
    let plain: String = unmarked.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = plain.chars().take(MAX_TEXT).collect();
    (!short.is_empty()).then_some(short)
}
