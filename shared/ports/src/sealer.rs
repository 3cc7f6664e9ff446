//! Sealing personal data under a key of the customer's own: destroying the key erases the data wherever it lies.

use async_trait::async_trait;
use serde::Serialize;
use serde::de::DeserializeOwned;

use oms_contract::reference::account::Profile;
use oms_domain::CustomerId;
use oms_domain::address::Personal;
use oms_domain::document::Sealed;

use crate::error::{Party, PortError};

/// Seals and opens. Adapters bring the two that move bytes.
#[async_trait]
pub trait Sealer: Send + Sync {
    /// Encrypts anything that tells of the customer, under the customer's key, which is made at first use.
    async fn seal_bytes(&self, customer: &CustomerId, plain: &[u8]) -> Result<Sealed, PortError>;

    /// Decrypts; `None` where the key was destroyed.
    async fn open_bytes(&self, customer: &CustomerId, sealed: &Sealed) -> Result<Option<Vec<u8>>, PortError>;

    /// Encrypts the personal data of an order.
    async fn seal(&self, customer: &CustomerId, personal: &Personal) -> Result<Sealed, PortError> {
        self.seal_bytes(customer, &written(personal)?).await
    }

    /// Decrypts the personal data of an order; `None` where the key was destroyed.
    async fn open(&self, customer: &CustomerId, sealed: &Sealed) -> Result<Option<Personal>, PortError> {
        self.open_bytes(customer, sealed).await?.as_deref().map(read).transpose()
    }

    /// Encrypts the personal part of an account.
    async fn seal_profile(&self, customer: &CustomerId, profile: &Profile) -> Result<Sealed, PortError> {
        self.seal_bytes(customer, &written(profile)?).await
    }

    /// Decrypts the personal part of an account; `None` where the key was destroyed.
    async fn open_profile(&self, customer: &CustomerId, sealed: &Sealed) -> Result<Option<Profile>, PortError> {
        self.open_bytes(customer, sealed).await?.as_deref().map(read).transpose()
    }
}

fn written(plain: &impl Serialize) -> Result<Vec<u8>, PortError> {
    serde_json::to_vec(plain).map_err(|_| PortError::corrupt(Party::Secrets, "sealed data cannot be serialised"))
}

fn read<T: DeserializeOwned>(plain: &[u8]) -> Result<T, PortError> {
    serde_json::from_slice(plain).map_err(|_| PortError::corrupt(Party::Secrets, "sealed data does not parse"))
}
