//! The public Olist schema: its files as rows, and its rows as orders of ours, with what has to stand before these can be served.

pub mod files;
pub mod mapping;
pub mod world;

pub use files::{Files, FilesError};
