//! Customers' keys: made once, gone when destroyed.

#![allow(clippy::unwrap_used, reason = "what helpers of a test do not expect fails the test")]

mod support;

use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::join_all;
use oms_aws::{Clients, schema};
use oms_fakes::{customer, some_personal};
use oms_ports::PortError;
use oms_ports::sealer::Sealer as _;

use support::scripted::scripted;
use support::tables;

const MASTER: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const OTHER_MASTER: &str = "//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA=";

fn sealer(clients: &Clients, master: &str) -> std::sync::Arc<oms_aws::CustomerKeys> {
    clients.sealer_under(master.to_owned().into(), schema::REFERENCE.name)
}

async fn destroy(clients: &Clients, id: &str) {
    let delete = clients.dynamodb().delete_item().table_name(schema::REFERENCE.name);
    let delete = delete.key("pk", AttributeValue::S(format!("KEY#{id}"))).key("sk", AttributeValue::S("A".to_owned()));
    delete.send().await.unwrap();
}

/// Twenty functions seal for a new customer at once: whichever key wins, every text opens.
#[tokio::test(flavor = "multi_thread")]
async fn one_key_a_customer_however_many_make_it() {
    let clients = tables().await;
    let owner = customer("cus-1");
    let seals = join_all((0..20).map(|_| {
        let (sealer, owner) = (sealer(&clients, MASTER), owner.clone());
        tokio::spawn(async move { sealer.seal(&owner, &some_personal()).await.unwrap() })
    }))
    .await;
    let cold = sealer(&clients, MASTER);
    for sealed in seals {
        assert_eq!(cold.open(&owner, &sealed.unwrap()).await.unwrap(), Some(some_personal()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destroyed_key_opens_nothing_though_the_customer_comes_back() {
    let clients = tables().await;
    let owner = customer("cus-1");
    let before = sealer(&clients, MASTER).seal(&owner, &some_personal()).await.unwrap();
    destroy(&clients, "cus-1").await;
    let cold = sealer(&clients, MASTER);
    assert_eq!(cold.open(&owner, &before).await.unwrap(), None);
    let after = cold.seal(&owner, &some_personal()).await.unwrap();
    assert_eq!(cold.open(&owner, &before).await.unwrap(), None);
    assert_eq!(cold.open(&owner, &after).await.unwrap(), Some(some_personal()));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_master_key_opens_nothing() {
    let clients = tables().await;
    let owner = customer("cus-1");
    let sealed = sealer(&clients, MASTER).seal(&owner, &some_personal()).await.unwrap();
    for wrong in [OTHER_MASTER, "AAEC", "no base64"] {
        let opened = sealer(&clients, wrong).open(&owner, &sealed).await;
        assert!(matches!(opened, Err(PortError::Corrupt { .. })), "{wrong}: {opened:?}");
    }
}

/// The master key comes out of the secret at first use, and is asked for once.
#[tokio::test(flavor = "multi_thread")]
async fn the_secret_is_read_once() {
    let (clients, asked) = scripted(|_, body| {
        let secret = serde_json::json!({"SecretString": format!(r#"{{"master_key":"{MASTER}"}}"#)});
        (200, if body.contains("SecretId") { secret.to_string() } else { "{}".to_owned() })
    })
    .await;
    let sealer = clients.sealer("arn:secret", "t");
    assert!(asked.lock().unwrap().is_empty());
    for id in ["cus-1", "cus-2"] {
        sealer.seal(&customer(id), &some_personal()).await.unwrap();
    }
    let secrets = asked.lock().unwrap().iter().filter(|(_, body)| body.contains("arn:secret")).count();
    assert_eq!(secrets, 1);
}
