//! Canonical tracking events.
