//! Personal data under a key per customer. The key is wrapped under the master key and stored once; destroying it erases the data.
//!
//! Sealed text is base64 of: format (1 byte), mark of the customer (4), id of the key (8), nonce (12), ciphertext and tag. AES-256-GCM; the
//! customer's id and the key's are authenticated with it, so that no sealed text opens under another customer, whoever moves it there.
//! The mark tells that case from the innocent one: a customer who came back after the key of this text was destroyed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::digest::{SHA256, digest};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use oms_domain::CustomerId;
use oms_domain::address::Personal;
use oms_domain::document::Sealed;
use oms_ports::sealer::Sealer;
use oms_ports::{Party, PortError};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use tokio::sync::OnceCell;

use crate::chance;
use crate::clients::Clients;
use crate::error::store;
use crate::item::{Item, key};
use crate::keys;

/// The only format so far.
const FORMAT: u8 = 1;
const MARK_LEN: usize = 4;
const KEY_ID_LEN: usize = 8;
const KEY_LEN: usize = 32;

/// Item of a key: its id, and the key wrapped.
const KEY_ID: &str = "key_id";
const WRAPPED: &str = "wrapped";

/// Keys kept in memory, at most.
const CACHED: usize = 1000;
/// How long a key is kept in memory: so long after its destruction a warm function may still open with it.
const CACHED_FOR: Duration = Duration::from_mins(5);

type KeyId = [u8; KEY_ID_LEN];

/// A customer's key.
struct DataKey {
    id: KeyId,
    key: RandomizedNonceKey,
}

/// Where the master key is.
#[derive(Debug, Clone)]
pub(crate) enum MasterKey {
    /// In this secret: JSON `{"master_key": base64 of 32 bytes}`.
    InSecret(String),
    /// Here: base64 of 32 bytes.
    Given(SecretString),
}

/// Seals and opens; see the module.
pub struct CustomerKeys {
    clients: Clients,
    source: MasterKey,
    table: String,
    master: OnceCell<RandomizedNonceKey>,
    cache: Mutex<HashMap<CustomerId, (Instant, Arc<DataKey>)>>,
}

/// The secret's text.
#[derive(Deserialize)]
struct MasterSecret {
    master_key: String,
}

#[async_trait]
impl Sealer for CustomerKeys {
    async fn seal(&self, customer: &CustomerId, personal: &Personal) -> Result<Sealed, PortError> {
        let key = match self.known(customer, false).await? {
            Some(key) => key,
            None => self.made(customer).await?,
        };
        let plain = serde_json::to_vec(personal).map_err(|_| bad("cannot be serialised"))?;
        let mut sealed = vec![FORMAT];
        sealed.extend(mark(customer));
        sealed.extend(key.id);
        sealed.extend(encrypt(&key.key, &context(customer, key.id), plain)?);
        Ok(Sealed(STANDARD.encode(sealed)))
    }

    async fn open(&self, customer: &CustomerId, sealed: &Sealed) -> Result<Option<Personal>, PortError> {
        let Parts { owner, id, nonce_and_text } = parts(sealed)?;
        if owner != mark(customer) {
            return Err(bad("is another customer's"));
        }
        let mut known = self.known(customer, false).await?.filter(|key| key.id == id);
        if known.is_none() {
            // A replica may not know of a key that was made a moment ago, and what was destroyed must be known for certain.
            known = self.known(customer, true).await?.filter(|key| key.id == id);
        }
        let Some(key) = known else {
            return Ok(None);
        };
        let plain = decrypt(&key.key, &context(customer, id), &nonce_and_text)?;
        serde_json::from_slice(&plain).map(Some).map_err(|_| bad("does not parse"))
    }
}

impl CustomerKeys {
    pub(crate) fn new(clients: Clients, source: MasterKey, table: &str) -> Self {
        Self { clients, source, table: table.to_owned(), master: OnceCell::new(), cache: Mutex::default() }
    }

