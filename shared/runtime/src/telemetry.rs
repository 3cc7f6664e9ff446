//! Logs: one JSON object a line, level from `RUST_LOG` (`info` where unset).

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::prelude::*;

/// Names the levels: `warn`, or by crate `info,oms_aws=debug`.
const LEVELS: &str = "RUST_LOG";

/// Sets logging up. To be called once, first thing in `main`.
pub fn init() {
    #[expect(clippy::disallowed_methods, reason = "needed before the configuration is read, to log what is wrong with it")]
    let levels = std::env::var(LEVELS).unwrap_or_default();
    // A second call keeps the first subscriber: nothing to do about it, nothing lost.
    let _ = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false)
        .without_time()
        .with_max_level(LevelFilter::TRACE)
        .with_writer(std::io::stderr)
        .finish()
        .with(filter(&levels))
        .try_init();
}

/// The levels that a text asks for; `info` for everything where it asks for nothing that can be read. By crate and level only: filters on
/// spans and fields would bring a regular expression engine into every function.
fn filter(levels: &str) -> Targets {
    levels.parse().ok().filter(|_| !levels.is_empty()).unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO))
}

/// An error with all its sources, outermost first: what a log line carries.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing::Level;

    #[test]
    fn levels_are_asked_for_by_crate_and_info_where_nothing_is_asked() {
        for (levels, target, level, wanted) in [
            ("", "pay", Level::INFO, true),
            ("", "pay", Level::DEBUG, false),
            ("info=loud", "pay", Level::INFO, true),
            ("warn", "pay", Level::INFO, false),
            ("info,oms_aws=debug", "oms_aws::orders", Level::DEBUG, true),
            ("info,oms_aws=debug", "pay", Level::DEBUG, false),
        ] {
            assert_eq!(filter(levels).would_enable(target, &level), wanted, "{levels:?} {target} {level}");
        }
    }
}
