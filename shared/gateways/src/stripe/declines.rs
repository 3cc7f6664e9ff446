//! Why Stripe refuses a payment, and whether the same method may work later.
//!
//! After <https://docs.stripe.com/declines/codes> and <https://docs.stripe.com/error-codes>.

/// What sort of refusal a code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    /// The same method may work later.
    Soft,
    /// Trying the same method again is pointless, or forbidden by the card networks.
    Hard,
    /// Hard, and not to be told to whoever pays: they may be the thief.
    Discreet,
}
use Sort::{Discreet, Hard, Soft};

/// Every code that we know.
const SORTS: &[(&str, Sort)] = &[
    // Funds, limits, an issuer that was not reached or gave no reason.
    ("approve_with_id", Soft),
    ("call_issuer", Soft),
    ("card_declined", Soft),
    ("card_velocity_exceeded", Soft),
    ("do_not_honor", Soft),
    ("generic_decline", Soft),
    ("insufficient_funds", Soft),
    ("issuer_not_available", Soft),
    ("no_action_taken", Soft),
    ("not_permitted", Soft),
    ("processing_error", Soft),
    ("reenter_transaction", Soft),
    ("service_not_allowed", Soft),
    ("transaction_not_allowed", Soft),
    ("try_again_later", Soft),
    ("withdrawal_count_limit_exceeded", Soft),
    // Only the customer can mend it, by acting or by another method.
    ("authentication_not_handled", Hard),
    ("authentication_required", Hard),
    ("card_not_supported", Hard),
    ("currency_not_supported", Hard),
    ("do_not_try_again", Hard),
    ("duplicate_transaction", Hard),
    ("expired_card", Hard),
    ("incorrect_address", Hard),
    ("incorrect_cvc", Hard),
    ("incorrect_number", Hard),
    ("incorrect_pin", Hard),
    ("incorrect_zip", Hard),
    ("invalid_account", Hard),
    ("invalid_amount", Hard),
    ("invalid_cvc", Hard),
    ("invalid_expiry_month", Hard),
    ("invalid_expiry_year", Hard),
    ("invalid_number", Hard),
    ("invalid_pin", Hard),
    ("mobile_device_authentication_required", Hard),
    ("new_account_information_available", Hard),
    ("offline_pin_required", Hard),
    ("online_or_offline_pin_required", Hard),
    ("payment_intent_authentication_failure", Hard),
    ("pin_try_exceeded", Hard),
    ("revocation_of_all_authorizations", Hard),
    ("revocation_of_authorization", Hard),
    ("stop_payment_order", Hard),
    ("testmode_decline", Hard),
    // Stripe asks that these look like any other refusal.
    ("fraudulent", Discreet),
    ("lost_card", Discreet),
    ("merchant_blacklist", Discreet),
    ("pickup_card", Discreet),
    ("restricted_card", Discreet),
    ("security_violation", Discreet),
    ("stolen_card", Discreet),
];

/// An unknown code is soft: a few retries cost little, an order given up wrongly costs the order.
fn sort(code: &str) -> Sort {
    SORTS.iter().find(|(known, _)| *known == code).map_or(Soft, |(_, sort)| *sort)
}

/// Whether trying the same payment method again is pointless.
pub(super) fn is_hard(code: &str) -> bool {
    sort(code) != Soft
}

/// What the customer may be told of a code.
pub fn told(code: &str) -> &str {
    match sort(code) {
        Discreet => "card_declined",
        Soft | Hard => code,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_code_stands_once() {
        let codes: BTreeSet<_> = SORTS.iter().map(|(code, _)| code).collect();
        assert_eq!(codes.len(), SORTS.len());
    }

    #[test]
    fn codes_mean_what_stripe_says() {
        for (code, hard, shown) in [
            ("insufficient_funds", false, "insufficient_funds"),
            ("generic_decline", false, "generic_decline"),
            ("expired_card", true, "expired_card"),
            ("stolen_card", true, "card_declined"),
            ("restricted_card", true, "card_declined"),
            ("a_code_of_tomorrow", false, "a_code_of_tomorrow"),
        ] {
            assert_eq!((is_hard(code), told(code)), (hard, shown), "{code}");
        }
    }
}
