//! The emulator's mailbox: every mail that was sent, to whomever.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::client::http;
use crate::stack::Stack;

/// A mail that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Mail {
    /// The service's id of it.
    pub message_id: String,
    /// From whom.
    pub source: String,
    /// To whom.
    pub to: Vec<String>,
    /// Subject.
    pub subject: String,
    /// Plain text.
    #[serde(default)]
    pub body_text: Option<String>,
    /// HTML.
    #[serde(default)]
    pub body_html: Option<String>,
}

impl Mail {
    /// Whether it speaks of this (an order's number or id).
    pub fn mentions(&self, text: &str) -> bool {
        let body = |body: &Option<String>| body.as_ref().is_some_and(|body| body.contains(text));
        self.subject.contains(text) || body(&self.body_text) || body(&self.body_html)
    }
}

#[derive(Deserialize)]
struct Messages {
    messages: BTreeMap<String, Vec<Mail>>,
}

/// Every mail sent by the stack, oldest first.
///
/// # Errors
/// Where the emulator does not answer.
pub async fn mails(stack: &Stack) -> Result<Vec<Mail>, reqwest::Error> {
    let request = http()?.get(format!("{}/_ministack/ses/messages", stack.emulator_url)).query(&[("account", &stack.account)]);
    let messages: Messages = request.send().await?.error_for_status()?.json().await?;
    Ok(messages.messages.into_values().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mails_are_read_as_the_emulator_tells_them() {
        let told = r#"{"messages":{"123456789012":[{"MessageId":"m-1","Source":"orders@shop.example","To":["ana@example.com"],"CC":[],
            "BCC":[],"Subject":"Your order","BodyText":"ORD-1 is on its way","BodyHtml":null,"Timestamp":1,"Type":"simple"}]}}"#;
        let messages: Messages = serde_json::from_str(told).unwrap();
        let mail = &messages.messages["123456789012"][0];
        assert!(mail.mentions("ORD-1") && mail.mentions("Your order") && !mail.mentions("ORD-2"));
    }
}
