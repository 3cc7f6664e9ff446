//! A server on loopback that answers what a test says and notes what it was asked: for the adapters that speak HTTP.
//!
//! HTTP/1.1 only. Mocking libraries switch HTTP/2 on, and since features are unified over the workspace, every deployed function would
//! carry it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, Uri};
use futures::channel::oneshot;
use serde::Serialize;
use serde_json::Value;

use crate::lock;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Asked {
    /// In capitals, as sent.
    pub method: String,
    /// As sent, still percent-encoded, without the query.
    pub path: String,
    /// The query's names and values, decoded, in the order sent.
    pub query: Vec<(String, String)>,
    /// All of them; [`Asked::header`] reads one.
    pub headers: HeaderMap,
    /// As sent.
    pub body: Vec<u8>,
}

impl Asked {
    /// Whether this asks for that method and path.
    pub fn is(&self, method: &str, path: &str) -> bool {
        self.method == method && self.path == path
    }

    /// The value of a header.
    ///
    /// # Panics
    /// Where it came twice or is no text.
    pub fn header(&self, name: &str) -> Option<&str> {
        only(name, self.headers.get_all(name).iter().map(|value| value.to_str().unwrap()))
    }

    /// A value of the query, decoded.
    ///
    /// # Panics
    /// Where it came twice.
    pub fn query(&self, name: &str) -> Option<&str> {
        only(name, self.query.iter().filter(|(sent, _)| sent == name).map(|(_, value)| value.as_str()))
    }

    /// The body as text.
    ///
    /// # Panics
    /// Where it is not UTF-8.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The body's names and values, decoded, where it is a form.
    pub fn form(&self) -> Vec<(String, String)> {
        pairs(&self.body)
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// Where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

fn only<'a>(name: &str, mut values: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let value = values.next();
    assert_eq!(values.next(), None, "{name} was sent twice");
    value
}

fn pairs(encoded: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(encoded).into_owned().collect()
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    status: u16,
    content_type: Option<String>,
    body: Vec<u8>,
}

impl Reply {
    /// A status without a body.
    pub fn status(status: u16) -> Self {
        Self { status, content_type: None, body: Vec::new() }
    }

    /// A status with a body of a media type.
    pub fn bytes(status: u16, body: impl Into<Vec<u8>>, content_type: &str) -> Self {
        Self { status, content_type: Some(content_type.to_owned()), body: body.into() }
    }

    /// A status with a value as JSON.
    pub fn json(status: u16, body: &impl Serialize) -> Self {
        Self::bytes(status, serde_json::to_vec(body).unwrap(), "application/json")
    }

    /// What a server says of an address that it does not know.
    pub fn unknown() -> Self {
        Self::status(404)
    }

    fn response(self) -> Response<Body> {
        let response = Response::builder().status(self.status);
        let response = self.content_type.into_iter().fold(response, |response, value| response.header("content-type", value));
        response.body(Body::from(self.body)).unwrap()
    }
}

struct Talk {
    script: Box<dyn FnMut(&Asked) -> Reply + Send>,
    asked: Vec<Asked>,
}

/// A running server. Dropped, it ends with all its connections, and fails the test if its script panicked.
pub struct Server {
    address: SocketAddr,
    talk: Arc<Mutex<Talk>>,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Server {
    /// Serves on a free port of loopback, in a thread of its own. The script is called for one request at a time, so it may count them.
    pub fn answering(script: impl FnMut(&Asked) -> Reply + Send + 'static) -> Self {
        let talk = Arc::new(Mutex::new(Talk { script: Box::new(script), asked: Vec::new() }));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let (end, ended) = oneshot::channel();
        Self {
            address: listener.local_addr().unwrap(),
            end: Some(end),
            thread: Some(thread::spawn({
                let talk = Arc::clone(&talk);
                move || serve(listener, talk, ended)
            })),
            talk,
        }
    }

    /// Its address, without a slash at the end.
    pub fn uri(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it was asked, oldest first.
    ///
    /// # Panics
    /// Where the script panicked.
    pub fn asked(&self) -> Vec<Asked> {
        lock(&self.talk).asked.clone()
    }

    /// The one thing that it was asked.
    ///
    /// # Panics
    /// Where that is nothing or more than one, or the script panicked.
    pub fn asked_once(&self) -> Asked {
        let mut asked = self.asked();
        assert_eq!(asked.len(), 1, "one request was expected: {asked:?}");
        asked.remove(0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.end.take());
        let served = self.thread.take().map(JoinHandle::join);
        if !thread::panicking() {
            assert!(matches!(served, Some(Ok(Ok(())))), "the server failed: {served:?}");
            assert!(!self.talk.is_poisoned(), "the script of a server panicked");
        }
    }
}

/// Until the other side of `ended` is dropped; the runtime takes the open connections with it.
fn serve(listener: TcpListener, talk: Arc<Mutex<Talk>>, ended: oneshot::Receiver<()>) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let router = Router::new().fallback(answer).with_state(talk);
        tokio::select! {
            served = axum::serve(listener, router).into_future() => served,
            _ = ended => Ok(()),
        }
    })
}

async fn answer(State(talk): State<Arc<Mutex<Talk>>>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let query = pairs(uri.query().unwrap_or_default().as_bytes());
    let asked = Asked { method: method.to_string(), path: uri.path().to_owned(), query, headers, body: body.to_vec() };
    let mut talk = lock(&talk);
    let reply = (talk.script)(&asked);
    talk.asked.push(asked);
    reply.response()
}
