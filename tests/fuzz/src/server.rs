//! An HTTP server that answers every request with what it was told to: so that adapters read bytes of ours as they read them off the wire.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What is answered.
#[derive(Debug, Clone, Default)]
struct Told {
    status: u16,
    body: Vec<u8>,
}

/// The server. It ends with the program.
#[derive(Debug, Clone)]
pub struct Server {
    /// Where it is.
    pub url: String,
    told: Arc<Mutex<Told>>,
}

/// What every request for a token is answered with, whoever asks.
const TOKEN: &str =
    r#"{"access_token":"a-token","token_type":"Bearer","expires_in":86400,"issued_at":"0","paymentAuthorizationToken":"a-token"}"#;

impl Server {
    /// Starts one.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("a bound port"));
        let told = Arc::new(Mutex::new(Told::default()));
        let telling = Arc::clone(&told);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let telling = Arc::clone(&telling);
                std::thread::spawn(move || serve(stream, &telling));
            }
        });
        Self { url, told }
    }

    /// Answers this from now on.
    pub fn tell(&self, status: u16, body: &[u8]) {
        *self.told.lock().expect("no answer panics") = Told { status, body: body.to_vec() };
    }
}

/// Answers one request after the other, until the client hangs up.
fn serve(stream: TcpStream, telling: &Mutex<Told>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut stream = stream;
    // Small answers, asked for one after the other.
    stream.set_nodelay(true).ok()?;
    loop {
        let (mut first, mut length) = (String::new(), 0_usize);
        reader.read_line(&mut first).ok().filter(|read| *read > 0)?;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
            if line.trim().is_empty() {
                break;
            }
        }
        std::io::copy(&mut reader.by_ref().take(u64::try_from(length).ok()?), &mut std::io::sink()).ok()?;
        let is_token = first.contains("oauth") || first.contains("payment-authorization");
        let Told { status, body } =
            if is_token { Told { status: 200, body: TOKEN.as_bytes().to_vec() } } else { telling.lock().ok()?.clone() };
        let kind = if body.starts_with(b"--b\r\n") { "multipart/form-data; boundary=b" } else { "application/json" };
        let head = format!("HTTP/1.1 {status} Told\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n", body.len());
        stream.write_all(&[head.as_bytes(), &body].concat()).ok()?;
    }
}
