//! Decides who calls: verifies a JWT by the issuer's published keys, and passes role, subject and scopes on.
//!
//! A token carries `iss`, `aud`, `exp`, `sub`, `role` (`customer`, `vendor`, `operator`) and `scope` (separated by spaces). Only asymmetric
//! algorithms are accepted, and only the one that the key itself is for, so that no token can choose how it is checked.

pub mod keys;

use std::sync::Arc;

use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::{Deserialize, Serialize};

use oms_domain::{ActorKind, CustomerId, VendorId};
use oms_ports::{Clock, PortError, StepError};

use crate::keys::KeySource;

/// What the authorizer needs.
pub struct Deps {
    /// Where the issuer's keys come from.
    pub keys: Arc<dyn KeySource>,
    /// The issuer that tokens must name.
    pub issuer: String,
    /// The audience that tokens must name.
    pub audience: String,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// The part of the API's request that matters here (payload 2.0).
#[derive(Debug, Deserialize)]
pub struct AuthorizerRequest {
    /// Headers, names in lower case.
    #[serde(default)]
    pub headers: std::collections::HashMap<String, String>,
}

/// Simple response of a Lambda authorizer.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizerAnswer {
    /// May the call pass?
    pub is_authorized: bool,
    /// What the function behind the API is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<Context>,
}

/// What the function behind the API is told.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Context {
    /// `customer`, `vendor` or `operator`.
    pub role: String,
    /// Whose token.
    pub subject: String,
    /// Separated by spaces.
    pub scopes: String,
}

#[derive(Debug, Deserialize)]
struct Claims {
    sub: String,
    role: ActorKind,
    #[serde(default)]
    scope: String,
    exp: i64,
    #[serde(default)]
    nbf: Option<i64>,
}

/// Seconds by which the issuer's clock may differ from ours.
const LEEWAY: i64 = 10;

/// Answers one request.
///
/// # Errors
/// Only where the issuer's keys cannot be had: then nobody is let in, and nobody is told that their token is wrong.
pub async fn handle(deps: &Deps, request: AuthorizerRequest) -> Result<AuthorizerAnswer, StepError> {
    let token =
        request.headers.get("authorization").and_then(|value| value.strip_prefix("Bearer ").or_else(|| value.strip_prefix("bearer ")));
    let context = match token {
        Some(token) => verify(deps, token.trim()).await?,
        None => None,
    };
    Ok(AuthorizerAnswer { is_authorized: context.is_some(), context })
}

async fn verify(deps: &Deps, token: &str) -> Result<Option<Context>, PortError> {
    let Ok(header) = jsonwebtoken::decode_header(token) else { return Ok(None) };
    let Some(kid) = header.kid else { return Ok(None) };
    let mut keys = deps.keys.keys(false).await?;
    // An unknown key may be a new one: the issuer rotates its keys.
    if find(&keys, &kid).is_none() {
        keys = deps.keys.keys(true).await?;
    }
    let claims = find(&keys, &kid).and_then(|key| claims_of(deps, token, key));
    let now = deps.clock.now().as_second();
    Ok(claims.filter(|claims| claims.exp > now - LEEWAY && claims.nbf.is_none_or(|nbf| nbf <= now + LEEWAY)).and_then(context_of))
}

fn find<'a>(keys: &'a JwkSet, kid: &str) -> Option<&'a Jwk> {
    keys.keys.iter().find(|key| key.common.key_id.as_deref() == Some(kid))
}

fn claims_of(deps: &Deps, token: &str, key: &Jwk) -> Option<Claims> {
    let algorithm: Algorithm = key.common.key_algorithm?.to_string().parse().ok()?;
    if matches!(algorithm, Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512) {
        return None;
    }
    let mut validation = Validation::new(algorithm);
    validation.set_issuer(&[&deps.issuer]);
    validation.set_audience(&[&deps.audience]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    // Times are checked against our own clock port.
    validation.validate_exp = false;
    let decoded = jsonwebtoken::decode::<Claims>(token, &DecodingKey::from_jwk(key).ok()?, &validation).ok()?;
    Some(decoded.claims)
}

/// The context of good claims; `None` for a role that holds no token or a subject that is no id.
fn context_of(claims: Claims) -> Option<Context> {
    let subject_fits = match claims.role {
        ActorKind::Customer => CustomerId::parse(&claims.sub).is_ok(),
        ActorKind::Vendor => VendorId::parse(&claims.sub).is_ok(),
        ActorKind::Operator => !claims.sub.is_empty() && claims.sub.len() <= 64,
        ActorKind::System | ActorKind::Gateway | ActorKind::Carrier => false,
    };
    subject_fits.then(|| Context { role: claims.role.to_string(), subject: claims.sub, scopes: claims.scope })
}

#[cfg(test)]
mod tests;
