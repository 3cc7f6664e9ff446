//! Sealing personal data under a key of the customer's own: destroying the key erases the data wherever it lies.

use async_trait::async_trait;

use oms_domain::CustomerId;
use oms_domain::address::Personal;
use oms_domain::document::Sealed;

use crate::error::PortError;

/// Seals and opens.
#[async_trait]
pub trait Sealer: Send + Sync {
    /// Encrypts under the customer's key, which is made at first use.
    async fn seal(&self, customer: &CustomerId, personal: &Personal) -> Result<Sealed, PortError>;

    /// The same with anything that names the customer: a label.
    async fn seal_bytes(&self, customer: &CustomerId, plain: &[u8]) -> Result<Sealed, PortError>;

    /// The same again: `None` where the key was destroyed.
    async fn open_bytes(&self, customer: &CustomerId, sealed: &Sealed) -> Result<Option<Vec<u8>>, PortError>;

    /// Decrypts; `None` where the key was destroyed.
    async fn open(&self, customer: &CustomerId, sealed: &Sealed) -> Result<Option<Personal>, PortError>;
}
