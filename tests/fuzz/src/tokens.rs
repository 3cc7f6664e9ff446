//! Tokens: any header, any claims under our own issuer's signature, any set of keys.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use authorizer::keys::KeySource;
use authorizer::{AuthorizerRequest, Deps, handle};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use oms_fakes::{FixedClock, NOON};
use oms_ports::PortError;
use serde_json::json;

use crate::block_on;
use crate::input::Input;

/// The issuer's key: the same each time, and nobody else's.
fn pair() -> &'static Ed25519KeyPair {
    static PAIR: OnceLock<Ed25519KeyPair> = OnceLock::new();
    PAIR.get_or_init(|| Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("a seed of 32 bytes"))
}

struct Keys(JwkSet);

#[async_trait]
impl KeySource for Keys {
    async fn keys(&self, _fresh: bool) -> Result<JwkSet, PortError> {
        Ok(self.0.clone())
    }
}

fn published() -> serde_json::Value {
    let x = URL_SAFE_NO_PAD.encode(pair().public_key().as_ref());
    json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": "k1", "use": "sig", "x": x }] })
}

fn signed(claims: &serde_json::Value) -> String {
    let header = Header { kid: Some("k1".to_owned()), ..Header::new(Algorithm::EdDSA) };
    let der = pair().to_pkcs8().expect("a key that can be written");
    jsonwebtoken::encode(&header, claims, &EncodingKey::from_ed_der(der.as_ref())).expect("claims that can be signed")
}

fn good() -> serde_json::Value {
    let exp = NOON.as_second() + 60;
    json!({ "iss": "https://issuer.test", "aud": "oms", "sub": "cus-ana", "role": "customer", "scope": "orders:read", "exp": exp })
}

/// `header` and what stands in it; `claims` and their JSON, which is signed; `keys` and the issuer's document.
pub fn run(bytes: &[u8]) {
    let input = Input::of(bytes);
    let (mut keys, mut header) = (published(), String::from_utf8_lossy(input.rest).into_owned());
    match *input.pick(0, &["header", "claims", "keys"], |kind| (*kind).to_owned()) {
        "claims" => match serde_json::from_slice(input.rest) {
            Ok(claims) => header = format!("Bearer {}", signed(&claims)),
            Err(_) => return,
        },
        "keys" => match serde_json::from_slice(input.rest) {
            Ok(document) => (keys, header) = (document, format!("Bearer {}", signed(&good()))),
            Err(_) => return,
        },
        _ => {}
    }
    let Ok(keys) = serde_json::from_value(keys) else { return };
    let deps = Deps {
        keys: Arc::new(Keys(keys)),
        issuer: "https://issuer.test".to_owned(),
        audience: "oms".to_owned(),
        clock: Arc::new(FixedClock::at(NOON)),
    };
    let request = AuthorizerRequest { headers: [("authorization".to_owned(), header)].into() };
    let answer = block_on(handle(&deps, request)).expect("the keys are there");
    assert_eq!(answer.is_authorized, answer.context.is_some());
    if let Some(context) = answer.context {
        assert!(["customer", "vendor", "operator"].contains(&context.role.as_str()) && !context.subject.is_empty(), "{context:?}");
    }
}

/// Good ones of each kind.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut others = vec![good()];
    for (field, value) in [("role", json!("operator")), ("nbf", json!(0)), ("aud", json!(["oms", "other"])), ("sub", json!(""))] {
        let mut claims = good();
        claims[field] = value;
        others.push(claims);
    }
    let mut seeds: Vec<Vec<u8>> = others.iter().map(|claims| format!("claims\n{claims}").into_bytes()).collect();
    seeds.push(format!("header\nBearer {}", signed(&good())).into_bytes());
    seeds.push(b"header\nbearer eyJhbGciOiJub25lIiwia2lkIjoiazEifQ.e30.".to_vec());
    seeds.push(format!("keys\n{}", published()).into_bytes());
    seeds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_that_is_spoilt_was_a_good_one() {
        let deps = Deps {
            keys: Arc::new(Keys(serde_json::from_value(published()).unwrap())),
            issuer: "https://issuer.test".to_owned(),
            audience: "oms".to_owned(),
            clock: Arc::new(FixedClock::at(NOON)),
        };
        let headers = [("authorization".to_owned(), format!("Bearer {}", signed(&good())))].into();
        assert!(block_on(handle(&deps, AuthorizerRequest { headers })).unwrap().is_authorized);
    }
}
