//! Money: integer minor units of an ISO 4217 currency, rates as decimals, rounding by name.

use std::fmt;
use std::str::FromStr;

use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};
use serde::{Deserialize, Serialize};

/// What cannot be done with money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Amounts of different currencies never add.
    #[error("{0} and {1} are different currencies")]
    MixedCurrencies(Currency, Currency),
    /// The result does not fit 64 bits.
    #[error("the amount overflows")]
    Overflow,
    /// Not a three-letter ISO 4217 code of a currency with a minor unit.
    #[error("not an ISO 4217 currency")]
    UnknownCurrency,
}

/// An ISO 4217 currency that has a defined number of decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// Digits after the decimal point: 0 for JPY, 2 for EUR, 3 for KWD.
    pub fn decimals(self) -> u32 {
        self.0.exponent().map_or(0, u32::from)
    }

    /// The three-letter code.
    pub fn code(self) -> &'static str {
        self.0.code()
    }
}

impl FromStr for Currency {
    type Err = MoneyError;
    fn from_str(code: &str) -> Result<Self, MoneyError> {
        iso_currency::Currency::from_code(code)
            .filter(|currency| currency.exponent().is_some())
            .map(Self)
            .ok_or(MoneyError::UnknownCurrency)
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;
    fn try_from(code: String) -> Result<Self, MoneyError> {
        code.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> String {
        currency.code().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// How the part below one minor unit is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// Away from zero at the midpoint: what most tax authorities ask for.
    HalfUp,
    /// To the even neighbour at the midpoint.
    HalfEven,
    /// Towards zero.
    Down,
}

impl Rounding {
    fn strategy(self) -> RoundingStrategy {
        match self {
            Self::HalfUp => RoundingStrategy::MidpointAwayFromZero,
            Self::HalfEven => RoundingStrategy::MidpointNearestEven,
            Self::Down => RoundingStrategy::ToZero,
        }
    }
}

/// An amount in minor units (cents, yen, fils) of one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Minor units; may be negative in differences and reversals.
    pub amount: i64,
    /// Whose minor units.
    pub currency: Currency,
}

impl Money {
    /// `amount` minor units.
    pub fn new(amount: i64, currency: Currency) -> Self {
        Self { amount, currency }
    }

    /// Nothing, in this currency.
    pub fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// The sum; fails on mixed currencies and overflow.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.same(other)?;
        let amount = self.amount.checked_add(other.amount).ok_or(MoneyError::Overflow)?;
        Ok(Self { amount, ..self })
    }

    /// The difference; fails on mixed currencies and overflow.
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.same(other)?;
        let amount = self.amount.checked_sub(other.amount).ok_or(MoneyError::Overflow)?;
        Ok(Self { amount, ..self })
    }

    /// The multiple; fails on overflow.
    pub fn checked_mul(self, times: u32) -> Result<Self, MoneyError> {
        let amount = self.amount.checked_mul(i64::from(times)).ok_or(MoneyError::Overflow)?;
        Ok(Self { amount, ..self })
    }

    /// The amount times `rate`, rounded as named; fails on overflow.
    pub fn at_rate(self, rate: Decimal, rounding: Rounding) -> Result<Self, MoneyError> {
        let exact = Decimal::from(self.amount).checked_mul(rate);
        self.rounded(exact, rounding)
    }

    /// What `rate` added to make this amount, rounded as named: the tax inside a price that holds it. Fails on overflow and on a rate of -1.
    pub fn contained_at_rate(self, rate: Decimal, rounding: Rounding) -> Result<Self, MoneyError> {
        // Multiplied before it is divided, so that what comes out even stays even.
        let exact = Decimal::from(self.amount).checked_mul(rate).and_then(|product| product.checked_div(Decimal::ONE.checked_add(rate)?));
        self.rounded(exact, rounding)
    }

