//! Tokens of the local issuer: what an identity provider gives out on AWS.

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;

use oms_contract::api::endpoints::scopes_of;
use oms_domain::ActorKind;

use crate::stack::{Stack, StackError};

/// Why no token could be made.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The issuer's key cannot be read.
    #[error(transparent)]
    Key(#[from] StackError),
    /// The issuer's key is no RSA key, or signing failed.
    #[error("cannot sign with {file}")]
    Signing {
        /// The key file.
        file: String,
        /// The reason.
        #[source]
        cause: jsonwebtoken::errors::Error,
    },
}

/// Who a token is for and what it allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Customer, vendor or operator.
    pub role: ActorKind,
    /// Customer id, vendor id or operator name.
    pub subject: String,
    /// What it allows.
    pub scopes: Vec<String>,
    /// When it was issued.
    pub issued: Timestamp,
    /// How long it is good for; negative for one that is over.
    pub life: SignedDuration,
}

impl Claim {
    /// Everything that the role may do, for eight hours.
    pub fn new(role: ActorKind, subject: impl Into<String>, issued: Timestamp) -> Self {
        let scopes = scopes_of(role).into_iter().map(str::to_owned).collect();
        Self { role, subject: subject.into(), scopes, issued, life: SignedDuration::from_hours(8) }
    }
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: &'a str,
    role: ActorKind,
    scope: String,
    iat: i64,
    exp: i64,
}

/// The issuer of a stack, its key read once.
#[derive(Clone)]
pub struct Issuer {
    name: String,
    audience: String,
    header: Header,
    key: EncodingKey,
    file: String,
}

impl Issuer {
    /// The issuer that the stack's authorizer trusts.
    ///
    /// # Errors
    /// Where the key file is absent or holds no RSA key.
    pub fn of(stack: &Stack) -> Result<Self, TokenError> {
        let path = &stack.issuer_key_file;
        let pem = std::fs::read(path).map_err(|cause| StackError::Unreadable { path: path.clone(), cause })?;
        Self::new(&stack.issuer, &stack.audience, &stack.issuer_key_id, &pem)
            .map_err(|cause| TokenError::Signing { file: path.display().to_string(), cause })
            .map(|issuer| Self { file: path.display().to_string(), ..issuer })
    }

    fn new(name: &str, audience: &str, key_id: &str, pem: &[u8]) -> Result<Self, jsonwebtoken::errors::Error> {
        let header = Header { kid: Some(key_id.to_owned()), ..Header::new(Algorithm::RS256) };
        let key = EncodingKey::from_rsa_pem(pem)?;
        Ok(Self { name: name.to_owned(), audience: audience.to_owned(), header, key, file: String::new() })
    }

    /// A signed token.
    ///
    /// # Errors
    /// Where the key cannot sign.
    pub fn token(&self, claim: &Claim) -> Result<String, TokenError> {
        let issued = claim.issued.as_second();
        let claims = Claims {
            iss: &self.name,
            aud: &self.audience,
            sub: &claim.subject,
            role: claim.role,
            scope: claim.scopes.join(" "),
            iat: issued,
            exp: issued.saturating_add(claim.life.as_secs()),
        };
        jsonwebtoken::encode(&self.header, &claims, &self.key).map_err(|cause| TokenError::Signing { file: self.file.clone(), cause })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A new key, as the set-up writes it.
    fn key() -> String {
        use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
        use aws_lc_rs::rsa::{KeySize, PrivateDecryptingKey};
        use base64::Engine as _;
        let key = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der<'_> = key.as_der().unwrap();
        let text = base64::engine::general_purpose::STANDARD.encode(der.as_ref());
        let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))
    }

    #[test]
    fn a_token_names_issuer_audience_role_and_scopes_and_ends_in_time() {
        let at: Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
        let issuer = Issuer::new("https://issuer.example", "oms", "key-1", key().as_bytes()).unwrap();
        for (role, life, scope) in [
            (ActorKind::Customer, SignedDuration::from_hours(8), "orders:read orders:write"),
            (ActorKind::Vendor, SignedDuration::from_secs(-60), "fulfilment:write orders:read stock:write"),
            (ActorKind::Operator, SignedDuration::from_mins(5), "orders:read orders:review orders:write reference:write stock:write"),
        ] {
            let token = issuer.token(&Claim { life, ..Claim::new(role, "who-1", at) }).unwrap();
            assert_eq!(jsonwebtoken::decode_header(&token).unwrap().kid.as_deref(), Some("key-1"));
            let claims = jsonwebtoken::dangerous::insecure_decode::<serde_json::Value>(&token).unwrap().claims;
            assert_eq!(claims["iss"], "https://issuer.example");
            assert_eq!(claims["aud"], "oms");
            assert_eq!(claims["sub"], "who-1");
            assert_eq!(claims["role"], role.to_string());
            assert_eq!(claims["scope"], scope);
            assert_eq!(claims["exp"].as_i64().unwrap(), at.as_second() + life.as_secs());
        }
    }

    #[test]
    fn a_key_that_is_none_is_refused() {
        assert!(Issuer::new("i", "a", "k", b"not a key").is_err());
    }
}
