//! The binary that is deployed, over TLS: what else the tests run speaks plain HTTP to the stack. `validate` stands for all, being linked in a way of its own
//! (`infra/link.rs`).

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

/// Longer than all attempts at a call take.
const PATIENCE: Duration = Duration::from_mins(1);

/// Reads a request's head and body; `None` where the other side goes away.
async fn request(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Some(text);
            }
        }
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return None;
        }
    }
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n{headers}\r\n{body}", body.len())
}

/// A store with TLS that refuses every call for good: its URL, its authority as PEM, and the requests that come.
async fn store() -> (String, String, UnboundedReceiver<String>) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    let trusted = authority.self_signed(&authority_key).unwrap().pem();
    let key = KeyPair::generate().unwrap();
    let issuer = Issuer::new(authority, authority_key);
    let signed = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(signed.der().to_vec())], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let (told, came) = unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(refuse(acceptor.clone(), stream, told.clone()));
        }
    });
    (url, trusted, came)
}

async fn refuse(acceptor: TlsAcceptor, stream: TcpStream, told: UnboundedSender<String>) {
    // Who does not trust us goes away in mid-handshake.
    let Ok(mut stream) = acceptor.accept(stream).await else { return };
    while let Some(text) = request(&mut stream).await {
        let said = r#"{"__type":"com.amazon.coral.validate#ValidationException","message":"no"}"#;
        let refusal = answer("400 Bad Request", "content-type: application/x-amz-json-1.0\r\n", said);
        // The test may have ended, and the function with it.
        let _ = told.send(text);
        if stream.write_all(refusal.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// Lambda's side of a function: one order to validate, and what the function answers. Every request has a connection of its own or not, as the function likes.
async fn lambda() -> (String, UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (told, came) = unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let told = told.clone();
            tokio::spawn(async move {
                while let Some(text) = request(&mut stream).await {
                    if !text.starts_with("GET ") {
                        let _ = told.send(text);
                        return;
                    }
                    let headers = "lambda-runtime-aws-request-id: 1\r\nlambda-runtime-deadline-ms: 99999999999999\r\n\
                        lambda-runtime-invoked-function-arn: arn:aws:lambda:eu-west-3:000000000000:function:validate\r\n";
                    let event = answer("200 OK", headers, r#"{"order_id":"0193f5a0-7c00-7000-8000-000000000001"}"#);
                    stream.write_all(event.as_bytes()).await.unwrap();
                }
            });
        }
    });
    (address, came)
}

/// The release build of `validate`, told of an order, where the system trusts this authority.
fn started(lambda: &str, store: &str, authority: &Path) -> Child {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut command = Command::new(root.join("target/release/validate"));
    command.env_clear().env("SSL_CERT_FILE", authority).envs([
        ("AWS_LAMBDA_RUNTIME_API", lambda),
        ("AWS_LAMBDA_FUNCTION_NAME", "validate"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "tls"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "tls"),
        ("AWS_ENDPOINT_URL", store),
        ("AWS_REGION", "eu-west-3"),
        ("AWS_ACCESS_KEY_ID", "AKIA"),
        ("AWS_SECRET_ACCESS_KEY", "key"),
        ("OMS_ORDERS_TABLE", "orders"),
        ("OMS_INVENTORY_TABLE", "inventory"),
        ("OMS_REFERENCE_TABLE", "reference"),
        ("OMS_REFERENCE_SECONDS", "60"),
        ("OMS_SEALING_SECRET_ARN", "arn:aws:secretsmanager:eu-west-3:000000000000:secret:sealing"),
    ]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployed_function_calls_the_store_over_tls_and_only_one_that_the_system_vouches_for() {
    let (url, authority, mut calls) = store().await;
    let (_, stranger, _) = store().await;
    for (authority, trusts) in [(authority, true), (stranger, false)] {
        let file = std::env::temp_dir().join(format!("oms-e2e-tls-{}-{trusts}.pem", std::process::id()));
        fs::write(&file, authority).unwrap();
        let (address, mut answers) = lambda().await;
        let mut function = started(&address, &url, &file);
        let answered = timeout(PATIENCE, answers.recv()).await;
        function.kill().and_then(|()| function.wait()).unwrap();
        fs::remove_file(&file).unwrap();
        let answered = answered.expect("the function answers in time").unwrap();
        assert!(answered.contains("/error"), "{answered}");
        let called = calls.try_recv();
        if trusts {
            let called = called.unwrap().to_lowercase();
            assert!(called.contains("x-amz-target: dynamodb_20120810.") && called.contains("authorization: aws4-hmac-sha256"), "{called}");
            while calls.try_recv().is_ok() {}
        } else {
            assert!(called.is_err(), "a stranger was told {called:?}");
        }
    }
}
