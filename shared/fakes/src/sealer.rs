//! Sealing that is reversible without keys, yet shows no plaintext.

use std::collections::HashSet;
use std::sync::Mutex;

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::STANDARD};

use oms_domain::CustomerId;
use oms_domain::address::Personal;
use oms_domain::document::Sealed;
use oms_ports::error::{Party, PortError};
use oms_ports::sealer::Sealer;

use crate::faults::Faults;
use crate::lock;

/// Operations: `seal`, `open`, `seal_bytes`, `open_bytes`.
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

/// Seals without a sealer at hand; every [`MemorySealer`] opens it.
pub fn sealed(customer: &CustomerId, personal: &Personal) -> Sealed {
    let text = serde_json::to_string(&(customer, personal)).expect("plain data");
    Sealed(STANDARD.encode(veil(text.as_bytes())))
}

fn veil(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|byte| byte ^ 0x5a).collect()
}

#[async_trait]
impl Sealer for MemorySealer {
    async fn seal(&self, customer: &CustomerId, personal: &Personal) -> Result<Sealed, PortError> {
        self.faults.around("seal", Party::Secrets, || Ok(sealed(customer, personal)))
    }

    async fn seal_bytes(&self, customer: &CustomerId, plain: &[u8]) -> Result<Sealed, PortError> {
        self.faults.around("seal_bytes", Party::Secrets, || {
            let text = serde_json::to_string(&(customer, STANDARD.encode(plain))).expect("plain data");
            Ok(Sealed(STANDARD.encode(veil(text.as_bytes()))))
        })
    }

    async fn open_bytes(&self, customer: &CustomerId, sealed: &Sealed) -> Result<Option<Vec<u8>>, PortError> {
        self.faults.around("open_bytes", Party::Secrets, || {
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

    async fn open(&self, customer: &CustomerId, sealed: &Sealed) -> Result<Option<Personal>, PortError> {
        self.faults.around("open", Party::Secrets, || {
            if lock(&self.destroyed).contains(customer) {
                return Ok(None);
            }
            let corrupt = |cause: &str| PortError::corrupt(Party::Secrets, cause);
            let bytes = STANDARD.decode(&sealed.0).map_err(|_| corrupt("not base64"))?;
            let (owner, personal): (CustomerId, Personal) =
                serde_json::from_slice(&veil(&bytes)).map_err(|_| corrupt("not sealed by this sealer"))?;
            if owner == *customer { Ok(Some(personal)) } else { Err(corrupt("sealed for another customer")) }
        })
    }
}
