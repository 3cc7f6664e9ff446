//! Configuration from the environment, read once, in INIT. Everything missing is named at once.

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
}
