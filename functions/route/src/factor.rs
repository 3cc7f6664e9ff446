//! Factors by which amounts are multiplied and rounded to whole minor units, a million times an order.
//!
//! Exactly as `Money` does it, in decimals; but nearly always whole numbers tell already to which side an amount is rounded.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use oms_contract::reference::Market;
use oms_domain::money::Rounding;
use oms_domain::{Currency, Money};

/// Binary digits behind the point of a factor.
const BITS: u32 = 32;
const ONE: u128 = 1 << BITS;

/// A factor, never below zero, and how its products are rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Factor {
    /// Rounded down to [`BITS`] binary digits; absent where it is too large for that.
    rough: Option<u64>,
    is_zero: bool,
    rounding: Rounding,
}

impl Factor {
    pub(crate) fn of(factor: Decimal, rounding: Rounding) -> Self {
        let rough = factor.checked_mul(Decimal::from(1_u64 << BITS)).and_then(|scaled| scaled.trunc().to_u64());
        // The product has 28 digits: the last of them may have been rounded up.
        Self { rough: rough.map(|rough| rough.saturating_sub(1)), is_zero: factor.is_zero(), rounding }
    }

    /// The product, rounded; `exactly` is asked where the rough factor does not tell.
    pub(crate) fn times(self, amount: i64, exactly: impl FnOnce(i64) -> Option<i64>) -> Option<i64> {
        self.roughly(amount).map_or_else(|| exactly(amount), Some)
    }

    fn roughly(self, amount: i64) -> Option<i64> {
        if amount == 0 || self.is_zero {
            return Some(0);
        }
        let amount = u64::try_from(amount).ok()?;
        // The truth lies between these: the rough factor is too small by no more than two of its last digits.
        let least = u128::from(amount) * u128::from(self.rough?);
        let most = least + 2 * u128::from(amount);
        let whole = least >> BITS;
        let (low, high) = (least - (whole << BITS), most - (whole << BITS));
        let up = match self.rounding {
            Rounding::Down if high < ONE => 0,
            Rounding::HalfUp | Rounding::HalfEven if high < ONE / 2 => 0,
            Rounding::HalfUp | Rounding::HalfEven if low > ONE / 2 && high < ONE + ONE / 2 => 1,
            _ => return None,
        };
        i64::try_from(whole).ok()?.checked_add(up)
    }
}

/// How amounts become those of another currency, half to even; nothing to do where it is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exchange {
    from: Currency,
    to: Currency,
    rate: Decimal,
    factor: Factor,
}

impl Exchange {
    /// By way of the euro; `None` without a rate for both.
    pub(crate) fn of(from: Currency, to: Currency, market: &Market) -> Option<Self> {
        let rate = market.exchange_rate(from, to)?;
        Some(Self { from, to, rate, factor: Factor::of(minor(rate, from, to)?, Rounding::HalfEven) })
    }

    /// Whether nothing is exchanged.
    pub(crate) fn is_none(&self) -> bool {
        self.from == self.to
    }

    /// Minor units for a minor unit; `None` beyond all bounds.
    pub(crate) fn rate(&self) -> Option<Decimal> {
        minor(self.rate, self.from, self.to)
    }

    /// The amount in the other currency; `None` beyond what money can hold.
    pub(crate) fn of_amount(&self, amount: i64) -> Option<i64> {
        if self.is_none() {
            return Some(amount);
        }
        let exactly = |amount| Money::new(amount, self.from).converted(self.to, self.rate).ok().map(|converted| converted.amount);
        self.factor.times(amount, exactly)
    }
}

/// A rate between minor units.
fn minor(rate: Decimal, from: Currency, to: Currency) -> Option<Decimal> {
    let power = |decimals: u32| Decimal::from(10_u64.pow(decimals));
    rate.checked_mul(power(to.decimals()))?.checked_div(power(from.decimals()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use oms_fakes::{a_market, currency};
    use proptest::prelude::*;

    #[test]
    fn halves_are_rounded_as_named() {
        for (factor, amount, half_up, half_even, down) in [
            ("0.125", 4, 1, 0, 0),
            ("0.125", 12, 2, 2, 1),
            ("0.5", 1, 1, 0, 0),
            ("0.145", 1_000, 145, 145, 145),
            ("0.145", 1_010, 146, 146, 146),
            ("0", 99, 0, 0, 0),
            ("3", 7, 21, 21, 21),
        ] {
            let factor: Decimal = factor.parse().unwrap();
            for (rounding, expected) in [(Rounding::HalfUp, half_up), (Rounding::HalfEven, half_even), (Rounding::Down, down)] {
                let exactly = |amount| Money::new(amount, currency("EUR")).at_rate(factor, rounding).ok().map(|money| money.amount);
                assert_eq!(Factor::of(factor, rounding).times(amount, exactly), Some(expected), "{factor} of {amount}, {rounding:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_product_is_what_money_makes_of_it(amount in prop_oneof![0_i64..100_000, any::<i64>()], factor in 0_u64..3_000_000, digits in 0_u32..9) {
            let factor = Decimal::from_i128_with_scale(i128::from(factor), digits);
            for rounding in [Rounding::HalfUp, Rounding::HalfEven, Rounding::Down] {
                let exactly = |amount| Money::new(amount, currency("EUR")).at_rate(factor, rounding).ok().map(|money| money.amount);
                prop_assert_eq!(Factor::of(factor, rounding).times(amount, exactly), exactly(amount));
            }
        }

        #[test]
        fn an_amount_is_exchanged_as_the_market_does(amount in 0_i64..1_000_000_000, own in 1_u64..100_000_000, other in 1_u64..100_000_000, to in prop_oneof![Just("JPY"), Just("KWD"), Just("USD")]) {
            let mut market = a_market();
            market.fx_to_eur.insert(currency("GBP"), Decimal::new(i64::try_from(own).unwrap(), 6));
            market.fx_to_eur.insert(currency(to), Decimal::new(i64::try_from(other).unwrap(), 6));
            let exchange = Exchange::of(currency("GBP"), currency(to), &market).unwrap();
            prop_assert_eq!(exchange.of_amount(amount), market.exchanged(Money::new(amount, currency("GBP")), currency(to)));
        }
    }
}
