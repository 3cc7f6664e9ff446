//! What stands between the functions and the cloud: it passes every call on, but the one that a plan names.
//!
//! A plan names a call by what it does and for which customer's order. When that call comes, its caller is killed before or after the call takes effect, or
//! its answer gets lost. Each plan strikes once. Nothing in the functions knows of it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri, header};

use crate::call::{self, Call, Effect};
use crate::process;

/// Longer than any call may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// What happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// The caller dies before the call takes effect.
    KilledBefore,
    /// The caller dies after the call took effect, without an answer.
    KilledAfter,
    /// The call takes effect and its answer gets lost; the caller lives and may try again.
    AnswerLost,
}

/// All of them.
pub(crate) const FAULTS: &[Fault] = &[Fault::KilledBefore, Fault::KilledAfter, Fault::AnswerLost];
/// Those after which the caller does not go on.
pub(crate) const DEATHS: &[Fault] = &[Fault::KilledBefore, Fault::KilledAfter];

/// A call for an order: which, and the how many-th of its kind it is.
pub(crate) type Point = (Call, u32);

/// What is to happen to a call.
pub(crate) type Plan = (Point, Fault);

/// All that the proxy knows. Each customer has one order, though it may take several tries to capture it.
#[derive(Debug, Default)]
struct Known {
    /// Whose an order is, by its id, its number and its parcels' numbers: learnt from the write that captures it, and from what names both.
    owners: BTreeMap<String, String>,
    /// The faults planned for a customer's order, until they strike.
    plans: BTreeMap<String, Vec<Plan>>,
    /// Those that have struck.
    struck: BTreeMap<String, Vec<Plan>>,
    /// How often each call was seen for each customer's order.
    seen: BTreeMap<String, BTreeMap<Call, u32>>,
    /// The same one by one, oldest first.
    log: BTreeMap<String, Vec<Point>>,
}

impl Known {
    /// Whose order the call is for.
    fn owner(&mut self, effect: &Effect) -> Option<String> {
        if let Some((order, customer)) = effect.captured() {
            self.owners.insert(order.to_string(), customer.to_owned());
            self.owners.insert(order.number(), customer.to_owned());
        }
        let owner = effect.names.iter().find_map(|name| self.owners.get(name)).cloned()?;
        for name in &effect.names {
            self.owners.entry(name.clone()).or_insert_with(|| owner.clone());
        }
        Some(owner)
    }

    /// Counts what one call does, and takes the first plan that it fulfils. A plan that it passes by is fulfilled by the next call of its kind.
    fn strike(&mut self, effects: &[Effect]) -> Option<Fault> {
        let due: Vec<(String, usize)> = effects.iter().filter_map(|effect| self.count(effect)).collect();
        let (customer, nth) = due.into_iter().next()?;
        let (point, fault) = self.plans.get_mut(&customer)?.remove(nth);
        self.struck.entry(customer).or_default().push((point, fault));
        Some(fault)
    }

    /// Counts what is done for one order; whose it is and which plan for it waits for that, if any does.
    fn count(&mut self, effect: &Effect) -> Option<(String, usize)> {
        let customer = self.owner(effect)?;
        let count = self.seen.entry(customer.clone()).or_default().entry(effect.call.clone()).or_default();
        *count += 1;
        self.log.entry(customer.clone()).or_default().push((effect.call.clone(), *count));
        let plans = self.plans.get(&customer)?;
        let due = plans.iter().position(|((planned, time), _)| *planned == effect.call && *time <= *count)?;
        Some((customer, due))
    }
}

/// A running proxy. Clones are the same one.
#[derive(Debug, Clone)]
pub(crate) struct Proxy {
    known: Arc<Mutex<Known>>,
    listen: SocketAddr,
    target: String,
    http: reqwest::Client,
}

impl Proxy {
    /// Stands at `listen` for the service at `target`, in a thread of its own; `known` is shared by all proxies of a test.
    pub(crate) fn start(listen: SocketAddr, target: &str, beside: Option<&Self>) -> Self {
        let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let known = beside.map(|other| Arc::clone(&other.known)).unwrap_or_default();
        let proxy = Self { known, listen, target: target.trim_end_matches('/').to_owned(), http };
        let listener = std::net::TcpListener::bind(listen).expect("the port that the stack keeps for the proxy is taken");
        listener.set_nonblocking(true).unwrap();
        let app = Router::new().fallback(handle).with_state(proxy.clone());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await
            })
        });
        proxy
    }

    /// Plans faults for the customer's order.
    pub(crate) fn plan(&self, customer: &str, plans: Vec<Plan>) {
        self.known.lock().unwrap().plans.insert(customer.to_owned(), plans);
    }

    /// Whether a fault planned for the customer's order has struck.
    pub(crate) fn has_struck(&self, customer: &str, plan: &Plan) -> bool {
        self.known.lock().unwrap().struck.get(customer).is_some_and(|struck| struck.contains(plan))
    }

    /// Every call for the customer's order so far, oldest first.
    pub(crate) fn calls_of(&self, customer: &str) -> Vec<Point> {
        self.known.lock().unwrap().log.get(customer).cloned().unwrap_or_default()
    }

    /// How many calls there were for the customer's order: while there are no more, nothing has changed about it.
    pub(crate) fn activity(&self, customer: &str) -> usize {
        self.known.lock().unwrap().log.get(customer).map_or(0, Vec::len)
    }

    async fn forward(&self, method: Method, uri: &Uri, headers: HeaderMap, body: Bytes) -> Response<Body> {
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let request = self.http.request(method, format!("{}{path}", self.target)).headers(headers).body(body);
        let answer = match request.send().await {
            Ok(answer) => answer,
            // The service itself is down.
            Err(error) => return lost(&format!("{error}")),
        };
        let mut response = Response::builder().status(answer.status());
        for (name, value) in answer.headers().iter().filter(|(name, _)| !is_of_the_hop(name)) {
            response = response.header(name, value);
        }
        match answer.bytes().await {
            Ok(bytes) => response.body(Body::from(bytes)).unwrap(),
            Err(error) => lost(&format!("{error}")),
        }
    }
}

fn is_of_the_hop(name: &header::HeaderName) -> bool {
    [header::TRANSFER_ENCODING, header::CONNECTION, header::CONTENT_LENGTH].contains(name)
}

/// An answer that tells the caller nothing about what became of its call.
fn lost(why: &str) -> Response<Body> {
    Response::builder().status(StatusCode::SERVICE_UNAVAILABLE).body(Body::from(why.to_owned())).unwrap()
}

async fn handle(
    State(proxy): State<Proxy>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    method: Method,
    uri: Uri,
    mut headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    headers.remove(header::HOST);
    let effects = call::effects(&method, &uri, &headers, &body);
    let fault = proxy.known.lock().unwrap().strike(&effects);
    match fault {
        None => proxy.forward(method, &uri, headers, body).await,
        Some(Fault::AnswerLost) => {
            proxy.forward(method, &uri, headers, body).await;
            lost("the answer was lost on purpose")
        }
        Some(Fault::KilledBefore) => {
            process::kill_client(peer, proxy.listen);
            lost("the caller is dead")
        }
        Some(Fault::KilledAfter) => {
            proxy.forward(method, &uri, headers, body).await;
            process::kill_client(peer, proxy.listen);
            lost("the caller is dead")
        }
    }
}
