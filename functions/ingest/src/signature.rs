//! Proofs of who sent a webhook: pure functions of the raw body, the headers, the shared secret and the time.

use std::fmt::Write as _;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac::{self, HMAC_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use oms_contract::http::ApiRequest;

/// How far a signature's time may be from ours, either way, in seconds: what Stripe's own libraries allow.
pub const TOLERANCE: u64 = 300;

/// A way to prove who sent a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// `Stripe-Signature: t={seconds},v1={hex},…`: HMAC-SHA256 over `{t}.{body}`, with the secret as it is written. Several `v1` while the
    /// secret is being changed.
    Stripe,
    /// `webhook-id`, `webhook-timestamp`, `webhook-signature: v1,{base64} …`: HMAC-SHA256 over `{id}.{timestamp}.{body}`. A secret that starts
    /// with `whsec_` is base64 behind it; any other is the key as it is written.
    StandardWebhooks,
    /// `x-webhook-token: {secret}`: for senders that cannot sign. TLS keeps it from being read; a repetition does no harm behind the queue.
    Token,
}

/// Why a proof is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// No header of any proof that the sender may give.
    #[error("no proof")]
    Missing,
    /// The headers do not have the form of this proof.
    #[error("malformed proof")]
    Malformed,
    /// The time is too far from ours.
    #[error("signed too long ago, or in the future")]
    Expired,
    /// No signature, or token, is that of our secret.
    #[error("wrong signature")]
    Mismatch,
}

impl Proof {
    /// The header that tells that this proof is given.
    const fn header(self) -> &'static str {
        match self {
            Self::Stripe => "stripe-signature",
            Self::StandardWebhooks => "webhook-signature",
            Self::Token => "x-webhook-token",
        }
    }
}

/// Checks a request by the first of `proofs` whose header it carries. A bad proof is not made good by another one beside it.
///
/// # Errors
/// See [`Rejection`].
pub fn verify(proofs: &[Proof], request: &ApiRequest, secret: &str, now: Timestamp) -> Result<(), Rejection> {
    let given = proofs.iter().find_map(|proof| Some((*proof, request.header(proof.header())?)));
    match given.ok_or(Rejection::Missing)? {
        (Proof::Stripe, header) => stripe(header, &request.body, secret, now),
        (Proof::StandardWebhooks, header) => {
            let part = |name| request.header(name).ok_or(Rejection::Malformed);
            standard(part("webhook-id")?, part("webhook-timestamp")?, header, &request.body, secret, now)
        }
        (Proof::Token, header) => same(secret.as_bytes(), header.as_bytes()),
    }
}

fn stripe(header: &str, body: &[u8], secret: &str, now: Timestamp) -> Result<(), Rejection> {
    let fields = || header.split(',').filter_map(|field| field.trim().split_once('='));
    let time = fields().find_map(|(name, value)| (name == "t").then_some(value)).ok_or(Rejection::Malformed)?;
    in_time(time, now)?;
    let tag = sign(secret.as_bytes(), &[time.as_bytes(), b".", body]);
    let expected = tag.as_ref().iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a text cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    one_of(fields().filter(|(name, _)| *name == "v1").map(|(_, signature)| signature), &expected)
}

fn standard(id: &str, time: &str, header: &str, body: &[u8], secret: &str, now: Timestamp) -> Result<(), Rejection> {
    in_time(time, now)?;
    let key = secret.strip_prefix("whsec_").and_then(|encoded| STANDARD.decode(encoded).ok());
    let key = key.as_deref().unwrap_or(secret.as_bytes());
    let tag = sign(key, &[id.as_bytes(), b".", time.as_bytes(), b".", body]);
    let signatures = header.split_whitespace().filter_map(|signature| signature.strip_prefix("v1,"));
    one_of(signatures, &STANDARD.encode(tag))
}

fn sign(key: &[u8], parts: &[&[u8]]) -> hmac::Tag {
    let mut context = hmac::Context::with_key(&hmac::Key::new(HMAC_SHA256, key));
    for part in parts {
        context.update(part);
    }
    context.sign()
}

fn in_time(time: &str, now: Timestamp) -> Result<(), Rejection> {
    let time: i64 = time.parse().map_err(|_| Rejection::Malformed)?;
    if now.as_second().abs_diff(time) > TOLERANCE { Err(Rejection::Expired) } else { Ok(()) }
}

fn one_of<'a>(given: impl Iterator<Item = &'a str>, expected: &str) -> Result<(), Rejection> {
    // Every signature is compared, so that the time taken tells nothing about which was near.
    let good = given.filter(|signature| same(expected.as_bytes(), signature.as_bytes()).is_ok()).count();
    if good > 0 { Ok(()) } else { Err(Rejection::Mismatch) }
}

/// Takes the same time wherever the two differ.
fn same(expected: &[u8], given: &[u8]) -> Result<(), Rejection> {
    verify_slices_are_equal(expected, given).map_err(|_| Rejection::Mismatch)
}
