//! track-poll
