//! Whether a person can be reached: e-mail addresses and phone numbers, judged against packed tables alone.

pub mod email;
pub mod phone;
