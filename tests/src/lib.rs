//! Tests that no single crate can hold: the layout of the workspace, and orders end to end.
