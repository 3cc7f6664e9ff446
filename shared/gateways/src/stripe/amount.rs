//! Amounts as Stripe counts them, where that is not the currency's own minor unit.
//!
//! After <https://docs.stripe.com/currencies#minor-units>.

use oms_domain::{Currency, Money};
use oms_ports::error::{Party, PortError};

/// Counted in whole units. MGA has a minor unit in ISO 4217, though none that anybody pays with.
const WHOLE: [&str; 15] = ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"];

/// Counted in thousandths, of which the last digit must be zero.
const THOUSANDTHS: [&str; 5] = ["BHD", "JOD", "KWD", "OMR", "TND"];

/// Without minor unit, yet counted in hundredths, which must be zero.
const HUNDREDTHS_OF_WHOLE: [&str; 2] = ["ISK", "UGX"];

/// How Stripe counts a currency.
struct Count {
    /// Digits after the decimal point.
    decimals: u32,
    /// An amount must be a multiple of this.
    step: i64,
}

fn count_of(currency: Currency) -> Option<Count> {
    let code = currency.code();
    let (decimals, step) = if WHOLE.contains(&code) {
        (0, 1)
    } else if THOUSANDTHS.contains(&code) {
        (3, 10)
    } else if HUNDREDTHS_OF_WHOLE.contains(&code) {
        (2, 100)
    } else if currency.decimals() == 2 {
        (2, 1)
    } else {
        return None;
    };
    Some(Count { decimals, step })
}

/// The amount as Stripe counts it.
///
/// # Errors
/// [`PortError::Refused`] where Stripe cannot take exactly this amount: nothing is ever rounded on the way.
pub(super) fn to_stripe(money: Money) -> Result<i64, PortError> {
    let exact = count_of(money.currency).and_then(|count| {
        let counted = rescaled(money.amount, money.currency.decimals(), count.decimals)?;
        (counted > 0 && counted % count.step == 0).then_some(counted)
    });
    exact.ok_or_else(|| PortError::refused(Party::Gateway, "amount_not_representable"))
}

/// An amount of Stripe's in the currency's own minor units.
///
/// # Errors
/// [`PortError::Corrupt`] where it is no whole number of them.
pub(super) fn from_stripe(counted: i64, currency: Currency) -> Result<i64, PortError> {
    count_of(currency)
        .and_then(|count| rescaled(counted, count.decimals, currency.decimals()))
        .ok_or_else(|| PortError::corrupt(Party::Gateway, "an amount of a fraction of a minor unit"))
}

/// The same value with another number of decimals; `None` where digits would be lost, and on overflow.
fn rescaled(amount: i64, from: u32, to: u32) -> Option<i64> {
    let factor = 10_i64.checked_pow(from.abs_diff(to))?;
    if to >= from { amount.checked_mul(factor) } else { (amount % factor == 0).then_some(amount / factor) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_stripes_or_refused() {
        for (code, ours, stripes) in [
            ("EUR", 1_299, Some(1_299)),
            ("JPY", 1_500, Some(1_500)),
            ("KRW", 1, Some(1)),
            ("KWD", 1_250, Some(1_250)),
            ("KWD", 1_255, None),
            ("BHD", 10, Some(10)),
            ("ISK", 5, Some(500)),
            ("UGX", 5_000, Some(500_000)),
            ("MGA", 500, Some(5)),
            ("MGA", 550, None),
            ("EUR", 0, None),
            ("EUR", -5, None),
            ("ISK", i64::MAX, None),
            // Four decimals, and three decimals that Stripe does not list.
            ("CLF", 10_000, None),
            ("IQD", 1_000, None),
        ] {
            let currency = code.parse().unwrap();
            let counted = to_stripe(Money::new(ours, currency));
            assert_eq!(counted.as_ref().ok().copied(), stripes, "{code} {ours}");
            match counted {
                Ok(counted) => assert_eq!(from_stripe(counted, currency).unwrap(), ours, "{code}"),
                Err(error) => assert!(matches!(error, PortError::Refused { .. }), "{code}"),
            }
        }
    }

    #[test]
    fn a_fraction_of_a_minor_unit_is_nonsense() {
        assert!(from_stripe(550, "ISK".parse().unwrap()).is_err());
        assert_eq!(from_stripe(0, "ISK".parse().unwrap()).unwrap(), 0);
    }
}
