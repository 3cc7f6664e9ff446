//! Stripe's books: every payment intent of the account, by time.

use async_trait::async_trait;
use jiff::Timestamp;

use oms_ports::error::{Party, PortError};
use oms_ports::gateway::{BookPage, Booked, Books};

use super::client::Stripe;
use super::wire::{Intent, Page};

#[async_trait]
impl Books for Stripe {
    /// Listing sees a payment at once, unlike search.
    async fn booked(&self, from: Timestamp, to: Timestamp, after: Option<&str>) -> Result<BookPage, PortError> {
        // Stripe counts whole seconds: what was made within the first one belongs to it.
        let (from, to) = (from.as_second().to_string(), to.as_second().to_string());
        let mut query = vec![("created[gte]", from.as_str()), ("created[lt]", &to), ("limit", "100"), ("expand[]", "data.latest_charge")];
        query.extend(after.map(|last| ("starting_after", last)));
        let page: Page<Intent> = self.get("payment_intents", &query).await?.map_err(|refusal| refusal.unexpected())?;
        let next = page.data.last().filter(|_| page.has_more).map(|intent| intent.id.clone());
        let payments = page.data.iter().map(booked).collect::<Result<_, _>>()?;
        Ok(BookPage { payments, next })
    }
}

fn booked(intent: &Intent) -> Result<Booked, PortError> {
    let created = Timestamp::from_second(intent.created).map_err(|error| PortError::corrupt(Party::Gateway, error))?;
    Ok(Booked { intent: intent.id.clone(), created, held: intent.held(), payment: intent.payment()? })
}
