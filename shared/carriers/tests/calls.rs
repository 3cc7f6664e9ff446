//! DHL's API on the wire.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread::JoinHandle;

use oms_carriers::{Access, SetupError, carrier};
use oms_ports::PortError;
use oms_ports::carrier::Tracking;

const PARCEL: &str = include_str!("../../../events/carrier/dhl/parcel-delivered.json");
const NOT_FOUND: &str = include_str!("../../../events/carrier/dhl/not-found.json");
const NUMBER: &str = "00340434161094042557";

fn connected(base_url: String) -> Arc<dyn Tracking> {
    let access = Access {
        http: oms_carriers::client().unwrap(),
        base_url,
        client_id: String::new(),
        api_key: "a-key".to_owned().into(),
        account: String::new(),
    };
    (carrier("dhl").unwrap().connect)(access).unwrap()
}

/// A server that answers one request, and then tells what it was asked.
fn answering(status: &'static str, body: &'static str) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let asked = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        let mut chunk = [0; 1024];
        while !request.ends_with(b"\r\n\r\n") {
            let read = stream.read(&mut chunk).unwrap();
            request.extend_from_slice(&chunk[..read]);
        }
        let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nlocation: http://127.0.0.1:1/\r\n\r\n", body.len());
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body.as_bytes()).unwrap();
        String::from_utf8(request).unwrap()
    });
    (url, asked)
}

#[tokio::test]
async fn asks_as_dhl_documents() {
    let (url, asked) = answering("200 OK", PARCEL);
    let events = connected(url).track(NUMBER).await.unwrap();
    assert_eq!(events.len(), 6);
    let asked = asked.join().unwrap().to_lowercase();
    let first = format!("get /track/shipments?trackingnumber={NUMBER}&language=en http/1.1");
    assert!(asked.starts_with(&first), "{asked}");
    assert!(asked.contains("dhl-api-key: a-key"), "{asked}");
}

#[tokio::test]
async fn a_number_cannot_break_out_of_its_parameter() {
    let (url, asked) = answering("404 Not Found", NOT_FOUND);
    connected(url).track("1&service=x#/ü").await.unwrap();
    let asked = asked.join().unwrap();
    assert!(asked.contains("?trackingNumber=1%26service%3Dx%23%2F%C3%BC&language=en "), "{asked}");
}

#[tokio::test]
async fn each_answer_has_its_meaning() {
    let told = |answer: Result<Vec<_>, PortError>| match answer {
        Ok(events) => format!("{} events", events.len()),
        Err(PortError::Throttled(_)) => "throttled".to_owned(),
        Err(PortError::Unavailable { .. }) => "unavailable".to_owned(),
        Err(PortError::Corrupt { .. }) => "corrupt".to_owned(),
        Err(PortError::Refused { .. }) => "refused".to_owned(),
        Err(PortError::Conflict) => "conflict".to_owned(),
    };
    for (status, body, meaning) in [
        ("200 OK", PARCEL, "6 events"),
        ("200 OK", "{\"shipments\":[]}", "0 events"),
        ("404 Not Found", NOT_FOUND, "0 events"),
        ("429 Too Many Requests", "", "throttled"),
        ("500 Internal Server Error", "", "unavailable"),
        ("503 Service Unavailable", "", "unavailable"),
        ("401 Unauthorized", "", "refused"),
        ("307 Temporary Redirect", "", "corrupt"),
        ("200 OK", "<html>", "corrupt"),
    ] {
        let (url, asked) = answering(status, body);
        let answer = connected(url).track(NUMBER).await;
        assert_eq!(told(answer), meaning, "{status}");
        asked.join().unwrap();
    }
}

#[tokio::test]
async fn an_answer_that_ends_early_or_none_is_unavailable_and_names_no_number() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = connected(silent).track(NUMBER).await.unwrap_err();
    assert!(matches!(error, PortError::Unavailable { .. }), "{error}");
    assert!(!error.to_string().contains(NUMBER), "{error}");
}

#[test]
fn an_address_must_be_one() {
    for base_url in ["", "ftp://example.com", "no url"] {
        let access = Access {
            http: oms_carriers::client().unwrap(),
            base_url: base_url.to_owned(),
            client_id: String::new(),
            api_key: String::new().into(),
            account: String::new(),
        };
        assert!(matches!((carrier("dhl").unwrap().connect)(access), Err(SetupError::Address)));
    }
}
