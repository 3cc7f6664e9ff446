//! Identifiers. Each is parsed once, at the border; past it no raw string is left.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Why a text is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Empty, or longer than the limit.
    #[error("must be 1 to {max} characters, is {len}")]
    Length {
        /// The limit in characters.
        max: usize,
        /// What was given.
        len: usize,
    },
    /// A character outside letters, digits, `.`, `_`, `-`.
    #[error("may hold letters, digits, '.', '_' and '-', not {0:?}")]
    Character(char),
    /// Not a UUID.
    #[error("must be a UUID")]
    NotAUuid,
    /// Not `{order_id}-{n}`.
    #[error("must be an order id, a dash and a number from 1 to 255")]
    NotASubOrder,
}

const MAX_TEXT_ID: usize = 64;

fn check_text(text: &str) -> Result<(), IdError> {
    let len = text.chars().count();
    if len == 0 || len > MAX_TEXT_ID {
        return Err(IdError::Length { max: MAX_TEXT_ID, len });
    }
    match text.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))) {
        Some(c) => Err(IdError::Character(c)),
        None => Ok(()),
    }
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Parses the identifier: 1 to 64 letters, digits, `.`, `_`, `-`.
            pub fn parse(text: impl Into<String>) -> Result<Self, IdError> {
                let text = text.into();
                check_text(&text)?;
                Ok(Self(text))
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::parse(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::parse(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id!(
    /// Whose order it is.
    CustomerId
);
text_id!(
    /// A seller on the marketplace.
    VendorId
);
text_id!(
    /// A vendor's warehouse; unique within its vendor.
    WarehouseId
);
text_id!(
    /// Stock keeping unit: what is sold, whoever sells it.
    Sku
);

/// Crockford's base 32.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// An order: a UUID of version 7, so that ids sort by the time of capture and cannot be guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OrderId(Uuid);

impl OrderId {
    /// Makes an id from the instant of capture and 80 random bits.
    pub fn new(at: Timestamp, random: [u8; 10]) -> Self {
        let millis = u64::try_from(at.as_millisecond()).unwrap_or(0);
        Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }

    /// The smallest id that an order captured at `at` could have: a bound for range queries by time.
    pub fn floor(at: Timestamp) -> Self {
        Self::new(at, [0; 10])
    }

    /// The instant of capture, to the millisecond.
    pub fn created_at(&self) -> Timestamp {
        let millis = self.0.as_bytes()[..6].iter().fold(0_i64, |sum, byte| sum << 8 | i64::from(*byte));
        Timestamp::from_millisecond(millis).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// The whole id in 26 letters and digits (Crockford's base 32), for places where a UUID is too long.
    pub fn compact(&self) -> String {
        let bits = self.0.as_u128();
        (0..26).rev().map(|i| char::from(DIGITS[usize::try_from(bits >> (5 * i) & 31).unwrap_or(0)])).collect()
    }

    /// The number people read: `ORD-YYYY-MM-DD-XXXXXX`, the UTC day and 30 random bits of the id in Crockford's base 32.
    /// Numbers may have gaps.
    pub fn number(&self) -> String {
        let bytes = self.0.as_bytes();
        let day = self.created_at().to_zoned(jiff::tz::TimeZone::UTC).date();
        let tail = u32::from_be_bytes([bytes[12], bytes[13], bytes[14], bytes[15]]);
        let code: String = (0..6).rev().map(|i| char::from(DIGITS[(tail >> (5 * i) & 31) as usize])).collect();
        format!("ORD-{day}-{code}")
    }
}

impl FromStr for OrderId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        Uuid::try_parse(text).map(Self).map_err(|_| IdError::NotAUuid)
    }
}

impl TryFrom<String> for OrderId {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<OrderId> for String {
    fn from(id: OrderId) -> String {
        id.to_string()
    }
}

impl fmt::Display for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// One vendor's part of an order: `{order_id}-{n}`, `n` from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SubOrderId {
    /// The order it belongs to.
    pub order: OrderId,
    /// Its number within the order, from 1.
    pub part: u8,
}

impl FromStr for SubOrderId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let (order, part) = text.rsplit_once('-').ok_or(IdError::NotASubOrder)?;
        let part = part.parse().ok().filter(|n| *n > 0).ok_or(IdError::NotASubOrder)?;
        Ok(Self { order: order.parse()?, part })
    }
}

impl TryFrom<String> for SubOrderId {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<SubOrderId> for String {
    fn from(id: SubOrderId) -> String {
        id.to_string()
    }
}

impl fmt::Display for SubOrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.order, self.part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn order_ids_sort_by_time_and_name_their_day() {
        let early = OrderId::new(at("2028-02-29T23:59:59.999Z"), [255; 10]);
        let late = OrderId::new(at("2028-03-01T00:00:00Z"), [0; 10]);
        assert!(early < late);
        assert!(early.to_string() < late.to_string());
        assert_eq!(early.number(), "ORD-2028-02-29-ZZZZZZ");
        assert_eq!(late.number(), "ORD-2028-03-01-000000");
    }

    #[test]
    fn a_compact_id_holds_all_of_it() {
        let (one, other) = (OrderId::new(at("2026-11-23T09:00:00Z"), [0; 10]), OrderId::new(at("2026-11-23T09:00:00Z"), [255; 10]));
        assert_eq!(one.compact(), "01M83T4CM0E008000000000000");
        assert_eq!(other.compact(), "01M83T4CM0FZZVZZZZZZZZZZZZ");
        assert!(one.compact() < other.compact());
    }

    #[test]
    fn text_ids_refuse_what_would_break_a_key() {
        for (text, good) in [("ABC-123", true), ("", false), ("a#b", false), ("a b", false), ("ü", false), (&"x".repeat(65), false)] {
            assert_eq!(Sku::parse(text).is_ok(), good, "{text:?}");
        }
    }

    #[test]
    fn sub_order_ids_round_trip() {
        let id = SubOrderId { order: OrderId::new(at("2026-11-23T09:00:00Z"), [7; 10]), part: 3 };
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!("nonsense".parse::<SubOrderId>(), Err(IdError::NotASubOrder));
        assert_eq!(format!("{}-0", id.order).parse::<SubOrderId>(), Err(IdError::NotASubOrder));
    }
}
