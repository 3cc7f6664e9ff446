use super::*;

use async_trait::async_trait;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{EncodingKey, Header};
use oms_fakes::FixedClock;
use serde_json::{Value, json};

const NOW: i64 = 1_795_424_400;

struct Issuer {
    pair: Ed25519KeyPair,
}

#[async_trait]
impl KeySource for Issuer {
    async fn keys(&self, _fresh: bool) -> Result<JwkSet, PortError> {
        let x = URL_SAFE_NO_PAD.encode(self.pair.public_key().as_ref());
        Ok(serde_json::from_value(
            json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": "k1", "use": "sig", "x": x }] }),
        )
        .unwrap())
    }
}

fn token(pair: &Ed25519KeyPair, kid: &str, changes: &Value) -> String {
    let mut claims = json!({ "iss": "https://issuer.test", "aud": "oms", "sub": "cus-ana", "role": "customer", "scope": "orders:read", "exp": NOW + 60 });
    claims.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    let header = Header { kid: Some(kid.to_owned()), ..Header::new(Algorithm::EdDSA) };
    let der = pair.to_pkcs8().unwrap();
    jsonwebtoken::encode(&header, &claims, &EncodingKey::from_ed_der(der.as_ref())).unwrap()
}

async fn answer(pair: Ed25519KeyPair, authorization: Option<String>) -> AuthorizerAnswer {
    let deps = Deps {
        keys: Arc::new(Issuer { pair }),
        issuer: "https://issuer.test".to_owned(),
        audience: "oms".to_owned(),
        clock: Arc::new(FixedClock::at(jiff::Timestamp::from_second(NOW).unwrap())),
    };
    let headers = authorization.into_iter().map(|value| ("authorization".to_owned(), value)).collect();
    handle(&deps, AuthorizerRequest { headers }).await.unwrap()
}

fn pair() -> Ed25519KeyPair {
    Ed25519KeyPair::generate().unwrap()
}

#[tokio::test]
async fn a_good_token_passes_with_its_claims() {
    let pair = pair();
    let bearer = format!("Bearer {}", token(&pair, "k1", &json!({})));
    let context = answer(pair, Some(bearer)).await.context.unwrap();
    assert_eq!(context, Context { role: "customer".into(), subject: "cus-ana".into(), scopes: "orders:read".into() });
}

#[tokio::test]
async fn every_flaw_alone_keeps_a_token_out() {
    for (flaw, kid, changes) in [
        ("expired", "k1", json!({ "exp": NOW - 11 })),
        ("not yet valid", "k1", json!({ "nbf": NOW + 60 })),
        ("another issuer", "k1", json!({ "iss": "https://evil.test" })),
        ("another audience", "k1", json!({ "aud": "shop" })),
        ("no expiry", "k1", json!({ "exp": null })),
        ("no subject", "k1", json!({ "sub": null })),
        ("a subject that is no id", "k1", json!({ "sub": "a#b" })),
        ("a role without tokens", "k1", json!({ "role": "system" })),
        ("an unknown role", "k1", json!({ "role": "root" })),
        ("an unknown key", "k2", json!({})),
    ] {
        let pair = pair();
        let bearer = format!("Bearer {}", token(&pair, kid, &changes));
        assert!(!answer(pair, Some(bearer)).await.is_authorized, "{flaw}");
    }
}

#[tokio::test]
async fn forged_tokens_stay_out() {
    let unsigned = format!(
        "{}.{}.",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"none","kid":"k1"}"#),
        URL_SAFE_NO_PAD.encode(format!(r#"{{"iss":"https://issuer.test","aud":"oms","sub":"x","role":"operator","exp":{}}}"#, NOW + 60))
    );
    let foreign = token(&pair(), "k1", &json!({}));
    let mine = pair();
    // The public key used as a shared secret: the classic confusion of algorithms.
    let header = Header { kid: Some("k1".to_owned()), ..Header::new(Algorithm::HS256) };
    let claims = json!({ "iss": "https://issuer.test", "aud": "oms", "sub": "x", "role": "operator", "exp": NOW + 60 });
    let confused = jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(mine.public_key().as_ref())).unwrap();
    let good = token(&mine, "k1", &json!({}));
    let der = mine.to_pkcs8().unwrap();
    for (name, authorization) in [
        ("unsigned", Some(format!("Bearer {unsigned}"))),
        ("signed by another", Some(format!("Bearer {foreign}"))),
        ("algorithm confusion", Some(format!("Bearer {confused}"))),
        ("cut short", Some(format!("Bearer {}", &good[..good.len() - 4]))),
        ("no scheme", Some(good.clone())),
        ("nonsense", Some("Bearer nonsense".to_owned())),
        ("none", None),
    ] {
        let pair = Ed25519KeyPair::from_pkcs8(der.as_ref()).unwrap();
        assert!(!answer(pair, authorization).await.is_authorized, "{name}");
    }
}
