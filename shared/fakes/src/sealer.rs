//! Sealing that is reversible without keys, yet shows no plaintext.

use std::collections::HashSet;
use std::sync::Mutex;

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Serialize;

use oms_domain::CustomerId;
use oms_domain::document::Sealed;
use oms_ports::error::{Party, PortError};
use oms_ports::sealer::Sealer;

use crate::faults::Faults;
use crate::lock;

/// Operations: `seal`, `open`.
#[derive(Default)]
pub struct MemorySealer {
    /// Planned faults.
    pub faults: Faults,
    destroyed: Mutex<HashSet<CustomerId>>,
}

impl MemorySealer {
    /// Destroys the customer's key for good, and with it everything sealed under it.
    pub fn destroy(&self, customer: &CustomerId) {
        lock(&self.destroyed).insert(customer.clone());
    }
}

/// Seals personal data or a profile without a sealer at hand; every [`MemorySealer`] opens it.
pub fn sealed(customer: &CustomerId, plain: &impl Serialize) -> Sealed {
    sealed_bytes(customer, &serde_json::to_vec(plain).expect("plain data"))
}

fn sealed_bytes(customer: &CustomerId, plain: &[u8]) -> Sealed {
    let text = serde_json::to_string(&(customer, STANDARD.encode(plain))).expect("plain data");
    Sealed(STANDARD.encode(veil(text.as_bytes())))
}

fn veil(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|byte| byte ^ 0x5a).collect()
}

#[async_trait]
impl Sealer for MemorySealer {
    async fn seal_bytes(&self, customer: &CustomerId, plain: &[u8]) -> Result<Sealed, PortError> {
        self.faults.around("seal", Party::Secrets, || Ok(sealed_bytes(customer, plain)))
    }

    async fn open_bytes(&self, customer: &CustomerId, sealed: &Sealed) -> Result<Option<Vec<u8>>, PortError> {
        self.faults.around("open", Party::Secrets, || {
            if lock(&self.destroyed).contains(customer) {
                return Ok(None);
            }
            let corrupt = |cause: &str| PortError::corrupt(Party::Secrets, cause);
            let bytes = STANDARD.decode(&sealed.0).map_err(|_| corrupt("not base64"))?;
            let (owner, plain): (CustomerId, String) =
                serde_json::from_slice(&veil(&bytes)).map_err(|_| corrupt("not sealed by this sealer"))?;
            if owner != *customer {
                return Err(corrupt("sealed for another customer"));
            }
            STANDARD.decode(plain).map(Some).map_err(|_| corrupt("not base64"))
        })
    }
}
