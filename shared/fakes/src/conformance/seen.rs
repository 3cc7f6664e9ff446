//! What was seen before.

use std::sync::Arc;

use jiff::SignedDuration;
use oms_ports::seen::Seen;

use crate::build::NOON;

/// Runs the whole suite.
pub async fn all<S: Seen>(factory: impl AsyncFn() -> Arc<S>) {
    let store = factory().await;
    let until = NOON + SignedDuration::from_hours(24);
    assert!(!store.seen("a", "1").await.unwrap());
    store.note("a", "1", until).await.unwrap();
    store.note("a", "1", until).await.unwrap();
    for (scope, id, seen) in [("a", "1", true), ("a", "2", false), ("b", "1", false)] {
        assert_eq!(store.seen(scope, id).await.unwrap(), seen, "{scope} {id}");
    }
}
