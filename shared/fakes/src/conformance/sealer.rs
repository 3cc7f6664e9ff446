//! Sealing.

use std::sync::Arc;

use oms_contract::reference::account::Profile;
use oms_domain::document::Sealed;
use oms_ports::error::PortError;
use oms_ports::sealer::Sealer;

use crate::build::customer;
use crate::build::document::some_personal;

/// Runs the whole suite.
pub async fn all<S: Sealer>(factory: impl AsyncFn() -> Arc<S>) {
    what_is_sealed_opens(&*factory().await).await;
    profiles_are_sealed_as_orders_are(&*factory().await).await;
    no_plaintext_shows(&*factory().await).await;
    only_the_owners_key_opens(&*factory().await).await;
}

async fn what_is_sealed_opens(sealer: &impl Sealer) {
    for id in ["cus-1", "cus-2", "cus-1"] {
        let owner = customer(id);
        let sealed = sealer.seal(&owner, &some_personal()).await.unwrap();
        let opened = sealer.open(&owner, &sealed).await.unwrap();
        assert_eq!(opened, Some(some_personal()));
    }
}

async fn profiles_are_sealed_as_orders_are(sealer: &impl Sealer) {
    let owner = customer("cus-1");
    let profile = Profile { verified_emails: vec!["anna@customers.example".to_owned()], ..Profile::default() };
    let sealed = sealer.seal_profile(&owner, &profile).await.unwrap();
    assert!(!sealed.0.contains("anna"));
    assert_eq!(sealer.open_profile(&owner, &sealed).await.unwrap(), Some(profile));
}

async fn no_plaintext_shows(sealer: &impl Sealer) {
    let sealed = sealer.seal(&customer("cus-1"), &some_personal()).await;
    let Sealed(text) = sealed.unwrap();
    for word in ["Anna", "Berlin", "10115", "example"] {
        assert!(!text.contains(word));
    }
}

async fn only_the_owners_key_opens(sealer: &impl Sealer) {
    let (owner, other) = (customer("cus-1"), customer("cus-2"));
    let sealed = sealer.seal(&owner, &some_personal()).await.unwrap();
    sealer.seal(&other, &some_personal()).await.unwrap();
    let opened = sealer.open(&other, &sealed).await;
    assert!(matches!(opened, Err(PortError::Corrupt { .. })), "{opened:?}");
    let broken = sealer.open(&owner, &Sealed("bm9uc2Vuc2U=".to_owned())).await;
    assert!(matches!(broken, Err(PortError::Corrupt { .. })), "{broken:?}");
}
