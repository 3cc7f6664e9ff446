//! Callers who may not: without a token, with one that is none, with one of somebody else.

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeySize, PrivateDecryptingKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use oms_contract::api::endpoints::scopes_of;
use oms_contract::api::view::{OrderList, OrderSummary};
use oms_domain::ActorKind::{self, Customer, Operator, Vendor};
use oms_domain::OrderId;
use oms_local::{Answer, Client};

use super::document::Operation;
use super::target::Target;
use super::{is_problem, told};
use oms_tests::shop::Shop;

/// Roles that can hold a token.
const ROLES: [ActorKind; 3] = [Customer, Vendor, Operator];

/// Somebody who may not.
#[derive(Debug)]
pub(crate) struct Stranger {
    /// Who, in words.
    pub(crate) name: String,
    token: Option<String>,
    /// What it asks for beside the path.
    pub(crate) query: String,
    /// Whether the token is good, of a role that may, but of another customer or vendor.
    pub(crate) belongs_elsewhere: bool,
    expected: Expected,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Expected {
    /// One of these.
    Status(&'static [u16]),
    /// A good list, without this order.
    ListWithout(OrderId),
}

/// The API refuses what is no token by 401, and what its authorizer refuses by 401 or, on AWS, 403.
const NO_TOKEN: Expected = Expected::Status(&[401]);
const BAD_TOKEN: Expected = Expected::Status(&[401, 403]);
const FORBIDDEN: Expected = Expected::Status(&[403]);
const NOT_FOUND: Expected = Expected::Status(&[404]);

impl Stranger {
    fn new(name: impl Into<String>, token: impl Into<Option<String>>, expected: Expected) -> Self {
        Self { name: name.into(), token: token.into(), query: String::new(), belongs_elsewhere: false, expected }
    }

    /// The API as this caller uses it.
    pub(crate) fn client(&self, anybody: &Client) -> Client {
        self.token.as_ref().map_or_else(|| anybody.clone(), |token| anybody.with_token(token))
    }

    /// What is wrong with the answer that it got.
    pub(crate) fn objection(&self, answer: &Answer) -> Option<String> {
        let good = match &self.expected {
            Expected::Status(statuses) => {
                let by_a_function = matches!(statuses, [403 | 404]);
                statuses.contains(&answer.status) && (is_problem(answer) || !by_a_function)
            }
            Expected::ListWithout(order) => answer.parsed::<OrderList>().is_ok_and(|list| {
                let known = |listed: &OrderSummary| listed.order_id == order.to_string();
                list.next_cursor.is_none() && !list.orders.iter().any(known)
            }),
        };
        (!good).then(|| format!("expected {:?}, was told {}", self.expected, told(answer)))
    }
}

/// Everybody who may not call this endpoint on this target.
pub(crate) fn strangers(shop: &Shop, operation: &Operation, target: &Target) -> Vec<Stranger> {
    let mut all = vec![Stranger::new("nobody", None::<String>, NO_TOKEN)];
    all.extend(impostors(shop, target));
    all.extend(others(shop, operation, target));
    all.extend(neighbours(shop, operation, target));
    all
}

/// The rightful caller's name on tokens that are not good.
fn impostors(shop: &Shop, target: &Target) -> Vec<Stranger> {
    let (role, subject) = &target.rightful;
    let good = shop.token(*role, subject, |_| {});
    let parts: Vec<&str> = good.split('.').collect();
    let [header, claims, signature] = parts[..] else { panic!("a token has three parts") };
    let decoded: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    let known = jsonwebtoken::decode_header(&good).unwrap();
    let with = |name: &str, value: Value| {
        let mut claims = decoded.clone();
        claims[name] = value;
        claims
    };
    let expired = shop.token(*role, subject, |claim| claim.life = SignedDuration::from_mins(-5));
    let by_another_key = |claims: &Value, header: &Header| jsonwebtoken::encode(header, claims, &another_key()).unwrap();
    let hmac = Header { alg: Algorithm::HS256, ..known.clone() };
    let public = EncodingKey::from_secret(shop.stack.issuer_key_id.as_bytes());
    let unsigned = |algorithm: &str| {
        let header = json!({ "alg": algorithm, "typ": "JWT", "kid": known.kid });
        format!("{}.{claims}.", URL_SAFE_NO_PAD.encode(header.to_string()))
    };
    let grander = URL_SAFE_NO_PAD.encode(with("role", json!("operator")).to_string());
    [
        ("an expired token", expired),
        ("a token signed by another key", by_another_key(&decoded, &known)),
        ("a token signed by a key of its own naming", by_another_key(&decoded, &Header { kid: Some("mine".to_owned()), ..known.clone() })),
        ("a token signed by what everybody knows", jsonwebtoken::encode(&hmac, &decoded, &public).unwrap()),
        ("a token of algorithm none", unsigned("none")),
        ("a token of algorithm None", unsigned("None")),
        ("a token without its signature", format!("{header}.{claims}.")),
        ("a token with another role under its signature", format!("{header}.{grander}.{signature}")),
        ("a token of another issuer's name", by_another_key(&with("iss", json!("https://elsewhere.example")), &known)),
        ("what is no token", "operator".to_owned()),
    ]
    .map(|(name, token)| Stranger::new(name, token, BAD_TOKEN))
    .into()
}

/// Good tokens of wrong roles, with every scope there is; and of right roles, with every scope but the one that is asked for.
fn others(shop: &Shop, operation: &Operation, target: &Target) -> Vec<Stranger> {
    let scope = operation.scope.as_deref().unwrap_or_default();
    let every: Vec<String> = ROLES.into_iter().flat_map(scopes_of).map(str::to_owned).collect();
    let but_one: Vec<String> = every.iter().filter(|held| *held != scope).cloned().collect();
    let mut strangers = Vec::new();
    for role in ROLES {
        let subject = match role {
            Vendor => shop.vendor(),
            Operator => "e2e".to_owned(),
            _ => target.customer.clone(),
        };
        let token = |scopes: &[String]| shop.token(role, &subject, |claim| claim.scopes = scopes.to_vec());
        if operation.roles.contains(&role) {
            strangers.push(Stranger::new(format!("a {role} without {scope}"), token(&but_one), FORBIDDEN));
            strangers.push(Stranger::new(format!("a {role} without any scope"), token(&[]), FORBIDDEN));
        } else {
            strangers.push(Stranger::new(format!("a {role}"), token(&every), FORBIDDEN));
        }
    }
    // Roles that act on orders but hold no tokens.
    for role in [ActorKind::System, ActorKind::Gateway, ActorKind::Carrier] {
        let token = shop.token(role, "e2e", |claim| claim.scopes.clone_from(&every));
        strangers.push(Stranger::new(format!("a {role}"), token, BAD_TOKEN));
    }
    strangers
}

/// Good tokens of other customers and vendors.
fn neighbours(shop: &Shop, operation: &Operation, target: &Target) -> Vec<Stranger> {
    let lists = operation.id == "listOrders";
    let expected = || match target.order {
        Some(order) if lists => Expected::ListWithout(order),
        Some(_) => NOT_FOUND,
        // There is nothing to be found: what is refused is to act in another's name.
        None => FORBIDDEN,
    };
    let mut strangers = Vec::new();
    for (role, theirs) in [(Customer, format!("?customer_id={}", target.customer)), (Vendor, format!("?vendor_id={}", shop.vendor()))] {
        if target.common || !operation.roles.contains(&role) {
            continue;
        }
        let token = shop.token(role, &shop.name("neighbour"), |_| {});
        if lists {
            let name = format!("another {role} asking for theirs");
            strangers.push(Stranger { query: theirs, ..Stranger::new(name, token.clone(), FORBIDDEN) });
        }
        strangers.push(Stranger { belongs_elsewhere: true, ..Stranger::new(format!("another {role}"), token, expected()) });
    }
    strangers
}

/// A key pair that the issuer has never heard of.
fn another_key() -> EncodingKey {
    static KEY: std::sync::OnceLock<EncodingKey> = std::sync::OnceLock::new();
    let made = KEY.get_or_init(|| {
        let key = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der<'_> = key.as_der().unwrap();
        EncodingKey::from_rsa_pem(pem(der.as_ref()).as_bytes()).unwrap()
    });
    made.clone()
}

fn pem(der: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))
}