    /// The same value in another currency at `rate` (units of `to` for one unit of this), rounded half to even.
    pub fn converted(self, to: Currency, rate: Decimal) -> Result<Self, MoneyError> {
        let shift = i64::from(to.decimals()) - i64::from(self.currency.decimals());
        let scale = Decimal::from(10_i64.pow(u32::try_from(shift.abs()).unwrap_or(0)));
        let factor = if shift >= 0 { rate.checked_mul(scale) } else { rate.checked_div(scale) };
        let converted = self.at_rate(factor.ok_or(MoneyError::Overflow)?, Rounding::HalfEven)?;
        Ok(Self { currency: to, ..converted })
    }

    fn rounded(self, exact: Option<Decimal>, rounding: Rounding) -> Result<Self, MoneyError> {
        let amount = exact.and_then(|exact| exact.round_dp_with_strategy(0, rounding.strategy()).to_i64()).ok_or(MoneyError::Overflow)?;
        Ok(Self { amount, ..self })
    }

    fn same(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency { Ok(()) } else { Err(MoneyError::MixedCurrencies(self.currency, other.currency)) }
    }
}

impl fmt::Display for Money {
    /// `EUR 12.99`, `JPY 1500`, `KWD 1.250`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = Decimal::from_i128_with_scale(i128::from(self.amount), self.currency.decimals());
        write!(f, "{} {value}", self.currency)
    }
}

