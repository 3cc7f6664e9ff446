//! What a charge tells of the card, in our terms. The fields are those of `payment_method_details.card`
//! (<https://docs.stripe.com/api/charges/object>).

use serde::Deserialize;

use oms_domain::Currency;
use oms_ports::error::{Party, PortError};
use oms_ports::gateway::evidence::{Authentication, AuthenticationResult, CardEvidence, Compared, Expiry};

use super::amount::from_stripe;
use super::wire::{Expanded, ORDER_ID};

/// How a charge was paid.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct MethodDetails {
    #[serde(default)]
    card: Option<Card>,
}

#[derive(Debug, Clone, Deserialize)]
struct Card {
    #[serde(default)]
    country: Option<String>,
    #[serde(default)]
    exp_month: Option<i8>,
    #[serde(default)]
    exp_year: Option<i16>,
    #[serde(default)]
    checks: Option<Checks>,
    #[serde(default)]
    three_d_secure: Option<ThreeDSecure>,
}

/// Each is `pass`, `fail`, `unavailable` or `unchecked`, or absent where nothing was given to check.
#[derive(Debug, Clone, Default, Deserialize)]
struct Checks {
    #[serde(default, rename = "address_line1_check")]
    street: Option<String>,
    #[serde(default, rename = "address_postal_code_check")]
    postcode: Option<String>,
    #[serde(default, rename = "cvc_check")]
    cvc: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct ThreeDSecure {
    #[serde(default)]
    result: Option<String>,
    #[serde(default)]
    exemption_indicator: Option<String>,
    #[serde(default)]
    exemption_indicator_applied: Option<bool>,
}

/// The evidence of a charge; `None` where it was not paid by card, or does not say how.
///
/// # Errors
/// [`PortError::Corrupt`] where its amount is none.
pub(super) fn of(charge: &Expanded) -> Result<Option<CardEvidence>, PortError> {
    let card = charge.payment_method_details.as_ref().and_then(|details| details.card.as_ref());
    let (Some(card), Some(amount), Some(currency)) = (card, charge.amount, &charge.currency) else {
        return Ok(None);
    };
    let currency: Currency = currency.to_ascii_uppercase().parse().map_err(|error| PortError::corrupt(Party::Gateway, error))?;
    let checks = card.checks.clone().unwrap_or_default();
    Ok(Some(CardEvidence {
        country: card.country.clone(),
        expires: card.exp_year.zip(card.exp_month).map(|(year, month)| Expiry { year, month }),
        street: compared(checks.street.as_deref()),
        postcode: compared(checks.postcode.as_deref()),
        cvc: compared(checks.cvc.as_deref()),
        authentication: card.three_d_secure.as_ref().map(authentication),
        amount: from_stripe(amount, currency)?,
        currency: currency.to_string(),
        order_reference: charge.metadata.get(ORDER_ID).and_then(|id| id.parse().ok()),
    }))
}

/// A word that we do not know is no match, and no mismatch either.
fn compared(check: Option<&str>) -> Compared {
    match check {
        Some("pass") => Compared::Match,
        Some("fail") => Compared::Mismatch,
        Some("unavailable") => Compared::Unsupported,
        Some(_) | None => Compared::NotDone,
    }
}

/// The issuer bears the loss where the payer was authenticated or the attempt acknowledged
/// (<https://docs.stripe.com/payments/3d-secure/authentication-flow#disputed-payments>).
fn authentication(secure: &ThreeDSecure) -> Authentication {
    let result = match secure.result.as_deref() {
        Some("authenticated") => AuthenticationResult::Authenticated,
        Some("attempt_acknowledged") => AuthenticationResult::Attempted,
        Some("exempted") => AuthenticationResult::Exempted,
        Some(_) | None => AuthenticationResult::Failed,
    };
    let named = secure.exemption_indicator.clone().filter(|name| name != "none");
    // Asked for, and turned down by the issuer: no exemption.
    let exemption = named.filter(|_| secure.exemption_indicator_applied != Some(false));
    Authentication {
        result,
        liability_shifted: matches!(result, AuthenticationResult::Authenticated | AuthenticationResult::Attempted),
        exemption,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const ORDER: &str = "01934f6e-9a00-7000-8000-000000000000";

    fn evidence(card: &Value) -> CardEvidence {
        let charge = json!({
            "amount_refunded": 0, "amount": 1500, "currency": "eur", "metadata": { "order_id": ORDER }, "payment_method_details": { "card": card },
        });
        of(&serde_json::from_value(charge).unwrap()).unwrap().unwrap()
    }

    #[test]
    fn a_card_tells_where_it_is_from_how_long_it_is_good_and_what_was_compared() {
        let told = evidence(&json!({
            "country": "DE", "exp_month": 2, "exp_year": 2028,
            "checks": { "address_line1_check": "fail", "address_postal_code_check": "unavailable", "cvc_check": "pass" },
            "three_d_secure": null,
        }));
        let expected = CardEvidence {
            country: Some("DE".into()),
            expires: Some(Expiry { year: 2028, month: 2 }),
            street: Compared::Mismatch,
            postcode: Compared::Unsupported,
            cvc: Compared::Match,
            authentication: None,
            amount: 1500,
            currency: "EUR".into(),
            order_reference: ORDER.parse().ok(),
        };
        assert_eq!(told, expected);
        let silent = evidence(&json!({ "checks": { "cvc_check": "unchecked" } }));
        assert_eq!((silent.cvc, silent.street, silent.expires), (Compared::NotDone, Compared::NotDone, None));
    }

    #[test]
    fn results_of_three_d_secure() {
        use AuthenticationResult::{Attempted, Authenticated, Exempted, Failed};
        for (secure, result, shifted, exemption) in [
            (json!({ "result": "authenticated" }), Authenticated, true, None),
            (json!({ "result": "attempt_acknowledged" }), Attempted, true, None),
            (json!({ "result": "exempted", "exemption_indicator": "low_risk" }), Exempted, false, Some("low_risk")),
            (
                json!({ "result": "exempted", "exemption_indicator": "low_risk", "exemption_indicator_applied": false }),
                Exempted,
                false,
                None,
            ),
            (json!({ "result": "authenticated", "exemption_indicator": "none" }), Authenticated, true, None),
            (json!({ "result": "failed" }), Failed, false, None),
            (json!({ "result": "not_supported" }), Failed, false, None),
            (json!({ "result": null }), Failed, false, None),
        ] {
            let told = evidence(&json!({ "three_d_secure": secure })).authentication.unwrap();
            let expected = Authentication { result, liability_shifted: shifted, exemption: exemption.map(str::to_owned) };
            assert_eq!(told, expected, "{secure}");
        }
    }

    #[test]
    fn a_charge_that_was_not_paid_by_card_has_no_evidence() {
        for charge in [
            json!({ "amount_refunded": 0 }),
            json!({ "amount_refunded": 0, "amount": 1500, "currency": "eur", "payment_method_details": { "type": "sepa_debit" } }),
        ] {
            assert_eq!(of(&serde_json::from_value(charge.clone()).unwrap()).unwrap(), None, "{charge}");
        }
    }
}
