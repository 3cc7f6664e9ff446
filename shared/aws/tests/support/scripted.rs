//! A service that gives scripted answers, one a request, the last one for ever; and remembers what it was asked.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use oms_aws::Clients;

/// What was asked: the head of the request in lower case, and its body.
pub type Asked = Arc<Mutex<Vec<(String, String)>>>;

/// Clients of a service that gives these answers (HTTP status and body).
pub async fn answering(answers: Vec<(u16, &'static str)>) -> (Clients, Asked) {
    scripted(move |turn, _| {
        let (status, body) = answers[turn.min(answers.len() - 1)];
        (status, body.to_owned())
    })
    .await
}

/// Clients of a service that answers by turn and by the body of the request.
pub async fn scripted(answer: impl Fn(usize, &str) -> (u16, String) + Send + 'static) -> (Clients, Asked) {
    let (url, asked) = listening(answer).await;
    (super::clients_at(url).await, asked)
}

/// The URL of a service that answers by turn and by the body of the request.
pub async fn listening(answer: impl Fn(usize, &str) -> (u16, String) + Send + 'static) -> (String, Asked) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Asked::default();
    let log = Arc::clone(&asked);
    tokio::spawn(async move {
        for turn in 0.. {
            let (mut stream, _) = listener.accept().await.unwrap();
            let (head, body) = request(&mut stream).await;
            let (status, text) = answer(turn, &body);
            log.lock().unwrap().push((head, body));
            respond(&mut stream, status, &text).await;
        }
    });
    (url, asked)
}

async fn request(stream: &mut TcpStream) -> (String, String) {
    let mut bytes = Vec::new();
    let (head, length, start) = loop {
        stream.read_buf(&mut bytes).await.unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some(end) = text.find("\r\n\r\n") {
            let head = text[..end].to_lowercase();
            let length: usize =
                head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |length| length.parse().unwrap());
            break (head, length, end + 4);
        }
    };
    while bytes.len() < start + length {
        stream.read_buf(&mut bytes).await.unwrap();
    }
    (head, String::from_utf8_lossy(&bytes[start..start + length]).into_owned())
}

async fn respond(stream: &mut TcpStream, status: u16, body: &str) {
    let length = body.len();
    let head = format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n");
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
}