/// Splits `total` in proportion to `weights` by the largest remainder, so that the parts sum to the whole exactly.
/// Odd units go to the largest remainders, earlier parts first on a tie. All weights zero: everything goes to the first part.
/// An empty list of weights gives an empty list.
pub fn split_by_weights(total: i64, weights: &[u64]) -> Vec<i64> {
    let Some(len) = (!weights.is_empty()).then_some(weights.len()) else {
        return Vec::new();
    };
    let sum: u128 = weights.iter().map(|w| u128::from(*w)).sum();
    if sum == 0 {
        return std::iter::once(total).chain(std::iter::repeat_n(0, len - 1)).collect();
    }
    let magnitude = u128::from(total.unsigned_abs());
    // A part is at most the whole, so it fits where the whole did.
    let share = |weight: u64| magnitude.checked_mul(u128::from(weight)).map_or((0, 0), |product| (product / sum, product % sum));
    let shares: Vec<(u128, u128)> = weights.iter().map(|w| share(*w)).collect();
    let mut parts: Vec<u128> = shares.iter().map(|(whole, _)| *whole).collect();
    let odd = usize::try_from(magnitude - parts.iter().sum::<u128>()).unwrap_or(usize::MAX);
    let mut by_remainder: Vec<usize> = (0..len).collect();
    by_remainder.sort_by_key(|i| (std::cmp::Reverse(shares[*i].1), *i));
    for i in by_remainder.into_iter().cycle().take(odd) {
        parts[i] += 1;
    }
    let sign = i128::from(total.signum());
    parts.into_iter().map(|part| i64::try_from(sign * i128::try_from(part).unwrap_or(0)).unwrap_or(0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn money(amount: i64, code: &str) -> Money {
        Money::new(amount, code.parse().unwrap())
    }

    #[test]
    fn shows_each_currency_with_its_own_decimals() {
        for (amount, code, shown) in
            [(1299, "EUR", "EUR 12.99"), (1500, "JPY", "JPY 1500"), (1250, "KWD", "KWD 1.250"), (-5, "EUR", "EUR -0.05")]
        {
            assert_eq!(money(amount, code).to_string(), shown);
        }
    }

    #[test]
    fn refuses_mixed_currencies_and_overflow() {
        let (eur, usd) = (money(1, "EUR"), money(1, "USD"));
        assert_eq!(eur.checked_add(usd), Err(MoneyError::MixedCurrencies(eur.currency, usd.currency)));
        assert_eq!(money(i64::MAX, "EUR").checked_add(eur), Err(MoneyError::Overflow));
        assert_eq!(money(i64::MAX, "EUR").checked_mul(2), Err(MoneyError::Overflow));
    }

    #[test]
    fn a_multiple_is_the_sum_of_so_many() {
        for (amount, times, product) in [(125, 3, 375), (-125, 2, -250), (7, 0, 0)] {
            assert_eq!(money(amount, "EUR").checked_mul(times), Ok(money(product, "EUR")));
        }
    }

    #[test]
    fn rounds_as_named() {
        let half = "0.5".parse().unwrap();
        for (rounding, five, seven) in [(Rounding::HalfUp, 3, 4), (Rounding::HalfEven, 2, 4), (Rounding::Down, 2, 3)] {
            assert_eq!(money(5, "EUR").at_rate(half, rounding).unwrap().amount, five);
            assert_eq!(money(7, "EUR").at_rate(half, rounding).unwrap().amount, seven);
        }
    }

    #[test]
    fn finds_the_tax_inside_a_price() {
        for (price, rate, rounding, tax) in [
            (119, "0.19", Rounding::HalfUp, 19),
            (119, "0.19", Rounding::Down, 19),
            // 14 x 0.12 / 1.12 is exactly 1.5.
            (14, "0.12", Rounding::HalfUp, 2),
            (14, "0.12", Rounding::Down, 1),
            (100, "0", Rounding::HalfUp, 0),
        ] {
            let contained = money(price, "EUR").contained_at_rate(rate.parse().unwrap(), rounding);
            assert_eq!(contained.map(|money| money.amount), Ok(tax), "{price} {rate}");
        }
        assert_eq!(money(1, "EUR").contained_at_rate(Decimal::NEGATIVE_ONE, Rounding::Down), Err(MoneyError::Overflow));
    }

    #[test]
    fn converts_between_different_decimals() {
        let yen = money(1000, "JPY").converted("EUR".parse().unwrap(), "0.0061".parse().unwrap()).unwrap();
        assert_eq!(yen, money(610, "EUR"));
        let dinar = money(1000, "KWD").converted("EUR".parse().unwrap(), "3.01".parse().unwrap()).unwrap();
        assert_eq!(dinar, money(301, "EUR"));
    }

    #[test]
    fn split_gives_odd_units_to_the_largest_remainder() {
        for (total, weights, parts) in [
            (100, vec![1, 1, 1], vec![34, 33, 33]),
            (10, vec![1, 2], vec![3, 7]),
            // The smaller share has the larger remainder: 8 and 2/6, 1 and 4/6.
            (10, vec![5, 1], vec![8, 2]),
            (-100, vec![1, 1, 1], vec![-34, -33, -33]),
            (5, vec![0, 0], vec![5, 0]),
            (7, vec![], vec![]),
        ] {
            assert_eq!(split_by_weights(total, &weights), parts);
        }
    }

    #[test]
    fn each_currency_has_the_decimals_of_its_minor_unit() {
        for (decimals, codes) in [(0, ["JPY", "KRW", "CLP", "ISK"]), (2, ["EUR", "USD", "GBP", "CHF"]), (3, ["KWD", "BHD", "JOD", "TND"])] {
            for code in codes {
                let currency: Currency = code.parse().unwrap();
                assert_eq!((currency.decimals(), currency.code(), String::from(currency).as_str()), (decimals, code, code));
            }
        }
        // Gold has no minor unit; the others are no codes.
        for code in ["XAU", "eur", "EURO", ""] {
            assert_eq!(code.parse::<Currency>(), Err(MoneyError::UnknownCurrency), "{code}");
        }
    }

    #[test]
    fn the_largest_amounts_are_split_to_the_last_unit() {
        for total in [i64::MAX, i64::MIN] {
            let parts = split_by_weights(total, &[u64::MAX, u64::MAX, 1]);
            assert_eq!(parts.iter().map(|part| i128::from(*part)).sum::<i128>(), i128::from(total));
            assert_eq!(split_by_weights(total, &[u64::MAX]), [total]);
        }
    }

    /// An amount in cents, and a rate to four decimals.
    fn amount_and_rate() -> impl Strategy<Value = (i64, Decimal)> {
        (-1_000_000_000_i64..1_000_000_000, 0_i64..30_000).prop_map(|(amount, rate)| (amount, Decimal::new(rate, 4)))
    }

    proptest! {
        #[test]
        fn parts_sum_to_the_whole(total: i64, weights in prop::collection::vec(0_u64..=u64::MAX, 1..20)) {
            let sum: i128 = split_by_weights(total, &weights).into_iter().map(i128::from).sum();
            prop_assert_eq!(sum, i128::from(total));
        }

        #[test]
        fn no_part_strays_a_whole_unit_from_its_exact_share(total: i64, weights in prop::collection::vec(0_u64..1 << 40, 1..20)) {
            let sum: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
            prop_assume!(sum > 0);
            for (part, weight) in split_by_weights(total, &weights).into_iter().zip(&weights) {
                let off = i128::from(part) * sum - i128::from(total) * i128::from(*weight);
                prop_assert!(off.abs() < sum, "{part} for {weight}");
            }
        }

        #[test]
        fn a_reversal_is_split_as_what_it_reverses(total in 0..i64::MAX, weights in prop::collection::vec(0_u64..1 << 40, 1..20)) {
            let there = split_by_weights(total, &weights);
            let back = split_by_weights(-total, &weights);
            prop_assert!(there.iter().zip(&back).all(|(there, back)| there + back == 0));
        }

        #[test]
        fn what_was_added_is_taken_away_without_a_trace(start in -1_000_000_i64..1_000_000, edits in prop::collection::vec(-1_000_000_i64..1_000_000, 0..20)) {
            let start = money(start, "EUR");
            let edits: Vec<Money> = edits.into_iter().map(|edit| money(edit, "EUR")).collect();
            let there = edits.iter().try_fold(start, |sum, edit| sum.checked_add(*edit)).unwrap();
            let back = edits.iter().rev().try_fold(there, |sum, edit| sum.checked_sub(*edit)).unwrap();
            prop_assert_eq!(back, start);
        }

        #[test]
        fn a_named_rounding_keeps_to_its_name((amount, rate) in amount_and_rate()) {
            let exact = Decimal::from(amount) * rate;
            let half = Decimal::new(5, 1);
            let rounded = |rounding| Decimal::from(money(amount, "EUR").at_rate(rate, rounding).unwrap().amount);
            let (up, even, down) = (rounded(Rounding::HalfUp), rounded(Rounding::HalfEven), rounded(Rounding::Down));
            prop_assert!((up - exact).abs() <= half && (even - exact).abs() <= half);
            prop_assert!(down.abs() <= exact.abs() && (exact - down).abs() < Decimal::ONE);
            if (exact - exact.trunc()).abs() == half {
                prop_assert!(up.abs() > exact.abs());
                prop_assert_eq!(even % Decimal::TWO, Decimal::ZERO);
            }
            // Whoever owes is rounded as whoever is owed.
            prop_assert_eq!(money(-amount, "EUR").at_rate(rate, Rounding::HalfUp).unwrap().amount, -money(amount, "EUR").at_rate(rate, Rounding::HalfUp).unwrap().amount);
        }

        #[test]
        fn the_tax_inside_a_price_is_the_tax_on_the_rest((amount, rate) in amount_and_rate()) {
            let gross = money(amount, "EUR");
            let tax = gross.contained_at_rate(rate, Rounding::HalfEven).unwrap();
            let net = gross.checked_sub(tax).unwrap();
            // One rounding was made on the way in; it is off by half a cent at most, times one plus the rate on the way back.
            let off = Decimal::from(net.amount) * (Decimal::ONE + rate) - Decimal::from(amount);
            prop_assert!(off.abs() <= Decimal::new(5, 1) * (Decimal::ONE + rate));
        }
    }
}
