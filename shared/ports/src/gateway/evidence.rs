//! What a gateway tells of a card payment beside where it stands: the evidence that the checks of a payment judge.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

use oms_domain::OrderId;

/// Evidence of a payment by card, as the gateway gave it when it reserved the money. Card numbers never reach us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardEvidence {
    /// ISO 3166-1 alpha-2 of the bank that issued the card, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Until when the card is good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Expiry>,
    /// Street of the billing address against the issuer's records (AVS).
    #[serde(default)]
    pub street: Compared,
    /// Postcode of the billing address against the issuer's records (AVS).
    #[serde(default)]
    pub postcode: Compared,
    /// The card's security code against the issuer's.
    #[serde(default)]
    pub cvc: Compared,
    /// 3-D Secure; `None` where it was not tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authentication: Option<Authentication>,
    /// Minor units reserved when the gateway made the payment.
    pub amount: i64,
    /// ISO 4217 code in capitals, of that amount.
    pub currency: String,
    /// The order that the gateway keeps with the charge; `None` where it keeps none that is ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_reference: Option<OrderId>,
}

/// The last month in which a card is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expiry {
    /// Four digits.
    pub year: i16,
    /// 1 to 12.
    pub month: i8,
}

/// Hours by which the last place on earth is behind UTC: a day ends there last.
const LAST_ZONE_HOURS: i64 = 12;

impl Expiry {
    /// The first moment at which the month is over everywhere on earth; `None` where there is no such month.
    pub fn ends(self) -> Option<Timestamp> {
        let first = Date::new(self.year, self.month, 1).ok()?;
        let next = first.last_of_month().tomorrow().ok()?;
        let midnight = next.to_zoned(TimeZone::UTC).ok()?.timestamp();
        midnight.checked_add(SignedDuration::from_hours(LAST_ZONE_HOURS)).ok()
    }
}

/// What came of comparing something with the issuer's records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compared {
    /// It is the same.
    Match,
    /// It is another.
    Mismatch,
    /// The issuer does not compare it.
    Unsupported,
    /// It was not compared: nothing was given, or nobody asked.
    #[default]
    NotDone,
}

/// What came of 3-D Secure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authentication {
    /// How far it came.
    pub result: AuthenticationResult,
    /// Whether the issuer bears the loss of a fraud.
    pub liability_shifted: bool,
    /// The exemption from strong authentication that the issuer granted, by the gateway's name: `low_risk`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exemption: Option<String>,
}

/// How far 3-D Secure came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthenticationResult {
    /// The payer proved who they are.
    Authenticated,
    /// The issuer could not do it, and acknowledged the attempt.
    Attempted,
    /// The issuer let the payment pass without, under an exemption.
    Exempted,
    /// It failed, or is not supported.
    Failed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_good_until_its_month_is_over_everywhere() {
        for (year, month, end) in [
            (2026, 11, Some("2026-12-01T12:00:00Z")),
            (2026, 12, Some("2027-01-01T12:00:00Z")),
            (2028, 2, Some("2028-03-01T12:00:00Z")),
            (2026, 13, None),
            (2026, 0, None),
        ] {
            let expected = end.map(|end| end.parse::<Timestamp>().unwrap());
            assert_eq!(Expiry { year, month }.ends(), expected, "{month}/{year}");
        }
    }
}
