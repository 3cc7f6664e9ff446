//! What is on record of a customer beyond the account itself.

use jiff::Timestamp;
use jiff::civil::Date;
use oms_domain::Currency;
use oms_domain::document::Sealed;
use serde::{Deserialize, Serialize};

/// Consent to a version of the terms of data processing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Version of the terms.
    pub version: String,
    /// When it was given.
    pub given_at: Timestamp,
    /// When it was taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn_at: Option<Timestamp>,
}

/// Credit for purchases on invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditLine {
    /// Most that may be open, minor units.
    pub limit: i64,
    /// What the customer has ever paid of invoices, less what was paid back, minor units. What its orders on invoice come to, less this, is its open balance.
    #[serde(default, skip_serializing_if = "super::is_default")]
    pub paid: i64,
    /// Of the limit.
    pub currency: Currency,
}

/// Points that were earned together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointLot {
    /// How many were earned.
    pub points: u32,
    /// Last day on which they may be redeemed; they do not expire where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_day: Option<Date>,
}

/// A number under which an importer is known to customs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImporterNumber {
    /// `EORI`, `IOSS`.
    pub kind: String,
    /// The number.
    pub number: String,
}

/// A customer as an importer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Importer {
    /// Buys as a business.
    pub business: bool,
    /// Under which numbers customs know it.
    pub numbers: Vec<ImporterNumber>,
}

/// What is personal in an account, sealed under the customer's own key.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Profile {
    /// Proved by an identity check.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified_birth_date: Option<Date>,
    /// E-mail addresses that answered a verification.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub verified_emails: Vec<String>,
    /// Phone numbers that answered a verification, E.164.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub verified_phones: Vec<String>,
}

impl std::fmt::Debug for Profile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Profile(redacted)")
    }
}

/// Everything on record. Nothing is: no consent, no credit, no points.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountRecord {
    /// Consents, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub consents: Vec<Consent>,
    /// Days on which a payment of this customer was charged back.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub chargebacks: Vec<Date>,
    /// May buy on invoice up to this; not at all where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credit: Option<CreditLine>,
    /// Points earned.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub points: Vec<PointLot>,
    /// Buys as a business, not for private use: customs ask more of it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub business: bool,
    /// As an importer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub importer: Vec<ImporterNumber>,
    /// [`Profile`] under the customer's key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<Sealed>,
}

/// Who and what may not be dealt with unseen: one item of the marketplace.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Watchlists {
    /// Customer ids.
    pub customers: Vec<String>,
    /// E-mail addresses, in small letters.
    pub emails: Vec<String>,
    /// Phone numbers, E.164.
    pub phones: Vec<String>,
    /// Device fingerprints.
    pub devices: Vec<String>,
    /// Names of sanctioned people and firms, compared loosely.
    pub names: Vec<String>,
    /// Addresses that were used for fraud: `country|postcode|street and number`, compared after normalising.
    pub addresses: Vec<String>,
}

impl std::fmt::Debug for Watchlists {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Watchlists({} names, {} addresses)", self.names.len(), self.addresses.len())
    }
}
