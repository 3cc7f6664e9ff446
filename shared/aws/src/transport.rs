//! How the SDK's requests reach the services: HTTP/1.1, over TLS where the address says so, connections kept.
//!
//! The SDK's own client speaks HTTP/2 as well, which none of the services that we call offers, and its code would be a tenth of each function
//! (docs/adr/0006-small-bootstraps.md). What that client does beyond this one, we have no use for: proxies, several TLS stacks, and closing a
//! connection whose answer was a server error.

use std::error::Error;
use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::ErrorKind;
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector as Tcp;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::{ClientConfig, RootCertStore};

type Connections = Client<HttpsConnector<Tcp>, SdkBody>;

/// One pool of connections for all services. Clones share it; nothing is connected, and no certificate read, before the first request.
#[derive(Debug, Clone)]
pub(crate) struct Transport {
    connect_timeout: Duration,
    pools: Arc<Pools>,
}

#[derive(Debug, Default)]
struct Pools {
    /// Trusts whom the system trusts.
    secure: OnceLock<Connections>,
    /// Trusts nobody, and so need not read the system's certificates: for addresses without TLS, which are those on this machine.
    plain: OnceLock<Connections>,
}

impl Transport {
    /// A connection that has not been made after this time is given up.
    pub(crate) fn new(connect_timeout: Duration) -> Self {
        Self { connect_timeout, pools: Arc::default() }
    }

    fn connections(&self, secure: bool) -> Result<&Connections, ConnectorError> {
        let pool = if secure { &self.pools.secure } else { &self.pools.plain };
        if let Some(open) = pool.get() {
            return Ok(open);
        }
        let made = self.pool(secure).map_err(ConnectorError::user)?;
        Ok(pool.get_or_init(|| made))
    }

    fn pool(&self, secure: bool) -> Result<Connections, Box<dyn Error + Send + Sync>> {
        let tls = ClientConfig::builder_with_provider(Arc::new(default_provider())).with_safe_default_protocol_versions()?;
        let tls = if secure { tls.with_native_roots()? } else { tls.with_root_certificates(RootCertStore::empty()) };
        let mut tcp = Tcp::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(self.connect_timeout));
        let connector =
            HttpsConnectorBuilder::new().with_tls_config(tls.with_no_client_auth()).https_or_http().enable_http1().wrap_connector(tcp);
        Ok(Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(connector))
    }
}

impl HttpClient for Transport {
    fn http_connector(&self, _settings: &HttpConnectorSettings, _components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Transport {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let sent = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into())).and_then(|request| {
            let secure = request.uri().scheme_str() == Some("https");
            Ok(self.connections(secure)?.request(request))
        });
        HttpConnectorFuture::new(async move {
            let answer = sent?.await.map_err(connector_error)?;
            HttpResponse::try_from(answer.map(SdkBody::from_body_1_x)).map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// Sorts a failure by what the SDK may do about it: all but requests that cannot be sent are tried again.
fn connector_error(error: hyper_util::client::legacy::Error) -> ConnectorError {
    if error.is_connect() {
        return ConnectorError::io(error.into());
    }
    if let Some(cause) = source::<io::Error>(&error) {
        let timed_out = cause.kind() == io::ErrorKind::TimedOut;
        return if timed_out { ConnectorError::timeout(error.into()) } else { ConnectorError::io(error.into()) };
    }
    match source::<hyper::Error>(&error) {
        Some(cause) if cause.is_user() => ConnectorError::user(error.into()),
        Some(cause) if cause.is_timeout() => ConnectorError::timeout(error.into()),
        Some(cause) if cause.is_closed() || cause.is_canceled() => ConnectorError::io(error.into()),
        // the other side closed the connection in mid-answer
        Some(cause) if cause.is_incomplete_message() => ConnectorError::other(error.into(), Some(ErrorKind::TransientError)),
        _ => ConnectorError::other(error.into(), None),
    }
}

/// The first cause of this kind.
fn source<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}
