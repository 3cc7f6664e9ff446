//! Seasons, and when a person is old enough. When goods leave and arrive is the domain's to say, for all who ask.

use jiff::civil::Date;

use oms_contract::reference::sale::{MonthDay, Season};
pub use oms_domain::shipping::holidays::{Country, WorkingDays};
pub use oms_domain::shipping::journey::{Dates, Journey};

/// Whether a day lies in a season, both ends included.
pub fn in_season(season: &Season, day: Date) -> bool {
    let (from, to) = (in_year_of(season.from, day), in_year_of(season.to, day));
    let day = (day.month(), day.day());
    if from <= to { from <= day && day <= to } else { from <= day || day <= to }
}

/// 29 February is the last of February where the year has none.
fn in_year_of(day: MonthDay, year: Date) -> (i8, i8) {
    if (day.month, day.day) == (2, 29) && !year.in_leap_year() { (2, 28) } else { (day.month, day.day) }
}

/// Years that somebody born on a day has completed on another. Who was born on 29 February completes a year on 1 March where there is no such day: the
/// later of the two customs (in Germany §§ 187 (2), 188 (2) BGB), so that nobody is taken for older than some law has it.
pub fn age_on(born: Date, day: Date) -> i16 {
    let had_birthday = (born.month(), born.day()) <= (day.month(), day.day());
    day.year() - born.year() - i16::from(!had_birthday)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn seasons_pass_over_the_new_year_and_end_with_february() {
        let season = |from: &str, to: &str| Season {
            from: MonthDay::try_from(from.to_owned()).unwrap(),
            to: MonthDay::try_from(to.to_owned()).unwrap(),
        };
        for (from, to, day, within) in [
            ("11-15", "01-06", date(2026, 12, 31), true),
            ("11-15", "01-06", date(2027, 1, 6), true),
            ("11-15", "01-06", date(2027, 1, 7), false),
            ("11-15", "01-06", date(2026, 11, 14), false),
            ("05-01", "05-31", date(2026, 5, 31), true),
            ("05-01", "05-31", date(2026, 6, 1), false),
            ("02-01", "02-29", date(2027, 2, 28), true),
            ("02-29", "03-10", date(2027, 2, 28), true),
            ("02-29", "03-10", date(2028, 2, 28), false),
            ("02-29", "03-10", date(2028, 2, 29), true),
        ] {
            assert_eq!(in_season(&season(from, to), day), within, "{from} to {to}: {day}");
        }
    }

    #[test]
    fn a_year_of_age_is_completed_on_the_birthday() {
        for (born, day, age) in [
            (date(2008, 11, 23), date(2026, 11, 23), 18),
            (date(2008, 11, 24), date(2026, 11, 23), 17),
            (date(2008, 2, 29), date(2026, 2, 28), 17),
            (date(2008, 2, 29), date(2026, 3, 1), 18),
            (date(2008, 2, 29), date(2028, 2, 29), 20),
            (date(2008, 2, 28), date(2026, 2, 28), 18),
        ] {
            assert_eq!(age_on(born, day), age, "{born} on {day}");
        }
    }
}