    /// The customer's key, if there is one: of this moment where `consistent`, else as a replica knows it, at half the price.
    async fn known(&self, customer: &CustomerId, consistent: bool) -> Result<Option<Arc<DataKey>>, PortError> {
        if let Some(key) = self.cached(customer) {
            return Ok(Some(key));
        }
        let found = self
            .clients
            .dynamodb()
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key(keys::data_key(customer), keys::ONLY)))
            .consistent_read(consistent)
            .send()
            .await
            .map_err(store)?
            .item;
        match found {
            Some(item) => self.unwrapped(customer, &item).await.map(Some),
            None => Ok(None),
        }
    }

    /// A new key for the customer, or the one that somebody else made at the same moment.
    async fn made(&self, customer: &CustomerId) -> Result<Arc<DataKey>, PortError> {
        let id: KeyId = chance::bytes()?;
        let bytes: [u8; KEY_LEN] = chance::bytes()?;
        let wrapped = encrypt(self.master().await?, &context(customer, id), bytes.to_vec())?;
        let mut item = key(keys::data_key(customer), keys::ONLY);
        item.insert(KEY_ID.to_owned(), binary(id.to_vec()));
        item.insert(WRAPPED.to_owned(), binary(wrapped));
        let put = self
            .clients
            .dynamodb()
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item.clone()))
            .condition_expression("attribute_not_exists(pk)")
            .send()
            .await;
        match put {
            Ok(_) => self.unwrapped(customer, &item).await,
            Err(error) if matches!(error.as_service_error(), Some(PutItemError::ConditionalCheckFailedException(_))) => {
                self.known(customer, true).await?.ok_or(PortError::Conflict)
            }
            Err(error) => Err(store(error)),
        }
    }

    async fn unwrapped(&self, customer: &CustomerId, item: &Item) -> Result<Arc<DataKey>, PortError> {
        let id: KeyId = bytes(item, KEY_ID)?.try_into().map_err(|_| bad("has a key without id"))?;
        let wrapped = bytes(item, WRAPPED)?;
        let plain = decrypt(self.master().await?, &context(customer, id), &wrapped)?;
        let key = Arc::new(DataKey { id, key: aes(&plain)? });
        self.remember(customer, &key);
        Ok(key)
    }

    /// The master key, read at first use: INIT does not wait for it, and a function that never opens anything never asks.
    async fn master(&self) -> Result<&RandomizedNonceKey, PortError> {
        self.master
            .get_or_try_init(|| async {
                let key = STANDARD.decode(self.master_text().await?.expose_secret());
                aes(&key.map_err(|_| bad("has a master key that is no base64"))?)
            })
            .await
    }

    async fn master_text(&self) -> Result<SecretString, PortError> {
        match &self.source {
            MasterKey::Given(text) => Ok(text.clone()),
            MasterKey::InSecret(arn) => {
                let secret = self.clients.secret(arn).await?;
                serde_json::from_str::<MasterSecret>(secret.expose_secret())
                    .map(|secret| secret.master_key.into())
                    .map_err(|_| bad("has no master_key in its secret"))
            }
        }
    }

    fn cached(&self, customer: &CustomerId) -> Option<Arc<DataKey>> {
        let cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        cache.get(customer).filter(|(since, _)| since.elapsed() < CACHED_FOR).map(|(_, key)| Arc::clone(key))
    }

    fn remember(&self, customer: &CustomerId, key: &Arc<DataKey>) {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if cache.len() >= CACHED {
            cache.clear();
        }
        cache.insert(customer.clone(), (Instant::now(), Arc::clone(key)));
    }
}

impl std::fmt::Debug for CustomerKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CustomerKeys(redacted)")
    }
}

/// What is authenticated with a text: whose it is and under which key.
fn context(customer: &CustomerId, id: KeyId) -> Vec<u8> {
    [customer.as_str().as_bytes(), b"#", &id].concat()
}

/// A sealed text, taken apart.
struct Parts {
    owner: [u8; MARK_LEN],
    id: KeyId,
    nonce_and_text: Vec<u8>,
}

fn parts(sealed: &Sealed) -> Result<Parts, PortError> {
    let bytes = STANDARD.decode(&sealed.0).map_err(|_| bad("is no base64"))?;
    let Some((&FORMAT, rest)) = bytes.split_first() else {
        return Err(bad("is of no known format"));
    };
    let cut = || bad("is cut short");
    let (owner, rest) = rest.split_first_chunk().ok_or_else(cut)?;
    let (id, rest) = rest.split_first_chunk().ok_or_else(cut)?;
    Ok(Parts { owner: *owner, id: *id, nonce_and_text: rest.to_vec() })
}

/// The first bytes of the digest of a customer's id.
fn mark(customer: &CustomerId) -> [u8; MARK_LEN] {
    let digest = digest(&SHA256, customer.as_str().as_bytes());
    let mut mark = [0; MARK_LEN];
    mark.iter_mut().zip(digest.as_ref()).for_each(|(to, from)| *to = *from);
    mark
}

fn encrypt(key: &RandomizedNonceKey, aad: &[u8], mut text: Vec<u8>) -> Result<Vec<u8>, PortError> {
    let nonce = key.seal_in_place_append_tag(Aad::from(aad), &mut text).map_err(|_| bad("cannot be encrypted"))?;
    Ok([nonce.as_ref(), &text[..]].concat())
}

fn decrypt(key: &RandomizedNonceKey, aad: &[u8], nonce_and_text: &[u8]) -> Result<Vec<u8>, PortError> {
    if nonce_and_text.len() < NONCE_LEN {
        return Err(bad("is cut short"));
    }
    let (nonce, text) = nonce_and_text.split_at(NONCE_LEN);
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| bad("has no nonce"))?;
    let mut text = text.to_vec();
    let plain = key.open_in_place(nonce, Aad::from(aad), &mut text).map_err(|_| bad("does not open under this key"))?;
    Ok(plain.to_vec())
}

fn aes(key: &[u8]) -> Result<RandomizedNonceKey, PortError> {
    RandomizedNonceKey::new(&AES_256_GCM, key).map_err(|_| bad("has a key of wrong length"))
}

fn binary(bytes: Vec<u8>) -> AttributeValue {
    AttributeValue::B(Blob::new(bytes))
}

fn bytes(item: &Item, name: &str) -> Result<Vec<u8>, PortError> {
    item.get(name).and_then(|value| value.as_b().ok()).map(|blob| blob.as_ref().to_vec()).ok_or_else(|| bad("has a key that is no bytes"))
}

fn bad(what: &str) -> PortError {
    PortError::corrupt(Party::Secrets, format!("sealed data {what}"))
}
