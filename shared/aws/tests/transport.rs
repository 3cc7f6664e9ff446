//! The way to the services: connections are kept, lost ones are made anew, and nobody is trusted whom the system does not trust.

#![allow(clippy::unwrap_used, reason = "what helpers of a test do not expect fails the test")]

mod support;

use std::fs;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use oms_aws::Clients;
use oms_ports::PortError;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use secrecy::ExposeSecret as _;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use support::clients_at;

/// Answers requests on a connection until the client closes it, or until so many were answered: the next one is read and then cut off.
async fn answer(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), requests: usize) {
    for answered in 0.. {
        let mut bytes = Vec::new();
        while !whole(&bytes) {
            if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
                return;
            }
        }
        if answered == requests {
            return;
        }
        let body = r#"{"ARN":"arn:s","Name":"s","SecretString":"s3cret"}"#;
        let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.1\r\ncontent-length: {}\r\n\r\n", body.len());
        stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
        stream.flush().await.unwrap();
    }
}

/// Whether head and body of a request are there.
fn whole(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.map_or(0, |length| length.parse().unwrap())
}

/// A service that cuts each connection off after so many answers; its URL, and how many connections there were.
async fn service(requests: usize) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            counted.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move { answer(&mut stream, requests).await });
        }
    });
    (url, connections)
}

#[tokio::test]
async fn a_connection_serves_all_calls_one_after_the_other() {
    let (url, connections) = service(usize::MAX).await;
    let clients = clients_at(url).await;
    for _ in 0..5 {
        assert_eq!(clients.secret("arn:s").await.unwrap().expose_secret(), "s3cret");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn calls_side_by_side_have_a_connection_each() {
    let (url, connections) = service(usize::MAX).await;
    let clients = clients_at(url).await;
    let (one, two) = tokio::join!(clients.secret("arn:s"), clients.secret("arn:s"));
    assert!(one.is_ok() && two.is_ok());
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_call_whose_connection_is_cut_off_is_made_again_on_another() {
    let (url, connections) = service(1).await;
    let clients = clients_at(url).await;
    for _ in 0..3 {
        assert_eq!(clients.secret("arn:s").await.unwrap().expose_secret(), "s3cret");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_service_that_never_answers_or_is_not_there_is_unavailable() {
    let (cut, connections) = service(0).await;
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    for url in [cut, nobody] {
        let error = clients_at(url).await.secret("arn:s").await.unwrap_err();
        assert!(matches!(error, PortError::Unavailable { .. }), "{error:?}");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 3, "all attempts were made");
}

/// The other half of the test below: whom the system trusts is asked of the environment, which a test may not change.
#[tokio::test]
#[ignore = "run by another test, in an environment of its own"]
async fn in_its_own_environment_a_secret_is_read() {
    assert_eq!(Clients::load().await.secret("arn:s").await.unwrap().expose_secret(), "s3cret");
}

/// A service with TLS whose certificate an authority has signed: its URL, and the authority's certificate as PEM.
async fn service_with_tls(name: &str) -> (String, String) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    let trusted = authority.self_signed(&authority_key).unwrap().pem();
    let key = KeyPair::generate().unwrap();
    let signed = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &Issuer::new(authority, authority_key)).unwrap();
    let chain = vec![CertificateDer::from(signed.der().to_vec())];
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, PrivateKeyDer::try_from(key.serialize_der()).unwrap())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // a client that does not trust us goes away in mid-handshake
                if let Ok(mut stream) = acceptor.accept(stream).await {
                    answer(&mut stream, usize::MAX).await;
                }
            });
        }
    });
    (url, trusted)
}

/// What a function makes of this service where the system trusts this authority.
fn asked_trusting(url: &str, authority: &str) -> Output {
    let file = std::env::temp_dir().join(format!("oms-trusted-{}-{}.pem", std::process::id(), url.rsplit(':').next().unwrap()));
    fs::write(&file, authority).unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "in_its_own_environment_a_secret_is_read", "--ignored"]).env_clear().env("SSL_CERT_FILE", &file);
    child.envs([("AWS_ENDPOINT_URL", url), ("AWS_REGION", "eu-west-3"), ("AWS_ACCESS_KEY_ID", "AKIA"), ("AWS_SECRET_ACCESS_KEY", "key")]);
    let output = child.output().unwrap();
    fs::remove_file(&file).unwrap();
    output
}

#[tokio::test(flavor = "multi_thread")]
async fn over_tls_the_services_certificate_must_be_of_an_authority_that_the_system_trusts_and_bear_its_name() {
    let (right, authority) = service_with_tls("localhost").await;
    let (misnamed, authority_of_misnamed) = service_with_tls("elsewhere.example").await;
    for (url, trusted, good) in
        [(&right, &authority, true), (&right, &authority_of_misnamed, false), (&misnamed, &authority_of_misnamed, false)]
    {
        let output = asked_trusting(url, trusted);
        assert_eq!(output.status.success(), good, "{}", String::from_utf8_lossy(&output.stdout));
    }
}
