//! Configuration from the environment, read once, in INIT. Everything missing is named at once.

use jiff::SignedDuration;

/// Collects variables, and what is wrong with them.
#[derive(Debug, Default)]
pub struct Env {
    wrong: Vec<String>,
}

/// What is wrong with the environment.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("; "))]
pub struct ConfigError(Vec<String>);

impl Env {
    /// Starts reading.
    pub fn new() -> Self {
        Self::default()
    }

    /// A variable that must be set to something. Returns an empty text where it is not; [`Env::check`] then fails.
    pub fn text(&mut self, name: &str) -> String {
        #[expect(clippy::disallowed_methods, reason = "this is the place")]
        let value = std::env::var(name);
        self.take(name, value.ok())
    }

    /// A variable that must be set to a number of seconds, whole and not negative.
    pub fn seconds(&mut self, name: &str) -> SignedDuration {
        let text = self.text(name);
        self.parsed(name, &text)
    }

    fn parsed(&mut self, name: &str, text: &str) -> SignedDuration {
        let seconds = text.parse::<u32>();
        // A variable that is missing is named already.
        if seconds.is_err() && !text.is_empty() {
            self.wrong.push(format!("{name} is no number of seconds"));
        }
        SignedDuration::from_secs(seconds.unwrap_or_default().into())
    }

    fn take(&mut self, name: &str, value: Option<String>) -> String {
        let value = value.filter(|value| !value.is_empty());
        if value.is_none() {
            self.wrong.push(format!("{name} is missing"));
        }
        value.unwrap_or_default()
    }

    /// Fails if anything was missing.
    pub fn check(self) -> Result<(), ConfigError> {
        if self.wrong.is_empty() { Ok(()) } else { Err(ConfigError(self.wrong)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_everything_that_is_missing() {
        let mut env = Env::new();
        assert_eq!(env.take("A", Some("x".into())), "x");
        env.take("B", None);
        env.take("C", Some(String::new()));
        assert_eq!(env.check().unwrap_err().to_string(), "B is missing; C is missing");
    }

    #[test]
    fn seconds_are_a_whole_number() {
        for (text, seconds) in [("0", Some(0)), ("60", Some(60)), ("", Some(0)), ("-1", None), ("1.5", None), ("1m", None)] {
            let mut env = Env::new();
            let parsed = env.parsed("S", text);
            assert_eq!(env.check().ok().map(|()| parsed.as_secs()), seconds, "{text}");
        }
    }
}
