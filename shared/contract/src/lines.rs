//! JSON lines: one object a line, as many as there are. Everything that is wrong is told, each fault with its line and the path in it.

use serde::de::DeserializeOwned;

use crate::problem::Fault;

/// Most faults that are told.
pub const MOST_TOLD: usize = 100;

/// The lines that say something, with their numbers from 1.
pub fn of(text: &str) -> Vec<(usize, &str)> {
    (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()).collect()
}

/// Faults that are found.
#[derive(Debug, Default)]
pub struct Faults(pub Vec<Fault>);

impl Faults {
    /// Notes one, at a path in a line; an empty path is the line itself.
    pub fn add(&mut self, line: usize, path: &str, message: impl Into<String>) {
        let at = if path.is_empty() || path == "." { format!("line {line}") } else { format!("line {line}: {path}") };
        self.0.push(Fault { at, message: message.into() });
    }

    /// What a line says. Where it does not parse, or has a field that nobody reads, that is noted.
    pub fn read<T: DeserializeOwned>(&mut self, line: usize, text: &str) -> Option<T> {
        match parse(text) {
            Ok((value, unknown)) => {
                for path in unknown {
                    self.add(line, &path, "is not a field of this kind; mind its spelling, or leave it out");
                }
                Some(value)
            }
            Err((path, message)) => {
                self.add(line, &path, message);
                None
            }
        }
    }
}

/// The first hundred faults, and how many more there are.
pub fn told(mut faults: Vec<Fault>) -> Vec<Fault> {
    let more = faults.len().saturating_sub(MOST_TOLD);
    faults.truncate(MOST_TOLD);
    if more > 0 {
        faults.push(Fault { at: "body".to_owned(), message: format!("{more} more are not told") });
    }
    faults
}

/// The value, and the paths of fields that nobody reads; or where it does not parse, and why.
fn parse<T: DeserializeOwned>(text: &str) -> Result<(T, Vec<String>), (String, String)> {
    let mut unknown = Vec::new();
    let mut track = serde_path_to_error::Track::new();
    let mut json = serde_json::Deserializer::from_str(text);
    let tracked = serde_path_to_error::Deserializer::new(&mut json, &mut track);
    let mut note = |path: serde_ignored::Path<'_>| unknown.push(path.to_string());
    let value = T::deserialize(serde_ignored::Deserializer::new(tracked, &mut note));
    let value = value.map_err(|error| (track.path().to_string(), error.to_string()))?;
    json.end().map_err(|error| (String::new(), error.to_string()))?;
    Ok((value, unknown))
}
