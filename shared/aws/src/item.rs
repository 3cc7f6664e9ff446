//! Reading and writing attributes.

use std::collections::HashMap;
use std::str::FromStr;

use aws_sdk_dynamodb::types::AttributeValue;
use oms_ports::PortError;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::corrupt;
use crate::keys;

/// An item, or a key.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// A string attribute.
pub(crate) fn s(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

/// A number attribute.
pub(crate) fn n(number: impl ToString + Copy) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// A value as a string attribute of JSON.
pub(crate) fn json(value: &impl Serialize) -> Result<AttributeValue, PortError> {
    serde_json::to_string(value).map(AttributeValue::S).map_err(|_| corrupt("a record does not serialise"))
}

/// A primary key.
pub(crate) fn key(pk: impl Into<String>, sk: impl Into<String>) -> Item {
    HashMap::from([(keys::PK.to_owned(), s(pk)), (keys::SK.to_owned(), s(sk))])
}

/// Bytes of an item as DynamoDB counts them, or a few more: names and values, numbers by their digits.
pub(crate) fn size(item: &Item) -> usize {
    let value = |value: &AttributeValue| match value {
        AttributeValue::S(text) | AttributeValue::N(text) => text.len(),
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        // We store nothing else; as much as an item can hold, so that nobody trusts this where that has changed.
        _ => 400 * 1024,
    };
    item.iter().map(|(name, of)| name.len() + value(of)).sum()
}

/// The string under `name`, if there is one.
pub(crate) fn maybe_text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name).and_then(|value| value.as_s().ok()).map(String::as_str)
}

/// The string under `name`.
pub(crate) fn text<'a>(item: &'a Item, name: &str) -> Result<&'a str, PortError> {
    maybe_text(item, name).ok_or_else(|| corrupt(format!("{name} is no string")))
}

/// The string under `name`, parsed.
pub(crate) fn parsed<T: FromStr>(item: &Item, name: &str) -> Result<T, PortError> {
    text(item, name)?.parse().map_err(|_| corrupt(format!("{name} does not parse")))
}

/// The string under `name`, parsed, if there is one.
pub(crate) fn maybe_parsed<T: FromStr>(item: &Item, name: &str) -> Result<Option<T>, PortError> {
    if item.contains_key(name) { parsed(item, name).map(Some) } else { Ok(None) }
}

/// The number under `name`.
pub(crate) fn number<T: FromStr>(item: &Item, name: &str) -> Result<T, PortError> {
    item.get(name)
        .and_then(|value| value.as_n().ok())
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| corrupt(format!("{name} is no number")))
}

/// The JSON under `name`. The cause names the place, never the content.
pub(crate) fn from_json<T: DeserializeOwned>(item: &Item, name: &str) -> Result<T, PortError> {
    serde_json::from_str(text(item, name)?)
        .map_err(|error| corrupt(format!("{name} does not parse: {:?} at column {}", error.classify(), error.column())))
}

/// The JSON under `body`.
pub(crate) fn body<T: DeserializeOwned>(item: &Item) -> Result<T, PortError> {
    from_json(item, keys::BODY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_body_is_named_without_its_content() {
        let item = HashMap::from([("body".to_owned(), s("\"ana@example.com\""))]);
        let error = body::<u32>(&item).unwrap_err().to_string();
        assert!(error.contains("body does not parse"), "{error}");
        assert!(!error.contains("ana"), "{error}");
    }
}
