//! The stories: which sample order, what people do to it, and how it must end.

use oms_domain::State;

/// What people do once the order rests for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    /// Nothing: it rests where the machine leaves it.
    Watch,
    /// The customer cancels.
    Cancel,
    /// An operator clears the fraud review.
    Approve,
    /// The customer acts at the payment gateway, with the secret that the order shows to them (3-D Secure).
    Authenticate,
    /// The customer pays again, with the card of this token.
    PayWith(&'static str),
    /// Its vendors refuse it: others are found.
    Refuse,
    /// Its vendors accept, pick, pack and ship; the carrier delivers.
    Deliver,
}

/// One story.
#[derive(Debug)]
pub(super) struct Story {
    /// Its name.
    pub(super) title: &'static str,
    /// What it shows.
    pub(super) shows: &'static str,
    /// The sample order's file.
    pub(super) file: &'static str,
    /// Whose account is copied for it.
    pub(super) customer: &'static str,
    /// Where the machine must leave it, before anybody acts.
    pub(super) rests: State,
    /// What people do then.
    pub(super) act: Act,
    /// Where it must end.
    pub(super) ends: State,
    /// Parts it must be split into.
    pub(super) parts: usize,
    /// Checks that must refuse it.
    pub(super) fails: &'static [&'static str],
    /// Milestones that its customer must be told of; parts are told as `shipped-1`.
    pub(super) mails: &'static [&'static str],
}

/// All stories, in the order of telling.
pub(super) const STORIES: [Story; 12] = [
    Story {
        title: "Single vendor",
        shows: "one product of one vendor, within Brazil",
        file: "single-vendor-br.json",
        customer: "cus-ana",
        rests: State::PendingFulfillment,
        act: Act::Watch,
        ends: State::PendingFulfillment,
        parts: 1,
        fails: &[],
        mails: &["confirmed"],
    },
    Story {
        title: "Split over three vendors",
        shows: "three products that one vendor each sells, in three countries; two of them fragile",
        file: "split-three-vendors-de.json",
        customer: "cus-clara",
        rests: State::PendingFulfillment,
        act: Act::Watch,
        ends: State::PendingFulfillment,
        parts: 3,
        fails: &[],
        mails: &["confirmed"],
    },
    Story {
        title: "Payment declined",
        shows: "the card is declined; the customer is told and may pay another way",
        file: "declined-card-fr.json",
        customer: "cus-francois",
        rests: State::PaymentFailed,
        act: Act::Watch,
        ends: State::PaymentFailed,
        parts: 0,
        fails: &[],
        mails: &["payment_failed"],
    },
    Story {
        title: "Declined, then paid",
        shows: "no funds on the first card; the customer gives another one and the order goes on",
        file: "declined-then-paid-it.json",
        customer: "cus-elena",
        rests: State::PaymentFailed,
        act: Act::PayWith("pm_card_mastercard"),
        ends: State::PendingFulfillment,
        parts: 1,
        fails: &[],
        mails: &["payment_failed", "confirmed"],
    },
    Story {
        title: "3-D Secure",
        shows: "the bank asks the customer to act; the gateway tells by webhook that they did",
        file: "three-d-secure-es.json",
        customer: "cus-lucia",
        rests: State::PendingPayment,
        act: Act::Authenticate,
        ends: State::PendingFulfillment,
        parts: 1,
        fails: &[],
        mails: &["confirmed"],
    },
    Story {
        title: "On invoice",
        shows: "no card at all: the invoice is issued, under a number without gaps, when the order is routed",
        file: "on-invoice-nl.json",
        customer: "cus-jan",
        rests: State::PendingFulfillment,
        act: Act::Watch,
        ends: State::PendingFulfillment,
        parts: 1,
        fails: &[],
        mails: &["confirmed"],
    },
    Story {
        title: "A check fails",
        shows: "a German postcode of four digits; the reservation is not taken",
        file: "bad-postcode-de.json",
        customer: "cus-dieter",
        rests: State::ValidationFailed,
        act: Act::Watch,
        ends: State::ValidationFailed,
        parts: 0,
        fails: &["address_valid"],
        mails: &[],
    },
    Story {
        title: "Fraud review",
        shows: "a new account buys electronics over 1,000 euro; a person has to look",
        file: "fraud-review-electronics-de.json",
        customer: "cus-sofia",
        rests: State::FraudReview,
        act: Act::Watch,
        ends: State::FraudReview,
        parts: 0,
        fails: &[],
        mails: &[],
    },
    Story {
        title: "Cancelled",
        shows: "the customer changes their mind; money and stock go back by themselves",
        file: "plain-gb.json",
        customer: "cus-oliver",
        rests: State::PendingFulfillment,
        act: Act::Cancel,
        ends: State::Cancelled,
        parts: 1,
        fails: &[],
        mails: &["confirmed", "cancelled"],
    },
    Story {
        title: "Review cleared",
        shows: "a young account's first order over 500 euro; an operator approves it",
        file: "fraud-review-first-order-gb.json",
        customer: "cus-nina",
        rests: State::FraudReview,
        act: Act::Approve,
        ends: State::PendingFulfillment,
        parts: 1,
        fails: &[],
        mails: &["confirmed"],
    },
    Story {
        title: "Vendor refuses",
        shows: "the vendor has none left; another one is found at once, and the customer is told when it comes and need not do anything",
        file: "vendor-choice-br.json",
        customer: "cus-bruno",
        rests: State::PendingFulfillment,
        act: Act::Refuse,
        ends: State::PendingFulfillment,
        parts: 1,
        fails: &[],
        mails: &["confirmed", "resourced"],
    },
    Story {
        title: "Delivered",
        shows: "the vendor accepts, picks, packs and ships; the carrier tells the rest by webhook",
        file: "vendor-choice-br.json",
        customer: "cus-bruno",
        rests: State::PendingFulfillment,
        act: Act::Deliver,
        ends: State::Delivered,
        parts: 1,
        fails: &[],
        mails: &["confirmed", "shipped", "delivered"],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// What `events/http/index.json` says of each sample.
    fn index() -> Vec<serde_json::Value> {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../events/http/index.json");
        serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
    }

    #[test]
    fn the_script_agrees_with_the_index_of_the_samples() {
        let index = index();
        for story in &STORIES {
            let sample = index.iter().find(|sample| sample["file"] == story.file).unwrap();
            assert_eq!(sample["customer_id"], story.customer, "{}", story.title);
            assert_eq!(sample["expect"], story.rests.to_string(), "{}", story.title);
            assert_eq!(sample["fails"].as_str().into_iter().collect::<Vec<_>>(), story.fails, "{}", story.title);
        }
    }
}
