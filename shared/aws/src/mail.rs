//! Mail through SES.

use async_trait::async_trait;
use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message};
use oms_ports::messaging::{Mail, Mailer};
use oms_ports::{Party, PortError};

use crate::error::port_error;

/// Mail from one sender.
#[derive(Debug)]
pub struct SesMailer {
    client: Client,
    sender: String,
}

impl SesMailer {
    pub(crate) fn new(client: Client, sender: &str) -> Self {
        Self { client, sender: sender.to_owned() }
    }
}

#[async_trait]
impl Mailer for SesMailer {
    async fn send(&self, mail: &Mail) -> Result<String, PortError> {
        let answer = self
            .client
            .send_email()
            .from_email_address(&self.sender)
            .destination(Destination::builder().to_addresses(&mail.to).build())
            .content(content(mail)?)
            .send()
            .await
            .map_err(|error| port_error(Party::Messaging, &error))?;
        answer.message_id.ok_or_else(|| PortError::corrupt(Party::Messaging, "mail sent without message id"))
    }
}

fn content(mail: &Mail) -> Result<EmailContent, PortError> {
    let body = Body::builder().text(utf8(&mail.text)?).html(utf8(&mail.html)?).build();
    let message = Message::builder().subject(utf8(&mail.subject)?).body(body).build();
    Ok(EmailContent::builder().simple(message).build())
}

fn utf8(text: &str) -> Result<Content, PortError> {
    Content::builder().charset("UTF-8").data(text).build().map_err(|error| PortError::corrupt(Party::Messaging, error))
}
