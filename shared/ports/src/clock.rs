//! Time and chance.

use jiff::Timestamp;

/// Reads the time.
pub trait Clock: Send + Sync {
    /// Now, in UTC.
    fn now(&self) -> Timestamp;
}

/// Gives random bits that cannot be guessed.
pub trait Entropy: Send + Sync {
    /// 80 random bits: the random part of an order id.
    fn bits(&self) -> [u8; 10];
}
